#include "SignalHandlers.h"
#include "MakeFacts.h"
#include "Unwrap.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"
#include "clang/Lex/Lexer.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace clang;

namespace heddle {

/// Returns true if the function of the C library writes to a stream, or allocates or frees memory.
static std::optional<UnsafeDeed::Kind> ofTheCLibrary(const FunctionDecl *F) {
  if (!F || !F->isExternC() || !F->getIdentifier())
    return std::nullopt;
  for (StringRef Name : {"malloc", "calloc", "realloc", "free", "strdup"})
    if (F->getName() == Name)
      return UnsafeDeed::Allocates;
  for (StringRef Name : {"printf", "fprintf", "vprintf", "vfprintf", "puts", "fputs", "putchar", "fputc", "fwrite",
                         "fflush", "fopen", "fclose", "perror", "syslog", "vsyslog"})
    if (F->getName() == Name)
      return UnsafeDeed::Prints;
  return std::nullopt;
}

static bool isOutputStream(QualType T) {
  const auto *RD = T.getNonReferenceType()->getAsCXXRecordDecl();
  if (!RD || !RD->hasDefinition())
    return false;
  auto Is = [](const CXXRecordDecl *X) {
    return X->isInStdNamespace() && X->getIdentifier() && X->getName() == "basic_ostream";
  };
  bool Found = Is(RD);
  if (!Found)
    RD->forallBases([&](const CXXRecordDecl *Base) {
      Found |= Is(Base);
      return !Found;
    });
  return Found;
}

/// Returns true for a stream into a string.
static bool isString(QualType T) {
  const auto *RD = T.getNonReferenceType()->getAsCXXRecordDecl();
  return RD && RD->getIdentifier() && RD->getName().contains("stringstream");
}

/// Signals that tell of a crash, by the macro that names them.
static bool isCrash(const Expr *Signal, const ASTContext &Ctx) {
  const SourceManager &SM = Ctx.getSourceManager();
  CharSourceRange R = SM.getExpansionRange(Signal->getSourceRange());
  StringRef Text = Lexer::getSourceText(R, SM, Ctx.getLangOpts());
  return llvm::is_contained({"SIGSEGV", "SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSYS", "SIGTRAP"}, Text);
}

void SignalHandlers::add(Code &C, const Expr *Handler, const Expr *Signal, SourceLocation Loc) {
  const bool Crash = Signal && isCrash(Signal, U.Ctx);
  llvm::SmallVector<const FunctionDecl *, 1> Given;
  for (const CallableRef &T : C.callables(Handler))
    Given.push_back(T.Body);
  if (Given.empty())
    forEach<DeclRefExpr>(Handler, [&](const DeclRefExpr *DR) {
      if (const auto *F = dyn_cast<FunctionDecl>(DR->getDecl()))
        Given.push_back(F);
    });
  for (const FunctionDecl *F : Given) {
    const FunctionDecl *Def = U.visible(F);
    if (!Def)
      continue;
    auto It = llvm::find_if(Handlers, [&](const SignalHandler &H) { return H.Body == Def; });
    if (It == Handlers.end())
      Handlers.push_back({Def, Loc, Crash});
    else if (It->Crash && !Crash)
      *It = {Def, Loc, false};
  }
}

SignalHandlers::SignalHandlers(Unit &U) : U(U) {
  for (Code *C : bodies(U))
    walk(C->Fn->getBody(), heddle::Walk::NoLambdas, [&](const Stmt *S) {
      if (const auto *Call = dyn_cast<CallExpr>(S)) {
        const FunctionDecl *F = Call->getDirectCallee();
        if (F && F->isExternC() && F->getIdentifier() && Call->getNumArgs() == 2 &&
            llvm::is_contained({"signal", "bsd_signal", "sysv_signal"}, F->getName()))
          add(*C, Call->getArg(1), Call->getArg(0), Call->getExprLoc());
      } else if (const auto *B = dyn_cast<BinaryOperator>(S); B && B->getOpcode() == BO_Assign) {
        const auto *M = dyn_cast<MemberExpr>(B->getLHS()->IgnoreParenImpCasts());
        if (M && llvm::is_contained({"sa_handler", "sa_sigaction"}, M->getMemberDecl()->getName()))
          add(*C, B->getRHS(), nullptr, B->getExprLoc());
      } else if (const auto *List = dyn_cast<InitListExpr>(S)) {
        const auto *RD = List->getType()->getAsRecordDecl();
        if (RD && RD->getIdentifier() && RD->getName() == "sigaction")
          for (const Expr *Init : List->inits())
            if (!isa<ImplicitValueInitExpr>(Init))
              add(*C, Init, nullptr, List->getBeginLoc());
      }
      return Step::In;
    });
}

std::vector<UnsafeDeed> SignalHandlers::in(const Code &C) {
  std::vector<UnsafeDeed> Found;
  auto Add = [&](UnsafeDeed::Kind What, const Stmt *Site) { Found.push_back({What, &C, Site, {}}); };
  for (const Event &E : C.Events)
    switch (E.Kind) {
    case Op::Acquire:
    case Op::AcquireShared:
      if (E.ObjectRole != Role::Semaphore && !E.OutcomeTells)
        Add(UnsafeDeed::Locks, E.Site);
      break;
    case Op::Notify:
      if (E.ObjectRole == Role::Condition)
        Add(UnsafeDeed::Wakes, E.Site);
      break;
    case Op::Send:
    case Op::TrySend:
    case Op::Receive:
    case Op::TryReceive:
      if (E.ObjectRole == Role::Channel)
        Add(UnsafeDeed::Hands, E.Site);
      break;
    case Op::Fulfil:
    case Op::TryFulfil:
      Add(UnsafeDeed::Hands, E.Site);
      break;
    case Op::Spawn:
      Add(UnsafeDeed::Starts, E.Site);
      break;
    case Op::Insert:
      Add(UnsafeDeed::Allocates, E.Site);
      break;
    default:
      break;
    }
  walk(C.Fn->getBody(), heddle::Walk::NoLambdas, [&](const Stmt *S) {
    if (const auto *New = dyn_cast<CXXNewExpr>(S); New && New->getNumPlacementArgs() == 0)
      Add(UnsafeDeed::Allocates, S);
    else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(S);
             O && O->getOperator() == OO_LessLess && isOutputStream(O->getArg(0)->getType()))
      Add(isString(O->getArg(0)->IgnoreParenImpCasts()->getType()) ? UnsafeDeed::Allocates : UnsafeDeed::Prints, S);
    else if (const auto *Call = dyn_cast<CallExpr>(S))
      if (auto What = ofTheCLibrary(Call->getDirectCallee()))
        Add(*What, S);
    return Step::In;
  });
  return Found;
}

/// The steps into other bodies. The operations of the user's own classes are calls, too: what plays the role of an
/// event may take a lock.
static llvm::SmallVector<CallEdge, 8> steps(Unit &U, const Code &C) {
  llvm::SmallVector<CallEdge, 8> Out = U.get<Calls>().from(C);
  for (const Event &E : C.Events) {
    const auto *Site = E.Kind != Op::Call ? dyn_cast_or_null<Expr>(E.Site) : nullptr;
    const FunctionDecl *Def = Site && calleeOf(Site) == E.Callee ? U.visible(E.Callee) : nullptr;
    if (Def)
      Out.push_back({&C, Site, Def});
  }
  return Out;
}

std::vector<UnsafeDeed> SignalHandlers::unsafe(const SignalHandler &H) {
  struct Node {
    const Code *C;
    llvm::SmallVector<CallEdge, 2> Through;
  };
  constexpr unsigned MaxChain = 5, MaxBodies = 64;
  std::vector<UnsafeDeed> Found;
  std::vector<Node> Nodes;
  llvm::SmallPtrSet<const FunctionDecl *, 16> Seen{H.Body};
  if (const Code *C = U.code(H.Body))
    Nodes.push_back({C, {}});
  for (unsigned I = 0; I != Nodes.size(); ++I) {
    for (UnsafeDeed &D : in(*Nodes[I].C)) {
      D.Through = Nodes[I].Through;
      if (llvm::none_of(Found, [&](const UnsafeDeed &X) { return X.Site == D.Site; }))
        Found.push_back(std::move(D));
    }
    if (Nodes[I].Through.size() >= MaxChain)
      continue;
    for (const CallEdge &S : steps(U, *Nodes[I].C))
      if (const Code *C = Nodes.size() < MaxBodies && Seen.insert(S.Callee).second ? U.code(S.Callee) : nullptr) {
        Node Next{C, Nodes[I].Through};
        Next.Through.push_back(S);
        Nodes.push_back(std::move(Next));
      }
  }
  return Found;
}

template std::shared_ptr<void> makeFacts<SignalHandlers>(Unit &);

} // namespace heddle

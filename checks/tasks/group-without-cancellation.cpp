// Several tasks that can fail, and a stop token that all of them heed - but nobody who stops them: the first failure
// leaves the others at work whose result nobody wants any more.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Classes.h"
#include "flow/Loops.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/RecursiveASTVisitor.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {
namespace {

bool tellsOfStops(Unit &U, QualType T) {
  Role R = U.role(T);
  return R == Role::StopToken || R == Role::Context;
}

/// Does something here end tasks: a stop request, or a source, scope or derived context of its own?
bool canCancel(Code &C) {
  Unit &U = C.U;
  for (const Event &E : C.Events) {
    if (E.Kind == Op::Cancel || E.Kind == Op::Derive || E.Kind == Op::GetToken || E.Kind == Op::Close)
      return true;
    switch (E.Object.valid() && E.Object.Root && E.Object.Path.empty() ? U.role(E.Object.Root->getType())
                                                                       : Role::None) {
    case Role::StopSource:
    case Role::CancelScope:
    case Role::CancelHandle:
      return true;
    default:
      break;
    }
    for (const CallableRef &T : E.Tasks)
      if (Code *Body = T.Body ? U.code(T.Body) : nullptr; Body && Body != &C)
        if (llvm::any_of(Body->Events, [](const Event &X) { return X.Kind == Op::Cancel; }))
          return true;
  }
  return false;
}

/// The stop token or context of this function's caller that the statement hands on, or null.
const ParmVarDecl *tokenGiven(Code &C, const Stmt *S) {
  struct Finder : RecursiveASTVisitor<Finder> {
    Code &C;
    const ParmVarDecl *Found = nullptr;
    explicit Finder(Code &C) : C(C) {}
    bool note(const ValueDecl *D) {
      const auto *P = dyn_cast<ParmVarDecl>(D);
      if (P && P->getDeclContext() == static_cast<const DeclContext *>(C.Fn) && tellsOfStops(C.U, P->getType()))
        Found = P;
      return !Found;
    }
    bool VisitDeclRefExpr(DeclRefExpr *D) { return note(D->getDecl()); }
    bool VisitLambdaExpr(LambdaExpr *L) {
      for (const LambdaCapture &Cap : L->captures())
        if (Cap.capturesVariable() && !note(Cap.getCapturedVar()))
          return false;
      return true;
    }
  } F(C);
  F.TraverseStmt(const_cast<Stmt *>(S));
  return F.Found;
}

/// Can the task fail in a way that reaches the waiter?
bool isFallible(Unit &U, const FunctionDecl *Task, bool ByException) {
  QualType T = Task->getReturnType();
  if (const CXXRecordDecl *RD = T.getNonReferenceType()->getAsCXXRecordDecl(); RD && RD->hasDefinition()) {
    bool Tests = false, Says = false;
    for (const CXXMethodDecl *M : allMembers(RD)) {
      Tests |= M->getReturnType()->isBooleanType() && M->param_empty();
      Says |= M->getIdentifier() && (M->getName() == "message" || M->getName() == "error" || M->getName() == "what");
    }
    if (Tests && Says)
      return true;
  }
  if (!ByException)
    return !T->isVoidType(); // what a group is given back it takes for the outcome
  if (const auto *FPT = Task->getType()->getAs<FunctionProtoType>();
      FPT && !isUnresolvedExceptionSpec(FPT->getExceptionSpecType()) && FPT->isNothrow())
    return false;
  Code *C = U.code(Task);
  if (!C)
    return true;
  struct Throwers : RecursiveASTVisitor<Throwers> {
    Unit &U;
    bool Found = false;
    explicit Throwers(Unit &U) : U(U) {}
    bool TraverseLambdaExpr(LambdaExpr *) { return true; }
    bool TraverseCXXTryStmt(CXXTryStmt *) { return true; }
    bool VisitCXXThrowExpr(CXXThrowExpr *) { return !(Found = true); }
    bool VisitCallExpr(CallExpr *E) { return !(Found |= U.mayThrow(E)); }
  } V(U);
  V.TraverseStmt(const_cast<Stmt *>(Task->getBody()));
  return V.Found;
}

/// The caller's token which a task that can fail is started with, or null.
const ParmVarDecl *startedWith(Code &C, const Event &Spawn) {
  for (const CallableRef &T : Spawn.Tasks)
    if (const ParmVarDecl *Token = T.Body ? tokenGiven(C, Spawn.Site) : nullptr)
      if (isFallible(C.U, T.Body, Spawn.may(Fact::CarriesExceptions)))
        return Token;
  return nullptr;
}
/// `futures.push_back(launch(part, stop));`: a helper starts it, with the token that it is given.
const ParmVarDecl *startedByHelper(Code &C, const Event &Insert) {
  const auto *Site = dyn_cast_or_null<CallExpr>(Insert.Site);
  if (!Site)
    return nullptr;
  for (const Expr *A : Site->arguments()) {
    const auto *Call = dyn_cast<CallExpr>(A->IgnoreUnlessSpelledInSource());
    Code *Helper = Call && !isa<CXXOperatorCallExpr>(Call) ? C.U.code(Call->getDirectCallee()) : nullptr;
    if (!Helper)
      continue;
    for (const Event &E : Helper->Events)
      if (const ParmVarDecl *Theirs = E.Kind == Op::Spawn ? startedWith(*Helper, E) : nullptr)
        if (unsigned I = Theirs->getFunctionScopeIndex(); I < Call->getNumArgs())
          return tokenGiven(C, Call->getArg(I));
  }
  return nullptr;
}

void look(Code &C, Reporter &R) {
  Unit &U = C.U;
  struct Group {
    Place Object; ///< invalid: futures with names of their own
    const Event *First = nullptr;
    const ParmVarDecl *Token = nullptr;
    unsigned Tasks = 0;
    bool Waited = false;
  };
  llvm::SmallVector<Group, 2> Groups;
  auto KeyOf = [&](const Event &E) -> std::optional<Place> {
    if (!E.Object.valid())
      return std::nullopt;
    Place P = C.whole(E.Object);
    const auto *V = P.Path.empty() ? dyn_cast_or_null<VarDecl>(P.Root) : nullptr;
    if (!V || !V->isLocalVarDecl() || V->isStaticLocal())
      return std::nullopt; // of somebody else, who may end it
    QualType Elem = U.element(V->getType());
    if (U.role(Elem.isNull() ? V->getType() : Elem) == Role::Future)
      return Elem.isNull() ? Place() : P;
    const TypeModel *M = U.type(V->getType());
    if (!M || M->Plays != Role::Group || M->With.has(Fact::CancelsSiblings) || M->With.has(Fact::OwnsThreads))
      return std::nullopt;
    const CXXRecordDecl *RD = V->getType()->getAsCXXRecordDecl();
    for (const CXXMethodDecl *D : RD ? llvm::SmallVector<const CXXMethodDecl *, 8>(RD->method_begin(), RD->method_end())
                                     : llvm::SmallVector<const CXXMethodDecl *, 8>()) {
      Code *Member = U.code(D);
      if (Member && canCancel(*Member))
        return std::nullopt; // it stops them itself
    }
    return P;
  };
  for (const Event &E : C.Events) {
    auto Key = KeyOf(E);
    if (!Key)
      continue;
    auto It = llvm::find_if(Groups, [&](const Group &G) { return G.Object == *Key; });
    if (E.Kind == Op::Spawn || E.Kind == Op::Insert) {
      const ParmVarDecl *Token = E.Kind == Op::Spawn ? startedWith(C, E) : startedByHelper(C, E);
      if (!Token)
        continue;
      if (It == Groups.end()) {
        Groups.push_back({*Key});
        It = &Groups.back();
      }
      if (!It->First) {
        It->First = &E;
        It->Token = Token;
      }
      It->Tasks += inLoop(C, E.Site) && Key->valid() ? 2 : 1;
    } else if (It != Groups.end())
      It->Waited |= E.Kind == Op::Wait || E.Kind == Op::Join || E.Kind == Op::Await || E.Kind == Op::Consume;
  }
  for (const Group &G : Groups) {
    if (!G.First || G.Tasks < 2 || !G.Waited || canCancel(C))
      continue;
    SourceLocation Loc = G.First->loc();
    const auto *V = G.Object.valid() ? cast<VarDecl>(G.Object.Root) : nullptr;
    bool Bare = V && U.role(V->getType()) == Role::Group;
    if (Bare)
      Loc = V->getLocation();
    std::vector<StoryLine> Story{{G.Token->getLocation(), "the tasks heed '" + G.Token->getNameAsString() +
                                                              "', which only the caller can stop"}};
    if (Bare)
      Story.push_back({G.First->loc(), "the first task that can fail is started here"});
    R.report(Loc,
             "when one of these tasks fails, the others go on with work whose result nobody wants, and the wait lasts "
             "as long as the slowest; "
             "give them the token of a source that the first failure stops",
             Story);
  }
}

const MatchCheck
    Check({.Name = "group-without-cancellation",
           .Family = "tasks",
           .Level = Tier::Risk,
           .Summary = "Finds groups of tasks that can fail, where the first failure stops none of the others.",
           .Rows = "S2 L17",
           .Preview = true},
          look);

} // namespace
} // namespace heddle

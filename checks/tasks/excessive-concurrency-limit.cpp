// A limit that limits nothing: thousands of threads, or as many as there are items. What the tasks share - connections,
// descriptors, memory, cores - runs out long before.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Classes.h"
#include "flow/Loops.h"
#include "flow/Mentions.h"
#include "support/AstVisitor.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {
namespace {

constexpr llvm::StringRef Bound = "Bound";

std::optional<std::int64_t> constant(const Expr *E, const ASTContext &Ctx) {
  Expr::EvalResult R;
  if (!E || E->isValueDependent() || !E->getType()->isIntegralOrEnumerationType() || !E->EvaluateAsInt(R, Ctx) ||
      R.Val.getInt().getSignificantBits() > 63)
    return std::nullopt;
  return R.Val.getInt().getExtValue();
}

/// What a number comes from: the variable's initialiser, the helper's result, the larger one of two. Several, where any
/// of them may be it.
void sources(Code &C, const Expr *E, llvm::SmallVectorImpl<std::pair<Code *, const Expr *>> &Out, unsigned Depth = 0) {
  E = E->IgnoreParenCasts()->IgnoreUnlessSpelledInSource()->IgnoreParenCasts();
  Out.emplace_back(&C, E);
  if (Depth > 4)
    return;
  if (const auto *DR = dyn_cast<DeclRefExpr>(E)) {
    const auto *V = dyn_cast<VarDecl>(DR->getDecl());
    if (V && V->isLocalVarDecl() && V->getInit() && !C.isModified(V))
      sources(C, V->getInit(), Out, Depth + 1);
  } else if (const auto *Choice = dyn_cast<ConditionalOperator>(E)) {
    sources(C, Choice->getTrueExpr(), Out, Depth + 1);
    sources(C, Choice->getFalseExpr(), Out, Depth + 1);
  } else if (const auto *Call = dyn_cast<CallExpr>(E)) {
    const FunctionDecl *F = Call->getDirectCallee();
    if (!F)
      return;
    if (F->getIdentifier() && F->isInStdNamespace() && F->getName() == "max" && Call->getNumArgs() == 2) {
      sources(C, Call->getArg(0), Out, Depth + 1);
      sources(C, Call->getArg(1), Out, Depth + 1);
    } else if (Code *Inner = C.U.code(F)) {
      const auto *Body = dyn_cast<CompoundStmt>(Inner->Fn->getBody());
      const auto *Ret = Body && !Body->body_empty() ? dyn_cast<ReturnStmt>(Body->body_back()) : nullptr;
      if (Ret && Ret->getRetValue())
        sources(*Inner, Ret->getRetValue(), Out, Depth + 1);
    }
  }
}

/// The initialiser of a member that nothing else sets here: the value of an option that its user left alone.
const Expr *defaultOf(Unit &U, const Expr *E) {
  const auto *M = dyn_cast<MemberExpr>(E);
  const auto *F = M ? dyn_cast<FieldDecl>(M->getMemberDecl()) : nullptr;
  if (!F || !F->hasInClassInitializer() || !F->getInClassInitializer() ||
      U.writtenAfterConstruction(F->getCanonicalDecl()))
    return nullptr;
  struct Sets : AstVisitor {
    const FieldDecl *F;
    bool Found = false;
    explicit Sets(const FieldDecl *F) : F(F) {}
    bool shouldVisitImplicitCode() const override { return true; }
    bool VisitInitListExpr(const InitListExpr *L) override {
      const CXXRecordDecl *RD = L->getType()->getAsCXXRecordDecl();
      if (RD && RD->getCanonicalDecl() == F->getParent()->getCanonicalDecl() && F->getFieldIndex() < L->getNumInits())
        Found |= !isa_and_nonnull<CXXDefaultInitExpr>(L->getInit(F->getFieldIndex()));
      return !Found;
    }
    bool VisitBinaryOperator(const BinaryOperator *B) override {
      const auto *M = B->isAssignmentOp() ? dyn_cast<MemberExpr>(B->getLHS()->IgnoreParens()) : nullptr;
      Found |= M && M->getMemberDecl() == F;
      return !Found;
    }
  } S(F);
  for (const FunctionDecl *Fn : U.Functions)
    S.TraverseStmt(Fn->getBody());
  if (const auto *RD = dyn_cast<CXXRecordDecl>(F->getParent()))
    for (const CXXConstructorDecl *Ctor : RD->ctors())
      for (const CXXCtorInitializer *I : Ctor->inits())
        S.Found |= I->getMember() == F && I->isWritten();
  return S.Found ? nullptr : F->getInClassInitializer();
}

/// `items.size()`: as many as there are, of a container that somebody else filled.
bool isInputLength(Code &C, const Expr *E) {
  const auto *M = dyn_cast<CXXMemberCallExpr>(E);
  if (!M || M->getNumArgs() != 0 || !M->getType()->isIntegerType() || M->getType()->isBooleanType())
    return false;
  const Expr *Obj = M->getImplicitObjectArgument();
  const TypeModel *T = C.U.type(C.U.pointee(Obj->IgnoreParenImpCasts()->getType()));
  if (!T || T->Plays != Role::Container)
    return false;
  auto P = C.place(Obj);
  const auto *V = P && !P->Element ? dyn_cast_or_null<VarDecl>(P->Root) : nullptr;
  if (!V)
    return false;
  if (isa<ParmVarDecl>(V))
    return true;
  const auto *Filled = V->isLocalVarDecl() && V->getInit() && P->Path.empty()
                           ? dyn_cast<CallExpr>(V->getInit()->IgnoreUnlessSpelledInSource())
                           : nullptr;
  // A call that is given a number may well divide the work into that many.
  return Filled && llvm::none_of(Filled->arguments(), [](const Expr *A) { return A->getType()->isIntegerType(); });
}

/// Does this body start as many tasks as the value says, or let no more than that run at once?
bool heeds(Code &C, const ValueDecl *Value) {
  bool Spawns = llvm::any_of(C.Events, [](const Event &E) { return E.Kind == Op::Spawn; });
  for (const Event &E : C.Events) {
    if (E.Kind == Op::Spawn)
      for (const Stmt *S = C.parent(E.Site), *Child = E.Site; S; Child = S, S = C.parent(S)) {
        if (const Expr *Cond = isLoop(S) ? loopCondition(S) : nullptr; Cond && mentions(Cond, Value))
          return true;
        // `if (threads.size() < most) threads.emplace_back(…);`
        if (const auto *If = dyn_cast<IfStmt>(S);
            If && Child == If->getThen() && mentions(If->getCond(), [&](const Stmt *X) {
              const auto *B = dyn_cast<BinaryOperator>(X);
              return B && B->isRelationalOp() && mentions(B, Value);
            }))
          return true;
      }
    // `changed.wait(lock, [this] { return running < most; });` before it starts one more
    if (E.Kind == Op::WaitCondition && Spawns && mentions(E.Site, Value))
      return true;
    if (E.Kind == Op::WaitCondition && Spawns)
      for (const Stmt *S = C.parent(E.Site); S; S = C.parent(S))
        if (const Expr *Cond = isLoop(S) ? loopCondition(S) : nullptr; Cond && mentions(Cond, Value))
          return true;
  }
  return false;
}

/// Does this parameter of a constructor say how many threads an object of the class runs?
bool saysHowMany(Unit &U, const CXXConstructorDecl *Ctor, unsigned Param) {
  Code *C = U.code(Ctor);
  if (!C || Param >= Ctor->getNumParams())
    return false;
  const auto *Def = cast<CXXConstructorDecl>(C->Fn);
  const ParmVarDecl *P = Def->getParamDecl(Param);
  if (heeds(*C, P))
    return true;
  for (const CXXCtorInitializer *I : Def->inits()) {
    const FieldDecl *F = I->getMember();
    const Expr *Init = F && I->getInit() ? I->getInit()->IgnoreUnlessSpelledInSource()->IgnoreParenCasts() : nullptr;
    if (const auto *L = dyn_cast_or_null<InitListExpr>(Init); L && L->getNumInits() == 1)
      Init = L->getInit(0)->IgnoreParenCasts();
    const auto *DR = dyn_cast_or_null<DeclRefExpr>(Init);
    if (!DR || DR->getDecl() != P || !F->getType()->isIntegerType())
      continue;
    if (heeds(*C, F->getCanonicalDecl()))
      return true;
    for (const CXXMethodDecl *M : allMembers(Def->getParent()))
      if (Code *Member = isa<CXXConstructorDecl>(M) ? nullptr : U.code(M);
          Member && heeds(*Member, F->getCanonicalDecl()))
        return true;
  }
  return false;
}

void look(Code &C, Reporter &R) {
  Unit &U = C.U;
  std::int64_t Most = 1024;
  (void)llvm::StringRef(R.option(Bound)).getAsInteger(10, Most);
  auto Judge = [&](const Expr *Arg, SourceLocation Loc, bool Threads) {
    llvm::SmallVector<std::pair<Code *, const Expr *>, 4> From;
    sources(C, Arg, From);
    for (auto &[In, E] : From) {
      std::vector<StoryLine> Story;
      auto N = constant(E, U.Ctx);
      if (const Expr *Default = N ? nullptr : defaultOf(U, E))
        if ((N = constant(Default, U.Ctx)))
          Story.push_back({Default->getExprLoc(), "this is the default, and nothing here sets another value"});
      if (!N || *N <= Most || *N >= (std::int64_t(1) << 31) - 1) // "no limit" is said by the largest number there is
        continue;
      R.report(Loc,
               ("up to " + llvm::Twine(*N) + (Threads ? " threads run at once" : " tasks run at once") +
                "; what they share (connections, descriptors, memory, cores) runs out long before, and they wait for "
                "each other; "
                "take the limit from the scarcest of them")
                   .str(),
               Story);
      return;
    }
    for (auto &[In, E] : From)
      if (Threads && isInputLength(*In, E)) {
        R.report(Loc, "as many threads are started as the input has elements; a long input starts thousands, which run "
                      "out of memory or "
                      "of what they share; take the number from the cores or from the scarcest resource");
        return;
      }
  };
  struct Finder : AstVisitor {
    Code &C;
    llvm::function_ref<void(const Expr *, SourceLocation, bool)> Judge;
    Finder(Code &C, llvm::function_ref<void(const Expr *, SourceLocation, bool)> Judge) : C(C), Judge(Judge) {}
    bool TraverseLambdaExpr(const LambdaExpr *) override { return true; }
    bool VisitCallExpr(const CallExpr *Call) override {
      for (unsigned I : C.at(Call))
        if (const Event &E = C.Events[I];
            E.Kind == Op::Limit && E.ObjectRole != Role::Channel && Call->getNumArgs() >= 1) {
          const TypeModel *T = E.Object.valid() ? C.U.type(C.U.pointee(type(E.Object))) : nullptr;
          unsigned Arg = isa<CXXOperatorCallExpr>(Call) ? 1 : 0;
          if (Arg < Call->getNumArgs())
            Judge(Call->getArg(Arg), Call->getArg(Arg)->getExprLoc(), T && T->With.has(Fact::OwnsThreads));
        }
      // make_unique<Pool>(n), pool.emplace(n) of an optional
      const FunctionDecl *F = Call->getDirectCallee();
      const auto *Member = dyn_cast<CXXMemberCallExpr>(Call);
      QualType Made = Member ? Member->getImplicitObjectArgument()->getType() : Call->getType();
      const TypeModel *Holder = F && F->isTemplateInstantiation() && Call->getNumArgs() ? C.U.type(Made) : nullptr;
      if (!Holder || Holder->Plays != Role::SmartPointer ||
          !C.U.Ctx.getSourceManager().isInSystemHeader(F->getLocation()))
        return true;
      llvm::SmallVector<const Expr *, 4> Args(Call->arg_begin(), Call->arg_end());
      const CXXRecordDecl *RD = C.U.pointee(Made)->getAsCXXRecordDecl();
      const CXXConstructorDecl *Fits = nullptr;
      for (const CXXConstructorDecl *X : RD && RD->hasDefinition() ? RD->ctors() : CXXRecordDecl::ctor_range({}, {}))
        if (!X->isCopyOrMoveConstructor() && X->getMinRequiredArguments() <= Args.size() &&
            Args.size() <= X->getNumParams()) {
          if (Fits)
            return true; // which one can not be told
          Fits = X;
        }
      if (Fits)
        made(Fits, C.U.pointee(Made), Args);
      return true;
    }
    bool VisitCXXConstructExpr(const CXXConstructExpr *CE) override {
      const CXXConstructorDecl *Ctor = CE->getConstructor();
      if (Ctor->isCopyOrMoveConstructor())
        return true;
      made(Ctor, CE->getType(), llvm::SmallVector<const Expr *, 4>(CE->arg_begin(), CE->arg_end()), CE->getBeginLoc());
      return true;
    }
    void made(const CXXConstructorDecl *Ctor, QualType Type, llvm::ArrayRef<const Expr *> Args,
              SourceLocation Loc = {}) {
      const TypeModel *T = C.U.type(Type);
      bool Modelled = T && T->With.has(Fact::OwnsThreads);
      for (unsigned I = 0; I != Args.size(); ++I) {
        const Expr *A = Args[I];
        const auto *Default = dyn_cast<CXXDefaultArgExpr>(A);
        if ((Default && Modelled) || !A->getType()->isIntegerType() || A->getType()->isBooleanType())
          continue;
        if ((Modelled && I == 0) || (!Modelled && saysHowMany(C.U, Ctor, I)))
          Judge(Default ? Default->getExpr() : A, Default ? Loc : A->getExprLoc(), true);
      }
    }
    static QualType type(const Place &P) { return P.last()->getType(); }
  } F(C, Judge);
  if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(C.Fn))
    for (const CXXCtorInitializer *I : Ctor->inits())
      F.TraverseStmt(I->getInit());
  F.TraverseStmt(C.Fn->getBody());
  // A thread for each turn of a loop that counts to a constant.
  for (const Event &E : C.Events) {
    const auto *For = E.Kind == Op::Spawn && (E.ObjectRole == Role::Thread || E.ObjectRole == Role::JoiningThread)
                          ? dyn_cast_or_null<ForStmt>(enclosingLoop(C, E.Site))
                          : nullptr;
    const auto *Cond =
        For && For->getCond() ? dyn_cast<BinaryOperator>(For->getCond()->IgnoreParenImpCasts()) : nullptr;
    if (Cond && Cond->isRelationalOp() && constant(Cond->getRHS(), U.Ctx) && E.Object.valid() && E.Object.Element)
      Judge(Cond->getRHS(), Cond->getRHS()->getExprLoc(), true);
  }
}

const MatchCheck Check({.Name = "excessive-concurrency-limit",
                        .Family = "tasks",
                        .Level = Tier::Risk,
                        .Summary = "Finds pools and limits of concurrency that are so large that they limit nothing.",
                        .Rows = "F8",
                        .Options = {{Bound, "1024", "the largest constant that is taken for a limit"}}},
                       look);

} // namespace
} // namespace heddle

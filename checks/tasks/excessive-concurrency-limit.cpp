// A limit that limits nothing: thousands of threads, or as many as there are items. What the tasks share - connections,
// descriptors, memory, cores - runs out long before.
#include "check/Register.h"
#include "check/Reporter.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/RecursiveASTVisitor.h"

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

/// `items.size()`: as many as there are, of a container that somebody else filled.
const Expr *inputLength(Unit &U, const Expr *E) {
  E = E->IgnoreParenCasts();
  if (const auto *DR = dyn_cast<DeclRefExpr>(E)) // const auto n = items.size();
    if (const auto *V = dyn_cast<VarDecl>(DR->getDecl()); V && V->isLocalVarDecl() && V->getInit() && V->getType().isConstQualified())
      return inputLength(U, V->getInit());
  const auto *M = dyn_cast<CXXMemberCallExpr>(E);
  if (!M || M->getNumArgs() != 0 || !M->getType()->isIntegerType() || M->getType()->isBooleanType())
    return nullptr;
  const Expr *Obj = M->getImplicitObjectArgument()->IgnoreParenImpCasts();
  const TypeModel *T = U.type(U.pointee(Obj->getType()));
  if (!T || T->Plays != Role::Container)
    return nullptr;
  const auto *DR = dyn_cast<DeclRefExpr>(Obj);
  return DR && isa<ParmVarDecl>(DR->getDecl()) ? M : nullptr;
}

/// Does this constructor start as many threads as its parameter says?
bool startsAsMany(Unit &U, const CXXConstructorDecl *Ctor, unsigned Param) {
  Code *C = U.code(Ctor);
  if (!C || Param >= Ctor->getNumParams())
    return false;
  const auto *Def = cast<CXXConstructorDecl>(C->Fn);
  const ParmVarDecl *P = Def->getParamDecl(Param);
  struct Names : RecursiveASTVisitor<Names> {
    const ValueDecl *P;
    bool Found = false;
    explicit Names(const ValueDecl *P) : P(P) {}
    bool VisitDeclRefExpr(DeclRefExpr *D) {
      Found |= D->getDecl() == P;
      return !Found;
    }
  };
  for (const Event &E : C->Events) {
    if (E.Kind != Op::Spawn)
      continue;
    for (const Stmt *S = E.Site; S; S = C->parent(S))
      if (const auto *For = dyn_cast<ForStmt>(S); For && For->getCond()) {
        Names N(P);
        N.TraverseStmt(const_cast<Expr *>(For->getCond()));
        if (N.Found)
          return true;
      }
  }
  return false;
}

void look(Code &C, Reporter &R) {
  Unit &U = C.U;
  std::int64_t Most = 1024;
  (void)llvm::StringRef(R.option(Bound)).getAsInteger(10, Most);
  auto Judge = [&](const Expr *Arg, bool Threads) {
    if (auto N = constant(Arg, U.Ctx)) {
      if (*N > Most && *N < (std::int64_t(1) << 31) - 1) // "no limit" is said by the largest number there is
        R.report(Arg->getExprLoc(),
                 ("up to " + llvm::Twine(*N) + (Threads ? " threads run at once" : " tasks run at once") +
                  "; what they share (connections, descriptors, memory, cores) runs out long before, and they wait for each other; "
                  "take the limit from the scarcest of them")
                     .str());
      return;
    }
    if (const Expr *Length = inputLength(U, Arg); Length && Threads)
      R.report(Arg->getExprLoc(),
               "as many threads are started as the input has elements; a long input starts thousands, which run out of memory or "
               "of what they share; take the number from the cores or from the scarcest resource");
  };
  struct Finder : RecursiveASTVisitor<Finder> {
    Code &C;
    llvm::function_ref<void(const Expr *, bool)> Judge;
    Finder(Code &C, llvm::function_ref<void(const Expr *, bool)> Judge) : C(C), Judge(Judge) {}
    bool TraverseLambdaExpr(LambdaExpr *) { return true; }
    bool VisitCallExpr(CallExpr *Call) {
      for (unsigned I : C.at(Call))
        if (const Event &E = C.Events[I]; E.Kind == Op::Limit && E.ObjectRole != Role::Channel && Call->getNumArgs() >= 1) {
          const TypeModel *T = E.Object.valid() ? C.U.type(C.U.pointee(type(E.Object))) : nullptr;
          unsigned Arg = isa<CXXOperatorCallExpr>(Call) ? 1 : 0;
          if (Arg < Call->getNumArgs())
            Judge(Call->getArg(Arg), T && T->With.has(Fact::OwnsThreads));
        }
      return true;
    }
    bool VisitCXXConstructExpr(CXXConstructExpr *CE) {
      const CXXConstructorDecl *Ctor = CE->getConstructor();
      if (Ctor->isCopyOrMoveConstructor())
        return true;
      const TypeModel *T = C.U.type(CE->getType());
      bool Modelled = T && T->With.has(Fact::OwnsThreads);
      for (unsigned I = 0; I != CE->getNumArgs(); ++I) {
        const Expr *A = CE->getArg(I);
        if (isa<CXXDefaultArgExpr>(A) || !A->getType()->isIntegerType() || A->getType()->isBooleanType())
          continue;
        if ((Modelled && I == 0) || (!Modelled && startsAsMany(C.U, Ctor, I)))
          Judge(A, true);
      }
      return true;
    }
    static QualType type(const Place &P) { return P.last()->getType(); }
  } F(C, Judge);
  if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(C.Fn))
    for (const CXXCtorInitializer *I : Ctor->inits())
      F.TraverseStmt(I->getInit());
  F.TraverseStmt(const_cast<Stmt *>(C.Fn->getBody()));
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

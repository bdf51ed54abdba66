// The starter of a task goes on using what the task owns and frees.
//   used-after-handover.cpp            given to the task when it is started
//   used-after-handover/itself.cpp     starts a task on itself that frees it
//   used-after-handover/queued.cpp     given to a thread that runs already, through a container
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/Calls.h"
#include "flow/Concurrency.h"
#include "flow/Guards.h"
#include "flow/Loops.h"
#include "flow/Order.h"
#include "flow/Unwrap.h"
#include "flow/Uses.h"
#include "support/Walk.h"
#include "used-after-handover/detectors.h"

using namespace clang;

namespace heddle {
/// Returns true if the expression is made from the variable, through casts and copies.
static bool isFrom(const Expr *E, const ValueDecl *V) {
  E = E ? unwrap(E) : nullptr;
  while (const auto *X = dyn_cast_or_null<ExplicitCastExpr>(E))
    E = unwrap(X->getSubExpr());
  const auto *DR = dyn_cast_or_null<DeclRefExpr>(E);
  return DR && DR->getDecl() == V;
}

/// The variable of the body that holds the parameter's value, or the parameter.
static llvm::SmallVector<const ValueDecl *, 2> aliases(const Code &C, const ValueDecl *P) {
  llvm::SmallVector<const ValueDecl *, 2> Out{P};
  forEach<DeclStmt>(C.Fn->getBody(), Walk::NoLambdas, [&](const DeclStmt *DS) {
    for (const Decl *D : DS->decls())
      if (const auto *V = dyn_cast<VarDecl>(D); V && V->getType()->isPointerType() && isFrom(V->getInit(), P))
        Out.push_back(V);
  });
  return Out;
}

/// Where the body frees what the value points to: `delete job`, `unique_ptr<Job> own(job)`, `free(job)`.
SourceLocation frees(const Code &C, const ValueDecl *P) {
  SourceLocation Found;
  for (const ValueDecl *V : aliases(C, P))
    forEach<Expr>(C.Fn->getBody(), Walk::NoLambdas, [&](const Expr *E) {
      if (Found.isValid())
        return;
      if (const auto *D = dyn_cast<CXXDeleteExpr>(E); D && isFrom(D->getArgument(), V))
        Found = D->getBeginLoc();
      const auto *CE = dyn_cast<CXXConstructExpr>(E);
      if (CE && CE->getNumArgs() && CE->getArg(0)->getType()->isPointerType() && C.U.smartPointee(CE->getType()) &&
          isFrom(CE->getArg(0), V))
        Found = CE->getBeginLoc();
      const auto *Call = dyn_cast<CallExpr>(E);
      const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
      if (F && F->getIdentifier() && F->getName() == "free" && Call->getNumArgs() == 1 && isFrom(Call->getArg(0), V))
        Found = Call->getExprLoc();
    });
  return Found;
}

/// Returns true if something waits for the task, or learns from it, between its start and the use.
bool isOrdered(Code &C, const Stmt *Start, const Stmt *Use) {
  return llvm::any_of(C.Events, [&](const Event &E) {
    return E.Site && C.U.get<Calls>().witness(C, E, Effect::Waits) && C.U.get<Order>().reaches(C, Start, E.Site) &&
           C.U.get<Order>().reaches(C, E.Site, Use);
  });
}

bool isAnew(const Code &C, const Stmt *S, const VarDecl *V) {
  const auto *DS = dyn_cast<DeclStmt>(S);
  return (DS && llvm::is_contained(DS->decls(), V)) || llvm::any_of(C.U.get<Uses>().in(C, V), [&](const Use &X) {
           return X.Site == S && X.is(Use::Stores) && X.Of == Use::Itself;
         });
}

/// Returns true if the variable or member is given the outcome of the start: `rc = pthread_create(…)`, or as a truth
/// value `ok = pthread_create(…) == 0`.
static bool takesOutcome(const Code &C, const ValueDecl *D, const Stmt *Start) {
  auto Is = [&](const Expr *Value) {
    Value = Value ? unwrap(Value) : nullptr;
    const auto *B = dyn_cast_or_null<BinaryOperator>(Value);
    return Value == Start || (B && B->getOpcode() == BO_EQ && unwrap(B->getLHS()) == Start);
  };
  const auto *V = dyn_cast<VarDecl>(D);
  return (V && V->getInit() && Is(V->getInit())) || llvm::any_of(C.U.get<Uses>().in(C, D), [&](const Use &X) {
           return X.is(Use::Assign) && X.Value && Is(X.Value);
         });
}

bool onFailure(const Code &C, const Stmt *S, const Stmt *Start) {
  return llvm::any_of(guards(C, S), [&](const Guard &G) {
    const Expr *E = unwrap(G.Condition);
    bool Value = G.Value;
    if (const auto *B = dyn_cast<BinaryOperator>(E); B && B->isEqualityOp()) {
      Value = (B->getOpcode() == BO_NE) == G.Value;
      E = unwrap(B->getLHS());
    }
    for (const auto *Not = dyn_cast<UnaryOperator>(E); Not && Not->getOpcode() == UO_LNot;
         Not = dyn_cast<UnaryOperator>(E)) {
      Value = !Value;
      E = unwrap(Not->getSubExpr());
    }
    const auto *DR = dyn_cast<DeclRefExpr>(E);
    const auto *M = dyn_cast<MemberExpr>(E);
    const ValueDecl *D = DR ? DR->getDecl() : M ? M->getMemberDecl() : nullptr;
    if (E == Start || (D && takesOutcome(C, D, Start))) // a number is an error, a truth value is success
      return E->getType()->isBooleanType() ? !Value : Value;
    return anyOf<Expr>(E, Walk::WithImplicit, [&](const Expr *X) { return X == Start; });
  });
}

namespace {

void judge(Code &C, Reporter &R, const Event &Start, const CallableRef &T) {
  Code *Body = T.Body ? C.U.code(T.Body) : nullptr;
  for (unsigned I = 0; Body && I != T.Args.size() && I < Body->Fn->getNumParams(); ++I) {
    const auto *DR = dyn_cast<DeclRefExpr>(unwrap(T.Args[I]));
    const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
    SourceLocation Freed = V && V->hasLocalStorage() && V->getType()->isPointerType()
                               ? frees(*Body, Body->Fn->getParamDecl(I))
                               : SourceLocation();
    if (Freed.isInvalid())
      continue;
    auto Renewed = [&](const Stmt *S) {
      const auto *DS = dyn_cast<DeclStmt>(S);
      return DS && llvm::is_contained(DS->decls(), V);
    };
    for (const Use &X : C.U.get<Uses>().in(C, V)) {
      if (!X.Mention || X.Lambda || within(C, X.Mention, Start.Site) ||
          !C.U.get<Order>().reaches(C, Start.Site, X.Mention, Renewed) || onFailure(C, X.Mention, Start.Site) ||
          isOrdered(C, Start.Site, X.Mention))
        continue;
      if (X.is(Use::Stores) && X.Of == Use::Itself)
        break; // another one
      R.report(X.Mention->getExprLoc(),
               "'" + V->getNameAsString() +
                   "' is owned by the task that was started with it and frees it; this may be a use after free; use "
                   "it before the start, or in the task",
               Story(Start.loc(), "the task is started here").then(Freed, "it frees the object here"));
      return;
    }
  }
}

const MatchCheck Check({.Name = "used-after-handover",
                        .Family = "lifetime",
                        .Level = Tier::Bug,
                        .Summary = "Finds uses of an object by the starter of the task that owns and frees it.",
                        .Rows = "-",
                        .Preview = true},
                       [](Code &C, Reporter &R) {
                         queuedObjects(C, R);
                         selfFreeing(C, R);
                         for (const Event &E : C.Events)
                           if (E.Kind == Op::Spawn && E.Site)
                             for (const CallableRef &T : E.Tasks)
                               judge(C, R, E, T);
                       });

} // namespace
} // namespace heddle

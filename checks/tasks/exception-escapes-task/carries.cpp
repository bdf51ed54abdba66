// Whether what a task throws ends where it is run.
#include "detectors.h"
#include "flow/Calls.h"
#include "flow/Classes.h"
#include "flow/TaskFacts.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {
namespace {

/// Returns true if the thing thrown, or without one anything, is taken by a handler around the statement.
bool isCaught(const Code &C, const Stmt *S, const Thrown *X) {
  for (const CXXTryStmt *T = C.enclosingTry(S); T; T = C.enclosingTry(T))
    for (unsigned H = 0; H != T->getNumHandlers(); ++H)
      if (X ? X->caughtBy(*T->getHandler(H)) : !T->getHandler(H)->getExceptionDecl())
        return true;
  return false;
}

/// The body of the function and those of the lambdas in it.
llvm::SmallVector<Code *, 4> withLambdas(Unit &U, const FunctionDecl *F) {
  llvm::SmallVector<Code *, 4> All;
  Code *C = U.code(F);
  if (!C)
    return All;
  All.push_back(C);
  forEach<LambdaExpr>(C->Fn->getBody(), [&](const LambdaExpr *L) {
    if (Code *Inner = L->getCallOperator() ? U.code(L->getCallOperator()) : nullptr)
      All.push_back(Inner);
  });
  return All;
}

/// A hand-written pool: its worker catches what the function objects that it calls throw, or submitting wraps the task
/// into a promise.
bool poolCarries(Unit &U, const FunctionDecl *Submit, const Thrown *X) {
  const auto *M = dyn_cast<CXXMethodDecl>(Submit);
  if (!M || U.role(Submit->getReturnType()) == Role::Future)
    return true;
  for (Code *C : withLambdas(U, Submit))
    if (U.role(C->Fn->getReturnType()) == Role::Future ||
        llvm::any_of(C->Events, [](const Event &E) { return E.ObjectRole == Role::Promise; }))
      return true;
  for (const CXXMethodDecl *Other : allMembers(M->getParent()))
    if (Other->getCanonicalDecl() != M->getCanonicalDecl())
      for (Code *C : withLambdas(U, Other))
        for (const Event &E : C->Events)
          if (E.Kind == Op::Call && !E.Callee && E.ObjectRole == Role::Function && E.Site && !isCaught(*C, E.Site, X))
            return false;
  return true;
}

bool startsParameter(const Code &, const Event &E) {
  return E.Kind == Op::Spawn && llvm::any_of(E.Tasks, [](const CallableRef &T) {
           const auto *DR = dyn_cast_or_null<DeclRefExpr>(T.Site ? T.Site->IgnoreParenImpCasts() : nullptr);
           return DR && isa<ParmVarDecl>(DR->getDecl());
         });
}

} // namespace

bool exception_escapes_task::carries(Unit &U, const Event &E, const Thrown *X) {
  if (E.may(Fact::CarriesExceptions) || TaskFacts::isPackaged(U, E))
    return true;
  if (const auto *Owner = dyn_cast_or_null<CXXMethodDecl>(E.Callee))
    if (const TypeModel *M = U.Models.type(Owner->getParent()); M && M->With.has(Fact::CarriesExceptions))
      return true;
  const FunctionDecl *Def = U.visible(E.Callee);
  const Code *Helper = Def ? U.code(Def) : nullptr;
  if (!Def)
    return false;
  if (E.Model)
    return poolCarries(U, Def, X);
  if (!Helper || llvm::any_of(Helper->Events, [](const Event &I) { return I.ObjectRole == Role::Promise; }))
    return true;
  auto Start = U.get<Calls>().find(Def, startsParameter);
  return !Start || (Start->Does != &E && carries(U, *Start->Does, X));
}

} // namespace heddle

// A promise that a function was given, alone or in a request, and leaves unfulfilled on some path.
#include "check/Reporter.h"
#include "detectors.h"
#include "flow/Calls.h"
#include "flow/Classes.h"
#include "flow/Mentions.h"
#include "flow/Unwrap.h"
#include "flow/Uses.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {
using namespace unfulfilled_promise;
namespace {

/// Reports the paths out of a body on which an object that it owns is dropped.
void reportDrops(Context &In, Code &C, const Place &P, bool ThrowsToo) {
  std::vector<Exit> Ways = In.Sim.exits(C.Fn, P);
  if (llvm::none_of(Ways, [](const Exit &X) { return X.State == "done"; }))
    return;
  for (const Exit &X : Ways)
    if (X.State == "asked" && !(X.Throws && (!X.By || !ThrowsToo)) && !(X.By && ownerIsGone(C, X.By)))
      report(In, C.Fn, P, X, {});
}

/// Returns true if it is a promise of this file that the request leads to, and which nobody but this body, and what it
/// calls, fulfils: it is the last that could, though others - who wait - hold the promise as well.
bool isLastToAnswer(Code &C, const Place &P) {
  Unit &U = C.U;
  const CXXRecordDecl *Class = U.smartPointee(P.last()->getType());
  if (!Class || !U.inferred(Class) || !U.Ctx.getSourceManager().isInMainFile(Class->getLocation()))
    return false;
  auto IsOf = [&](const Place &X) {
    const CXXRecordDecl *RD = X.valid() && X.last() ? U.pointee(X.last()->getType())->getAsCXXRecordDecl() : nullptr;
    return RD && RD->getCanonicalDecl() == Class->getCanonicalDecl();
  };
  bool Others = false, Waits = false;
  for (Code *Body : bodies(U))
    for (const Event &E : Body->Events) {
      if (!IsOf(E.Object))
        continue;
      Waits |= (E.Kind == Op::Await || E.Kind == Op::Consume) && !E.may(Fact::Timed);
      Others |= (E.Kind == Op::Fulfil || E.Kind == Op::TryFulfil) &&
                writtenIn(Body->Fn)->getCanonicalDecl() != C.Fn->getCanonicalDecl();
    }
  if (Others || !Waits)
    return false;
  // A copy - of the request, or of the pointer alone - may be answered elsewhere.
  return !mentions(C.Fn->getBody(), [&](const Stmt *S) {
    if (const auto *L = dyn_cast<LambdaExpr>(S))
      return llvm::any_of(L->captures(), [&](const LambdaCapture &Cap) {
        return Cap.capturesVariable() && Cap.getCapturedVar() == P.Root;
      });
    const auto *CE = dyn_cast<CXXConstructExpr>(S);
    if (!CE || !CE->getConstructor()->isCopyConstructor() || !CE->getNumArgs())
      return false;
    auto From = C.place(CE->getArg(0));
    return From && From->contains(P);
  });
}

/// A request that is given by value, with its promise.
void parts(Context &In, Code &C, const ParmVarDecl *V) {
  for (const Place &P : In.Sim.reached(C.Fn)) {
    if (P.Root != V || P.Path.empty() || P.Element)
      continue;
    if (isSoleOwner(C.U, P))
      reportDrops(In, C, P, !In.Entries.contains(C.Fn));
    else if (P.Path.size() == 1 && isLastToAnswer(C, P))
      reportDrops(In, C, P, /*ThrowsToo=*/false);
  }
}

/// Returns true for `handle(request);` of a caller who does nothing else with its request: what the function does not
/// answer is lost.
bool isGivenUp(Code &C, const ParmVarDecl *V) {
  auto Callers = C.U.get<Calls>().callers(C.Fn);
  if (Callers.size() != 1 || Callers[0].Task)
    return false;
  const Expr *Given = Callers[0].argument(V);
  const auto *DR = Given ? dyn_cast<DeclRefExpr>(unwrap(Given)) : nullptr;
  const auto *Local = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
  if (!Local || !Local->isLocalVarDecl() || !Local->hasLocalStorage() || Local->getType()->isReferenceType() ||
      llvm::any_of(C.U.get<Uses>().in(*Callers[0].In, Local), [&](const Use &X) { return X.Mention != DR; }))
    return false;
  const auto *M = dyn_cast<CXXMethodDecl>(C.Fn);
  return M ? M->getAccess() == AS_private && !M->isVirtual() : !C.Fn->isExternallyVisible();
}

} // namespace

/// A promise that is given by value belongs to the function.
void unfulfilled_promise::parameters(Context &In, Code &C) {
  Unit &U = C.U;
  for (const ParmVarDecl *V : C.Fn->parameters()) {
    QualType T = V->getType();
    if (T->isReferenceType() && T->getPointeeType()->isRecordType() && U.role(T) != Role::Promise && isGivenUp(C, V)) {
      for (const Place &P : In.Sim.reached(C.Fn))
        if (P.Root == V && P.Path.size() == 1 && !P.Element && isLastToAnswer(C, P))
          reportDrops(In, C, P, /*ThrowsToo=*/false);
      continue;
    }
    if (T->isReferenceType() || T->isPointerType())
      continue;
    if (U.role(T) != Role::Promise) {
      if (T->isRecordType() && !T->getAsCXXRecordDecl()->isLambda())
        parts(In, C, V);
      continue;
    }
    const TypeModel *M = U.type(T);
    bool Unique = M && M->Plays == Role::Promise;
    if (!Unique) // unique_ptr<promise>: it dies here, too; a shared one may live on
      Unique = isMoveOnly(T->getAsCXXRecordDecl());
    const CXXRecordDecl *Type = U.pointee(T)->getAsCXXRecordDecl();
    if (!Unique || !Type || U.inferred(Type))
      continue; // a copy of a hand-written one is no owner
    Place P;
    P.Root = V;
    reportDrops(In, C, P, !In.Entries.contains(C.Fn));
  }
}

} // namespace heddle

// Accesses of tasks and their starters that nothing orders.
#include "ConcurrencyImpl.h"
#include "Loops.h"
#include "Mentions.h"
#include "Unwrap.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {

bool Concurrency::Impl::sharedByTurns(Code &C, const TaskStart &T, const Access &A) const {
  const auto *V = dyn_cast_or_null<VarDecl>(A.Object.Root);
  if (!V || V->hasGlobalStorage())
    return true;
  if (!A.Pointer && V->getType()->isPointerType() && C.isModified(V))
    return false; // it leads elsewhere in the next iteration
  const SourceManager &SM = U.Ctx.getSourceManager();
  for (const Stmt *S = C.parent(T.Start->Site); S; S = C.parent(S))
    if (isLoop(S))
      return SM.isBeforeInTranslationUnit(V->getLocation(), S->getBeginLoc());
  return true;
}

bool Concurrency::Impl::ofNextTurn(Code &C, const TaskStart &T, const Access &X) const {
  const SourceManager &SM = U.Ctx.getSourceManager();
  const auto *V = dyn_cast_or_null<VarDecl>(X.Object.Root);
  if (!V || V->hasGlobalStorage() ||
      !SM.isBeforeInTranslationUnit(X.Entry->getBeginLoc(), T.Start->Site->getBeginLoc()))
    return false;
  for (const Stmt *S = C.parent(T.Start->Site); S; S = C.parent(S))
    if (isLoop(S) && within(C, X.Entry, S))
      return !SM.isBeforeInTranslationUnit(V->getLocation(), S->getBeginLoc());
  return false;
}

bool Concurrency::Impl::unordered(const Access &A, const Access &B) {
  return Touches.conflict(A, B) && !Touches.ordered(A) && !Touches.ordered(B) && !shareLock(A, B);
}

bool Concurrency::Impl::runsInNextCall(Code &C, const TaskStart &T) {
  const auto *M = dyn_cast<CXXMethodDecl>(C.Fn);
  if (!M || M->getParent()->isLambda() || isa<CXXConstructorDecl, CXXDestructorDecl>(M) || T.Helper || T.AtOnce ||
      T.Serial || T.Handles.empty())
    return false;
  bool Kept = llvm::all_of(T.Handles, [&](const Place &H) {
    const ValueDecl *D = H.This ? H.last() : nullptr;
    Role R = D ? U.role(D->getType()) : Role::None;
    return D && (R == Role::Group || R == Role::Executor || !U.element(D->getType()).isNull());
  });
  return Kept && llvm::none_of(C.Events, [&](const Event &E) {
           return isWait(E) || (E.Kind == Op::Call && E.Callee && reachesWait(U, E.Callee));
         });
}

bool Concurrency::Impl::grows(Code &C, const Access &X) {
  const auto *F = X.Object.This && !X.Object.Element ? dyn_cast_or_null<FieldDecl>(X.Object.last()) : nullptr;
  bool Inserts = F && llvm::any_of(C.Events, [&](const Event &E) {
                   return E.Kind == Op::Insert && E.Object.last() == F && within(C, X.Entry, E.Site);
                 });
  return Inserts && llvm::none_of(U.Functions, [&](const FunctionDecl *Fn) {
           return mentions(Fn->getBody(), [&](const Stmt *S) {
             const auto *M = dyn_cast<CXXMemberCallExpr>(S);
             return M && M->getMethodDecl() && M->getMethodDecl()->getIdentifier() &&
                    M->getMethodDecl()->getName() == "reserve" && thisField(M->getImplicitObjectArgument()) == F;
           });
         });
}

const std::vector<Race> &Concurrency::races(Code &C) {
  Impl::Body &B = I->body(C);
  if (std::exchange(B.RacesKnown, true))
    return B.Races;
  llvm::SmallVector<const TaskStart *, 8> Tasks;
  for (const TaskStart &T : B.Tasks)
    if (T.Concurrent)
      Tasks.push_back(&T);
  for (const TaskStart &T : tasksOfHelpers(C))
    Tasks.push_back(&T);
  // What a helper starts meets what is the caller's own, and members if the caller can know how long it runs.
  auto Meets = [&](const TaskStart &T, const Access &A) {
    const auto *V = dyn_cast_or_null<VarDecl>(A.Object.Root);
    return !T.Helper || (V && V->hasLocalStorage()) || (A.Object.This && !T.Handles.empty());
  };
  for (const TaskStart *T : Tasks) {
    const std::vector<Access> &Mine = I->touched(C, *T);
    if (besideItself(C, *T))
      for (const Access &A : Mine)
        for (const Access &X : Mine)
          if (A.Does == Access::Write && Meets(*T, A) && (T->Many || I->sharedByTurns(C, *T, A)) && I->unordered(A, X))
            B.Races.push_back({T, &A, T, &X});
    for (const TaskStart *O : Tasks) {
      if (O == T || O->AtOnce || (T->Serial && T->Handles == O->Handles) || !runsAt(C, *T, O->Start->Site))
        continue;
      for (const Access &A : Mine)
        for (const Access &X : I->touched(C, *O))
          if (Meets(*T, A) && Meets(*O, X) && I->unordered(A, X))
            B.Races.push_back({T, &A, O, &X});
    }
    if (Mine.empty() || T->AtOnce)
      continue;
    if (I->runsInNextCall(C, *T))
      for (const Access &X : I->Touches.of(C))
        if (I->grows(C, X))
          for (const Access &A : Mine)
            if (mentions(A.Named, X.Object.last()) && I->unordered(A, X))
              B.Races.push_back({T, &A, nullptr, &X, /*NextCall=*/true});
    for (const Access &X : I->Touches.of(C))
      if (runsAt(C, *T, X.Entry) && !I->ofNextTurn(C, *T, X))
        for (const Access &A : Mine)
          if (Meets(*T, A) && I->unordered(A, X))
            B.Races.push_back({T, &A, nullptr, &X});
  }
  return B.Races;
}

} // namespace heddle

// What may order an access among others, besides a lock that can be named.
#include "AccessWalk.h"
#include "Loops.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {

/// Returns true if other code may know the lock by a name that is not seen here: behind a reference or a pointer, or as
/// a part of an object that the caller cannot name.
static bool isAlias(Unit &U, const AccessFrame &F, const Place &Lock) {
  auto There = AccessWalk::translate(F, Lock, true);
  const ValueDecl *Object = There ? There->last() : Lock.last();
  if (!Object)
    return true;
  const auto *Local = dyn_cast<VarDecl>(Object);
  bool Leads = Object->getType()->isReferenceType() || U.leads(Object->getType());
  return There ? Leads && !Local : Leads || !Local;
}

/// Returns true if an event passes an object to code that is not visible which may hide a lock, and that others know.
static bool mayHideLock(Unit &U, const AccessFrame &F, const Event &E) {
  if (E.Kind != Op::Escape || !E.Object.valid() || !isa_and_nonnull<CallExpr, CXXConstructExpr>(E.Site))
    return false;
  const ValueDecl *D = E.Object.last();
  const auto *Call = dyn_cast<CallExpr>(E.Site);
  const FunctionDecl *Fn = Call ? Call->getDirectCallee() : nullptr;
  bool Knows = !D || U.pointee(D->getType())->isRecordType();
  bool Library = Call && (!Fn || Fn->getBuiltinID() || Fn->isInStdNamespace());
  return Knows && !Library && AccessWalk::translate(F, E.Object, true);
}

/// Returns true if the access is between calls of two functions without visible bodies on the same object, or in the
/// scope of a local of such a class: `enter(&pool->gate); ...; leave(&pool->gate);` may well be a lock.
static bool betweenUnseen(Unit &U, const AccessFrame &F, const Stmt *Site) {
  const SourceManager &SM = U.Ctx.getSourceManager();
  Code &C = *F.C;
  for (const Event &E : C.Events) {
    if (!E.Site || !SM.isBeforeInTranslationUnit(E.Site->getBeginLoc(), Site->getBeginLoc()) ||
        within(C, Site, E.Site) || !mayHideLock(U, F, E))
      continue;
    if (const auto *Made = dyn_cast<CXXConstructExpr>(E.Site)) {
      const VarDecl *V = C.destinationVar(Made);
      if (V && V->hasLocalStorage() && V->needsDestruction(U.Ctx) && inScopeOf(C, Made, Site))
        return true;
      continue;
    }
    for (const Event &X : C.Events)
      if (X.Site && isa<CallExpr>(X.Site) && SM.isBeforeInTranslationUnit(Site->getEndLoc(), X.Site->getBeginLoc()) &&
          X.Object == E.Object && mayHideLock(U, F, X) &&
          cast<CallExpr>(X.Site)->getDirectCallee() != cast<CallExpr>(E.Site)->getDirectCallee())
        return true;
  }
  return false;
}

bool Accesses::ordered(const Access &A) {
  const SourceManager &SM = U.Ctx.getSourceManager();
  const Stmt *Site = A.Site;
  for (const AccessFrame *F = A.In; F; Site = F->CallSite, F = F->Caller) {
    Code &C = *F->C;
    if (F->Asker)
      return false; // the caller knows what orders the starter's own accesses
    if (Held.demanded(C))
      return true;
    if (llvm::any_of(Held.at(C, Site), [&](const Place &L) { return isAlias(U, *F, L); }))
      return true;
    if (Held.byHand(C, Site) || betweenUnseen(U, *F, Site))
      return true;
    // A loop makes "after" mean "before" as well.
    const Stmt *Loop = nullptr;
    for (const Stmt *S = Site; S; S = C.parent(S))
      if (isLoop(S))
        Loop = S;
    SourceLocation Until = Loop ? Loop->getEndLoc() : Site->getBeginLoc();
    for (const Event &E : C.Events) {
      if (E.Kind == Op::Claim && E.Site == Site && F != A.In)
        return true; // call_once: the callable runs for the one that is chosen
      if (!E.Site || !SM.isBeforeInTranslationUnit(E.Site->getBeginLoc(), Until))
        continue;
      if (waitsForOthers(E) || E.Kind == Op::Claim || E.Kind == Op::TryAcquire)
        return true;
      if (E.Kind == Op::Call && E.Callee && E.Site != Site && reachesWait(U, E.Callee))
        return true;
    }
    // Below a condition that changes shared state atomically, one task is chosen; a loop that only looks waits.
    for (const Stmt *S = C.parent(Site), *Child = Site; S; Child = S, S = C.parent(S)) {
      const Expr *Cond = nullptr;
      if (const auto *I = dyn_cast<IfStmt>(S); I && I->getCond() != Child)
        Cond = I->getCond();
      else if (const auto *W = dyn_cast<WhileStmt>(S); W && W->getCond() != Child)
        Cond = W->getCond();
      struct Finder {
        Unit &U;
        bool in(const Stmt *X) {
          if (!X)
            return false;
          if (const auto *M = dyn_cast<CXXMemberCallExpr>(X); M && M->getMethodDecl() && M->getImplicitObjectArgument())
            if (!M->getMethodDecl()->isConst() &&
                U.role(M->getImplicitObjectArgument()->IgnoreParenImpCasts()->getType()) == Role::Atomic)
              return true;
          if (const auto *O = dyn_cast<CXXOperatorCallExpr>(X); O && O->getNumArgs())
            if (U.role(O->getArg(0)->IgnoreParenImpCasts()->getType()) == Role::Atomic)
              return true;
          return llvm::any_of(X->children(), [&](const Stmt *Y) { return in(Y); });
        }
      };
      if (Cond && Finder{U}.in(Cond))
        return true;
    }
    if (!F->Caller)
      break;
  }
  return false;
}

} // namespace heddle

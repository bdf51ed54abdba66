#include "detectors.h"
#include "flow/ValueFlow.h"
#include "flow/Destruction.h"
#include "flow/Scopes.h"
#include "flow/Unit.h"
#include "flow/Unwrap.h"
#include "flow/Loops.h"

#include "clang/Basic/Diagnostic.h"

using namespace clang;

namespace heddle::unnamed_guard {

namespace {

/// Taking a lock and releasing it at once waits for its holder, and makes a change visible to those who are about to
/// wait before they are notified: an empty critical section needs no name where nothing else follows.
bool isBarrier(const Code &C, const Stmt *Next) {
  if (!Next)
    return true;
  if (const auto *Ret = dyn_cast<ReturnStmt>(Next))
    return !Ret->getRetValue();
  return isa<BreakStmt, ContinueStmt>(Next) ||
         llvm::any_of(C.Events, [&](const Event &E) { return E.Kind == Op::Notify && within(C, E.Site, Next); });
}

/// Returns true if the call hands on a guard that somebody had before.
bool passesGuardOn(Unit &U, llvm::ArrayRef<const Expr *> Args) {
  return llvm::any_of(Args, [&](const Expr *A) { return A && isGuard(U.role(A->getType())); });
}

void reportTemporary(Code &C, Reporter &R, const Expr *Full) {
  Unit &U = C.U;
  const Expr *E = unwrap(Full);
  if (!E || !E->isPRValue() || E->getType()->isVoidType())
    return;
  const auto *Cast = dyn_cast<CXXFunctionalCastExpr>(E);
  const Expr *Made = Cast ? unwrap(Cast->getSubExpr()) : E;
  SourceLocation NameAt;
  llvm::SmallVector<FixItHint, 1> Fix;
  // A name mends it only where what follows is in the same block, and no case label jumps over it.
  const auto *Block = dyn_cast_or_null<CompoundStmt>(C.parent(Full));
  const Stmt *Around = C.parent(Full);
  bool Mends = (Block && Block->body_back() != Full && !isa_and_nonnull<SwitchStmt>(C.parent(Block))) ||
               (isa_and_nonnull<IfStmt>(Around) && cast<IfStmt>(Around)->getInit() == Full);
  auto Insert = [&](SourceLocation L, const std::string &Text) {
    if (Mends && L.isValid() && L.isFileID())
      Fix.push_back(FixItHint::CreateInsertion(L, Text));
  };
  if (const auto *New = dyn_cast<CXXConstructExpr>(Made)) {
    if (!isGuardAlone(U, New->getType()) || New->getNumArgs() == 0 || New->getConstructor()->isCopyOrMoveConstructor())
      return;
    llvm::SmallVector<const Expr *, 3> Args;
    for (const Expr *A : New->arguments())
      if (!isa<CXXDefaultArgExpr>(A))
        Args.push_back(A);
    if (Args.empty() || passesGuardOn(U, Args))
      return;
    const Expr *Lock = nullptr;
    for (const Expr *A : Args) {
      if (U.role(A->getType()) == Role::DeferTag)
        return; // it acquires nothing, and so releases nothing
      if (!Lock && isLock(U.role(A->getType())))
        Lock = A;
    }
    if (Cast)
      NameAt = Cast->getLParenLoc().isValid() ? Cast->getLParenLoc() : New->getParenOrBraceRange().getBegin();
    else
      NameAt = New->getParenOrBraceRange().getBegin();
    Insert(NameAt, " " + freshName(C, GuardNames));
    R.report(Full->getBeginLoc(),
             "the guard is a temporary and releases " + nameOf(C, Lock) +
                 " at the end of this statement; the code that follows runs unlocked; give the guard a name",
             {}, Fix);
    return;
  }
  const auto *Call = dyn_cast<CallExpr>(Made);
  const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
  if (!F)
    return;
  QualType T = Call->getType();
  if (const TypeModel *M = U.type(T); M && M->Plays == Role::SmartPointer && !T->isReferenceType())
    T = U.pointee(T); // make_unique<lock_guard<mutex>>(m)
  else if (M && !isGuard(M->Plays))
    return;
  if (!isGuardAlone(U, T))
    return;
  llvm::SmallVector<const Expr *, 4> Args(Call->arg_begin(), Call->arg_end());
  if (const auto *Member = dyn_cast<CXXMemberCallExpr>(Call))
    Args.push_back(Member->getImplicitObjectArgument());
  if (passesGuardOn(U, Args))
    return;
  Insert(Full->getBeginLoc(), "auto " + freshName(C, GuardNames) + " = ");
  R.report(Full->getBeginLoc(),
           "the guard returned by '" + F->getNameAsString() +
               "' is discarded and releases the lock at the end of this statement; the code that follows runs "
               "unlocked; keep the guard in a variable",
           {}, Fix);
}

} // namespace

void reportTemporaries(Code &C, Reporter &R) {
  ValueFlow::dropped(C, [&](const Expr *E) {
    if (!isBarrier(C, nextInScope(C, E)))
      reportTemporary(C, R, E);
  });
}

} // namespace heddle::unnamed_guard

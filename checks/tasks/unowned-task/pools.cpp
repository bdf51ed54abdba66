#include "pools.h"
#include "flow/Calls.h"
#include "flow/Classes.h"
#include "flow/Unwrap.h"
#include "flow/Uses.h"

using namespace clang;

namespace heddle {

bool isDropped(const Code &C, const Expr *E) {
  const Stmt *User = C.user(E);
  return User && !isa<Expr, DeclStmt, ReturnStmt>(User);
}

namespace {

/// A global pool: of the library, or the one object of its class that a static member hands out.
bool isShared(Unit &U, const Expr *Pool) {
  Pool = unwrap(Pool);
  if (const auto *DR = dyn_cast<DeclRefExpr>(Pool))
    if (const auto *V = dyn_cast<VarDecl>(DR->getDecl());
        V && V->getInit() && V->hasLocalStorage() && !isa<ParmVarDecl>(V))
      Pool = unwrap(V->getInit());
  const FunctionDecl *F = isa<CallExpr>(Pool) ? calleeOf(Pool) : nullptr;
  const auto *M = dyn_cast_or_null<CXXMethodDecl>(F);
  if (M && M->isStatic() && M->param_empty() && M->getReturnType()->isReferenceType() &&
      isSame(M->getReturnType()->getPointeeCXXRecordDecl(), M->getParent()))
    return true;
  return F && U.Models.facts(F, M ? M->getParent() : nullptr, 0).has(Fact::FromOutside);
}

/// Returns true if anything in this unit waits for this pool, or (null) for a global one.
bool isWaitedFor(Unit &U, const VarDecl *Pool) {
  return llvm::any_of(bodies(U), [&](const Code *C) {
    return llvm::any_of(C->Events, [&](const Event &W) {
      const auto *Site = dyn_cast_or_null<CXXMemberCallExpr>(W.Site);
      return W.Kind == Op::Wait &&
             (Pool ? W.Object.Root == Pool : Site && isShared(U, Site->getImplicitObjectArgument()));
    });
  });
}

/// `QtConcurrent::run(&pool_, f)`: the owner of that pool waits for its tasks, at the latest in its destructor.
bool isGivenPool(Unit &U, const Expr *Site) {
  const auto *Call = dyn_cast<CallExpr>(Site);
  return Call && llvm::any_of(Call->arguments(), [&](const Expr *A) {
           QualType T = unwrap(A)->getType();
           Role R = U.role(T->isPointerType() ? T->getPointeeType() : T);
           return (R == Role::Executor || R == Role::Group) && !isShared(U, A);
         });
}

} // namespace

bool isOnForeignPool(const Code &C, const Event &E, const Expr *Site) {
  if (E.may(Fact::FireAndForget) && E.Model && E.Model->On.K == Operand::Result)
    return !E.Object.valid() && isDropped(C, Site) && !isGivenPool(C.U, Site);
  const auto *Call = dyn_cast<CXXMemberCallExpr>(Site);
  if (!Call || (E.ObjectRole != Role::Group && E.ObjectRole != Role::Executor))
    return false;
  if (isShared(C.U, Call->getImplicitObjectArgument()))
    return !isWaitedFor(C.U, nullptr);
  const auto *V = dyn_cast_or_null<VarDecl>(E.Object.Root);
  return V && E.Object.Path.empty() && V->hasGlobalStorage() && isDropped(C, Site) && !isWaitedFor(C.U, V);
}

} // namespace heddle

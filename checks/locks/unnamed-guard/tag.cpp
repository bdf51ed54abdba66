#include "detectors.h"
#include "flow/Unwrap.h"
#include "flow/Uses.h"

using namespace clang;

namespace heddle::unnamed_guard {

namespace {

/// Returns true if it is certain that no code takes this lock but guards, which release it by themselves.
bool nobodyLocks(Code &C, const Expr *Lock) {
  Unit &U = C.U;
  auto P = C.place(Lock);
  if (!P || P->Element)
    return false;
  const ValueDecl *Last = P->last();
  if (const auto *F = dyn_cast_or_null<FieldDecl>(Last)) {
    if (!U.seesAllUses(F))
      return false;
  } else {
    const auto *V = dyn_cast_or_null<VarDecl>(Last);
    if (!V || isa<ParmVarDecl>(V) || V->getType()->isReferenceType() || U.leads(V->getType()) ||
        (!V->hasLocalStorage() && V->isExternallyVisible()))
      return false;
  }
  for (const FunctionDecl *F : U.Functions) {
    Code *Other = U.code(F);
    if (!Other)
      continue;
    for (const Event &E : Other->Events) {
      bool Same = E.Object.valid() && !E.Object.Path.empty() ? E.Object.Path.back() == Last : E.Object.Root == Last;
      if (!Same)
        continue;
      if (E.Kind == Op::Escape || E.Kind == Op::Dissociate || E.Kind == Op::Move)
        return false;
      bool Takes = E.Kind == Op::Acquire || E.Kind == Op::AcquireShared || E.Kind == Op::TryAcquire;
      if (Takes && !E.Guard)
        return false;
    }
  }
  return true;
}

void reportTag(Code &C, Reporter &R, const ValueDecl *V, const GuardInfo &G) {
  Unit &U = C.U;
  const auto *Var = dyn_cast<VarDecl>(V);
  const auto *Init = Var ? dyn_cast_or_null<CXXConstructExpr>(unwrap(Var->getInit())) : nullptr;
  if (!Init || !U.Models.type(V->getType()) || Init->getConstructor()->isCopyOrMoveConstructor())
    return;
  Role Tag = Role::None;
  const Expr *Lock = nullptr;
  for (const Expr *A : Init->arguments()) {
    Role X = U.role(A->getType());
    if (X == Role::DeferTag || X == Role::AdoptTag || X == Role::TryTag)
      Tag = X;
    else if (isLock(X) && !Lock)
      Lock = A;
  }
  std::string Name = V->getNameAsString();
  bool Unused = U.get<Uses>().in(C, V).empty();
  if (G.Starts == GuardInfo::Deferred && !G.Locks.empty() && Unused)
    R.report(V->getLocation(), "'" + Name + "' never locks " + nameOf(C, Lock) +
                                   ", because its tag defers that to a later call; the code that follows runs "
                                   "unlocked; remove the tag");
  else if (G.Starts == GuardInfo::Tried && Unused && (Tag == Role::TryTag || Init->getNumArgs() == 2))
    R.report(V->getLocation(), "'" + Name + "' may fail to lock " + nameOf(C, Lock) +
                                   ", and is never tested; the code that follows may run unlocked; test the guard, "
                                   "or wait for the lock");
  else if (Tag == Role::AdoptTag && Lock && nobodyLocks(C, Lock))
    R.report(V->getLocation(), "'" + Name + "' adopts " + nameOf(C, Lock) +
                                   ", which is not locked; the code that follows runs unlocked, and the unlock is "
                                   "undefined; remove the tag");
}

} // namespace

void reportTags(Code &C, Reporter &R) {
  for (const auto &[V, G] : C.guards())
    reportTag(C, R, V, G);
}

} // namespace heddle::unnamed_guard

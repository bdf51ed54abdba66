#include "HeldLocks.h"

#include "clang/AST/Attr.h"
#include "clang/AST/DeclCXX.h"

using namespace clang;

namespace heddle {

namespace {

const Automaton Holding = {
    .Tracks = {Role::Mutex, Role::SharedMutex, Role::RecursiveMutex},
    .Start = "free",
    .AtEntry = "free",
    .Rows =
        {
            {"*", Op::Acquire, "held"},
            {"*", Op::AcquireShared, "held"},
            {"*", Op::TryAcquire, "held"},
            {"*", Op::Release, "free"},
            {"*", Op::Dissociate, "free"},
        },
    .Escape = OnEscape::Keep,
};

} // namespace

HeldLocks::HeldLocks(Unit &U) : Sim(U, Holding), U(U) {}

llvm::SmallVector<Place, 2> HeldLocks::at(Code &C, const Stmt *S) {
  auto [It, New] = Known.try_emplace(&C);
  if (New)
    for (const Place &Lock : Sim.objects(C.Fn))
      It->second.push_back({Lock, Sim.states(C.Fn, Lock)});
  llvm::SmallVector<Place, 2> Locks;
  for (const Held &H : It->second) {
    unsigned Is = H.Map.Before.lookup(S);
    if (H.Map.Complete && Is && Is == H.Map.bit("held"))
      Locks.push_back(H.Lock);
  }
  return Locks;
}

bool HeldLocks::demanded(const Code &C) const {
  for (const ParmVarDecl *P : C.Fn->parameters())
    if (isGuard(U.role(P->getType())))
      return true;
  for (const FunctionDecl *F : C.Fn->redecls())
    if (F->hasAttr<RequiresCapabilityAttr>())
      return true;
  return false;
}

} // namespace heddle

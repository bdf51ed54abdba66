#include "Waits.h"
#include "Unit.h"

using namespace clang;

namespace heddle {

constexpr unsigned MaxDepth = 4;

bool waitsForOthers(const Event &E) {
  switch (E.Kind) {
  case Op::Join:
  case Op::Wait:
  case Op::Await:
  case Op::Consume:
  case Op::Receive:
  case Op::WaitCondition:
    return true;
  case Op::Acquire:
    return E.ObjectRole == Role::Semaphore;
  default:
    return false;
  }
}

/// Returns true if a call of \p F may take a permit from a semaphore.
static bool takesPermit(Unit &U, const FunctionDecl *F, unsigned Depth = 0) {
  const Code *C = F && Depth < MaxDepth && U.reaches(F, Op::Acquire, false) ? U.code(F) : nullptr;
  return C && llvm::any_of(C->Events, [&](const Event &E) {
           return E.Kind == Op::Call ? takesPermit(U, E.Callee, Depth + 1) : E.Kind == Op::Acquire && waitsForOthers(E);
         });
}

bool reachesWait(Unit &U, const FunctionDecl *F) {
  if (takesPermit(U, F))
    return true;
  for (Op O : {Op::Join, Op::Wait, Op::Await, Op::Consume, Op::Receive, Op::WaitCondition})
    if (U.reaches(F, O, false))
      return true;
  return false;
}

} // namespace heddle

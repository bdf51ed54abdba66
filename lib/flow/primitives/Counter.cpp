#include "Primitives.h"

using namespace clang;

namespace heddle::primitives {

/// A count that one member raises, another lowers and notifies, and a third waits for.
ModelPtr counter(ModelDraft &Draft) {
  for (const MethodFacts &W : Draft.Methods) {
    if (W.WaitsOn.empty() || W.Timed)
      continue;
    for (const FieldDecl *N : W.WaitTests) {
      if (!N->getType()->isIntegralOrEnumerationType() && Draft.U.role(N->getType()) != Role::Atomic)
        continue;
      if (W.Lowers.contains(N) || W.Raises.contains(N))
        continue; // a semaphore: it takes what it waited for
      const MethodFacts *Down = nullptr;
      for (const MethodFacts &F : Draft.Methods)
        if (F.Lowers.contains(N) && !F.Notifies.empty() && F.WaitsOn.empty())
          Down = &F;
      if (!Down)
        continue;
      for (const MethodFacts &F : Draft.Methods) {
        if (F.M == W.M)
          Draft.act(F.M, Op::Wait);
        else if (F.M == Down->M)
          Draft.act(F.M, Op::Leave);
        else if (F.Raises.contains(N) && F.WaitsOn.empty())
          Draft.act(F.M, Op::Enter);
      }
      return makeModel(Role::Latch);
    }
  }
  return nullptr;
}

} // namespace heddle::primitives

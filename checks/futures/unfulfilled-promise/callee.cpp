// A promise that is given to a helper, which leaves it unfulfilled on some path: the report stands there.
#include "detectors.h"
#include "flow/Calls.h"

using namespace clang;

namespace heddle {
using namespace unfulfilled_promise;

bool unfulfilled_promise::reportInCallee(Context &In, const FunctionDecl *F, const Place &Object,
                                         const std::vector<StoryLine> &Before) {
  Code *C = In.U.code(F);
  const CallEdge *Into = nullptr;
  auto Edges = In.U.get<Calls>().from(*C);
  for (const CallEdge &Edge : Edges)
    if (!Edge.Task && Edge.Callee != C->Fn && Edge.toCallee(Object)) {
      if (Into)
        return false;
      Into = &Edge;
    }
  if (!Into)
    return false;
  Place There = *Into->toCallee(Object);
  std::vector<Exit> Ways = In.Sim.exits(Into->Callee, There);
  auto Is = [](llvm::StringRef State) { return [=](const Exit &X) { return !X.Throws && X.State == State; }; };
  if (llvm::none_of(Ways, Is("done")) || llvm::none_of(Ways, Is("asked")))
    return false;
  std::vector<StoryLine> Story = Before;
  Story.push_back(Into->line());
  for (const Exit &X : Ways)
    if (Is("asked")(X))
      report(In, Into->Callee, There, X, Story);
  return true;
}

} // namespace heddle

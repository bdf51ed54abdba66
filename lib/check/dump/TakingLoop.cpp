// `heddle-dev-taking`: loops that take something in each iteration. `heddle-dev-locking-local`: at calls, the local
// around them that holds a lock in a part.
#include "flow/TakingLoop.h"
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/LockingParts.h"

using namespace clang;

namespace heddle {
namespace {

const MatchCheck Taking(
    {.Name = "dev-taking", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      for (const Event &E : C.Events)
        if (E.Kind == Op::Extract || E.Kind == Op::Receive || E.Kind == Op::TryReceive)
          if (auto L = takingLoop(C, E.Site))
            R.report(E.loc(), "taken: in a loop" + std::string(L->Helper ? " through a helper" : "") + " with " +
                                  std::to_string(L->Exits.size()) + " exits");
    },
    nullptr, /*Dev=*/true);

const MatchCheck Locals(
    {.Name = "dev-locking-local", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      for (const Event &E : C.Events)
        if (const VarDecl *V = E.Kind == Op::Call && E.Site ? lockingLocal(C, E.Site) : nullptr)
          R.report(E.loc(), "locked: by " + V->getNameAsString());
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle

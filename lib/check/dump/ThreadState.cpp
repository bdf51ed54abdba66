// `heddle-dev-thread-state`: state of threads that tasks leave behind, or that coroutines rely on.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/ThreadState.h"

using namespace clang;

namespace heddle {
namespace {

const UnitCheck Check(
    {.Name = "dev-thread-state", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      ThreadState &Facts = U.get<ThreadState>();
      for (Code *C : bodies(U)) {
        for (const Event &E : C->Events)
          for (const CallableRef &T : E.Tasks)
            if (auto S = T.Body && U.visible(T.Body) ? Facts.left(T.Body) : std::nullopt)
              R.report(S->Site->getBeginLoc(),
                       ThreadState::onSharedThread(*C, E) ? "state: left on a shared thread" : "state: left");
        for (const StateSet &S : Facts.in(*C))
          if (Facts.suspendedWith(S))
            R.report(S.Site->getBeginLoc(), "state: suspended");
        for (const StaleRead &X : Facts.staleReads(*C))
          R.report(X.Read->getExprLoc(), "state: stale " + X.Variable->getNameAsString());
      }
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle

// `heddle-dev-timer-cycles`: the handlers that schedule themselves again, and the returns on which they do not.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/TimerCycles.h"

using namespace clang;

namespace heddle {
namespace {

const UnitCheck Check(
    {.Name = "dev-timer-cycles", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      TimerCycles &Cycles = U.get<TimerCycles>();
      for (const TimerCycle &C : Cycles.all()) {
        auto Starters = Cycles.starters(C).size();
        R.report(C.Again->loc(), Starters ? "timer: runs again; started by " + std::to_string(Starters) + " others"
                                          : std::string("timer: runs again"));
        for (const TimerLapse &L : Cycles.lapses(C))
          R.report(L.Leaves->getBeginLoc(), "timer: ends here");
      }
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle

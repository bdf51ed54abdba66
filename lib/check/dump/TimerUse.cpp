// `heddle-dev-timer-use`: the timers that are members, and the bodies that run for each message.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/TimerUse.h"

using namespace clang;

namespace heddle {
namespace {

const UnitCheck Check(
    {.Name = "dev-timer-use", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      TimerUse &Timers = U.get<TimerUse>();
      for (const MemberTimer &T : Timers.members()) {
        std::string Said = "timer: armed at " + std::to_string(T.Armed.size()) + ", by " +
                           std::to_string(Timers.entries(T).size());
        for (const Activity &A : Timers.activities())
          if (Timers.touches(A, T))
            Said += "; put off by a message";
        R.report(T.Timer->getLocation(), Said);
      }
      for (const Activity &A : Timers.activities())
        R.report(A.Body->Fn->getLocation(), "timer: runs for each message");
      for (Code *C : bodies(U))
        for (const DeadlineLoop &D : Timers.loops(*C))
          R.report(D.Deadline->getLocation(), "timer: moved at " + std::to_string(D.Moved.size()));
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle

// Wake-ups that are lost between the test of a condition and the wait for it.
#include "check/Register.h"
#include "condition-modified-unlocked/detectors.h"

namespace heddle {
namespace {

const UnitCheck Check({.Name = "condition-modified-unlocked",
                       .Family = "locks",
                       .Level = Tier::Risk,
                       .Summary = "Finds conditions whose waiters can miss the wake-up: state that is changed outside "
                                  "the mutex, waits that test nothing, and notifications that wake too few.",
                       .Rows = "-"},
                      [](Unit &U, Reporter &R) {
                        const auto &All = U.get<Conditions>().all();
                        for (const ConditionVariable &V : All) {
                          lost_wakeup::reportUnlockedStores(U, V, R);
                          lost_wakeup::reportUnlockedRequests(U, V, R);
                          lost_wakeup::reportBlindWaits(U, V, R);
                          lost_wakeup::reportEdges(U, V, R);
                          lost_wakeup::reportMixedWaiters(U, V, R);
                          for (const ConditionVariable &Other : All)
                            if (&Other != &V)
                              lost_wakeup::reportForgotten(U, V, Other, R);
                        }
                      });

} // namespace
} // namespace heddle

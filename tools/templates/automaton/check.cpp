#include "check/Register.h"

namespace heddle {
namespace {

// The states of a mutex, as far as this property cares:
//   free   this path does not hold it
//   held   it does
const Automaton States = {
    .Tracks = {Role::Mutex},
    .Start = "free",
    .AtEntry = "free",
    .Rows =
        {
            {"free", Op::Acquire, "held", {}, "'%0' is locked here"},
            {"held", Op::Release, "free"},
            {"held", Op::Acquire, "error",
             "'%0' is locked a second time on this path; the thread waits for itself and never goes on; lock it once"},
            {"*", Op::Move, "gone"},
        },
    .Escape = OnEscape::Keep,
};

const AutomatonCheck Check({.Name = "@NAME@",
                            .Family = "@FAMILY@",
                            .Level = Tier::Bug,
                            .Summary = "Finds mutexes that are locked twice on one path.",
                            .Rows = "-",
                            .Preview = true},
                           States);

} // namespace
} // namespace heddle

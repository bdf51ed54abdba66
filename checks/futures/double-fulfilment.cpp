#include "check/Register.h"

namespace heddle {
namespace {

// The states of a promise, as far as this property cares:
//   pending    nobody has fulfilled it
//   fulfilled  this path has
//   promised   a callable that fulfils it on some path, without asking anybody, waits to be run
const Automaton Fulfilment = {
    .Tracks = {Role::Promise},
    .Start = "pending",
    .AtEntry = "pending",
    .Rows =
        {
            {"pending", Op::Fulfil, "fulfilled", {}, "'%0' is fulfilled here first"},
            {"promised", Op::Fulfil, "gone"}, // the registration may have failed, or this is the winner's own path
            {"fulfilled", Op::Fulfil, "error",
             "promise '%0' is fulfilled a second time on this path; a standard promise throws "
             "'promise_already_satisfied' here, others overwrite the result or abort; return after the first"},
            {"pending", Op::Fulfil, "promised", {}, "a callable that fulfils '%0' is handed over here", Via::Later},
            {"promised", Op::Fulfil, "error",
             "promise '%0' is fulfilled here and in another callback, and nothing chooses which of them may; when both "
             "run, the second throws 'promise_already_satisfied', overwrites the result or aborts; let an exchanged "
             "flag elect the winner",
             {}, Via::Later},
            {"*", Op::Reset, "pending"},
            {"pending", Op::Escape, "pending"},
            {"fulfilled", Op::Escape, "gone"},
            {"*", Op::Move, "gone"},
        },
};

const AutomatonCheck Check({.Name = "double-fulfilment",
                            .Family = "futures",
                            .Level = Tier::Bug,
                            .Summary = "Finds promises that are fulfilled twice on one path.",
                            .Rows = "F2"},
                           Fulfilment);

} // namespace
} // namespace heddle

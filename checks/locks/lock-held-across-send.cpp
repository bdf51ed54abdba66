#include "check/Register.h"

namespace heddle {
namespace {

// One mutex: free or held. The channel is any other object.
const Automaton Holding = {
    .Tracks = {Role::Mutex, Role::SharedMutex, Role::RecursiveMutex},
    .Start = "free",
    .AtEntry = "free",
    .Rows =
        {
            {"free", Op::Acquire, "held", {}, "'%0' is locked here"},
            {"free", Op::AcquireShared, "held", {}, "'%0' is locked here"},
            {"free", Op::TryAcquire, "held", {}, "'%0' is locked here"},
            {"held", Op::Release, "free"},
            {"held", Op::Dissociate, "gone"},
            {"held", Op::Move, "gone"},
            {"held", Op::Send, "error",
             "this send can block while '%0' is held; a receiver that needs '%0' never gets it, and both wait for "
             "ever; send after the lock is released",
             {}, Via::Elsewhere, /*OnlyIfBlocking=*/true},
            {.From = "held",
             .On = Op::Fulfil,
             .To = "error",
             .Message = "the promise is fulfilled while '%0' is held, and runs its continuations in this thread; one "
                        "that needs '%0' never gets it; fulfil it after the lock is released",
             .How = Via::Elsewhere,
             .OnlyIfInline = true},
        },
    .Escape = OnEscape::Keep,
};

const AutomatonCheck Check({.Name = "lock-held-across-send",
                            .Family = "locks",
                            .Level = Tier::Bug,
                            .Summary = "Finds sends that can block while a lock is held.",
                            .Rows = "L8"},
                           Holding);

} // namespace
} // namespace heddle

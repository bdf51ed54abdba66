#include "check/Register.h"
#include "check/Reporter.h"

namespace heddle {
namespace {

// One mutex: free or held. The channel, or the promise, is any other object.
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

/// Fulfilling a promise runs code of others only if somebody attached some; most promises just wake a waiter.
bool isAccepted(Unit &U, Finding &F) {
  if (F.Row->On != Op::Fulfil)
    return true;
  for (const clang::FunctionDecl *Fn : U.Functions)
    if (const Code *C = U.code(Fn))
      for (const Event &E : C->Events)
        if (E.Kind == Op::Defer && E.may(Fact::InlineContinuations))
          return true;
  return false;
}

const AutomatonCheck Check({.Name = "lock-held-across-send",
                            .Family = "locks",
                            .Level = Tier::Bug,
                            .Summary = "Finds sends that can block while a lock is held.",
                            .Rows = "L8"},
                           Holding, isAccepted);

} // namespace
} // namespace heddle

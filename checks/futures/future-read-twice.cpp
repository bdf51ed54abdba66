// A future is a one-shot: its first read takes the value away. What reads again gets an exception, undefined behaviour
// or - from a channel that was used as a future - an empty value that looks like an answer.
#include "future-read-twice/detectors.h"
#include "check/Register.h"
#include "check/Reporter.h"

using namespace clang;

namespace heddle {
using namespace future_read_twice;
namespace {

constexpr std::string_view Again =
    "future '%0' is read a second time on this path; the first read took the value, and this one throws 'no_state' "
    "or is undefined; keep the value, or share() the future";
constexpr std::string_view Moved =
    "future '%0' is read after it was moved from; a standard future throws 'no_state' or is undefined here; read the "
    "future that it was moved to";

// The states of a future, and of a promise that hands one out:
//   unread     the value is still there
//   read       this path took it
//   continued  a continuation takes it
//   moved      another object has it now
//   given      a callable that will take it was handed over
//   asked      (a promise) its future was handed out
const Automaton Reading = {
    .Tracks = {Role::Future, Role::SharedFuture, Role::Promise},
    .Start = "unread",
    .AtEntry = "unread",
    .Rows =
        {
            {.From = "unread",
             .On = Op::Consume,
             .To = "read",
             .Note = "'%0' is read here first",
             .Unless = Fact::Timed},
            {.From = "unread",
             .On = Op::Defer,
             .To = "continued",
             .Note = "a continuation consumes '%0' here",
             .Unless = Fact::ReadMany},
            {"read", Op::Consume, "error", Again},
            {"read", Op::Await, "error", Again},
            {.From = "read", .On = Op::Defer, .To = "error", .Message = Again, .Unless = Fact::ReadMany},
            {"continued", Op::Consume, "error", Again},
            {"continued", Op::Await, "error", Again},
            {.From = "continued", .On = Op::Defer, .To = "error", .Message = Again, .Unless = Fact::ReadMany},
            {"continued", Op::Move, "gone"},
            {"unread", Op::Move, "moved", {}, "'%0' is moved from here"},
            {"read", Op::Move, "gone"},
            {"moved", Op::Consume, "error", Moved},
            {"moved", Op::Await, "error", Moved},
            {"unread", Op::Consume, "given", {}, "a callable that reads '%0' is handed over here", Via::Later},
            {"given",
             Op::Consume,
             "error",
             "future '%0' is read here and in another task; the second read throws 'no_state', or the two race for "
             "the value; give each reader its own shared_future",
             {},
             Via::Later},
            {"given", Op::Consume, "error",
             "future '%0' is read here and in a task that was handed over earlier; the second read throws "
             "'no_state', or the two race for the value; give each reader its own shared_future"},
            {.From = "unread",
             .On = Op::GetFuture,
             .To = "asked",
             .Note = "the future of '%0' is retrieved here first",
             .Unless = Fact::ReadMany},
            {.From = "asked",
             .On = Op::GetFuture,
             .To = "error",
             .Message = "the future of '%0' is retrieved a second time on this path; the promise throws "
                        "'future_already_retrieved' here; keep the first, or share() it",
             .Unless = Fact::ReadMany},
            {"unread", Op::Test, "unread"},
            {"*", Op::Test, "gone"}, // valid(): it asks again
            {"*", Op::Spawn, "unread"},
            {"*", Op::Reset, "unread"},
        },
};

/// Returns true if it is what an iterator refers to that moves on: `it = futures.erase(it)`, `++it`.
bool isSeated(Unit &U, const Place &P) {
  const auto *V = dyn_cast_or_null<VarDecl>(P.Root);
  const auto *F = V && P.Path.empty() ? dyn_cast_or_null<FunctionDecl>(V->getDeclContext()) : nullptr;
  const Code *C = F && !V->getType()->isReferenceType() ? U.code(F) : nullptr;
  return C && C->elementOf(V) && C->isModified(V);
}

/// A future that says that it can be read many times keeps its value, unless this very read took it (takeResult).
bool isLost(Unit &U, Finding &X) {
  if (isSeated(U, X.Object))
    return false; // within one iteration see elements()
  const TypeModel *M = U.type(X.Object);
  return !M || !M->With.has(Fact::ReadMany) || X.Row->On == Op::Consume || X.Row->From == "read";
}

void inOtherShapes(Unit &U, Reporter &R) {
  OneShotChannels Channels(U);
  for (const FunctionDecl *F : U.Functions)
    if (Code *C = U.code(F)) {
      elements(*C, R);
      containers(*C, R);
      flagged(*C, R);
      Channels.look(*C, R);
    }
}

const AutomatonCheck
    Check({.Name = "future-read-twice",
           .Family = "futures",
           .Level = Tier::Bug,
           .Summary = "Finds futures that are read twice, though the first read takes their value away.",
           .Rows = "F3"},
          Reading, isLost, inOtherShapes);

} // namespace
} // namespace heddle

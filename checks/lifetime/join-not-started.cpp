// A join of a thread that some path never started, or has joined or detached before.
//   join-not-started.cpp             along the paths of one body
//   join-not-started/elements.cpp    not all started by one loop of a body, all joined by another
//   join-not-started/members.cpp     joined by a member that does not ask whether another has started it
#include "check/Register.h"
#include "flow/Destruction.h"
#include "flow/Order.h"
#include "flow/Simulation.h"
#include "flow/ValueFlow.h"
#include "join-not-started/detectors.h"

using namespace clang;

namespace heddle {
namespace {

constexpr std::string_view Never = "'%0' was not started on this path; the join throws or is undefined; join only if "
                                   "it was started, or test 'joinable()' first";
constexpr std::string_view Again =
    "'%0' was already joined or detached; the second join throws or is undefined; join once, or test 'joinable()' "
    "first";

// The states of a handle:
//   empty     it has no task, and never had one
//   running   its task was started
//   over      it was joined or detached
const Automaton Handle = {
    .Tracks = {Role::Thread},
    .Start = "empty",
    .AtEntry = {},
    .Rows =
        {
            {"*", Op::Spawn, "running"},
            {"empty", Op::Join, "error", Never},
            {"empty", Op::Detach, "gone"},
            {.From = "running", .On = Op::Join, .To = "over", .Note = "'%0' is joined here", .Unless = Fact::Timed},
            {"running", Op::Detach, "over", {}, "'%0' is detached here"},
            {"over", Op::Join, "error", Again},
            {"*", Op::Test, "gone"},
            {"*", Op::Extract, "gone"},
            {"*", Op::Move, "gone"},
            {"*", Op::Reset, "gone"},
            {"*", Op::End, "gone"},
        },
};

/// Returns true if the body looks at the result of a start: `rc = pthread_create(…); if (rc != 0) return;`. Where the
/// variable serves for other results, too, the branches are not told apart. One who starts on every path and does not
/// ask takes it for granted.
bool outcomeIsAsked(Unit &U, const Finding &X) {
  Code *C = U.codeWith(X.Site);
  return C && llvm::any_of(C->Events, [&](const Event &E) {
           const auto *Call =
               E.Kind == Op::Spawn && E.Object == X.Object ? dyn_cast_or_null<CallExpr>(E.Site) : nullptr;
           return Call && Call->getType()->isIntegerType() &&
                  (U.get<ValueFlow>().next(*C, Call).Goes != Flow::Dropped ||
                   U.get<Order>().dominates(*C, Call, X.Site));
         });
}

/// Returns true for a number that another handle gave: `const pthread_t id = job->thread;`.
bool isCopyOfHandle(Unit &U, const Finding &X) {
  const auto *V = X.Object.Path.empty() ? dyn_cast_or_null<VarDecl>(X.Object.Root) : nullptr;
  const Code *C = V && V->getInit() && V->getType()->isScalarType() ? U.codeWith(X.Site) : nullptr;
  return C && C->place(V->getInit());
}

/// QThread::wait returns at once where there is nothing to wait for: only ends that need a join, or numbers, matter.
bool matters(Unit &U, Finding &X) {
  if (X.Row && X.Row->Message == Never && (outcomeIsAsked(U, X) || isCopyOfHandle(U, X)))
    return false;
  const ValueDecl *D = X.Object.last();
  Endings E = D ? U.get<Destruction>().of(D->getType()) : Endings();
  return E.has(Endings::Terminates) || E.has(Endings::Leaks);
}

const AutomatonCheck Check({.Name = "join-not-started",
                            .Family = "lifetime",
                            .Level = Tier::Bug,
                            .Summary = "Finds joins of threads that were not started, or already joined or detached.",
                            .Rows = "-",
                            .Preview = true},
                           Handle, matters, [](Unit &U, Reporter &R) {
                             unstartedMembers(U, R);
                             unstartedElements(U, R);
                           });

} // namespace
} // namespace heddle

// State of an OS thread that a task sets on a thread which others use after it, or relies on where it may go on another
// thread.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/ThreadState.h"

using namespace clang;

namespace heddle {
namespace {

std::string name(const StateSet &S) { return "'" + S.By->getNameAsString() + "'"; }

/// Tasks that leave the thread of a pool other than they found it.
void tasks(Code &C, Reporter &R) {
  Unit &U = C.U;
  for (const Event &E : C.Events) {
    if (!ThreadState::onSharedThread(C, E))
      continue;
    for (const CallableRef &T : E.Tasks) {
      // A task that never ends has the thread for itself.
      if (!T.Body || !U.visible(T.Body) || U.get<TaskFacts>().end(T) != TaskEnd::Returns)
        continue;
      if (auto S = U.get<ThreadState>().left(T.Body))
        R.report(S->Site->getBeginLoc(),
                 name(*S) + (isa<VarDecl>(S->By) ? " is set on" : " changes") +
                     " the thread of a pool, and nothing restores what was set before; the tasks that run "
                     "on this thread later find it changed; restore it before the task ends, in a destructor",
                 Story(E.loc(), "the task is given to the pool here"));
    }
  }
}

/// Coroutines that may be resumed on another thread.
void coroutines(Code &C, Reporter &R) {
  ThreadState &Facts = C.U.get<ThreadState>();
  for (const StateSet &S : Facts.in(C))
    if (const Expr *At = Facts.suspendedWith(S))
      R.report(S.Site->getBeginLoc(),
               name(S) +
                   " changes this thread, and the coroutine is suspended before it restores what was set before; it "
                   "may go on on another thread, and others run on this one meanwhile; set it between suspensions",
               Story(At->getExprLoc(), "the coroutine is suspended here"));
  for (const StaleRead &X : Facts.staleReads(C))
    R.report(
        X.Read->getExprLoc(),
        "'" + X.Variable->getNameAsString() +
            "' is read after a suspension; the coroutine may be on another thread, which has one of its own, or "
            "others have set it meanwhile; keep the value in a local variable",
        Story(X.Set->getExprLoc(), "it is set here").then(X.Suspends->getExprLoc(), "the coroutine is suspended here"));
}

const UnitCheck Check({.Name = "thread-affine-state",
                       .Family = "lifetime",
                       .Level = Tier::Risk,
                       .Summary = "Finds state of a thread that a task leaves behind, or relies on elsewhere.",
                       .Rows = "P23",
                       .Preview = true},
                      [](Unit &U, Reporter &R) {
                        for (Code *C : bodies(U)) {
                          tasks(*C, R);
                          if (!U.get<Coroutines>().suspensions(*C).empty())
                            coroutines(*C, R);
                        }
                      });

} // namespace
} // namespace heddle

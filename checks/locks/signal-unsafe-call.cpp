// A signal handler does what only works if it interrupted nothing.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/SignalHandlers.h"

using namespace clang;

namespace heddle {
namespace {

std::pair<const char *, const char *> words(UnsafeDeed::Kind What) {
  switch (What) {
  case UnsafeDeed::Locks:
    return {"takes a lock", "if the interrupted thread holds it, both wait forever"};
  case UnsafeDeed::Wakes:
    return {"notifies a condition variable", "if the interrupted thread is inside it, both wait forever"};
  case UnsafeDeed::Hands:
    return {"uses a queue or promise", "if the interrupted thread holds its lock, both wait forever"};
  case UnsafeDeed::Starts:
    return {"starts a task", "if the interrupted thread holds a lock of the library, both wait forever"};
  case UnsafeDeed::Allocates:
    return {"uses the heap",
            "if the interrupted thread is in the allocator, both wait forever or the heap is corrupted"};
  case UnsafeDeed::Prints:
    return {"writes to a stream", "if the interrupted thread is writing to it, both wait forever or the buffer is "
                                  "corrupted"};
  }
  return {};
}

const UnitCheck Check({.Name = "signal-unsafe-call",
                       .Family = "locks",
                       .Level = Tier::Risk,
                       .Summary = "Finds signal handlers that take locks, allocate, or write to streams.",
                       .Rows = "-"},
                      [](Unit &U, Reporter &R) {
                        auto &Signals = U.get<SignalHandlers>();
                        for (const SignalHandler &H : Signals.all()) {
                          std::vector<UnsafeDeed> Deeds = Signals.unsafe(H);
                          if (H.Crash || Deeds.empty())
                            continue;
                          const UnsafeDeed &D = Deeds.front(); // one report for each handler
                          auto [What, Then] = words(D.What);
                          SourceLocation Loc = cast<Expr>(D.Site)->getExprLoc();
                          Story Notes(H.Loc, "'" + H.Body->getNameAsString() + "' becomes a signal handler here");
                          if (!D.Through.empty()) {
                            for (const CallEdge &S : llvm::ArrayRef(D.Through).drop_front())
                              Notes.then(S.line().Loc, S.line().Text);
                            Notes.then(Loc, std::string("it ") + What + " here");
                            Loc = D.Through.front().Site->getExprLoc();
                          }
                          R.report(Loc,
                                   std::string("this ") + What + " in a signal handler; " + Then +
                                       "; set a flag or write to a pipe, and do it on a thread",
                                   Notes);
                        }
                      });

} // namespace
} // namespace heddle

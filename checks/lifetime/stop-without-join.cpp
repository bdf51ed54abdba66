// A stop that is requested and not waited for: the members that the task uses are released while it still runs.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/Releases.h"
#include "flow/UnownedTasks.h"

using namespace clang;

namespace heddle {
namespace {

void report(const ClassTask &T, const UnjoinedStop &Q, Unit &U, Reporter &R) {
  std::vector<TouchedField> Touches = touchedBy(U, T.Body);
  if (Touches.empty())
    return;
  auto Used = llvm::find_if(Touches, [&](const TouchedField &X) { return X.Field->getNameAsString() != Q.What; });
  const TouchedField &First = Used == Touches.end() ? Touches.front() : *Used;
  // Where its handle was given up nobody can wait: there it is mended.
  SourceLocation Gone;
  for (const Event &E : T.StartedIn ? llvm::ArrayRef<Event>(T.StartedIn->Events) : llvm::ArrayRef<Event>())
    if (E.Kind == Op::Detach && T.Start && (llvm::is_contained(T.Start->Handles, E.Object)))
      Gone = E.loc();
  if (Gone.isValid())
    return R.report(Gone,
                    "the task is detached, so nobody can wait for it after '" + Q.What +
                        "' has asked it to stop; it uses '" + First.Field->getNameAsString() +
                        "' while the object is destroyed; keep its handle in a member, and join it in the destructor",
                    Story(T.Loc, "the task is started here")
                        .then(First.Loc, "it uses '" + First.Field->getNameAsString() + "' here")
                        .then(Q.Site->getBeginLoc(), "the stop is requested here"));
  R.report(Q.Site->getBeginLoc(),
           "the task is asked to stop by '" + Q.What + "', but is not waited for; it uses '" +
               First.Field->getNameAsString() + "' while the object is destroyed; join it before the members end",
           Story(T.Loc, "the task is started here")
               .then(First.Loc, "it uses '" + First.Field->getNameAsString() + "' here"));
}

/// `~Writer() { queue_.close(); thread_.detach(); }`
void detached(const ClassTask &T, SourceLocation At, Unit &U, Reporter &R) {
  TouchedField First = touchedBy(U, T.Body).front();
  std::string Name = "'" + First.Field->getNameAsString() + "'";
  R.report(At,
           "the task is detached while its object is destroyed; it uses " + Name + " of a dead object; join it here",
           Story(T.Loc, "the task is started here").then(First.Loc, "it uses " + Name + " here"));
}

/// `worker_.request_stop(); store_.reset();`
void releases(ClassFacts &F, Unit &U, Reporter &R) {
  for (const EarlyRelease &X : U.get<EarlyReleases>().of(F)) {
    if (X.Joined.isValid())
      continue;
    std::string Name = X.Released->getNameAsString();
    R.report(X.Loc,
             "the task of '" + X.User->getNameAsString() + "' is asked to stop, but is not waited for before '" + Name +
                 "' is released here; it uses a destroyed object; join it first",
             Story(X.Started, "the task is started here")
                 .then(X.Used, "it uses '" + Name + "' here")
                 .then(X.Requested, "the stop is requested here"));
  }
}

const UnitCheck Check({.Name = "stop-without-join",
                       .Family = "lifetime",
                       .Level = Tier::Bug,
                       .Summary = "Finds tasks that are asked to stop when their object ends, and not waited for.",
                       .Rows = "L24",
                       .Preview = true},
                      [](Unit &U, Reporter &R) {
                        for (ClassFacts *F : U.get<ClassTable>().all()) {
                          for (const ClassTask &T : F->Tasks)
                            if (SourceLocation At = detachedAtEnd(U, *F, T); At.isValid())
                              detached(T, At, U, R);
                            else if (auto Q = unjoinedStop(U, *F, T))
                              report(T, *Q, U, R);
                          releases(*F, U, R);
                        }
                      });

} // namespace
} // namespace heddle

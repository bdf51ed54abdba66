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
  R.report(Q.Site->getBeginLoc(),
           "the task is asked to stop by '" + Q.What + "', but is not waited for; it uses '" +
               First.Field->getNameAsString() + "' while the object is destroyed; join it before the members end",
           Story(T.Loc, "the task is started here")
               .then(First.Loc, "it uses '" + First.Field->getNameAsString() + "' here"));
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
                            if (auto Q = unjoinedStop(U, *F, T))
                              report(T, *Q, U, R);
                          releases(*F, U, R);
                        }
                      });

} // namespace
} // namespace heddle

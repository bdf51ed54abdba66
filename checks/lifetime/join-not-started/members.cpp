// The destructor or another member joins, without asking, what a member starts under a condition, what another member
// may have joined before, or what nobody has started.
#include "check/Story.h"
#include "detectors.h"
#include "flow/ConditionalStarts.h"

using namespace clang;

namespace heddle {

static void report(const UnaskedJoin &X, Reporter &R) {
  std::string Name = X.Handle->getNameAsString();
  if (X.Condition)
    return R.report(X.Join->loc(),
                    "'" + Name +
                        "' is started under a condition only, and joined here without one; the join throws or is "
                        "undefined when it was not started; test 'joinable()' first",
                    Story(X.Condition->getExprLoc(), "the condition is asked here")
                        .then(X.Start->loc(), "'" + Name + "' is started here"));
  if (X.Before) {
    std::string By = X.Before->By->getNameAsString();
    return R.report(X.Join->loc(),
                    "'" + Name + "' is joined when the object ends, although '" + By +
                        "' may have joined it before; the second join throws or is undefined; test 'joinable()' first",
                    Story(X.Before->Operation->loc(), "'" + By + "' joins it here"));
  }
  R.report(X.Join->loc(),
           "'" + Name +
               "' is joined when the object ends, also if it was not started; the join then throws or is "
               "undefined; test 'joinable()' first",
           Story(X.Unstarted->Site->getExprLoc(), "an object is made here, which may end before it is started"));
}

void unstartedMembers(Unit &U, Reporter &R) {
  for (ClassFacts *F : U.get<ClassTable>().all())
    for (const UnaskedJoin &X : unaskedJoins(U, *F))
      report(X, R);
}

} // namespace heddle

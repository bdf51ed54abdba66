// Some threads of an array are not started, and all of them are joined.
#include "check/Story.h"
#include "detectors.h"
#include "flow/Calls.h"
#include "flow/ConditionalStarts.h"
#include "flow/Destruction.h"

using namespace clang;

namespace heddle {

void unstartedElements(Unit &U, Reporter &R) {
  for (Code *C : bodies(U))
    for (const SkippedStart &X : skippedStarts(*C)) {
      Endings E = U.get<Destruction>().of(X.Handles->getType());
      if (E.has(Endings::Joins) && !E.has(Endings::Terminates))
        continue;
      std::string Name = X.Handles->getNameAsString();
      R.report(X.Join->loc(),
               "not every thread of '" + Name +
                   "' is started, but each is joined here; the join of one that was not started throws or is "
                   "undefined; test 'joinable()' first",
               Story(X.Condition->getExprLoc(), "the condition is asked here")
                   .then(X.Start->loc(), "a thread of '" + Name + "' is started here"));
    }
}

} // namespace heddle

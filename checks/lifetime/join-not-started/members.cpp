// Started under a condition in one member function, joined without one in another.
#include "check/Story.h"
#include "detectors.h"
#include "flow/ConditionalStarts.h"

using namespace clang;

namespace heddle {

void unstartedMembers(Unit &U, Reporter &R) {
  for (ClassFacts *F : U.get<ClassTable>().all())
    for (const ConditionalStart &X : conditionalStarts(U, *F)) {
      std::string Name = X.Handle->getNameAsString();
      R.report(X.Join->loc(),
               "'" + Name + "' is started under a condition only, and joined here without one; the join throws or is "
                            "undefined when it was not started; test 'joinable()' first",
               Story(X.Condition->getExprLoc(), "the condition is asked here")
                   .then(X.Start->loc(), "'" + Name + "' is started here"));
    }
}

} // namespace heddle

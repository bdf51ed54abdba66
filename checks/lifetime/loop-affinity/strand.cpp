// A handler of an object with a strand that runs on any thread of the loop.
#include "check/Story.h"
#include "detectors.h"
#include "flow/StrandHandlers.h"

using namespace clang;

namespace heddle {

void strandHandlers(Unit &U, Reporter &R) {
  for (const StrayHandler &X : strayHandlers(U)) {
    std::string Strand = "'" + X.Strand->getNameAsString() + "'", Shared = "'" + X.Shared->getNameAsString() + "'";
    R.report(X.Registers->loc(),
             (X.Timer ? "the handler of '" + X.Timer->getNameAsString() + "'" : std::string("this handler")) +
                 " does not run on " + Strand + ", and uses " + Shared +
                 " as the handlers on the strand do; two threads of the loop may run both at once (data race); bind it "
                 "to the strand",
             Story(X.Bound->loc(), "this handler runs on " + Strand)
                 .then(X.Shared->getLocation(), Shared + " belongs to the object"));
  }
}

} // namespace heddle

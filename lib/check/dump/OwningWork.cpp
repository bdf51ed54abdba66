// `heddle-dev-owning-work`: callables with a share in an object that the thread of one of its parts runs.
#include "flow/OwningWork.h"
#include "check/Register.h"
#include "check/Reporter.h"

using namespace clang;

namespace heddle {
namespace {

const UnitCheck Check(
    {.Name = "dev-owning-work", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      for (ClassFacts *F : U.get<ClassTable>().all())
        for (const OwningWork &X : owningWork(U, *F))
          R.report(X.Captured, "work: " + X.Name + " owns " + F->Class->getNameAsString() + ", run by " +
                                   X.Part->getNameAsString());
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle

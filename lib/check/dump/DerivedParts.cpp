// `heddle-dev-derived`: what the task of a base uses of a derived class that is destroyed before the base waits.
#include "flow/DerivedParts.h"
#include "check/Register.h"
#include "check/Reporter.h"

using namespace clang;

namespace heddle {
namespace {

const UnitCheck Check(
    {.Name = "dev-derived", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      for (ClassFacts *F : U.get<ClassTable>().all())
        for (const DerivedUse &X : derivedUses(U, *F)) {
          std::string Text = std::string("derived: ") + (X.Pure ? "pure" : "overridden");
          for (const TouchedField &T : X.Touches)
            Text += " " + T.Field->getNameAsString();
          R.report(X.Override->getLocation(), Text);
        }
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle

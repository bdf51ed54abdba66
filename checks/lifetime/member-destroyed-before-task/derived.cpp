#include "check/Story.h"
#include "detectors.h"
#include "flow/DerivedParts.h"

using namespace clang;

namespace heddle {

void derivedParts(Unit &U, ClassFacts &Derived, Reporter &R) {
  auto All = derivedUses(U, Derived);
  if (All.empty())
    return;
  const DerivedUse &X = All.front();
  std::string Name = Derived.Class->getNameAsString(), Task = "'" + X.Override->getNameAsString() + "'";
  Story S(X.Task->Loc, "the base starts the task here");
  S.then(X.Calls, "the task calls " + Task + " here");
  if (!X.Touches.empty())
    S.then(X.Touches.front().Loc, "which uses '" + X.Touches.front().Field->getNameAsString() + "'");
  S.then(X.Joins, "the base waits for the task here");
  R.report(Derived.Class->getLocation(),
           "the base waits for its task after '" + Name + "' is destroyed, and the task calls " + Task + " of it; it " +
               (X.Pure ? "calls a pure virtual function or uses destroyed members" : "uses destroyed members") +
               "; join in the destructor of '" + Name + "'",
           S);
}

} // namespace heddle

// `heddle-dev-early`: results of a task that a member reads before it waits for the task.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/EarlyReads.h"

using namespace clang;

namespace heddle {
namespace {

const UnitCheck Check({.Name = "dev-early", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
                      [](Unit &U, Reporter &R) {
                        for (ClassFacts *F : U.get<ClassTable>().all())
                          for (const EarlyRead &X : earlyReads(U, *F))
                            R.report(X.Read->Entry->getBeginLoc(),
                                     "early: " + X.Read->Field->getNameAsString() + " in " +
                                         X.Read->By->getNameAsString());
                      },
                      /*Dev=*/true);

} // namespace
} // namespace heddle

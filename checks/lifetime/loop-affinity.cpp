// An object that belongs to the thread of an event loop is used on another one.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/LoopObjects.h"

using namespace clang;

namespace heddle {
namespace {

const UnitCheck Check({.Name = "loop-affinity",
                       .Family = "lifetime",
                       .Level = Tier::Risk,
                       .Summary = "Finds objects of an event loop that another thread uses.",
                       .Rows = "-",
                       .Preview = true},
                      [](Unit &U, Reporter &R) {
                        for (const ForeignUse &X : foreignUses(U))
                          R.report(X.Does->loc(),
                                   "'" + X.Object.name() +
                                       "' belongs to the thread of its event loop, and this runs on another one; the "
                                       "loop may use it at the same time, or never notice; post the call to the loop",
                                   Story(X.Bound->loc(), "it is set up for the loop here")
                                       .then(X.On->Of->Loc, "the other thread is started here")
                                       .then(X.On->calls()));
                      });

} // namespace
} // namespace heddle

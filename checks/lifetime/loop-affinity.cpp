// An object that belongs to the thread of an event loop is used on another one.
//   loop-affinity/strand.cpp   handlers that are not bound to the strand of their object
//   loop-affinity/moved.cpp    objects that were moved to a thread, or made on one
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/LoopObjects.h"
#include "loop-affinity/detectors.h"

using namespace clang;

namespace heddle {
namespace {

void report(const ForeignUse &X, Reporter &R) {
  Story S(X.Bound->loc(), "it is set up for the loop here");
  if (X.On)
    S.then(X.On->Of->Loc, "the other thread is started here").then(X.On->calls());
  else
    S.then(X.Loop->Loc, "the thread of the loop is started here");
  R.report(X.Does->loc(),
           "'" + X.Object.name() + "' belongs to the thread of its event loop, and this runs on " +
               (X.On ? "another one" : "that of the caller") +
               "; the loop may use it at the same time, or never notice; post the call to the loop",
           S);
}

const UnitCheck Check({.Name = "loop-affinity",
                       .Family = "lifetime",
                       .Level = Tier::Risk,
                       .Summary = "Finds objects of an event loop that another thread uses, and handlers beside the "
                                  "strand of their object.",
                       .Rows = "-",
                       .Preview = true},
                      [](Unit &U, Reporter &R) {
                        for (const ForeignUse &X : foreignUses(U))
                          report(X, R);
                        strandHandlers(U, R);
                        movedObjects(U, R);
                      });

} // namespace
} // namespace heddle

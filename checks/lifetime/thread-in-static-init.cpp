// A thread that a variable of static storage starts: before main, and beside whatever else is initialised or destroyed.
//   thread-in-static-init.cpp        threads that start before main
//   thread-in-static-init/lazy.cpp   threads of objects that are made when first asked for, and that nothing can stop
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/Globals.h"
#include "thread-in-static-init/detectors.h"

using namespace clang;

namespace heddle {
namespace {

const UnitCheck Check({.Name = "thread-in-static-init",
                       .Family = "lifetime",
                       .Level = Tier::Risk,
                       .Summary = "Finds threads that are started while variables of static storage are initialised.",
                       .Rows = "P27 L16",
                       .Preview = true},
                      [](Unit &U, Reporter &R) {
                        for (const VarDecl *V : globals(U)) {
                          SourceLocation Starts = isLeaked(V) ? SourceLocation() : startsTask(U, V);
                          if (Starts.isInvalid())
                            continue;
                          R.report(V->getLocation(),
                                   "the initialisation of '" + V->getNameAsString() +
                                       "' starts a thread before main; it may use other globals before or after "
                                       "their lifetime, in every program that links this; start it from main, in an "
                                       "object that ends there",
                                   Story(Starts, "the thread is started here"));
                        }
                        lazyThreads(U, R);
                      });

} // namespace
} // namespace heddle

#include "check/Register.h"
#include "check/Reporter.h"

using namespace clang;

namespace heddle {
namespace {

const UnitCheck Check({.Name = "@NAME@",
                       .Family = "@FAMILY@",
                       .Level = Tier::Risk,
                       .Summary = "Finds destructors that start tasks.",
                       .Rows = "-",
                       .Preview = true},
                      [](Unit &U, Reporter &R) {
                        for (const FunctionDecl *F : U.Functions) {
                          Code *C = isa<CXXDestructorDecl>(F) ? U.code(F) : nullptr;
                          if (!C)
                            continue;
                          for (const Event &E : C->Events)
                            if (E.Kind == Op::Spawn)
                              R.report(E.loc(), "a task is started while the object is being destroyed; it may use "
                                                "members that are gone; start it earlier, or not at all",
                                       {{F->getLocation(), "in this destructor"}});
                        }
                      });

} // namespace
} // namespace heddle

#include "check/Register.h"
#include "check/Reporter.h"

namespace heddle {
namespace {

const MatchCheck Check({.Name = "@NAME@",
                        .Family = "@FAMILY@",
                        .Level = Tier::Risk,
                        .Summary = "Finds tasks that are detached.",
                        .Rows = "-",
                        .Preview = true},
                       [](Code &C, Reporter &R) {
                         for (const Event &E : C.Events)
                           if (E.Kind == Op::Detach && E.Object.valid())
                             R.report(E.loc(), "'" + E.Object.name() +
                                                   "' is detached; nobody can wait for its task, which may outlive "
                                                   "what it uses; join it");
                       });

} // namespace
} // namespace heddle

// `heddle-dev-own-tasks`: what runs on an object until the end of a member waits for it, and which fields it uses.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/OwnTasks.h"

using namespace clang;

namespace heddle {
namespace {

const UnitCheck Check(
    {.Name = "dev-own-tasks", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      for (ClassFacts *F : U.get<ClassTable>().all())
        for (const OwnTask &T : ownTasks(U, *F)) {
          std::string Text = T.Is == OwnTask::Thread    ? "task: thread"
                             : T.Is == OwnTask::Handler ? "task: handler"
                                                        : "task: given";
          for (const TouchedField &X : T.Touches)
            Text += " " + X.Field->getNameAsString();
          R.report(T.Until->getLocation(), Text);
        }
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle

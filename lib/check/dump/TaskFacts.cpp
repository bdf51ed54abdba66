// `heddle-dev-task-facts`: what each task is started on, whether it returns, and who waits for it.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/TaskFacts.h"

using namespace clang;

namespace heddle {
namespace {

const char *describe(Launch L) {
  switch (L) {
  case Launch::Thread: return "thread";
  case Launch::Pool: return "pool";
  case Launch::MayDefer: return "may defer";
  case Launch::Deferred: return "deferred";
  case Launch::AtOnce: return "at once";
  }
  return "";
}

const char *describe(TaskEnd E) {
  switch (E) {
  case TaskEnd::Returns: return "returns";
  case TaskEnd::Unknown: return "may run on";
  case TaskEnd::OnStop: return "until stop";
  case TaskEnd::Never: return "forever";
  }
  return "";
}

const MatchCheck Check(
    {.Name = "dev-task-facts", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      TaskFacts &Facts = C.U.get<TaskFacts>();
      for (const TaskStart &T : C.U.concurrency().tasks(C)) {
        std::string Text = std::string("task: ") + describe(Facts.launch(C, *T.Start)) + "; " +
                           describe(Facts.end(*T.What));
        for (const ValueDecl *D : Facts.stoppedBy(*T.What))
          Text += " " + D->getNameAsString();
        Text += Facts.stopsForGood(*T.What) ? " for good" : "";
        if (const CXXMethodDecl *M = Facts.behind(T.What->Body))
          Text += "; behind it " + M->getNameAsString();
        Text += Facts.periodic(*T.What) ? "; periodic" : "";
        Text += Facts.delay(*T.What) ? "; sleeps first" : "";
        Text += T.Start->may(Fact::CarriesExceptions) ? "; carries exceptions" : "";
        Text += T.Detached ? "; detached" : "";
        for (const Place &H : T.Handles)
          if (Facts.waiter(C, H, T.Start->Site))
            Text += "; waited for on " + H.name();
        R.report(T.Start->loc(), Text);
      }
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle

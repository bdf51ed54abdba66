// What flow/Conditions.h answers, for Heddle's own tests.
#include "flow/Conditions.h"
#include "check/Register.h"
#include "check/Reporter.h"

#include "llvm/ADT/StringExtras.h"

using namespace clang;

namespace heddle {
namespace {

const UnitCheck Check(
    {.Name = "dev-conditions", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      auto &All = U.get<Conditions>();
      for (const ConditionVariable &V : All.all()) {
        for (const ConditionWait &W : V.Waits) {
          std::string Text = "condition: wait for " + V.Of->getNameAsString();
          std::vector<std::string> Names;
          for (const ValueDecl *D : W.Tests)
            Names.push_back(D->getNameAsString());
          llvm::sort(Names);
          for (const ValueDecl *L : W.Locks)
            Text += " holding " + L->getNameAsString();
          Text += Names.empty() ? "" : " until " + llvm::join(Names, " ");
          Text += W.Timed ? W.Short ? "; poll" : "; timed" : "";
          Text += W.Predicate ? "; predicate" : "";
          Text += W.Looped ? "; looped" : "";
          Text += W.Given ? "; given" : "";
          Text += !W.Predicate && All.blind(W) ? "; blind" : "";
          R.report(W.What->loc(), Text);
        }
        for (const ConditionNotify &N : V.Notifies)
          R.report(N.What->loc(), "condition: notify " + V.Of->getNameAsString() + (N.One ? "; one" : ""));
      }
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle

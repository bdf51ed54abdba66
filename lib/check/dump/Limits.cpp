// `heddle-dev-limits`: where a body says how many tasks run at once, and what the number may be.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Limits.h"

using namespace clang;

namespace heddle {
namespace {

std::string describe(const Quantity &N) {
  if (N.Is == Quantity::InputLength)
    return " input";
  return " " + std::to_string(N.Value) + (N.Default ? " by default" : "");
}

const MatchCheck Check(
    {.Name = "dev-limits", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      Limits &All = C.U.get<Limits>();
      for (const ConcurrencyLimit &L : All.in(C)) {
        std::string Text = L.Threads ? "limit: threads" : "limit: tasks";
        for (const Quantity &N : All.quantities(C, L.Number))
          Text += describe(N);
        R.report(L.Loc, Text);
      }
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle

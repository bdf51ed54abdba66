// `heddle-dev-channels`: who does what with a local channel, how much room it has, and what its operations find once it
// is closed.
#include "flow/ChannelUse.h"
#include "check/Register.h"
#include "check/Reporter.h"

using namespace clang;

namespace heddle {
namespace {

std::string describe(Unit &U, const ChannelAct &A) {
  auto &Use = U.get<ChannelUse>();
  std::string Text(spelling(A.Does));
  Text += A.Task ? A.Many ? " in tasks" : " in a task" : "";
  Text += A.Repeats ? " again" : "";
  Text += A.waits() ? " waits" : "";
  constexpr const char *Late[] = {"", " late:reports", " late:refuses", " late:drops", " late:keeps"};
  if (A.Does == Op::Send || A.Does == Op::TrySend)
    Text +=
        std::string(Late[static_cast<int>(Use.late(*A.What))]) + (ChannelUse::asked(*A.In, *A.What) ? " asked" : "");
  if (A.Does == Op::Close && Use.closesOnce(*A.What))
    Text += " once";
  if (A.Does == Op::Receive && Use.untilClosed(*A.In, *A.What))
    Text += " until closed";
  return Text;
}

const MatchCheck Check(
    {.Name = "dev-channels", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      auto &Use = C.U.get<ChannelUse>();
      for (const LocalChannel &L : Use.in(C)) {
        ChannelRoom Room = Use.room(C, L);
        std::string Text = "channel: room " + (Room.Constant ? std::to_string(*Room.Constant)
                                               : Room.Number ? std::string("number")
                                                             : std::string("unknown"));
        for (const ChannelAct &A : L.Acts)
          Text += "; " + describe(C.U, A);
        R.report(L.Var->getLocation(), Text + (L.Whole ? "" : "; known elsewhere"));
      }
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle

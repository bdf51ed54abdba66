// A task sends into a channel without enough room, and a path leaves the channel behind without a receive.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/ChannelUse.h"
#include "flow/Simulation.h"

#include "llvm/ADT/SmallPtrSet.h"

using namespace clang;

namespace heddle {
namespace {

// The states of a channel:
//   idle  nobody sends yet
//   owed  a task sends, and nobody has received
constexpr std::initializer_list<Transition> Rows = {
    {"idle", Op::Send, "owed", {}, "a task that sends into '%0' is started here", Via::Later},
    {.From = "idle", .On = Op::Receive, .To = "gone", .How = Via::Later},
    {.From = "idle", .On = Op::Close, .To = "gone", .How = Via::Later},
    {"idle", Op::Escape, "idle"},
    {.From = "owed", .On = Op::Receive, .To = "gone", .Unless = Fact::Timed},
    {.From = "owed", .On = Op::Receive, .To = "gone", .How = Via::Later},
    {.From = "owed", .On = Op::Close, .To = "gone", .How = Via::Later},
    {"owed", Op::TryReceive, "gone"},
    {"owed", Op::Close, "gone"},
    {"owed", Op::End, "error", "left"},
};

const Automaton Made = {.Tracks = {Role::Channel},
                        .Start = "idle",
                        .AtEntry = "",
                        .Rows = Rows,
                        .LoopsRun = true,
                        .SharedEnds = true,
                        .Unwinds = true};
// A channel that comes from a function which has started its sender.
const Automaton Given = {.Tracks = {Role::Channel},
                         .Start = "idle",
                         .AtEntry = "owed",
                         .Rows = Rows,
                         .LoopsRun = true,
                         .SharedEnds = true,
                         .Unwinds = true};

class Channels {
public:
  Channels(Unit &U, Reporter &R) : R(R), Use(U.get<ChannelUse>()), OfMade(U, Made), OfGiven(U, Given) {}

  void look(Code &C) {
    for (const LocalChannel &L : Use.in(C))
      if (const ChannelAct *Sender = stuck(C, L)) {
        Simulation &Sim = L.MadeBy ? OfGiven : OfMade;
        if (const Stmt *Early = Use.leftEarly(C, L))
          report(C, L, *Sender, Early->getBeginLoc(), {}, "nothing more is received from '");
        else
          for (const Finding &X : Sim.run(C.Fn))
            if (X.Object == L.Object && !Use.received(C, L, X.Site)) {
              bool Straight = !X.Site || isa<CompoundStmt>(X.Site);
              report(C, L, *Sender, Straight ? Sender->What->loc() : X.Loc, X.Story, "nothing is received from '");
              break;
            }
      }
  }

private:
  /// A send of a task that waits when nobody receives.
  const ChannelAct *stuck(Code &C, const LocalChannel &L) {
    ChannelRoom Room = Use.room(C, L);
    const ChannelAct *Sender = nullptr;
    std::uint64_t Sends = 0;
    for (const ChannelAct &A : L.Acts)
      if (A.Does == Op::Send && A.Task) {
        if (!A.waits() || Use.freed(C, L, A))
          return nullptr;
        // How many tasks fit is the question of fixed-buffer-fan-out.
        auto Times = Use.times(A);
        if (A.Many && !Times && Room.Constant.value_or(0) > 0)
          return nullptr;
        Sends = Times ? Sends + *Times : A.Repeats || A.Many ? ~0ull : Sends + 1;
        Sender = Sender ? Sender : &A;
      }
    return L.Whole && Room.Constant && Sends > *Room.Constant ? Sender : nullptr;
  }

  void report(Code &C, const LocalChannel &L, const ChannelAct &Sender, SourceLocation Loc,
              std::vector<StoryLine> Story, std::string Text) {
    if (Story.empty())
      Story.push_back({(L.MadeBy ? static_cast<const Expr *>(L.MadeBy)->getBeginLoc() : Sender.Start->loc()),
                       "a task that sends into '" + L.Object.name() + "' is started here"});
    if (Sender.What->loc() != Loc)
      Story.push_back({Sender.What->loc(), "it sends here"});
    const VarDecl *Handle = Use.waitedFor(C, L, Sender);
    std::string Then = Handle ? "; the task that sends into it blocks, and the end of '" + Handle->getNameAsString() +
                                    "' waits for that task forever"
                              : "; the task that sends into it blocks forever";
    R.report(Loc,
             Text + L.Object.name() + "' on " +
                 (Sender.What->loc() == Loc ? "a path that leaves it behind" : "this path") + Then +
                 "; give the channel room for what is sent, or receive or close it on every path",
             Story);
  }

  Reporter &R;
  ChannelUse &Use;
  Simulation OfMade, OfGiven;
};

const UnitCheck Check({.Name = "abandoned-sender",
                       .Family = "channels",
                       .Level = Tier::Bug,
                       .Summary = "Finds channels that are left behind while a task still waits to send into them.",
                       .Rows = "F1 P5",
                       .Preview = true},
                      [](Unit &U, Reporter &R) {
                        Channels All(U, R);
                        for (Code *C : bodies(U))
                          All.look(*C);
                      });

} // namespace
} // namespace heddle

// A channel with room for a constant number of items is sent into by as many tasks as the input says, and the receiver
// may stop early.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/ChannelUse.h"

using namespace clang;

namespace heddle {
namespace {

void look(Code &C, const LocalChannel &L, Reporter &R) {
  auto &Use = C.U.get<ChannelUse>();
  ChannelRoom Room = Use.room(C, L);
  if (!L.Whole || !Room.Constant || !*Room.Constant)
    return;
  for (const ChannelAct &A : L.Acts) {
    if (A.Does != Op::Send || !A.Task || !A.Many || !A.waits() || Use.freed(C, L, A))
      continue;
    const Loop *Starts = A.StartedIn ? C.U.get<LoopFacts>().repeating(*A.StartedIn, A.Start->Site) : nullptr;
    const Stmt *Early = Starts && Starts->Turns != Trips::Constant ? Use.leftEarly(C, L) : nullptr;
    if (!Early)
      continue;
    const VarDecl *Handle = Use.waitedFor(C, L, A);
    R.report(L.Var->getLocation(),
             "'" + L.Object.name() + "' has room for " + std::to_string(*Room.Constant) +
                 " items, but the number of sending tasks is known only at run time; when receiving stops early, the "
                 "others block forever" +
                 (Handle ? ", and so does the end of '" + Handle->getNameAsString() + "'" : "") +
                 "; make room for all of them, or receive or close it on every path",
             Story(A.Start->loc(), "the tasks are started here")
                 .then(A.What->loc(), "each sends here")
                 .then(Early->getBeginLoc(), "receiving stops here"));
    return;
  }
}

const UnitCheck
    Check({.Name = "fixed-buffer-fan-out",
           .Family = "channels",
           .Level = Tier::Risk,
           .Summary = "Finds channels with a constant capacity for a number of senders that the input decides, "
                      "where receiving may stop early.",
           .Rows = "L5",
           .Preview = true},
          [](Unit &U, Reporter &R) {
            for (Code *C : bodies(U))
              for (const LocalChannel &L : U.get<ChannelUse>().in(*C))
                look(*C, L, R);
          });

} // namespace
} // namespace heddle

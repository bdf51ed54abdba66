// A task receives until the channel is closed, and on some path nobody closes it.
//   never-closed-channel.cpp             the body that has the channel closes it, or nobody
//   never-closed-channel/forgotten.cpp   the task that sends closes it, but not on every path
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/ChannelUse.h"
#include "flow/ClassFacts.h"
#include "flow/EventIndex.h"
#include "flow/Simulation.h"
#include "never-closed-channel/detectors.h"

using namespace clang;

namespace heddle {
namespace {

// The states of a channel:
//   idle      nobody receives yet
//   expected  a task receives until it is closed
const Automaton Closing = {
    .Tracks = {Role::Channel},
    .Start = "idle",
    .AtEntry = "",
    .Rows =
        {
            {"idle", Op::Receive, "expected", {}, "a task that receives from '%0' is started here", Via::Later},
            {"idle", Op::Escape, "idle"},
            {"*", Op::Close, "gone"},
            {.From = "*", .On = Op::Close, .To = "gone", .How = Via::Later},
            {"*", Op::Reset, "gone"},
            {"expected", Op::End, "error", "open"},
        },
    .SharedEnds = true,
    .Unwinds = true,
};

constexpr std::string_view Mend = "; close it when the last item was sent, on every path";

class Channels {
public:
  Channels(Unit &U, Reporter &R) : U(U), R(R), Use(U.get<ChannelUse>()), Paths(U, Closing) {}

  void look(Code &C) {
    for (const LocalChannel &L : Use.in(C)) {
      const ChannelAct *Receiver = waiting(C, L);
      if (!Receiver)
        continue;
      for (const Finding &X : Paths.run(C.Fn))
        if (X.Object == L.Object) {
          report(C, L, *Receiver, X);
          break;
        }
    }
  }

  void look(ClassFacts &Class) {
    for (const FieldFacts &F : Class.Fields)
      if (F.Plays == Role::Channel && !F.Many && !F.AtEnd.has(Endings::Closes) && neverCloses(F.Field))
        for (const MemberAccess *A : Class.operations(F.Field, {Op::Receive}))
          if (A->Task && A->In && waitedFor(Class, *A->Task) && Use.untilClosed(*A->In, *A->Operation)) {
            std::string Name = "'" + F.Field->getNameAsString() + "'";
            R.report(A->Operation->loc(),
                     "the loop ends when " + Name +
                         " is closed, but it is never closed; the task and its waiters block forever" +
                         std::string(Mend),
                     {{A->Task->Loc, "the task is started here"}});
            break;
          }
  }

private:
  /// The receive of a task that only the end of the channel ends.
  const ChannelAct *waiting(Code &C, const LocalChannel &L) {
    const ChannelAct *Receiver = nullptr;
    for (const ChannelAct &A : L.Acts) {
      // Whoever closes in a loop does so in one of its turns.
      if (A.Does == Op::Close && A.Repeats)
        return nullptr;
      if (!Receiver && A.Does == Op::Receive && A.Task && A.waits() && Use.untilClosed(*A.In, *A.What) &&
          !Use.freed(C, L, A))
        Receiver = &A;
    }
    return L.Whole && !L.MadeBy ? Receiver : nullptr;
  }

  void report(Code &C, const LocalChannel &L, const ChannelAct &Receiver, const Finding &X) {
    const VarDecl *Handle = Use.waitedFor(C, L, Receiver);
    std::string Then =
        Handle ? "the task waits forever, and the end of '" + Handle->getNameAsString() + "' waits for that task"
               : "the task that receives waits forever";
    bool Never = !L.any(Op::Close);
    auto Story = X.Story;
    if (!Never)
      Story.push_back({Receiver.What->loc(), "it receives here until the channel is closed"});
    R.report(Never ? Receiver.What->loc() : X.Loc,
             (Never ? "the loop ends when '" + L.Object.name() + "' is closed, but it is never closed; "
                    : "'" + L.Object.name() + "' is not closed on this path; ") +
                 Then + std::string(Mend),
             Story);
  }

  bool neverCloses(const FieldDecl *F) {
    return U.seesAllUses(F) && llvm::none_of(U.get<EventIndex>().about(F), [](const IndexedEvent &E) {
             return E.What->Kind == Op::Close || E.What->Kind == Op::Escape || E.What->Kind == Op::Move ||
                    E.What->Kind == Op::Reset || E.What->Kind == Op::Notify;
           });
  }

  static bool waitedFor(ClassFacts &Class, const ClassTask &T) {
    const FieldFacts *H = T.Handle ? Class.field(T.Handle) : nullptr;
    return H && (H->AtEnd.has(Endings::Joins) || !Class.operations(T.Handle, {Op::Join, Op::Wait}).empty());
  }

  Unit &U;
  Reporter &R;
  ChannelUse &Use;
  Simulation Paths;
};

const UnitCheck
    Check({.Name = "never-closed-channel",
           .Family = "channels",
           .Level = Tier::Bug,
           .Summary = "Finds tasks that receive from a channel until it is closed, although nothing closes it.",
           .Rows = "P6",
           .Preview = true},
          [](Unit &U, Reporter &R) {
            Channels All(U, R);
            for (Code *C : bodies(U)) {
              All.look(*C);
              forgottenCloses(*C, R);
            }
            for (ClassFacts *Class : U.get<ClassTable>().all())
              All.look(*Class);
          });

} // namespace
} // namespace heddle

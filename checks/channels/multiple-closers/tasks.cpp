#include "check/Story.h"
#include "detectors.h"
#include "flow/ChannelUse.h"
#include "flow/ClassFacts.h"
#include "flow/LoopFacts.h"

using namespace clang;

namespace heddle::multiple_closers {

namespace {

constexpr std::string_view Mend = "; close it once, when all senders have ended";

/// What the first close does to the others; empty where they learn of it, and one who only receives has closed.
std::string outcome(Unit &U, const Code &In, const Event &Send, bool BySender) {
  switch (U.get<ChannelUse>().late(Send)) {
  case LateSend::Refuses:
    return In.enclosingTry(Send.Site) ? "" : "the sends of the others throw or terminate the program";
  case LateSend::Keeps:
  case LateSend::Drops:
    return "items of the others are lost";
  case LateSend::Reports:
    if (!ChannelUse::asked(In, Send))
      return "items of the others are lost, and the results of their sends are ignored";
    // Who sends but once may be meant to race for being the first.
    return BySender && U.get<LoopFacts>().repeating(In, Send.Site) ? "the others end, whatever they still have to send"
                                                                   : "";
  case LateSend::Unknown:
    return "";
  }
  return "";
}

void reportTask(Unit &U, const LocalChannel &L, const ChannelAct &Close, Reporter &R) {
  if (!Close.Task || !U.get<ChannelUse>().unconditional(Close))
    return;
  std::string Name = "'" + L.Object.name() + "'";
  bool Sends = false, Refuses = U.get<ChannelUse>().closesOnce(*Close.What);
  const ChannelAct *Others = nullptr;
  std::string Lost;
  auto IsSend = [&](const ChannelAct &A) { return (A.Does == Op::Send || A.Does == Op::TrySend) && A.Task; };
  for (const ChannelAct &A : L.Acts)
    Sends |= IsSend(A) && A.Start == Close.Start;
  for (const ChannelAct &A : L.Acts)
    if (!Others && IsSend(A) && (A.Start != Close.Start || Close.Many))
      if (Lost = outcome(U, *A.In, *A.What, Sends); !Lost.empty())
        Others = &A;
  Story Path(Close.Start->loc(), Close.Many ? "the tasks are started here" : "the task is started here");
  if (Close.Many && (Refuses || (Sends && Others)))
    R.report(Close.What->loc(),
             "each of the tasks that are started there closes " + Name + "; " +
                 (Refuses ? "the second close throws or terminates the program" : "after the first, " + Lost) +
                 std::string(Mend),
             Others ? Path.then(Others->What->loc(), "they send here") : Path);
  else if (!Close.Many && Others)
    R.report(Close.What->loc(),
             (Sends ? "one of several senders closes " : "a task that does not send closes ") + Name +
                 " without waiting for the others; after that " + Lost + std::string(Mend),
             Path.then(Others->What->loc(), "another task sends here"));
}

} // namespace

void reportLocals(Unit &U, Reporter &R) {
  for (Code *C : bodies(U))
    for (const LocalChannel &L : U.get<ChannelUse>().in(*C))
      for (const ChannelAct &A : L.Acts)
        if (A.Does == Op::Close && !L.MadeBy)
          reportTask(U, L, A, R);
}

void reportMembers(Unit &U, Reporter &R) {
  for (ClassFacts *Class : U.get<ClassTable>().all())
    for (const FieldFacts &F : Class->Fields) {
      if (F.Plays != Role::Channel || F.Many)
        continue;
      for (const MemberAccess *Close : Class->operations(F.Field, {Op::Close})) {
        const ClassTask *T = Close->Task;
        bool Many = T && T->Start && T->StartedIn && Close->In &&
                    (T->Start->Many || U.get<LoopFacts>().repeating(*T->StartedIn, T->Start->Start->Site));
        if (!Many || !U.get<ChannelUse>().unconditional(*Class, *Close))
          continue;
        std::string Lost;
        const MemberAccess *Send = nullptr;
        for (const MemberAccess *A : Class->operations(F.Field, {Op::Send, Op::TrySend}))
          if (!Send && A->Task == T && A->In)
            if (Lost = outcome(U, *A->In, *A->Operation, true); !Lost.empty())
              Send = A;
        bool Refuses = U.get<ChannelUse>().closesOnce(*Close->Operation);
        if (Refuses || Send)
          R.report(Close->Operation->loc(),
                   "each of the tasks that are started there closes '" + F.Field->getNameAsString() + "'; " +
                       (Refuses ? "the second close throws or terminates the program" : "after the first, " + Lost) +
                       std::string(Mend),
                   Story(T->Loc, "the tasks are started here"));
      }
    }
}

} // namespace heddle::multiple_closers

// A member closes a channel while another one, which threads may call at the same time, sends into it.
#include "check/Register.h"
#include "check/Reporter.h"
#include "close-races-send/detectors.h"
#include "flow/ChannelUse.h"
#include "flow/ClassFacts.h"

using namespace clang;

namespace heddle {
namespace {

bool isFromOutside(const MemberAccess &A) { return A.By && A.In && !isa<CXXConstructorDecl, CXXDestructorDecl>(A.By); }

bool shareLock(const MemberAccess &A, const MemberAccess &B) {
  return llvm::any_of(A.Locks, [&](const Place &L) { return llvm::is_contained(B.Locks, L); });
}

/// What becomes of an item that is sent too late; empty where the sender learns of it or is prepared.
std::string outcome(Unit &U, const MemberAccess &Send) {
  switch (U.get<ChannelUse>().late(*Send.Operation)) {
  case LateSend::Refuses:
    return Send.In->enclosingTry(Send.Site) ? "" : "it throws or terminates the program";
  case LateSend::Keeps:
    return "its item stays in the channel forever";
  case LateSend::Reports:
    return ChannelUse::asked(*Send.In, *Send.Operation) || Send.Operation->may(Fact::NonBlocking)
               ? ""
               : "its item is lost, and its result is ignored";
  case LateSend::Unknown:
  case LateSend::Drops:
    return "";
  }
  return "";
}

void reportChannels(Unit &U, ClassFacts &Class, Reporter &R) {
  for (const FieldFacts &F : Class.Fields) {
    if (F.Plays != Role::Channel || F.Many)
      continue;
    auto Closes = Class.operations(F.Field, {Op::Close});
    for (const MemberAccess *Send : Class.operations(F.Field, {Op::Send, Op::TrySend})) {
      if (!isFromOutside(*Send))
        continue;
      const auto *Close = llvm::find_if(Closes, [&](const MemberAccess *C) {
        return isFromOutside(*C) && C->By != Send->By && !shareLock(*C, *Send) &&
               !U.get<ChannelUse>().gated(Class, *Send, *C);
      });
      std::string Then = Close == Closes.end() ? "" : outcome(U, *Send);
      if (Then.empty())
        continue;
      std::string Channel = "'" + F.Field->getNameAsString() + "'", By = "'" + (*Close)->By->getNameAsString() + "'";
      R.report(Send->Operation->loc(),
               "this sends into " + Channel + " while " + By + " may close it; when the close comes first, " + Then +
                   "; test, send and close under one lock, or let the send report the close",
               {{(*Close)->Operation->loc(), Channel + " is closed here"}});
    }
  }
}

const UnitCheck Check({.Name = "close-races-send",
                       .Family = "channels",
                       .Level = Tier::Bug,
                       .Summary = "Finds channels that one member closes while another may send into them.",
                       .Rows = "P21 L10",
                       .Preview = true},
                      [](Unit &U, Reporter &R) {
                        for (ClassFacts *Class : U.get<ClassTable>().all()) {
                          reportChannels(U, *Class, R);
                          close_races_send::reportQueues(U, *Class, R);
                        }
                      });

} // namespace
} // namespace heddle

// On one path a channel is closed, and then something is sent into it.
#include "check/Register.h"
#include "flow/ChannelUse.h"
#include "flow/Simulation.h"

using namespace clang;

namespace heddle {
namespace {

const Automaton Closing = {
    .Tracks = {Role::Channel},
    .Start = "open",
    .AtEntry = "open",
    .Rows =
        {
            {"open", Op::Close, "closed", {}, "'%0' is closed here"},
            {"closed", Op::Send, "error", "late"},
            {"closed", Op::TrySend, "error", "late"},
            {"closed", Op::Test, "gone"}, // asks whether it is closed
            {.From = "open", .On = Op::Close, .To = "gone", .How = Via::Later},
            {"*", Op::Reset, "open"},
        },
};

/// The send itself, where a callee does it.
std::optional<Witness> sendAt(Unit &U, const Finding &F) {
  Code *C = U.codeWith(F.Site);
  if (!C)
    return std::nullopt;
  auto Sends = [](const Code &, const Event &E) { return E.Kind == Op::Send || E.Kind == Op::TrySend; };
  for (unsigned I : C->at(F.Site)) {
    const Event &E = C->Events[I];
    if (Sends(*C, E) && E.Object == F.Object)
      return Witness{C, &E, E.loc(), {}, {}};
  }
  for (unsigned I : C->at(F.Site))
    if (auto W = U.get<Calls>().find(C->Events[I].Callee, Sends))
      return W;
  return std::nullopt;
}

bool isLost(Unit &U, Finding &F) {
  auto W = sendAt(U, F);
  if (!W)
    return false;
  std::string Then;
  switch (U.get<ChannelUse>().late(*W->Does)) {
  case LateSend::Refuses:
    Then = "the send throws or terminates the program";
    break;
  case LateSend::Keeps:
    Then = "the item stays in the channel forever";
    break;
  case LateSend::Drops:
    Then = "the item is lost silently";
    break;
  case LateSend::Reports:
    if (ChannelUse::asked(*W->In, *W->Does) || W->Does->may(Fact::NonBlocking))
      return false;
    Then = "the item is lost, and the result of the send is ignored";
    break;
  case LateSend::Unknown:
    return false;
  }
  F.Message = "this sends into '" + F.Object.name() + "', which is closed on this path; " + Then +
              "; close it after the last send";
  return true;
}

const AutomatonCheck Check({.Name = "send-after-close",
                            .Family = "channels",
                            .Level = Tier::Bug,
                            .Summary = "Finds sends into a channel that is already closed.",
                            .Rows = "P18",
                            .Preview = true},
                           Closing, isLost);

} // namespace
} // namespace heddle

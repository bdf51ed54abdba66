// `heddle-dev-signals`: handlers of signals, and what they do that they must not.
#include "flow/SignalHandlers.h"
#include "check/Register.h"
#include "check/Reporter.h"

#include "llvm/ADT/StringExtras.h"

namespace heddle {
namespace {

constexpr const char *Deeds[] = {"locks", "wakes", "hands over", "starts", "allocates", "prints"};

const UnitCheck Check(
    {.Name = "dev-signals", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      auto &Signals = U.get<SignalHandlers>();
      for (const SignalHandler &H : Signals.all()) {
        std::vector<std::string> Texts;
        for (const UnsafeDeed &D : Signals.unsafe(H)) {
          std::string Text = Deeds[D.What];
          for (const CallEdge &S : D.Through)
            Text += " by " + S.Callee->getNameAsString();
          if (!llvm::is_contained(Texts, Text))
            Texts.push_back(Text);
        }
        R.report(H.Body->getLocation(), std::string("signal: ") + (H.Crash ? "crash " : "") + "handler" +
                                            (Texts.empty() ? "" : " " + llvm::join(Texts, ", ")));
      }
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle

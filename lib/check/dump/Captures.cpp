// What flow/Captures.h answers, for Heddle's own tests.
#include "flow/Captures.h"
#include "check/Register.h"
#include "check/Reporter.h"

using namespace clang;

namespace heddle {
namespace {

std::string describe(const Held &H) {
  static constexpr const char *Kinds[] = {"copy",       "reference", "pointer", "view",         "owner",
                                          "weak owner", "token",     "this",    "copy of *this"};
  std::string S = Kinds[H.By];
  if (H.By != Held::This && H.By != Held::StarThis)
    S += " " + H.Name;
  if (H.By == Held::Owner && H.Object && H.Object->This && H.Object->Path.empty())
    S += " of this";
  if (H.In)
    S += std::string(H.In.callers() ? " in the caller's " : " in ") + H.In.name();
  return S;
}

/// Of each task that is started or handed over: what it holds. Of each call of a function that starts one: the same in
/// the caller's names.
const MatchCheck Dump(
    {.Name = "dev-captures", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      auto &Held = C.U.get<Captures>();
      auto Say = [&](SourceLocation Loc, llvm::ArrayRef<heddle::Held> All) {
        std::string Text;
        std::vector<StoryLine> Notes;
        for (const heddle::Held &H : All) {
          Text += (Text.empty() ? "" : ", ") + describe(H);
          Notes.push_back({H.Loc, "written here: " + H.Name});
        }
        R.report(Loc, "holds: " + (Text.empty() ? "nothing" : Text), Notes);
      };
      for (const Event &E : C.Events) {
        for (const CallableRef &T : E.Tasks)
          Say(E.loc(), Held.of(C, T));
        const auto *Site = dyn_cast_or_null<Expr>(E.Site);
        if (Code *Inner = E.Kind == Op::Call && Site ? C.U.code(E.Callee) : nullptr)
          for (const Event &X : Inner->Events)
            for (const CallableRef &T : X.Tasks)
              Say(E.loc(), Held.of({&C, Site, Inner->Fn}, T));
      }
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle

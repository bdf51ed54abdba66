// `heddle-dev-loops`: how often each loop turns, what ends it, where it waits and what holds it back.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/LoopFacts.h"

using namespace clang;

namespace heddle {
namespace {

std::string describe(Trips T) {
  switch (T) {
  case Trips::Constant: return "constant";
  case Trips::Number: return "number";
  case Trips::Elements: return "elements";
  case Trips::Open: return "open";
  }
  return "";
}

const MatchCheck Check(
    {.Name = "dev-loops", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      LoopFacts &Loops = C.U.get<LoopFacts>();
      for (const Loop *L : Loops.in(C)) {
        std::string Text = "loop: " + describe(L->Turns);
        if (auto P = L->Over ? C.place(L->Over) : std::nullopt)
          Text += " of " + P->name();
        Text += L->Arrives ? "; arrivals" : "";
        for (const VarDecl *V : L->Took)
          Text += "; takes " + V->getNameAsString();
        Text += "; exits " + std::to_string(L->Exits.size());
        Text += L->Ends == LoopEnd::OnStop ? "; until stop" : L->Ends == LoopEnd::Never ? "; endless" : "";
        llvm::SmallVector<const ValueDecl *, 2> Named;
        for (const StopAsk &A : L->Asked)
          if (A.Object && !llvm::is_contained(Named, A.Object)) {
            Named.push_back(A.Object);
            Text += " " + A.Object->getNameAsString();
          }
        Text += Loops.waits(C, *L) ? "; waits" : "";
        Text += Loops.limit(C, *L) ? "; limited" : "";
        R.report(L->Statement->getBeginLoc(), Text);
        for (const Event &E : C.Events)
          if (E.Kind == Op::Spawn && E.Site && within(C, E.Site, L->Statement) && Loops.once(C, E.Site, L->Statement))
            R.report(E.loc(), "loop: starts one at a time");
      }
      if (const Loop *L = Loops.forever(C))
        R.report(C.Fn->getLocation(), L->Ends == LoopEnd::OnStop ? "loop: runs until stop" : "loop: runs forever");
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle

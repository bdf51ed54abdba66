// `heddle-dev-coroutines`: where coroutines are suspended, what they use then, and what becomes of lazy tasks.
#include "flow/Coroutines.h"
#include "check/Register.h"
#include "check/Reporter.h"

using namespace clang;

namespace heddle {
namespace {

const MatchCheck Check(
    {.Name = "dev-coroutines", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      auto &All = C.U.get<Coroutines>();
      constexpr const char *Fates[] = {"unknown", "awaited", "dropped", "kept", "started", "returned"};
      if (All.is(C.Fn)) {
        std::string Text = All.lazy(C.Fn->getReturnType()) ? "coroutine: lazy" : "coroutine: eager";
        Text += "; suspended " + std::to_string(All.suspensions(C).size());
        for (const ParmVarDecl *P : C.Fn->parameters())
          if (All.usedLater(C, P))
            Text += "; uses " + P->getNameAsString();
        R.report(C.Fn->getLocation(), Text);
      }
      for (const CallExpr *Call : All.lazyCalls(C)) {
        const Stmt *At = nullptr;
        TaskFate Fate = All.fate(C, Call, At);
        R.report(Call->getExprLoc(), std::string("coroutine: task ") + Fates[static_cast<int>(Fate)]);
      }
      for (const HandedCoroutine &X : All.handed(C))
        R.report(X.To->loc(), "coroutine: handed");
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle

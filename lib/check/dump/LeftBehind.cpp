// `heddle-dev-left`: timers that run on when their object ends, and handlers that others keep; classes whose objects
// end early.
#include "flow/LeftBehind.h"
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Calls.h"
#include "flow/Mortality.h"

using namespace clang;

namespace heddle {
namespace {

const UnitCheck Check(
    {.Name = "dev-left", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      llvm::DenseSet<const CXXRecordDecl *> Seen;
      for (Code *C : bodies(U)) {
        llvm::SmallVector<const CallExpr *, 8> Calls;
        for (const Event &E : C->Events)
          if (const auto *Call = dyn_cast_or_null<CallExpr>(E.Site); E.Kind == Op::Defer || E.Kind == Op::Spawn)
            Calls.push_back(Call);
        for (const ContextHandler &H : contextHandlers(*C))
          Calls.push_back(H.Call);
        for (const CallExpr *Call : Calls)
          if (auto Left = Call ? leftBehind(*C, Call) : std::nullopt)
            R.report(Call->getExprLoc(), "left: with " + Left->Keeper + (Left->Timed ? ", timed" : ""));
        const auto *M = dyn_cast<CXXMethodDecl>(C->Fn);
        if (!M || M->getParent()->isLambda() || !Seen.insert(M->getParent()).second)
          continue;
        if (U.get<Mortality>().canEnd(M->getParent()))
          R.report(M->getParent()->getLocation(),
                   U.get<Mortality>().isDropped(M->getParent()) ? "left: mortal, dropped" : "left: mortal");
        for (const FieldDecl *F : M->getParent()->fields())
          if (U.role(F->getType()) == Role::Timer && runsOn(U, F))
            R.report(F->getLocation(), "left: runs on");
      }
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle

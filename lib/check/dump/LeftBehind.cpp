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
        for (const Event &E : C->Events)
          if (auto Left = leftBehind(*C, E))
            R.report(E.loc(), "left: with " + Left->Keeper->getNameAsString() + (Left->Timed ? ", timed" : ""));
        const auto *M = dyn_cast<CXXMethodDecl>(C->Fn);
        if (!M || M->getParent()->isLambda() || !Seen.insert(M->getParent()).second)
          continue;
        if (U.get<Mortality>().canEnd(M->getParent()))
          R.report(M->getParent()->getLocation(), "left: mortal");
        for (const FieldDecl *F : M->getParent()->fields())
          if (U.role(F->getType()) == Role::Timer && runsOn(U, F))
            R.report(F->getLocation(), "left: runs on");
      }
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle

// `heddle-dev-locks`: the locks that are surely held at each `heddle_locks()`, and as what guards take them.
#include "flow/HeldLocks.h"
#include "check/Register.h"
#include "check/Reporter.h"
#include "support/Walk.h"

#include "llvm/ADT/StringExtras.h"

using namespace clang;

namespace heddle {
namespace {

const MatchCheck Check(
    {.Name = "dev-locks", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      for (const Event &E : C.Events)
        if (E.Guard && (E.Kind == Op::Acquire || E.Kind == Op::AcquireShared))
          R.report(E.loc(), "locks: takes " + E.Object.name() + ", a " + std::string(spelling(E.ObjectRole)));
      forEach<CallExpr>(C.Fn->getBody(), heddle::Walk::NoLambdas, [&](const CallExpr *Call) {
        const FunctionDecl *F = Call->getDirectCallee();
        if (!F || !F->getIdentifier() || F->getName() != "heddle_locks")
          return;
        std::vector<std::string> Names;
        for (const Place &P : C.U.get<HeldLocks>().at(C, Call))
          Names.push_back(P.name());
        llvm::sort(Names);
        R.report(Call->getBeginLoc(), "locks: " + (Names.empty() ? "none" : llvm::join(Names, " ")));
      });
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle

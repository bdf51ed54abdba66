// `heddle-dev-entry`: at each `heddle_before()` the names of the functions `mark_*` of the unit that have surely been
// called when it is.
#include "flow/EntryOrder.h"
#include "check/Register.h"
#include "check/Reporter.h"
#include "support/Walk.h"

#include "llvm/ADT/StringExtras.h"

using namespace clang;

namespace heddle {
namespace {

void eachCall(const Code &C, llvm::StringRef Prefix, llvm::function_ref<void(const CallExpr *, llvm::StringRef)> Do) {
  forEach<CallExpr>(C.Fn->getBody(), heddle::Walk::NoLambdas, [&](const CallExpr *Call) {
    const FunctionDecl *F = Call->getDirectCallee();
    if (F && F->getIdentifier() && F->getName().starts_with(Prefix))
      Do(Call, F->getName().drop_front(Prefix.size()));
  });
}

const UnitCheck Check(
    {.Name = "dev-entry", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      for (Code *There : bodies(U))
        eachCall(*There, "heddle_before", [&](const CallExpr *Here, llvm::StringRef) {
          std::vector<std::string> Names;
          for (Code *In : bodies(U))
            eachCall(*In, "mark_", [&](const CallExpr *Mark, llvm::StringRef Name) {
              if (U.get<EntryOrder>().dominates(*In, Mark, *There, Here))
                Names.push_back(Name.str());
            });
          llvm::sort(Names);
          R.report(Here->getBeginLoc(), "before: " + (Names.empty() ? "nothing" : llvm::join(Names, " ")));
        });
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle

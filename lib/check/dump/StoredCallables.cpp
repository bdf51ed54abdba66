// `heddle-dev-stored`: what a call of a member of function type runs, by name or by the line of the lambda.
#include "flow/StoredCallables.h"
#include "check/Register.h"
#include "check/Reporter.h"

#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/StringExtras.h"

using namespace clang;

namespace heddle {
namespace {

const MatchCheck Check(
    {.Name = "dev-stored", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      const SourceManager &SM = C.U.Ctx.getSourceManager();
      for (const Event &E : C.Events) {
        const auto *Runs = C.U.get<StoredCallables>().calledBy(C, E);
        if (!Runs)
          continue;
        std::vector<std::string> Names;
        for (const auto &X : Runs->All)
          Names.push_back(X.What.Lambda ? "lambda in " + X.In->Fn->getNameAsString() + " +" +
                                              std::to_string(SM.getSpellingLineNumber(X.What.Lambda->getBeginLoc()) -
                                                             SM.getSpellingLineNumber(X.In->Fn->getLocation()))
                                        : X.What.Body->getNameAsString());
        llvm::sort(Names);
        R.report(E.loc(), "runs: " + (Names.empty() ? "nothing" : llvm::join(Names, ", ")) +
                              (Runs->Complete ? "" : " or others"));
      }
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle

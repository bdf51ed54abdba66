// A hidden check with which the models' tests ask whether every name that a model speaks of exists in the headers
// that the unit includes. Shown with HEDDLE_DEV=1.
#include "Register.h"
#include "Reporter.h"

#include "models/Resolve.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"

namespace heddle {
namespace {

const UnitCheck Models({.Name = "dev-models",
                        .Family = "dev",
                        .Level = Tier::Risk,
                        .Summary = "",
                        .Rows = "",
                        .Options = {{"Library", "", "the model to look at"}}},
                       [](Unit &U, Reporter &R) {
                         std::string All;
                         for (const std::string &Missing : unresolved(U.Models.models(), R.option("Library"), U.Ctx))
                           All += (All.empty() ? "" : "; ") + Missing;
                         const clang::SourceManager &SM = U.Ctx.getSourceManager();
                         if (!All.empty())
                           R.report(SM.getLocForStartOfFile(SM.getMainFileID()), All);
                       },
                       /*Dev=*/true);

} // namespace
} // namespace heddle

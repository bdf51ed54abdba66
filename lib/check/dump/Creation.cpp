// `heddle-dev-creation`: where objects of the unit's classes are made, and what they become.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Creation.h"
#include "support/Walk.h"

#include <set>

using namespace clang;

namespace heddle {
namespace {

const UnitCheck Check(
    {.Name = "dev-creation", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      std::set<const CXXRecordDecl *> Classes;
      for (Code *C : bodies(U))
        if (const auto *M = dyn_cast<CXXMethodDecl>(C->Fn); M && !M->getParent()->isLambda())
          Classes.insert(M->getParent()->getCanonicalDecl());
      for (const CXXRecordDecl *RD : Classes)
        for (const Made &M : U.get<Creation>().of(RD))
          R.report(M.Site->getExprLoc(), M.Local ? "made: local" : M.Temporary ? "made: temporary" : "made: elsewhere");
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle

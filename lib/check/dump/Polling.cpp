// `heddle-dev-polling`: the loops that poll the futures that a body declares.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Polling.h"

using namespace clang;

namespace heddle {
namespace {

const MatchCheck Check(
    {.Name = "dev-polling", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      auto Look = [&](const Place &Future, SourceLocation At) {
        if (auto Found = C.U.get<Polling>().loop(C, Future))
          R.report(At, "poll: by the loop in line " + std::to_string(C.U.Ctx.getSourceManager().getSpellingLineNumber(
                                                          Found->Loop->getBeginLoc())));
      };
      for (const Decl *D : C.Fn->decls())
        if (const auto *V = dyn_cast<VarDecl>(D)) {
          QualType Elem = C.U.element(V->getType());
          if (C.U.role(Elem.isNull() ? V->getType() : Elem) != Role::Future)
            continue;
          Place P;
          P.Root = V;
          P.Element = !Elem.isNull();
          Look(P, V->getLocation());
        }
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle

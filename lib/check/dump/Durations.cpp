// `heddle-dev-durations`: how long timed calls and sleeps last.
#include "flow/Durations.h"
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/ConstantDuration.h"

using namespace clang;

namespace heddle {
namespace {

/// In what the first argument of a duration type counts, in seconds.
std::string unitOf(const Event &E) {
  const auto *Call = dyn_cast_or_null<CallExpr>(E.Site);
  for (const Expr *A : Call ? llvm::ArrayRef(Call->getArgs(), Call->getNumArgs()) : llvm::ArrayRef<const Expr *>())
    if (auto Unit = durationUnit(A->getType()))
      return *Unit >= 1 ? " in s" : *Unit >= 1e-3 ? " in ms" : *Unit >= 1e-6 ? " in us" : " in ns";
  return "";
}

const MatchCheck Check(
    {.Name = "dev-durations", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      for (const Event &E : C.Events) {
        if (E.Kind != Op::Sleep && !E.may(Fact::Timed))
          continue;
        auto D = C.U.get<Durations>().of(C, E);
        const ParmVarDecl *P = C.U.get<Durations>().parameter(C, E);
        R.report(E.loc(), "lasts: " + (D ? D->text() + (D->Exact ? "" : " by default") : std::string("unknown")) +
                              unitOf(E) + (P ? "; by " + P->getNameAsString() : std::string()));
      }
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle

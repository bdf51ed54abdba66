// A guard that guards nothing: a temporary that is gone at the end of its statement, a declaration that was meant as
// one, a tag that makes it take no lock, or a mutex that is a local variable.
#include "unnamed-guard/detectors.h"
#include "check/Register.h"
#include "flow/Unit.h"

using namespace clang;

namespace heddle {

namespace unnamed_guard {

std::string nameOf(const Code &C, const Expr *Lock) {
  auto P = Lock ? C.place(Lock) : std::nullopt;
  return P ? "'" + P->name() + "'" : "the lock";
}

} // namespace unnamed_guard

namespace {
const MatchCheck Check({.Name = "unnamed-guard",
                        .Family = "locks",
                        .Level = Tier::Bug,
                        .Summary = "Finds lock guards that guard nothing: temporaries, declarations that were meant as "
                                   "guards, guards with the wrong tag, and guards of local mutexes.",
                        .Rows = "-",
                        .Preview = true},
                       [](Code &C, Reporter &R) {
                         unnamed_guard::reportTemporaries(C, R);
                         unnamed_guard::reportDeclarations(C, R);
                         unnamed_guard::reportTags(C, R);
                         unnamed_guard::reportRanges(C, R);
                         unnamed_guard::reportLocals(C, R);
                       });
} // namespace

} // namespace heddle

// `heddle-dev-accumulation`: local containers that collect handles in a loop.
#include "flow/Accumulation.h"
#include "check/Register.h"
#include "check/Reporter.h"

namespace heddle {
namespace {

const MatchCheck Check(
    {.Name = "dev-accumulation", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      for (const Accumulation &A : C.U.get<Accumulations>().in(C))
        R.report(A.Insert->loc(), "keeps: " + A.Holder->getNameAsString() + (A.Locks ? " locks" : " handles"));
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle

// `heddle-dev-errors`: where a body learns of errors, what it does with them, and what it reports afterwards.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/ErrorFlow.h"

using namespace clang;

namespace heddle {
namespace {

const char *spelling(Handling H) {
  switch (H) {
  case Handling::Empty: return "empty";
  case Handling::Words: return "words";
  case Handling::Trace: return "trace";
  case Handling::Rethrow: return "rethrow";
  }
  return "";
}

const MatchCheck Check(
    {.Name = "dev-errors", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      auto &Errors = C.U.get<ErrorFlow>();
      for (const ErrorPath &P : Errors.paths(C))
        R.report(P.loc(), std::string("error: ") + (P.isHandler() ? "handler " : "branch ") + spelling(P.Does) +
                              (Errors.endsAfter(C, P) ? ", ends" : "") +
                              (Errors.reportsSuccess(C, P) ? ", reports success" : ""));
      std::string Text;
      if (Errors.tellsOutcome(C.Fn))
        Text += " tells its outcome";
      if (ErrorSign S = Errors.sign(C.Fn->getReturnType()); S != ErrorSign::None)
        Text += S == ErrorSign::WhenTrue ? " by an error" : " by a result";
      if (!Errors.mayThrow(C.Fn))
        Text += " never throws";
      if (!Text.empty())
        R.report(C.Fn->getLocation(), "error:" + Text);
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle

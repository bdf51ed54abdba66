// `heddle-dev-answer-flags`: flags that do not keep a promise from being fulfilled twice.
#include "flow/AnswerFlags.h"
#include "check/Register.h"
#include "check/Reporter.h"

namespace heddle {
namespace {

const UnitCheck Check(
    {.Name = "dev-answer-flags", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      for (const AnswerFlag &X : answerFlags(U)) {
        std::string Text = "answer: " + X.Promise->getNameAsString() + " by " + X.Flag->getNameAsString() +
                           (X.Is == AnswerFlag::NotSet ? " not set" : " races");
        R.report(X.Fulfils->getBeginLoc(), Text);
        R.report(X.Again->getBeginLoc(), "answer: " + X.Promise->getNameAsString() + " again");
      }
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle

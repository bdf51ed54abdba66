// A flag says whether the promise is fulfilled, but one of the handlers does not set it, or two that run on different
// threads both pass the test before either sets it.
#include "check/Story.h"
#include "detectors.h"
#include "flow/AnswerFlags.h"
#include "flow/Classes.h"

using namespace clang;

namespace heddle::double_fulfilment {

void reportFlags(Unit &U, Reporter &R) {
  for (const AnswerFlag &X : answerFlags(U)) {
    std::string Promise = "'" + X.Promise->getNameAsString() + "'", Flag = "'" + X.Flag->getNameAsString() + "'";
    std::string Other = lambdaOf(X.Other) ? "another handler" : "'" + X.Other->getNameAsString() + "'";
    if (X.Is == AnswerFlag::NotSet)
      R.report(X.Fulfils->getBeginLoc(),
               "promise " + Promise + " is fulfilled here, but " + Flag + " is not set; " + Other +
                   " finds it so and fulfils it again, which throws 'promise_already_satisfied'; set " + Flag + " here",
               Story(X.Again->getBeginLoc(), "it is fulfilled again here"));
    else
      R.report(X.Fulfils->getBeginLoc(),
               "promise " + Promise + " is fulfilled here and in " + Other + " if both find " + Flag +
                   " as it was; the second throws 'promise_already_satisfied'; test and set " + Flag +
                   " in one by 'exchange'",
               Story(X.Again->getBeginLoc(), "it may be fulfilled again here"));
  }
}

} // namespace heddle::double_fulfilment

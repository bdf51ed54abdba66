// A lock, condition, semaphore or count of tasks is copied: the copy is another object, with nobody on its other side.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/SyncCopies.h"

using namespace clang;

namespace heddle {
namespace {

void copies(Code &C, Reporter &R) {
  for (const SyncCopy &X : C.U.get<SyncCopies>().in(C)) {
    Story S;
    if (X.Member)
      S.then(X.Member->getLocation(),
             "which holds the " + std::string(noun(X.Is)) + " '" + X.Member->getNameAsString() + "'");
    if (X.Parameter)
      S.then(X.Loc, "copied here");
    R.report(X.Parameter ? X.Parameter->getLocation() : X.Loc,
             (X.Parameter ? "this parameter copies a " : "this copies a ") + std::string(noun(X.Is)) +
                 "; the copy does not synchronise with the original, and a wait on it may never end; pass it by "
                 "reference",
             S);
  }
}

const MatchCheck Check({.Name = "copied-sync-object",
                        .Family = "locks",
                        .Level = Tier::Bug,
                        .Summary = "Finds copies of locks, conditions, semaphores and counts of tasks.",
                        .Rows = "P19",
                        .Preview = true},
                       copies);

} // namespace
} // namespace heddle

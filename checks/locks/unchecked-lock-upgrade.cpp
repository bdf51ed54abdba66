// State is tested under a lock, the lock is released and acquired again, and the state is changed as if the test still
// held.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/LockUpgrades.h"

using namespace clang;

namespace heddle {
namespace {

const MatchCheck Check(
    {.Name = "unchecked-lock-upgrade",
     .Family = "locks",
     .Level = Tier::Bug,
     .Summary = "Finds state that is changed on the strength of a test made before its lock was released in between.",
     .Rows = "P25",
     .Preview = true},
    [](Code &C, Reporter &R) {
      for (const LockUpgrade &X : C.U.get<LockUpgrades>().in(C)) {
        std::string State = "'" + X.State.name() + "'", Lock = "'" + X.Lock.name() + "'";
        bool Shared = X.First->Kind == Op::AcquireShared;
        Story Notes(X.First->loc(), X.First->Kind == Op::Call
                                        ? "this call locks " + Lock + ", and releases it"
                                        : Lock + (Shared ? " is locked in shared mode here" : " is locked here"));
        Notes.then(X.Test->getExprLoc(), State + " is tested here");
        if (X.Through)
          Notes.then(X.Through->getExprLoc(), "and then this is called");
        R.report(X.Change->getBeginLoc(),
                 State + " was tested before " + Lock +
                     " was released and locked again; another thread may have changed it meanwhile, and that change is "
                     "lost; test it again under this lock",
                 Notes.then(X.Again->loc(), Lock + " is locked again here"));
      }
    });

} // namespace
} // namespace heddle

// A lock without a guard stays held on one exit, or is released twice.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/LockBalance.h"

using namespace clang;

namespace heddle {
namespace {

const MatchCheck Check(
    {.Name = "unbalanced-lock",
     .Family = "locks",
     .Level = Tier::Bug,
     .Summary = "Finds locks that one exit of a function keeps and the others release, that a guard gives up for "
                "good, or that are released twice.",
     .Rows = "-",
     .Preview = true},
    [](Code &C, Reporter &R) {
      auto &Balance = C.U.get<LockBalance>();
      for (const HeldExit &X : Balance.heldAtExit(C)) {
        std::string Lock = "'" + X.Lock.name() + "'";
        R.report(X.Exit->getBeginLoc(),
                 Lock +
                     (X.Throws ? " is still held when this exception leaves the function"
                               : " is still held on this return") +
                     "; the next thread that locks it waits forever; release it on every path, or hold it by a guard",
                 Story(X.Taken->loc(), Lock + " is locked here")
                     .then(X.Released->getBeginLoc(), "other paths release it here"));
      }
      for (const ReleasedTwice &X : Balance.releasedTwice(C))
        R.report(X.Loc,
                 "'" + X.Lock.name() +
                     "' is released by a path that has already released it; the behaviour is undefined, and may "
                     "release the lock of another thread; release it once",
                 X.Story);
      for (const Event *E : Balance.abandoned(C)) {
        SourceLocation Name = cast<MemberExpr>(cast<CXXMemberCallExpr>(E->Site)->getCallee())->getMemberLoc();
        R.report(E->loc(),
                 "'release' leaves '" + E->Object.name() +
                     "' locked, and nobody unlocks it; the next thread that locks it waits forever; call 'unlock'",
                 {}, {FixItHint::CreateReplacement(Name, "unlock")});
      }
    });

} // namespace
} // namespace heddle

// What leads into guarded state leaves the scope of its lock.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/GuardedReferences.h"

using namespace clang;

namespace heddle {
namespace {

constexpr const char *Kinds[] = {"a reference to", "a pointer into", "an iterator of", "a view of"};

const MatchCheck
    Check({.Name = "guarded-reference-escapes",
           .Family = "locks",
           .Level = Tier::Risk,
           .Summary = "Finds references, pointers, iterators and views of guarded members and variables that are used "
                      "without the lock.",
           .Rows = "-",
           .Preview = true},
          [](Code &C, Reporter &R) {
            for (const GuardedReference &X : C.U.get<GuardedReferences>().in(C)) {
              std::string Field = "'" + X.Of->getNameAsString() + "'", Lock = "'" + X.Lock.name() + "'";
              Story Notes(X.Taken->loc(), Lock + " is locked here");
              if (X.Used)
                Notes.then(X.Made->getBeginLoc(), "it is made here, with the lock held");
              R.report((X.Used ? X.Used : X.Made)->getBeginLoc(),
                       std::string(Kinds[X.Is]) + " " + Field + (X.Used ? " is used after " : " is returned, and ") +
                           Lock + (X.Used ? " was released" : " is released") +
                           "; other threads may modify or free what it refers to (data race, use after free); copy it "
                           "under the lock",
                       Notes);
            }
          });

} // namespace
} // namespace heddle

// Something is made by the first who needs it, with nothing that makes one the first.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/LazyInits.h"

using namespace clang;

namespace heddle {
namespace {

void report(const ValueDecl *D, const LazyInit &L, Reporter &R) {
  std::string Name = "'" + D->getNameAsString() + "'";
  SourceLocation Made = L.Makes->As->Site->getBeginLoc(), Tested = L.Test.Mention->getExprLoc();
  if (L.OnlyBefore)
    R.report(Made,
             Name + " was tested before '" + L.Lock->getNameAsString() +
                 "' was locked, and is not again; a thread that had to wait for the lock creates what it stands for "
                 "once more, while others use it; test it again with the mutex held",
             {{Tested, "tested here"}});
  else if (L.Lock)
    R.report(Tested,
             Name + " is tested here without the mutex under which it is created; another thread may see the "
                    "pointer before the object (double-checked locking); make it a std::atomic, or use "
                    "std::call_once or a local static",
             {{Made, "created here with '" + L.Lock->getNameAsString() + "' held"}});
  else
    R.report(Made,
             Name + " is created on first use without a lock; two threads may both create it, or use it half "
                    "constructed (data race); use std::call_once, a local static or a lock",
             {{Tested, "tested here"}, {L.Makes->In->Fn->getLocation(), L.Sharing}});
}

const UnitCheck
    Check({.Name = "racy-lazy-init",
           .Family = "locks",
           .Level = Tier::Bug,
           .Summary = "Finds objects that are created on first use, by code that several threads may run, without a "
                      "lock or once flag.",
           .Rows = "P15",
           .Preview = true},
          [](Unit &U, Reporter &R) {
            for (const ValueDecl *D : U.get<SharedState>().named())
              if (const LazyInit *L = U.get<LazyInits>().of(D))
                report(D, *L, R);
          });

} // namespace
} // namespace heddle

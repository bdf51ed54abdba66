// A lock that belongs to a thread is held where a coroutine is suspended, and may be resumed on another thread.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Calls.h"
#include "flow/Coroutines.h"
#include "flow/HeldLocks.h"
#include "flow/LockingParts.h"

using namespace clang;

namespace heddle {
namespace {

/// Where the lock is taken; null where that is done for coroutines: what is taken is awaited.
const Event *taken(const Code &C, const Place &Lock) {
  const Event *By = nullptr;
  for (const Event &E : C.Events) {
    if (E.Object != Lock || (E.Kind != Op::Acquire && E.Kind != Op::AcquireShared && E.Kind != Op::TryAcquire))
      continue;
    const auto *M = isa_and_nonnull<CXXConstructExpr>(E.Site) ? nullptr : E.Callee;
    if (M && M->getReturnType()->isRecordType() && !E.Guard)
      return nullptr;
    By = By ? By : &E;
  }
  return By;
}

void report(Reporter &R, const Expr *At, const std::string &Holds, SourceLocation Taken, const std::string &How) {
  R.report(At->getExprLoc(),
           Holds +
               " while the coroutine is suspended; it blocks other threads until the coroutine resumes, possibly on "
               "a thread that does not own it, which is undefined; release it first, or use a mutex for coroutines",
           {{Taken, How}});
}

void look(Code &C, Reporter &R) {
  for (const Expr *S : C.U.get<Coroutines>().suspensions(C)) {
    bool Said = false;
    for (const Place &Lock : C.U.get<HeldLocks>().at(C, S)) {
      const Event *By = Said ? nullptr : taken(C, Lock);
      if (!By)
        continue;
      report(R, S, "'" + Lock.name() + "' is held", By->loc(), "'" + Lock.name() + "' is locked here");
      Said = true;
    }
    if (const VarDecl *V = Said ? nullptr : lockingLocal(C, S)) {
      std::string Name = "'" + V->getNameAsString() + "'";
      report(R, S, "the lock in " + Name + " is held", V->getLocation(), "it is locked here");
    }
  }
}

const MatchCheck Check({.Name = "lock-across-suspension",
                        .Family = "coroutines",
                        .Level = Tier::Bug,
                        .Summary = "Finds locks that are held while a coroutine is suspended.",
                        .Rows = "-",
                        .Preview = true},
                       look);

} // namespace
} // namespace heddle

// A part of an object tells its owner something on its own thread, and the owner stops the part: it joins that thread.
#include "check/Story.h"
#include "detectors.h"
#include "flow/Calls.h"
#include "flow/CurrentThread.h"
#include "flow/OwnerCallbacks.h"
#include "flow/Releases.h"
#include "flow/StopRequests.h"

using namespace clang;

namespace heddle {

/// Where a member of the part joins the task; none where the task is kept from it.
static std::optional<Witness> joinIn(Unit &U, const OwnerCallback &X, const FunctionDecl *Member) {
  auto Found = U.get<Calls>().find(Member, [&](const Code &C, const Event &E) {
    Place P = E.Object.valid() ? C.whole(E.Object) : Place();
    return E.Site && joinsTask(U, E) && P.This && !P.Path.empty() && P.Path.front() == X.Task->Handle &&
           !isThreadAsked(C, E.Site);
  });
  bool Asked = Found && llvm::any_of(Found->Through, [](const CallEdge &S) { return isThreadAsked(*S.In, S.Site); });
  return Asked ? std::nullopt : Found;
}

void joiningCallbacks(ClassFacts &F, Unit &U, Reporter &R) {
  for (const OwnerCallback &X : ownerCallbacks(U, F)) {
    if (!X.Task->Handle || X.Task->Detached)
      continue;
    std::optional<Witness> Join;
    auto Found = U.get<Calls>().find(X.Body, [&](const Code &C, const Event &E) {
      const auto *M = dyn_cast_or_null<CXXMethodDecl>(E.Callee);
      bool OnPart = E.Object.This && E.Object.Path.size() == 1 && E.Object.Path.front() == X.Part && !E.Object.Element;
      bool Ends = destroysPointee(U, E);
      if (!E.Site || !OnPart || isThreadAsked(C, E.Site) || !(M || Ends))
        return false;
      Join = joinIn(U, X, Ends ? X.Of->Class->getDestructor() : M);
      return Join.has_value();
    });
    if (!Found || llvm::any_of(Found->Through, [](const CallEdge &S) { return isThreadAsked(*S.In, S.Site); }))
      continue;
    R.report(Found->Loc,
             "'" + X.Part->getNameAsString() +
                 "' runs this on its own thread, and waits for that thread to end here; the join deadlocks, or throws "
                 "and terminates the program; request the stop here, and join on another thread",
             Story(X.Given, "'" + X.Part->getNameAsString() + "' is given the callback here")
                 .then(X.Called, "its thread calls it here")
                 .then(Found->Calls)
                 .then(Join->Loc, "here the thread waits for itself"));
  }
}

} // namespace heddle

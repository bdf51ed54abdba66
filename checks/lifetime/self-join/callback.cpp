// A part of an object tells its owner something on its own thread, and the owner stops the part: it joins that thread.
#include "check/Story.h"
#include "detectors.h"
#include "flow/Calls.h"
#include "flow/CurrentThread.h"
#include "flow/LoopFacts.h"
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

/// Returns true if the event is about the part: of many, if it is about each of them, the caller among them, as in
/// `for (auto &p : parts_) p->stop();` or `parts_.clear()`.
static bool isAboutPart(const Code &C, const Event &E, const OwnerCallback &X) {
  Place P = E.Object.valid() ? C.whole(E.Object) : Place();
  if (!P.This || P.Path.size() != 1 || P.Path.front() != X.Part)
    return false;
  if (!X.Many)
    return !E.Object.Element;
  if (E.Object.This && !E.Object.Element)
    return E.Kind == Op::Clear;
  const Loop *L = C.U.get<LoopFacts>().repeating(C, E.Site);
  return L && isa<CXXForRangeStmt>(L->Statement) && L->Exits.size() <= 1 && guards(C, E.Site, L->Statement).empty();
}

/// Where the callback goes wrong: where it joins, or where it calls a member that is right on any other thread, as one
/// that stops all parts.
static SourceLocation wrongStep(Unit &U, const OwnerCallback &X, const Witness &Join) {
  if (!X.Many || Join.Through.empty())
    return Join.Loc;
  const CallEdge &Last = Join.Through.back();
  bool ForOthers = Last.Callee->getAccess() == AS_public || U.get<Calls>().callers(Last.Callee).size() > 1;
  return ForOthers ? Last.Site->getExprLoc() : Join.Loc;
}

void joiningCallbacks(ClassFacts &F, Unit &U, Reporter &R) {
  for (const OwnerCallback &X : ownerCallbacks(U, F)) {
    if (!X.Task->Handle || X.Task->Detached)
      continue;
    std::optional<Witness> Join;
    auto Found = U.get<Calls>().find(X.Body, [&](const Code &C, const Event &E) {
      const auto *M = dyn_cast_or_null<CXXMethodDecl>(E.Callee);
      bool Ends = X.Many ? E.Kind == Op::Clear : destroysPointee(U, E);
      if (!E.Site || !isAboutPart(C, E, X) || isThreadAsked(C, E.Site) || !(M || Ends))
        return false;
      Join = joinIn(U, X, Ends ? X.Of->Class->getDestructor() : M);
      return Join.has_value();
    });
    if (!Found || llvm::any_of(Found->Through, [](const CallEdge &S) { return isThreadAsked(*S.In, S.Site); }))
      continue;
    R.report(wrongStep(U, X, *Found),
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

// A part of an object tells its owner something on its own thread, and the owner stops the part: it joins that thread.
#include "check/Story.h"
#include "detectors.h"
#include "flow/Calls.h"
#include "flow/CurrentThread.h"
#include "flow/LoopFacts.h"
#include "flow/MethodFacts.h"
#include "flow/OwnerCallbacks.h"
#include "flow/Releases.h"
#include "flow/StopRequests.h"
#include "flow/Uses.h"
#include "flow/ValueFlow.h"

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

/// Returns true if the value goes into a local that nobody uses otherwise, and that ends with the body.
static bool endsHere(const Code &C, const Expr *Moved) {
  Flow To = C.U.get<ValueFlow>().next(C, Moved);
  const auto *V = To.Var ? To.Var : To.To && To.To->Path.empty() ? dyn_cast_or_null<VarDecl>(To.To->Root) : nullptr;
  return V && V->isLocalVarDecl() && V->hasLocalStorage() && C.U.get<Uses>().in(C, V).size() <= 1;
}

/// `watches_.erase(id);`, `auto it = watches_.find(id); … watches_.erase(it);` with a key that the caller, one of the
/// parts, has said: it means itself.
static bool removesCaller(const Code &C, const Event &E, const OwnerCallback &X) {
  const auto *Call = X.Many && E.Kind == Op::Extract ? dyn_cast_or_null<CXXMemberCallExpr>(E.Site) : nullptr;
  if (!Call || Call->getNumArgs() != 1 || !E.Object.This || E.Object.Path.size() != 1 ||
      E.Object.Path.front() != X.Part)
    return false;
  const auto *DR = dyn_cast_or_null<DeclRefExpr>(ValueFlow::behindCopies(Call->getArg(0)));
  const auto *It = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
  if (!It || isa<ParmVarDecl>(It) || !It->getInit() || !C.elementOf(It))
    return mentionsParameter(Call->getArg(0));
  // What was taken out before is destroyed where it went.
  return mentionsParameter(It->getInit()) && llvm::all_of(C.Events, [&](const Event &M) {
           const auto *Moved = M.Kind == Op::Move && M.Object.Root == It ? dyn_cast_or_null<Expr>(M.Site) : nullptr;
           return !Moved || endsHere(C, Moved);
         });
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
      bool Removes = removesCaller(C, E, X);
      bool Ends = Removes || (X.Many ? E.Kind == Op::Clear : destroysPointee(U, E));
      if (!E.Site || !(Removes || isAboutPart(C, E, X)) || isThreadAsked(C, E.Site) || !(M || Ends))
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

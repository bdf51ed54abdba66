// A stop that returns at once when a flag says that the thread is over already: the thread has set the flag itself, and
// nobody joins it.
#include "check/Story.h"
#include "detectors.h"
#include "flow/ClassFacts.h"
#include "flow/Guards.h"
#include "flow/StopRequests.h"
#include "flow/Unwrap.h"

using namespace clang;

namespace heddle::unjoined {

namespace {

/// What a flag has to be for control to come to a join.
struct Needed {
  const FieldDecl *Flag = nullptr;
  bool Value = true;
  const Stmt *By = nullptr; ///< the test
};

/// The member that an expression asks for its value: itself, by `load()`, by `exchange(false)`.
const FieldDecl *askedField(const Code &C, const Expr *E) {
  if (const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(unwrap(E)))
    E = Call->getImplicitObjectArgument();
  auto P = E ? C.place(E) : std::nullopt;
  return P && P->This && P->Path.size() == 1 ? dyn_cast<FieldDecl>(P->Path.front()) : nullptr;
}

std::optional<Needed> neededFor(Code &C, const Stmt *Join, const FieldDecl *Handle) {
  for (const Guard &G : guards(C, Join)) {
    Needed N;
    bool Asks = G.Cases.empty() && implies(G.Condition, G.Value, [&](const Expr *Leaf, bool Value) {
                  const FieldDecl *F = askedField(C, Leaf);
                  if (!F || F == Handle || !C.U.get<StopFacts>().isFlag(F->getType()))
                    return false;
                  N = {F, Value, G.By};
                  return true;
                });
    if (Asks)
      return N;
  }
  return std::nullopt;
}

/// Where the task on the handle gives the flag the other value; null if it does not.
const MemberAccess *setByTask(ClassFacts &Class, Unit &U, const FieldDecl *Handle, const Needed &N) {
  auto Requests = U.get<StopRequests>().of(N.Flag);
  for (const MemberAccess *A : Class.of(N.Flag)) {
    bool ByTask = A->Does == MemberAccess::Write && A->As && A->Task && A->Task->Handle == Handle && !A->Task->Detached;
    if (ByTask && llvm::any_of(Requests, [&](const StopRequest &Q) {
          return Q.In == A->In && Q.Site == A->As->Site && Q.Value && (*Q.Value != 0) != N.Value;
        }))
      return A;
  }
  return nullptr;
}

} // namespace

void reportSkippedJoin(Unit &U, const FieldDecl *Handle, llvm::ArrayRef<IndexedEvent> All, Reporter &R) {
  ClassFacts *Class = U.get<ClassTable>().of(cast<CXXRecordDecl>(Handle->getParent()));
  std::optional<Needed> First;
  const Event *Join = nullptr;
  for (const IndexedEvent &E : All) {
    Op Kind = E.What->Kind;
    if (Kind == Op::Detach || Kind == Op::Move || Kind == Op::Escape || Kind == Op::Extract)
      return;
    if (Kind != Op::Join)
      continue;
    auto N = neededFor(*E.In, E.What->Site, Handle);
    if (!N || (First && N->Flag != First->Flag))
      return;
    if (!First) {
      First = N;
      Join = E.What;
    }
  }
  const MemberAccess *Sets = Class && First ? setByTask(*Class, U, Handle, *First) : nullptr;
  if (!Sets)
    return;
  std::string Name = "'" + Handle->getNameAsString() + "'", Flag = "'" + First->Flag->getNameAsString() + "'";
  R.report(First->By->getBeginLoc(),
           Name + " is not joined once its task has set " + Flag +
               " itself; destroying or restarting a joinable thread terminates the program; test 'joinable()' instead",
           Story(Sets->Task->Loc, "the task is started here")
               .then(Sets->Site->getBeginLoc(), "it sets " + Flag + " here")
               .then(Join->loc(), "this join is then skipped"));
}

} // namespace heddle::unjoined

// A task's result that nobody takes. What then happens depends on the library: the destructor of std::async's future
// waits, so that the code is sequential; other futures lose what the task threw.
#include "discarded-future/detectors.h"
#include "check/PatternCheck.h"
#include "check/Story.h"
#include "flow/Calls.h"
#include "flow/Order.h"
#include "flow/TaskFacts.h"
#include "flow/Throws.h"
#include "flow/Uses.h"
#include "flow/ValueFlow.h"

using namespace clang;

namespace heddle {
using namespace discarded_future;

const Event *discarded_future::startedBy(const Code &C, const Expr *Call) {
  for (unsigned I : C.at(Call))
    if (C.Events[I].Kind == Op::Spawn && C.Events[I].Model && C.Events[I].Model->On.K == Operand::Result)
      return &C.Events[I];
  return nullptr;
}

const Event *discarded_future::startedInside(Unit &U, const FunctionDecl *F) {
  for (const Origin &O : U.get<ValueFlow>().returned(F)) {
    for (const Origin::Step &S : O.Through)
      if (const Event *E = startedBy(*S.In, S.Made))
        return E;
    if (const Event *E = startedBy(*O.In, O.Made))
      return E;
  }
  return nullptr;
}

namespace {

constexpr const char *Sequential = "its destructor waits at the end of this statement, so nothing runs concurrently";

bool isFuture(Role R) { return R == Role::Future || R == Role::SharedFuture; }

/// Returns true if a visible function returns the future of a packaged task: of what it was given.
bool returnsPackaged(Unit &U, const FunctionDecl *F) {
  return llvm::any_of(U.get<ValueFlow>().returned(F), [&](const Origin &O) {
    return llvm::any_of(O.In->at(O.Made), [&](unsigned I) {
      const Event &E = O.In->Events[I];
      const ValueDecl *Of = E.Kind == Op::GetFuture && E.Object.valid() ? E.Object.last() : nullptr;
      const TypeModel *M = Of ? U.type(U.pointee(Of->getType())) : nullptr;
      return M && M->With.has(Fact::CarriesExceptions);
    });
  });
}

/// Returns true if the task hands over what it writes by other means than its future: under a lock, by a callback.
bool handsOver(Unit &U, const CallableRef &T) {
  Code *Body = T.Body ? U.code(T.Body) : nullptr;
  return !Body || llvm::any_of(Body->Events, [](const Event &E) {
    return E.Kind == Op::Acquire || E.Kind == Op::AcquireShared || E.Kind == Op::Defer;
  });
}

/// To fire and forget is fine, unless the rest of the function looks at what the task has yet to write.
void readWithoutWaiting(Code &C, Reporter &R, const Event &Start) {
  Concurrency &Tasks = C.U.concurrency();
  auto Waits = [&](const Stmt *S) {
    return llvm::any_of(C.at(S), [&](unsigned I) { return has(C.Events[I].Kind, OpTraits::Blocks); });
  };
  auto Used = [&](const Place &Written) -> const Expr * {
    for (const Use &X : C.U.get<Uses>().in(C, Written.last()))
      if (auto P = X.Mention && !X.Lambda ? C.place(X.Mention) : std::nullopt;
          P && (P->contains(Written) || Written.contains(*P)) &&
          C.U.get<Order>().reaches(C, Start.Site, X.Mention, Waits))
        return X.Mention;
    return nullptr;
  };
  for (const TaskStart &T : Tasks.tasks(C)) {
    if (T.Start != &Start || handsOver(C.U, *T.What))
      continue;
    for (const Access &Write : Tasks.touched(C, T))
      if (const Expr *Use = Write.Does == Access::Write ? Used(Write.Object) : nullptr) {
        std::string Name = Write.Object.last()->getNameAsString();
        return R.report(Start.loc(),
                        "the future of this task is discarded, and '" + Name +
                            "', which the task writes, is used below without waiting; the accesses race (data race); "
                            "keep the future and wait for it first",
                        {{Write.Named->getExprLoc(), "the task writes '" + Name + "' here"},
                         {Use->getExprLoc(), "'" + Name + "' is used here without waiting"}});
      }
  }
}

/// Given to a pool a task may be forgotten, unless it visibly fails: the future alone learns of that.
bool losesError(Code &C, Reporter &R, const CallExpr *Call, SourceLocation Loc) {
  for (const Expr *A : Call->arguments())
    for (const CallableRef &Task : C.callables(A))
      for (const Thrown &X : C.U.throws().leaving(C, Task))
        if (!X.Given) {
          R.report(Loc,
                   "the future of this task is discarded, and " + X.What +
                       ", which the task may throw, is lost with it; the failure goes unnoticed; keep the future and "
                       "get() its result, or cast it to void",
                   X.Way);
          return true;
        }
  return false;
}

void droppedThread(const Matched &Found, Reporter &R) {
  R.report(Found.get<Expr>("temporary")->getBeginLoc(),
           std::string("thread handle is a temporary; ") + Sequential + "; give the handle a name");
}

void droppedFuture(const Matched &Found, Reporter &R) {
  Code &C = Found.C;
  Unit &U = C.U;
  const auto *Call = Found.get<CallExpr>("call");
  const FunctionDecl *F = Call->getDirectCallee();
  const Event *Start = startedBy(C, Call), *Inside = Start ? nullptr : startedInside(U, F);
  const Event *Any = Start ? Start : Inside;
  Story Notes;
  if (Inside)
    Notes.then(Inside->loc(), "'" + F->getNameAsString() + "' starts the task here and returns its future");
  if (Any && Any->may(Fact::FireAndForget)) {
    if (Start)
      readWithoutWaiting(C, R, *Start);
    return;
  }
  auto Say = [&](const std::string &What) {
    R.report(Call->getBeginLoc(), "the future of this task is discarded" + What, Notes);
  };
  if (Any && U.get<TaskFacts>().launch(C, *Any) == Launch::Deferred)
    return Say("; the task is deferred and never runs; keep the future and get() its result, or call the function "
               "directly");
  if (Any && Any->may(Fact::Joins))
    return Say(std::string("; ") + Sequential + "; keep the future until its result is needed");
  if (!Any && returnsPackaged(U, F) && losesError(C, R, Call, Call->getBeginLoc()))
    return;
  // A [[nodiscard]] type, from a function whose body is not visible.
  const CXXRecordDecl *RD = Call->getType()->getAsCXXRecordDecl();
  const auto *M = dyn_cast<CXXMethodDecl>(F);
  const TypeModel *Of = M ? U.Models.type(M->getParent()) : nullptr;
  bool Continues = Of && isFuture(Of->Plays);
  if (Any || (RD && RD->hasAttr<WarnUnusedResultAttr>() && !Continues))
    Say("; its end and its errors go unnoticed; keep the future, or cast it to void");
}

std::vector<Pattern> patterns() {
  using namespace ast_matchers;
  return {
      {expr(endsUnused(), ofRole(Role::JoiningThread), madeBy(performs(Op::Spawn))).bind("temporary"), droppedThread},
      {expr(endsUnused(), ofRole(Role::Future, Role::SharedFuture),
            madeBy(callExpr(callee(functionDecl())).bind("call"))),
       droppedFuture}};
}

/// Futures that are kept, and waited for by their destructors at the wrong place.
void inBody(Code &C, Reporter &R) {
  for (const Event &E : C.Events) {
    const auto *V = dyn_cast_or_null<VarDecl>(E.Object.Root);
    if (E.Kind != Op::Spawn || !E.may(Fact::Joins) || !V || !E.Object.Path.empty() || E.Object.Element ||
        !V->hasLocalStorage() || !isFuture(C.U.role(V->getType())) || V->getType()->isReferenceType() ||
        C.U.get<TaskFacts>().launch(C, E) == Launch::Deferred)
      continue;
    waitedForAtOnce(C, R, E, V);
    earlyReturns(C, R, E);
  }
  earlyReturns(C, R);
}

const PatternCheck
    Check({.Name = "discarded-future",
           .Family = "futures",
           .Level = Tier::Bug,
           .Summary = "Finds tasks whose future is dropped, or waited for by its destructor in the wrong place.",
           .Rows = "F11",
           .Preview = true},
          patterns, [](Unit &U, Reporter &R) {
            for (Code *C : bodies(U))
              inBody(*C, R);
          });

} // namespace
} // namespace heddle

// A promise that a task or a handler captured, and leaves unfulfilled on some path.
#include "detectors.h"
#include "flow/ErrorFlow.h"
#include "flow/Guards.h"
#include "flow/Loops.h"
#include "flow/Mentions.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {
using namespace unfulfilled_promise;
namespace {

/// Returns true if the body is left here because an error was handed in.
bool leavesOnError(Code &C, const Stmt *By) {
  auto IsError = [&](const DeclRefExpr *D) {
    return isa<ParmVarDecl>(D->getDecl()) && C.U.get<ErrorFlow>().sign(D->getType()) != ErrorSign::None;
  };
  return llvm::any_of(guards(C, By),
                      [&](const Guard &G) { return within(C, By, G.By) && anyOf<DeclRefExpr>(G.Condition, IsError); });
}

/// The promises that a task captured: in its own names.
std::vector<Place> captured(Code &Task, const LambdaExpr *L) {
  std::vector<Place> Found;
  auto Add = [&](const Place &P) {
    if (!P.valid() || P.This || P.Element || !P.last() || Task.U.role(P.last()->getType()) != Role::Promise ||
        llvm::is_contained(Found, P))
      return;
    const auto *V = dyn_cast_or_null<VarDecl>(P.Root);
    bool Own = V && V->getDeclContext() == static_cast<const DeclContext *>(Task.Fn) && !V->isInitCapture();
    if (V && !Own && !V->hasGlobalStorage())
      Found.push_back(P);
  };
  for (const Event &E : Task.Events) {
    Add(E.Object);
    if (const auto *Call = E.Kind == Op::Call ? dyn_cast_or_null<CallExpr>(E.Site) : nullptr) // `answer(promise);`
      for (const Expr *A : Call->arguments())
        if (auto P = Task.place(A))
          Add(*P);
  }
  return Found;
}

/// Returns true if nobody but the task can fulfil it. The function that hands the task over may only take the future,
/// wait, and move the promise into the task.
bool isOnlyHolder(Code &C, const Event &HandOver, const LambdaExpr *L, const Place &Inner) {
  const auto *V = dyn_cast_or_null<VarDecl>(Inner.Root);
  const ValueDecl *Outer = V;
  if (V && V->isInitCapture()) {
    auto P = V->getInit() ? C.place(V->getInit()) : std::nullopt;
    if (!P)
      return true; // made for the task
    if (P->This || !P->Root)
      return false;
    Outer = P->Root;
  }
  if (isa_and_nonnull<ParmVarDecl>(Outer) && (Outer->getType()->isReferenceType() || Outer->getType()->isPointerType()))
    return false; // the caller has it as well
  for (const Event &E : C.Events) {
    if (E.Object.valid() && (E.Object.contains(Inner) || (E.Object.Root == Outer && E.Object.Path == Inner.Path)))
      if (E.Kind == Op::Fulfil || E.Kind == Op::TryFulfil || E.Kind == Op::Test)
        return false;
    if (E.Kind == Op::Escape && E.Object.valid() && E.Object.Root == Outer && !within(C, E.Site, L) &&
        llvm::none_of(returnsIn(C.Fn->getBody()), [&](const ReturnStmt *R) { return within(C, E.Site, R); }))
      return false;                                    // stored, or passed to code that is not visible
    if (E.Kind == Op::Call && E.Site != HandOver.Site) // a helper that is given it
      if (const auto *Call = dyn_cast<CallExpr>(E.Site))
        for (const Expr *A : Call->arguments())
          if (auto P = C.place(A); P && P->Root == Outer)
            return false;
    for (const CallableRef &T : E.Tasks)
      if (T.Lambda && T.Lambda != L && mentions(T.Lambda, Outer))
        return false; // another callable holds it as well
  }
  return true;
}

/// Returns true if it is the task's own, so that it dies with it.
bool isMovedIn(const Place &Inner) {
  const auto *V = dyn_cast_or_null<VarDecl>(Inner.Root);
  return V && V->isInitCapture() && !V->getType()->isReferenceType() && !V->getType()->isPointerType();
}

} // namespace

void unfulfilled_promise::callables(Context &In, Code &C) {
  Unit &U = C.U;
  for (const Event &E : C.Events) {
    if (E.Kind != Op::Spawn && E.Kind != Op::Defer)
      continue;
    for (const CallableRef &T : E.Tasks) {
      Code *Body = T.Lambda && T.Body ? U.code(T.Body) : nullptr;
      if (!Body)
        continue;
      for (const Place &P : captured(*Body, T.Lambda)) {
        if (!isOnlyHolder(C, E, T.Lambda, P))
          continue;
        std::vector<Exit> Ways = In.Sim.exits(T.Body, P);
        if (llvm::none_of(Ways, [](const Exit &X) { return X.State == "done"; }))
          continue; // it is not this one that fulfils it
        bool RunsOnce = E.Kind == Op::Spawn || E.may(Fact::OneShot);
        bool Own = isMovedIn(P) && U.type(P.last()->getType()) && U.type(P.last()->getType())->Plays == Role::Promise;
        for (const Exit &X : Ways) {
          if (X.State != "asked" || (X.Claimed && !Own) || (X.Throws && !X.By))
            continue; // without a throw that is seen it is only that no handler fits
          // Stored by visible code: it cannot be called twice if it fulfils on every other path.
          bool Kept = In.JobsCaught && X.Throws && E.Kind == Op::Defer && !E.Model && E.Callee &&
                      llvm::all_of(Ways, [](const Exit &W) { return W.Throws || W.State == "done"; });
          if (X.Throws && !Kept && !carriesExceptions(U, E))
            continue;
          if (!RunsOnce && !Kept && !(X.By && leavesOnError(*Body, X.By)))
            continue;
          if (X.By && ownerIsGone(*Body, X.By))
            continue;
          report(In, T.Body, P, X, {{E.loc(), "the callable that owns '" + P.name() + "' is handed over here"}});
        }
      }
    }
  }
}

} // namespace heddle

// A local timer whose scope ends with its operation pending: the handler is called at once, with an error.
#include "check/Story.h"
#include "detectors.h"
#include "flow/Loops.h"
#include "flow/Uses.h"

using namespace clang;

namespace heddle {

/// Returns true if the function runs something, waits, or suspends after the registration: the timer may fire before it
/// dies.
static bool maySee(Code &C, const Event &Registers) {
  return llvm::any_of(C.Events,
                      [&](const Event &E) {
                        return E.Site && &E != &Registers &&
                               (has(E.Kind, OpTraits::Blocks) || E.Kind == Op::Block || E.Kind == Op::Spawn);
                      }) ||
         anyOf<Expr>(C.Fn->getBody(), Walk::NoLambdas, [](const Expr *E) { return isa<CoawaitExpr, CoyieldExpr>(E); });
}

/// Returns true if a call that is not visible may run the loop: `io.poll()`, `run()`.
static bool callsUnseen(Code &C, const Event &Registers) {
  return anyOf<CallExpr>(C.Fn->getBody(), Walk::NoLambdas, [&](const CallExpr *Call) {
    const FunctionDecl *F = Call->getDirectCallee();
    const auto *M = dyn_cast_or_null<CXXMethodDecl>(F);
    bool OfLoop = M && C.U.role(M->getThisType()) == Role::EventLoop;
    return Call != Registers.Site && (!F || OfLoop) && Call->getBeginLoc().isValid();
  });
}

void dyingLocals(Code &C, Reporter &R) {
  for (const Event &E : C.Events) {
    const auto *V = dyn_cast_or_null<VarDecl>(E.Object.Root);
    if (E.Kind != Op::Defer || E.ObjectRole != Role::Timer || E.Tasks.empty() || !V || !E.Object.Path.empty() ||
        E.Object.Element || !E.may(Fact::OneShot))
      continue;
    bool Local = V->isLocalVarDecl() && V->hasLocalStorage() && !V->getType()->isReferenceType() &&
                 V->getParentFunctionOrMethod() == static_cast<const DeclContext *>(C.Fn);
    if (!Local || C.U.leads(V->getType()) || C.U.role(V->getType()) == Role::WeakPointer || maySee(C, E) ||
        callsUnseen(C, E))
      continue;
    bool Moved = llvm::any_of(C.U.get<Uses>().in(C, V), [](const Use &X) { return X.is(Use::Move | Use::Address); });
    if (Moved)
      continue;
    R.report(
        E.loc(),
        "'" + V->getNameAsString() +
            "' is destroyed when this scope ends, which cancels the wait; the handler runs at once, with an error; "
            "keep the timer alive until it fires",
        Story(V->getLocation(), "the timer is a local"));
  }
}

} // namespace heddle

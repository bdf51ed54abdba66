#include "detectors.h"
#include "flow/CriticalSections.h"
#include "flow/Uses.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle::unnamed_guard {

namespace {

/// Returns true if the body changes what other calls see, too: members of its object, variables that are not its own.
bool changesShared(Code &C) {
  return anyOf<Expr>(C.Fn->getBody(), Walk::NoLambdas, [&](const Expr *E) {
    const auto *M = dyn_cast<MemberExpr>(E);
    const auto *DR = dyn_cast<DeclRefExpr>(E);
    const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
    const ValueDecl *D = M ? M->getMemberDecl() : V && V->hasGlobalStorage() ? V : nullptr;
    if (!D || (M && (!isa<FieldDecl>(D) || !isa<CXXThisExpr>(M->getBase()->IgnoreParenImpCasts()))))
      return false;
    return llvm::any_of(C.U.get<Uses>().in(C, cast<ValueDecl>(D->getCanonicalDecl())),
                        [](const Use &X) { return X.is(Use::Stores | Use::Mutate); });
  });
}

} // namespace

void reportLocals(Code &C, Reporter &R) {
  if (llvm::any_of(C.Events, [](const Event &E) { return E.Kind == Op::WaitCondition; }))
    return; // the lock is there for the sake of the wait
  for (const Event &E : C.Events) {
    const auto *V = E.Object.Path.empty() ? dyn_cast_or_null<VarDecl>(E.Object.Root) : nullptr;
    if (E.Kind != Op::Acquire || !E.Guard || !V || !isLock(C.U.role(V->getType())) || !isOfOneCall(C, V) ||
        !changesShared(C))
      continue;
    R.report(E.loc(),
             "'" + V->getNameAsString() +
                 "' is a local variable, so that every call locks a mutex of its own; nothing is guarded (data race); "
                 "make it a member, or static",
             {{V->getLocation(), "it is declared here"}});
    return;
  }
}

} // namespace heddle::unnamed_guard

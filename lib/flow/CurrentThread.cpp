#include "CurrentThread.h"
#include "Guards.h"
#include "Unit.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {

static constexpr unsigned MaxDepth = 3;

/// A function without arguments that yields the thread, by the role of the type, or its number.
static bool yieldsCurrentThread(Unit &U, const FunctionDecl *F) {
  const auto *M = dyn_cast<CXXMethodDecl>(F);
  QualType T = F->getReturnType();
  if (F->getNumParams() || T->isVoidType() || (M && !M->isStatic()))
    return false;
  const auto *In = dyn_cast<NamespaceDecl>(F->getDeclContext());
  const auto *Named = T->getAs<TypedefType>();
  return isTaskHandle(U.role(U.pointee(T))) || (In && In->getName() == "this_thread") ||
         (Named && Named->getDecl()->getName() == "pthread_t") ||
         (F->isExternC() && F->getIdentifier() && F->getName() == "gettid");
}

static bool asks(const Code &C, const Stmt *S, unsigned Depth) {
  return anyOf<Expr>(S, Walk::WithImplicit, [&](const Expr *E) {
    if (const auto *DR = dyn_cast<DeclRefExpr>(E))
      if (const auto *V = dyn_cast<VarDecl>(DR->getDecl()))
        return V->getTLSKind() != VarDecl::TLS_None;
    const auto *Call = dyn_cast<CallExpr>(E);
    const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
    if (!F)
      return false;
    if (yieldsCurrentThread(C.U, F))
      return true;
    if (const FunctionDecl *Def = C.U.visible(F))
      return Depth < MaxDepth && F->getNumParams() == 0 && asks(C, Def->getBody(), Depth + 1);
    return F->getReturnType()->isBooleanType() && F->getIdentifier() && F->getName().contains_insensitive("thread");
  });
}

bool asksForThread(const Code &C, const Stmt *S) { return asks(C, S, 0); }

bool isThreadAsked(const Code &C, const Stmt *S) {
  return llvm::any_of(guards(C, S), [&](const Guard &G) { return asksForThread(C, G.Condition); });
}

} // namespace heddle

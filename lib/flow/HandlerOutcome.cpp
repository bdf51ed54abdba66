#include "HandlerOutcome.h"
#include "Calls.h"
#include "Guards.h"
#include "Mentions.h"
#include "Unwrap.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {

namespace {

constexpr unsigned MaxDepth = 3;
using Outcome = llvm::SmallPtrSet<const ValueDecl *, 2>;

bool mentionsOne(const Stmt *S, const Outcome &All) {
  return llvm::any_of(All, [&](const ValueDecl *D) { return mentions(S, D); });
}

const MemberExpr *find(Unit &U, const FunctionDecl *Body, Outcome Told, unsigned Depth) {
  const Code *C = Body && Depth < MaxDepth ? U.code(Body) : nullptr;
  if (!C)
    return nullptr;
  // `bool aborted = error == operation_aborted;`
  forEach<DeclStmt>(C->Fn->getBody(), Walk::NoLambdas, [&](const DeclStmt *DS) {
    for (const Decl *D : DS->decls())
      if (const auto *V = dyn_cast<VarDecl>(D); V && V->getInit() && mentionsOne(V->getInit(), Told))
        Told.insert(V);
  });
  auto Asked = [&](const Stmt *S) {
    return llvm::any_of(guards(*C, S), [&](const Guard &G) { return mentionsOne(G.Condition, Told); });
  };
  const MemberExpr *Found = nullptr;
  forEach<MemberExpr>(C->Fn->getBody(), Walk::NoLambdas, [&](const MemberExpr *M) {
    if (Found || !isa<CXXThisExpr>(unwrap(M->getBase())) || Asked(M))
      return;
    if (isa<FieldDecl>(M->getMemberDecl())) {
      Found = M;
      return;
    }
    const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(C->parent(M));
    const FunctionDecl *Callee = Call ? U.visible(Call->getMethodDecl()) : nullptr;
    if (!Callee || Callee == C->Fn)
      return;
    Outcome Passed;
    for (const ParmVarDecl *P : Callee->parameters())
      if (const Expr *A = argument(Call, P); A && mentionsOne(A, Told))
        Passed.insert(P);
    Found = find(U, Callee, Passed, Depth + 1);
  });
  return Found;
}

} // namespace

const MemberExpr *usedUnasked(Unit &U, const CallableRef &Handler) {
  Outcome Told;
  if (Handler.Body)
    Told.insert(Handler.Body->param_begin(), Handler.Body->param_end());
  return find(U, Handler.Body, Told, 0);
}

} // namespace heddle

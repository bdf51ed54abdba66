#include "Confinement.h"
#include "CurrentThread.h"
#include "Guards.h"
#include "MakeFacts.h"
#include "Order.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {

static constexpr unsigned MaxDepth = 3;

/// Returns true if the call does not come back: `abort()`, `__assert_fail(…)`.
static bool endsProgram(const Stmt *S) {
  const auto *E = dyn_cast_or_null<Expr>(S);
  const auto *Call = E ? dyn_cast<CallExpr>(E->IgnoreParenCasts()) : nullptr;
  const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
  return F && F->isNoReturn();
}

/// `assert(isInLoopThread())`, and macros like it.
static bool isAssertion(const Code &C, const Stmt *S) {
  const auto *X = dyn_cast<ConditionalOperator>(S);
  return X && (endsProgram(X->getTrueExpr()) || endsProgram(X->getFalseExpr())) && asksForThread(C, X->getCond());
}

/// Returns true if the function does not return on the wrong thread: it leaves by an exception, or ends the program.
bool Confinement::refuses(const FunctionDecl *F) {
  Code *C = F ? U.code(F) : nullptr;
  if (!C)
    return false;
  auto [It, New] = Refusing.try_emplace(F);
  if (!New)
    return It->second;
  bool Does = anyOf<Stmt>(C->Fn->getBody(), Walk::NoLambdas, [&](const Stmt *S) {
    if (isAssertion(*C, S))
      return true;
    const auto *Call = dyn_cast<CallExpr>(S);
    const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
    if (isa<CXXThrowExpr>(S) || (Callee && Callee->isNoReturn()))
      return isThreadAsked(*C, S);
    return Callee && refuses(U.visible(Callee)) && U.get<Order>().onEveryPath(*C, S);
  });
  return Refusing[F] = Does;
}

bool Confinement::isConfined(Code &C, const Stmt *S, unsigned Depth) {
  if (isThreadAsked(C, S))
    return true;
  bool Asserted = anyOf<Stmt>(C.Fn->getBody(), Walk::NoLambdas, [&](const Stmt *X) {
    const auto *Call = dyn_cast<CallExpr>(X);
    return ((Call && refuses(U.visible(Call->getDirectCallee()))) || isAssertion(C, X)) &&
           U.get<Order>().dominates(C, X, S);
  });
  if (Asserted || Depth == MaxDepth || !U.get<Callers>().areKnown(C))
    return Asserted;
  auto Up = U.get<Calls>().callers(C.Fn);
  return !Up.empty() && llvm::all_of(Up, [&](const CallEdge &Step) {
           Code *Caller = U.code(Step.In->Fn);
           return !Step.Task && Caller && Caller != &C && isConfined(*Caller, Step.Site, Depth + 1);
         });
}

Confinement::Confinement(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<Confinement>(Unit &);

} // namespace heddle

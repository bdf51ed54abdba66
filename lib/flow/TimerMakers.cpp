#include "TimerMakers.h"
#include "Calls.h"
#include "MakeFacts.h"
#include "Mentions.h"
#include "Unwrap.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {

static constexpr unsigned MaxDepth = 3;

bool TimerMakers::returns(const FunctionDecl *F, unsigned Depth) {
  auto [It, New] = Returning.try_emplace({F, Depth}, false);
  const Code *C = New ? U.code(F) : nullptr;
  if (!C)
    return It->second;
  bool Any = false;
  for (const ReturnStmt *R : returnsIn(C->Fn->getBody())) {
    const Expr *Value = R->getRetValue();
    if (!Value || Value->isValueDependent())
      return false;
    if (Value->isEvaluatable(U.Ctx))
      continue; // -1, nullptr: it failed
    if (!makes(*C, Value, Depth))
      return false;
    Any = true;
  }
  return It->second = Any;
}

bool TimerMakers::makes(const Code &C, const Expr *Value, unsigned Depth) {
  Value = unwrap(Value);
  if (const auto *DR = dyn_cast<DeclRefExpr>(Value)) {
    const auto *V = dyn_cast<VarDecl>(DR->getDecl());
    if (!V || !V->isLocalVarDecl() || !V->hasLocalStorage())
      return false;
    if (llvm::any_of(C.Events, [&](const Event &E) {
          return E.Kind == Op::CreateTimer && E.Object.valid() && E.Object.Root == V && E.Object.Path.empty();
        }))
      return true;
    return V->getInit() && !C.isModified(V) && makes(C, V->getInit(), Depth);
  }
  const auto *Call = dyn_cast<CallExpr>(Value);
  if (!Call)
    return false;
  if (llvm::any_of(C.at(Call), [&](unsigned I) { return C.Events[I].Kind == Op::CreateTimer; }))
    return true;
  const FunctionDecl *F = U.visible(Call->getDirectCallee());
  return F && F != C.Fn && Depth < MaxDepth && returns(F, Depth + 1);
}

const std::vector<MadeTimer> &TimerMakers::in(const Code &C) {
  auto [It, New] = Made.try_emplace(&C);
  if (New)
    forEach<CallExpr>(C.Fn, Walk::NoLambdas, [&](const CallExpr *Call) {
      const FunctionDecl *F = U.visible(Call->getDirectCallee());
      bool Bare = F && (F->getReturnType()->isIntegerType() || F->getReturnType()->isPointerType());
      if (!Bare || F == C.Fn || !returns(F, 1))
        return;
      if (auto Where = C.destination(Call))
        It->second.push_back({Call, *Where});
    });
  return It->second;
}

TimerMakers::TimerMakers(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<TimerMakers>(Unit &);

} // namespace heddle

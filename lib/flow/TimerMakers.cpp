#include "TimerMakers.h"
#include "Calls.h"
#include "Mentions.h"
#include "Unwrap.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {

static constexpr unsigned MaxDepth = 3;

/// The creation of the timer that the value is, or null.
static const Event *makes(const Code &C, const Expr *Value, unsigned Depth);

/// The creation of what the function returns; null if some return yields anything else than a timer or a constant.
static const Event *returns(const Code &C, unsigned Depth) {
  const Event *Found = nullptr;
  for (const ReturnStmt *R : returnsIn(C.Fn->getBody())) {
    const Expr *Value = R->getRetValue();
    if (!Value || Value->isValueDependent())
      return nullptr;
    if (Value->isEvaluatable(C.U.Ctx))
      continue; // -1, nullptr: it failed
    const Event *E = makes(C, Value, Depth);
    if (!E)
      return nullptr;
    Found = E;
  }
  return Found;
}

static const Event *makes(const Code &C, const Expr *Value, unsigned Depth) {
  Value = unwrap(Value);
  if (const auto *DR = dyn_cast<DeclRefExpr>(Value)) {
    const auto *V = dyn_cast<VarDecl>(DR->getDecl());
    if (!V || !V->isLocalVarDecl() || !V->hasLocalStorage())
      return nullptr;
    for (const Event &E : C.Events)
      if (E.Kind == Op::CreateTimer && E.Object.valid() && E.Object.Root == V && E.Object.Path.empty())
        return &E;
    return V->getInit() && !C.isModified(V) ? makes(C, V->getInit(), Depth) : nullptr;
  }
  const auto *Call = dyn_cast<CallExpr>(Value);
  if (!Call)
    return nullptr;
  for (unsigned I : C.at(Call))
    if (C.Events[I].Kind == Op::CreateTimer)
      return &C.Events[I];
  const FunctionDecl *F = C.U.visible(Call->getDirectCallee());
  const Code *Inner = F && F != C.Fn && Depth < MaxDepth ? C.U.code(F) : nullptr;
  return Inner ? returns(*Inner, Depth + 1) : nullptr;
}

std::vector<MadeTimer> madeTimers(const Code &C) {
  std::vector<MadeTimer> Out;
  forEach<CallExpr>(C.Fn, Walk::NoLambdas, [&](const CallExpr *Call) {
    const FunctionDecl *F = C.U.visible(Call->getDirectCallee());
    bool Bare = F && (F->getReturnType()->isIntegerType() || F->getReturnType()->isPointerType());
    const Code *Inner = Bare && F != C.Fn ? C.U.code(F) : nullptr;
    const Event *Makes = Inner ? returns(*Inner, 1) : nullptr;
    if (auto Where = Makes ? C.destination(Call) : std::nullopt)
      Out.push_back({Call, *Where, Makes});
  });
  return Out;
}

} // namespace heddle

// What is written down and never runs.
#pragma once

#include "clang/AST/ASTContext.h"
#include "clang/AST/Expr.h"
#include "clang/Basic/Builtins.h"
#include "llvm/ADT/SmallVector.h"

namespace heddle {

/// The operands of this one statement that are never evaluated: those of a builtin that only asks what they are
/// (`__builtin_constant_p(x)`), and what stands behind `false &&` and `true ||`. Test macros name their expression so,
/// to check it, beside the place at which it runs.
inline llvm::SmallVector<const clang::Expr *, 2> neverEvaluated(const clang::Stmt *S, const clang::ASTContext &Ctx) {
  llvm::SmallVector<const clang::Expr *, 2> Dead;
  if (const auto *B = llvm::dyn_cast<clang::BinaryOperator>(S); B && B->isLogicalOp()) {
    bool Left = false;
    if (!B->getLHS()->isValueDependent() && B->getLHS()->EvaluateAsBooleanCondition(Left, Ctx) &&
        Left == (B->getOpcode() == clang::BO_LOr))
      Dead.push_back(B->getRHS());
  } else if (const auto *Call = llvm::dyn_cast<clang::CallExpr>(S))
    if (unsigned Builtin = Call->getBuiltinCallee(); Builtin && Ctx.BuiltinInfo.isUnevaluated(Builtin))
      Dead.append(Call->arg_begin(), Call->arg_end());
  return Dead;
}

} // namespace heddle

// Looking through what clang puts around an expression.
#pragma once

#include "Classes.h"

#include "clang/AST/Expr.h"
#include "clang/AST/ExprCXX.h"

namespace heddle {

/// The expression inside parentheses, implicit casts and the bookkeeping of temporaries. Null for null.
inline const clang::Expr *unwrap(const clang::Expr *E) {
  while (E) {
    const clang::Expr *Was = E;
    E = E->IgnoreParenImpCasts();
    if (const auto *X = llvm::dyn_cast<clang::FullExpr>(E)) // cleanups, constant expressions
      E = X->getSubExpr();
    else if (const auto *X = llvm::dyn_cast<clang::MaterializeTemporaryExpr>(E))
      E = X->getSubExpr();
    else if (const auto *X = llvm::dyn_cast<clang::CXXBindTemporaryExpr>(E))
      E = X->getSubExpr();
    if (E == Was)
      return E;
  }
  return E;
}

/// The expression inside parentheses and implicit casts. Null for null.
inline const clang::Expr *bare(const clang::Expr *E) { return E ? E->IgnoreParenImpCasts() : nullptr; }

/// The member of this object that the expression itself names, or null.
inline const clang::FieldDecl *thisField(const clang::Expr *E) {
  const auto *M = llvm::dyn_cast_or_null<clang::MemberExpr>(unwrap(E));
  return M && llvm::isa<clang::CXXThisExpr>(unwrap(M->getBase()))
             ? llvm::dyn_cast<clang::FieldDecl>(M->getMemberDecl())
             : nullptr;
}

/// How many of the written arguments stand before those of the callee's parameters: the object of a member operator.
inline unsigned firstArgument(const clang::CallExpr &Call) {
  return llvm::isa<clang::CXXOperatorCallExpr>(Call) &&
                 llvm::isa_and_nonnull<clang::CXXMethodDecl>(Call.getDirectCallee())
             ? 1
             : 0;
}

/// Returns true if the call yields the address of its only argument, or a wrapper of it: std::addressof, std::ref,
/// std::cref.
inline bool takesAddress(const clang::CallExpr &Call) {
  const clang::FunctionDecl *F = Call.getDirectCallee();
  if (!F || Call.getNumArgs() != 1 || !F->isInStdNamespace() || F->isOverloadedOperator() ||
      llvm::isa<clang::CXXMethodDecl>(F))
    return false;
  return Call.getType()->isPointerType() || isReferenceWrapper(Call.getType());
}

} // namespace heddle

// What a statement mentions, and what it returns.
#pragma once

#include "clang/AST/ExprCXX.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"

namespace heddle {

/// Returns true if the predicate holds for the statement or one in it. Lambdas count with what they capture and with
/// their bodies.
inline bool mentions(const clang::Stmt *S, llvm::function_ref<bool(const clang::Stmt *)> Fits) {
  return S && (Fits(S) || llvm::any_of(S->children(), [&](const clang::Stmt *X) { return mentions(X, Fits); }));
}

/// Returns true if the statement names the variable, or the member of any object.
inline bool mentions(const clang::Stmt *S, const clang::ValueDecl *D) {
  const clang::Decl *Canonical = D->getCanonicalDecl();
  return mentions(S, [&](const clang::Stmt *X) {
    if (const auto *DR = llvm::dyn_cast<clang::DeclRefExpr>(X))
      return DR->getDecl()->getCanonicalDecl() == Canonical;
    const auto *M = llvm::dyn_cast<clang::MemberExpr>(X);
    return M && M->getMemberDecl()->getCanonicalDecl() == Canonical;
  });
}

/// The return statements in it, in source order; not those of lambdas.
inline void collectReturns(const clang::Stmt *S, llvm::SmallVectorImpl<const clang::ReturnStmt *> &Into) {
  if (!S || llvm::isa<clang::LambdaExpr>(S))
    return;
  if (const auto *R = llvm::dyn_cast<clang::ReturnStmt>(S))
    Into.push_back(R);
  for (const clang::Stmt *X : S->children())
    collectReturns(X, Into);
}
inline llvm::SmallVector<const clang::ReturnStmt *, 4> returnsIn(const clang::Stmt *S) {
  llvm::SmallVector<const clang::ReturnStmt *, 4> All;
  collectReturns(S, All);
  return All;
}

/// What a function that does nothing else returns; null for any other. \p Statements: how many the body may have, the
/// last of which returns.
inline const clang::Expr *onlyReturned(const clang::FunctionDecl *Def, unsigned Statements = 1) {
  const auto *Body = Def ? llvm::dyn_cast_or_null<clang::CompoundStmt>(Def->getBody()) : nullptr;
  bool Short = Body && !Body->body_empty() && Body->size() <= Statements;
  const auto *R = Short ? llvm::dyn_cast<clang::ReturnStmt>(Body->body_back()) : nullptr;
  return R ? R->getRetValue() : nullptr;
}

} // namespace heddle

// Statements that are nothing but a value that nobody takes.
#pragma once

#include "clang/AST/Expr.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace heddle {

/// Calls \p Found with every full expression of a body whose value is dropped, without the bodies of lambdas. A cast to
/// void is no drop: it says that the value is not wanted.
inline void forEachDiscarded(const clang::Stmt *S, llvm::function_ref<void(const clang::Expr *)> Found) {
  if (!S || llvm::isa<clang::Expr, clang::DeclStmt, clang::ReturnStmt>(S))
    return;
  const clang::Stmt *Used = nullptr, *Other = nullptr; // conditions: their value is asked for
  if (const auto *X = llvm::dyn_cast<clang::IfStmt>(S))
    Used = X->getCond();
  else if (const auto *X = llvm::dyn_cast<clang::WhileStmt>(S))
    Used = X->getCond();
  else if (const auto *X = llvm::dyn_cast<clang::DoStmt>(S))
    Used = X->getCond();
  else if (const auto *X = llvm::dyn_cast<clang::ForStmt>(S))
    Used = X->getCond();
  else if (const auto *X = llvm::dyn_cast<clang::SwitchStmt>(S))
    Used = X->getCond();
  else if (const auto *X = llvm::dyn_cast<clang::CaseStmt>(S)) {
    Used = X->getLHS();
    Other = X->getRHS();
  } else if (const auto *X = llvm::dyn_cast<clang::CXXForRangeStmt>(S)) {
    if (const auto *E = llvm::dyn_cast<clang::Expr>(X->getBody()))
      Found(E);
    else
      forEachDiscarded(X->getBody(), Found);
    return;
  } else if (llvm::isa<clang::CoreturnStmt>(S))
    return;
  for (const clang::Stmt *Child : S->children()) {
    if (!Child || Child == Used || Child == Other)
      continue;
    if (const auto *E = llvm::dyn_cast<clang::Expr>(Child))
      Found(E);
    else
      forEachDiscarded(Child, Found);
  }
}

} // namespace heddle

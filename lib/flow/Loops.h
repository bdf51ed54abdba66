// Which loop a statement stands in, and what its header says.
#pragma once

#include "Code.h"
#include "support/Walk.h"

#include "clang/AST/StmtCXX.h"

namespace heddle {

inline bool isLoop(const clang::Stmt *S) {
  return llvm::isa_and_nonnull<clang::ForStmt, clang::WhileStmt, clang::DoStmt, clang::CXXForRangeStmt>(S);
}

inline const clang::Stmt *loopBody(const clang::Stmt *Loop) {
  if (const auto *W = llvm::dyn_cast<clang::WhileStmt>(Loop))
    return W->getBody();
  if (const auto *D = llvm::dyn_cast<clang::DoStmt>(Loop))
    return D->getBody();
  if (const auto *F = llvm::dyn_cast<clang::ForStmt>(Loop))
    return F->getBody();
  if (const auto *F = llvm::dyn_cast<clang::CXXForRangeStmt>(Loop))
    return F->getBody();
  return nullptr;
}

/// The counting loop whose variable it is: declared in the header, with an increment; or null.
inline const clang::ForStmt *countingLoop(const Code &C, const clang::VarDecl *V) {
  return findFirst<clang::ForStmt>(C.Fn->getBody(), Walk::NoLambdas, [&](const clang::ForStmt *F) {
    const auto *DS = llvm::dyn_cast_or_null<clang::DeclStmt>(F->getInit());
    return DS && F->getInc() && llvm::is_contained(DS->decls(), V);
  });
}

/// Null for `for (;;)` and for a range.
inline const clang::Expr *loopCondition(const clang::Stmt *Loop) {
  if (const auto *W = llvm::dyn_cast<clang::WhileStmt>(Loop))
    return W->getCond();
  if (const auto *D = llvm::dyn_cast<clang::DoStmt>(Loop))
    return D->getCond();
  if (const auto *F = llvm::dyn_cast<clang::ForStmt>(Loop))
    return F->getCond();
  return nullptr;
}

inline bool within(const Code &C, const clang::Stmt *Inner, const clang::Stmt *Outer) {
  for (const clang::Stmt *S = Inner; S; S = C.parent(S))
    if (S == Outer)
      return true;
  return false;
}

/// Returns true if the variable is declared in the statement, a loop's header included.
inline bool declaredIn(const clang::Stmt *S, const clang::VarDecl *V) {
  return anyOf<clang::DeclStmt>(S, [&](const clang::DeclStmt *D) { return llvm::is_contained(D->decls(), V); });
}

/// Returns true if the statement stands in the block of what \p Decl declares, or of which it is an expression.
inline bool inScopeOf(const Code &C, const clang::Stmt *Decl, const clang::Stmt *S) {
  while (Decl && !llvm::isa<clang::CompoundStmt>(Decl))
    Decl = C.parent(Decl);
  return Decl && within(C, S, Decl);
}

/// Returns true if the statement stands in a loop, its header included.
inline bool inLoop(const Code &C, const clang::Stmt *S) {
  for (; S; S = C.parent(S))
    if (isLoop(S))
      return true;
  return false;
}

/// The innermost loop of this body whose body holds the statement, or null.
inline const clang::Stmt *enclosingLoop(const Code &C, const clang::Stmt *S) {
  const clang::Stmt *Child = S;
  for (const clang::Stmt *P = C.parent(S); P; Child = P, P = C.parent(P))
    if (loopBody(P) == Child)
      return P;
  return nullptr;
}

} // namespace heddle

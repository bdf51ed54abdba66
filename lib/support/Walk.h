// Finds nodes of the syntax tree below a statement, without a visitor class.
#pragma once

#include "clang/AST/Decl.h"
#include "clang/AST/Stmt.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Casting.h"

namespace heddle {

/// What a walk does after a node.
enum class Step {
  In,   ///< visits what the node contains
  Over, ///< leaves out what the node contains
  Out   ///< ends
};

/// Which parts of a body a walk visits.
enum class Walk {
  Whole,        ///< as written: with the bodies of lambdas, without implicit code
  NoLambdas,    ///< lambdas themselves, but nothing in them: neither captures nor bodies
  WithImplicit, ///< with the code that the compiler adds: copies of captures, the iterators of a range-for, defaults
};

/// Visits \p S and what it contains, in source order. Returns false if the walk was ended by Step::Out.
bool walk(const clang::Stmt *S, Walk What, llvm::function_ref<Step(const clang::Stmt *)> Visit);

/// The same for the body of a function and, before it, the initialisers of a constructor.
bool walk(const clang::FunctionDecl *F, Walk What, llvm::function_ref<Step(const clang::Stmt *)> Visit);

/// Calls \p Found with each node of this kind in \p S: a statement, or a function with its initialisers.
template <class Node, class Root>
void forEach(const Root *S, Walk What, llvm::function_ref<void(const Node *)> Found) {
  walk(S, What, [&](const clang::Stmt *X) {
    if (const auto *N = llvm::dyn_cast<Node>(X))
      Found(N);
    return Step::In;
  });
}
template <class Node> void forEach(const clang::Stmt *S, llvm::function_ref<void(const Node *)> Found) {
  forEach<Node>(S, Walk::Whole, Found);
}

/// The first node of this kind in \p S that fits, or null.
template <class Node>
const Node *findFirst(const clang::Stmt *S, Walk What, llvm::function_ref<bool(const Node *)> Fits) {
  const Node *Found = nullptr;
  walk(S, What, [&](const clang::Stmt *X) {
    const auto *N = llvm::dyn_cast<Node>(X);
    if (!N || !Fits(N))
      return Step::In;
    Found = N;
    return Step::Out;
  });
  return Found;
}
template <class Node> const Node *findFirst(const clang::Stmt *S, llvm::function_ref<bool(const Node *)> Fits) {
  return findFirst<Node>(S, Walk::Whole, Fits);
}

/// Returns true if a node of this kind in \p S fits.
template <class Node> bool anyOf(const clang::Stmt *S, Walk What, llvm::function_ref<bool(const Node *)> Fits) {
  return findFirst<Node>(S, What, Fits);
}
template <class Node> bool anyOf(const clang::Stmt *S, llvm::function_ref<bool(const Node *)> Fits) {
  return findFirst<Node>(S, Walk::Whole, Fits);
}

} // namespace heddle

// Whether all who enter a body are known.
#pragma once

#include "Calls.h"

namespace heddle {

/// Judges what Calls::callers names. Not thread-safe; belongs to one Unit.
class Callers {
public:
  explicit Callers(Unit &U);

  /// Returns true if no other code enters the body: that of a private member, of a function of this file
  /// alone, of a lambda; if its address is taken, events say what becomes of it. Other files of the same class count as
  /// if they did the same.
  bool areKnown(const Code &C);
  /// Returns true if a parameter leads to the callee: whoever gave the callable for it is the caller that counts.
  static bool throughParameter(const CallEdge &Step);
  /// Returns true if a constructor calls a member of the object that it makes, which nobody else has yet.
  static bool inConstruction(const CallEdge &Step);

  /// What the callers give for a parameter. Where the one caller passes on a parameter of its own, what its callers
  /// give for that; empty if no caller is seen.
  llvm::SmallVector<const clang::Expr *, 4> given(const clang::FunctionDecl *F, const clang::ParmVarDecl *P);

  /// Returns true if this mention of a value is an argument for a parameter that the callee, whose body is seen, never
  /// names, or only passes on to such: it takes the type alone.
  bool ignores(const Code &C, const clang::DeclRefExpr *Mention) { return ignores(C, Mention, 0); }

private:
  bool ignores(const Code &C, const clang::DeclRefExpr *Mention, unsigned Depth);
  bool addressTaken(const clang::FunctionDecl *F);

  Unit &U;
  llvm::DenseSet<const clang::FunctionDecl *> Addressed;
  bool AddressedKnown = false;
};

} // namespace heddle

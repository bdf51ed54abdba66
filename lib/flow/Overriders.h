// Which body a call of a virtual member runs.
#pragma once

#include "Unit.h"

namespace heddle {

/// Answers for one unit. Not thread-safe (`U.get<Overriders>()`).
class Overriders {
public:
  explicit Overriders(Unit &U) : U(U) {}

  /// The one body of the run that overrides \p Base, which has no body itself; null if there are several or none.
  /// Others may be declared.
  const clang::CXXMethodDecl *visible(const clang::CXXMethodDecl *Base);
  /// Returns true if nothing that is declared in this unit, but \p Body, overrides \p Base: a call of it runs that
  /// body. Walks all declarations of the unit when it is asked for the first time.
  bool isOnly(const clang::CXXMethodDecl *Body, const clang::CXXMethodDecl *Base);

private:
  Unit &U;
  bool Known = false;
  /// The members that override each virtual member, at any distance; canonical, without pure ones.
  llvm::DenseMap<const clang::CXXMethodDecl *, llvm::SmallVector<const clang::CXXMethodDecl *, 2>> All;
};

} // namespace heddle

// What overrides a virtual member, seen or not. Calls knows the overriders that have a body.
#pragma once

#include "Unit.h"

namespace heddle {

/// Answers for one unit. Not thread-safe (`U.get<Overriders>()`).
class Overriders {
public:
  explicit Overriders(Unit &U);

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

// Where a value is stored that is handed to functions.
#pragma once

#include "Calls.h"
#include "ValueFlow.h"

namespace heddle {

/// A variable or member in which a value stays.
struct Stored {
  Place At;                               ///< in the names of the body that was asked
  llvm::SmallVector<CallEdge, 2> Through; ///< the calls that hand the value on, outermost first
};

/// Follows values through the parameters of visible functions to what those put them in: a member of their object, a
/// container, a global. Not by paths: what a function may store counts. Places without a name in the body that was
/// asked are left out. Nothing is kept; a question costs one walk over each body that the value comes to.
class Storage {
public:
  explicit Storage(Unit &U);

  llvm::SmallVector<Stored, 1> of(const Code &C, const clang::Expr *E);

private:
  void add(const Code &C, const Flow &F, unsigned Depth, llvm::SmallVectorImpl<Stored> &Into);

  Unit &U;
};

} // namespace heddle

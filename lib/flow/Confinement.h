// Code that runs on one thread alone, since it refuses to run on any other.
#pragma once

#include "Callers.h"

namespace heddle {

/// Finds the checks that loops and widgets make before they touch what is theirs: `if (!isInLoopThread()) abort();`,
/// `assert(std::this_thread::get_id() == owner_);`, `assertInLoopThread();`. Which thread that is, is not asked: of two
/// objects, each may have its own. Not thread-safe (`U.get<Confinement>()`).
class Confinement {
public:
  explicit Confinement(Unit &U);

  /// Returns true if the statement is reached only on the thread for which the body, or every caller where all of them
  /// are known, has asked before.
  bool isConfined(Code &C, const clang::Stmt *S) { return isConfined(C, S, 0); }

private:
  bool isConfined(Code &C, const clang::Stmt *S, unsigned Depth);
  bool refuses(const clang::FunctionDecl *F);

  Unit &U;
  llvm::DenseMap<const clang::FunctionDecl *, bool> Refusing;
};

} // namespace heddle

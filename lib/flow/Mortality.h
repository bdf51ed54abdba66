// Whether objects of a class end while the program goes on.
#pragma once

#include "Unit.h"

#include "llvm/ADT/DenseSet.h"

namespace heddle {

/// Returns true if the class shares itself: it derives from enable_shared_from_this.
bool sharesItself(const clang::CXXRecordDecl *RD);

/// Answers for one unit, whose bodies are read once. Not thread-safe (`U.get<Mortality>()`).
class Mortality {
public:
  explicit Mortality(Unit &U);

  /// Returns true if objects of the class may end before others: they share themselves, have a destructor that was
  /// written or declared, are made on the heap in this unit, are dropped, or are parts of objects of which that is
  /// true; not those that are all locals of functions which run the loop meanwhile. False means "not seen".
  bool canEnd(const clang::CXXRecordDecl *RD);
  /// Returns true if a body that is no destructor drops objects of the class: it takes elements, which are or own them,
  /// out of a container that is a member, or empties a member that owns one; or of objects of which
  /// they are a part. Not where it moves them elsewhere, nor
  /// where the objects themselves have it called.
  bool isDropped(const clang::CXXRecordDecl *RD);

private:
  bool canEnd(const clang::CXXRecordDecl *RD, unsigned Depth);
  void findDropped(Code &C);
  bool isOfLoopRuns(const clang::CXXRecordDecl *RD);

  Unit &U;
  llvm::DenseSet<const clang::CXXRecordDecl *> Dropped;
  bool DroppedKnown = false;
  llvm::DenseSet<const clang::CXXRecordDecl *> OnHeap; ///< made with `new`, make_unique, make_shared
};

} // namespace heddle

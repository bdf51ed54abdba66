// The operations of a unit by the variable or member that they are about.
#pragma once

#include "Unit.h"

#include "llvm/ADT/MapVector.h"

namespace heddle {

/// One operation, and where it is done.
struct IndexedEvent {
  Code *In = nullptr;
  const Event *What = nullptr;
  bool Element = false; ///< about an element of the container that is named
};

/// The events of all bodies of the run, lambdas included. An object is found under the last variable or member of its
/// name; the loop variable or iterator that leads to an element, under the container. Made in one pass when first asked
/// for.
class EventIndex {
public:
  explicit EventIndex(Unit &U);

  /// In the order of bodies, then of the source. \p D of any object of its class, when it is a member.
  llvm::ArrayRef<IndexedEvent> about(const clang::ValueDecl *D) const;
  /// Everything that has events, in the order of the first.
  llvm::ArrayRef<const clang::ValueDecl *> objects() const { return Objects; }

private:
  llvm::DenseMap<const clang::ValueDecl *, std::vector<IndexedEvent>> Events;
  std::vector<const clang::ValueDecl *> Objects;
};

} // namespace heddle

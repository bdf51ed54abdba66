// In which order the bodies of a unit take locks.
#pragma once

#include "CriticalSections.h"

#include <map>

namespace heddle {

/// A lock that is taken while another one is held.
struct OrderedLocks {
  Code *In = nullptr; ///< the body that holds the first
  UnderLock Second;
  const clang::ValueDecl *Held = nullptr, *Taken = nullptr;
};

/// Locks are identified by the variable or member that they are, not by the object whose member it is: two objects of
/// one class have no order. Locals and elements of containers have none either. Locks that are taken all at once,
/// tried, or held already when they are taken make no pair. Not thread-safe (`U.get<LockOrder>()`).
class LockOrder {
public:
  explicit LockOrder(Unit &U) : U(U) {}

  /// All pairs of the unit, in the order of bodies and then of the source.
  const std::vector<OrderedLocks> &pairs();
  /// Pairs that are taken in both orders, such that two threads can wait for each other: neither under a third lock
  /// that both orders hold, nor all in shared mode. Each two locks once, the pair that stands first in the source
  /// first.
  std::vector<std::pair<const OrderedLocks *, const OrderedLocks *>> inversions();

private:
  bool canMeet(const OrderedLocks &A, const OrderedLocks &B);

  Unit &U;
  std::vector<OrderedLocks> Pairs;
  bool Known = false;
};

} // namespace heddle

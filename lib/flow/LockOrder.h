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

/// The same lock of two objects is taken by one body, and two threads enter it with the objects exchanged.
struct CrossedLocks {
  UnderLock Second; ///< the one that is locked last, in the body that takes both
  CallEdge One, Other; ///< the calls, in which the object that is locked first is the other one's second
};

/// Locks are identified by the variable or member that they are, not by the object whose member it is: two objects of
/// one class have no order. Locals and elements of containers have none either. Locks that are taken all at once,
/// tried, or held already when they are taken make no pair. Not thread-safe (`U.get<LockOrder>()`).
class LockOrder {
public:
  explicit LockOrder(Unit &U);

  /// All pairs of the unit, in the order of bodies and then of the source.
  const std::vector<OrderedLocks> &pairs();
  /// Pairs that are taken in both orders, such that two threads can wait for each other: neither under a third lock
  /// that both orders hold, nor all in shared mode. Each two locks once, the pair that stands first in the source
  /// first.
  std::vector<std::pair<const OrderedLocks *, const OrderedLocks *>> inversions();
  /// Of `this` and a parameter, or of two parameters, where the calls name the objects by variables. A body that
  /// compares which of two comes first, `&a < &b`, has an order. Each body once.
  std::vector<CrossedLocks> crossed();

private:
  std::optional<CrossedLocks> exchanged(Code &C, const UnderLock &X);
  bool canMeet(const OrderedLocks &A, const OrderedLocks &B);

  Unit &U;
  std::vector<OrderedLocks> Pairs;
  bool Known = false;
};

} // namespace heddle

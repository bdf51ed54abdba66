// What a thread waits for at one operation.
#pragma once

#include "Unit.h"

namespace heddle {

/// For what an operation may make its thread wait.
enum class WaitFor {
  Nothing,
  Time,         ///< a sleep
  Task,         ///< one task: a join
  Tasks,        ///< several of them, or a count
  Result,       ///< a future
  Item,         ///< from a channel
  Notification, ///< of a condition or an atomic
  Permit,       ///< of a semaphore
  Outside,      ///< the network, another process, a user
  File
};

/// Tells operations that wait from those that only look like it: with a flag for "do not wait", a bound of zero, on a
/// descriptor that this unit makes non-blocking, for a result that was just seen to be ready. Sends into channels are
/// none of these (see Unit::blocks). Locks are none either. Not thread-safe (`U.get<Blocking>()`).
class Blocking {
public:
  explicit Blocking(Unit &U);

  WaitFor waits(Code &C, const Event &E);
  /// The number with which a bounded wait says how long it may take; the largest one where there is no bound, or none
  /// that is an integer constant.
  std::uint64_t bound(const Event &E) const;
  /// The locks that a wait for a notification releases meanwhile, as the body names them: of a guard that it does not
  /// declare itself, the guard. None where that is not known.
  std::optional<llvm::SmallVector<Place, 1>> givesBack(const Code &C, const Event &E) const;

private:
  bool toldNotToWait(Code &C, const Event &E);
  bool seenReady(Code &C, const Event &E);
  bool makesNonBlocking();

  Unit &U;
  std::optional<bool> NonBlocking; ///< some descriptor of the unit is made non-blocking
};

} // namespace heddle

// Handlers of timers that schedule themselves again, and the paths on which they do not.
#pragma once

#include "Calls.h"
#include "Guards.h"

namespace heddle {

/// A body that runs when a time is over, and that has itself run again later.
struct TimerCycle {
  Code *Body = nullptr;
  const Event *Again = nullptr;     ///< of the body: the registration, or what leads there: a call, an operation
  const Event *Registers = nullptr; ///< hands the body over, or arms the timer that runs it
};

/// A return of such a body before it has scheduled itself again, where the rest of the body does.
struct TimerLapse {
  const clang::ReturnStmt *Leaves = nullptr;
  Guard When;                          ///< the condition that leads there
  const clang::Stmt *Branch = nullptr; ///< what runs under that condition
};

/// Finds the cycles of one unit: through timers that fire once for each registration or are armed again by the handler,
/// and through calls of a library that take a callable and a time. What visible callees do counts, and what the
/// handlers of operations do that the body begins: `async_write(…, [this] { arm(); })`. A timer that fires by itself
/// again and again makes no cycle. Computed once; not thread-safe (`U.get<TimerCycles>()`).
class TimerCycles {
public:
  explicit TimerCycles(Unit &U);

  const std::vector<TimerCycle> &all() const { return Cycles; }
  /// The returns that leave the body unscheduled, in source order; none where the body schedules itself on some paths
  /// only, besides these.
  std::vector<TimerLapse> lapses(const TimerCycle &Cycle);
  /// Returns true if a call of the function schedules the body, in the function or in what it calls.
  bool schedules(const clang::FunctionDecl *F, const TimerCycle &Cycle);
  /// The bodies outside of the cycle that schedule it by a call or registration of their own.
  std::vector<const Code *> starters(const TimerCycle &Cycle);

private:
  struct Registration {
    const Code *In;
    const Event *What;
    llvm::SmallVector<const clang::FunctionDecl *, 2> Runs; ///< the bodies that may run when the time is over
  };
  void findRegistrations();
  void findCycles(Code &C);
  const Registration *registration(const Event &E) const;
  /// The registration of the body to which the event leads; null if it leads to none.
  const Registration *schedulesBy(const Event &E, const clang::FunctionDecl *Body, unsigned Depth);

  Unit &U;
  std::vector<Registration> Registrations;
  std::vector<TimerCycle> Cycles;
};

/// Returns true if the operation hands a callable over that is to run once when a time is over.
bool defersForTime(Unit &U, const Code &C, const Event &E);

} // namespace heddle

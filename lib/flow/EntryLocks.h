// Which locks a body is entered with.
#pragma once

#include "Automaton.h"
#include "Simulation.h"

#include <map>

namespace heddle {

struct CallEdge;

/// The locks that are held whenever a body is entered. HeldLocks counts them. Not thread-safe; belongs to one Unit.
class EntryLocks {
public:
  using Locks = llvm::SmallVector<Place, 2>;

  explicit EntryLocks(Unit &U);

  /// As the body names them:
  ///  - those that an attribute requires (requires_capability);
  ///  - those that all callers hold where all callers are known (Callers.h): of a private member, of a function of this
  ///    file alone, of a lambda. The predicate of a wait for a condition, and a callable that a helper calls under a
  ///    lock, are entered with that lock; a task is entered with none.
  /// A function that nobody is seen to call is entered with none.
  const Locks &of(Code &C);
  /// The states of holding() of a lock that is held at the entry.
  StateMap states(const Code &C, const Place &Lock);
  /// Whether a lock is "held" (once more: "again") or "free", where it is in that state at the entry.
  static Automaton holding(std::string_view AtEntry);
  /// Returns true if a lock with these states of holding() is surely held just before \p S is evaluated.
  static bool isHeld(const StateMap &States, const clang::Stmt *S);

private:
  Locks required(const Code &C) const;
  std::optional<Locks> heldByCallers(Code &C);
  std::optional<Locks> during(const CallEdge &Step);
  std::optional<Locks> heldInHelper(const CallEdge &Step, Code &Helper);

  Simulation Given;
  Unit &U;
  std::map<const Code *, Locks> Entry;
  llvm::DenseSet<const Code *> Entering; ///< whose entry is being computed
};

} // namespace heddle

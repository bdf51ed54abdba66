// Condition variables of a unit: who waits on them until what, and who wakes them.
#pragma once

#include "EventIndex.h"
#include "SharedState.h"

#include "llvm/ADT/SetVector.h"

namespace heddle {

/// One wait on a condition variable.
struct ConditionWait {
  Code *In = nullptr;
  const Event *What = nullptr;
  /// The locks held there, including the one that the wait releases.
  llvm::SmallVector<const clang::ValueDecl *, 2> Locks;
  bool Timed = false;
  bool Short = false;     ///< timed, and by a constant of at most a second: a poll
  bool Predicate = false; ///< it is given one
  bool Looped = false;    ///< it stands in a loop
  bool AsksStop = false;  ///< its predicate asks a token whether a stop was requested
  bool Given = false;     ///< its lock is the caller's: a guard as a parameter, adopted, or required by an attribute
  /// The variables and members that decide whether it waits (on): of its predicate, of the conditions of the loops
  /// around it and of their exits, and of the branches that lead to it, behind the functions that these call.
  llvm::SmallSetVector<const clang::ValueDecl *, 4> Tests;
  /// What it waits for, as written: it waits (on) while the expression has the value.
  llvm::SmallVector<std::pair<const clang::Expr *, bool>, 2> While;
  unsigned Kind = 0; ///< the same as it is written: waiters of two kinds have different ones
};

/// One notification.
struct ConditionNotify {
  Code *In = nullptr;
  const Event *What = nullptr;
  bool One = false; ///< wakes one waiter only, as a model says (its action has not `times: many`)
};

/// A condition variable: a variable, or a member of any object.
struct ConditionVariable {
  const clang::ValueDecl *Of = nullptr;
  std::vector<ConditionWait> Waits;
  std::vector<ConditionNotify> Notifies;

  /// The waits that this variable or member decides.
  llvm::SmallVector<const ConditionWait *, 4> testing(const clang::ValueDecl *D) const;
};

/// A notification behind a change, in the body that does both: itself, or by what it calls.
struct NotifiedChange {
  const Event *Wakes = nullptr; ///< the notification, or the call that leads to it
  Code *In = nullptr;
  const clang::Stmt *Change = nullptr; ///< the change, or the call that leads to it
};

/// A local object whose scope may end as soon as a wait for its condition is over.
struct ShortLived {
  const clang::VarDecl *Object = nullptr; ///< the condition itself, or the object that holds it
  const clang::Stmt *Wait = nullptr;      ///< the wait, or the call that waits
};

/// Answers for one unit, made when first asked for. Waits on atomics, and those that own their state as absl::Mutex
/// does, are none. Not thread-safe (`U.get<Conditions>()`).
class Conditions {
public:
  explicit Conditions(Unit &U);

  const std::vector<ConditionVariable> &all() const { return All; }

  /// The notification that control reaches from behind \p S in this body, itself or in what it calls, or in a caller
  /// behind the call, without a critical section of one of these locks on the way there; none if there is none.
  std::optional<NotifiedChange> notifiedAfter(Code &C, const clang::Stmt *S, const ConditionVariable &V,
                                              llvm::ArrayRef<const clang::ValueDecl *> Locks) {
    return notifiedAfter(C, S, V, Locks, std::nullopt, 0);
  }
  /// Returns true if the body, or what it calls, notifies the condition.
  bool notifies(const Code &C, const ConditionVariable &V);
  /// Returns true if a path leads from the taking of the lock to the wait on which nothing that others may change is
  /// looked at; false if the body does not take it itself.
  bool blind(const ConditionWait &W);
  /// A flag that decides over the wait, but on some path only before the lock was taken, in the same turn of a loop,
  /// and that is changed by who notifies the waiters: they may miss it. Null if there is none.
  const clang::ValueDecl *stale(const ConditionVariable &V, const ConditionWait &W);
  /// Returns true if no path from behind the wait leaves the body without looking at what decided over it.
  bool retested(const ConditionWait &W);
  /// Returns true if the access gives the variable a constant truth value with which the wait lasts as long, or longer:
  /// `while (busy)` and `busy = true`. What stands behind functions does not count.
  bool keepsWaiting(const ConditionWait &W, const clang::ValueDecl *D, const SharedAccess &X);
  /// Returns true if several threads may wait there at once: it runs on several, or whoever has the object may call it.
  bool several(const ConditionVariable &V);

  /// A local that is the condition or holds it, in a body that gives it to others, waits for it and joins nobody
  /// afterwards.
  std::optional<ShortLived> shortLived(const ConditionVariable &V);

private:
  std::optional<NotifiedChange> notifiedAfter(Code &C, const clang::Stmt *S, const ConditionVariable &V,
                                              llvm::ArrayRef<const clang::ValueDecl *> Locks,
                                              const std::optional<Place> &Owner, unsigned Depth);
  void readWait(ConditionWait &W);
  /// Returns true if a path leads from the taking of the wait's lock to the wait without such a look.
  bool reachesUnseen(const ConditionWait &W, llvm::function_ref<bool(const clang::Stmt *)> Looks);
  void mentioned(const Code &C, const clang::Stmt *S, ConditionWait &W, unsigned Depth);

  Unit &U;
  std::vector<ConditionVariable> All;
};

} // namespace heddle

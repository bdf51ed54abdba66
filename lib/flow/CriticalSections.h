// What happens while a lock is held, in the body that takes it and in what it calls.
#pragma once

#include "Blocking.h"
#include "Calls.h"
#include "HeldLocks.h"

namespace heddle {

/// A kind of thing that a body may do while a lock is held.
enum class Deed {
  Waits, ///< for anything that Blocking knows
  Locks, ///< takes a lock, without giving up if it is not free
  /// Calls a function object that is stored in a member or an element of one, or that a parameter refers to; or the
  /// pure virtual function of an interface whose object is an element of a container.
  CallsBack,
};

/// A lock that is surely held, and where it was taken: null where a callee took it or the body was entered with it.
struct HeldLock {
  Place Lock;
  const Event *Taken = nullptr;
};

/// Something that happens while a lock is held.
struct UnderLock {
  HeldLock Lock;
  const clang::Stmt *Entry = nullptr; ///< in the body that holds the lock: the deed, or the call that leads there
  Witness What;
  /// The names of the lock in the body of the deed; none where it has no name there.
  llvm::SmallVector<Place, 2> There;
};

/// Returns true if every function on the way is a part of its only caller that was given a name: a member that only
/// this object calls, a function of this file. What happens there is the caller's own doing.
bool isPartOf(Unit &U, const Witness &W);

/// Returns true if the lock that the event acquires is of a kind that its holder cannot acquire again, as far as its
/// class tells: no recursive one, and no class that wraps one, remembers its owner, or is only declared in this unit.
bool excludesItself(Unit &U, const Event &Acquires);

/// Returns true if a truth value or an enumerator that a function on the way was called with decides whether it gets
/// there: `if (!locked) mutex.lock();`. Of a call it is not known then.
bool dependsOnCaller(Unit &U, const Witness &W);

/// Returns true if the lock is a local variable of the body that nothing but guards of the body names: no lambda, and
/// no reference to it. Every call has one of its own.
bool isOfOneCall(Code &C, const clang::VarDecl *Lock);

/// Follows calls whose bodies are seen, along the shortest chain, to a small depth. A callee that gives the lock back
/// before is seen to do so; code that is not visible is assumed to release nothing. Not thread-safe
/// (`U.get<CriticalSections>()`).
class CriticalSections {
public:
  explicit CriticalSections(Unit &U);

  /// The locks that are surely held just before \p S.
  llvm::SmallVector<HeldLock, 2> held(Code &C, const clang::Stmt *S);
  /// What the body does under the locks that it holds, in source order; each operation once for each lock. A wait that
  /// gives that very lock back is left out.
  std::vector<UnderLock> during(Code &C, Deed What);
  /// What a body does, its callees included: each operation once, nearest first. Incomplete for a body that does much.
  llvm::ArrayRef<Witness> deeds(const clang::FunctionDecl *F, Deed What);
  bool does(Code &C, const Event &E, Deed What);

  /// The member, in the names of the body that holds the lock, in which the callback is stored that is called; of an
  /// element the container.
  static std::optional<Place> stored(const Code &C, const Witness &CallsBack);
  /// Returns true if others register with the object, and take themselves off again, under the lock: public members
  /// that are given an element add it to the container, and remove it.
  bool registers(const clang::ValueDecl *Container, const clang::ValueDecl *Lock);
  /// Returns true if this lock guards nothing but callbacks: every section of the unit calls one, or stores it.
  bool isForCallbacks(const clang::ValueDecl *Lock);
  /// Returns true if the purpose of this lock is to let one at a time wait: every section that it guards in this unit
  /// waits for the outside, a file or time, or closes what was waited for, and none changes a container meanwhile or
  /// hands out a member that it has set.
  bool serialises(const clang::ValueDecl *Lock);

  /// Returns true if a lock with which the body is entered is surely still held at \p S.
  bool kept(const Code &C, const Place &Lock, const clang::Stmt *S);
  /// What the callee calls a lock of the caller's: by a parameter, by a member, by a guard that it is given.
  static llvm::SmallVector<Place, 2> inside(const CallEdge &Call, const Place &Lock);

private:
  /// The bodies of the unit that take the lock.
  llvm::SmallVector<Code *, 8> takersOf(const clang::ValueDecl *Lock);
  const std::vector<Event> &listenersCalled(Code &C);
  /// The events that may be such a deed.
  llvm::SmallVector<const Event *, 16> candidates(Code &C, Deed What);
  const std::vector<Witness> &summary(const clang::FunctionDecl *F, Deed What);
  /// Returns true if the lock is still held where the deed happens, and not released by it.
  bool stays(UnderLock &X, Deed What);

  Unit &U;
  Simulation Entered;
  std::map<std::pair<const clang::FunctionDecl *, Deed>, std::vector<Witness>> Known;
  std::map<const Code *, std::vector<Event>> Listeners;
  struct Kept {
    Place Lock;
    bool Touched = false;
    StateMap Map;
  };
  std::map<const Code *, std::vector<Kept>> KeptIn;
};

} // namespace heddle

// Accesses to one value that are atomic each, and not together; and values that are tested before they are set.
#pragma once

#include "Guards.h"
#include "SharedState.h"

namespace heddle {

/// A condition over a store that reads the same object.
struct Tested {
  const clang::Expr *Mention = nullptr;
  bool Null = false;    ///< the store is reached when the object is false, null or empty
  bool Loops = false;   ///< it is the condition of a loop
  bool Bounds = false;  ///< it is compared for order: `n > peak`
  bool Ordered = false; ///< with a memory order that is written down: its author has thought of other threads
  /// Where it is read: the condition itself, or the function that the condition calls and that only returns what it
  /// asks, `bool loaded() const { return p != nullptr; }`.
  Code *In = nullptr;
  const clang::Expr *Read = nullptr; ///< in In
};

/// A plain read or write of a value to which a function was given a pointer or reference.
struct PlainAccess {
  const clang::Expr *Site = nullptr; ///< `*p`, in the function
  Code *In = nullptr;
  bool Writes = false;
};

/// Answers for one unit; nothing is kept. Not thread-safe (`U.get<AtomicUse>()`).
class AtomicUse {
public:
  explicit AtomicUse(Unit &U);

  /// What a store makes the new value from: `a = v`, `a.store(v)`; null if it is none, or another operation.
  const clang::Expr *stored(const SharedAccess &X);
  /// The load of the same object that the new value is computed from: `a = a + 1`, `a.store(a.load() + 1)`, also by a
  /// local that was read before. Null if it is none, or if a memory order is written down: its author has thought
  /// of other writers.
  const clang::Expr *loadedBefore(const SharedAccess &X);
  /// The conditions that lead to the access and read the same object, innermost first.
  llvm::SmallVector<Tested, 2> tests(const SharedAccess &X);
  /// The condition that is true or false while nothing was made, and reads the object or a local that was initialised
  /// from it; none if there is no such condition, or only that of a loop.
  std::optional<Tested> nullTest(const SharedAccess &X);
  /// Returns true if this use of a plain value is atomic: std::atomic_ref, __atomic and __sync builtins,
  /// std::atomic_load of a smart pointer.
  bool isAtomic(const SharedAccess &X);
  /// The first plain access, a write if there is one, by a visible function that is given the address. None if it has
  /// none, or holds a lock there.
  std::optional<PlainAccess> plainBehind(const SharedAccess &X);
  /// Returns true if the access stores a constant other than zero into an object that the function is given: the first
  /// count of references.
  bool initialises(const SharedAccess &X);
  /// Returns true if the store may run on two threads at once: on one of which there are several, on two different
  /// ones, or on one and elsewhere.
  bool severalThreads(const SharedAccess &X);
  /// Returns true if all stores of the variable are on one thread that runs once.
  bool oneWriter(const clang::ValueDecl *D);
  /// Returns true if one function alone stores the variable and looks, itself or by what it calls, at another atomic of
  /// the object that one other function alone stores, and the other way round: the ends of a ring, of one producer and
  /// one consumer. Constants may be stored by others.
  bool isRingEnd(const SharedAccess &X);
  /// Returns true if no other thread has the object: the local variable or parameter of the body, which no lambda
  /// names, that the access leads to by value, or that of every call of the member that this unit has.
  bool isOwnObject(const SharedAccess &X);
  /// Returns true if the body has claimed the object before: a compare-exchange or fetch_or has set a bit in it that
  /// keeps other writers out.
  bool claimedBefore(const SharedAccess &X);
  /// Returns true if this unit calls the function, and always with a lock held.
  bool calledUnderLock(const clang::FunctionDecl *F, unsigned Depth = 0);
  /// Returns true if the body is the callable of a once flag, or is called from one.
  bool once(const SharedAccess &X);

private:
  const clang::Expr *mention(const Code &C, const clang::Stmt *In, const Place &P);
  const clang::FunctionDecl *storedBy(const clang::ValueDecl *D);
  const clang::ParmVarDecl *takes(const SharedAccess &X);
  std::optional<Tested> asked(const Code &C, const clang::Expr *Condition, const Place &P, unsigned Depth);
  Unit &U;
};

} // namespace heddle

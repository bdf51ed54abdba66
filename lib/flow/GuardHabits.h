// Under which lock the functions of a unit use a member or a variable, and which of them do not.
#pragma once

#include "SharedState.h"

#include "llvm/ADT/SetVector.h"

namespace heddle {

/// The habit of one field, or of one variable with static storage.
struct GuardHabit {
  const clang::ValueDecl *Of = nullptr;
  const clang::ValueDecl *Lock = nullptr; ///< held by all functions of Guarded wherever they use it
  /// Functions that use it, while threads may run; lambdas count as the function around them.
  llvm::SmallSetVector<const clang::FunctionDecl *, 4> Guarded, Unguarded;
  const SharedAccess *GuardedWrite = nullptr; ///< one under the lock; null: it is only read there
  /// The use without the lock that is to be shown: a write if there is one.
  const SharedAccess *Bare = nullptr;
  bool BareWrites = false;
  /// The call that enters the function of Bare without the lock, where others enter it with the lock; or null.
  const clang::Expr *BareCall = nullptr;
  /// A thread that comes to one of the functions; null if none is known.
  const ThreadBody *Thread = nullptr;
};

/// A variable that all objects of a class share, where each object's own lock is held.
struct ObjectGuard {
  const clang::VarDecl *Of = nullptr;
  const clang::FieldDecl *Lock = nullptr;
  const SharedAccess *Use = nullptr; ///< the first; a write if there is one
  bool Writes = false;
};

/// Returns true if the class has locks or atomics, derives from one of those, or consists of such a class.
bool protectsItself(Unit &U, const clang::CXXRecordDecl *RD, unsigned Depth = 0);

/// Answers for one unit. The lock of a field is a member beside it, of the same object: of `this`, of what a parameter
/// refers to, of a global, of what one of their members leads to. Construction, destruction, what comes before the
/// start of threads or after their joins, and functions that only those call or that set the object up do not count; a
/// constructor that copies uses the other object like any function. Functions that take the lock in another place,
/// before a change, drop it on purpose, those that release it were entered with it: they are not shown. A helper that
/// some callers enter with the lock expects it: its callers count in its place, and it is shown only if one of them,
/// which others may call, has taken no lock. Not thread-safe (`U.get<GuardHabits>()`).
class GuardHabits {
public:
  explicit GuardHabits(Unit &U);

  /// None for what all use under the lock, what nobody does, or whose writer is the one thread that reads it without;
  /// for a lock that callers hold from one call to the next, or that a function returns, by itself or in a guard; and
  /// for what is only read under the lock, if no thread is known.
  std::optional<GuardHabit> of(const clang::ValueDecl *D);
  /// None where another lock than one of `this` is held everywhere, too, or the class has one object.
  std::optional<ObjectGuard> perObject(const clang::VarDecl *V);
  /// Returns true if the function takes no lock and gives another field of the class, for good, a value that it has
  /// from its caller: `void init(int size) { size_ = size; … }` runs before the object is shared.
  bool setsUp(const clang::FunctionDecl *By, const clang::FieldDecl *F);

private:
  bool counts(const SharedAccess &X);
  bool onlyInLife(const clang::FunctionDecl *F, const clang::RecordDecl *RD, unsigned Depth);
  bool setsUpLock(const clang::FunctionDecl *F, const clang::RecordDecl *RD);
  bool isHandedOut(const clang::ValueDecl *Lock);
  const clang::ValueDecl *lockOf(const clang::ValueDecl *D);
  bool holds(const SharedAccess &X, const clang::ValueDecl *Lock);
  bool isBare(const SharedAccess &X, const clang::ValueDecl *Lock);
  bool isMeant(const SharedAccess &X, const clang::ValueDecl *Lock);
  bool takesIt(const clang::FunctionDecl *F, const clang::ValueDecl *Lock);
  bool entersWith(const CallEdge &Up, const clang::ValueDecl *Lock);
  bool isHelper(const clang::FunctionDecl *F, const clang::ValueDecl *Lock);
  const CallEdge *enteredBare(const clang::FunctionDecl *F, const clang::ValueDecl *Lock, unsigned Depth = 0);
  void addCallers(GuardHabit &H, const clang::FunctionDecl *Helper);
  bool onOneThread(GuardHabit &H, llvm::ArrayRef<const SharedAccess *> All);
  bool hasOneObject(const clang::CXXRecordDecl *RD);
  Unit &U;
  llvm::DenseMap<const clang::FieldDecl *, const clang::FunctionDecl *> Configured;
};

} // namespace heddle

// Under which lock the members of a class use a field, and which of them do not.
#pragma once

#include "SharedState.h"

#include "llvm/ADT/SetVector.h"

namespace heddle {

/// The habit of one field.
struct GuardHabit {
  const clang::FieldDecl *Field = nullptr;
  const clang::ValueDecl *Lock = nullptr; ///< held by all functions of Guarded wherever they use the field
  /// Functions that use the field, while threads may run; lambdas count as the function around them.
  llvm::SmallSetVector<const clang::FunctionDecl *, 4> Guarded, Unguarded;
  const SharedAccess *GuardedWrite = nullptr; ///< one under the lock; null: it is only read there
  /// The use without the lock that is to be shown: a write if there is one.
  const SharedAccess *Bare = nullptr;
  bool BareWrites = false;
  /// A thread that comes to one of the functions; null if none is known.
  const ThreadBody *Thread = nullptr;
};

/// Answers for one unit. Construction, destruction, what comes before the start of threads or after their joins, and
/// functions that only those call or that set the object up do not count. Functions that take the lock in another place drop it on purpose, those
/// that release it were entered with it, and those of which one caller holds it expect it: they are not shown. Not
/// thread-safe (`U.get<GuardHabits>()`).
class GuardHabits {
public:
  explicit GuardHabits(Unit &U) : U(U) {}

  /// None for a field that all use under the lock, that nobody does, or whose writer is the one thread that reads it
  /// without; for a lock that callers hold from one call to the next; and for a field that is only read under the lock,
  /// if no thread is known.
  std::optional<GuardHabit> of(const clang::FieldDecl *F);

private:
  bool counts(const SharedAccess &X, const clang::FieldDecl *F);
  bool onlyInLife(const clang::FunctionDecl *F, unsigned Depth);
  /// Returns true if the function takes no lock and gives another field of the class, for good, a value that it has
  /// from its caller: `void init(int size) { size_ = size; … }` runs before the object is shared.
  bool setsUp(const clang::FunctionDecl *By, const clang::FieldDecl *F);
  Unit &U;
  llvm::DenseMap<const clang::FieldDecl *, const clang::FunctionDecl *> Configured;
};

} // namespace heddle

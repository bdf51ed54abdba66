// What is made by the first who needs it, with nothing that makes one the first.
#pragma once

#include "AtomicUse.h"

namespace heddle {

/// A variable or member that is made where it was seen not to be there.
struct LazyInit {
  const SharedAccess *Makes = nullptr;
  Tested Test;
  /// It is made under this lock, but tested without: double-checked locking. Null: made without a lock.
  const clang::ValueDecl *Lock = nullptr;
  /// With Lock: it is atomic, and tested only before the lock is taken. Whoever had to wait for it makes it once more.
  bool OnlyBefore = false;
  /// Why several threads may be there, where it is made without a lock.
  const char *Sharing = nullptr;
};

/// Answers for one unit, kept. Not thread-safe (`U.get<LazyInits>()`).
class LazyInits {
public:
  explicit LazyInits(Unit &U);

  /// The first of a variable with static storage or a member that no lock and no once flag makes safe; none without a
  /// sign that several threads use it, and for a state that changes for other reasons, too.
  const LazyInit *of(const clang::ValueDecl *D);
  /// The same of what the place ends at; null for an object itself.
  const LazyInit *of(const Place &P) { return P.last() ? of(P.last()) : nullptr; }

private:
  std::optional<LazyInit> find(const clang::ValueDecl *D);
  std::optional<LazyInit> testedOnlyBefore(const clang::ValueDecl *D);
  bool isState(const clang::ValueDecl *D);
  bool followsMaking(const SharedAccess &X, const Tested &Test);
  bool isOfOneThread(const clang::CXXRecordDecl *RD);
  const char *sharing(const clang::ValueDecl *D, const SharedAccess &X);

  Unit &U;
  std::map<const clang::ValueDecl *, std::optional<LazyInit>> Known;
};

} // namespace heddle

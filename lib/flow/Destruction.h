// What the destruction of an object does.
#pragma once

#include "Unit.h"

namespace heddle {

/// What the destruction of a value does to tasks, locks and waiters. Several may apply to one value.
class Endings {
public:
  enum Kind : std::uint16_t {
    Joins = 1 << 0,      ///< waits for tasks
    Detaches = 1 << 1,   ///< the task runs on and can no longer be waited for, as documented
    Terminates = 1 << 2, ///< terminates the program if a task was not waited for (std::thread)
    Leaks = 1 << 3,      ///< a handle that is a number (pthread_t): its task runs on
    Cancels = 1 << 4,    ///< requests a stop
    Closes = 1 << 5,     ///< closes a channel
    Unlocks = 1 << 6,    ///< releases a lock
    Breaks = 1 << 7,     ///< abandons a promise: its waiters get an error, or wait forever
    Unknown = 1 << 8,    ///< a user-provided destructor that is not visible
  };

  Endings() = default;
  Endings(Kind K) : Bits(K) {}
  bool has(Kind K) const { return Bits & K; }
  bool none() const { return !Bits; }
  Endings &operator|=(Endings O) {
    Bits |= O.Bits;
    return *this;
  }
  Endings without(Kind K) const {
    Endings E = *this;
    E.Bits &= ~K;
    return E;
  }
  bool operator==(const Endings &) const = default;
  /// "joins cancels", in the order above; "nothing" for none.
  std::string describe() const;

private:
  std::uint16_t Bits = 0;
};

/// What the destruction of an object does, by its type: through members, bases, containers, and smart pointers (whose
/// object dies with them, as far as this goes). Of a user-provided destructor counts what it reaches, through
/// visible callees, on some path; one that joins is assumed to join whatever the members need. Pointers and references
/// end nothing. Computed once for each class.
class Destruction {
public:
  explicit Destruction(Unit &U);

  Endings of(clang::QualType T) { return of(T, 0); }
  /// The same of an object of this very class.
  Endings of(const clang::CXXRecordDecl *RD) { return of(RD, 0); }

private:
  Endings of(clang::QualType T, unsigned Depth);
  Endings of(const clang::CXXRecordDecl *RD, unsigned Depth);
  Endings modelled(const TypeModel &M, clang::QualType T);
  Endings written(const clang::CXXDestructorDecl *D);
  /// What the object does in the end whose parts end so, as its own destructor runs before them.
  Endings behindOwn(const clang::CXXRecordDecl *RD, Endings Parts);

  static constexpr unsigned MaxDepth = 6;
  Unit &U;
  llvm::DenseMap<const clang::CXXRecordDecl *, Endings> Known;
};

/// Returns true if a value of this type is an object that fits, or holds or leads to one through members, containers
/// and pointers, \p Depth members deep.
bool holds(Unit &U, clang::QualType T, llvm::function_ref<bool(Role)> Fits, unsigned Depth = 2);

/// Returns true if a value of this type exists for nothing but the locks that it holds: a guard, or a class of guards
/// and their locks.
bool isGuardAlone(Unit &U, clang::QualType T, unsigned Depth = 3);

} // namespace heddle

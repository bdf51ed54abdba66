// Which tasks end a wait, and what they need for that.
#pragma once

#include "ClassFacts.h"
#include "CriticalSections.h"
#include "EventIndex.h"

namespace heddle {

/// The tasks of this unit that an operation waits for.
struct Awaited {
  llvm::SmallVector<const clang::FunctionDecl *, 2> Bodies;
  llvm::SmallVector<clang::SourceLocation, 2> StartedAt; ///< one for each body
  bool All = false; ///< these are all that there are: none is started with a callable that is not visible
};

/// Finds them by the handle, group or future that is waited for, in all bodies of the unit; of an object that is a
/// thread itself, what its class overrides. Not thread-safe (`U.get<AwaitedTasks>()`).
class AwaitedTasks {
public:
  explicit AwaitedTasks(Unit &U);

  Awaited of(const Code &C, const Event &Wait);
  /// Those that are started with a variable or member as their handle.
  Awaited startedOn(const clang::ValueDecl *Handle);
  /// Where one of the bodies takes this lock, of the same name in its class or unit, without giving up if it is not
  /// free.
  std::optional<Witness> taking(const Awaited &Tasks, const Place &Lock);
  /// Returns true if one of the bodies calls something that does not visibly do without the lock: a function object.
  bool opaque(const Awaited &Tasks);

private:
  void addOverridden(const clang::CXXRecordDecl *Class, Awaited &Found);
  void addStarted(const clang::ValueDecl *Handle, Awaited &Found);

  Unit &U;
};

} // namespace heddle

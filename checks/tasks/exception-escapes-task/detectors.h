// Who catches what a task or a handler throws.
#pragma once

#include "flow/Throws.h"

namespace heddle::exception_escapes_task {

/// Returns true if the runner of the task catches \p X, or without one whatever it throws. Of a helper with a visible
/// body it is decided where it starts what it is given.
bool carries(Unit &U, const Event &Start, const Thrown *X = nullptr);

/// The event loops that threads run with no handler around. Looked for when they are first asked for.
class EventLoops {
public:
  explicit EventLoops(Unit &U) : U(U) {}
  /// Returns true if the handlers of this object run in such a loop: it is one, or is made from one (a socket, a
  /// timer).
  bool runHandlersOf(const clang::ValueDecl *D);

private:
  void look();
  bool names(const clang::Stmt *S) const;
  bool isLoop(const clang::ValueDecl *D) const;

  Unit &U;
  bool Looked = false;
  llvm::SmallPtrSet<const clang::ValueDecl *, 4> Loops;
};

} // namespace heddle::exception_escapes_task

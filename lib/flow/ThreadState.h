// State that belongs to one OS thread: who sets it, and whether it is set back.
#pragma once

#include "Coroutines.h"
#include "Threads.h"
#include "Uses.h"

namespace heddle {

/// A call that sets state of the calling thread, as its model says.
struct StateSet {
  Code *In = nullptr;
  const clang::CallExpr *Site = nullptr;
  const clang::FunctionDecl *Callee = nullptr; ///< of the library
};

/// A variable of thread storage that a coroutine sets, and reads when it may be on another thread.
struct StaleRead {
  const clang::VarDecl *Variable = nullptr;
  const clang::Expr *Set = nullptr, *Suspends = nullptr, *Read = nullptr;
};

/// Answers for one unit. Not thread-safe (`U.get<ThreadState>()`).
class ThreadState {
public:
  explicit ThreadState(Unit &U);

  /// The first call behind the body that sets state of its thread, and that nothing behind the body, nor the end of an
  /// object that the body makes, sets back. None where a function without a visible body ends such an object.
  std::optional<StateSet> left(const clang::FunctionDecl *Entry);
  /// The calls in the body itself.
  std::vector<StateSet> in(Code &C);
  /// A suspension of the coroutine that control reaches with the state set; null if it is always set back before.
  const clang::Expr *suspendedWith(const StateSet &S);
  std::vector<StaleRead> staleReads(Code &C);

  /// Returns true if the callables that the event hands over run on threads that others use, too: of a pool, a loop.
  static bool onSharedThread(const Code &C, const Event &E);

private:
  bool isState(const clang::CallExpr *Call);

  Unit &U;
};

} // namespace heddle

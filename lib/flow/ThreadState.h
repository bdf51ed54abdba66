// State that belongs to one OS thread: who sets it, and whether it is set back.
#pragma once

#include "Coroutines.h"
#include "Threads.h"
#include "Uses.h"

namespace heddle {

/// What sets state of the calling thread: a call, as its model says, or what gives a variable of thread storage a
/// value.
struct StateSet {
  Code *In = nullptr;
  const clang::Stmt *Site = nullptr;
  const clang::NamedDecl *By = nullptr; ///< the function of the library, or the variable
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

  /// What behind the body first sets state of its thread, and what nothing behind the body, nor the end of an object
  /// that the body makes, sets back. None where a function without a visible body ends such an object. Of the variables
  /// count those that the task gives a value of its own, one that it was given: others are caches.
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
  /// The variables of thread storage that the body changes: with what it was given (Own), or at all.
  void variables(Code &C, std::vector<StateSet> &Own, std::vector<StateSet> &All);

  Unit &U;
};

} // namespace heddle

// Which functions run as handlers of POSIX signals, and what in them must not happen there.
#pragma once

#include "Calls.h"

#include <deque>

namespace heddle {

/// A function that a signal may run in the middle of anything, on any thread.
struct SignalHandler {
  const clang::FunctionDecl *Body = nullptr;
  clang::SourceLocation Loc; ///< where it is installed
  /// It is only installed for signals that tell of a crash (SIGSEGV, SIGABRT, …): what it does may be the last thing
  /// that happens, and need not be right.
  bool Crash = false;
};

/// Something that a handler must not do.
struct UnsafeDeed {
  enum Kind {
    Locks,     ///< takes a lock: the thread that was interrupted may hold it
    Wakes,     ///< notifies a condition
    Hands,     ///< puts something into a channel, or takes it out; fulfils a promise
    Starts,    ///< starts a task
    Allocates, ///< takes memory: the heap has a lock of its own
    Prints     ///< writes to a stream of C++ or C: they have locks of their own
  };
  Kind What = Locks;
  const Code *In = nullptr;
  const clang::Stmt *Site = nullptr;
  llvm::SmallVector<CallEdge, 2> Through; ///< from the handler, outermost first
};

/// Handlers are what `signal` is given, and what is stored in the members of a `struct sigaction`. Handlers that a
/// library runs on its loop are none. Functions without visible bodies are assumed to be safe. Not thread-safe
/// (`U.get<SignalHandlers>()`).
class SignalHandlers {
public:
  explicit SignalHandlers(Unit &U);

  const std::deque<SignalHandler> &all() const { return Handlers; }
  /// What a handler does that it must not, nearest first, each place once.
  std::vector<UnsafeDeed> unsafe(const SignalHandler &H);

private:
  void add(Code &C, const clang::Expr *Handler, const clang::Expr *Signal, clang::SourceLocation Loc);
  std::vector<UnsafeDeed> in(const Code &C);

  Unit &U;
  std::deque<SignalHandler> Handlers;
};

} // namespace heddle

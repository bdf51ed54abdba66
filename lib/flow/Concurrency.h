// Which tasks a body starts, and which of its statements may run concurrently with them.
#pragma once

#include "Accesses.h"

#include <memory>

namespace heddle {

/// One place at which a body starts a task.
struct TaskStart {
  const Event *Start = nullptr;
  const CallableRef *What = nullptr;
  /// By what the task can be waited for: a thread, a future, a group, the container that holds one of them. It runs
  /// while none of them has been waited for. Empty: it cannot be waited for.
  llvm::SmallVector<Place, 2> Handles;
  bool Detached = false;
  bool AtOnce = false;     ///< has ended when the statement is over, as parallel algorithms have
  bool Concurrent = false; ///< runs concurrently with its starter; else at some later time, on an unknown thread
  bool Many = false;       ///< a helper starts several of them, which run concurrently
  bool Serial = false;     ///< others that are started here do not run concurrently: one loop, one strand, one worker
  /// A visible function that this body calls starts it: Start is the call, and What is written in that function.
  Code *Helper = nullptr;
  const Event *Inside = nullptr;  ///< where the helper starts it
  std::optional<Place> HandedOut; ///< the handle that the call yields
};

/// Two unordered accesses to one object: a task's, and that of another task or of the body that starts it.
struct Race {
  const TaskStart *Task = nullptr;
  const Access *InTask = nullptr;
  const TaskStart *OtherTask = nullptr; ///< null: Other is done by the starter; may be Task itself, started many times
  const Access *Other = nullptr;
  bool NextCall = false; ///< Other is done when the starter is called again
};

/// What control reaches from a point of a body before anything waits for another task.
struct Reach {
  llvm::DenseSet<const clang::Stmt *> Before;  ///< elements of the graph
  llvm::DenseSet<const clang::VarDecl *> Ends; ///< the ends of lifetimes
  bool Exit = false;
  /// Expressions that may throw, and the try statement that the exception comes to: null when it leaves the body.
  llvm::SmallVector<std::pair<const clang::Expr *, const clang::CXXTryStmt *>, 2> Raises;
};

/// Answers questions about the order of a body and the tasks that it starts. Lazy and cached; not thread-safe; belongs
/// to one Unit (see Unit::concurrency).
class Concurrency {
public:
  explicit Concurrency(Unit &U);
  ~Concurrency();

  /// The tasks that the body starts whose handles can be followed, in source order.
  const std::vector<TaskStart> &tasks(Code &C);
  /// Those that visible functions which the body calls start with what they are given, and leave running.
  const std::deque<TaskStart> &tasksOfHelpers(Code &C);
  /// What a task does to objects that its starter knows.
  const std::vector<Access> &touched(Code &C, const TaskStart &T);

  /// Returns true if the task may be running just before \p S is evaluated, with nothing between its start and \p S
  /// that waits for it or learns from it how far it is.
  bool runsAt(Code &C, const TaskStart &T, const clang::Stmt *S);
  /// Returns true if the task may be running when the lifetime of this local variable (or parameter) ends.
  bool outlives(Code &C, const TaskStart &T, const clang::VarDecl *V);
  /// What visibly throws while the task may be running, and ends the lifetime of this local variable; or null.
  const clang::Expr *unwindsPast(Code &C, const TaskStart &T, const clang::VarDecl *V);
  /// Returns true if the task runs concurrently with others that were started at the same place.
  bool besideItself(Code &C, const TaskStart &T);

  /// What is reached after \p S without waiting for another thread.
  Reach after(Code &C, const clang::Stmt *S);
  /// What the body itself does, and the code that it calls.
  const std::vector<Access> &accesses(Code &C);
  /// The locks that are surely held at an access, in the names of the body that was asked about.
  llvm::SmallVector<Place, 2> locks(const Access &A);
  /// The unordered pairs of accesses in a body and its tasks of which at least one writes.
  const std::vector<Race> &races(Code &C);

private:
  struct Impl;
  std::unique_ptr<Impl> I;
};

} // namespace heddle

// How a task runs and ends: what it is started on, whether it returns, who waits for it.
#pragma once

#include "Concurrency.h"
#include "LoopFacts.h"

namespace heddle {

/// What a task is started on.
enum class Launch {
  Thread,   ///< a thread of its own, at once
  Pool,     ///< a fixed number of workers, fibers or a loop; also if it is not known
  MayDefer, ///< the library decides whether it is a thread, or runs when somebody waits for it
  Deferred, ///< it runs when somebody waits for it
  AtOnce    ///< has ended when the call returns, as parallel algorithms have
};

/// Whether a task returns by itself.
enum class TaskEnd {
  Returns, ///< as far as visible; functions without visible bodies are assumed to
  Unknown, ///< it has a loop that may wait for more, or runs an event loop
  OnStop,  ///< it comes to a loop that only a stop ends
  Never    ///< it comes to a loop that nothing ends
};

/// Facts about the tasks that events start. Not thread-safe; belongs to one Unit (`U.get<TaskFacts>()`).
class TaskFacts {
public:
  explicit TaskFacts(Unit &U);

  /// What the event, which has Op::Spawn or hands a callable over, starts its task on.
  Launch launch(const Code &C, const Event &Start) const;
  /// The launch policy that the call is given: `std::launch::async`, an enumeration with a value `deferred`; or null.
  static const clang::Expr *policy(const Event &Start);

  /// Returns true if the callable is an argument of the one that the event starts: `std::async(&Job::attempt, this,
  /// &Job::save)`. What becomes of it is up to that one.
  static bool isArgument(const Event &Start, const CallableRef &Task) {
    return Task.Args.size() < Start.Tasks.front().Args.size();
  }
  /// Returns true if the event is given a packaged task: its future tells when the callable has returned, and keeps what
  /// it throws.
  static bool isPackaged(Unit &U, const Event &Start);

  /// The member that an entry function with one parameter calls on the object behind it, where it does nothing else:
  /// `static void *entry(void *self) { static_cast<Job *>(self)->run(); return nullptr; }`. Null if there is none.
  const clang::CXXMethodDecl *behind(const clang::FunctionDecl *Entry) const;

  /// Whether the callable returns.
  TaskEnd end(const CallableRef &Task);
  /// The loop of OnStop and Never; null for the others.
  const Loop *forever(const CallableRef &Task);
  /// What has to change for the task to stop: what its loop asks, and what it is given when it is started, since that
  /// has another name there.
  llvm::SmallVector<const clang::ValueDecl *, 4> stoppedBy(const CallableRef &Task);
  /// Returns true if a flag of an object ends the task which only one member sets, and nothing resets: an object that
  /// was stopped is not started again.
  bool stopsForGood(const CallableRef &Task);
  /// The sleep with which a callable begins, and that no loop repeats: a timer with a thread of its own. Null if none.
  const Event *delay(const CallableRef &Task) const;
  /// Returns true if the task waits or sleeps in every iteration of the loop that only a stop ends.
  bool periodic(const CallableRef &Task);

  /// The event of the body that waits without a bound for what the handle names, or calls a member of the same object
  /// that does; with \p From only one that control reaches from there. Null if nobody waits.
  const Event *waiter(Code &C, const Place &Handle, const clang::Stmt *From = nullptr) const;

private:
  bool mayRunOn(const Code &C, unsigned Depth);

  Unit &U;
  LoopFacts &Loops;
  std::map<const clang::FunctionDecl *, bool> RunOn;
};

} // namespace heddle

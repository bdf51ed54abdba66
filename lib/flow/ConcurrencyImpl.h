// The inside of Concurrency, for Concurrency*.cpp alone.
//   ConcurrencyTasks.cpp    the tasks that a body starts, itself and through helpers, and their handles
//   ConcurrencyReach.cpp    how far control gets while a task may still be running
//   ConcurrencyHandles.cpp  the states of handles, and what their end does
//   ConcurrencyRaces.cpp    accesses that nothing orders
#pragma once

#include "Concurrency.h"

#include "clang/Analysis/CFG.h"

namespace heddle {

using namespace clang;

struct Concurrency::Impl {
  Concurrency &Outer;
  Unit &U;
  HeldLocks &Locks;
  Accesses Touches;
  Simulation Wait, LetGo, ComesWait, ComesLetGo, Outside;

  struct Body {
    std::vector<TaskStart> Tasks;
    std::deque<TaskStart> ByHelpers; ///< those that callees start and leave running
    std::map<const TaskStart *, std::vector<Access>> Touched;
    std::map<const TaskStart *, Reach> Reached;
    struct Handle {
      Place Object;
      bool Waits; ///< letting go of it waits for the task
      bool Comes; ///< with its task running
      bool Kept;  ///< outside of the body, as far as the end of a local is concerned
      StateMap States;
    };
    std::deque<Handle> Handles;
    std::vector<Race> Races;
    bool RacesKnown = false, HelpersKnown = false;
  };
  std::map<const Code *, Body> Bodies;

  Impl(Concurrency &Outer, Unit &U);

  // ---- the tasks of a body ----

  Body &body(Code &C);

  /// Returns true if an argument of the call is this enumerator.
  static bool isGiven(const CallExpr *Call, llvm::StringRef Enumerator);
  /// `std::async(std::launch::deferred, …)` starts nothing.
  static bool runsWhenAsked(const Expr *Site) { return isGiven(dyn_cast<CallExpr>(Site), "deferred"); }
  /// `QMetaObject::invokeMethod(worker, […] { … }, Qt::BlockingQueuedConnection)` comes back when the callable has run.
  static bool waitsForIt(const Event &E);

  static bool isSerial(Role R) { return R == Role::Strand || R == Role::EventLoop; }

  void addTask(Code &C, const Event &E, const CallableRef &What, std::vector<TaskStart> &Out);
  void addContainers(const Code &C, TaskStart &T);
  /// A handler has ended when the threads have that run its loop: they are handles of it, too.
  void addRunners(Code &C, const Event &E, TaskStart &T);
  /// Returns true if the thread that is started here runs an event loop.
  bool runsLoop(const Event &Start);
  /// Returns true if the function runs an event loop, itself or in what it calls.
  bool leadsToLoop(const clang::FunctionDecl *F);

  /// The local of this body that the event of a lambda in it is about, not what a pointer leads to; or null. What a
  /// shared pointer leads to counts where it was made here.
  const VarDecl *localOf(const Code &C, const Event &E);

  /// Returns true if the callable signals that it is done through a local of this body which this body waits for.
  /// Then the taker runs it concurrently with this body: `executor.schedule([&] { …; open.DecrementCount(); });` and
  /// `open.Wait();`
  bool comesBack(Code &C, const CallableRef &T);

  /// Returns true if the callable signals that it is done through what this body returns:
  /// `enqueue([ticket, job] { job(); ticket.punch(); }); return ticket;`.
  bool handsBack(Code &C, const CallableRef &What, TaskStart &T);

  /// A helper that starts what it is given, or a lambda that calls it: as it keeps the handle, so stands the task to
  /// the caller.
  bool throughHelper(Code &C, const Event &E, const CallableRef &What, TaskStart &T);
  /// Returns true if the task calls a callable that its starter was given. Sets \p Serial if only one may do so at a
  /// time.
  bool callsParameter(const Code &Starter, const CallableRef &T, bool &Serial);
  /// Returns true if the task may still run when its starter returns.
  bool leaves(Code &C, const TaskStart &T);
  /// Takes over how a callee keeps a task, in the names of the caller. False: nothing that the caller can name holds
  /// it.
  bool asKept(Code &C, const Event &E, Code &Helper, const TaskStart &Inner, TaskStart &T);

  bool isHandle(QualType Type) const;
  /// Adds the handle that a helper returns: the variable or container that the value of \p Site becomes. Returns false
  /// if it is handed on to code that may wait for the task.
  bool asReturned(Code &C, const Expr *Site, const TaskStart &Inner, TaskStart &T);
  /// Adds the containers in which this body puts the futures of what the task fulfils:
  /// `done.push_back(work->get_future()); pool.post([work] { (*work)(); });`.
  static void addFutures(Code &C, const CallableRef &What, TaskStart &T);

  /// The tasks that callees start with what they are given, and that may still run when they return.
  void tasksOfHelpers(Code &C, std::deque<TaskStart> &Out);

  /// A pool of the user's own with one thread runs one task after another.
  bool isSingleWorker(const Place &P);

  // ---- how far control gets while the task may be on its way ----

  /// Returns true if the task knows this object (a variable that it captures or is given, or a part of its own object).
  static bool knows(Code &C, const CallableRef &T, const Place &P, unsigned Depth = 0);
  /// Of a task that a helper starts it knows at least what the helper was given.
  static bool knows(Code &C, const TaskStart &T, const Place &P);

  static bool isWait(const Event &E) { return waitsForOthers(E) || E.Kind == Op::ObserveStop; }

  /// Returns true for a wait on a local that a callable which was stored before the wait captures:
  /// `client.onReady = [&] { ready = true; wake.notify_one(); };`. The task may be the one who calls it.
  bool toldByCallback(const Code &C, const TaskStart &T, const Event &Wait);

  /// The statements at which the starter learns how far the task is, and the timed waits whose result says so.
  void orderers(Code &C, const TaskStart &T, llvm::DenseSet<const Stmt *> &Always, llvm::DenseSet<const Stmt *> &Timed);
  bool isAtomic(const Expr *E) { return U.role(E->IgnoreParenImpCasts()->getType()) == Role::Atomic; }
  /// Returns true if a member reads an atomic: `bool done() const { return done_; }`.
  bool asksAtomic(const FunctionDecl *F, unsigned Depth = 0);
  bool mentionsAtomic(const Stmt *S, unsigned Depth);
  /// Reads of atomics that the task knows show how far it is.
  void findAtomics(Code &C, const TaskStart &T, const Stmt *S, llvm::DenseSet<const Stmt *> &Out);

  /// `while (!done) loop.poll();`: where nothing in the loop changes what its condition reads, it is the task that ends
  /// it.
  void findFlags(Code &C, const TaskStart &T, const Expr *Cond, const Stmt *Loop, llvm::DenseSet<const Stmt *> &Out);
  static bool changes(const Stmt *S, const VarDecl *V);

  const std::vector<Access> &touched(Code &C, const TaskStart &T);

  bool shareLock(const Access &A, const Access &B);

  /// Which edge of a condition on a timed wait is taken when the time is over: true or false; none when it does not
  /// ask.
  static std::optional<bool> timeOver(const Code &C, const Expr *Cond, const llvm::DenseSet<const Stmt *> &Timed,
                                      bool Truth = true);

  const Reach &reach(Code &C, const TaskStart &T);

  static bool isThrow(const CFGBlock *Block);

  /// Follows control from behind \p From, up to the statements of \p Always and along the edge of a timed wait on which
  /// the time is over.
  static Reach reach(Code &C, const Stmt *From, const llvm::DenseSet<const Stmt *> &Always,
                     const llvm::DenseSet<const Stmt *> &Timed);

  // ---- the handles ----

  /// Returns true if the end of this handle waits for the task or ends the process.
  bool waitsAtEnd(const TaskStart &T, const Place &Handle);
  /// Returns true if the end of such an object waits for tasks, by itself or by its members.
  bool joinsInDestructor(QualType T, unsigned Depth = 0);

  const StateMap &handle(Code &C, const TaskStart &T, const Place &Handle, bool Kept = false);
  /// Returns true if the thread is kept in a member, or in an object that the caller owns.
  bool isKept(const Place &Handle);

  /// The local that the handle is a part of and that waits for it when it dies, or null.
  const VarDecl *waitingOwner(const Place &Handle);
  /// Returns true if the local that waits for the task of this handle has died before \p At.
  bool endedWithOwner(Code &C, const Place &Handle, SourceLocation At);

  static bool running(const StateMap &M, unsigned Bits);

  // ---- races ----

  /// Returns true if the tasks of different iterations of the innermost loop around the start mean the same object by
  /// this name.
  bool sharedByTurns(Code &C, const TaskStart &T, const Access &A) const;

  /// Returns true if the access stands before the start in a loop and names a variable that each iteration has for
  /// itself.
  bool ofNextTurn(Code &C, const TaskStart &T, const Access &X) const;

  bool unordered(const Access &A, const Access &B);

  /// Returns true if a member returns with the task running beside those that its next calls start: in a group, a pool
  /// or a container that belongs to the object.
  bool runsInNextCall(Code &C, const TaskStart &T);

  /// Returns true if the access inserts an element into a container of the object for which no space is reserved.
  bool grows(Code &C, const Access &X);

  template <typename Ask> bool allRunning(Code &C, const TaskStart &T, Ask Bits, bool AtEnd = false) {
    return llvm::all_of(T.Handles, [&](const Place &H) {
      const StateMap &M = handle(C, T, H, AtEnd && isKept(H));
      return running(M, Bits(M));
    });
  }
};

} // namespace heddle

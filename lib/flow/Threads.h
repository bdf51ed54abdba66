// Which bodies run on threads that the unit starts, and what orders a statement before their start or after their end.
#pragma once

#include "Calls.h"
#include "TaskFacts.h"

#include <deque>

namespace heddle {

/// A body with which a thread or task begins.
struct ThreadEntry {
  const clang::FunctionDecl *Body = nullptr;
  clang::SourceLocation Loc; ///< where it is started; of a thread class that nobody starts here, its body
  /// From the body that starts it. Without In: the member that a thread class of a library calls (QThread::run).
  CallEdge Start;
  bool Many = false;   ///< several of them run at once
  bool AtOnce = false; ///< has ended when the call that starts it returns, as parallel algorithms have
};

/// A body that runs on such a thread, and the calls that lead there.
struct ThreadBody {
  Code *C = nullptr;
  const ThreadEntry *Of = nullptr;
  const ThreadBody *Caller = nullptr; ///< null: the entry itself
  CallEdge Step;                      ///< in Caller

  /// The object as the body that starts the thread, or as far out as it has a name, calls it. None for what the thread
  /// has for itself: its locals, copies that it was given, objects that they lead to.
  std::optional<Place> shared(const Place &P) const;
  /// The calls from the entry, outermost first.
  std::vector<StoryLine> calls() const;
};

/// Something that a body does with an object that it calls so.
struct Touch {
  Code *In;
  const clang::Stmt *At;
  Place Object;
};

/// Two touches of one object; at least one of them is on a thread that is known. Null: on any other.
struct Meeting {
  const ThreadBody *First, *Second;
};

/// Answers for one unit. Tasks whose callable is not visible are not known, nor are handlers that run on a thread
/// which is not named. Virtual calls are followed into all overriders of the unit. Not thread-safe
/// (`U.get<Threads>()`).
class Threads {
public:
  explicit Threads(Unit &U);

  const std::deque<ThreadEntry> &entries() const { return Entries; }
  /// Each body once for each entry that leads there, by the shortest chain of calls.
  const std::deque<ThreadBody> &bodies() const { return Bodies; }
  /// The calls of a body, those that stand for an operation among them; virtual ones lead to each overrider, also where
  /// the member that is named has no body.
  llvm::SmallVector<CallEdge, 8> steps(const Code &C);
  /// The threads that come to a body; nothing for code that none of them runs.
  llvm::ArrayRef<const ThreadBody *> on(const clang::FunctionDecl *F) const;
  /// Returns true if code that is on none of those threads may call it, too: main, whoever calls what nobody here
  /// calls. Callables that somebody keeps for later, on a thread that is not named, are no such code.
  bool elsewhere(const clang::FunctionDecl *F);
  /// How two different threads come to touch one object at one time, as far as the order of starts and joins in the
  /// bodies and their callers tells. None where a thread has the object for itself. Of the members of a class, objects
  /// are distinguished only where one of them is a local, or two threads are compared.
  std::optional<Meeting> meeting(const Touch &A, const Touch &B);

  /// Returns true if a thread is started after the statement and none before it, here or in every caller.
  bool beforeStart(Code &C, const clang::Stmt *S);
  /// Returns true if threads were joined before the statement and none was started since, here or in every caller.
  bool afterEnd(Code &C, const clang::Stmt *S);

private:
  void findEntries();
  llvm::SmallVector<const Code *, 4> callersOf(const clang::FunctionDecl *F, bool &Stored);
  void spread(const ThreadEntry &E);
  enum class Moment { Unknown, Before, Beside, After };
  Moment moment(Code &C, const clang::Stmt *S);
  bool always(Code &C, const clang::Stmt *S, Moment Wanted, unsigned Depth = 0);
  bool free(const Touch &T, unsigned Depth = 0);

  Unit &U;
  std::deque<ThreadEntry> Entries;
  std::deque<ThreadBody> Bodies;
  llvm::DenseMap<const clang::FunctionDecl *, std::vector<const ThreadBody *>> Reached;
  llvm::DenseMap<const clang::FunctionDecl *, bool> Elsewhere;
  /// The bodies that call a virtual member, by what they name.
  llvm::DenseMap<const clang::CXXMethodDecl *, llvm::SmallVector<const Code *, 2>> VirtualCallers;
  /// The functions of which pointers are made: `&Session::onRead`, `setCallback(handle, onSocket)`.
  llvm::DenseSet<const clang::FunctionDecl *> Pointed;
  bool MembersKnown = false;
};

} // namespace heddle

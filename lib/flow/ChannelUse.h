// Who sends into a channel, who receives from it, who closes it, and what a send or a close finds when it is closed.
#pragma once

#include "Calls.h"
#include "ClassFacts.h"
#include "LoopFacts.h"

#include <deque>

namespace heddle {

/// What a send into a closed channel does.
enum class LateSend {
  Unknown, ///< the channel cannot be closed, or not all of it is seen
  Reports, ///< says in its result that the channel is closed
  Refuses, ///< throws, or ends the program
  Drops,   ///< returns without a word, and without the item
  Keeps,   ///< puts the item in, for a receiver that may be gone
};

/// One operation on a channel, seen from a body that knows it.
struct ChannelAct {
  Op Does = Op::Send; ///< Send, TrySend, Receive, TryReceive, Close
  Code *In = nullptr; ///< the body in which it happens
  const Event *What = nullptr;
  const Event *Entry = nullptr;           ///< in the body that was asked about: What, a call, or the start of the task
  const CallableRef *Task = nullptr;      ///< the task that does it; null for the body itself
  Code *StartedIn = nullptr;              ///< the body that starts it
  const Event *Start = nullptr;           ///< its start, in StartedIn
  bool Many = false;                      ///< several such tasks are started
  bool Repeats = false;                   ///< one task, or the body, does it again and again
  llvm::SmallVector<CallEdge, 2> Through; ///< the calls that lead there from the task, or from the body

  /// Returns true if it may wait without a bound, and no stop ends the wait.
  bool waits() const;
};

/// A channel that is a local variable, or is behind one.
struct LocalChannel {
  const clang::VarDecl *Var = nullptr;
  Place Object;
  std::vector<ChannelAct> Acts; ///< in source order of their entries
  bool Whole = true;            ///< nobody else knows it: it is neither returned, nor stored, nor given to unseen code
  /// The call of a visible function that made it and started tasks which use it; they are among the acts.
  const clang::CallExpr *MadeBy = nullptr;

  bool any(Op What) const {
    return llvm::any_of(Acts, [&](const ChannelAct &A) { return A.Does == What; });
  }
};

/// How many items a channel takes before a send waits.
struct ChannelRoom {
  std::optional<std::uint64_t> Constant; ///< 0: a send waits until its item is taken
  const clang::Expr *Number = nullptr;   ///< what it is made from, where it is not a constant
};

/// Answers from models and, of hand-written channels, from the bodies of their members. Not thread-safe; belongs to
/// one Unit (`U.get<ChannelUse>()`).
class ChannelUse {
public:
  explicit ChannelUse(Unit &U);

  /// The channels among the local variables of the body, with all that the body, its callees and the tasks started
  /// there do with them.
  const std::deque<LocalChannel> &in(Code &C);
  /// The room of a channel that is made where the variable is declared; neither is set where it is not known.
  ChannelRoom room(Code &C, const LocalChannel &Of);

  /// The local variable at whose end the body waits for the task of this act, while the channel still lives; null if
  /// there is none.
  const clang::VarDecl *waitedFor(Code &C, const LocalChannel &Of, const ChannelAct &Act);
  /// Returns true if the end of the channel closes it, and so lets the task of this act go.
  bool freed(Code &C, const LocalChannel &Of, const ChannelAct &Act);
  /// Returns true if control comes to this exit of the body only after a receive has yielded an item.
  bool received(Code &C, const LocalChannel &Of, const clang::Stmt *Exit);
  /// Where the body, which alone receives, stops to: it leaves the loop in which it does, though the channel is not
  /// closed, and neither closes it nor receives the rest; or it receives less often than its tasks send. Null
  /// if it does not.
  const clang::Stmt *leftEarly(Code &C, const LocalChannel &Of);

  /// How often a send of tasks happens, where the source says so: each of them sends once, and a loop over an array
  /// starts them. None where it is not known.
  std::optional<std::uint64_t> times(const ChannelAct &Send);

  /// What this send does once the channel is closed.
  LateSend late(const Event &Send);
  /// Returns true if the event's result tells whether the channel is closed and somebody looks at it.
  static bool asked(const Code &In, const Event &What);
  /// Returns true if the send is behind a question for a member that the closing body sets before, both under one lock:
  /// a gate that lets nobody in once it is shut.
  bool gated(ClassFacts &Class, const MemberAccess &Send, const MemberAccess &Close);
  /// Returns true if a second close throws or ends the program.
  bool closesOnce(const Event &Close);
  /// Returns true if nothing chooses which task does it: no condition but for the stop, the loops around it and what
  /// was received, no election of a winner, no wait for the others.
  bool unconditional(const ChannelAct &A);
  /// The same of what a task does to a member of its object.
  bool unconditional(ClassFacts &Class, const MemberAccess &A);
  /// The loop around a receive that only a closed channel ends; null if the receive is in none, or is given a token.
  const Loop *untilClosed(Code &C, const Event &Receive);
  /// Returns true if the guard holds only if the receive brought something (with \p Open), or only if it did not.
  bool tells(const Code &C, const Event &Receive, const Guard &G, bool Open);

private:
  struct Walker;
  bool unconditional(const Code &C, const clang::Stmt *S);
  const clang::Stmt *receivedLess(Code &C, const LocalChannel &Of);
  bool handsOver(const clang::CXXMethodDecl *Send);
  llvm::DenseSet<const clang::FieldDecl *> closedFlags(const clang::CXXRecordDecl *RD);

  Unit &U;
  std::map<const Code *, std::deque<LocalChannel>> Known;
};

} // namespace heddle

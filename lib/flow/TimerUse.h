// Timers by their declarations: what arms them, what runs when they fire, and what else the program waits for.
#pragma once

#include "LoopFacts.h"
#include "TimerCycles.h"
#include "Uses.h"

#include <optional>

namespace heddle {

/// A timer that is a member.
struct MemberTimer {
  const clang::FieldDecl *Timer = nullptr;
  std::vector<std::pair<Code *, const Event *>> Armed;        ///< also the registrations of one-shot handlers
  llvm::SmallVector<const clang::FunctionDecl *, 2> Handlers; ///< the visible bodies that run when it fires
  bool PassedOn = false;                                      ///< it is the receiver of a signal, which may arm it
};

/// A body that runs for each message: a handler that hands itself over again, or was registered for many.
struct Activity {
  Code *Body = nullptr;
  const clang::Stmt *Again = nullptr; ///< what has it run again; null: the registration, once for all
};

/// A loop that waits until a point in time which its body moves.
struct DeadlineLoop {
  Code *In = nullptr;
  const Loop *Of = nullptr;
  const Event *Waits = nullptr;
  const clang::VarDecl *Deadline = nullptr;
  llvm::SmallVector<const clang::Stmt *, 2> Moved; ///< the assignments in the loop, in source order
};

/// Facts about one unit, computed when asked for. Not thread-safe (`U.get<TimerUse>()`).
class TimerUse {
public:
  explicit TimerUse(Unit &U);

  const std::vector<MemberTimer> &members();
  const std::vector<Activity> &activities();
  std::vector<DeadlineLoop> loops(Code &C);

  /// The statement that every run of the activity comes to that does not end by an early return, and that waits for the
  /// next message: in the body itself, or in the member to which it gives the message; where that member has another
  /// handler wait, the call of the member. Null if there is none, or several.
  const clang::Stmt *waitsAgain(const Activity &A);
  /// Returns true if a run of the activity arms the timer or passes it on, or stops it and goes on.
  bool touches(const Activity &A, const MemberTimer &T);
  /// Returns true if what runs on \p Reader reads a member, other than \p Timer, that what runs on \p Writer, and not
  /// on both, changes.
  bool tellsBy(const clang::FunctionDecl *Writer, const clang::FunctionDecl *Reader, const clang::FieldDecl *Timer);
  /// The bodies that arm the timer or lead there and that nothing visible calls: the ways in from outside.
  std::vector<const Code *> entries(const MemberTimer &T);

private:
  MemberTimer *timer(const std::optional<Place> &P);
  void addMember(Code &C, const Event &E);

  Unit &U;
  std::vector<MemberTimer> Members;
  std::vector<Activity> Activities;
  bool MembersKnown = false, ActivitiesKnown = false;
};

} // namespace heddle

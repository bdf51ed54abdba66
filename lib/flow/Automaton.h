// A typestate property as data. The engine (Simulation.h) runs it along the paths of every function; the rows are all
// that a check writes. Includes no Clang header.
#pragma once

#include "models/Model.h"

#include <optional>
#include <string_view>
#include <vector>

namespace heddle {

/// How an operation reaches the tracked object.
enum class Via {
  Here,      ///< done by this code, or by a callee that it waits for
  Later,     ///< done on some path of a callable that is handed over to run later or concurrently
  Elsewhere, ///< done by this code on *another* object, while the tracked one is in this state
};

/// Where a report stands.
enum class ReportAt {
  Operation, ///< where it shows: at the operation, which with Via::Later is in the callable's body
  Cause,     ///< where the first note of the story would stand
  HandOver   ///< with Via::Later: where the callable is handed over
};

/// One row. Rows are tried in order; the first whose From and On fit is taken; no row: the state stays.
struct Transition {
  /// "*" fits every state but "gone".
  std::string_view From;
  Op On;
  /// The new state. "gone": not tracked any further on this path. "error": Message is reported.
  std::string_view To;
  /// Shown when this row reports: starts lower case, says what happens at run time, no full stop. '%0' is the object.
  std::string_view Message = {};
  /// Shown as a note of a later report: where this row was taken.
  std::string_view Note = {};
  Via How = Via::Here;
  /// For rows with Via::Elsewhere: the operation must have this trait (Op is then ignored) and may block.
  bool OnlyIfBlocking = false;
  /// Only if the operation runs, in its own thread, what others attached.
  bool OnlyIfInline = false;
  ReportAt Where = ReportAt::Operation;
  /// Not if the operation has this fact.
  std::optional<Fact> Unless = std::nullopt;
};

/// What happens to the tracked object where it is passed to code that is not visible.
enum class OnEscape {
  Forget, ///< it is not tracked any further on this path
  Keep    ///< its state is assumed unchanged (locks: a function that changes its caller's lock says so)
};

struct Automaton {
  std::vector<Role> Tracks;
  std::string_view Start;   ///< of an object that this function makes
  std::string_view AtEntry; ///< of a parameter, member or captured object; empty: not tracked
  std::vector<Transition> Rows;
  OnEscape Escape = OnEscape::Forget;
  /// A loop that does something to the object in its iterations is assumed to run at least once: a container to be
  /// joined is not empty, a range of tasks to be started is not either.
  bool LoopsRun = false;
  /// The scope of a shared pointer to an object that was made there ends it, too: other owners do nothing to it that
  /// no row describes.
  bool SharedEnds = false;
  /// An exception that is seen to leave the scope of an object ends it, as a return does (Throws.h).
  bool Unwinds = false;
  /// An object that a visible callee is given by value ends there: the check looks at its parameters by itself.
  bool OwnsParameters = false;
};

} // namespace heddle

// Objects that own threads or connections, which it costs much to make, and how often code makes them.
#pragma once

#include "Creation.h"
#include "TimerUse.h"

#include <optional>

namespace heddle {

/// What it costs to make and end an object.
enum class Owns {
  Nothing,
  Threads,     ///< it starts threads, and waits for them in the end: several, or one for its event loop
  Connections, ///< it connects, or keeps connections for later use
};

/// How often a statement is evaluated.
struct Repetition {
  enum Kind {
    No,       ///< as far as visible once, a fixed number of times, or as often as nobody here knows
    Turns,    ///< in each iteration of a loop over items or without end
    Messages, ///< in a handler that runs for each message
    Calls,    ///< whenever callers have something to do for an object that lives longer
  } Is = No;
  clang::SourceLocation Loc; ///< of the loop, handler or member
};

/// Answers for one unit. Not thread-safe (`U.get<Executors>()`).
class Executors {
public:
  explicit Executors(Unit &U);

  /// What an object of this class owns: by its model, or because its constructor starts threads that a container of the
  /// object holds, or one that runs an event loop of the object. Members and what they lead to count.
  Owns owns(const clang::CXXRecordDecl *RD) { return owns(RD, 0); }
  /// What the result of this call owns, by its model.
  Owns owns(const clang::CallExpr *Call);
  /// How often the statement is evaluated, its callers included, to a depth of two.
  Repetition repetition(Code &C, const clang::Stmt *S) { return repetition(C, S, 0); }

private:
  Owns owns(const clang::CXXRecordDecl *RD, unsigned Depth);
  bool startsThreads(const clang::CXXRecordDecl *RD);
  Repetition repetition(Code &C, const clang::Stmt *S, unsigned Depth);

  Unit &U;
  std::map<const clang::CXXRecordDecl *, Owns> Known;
};

} // namespace heddle

// Parts of an object that a member releases while a task that uses them may still run.
#pragma once

#include "ClassFacts.h"

namespace heddle {

/// Returns true if the event destroys what a smart pointer has led to: `p.reset()`, `p = nullptr`, `p = make()`.
/// Another owner may keep it alive.
bool destroysPointee(Unit &U, const Event &E);
/// The pointer whose object ends with the call: of a modelled function, of `free`, or of one that is not visible and
/// takes nothing else, where the pointer is set to null behind it. Null for other calls.
const clang::Expr *freedBy(Unit &U, Code &C, const clang::CallExpr *Call);

/// One part that is released too early.
struct EarlyRelease {
  /// Of the object; what a part releases of its own is the part's release, where its member is called.
  const clang::FieldDecl *Released = nullptr;
  const clang::FieldDecl *User = nullptr; ///< the handle of the task, or the part that has the thread
  bool ByPart = false;                    ///< User is a part with a thread of its own
  clang::SourceLocation Loc;              ///< the release
  clang::SourceLocation Started;          ///< where the task is started, or the part is given what it uses
  clang::SourceLocation Used;             ///< where the task uses it
  clang::SourceLocation Requested;        ///< where the same member has asked the task to stop; else invalid
  /// Where the same member waits for the task afterwards; where a destructor has requested no stop, also
  /// the member whose end waits.
  clang::SourceLocation Joined;
};

/// Answers by class, kept. Not thread-safe (`U.get<EarlyReleases>()`).
class EarlyReleases {
public:
  explicit EarlyReleases(Unit &U);

  /// Of every member but constructors, with what it calls on the object and its parts (ObjectBodies): releases with a
  /// stop requested before or a wait for the task after them, and no wait before. The tasks of bases count, with what
  /// the class overrides. None where the task and the release hold a lock in common and the use may ask what is left,
  /// where the member starts tasks, or where a condition asks for the task.
  const std::vector<EarlyRelease> &of(ClassFacts &F);

private:
  Unit &U;
  std::map<const ClassFacts *, std::vector<EarlyRelease>> Known;
};

} // namespace heddle

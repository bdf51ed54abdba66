// Results of a task of an object that one of its members reads before it waits for that task.
#pragma once

#include "ClassFacts.h"

namespace heddle {

/// A read of what a task may still be writing.
struct EarlyRead {
  const ClassTask *Task = nullptr;
  const MemberAccess *Written = nullptr; ///< by the task
  const MemberAccess *Read = nullptr;    ///< by the member
  const MemberAccess *Wait = nullptr;    ///< where the same member waits for the task later
};

/// The first read of each field and member. None of a task that tells anybody anything while it runs, or takes a lock;
/// none where another member may have waited before, where the reading member learns something from another thread
/// first, and none of flags.
std::vector<EarlyRead> earlyReads(Unit &U, ClassFacts &F);

} // namespace heddle

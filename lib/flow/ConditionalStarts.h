// Threads of an object that may not be there when it ends, and joins that ask for nothing.
#pragma once

#include "ClassFacts.h"
#include "Creation.h"

namespace heddle {

/// A join of a handle that has no task on some path: one of the reasons is set.
struct UnaskedJoin {
  const clang::FieldDecl *Handle = nullptr;
  const Event *Join = nullptr;
  const Event *Start = nullptr;
  const clang::Expr *Condition = nullptr; ///< under which it is started
  const MemberAccess *Before = nullptr;   ///< another member joins it, and the object then ends
  const Made *Unstarted = nullptr;        ///< an object that ends on some path without a start
};

/// Of handles that must not be joined without a task, one join each. None where the handle is passed on or detached.
/// With a Condition, each start of the handle stands under one that no other handle of the same body needs, or that a
/// constructor asks while the destructor joins, or that asks for a setting of the object, for an argument, or for how
/// something ended that the same body tried, while the destructor joins; the join is under no condition, in its body
/// and those of the class that call it, which asks for the handle or for what the start asked.
/// With Before or Unstarted, the destructor joins under no condition at all what constructors do not start. Before is a
/// join by a member that others may call, which starts nothing; where it is the join that the destructor comes to, too,
/// somebody is seen to call that member. Unstarted is a local that is given to nobody.
std::vector<UnaskedJoin> unaskedJoins(Unit &U, ClassFacts &F);

/// Threads in a local array or vector whose elements exist before the threads do.
struct SkippedStart {
  const clang::VarDecl *Handles = nullptr;
  const Event *Start = nullptr;
  const clang::Expr *Condition = nullptr; ///< under which a turn of the loop starts one
  const Event *Join = nullptr;            ///< of each element, under no condition
};

/// Where one loop starts the threads and may skip some, and another goes over all elements and joins them. None where
/// threads are put in at the end, or started at more than one place.
std::vector<SkippedStart> skippedStarts(Code &C);

} // namespace heddle

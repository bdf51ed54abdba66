// Threads of an object that a member starts only under a condition, and joins that ask for nothing.
#pragma once

#include "ClassFacts.h"

namespace heddle {

/// One thread that is not started on some path on which its siblings are, and is joined on all.
struct ConditionalStart {
  const clang::FieldDecl *Handle = nullptr;
  const Event *Start = nullptr;
  const clang::Expr *Condition = nullptr; ///< under which it is started
  const Event *Join = nullptr;
};

/// Of handles that must not be joined without a task. Each start of the handle stands under a condition that no other
/// handle of the same body needs, or that a constructor asks while the destructor joins, or that asks for a setting of
/// the object while the destructor joins; the join is under no condition, in its body and those of the class that call
/// it, which asks for the handle or for what the start asked. None where the handle is moved, passed on, or tested
/// before the join.
std::vector<ConditionalStart> conditionalStarts(Unit &U, ClassFacts &F);

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

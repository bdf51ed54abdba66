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
/// handle of the same body needs, or that a constructor asks while the destructor joins, or that asks for a setting of the object while the destructor
/// joins; the join is under no
/// condition, in its body and those of the class that call it, which asks for the handle or for what the start asked.
/// None where the handle is moved, passed on, or tested before the join.
std::vector<ConditionalStart> conditionalStarts(Unit &U, ClassFacts &F);

} // namespace heddle

// Locals that hold a lock in a part: `auto scores = table.access();`.
#pragma once

#include "Unit.h"

namespace heddle {

/// The local variable, alive where the statement is evaluated, whose class was made to hold a lock of a thread: a guard
/// that it cannot release early - a lock_guard, or a unique_lock that no member of the class unlocks or moves away -
/// is one of its members. Null if there is none; guards themselves are not meant.
const clang::VarDecl *lockingLocal(Code &C, const clang::Stmt *At);

} // namespace heddle

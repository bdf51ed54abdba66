// Objects that a task of their own frees: `void run() { …; delete this; }`.
#pragma once

#include "Unit.h"

#include <optional>

namespace heddle {

/// Where a member starts a task on its own object, and that task, or a member that it calls, frees the object.
struct SelfFree {
  const clang::Stmt *Start = nullptr; ///< in the body that was asked about: the start, or the call that leads there
  clang::SourceLocation StartedAt;
  clang::SourceLocation Freed;
};

/// The first start of such a task in a body, itself or in members that it calls on the same object. The task frees the
/// object on every path that comes to the end of its body: an object that counts its users is none. Not known, and
/// none: tasks whose bodies are not visible.
std::optional<SelfFree> freesItself(Code &C);

/// Returns true if the statement uses the object of the body behind \p From: a member that is not static, or a call of
/// one.
const clang::Expr *ownUseBehind(Code &C, const clang::Stmt *From);

} // namespace heddle

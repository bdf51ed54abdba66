// Who ends the tasks of a group, and how it learns that one has failed.
#pragma once

#include "flow/Unit.h"

namespace heddle::group_without_cancellation {

/// Returns true if something in the body ends tasks: a stop request, or a source, scope or derived context of its own.
bool canCancel(const Code &C);

/// How a group can end its tasks by itself.
enum class Ends {
  Not,
  ByToken, ///< it has a source of its own, for those who have asked the group for the token
  Itself
};
Ends endsTasks(Unit &U, const clang::CXXRecordDecl *Group);

/// Returns true if the group is made of nothing, so that it cannot be tied to a token or a source of others.
bool madeOfNothing(const clang::VarDecl *Group);

/// Returns true if the body looks, behind the wait, at what the task leaves for it when it fails: a flag that it
/// raises, a result that is missing, an error.
bool tellsFailure(Code &C, const CallableRef &Task, const Event &Wait);

} // namespace heddle::group_without_cancellation

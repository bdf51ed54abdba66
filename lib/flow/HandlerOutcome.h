// What a completion handler does with its object before it asks how the operation ended.
#pragma once

#include "Code.h"

namespace heddle {

/// The first use of a member of the object, in the handler or in members that it calls, to which no condition leads
/// that looks at the handler's parameters; null if there is none. A handler without parameters asks nothing. Members
/// that are not visible use nothing.
const clang::MemberExpr *usedUnasked(Unit &U, const CallableRef &Handler);

} // namespace heddle

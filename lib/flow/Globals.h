// The variables of static storage that a unit defines.
#pragma once

#include "Unit.h"

namespace heddle {

/// The variables at namespace scope, and static members, that the user's code defines with an initialiser, in source
/// order; not those of system headers, of functions, and of templates that nothing instantiated.
std::vector<const clang::VarDecl *> globals(Unit &U);

/// Returns true if what the variable leads to is never destroyed, on purpose: `auto &pool = *new Pool;`.
bool isLeaked(const clang::VarDecl *V);

/// What the initialisation of a variable does first that has the effect, through constructors and functions that can be
/// seen: the place, or an invalid one. A thread that is a member by its default initialiser counts.
clang::SourceLocation startsTask(Unit &U, const clang::VarDecl *V);

} // namespace heddle

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

/// An object that is made when it is first asked for, and never destroyed: `static Service *s = new Service;` in a
/// function, or `instance = new Service;`, which gives a global its value in the function that returns it.
struct LazySingleton {
  const clang::VarDecl *Variable = nullptr;
  const clang::CXXRecordDecl *Class = nullptr; ///< a definition
  const clang::CXXNewExpr *Made = nullptr;
};

/// Those of a unit, in source order; not those that some code of the unit deletes.
std::vector<LazySingleton> lazySingletons(Unit &U);

} // namespace heddle

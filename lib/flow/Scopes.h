// What stands beside a statement or a declaration: the next statement, the names that are hidden or taken.
#pragma once

#include "Code.h"

namespace heddle {

/// The statement that is run after \p S in the innermost scope of what is declared in it: the next one of its block,
/// or, for the last one in the branch of an `if`, of the block around that. Null where the scope ends there. \p S is a
/// statement of a block, a branch, or the `init;` of an `if`, `switch` or `for`.
const clang::Stmt *nextInScope(const Code &C, const clang::Stmt *S);

/// The declarations that the local variable hides, innermost scope first: locals and parameters of the functions around
/// it, members of its class and bases, names of its namespaces.
llvm::SmallVector<const clang::ValueDecl *, 4> hiddenBy(const clang::VarDecl *V);

/// The first of these names that nothing in the body has; else the first one with a number.
std::string freshName(const Code &C, llvm::ArrayRef<llvm::StringRef> Names);

} // namespace heddle

// Which conditions hold where a statement of a body is evaluated, by the structure of the source.
#pragma once

#include "Code.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace heddle {

/// A condition that decides whether control reaches a statement, and the value that leads there.
struct Guard {
  const clang::Expr *Condition = nullptr; ///< of a switch, the value that it looks at
  bool Value = true;
  /// The labels of a switch that lead to the statement, null for `default`; empty for any other condition.
  llvm::SmallVector<const clang::Expr *, 2> Cases;
  const clang::Stmt *By = nullptr; ///< the if, loop, switch, or operator
};

/// The conditions that were asked, with these values, on every path that reaches \p S inside of \p Within (null: the
/// body): of the statements and operators around it, and of what leaves earlier in the same block, as in
/// `if (full) continue;`. Innermost first. What a condition reads may have changed since. Costs a walk to the root.
llvm::SmallVector<Guard, 4> guards(const Code &C, const clang::Stmt *S, const clang::Stmt *Within = nullptr);

/// Returns true if \p Condition has the value \p Value only when one of its operands has a value that \p Leaf accepts:
/// looks through `!`, `&&`, `||`, parentheses and casts.
bool implies(const clang::Expr *Condition, bool Value, llvm::function_ref<bool(const clang::Expr *, bool)> Leaf);

/// Returns true if control never runs from the end of \p S into what follows it: it ends in a jump, return or throw.
bool leaves(const clang::Stmt *S);

} // namespace heddle

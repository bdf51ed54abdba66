// The match form: AST matchers over the vocabulary, one message each.
#pragma once

#include "Matchers.h"
#include "Register.h"
#include "Reporter.h"

#include "clang/ASTMatchers/ASTMatchFinder.h"

namespace heddle {

/// What a matcher found in one body.
struct Matched {
  Code &C;
  const clang::ast_matchers::BoundNodes &Nodes;

  template <class Node> const Node *get(llvm::StringRef Id) const { return Nodes.getNodeAs<Node>(Id); }
  /// The event of this kind that happens at the node which is bound to \p Id.
  const Event &event(llvm::StringRef Id, Op Operation) const;
};

/// A pattern and what is said of it. Where is tried on every statement of every body in which anything of the
/// vocabulary happens, lambdas in bodies of their own.
struct Pattern {
  clang::ast_matchers::StatementMatcher Where;
  std::function<void(const Matched &, Reporter &)> Report;
};

/// Makes the patterns when a unit is looked at for the first time: matchers cost nothing where the check is off. Also
/// looks at the unit as a whole, for what is no pattern at one place.
struct PatternCheck {
  PatternCheck(CheckInfo Info, std::function<std::vector<Pattern>()> Patterns,
               std::function<void(Unit &, Reporter &)> Also = nullptr, bool Dev = false);
};

} // namespace heddle

// Flags that tell the state of an object, as `closed_`, and whether anything ever sets them.
#pragma once

#include "Uses.h"

namespace heddle {

/// A flag with the value that it has to have.
struct StateFlag {
  const clang::FieldDecl *Flag = nullptr; ///< null: something else decides
  bool Value = false;
};

/// Answers for one unit. Not thread-safe (`U.get<StateFlags>()`).
class StateFlags {
public:
  explicit StateFlags(Unit &U);

  /// The flag that alone decides whether the condition is true: named in the body, by a member function that returns
  /// it, or by one that says so where the flag is set.
  StateFlag asked(const Code &C, const clang::Expr *Condition) { return asked(C, Condition, 0); }
  /// Returns true if objects are made with the other value, and nothing gives them this one: all code that can is seen,
  /// and only the destructor sets the flag so, or members that nobody outside of the class calls in a unit that uses
  /// objects of the class.
  bool isNever(const StateFlag &F);

private:
  StateFlag asked(const Code &C, const clang::Expr *Condition, unsigned Depth);
  StateFlag decides(const Code &C, bool Result, unsigned Depth);
  bool computeNever(const StateFlag &F);
  const llvm::DenseMap<const clang::FunctionDecl *, std::vector<const clang::FunctionDecl *>> &naming();

  Unit &U;
  std::map<std::pair<const clang::FieldDecl *, bool>, bool> Never;
  llvm::DenseMap<const clang::FunctionDecl *, std::vector<const clang::FunctionDecl *>> Naming;
  bool NamingKnown = false;
};

} // namespace heddle

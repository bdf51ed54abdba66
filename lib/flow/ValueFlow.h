// Where the value of an expression goes, and where it comes from.
#pragma once

#include "Unit.h"

namespace heddle {

/// What becomes of a value at one place.
struct Flow {
  enum Kind {
    Unknown,
    Dropped,  ///< a full expression whose value nobody takes
    Declared, ///< initialises a variable
    Assigned, ///< assigned to a variable, or to a member or element of something
    Member,   ///< initialises a member, in a constructor's list or in an aggregate
    Element,  ///< put into a container by a member function of it
    Argument, ///< given to a parameter
    Receiver, ///< a member function or operator is called on it, or a member of it is read
    Returned,
    Captured, ///< by a lambda, by an initialiser or by copy
    Tested,   ///< a condition or an operand of an operator
    Ignored,  ///< cast to void
  };
  Kind Goes = Unknown;
  const clang::Expr *Value = nullptr; ///< the outermost expression that still is this value: a copy, a move
  const clang::Stmt *By = nullptr;    ///< the statement that takes it
  std::optional<Place> To;            ///< Declared, Assigned, Element: what it becomes; Member in a constructor's list
  const clang::VarDecl *Var = nullptr;     ///< Declared
  const clang::FieldDecl *Field = nullptr; ///< Member
  unsigned Index = 0;                      ///< Argument: of the parameter
};

/// A value where it is made.
struct Origin {
  struct Step {
    const Code *In;
    const clang::Expr *Made;
  };
  const Code *In = nullptr;
  const clang::Expr *Made = nullptr;
  /// The calls that hand it on: each one's callee returns what the next one, or Made, yields. The first stands in the
  /// body that was asked about.
  llvm::SmallVector<Step, 2> Through;
};

/// Answers by the structure of one body, through copies, moves, conversions, `share()`, conditional operators and
/// functions with visible bodies. Not by paths: a variable has one value. Stateless and cheap: a question climbs or
/// descends one expression.
class ValueFlow {
public:
  explicit ValueFlow(Unit &U);

  /// Where the value of the expression goes first.
  Flow next(const Code &C, const clang::Expr *E);
  /// Where it goes in the end: where it initialises a local variable from which it is then moved, copied or returned,
  /// what becomes of that; and all it may come to where the variable is used more than once.
  llvm::SmallVector<Flow, 2> ends(const Code &C, const clang::Expr *E);
  /// The same for the value of a local variable.
  llvm::SmallVector<Flow, 2> ends(const Code &C, const clang::VarDecl *V);

  /// The expression behind copies, moves, conversions and the initialiser of a local variable that is never assigned,
  /// nor in part.
  const clang::Expr *source(const Code &C, const clang::Expr *E);
  /// The same, without looking into variables.
  static const clang::Expr *behindCopies(const clang::Expr *E);
  /// Where the value is made: all expressions that it may be, through the returns of visible functions.
  llvm::SmallVector<Origin, 1> origins(const Code &C, const clang::Expr *E);
  /// What the function may return.
  llvm::SmallVector<Origin, 1> returned(const clang::FunctionDecl *F);

  /// Calls \p Found with every full expression of the body whose value nobody takes, those of lambdas excluded. A cast
  /// to void takes it: it says that the value is not wanted.
  static void dropped(const Code &C, llvm::function_ref<void(const clang::Expr *)> Found);

private:
  void takenBy(const Code &C, const clang::Expr *By, Flow &F);
  void takenByOperator(const Code &C, const clang::CXXOperatorCallExpr *O, Flow &F);
  void takenByCall(const Code &C, const clang::CallExpr *Call, Flow &F);
  void origins(Origin From, unsigned Depth, llvm::SmallVectorImpl<Origin> &Into);
  void ends(const Code &C, Flow F, unsigned Depth, llvm::SmallVectorImpl<Flow> &Into);
  bool ends(const Code &C, const clang::VarDecl *V, unsigned Depth, llvm::SmallVectorImpl<Flow> &Into);

  Unit &U;
};

} // namespace heddle

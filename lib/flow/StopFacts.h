// Which conditions test for a stop, and through what a body can observe one.
#pragma once

#include "Unit.h"

#include <map>

namespace heddle {

/// How a condition tests for a stop.
enum class StopKind {
  Token,  ///< an operation that observes a stop: a token, a context, QThread::isInterruptionRequested
  Atomic, ///< an atomic flag, or an event that happens once
  Flag,   ///< a plain or volatile flag that code outside of the body can set
  Signal, ///< a timed wait whose result says whether the signal came
};

/// One object that a condition tests.
struct StopAsk {
  StopKind Kind;
  const clang::ValueDecl *Object; ///< the last variable or member of its name; null when it has none
};

/// What a condition says about a stop. The polarity of a flag is not known: `running` and `stopped` are alike.
struct StopQuestion {
  llvm::SmallVector<StopAsk, 2> Asked;
  bool WhenTrue = false;  ///< true only when a stop, and nothing else, has made it so
  bool WhenFalse = false; ///< the same for false

  bool when(bool Value) const { return Value ? WhenTrue : WhenFalse; }
};

/// Something in scope of a body through which a stop can be observed.
struct StopSight {
  enum Origin { Parameter, Capture, Member, Accessor } From;
  const clang::ValueDecl *Decl; ///< the variable or member; of an accessor, the member function
};

/// Recognises questions for a stop: tokens and contexts of any library, flags, signals, and visible functions that
/// return the answer to one, or that yield nothing when a token has ended their wait. A question that cannot be read is
/// none. Costs a walk of the condition and of the functions that it calls; nothing is cached but the answers of
/// functions. Not thread-safe; belongs to one Unit (`U.get<StopFacts>()`).
class StopFacts {
public:
  explicit StopFacts(Unit &U);

  /// What \p Condition, an expression of \p C, says about a stop. A constant condition never has its other value, so
  /// this value is "only after a stop" without any question.
  StopQuestion of(const Code &C, const clang::Expr *Condition) { return of(C, Condition, 0); }

  /// Returns true if objects of this type observe a stop: tokens and contexts, also behind pointers.
  bool observes(clang::QualType T) const;
  /// Returns true for truth values and atomic ones.
  bool isFlag(clang::QualType T) const;
  /// The tokens and contexts that the body can name: parameters, captures, members of its class, and accessors of the
  /// class or of parameters' classes that return one. Flags are not among them.
  llvm::SmallVector<StopSight, 4> inScope(const Code &C) const;

private:
  StopQuestion of(const Code &C, const clang::Expr *E, unsigned Depth);
  StopQuestion ofCall(const Code &C, const clang::CallExpr *Call, unsigned Depth);
  StopQuestion ofFunction(const clang::FunctionDecl *F, unsigned Depth);
  StopQuestion ofReturn(const Code &C, const clang::ReturnStmt *R, unsigned Depth);
  const clang::CallExpr *givenBy(const Code &C, const clang::Expr *E) const;
  StopQuestion ofFlag(const Code &C, const clang::Expr *E, unsigned Depth);
  StopQuestion ofComparison(const Code &C, const clang::Expr *L, const clang::Expr *R, bool Equal, unsigned Depth);

  Unit &U;
  std::map<const clang::FunctionDecl *, StopQuestion> Functions;
};

} // namespace heddle

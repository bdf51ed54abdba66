// What a body does when something fails: which values carry an error, where a body learns of one, and what it does
// then. Which exceptions may leave a body is the business of Throws.
#pragma once

#include "Unit.h"

#include <map>

namespace heddle {

/// What a value says about the success of what made it.
enum class ErrorSign {
  None,
  WhenTrue,  ///< an error code, an exception_ptr: true in a test if something went wrong
  WhenFalse, ///< a status, a result, an `expected`: true in a test if all went well
};

/// What a handler or branch does with the error that it was entered for. The greater, the more is left of the error.
enum class Handling {
  Empty,   ///< no statement
  Words,   ///< output and questions at most: nothing that the program itself can find again
  Trace,   ///< stores, sends, counts, fulfils, calls back or tries again: somebody may learn of it
  Rethrow, ///< throws, also in a function that it calls
};

/// One place at which a body learns of an error.
struct ErrorPath {
  const clang::Stmt *Whole = nullptr; ///< the try or the if statement
  /// What runs on an error: the handler or the branch.
  const clang::Stmt *Taken = nullptr;
  Handling Does = Handling::Empty;

  bool isHandler() const { return llvm::isa<clang::CXXCatchStmt>(Taken); }
  clang::SourceLocation loc() const { return isHandler() ? Taken->getBeginLoc() : Whole->getBeginLoc(); }
};

/// Answers about errors in one unit. Bodies that are not visible leave no trace of what they are given by value or as
/// const, and may throw. Lazy: a question costs one walk over the part that it is about, and over the visible functions
/// that this part calls. Not thread-safe.
class ErrorFlow {
public:
  explicit ErrorFlow(Unit &U);

  /// How a value of this type carries an error: a class that can be tested and says what went wrong.
  ErrorSign sign(clang::QualType T);
  /// The type of what a future, promise or task of this type carries; null if it is no template over a type.
  static clang::QualType carried(clang::QualType T);
  /// Returns true if the result of the function can report success: a truth value, an error, something that
  /// may be missing.
  bool tellsOutcome(const clang::FunctionDecl *F);
  /// The same for values of a class.
  bool tellsOutcome(clang::QualType T);

  /// The handlers of a body and the branches that it takes on an error, those of its lambdas excluded, in source order.
  /// A condition with an else branch is no such test: the other branch may report success.
  const std::vector<ErrorPath> &paths(const Code &C);
  Handling handling(const Code &C, const clang::Stmt *Part);
  /// Returns true if nothing is done after it but to return a constant, to print, or to take the next iteration of a
  /// loop over a range.
  bool endsAfter(const Code &C, const ErrorPath &P);
  /// Returns true if the body returns after it what it returns when all goes well. Where results are computed the
  /// caller can report it, and the answer is false.
  bool reportsSuccess(const Code &C, const ErrorPath &P);

  /// Returns true if a handler of the statement takes every exception that derives from std::exception.
  static bool catchesAll(const clang::CXXTryStmt *Try);
  /// Returns true if an exception may escape the function; code that is not visible may throw.
  bool mayThrow(const clang::FunctionDecl *F);

private:
  friend class TraceFinder;
  const clang::Stmt *takenOnError(const Code &C, const clang::IfStmt *If);
  Handling handlingIn(const clang::FunctionDecl *F);
  bool leavesSomething(const Code &C, const clang::Stmt *S);

  Unit &U;
  std::map<const clang::FunctionDecl *, std::vector<ErrorPath>> Paths;
  llvm::DenseMap<const clang::FunctionDecl *, Handling> Callees;
  llvm::DenseMap<const clang::FunctionDecl *, bool> MayThrow;
};

} // namespace heddle

// The counts that bodies change, and who waits until they are zero.
#pragma once

#include "flow/Unit.h"

#include <map>

namespace heddle {

class Reporter;

namespace count_inside_task {

/// One step of a count, identified by the member or variable that holds it.
struct CountStep {
  const clang::ValueDecl *Key;
  bool Up;
  /// The calls that lead to it, and itself.
  llvm::SmallVector<std::pair<const clang::Stmt *, clang::SourceLocation>, 4> Way;
  const clang::ParmVarDecl *By = nullptr; ///< it goes up by what the caller says
  bool Looped = false;                    ///< in a loop
  bool Late = false;                      ///< after something was taken out of a queue
};

/// The steps of each body, also those in what it calls and in the constructors and destructors of its locals.
class CountSteps {
public:
  explicit CountSteps(Unit &U);
  const std::vector<CountStep> &of(Code &C);

private:
  std::vector<CountStep> find(Code &C);
  void through(const Code &C, const Event &Call, std::vector<CountStep> &Out);

  Unit &U;
  std::map<const Code *, std::vector<CountStep>> Known;
};

/// The member or variable that the place names, or null for an element.
const clang::ValueDecl *keyOf(const Place &P);
const clang::ValueDecl *keyOf(const Code &C, const clang::Expr *E);

/// What the statement counts: `++n`, `n += 1`, `n.fetch_add(1)` and their like; null if it does not. \p By is null for
/// a step of one.
const clang::Expr *counted(const clang::Stmt *S, bool &Up, const clang::Expr *&By);
const clang::Expr *counted(const clang::Stmt *S);

/// Returns true if the condition asks whether this count, and nothing else, has come down to zero, or has not yet.
bool asksForZero(const Code &C, const clang::Expr *Condition, const clang::ValueDecl *Key);

/// A wait for a count to come down to zero.
struct Waiter {
  const Code *In = nullptr;
  clang::SourceLocation Loc;
};
/// The first outside of these bodies. \p Idly: in a loop that does nothing meanwhile.
std::optional<Waiter> waiter(Unit &U, const clang::ValueDecl *Key, llvm::ArrayRef<const Code *> NotIn,
                             bool Idly = false);

/// A count that the starter raises after it has handed the task over.
void countedLate(Code &C, Reporter &R);
/// A count that a worker raises when it has taken its work out of the queue.
void countedWhenTaken(Code &C, Reporter &R);

} // namespace count_inside_task
} // namespace heddle

// How often a loop iterates, what ends it, where it waits, and what holds it back.
#pragma once

#include "Guards.h"
#include "Loops.h"
#include "StopFacts.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <map>
#include <set>

namespace heddle {

/// What decides how often a loop iterates.
enum class Trips {
  Constant, ///< the source says how many: a literal bound, an array, a list that nothing is added to
  Number,   ///< a computed number, or a container that is limited to one
  Elements, ///< one for each element of a container of any size
  Open      ///< any other condition, or none
};

/// What ends a loop.
enum class LoopEnd {
  Itself, ///< it ends by itself, as far as visible
  OnStop, ///< only a stop request
  Never   ///< nothing
};

/// One place at which control leaves a loop.
struct LoopExit {
  const clang::Stmt *Site = nullptr; ///< break, return, goto, throw, a call that never returns, or the loop's condition
  llvm::SmallVector<Guard, 4> When;  ///< what was tested inside the loop on every path there
};

struct Loop {
  const clang::Stmt *Statement = nullptr;
  Trips Turns = Trips::Open;
  const clang::Expr *Over = nullptr; ///< Elements, and containers with fewer: the container
  bool Arrives = false;              ///< Open: each iteration waits for something that comes in
  /// Open: the variables that each iteration takes from a function without a visible body.
  llvm::SmallVector<const clang::VarDecl *, 2> Took;
  std::vector<LoopExit> Exits; ///< in source order, the condition first
  LoopEnd Ends = LoopEnd::Itself;
  llvm::SmallVector<StopAsk, 2> Asked; ///< the tests for a stop in its conditions and those of its exits

  bool endless() const { return Ends != LoopEnd::Itself; }
};

/// The path on which a completion handler is registered again.
struct Chain {
  const Event *Entry = nullptr;     ///< of the body itself: the registration, or the call that leads there
  const Event *Registers = nullptr; ///< the registration
};

/// Facts about loops, made when asked for and kept. Loops made of goto do not count. Not thread-safe; belongs to one
/// Unit (`U.get<LoopFacts>()`).
class LoopFacts {
public:
  explicit LoopFacts(Unit &U);

  /// The facts of a loop statement of this body.
  const Loop &of(const Code &C, const clang::Stmt *Statement);
  /// The loops of a body, in source order; not those of its lambdas.
  llvm::SmallVector<const Loop *, 4> in(const Code &C);
  /// The innermost loop that evaluates the statement again in every iteration, its condition and increment included;
  /// null if none does.
  const Loop *repeating(const Code &C, const clang::Stmt *S);
  /// The first loop that every run of the body comes to and only a stop ends, also in a function that the body calls as
  /// a statement of its own: `[this] { run(); }`. Null if there is none.
  const Loop *forever(const Code &C) { return forever(C, 0); }

  /// How the body, run later as a handler, comes back to itself: the loop that a chain of completion handlers makes.
  /// The handlers of timers make none.
  std::optional<Chain> chain(const Code &C);

  /// Returns true if there are as many elements as the source says, whatever the input: by the type of the container,
  /// or because it is written down and nothing is added.
  static bool isConstant(const Code &C, const clang::Expr *Container);
  /// Returns true if every exit of the loop, and there is one, has a guard that \p Accepts.
  static bool leftOnly(const Loop &L, llvm::function_ref<bool(const Guard &)> Accepts);

  /// The event of an iteration, header included, that waits for another thread, for time or for the outside, or the
  /// call that leads to one; null if none is seen. `co_await` is one.
  const clang::Stmt *waits(const Code &C, const Loop &L);
  /// What limits the number of things that iterations start: a permit, a join, a wait, in the iteration or its
  /// callees, or an `if` that compares with a bound. Null if nothing does.
  const clang::Stmt *limit(const Code &C, const Loop &L);
  /// The same for a body that a loop calls.
  const clang::Stmt *limit(const Code &C);
  /// Returns true if at most one iteration of \p Loop at a time does \p S: the loop is left behind it, or it stands
  /// below a question that \p S or its branch answers, `if (!running.exchange(true))`, `if (!t.joinable()) t = …`.
  /// Without a loop: at most one call of the body, as the object that is asked about outlives it.
  bool once(const Code &C, const clang::Stmt *S, const clang::Stmt *Loop = nullptr);

private:
  const clang::Stmt *comparesInIf(const clang::Stmt *Body);
  const clang::Stmt *heldBack(const Code &C, const clang::Stmt *Within);

  void findTrips(const Code &C, Loop &L);
  void findExits(const Code &C, Loop &L);
  void findEnd(const Code &C, Loop &L);
  const clang::Expr *container(const Code &C, const clang::Stmt *Statement);
  bool isKeptShort(const Code &C, const clang::Expr *Range);
  bool isFilledByNumber(const clang::FieldDecl *Slots, const Place &P);
  bool isLocalFilledByNumber(const Code &C, const Place &P);
  const Loop *forever(const Code &C, unsigned Depth);
  std::optional<Chain> leadsTo(const clang::FunctionDecl *F, const clang::FunctionDecl *From, bool Later,
                               unsigned Depth, std::set<std::pair<const clang::FunctionDecl *, bool>> &Seen);

  Unit &U;
  StopFacts &Stops;
  std::map<const clang::Stmt *, Loop> Loops;
};

} // namespace heddle

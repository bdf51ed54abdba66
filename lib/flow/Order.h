// In which order the statements of one body may run.
#pragma once

#include "Unit.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <map>

namespace heddle {

/// Answers by the graph of a body, never by positions in its source. A statement stands for the moment at which it has
/// been evaluated; a block, branch or loop for the first thing that is evaluated in it. Where there is no graph, or the
/// statement is not in it (a lambda's body has a graph of its own, dead code has none), the answer is "no". A question
/// costs one walk over the graph. Paths that only an exception takes count where Paths::All is said.
class Order {
public:
  enum class Paths { Normal, All };
  using Elements = llvm::function_ref<bool(const clang::Stmt *)>;

  explicit Order(Unit &);

  /// Returns true if a path leads from behind \p From to \p To, without an element that \p Avoiding accepts.
  /// A statement reaches itself only by a loop.
  bool reaches(Code &C, const clang::Stmt *From, const clang::Stmt *To, Elements Avoiding = nullptr,
               Paths Which = Paths::Normal);
  /// Returns true if every path from the entry to \p Then has evaluated \p First before. For what only an exception
  /// leads to, all paths count.
  bool dominates(Code &C, const clang::Stmt *First, const clang::Stmt *Then, Paths Which = Paths::Normal);
  /// Returns true if a path leads from behind \p From out of the body, without an element that \p Avoiding accepts.
  bool reachesExit(Code &C, const clang::Stmt *From, Elements Avoiding = nullptr, Paths Which = Paths::Normal);
  /// Returns true if every path from behind \p First that ends comes to \p Then.
  bool surelyFollows(Code &C, const clang::Stmt *First, const clang::Stmt *Then, Paths Which = Paths::Normal);
  /// Returns true if no path through the body that ends does so without evaluating \p S.
  bool onEveryPath(Code &C, const clang::Stmt *S, Paths Which = Paths::Normal);
  /// Returns true if no iteration of \p Loop comes round to the next one without evaluating \p S.
  bool inEveryTurn(Code &C, const clang::Stmt *Loop, const clang::Stmt *S, Paths Which = Paths::Normal);

private:
  struct Point {
    const clang::CFGBlock *Block = nullptr;
    unsigned Index = 0; ///< of the element
  };
  using Points = llvm::DenseMap<const clang::Stmt *, Point>;
  struct Walk;

  const Points &points(Code &C);
  std::optional<Point> find(Code &C, const clang::Stmt *S);

  std::map<const Code *, Points> Known;
};

} // namespace heddle

// Which locks are held where.
#pragma once

#include "Simulation.h"

#include <map>

namespace heddle {

/// The locks that a body surely holds at its points: acquired on every path and not released. Computed once for each
/// body that somebody asks about. Not thread-safe; belongs to one Unit.
class HeldLocks {
public:
  explicit HeldLocks(Unit &U);

  /// The locks held just before \p S (an element of the graph of \p C) is evaluated, as \p C names them; those that it
  /// was entered with and has not released are among them (EntryLocks.h).
  llvm::SmallVector<Place, 2> at(Code &C, const clang::Stmt *S);
  /// Returns true if no feasible path leads to \p S, or to the element of the graph that it is part of: nothing can be
  /// said of the locks there. Known of bodies that take locks only.
  bool isUnreached(Code &C, const clang::Stmt *S);
  /// Returns true if the body is called with locks that it does not take itself: it has a guard as a parameter, or an
  /// attribute that requires a lock.
  bool demanded(const Code &C) const;
  /// Returns true if \p S is reached with a lock that is made of an atomic by hand: a helper that was called before it,
  /// or the constructor of a local in whose scope it stands, returned only once it had set that atomic itself. Which
  /// atomic is not known.
  bool byHand(const Code &C, const clang::Stmt *S);

private:
  std::vector<Place> reached(const Code &C);
  bool seizes(const clang::FunctionDecl *F);
  static bool isOfLocal(const Code &C, const Event &E);
  bool givenBack(const Code &C, const Event &Taken, clang::SourceLocation Until);
  Simulation Sim;
  Unit &U;
  struct Held {
    Place Lock;
    StateMap Map;
  };
  /// The locks that the body or its callees take or release, each with its states.
  const std::vector<Held> &held(Code &C);
  std::map<const Code *, std::vector<Held>> Known;
  llvm::DenseMap<const clang::FunctionDecl *, bool> Seizes;
};

} // namespace heddle

// Property simulation: runs an automaton over every path of every function, with branch facts.
//
// In the manner of ESP (Das, Lerner, Seigle, PLDI 2002): a path state is an automaton state and the branch facts known
// to hold. States with the same automaton state merge where paths meet and keep the facts they share; different ones
// stay apart. So correlated branches stay apart where it matters, and the work stays polynomial.
#pragma once

#include "Automaton.h"
#include "StoryLine.h"
#include "Unit.h"

#include <string>

namespace heddle {

/// The states in which one object may be at the points of one body. A set of states is a bit mask over StateMap::bit.
struct StateMap {
  std::vector<std::string> Names;
  llvm::DenseMap<const clang::Stmt *, unsigned> Before;   ///< just before an element of the graph is evaluated
  llvm::DenseMap<const clang::VarDecl *, unsigned> AtEnd; ///< when the lifetime of a local variable ends
  unsigned AtExit = 0;                                    ///< when the function returns
  bool Complete = false; ///< false: the function exceeded the budget, or has no graph; the rest means nothing then

  /// The bit of a state; 0 for one that the object is never in.
  unsigned bit(std::string_view State) const;
  static constexpr unsigned Untracked = 1u << 31; ///< not tracked there: escaped, or not yet made
};

/// A row that reported.
struct Finding {
  const Transition *Row = nullptr;
  Place Object;
  const clang::Stmt *Site = nullptr; ///< the operation that is wrong, in the function that was asked about (or in a
                                     ///< callable that it hands over)
  clang::SourceLocation Loc;
  clang::SourceLocation Operation; ///< of the operation itself, where Loc is that of a call which leads to it
  std::string Message;
  std::vector<StoryLine> Story; ///< in the order in which it happens

  /// Reports the first step of the story instead; the others follow it.
  void reportFirstStep();
  /// Reports the end of the story instead: all of it happens before \p End.
  void reportEnd(clang::SourceLocation End);
};

/// An exit of a body.
struct Exit {
  std::string State;               ///< of the object; empty: it is not tracked any more
  bool Throws = false;             ///< an exception leaves the body
  bool Claimed = false;            ///< a condition on the path chose one winner among several
  const clang::Stmt *By = nullptr; ///< the return or what throws; null where the end of the body is reached
  std::vector<StoryLine> Story;
};

/// Runs one automaton. Keeps summaries of callees, so one instance serves a whole unit.
class Simulation {
public:
  Simulation(Unit &U, const Automaton &A);
  ~Simulation();

  /// Reports for all objects that \p F itself handles. A function that exceeds the budget has none.
  std::vector<Finding> run(const clang::FunctionDecl *F);

  /// The exits of a body, for an object that exists at its entry. A body that exceeds the budget has none.
  std::vector<Exit> exits(const clang::FunctionDecl *F, const Place &Object);

  /// The states in which the object that \p Mention names may be just before that expression is evaluated, sorted;
  /// for tests of the engine.
  std::vector<std::string> statesAt(const clang::FunctionDecl *F, const Place &Object, const clang::Stmt *Mention);

  /// The same for every point of the body.
  StateMap states(const clang::FunctionDecl *F, const Place &Object);

  /// The objects that the automaton would be run for in \p F.
  std::vector<Place> objects(const clang::FunctionDecl *F);

  /// The same, and those that only its callees handle, as \p F names them.
  std::vector<Place> reached(const clang::FunctionDecl *F);

  /// How many functions were given up because they exceeded the budget.
  unsigned givenUp() const;

private:
  struct Impl;
  std::unique_ptr<Impl> I;
};

} // namespace heddle

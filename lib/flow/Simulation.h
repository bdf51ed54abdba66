// Property simulation: runs an automaton over every path of every function, with branch facts.
//
// In the manner of ESP (Das, Lerner, Seigle, PLDI 2002): a path state is an automaton state and the branch facts known
// to hold. States with the same automaton state merge where paths meet and keep the facts they share; different ones
// stay apart. So correlated branches stay apart where it matters, and the work stays polynomial.
#pragma once

#include "Automaton.h"
#include "Unit.h"

#include <string>

namespace heddle {

/// One line of the story that a report tells.
struct StoryLine {
  clang::SourceLocation Loc;
  std::string Text;
};

/// A row that reported.
struct Finding {
  const Transition *Row = nullptr;
  Place Object;
  const clang::Stmt *Site = nullptr; ///< the operation that is wrong, in the function that was asked about (or in a
                                     ///< callable that it hands over)
  clang::SourceLocation Loc;
  std::string Message;
  std::vector<StoryLine> Story; ///< in the order in which it happens
};

/// Runs one automaton. Keeps summaries of callees, so one instance serves a whole unit.
class Simulation {
public:
  Simulation(Unit &U, const Automaton &A);
  ~Simulation();

  /// Reports for all objects that \p F itself handles. A function that exceeds the budget has none.
  std::vector<Finding> run(const clang::FunctionDecl *F);

  /// The states in which the object that \p Mention names may be just before that expression is evaluated, sorted;
  /// for tests of the engine.
  std::vector<std::string> statesAt(const clang::FunctionDecl *F, const Place &Object, const clang::Stmt *Mention);

  /// How many functions were given up because they exceeded the budget.
  unsigned givenUp() const;

private:
  struct Impl;
  std::unique_ptr<Impl> I;
};

} // namespace heddle

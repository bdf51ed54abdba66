// How a check is registered: one static object in its file. No list to edit, no Clang header to include.
#pragma once

#include "CheckInfo.h"
#include "flow/Automaton.h"

#include <functional>
#include <vector>

namespace heddle {

class Code;
class Reporter;
class Unit;
struct Finding;

/// A check as it stands in the registry. Exactly one of the three forms is set; Also may add unit-wide work to the
/// first two.
struct Registered {
  CheckInfo Info;
  const Automaton *Paths = nullptr;
  /// Asked before an automaton's finding is shown; false keeps it quiet.
  std::function<bool(Unit &, Finding &)> Accept;
  std::function<void(Code &, Reporter &)> EachFunction;
  std::function<void(Unit &, Reporter &)> WholeUnit;
  bool Dev = false; ///< for Heddle's own tests; hidden from users
};

/// All checks, in no particular order.
std::vector<Registered> &registry();

/// The automaton form: rows, and nothing else.
struct AutomatonCheck {
  AutomatonCheck(CheckInfo Info, const Automaton &A, std::function<bool(Unit &, Finding &)> Accept = nullptr,
                 std::function<void(Unit &, Reporter &)> Also = nullptr);
};

/// The match form: looks at the events of each function.
struct MatchCheck {
  MatchCheck(CheckInfo Info, std::function<void(Code &, Reporter &)> EachFunction,
             std::function<void(Unit &, Reporter &)> Also = nullptr, bool Dev = false);
};

/// The unit form: looks at the translation unit as a whole.
struct UnitCheck {
  UnitCheck(CheckInfo Info, std::function<void(Unit &, Reporter &)> WholeUnit, bool Dev = false);
};

} // namespace heddle

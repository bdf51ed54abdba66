// The parts of future-read-twice that an automaton over one object cannot see.
#pragma once

#include "flow/Simulation.h"

namespace heddle {

class Reporter;

namespace future_read_twice {

/// One element of a container or array that is read twice, by one index or iterator.
void elements(Code &C, Reporter &R);
/// Containers of which every element is read, and then every element again.
void containers(Code &C, Reporter &R);

/// A read whose flag "already taken" is set behind it, so that one that throws is repeated by the next call.
void flagged(Code &C, Reporter &R);

/// A channel that is sent to once and then closed is a future in disguise.
class OneShotChannels {
public:
  explicit OneShotChannels(Unit &U);
  void look(Code &C, Reporter &R);

private:
  Simulation Draining;
};

} // namespace future_read_twice
} // namespace heddle

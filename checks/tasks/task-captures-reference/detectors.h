// The detectors behind heddle-task-captures-reference.
#pragma once

namespace heddle {

class Code;
class Reporter;
class Unit;

/// Callables that are returned or stored, and called when the locals that they refer to are gone.
void keptCallables(Code &C, Reporter &R);
/// Callables of a constructor's initialisers that refer to a parameter, where the member of that name is meant.
void shadowingParameters(Code &C, Reporter &R);
/// Callables that wait in a foreign queue with a `this` whose owner may destroy the object.
void postedWithThis(Unit &U, Reporter &R);

} // namespace heddle

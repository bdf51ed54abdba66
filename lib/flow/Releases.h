// Which parts of an object its members release, by name.
#pragma once

#include "ClassFacts.h"

namespace heddle {

/// Returns true if the event destroys what a smart pointer has led to: `p.reset()`, `p = nullptr`, `p = make()`. Another
/// owner may keep it alive.
bool destroysPointee(Unit &U, const Event &E);

} // namespace heddle

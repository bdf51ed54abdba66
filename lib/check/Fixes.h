// Mechanical edits that several checks offer.
#pragma once

#include "flow/Captures.h"

#include "clang/Basic/Diagnostic.h"

namespace heddle {

/// Captures the variable by value. None where the lambda may write it, or a copy would be another object (a lock, a
/// handle) or none at all.
std::vector<clang::FixItHint> captureByValue(Unit &U, const Held &H);

} // namespace heddle

// How long a constant duration is, of any length: what a clock cannot count is known, too. See Durations for timed
// calls.
#pragma once

#include "Code.h"

namespace heddle {

/// A duration of any library: `std::chrono::duration`, `absl::Duration`.
bool isDuration(clang::QualType T);
/// Returns true for a length of time or a point in it: std::chrono::duration, boost::chrono::time_point.
bool isTime(clang::QualType T);

/// The seconds that one count of a type like std::chrono::duration stands for; none for any other type.
std::optional<double> durationUnit(clang::QualType T);

/// The seconds of a constant of a type like std::chrono::duration, with a count and a std::ratio. None for anything
/// else.
std::optional<double> constantSeconds(const clang::Expr *E, const clang::ASTContext &Ctx);

/// A constant that fits and that the duration may be: the expression itself, an initial value, an assignment or a
/// default argument of the variable or member that it names, what callers give for a parameter, what a visible function
/// returns. Null if there is none.
const clang::Expr *constantDuration(const Code &C, const clang::Expr *E, llvm::function_ref<bool(double)> Fits);

} // namespace heddle

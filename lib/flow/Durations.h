// How long a timed call lasts at most, where the source says so.
#pragma once

#include "Unit.h"

#include <chrono>

namespace heddle {

/// A length of time that the source names.
struct Duration {
  std::chrono::nanoseconds Time{0};
  bool Exact = true; ///< false: the initial value of a member or variable that other code may change
  bool Part = false; ///< an unknown part of the time: `1000 / rate`

  /// As a message tells it: "10 s", "250 ms".
  std::string text() const;
};

/// Reads the bound of a timed call: an argument of a duration type (a class around one number whose template arguments
/// name a ratio), one that is added to a time point, a number whose parameter or function names its unit, a local
/// `timespec`. Of a parameter counts the longest time that visible callers give, if all give a known one. Stateless; a
/// question costs an evaluation of the arguments (`U.get<Durations>()`).
class Durations {
public:
  explicit Durations(Unit &U);

  /// None: not known.
  std::optional<Duration> of(const Code &C, const Event &E) { return of(C, E, 0); }
  /// The parameter of the body which is the bound, so that callers decide; or null.
  const clang::ParmVarDecl *parameter(const Code &C, const Event &E);

private:
  const clang::Expr *bound(const Event &E, const clang::ParmVarDecl *&Takes);
  std::optional<Duration> of(const Code &C, const Event &E, unsigned Depth);
  std::optional<Duration> value(const Code &C, const clang::Expr *E, double Unit, unsigned Depth);
  std::optional<Duration> record(const Code &C, const clang::Expr *E);
  std::optional<Duration> constant(const clang::Expr *E, double Unit);
  std::optional<Duration> given(const clang::ParmVarDecl *P, double Unit, unsigned Depth);

  Unit &U;
};

} // namespace heddle

// What a loop acquires in each iteration, and only the end of the function releases.
#pragma once

#include "LoopFacts.h"

namespace heddle {

/// A local container that collects locks, files or other handles in a loop, and is not asked again.
struct Accumulation {
  const clang::VarDecl *Holder = nullptr;
  const clang::Stmt *Loop = nullptr;
  const Event *Insert = nullptr;
  bool Locks = false; ///< else files, or handles of a class that releases something at its end
};

/// Silent where the loop does nothing but collect, where something is done with the container behind the loop or taken
/// out of it, and where what the loop went over is used behind it: then all are needed at once. Loops with a constant
/// number of turns do not count. Not thread-safe (`U.get<Accumulations>()`).
class Accumulations {
public:
  explicit Accumulations(Unit &U);

  std::vector<Accumulation> in(Code &C);

private:
  enum class Gives { Nothing, Lock, Handle };
  Gives atEnd(clang::QualType T);

  Unit &U;
};

} // namespace heddle

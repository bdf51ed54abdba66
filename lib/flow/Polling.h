// Loops that poll whether a future is ready.
#pragma once

#include "LoopFacts.h"

namespace heddle {

/// A loop that only the readiness of a future ends, or a stop.
struct PollingLoop {
  const Event *Poll = nullptr;       ///< the timed wait whose result it tests
  const clang::Stmt *Loop = nullptr; ///< may stand in a caller of the body with the poll
};

/// Finds loops that run until a future is ready: by the status of a timed wait, compared with the enumerator `ready`,
/// in a condition, in a switch, or in a visible function that returns the answer. A loop with another exit is none. Nor
/// is any in a body that names the status `deferred`: it knows that a future may be deferred. Not thread-safe
/// (`U.get<Polling>()`).
class Polling {
public:
  explicit Polling(Unit &U);

  /// The loop that polls the future that \p C calls so: in the body, in a function that it hands the future to, or for
  /// a member in any body of its class and in code that asks the object. An element stands for all of a container.
  std::optional<PollingLoop> loop(Code &C, const Place &Future);

  /// Returns true if \p P, in \p C, is the future, or an element of the container where the future is one.
  static bool names(const Code &C, const Place &P, const Place &Future);

private:
  std::optional<PollingLoop> in(const Code &C, const Place &Future, unsigned Depth);
  std::optional<PollingLoop> draining(const Code &C, const Place &Future, const Event &Poll);
  const clang::Stmt *untilEmpty(const Code &C, const clang::Stmt *Inside, const Place &Tasks);
  /// Returns true if the condition has the value only when the future is ready; \p Poll is set to what asks.
  bool ready(const Code &C, const clang::Expr *E, bool Value, const Place &Future, const Event *&Poll,
             unsigned Depth = 0);
  bool ready(const Code &C, const Guard &G, const Place &Future, const Event *&Poll, unsigned Depth = 0);
  bool readyAt(const Code &C, const clang::ReturnStmt *R, bool Value, const Place &Future, const Event *&Poll,
               unsigned Depth);
  const Event *poll(const Code &C, const clang::Expr *Status, const Place &Future);

  Unit &U;
  LoopFacts &Loops;
};

} // namespace heddle

// Sleeps and waits that a stop has to sit through: what is asked for a stop around them, and what wakes them then.
#pragma once

#include "LoopFacts.h"
#include "StopRequests.h"

#include <deque>

namespace heddle {

/// A sleep or wait of a thread that is to end when a stop is requested.
struct StopWait {
  Code *In = nullptr;
  const Event *What = nullptr;       ///< the sleep or wait, or the call of another object's member that leads to it
  const Event *Inside = nullptr;     ///< set with a call: the wait behind it
  Place Object;                      ///< what it waits for, in the names of In; invalid: not known
  bool Owned = false;                ///< Object is a part of the object or a variable, nothing that was given
  StopAsk Asked{};                   ///< what signals the stop
  const clang::Expr *Asks = nullptr; ///< the question; null where a token is in scope, but no loop asks it
  const Code *AsksIn = nullptr;
  std::optional<std::int64_t> Ends;       ///< the value of a flag or state that ends the loop, where it is known
  bool EndsUnless = false;                ///< it is the only one that does not
  const Loop *Around = nullptr;           ///< the loop that asks; null where the wait's own predicate asks a token
  llvm::SmallVector<CallEdge, 2> Through; ///< the calls that lead from AsksIn to In
  bool Slice = false;                     ///< the loop does nothing but wait in small portions
};

/// How a wait stands to a stop.
struct Wake {
  enum Kind {
    Unknown, ///< not all that may wake it is seen
    Woken,
    Deaf,   ///< it is notified, but the predicate or loop of the wait does not ask for the stop, and waits on
    Asleep, ///< nothing wakes it
  } Is = Unknown;
  const Event *By = nullptr; ///< Woken, Deaf: what wakes or notifies
};

/// Not thread-safe; belongs to one Unit (`U.get<StopWaits>()`).
class StopWaits {
public:
  explicit StopWaits(Unit &U);

  /// The sleeps and waits of a body for which a stop is asked: by a loop around it, in the body or in one that calls
  /// it, or by a token that the body is given. Those that take a token themselves, or run only after a stop was seen,
  /// are none.
  std::vector<StopWait> in(Code &C);
  /// The calls that wait for input of the system, without a bound, for which a loop asks for a stop: `read`, `recv`,
  /// `accept` on a descriptor that the unit keeps, `getline` from standard input. None where a call of the loop waits
  /// with a timeout, or the unit may give the descriptor one.
  std::vector<StopWait> input(Code &C);
  /// Returns true if code that does not first wait for tasks shuts down or writes to the descriptor, or may do so
  /// unseen. `close` ends no call that waits already, unless what else the stop does may interrupt it.
  bool isEndedFromOutside(const StopWait &W);
  /// Returns true if the future that is waited for is a variable of the body, made by unseen code that was given
  /// neither the token nor a task: nobody knows when the answer comes. Only the first wait for it counts.
  bool comesFromElsewhere(const StopWait &W);
  /// Returns true if the function that sleeps for a time which callers give it serves the thread that asks alone: it is
  /// private or internal, and all its callers are seen there. One mend in it mends them all.
  bool servesOneTask(const StopWait &W);
  /// Whether what happens when one of these stops is requested wakes the wait. For a token also what its callbacks do.
  Wake wake(const StopWait &W, llvm::ArrayRef<StopRequest> Requests);
  /// The requests for the stop that the wait's loop asks for. Of a flag those of other threads alone, after which
  /// somebody waits for tasks. What tasks do that the body with the loop starts itself, is waited for, and no request.
  std::vector<StopRequest> requests(const StopWait &W);

private:
  struct Question {
    StopAsk Asked;
    const clang::Expr *Asks;
    std::optional<std::int64_t> Ends;
    bool EndsUnless;
    const Loop *Around;
  };
  void ask(const Code &C, const clang::Expr *E, bool Value, const Loop *L, llvm::SmallVectorImpl<Question> &Out);
  std::optional<Question> stateOf(const Code &C, const Guard &G, const Loop *L);
  llvm::SmallVector<Question, 2> around(const Code &C, const clang::Stmt *S);
  llvm::SmallVector<Question, 2> inPredicate(const Code &C, const Event &Wait, const Code *&In);
  bool find(StopWait &W, const Code &C, const clang::Stmt *S, unsigned Depth);
  bool afterStop(const Code &C, const clang::Stmt *S);
  bool takesToken(const Code &C, const Event &E) const;
  bool isSlice(const StopWait &W);
  std::optional<StopWait> candidate(Code &C, const Event &E);
  bool wakes(const Code &C, const Event &E, const StopWait &W);
  const Event *waker(llvm::ArrayRef<const Code *> Bodies, const StopWait &W);
  const Event *callback(const StopWait &W, bool &Unseen);
  bool isDeaf(const StopWait &W, llvm::ArrayRef<const Code *> Bodies);
  bool endsToo(const StopWait &W, const Code &C, const Event &Receives);

  bool timesOut(const StopWait &W);
  bool mayInterrupt(const StopWait &W, llvm::ArrayRef<const Code *> Own);
  const std::vector<const clang::ValueDecl *> &timeouts();
  bool hasTimeout(const clang::ValueDecl *Descriptor);
  bool isTimer(const Place &Descriptor);
  const Event *inputOf(Code &C, const clang::CallExpr *Call);

  Unit &U;
  StopFacts &Stops;
  LoopFacts &Loops;
  std::deque<Event> Made; ///< calls of functions that no model knows
  std::optional<std::vector<const clang::ValueDecl *>> Timeouts;
};

} // namespace heddle

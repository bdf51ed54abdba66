// Who calls whom, what a call makes of the caller's names, and what it leads to.
//
// Follows calls whose body this unit sees, and callables that run before a call returns. A virtual call is followed
// into the body that is named statically (see overriders). Calls into code that is not visible lead to nothing.
// Nothing is computed before it is asked for; answers about effects cost one walk over the events of the bodies behind
// a call and are kept.
#pragma once

#include "StoryLine.h"
#include "Unit.h"

#include <map>

namespace heddle {

/// The bodies of the run, functions and lambdas, in source order. Each is read when the iteration comes to it.
inline auto bodies(Unit &U) {
  return llvm::make_filter_range(llvm::map_range(llvm::make_range(U.Functions.begin(), U.Functions.end()),
                                                 [&U](const clang::FunctionDecl *F) { return U.code(F); }),
                                 [](Code *C) { return C != nullptr; });
}

/// The function that a call or a construction names; null for a call through a value.
const clang::FunctionDecl *calleeOf(const clang::Expr *Call);
/// The argument that a call or a construction gives for this parameter of the body that it enters: the first argument
/// of a member operator and of a call through an object is the object itself, and a default argument is the expression
/// in the declaration. Null if it gives none.
const clang::Expr *argument(const clang::Expr *Call, const clang::ParmVarDecl *P);
/// The parameter of \p Callee that takes this argument of the call, or null.
const clang::ParmVarDecl *parameter(const clang::Expr *Call, const clang::FunctionDecl *Callee,
                                    const clang::Expr *Argument);
/// The object that a call of a member names, an operator's included; null if it is not called on an object.
const clang::Expr *objectOf(const clang::Expr *Call);

/// One step from a body into another: a call, or a callable that is handed over.
struct CallEdge {
  const Code *In = nullptr;
  const clang::Expr *Site = nullptr;           ///< the call or construction
  const clang::FunctionDecl *Callee = nullptr; ///< the definition that it leads to
  const CallableRef *Task = nullptr;           ///< the callable; null for a call

  /// The argument for a parameter of the callee; null if it is not known here.
  const clang::Expr *argument(const clang::ParmVarDecl *P) const;
  /// The caller's name of what the callee calls \p P. None for the callee's own objects: its locals, parameters by
  /// value, copies that a lambda captured.
  std::optional<Place> toCaller(const Place &P) const;
  /// The callee's name of an object of the caller's; none where it is not given that object.
  std::optional<Place> toCallee(const Place &P) const;
  /// Where the call stands, as a note: "'f' is called here".
  StoryLine line() const;
};

/// What a body may come to do.
enum class Effect {
  Waits,        ///< waits for another thread: joins, waits for a future, a count, a condition, an item, a permit
  Blocks,       ///< the same, or waits for the outside or for time, or sends into a bounded channel
  Sleeps,       ///< waits for time
  Joins,        ///< waits until tasks have ended
  Cancels,      ///< requests a stop
  Closes,       ///< ends a channel
  Spawns,       ///< starts a task
  Locks,        ///< takes a lock, or tries to
  ObservesStop, ///< looks whether a stop was requested
  Fulfils,      ///< sets the result of a promise, or tries to
  Throws,       ///< lets an exception out that is seen to be thrown, or documented (Throws.h)
};

/// Returns true if the event itself has the effect. Throws is no effect of a single event.
bool does(Unit &U, const Event &E, Effect What);

/// Where an effect happens, and how control gets there from the body that was asked about.
struct Witness {
  const Code *In = nullptr;    ///< the body in which it happens; null with Throws
  const Event *Does = nullptr; ///< null with Throws
  clang::SourceLocation Loc;
  llvm::SmallVector<CallEdge, 2> Through; ///< from the body that was asked about, outermost first
  std::vector<StoryLine> Calls;           ///< the same as notes

  /// The object of the operation in the names of the body that was asked about; none where it has no name there. What a
  /// loop variable or an iterator of a callee names is some element of the container.
  std::optional<Place> object() const;
};

/// Answers questions about calls for one unit. Not thread-safe.
class Calls {
public:
  using Fits = llvm::function_ref<bool(const Code &, const Event &)>;
  explicit Calls(Unit &U);

  /// The steps that lead from a body to other bodies on the same thread: its calls, and the callables that run before
  /// a call returns.
  llvm::SmallVector<CallEdge, 8> from(const Code &C);
  /// The bodies that may run before a call of \p F returns, its own first; nearest first.
  std::vector<const Code *> behind(const clang::FunctionDecl *F);
  /// The calls of \p F in this unit, and the events that hand it over as a callable; in source order.
  llvm::ArrayRef<CallEdge> callers(const clang::FunctionDecl *F);
  /// The member functions of this unit that override \p M, directly or not.
  llvm::ArrayRef<const clang::CXXMethodDecl *> overriders(const clang::CXXMethodDecl *M);

  /// The effect that the fewest calls away from the beginning of \p F's body happens first in the source; null if there
  /// is no visible one. What a started task does is not an effect of its starter. Recursion adds nothing.
  const Witness *witness(const clang::FunctionDecl *F, Effect What);
  const Witness *witness(const clang::FunctionDecl *F, Op What);
  /// The same for one event of a body: of itself, or of what it calls.
  std::optional<Witness> witness(const Code &C, const Event &E, Effect What);
  /// The same for anything else that an event may be asked; the answer is not kept.
  std::optional<Witness> find(const clang::FunctionDecl *F, Fits Wanted);

private:
  /// What was asked, as a number: an Effect or, behind those, an Op.
  using Question = std::optional<unsigned>;
  using Key = std::pair<const clang::FunctionDecl *, unsigned>;
  llvm::SmallVector<CallEdge, 1> from(const Code &C, const Event &E);
  const Witness *known(const clang::FunctionDecl *F, unsigned What, Fits Wanted);
  std::optional<Witness> search(const clang::FunctionDecl *F, Fits Wanted, Question What);

  Unit &U;
  std::map<Key, std::unique_ptr<Witness>> Known; ///< null for "no"
  llvm::DenseMap<const clang::FunctionDecl *, std::vector<CallEdge>> Callers;
  llvm::DenseMap<const clang::CXXMethodDecl *, std::vector<const clang::CXXMethodDecl *>> Overriders;
  bool CallersKnown = false, OverridersKnown = false;
};

} // namespace heddle

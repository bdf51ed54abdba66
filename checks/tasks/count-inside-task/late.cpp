#include "counts.h"
#include "check/Reporter.h"
#include "flow/Calls.h"
#include "flow/Guards.h"
#include "flow/HeldLocks.h"
#include "flow/Loops.h"
#include "flow/Order.h"
#include "flow/Uses.h"

using namespace clang;

namespace heddle {
using namespace count_inside_task;
namespace {

/// A place of a body that hands a task over, and who counts it off.
struct HandOver {
  const Stmt *Site;
  Code *Lowers; ///< the task itself, or the worker that runs it
  CountStep Down;
  bool Concurrent; ///< surely on another thread
};

/// Returns true if \p Then comes behind \p First in one iteration, and no condition stands between them but one on what
/// \p First yields.
bool surelyFollows(Code &C, const Stmt *First, const Stmt *Then) {
  Order &Paths = C.U.get<Order>();
  return Paths.reaches(C, First, Then) && !Paths.dominates(C, Then, First) &&
         llvm::all_of(guards(C, Then), [&](const Guard &G) {
           return within(C, First, G.By) || !within(C, Then, G.By); // of both, or of what leaves earlier
         });
}

bool takesItem(const Event &E) { return E.Kind == Op::Extract || E.Kind == Op::Receive || E.Kind == Op::TryReceive; }

/// The members of the class into which a body puts things, also through what it calls, and where it does.
llvm::SmallVector<std::pair<const ValueDecl *, const Stmt *>, 4> puts(const Code &C) {
  llvm::SmallVector<std::pair<const ValueDecl *, const Stmt *>, 4> Into;
  auto Add = [&](const Event &E, const Stmt *Site) {
    const ValueDecl *Queue =
        E.Kind == Op::Insert || E.Kind == Op::Send || E.Kind == Op::TrySend ? keyOf(E.Object) : nullptr;
    if (E.Object.This && isa_and_nonnull<FieldDecl>(Queue))
      Into.emplace_back(Queue, Site);
  };
  for (const Event &E : C.Events)
    Add(E, E.Site);
  for (const CallEdge &Call : C.U.get<Calls>().from(C)) {
    const Expr *On = Call.Task ? nullptr : objectOf(Call.Site);
    if (auto P = On ? C.place(On) : std::nullopt; P && P->This && P->Path.empty())
      for (const Code *Inner : C.U.get<Calls>().behind(Call.Callee))
        for (const Event &E : Inner->Events)
          Add(E, Call.Site);
  }
  return Into;
}

/// Returns true if the body lowers the count when it has taken something out of the queue and called what it took, in
/// one iteration.
bool countsOffTaken(Code &C, const ValueDecl *Queue, const CountStep &Down) {
  const Stmt *Lowers = Down.Way.front().first, *Turn = enclosingLoop(C, Lowers);
  const Event *Taken = nullptr;
  bool Runs = false;
  for (const Event &E : C.Events) {
    if (!E.Site || enclosingLoop(C, E.Site) != Turn)
      continue;
    if (takesItem(E) && keyOf(E.Object) == Queue)
      Taken = &E;
    Runs |= Taken && E.Kind == Op::Call && !E.Callee && surelyFollows(C, E.Site, Lowers);
  }
  return Runs;
}

/// Returns true if the count is known to be for several threads: an atomic, or lowered under a lock.
bool isShared(const HandOver &H, HeldLocks &Held) {
  Unit &U = H.Lowers->U;
  if (U.role(H.Down.Key->getType()) == Role::Atomic)
    return true;
  const Stmt *At = H.Down.Way.back().first;
  Code *C = H.Down.Way.size() == 1 ? H.Lowers : U.codeWith(At);
  return C && !Held.at(*C, At).empty();
}

/// Where the body that counts off does something else, when it has come to zero, than to wake who looks for himself:
/// `if (--open == 0) done.set_value();`. Nobody does it where the starter's own step comes to zero.
const Event *doneAtZero(const HandOver &H) {
  const Code &C = *H.Lowers;
  const Stmt *At = H.Down.Way.front().first;
  for (const Event &E : H.Down.Way.size() == 1 ? llvm::ArrayRef<Event>(C.Events) : llvm::ArrayRef<Event>()) {
    bool Acts = E.Kind == Op::Fulfil || E.Kind == Op::TryFulfil || E.Kind == Op::Send || E.Kind == Op::Leave ||
                (E.Kind == Op::Release && E.ObjectRole == Role::Semaphore) || (E.Kind == Op::Call && !E.Callee);
    if (Acts && E.Site && llvm::any_of(guards(C, E.Site), [&](const Guard &G) {
          return G.Value && within(C, At, G.Condition) && asksForZero(C, G.Condition, H.Down.Key);
        }))
      return &E;
  }
  return nullptr;
}

/// Returns true if the body waits for anything before it comes to the statement, or between two of them.
bool waitsBefore(Code &C, const Stmt *Until, const Stmt *From = nullptr) {
  Order &Paths = C.U.get<Order>();
  return llvm::any_of(C.Events, [&](const Event &E) {
    bool Waits = has(E.Kind, OpTraits::Blocks) || (E.Kind == Op::Acquire && E.ObjectRole == Role::Semaphore);
    return Waits && E.Kind != Op::Sleep && E.Site &&
           Paths.reaches(C, E.Site, Until, [&](const Stmt *S) { return S == From; }) &&
           (!From || Paths.reaches(C, From, E.Site, [&](const Stmt *S) { return S == Until; }));
  });
}

/// Returns true if what the starter raises is the very count that the task lowers, and not the same member of another
/// object.
bool isSameObject(const Code &C, const CountStep &Up, const HandOver &H) {
  if (!isa<FieldDecl>(Up.Key))
    return true;
  auto Of = [](const Code &In, const CountStep &X) -> std::optional<Place> {
    const Stmt *S = X.Way.front().first;
    if (const Expr *E = counted(S))
      return In.place(E);
    for (const Event &E : In.Events) // a step of a group, or a call of a member
      if (E.Site == S && E.Object.valid())
        return E.Object;
    return std::nullopt;
  };
  auto Mine = Of(C, Up), Theirs = Of(*H.Lowers, H.Down);
  return Mine && Theirs && Mine->This == Theirs->This && Mine->Root == Theirs->Root;
}

/// Returns true if the count begins with more than nothing, or the starter holds a share of its own.
bool isFilled(const Code &C, const ValueDecl *Key, llvm::ArrayRef<CountStep> Mine) {
  const auto *V = dyn_cast<VarDecl>(Key);
  if (V && V->getInit() && anyOf<Expr>(V->getInit(), Walk::WithImplicit, [](const Expr *E) {
        const auto *N = dyn_cast<IntegerLiteral>(E);
        return isa<DeclRefExpr, MemberExpr>(E) || (N && N->getValue() != 0);
      }))
    return true;
  return llvm::any_of(Mine, [&](const CountStep &X) { return X.Key == Key && !X.Up; }) ||
         llvm::any_of(C.U.get<Uses>().in(C, Key), [&](const Use &X) {
           bool Stored = X.is(Use::Mutate) && C.U.role(Key->getType()) == Role::Atomic && !counted(X.Site);
           return !X.Lambda && (X.is(Use::Assign) || Stored);
         });
}

/// What a body hands over: callables that count themselves off, and what it puts into a queue from which a worker of
/// the same class takes it, calls it and counts it off.
std::vector<HandOver> handOvers(Code &C, CountSteps &Find) {
  std::vector<HandOver> All;
  Unit &U = C.U;
  for (const Event &E : C.Events) {
    if (!E.Site || (E.Kind != Op::Spawn && (E.Kind != Op::Defer || E.Model)))
      continue;
    for (const CallableRef &T : E.Tasks)
      if (Code *Task = T.Lambda && T.Body ? U.code(T.Body) : nullptr)
        for (const CountStep &X : Find.of(*Task))
          // What the task waits for may be its starter's leave to go on.
          if (!X.Up && !X.Looped && !waitsBefore(*Task, X.Way.front().first))
            All.push_back({E.Site, Task, X, E.Kind == Op::Spawn});
  }
  const auto *M = dyn_cast<CXXMethodDecl>(C.Fn);
  if (!M || M->getParent()->isLambda())
    return All;
  for (const auto &[Queue, Site] : puts(C))
    for (Code *Worker : bodies(U)) {
      if (Worker == &C || llvm::none_of(Worker->Events, [&, Q = Queue](const Event &E) {
            return takesItem(E) && keyOf(E.Object) == Q;
          }))
        continue;
      for (const CountStep &X : Find.of(*Worker))
        if (!X.Up && countsOffTaken(*Worker, Queue, X))
          All.push_back({Site, Worker, X, true});
    }
  return All;
}

} // namespace

/// `pool.post([&] { work(); --open; }); ++open;`: the task may be counted off before it is counted.
void count_inside_task::countedLate(Code &C, Reporter &R) {
  Unit &U = C.U;
  if (isa<CXXConstructorDecl, CXXDestructorDecl>(C.Fn))
    return; // nobody else waits yet, or any more
  CountSteps &Find = U.get<CountSteps>();
  const std::vector<CountStep> Mine = Find.of(C);
  if (llvm::none_of(Mine, [](const CountStep &X) { return X.Up; }))
    return;
  std::optional<HeldLocks> Held;
  llvm::SmallVector<const ValueDecl *, 2> Said;
  for (const HandOver &H : handOvers(C, Find)) {
    const ValueDecl *Key = H.Down.Key;
    auto Raises = [&](const CountStep &X) { return X.Key == Key && X.Up; };
    auto Late = [&](const CountStep &X) { return Raises(X) && surelyFollows(C, H.Site, X.Way.front().first); };
    auto Raise = llvm::find_if(Mine, Late);
    // Inside another object's member the count goes by that object's name.
    if (Raise == Mine.end() || !Key || llvm::is_contained(Said, Key) || Raise->Way.size() > 1 ||
        !isSameObject(C, *Raise, H) || isFilled(C, Key, Mine) ||
        llvm::any_of(Mine, [&](const CountStep &X) { return Raises(X) && !Late(X); }) ||
        llvm::any_of(Find.of(*H.Lowers), Raises))
      continue;
    const Stmt *At = Raise->Way.front().first;
    const auto *Local = dyn_cast<VarDecl>(Key);
    const Event *Acts = doneAtZero(H);
    // One thread that starts all of them and waits for them then has counted them all: its own order keeps the sum.
    std::optional<Waiter> Waits;
    if (!Local || Local->hasGlobalStorage())
      Waits = waiter(U, Key, {&C, H.Lowers}, true);
    if ((!Waits && !Acts) || waitsBefore(C, At, H.Site))
      continue;
    if (!Held)
      Held.emplace(U);
    auto Locks = Held->at(C, H.Site);
    bool Excludes = llvm::any_of(Held->at(C, At), [&](const Place &L) { return llvm::is_contained(Locks, L); });
    if (Excludes || Held->demanded(C) || Held->byHand(C, At) || (!H.Concurrent && !isShared(H, *Held)))
      continue;
    Said.push_back(Key);
    R.report(At->getBeginLoc(),
             "'" + Key->getNameAsString() +
                 "' is incremented after the task is handed over; the task may decrement it first, so that " +
                 (Waits ? "a waiter sees zero while other tasks run" : "zero is reached too early, or goes unnoticed") +
                 "; increment it before the hand-over",
             {{H.Site->getBeginLoc(), "the task is handed over here"},
              {H.Down.Way.back().second, "the task decrements it here"},
              Waits ? StoryLine{Waits->Loc, "the wait for zero is here"}
                    : StoryLine{Acts->loc(), "the task that reaches zero does this"}});
  }
}

} // namespace heddle

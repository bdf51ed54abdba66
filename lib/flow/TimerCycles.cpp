#include "TimerCycles.h"
#include "Loops.h"
#include "MakeFacts.h"
#include "Mentions.h"
#include "Order.h"

#include <set>

using namespace clang;

namespace heddle {

/// std::chrono::duration, boost::posix_time::time_duration, absl::Duration.
static bool isDuration(QualType T) {
  const CXXRecordDecl *RD = T.getNonReferenceType()->getAsCXXRecordDecl();
  return RD && RD->getIdentifier() && RD->getName().ends_with_insensitive("duration");
}

bool defersForTime(Unit &U, const Code &C, const Event &E) {
  if (E.Kind != Op::Defer || E.Tasks.empty() || !E.Site)
    return false;
  if (E.Model)
    return E.may(Fact::OneShot) && (E.ObjectRole == Role::Timer || llvm::any_of(C.at(E.Site), [&](unsigned I) {
                                      return C.Events[I].Kind == Op::CreateTimer;
                                    }));
  // `scheduler.after(5s, f)`: of anything else that takes a callable and a time it is not known what it does.
  const auto *Call = dyn_cast<CallExpr>(E.Site);
  return Call && llvm::any_of(Call->arguments(), [](const Expr *A) { return isDuration(A->getType()); });
}

/// The handlers that were given to the timer once and run whenever it was armed.
static void handlersOf(Unit &U, const Event &Arm, llvm::SmallVectorImpl<const FunctionDecl *> &Out) {
  const ValueDecl *Timer = Arm.Object.valid() ? Arm.Object.last() : nullptr;
  if (!Timer)
    return;
  for (Code *C : bodies(U))
    for (const Event &E : C->Events)
      if (E.Kind == Op::Defer && !E.may(Fact::OneShot) && E.Object.valid() && E.Object.last() == Timer)
        for (const CallableRef &T : E.Tasks)
          if (const FunctionDecl *Body = U.visible(T.Body))
            Out.push_back(Body);
}

void TimerCycles::findRegistrations() {
  for (Code *C : bodies(U))
    for (const Event &E : C->Events) {
      Registration R{C, &E, {}};
      if (defersForTime(U, *C, E)) {
        for (const CallableRef &T : E.Tasks)
          if (const FunctionDecl *Body = U.visible(T.Body))
            R.Runs.push_back(Body);
      } else if (E.Kind == Op::Arm && E.ObjectRole == Role::Timer) {
        handlersOf(U, E, R.Runs);
      }
      if (!R.Runs.empty())
        Registrations.push_back(std::move(R));
    }
}

const TimerCycles::Registration *TimerCycles::registration(const Event &E) const {
  auto It = llvm::find_if(Registrations, [&](const Registration &R) { return R.What == &E; });
  return It == Registrations.end() ? nullptr : &*It;
}

/// Returns true if running \p From comes to \p To: it is it, or calls it.
static bool comesTo(Unit &U, const FunctionDecl *From, const FunctionDecl *To) {
  return llvm::any_of(U.get<Calls>().behind(From), [&](const Code *C) { return C->Fn == To; });
}

/// An operation of a library that ends once, and then runs its handler: `async_write(socket, buffer, handler)`.
static bool isOperation(const Event &E) {
  return E.Kind == Op::Defer && E.Model && E.may(Fact::OneShot) && E.ObjectRole != Role::Timer;
}

const TimerCycles::Registration *TimerCycles::schedulesBy(const Event &E, const FunctionDecl *Body, unsigned Depth) {
  if (const Registration *R = registration(E))
    return llvm::any_of(R->Runs, [&](const FunctionDecl *F) { return comesTo(U, F, Body); }) ? R : nullptr;
  auto Behind = [&](const FunctionDecl *F, unsigned Left) -> const Registration * {
    for (const Code *C : U.get<Calls>().behind(F))
      for (const Event &X : C->Events)
        if (registration(X) || (Left && isOperation(X)))
          if (const Registration *R = schedulesBy(X, Body, Left))
            return R;
    return nullptr;
  };
  if (E.Kind == Op::Call && E.Callee)
    return Behind(E.Callee, Depth);
  if (Depth && isOperation(E))
    for (const CallableRef &T : E.Tasks)
      if (const Registration *R = T.Body ? Behind(T.Body, Depth - 1) : nullptr)
        return R;
  return nullptr;
}

void TimerCycles::findCycles(Code &C) {
  for (const Event &E : C.Events)
    if (const Registration *Found = schedulesBy(E, C.Fn, /*Depth=*/2)) {
      Cycles.push_back({&C, &E, Found->What});
      return;
    }
}

TimerCycles::TimerCycles(Unit &U) : U(U) {
  findRegistrations();
  if (Registrations.empty())
    return;
  std::set<const FunctionDecl *> Seen;
  for (const Registration &R : Registrations)
    for (const FunctionDecl *F : R.Runs)
      for (const Code *C : U.get<Calls>().behind(F))
        if (Seen.insert(C->Fn).second)
          findCycles(*U.code(C->Fn));
}

bool TimerCycles::schedules(const FunctionDecl *F, const TimerCycle &Cycle) {
  return U.get<Calls>()
      .find(F,
            [&](const Code &, const Event &E) {
              const Registration *R = registration(E);
              return R &&
                     llvm::any_of(R->Runs, [&](const FunctionDecl *Body) { return comesTo(U, Body, Cycle.Body->Fn); });
            })
      .has_value();
}

/// The bodies behind the function, and those of the handlers of operations that they begin.
static std::vector<const Code *> behindOperations(Unit &U, const FunctionDecl *F, unsigned Depth) {
  std::vector<const Code *> All = U.get<Calls>().behind(F);
  for (unsigned I = 0, N = All.size(); Depth && I != N; ++I)
    for (const Event &E : All[I]->Events)
      if (isOperation(E))
        for (const CallableRef &T : E.Tasks)
          if (T.Body)
            llvm::append_range(All, behindOperations(U, T.Body, Depth - 1));
  return All;
}

std::vector<const Code *> TimerCycles::starters(const TimerCycle &Cycle) {
  std::vector<const Code *> Out;
  std::vector<const Code *> Own = behindOperations(U, Cycle.Body->Fn, /*Depth=*/2);
  for (Code *C : bodies(U)) {
    if (C == Cycle.Body || llvm::is_contained(Own, C))
      continue;
    bool InCycle = llvm::any_of(Registrations, [&](const Registration &R) {
      return llvm::any_of(R.Runs,
                          [&](const FunctionDecl *F) { return comesTo(U, F, Cycle.Body->Fn) && comesTo(U, F, C->Fn); });
    });
    if (!InCycle && schedules(C->Fn, Cycle))
      Out.push_back(C);
  }
  return Out;
}

std::vector<TimerLapse> TimerCycles::lapses(const TimerCycle &Cycle) {
  std::vector<TimerLapse> Out;
  Code &C = *Cycle.Body;
  auto Schedules = [&](const Event &E) {
    return &E == Cycle.Again || (registration(E) && E.Kind == Cycle.Registers->Kind) ||
           ((E.Kind == Op::Call || isOperation(E)) && schedulesBy(E, C.Fn, /*Depth=*/2));
  };
  for (const ReturnStmt *R : returnsIn(C.Fn->getBody())) {
    const Stmt *Branch = R;
    const IfStmt *If = nullptr;
    for (const Stmt *P = C.parent(R); P && !If; P = C.parent(P)) {
      If = dyn_cast<IfStmt>(P);
      Branch = If ? Branch : P;
    }
    if (!If || (Branch != If->getThen() && Branch != If->getElse()))
      continue;
    auto Conditions = guards(C, Cycle.Again->Site);
    bool Partly = llvm::any_of(
        Conditions, [&](const Guard &G) { return within(C, Cycle.Again->Site, G.By) && !within(C, R, G.By); });
    bool Scheduled = llvm::any_of(C.Events, [&](const Event &E) {
      return E.Site && Schedules(E) && (within(C, E.Site, R) || U.get<Order>().reaches(C, E.Site, R));
    });
    if (!Partly && !Scheduled)
      Out.push_back({R, Guard{If->getCond(), Branch == If->getThen(), {}, If}, Branch});
  }
  return Out;
}

template std::shared_ptr<void> makeFacts<TimerCycles>(Unit &);

} // namespace heddle

#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/ClassFacts.h"
#include "flow/Order.h"
#include "flow/Simulation.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {
namespace {

constexpr std::string_view Early =
    "'%0' is waited for before any task is added to it; the wait returns at once and misses the tasks that are added "
    "later; wait after the last one is added";
constexpr std::string_view Starved =
    "'%0' is waited for before the tasks that count it down are started; the wait never ends; start the tasks first";

// The states of a group, a container of handles, or a count:
//   fresh   made here, nothing added
//   busy    tasks were added
//   waited  waited for while nothing had been added
//   late    tasks were added after that wait, and none since has waited for them
const Automaton Waiting = {
    .Tracks = {Role::Group, Role::Latch, Role::Container},
    .Start = "fresh",
    .AtEntry = {},
    .Rows =
        {
            {"fresh", Op::Spawn, "busy"},
            {"fresh", Op::Enter, "busy"},
            {"fresh", Op::Insert, "busy"},
            {"fresh", Op::Leave, "busy"},
            {"fresh", Op::Spawn, "busy", {}, {}, Via::Later},
            {"fresh", Op::Leave, "busy", {}, {}, Via::Later},
            {"fresh", Op::Wait, "waited", {}, "'%0' is waited for here, before any task is added"},
            {"fresh", Op::Join, "waited", {}, "'%0' is waited for here, before any task is added"},
            {"fresh", Op::Await, "waited", {}, "'%0' is waited for here, before any task is added"},
            {"fresh", Op::Consume, "waited", {}, "'%0' is waited for here, before any task is added"},
            {"waited", Op::Spawn, "late", {}, "the task is added here, after the wait"},
            {"waited", Op::Insert, "late", {}, "the task is added here, after the wait"},
            {"waited", Op::Enter, "late", {}, "the task is added here, after the wait"},
            {.From = "waited",
             .On = Op::Leave,
             .To = "error",
             .Message = Starved,
             .How = Via::Later,
             .Where = ReportAt::Cause},
            {.From = "waited", .On = Op::Leave, .To = "error", .Message = Starved, .Where = ReportAt::Cause},
            {"late", Op::Wait, "busy"},
            {"late", Op::Join, "busy"},
            {"late", Op::Await, "busy"},
            {"late", Op::Consume, "busy"},
            {"late", Op::Wait, "gone", {}, {}, Via::Later},
            {.From = "late", .On = Op::End, .To = "error", .Message = Early, .Where = ReportAt::Cause},
        },
    .LoopsRun = true,
    .SharedEnds = true,
};

// ---- groups that are members: some task may run already when the function is called ---------------------------------

// The states of a group that is there at the entry of a function:
//   before   not waited for
//   settled  waited for: what ran before is over
//   late     tasks were added after that
const Automaton OwnWave = {
    .Tracks = {Role::Group, Role::Latch, Role::Container},
    .Start = "other",
    .AtEntry = "before",
    .Rows =
        {
            {"before", Op::Spawn, "other"},
            {"before", Op::Enter, "other"},
            {"before", Op::Insert, "other"},
            {"before", Op::Leave, "other"},
            {.From = "before", .On = Op::Spawn, .To = "other", .How = Via::Later},
            {"before", Op::Wait, "settled"},
            {"before", Op::Join, "settled"},
            {"before", Op::Await, "settled"},
            {"settled", Op::Spawn, "late"},
            {"settled", Op::Enter, "late"},
            {"settled", Op::Insert, "late"},
            {"late", Op::Wait, "settled"},
            {"late", Op::Join, "settled"},
            {"late", Op::Await, "settled"},
            {"late", Op::Consume, "settled"},
        },
};

/// Returns true if the member gets a value that owes nothing to the one it had: `= 0`, `.clear()`, `.store(0)`.
bool setsAnew(const MemberAccess &X) {
  if (X.Operation)
    return X.Operation->Kind == Op::Clear || X.Operation->Kind == Op::Reset;
  if (!X.As || X.As->Of != Use::Itself || X.As->is(Use::Assign))
    return X.As && X.As->Of == Use::Itself;
  const auto *Call = X.As->is(Use::Mutate) ? dyn_cast<CXXMemberCallExpr>(X.As->Site) : nullptr;
  const CXXMethodDecl *M = Call ? Call->getMethodDecl() : nullptr;
  return M && M->getParent()->isInStdNamespace() && M->getIdentifier() &&
         (M->getName() == "assign" || M->getName() == "store" || M->getName() == "fill");
}

/// What the member function resets before the wait, and reads when the tasks that modify it are just started, shows
/// that the wait was meant for those.
const FieldDecl *awaited(ClassFacts &Class, Code &C, const Stmt *Wait, const Stmt *Start) {
  Order &O = C.U.get<Order>();
  auto Before = [&](const Stmt *X, const Stmt *Y) { return O.reaches(C, X, Y) && !O.reaches(C, Y, X); };
  for (const FieldFacts &F : Class.Fields) {
    bool Sets = false, Changes = false, Reads = false;
    for (const MemberAccess *X : Class.of(F.Field)) {
      if (X->Task)
        Changes |= X->Does == MemberAccess::Write && llvm::is_contained(X->Task->StartedBy, C.Fn);
      else if (X->By == C.Fn) {
        Sets |= setsAnew(*X) && Before(X->Entry, Wait);
        Reads |= X->Does == MemberAccess::Read && Before(Start, X->Entry);
      }
    }
    if (Sets && Changes && Reads)
      return F.Field;
  }
  return nullptr;
}

/// Returns true if the group must not end with tasks that nobody has waited for, and no member waits for it but here.
bool isNeverWaitedForAgain(ClassFacts &Class, Unit &U, const Place &Group, const Stmt *Wait) {
  const FieldFacts *Own = Group.Path.size() == 1 ? Class.field(Group.Path.front()) : nullptr;
  if (!Own || !Own->AtEnd.has(Endings::Terminates) || !U.seesAllUses(Own->Field))
    return false;
  return llvm::all_of(Class.of(Own->Field), [&](const MemberAccess *X) {
    if (!X->Operation)
      return !X->As || !X->As->is(Use::Address | Use::Move);
    switch (X->Operation->Kind) {
    case Op::Wait:
    case Op::Join:
    case Op::Await:
    case Op::Consume:
      return X->Site == Wait;
    case Op::Escape:
    case Op::Move:
    case Op::Detach:
    case Op::Extract:
      return false;
    default:
      return true;
    }
  });
}

/// Returns true if the event adds a task to the group, or, once one was counted, hands it over.
bool adds(Unit &U, const Event &E, const Place &Group, bool Counted) {
  const TypeModel *T = U.type(Group);
  Op Way = !T || T->Plays == Role::Group ? Op::Spawn : T->Plays == Role::Latch ? Op::Enter : Op::Insert;
  return (E.Object == Group && (E.Kind == Way || E.Kind == Op::Spawn)) || (Counted && !E.Tasks.empty()) ||
         (E.Kind == Op::Call && E.Callee && U.reaches(E.Callee, Way, false));
}

void ownWaves(Unit &U, Reporter &R) {
  Simulation Sim(U, OwnWave);
  for (const FunctionDecl *Fn : U.Functions) {
    const auto *M = dyn_cast<CXXMethodDecl>(Fn);
    ClassFacts *Class =
        M && !isa<CXXConstructorDecl, CXXDestructorDecl>(M) ? U.get<ClassTable>().of(M->getParent()) : nullptr;
    Code *C = Class ? U.code(Fn) : nullptr;
    if (!C)
      continue;
    for (const Place &P : Sim.reached(Fn)) {
      if (!P.This || P.Path.empty() || P.Element)
        continue;
      StateMap At = Sim.states(Fn, P);
      unsigned Settled = At.bit("settled"), Late = At.bit("late"), Other = At.bit("other");
      if (!At.Complete || !(At.AtExit & Late) || (At.AtExit & (Other | StateMap::Untracked)))
        continue;
      // The last that is reached before the wait is over, and what finds it over and adds the first task.
      const Stmt *Wait = nullptr;
      llvm::SmallVector<const Stmt *, 4> Starts;
      for (const Event &E : C->Events) {
        auto Found = E.Site ? At.Before.find(E.Site) : At.Before.end();
        if (Found == At.Before.end())
          continue;
        if (!(Found->second & (Settled | Late)) || (!(Found->second & Settled) && Starts.empty()))
          Wait = E.Site;
        else if (Wait && adds(U, E, P, Found->second & Late))
          Starts.push_back(E.Site);
      }
      if (!Wait || Starts.empty())
        continue;
      if (const FieldDecl *F = awaited(*Class, *C, Wait, Starts.back()))
        R.report(Wait->getBeginLoc(),
                 "'" + P.name() + "' is waited for before the tasks that modify '" + F->getNameAsString() +
                     "' are added to it, and never again; '" + F->getNameAsString() +
                     "' is read while they still run; wait after the last one is added",
                 {{Starts.front()->getBeginLoc(), "tasks are added here, after the wait"}});
      else if (isNeverWaitedForAgain(*Class, U, P, Wait))
        R.report(Starts.back()->getBeginLoc(),
                 "'" + P.name() +
                     "' is waited for before this task is added to it, and never again; the task still runs when its "
                     "results are used, and when the group ends; wait after the last one is added",
                 {{Wait->getBeginLoc(), "the only wait stands here"}});
    }
  }
}

const AutomatonCheck Check({.Name = "wait-before-spawn",
                            .Family = "tasks",
                            .Level = Tier::Bug,
                            .Summary = "Finds groups of tasks that are waited for before the tasks are added.",
                            .Rows = "S3"},
                           Waiting, nullptr, ownWaves);

} // namespace
} // namespace heddle

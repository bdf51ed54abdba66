#include "EntryLocks.h"
#include "Callers.h"
#include "HeldLocks.h"
#include "MakeFacts.h"
#include "Unwrap.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/Attr.h"

using namespace clang;

namespace heddle {

Automaton EntryLocks::holding(std::string_view AtEntry) {
  return {
      .Tracks = {Role::Mutex, Role::SharedMutex, Role::RecursiveMutex},
      .Start = "free",
      .AtEntry = AtEntry,
      .Rows =
          {
              // A callee that locks and unlocks what is held: the caller keeps it, if it ever comes back.
              {"held", Op::Acquire, "again"},
              {"held", Op::AcquireShared, "again"},
              {"held", Op::TryAcquire, "again"},
              {"again", Op::Release, "held"},
              {"free", Op::Acquire, "held"},
              {"free", Op::AcquireShared, "held"},
              {"free", Op::TryAcquire, "held"},
              {"*", Op::Release, "free"},
              {"*", Op::Dissociate, "free"},
          },
      .Escape = OnEscape::Keep,
  };
}

bool EntryLocks::isHeld(const StateMap &States, const Stmt *S) {
  unsigned Is = States.Before.lookup(S);
  return States.Complete && Is && !(Is & ~(States.bit("held") | States.bit("again")));
}

static const Automaton HoldingAtEntry = EntryLocks::holding("held");

EntryLocks::EntryLocks(Unit &U) : Given(U, HoldingAtEntry), U(U) {}

StateMap EntryLocks::states(const Code &C, const Place &Lock) { return Given.states(C.Fn, Lock); }

const EntryLocks::Locks &EntryLocks::of(Code &C) {
  static const Locks None;
  if (auto It = Entry.find(&C); It != Entry.end())
    return It->second;
  if (!Entering.insert(&C).second)
    return None;
  Locks All = required(C);
  if (auto Common = heldByCallers(C))
    for (const Place &P : *Common)
      if (!llvm::is_contained(All, P))
        All.push_back(P);
  Entering.erase(&C);
  return Entry[&C] = std::move(All);
}

/// The lock that an attribute on a declaration of the function names, as its body names it.
static std::optional<Place> named(const Code &C, const Expr *Lock) {
  auto P = C.place(Lock);
  const auto *Param = P ? dyn_cast_or_null<ParmVarDecl>(P->Root) : nullptr;
  if (Param && Param->getFunctionScopeIndex() < C.Fn->getNumParams())
    P->Root = C.Fn->getParamDecl(Param->getFunctionScopeIndex());
  return P;
}

EntryLocks::Locks EntryLocks::required(const Code &C) const {
  Locks All;
  for (const FunctionDecl *F : C.Fn->redecls())
    for (const auto *A : F->specific_attrs<RequiresCapabilityAttr>())
      for (const Expr *E : A->args())
        if (auto P = named(C, E); P && !llvm::is_contained(All, *P))
          All.push_back(*P);
  return All;
}

/// Returns true if the callee knows the lock by a guard that it is given or captures: it may release it by that name.
static bool knownByGuard(const CallEdge &Step, const Place &Lock) {
  Unit &U = Step.In->U;
  if (llvm::any_of(Step.Callee->parameters(), [&](const ParmVarDecl *P) { return isGuard(U.role(P->getType())); }))
    return true;
  const auto *M = dyn_cast<CXXMethodDecl>(Step.Callee);
  return M && M->getParent()->isLambda() && llvm::any_of(M->getParent()->captures(), [&](const LambdaCapture &X) {
           const GuardInfo *G = X.capturesVariable() ? Step.In->guard(X.getCapturedVar()) : nullptr;
           return G && llvm::is_contained(G->Locks, Lock);
         });
}

/// None if that is not known, or the callers hold nothing in common.
std::optional<EntryLocks::Locks> EntryLocks::heldByCallers(Code &C) {
  std::optional<Locks> All;
  if (!U.get<Callers>().areKnown(C))
    return All;
  for (const CallEdge &Step : U.get<Calls>().callers(C.Fn)) {
    if (Step.In == &C || Entering.contains(Step.In) || Callers::throughParameter(Step) ||
        Callers::inConstruction(Step))
      continue; // it holds what it was entered with, or needs no lock
    auto Here = during(Step);
    Locks Names;
    for (const Place &P : Here ? *Here : Locks())
      if (auto There = knownByGuard(Step, P) ? std::nullopt : Step.toCallee(P);
          There && (!All || llvm::is_contained(*All, *There)))
        Names.push_back(*There);
    if (Names.empty())
      return std::nullopt;
    All = std::move(Names);
  }
  return All;
}

/// The locks that are held while the step leads into its callee, in the names of the caller. None for a task.
std::optional<EntryLocks::Locks> EntryLocks::during(const CallEdge &Step) {
  Code *C = U.code(Step.In->Fn);
  if (!C)
    return std::nullopt;
  Locks All = U.get<HeldLocks>().at(*C, Step.Site);
  if (!Step.Task)
    return All;
  for (unsigned I : C->at(Step.Site)) {
    const Event &E = C->Events[I];
    bool ByThis = llvm::any_of(E.Tasks, [&](const CallableRef &T) { return &T == Step.Task; });
    if (!ByThis && (E.Kind == Op::Acquire || E.Kind == Op::AcquireShared) && E.Object.valid())
      All.push_back(E.Object); // `mutex.LockWhen(ready)`
    if (!ByThis)
      continue;
    if (E.Kind != Op::RunNow || E.may(Fact::Parallel))
      return std::nullopt;
    Code *Helper = !E.Model && E.Callee ? U.code(E.Callee) : nullptr;
    if (auto More = Helper ? heldInHelper(Step, *Helper) : std::nullopt)
      llvm::append_range(All, *More);
    return All;
  }
  return std::nullopt;
}

/// The locks that a visible helper holds wherever it calls what it is given, in the names of its caller.
std::optional<EntryLocks::Locks> EntryLocks::heldInHelper(const CallEdge &Step, Code &Helper) {
  const ParmVarDecl *P = parameter(Step.Site, Helper.Fn, Step.Task->Site);
  if (!P)
    return std::nullopt;
  const CallEdge Into{Step.In, Step.Site, Helper.Fn, nullptr};
  std::optional<Locks> All;
  for (const Event &E : Helper.Events) {
    bool Hands = E.Kind == Op::RunNow && llvm::any_of(E.Tasks, [&](const CallableRef &T) {
                   const auto *DR = dyn_cast_or_null<DeclRefExpr>(unwrap(T.Site));
                   return DR && DR->getDecl() == P;
                 });
    if (!Hands && !Code::callOf(E, P))
      continue;
    Locks Names;
    for (const Place &Lock : U.get<HeldLocks>().at(Helper, E.Site))
      if (auto Here = Into.toCaller(Lock); Here && (!All || llvm::is_contained(*All, *Here)))
        Names.push_back(*Here);
    All = std::move(Names);
  }
  return All;
}

template std::shared_ptr<void> makeFacts<EntryLocks>(Unit &);

} // namespace heddle

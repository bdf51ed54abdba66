// Several tasks that can fail, and a stop token that all of them observe, but nobody who stops them: the first failure
// leaves the others at work whose result nobody wants any more.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Calls.h"
#include "flow/ErrorFlow.h"
#include "flow/Guards.h"
#include "flow/Loops.h"
#include "flow/Mentions.h"
#include "flow/Order.h"
#include "flow/StopFacts.h"
#include "flow/Uses.h"
#include "group-without-cancellation/cancelling.h"

using namespace clang;

namespace heddle {
using namespace group_without_cancellation;
namespace {

/// The stop token or context of this function's caller that the statement hands on, or null.
const ParmVarDecl *tokenGiven(const Code &C, const Stmt *S) {
  for (const ParmVarDecl *P : C.Fn->parameters())
    if (C.U.get<StopFacts>().observes(P->getType()) && mentions(S, P))
      return P;
  return nullptr;
}

/// Returns true if the task can fail in a way that reaches the waiter.
bool isFallible(Unit &U, const FunctionDecl *Task, bool ByException) {
  if (U.get<ErrorFlow>().sign(Task->getReturnType()) != ErrorSign::None)
    return true;
  // A group treats the return value of a task as its outcome.
  return ByException ? U.get<ErrorFlow>().mayThrow(Task) : !Task->getReturnType()->isVoidType();
}

/// A task that observes the token of the caller.
struct Observer {
  const ParmVarDecl *Token = nullptr; ///< null: no such task
  bool Fallible = false;              ///< it fails by an exception or by its result
};

/// \p TakesToken: what the task is called with may be a token of the group's own.
Observer startedWith(const Code &C, const Event &Spawn, bool TakesToken) {
  for (const CallableRef &T : Spawn.Tasks)
    if (const ParmVarDecl *Token = T.Body ? tokenGiven(C, Spawn.Site) : nullptr)
      if (!TakesToken || T.Body->param_empty())
        return {Token, isFallible(C.U, T.Body, Spawn.may(Fact::CarriesExceptions))};
  return {};
}

/// `launch(part, stop)`: a helper starts it, with the token that it is given.
Observer startedByHelper(const Code &C, const CallExpr *Call) {
  const Code *Helper = Call && !isa<CXXOperatorCallExpr>(Call) ? C.U.code(Call->getDirectCallee()) : nullptr;
  for (const Event &E : Helper ? llvm::ArrayRef<Event>(Helper->Events) : llvm::ArrayRef<Event>())
    if (Observer O = E.Kind == Op::Spawn ? startedWith(*Helper, E, false) : Observer(); O.Token && O.Fallible)
      if (const Expr *Given = argument(Call, O.Token))
        return {tokenGiven(C, Given), true};
  return {};
}
/// The same for what is put into a container: `futures.push_back(launch(part, stop));`
Observer insertedByHelper(const Code &C, const Event &Insert) {
  const auto *Site = dyn_cast_or_null<CallExpr>(Insert.Site);
  for (const Expr *A : Site ? llvm::ArrayRef(Site->getArgs(), Site->getNumArgs()) : llvm::ArrayRef<const Expr *>())
    if (Observer O = startedByHelper(C, dyn_cast<CallExpr>(A->IgnoreUnlessSpelledInSource())); O.Token)
      return O;
  return {};
}

/// The tasks that a body adds to one group.
struct Group {
  Place Object;        ///< invalid: futures with names of their own
  bool Tokens = false; ///< it has tokens of its own to give
  const Event *First = nullptr;
  const ParmVarDecl *Token = nullptr;
  unsigned Tasks = 0;
  llvm::SmallVector<const CallableRef *, 4> Silent; ///< tasks that fail neither by an exception nor by their result
  const Event *Wait = nullptr;
};

class Groups {
public:
  explicit Groups(Code &C) : C(C), U(C.U) {
    for (const Event &E : C.Events)
      read(E);
    for (Group &G : All)
      for (const CallableRef *T : G.Silent)
        if (G.Wait && tellsFailure(C, *T, *G.Wait))
          ++G.Tasks;
  }
  llvm::SmallVector<Group, 2> All;

private:
  Code &C;
  Unit &U;

  /// The group that the object is, a new one where it is the first: a local of this body, that nobody else ends.
  Group *of(const Place &Object, bool Starts) {
    if (!Object.valid())
      return nullptr;
    Group New;
    New.Object = C.whole(Object);
    const auto *V = New.Object.Path.empty() ? dyn_cast_or_null<VarDecl>(New.Object.Root) : nullptr;
    if (!V || !V->isLocalVarDecl() || V->isStaticLocal())
      return nullptr; // of somebody else, who may end it
    QualType Elem = U.element(V->getType());
    Role R = U.role(Elem.isNull() ? V->getType() : Elem);
    if (R == Role::Future || R == Role::Thread || R == Role::JoiningThread) {
      if (Elem.isNull())
        New.Object = Place();
    } else {
      const TypeModel *M = U.type(V->getType());
      if (!M || M->Plays != Role::Group || M->With.has(Fact::OwnsThreads))
        return nullptr;
      Ends How = endsTasks(U, V->getType()->getAsCXXRecordDecl());
      New.Tokens = How == Ends::ByToken;
      if (How == Ends::Itself || (New.Tokens && !madeOfNothing(V)))
        return nullptr;
    }
    auto It = llvm::find_if(All, [&](const Group &G) { return G.Object == New.Object; });
    if (It != All.end())
      return &*It;
    return Starts ? &All.emplace_back(std::move(New)) : nullptr;
  }

  void read(const Event &E) {
    if (E.Kind == Op::Call)
      return addedByHelper(E);
    bool Starts = E.Kind == Op::Spawn || E.Kind == Op::Insert;
    Group *G = of(E.Object, Starts);
    if (!G)
      return;
    if (Starts)
      add(*G, E, E.Kind == Op::Spawn ? startedWith(C, E, G->Tokens) : insertedByHelper(C, E), E, C);
    else if (E.Kind == Op::Wait || E.Kind == Op::Join || E.Kind == Op::Await || E.Kind == Op::Consume)
      G->Wait = &E;
  }

  /// \p Spawn happens in \p In, to which the event \p E of this body leads.
  void add(Group &G, const Event &E, Observer O, const Event &Spawn, const Code &In) {
    // One that throws ends its siblings there; what it returns does not.
    const TypeModel *M = G.Object.valid() ? U.type(cast<VarDecl>(G.Object.Root)->getType()) : nullptr;
    if (!O.Token)
      return;
    if (!G.First) {
      G.First = &E;
      G.Token = O.Token;
    }
    unsigned Times = (inLoop(C, E.Site) && G.Object.valid()) || inLoop(In, Spawn.Site) ? 2 : 1;
    if (O.Fallible && !(M && M->With.has(Fact::CancelsSiblings)))
      G.Tasks += Times;
    else
      for (const CallableRef &T : Spawn.Tasks)
        G.Silent.append(Times, &T);
  }

  /// `start(group, stop)`: a helper adds the tasks.
  void addedByHelper(const Event &E) {
    const FunctionDecl *Def = isa<CXXOperatorCallExpr>(E.Site) ? nullptr : U.visible(E.Callee);
    const Code *Helper = Def ? U.code(Def) : nullptr;
    if (!Helper || Helper == &C)
      return;
    // `auto left = launch(part, stop);`
    const auto *Yields = dyn_cast<CallExpr>(E.Site);
    const VarDecl *Future = Yields && U.role(Yields->getType()) == Role::Future ? C.destinationVar(Yields) : nullptr;
    if (Observer O = Future ? startedByHelper(C, Yields) : Observer(); O.Token) {
      Place Named;
      Named.Root = Future;
      if (Group *G = of(Named, true))
        add(*G, E, O, E, C);
      return;
    }
    CallEdge Call{&C, cast<Expr>(E.Site), Def};
    for (const Event &Spawn : Helper->Events) {
      auto Lent = Spawn.Kind == Op::Spawn && isa_and_nonnull<ParmVarDecl>(Spawn.Object.Root)
                      ? Call.toCaller(Spawn.Object)
                      : std::nullopt;
      Group *G = Lent ? of(*Lent, true) : nullptr;
      if (!G)
        continue;
      Observer O = startedWith(*Helper, Spawn, G->Tokens);
      const Expr *Token = O.Token ? Call.argument(O.Token) : nullptr;
      add(*G, E, {Token ? tokenGiven(C, Token) : nullptr, O.Fallible}, Spawn, *Helper);
    }
  }
};

void look(Code &C, Reporter &R) {
  for (const Group &G : Groups(C).All) {
    if (!G.First || G.Tasks < 2 || !G.Wait || canCancel(C))
      continue;
    const auto *V = G.Object.valid() ? cast<VarDecl>(G.Object.Root) : nullptr;
    std::vector<StoryLine> Story{{G.Token->getLocation(), "the tasks observe '" + G.Token->getNameAsString() +
                                                              "', which only the caller can stop"}};
    if (V && C.U.role(V->getType()) == Role::Group)
      Story.push_back({V->getLocation(), "the group has no stop of its own"});
    R.report(G.First->loc(),
             "when one of these tasks fails, nothing stops the others; the wait lasts as long as the slowest, for "
             "results that are discarded; give the tasks the token of a source that the first failure stops",
             Story);
  }
}

const MatchCheck
    Check({.Name = "group-without-cancellation",
           .Family = "tasks",
           .Level = Tier::Risk,
           .Summary = "Finds groups of tasks that can fail, where the first failure stops none of the others.",
           .Rows = "S2 L17",
           .Preview = true},
          look);

} // namespace
} // namespace heddle

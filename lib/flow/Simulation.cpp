#include "Loops.h"
#include "SimulationBody.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {

void Finding::reportFirstStep() {
  Loc = Story.front().Loc;
  Story.erase(Story.begin());
  for (StoryLine &L : Story)
    L.After = true;
}

void Finding::reportEnd(SourceLocation End) {
  Loc = End;
  for (StoryLine &L : Story)
    L.After = false;
}

namespace sim {

const Outcome *Engine::summary(const FunctionDecl *F, const Place &O, int State, bool Claimed, unsigned Depth,
                               const Bindings &Env) {
  if (Depth > MaxDepth || State == Gone)
    return nullptr;
  Code *C = U.code(F);
  if (!C)
    return nullptr;
  SummaryKey Key{C->Fn, O.Root, O.This, {O.Path.begin(), O.Path.end()}, State, Claimed, Env};
  auto It = Summaries.find(Key);
  if (It != Summaries.end())
    return &It->second;
  if (!Running.insert(Key).second)
    return nullptr; // recursion: the call in progress is assumed to change nothing that other paths do not show
  Outcome Out;
  if (!O.valid() || !Env.empty() || mayTouch(*C, O) || (Auto.HasElsewhere && elsewhere(*C))) {
    Body B(*this, *C, O, Depth, Env);
    PathState P;
    P.State = State;
    P.Claimed = Claimed;
    B.simulate(P);
    Out = std::move(B.Out);
  } else {
    Out.Exits.push_back({State, Claimed, std::nullopt, {}, false, nullptr, {}});
  }
  Running.erase(Key);
  return &(Summaries[Key] = std::move(Out));
}

bool Engine::elsewhere(const Code &C) {
  for (const CompiledRow &R : Auto.Rows)
    if (R.Row->How == Via::Elsewhere && U.reaches(C.Fn, R.Row->On, R.Row->OnlyIfBlocking))
      return true;
  return false;
}

bool Engine::mayTouch(const Code &C, const Place &O) {
  for (const Event &E : C.Events) {
    if (E.Object.valid() && E.Object.Root == O.Root && E.Object.This == O.This)
      return true;
    if (E.Kind == Op::Call || !E.Tasks.empty())
      return true;
    if (E.Object.Root && C.elementOf(E.Object.Root))
      return true;
  }
  return false;
}

bool Engine::reportsByItself(const FunctionDecl *Callee, const Place &O, const Finding &F) {
  int Own = Auto.AtEntry;
  if (Own == Gone || !O.valid())
    return false;
  const Outcome *Sum = summary(Callee, O, Own, false, 1);
  return Sum && llvm::any_of(Sum->Findings, [&](const Finding &X) { return X.Loc == F.Loc && X.Row == F.Row; });
}

Role Engine::trackedRole(const Place &P) {
  const ValueDecl *Last = P.last();
  return Last ? U.role(Last->getType()) : Role::None;
}

std::vector<Place> Engine::objects(Code &C, unsigned Depth) {
  std::vector<Place> Found;
  auto Add = [&](const Place &P) {
    if (P.valid() && !llvm::is_contained(Found, P))
      Found.push_back(P);
  };
  for (const Event &E : C.Events) {
    Place P = E.Object;
    if (P.valid() && P.Root && P.Path.empty() && tracks(Role::Container))
      if (auto In = C.elementOf(P.Root))
        P = *In;
    if (P.valid() && P.Element) {
      // The container as a whole, where an element of it was meant and nothing follows it.
      const ValueDecl *Last = P.last();
      if (Last && !U.element(Last->getType()).isNull() && tracks(Role::Container)) {
        P.Element = false;
        Add(P);
      }
    } else if (P.valid() && E.Kind != Op::Call) {
      bool Locks = E.Guard && (E.Kind == Op::Acquire || E.Kind == Op::AcquireShared || E.Kind == Op::TryAcquire);
      if (tracks(trackedRole(P)) || (Locks && tracks(E.ObjectRole)))
        Add(P);
    }
    if (Depth >= 4)
      continue;
    auto AddCaptured = [&](const FunctionDecl *Lambda) {
      if (Code *Inner = U.code(Lambda))
        for (const Place &X : objects(*Inner, Depth + 1))
          if (X.This || (X.Root && X.Root->getDeclContext() != static_cast<const DeclContext *>(Inner->Fn)))
            Add(X);
    };
    for (const CallableRef &T : E.Tasks)
      if (T.Lambda && T.Body)
        AddCaptured(T.Body);
    if (E.Kind != Op::Call || !E.Callee)
      continue;
    // A local lambda that is called by its name.
    if (const auto *M = dyn_cast<CXXMethodDecl>(E.Callee); M && M->getParent()->isLambda())
      AddCaptured(M);
    if (P.This && P.Path.empty() && (Auto.HasLater || Auto.HasElsewhere))
      if (Code *Inner = U.code(E.Callee); Inner && Inner != &C)
        for (const Place &X : objects(*Inner, Depth + 1))
          if (X.This)
            Add(X);
    // A part of what a helper is given: `sweep(state)` waits for state.strips.
    if (Auto.HasLater && Depth < WithoutParts)
      for (const Place &X : partsOfArguments(C, E, Depth))
        Add(X);
    if (const auto *Call = dyn_cast<CallExpr>(E.Site))
      for (const Expr *A : Call->arguments())
        if (auto AP = C.place(A); AP && !AP->Element && tracks(trackedRole(*AP)))
          Add(*AP);
  }
  return Found;
}

std::vector<Place> Engine::partsOfArguments(Code &C, const Event &Call, unsigned Depth) {
  std::vector<Place> Found;
  Code *Inner = U.code(Call.Callee);
  const auto *Site = dyn_cast<CallExpr>(Call.Site);
  if (!Inner || Inner == &C || !Site || isa<CXXOperatorCallExpr>(Site))
    return Found;
  // Only what has a name here that is not `this`: a member of this object is found in the callee itself.
  auto Named = [&](const Expr *E) {
    auto P = E ? C.place(E) : std::nullopt;
    return P && P->Root && !P->Element ? P : std::nullopt;
  };
  std::vector<std::pair<Place, Place>> Names; ///< the callee's name, and ours
  if (const auto *M = dyn_cast<CXXMemberCallExpr>(Site))
    if (auto P = Named(M->getImplicitObjectArgument())) {
      Place This;
      This.This = true;
      Names.emplace_back(This, *P);
    }
  for (unsigned I = 0; I != Site->getNumArgs() && I < Inner->Fn->getNumParams(); ++I) {
    const ParmVarDecl *Param = Inner->Fn->getParamDecl(I);
    if (!Param->getType()->isReferenceType() && !U.leads(Param->getType()))
      continue;
    if (auto P = Named(Site->getArg(I))) {
      Place Base;
      Base.Root = Param;
      Names.emplace_back(Base, *P);
    }
  }
  if (Names.empty())
    return Found;
  for (const Place &X : objects(*Inner, Depth + 1))
    for (const auto &[Theirs, Ours] : Names)
      if (!X.Path.empty() && !X.Element && Theirs.contains(X))
        Found.push_back(Theirs.rebase(X, Ours));
  return Found;
}

const std::vector<Place> &Engine::reached(Code &C) {
  auto [It, New] = Reached.try_emplace(&C);
  if (!New)
    return It->second; // recursion: what the call in progress has found so far
  std::vector<Place> Found = objects(C);
  for (const Event &E : C.Events)
    for (Place &P : handed(C, E))
      if (Found.size() < MaxReached && !llvm::is_contained(Found, P))
        Found.push_back(std::move(P));
  return It->second = std::move(Found); // a map keeps its elements where they are
}

std::vector<Place> Engine::handed(Code &C, const Event &E) {
  std::vector<Place> Found;
  Code *Inner = E.Kind == Op::Call && E.Callee && isa_and_nonnull<Expr>(E.Site) ? U.code(E.Callee) : nullptr;
  if (!Inner || Inner == &C)
    return Found;
  std::optional<CallSite> Site;
  for (const Place &X : reached(*Inner)) {
    if (X.Element || (!X.This && !isa_and_nonnull<ParmVarDecl>(X.Root)))
      continue;
    if (!Site)
      Site.emplace(C, E);
    if (Site->Lambda)
      break; // its captures have the names of this body
    Place Base;
    std::optional<Place> Here;
    if (X.This) {
      Base.This = true;
      Here = Site->Receiver ? C.place(Site->Receiver) : std::nullopt;
    } else {
      const auto *P = cast<ParmVarDecl>(X.Root);
      unsigned I = P->getFunctionScopeIndex();
      Base.Root = P;
      if (P->getDeclContext() != static_cast<const DeclContext *>(Inner->Fn) || I >= Site->Args.size())
        continue;
      if (P->getType()->isReferenceType() || U.leads(P->getType()) || Body::movedIn(Site->Args[I]))
        Here = C.place(Site->Args[I]);
    }
    if (Here && !Here->Element && Here->Path.size() + X.Path.size() <= MaxPath)
      Found.push_back(Base.rebase(X, *Here));
  }
  return Found;
}

std::vector<Place> Engine::toRun(Code &C) {
  std::vector<Place> Found = objects(C);
  // One call alone does nothing that the callee's own run would not see, but where the object ends with this body.
  std::vector<Place> Once;
  for (const Event &E : C.Events)
    for (Place &P : handed(C, E)) {
      if (llvm::is_contained(Found, P))
        continue;
      const auto *V = dyn_cast_or_null<VarDecl>(P.Root);
      bool Own = V && V->isLocalVarDecl() && V->getParentFunctionOrMethod() == static_cast<const DeclContext *>(C.Fn);
      if (Own || inLoop(C, E.Site) || llvm::is_contained(Once, P))
        Found.push_back(std::move(P));
      else
        Once.push_back(std::move(P));
    }
  return Found;
}

bool Engine::calledOnce(const FunctionDecl *F) {
  if (!Calls) {
    Calls.emplace();
    for (const FunctionDecl *Of : U.Functions)
      if (Code *C = U.code(Of))
        for (const Event &E : C->Events)
          if (E.Kind == Op::Call && E.Callee)
            ++(*Calls)[E.Callee->getCanonicalDecl()];
  }
  return Calls->lookup(F->getCanonicalDecl()) == 1;
}

PathState Engine::startOf(const Body &B) {
  PathState P;
  P.State = B.BornHere || (A.Unwinds && B.PartOf) ? Gone : Auto.AtEntry; // what is declared here does not exist yet
  return P;
}

} // namespace sim

using namespace sim;

struct Simulation::Impl : Engine {
  using Engine::Engine;
};

Simulation::Simulation(Unit &U, const Automaton &A) : I(std::make_unique<Impl>(U, A)) {}
Simulation::~Simulation() = default;
unsigned Simulation::givenUp() const { return I->GivenUp; }

std::vector<Finding> Simulation::run(const FunctionDecl *F) {
  std::vector<Finding> Found;
  Code *C = I->U.code(F);
  if (!C)
    return Found;
  // A property about what happens elsewhere meanwhile needs something that happens: most bodies are spared their graph.
  if (I->Auto.HasElsewhere && !I->elsewhere(*C))
    return Found;
  std::vector<Place> Own = I->objects(*C, Engine::WithoutParts);
  for (const Place &O : I->toRun(*C)) {
    I->Work = 0;
    Body B(*I, *C, O, 0);
    if (!B.BornHere && I->Auto.AtEntry == Gone)
      continue;
    B.InCallees = !llvm::is_contained(Own, O);
    B.simulate(I->startOf(B));
    if (!B.Out.Complete) {
      ++I->GivenUp;
      continue;
    }
    for (Finding &X : B.Out.Findings)
      Found.push_back(std::move(X));
  }
  return Found;
}

unsigned StateMap::bit(std::string_view State) const {
  for (unsigned I = 0; I != Names.size(); ++I)
    if (Names[I] == State)
      return 1u << I;
  return 0;
}

StateMap Simulation::states(const FunctionDecl *F, const Place &Object) {
  StateMap Map;
  Map.Names = I->Auto.Names;
  if (Code *C = I->U.code(F)) {
    I->Work = 0;
    Body B(*I, *C, Object, 0);
    B.Map = &Map;
    B.simulate(I->startOf(B));
    Map.Complete = B.Out.Complete;
  }
  return Map;
}

std::vector<Exit> Simulation::exits(const FunctionDecl *F, const Place &Object) {
  std::vector<Exit> Found;
  Code *C = I->U.code(F);
  if (!C || I->Auto.AtEntry == Gone)
    return Found;
  I->Work = 0;
  Body B(*I, *C, Object, 0);
  PathState Start;
  Start.State = I->Auto.AtEntry;
  B.simulate(Start);
  if (B.Out.Complete)
    for (ExitState &X : B.Out.Exits)
      Found.push_back({X.State == Gone ? "" : I->Auto.Names[X.State], X.Throws, X.Claimed, X.By, std::move(X.Story)});
  return Found;
}

std::vector<std::string> Simulation::statesAt(const FunctionDecl *F, const Place &Object, const Stmt *Mention) {
  StateMap Map = states(F, Object);
  std::vector<std::string> Seen;
  unsigned Bits = Map.Before.lookup(Mention);
  for (unsigned N = 0; N != Map.Names.size(); ++N)
    if (Bits & (1u << N))
      Seen.push_back(Map.Names[N]);
  llvm::sort(Seen);
  return Seen;
}

std::vector<Place> Simulation::objects(const FunctionDecl *F) {
  Code *C = I->U.code(F);
  return C ? I->objects(*C) : std::vector<Place>();
}

std::vector<Place> Simulation::reached(const FunctionDecl *F) {
  Code *C = I->U.code(F);
  return C ? I->reached(*C) : std::vector<Place>();
}

} // namespace heddle

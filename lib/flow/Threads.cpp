#include "Threads.h"
#include "Loops.h"
#include "MakeFacts.h"
#include "Mentions.h"
#include "Order.h"

using namespace clang;

namespace heddle {

namespace {

constexpr unsigned MaxBodies = 300, MaxDepth = 4;

/// The protected virtual member without parameters that a thread class of a library offers for the body of the thread,
/// and that \p M overrides: QThread::run.
bool isThreadMain(Unit &U, const CXXMethodDecl *M) {
  return M->getNumParams() == 0 && llvm::any_of(M->overridden_methods(), [&](const CXXMethodDecl *Above) {
           const TypeModel *T = U.type(Above->getThisType()->getPointeeType());
           bool Thread = T && (T->Plays == Role::Thread || T->Plays == Role::JoiningThread);
           return Thread ? Above->getAccess() == AS_protected : isThreadMain(U, Above);
         });
}

} // namespace

std::optional<Place> ThreadBody::shared(const Place &Named) const {
  std::optional<Place> P = Named;
  for (const ThreadBody *X = this; X; X = X->Caller) {
    const auto *V = dyn_cast_or_null<VarDecl>(P->Root);
    if (V && V->hasGlobalStorage())
      return V->getTLSKind() == VarDecl::TLS_None ? P : std::nullopt;
    const CallEdge &Up = X->Caller ? X->Step : X->Of->Start;
    if (!Up.In)
      return P->This ? P : std::nullopt;
    auto Outer = Up.toCaller(*P);
    if (!Outer) {
      // A pointer that the thread is given, behind a cast or from a container: whoever gave it knows the object.
      const auto *Given = dyn_cast_or_null<ParmVarDecl>(V);
      bool Leads = !X->Caller && Given && !P->Path.empty() && Given->getType()->isPointerType();
      return Leads || (!X->Caller && P->This && !P->Path.empty()) ? P : std::nullopt;
    }
    P = Outer;
  }
  return P;
}

std::vector<StoryLine> ThreadBody::calls() const {
  std::vector<StoryLine> Lines;
  for (const ThreadBody *X = this; X->Caller; X = X->Caller)
    Lines.insert(Lines.begin(), X->Step.line());
  return Lines;
}

Threads::Threads(Unit &U) : U(U) {
  findEntries();
  for (const ThreadEntry &E : Entries)
    spread(E);
}

void Threads::findEntries() {
  for (Code *C : heddle::bodies(U))
    for (const Event &E : C->Events) {
      const auto *Site = dyn_cast_or_null<Expr>(E.Site);
      const TypeModel *On = E.Kind == Op::Defer && E.Object.valid() ? U.type(E.Object) : nullptr;
      bool AtOnce = E.Kind == Op::RunNow && E.may(Fact::Parallel);
      if (!Site || !(E.Kind == Op::Spawn || AtOnce || (On && On->With.has(Fact::OwnsThreads))))
        continue;
      for (const CallableRef &T : E.Tasks) {
        const FunctionDecl *Body = U.visible(T.Body);
        if (!Body)
          continue;
        bool Many = AtOnce || enclosingLoop(*C, E.Site);
        for (ThreadEntry &Known : Entries)
          if (Known.Body == Body)
            Many = Known.Many = true;
        Entries.push_back({Body, E.loc(), {C, Site, Body, &T}, Many, AtOnce});
      }
    }
  for (const FunctionDecl *F : U.Functions)
    if (const auto *M = dyn_cast<CXXMethodDecl>(F); M && M->isVirtual() && U.visible(M) && isThreadMain(U, M))
      Entries.push_back({U.visible(M), M->getLocation(), {}, false, false});
}

llvm::SmallVector<CallEdge, 8> Threads::steps(const Code &C) {
  auto &All = U.get<Calls>();
  auto Out = All.from(C);
  forEach<CallExpr>(C.Fn->getBody(), Walk::NoLambdas, [&](const CallExpr *Call) {
    if (const FunctionDecl *Def = U.visible(Call->getDirectCallee()))
      Out.push_back({&C, Call, Def});
    const auto *M = dyn_cast_or_null<CXXMethodDecl>(Call->getDirectCallee());
    if (M && M->isVirtual())
      for (const CXXMethodDecl *By : All.overriders(M))
        if (const FunctionDecl *Def = U.visible(By))
          Out.push_back({&C, Call, Def});
  });
  return Out;
}

void Threads::spread(const ThreadEntry &E) {
  Code *C = U.code(E.Body);
  if (!C)
    return;
  llvm::DenseSet<const FunctionDecl *> Seen{E.Body};
  std::vector<const ThreadBody *> Queue;
  auto Add = [&](ThreadBody B) {
    Bodies.push_back(B);
    Queue.push_back(&Bodies.back());
    Reached[B.C->Fn].push_back(&Bodies.back());
  };
  Add({C, &E, nullptr, {}});
  for (unsigned I = 0; I != Queue.size() && Queue.size() < MaxBodies; ++I)
    for (const CallEdge &Step : steps(*Queue[I]->C))
      if (Code *Inner = Seen.insert(Step.Callee).second ? U.code(Step.Callee) : nullptr)
        Add({Inner, &E, Queue[I], Step});
}

llvm::ArrayRef<const ThreadBody *> Threads::on(const FunctionDecl *F) const {
  auto It = Reached.find(F);
  return It == Reached.end() ? llvm::ArrayRef<const ThreadBody *>() : llvm::ArrayRef(It->second);
}

/// Returns true if the callable is kept, or runs on a thread: not before the call that it is given to returns.
static bool isStored(const CallEdge &X) {
  return X.Task && llvm::any_of(X.In->at(X.Site), [&](unsigned I) {
           const Event &E = X.In->Events[I];
           return E.TasksRun != Runs::Now && llvm::any_of(E.Tasks, [&](const CallableRef &T) { return &T == X.Task; });
         });
}

/// The bodies that call \p F on their own thread: by its name, through a member that it overrides, or as a callable
/// that runs before the call returns. \p Stored: somebody keeps it as a callable, which runs where nobody here says.
llvm::SmallVector<const Code *, 4> Threads::callersOf(const FunctionDecl *F, bool &Stored) {
  llvm::SmallVector<const Code *, 4> Found;
  for (const CallEdge &X : U.get<Calls>().callers(F)) {
    if (isStored(X))
      Stored = true;
    else if (X.In->Fn != F)
      Found.push_back(X.In);
  }
  if (!std::exchange(MembersKnown, true))
    for (Code *C : heddle::bodies(U))
      forEach<Expr>(C->Fn->getBody(), Walk::NoLambdas, [&](const Expr *E) {
        const auto *Call = dyn_cast<CXXMemberCallExpr>(E);
        if (const CXXMethodDecl *M = Call ? Call->getMethodDecl() : nullptr; M && M->isVirtual())
          VirtualCallers[M->getCanonicalDecl()].push_back(C);
        const auto *O = dyn_cast<UnaryOperator>(E);
        const auto *Named = O && O->getOpcode() == UO_AddrOf ? dyn_cast<DeclRefExpr>(O->getSubExpr()) : nullptr;
        if (const auto *Of = Named ? dyn_cast<FunctionDecl>(Named->getDecl()) : nullptr)
          Pointed.insert(Of->getCanonicalDecl());
        const auto *Gives = dyn_cast<CallExpr>(E);
        for (const Expr *A : Gives ? Gives->arguments() : CallExpr::const_arg_range(nullptr, nullptr))
          if (const auto *DR = dyn_cast<DeclRefExpr>(A->IgnoreParenImpCasts()))
            if (const auto *Of = dyn_cast<FunctionDecl>(DR->getDecl()))
              Pointed.insert(Of->getCanonicalDecl());
      });
  Stored |= Pointed.contains(F->getCanonicalDecl());
  llvm::SmallVector<const CXXMethodDecl *, 4> Above;
  if (const auto *M = dyn_cast<CXXMethodDecl>(F))
    Above.assign(M->begin_overridden_methods(), M->end_overridden_methods());
  for (unsigned I = 0; I != Above.size(); ++I) {
    llvm::append_range(Found, VirtualCallers.lookup(Above[I]->getCanonicalDecl()));
    Above.append(Above[I]->begin_overridden_methods(), Above[I]->end_overridden_methods());
  }
  return Found;
}

bool Threads::elsewhere(const FunctionDecl *F) {
  auto [It, New] = Elsewhere.try_emplace(F, false);
  if (!New)
    return It->second;
  bool Stored = llvm::any_of(Entries, [&](auto &E) { return E.Body == F; }), Outside = false;
  auto From = callersOf(F, Stored);
  for (const Code *In : From)
    Outside |= elsewhere(In->Fn);
  return Elsewhere[F] = Outside || (From.empty() && !Stored);
}

// ---- before and after -----------------------------------------------------------------------------------------------

/// Where a body stands at the statement, as far as it starts or joins threads itself, or calls what does.
Threads::Moment Threads::moment(Code &C, const Stmt *S) {
  Order &O = U.get<Order>();
  auto &All = U.get<Calls>();
  llvm::SmallVector<const Event *, 4> Starts, Ends;
  for (const Event &E : C.Events) {
    if (!E.Site || E.Site == S)
      continue;
    if (All.witness(C, E, Effect::Spawns))
      Starts.push_back(&E);
    if (All.witness(C, E, Effect::Joins))
      Ends.push_back(&E);
  }
  bool Started = false, Starting = false;
  for (const Event *E : Starts) {
    Started |= O.reaches(C, E->Site, S);
    Starting |= O.reaches(C, S, E->Site);
  }
  for (const Event *E : Ends) {
    const Stmt *Each =
        E->Object.valid() && (E->Object.Element || C.elementOf(E->Object.Root)) ? enclosingLoop(C, E->Site) : nullptr;
    if ((Each && within(C, S, Each)) || !O.reaches(C, E->Site, S) || O.reaches(C, S, E->Site))
      continue;
    if (llvm::none_of(Starts,
                      [&](const Event *X) { return O.reaches(C, E->Site, X->Site) && O.reaches(C, X->Site, S); }))
      return Moment::After;
  }
  // A thread that the body joins and has not started may run when it is entered: `on = b; if (b) t = …; else t.join();`
  bool Entered = llvm::any_of(Ends, [&](const Event *E) {
    return E->Object.This && O.reaches(C, S, E->Site) &&
           llvm::none_of(Starts, [&](const Event *X) { return O.reaches(C, X->Site, E->Site); });
  });
  return Started ? Moment::Beside : Starting && !Entered ? Moment::Before : Moment::Unknown;
}

/// The body decides if it can; else all callers have to agree, and there has to be one.
bool Threads::always(Code &C, const Stmt *S, Moment Wanted, unsigned Depth) {
  if (Moment Is = moment(C, S); Is != Moment::Unknown)
    return Is == Wanted;
  bool Any = false;
  for (const CallEdge &X : U.get<Calls>().callers(C.Fn)) {
    if (X.Task || X.In->Fn == C.Fn)
      continue;
    Code *Caller = Depth < MaxDepth ? U.code(X.In->Fn) : nullptr;
    if (!Caller || !always(*Caller, X.Site, Wanted, Depth + 1))
      return false;
    Any = true;
  }
  return Any;
}

bool Threads::beforeStart(Code &C, const Stmt *S) { return always(C, S, Moment::Before); }
bool Threads::afterEnd(Code &C, const Stmt *S) { return always(C, S, Moment::After); }

/// Two threads whose bodies differ and that know the object by one name of the body that starts them.
static bool meet(const ThreadBody &X, const Place &InX, const ThreadBody &Y, const Place &InY) {
  if (X.Of->Body == Y.Of->Body)
    return false;
  auto P = X.shared(InX), Q = Y.shared(InY);
  if (!P || !Q || !(*P == *Q))
    return false;
  const auto *V = dyn_cast_or_null<VarDecl>(P->Root);
  if (V && V->hasGlobalStorage())
    return true;
  const Code *A = X.Of->Start.In, *B = Y.Of->Start.In;
  const auto *M = A ? dyn_cast<CXXMethodDecl>(A->Fn) : nullptr, *N = B ? dyn_cast<CXXMethodDecl>(B->Fn) : nullptr;
  return A && (A == B || (P->This && M && N && M->getParent() == N->getParent()));
}

/// A local object, seen from the body that declares it.
static bool isOwn(const Code &C, const Place &P) {
  const auto *V = dyn_cast_or_null<VarDecl>(P.Root);
  return V && V->hasLocalStorage() && V->getDeclContext() == static_cast<const DeclContext *>(C.Fn) &&
         !V->getType()->isReferenceType() && !C.U.leads(V->getType());
}

/// Returns true if code that is on no thread of the unit's may do this while threads run.
bool Threads::free(const Touch &T, unsigned Depth) {
  Moment Is = moment(*T.In, T.At);
  if (Is == Moment::Before || Is == Moment::After)
    return false;
  if (isOwn(*T.In, T.Object)) // a thread that is started with it knows it, too
    return Is == Moment::Beside && llvm::any_of(T.In->Events, [&](const Event &E) {
             const auto *Made = dyn_cast_or_null<Expr>(E.Site);
             return Made && U.get<Calls>().witness(*T.In, E, Effect::Spawns) &&
                    (mentions(Made, T.Object.Root) || T.In->destinationVar(Made) == T.Object.Root);
           });
  bool Called = false;
  for (const CallEdge &X : U.get<Calls>().callers(T.In->Fn)) {
    Code *Caller = U.code(X.In->Fn);
    if (!Caller || Caller == T.In ||
        llvm::any_of(Entries, [&](auto &E) { return E.Body == T.In->Fn && E.Start.Site == X.Site; }))
      continue;
    Called = true;
    auto Object = isStored(X) ? std::nullopt : X.toCaller(T.Object);
    if (Depth < MaxDepth && Object && free({Caller, X.Site, *Object}, Depth + 1))
      return true;
  }
  return !Called && elsewhere(T.In->Fn);
}

std::optional<Meeting> Threads::meeting(const Touch &A, const Touch &B) {
  auto OnA = on(A.In->Fn), OnB = on(B.In->Fn);
  for (const ThreadBody *X : OnA)
    for (const ThreadBody *Y : OnB)
      if (meet(*X, A.Object, *Y, B.Object))
        return Meeting{X, Y};
  auto Shares = [](llvm::ArrayRef<const ThreadBody *> On, const Touch &T) -> const ThreadBody * {
    auto It = llvm::find_if(On, [&](const ThreadBody *X) { return !X->Of->AtOnce && X->shared(T.Object); });
    return It == On.end() ? nullptr : *It;
  };
  if (const ThreadBody *X = Shares(OnA, A); X && free(B))
    return Meeting{X, nullptr};
  if (const ThreadBody *Y = Shares(OnB, B); Y && free(A))
    return Meeting{nullptr, Y};
  return std::nullopt;
}

template std::shared_ptr<void> makeFacts<Threads>(Unit &);

} // namespace heddle

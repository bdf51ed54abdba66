#include "CriticalSections.h"
#include "EntryLocks.h"
#include "EventIndex.h"
#include "Guards.h"
#include "LibraryCode.h"
#include "Loops.h"
#include "MakeFacts.h"
#include "Mentions.h"
#include "Order.h"
#include "Uses.h"

#include "clang/AST/DeclCXX.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {

namespace {

/// Of a lock with which a body is entered, or of a guard that it is given with it.
Automaton enteredWith() {
  Automaton A = EntryLocks::holding("held");
  A.Start = "held";
  A.Tracks.insert(A.Tracks.end(), {Role::Guard, Role::SharedGuard});
  return A;
}
const Automaton EnteredWith = enteredWith();

constexpr unsigned MaxDeeds = 24, MaxChain = 6;

bool takes(const Event &E) {
  return E.ObjectRole != Role::Semaphore && (E.Kind == Op::Acquire || E.Kind == Op::AcquireShared);
}

/// Returns true if a guard takes over a lock that is held already.
bool adopts(Unit &U, const Event &E) {
  const auto *Made = dyn_cast_or_null<CXXConstructExpr>(E.Site);
  return Made && llvm::any_of(Made->arguments(), [&](const Expr *A) { return U.role(A->getType()) == Role::AdoptTag; });
}

/// The container, where the place is that of a loop variable or an iterator, or leads on from one.
Place elementOrSelf(const Code &C, const Place &P) {
  const auto *B = dyn_cast_or_null<BindingDecl>(P.Root);
  const auto *V = B ? dyn_cast<VarDecl>(B->getDecomposedDecl()) : dyn_cast_or_null<VarDecl>(P.Root);
  auto In = V && !P.Element ? C.elementOf(V) : std::nullopt;
  return In ? *In : P;
}

} // namespace

bool excludesItself(Unit &U, const Event &Acquires) {
  if (Acquires.ObjectRole != Role::Mutex && Acquires.ObjectRole != Role::SharedMutex)
    return false;
  const ValueDecl *D = Acquires.Object.last();
  const CXXRecordDecl *RD = D ? U.pointee(D->getType())->getAsCXXRecordDecl() : nullptr;
  if (!RD || inLibrary(U, RD->getLocation()))
    return true;
  return U.inferred(RD) && llvm::none_of(RD->fields(), [&](const FieldDecl *F) {
           const auto *Of = F->getType()->getAsCXXRecordDecl();
           return U.role(F->getType()) == Role::RecursiveMutex || U.role(F->getType()) == Role::Thread ||
                  (isLock(U.role(F->getType())) &&
                   (!Of || Of->getDeclContext()->getRedeclContext()->isTranslationUnit())) ||
                  (Of && Of->getIdentifier() && Of->getName() == "id");
         });
}

bool dependsOnCaller(Unit &U, const Witness &W) {
  auto Asks = [](const Stmt *S) {
    const auto *DR = dyn_cast<DeclRefExpr>(S);
    return DR && isa<ParmVarDecl>(DR->getDecl()) &&
           (DR->getType().getNonReferenceType()->isBooleanType() ||
            DR->getType().getNonReferenceType()->isEnumeralType());
  };
  for (unsigned I = 0; I != W.Through.size(); ++I) {
    const Stmt *Next = I + 1 == W.Through.size() ? W.Does->Site : W.Through[I + 1].Site;
    for (const Guard &G : guards(*U.code(W.Through[I].Callee), Next))
      if (mentions(G.Condition, Asks))
        return true;
  }
  return false;
}

bool isPartOf(Unit &U, const Witness &W) {
  auto IsPart = [&](const CallEdge &Step) {
    const auto *M = dyn_cast<CXXMethodDecl>(Step.Callee);
    const Expr *Object = objectOf(Step.Site);
    bool Lambda = M && M->getParent()->isLambda();
    bool Own =
        M ? Lambda || (M->getAccess() != AS_public && (!Object || isa<CXXThisExpr>(Object->IgnoreParenImpCasts())))
          : Step.Callee->getFormalLinkage() == Linkage::Internal;
    return Own && U.get<Calls>().callers(Step.Callee).size() == 1;
  };
  return !W.Through.empty() && llvm::all_of(W.Through, IsPart);
}

bool isOfOneCall(Code &C, const VarDecl *Lock) {
  return Lock->isLocalVarDecl() && Lock->hasLocalStorage() && Lock->getType()->isRecordType() &&
         Lock->getParentFunctionOrMethod() == static_cast<const DeclContext *>(C.Fn) &&
         llvm::all_of(C.U.get<Uses>().in(C, Lock), [&](const Use &X) {
           return !X.Lambda && !X.is(Use::ByReference | Use::ByCopy) && llvm::any_of(C.Events, [&](const Event &E) {
             return E.Guard && E.Site && E.Object.Root == Lock &&
                    (E.Site == X.Site || (X.Mention && within(C, X.Mention, E.Site)));
           });
         });
}

CriticalSections::CriticalSections(Unit &U) : U(U), Entered(U, EnteredWith) {}

/// Returns true if a local object in whose scope the statement stands gave the lock back when it was made:
/// `ScopeUnlock unlock(mutex);`.
static bool givenBackByLocal(Code &C, const Place &Lock, const Stmt *S) {
  return llvm::any_of(C.Events, [&](const Event &E) {
    const auto *Made = E.Kind == Op::Call ? dyn_cast<CXXConstructExpr>(E.Site) : nullptr;
    const VarDecl *V = Made ? C.destinationVar(Made) : nullptr;
    auto Names = [&](const Expr *A) {
      auto P = C.place(A);
      const GuardInfo *G = P && P->Root && P->Path.empty() ? C.guard(P->Root) : nullptr;
      return P && (*P == Lock || (G && llvm::is_contained(G->Locks, Lock)));
    };
    return V && V->hasLocalStorage() && C.U.reaches(E.Callee, Op::Release, false) &&
           llvm::any_of(Made->arguments(), Names) && inScopeOf(C, Made, S) && Made != S &&
           C.U.get<Order>().dominates(C, Made, S);
  });
}

llvm::SmallVector<HeldLock, 2> CriticalSections::held(Code &C, const Stmt *S) {
  llvm::SmallVector<HeldLock, 2> All;
  for (const Place &Lock : U.get<HeldLocks>().at(C, S)) {
    if (givenBackByLocal(C, Lock, S))
      continue;
    HeldLock H{Lock};
    auto Takes = [&](const Event &E) { return (takes(E) || E.Kind == Op::TryAcquire) && E.Object == Lock; };
    auto TakenAt = [&](const Stmt *X) { return llvm::any_of(C.at(X), [&](unsigned I) { return Takes(C.Events[I]); }); };
    for (const Event &E : C.Events)
      if (Takes(E) && E.Site != S && U.get<Order>().reaches(C, E.Site, S, TakenAt))
        H.Taken = &E;
    // What is done under a lock of all callers is found in them.
    if (!H.Taken && !U.get<HeldLocks>().demanded(C) && llvm::is_contained(U.get<EntryLocks>().of(C), Lock))
      continue;
    All.push_back(std::move(H));
  }
  return All;
}

bool CriticalSections::does(Code &C, const Event &E, Deed What) {
  switch (What) {
  case Deed::Waits:
    return U.get<Blocking>().waits(C, E) != WaitFor::Nothing;
  case Deed::Locks:
    return takes(E) && !E.OutcomeTells && !adopts(U, E);
  case Deed::CallsBack: {
    if (E.Kind != Op::Call || !E.Object.valid() || E.Callee)
      return false;
    const ValueDecl *D = E.ObjectRole == Role::Function ? elementOrSelf(C, E.Object).last() : nullptr;
    const auto *P = dyn_cast_or_null<ParmVarDecl>(D);
    return isa_and_nonnull<FieldDecl>(D) || (P && P->getType()->isReferenceType());
  }
  }
  return false;
}

/// Calls of pure virtual functions, for which there are no events: `for (Listener *l : listeners_) l->changed();`
const std::vector<Event> &CriticalSections::listenersCalled(Code &C) {
  auto [It, New] = Listeners.try_emplace(&C);
  if (!New)
    return It->second;
  forEach<CXXMemberCallExpr>(C.Fn->getBody(), heddle::Walk::NoLambdas, [&](const CXXMemberCallExpr *Call) {
    const CXXMethodDecl *M = Call->getMethodDecl();
    if (!M || !M->isPureVirtual() || !M->getReturnType()->isVoidType())
      return;
    auto P = C.place(Call->getImplicitObjectArgument());
    Place Of = P ? elementOrSelf(C, *P) : Place();
    if (!Of.Element || !isa_and_nonnull<FieldDecl, ParmVarDecl>(Of.last()))
      return;
    Event E;
    E.Kind = Op::Call;
    E.Object = *P;
    E.Site = Call;
    E.Callee = M;
    It->second.push_back(std::move(E));
  });
  return It->second;
}

llvm::SmallVector<const Event *, 16> CriticalSections::candidates(Code &C, Deed What) {
  llvm::SmallVector<const Event *, 16> All;
  for (const Event &E : C.Events)
    if (does(C, E, What))
      All.push_back(&E);
  if (What == Deed::CallsBack)
    for (const Event &E : listenersCalled(C))
      All.push_back(&E);
  return All;
}

const std::vector<Witness> &CriticalSections::summary(const FunctionDecl *F, Deed What) {
  auto [It, New] = Known.try_emplace({F, What});
  std::vector<Witness> &All = It->second; // a map keeps its elements where they are; recursion adds nothing
  Code *C = New ? U.code(F) : nullptr;
  if (!C)
    return All;
  std::vector<Witness> Found;
  for (const Event *E : candidates(*C, What))
    Found.push_back({C, E, E->loc(), {}, {}});
  for (const CallEdge &S : U.get<Calls>().from(*C))
    for (const Witness &Inner : summary(S.Callee, What)) {
      if (Inner.Through.size() >= MaxChain)
        continue;
      Witness W = Inner;
      W.Through.insert(W.Through.begin(), S);
      W.Calls.insert(W.Calls.begin(), S.line());
      Found.push_back(std::move(W));
    }
  std::vector<Witness> &Kept = Known[{F, What}];
  for (unsigned Steps = 0; Steps <= MaxChain; ++Steps)
    for (Witness &W : Found)
      if (W.Through.size() == Steps && Kept.size() < MaxDeeds &&
          llvm::none_of(Kept, [&](const Witness &X) { return X.Does == W.Does && X.object() == W.object(); }))
        Kept.push_back(W);
  return Kept;
}

llvm::ArrayRef<Witness> CriticalSections::deeds(const FunctionDecl *F, Deed What) {
  const FunctionDecl *Def = U.visible(F);
  return Def ? llvm::ArrayRef(summary(Def, What)) : llvm::ArrayRef<Witness>();
}

llvm::SmallVector<Place, 2> CriticalSections::inside(const CallEdge &Call, const Place &Lock) {
  llvm::SmallVector<Place, 2> Names;
  if (auto Name = Call.toCallee(Lock))
    Names.push_back(*Name);
  auto StandsFor = [&](const ValueDecl *V) {
    const GuardInfo *G = V ? Call.In->guard(V) : nullptr;
    return G && llvm::is_contained(G->Locks, Lock);
  };
  auto Add = [&](const ValueDecl *V) {
    Place P;
    P.Root = V;
    Names.push_back(P);
  };
  for (const ParmVarDecl *P : Call.Callee->parameters()) {
    const Expr *Given = Call.argument(P);
    auto Named = Given ? Call.In->place(Given) : std::nullopt;
    if (Named && Named->Root && Named->Path.empty() && (StandsFor(Named->Root) || *Named == Lock) &&
        isGuard(Call.In->U.role(P->getType())))
      Add(P);
  }
  const auto *M = dyn_cast<CXXMethodDecl>(Call.Callee);
  if (M && M->getParent()->isLambda())
    for (const LambdaCapture &Cap : M->getParent()->captures())
      if (Cap.capturesVariable() && StandsFor(Cap.getCapturedVar()))
        Add(Cap.getCapturedVar());
  return Names;
}

bool CriticalSections::kept(const Code &C, const Place &Lock, const Stmt *S) {
  std::vector<Kept> &All = KeptIn[&C];
  auto It = llvm::find_if(All, [&](const Kept &K) { return K.Lock == Lock; });
  if (It == All.end()) {
    Kept K;
    K.Lock = Lock;
    K.Touched = llvm::is_contained(Entered.reached(C.Fn), Lock);
    if (K.Touched)
      K.Map = Entered.states(C.Fn, Lock);
    All.push_back(std::move(K));
    It = std::prev(All.end());
  }
  return !It->Touched || EntryLocks::isHeld(It->Map, S);
}

bool CriticalSections::stays(UnderLock &X, Deed What) {
  if (dependsOnCaller(U, X.What))
    return false;
  llvm::SmallVector<Place, 2> Names{X.Lock.Lock};
  for (unsigned I = 0; I != X.What.Through.size(); ++I) {
    const CallEdge &Step = X.What.Through[I];
    llvm::SmallVector<Place, 2> Inner;
    for (const Place &N : Names)
      for (const Place &P : inside(Step, N))
        if (!llvm::is_contained(Inner, P))
          Inner.push_back(P);
    Names = std::move(Inner);
    const Code *In = U.code(Step.Callee);
    const Stmt *Next = I + 1 == X.What.Through.size() ? X.What.Does->Site : X.What.Through[I + 1].Site;
    if (!In || llvm::any_of(Names, [&](const Place &N) { return !kept(*In, N, Next); }))
      return false;
  }
  X.There = Names;
  if (What != Deed::Waits || X.What.Does->Kind != Op::WaitCondition)
    return true;
  auto GivenBack = U.get<Blocking>().givesBack(*X.What.In, *X.What.Does);
  if (!GivenBack || llvm::any_of(*GivenBack, [&](const Place &P) { return llvm::is_contained(Names, P); }))
    return false;
  // What the body releases and has not acquired itself is the caller's, under whatever name.
  return GivenBack->empty() || llvm::any_of(*GivenBack, [&](const Place &P) {
           return llvm::any_of(held(*U.code(X.What.In->Fn), X.What.Does->Site),
                               [&](const HeldLock &H) { return H.Lock == P && H.Taken && !adopts(U, *H.Taken); });
         });
}

std::vector<UnderLock> CriticalSections::during(Code &C, Deed What) {
  std::vector<UnderLock> All;
  bool Locks = U.get<HeldLocks>().demanded(C) || llvm::any_of(C.Events, [](const Event &E) {
                 return takes(E) || E.Kind == Op::TryAcquire || E.Kind == Op::Call;
               });
  if (!Locks || !C.graph())
    return All;
  auto Before = [&](const UnderLock &A, const UnderLock &B) {
    return U.Ctx.getSourceManager().isBeforeInTranslationUnit(A.Entry->getBeginLoc(), B.Entry->getBeginLoc());
  };
  auto Add = [&](llvm::ArrayRef<HeldLock> Held, const Stmt *Entry, const Witness &W) {
    for (const HeldLock &H : Held) {
      UnderLock X{H, Entry, W, {}};
      if (!stays(X, What))
        continue;
      auto After = llvm::upper_bound(All, X, Before);
      All.insert(After, std::move(X));
    }
  };
  for (const Event *E : candidates(C, What))
    Add(held(C, E->Site), E->Site, {&C, E, E->loc(), {}, {}});
  llvm::SmallVector<CallEdge, 8> Edges = U.get<Calls>().from(C);
  for (const Event &E : C.Events) {
    bool Calls = E.Kind == Op::Call || E.Kind == Op::RunNow;
    llvm::SmallVector<HeldLock, 2> Held;
    if (Calls)
      Held = held(C, E.Site);
    if (Held.empty())
      continue;
    for (const CallEdge &S : Edges)
      if (Calls && S.Site == E.Site && (S.Task != nullptr) == (E.Kind == Op::RunNow))
        for (const Witness &Inner : deeds(S.Callee, What)) {
          Witness W = Inner;
          W.Through.insert(W.Through.begin(), S);
          W.Calls.insert(W.Calls.begin(), S.line());
          Add(Held, S.Site, W);
        }
  }
  // Several events may belong to one statement.
  auto Same = [](const UnderLock &A, const UnderLock &B) {
    return A.Entry == B.Entry && A.What.Does == B.What.Does && A.Lock.Lock == B.Lock.Lock;
  };
  std::vector<UnderLock> Once;
  for (UnderLock &X : All)
    if (llvm::none_of(Once, [&](const UnderLock &Y) { return Same(X, Y); }))
      Once.push_back(std::move(X));
  return Once;
}

llvm::SmallVector<Code *, 8> CriticalSections::takersOf(const ValueDecl *Lock) {
  llvm::SmallVector<Code *, 8> Bodies;
  for (const IndexedEvent &X : U.get<EventIndex>().about(Lock))
    if ((takes(*X.What) || X.What->Kind == Op::TryAcquire) && !llvm::is_contained(Bodies, X.In))
      Bodies.push_back(X.In);
  return Bodies;
}

std::optional<Place> CriticalSections::stored(const Code &C, const Witness &CallsBack) {
  std::optional<Place> P = CallsBack.Does->Object;
  const Code *Here = CallsBack.In;
  for (const CallEdge &S : llvm::reverse(CallsBack.Through)) {
    P = S.toCaller(elementOrSelf(*Here, *P));
    if (!P)
      return std::nullopt;
    Here = S.In;
  }
  P = elementOrSelf(C, *P);
  P->Element = false;
  return P;
}

bool CriticalSections::registers(const ValueDecl *Container, const ValueDecl *Lock) {
  llvm::SmallVector<const FunctionDecl *, 2> Adds, Removes;
  auto Listener = [&](const FunctionDecl *F) -> const ParmVarDecl * {
    const auto *M = dyn_cast<CXXMethodDecl>(F);
    for (const ParmVarDecl *P : M && M->getAccess() == AS_public ? M->parameters() : llvm::ArrayRef<ParmVarDecl *>())
      if (U.pointee(P->getType())->isRecordType() &&
          (P->getType()->isPointerType() || P->getType()->isReferenceType() || U.leads(P->getType())))
        return P;
    return nullptr;
  };
  for (const Use &X : U.get<Uses>().everywhere(Container)) {
    Code *C = X.Mention ? bodyOf(U, X) : nullptr;
    if (!C || !Listener(X.Body) ||
        llvm::none_of(held(*C, X.Mention), [&](const HeldLock &H) { return H.Lock.last() == Lock; }))
      continue;
    bool Inserts = llvm::any_of(C->Events, [&](const Event &E) {
      return E.Kind == Op::Insert && E.Object.valid() && E.Object.last() == Container;
    });
    if (Inserts || X.is(Use::Mutate | Use::Address))
      (Inserts ? Adds : Removes).push_back(X.Body);
  }
  auto Of = [&](const FunctionDecl *F) { return U.pointee(Listener(F)->getType()); };
  return llvm::any_of(Adds, [&](const FunctionDecl *A) {
    return llvm::any_of(Removes,
                        [&](const FunctionDecl *R) { return A != R && U.Ctx.hasSameUnqualifiedType(Of(A), Of(R)); });
  });
}

bool CriticalSections::isForCallbacks(const ValueDecl *Lock) {
  llvm::SmallVector<Code *, 8> Bodies = Lock ? takersOf(Lock) : llvm::SmallVector<Code *, 8>();
  return !Bodies.empty() && llvm::all_of(Bodies, [&](Code *C) {
    const auto *Whole = dyn_cast<CompoundStmt>(C->Fn->getBody());
    bool Stores = Whole && Whole->size() <= 2 && anyOf<CXXOperatorCallExpr>(Whole, [&](const CXXOperatorCallExpr *O) {
                    return O->getOperator() == OO_Equal && U.role(O->getArg(0)->getType()) == Role::Function;
                  });
    return Stores ||
           llvm::any_of(during(*C, Deed::CallsBack), [&](const UnderLock &X) { return X.Lock.Lock.last() == Lock; });
  });
}

bool CriticalSections::serialises(const ValueDecl *Lock) {
  if (!Lock)
    return false;
  llvm::SmallVector<Code *, 8> Bodies = takersOf(Lock);
  auto Holds = [&](Code &C, const Stmt *S) {
    return llvm::any_of(held(C, S), [&](const HeldLock &H) { return H.Lock.last() == Lock; });
  };
  auto Outside = [&](const UnderLock &X) {
    WaitFor For = U.get<Blocking>().waits(*U.code(X.What.In->Fn), *X.What.Does);
    return X.Lock.Lock.last() == Lock && (For == WaitFor::Outside || For == WaitFor::Time || For == WaitFor::File);
  };
  bool Waits = false;
  for (Code *C : Bodies) {
    bool Here = llvm::any_of(during(*C, Deed::Waits), Outside);
    bool Closes = llvm::any_of(C->Events, [&](const Event &E) { return E.Kind == Op::Close && Holds(*C, E.Site); });
    bool Changes = llvm::any_of(C->Events, [&](const Event &E) {
      bool Change = E.Kind == Op::Insert || E.Kind == Op::Extract || E.Kind == Op::Clear;
      return Change && E.Object.This && E.Object.last() && Holds(*C, E.Site);
    });
    // What is kept under the lock and handed out is what it guards: a cached answer.
    Changes |= anyOf<ReturnStmt>(C->Fn->getBody(), heddle::Walk::NoLambdas, [&](const ReturnStmt *R) {
      auto P = R->getRetValue() ? C->place(R->getRetValue()) : std::nullopt;
      const ValueDecl *Kept = P && P->This ? P->last() : nullptr;
      return Kept && Holds(*C, R) && U.get<Uses>().any(*C, Kept, Use::Stores);
    });
    if (Changes || (!Here && !Closes))
      return false;
    Waits |= Here;
  }
  return Waits;
}

template std::shared_ptr<void> makeFacts<CriticalSections>(Unit &);

} // namespace heddle

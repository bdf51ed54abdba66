#include "Conditions.h"
#include "AtomicUse.h"
#include "Captures.h"
#include "ConstantDuration.h"
#include "Destruction.h"
#include "Expressions.h"
#include "JoinedTasks.h"
#include "Loops.h"
#include "MakeFacts.h"
#include "Mentions.h"
#include "Order.h"
#include "Unwrap.h"

#include "clang/AST/ASTContext.h"
#include "llvm/ADT/FoldingSet.h"

using namespace clang;

namespace heddle {

namespace {

constexpr unsigned MaxDepth = 3;

/// State that another thread may change: no local, no constant, nothing that synchronises by itself.
bool isState(Unit &U, const ValueDecl *D) {
  QualType T = D->getType().getNonReferenceType();
  if (T.isConstQualified() || T->isFunctionType())
    return false;
  const auto *V = dyn_cast<VarDecl>(D);
  if (!isa<FieldDecl>(D) && !(V && !isa<ParmVarDecl>(V)))
    return false;
  Role R = U.role(T);
  return !isLock(R) && !isGuard(R) && R != Role::Condition && R != Role::Thread && R != Role::JoiningThread;
}

/// What names the state: members, globals, and locals of the body around a lambda.
const ValueDecl *stateIn(const Code &C, const Stmt *S) {
  const ValueDecl *D = nullptr;
  if (const auto *M = dyn_cast<MemberExpr>(S))
    D = dyn_cast<FieldDecl>(M->getMemberDecl());
  if (const auto *DR = dyn_cast<DeclRefExpr>(S))
    if (const auto *V = dyn_cast<VarDecl>(DR->getDecl());
        V && (V->hasGlobalStorage() || DR->refersToEnclosingVariableOrCapture() || C.isExposed(V)))
      D = V;
  return D && isState(C.U, D) ? D : nullptr;
}

} // namespace

llvm::SmallVector<const ConditionWait *, 4> ConditionVariable::testing(const ValueDecl *D) const {
  llvm::SmallVector<const ConditionWait *, 4> Out;
  for (const ConditionWait &W : Waits)
    if (W.Tests.contains(D))
      Out.push_back(&W);
  return Out;
}

Conditions::Conditions(Unit &U) : U(U) {
  auto &Index = U.get<EventIndex>();
  for (const ValueDecl *D : Index.objects()) {
    if (U.role(D->getType()) != Role::Condition && U.role(U.element(D->getType())) != Role::Condition)
      continue;
    ConditionVariable V;
    V.Of = D;
    for (const IndexedEvent &E : Index.about(D)) {
      if (E.What->Kind == Op::Notify) {
        bool Modelled = E.What->Model && E.What->Callee && !U.visible(E.What->Callee);
        V.Notifies.push_back({E.In, E.What, Modelled && !E.What->Model->Many});
      } else if (E.What->Kind == Op::WaitCondition && E.What->Site) {
        ConditionWait W;
        W.In = E.In;
        W.What = E.What;
        readWait(W);
        V.Waits.push_back(std::move(W));
      }
    }
    if (!V.Waits.empty())
      All.push_back(std::move(V));
  }
}

/// Adds the state that an expression or the body of a predicate reads.
void Conditions::mentioned(const Code &C, const Stmt *S, ConditionWait &W, unsigned Depth) {
  if (!S || Depth > MaxDepth)
    return;
  walk(S, Walk::NoLambdas, [&](const Stmt *X) {
    if (const ValueDecl *D = stateIn(C, X))
      W.Tests.insert(cast<ValueDecl>(D->getCanonicalDecl()));
    if (const auto *Call = dyn_cast<CallExpr>(X))
      if (const FunctionDecl *F = U.visible(Call->getDirectCallee()); F && F != C.Fn)
        if (const Code *Inner = U.code(F))
          mentioned(*Inner, F->getBody(), W, Depth + 1);
    return Step::In;
  });
}

void Conditions::readWait(ConditionWait &W) {
  Code &C = *W.In;
  W.Locks = U.get<SharedState>().locks(C, W.What->Site);
  W.Timed = W.What->may(Fact::Timed);
  W.Given =
      U.get<SharedState>().ordered(C, W.What->Site) ||
      anyOf<CXXConstructExpr>(C.Fn->getBody(), Walk::NoLambdas, [&](const CXXConstructExpr *Made) {
        return llvm::any_of(Made->arguments(), [&](const Expr *A) { return U.role(A->getType()) == Role::AdoptTag; });
      });
  llvm::FoldingSetNodeID Kind;
  auto Test = [&](const Code &In, const Stmt *S) {
    mentioned(In, S, W, 0);
    if (S)
      S->Profile(Kind, U.Ctx, /*Canonical=*/true);
  };
  const auto *Call = dyn_cast<CallExpr>(W.What->Site);
  for (const Expr *A : Call ? llvm::ArrayRef(Call->getArgs(), Call->getNumArgs()) : llvm::ArrayRef<const Expr *>()) {
    if (auto Seconds = W.Timed ? constantSeconds(A, U.Ctx) : std::nullopt)
      W.Short |= *Seconds <= 1;
    QualType Pointee = A->getType()->getPointeeType();
    if (auto P = C.place(A); P && P->Path.empty() && P->Root && isa<ParmVarDecl>(P->Root) && !Pointee.isNull())
      W.Given |= isLock(U.role(Pointee)); // `bool wait(pthread_mutex_t *m)` of a class that wraps a condition
    for (const CallableRef &P : C.callables(A))
      if (const Code *Inner = P.Body ? U.code(P.Body) : nullptr) {
        W.Predicate = true;
        W.AsksStop |= U.get<Calls>().witness(P.Body, Effect::ObservesStop) != nullptr;
        if (const Expr *Until = onlyReturned(P.Body))
          W.While.push_back({Until, false});
        Test(*Inner, P.Body->getBody());
      }
  }
  for (const Guard &G : guards(C, W.What->Site)) {
    if (isLoop(G.By)) {
      Test(C, G.Condition);
      W.While.push_back({G.Condition, G.Value});
    } else // what an earlier question called is not asked again by the wait
      mentioned(C, G.Condition, W, MaxDepth);
    W.Looped |= isLoop(G.By);
  }
  for (const Stmt *L = enclosingLoop(C, W.What->Site); L; L = enclosingLoop(C, L)) {
    W.Looped = true;
    for (const LoopExit &X : U.get<LoopFacts>().of(C, L).Exits)
      for (const Guard &G : X.When)
        mentioned(C, G.Condition, W, 0);
  }
  W.Kind = Kind.ComputeHash();
}

/// \p Owner: the object that \p S has changed, where S is a call of one of its members.
std::optional<NotifiedChange> Conditions::notifiedAfter(Code &C, const Stmt *S, const ConditionVariable &V,
                                                        llvm::ArrayRef<const ValueDecl *> Locks,
                                                        const std::optional<Place> &Owner, unsigned Depth) {
  auto Is = [&](const Code &In, const Event &E) {
    return E.Kind == Op::Notify && E.Object.valid() && In.whole(E.Object).last() == V.Of;
  };
  auto Takes = [&](const Code &, const Event &E) {
    return (E.Kind == Op::Acquire || E.Kind == Op::AcquireShared || E.Kind == Op::TryAcquire) && E.Object.valid() &&
           llvm::is_contained(Locks, E.Object.last());
  };
  auto &All = U.get<Calls>();
  auto Section = [&](const Stmt *X) {
    return llvm::any_of(C.at(X), [&](unsigned I) {
      const Event &E = C.Events[I];
      return Takes(C, E) || (E.Kind == Op::Call && E.Callee && All.find(E.Callee, Takes));
    });
  };
  for (const Event &E : C.Events) {
    bool Notifies = E.Site && E.Site != S && (Is(C, E) || (E.Kind == Op::Call && E.Callee && All.find(E.Callee, Is)));
    bool Same = !Owner || (E.Object.valid() && (E.Object == *Owner || Owner->contains(E.Object)));
    if (Notifies && Same && !Section(E.Site) && U.get<Order>().reaches(C, S, E.Site, Section))
      return NotifiedChange{&E, &C, S};
  }
  // A member that only changes it leaves the notification to its callers.
  if (Depth == MaxDepth || !U.get<Order>().reachesExit(C, S, Section))
    return std::nullopt;
  auto &State = U.get<SharedState>();
  for (const CallEdge &Up : All.callers(C.Fn)) {
    Code *Caller = Up.Task ? nullptr : U.code(Up.In->Fn);
    if (!Caller || Caller == &C || isa<CXXConstructorDecl, CXXDestructorDecl>(Caller->Fn) ||
        SharedState::commonLock(State.locks(*Caller, Up.Site), Locks) || State.ordered(*Caller, Up.Site) ||
        U.get<Threads>().beforeStart(*Caller, Up.Site) || U.get<Threads>().afterEnd(*Caller, Up.Site))
      continue;
    const Expr *Object = objectOf(Up.Site);
    auto Of = Object ? Caller->place(Object) : std::nullopt;
    if (Object && !Of)
      continue;
    // The waiters of another class look at the object.
    const auto *Member = dyn_cast<FieldDecl>(V.Of);
    const CXXRecordDecl *Changed = Object ? recordBehind(Object->getType()) : nullptr;
    const auto *Waiters = Member ? dyn_cast<CXXRecordDecl>(Member->getParent()) : nullptr;
    if (Changed && Waiters && Changed != Waiters && Changed->hasDefinition() && !Changed->isDerivedFrom(Waiters) &&
        !Waiters->isDerivedFrom(Changed))
      Of = std::nullopt;
    if (auto Found = notifiedAfter(*Caller, Up.Site, V, Locks, Of, Depth + 1))
      return Found;
  }
  return std::nullopt;
}

bool Conditions::notifies(const Code &C, const ConditionVariable &V) {
  return U.get<Calls>()
      .find(C.Fn,
            [&](const Code &In, const Event &E) {
              return E.Kind == Op::Notify && E.Object.valid() && In.whole(E.Object).last() == V.Of;
            })
      .has_value();
}

/// The event takes a lock of the wait, other than the wait itself.
static bool takesLockOf(const ConditionWait &W, const Event &E) {
  return (E.Kind == Op::Acquire || E.Kind == Op::AcquireShared) && E.Site && E.Site != W.What->Site &&
         E.Object.valid() && llvm::is_contained(W.Locks, E.Object.last());
}

bool Conditions::reachesUnseen(const ConditionWait &W, llvm::function_ref<bool(const Stmt *)> Looks) {
  Code &C = *W.In;
  return llvm::any_of(C.Events, [&](const Event &E) {
    return takesLockOf(W, E) && U.get<Order>().reaches(C, E.Site, W.What->Site, Looks);
  });
}

bool Conditions::blind(const ConditionWait &W) {
  Code &C = *W.In;
  return reachesUnseen(W, [&](const Stmt *S) {
    if (stateIn(C, S))
      return true;
    const auto *Call = dyn_cast<CallExpr>(S);
    return Call && (U.visible(Call->getDirectCallee()) || llvm::any_of(C.at(Call), [&](unsigned I) {
                      const Event &E = C.Events[I];
                      return E.Kind == Op::Call || E.Kind == Op::Spawn || E.Kind == Op::Notify || E.Kind == Op::Escape;
                    }));
  });
}

const ValueDecl *Conditions::stale(const ConditionVariable &V, const ConditionWait &W) {
  Code &C = *W.In;
  const Stmt *Loop = enclosingLoop(C, W.What->Site);
  bool TakenInside =
      Loop && llvm::any_of(C.Events, [&](const Event &E) { return takesLockOf(W, E) && within(C, E.Site, Loop); });
  if (!TakenInside)
    return nullptr; // a loop of the wait's own asks for something else
  auto Inserts = [](const Code &, const Event &E) { return E.Kind == Op::Insert; };
  auto WokenBy = [&](const SharedAccess &X) {
    bool Adds = U.get<Calls>().find(X.In->Fn, Inserts).has_value(); // an item that says that it is the last
    return !X.Construction && !Adds && X.As->is(Use::Stores | Use::Mutate) && notifies(*X.In, V);
  };
  for (const ValueDecl *D : W.Tests) {
    QualType T = D->getType().getNonReferenceType();
    if (!T->isBooleanType() && !T->isEnumeralType() && U.role(T) != Role::Atomic)
      continue;
    bool Unseen = reachesUnseen(W, [&](const Stmt *S) {
      const ValueDecl *Here = stateIn(C, S);
      const auto *Call = dyn_cast<CallExpr>(S);
      const FunctionDecl *F = Call ? U.visible(Call->getDirectCallee()) : nullptr;
      return (Here && Here->getCanonicalDecl() == D) ||
             (F && llvm::any_of(U.get<Calls>().behind(F),
                                [&](const Code *In) { return !U.get<Uses>().in(*In, D).empty(); }));
    });
    if (Unseen && llvm::any_of(U.get<SharedState>().of(D), WokenBy))
      return D;
  }
  return nullptr;
}

bool Conditions::retested(const ConditionWait &W) {
  Code &C = *W.In;
  return !U.get<Order>().reachesExit(C, W.What->Site, [&](const Stmt *S) {
    const ValueDecl *D = stateIn(C, S);
    return (D && W.Tests.contains(cast<ValueDecl>(D->getCanonicalDecl()))) ||
           (isa<CallExpr>(S) && U.visible(cast<CallExpr>(S)->getDirectCallee()));
  });
}

/// The value of the condition that this value of the variable makes more likely; none if it does not read it, or reads
/// it in another way than as a truth value.
static std::optional<bool> pushes(const Expr *E, const ValueDecl *D, bool Truth) {
  E = unwrap(E);
  if (const auto *Not = dyn_cast<UnaryOperator>(E); Not && Not->getOpcode() == UO_LNot) {
    auto Inner = pushes(Not->getSubExpr(), D, Truth);
    return Inner ? std::optional(!*Inner) : std::nullopt;
  }
  if (const auto *B = dyn_cast<BinaryOperator>(E)) {
    bool Left = mentions(B->getLHS(), D), Right = mentions(B->getRHS(), D);
    return !B->isLogicalOp() || Left == Right ? std::nullopt : pushes(Left ? B->getLHS() : B->getRHS(), D, Truth);
  }
  const auto *Load = dyn_cast<CXXMemberCallExpr>(E); // `flag.load()`
  bool Names = isa<DeclRefExpr, MemberExpr>(E) || (Load && mentions(Load->getImplicitObjectArgument(), D));
  return Names && mentions(E, D) ? std::optional(Truth) : std::nullopt;
}

bool Conditions::keepsWaiting(const ConditionWait &W, const ValueDecl *D, const SharedAccess &Store) {
  const Expr *Value = U.get<AtomicUse>().stored(Store);
  bool Truth = false, Asked = false;
  if (!Value || Value->isValueDependent() || !Value->EvaluateAsBooleanCondition(Truth, U.Ctx))
    return false;
  return llvm::all_of(W.While,
                      [&](const auto &X) {
                        bool Reads = mentions(X.first, D);
                        Asked |= Reads;
                        return !Reads || pushes(X.first, D, Truth) == X.second;
                      }) &&
         Asked;
}

bool Conditions::several(const ConditionVariable &V) {
  auto &T = U.get<Threads>();
  for (const ConditionWait &W : V.Waits) {
    auto On = T.on(W.In->Fn);
    if (On.empty() || T.elsewhere(W.In->Fn) || llvm::any_of(On, [](const ThreadBody *B) { return B->Of->Many; }))
      return true;
  }
  return false;
}

std::optional<ShortLived> Conditions::shortLived(const ConditionVariable &V) {
  auto &Order = U.get<heddle::Order>();
  auto Last = [&](Code &C, const Stmt *Wait) {
    return llvm::none_of(C.Events, [&](const Event &E) {
      return E.Site && Order.reaches(C, Wait, E.Site) && U.get<Calls>().witness(C, E, Effect::Joins);
    });
  };
  auto GivenAway = [&](Code &C, const VarDecl *Local) {
    return llvm::any_of(U.get<Uses>().in(C, Local),
                        [](const Use &X) { return X.Lambda || X.is(Use::ByReference | Use::Address); });
  };
  // The body starts who uses it, and waits for them before it ends: a jthread declared behind it.
  auto UsersEndFirst = [&](Code &C, const VarDecl *Local) {
    bool Any = false;
    for (const TaskStart &T : U.concurrency().tasks(C)) {
      bool Uses = llvm::any_of(U.get<Captures>().of(C, *T.What), [&](const Held &H) { return H.In.Of == Local; });
      bool Joined = !T.Detached && llvm::any_of(T.Handles, [&](const Place &P) {
        return (P.last() && U.get<Destruction>().of(P.last()->getType()).has(Endings::Joins)) ||
               llvm::any_of(C.Events, [&](const Event &E) { return E.Object == P && joinsTask(U, E); });
      });
      if (Uses && (!Joined || U.concurrency().outlives(C, T, Local)))
        return false;
      Any |= Uses;
    }
    return Any;
  };
  if (const auto *Local = dyn_cast<VarDecl>(V.Of); Local && Local->hasLocalStorage() && !isa<ParmVarDecl>(Local)) {
    for (const ConditionWait &W : V.Waits)
      if (!W.Timed && Local->getDeclContext() == static_cast<const DeclContext *>(W.In->Fn) &&
          Last(*W.In, W.What->Site) && !UsersEndFirst(*W.In, Local))
        return ShortLived{Local, W.What->Site};
    return std::nullopt;
  }
  for (const ConditionWait &W : V.Waits) {
    if (W.Timed)
      continue;
    for (const CallEdge &X : U.get<Calls>().callers(W.In->Fn)) {
      Code *C = X.Task ? nullptr : U.code(X.In->Fn);
      const Expr *Object = C ? objectOf(X.Site) : nullptr;
      const auto *DR = Object ? dyn_cast<DeclRefExpr>(unwrap(Object)) : nullptr;
      const auto *Local = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
      if (Local && Local->hasLocalStorage() && !isa<ParmVarDecl>(Local) && Local->getType()->isRecordType() &&
          !U.leads(Local->getType()) && Local->getDeclContext() == static_cast<const DeclContext *>(C->Fn) &&
          GivenAway(*C, Local) && Last(*C, X.Site) && !UsersEndFirst(*C, Local))
        return ShortLived{Local, X.Site};
    }
  }
  return std::nullopt;
}

template std::shared_ptr<void> makeFacts<Conditions>(Unit &);

} // namespace heddle

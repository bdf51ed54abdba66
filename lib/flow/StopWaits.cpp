#include "StopWaits.h"
#include "Expressions.h"
#include "LibraryCode.h"
#include "MakeFacts.h"
#include "MethodFacts.h"
#include "Unwrap.h"
#include "Uses.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {

static constexpr unsigned MaxDepth = 2;

// ---- what is asked around a wait ------------------------------------------------------------------------------------

/// The constant with which a comparison compares a state.
static std::optional<std::int64_t> stateIn(const Unit &U, const BinaryOperator *B) {
  auto Right = constantInteger(B->getRHS(), U.Ctx);
  return Right ? Right : constantInteger(B->getLHS(), U.Ctx);
}

/// Adds the parts of a condition that ask for a stop, with the value of each that goes along with \p Value.
void StopWaits::ask(const Code &C, const Expr *E, bool Value, const Loop *L, llvm::SmallVectorImpl<Question> &Out) {
  E = unwrap(E);
  if (!E)
    return;
  if (const auto *Not = dyn_cast<UnaryOperator>(E); Not && Not->getOpcode() == UO_LNot)
    return ask(C, Not->getSubExpr(), !Value, L, Out);
  if (const auto *B = dyn_cast<BinaryOperator>(E); B && B->isLogicalOp()) {
    ask(C, B->getLHS(), Value, L, Out);
    return ask(C, B->getRHS(), Value, L, Out);
  }
  StopQuestion Q = Stops.of(C, E);
  const FunctionDecl *Callee = isa<CallExpr>(E) ? cast<CallExpr>(E)->getDirectCallee() : nullptr;
  bool Direct = E->getType()->isBooleanType() && !isa<BinaryOperator>(E) && !U.visible(Callee);
  // Of a question to a part of this object or a variable, its name here counts: all objects of its class share the
  // inner.
  const Expr *Obj = isa<CallExpr>(E) ? objectOf(E) : nullptr;
  auto Named = Obj ? C.place(Obj) : std::nullopt;
  const ValueDecl *Only = Named && Named->valid() && Q.Asked.size() > 1 ? Named->last() : nullptr;
  std::optional<std::int64_t> Ends;
  bool Unless = false;
  if (Direct)
    Ends = Value;
  else if (const auto *B = dyn_cast<BinaryOperator>(E); B && B->isEqualityOp() && Q.Asked.size() == 1) {
    Ends = stateIn(U, B);
    Unless = (B->getOpcode() == BO_EQ) != Value;
  }
  for (const StopAsk &A : Q.Asked)
    if ((A.Kind != StopKind::Signal || A.Object) && (!Only || A.Object == Only))
      Out.push_back({A, E, Ends, Unless, L});
}

/// `switch (state_) { case State::Stopped: return; }`
std::optional<StopWaits::Question> StopWaits::stateOf(const Code &C, const Guard &G, const Loop *L) {
  const Expr *Case = G.Cases.size() == 1 ? G.Cases.front() : nullptr, *State = unwrap(G.Condition);
  auto Value = constantInteger(Case, U.Ctx);
  if (!Value)
    return std::nullopt;
  if (const auto *Load = dyn_cast<CXXMemberCallExpr>(State); Load && Load->getImplicitObjectArgument())
    State = Load->getImplicitObjectArgument();
  bool Atomic = U.role(State->getType()) == Role::Atomic;
  auto P = Atomic || State->getType()->isEnumeralType() ? C.place(State) : std::nullopt;
  if (!P || !isa_and_nonnull<FieldDecl>(P->last()))
    return std::nullopt;
  return Question{{Atomic ? StopKind::Atomic : StopKind::Flag, P->last()}, G.Condition, *Value, false, L};
}

/// What the loops around a statement ask, tokens first.
llvm::SmallVector<StopWaits::Question, 2> StopWaits::around(const Code &C, const Stmt *S) {
  llvm::SmallVector<Question, 2> Out;
  for (const Loop *L = Loops.repeating(C, S); L; L = Loops.repeating(C, L->Statement)) {
    if (const Expr *Cond = loopCondition(L->Statement))
      ask(C, Cond, false, L, Out);
    // A flag counts where it alone decides; what else was asked on the way may be anything.
    for (const LoopExit &X : L->Exits)
      for (const Guard &G : X.When)
        if (auto Q = stateOf(C, G, L)) {
          if (&G == &X.When.front())
            Out.push_back(*Q);
        } else if (G.Cases.empty() && G.By != L->Statement) {
          unsigned Before = Out.size();
          ask(C, G.Condition, G.Value, L, Out);
          if (&G != &X.When.front())
            Out.erase(std::remove_if(Out.begin() + Before, Out.end(),
                                     [](const Question &Q) { return Q.Asked.Kind != StopKind::Token; }),
                      Out.end());
        }
  }
  // A loop that looks at each of several objects asks none of them whether to stop.
  llvm::erase_if(Out, [&](const Question &Q) {
    return Q.Asked.Kind != StopKind::Token && anyOf<DeclRefExpr>(Q.Asks, Walk::NoLambdas, [&](const DeclRefExpr *DR) {
             const auto *V = dyn_cast<VarDecl>(DR->getDecl());
             return V && V->hasLocalStorage() && C.elementOf(V);
           });
  });
  std::partition(Out.begin(), Out.end(), [](const Question &Q) { return Q.Asked.Kind == StopKind::Token; });
  return Out;
}

/// What the predicate of a wait asks of a token: it is asked again when the wait is notified, and not when the stop is
/// requested.
llvm::SmallVector<StopWaits::Question, 2> StopWaits::inPredicate(const Code &C, const Event &Wait, const Code *&In) {
  llvm::SmallVector<Question, 2> Out;
  for (const Event &E : Wait.Kind == Op::WaitCondition ? llvm::ArrayRef<Event>(C.Events) : llvm::ArrayRef<Event>())
    for (const CallableRef &T :
         E.Site == Wait.Site && E.Kind == Op::RunNow ? llvm::ArrayRef(E.Tasks) : llvm::ArrayRef<CallableRef>())
      if (const Code *P = U.code(T.Body))
        forEach<ReturnStmt>(P->Fn->getBody(), Walk::NoLambdas, [&](const ReturnStmt *R) {
          In = P;
          ask(*P, R->getRetValue(), true, nullptr, Out);
        });
  llvm::erase_if(Out, [](const Question &Q) { return Q.Asked.Kind != StopKind::Token; });
  return Out;
}

/// Sets who asks for a stop around \p S, in the body or in one that calls it.
bool StopWaits::find(StopWait &W, const Code &C, const Stmt *S, unsigned Depth) {
  auto Take = [&](const Question &Q) {
    W.Asked = Q.Asked;
    W.Asks = Q.Asks;
    W.AsksIn = &C;
    W.Ends = Q.Ends;
    W.EndsUnless = Q.EndsUnless;
    W.Around = Q.Around;
  };
  llvm::SmallVector<Question, 2> All = around(C, S);
  for (const Question &Q : All) {
    Take(Q);
    // A flag that nobody sets, and is waited for, tells no stop.
    if (Q.Asked.Kind == StopKind::Token || !requests(W).empty())
      return true;
  }
  const Code *In = nullptr;
  for (const Question &Q : Depth ? llvm::SmallVector<Question, 2>() : inPredicate(C, *W.What, In)) {
    Take(Q);
    W.AsksIn = In;
    return true;
  }
  // A wait of another object is one of the call of its member; whose descriptor is read makes no difference.
  auto OfOther = [&](const CallEdge &Call) {
    bool Plain = W.What->Kind == Op::Sleep || W.What->Kind == Op::Block;
    const Expr *Obj = !Plain && W.Object.This ? objectOf(Call.Site) : nullptr;
    auto P = Obj ? Call.In->place(Obj) : std::nullopt;
    return Obj && !(P && P->This && P->Path.empty());
  };
  for (const CallEdge &Call : Depth < MaxDepth ? U.get<Calls>().callers(C.Fn) : llvm::ArrayRef<CallEdge>())
    if (!Call.Task && Call.In->Fn != C.Fn && !OfOther(Call)) {
      W.Through.insert(W.Through.begin(), Call);
      if (find(W, *Call.In, Call.Site, Depth + 1))
        return true;
      W.Through.erase(W.Through.begin());
    }
  return false;
}

/// Returns true if a token says that the stop was requested when \p S runs: a deliberate delay.
bool StopWaits::afterStop(const Code &C, const Stmt *S) {
  return llvm::any_of(guards(C, S), [&](const Guard &G) {
    return G.Cases.empty() && implies(G.Condition, G.Value, [&](const Expr *E, bool Value) {
             return Value &&
                    llvm::any_of(C.at(unwrap(E)), [&](unsigned I) { return C.Events[I].Kind == Op::ObserveStop; });
           });
  });
}

bool StopWaits::takesToken(const Code &, const Event &E) const {
  if (E.may(Fact::TakesToken))
    return true;
  const auto *Call = dyn_cast_or_null<CallExpr>(E.Site);
  return Call && llvm::any_of(Call->arguments(), [&](const Expr *A) { return Stops.observes(A->getType()); });
}

/// `while (!over && left-- > 0) sleep(portion);`
bool StopWaits::isSlice(const StopWait &W) {
  if (W.What->Kind != Op::Sleep || !W.Through.empty() || !W.Around)
    return false;
  return llvm::none_of(W.In->Events,
                       [&](const Event &E) {
                         bool Works =
                             E.Kind == Op::Call || E.Kind == Op::Block || E.Kind == Op::Send || E.Kind == Op::Defer;
                         return Works && E.Site && within(*W.In, E.Site, loopBody(W.Around->Statement));
                       }) &&
         !anyOf<CallExpr>(loopBody(W.Around->Statement), Walk::NoLambdas, [&](const CallExpr *Call) {
           const FunctionDecl *F = Call->getDirectCallee();
           return Call != W.What->Site && F && !F->isInStdNamespace() && !inLibrary(U, F->getLocation()) &&
                  Stops.of(*W.In, Call).Asked.empty();
         });
}

// ---- the sleeps and waits -------------------------------------------------------------------------------------------

static bool mayStay(Unit &U, const Event &E) {
  switch (E.Kind) {
  case Op::Sleep:
  case Op::WaitCondition:
  case Op::Receive:
    return !E.may(Fact::NonBlocking);
  case Op::Send:
    return U.blocks(E) && !E.may(Fact::InlineContinuations);
  case Op::Acquire:
    return E.ObjectRole == Role::Semaphore;
  case Op::Await:
  case Op::Consume:
  case Op::Wait:
    return !E.may(Fact::NonBlocking) && !E.may(Fact::Timed);
  default:
    return false;
  }
}

/// Returns true if the object is a part of this one, or a variable, and not reached through what somebody else owns.
static bool isOwned(Unit &U, const Place &P) {
  auto Own = [&](const ValueDecl *D) {
    QualType T = D->getType();
    if (T->isReferenceType() || T->isPointerType())
      return false;
    const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
    bool Shares = RD && RD->getIdentifier() && (RD->getName().contains("shared") || RD->getName().contains("weak"));
    return !U.leads(T) || !Shares;
  };
  return P.valid() && (P.This || Own(P.Root)) && llvm::all_of(P.Path, Own);
}

std::optional<StopWait> StopWaits::candidate(Code &C, const Event &E) {
  StopWait W;
  W.In = &C;
  W.What = &E;
  W.Object = E.Object;
  if (!E.Site || takesToken(C, E))
    return std::nullopt;
  if (!mayStay(U, E)) {
    // The wait of another object that has no role of its own: `inbox_.next()`.
    bool Other = E.Kind == Op::Call && E.Callee && E.Object.valid() && !(E.Object.This && E.Object.Path.empty());
    const Witness *Behind = Other ? U.get<Calls>().witness(E.Callee, Op::WaitCondition) : nullptr;
    auto In = Behind ? Behind->object() : std::nullopt;
    if (!In || !In->This || In->Path.empty() || takesToken(*Behind->In, *Behind->Does) ||
        Behind->Does->may(Fact::Timed) || Behind->Through.size() > 1)
      return std::nullopt;
    W.Inside = Behind->Does;
  }
  W.Owned = isOwned(U, W.Object);
  return W;
}

std::vector<StopWait> StopWaits::in(Code &C) {
  std::vector<StopWait> Out;
  for (const Event &E : C.Events) {
    auto W = candidate(C, E);
    if (!W || afterStop(C, E.Site))
      continue;
    if (!find(*W, C, E.Site, 0)) {
      W->Through.clear();
      W->Asks = nullptr;
      W->AsksIn = nullptr;
      W->Around = nullptr;
      const auto Sights = Stops.inScope(C);
      auto Given = llvm::find_if(
          Sights, [](const StopSight &S) { return S.From == StopSight::Parameter || S.From == StopSight::Capture; });
      // What is not looked at at all is unobserved, not uncancellable.
      if (Given == Sights.end() || U.get<Uses>().in(C, Given->Decl).empty())
        continue;
      W->Asked = {StopKind::Token, Given->Decl};
    }
    W->Slice = isSlice(*W);
    Out.push_back(std::move(*W));
  }
  return Out;
}

bool StopWaits::comesFromElsewhere(const StopWait &W) {
  const auto *V = W.Object.Path.empty() && !W.Object.This ? dyn_cast_or_null<VarDecl>(W.Object.Root) : nullptr;
  bool Own =
      V && V->isLocalVarDecl() && V->getInit() && V->getDeclContext() == static_cast<const DeclContext *>(W.In->Fn);
  const auto *Made = Own ? dyn_cast_or_null<CallExpr>(unwrap(V->getInit())) : nullptr;
  const FunctionDecl *By = Made ? Made->getDirectCallee() : nullptr;
  if (!By || U.visible(By) || By->isInStdNamespace() || isa<CXXOperatorCallExpr>(Made) || !W.Through.empty())
    return false;
  // A promise is fulfilled by code that may look for the stop; a task may look for it, too.
  for (unsigned I : W.In->at(Made))
    if (const Event &E = W.In->Events[I]; E.Kind == Op::GetFuture || E.Kind == Op::Spawn || !E.Tasks.empty())
      return false;
  if (llvm::any_of(Made->arguments(), [&](const Expr *A) {
        return Stops.observes(A->getType()) || U.role(A->getType()) == Role::Function;
      }))
    return false;
  for (const Event &E : W.In->Events) {
    if (&E == W.What)
      return true;
    if (E.Object == W.Object && (E.Kind == Op::Await || E.Kind == Op::Consume || E.Kind == Op::Test))
      return false; // waited for before, with a bound or not
  }
  return true;
}

bool StopWaits::servesOneTask(const StopWait &W) {
  const auto *M = dyn_cast<CXXMethodDecl>(W.In->Fn);
  if (W.Through.empty() || !(M ? M->getAccess() == AS_private : !W.In->Fn->isExternallyVisible()))
    return false;
  std::vector<const Code *> Task = U.get<Calls>().behind(W.AsksIn->Fn);
  return llvm::all_of(U.get<Calls>().callers(W.In->Fn), [&](const CallEdge &Call) {
    return !Call.Task && (Call.In == W.AsksIn || llvm::is_contained(Task, Call.In));
  });
}

// ---- what wakes them ------------------------------------------------------------------------------------------------

std::vector<StopRequest> StopWaits::requests(const StopWait &W) {
  std::vector<StopRequest> Out;
  if (W.Asked.Kind != StopKind::Token) {
    if (!W.Asked.Object || !W.AsksIn)
      return Out;
    // What the thread that waits does itself is no request from outside.
    std::vector<const Code *> Own = U.get<Calls>().behind(W.AsksIn->Fn);
    for (const StopRequest &R : U.get<StopRequests>().of(W.Asked.Object)) {
      if (llvm::is_contained(Own, R.In) || (W.Ends && R.Value && (*R.Value == *W.Ends) == W.EndsUnless) ||
          U.get<JoinedTasks>().isStartedBy(R.In->Fn, W.AsksIn->Fn))
        continue;
      auto Join = U.get<StopRequests>().joined(R, W.AsksIn->Fn);
      if (Join && !llvm::is_contained(Own, Join->In))
        Out.push_back(R);
    }
    return Out;
  }
  for (Code *C : bodies(U))
    for (const Event &E : C->Events)
      if (E.Kind == Op::Cancel && E.Site)
        Out.push_back({C, E.Site, std::nullopt});
  return Out;
}

/// Returns true if the event may end the wait.
bool StopWaits::wakes(const Code &C, const Event &E, const StopWait &W) {
  auto About = [&](const Place &P) {
    const ValueDecl *D = W.Object.last();
    if (!P.valid() || !D)
      return false;
    return P.last() == D || llvm::is_contained(W.Object.Path, dyn_cast_or_null<FieldDecl>(P.last())) ||
           (!W.Object.This && P.last() == W.Object.Root);
  };
  if (!About(C.whole(E.Object)))
    return false;
  switch (E.Kind) {
  case Op::Notify:
    return E.ObjectRole != Role::Channel; // wakes who waits at this moment, and nobody later
  case Op::Acquire: // who waits for a condition on the lock itself looks again whenever it is released
    return W.What->Kind == Op::WaitCondition && isLock(E.ObjectRole);
  case Op::Close:
  case Op::Send:
  case Op::TrySend:
  case Op::Insert:
  case Op::Release:
  case Op::Leave:
  case Op::Fulfil:
  case Op::TryFulfil:
  case Op::Cancel:
  case Op::Escape:
  case Op::Move:
    return true;
  case Op::Receive:
  case Op::TryReceive:
  case Op::Clear:
  case Op::Reset:
    return W.What->Kind == Op::Send; // makes room
  case Op::Call:
    return !E.Callee || !U.visible(E.Callee) || U.reaches(E.Callee, Op::Notify, false) ||
           U.reaches(E.Callee, Op::Close, false) || U.reaches(E.Callee, Op::Send, false) ||
           U.reaches(E.Callee, Op::Release, false);
  default:
    return false;
  }
}

const Event *StopWaits::waker(llvm::ArrayRef<const Code *> Bodies, const StopWait &W) {
  for (const Code *C : Bodies)
    for (const Event &E : C->Events)
      if (C != W.In && wakes(*C, E, W))
        return &E;
  return nullptr;
}

/// What a callback of a token does for the wait.
const Event *StopWaits::callback(const StopWait &W, bool &Unseen) {
  for (Code *C : bodies(U))
    for (const Event &E : C->Events)
      if (E.Kind == Op::Defer && E.ObjectRole == Role::StopCallback) {
        Unseen |= E.Tasks.empty();
        for (const CallableRef &T : E.Tasks)
          if (!T.Body)
            Unseen = true;
          else if (const Event *By = waker(U.get<Calls>().behind(T.Body), W))
            return By;
      }
  return nullptr;
}

/// Returns true if the wait's own condition does not ask for the stop, and nothing that it reads is changed by it.
bool StopWaits::isDeaf(const StopWait &W, llvm::ArrayRef<const Code *> Bodies) {
  bool Conditional = W.What->ObjectRole == Role::Condition || isLock(W.What->ObjectRole);
  if (W.What->Kind != Op::WaitCondition || !Conditional || W.What->may(Fact::Timed))
    return false;
  MethodFacts::Fields Reads;
  const auto *Call = dyn_cast<CallExpr>(W.What->Site);
  for (const Expr *A : Call ? Call->arguments() : CallExpr::const_arg_range({}, {}))
    predicateFields(*W.In, A, Reads);
  const Stmt *Inner = enclosingLoop(*W.In, W.What->Site);
  const Expr *Cond = Inner && !(W.Around && Inner == W.Around->Statement) ? loopCondition(Inner) : nullptr;
  if (Cond)
    fieldsIn(*W.In, Cond, Reads);
  if (const auto *F = dyn_cast_or_null<FieldDecl>(W.Object.last()))
    Reads.erase(F);
  if (Reads.empty() || (Cond && !Stops.of(*W.In, Cond).Asked.empty()))
    return false;
  for (const FieldDecl *F : Reads) {
    if (F == W.Asked.Object || Stops.isFlag(F->getType()) || Stops.observes(F->getType()))
      return false;
    for (const Use &X : U.get<Uses>().everywhere(F))
      if (X.is(Use::Writes) && llvm::any_of(Bodies, [&](const Code *C) { return C->Fn == X.Body; }))
        return false;
  }
  // A predicate that asks in another way: through members that were not followed, or a token of its own.
  return !anyOf<Expr>(W.What->Site, Walk::Whole, [&](const Expr *E) {
    return !E->getType().isNull() && (Stops.observes(E->getType()) || Stops.isFlag(E->getType())) &&
           isa<DeclRefExpr, MemberExpr>(E) &&
           !isa<CXXMethodDecl, FunctionDecl>(isa<DeclRefExpr>(E) ? cast<DeclRefExpr>(E)->getDecl()
                                                                 : cast<MemberExpr>(E)->getMemberDecl());
  });
}

/// Returns true if the semaphore is made with permits, which their holders release when they have done their
/// part; one that is made empty is a signal.
static bool startsWithPermits(Unit &U, const ValueDecl *Semaphore) {
  auto Some = [&](const Expr *Init) {
    const auto *CE = Init ? dyn_cast<CXXConstructExpr>(unwrap(Init)) : nullptr;
    return CE && CE->getNumArgs() && constantInteger(CE->getArg(0), U.Ctx) != 0;
  };
  const auto *F = dyn_cast<FieldDecl>(Semaphore);
  const auto *V = dyn_cast<VarDecl>(Semaphore);
  return Some(F   ? F->getInClassInitializer()
              : V ? V->getInit()
                  : nullptr) ||
         llvm::any_of(U.get<Uses>().everywhere(Semaphore),
                      [&](const Use &X) { return X.is(Use::Assign) && Some(X.Value); });
}

Wake StopWaits::wake(const StopWait &W, llvm::ArrayRef<StopRequest> Requests) {
  if (!W.Object.valid())
    return {};
  if (W.What->Kind == Op::Acquire && W.What->ObjectRole == Role::Semaphore && W.Object.last() &&
      startsWithPermits(U, W.Object.last()))
    return {};
  bool Unseen = false;
  if (W.Asked.Kind == StopKind::Token) {
    if (const Event *By = callback(W, Unseen))
      return {Wake::Woken, By};
    if (Unseen)
      return {};
  }
  std::vector<const Code *> Bodies;
  auto Add = [&](const std::vector<const Code *> &More) {
    for (const Code *C : More)
      if (!llvm::is_contained(Bodies, C))
        Bodies.push_back(C);
  };
  for (const StopRequest &R : Requests)
    Add(U.get<StopRequests>().around(R));
  // Who ends the object may stop by the end of a member.
  for (const Code *In : {static_cast<const Code *>(W.In), W.AsksIn})
    for (const DeclContext *D = In ? static_cast<const DeclContext *>(In->Fn) : nullptr; D; D = D->getParent())
      if (const auto *M = dyn_cast<CXXMethodDecl>(D); M && !M->getParent()->isLambda())
        Add(U.get<StopRequests>().behindEnd(M->getParent()));
  if (const Event *By = waker(Bodies, W))
    return {isDeaf(W, Bodies) ? Wake::Deaf : Wake::Woken, By};
  // Somebody who is not part of the stop may end what it waits for, before or after, or go on receiving.
  for (Code *C : bodies(U))
    for (const Event &E : C->Events)
      if (C != W.In && wakes(*C, E, W))
        if (E.Kind == Op::Close || (E.Kind == Op::Receive && Loops.repeating(*C, E.Site) && !endsToo(W, *C, E)))
          return {Wake::Woken, &E};
  return {Wake::Asleep, nullptr};
}

StopWaits::StopWaits(Unit &U) : U(U), Stops(U.get<StopFacts>()), Loops(U.get<LoopFacts>()) {}

template std::shared_ptr<void> makeFacts<StopWaits>(Unit &);

} // namespace heddle

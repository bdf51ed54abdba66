// The walk over the graph of one body: elements, edges and loops.
#include "LibraryCode.h"
#include "Loops.h"
#include "SimulationBody.h"

#include "clang/AST/ASTContext.h"
#include "clang/Analysis/Analyses/PostOrderCFGView.h"

using namespace clang;

namespace heddle::sim {

States Body::element(const CFGElement &El, States In) {
  States Now = std::move(In);
  if (auto CS = El.getAs<CFGStmt>()) {
    const Stmt *St = CS->getStmt();
    if (Map)
      for (const PathState &P : Now)
        Map->Before[St] |= bit(P);
    llvm::ArrayRef<unsigned> Events = C.at(St);
    for (PathState &P : Now)
      factsOf(St, P);
    if (const auto *E = S.A.Unwinds && O.valid() ? dyn_cast<Expr>(St) : nullptr)
      thrownOut(E, Now);
    bool Elsewhere = leadsElsewhere(St);
    auto Anew = [&] {
      for (PathState &P : Now) {
        P.State = S.A.Unwinds && assignsNew(St) ? S.Auto.Start : S.Auto.AtEntry;
        P.Trace = -1;
      }
    };
    if (Elsewhere)
      Anew();
    if (BornHere && llvm::any_of(Events, [&](unsigned I) { return isAbout(C.Events[I]) && insideInit(St, BornHere); }))
      for (PathState &P : Now) {
        P.State = S.Auto.Start;
        P.Trace = -1;
      }
    for (unsigned I : Events) {
      States Next;
      for (PathState &P : Now)
        step(C.Events[I], std::move(P), Next);
      Now = std::move(Next);
    }
    if (Elsewhere && !S.A.Unwinds && leads(O.Root->getType()) && !O.Root->getType()->isReferenceType())
      Anew(); // what the assignment did to the one before does not concern it
    if (const auto *DS = dyn_cast<DeclStmt>(St);
        DS && BornHere && llvm::is_contained(DS->decls(), BornHere) && !bornInInit())
      for (PathState &P : Now)
        begin(BornHere, P);
    if (const auto *DS = dyn_cast<DeclStmt>(St); DS && PartOf && llvm::is_contained(DS->decls(), PartOf))
      for (PathState &P : Now) {
        P.State = S.A.Unwinds && isMadeHere(PartOf) ? S.Auto.Start : S.Auto.AtEntry;
        P.Trace = -1;
      }
    rightOperand(St, Now);
    if (const auto *R = dyn_cast<ReturnStmt>(St)) {
      // `return request;`: the caller has it now.
      auto Whole = S.A.Unwinds && R->getRetValue() && !O.Path.empty() ? C.place(R->getRetValue()) : std::nullopt;
      for (PathState &P : Now) {
        P.Returned = returned(R, P);
        if (Whole && Whole->contains(O))
          P.State = Gone;
      }
    }
  } else if (auto D = El.getAs<CFGAutomaticObjDtor>()) {
    const VarDecl *V = D->getVarDecl();
    Now = destroyed(V, std::move(Now), D->getTriggerStmt());
  } else if (auto L = El.getAs<CFGLifetimeEnds>(); L && Map)
    for (const PathState &P : Now)
      Map->AtEnd[L->getVarDecl()] |= bit(P);
  return Now;
}

void Body::merge(Worklist &W, const CFGBlock *To, const States &From) {
  if (!To)
    return;
  BlockStates &B = W.All[To->getBlockID()];
  bool Changed = false;
  for (const PathState &P : From) {
    auto It = llvm::find_if(B.In, [&](const PathState &X) { return X.sameKey(P); });
    if (It == B.In.end()) {
      B.In.push_back(P);
      Changed = true;
    } else {
      FactSet Both = It->Facts;
      Both.intersect(P.Facts, [&](unsigned Key) { return Keys.constants(Key); });
      if (!(Both == It->Facts)) {
        It->Facts = std::move(Both);
        Changed = true;
      }
    }
  }
  if (Changed)
    W.Queue.insert({W.Order[To->getBlockID()], To->getBlockID()});
}

/// The handlers that nothing is seen to throw to. Their author knows better, and so they are entered in the states in
/// which all parts of the try statement are.
void Body::enterHandlers(Worklist &W) {
  for (const CFGBlock *B : *G) {
    const CXXTryStmt *Try = dispatches(B);
    if (!Try || !W.All[B->getBlockID()].In.empty())
      continue;
    for (const CFGBlock *Part : *G) {
      States Now = W.All[Part->getBlockID()].In;
      for (const CFGElement &El : *Part) {
        auto St = El.getAs<CFGStmt>();
        if (Now.empty() || (St && within(C, St->getStmt(), Try->getTryBlock()))) {
          raise(W, B, Now);
          break;
        }
        Now = element(El, std::move(Now));
      }
    }
  }
}

void Body::simulate(PathState Start) {
  if (!G) {
    Out.Complete = false;
    return;
  }
  unsigned N = G->getNumBlockIDs();
  Worklist W;
  W.All.resize(N);
  W.Order.resize(N, 0);
  unsigned I = 0;
  for (const CFGBlock *B : PostOrderCFGView(G))
    W.Order[B->getBlockID()] = I++;
  std::vector<const CFGBlock *> ById(N);
  for (const CFGBlock *B : *G)
    ById[B->getBlockID()] = B;
  merge(W, &G->getEntry(), States{Start});
  std::vector<unsigned> Visits(N, 0);

  while (true) {
    if (W.Queue.empty() && Map) // who asks for states asks for those in handlers, too
      enterHandlers(W);
    if (W.Queue.empty())
      break;
    unsigned Id = W.Queue.begin()->second;
    W.Queue.erase(W.Queue.begin());
    const CFGBlock *B = ById[Id];
    if (B == &G->getExit())
      continue;
    if (++Visits[Id] > 200 || S.Work > Budget) {
      Out.Complete = false;
      return;
    }
    Here = B;
    States Now = W.All[Id].In;
    if (const auto *Handler = S.A.Unwinds ? dyn_cast_or_null<CXXCatchStmt>(B->getLabel()) : nullptr)
      for (PathState &P : Now)
        if (P.Trace >= 0)
          P.Trace = note(P.Trace, Handler->getCatchLoc(), CaughtNote);
    States BeforeLast;
    unsigned Count = B->size(), At = 0;
    for (const CFGElement &El : *B) {
      if (++At == Count)
        BeforeLast = Now;
      ++S.Work;
      Now = element(El, std::move(Now));
      if (Now.empty())
        break;
    }
    if (Now.empty() && BeforeLast.empty())
      continue;
    if (Count == 0)
      BeforeLast = Now;
    edges(W, B, Now, BeforeLast);
  }

  for (const PathState &P : Exits) {
    addExit(P, false);
    if (Map)
      Map->AtExit |= bit(P);
  }
  for (const PathState &P : ThrownOut)
    addExit(P, true);
}

const Stmt *Body::lastBreak(const PathState &P) const {
  const Stmt *Switch = P.Broke;
  while (Switch && !isa<SwitchStmt>(Switch))
    Switch = isLoop(Switch) ? nullptr : C.parent(Switch);
  const auto *Whole = dyn_cast_or_null<CompoundStmt>(C.Fn->getBody());
  return Switch && Whole && !Whole->body_empty() && Whole->body_back() == Switch ? P.Broke : nullptr;
}

void Body::addExit(const PathState &P, bool Throws) {
  const Stmt *By = P.LeftBy || Throws ? P.LeftBy : lastBreak(P);
  std::vector<ToldFact> Told = Depth > 0 && !Throws ? tells(P) : std::vector<ToldFact>();
  for (ExitState &X : Out.Exits)
    if (X.State == P.State && X.Claimed == P.Claimed && X.Throws == Throws && (Depth > 0 || X.By == By) &&
        X.Returned.has_value() == P.Returned.has_value() &&
        (!P.Returned || (X.Returned->Value == P.Returned->Value && X.Returned->Equal == P.Returned->Equal))) {
      llvm::erase_if(X.Told, [&](const ToldFact &F) { return !llvm::is_contained(Told, F); });
      return;
    }
  Out.Exits.push_back({P.State, P.Claimed, P.Returned, story(P.Trace), Throws, By, std::move(Told)});
}

/// The states in which a callee, or a callable that runs before the call is over, lets an exception out. Returns false
/// if it is not seen to.
bool Body::thrownBy(const Event &E, const PathState &P, States &Out) {
  bool Known = false;
  auto Leaves = [&](const FunctionDecl *F, std::optional<Place> Mapped) {
    const Outcome *Sum = Mapped ? S.summary(F, *Mapped, P.State, P.Claimed, Depth + 1) : nullptr;
    if (!Sum || !Sum->Complete)
      return;
    for (const ExitState &X : Sum->Exits)
      if (X.Throws) {
        PathState N = P;
        N.State = X.State;
        if (X.State != P.State && !X.Story.empty())
          N.Trace = append(N.Trace, X.Story);
        add(Out, std::move(N));
        Known = true;
      }
  };
  if (E.Kind == Op::Call && E.Callee) {
    CallSite Site(C, E);
    Leaves(E.Callee, into(E.Callee, Site.Receiver, Site.Args, Site.Lambda, std::nullopt));
  } else if (E.Kind == Op::RunNow)
    for (const CallableRef &T : E.Tasks)
      if (T.Body)
        Leaves(T.Body, into(T.Body, nullptr, T.Args, T.Lambda, T.Receiver));
  return Known;
}

States Body::thrown(const Expr *Call, const States &Before) {
  States Out;
  for (const PathState &P : Before) {
    bool Known = false;
    for (unsigned I : C.at(Call)) {
      const Event &E = C.Events[I];
      // A library's future that throws what it holds has given it away.
      if (const CompiledRow *R = E.Kind == Op::Consume && E.Callee && isAbout(E) ? row(P.State, Via::Here, E) : nullptr;
          R && inLibrary(U(), E.Callee->getLocation())) {
        PathState N = P;
        if (R->To == Error) // reported on the path that continues
          N.State = Gone;
        else
          take(N, *R, E.Site, E.loc());
        add(Out, std::move(N));
        Known = true;
      }
      if (P.State != Gone)
        Known |= thrownBy(E, P, Out);
    }
    if (!Known)
      Out.push_back(P);
  }
  return Out;
}

const Stmt *Body::lastStatement(const CFGBlock *B) {
  for (auto It = B->rbegin(); It != B->rend(); ++It)
    if (auto CS = It->getAs<CFGStmt>())
      return CS->getStmt();
  return nullptr;
}

const CXXTryStmt *Body::dispatches(const CFGBlock *B) {
  return B ? dyn_cast_or_null<CXXTryStmt>(B->getTerminatorStmt()) : nullptr;
}

void Body::send(Worklist &W, const CFGBlock *From, const CFGBlock *To, States Out) {
  if (!To || Out.empty())
    return;
  if (To != &G->getExit()) {
    merge(W, To, Out);
    return;
  }
  // Where its destructor does nothing the graph does not show the end of the object.
  const auto *By = dyn_cast_or_null<ReturnStmt>(lastStatement(From));
  if (BornHere && BornHere->getType().isDestructedType() == QualType::DK_none)
    for (PathState &P : Out)
      destroy(BornHere, P, By);
  if (By)
    for (PathState &P : Out)
      P.LeftBy = By;
  Exits.append(Out.begin(), Out.end());
}

void Body::raise(Worklist &W, const CFGBlock *To, States Out, const Stmt *By) {
  if (!To)
    return;
  unwind(dispatches(To), Out, By);
  if (To == &G->getExit())
    ThrownOut.append(Out.begin(), Out.end());
  else
    merge(W, To, Out);
}

void Body::edges(Worklist &W, const CFGBlock *B, States &Now, States &BeforeLast) {
  if (const auto *Throw = dyn_cast_or_null<CXXThrowExpr>(lastStatement(B))) {
    for (const CFGBlock *To : B->succs())
      raise(W, To, Now, Throw);
    return;
  }
  if (B->hasNoReturnElement())
    return;            // abort() ends the process, and no lifetime
  if (dispatches(B)) { // which handler is taken is not known: each may be; none may be
    for (const CFGBlock *To : B->succs())
      if (To == &G->getExit() || dispatches(To))
        raise(W, To, Now);
      else
        send(W, B, To, Now);
    return;
  }
  const Stmt *Term = B->getTerminatorStmt();
  if (isa_and_nonnull<BreakStmt>(Term))
    for (PathState &P : Now)
      P.Broke = Term;
  if (!Term && B->succ_size() == 2 && B->size())
    return callEdges(W, B, Now, BeforeLast);
  if (const auto *SW = dyn_cast_or_null<SwitchStmt>(Term))
    return switchEdges(W, B, SW, Now);
  if (S.A.LoopsRun && Term && !(BornHere && declaredIn(Term)) && B->succ_size() == 2 &&
      isa<ForStmt, WhileStmt, CXXForRangeStmt>(Term) && *(B->succ_begin() + 1))
    return loopEdges(W, B, Now);
  const auto *Cond = dyn_cast_or_null<Expr>(B->getTerminatorCondition());
  if (Term && Cond && B->succ_size() == 2 && !isa<CXXForRangeStmt>(Term) && !isa<CXXTryStmt>(Term) &&
      !isa<GCCAsmStmt>(Term))
    return conditionEdges(W, B, Cond, Now);
  for (const CFGBlock *To : B->succs())
    send(W, B, To, Now);
}

static bool isNothrow(const FunctionDecl &F) {
  const auto *T = F.getType()->getAs<FunctionProtoType>();
  return T && !isUnresolvedExceptionSpec(T->getExceptionSpecType()) && T->isNothrow();
}

/// A call that may throw: normal edge first, then the exceptional one.
void Body::callEdges(Worklist &W, const CFGBlock *B, States &Now, const States &BeforeLast) {
  const CFGBlock *Normal = *B->succ_begin();
  const CFGBlock *Eh = *(B->succ_begin() + 1);
  send(W, B, Normal, Now);
  const Stmt *Last = nullptr;
  if (auto CS = B->back().getAs<CFGStmt>())
    Last = CS->getStmt();
  // Who called this body may catch what it is seen to throw, and then wants to know what was done before.
  bool ToCaller = Depth > 0 && Eh == &G->getExit() && !isNothrow(*C.Fn);
  if (!Last || !isa<Expr>(Last) || !Eh)
    return;
  if (dispatches(Eh) ? !U().mayThrow(cast<Expr>(Last)) : !ToCaller || !U().throws().by(C, cast<Expr>(Last)))
    return;
  States Raised = thrown(cast<Expr>(Last), BeforeLast);
  for (PathState &P : Raised)
    if (P.State != Gone)
      P.Trace = note(P.Trace, cast<Expr>(Last)->getExprLoc(), ThrowNote);
  raise(W, Eh, std::move(Raised), Last);
}

void Body::switchEdges(Worklist &W, const CFGBlock *B, const SwitchStmt *SW, States &Now) {
  auto Key = Keys.key(SW->getCond());
  auto Assume = [&](States &Paths, const CaseStmt *Case, bool Equal) {
    Expr::EvalResult R;
    if (!Case->getLHS()->isValueDependent() && Case->getLHS()->EvaluateAsInt(R, U().Ctx))
      llvm::erase_if(Paths, [&](PathState &P) { return !P.Facts.add({*Key, R.Val.getInt().getExtValue(), Equal}); });
  };
  for (const CFGBlock *To : B->succs()) {
    if (!To)
      continue;
    States Next = Now;
    const auto *Case = dyn_cast_or_null<CaseStmt>(To->getLabel());
    if (Key && Case && !Case->getRHS())
      Assume(Next, Case, true);
    else if (Key && (!To->getLabel() || isa<DefaultStmt>(To->getLabel()))) {
      for (const SwitchCase *SC = SW->getSwitchCaseList(); SC; SC = SC->getNextSwitchCase())
        if (const auto *Other = dyn_cast<CaseStmt>(SC); Other && !Other->getRHS() && !fallsInto(Other, To))
          Assume(Next, Other, false);
    }
    send(W, B, To, std::move(Next));
  }
}

/// A loop that is assumed to run at least once is left in the states that its events lead to.
void Body::loopEdges(Worklist &W, const CFGBlock *B, States &Now) {
  const Stmt *Loop = B->getTerminatorStmt();
  send(W, B, *B->succ_begin(), Now);
  States Left = std::move(Now);
  for (const Event &E : C.Events) {
    if (!E.Site || !(isAbout(E) || E.Kind == Op::Call || !E.Tasks.empty()) || !within(C, E.Site, Loop))
      continue;
    States Next;
    for (PathState &P : Left)
      step(E, std::move(P), Next);
    Left = std::move(Next);
  }
  send(W, B, *(B->succ_begin() + 1), std::move(Left));
}

void Body::conditionEdges(Worklist &W, const CFGBlock *B, const Expr *Cond, States &Now) {
  const Stmt *Term = B->getTerminatorStmt();
  bool Claims = O.valid() && (S.Auto.HasLater || S.A.Unwinds) && choosesWinner(C, Cond);
  unsigned I = 0;
  for (const CFGBlock *To : B->succs()) {
    bool Truth = I++ == 0;
    if (!To)
      continue;
    States Next = Now;
    const Expr *Asked = rightmost(Cond, Term);
    llvm::erase_if(Next, [&](PathState &P) { return !assume(P, Asked, Term, Truth); });
    lastTurn(Term, lastOperand(Asked), Truth, Next);
    if (Claims)
      for (PathState &P : Next) {
        if (!P.Claimed)
          P.ClaimedAt = B;
        P.Claimed = P.Asked = true;
      }
    send(W, B, To, std::move(Next));
  }
}

void Body::lastTurn(const Stmt *Term, const Expr *Asked, bool Truth, States &Next) {
  if (isa<ForStmt, WhileStmt, DoStmt>(Term)) {
    // At the loop's header: a last iteration does not go round again.
    BranchFact Ends = Keys.result(Asked, false);
    if (Truth)
      llvm::erase_if(Next, [&](PathState &P) { return P.Facts.about(Ends.Key) == Ends; });
    else
      for (PathState &P : Next)
        P.Facts.removeIf([&](unsigned K) { return K == Ends.Key; });
    return;
  }
  const auto *Cmp = dyn_cast<BinaryOperator>(Asked->IgnoreParenImpCasts());
  if (!Cmp || !Cmp->isComparisonOp())
    return;
  bool Reached = Cmp->getOpcode() == BO_EQ || Cmp->getOpcode() == BO_GE || Cmp->getOpcode() == BO_GT;
  bool NotYet = Cmp->getOpcode() == BO_NE || Cmp->getOpcode() == BO_LT || Cmp->getOpcode() == BO_LE;
  if (!(Reached && Truth) && !(NotYet && !Truth))
    return;
  for (const Stmt *Lp = C.parent(Term); Lp; Lp = C.parent(Lp)) {
    const Expr *Cond = nullptr;
    if (const auto *F = dyn_cast<ForStmt>(Lp))
      Cond = F->getCond();
    else if (const auto *W = dyn_cast<WhileStmt>(Lp))
      Cond = W->getCond();
    else if (const auto *D = dyn_cast<DoStmt>(Lp))
      Cond = D->getCond();
    const auto *Bound = Cond ? dyn_cast<BinaryOperator>(Cond->IgnoreParenImpCasts()) : nullptr;
    if (!Bound || !Bound->isComparisonOp())
      continue;
    llvm::SmallVector<const ValueDecl *, 4> Named, Asks;
    namesIn(Bound, Named);
    namesIn(Cmp, Asks);
    if (Named.empty() || !llvm::all_of(Named, [&](const ValueDecl *V) { return llvm::is_contained(Asks, V); }))
      continue;
    BranchFact Ends = Keys.result(Cond, false);
    for (PathState &P : Next)
      learn(P, Ends);
    return;
  }
}

void Body::namesIn(const Stmt *X, llvm::SmallVectorImpl<const ValueDecl *> &Out) {
  if (!X)
    return;
  if (const auto *DR = dyn_cast<DeclRefExpr>(X))
    Out.push_back(DR->getDecl());
  else if (const auto *M = dyn_cast<MemberExpr>(X))
    Out.push_back(M->getMemberDecl());
  for (const Stmt *Child : X->children())
    namesIn(Child, Out);
}

const Expr *Body::rightmost(const Expr *E, const Stmt *Term) {
  if (const auto *B = dyn_cast<BinaryOperator>(Term); B && B->isLogicalOp())
    return B->getLHS();
  return E;
}

} // namespace heddle::sim

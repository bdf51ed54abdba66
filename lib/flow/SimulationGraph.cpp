// The walk over the graph of one body: elements, edges, loops, lifetimes and the ways that exceptions take.
#include "Classes.h"
#include "Loops.h"
#include "SimulationBody.h"
#include "Unwrap.h"

#include "clang/AST/ASTContext.h"
#include "clang/Analysis/Analyses/PostOrderCFGView.h"

using namespace clang;

namespace heddle::sim {

namespace {

/// Does this condition, by being decided, choose one of several callers? It asks or changes state that other callers
/// see as well: an exchange, a member that is written while the object lives, a call on a shared object. The
/// callable's own parameters, and whether a weak owner still lives, choose nobody.
struct ClaimFinder {
  const Code &C;
  unsigned Depth = 0;

  bool shared(const Expr *E) const {
    auto P = C.place(E);
    if (!P)
      return false;
    if (P->This)
      return true;
    const auto *V = dyn_cast<VarDecl>(P->Root);
    return V && !isa<ParmVarDecl>(V) && V->getParentFunctionOrMethod() != static_cast<const DeclContext *>(C.Fn);
  }
  bool in(const Stmt *S) {
    if (!S || Depth > 6)
      return false;
    if (isa<LambdaExpr>(S))
      return false;
    if (const auto *Call = dyn_cast<CallExpr>(S)) {
      for (unsigned I : C.at(Call))
        if (Op K = C.Events[I].Kind; K == Op::Claim || K == Op::TryFulfil || K == Op::Extract || K == Op::TryAcquire)
          return true;
      if (const auto *M = dyn_cast<CXXMemberCallExpr>(Call)) {
        const Expr *Obj = M->getImplicitObjectArgument();
        const CXXMethodDecl *D = M->getMethodDecl();
        const TypeModel *Model = Obj ? C.U.type(Obj->IgnoreParenImpCasts()->getType()) : nullptr;
        Role R = Model ? Model->Plays : Role::None;
        if (Obj && D && R != Role::WeakPointer && shared(Obj)) {
          if (!D->isConst())
            return true;
          if (R == Role::Container || R == Role::SmartPointer || R == Role::Atomic)
            return writtenState(Obj);
          if (const FunctionDecl *Def = C.U.visible(D); Def && Depth < 3) {
            if (const Code *Inner = C.U.code(Def)) {
              ClaimFinder Sub{*Inner, Depth + 1};
              if (Sub.in(Def->getBody()))
                return true;
            }
          } else if (!C.U.Ctx.getSourceManager().isInSystemHeader(D->getLocation()))
            return true; // asks something that can not be seen
        }
      } else {
        if (!isa<CXXOperatorCallExpr>(Call))
          for (const Expr *A : Call->arguments())
            if (shared(A) && !A->getType().isConstQualified() && writtenState(A))
              return true;
        // A local lambda or a free helper that claims (`if (claim())`).
        if (const FunctionDecl *F = Call->getDirectCallee(); F && Depth < 3)
          if (const Code *Inner = C.U.code(F))
            for (const Event &E : Inner->Events)
              if (E.Kind == Op::Claim || E.Kind == Op::TryFulfil)
                return true;
      }
    }
    if (const auto *M = dyn_cast<MemberExpr>(S))
      if (isa<FieldDecl>(M->getMemberDecl()) && shared(M) && writtenState(M))
        return true;
    if (const auto *DR = dyn_cast<DeclRefExpr>(S))
      if (const auto *V = dyn_cast<VarDecl>(DR->getDecl())) {
        bool Local = V->getParentFunctionOrMethod() == static_cast<const DeclContext *>(C.Fn);
        if (Local && V->isLocalVarDecl() && V->getInit() && !C.isModified(V) && !V->getType()->isReferenceType()) {
          ++Depth;
          bool Found = in(V->getInit());
          --Depth;
          return Found;
        }
        if (!Local && !V->getType().isConstQualified() && writtenState(DR))
          return true;
      }
    for (const Stmt *Child : S->children())
      if (in(Child))
        return true;
    return false;
  }
  bool writtenState(const Expr *E) const {
    auto P = C.place(E);
    if (!P)
      return false;
    if (!P->Path.empty())
      return C.U.writtenAfterConstruction(P->Path.back());
    if (const auto *V = dyn_cast_or_null<VarDecl>(P->Root)) {
      if (V->hasGlobalStorage())
        return !V->getType().isConstQualified();
      if (const auto *Owner = dyn_cast_or_null<FunctionDecl>(V->getParentFunctionOrMethod()))
        if (const Code *Home = C.U.code(Owner))
          return Home->isModified(V) || C.isModified(V) || Home->isWrittenThrough(V) || C.isWrittenThrough(V);
    }
    return false;
  }
};

} // namespace

bool Body::makesObject(const FunctionDecl *F) const {
  const TemplateArgumentList *Args = F->getTemplateSpecializationArgs();
  return leads(F->getReturnType()) && Args && U().Ctx.getSourceManager().isInSystemHeader(F->getLocation()) &&
         F->isTemplateInstantiation() && Args->size() > 0 && Args->get(0).getKind() == TemplateArgument::Type &&
         U().Ctx.hasSameUnqualifiedType(Args->get(0).getAsType(), U().pointee(F->getReturnType()));
}

void Body::begin(const VarDecl *V, PathState &P) {
  const Expr *Init = V->getInit();
  bool Fresh = true;
  P.Trace = -1;
  if (Init) {
    Init = unwrap(Init);
    if (const auto *CE = dyn_cast<CXXConstructExpr>(Init); CE && CE->getNumArgs() == 1)
      if (const Expr *From = unwrap(CE->getArg(0)); isEmptyHandle(From) && leads(V->getType()))
        Init = From;
    if (S.A.Unwinds && leads(V->getType()) && isEmptyHandle(Init)) {
      P.State = Gone; // there is nothing in it that could end
      return;
    }
    if (const auto *CE = dyn_cast<CXXConstructExpr>(Init)) {
      Fresh = !CE->getConstructor()->isCopyOrMoveConstructor();
      if (Fresh && Container)
        for (const Expr *A : CE->arguments())
          Fresh &= isa<CXXDefaultArgExpr>(A) || A->getType()->isIntegralOrEnumerationType();
      if (leads(V->getType()))
        Fresh = CE->getNumArgs() == 1 && isa<CXXNewExpr>(CE->getArg(0)->IgnoreParenImpCasts());
    } else if (const auto *Call = dyn_cast<CallExpr>(Init)) {
      // make_shared<T>() makes a fresh one; other calls hand out one that somebody else knows.
      Fresh = Call->getDirectCallee() && makesObject(Call->getDirectCallee());
    } else if (isa<CXXNewExpr>(Init))
      Fresh = true;
    else if (!isa<InitListExpr, ImplicitValueInitExpr>(Init))
      Fresh = !leads(V->getType()) && !V->getType()->isRecordType();
  } else if (leads(V->getType()))
    Fresh = false;
  P.State = Fresh ? S.Auto.Start : S.Auto.AtEntry;
  if (P.State != Gone) {
    Event E{};
    E.Kind = Op::Begin;
    if (const CompiledRow *R = row(P.State, Via::Here, E))
      take(P, *R, nullptr, V->getLocation());
  }
}

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
    if (leadsElsewhere(St))
      for (PathState &P : Now) {
        P.State = S.A.Unwinds && assignsNew(St) ? S.Auto.Start : S.Auto.AtEntry;
        P.Trace = -1;
      }
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
    for (PathState &P : Now)
      destroy(V, P, D->getTriggerStmt());
  } else if (auto L = El.getAs<CFGLifetimeEnds>(); L && Map)
    for (const PathState &P : Now)
      Map->AtEnd[L->getVarDecl()] |= bit(P);
  return Now;
}

bool Body::isMadeHere(const VarDecl *V) {
  const Expr *Init = unwrap(V->getInit());
  const auto *CE = dyn_cast_or_null<CXXConstructExpr>(Init);
  return !Init || isa<InitListExpr>(Init) || (CE && !CE->getConstructor()->isCopyOrMoveConstructor());
}

const VarDecl *Body::holder() const {
  if (BornHere) // what a reference leads to lives on
    return BornHere->getType()->isReferenceType() ? nullptr : BornHere;
  auto Owns = [&](QualType T) { return !T->isReferenceType() && (!leads(T) || ownsAlone(T)); };
  bool Part = S.A.Unwinds && PartOf && !O.Path.empty() && !PartOf->isInitCapture() && Owns(PartOf->getType()) &&
              Owns(O.Root->getType()) && !O.Element && // a name of a structured binding may lead elsewhere
              llvm::none_of(O.Path, [&](const FieldDecl *F) {
                return F->getType()->isReferenceType() || leads(F->getType()) || endsByItself(F->getParent());
              });
  return Part ? PartOf : nullptr;
}

bool Body::endsByItself(const RecordDecl *Class) {
  const auto *RD = dyn_cast<CXXRecordDecl>(Class);
  const CXXDestructorDecl *D = RD && RD->hasDefinition() ? RD->getDestructor() : nullptr;
  return D && D->isUserProvided();
}

bool Body::isNull(const PathState &P) {
  const auto *V = dyn_cast_or_null<VarDecl>(O.Root);
  if (!V || !leads(V->getType()))
    return false;
  auto Leads = Keys.variable(V, true);
  FactSet Known = P.Facts;
  return Leads && !Known.add(*Leads);
}

void Body::thrownOut(const Expr *E, const States &Now) {
  if (llvm::all_of(Now, [](const PathState &P) { return P.State == Gone; }))
    return;
  // What a future holds is the business of whoever fills it: here, often the very thread.
  if (llvm::any_of(C.at(E),
                   [&](unsigned I) { return C.Events[I].Kind == Op::Consume || C.Events[I].Kind == Op::Await; }))
    return;
  auto X = U().throws().leavingBy(C, E);
  if (!X)
    return;
  for (PathState P : Now)
    if (holder())
      end(P, E, &*X);
    else if (P.State != Gone) {
      P.Trace = append(P.Trace, X->Way);
      P.LeftBy = E;
      ThrownOut.push_back(std::move(P));
    }
}

void Body::end(PathState &P, const Stmt *By, const Thrown *X) {
  Event E{};
  E.Kind = Op::End;
  E.Site = By;
  if (X)
    P.Trace = append(P.Trace, X->Way);
  SourceLocation Loc = holder()->getLocation();
  if (const auto *Block = dyn_cast_or_null<CompoundStmt>(By))
    Loc = Block->getRBracLoc();
  else if (const auto *Ex = dyn_cast_or_null<Expr>(By))
    Loc = Ex->getExprLoc();
  else if (By)
    Loc = By->getBeginLoc();
  if (const CompiledRow *R = row(P.State, Via::Here, E))
    take(P, *R, By, Loc);
  else
    P.State = Gone;
}

bool Body::leadsElsewhere(const Stmt *St) const {
  if (!O.valid() || !O.Root || O.Path.empty())
    return false;
  const Expr *L = nullptr;
  if (const auto *B = dyn_cast<BinaryOperator>(St); B && B->isAssignmentOp())
    L = B->getLHS();
  else if (const auto *X = dyn_cast<UnaryOperator>(St); X && X->isIncrementDecrementOp())
    L = X->getSubExpr();
  else if (const auto *X = dyn_cast<CXXOperatorCallExpr>(St);
           X && X->getNumArgs() &&
           (X->isAssignmentOp() || X->getOperator() == OO_PlusPlus || X->getOperator() == OO_MinusMinus))
    L = X->getArg(0);
  const auto *DR = L ? dyn_cast<DeclRefExpr>(L->IgnoreParenImpCasts()) : nullptr;
  return DR && DR->getDecl() == O.Root;
}

bool Body::assignsNew(const Stmt *St) const {
  const auto *X = dyn_cast<CXXOperatorCallExpr>(St);
  const Expr *From = X && X->getNumArgs() == 2 ? unwrap(X->getArg(1)) : nullptr;
  const auto *CE = dyn_cast_or_null<CXXConstructExpr>(From);
  return isa_and_nonnull<InitListExpr>(From) || (CE && !CE->getConstructor()->isCopyOrMoveConstructor());
}

bool Body::bornInInit() const {
  return llvm::any_of(C.Events, [&](const Event &E) { return isAbout(E) && E.Site && insideInit(E.Site, BornHere); });
}

bool Body::insideInit(const Stmt *Site, const VarDecl *V) const {
  if (!V->getInit())
    return false;
  for (const Stmt *X = Site; X; X = C.parent(X))
    if (X == V->getInit() || X == V->getInit()->IgnoreParenImpCasts())
      return true;
  return false;
}

void Body::destroy(const VarDecl *V, PathState &P, const Stmt *By) {
  bool Owns = true;
  if (const GuardInfo *GI = C.guard(V); GI && llvm::is_contained(GI->Locks, O)) {
    FactSet Copy = P.Facts;
    Owns = Copy.add(Keys.holds(V, true));
  }
  killMentions(P, V);
  if (const GuardInfo *GI = C.guard(V)) {
    if (!Owns) // it gave its lock back, let go of it, or never had it
      return;
    for (const Place &L : GI->Locks)
      if (L == O) {
        Event E{};
        E.Kind = Op::Release;
        E.Object = O;
        if (const CompiledRow *R = row(P.State, Via::Here, E))
          take(P, *R, nullptr, V->getLocation());
      }
    return;
  }
  // The variable of a loop is a name that an element has for one turn: the element lives on.
  if (V->getType()->isReferenceType() && C.elementOf(V))
    return;
  if (V == holder() && (!leads(V->getType()) || ownsAlone(V->getType()) || S.A.SharedEnds))
    end(P, By);
}

bool Body::ownsAlone(QualType T) const { return isMoveOnly(T->getAsCXXRecordDecl()); }

void Body::merge(const CFGBlock *To, const States &From, std::vector<BlockStates> &All,
                 std::set<std::pair<unsigned, unsigned>> &Queue, const std::vector<unsigned> &Order) {
  if (!To)
    return;
  BlockStates &B = All[To->getBlockID()];
  bool Changed = false;
  for (const PathState &P : From) {
    auto It = llvm::find_if(B.In, [&](const PathState &X) { return X.sameKey(P); });
    if (It == B.In.end()) {
      B.In.push_back(P);
      Changed = true;
    } else {
      FactSet Both = It->Facts;
      Both.intersect(P.Facts);
      if (!(Both == It->Facts)) {
        It->Facts = std::move(Both);
        Changed = true;
      }
    }
  }
  if (Changed)
    Queue.insert({Order[To->getBlockID()], To->getBlockID()});
}

void Body::unwind(const CXXTryStmt *Try, States &Out, const Stmt *From) {
  if (!O.valid())
    return;
  const SourceManager &SM = U().Ctx.getSourceManager();
  // What is declared behind the throwing call does not exist yet.
  auto Lives = [&](const ValueDecl *V) {
    return !From || SM.isBeforeInTranslationUnit(V->getLocation(), From->getBeginLoc());
  };
  for (const auto &[V, GI] : C.guards()) {
    bool Inside = !Try || (SM.isBeforeInTranslationUnit(Try->getTryBlock()->getBeginLoc(), V->getLocation()) &&
                           SM.isBeforeInTranslationUnit(V->getLocation(), Try->getTryBlock()->getEndLoc()));
    if (!Inside || !Lives(V))
      continue;
    for (const Place &L : GI.Locks)
      if (L == O)
        for (PathState &P : Out)
          destroy(cast<VarDecl>(V), P);
  }
  if (BornHere && BornHere == holder() && Try && (!leads(BornHere->getType()) || ownsAlone(BornHere->getType())) &&
      SM.isBeforeInTranslationUnit(Try->getTryBlock()->getBeginLoc(), BornHere->getLocation()) &&
      SM.isBeforeInTranslationUnit(BornHere->getLocation(), Try->getTryBlock()->getEndLoc())) {
    const auto *E = S.A.Unwinds ? dyn_cast_or_null<Expr>(From) : nullptr;
    auto X = E ? U().throws().by(C, E) : std::nullopt;
    for (PathState &P : Out) {
      if (X)
        end(P, E, &*X);
      P.State = Gone;
    }
  }
}

void Body::simulate(PathState Start) {
  if (!G) {
    Out.Complete = false;
    return;
  }
  unsigned N = G->getNumBlockIDs();
  std::vector<BlockStates> All(N);
  std::vector<unsigned> Order(N, 0);
  unsigned I = 0;
  for (const CFGBlock *B : PostOrderCFGView(G))
    Order[B->getBlockID()] = I++;
  std::vector<const CFGBlock *> ById(N);
  for (const CFGBlock *B : *G)
    ById[B->getBlockID()] = B;
  std::set<std::pair<unsigned, unsigned>> Queue;
  merge(&G->getEntry(), States{Start}, All, Queue, Order);
  std::vector<unsigned> Visits(N, 0);

  while (!Queue.empty()) {
    unsigned Id = Queue.begin()->second;
    Queue.erase(Queue.begin());
    const CFGBlock *B = ById[Id];
    if (B == &G->getExit())
      continue;
    if (++Visits[Id] > 200 || S.Work > Budget) {
      Out.Complete = false;
      return;
    }
    Here = B;
    States Now = All[Id].In;
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
    edges(B, Now, BeforeLast, All, Queue, Order);
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
  for (const ExitState &X : Out.Exits)
    if (X.State == P.State && X.Claimed == P.Claimed && X.Throws == Throws && (Depth > 0 || X.By == By) &&
        X.Returned.has_value() == P.Returned.has_value() &&
        (!P.Returned || (X.Returned->Value == P.Returned->Value && X.Returned->Equal == P.Returned->Equal)))
      return;
  Out.Exits.push_back({P.State, P.Claimed, P.Returned, story(P.Trace), Throws, By});
}

States Body::thrown(const Expr *Call, const States &Before) {
  States Out;
  for (const PathState &P : Before) {
    bool Known = false;
    for (unsigned I : C.at(Call)) {
      const Event &E = C.Events[I];
      // A library's future that throws what it holds has given it away.
      if (const CompiledRow *R = E.Kind == Op::Consume && E.Callee && isAbout(E) ? row(P.State, Via::Here, E) : nullptr;
          R && U().Ctx.getSourceManager().isInSystemHeader(E.Callee->getLocation())) {
        PathState N = P;
        if (R->To == Error) // told on the way that goes on
          N.State = Gone;
        else
          take(N, *R, E.Site, E.loc());
        add(Out, std::move(N));
        Known = true;
      }
      if (E.Kind != Op::Call || !E.Callee || P.State == Gone)
        continue;
      CallSite Site(C, E);
      auto Mapped = into(E.Callee, Site.Receiver, Site.Args, Site.Lambda, std::nullopt);
      const Outcome *Sum = Mapped ? S.summary(E.Callee, *Mapped, P.State, P.Claimed, Depth + 1) : nullptr;
      if (!Sum || !Sum->Complete)
        continue;
      for (const ExitState &X : Sum->Exits)
        if (X.Throws) {
          PathState N = P;
          N.State = X.State;
          if (X.State != P.State && !X.Story.empty())
            N.Trace = append(N.Trace, X.Story);
          add(Out, std::move(N));
          Known = true;
        }
    }
    if (!Known)
      Out.push_back(P);
  }
  return Out;
}

bool Body::isBound(const CFGBlock *From, const CFGBlock *To) const {
  auto [It, New] = Bound.try_emplace({From, To}, false);
  return New ? It->second = findBound(From, To) : It->second;
}

bool Body::findBound(const CFGBlock *From, const CFGBlock *To) const {
  bool Again = false;
  auto Avoids = [&](const CFGBlock *Start, const CFGBlock *Aim, const CFGBlock *Without) {
    llvm::SmallPtrSet<const CFGBlock *, 32> Seen;
    llvm::SmallVector<const CFGBlock *, 16> Work{Start};
    while (!Work.empty()) {
      const CFGBlock *B = Work.pop_back_val();
      if (Aim == &G->getExit() && isa_and_nonnull<CXXThrowExpr>(lastStatement(B)))
        return true;
      if (B->hasNoReturnElement())
        continue;
      // The second way out of a call is the one that its exception takes.
      bool Call = !B->getTerminatorStmt() && B->succ_size() == 2 && B->size();
      for (const CFGBlock *Next : B->succs()) {
        if (Next && Next != Without) {
          if (Next == Aim)
            return true;
          Again |= Next == Start;
          if (Seen.insert(Next).second)
            Work.push_back(Next);
        }
        if (Call)
          break;
      }
    }
    return false;
  };
  if (From == To || Avoids(From, &G->getExit(), To))
    return false;
  // A turn of a loop that leaves it out: then the next turn decides anew, unless it stands behind the loop.
  return !Again || !Avoids(To, From, nullptr);
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

void Body::edges(const CFGBlock *B, States &Now, States &BeforeLast, std::vector<BlockStates> &All,
                 std::set<std::pair<unsigned, unsigned>> &Queue, const std::vector<unsigned> &Order) {
  auto Send = [&](const CFGBlock *To, States Out) {
    if (!To || Out.empty())
      return;
    if (To == &G->getExit()) {
      // Where its destructor does nothing the graph does not show the end of the object.
      if (BornHere && BornHere->getType().isDestructedType() == QualType::DK_none)
        for (PathState &P : Out)
          destroy(BornHere, P, dyn_cast_or_null<ReturnStmt>(lastStatement(B)));
      if (const auto *By = dyn_cast_or_null<ReturnStmt>(lastStatement(B)))
        for (PathState &P : Out)
          P.LeftBy = By;
      Exits.append(Out.begin(), Out.end());
      return;
    }
    merge(To, Out, All, Queue, Order);
  };
  auto Raise = [&](const CFGBlock *To, States Out, const Stmt *From = nullptr) {
    if (!To)
      return;
    const CXXTryStmt *Try = dispatches(To);
    unwind(Try, Out, From);
    if (To == &G->getExit()) {
      for (const PathState &P : Out)
        ThrownOut.push_back(P);
      return;
    }
    merge(To, Out, All, Queue, Order);
  };

  if (const auto *Throw = dyn_cast_or_null<CXXThrowExpr>(lastStatement(B))) {
    for (const CFGBlock *To : B->succs())
      Raise(To, Now, Throw);
    return;
  }
  if (B->hasNoReturnElement())
    return;            // abort() ends the process, and no lifetime
  if (dispatches(B)) { // which handler is taken is not known: each may be; none may be
    for (const CFGBlock *To : B->succs())
      if (To == &G->getExit() || dispatches(To))
        Raise(To, Now);
      else
        Send(To, Now);
    return;
  }
  const Stmt *Term = B->getTerminatorStmt();
  if (isa_and_nonnull<BreakStmt>(Term))
    for (PathState &P : Now)
      P.Broke = Term;
  if (!Term && B->succ_size() == 2 && B->size()) {
    // A call that may throw: normal edge first, then the exceptional one.
    const CFGBlock *Normal = *B->succ_begin();
    const CFGBlock *Eh = *(B->succ_begin() + 1);
    Send(Normal, Now);
    const Stmt *Last = nullptr;
    if (auto CS = B->back().getAs<CFGStmt>())
      Last = CS->getStmt();
    bool InTry = Eh && dispatches(Eh);
    if (Last && isa<Expr>(Last) && InTry && U().mayThrow(cast<Expr>(Last))) {
      States Raised = thrown(cast<Expr>(Last), BeforeLast);
      for (PathState &P : Raised)
        if (P.State != Gone)
          P.Trace = note(P.Trace, cast<Expr>(Last)->getExprLoc(), ThrowNote);
      Raise(Eh, std::move(Raised), Last);
    }
    return;
  }
  if (const auto *SW = dyn_cast_or_null<SwitchStmt>(Term)) {
    auto Key = Keys.key(SW->getCond());
    for (const CFGBlock *To : B->succs()) {
      if (!To)
        continue;
      States Next = Now;
      if (Key) {
        if (const auto *CaseS = dyn_cast_or_null<CaseStmt>(To->getLabel()); CaseS && !CaseS->getRHS()) {
          Expr::EvalResult R;
          if (!CaseS->getLHS()->isValueDependent() && CaseS->getLHS()->EvaluateAsInt(R, U().Ctx))
            llvm::erase_if(Next, [&](PathState &P) {
              return !P.Facts.add({*Key, R.Val.getInt().getExtValue(), true});
            });
        } else if (isa_and_nonnull<DefaultStmt>(To->getLabel()) || To->getLabel() == nullptr) {
          for (const SwitchCase *SC = SW->getSwitchCaseList(); SC; SC = SC->getNextSwitchCase())
            if (const auto *CaseX = dyn_cast<CaseStmt>(SC); CaseX && !CaseX->getRHS() && !fallsInto(CaseX, To)) {
              Expr::EvalResult R;
              if (!CaseX->getLHS()->isValueDependent() && CaseX->getLHS()->EvaluateAsInt(R, U().Ctx))
                llvm::erase_if(Next, [&](PathState &P) {
                  return !P.Facts.add({*Key, R.Val.getInt().getExtValue(), false});
                });
            }
        }
      }
      Send(To, std::move(Next));
    }
    return;
  }
  if (S.A.LoopsRun && Term && !(BornHere && declaredIn(Term)) && B->succ_size() == 2 &&
      isa<ForStmt, WhileStmt, CXXForRangeStmt>(Term) && *(B->succ_begin() + 1)) {
    const CFGBlock *Leave = *(B->succ_begin() + 1);
    Send(*B->succ_begin(), Now);
    States Left = std::move(Now);
    for (const Event &E : C.Events) {
      if (!E.Site || !(isAbout(E) || E.Kind == Op::Call || !E.Tasks.empty()) || !within(C, E.Site, Term))
        continue;
      States Next;
      for (PathState &P : Left)
        step(E, std::move(P), Next);
      Left = std::move(Next);
    }
    Send(Leave, std::move(Left));
    return;
  }
  const auto *Cond = dyn_cast_or_null<Expr>(B->getTerminatorCondition());
  if (Term && Cond && B->succ_size() == 2 && !isa<CXXForRangeStmt>(Term) && !isa<CXXTryStmt>(Term) &&
      !isa<GCCAsmStmt>(Term)) {
    const Expr *Decides = Cond;
    bool Claims = false;
    if (O.valid() && (S.Auto.HasLater || S.A.Unwinds)) {
      ClaimFinder F{C};
      Claims = F.in(Decides);
    }
    unsigned I = 0;
    for (const CFGBlock *To : B->succs()) {
      bool Truth = I++ == 0;
      if (!To)
        continue;
      States Next = Now;
      const Expr *Asked = rightmost(Decides, Term);
      llvm::erase_if(Next, [&](PathState &P) { return !assume(P, Asked, Term, Truth); });
      lastTurn(Term, lastOperand(Asked), Truth, Next);
      if (Claims)
        for (PathState &P : Next) {
          if (!P.Claimed)
            P.ClaimedAt = B;
          P.Claimed = P.Asked = true;
        }
      Send(To, std::move(Next));
    }
    return;
  }
  for (const CFGBlock *To : B->succs())
    Send(To, Now);
}

void Body::lastTurn(const Stmt *Term, const Expr *Asked, bool Truth, States &Next) {
  if (isa<ForStmt, WhileStmt, DoStmt>(Term)) {
    // At the loop's header: a last turn does not go round again.
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

bool Body::declaredIn(const Stmt *Loop) const {
  const SourceManager &SM = U().Ctx.getSourceManager();
  return SM.isBeforeInTranslationUnit(Loop->getBeginLoc(), BornHere->getLocation()) &&
         SM.isBeforeInTranslationUnit(BornHere->getLocation(), Loop->getEndLoc());
}

const Expr *Body::rightmost(const Expr *E, const Stmt *Term) {
  if (const auto *B = dyn_cast<BinaryOperator>(Term); B && B->isLogicalOp())
    return B->getLHS();
  return E;
}

} // namespace heddle::sim

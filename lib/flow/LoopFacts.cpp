#include "LoopFacts.h"
#include "Calls.h"
#include "Classes.h"
#include "LibraryCode.h"
#include "MakeFacts.h"
#include "Mentions.h"
#include "Unwrap.h"
#include "Uses.h"
#include "ValueFlow.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {

// ---- what an iteration stands for -----------------------------------------------------------------------------------

/// The number of elements that a container is made with: `std::vector<Slot> slots(n)`; or null.
static const Expr *countOf(const Expr *Made) {
  const auto *CE = dyn_cast_or_null<CXXConstructExpr>(unwrap(Made));
  const Expr *First = CE && CE->getNumArgs() && !CE->isListInitialization() ? unwrap(CE->getArg(0)) : nullptr;
  return First && First->getType()->isIntegerType() ? First : nullptr;
}

static bool isListed(const Expr *Init, const ASTContext &Ctx) {
  if (!Init)
    return false;
  if (anyOf<Expr>(Init, Walk::WithImplicit,
                  [](const Expr *E) { return isa<InitListExpr, CXXStdInitializerListExpr>(E); }))
    return true;
  const Expr *Count = countOf(Init);
  return Count && !Count->isValueDependent() && Count->isEvaluatable(Ctx);
}

/// Returns true if the type says how many: arrays, array<T, N>, span<T, N>, initializer_list<T>.
static bool isSizedByType(QualType T) {
  T = T.getNonReferenceType();
  if (T->isArrayType())
    return true;
  const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(T->getAsCXXRecordDecl());
  return Spec && ((Spec->isInStdNamespace() && Spec->getName() == "initializer_list") ||
                  llvm::any_of(Spec->getTemplateArgs().asArray(), [](const TemplateArgument &A) {
                    return A.getKind() == TemplateArgument::Integral && !A.getAsIntegral().isAllOnes();
                  }));
}

bool LoopFacts::isConstant(const Code &C, const Expr *Range) {
  const Expr *E = unwrap(Range);
  if (!E || isSizedByType(E->getType()) || isa<CXXStdInitializerListExpr, InitListExpr>(E))
    return true;
  // A container that was written down, or made with so many elements, and to which nothing is added.
  const auto *DR = dyn_cast<DeclRefExpr>(E);
  if (const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr; V && !isa<ParmVarDecl>(V)) {
    bool Grows = llvm::any_of(C.Events, [&](const Event &X) { return X.Kind == Op::Insert && X.Object.Root == V; });
    return isListed(V->getInit(), C.U.Ctx) && (V->getType().isConstQualified() || !Grows);
  }
  const FieldDecl *F = thisField(E);
  return F && F->getType().isConstQualified() && isListed(F->getInClassInitializer(), C.U.Ctx);
}

/// The container of which a member with this name is called somewhere in the expression.
static const Expr *asked(Unit &U, const Stmt *S, llvm::StringRef Member) {
  const auto *Call = findFirst<CXXMemberCallExpr>(S, Walk::WithImplicit, [&](const CXXMemberCallExpr *M) {
    const CXXMethodDecl *D = M->getMethodDecl();
    return D && D->getIdentifier() && D->getName() == Member && M->getImplicitObjectArgument() &&
           U.role(M->getImplicitObjectArgument()->getType()) == Role::Container;
  });
  return Call ? Call->getImplicitObjectArgument() : nullptr;
}

/// The container whose elements the loop runs over: a range, by iterator, until it is empty, or by index.
const Expr *LoopFacts::container(const Code &C, const Stmt *Statement) {
  if (const auto *R = dyn_cast<CXXForRangeStmt>(Statement))
    return R->getRangeInit();
  const Expr *Cond = loopCondition(Statement);
  if (const Expr *Over = asked(U, Cond, "end"))
    return Over;
  if (const Expr *Over = isa<WhileStmt>(Statement) ? asked(U, Cond, "empty") : nullptr)
    if (auto P = C.place(Over))
      for (const Event &E : C.Events)
        if (E.Kind == Op::Extract && E.Object == *P && within(C, E.Site, Statement))
          return Over;
  const auto *B = isa<ForStmt>(Statement) && Cond ? dyn_cast<BinaryOperator>(Cond->IgnoreParenImpCasts()) : nullptr;
  if (!B || !B->isComparisonOp())
    return nullptr;
  for (const Expr *Side : {B->getRHS(), B->getLHS()}) {
    const Expr *X = unwrap(Side);
    // `const auto n = xs.size();`
    if (const auto *DR = dyn_cast<DeclRefExpr>(X))
      if (const auto *V = dyn_cast<VarDecl>(DR->getDecl());
          V && V->getInit() && V->hasLocalStorage() && !isa<ParmVarDecl>(V))
        X = unwrap(V->getInit());
    const auto *M = dyn_cast<CXXMemberCallExpr>(X);
    const Expr *Obj = M && M->getNumArgs() == 0 ? M->getImplicitObjectArgument() : nullptr;
    if (Obj && X->getType()->isIntegerType() && !U.element(Obj->getType()).isNull())
      return Obj;
  }
  return nullptr;
}

/// Returns true if the member is filled up to a number - somebody has decided how many - and never grows.
bool LoopFacts::isFilledByNumber(const FieldDecl *Slots, const Place &P) {
  if (!U.seesAllUses(Slots) || U.writtenAfterConstruction(Slots))
    return false;
  bool Counted = false;
  for (const CXXMethodDecl *M : allMembers(cast<CXXRecordDecl>(Slots->getParent()))) {
    const Code *In = U.code(M);
    const auto *Ctor = In ? dyn_cast<CXXConstructorDecl>(In->Fn) : nullptr;
    if (Ctor && !Ctor->isCopyOrMoveConstructor())
      for (const CXXCtorInitializer *Init : Ctor->inits()) {
        const Expr *From = Init->getMember() == Slots ? unwrap(Init->getInit()) : nullptr;
        const auto *Made = dyn_cast_or_null<CXXConstructExpr>(From);
        if (!Made || !Made->getNumArgs())
          continue;
        if (!countOf(Made))
          return false;
        Counted = true;
      }
    for (const Event &E : In ? llvm::ArrayRef<Event>(In->Events) : llvm::ArrayRef<Event>()) {
      if (E.Kind != Op::Insert || !(E.Object == P))
        continue;
      if (!Ctor)
        return false;
      for (const Stmt *L = enclosingLoop(*In, E.Site); L; L = enclosingLoop(*In, L))
        if (const Loop &Fills = of(*In, L); Fills.Turns == Trips::Elements || Fills.Arrives)
          return false;
      Counted = true;
    }
  }
  return Counted;
}

/// Returns true if a visible function made the container and was told how many: `split(size, 4)`, where the number is
/// what it divides by, or the bound of its loop. What it learns from another container is no such number.
static bool isMadeByNumber(const Code &C, const Expr *Range) {
  const auto *Call = dyn_cast_or_null<CallExpr>(unwrap(C.U.get<ValueFlow>().source(C, Range)));
  const FunctionDecl *F = Call ? C.U.visible(Call->getDirectCallee()) : nullptr;
  auto Sized = [](const Expr *E) {
    return anyOf<CXXMemberCallExpr>(E, [](const CXXMemberCallExpr *M) { return M->getType()->isIntegerType(); });
  };
  for (const ParmVarDecl *P : F ? F->parameters() : llvm::ArrayRef<ParmVarDecl *>()) {
    const Expr *Told = argument(Call, P);
    if (!Told || !P->getType()->isIntegerType() || P->getType()->isBooleanType() ||
        Sized(C.U.get<ValueFlow>().source(C, Told)))
      continue;
    if (anyOf<BinaryOperator>(F->getBody(),
                              [&](const BinaryOperator *B) {
                                return B->isMultiplicativeOp() && B->getOpcode() != BO_Mul && mentions(B->getRHS(), P);
                              }) ||
        anyOf<Stmt>(F->getBody(), [&](const Stmt *S) { return isLoop(S) && mentions(loopCondition(S), P); }))
      return true;
  }
  return false;
}

/// Returns true if this body fills the local container, empty at first, in loops of so many turns as it was told.
bool LoopFacts::isLocalFilledByNumber(const Code &C, const Place &P) {
  const auto *V = P.This || P.Element || !P.Path.empty() ? nullptr : dyn_cast_or_null<VarDecl>(P.Root);
  const auto *Made = V && V->isLocalVarDecl() ? dyn_cast_or_null<CXXConstructExpr>(unwrap(V->getInit())) : nullptr;
  if (!Made || Made->getNumArgs() != 0 || V->getDeclContext() != static_cast<const DeclContext *>(C.Fn))
    return false;
  bool Counted = false;
  for (const Event &E : C.Events) {
    if (!(E.Object == P))
      continue;
    if (E.Kind == Op::Escape || E.Kind == Op::Move)
      return false;
    if (E.Kind != Op::Insert)
      continue;
    for (const Stmt *L = enclosingLoop(C, E.Site); L; L = enclosingLoop(C, L)) {
      const Loop &Fills = of(C, L);
      if ((Fills.Turns != Trips::Number && Fills.Turns != Trips::Constant) || Fills.Arrives)
        return false;
      Counted = true;
    }
  }
  return Counted;
}

/// Returns true if it is a member that is filled by number, or whose size a function of its class compares with a
/// bound: `if (peers_.size() > most) …`.
bool LoopFacts::isKeptShort(const Code &C, const Expr *Range) {
  auto P = C.place(Range);
  if (P && isLocalFilledByNumber(C, *P))
    return true;
  if (!P || !P->This || P->Element || P->Path.size() != 1)
    return false;
  const FieldDecl *Field = P->Path.front();
  if (isFilledByNumber(Field, *P))
    return true;
  return llvm::any_of(allMembers(cast<CXXRecordDecl>(Field->getParent())), [&](const CXXMethodDecl *M) {
    const Code *In = U.code(M);
    return In && anyOf<IfStmt>(In->Fn->getBody(), [&](const IfStmt *If) {
             const auto *B = dyn_cast<BinaryOperator>(If->getCond()->IgnoreParenImpCasts());
             const Expr *Counted = B && B->isRelationalOp() ? asked(U, B, "size") : nullptr;
             return Counted && mentions(Counted, Field);
           });
  });
}

/// Returns true if a counter that every iteration changes is compared, `i < n`, `tries++ != 3`, or whatever else a
/// `for` steps up to a bound. \p Constant: the bound is one.
static bool isCounted(const Code &C, const Stmt *Statement, bool &Constant) {
  const Expr *Cond = loopCondition(Statement);
  const auto *F = dyn_cast<ForStmt>(Statement);
  auto Steps = [](const Stmt *S, const VarDecl *V) {
    return anyOf<Expr>(S, Walk::NoLambdas, [&](const Expr *E) {
      const auto *O = dyn_cast<UnaryOperator>(E);
      const auto *B = dyn_cast<CompoundAssignOperator>(E);
      const Expr *To = O && O->isIncrementDecrementOp() ? O->getSubExpr() : B ? B->getLHS() : nullptr;
      const auto *DR = dyn_cast_or_null<DeclRefExpr>(To ? To->IgnoreParenImpCasts() : nullptr);
      return DR && DR->getDecl() == V;
    });
  };
  auto Counts = [&](const Expr *Side) {
    const Expr *X = unwrap(Side);
    const auto *Step = dyn_cast<UnaryOperator>(X);
    bool Stepped = Step && Step->isIncrementDecrementOp();
    const auto *DR = dyn_cast<DeclRefExpr>(Stepped ? unwrap(Step->getSubExpr()) : X);
    const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
    return V && V->hasLocalStorage() && V->getType()->isIntegerType() &&
           (Stepped || Steps(F && F->getInc() ? F->getInc() : loopBody(Statement), V));
  };
  return Cond && implies(Cond, true, [&](const Expr *E, bool) {
           const auto *B = dyn_cast<BinaryOperator>(E);
           if (!B || !B->isComparisonOp())
             return false;
           bool Left = Counts(B->getLHS());
           if (!Left && !Counts(B->getRHS()))
             return F && F->getInc() && B->isRelationalOp();
           const Expr *Bound = Left ? B->getRHS() : B->getLHS();
           Constant = !Bound->isValueDependent() && Bound->isEvaluatable(C.U.Ctx);
           return true;
         });
}

/// The variables that an iteration makes from what a function without a visible body returns: `while (auto caller =
/// next())`.
static void findTaken(const Code &C, Loop &L) {
  auto Add = [&](const VarDecl *V) {
    const Expr *From = V && V->getInit() ? unwrap(V->getInit()) : nullptr;
    if (const auto *CE = dyn_cast_or_null<CXXConstructExpr>(From); CE && CE->getNumArgs() == 1)
      From = unwrap(CE->getArg(0));
    const auto *Call = dyn_cast_or_null<CallExpr>(From);
    const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
    if (F && !F->hasBody() && !inLibrary(C.U, F->getLocation()))
      L.Took.push_back(V);
  };
  if (const auto *W = dyn_cast<WhileStmt>(L.Statement); W && W->getConditionVariable())
    return Add(W->getConditionVariable());
  const auto *F = dyn_cast<ForStmt>(L.Statement);
  const auto *Body = dyn_cast_or_null<CompoundStmt>(loopBody(L.Statement));
  if (!Body || (F && F->getInc()))
    return;
  for (const Stmt *S : Body->body())
    if (const auto *DS = dyn_cast<DeclStmt>(S); DS && DS->isSingleDecl())
      Add(dyn_cast<VarDecl>(DS->getSingleDecl()));
}

/// Returns true if a `for` takes steps whose length was divided: `const auto step = xs.size() / workers + 1`. It makes
/// as many as it was divided by.
static bool stepsByShare(const Code &C, const Stmt *Statement) {
  const auto *F = dyn_cast<ForStmt>(Statement);
  return F && anyOf<Expr>(F->getInc(), [&](const Expr *E) {
           const Expr *By = nullptr;
           if (const auto *B = dyn_cast<CompoundAssignOperator>(E); B && B->getOpcode() == BO_AddAssign)
             By = B->getRHS();
           else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E); O && O->getOperator() == OO_PlusEqual)
             By = O->getArg(1);
           return By && anyOf<BinaryOperator>(C.U.get<ValueFlow>().source(C, By), [](const BinaryOperator *Made) {
                    return Made->getOpcode() == BO_Div && !Made->getType()->isFloatingType();
                  });
         });
}

void LoopFacts::findTrips(const Code &C, Loop &L) {
  L.Over = container(C, L.Statement);
  if (L.Over) {
    auto ByNumber = [&] { return isKeptShort(C, L.Over) || isMadeByNumber(C, L.Over) || stepsByShare(C, L.Statement); };
    L.Turns = isConstant(C, L.Over) ? Trips::Constant : ByNumber() ? Trips::Number : Trips::Elements;
    return;
  }
  bool Constant = false;
  if (isCounted(C, L.Statement, Constant)) {
    L.Turns = Constant ? Trips::Constant : Trips::Number;
    return;
  }
  auto Receives = [](const Code &, const Event &E) { return E.Kind == Op::Receive || E.Kind == Op::Block; };
  L.Arrives = llvm::any_of(C.Events, [&](const Event &E) {
    if (!E.Site || !within(C, E.Site, L.Statement))
      return false;
    auto Behind = E.Kind == Op::Call && E.Callee ? U.get<Calls>().find(E.Callee, Receives) : std::nullopt;
    return Receives(C, E) || (Behind && Behind->Through.size() < 3);
  });
  findTaken(C, L);
}

// ---- what ends it ---------------------------------------------------------------------------------------------------

void LoopFacts::findExits(const Code &C, Loop &L) {
  if (const Expr *Cond = loopCondition(L.Statement)) {
    bool Constant = false;
    if (Cond->isValueDependent() || !Cond->EvaluateAsBooleanCondition(Constant, U.Ctx) || !Constant)
      L.Exits.push_back({Cond, {{Cond, false, {}, L.Statement}}});
  } else if (isa<CXXForRangeStmt>(L.Statement)) {
    L.Exits.push_back({L.Statement, {}});
  }
  walk(loopBody(L.Statement), Walk::NoLambdas, [&](const Stmt *S) {
    bool Leaves = isa<ReturnStmt, CoreturnStmt>(S), Ends = false;
    if (const auto *G = dyn_cast<GotoStmt>(S))
      Leaves = !within(C, G->getLabel()->getStmt(), L.Statement);
    else if (isa<BreakStmt>(S)) {
      const Stmt *Left = C.parent(S);
      while (Left && !isLoop(Left) && !isa<SwitchStmt>(Left))
        Left = C.parent(Left);
      Leaves = Left == L.Statement;
    } else if (isa<CXXThrowExpr>(S)) {
      const CXXTryStmt *Try = C.enclosingTry(S);
      Leaves = !Try || !within(C, Try, L.Statement);
    } else if (const auto *Call = dyn_cast<CallExpr>(S)) {
      const FunctionDecl *F = Call->getDirectCallee();
      Ends = F && F->isNoReturn();
    }
    // That the process ends is nothing that a condition asked this loop for.
    if (Leaves || Ends)
      L.Exits.push_back({S, Ends ? llvm::SmallVector<Guard, 4>() : guards(C, S, L.Statement)});
    return Step::In;
  });
}

void LoopFacts::findEnd(const Code &C, Loop &L) {
  L.Ends = LoopEnd::Never;
  for (const LoopExit &X : L.Exits) {
    bool OnStop = false;
    for (const Guard &G : X.When)
      if (StopQuestion Q = G.Cases.empty() ? Stops.of(C, G.Condition) : StopQuestion(); Q.when(G.Value)) {
        OnStop = true;
        L.Asked.append(Q.Asked.begin(), Q.Asked.end());
      }
    if (!OnStop) {
      L.Ends = LoopEnd::Itself;
      L.Asked.clear();
      return;
    }
    L.Ends = LoopEnd::OnStop;
  }
}

bool LoopFacts::leftOnly(const Loop &L, llvm::function_ref<bool(const Guard &)> Accepts) {
  return !L.Exits.empty() && llvm::all_of(L.Exits, [&](const LoopExit &X) { return llvm::any_of(X.When, Accepts); });
}

/// The statements that every run of a body comes to, blocks opened.
static void flatten(const Stmt *S, llvm::SmallVectorImpl<const Stmt *> &Out) {
  if (const auto *Block = dyn_cast_or_null<CompoundStmt>(S))
    for (const Stmt *X : Block->body())
      flatten(X, Out);
  else if (const auto *Try = dyn_cast_or_null<CXXTryStmt>(S))
    flatten(Try->getTryBlock(), Out);
  else if (S)
    Out.push_back(S);
}

const Loop *LoopFacts::forever(const Code &C, unsigned Depth) {
  llvm::SmallVector<const Stmt *, 8> Statements;
  flatten(C.Fn->getBody(), Statements);
  for (const Stmt *S : Statements) {
    if (isLoop(S)) {
      if (const Loop &L = of(C, S); L.endless())
        return &L;
      continue;
    }
    const auto *E = dyn_cast<Expr>(S);
    for (unsigned I : E ? C.at(E->IgnoreUnlessSpelledInSource()) : llvm::ArrayRef<unsigned>())
      if (const Event &X = C.Events[I]; X.Kind == Op::Call && X.Callee && Depth < 3)
        if (const Code *Inner = U.code(X.Callee))
          if (const Loop *Found = forever(*Inner, Depth + 1))
            return Found;
  }
  return nullptr;
}

/// The event through which running \p From leads to \p F again; \p Later: on the thread of a handler already.
std::optional<Chain> LoopFacts::leadsTo(const FunctionDecl *F, const FunctionDecl *From, bool Later, unsigned Depth,
                                        std::set<std::pair<const FunctionDecl *, bool>> &Seen) {
  const Code *C = Depth < 6 && Seen.insert({From, Later}).second ? U.code(From) : nullptr;
  for (const Event &E : C ? llvm::ArrayRef<Event>(C->Events) : llvm::ArrayRef<Event>()) {
    if (E.Kind == Op::Call && E.Callee) {
      if (Later && E.Callee == F)
        return Chain{&E, &E};
      if (auto Found = leadsTo(F, E.Callee, Later, Depth + 1, Seen))
        return Chain{&E, Found->Registers};
    } else if (E.Kind == Op::Defer && E.ObjectRole != Role::Timer) {
      for (const CallableRef &T : E.Tasks)
        if (T.Body && (T.Body == F || leadsTo(F, T.Body, true, Depth + 1, Seen)))
          return Chain{&E, &E};
    }
  }
  return std::nullopt;
}

std::optional<Chain> LoopFacts::chain(const Code &C) {
  std::set<std::pair<const FunctionDecl *, bool>> Seen;
  return leadsTo(C.Fn, C.Fn, false, 0, Seen);
}

// ---- where it waits, and what holds it back -------------------------------------------------------------------------

const Stmt *LoopFacts::waits(const Code &C, const Loop &L) {
  for (const Event &E : C.Events)
    if (E.Site && within(C, E.Site, L.Statement) && U.get<Calls>().witness(C, E, Effect::Blocks))
      return E.Site;
  return findFirst<CoawaitExpr>(L.Statement, Walk::NoLambdas, [](const CoawaitExpr *) { return true; });
}

/// `if (fd < 0)` asks for an error, unless permits are counted down: `if (lanes.fetch_sub(1) <= 0)`, `if (--left < 0)`.
static bool isBound(Unit &U, const BinaryOperator *B) {
  auto Zero = [](const Expr *E) {
    const auto *L = dyn_cast<IntegerLiteral>(E->IgnoreParenImpCasts());
    return L && L->getValue() == 0;
  };
  auto Counts = [&](const Expr *E) {
    return anyOf<Expr>(E, Walk::WithImplicit, [&](const Expr *X) {
      const auto *O = dyn_cast<UnaryOperator>(X);
      return (O && O->isDecrementOp()) || U.role(X->getType()) == Role::Atomic;
    });
  };
  return B->isRelationalOp() &&
         ((!Zero(B->getRHS()) && !Zero(B->getLHS())) || Counts(B->getLHS()) || Counts(B->getRHS()));
}

static bool comparesWithBound(Unit &U, const Stmt *S, unsigned Depth = 0) {
  return anyOf<Expr>(S, Walk::WithImplicit, [&](const Expr *X) {
    if (const auto *B = dyn_cast<BinaryOperator>(X))
      return isBound(U, B);
    const auto *Call = dyn_cast<CallExpr>(X);
    const FunctionDecl *Asked =
        Call && Depth < 2 && Call->getType()->isBooleanType() ? U.visible(Call->getDirectCallee()) : nullptr;
    return Asked && comparesWithBound(U, Asked->getBody(), Depth + 1);
  });
}

/// Returns true if the wait is only come to where the task is known to be over: `if (session.done)
/// session.thread.join();`, `if (f.wait_for(0s) == ready) f.get();`. It clears up, and holds nothing back.
static bool onlyClearsUp(const Code &C, const Event &Wait) {
  auto Says = [&](const Expr *E) {
    if (C.U.role(E->getType()) == Role::Atomic)
      return true;
    if (llvm::any_of(C.at(E),
                     [&](unsigned I) { return C.Events[I].Kind == Op::Await && C.Events[I].may(Fact::Timed); }))
      return true;
    const auto *M = E->getType()->isBooleanType() ? dyn_cast<MemberExpr>(E) : nullptr;
    auto P = M ? C.place(M) : std::nullopt;
    return P && Wait.Object.valid() && P->Root == Wait.Object.Root && P->This == Wait.Object.This;
  };
  return llvm::any_of(guards(C, Wait.Site), [&](const Guard &G) {
    return !isLoop(G.By) && anyOf<Expr>(G.Condition, Walk::WithImplicit, Says) &&
           !comparesWithBound(C.U, G.Condition); // `if (running >= most) oldest.join();`
  });
}

/// What waits until fewer run, or takes a permit, in this statement or not far behind it: deep in what it calls
/// everything waits for something.
const Stmt *LoopFacts::heldBack(const Code &C, const Stmt *Within) {
  auto HoldsBack = [](const Code &In, const Event &E) {
    bool Waits = E.Kind == Op::Join || E.Kind == Op::Wait || E.Kind == Op::Consume ||
                 (E.Kind == Op::Await && !E.may(Fact::Timed));
    return (Waits && !onlyClearsUp(In, E)) || E.Kind == Op::WaitCondition ||
           ((E.Kind == Op::Acquire || E.Kind == Op::TryAcquire) && E.ObjectRole == Role::Semaphore);
  };
  for (const Event &E : C.Events) {
    if (!E.Site || !within(C, E.Site, Within))
      continue;
    auto Behind = E.Kind == Op::Call && E.Callee ? U.get<Calls>().find(E.Callee, HoldsBack) : std::nullopt;
    if (HoldsBack(C, E) || (Behind && Behind->Through.size() < 2))
      return E.Site;
  }
  return nullptr;
}

/// `if (running >= most) continue;`, `if (full()) return;`
const Stmt *LoopFacts::comparesInIf(const Stmt *Body) {
  return findFirst<IfStmt>(Body, Walk::NoLambdas,
                           [&](const IfStmt *If) { return comparesWithBound(U, If->getCond()); });
}

const Stmt *LoopFacts::limit(const Code &C, const Loop &L) {
  const Stmt *Found = heldBack(C, L.Statement);
  return Found ? Found : comparesInIf(loopBody(L.Statement));
}

const Stmt *LoopFacts::limit(const Code &C) {
  const Stmt *Found = heldBack(C, C.Fn->getBody());
  return Found ? Found : comparesInIf(C.Fn->getBody());
}

// ---- at most one at a time ------------------------------------------------------------------------------------------

/// Returns true if control goes from \p S out of the loop, by the end of one of the blocks around it.
static bool leftBehind(const Code &C, const Stmt *S, const Stmt *Loop) {
  bool Nested = false;
  for (const Stmt *Child = S, *P = C.parent(S); P && P != Loop; Child = P, P = C.parent(P)) {
    Nested |= isLoop(P) || isa<SwitchStmt>(P);
    const auto *Block = dyn_cast<CompoundStmt>(P);
    if (!Block || Block->body_empty())
      continue;
    const Stmt *Last = Block->body_back();
    if (!isa<ReturnStmt, CoreturnStmt>(Last) && (Nested || !isa<BreakStmt>(Last)))
      continue;
    auto From = llvm::find(Block->body(), Child);
    if (std::none_of(From, Block->body_end(), [](const Stmt *X) {
          return anyOf<ContinueStmt>(X, Walk::NoLambdas, [](const ContinueStmt *) { return true; });
        }))
      return true;
  }
  return false;
}

/// The objects that this truth value says are empty, null, or not started: `!t`, `!t.joinable()`, `t == nullptr`, and
/// for a local also what it was read from.
static llvm::SmallVector<Place, 2> emptyWhen(const Code &C, const Expr *E, bool Value) {
  bool Empty = !Value;
  if (const auto *B = dyn_cast<BinaryOperator>(E)) {
    if (!B->isEqualityOp() || !B->getRHS()->isNullPointerConstant(C.U.Ctx, Expr::NPC_ValueDependentIsNotNull))
      return {};
    Empty = Value == (B->getOpcode() == BO_EQ);
    E = unwrap(B->getLHS());
  } else if (const auto *M = dyn_cast<CXXMemberCallExpr>(E); M && M->getNumArgs() == 0) {
    const CXXMethodDecl *D = M->getMethodDecl();
    Empty ^= D && D->getIdentifier() && D->getName() == "empty";
    E = unwrap(M->getImplicitObjectArgument());
  }
  auto P = C.place(E);
  if (!P || !P->valid())
    return {};
  const auto *V = P->Path.empty() ? dyn_cast_or_null<VarDecl>(P->Root) : nullptr;
  bool Local = V && V->hasLocalStorage();
  if (!Empty && !(Local && V->getType()->isBooleanType())) // `if (first) { first = false; … }`
    return {};
  llvm::SmallVector<Place, 2> Out{*P};
  if (Local && V->getInit())
    forEach<DeclRefExpr>(V->getInit(), [&](const DeclRefExpr *DR) {
      if (auto From = C.place(DR))
        Out.push_back(*From);
    });
  return Out;
}

bool LoopFacts::once(const Code &C, const Stmt *S, const Stmt *Loop) {
  if (Loop && leftBehind(C, S, Loop))
    return true;
  const Stmt *Whole = Loop ? Loop : C.Fn->getBody();
  auto Outlives = [&](const Place &P) {
    const auto *V = dyn_cast_or_null<VarDecl>(P.Root);
    if (!V || !V->hasLocalStorage())
      return true;
    return Loop && !P.Element && !declaredIn(Loop, V);
  };
  return llvm::any_of(guards(C, S, Loop), [&](const Guard &G) {
    if (!G.Cases.empty())
      return false;
    // Where the condition has this value: its branch, or behind an `if` that leaves.
    const auto *If = dyn_cast<IfStmt>(G.By);
    const Stmt *Branch = !If ? nullptr : within(C, S, If) ? (G.Value ? If->getThen() : If->getElse()) : Whole;
    auto Writes = [&](const Place &P) {
      return P.last() && llvm::any_of(U.get<Uses>().in(C, P.last()), [&](const Use &X) {
               return X.is(Use::Stores | Use::Mutate) && within(C, X.Site, Branch);
             });
    };
    return implies(G.Condition, G.Value, [&](const Expr *E, bool Value) {
      for (unsigned I : C.at(E))
        if (C.Events[I].Kind == Op::Claim && E->getType()->isBooleanType())
          return true;
      return Branch && llvm::any_of(emptyWhen(C, E, Value), [&](const Place &P) { return Outlives(P) && Writes(P); });
    });
  });
}

// ---- the loops ------------------------------------------------------------------------------------------------------

const Loop &LoopFacts::of(const Code &C, const Stmt *Statement) {
  auto [It, New] = Loops.try_emplace(Statement);
  Loop &L = It->second; // a map: what is found meanwhile does not move it
  if (New) {
    L.Statement = Statement;
    findTrips(C, L);
    findExits(C, L);
    findEnd(C, L);
  }
  return L;
}

llvm::SmallVector<const Loop *, 4> LoopFacts::in(const Code &C) {
  llvm::SmallVector<const Loop *, 4> Out;
  forEach<Stmt>(C.Fn->getBody(), Walk::NoLambdas, [&](const Stmt *S) {
    if (isLoop(S))
      Out.push_back(&of(C, S));
  });
  return Out;
}

const Loop *LoopFacts::repeating(const Code &C, const Stmt *S) {
  const Stmt *Child = S;
  for (const Stmt *P = C.parent(S); P; Child = P, P = C.parent(P))
    if (isLoop(P)) {
      const auto *F = dyn_cast<ForStmt>(P);
      const auto *W = dyn_cast<WhileStmt>(P);
      const Stmt *Declared = F ? F->getConditionVariableDeclStmt() : W ? W->getConditionVariableDeclStmt() : nullptr;
      if (Child == loopBody(P) || Child == loopCondition(P) || (F && Child == F->getInc()) || Child == Declared)
        return &of(C, P);
    }
  return nullptr;
}

LoopFacts::LoopFacts(Unit &U) : U(U), Stops(U.get<StopFacts>()) {}

template std::shared_ptr<void> makeFacts<LoopFacts>(Unit &);

} // namespace heddle

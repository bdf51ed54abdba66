// A count of running tasks that the task itself raises, or its starter once the task is under way: whoever waits for
// zero may look before it has.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/HeldLocks.h"
#include "flow/Loops.h"
#include "flow/Mentions.h"
#include "flow/Unwrap.h"
#include "support/AstVisitor.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {
namespace {

/// A counter, told apart by the member or variable that it is.
const ValueDecl *keyOf(const Place &P) {
  if (P.Element)
    return nullptr;
  if (!P.Path.empty())
    return P.Path.back();
  return P.Root;
}
const ValueDecl *keyOf(const Code &C, const Expr *E) {
  auto P = C.place(E);
  return P ? keyOf(*P) : nullptr;
}

/// How an expression changes a counter: `++n`, `n += 1`, `n.fetch_add(1)` and their like. \p By is null for one.
const Expr *counted(const Stmt *S, bool &Up, const Expr *&By) {
  if (const auto *O = dyn_cast<UnaryOperator>(S); O && O->isIncrementDecrementOp()) {
    Up = O->isIncrementOp();
    return O->getSubExpr();
  }
  if (const auto *B = dyn_cast<BinaryOperator>(S);
      B && (B->getOpcode() == BO_AddAssign || B->getOpcode() == BO_SubAssign)) {
    Up = B->getOpcode() == BO_AddAssign;
    By = B->getRHS();
    return B->getLHS();
  }
  if (const auto *O = dyn_cast<CXXOperatorCallExpr>(S); O && O->getNumArgs()) {
    OverloadedOperatorKind K = O->getOperator();
    if (K == OO_PlusPlus || K == OO_MinusMinus || K == OO_PlusEqual || K == OO_MinusEqual) {
      Up = K == OO_PlusPlus || K == OO_PlusEqual;
      By = K == OO_PlusEqual || K == OO_MinusEqual ? O->getArg(1) : nullptr;
      return O->getArg(0);
    }
  }
  if (const auto *M = dyn_cast<CXXMemberCallExpr>(S))
    if (const CXXMethodDecl *D = M->getMethodDecl(); D && D->getIdentifier() && D->getParent()->isInStdNamespace())
      if (D->getName() == "fetch_add" || D->getName() == "fetch_sub") {
        Up = D->getName() == "fetch_add";
        By = M->getNumArgs() ? M->getArg(0) : nullptr;
        return M->getImplicitObjectArgument();
      }
  return nullptr;
}
const Expr *counted(const Stmt *S) {
  bool Up = false;
  const Expr *By = nullptr;
  return counted(S, Up, By);
}

bool isNegative(const Expr *E, const ASTContext &Ctx) {
  Expr::EvalResult R;
  return E && !E->isValueDependent() && E->getType()->isIntegralOrEnumerationType() && E->EvaluateAsInt(R, Ctx) &&
         R.Val.getInt().isSigned() && R.Val.getInt().isNegative();
}

struct Change {
  const ValueDecl *Key;
  bool Up;
  llvm::SmallVector<std::pair<const Stmt *, SourceLocation>, 4> Way; ///< the calls that lead to it, and itself
  const ParmVarDecl *By = nullptr;                                   ///< it goes up by what the caller says
  bool Looped = false, Late = false; ///< in a loop; after something was taken out of a queue
};

/// The counts that a body changes, also in what it calls and in the constructors and destructors of its locals.
class Changes {
public:
  explicit Changes(Unit &U) : U(U) {}

  const std::vector<Change> &of(const Code &C) {
    auto [It, New] = Known.try_emplace(&C);
    if (New) // in recursion there is nothing new
      It->second = find(C);
    return Known[&C];
  }

private:
  Unit &U;
  std::map<const Code *, std::vector<Change>> Known;

  std::vector<Change> find(const Code &C) {
    std::vector<Change> Out;
    struct Finder : AstVisitor {
      const Code &C;
      std::vector<Change> &Out;
      Finder(const Code &C, std::vector<Change> &O) : C(C), Out(O) {}
      bool TraverseLambdaExpr(const LambdaExpr *) override { return true; }
      bool VisitStmt(const Stmt *S) override {
        bool Up = false;
        const Expr *By = nullptr;
        if (const Expr *E = counted(S, Up, By))
          if (const ValueDecl *K = keyOf(C, E)) {
            const auto *DR = By ? dyn_cast<DeclRefExpr>(By->IgnoreParenImpCasts()) : nullptr;
            Out.push_back({K,
                           Up != isNegative(By, C.U.Ctx),
                           {{S, S->getBeginLoc()}},
                           Up && DR ? dyn_cast<ParmVarDecl>(DR->getDecl()) : nullptr});
          }
        return true;
      }
    } F(C, Out);
    F.TraverseStmt(C.Fn->getBody());
    for (const Event &E : C.Events) {
      if ((E.Kind == Op::Enter || E.Kind == Op::Leave) && E.Object.valid()) {
        if (const ValueDecl *K = keyOf(E.Object))
          Out.push_back({K, E.Kind == Op::Enter, {{E.Site, E.loc()}}});
        // One that is written by hand may have another name where it is waited for; the count inside has one.
        if (E.Callee)
          through(C, E, Out);
      } else if (E.Kind == Op::Call && E.Callee)
        through(C, E, Out);
    }
    const SourceManager &SM = U.Ctx.getSourceManager();
    for (Change &X : Out) {
      const Stmt *Site = X.Way.front().first;
      X.Looped |= enclosingLoop(C, Site) != nullptr;
      for (const Event &E : C.Events)
        if ((E.Kind == Op::Extract || E.Kind == Op::Receive || E.Kind == Op::TryReceive) && E.Site &&
            SM.isBeforeInTranslationUnit(E.Site->getBeginLoc(), Site->getBeginLoc()))
          X.Late = true;
    }
    return Out;
  }

  /// The changes of a callee, in the caller's names: members keep theirs, parameters become arguments.
  void through(const Code &C, const Event &Call, std::vector<Change> &Out) {
    const Code *Inner = U.code(Call.Callee);
    if (!Inner || Inner == &C)
      return;
    auto Given = [&](const ParmVarDecl *P) -> const Expr * {
      unsigned I = P->getFunctionScopeIndex();
      if (const auto *CE = dyn_cast<CXXConstructExpr>(Call.Site))
        return I < CE->getNumArgs() ? CE->getArg(I) : nullptr;
      const auto *X = dyn_cast<CallExpr>(Call.Site);
      return X && !isa<CXXOperatorCallExpr>(X) && I < X->getNumArgs() ? X->getArg(I) : nullptr;
    };
    auto Argument = [&](const ParmVarDecl *P) -> const ValueDecl * {
      const Expr *A = Given(P);
      return A ? keyOf(C, A) : nullptr;
    };
    const auto *Ctor = dyn_cast<CXXConstructorDecl>(Inner->Fn);
    auto Named = [&](const ValueDecl *K) -> const ValueDecl * {
      if (const auto *P = dyn_cast<ParmVarDecl>(K))
        return P->getDeclContext() == static_cast<const DeclContext *>(Inner->Fn) ? Argument(P) : K;
      if (const auto *Fd = dyn_cast<FieldDecl>(K); Fd && Ctor) {
        // A guard that counts holds the counter by reference.
        for (const CXXCtorInitializer *I : Ctor->inits())
          if (I->getMember() == Fd && I->getInit() &&
              (Fd->getType()->isReferenceType() || Fd->getType()->isPointerType()))
            if (const auto *P = dyn_cast_or_null<ParmVarDecl>(keyOf(*Inner, I->getInit())))
              return Argument(P);
      }
      return K;
    };
    auto Take = [&](const std::vector<Change> &Of) {
      for (Change X : Of) {
        if (X.Way.size() > 4 || !(X.Key = Named(X.Key)))
          continue;
        if (const ParmVarDecl *P = X.By) {
          X.By = nullptr;
          if (const Expr *A = P->getDeclContext() == static_cast<const DeclContext *>(Inner->Fn) ? Given(P) : nullptr) {
            X.Up = !isNegative(A, U.Ctx);
            if (const auto *DR = dyn_cast<DeclRefExpr>(A->IgnoreParenImpCasts()))
              X.By = dyn_cast<ParmVarDecl>(DR->getDecl());
          }
        }
        X.Way.insert(X.Way.begin(), {Call.Site, Call.loc()});
        Out.push_back(std::move(X));
      }
    };
    Take(of(*Inner));
    if (Ctor)
      if (const Code *Dtor = Ctor->getParent()->getDestructor() ? U.code(Ctor->getParent()->getDestructor()) : nullptr)
        Take(of(*Dtor));
  }
};

/// Does the condition say that this counter, and nothing else, has come down to zero (or has not yet)?
bool asksForZero(const Code &C, const Expr *Condition, const ValueDecl *Key) {
  struct Finder : AstVisitor {
    const Code &C;
    const ValueDecl *Key;
    bool Mine = false, Zero = false, Bare = true, Others = false;
    Finder(const Code &C, const ValueDecl *K) : C(C), Key(K) {}
    bool VisitBinaryOperator(const BinaryOperator *B) override {
      if (B->isLogicalOp())
        Others = true;
      if (B->isComparisonOp()) {
        Bare = false;
        for (const Expr *Side : {B->getLHS(), B->getRHS()}) {
          Expr::EvalResult R;
          if (!Side->isValueDependent() && Side->getType()->isIntegralOrEnumerationType() &&
              Side->EvaluateAsInt(R, C.U.Ctx))
            Zero |= R.Val.getInt() == 0 || R.Val.getInt() == 1;
        }
      }
      return true;
    }
    bool VisitDeclRefExpr(const DeclRefExpr *E) override {
      Mine |= E->getDecl() == Key;
      return true;
    }
    bool VisitMemberExpr(const MemberExpr *E) override {
      if (const auto *F = dyn_cast<FieldDecl>(E->getMemberDecl()))
        Mine |= F->getCanonicalDecl() == Key;
      return true;
    }
  } F(C, Key);
  F.TraverseStmt(Condition);
  return F.Mine && (F.Zero || F.Bare) && !F.Others;
}

/// Does a loop do something that may lower what it waits for, as the turns of an event loop do?
bool works(const Stmt *Loop) {
  auto OfStd = [](const FunctionDecl *F) {
    for (const DeclContext *In = F ? F->getDeclContext() : nullptr; In; In = In->getParent())
      if (In->isStdNamespace())
        return true;
    return false;
  };
  return mentions(loopBody(Loop), [&](const Stmt *S) {
    const auto *Call = dyn_cast<CallExpr>(S);
    return Call && !OfStd(Call->getDirectCallee());
  });
}

/// Where somebody waits for the counter to come down to zero, but in these bodies. \p Idly: in a loop that does nothing
/// meanwhile.
SourceLocation waiter(Unit &U, const ValueDecl *Key, llvm::ArrayRef<const Code *> NotIn, bool Idly = false) {
  for (const FunctionDecl *F : U.Functions) {
    Code *C = U.code(F);
    if (!C || llvm::is_contained(NotIn, C))
      continue;
    for (const Event &E : C->Events) {
      if ((E.Kind == Op::Wait || (E.Kind == Op::WaitCondition && U.role(Key->getType()) == Role::Atomic)) &&
          E.Object.valid() && keyOf(E.Object) == Key)
        return E.loc();
      if (E.Kind != Op::WaitCondition)
        continue;
      const auto *Call = dyn_cast_or_null<CallExpr>(E.Site);
      for (unsigned I = 0; Call && I != Call->getNumArgs(); ++I)
        for (const CallableRef &R : C->callables(Call->getArg(I))) {
          const Code *Predicate = R.Body ? U.code(R.Body) : nullptr;
          const auto *Body = Predicate ? dyn_cast<CompoundStmt>(Predicate->Fn->getBody()) : nullptr;
          const auto *Ret = Body && Body->size() == 1 ? dyn_cast<ReturnStmt>(Body->body_front()) : nullptr;
          if (Ret && Ret->getRetValue() && asksForZero(*Predicate, Ret->getRetValue(), Key))
            return E.loc();
        }
    }
    struct Loops : AstVisitor {
      const Code &C;
      const ValueDecl *Key;
      bool Idly;
      SourceLocation Found;
      Loops(const Code &C, const ValueDecl *K, bool I) : C(C), Key(K), Idly(I) {}
      bool TraverseLambdaExpr(const LambdaExpr *) override { return true; }
      bool VisitStmt(const Stmt *S) override {
        const Expr *Cond = loopBody(S) ? loopCondition(S) : nullptr;
        if (Cond && asksForZero(C, Cond, Key) && !changes(loopBody(S)) && !(Idly && works(S)))
          Found = Cond->getBeginLoc();
        return Found.isInvalid();
      }
      bool changes(const Stmt *S) const {
        if (!S)
          return false;
        if (const Expr *E = counted(S); E && keyOf(C, E) == Key)
          return true;
        return llvm::any_of(S->children(), [&](const Stmt *X) { return changes(X); });
      }
    } L(*C, Key, Idly);
    L.TraverseStmt(C->Fn->getBody());
    if (L.Found.isValid())
      return L.Found;
  }
  return {};
}

/// Does the starter wait, after the start, for a sign that the task gives?
bool isToldOfTheStart(const Code &C, const Event &Start, const Code &Task, const ValueDecl *Key) {
  const SourceManager &SM = C.U.Ctx.getSourceManager();
  for (const Event &S : Task.Events) {
    bool Signs = S.Kind == Op::Fulfil || S.Kind == Op::Leave || S.Kind == Op::Send || S.Kind == Op::Notify ||
                 (S.Kind == Op::Release && S.ObjectRole == Role::Semaphore);
    const ValueDecl *What = Signs && S.Object.valid() ? keyOf(S.Object) : nullptr;
    if (!What || What == Key)
      continue;
    for (const Event &W : C.Events)
      if (W.Site && W.Object.valid() && keyOf(W.Object) == What &&
          SM.isBeforeInTranslationUnit(Start.Site->getEndLoc(), W.Site->getBeginLoc()))
        return true;
    if (S.Kind == Op::Fulfil) // waited for by its future
      for (const Event &W : C.Events)
        if ((W.Kind == Op::Await || W.Kind == Op::Consume) && W.Site &&
            SM.isBeforeInTranslationUnit(Start.Site->getEndLoc(), W.Site->getBeginLoc()))
          return true;
  }
  return false;
}

/// Where the task raises a count that it lowers again, in the body that does both: what its starter should do. Invalid
/// when it does not lower it.
SourceLocation together(const Change &Raise, llvm::ArrayRef<Change> All) {
  SourceLocation Found;
  unsigned Deepest = 0;
  for (const Change &X : All) {
    if (X.Key != Raise.Key || X.Up || X.Looped)
      continue;
    unsigned I = 0; // a guard does both in its own way
    while (I + 1 < std::min(X.Way.size(), Raise.Way.size()) && X.Way[I].first == Raise.Way[I].first &&
           !isa<CXXConstructExpr>(Raise.Way[I].first))
      ++I;
    if (Found.isInvalid() || I > Deepest)
      Found = Raise.Way[Deepest = I].second;
  }
  return Found;
}

void inBody(Code &C, Reporter &R) {
  Unit &U = C.U;
  Changes Find(U);
  std::optional<std::vector<Change>> Mine;
  for (const Event &E : C.Events) {
    if (E.Kind != Op::Spawn && E.Kind != Op::Defer)
      continue;
    for (const CallableRef &T : E.Tasks) {
      const Code *Task = T.Body ? U.code(T.Body) : nullptr;
      if (!Task)
        continue;
      std::vector<Change> All = Find.of(*Task);
      llvm::SmallVector<SourceLocation, 2> Said; // one that is counted under two names is one
      // What is handed over as an argument has another name in there.
      for (Change &X : All)
        if (const auto *P = dyn_cast_or_null<ParmVarDecl>(X.Key);
            P && P->getDeclContext() == static_cast<const DeclContext *>(Task->Fn))
          X.Key = P->getFunctionScopeIndex() < T.Args.size() ? keyOf(C, T.Args[P->getFunctionScopeIndex()]) : nullptr;
      for (const Change &Raise : All) {
        if (!Raise.Key || !Raise.Up || Raise.Looped || Raise.Late)
          continue;
        SourceLocation Where = together(Raise, All);
        if (Where.isInvalid() || llvm::is_contained(Said, Where))
          continue;
        if (!Mine)
          Mine = Find.of(C);
        if (llvm::any_of(*Mine, [&](const Change &X) { return X.Key == Raise.Key && X.Up; }))
          continue; // its starter has counted it: this one is a child's
        SourceLocation Waits = waiter(U, Raise.Key, Task);
        if (Waits.isInvalid() || isToldOfTheStart(C, E, *Task, Raise.Key))
          continue;
        std::string Name = Raise.Key->getNameAsString();
        Said.push_back(Where);
        R.report(Where,
                 "the task counts itself into '" + Name +
                     "': whoever waits for zero before the task has got here goes on while it runs; count it before it "
                     "is started",
                 {{E.loc(), "the task is started here, and nothing has counted it"}, {Waits, "here it is waited for"}});
      }
    }
  }
}

// ---- a count that its starter raises too late -----------------------------------------------------------------------

/// A place of a body that hands a task over, and who counts it off.
struct HandOver {
  const Stmt *Site;
  const Code *Lowers; ///< the task itself, or the worker that runs it
  Change Down;
  bool Concurrent; ///< surely on another thread
};

/// Is the first of them over before the second begins, on every way to the second? A condition on what the first
/// yields may stand between them.
bool surelyFollows(const Code &C, const Stmt *First, const Stmt *Then) {
  if (!C.U.Ctx.getSourceManager().isBeforeInTranslationUnit(First->getBeginLoc(), Then->getBeginLoc()))
    return false;
  for (const Stmt *S = C.parent(Then), *Child = Then; S; Child = S, S = C.parent(S)) {
    if (const auto *If = dyn_cast<IfStmt>(S)) {
      if (Child != If->getThen() && Child != If->getElse())
        continue; // its condition
      return Child == If->getThen() && within(C, First, If->getCond());
    }
    if (isa<CompoundStmt>(S) && within(C, First, S))
      return true;
    if (isLoop(S) || isa<SwitchStmt, CXXCatchStmt, AbstractConditionalOperator, LambdaExpr>(S))
      return false;
    if (const auto *B = dyn_cast<BinaryOperator>(S); B && B->isLogicalOp() && Child == B->getRHS())
      return false;
  }
  return false;
}

/// The members of the class into which a body puts things, also through members that it calls, and where it does.
void puts(const Code &C, std::vector<std::pair<const ValueDecl *, const Stmt *>> &Into, unsigned Depth = 0,
          const Stmt *For = nullptr) {
  for (const Event &E : C.Events) {
    const ValueDecl *Queue =
        E.Kind == Op::Insert || E.Kind == Op::Send || E.Kind == Op::TrySend ? keyOf(E.Object) : nullptr;
    if (E.Object.This && isa_and_nonnull<FieldDecl>(Queue))
      Into.emplace_back(Queue, For ? For : E.Site);
    const Code *Inner = E.Kind == Op::Call && E.Callee && E.Object.This && E.Object.Path.empty() && Depth < 2
                            ? C.U.code(E.Callee)
                            : nullptr;
    if (Inner && Inner != &C)
      puts(*Inner, Into, Depth + 1, For ? For : E.Site);
  }
}

/// Does the body lower the count when it has taken something out of the queue and called what it took, in one turn?
bool countsOffTaken(const Code &C, const ValueDecl *Queue, const Change &Down) {
  const Stmt *Lowers = Down.Way.front().first, *Turn = enclosingLoop(C, Lowers);
  const Event *Taken = nullptr;
  bool Runs = false;
  for (const Event &E : C.Events) {
    if (!E.Site || enclosingLoop(C, E.Site) != Turn)
      continue;
    if (E.Kind == Op::Extract || E.Kind == Op::Receive || E.Kind == Op::TryReceive)
      if (keyOf(E.Object) == Queue)
        Taken = &E;
    Runs |= Taken && E.Kind == Op::Call && !E.Callee && surelyFollows(C, E.Site, Lowers);
  }
  return Runs;
}

/// Is the count known to be for several threads: an atomic, or lowered under a lock?
bool isShared(const Change &Down, const Code &By, HeldLocks &Held) {
  Unit &U = By.U;
  if (U.role(Down.Key->getType()) == Role::Atomic)
    return true;
  const Stmt *At = Down.Way.back().first;
  Code *C = Down.Way.size() == 1 ? U.code(By.Fn) : U.codeWith(At);
  return C && !Held.at(*C, At).empty();
}

/// Where the body that counts off does something else, when it has come to zero, than to wake who looks for himself:
/// `if (--open == 0) done.set_value();`. Nobody does it where the starter's own step comes to zero.
const Event *doneAtZero(const HandOver &H) {
  const Code &C = *H.Lowers;
  if (H.Down.Way.size() != 1)
    return nullptr;
  const Stmt *At = H.Down.Way.front().first;
  const IfStmt *Asks = nullptr;
  for (const Stmt *Child = At, *S = C.parent(At); S && !Asks; Child = S, S = C.parent(S)) {
    if (const auto *If = dyn_cast<IfStmt>(S); If && If->getCond() == Child && asksForZero(C, If->getCond(), H.Down.Key))
      Asks = If;
    else if (!isa<Expr>(S))
      return nullptr;
  }
  if (!Asks)
    return nullptr;
  for (const Event &E : C.Events) {
    bool Acts = E.Kind == Op::Fulfil || E.Kind == Op::TryFulfil || E.Kind == Op::Send || E.Kind == Op::Leave ||
                (E.Kind == Op::Release && E.ObjectRole == Role::Semaphore) || (E.Kind == Op::Call && !E.Callee);
    if (Acts && E.Site && within(C, E.Site, Asks->getThen()))
      return &E;
  }
  return nullptr;
}

/// Does the body wait for anything before the statement, or between two of them?
bool waitsBefore(const Code &C, const Stmt *Until, const Stmt *From = nullptr) {
  const SourceManager &SM = C.U.Ctx.getSourceManager();
  return llvm::any_of(C.Events, [&](const Event &E) {
    bool Waits = has(E.Kind, OpTraits::Blocks) || (E.Kind == Op::Acquire && E.ObjectRole == Role::Semaphore);
    return Waits && E.Kind != Op::Sleep && E.Site &&
           SM.isBeforeInTranslationUnit(E.Site->getBeginLoc(), Until->getBeginLoc()) &&
           (!From || SM.isBeforeInTranslationUnit(From->getBeginLoc(), E.Site->getBeginLoc()));
  });
}

/// Is what the starter raises the very count that the task lowers, and not the same member of another object?
bool isSameObject(const Code &C, const Change &Up, const HandOver &H) {
  if (!isa<FieldDecl>(Up.Key))
    return true;
  auto Of = [](const Code &In, const Change &X) -> std::optional<Place> {
    const Stmt *S = X.Way.front().first;
    if (const Expr *E = counted(S))
      return In.place(E);
    for (const Event &E : In.Events) // a step of a group, or a call of a member
      if (E.Site == S && E.Object.valid())
        return E.Object;
    return std::nullopt;
  };
  auto Mine = Of(C, Up), Theirs = Of(*H.Lowers, H.Down);
  return Mine && Theirs && Mine->This == Theirs->This && Mine->Root == Theirs->Root;
}

/// Does the count begin with more than nothing, or does the starter hold a share of its own?
bool isFilled(const Code &C, const ValueDecl *Key, llvm::ArrayRef<Change> Mine) {
  const auto *V = dyn_cast<VarDecl>(Key);
  if (V && mentions(V->getInit(), [](const Stmt *S) {
        const auto *N = dyn_cast<IntegerLiteral>(S);
        return isa<DeclRefExpr, MemberExpr>(S) || (N && N->getValue() != 0);
      }))
    return true;
  return llvm::any_of(Mine, [&](const Change &X) { return X.Key == Key && !X.Up; }) ||
         mentions(C.Fn->getBody(), [&](const Stmt *S) {
           const Expr *To = nullptr;
           if (const auto *B = dyn_cast<BinaryOperator>(S); B && B->getOpcode() == BO_Assign)
             To = B->getLHS();
           else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(S); O && O->getOperator() == OO_Equal)
             To = O->getArg(0);
           else if (const auto *M = dyn_cast<CXXMemberCallExpr>(S); M && M->getMethodDecl() &&
                                                                    M->getMethodDecl()->getIdentifier() &&
                                                                    M->getMethodDecl()->getName() == "store")
             To = M->getImplicitObjectArgument();
           return To && keyOf(C, To) == Key;
         });
}

/// What a body hands over: callables that count themselves off, and what it puts into a queue from which a worker of
/// the same class takes it, calls it and counts it off.
std::vector<HandOver> handOvers(Code &C, Changes &Find) {
  std::vector<HandOver> All;
  Unit &U = C.U;
  for (const Event &E : C.Events) {
    if (!E.Site || (E.Kind != Op::Spawn && (E.Kind != Op::Defer || E.Model)))
      continue;
    for (const CallableRef &T : E.Tasks) {
      const Code *Task = T.Lambda && T.Body ? U.code(T.Body) : nullptr;
      if (!Task)
        continue;
      for (const Change &X : Find.of(*Task))
        // What the task waits for may be its starter's leave to go on.
        if (!X.Up && !X.Looped && !waitsBefore(*Task, X.Way.front().first))
          All.push_back({E.Site, Task, X, E.Kind == Op::Spawn});
    }
  }
  std::vector<std::pair<const ValueDecl *, const Stmt *>> Queues;
  const auto *M = dyn_cast<CXXMethodDecl>(C.Fn);
  if (M && !M->getParent()->isLambda())
    puts(C, Queues);
  for (const auto &[Queue, Site] : Queues)
    for (const FunctionDecl *F : U.Functions) {
      const Code *Worker = U.code(F);
      if (!Worker || Worker == &C || llvm::none_of(Worker->Events, [&, Q = Queue](const Event &E) {
            return (E.Kind == Op::Extract || E.Kind == Op::Receive || E.Kind == Op::TryReceive) && keyOf(E.Object) == Q;
          }))
        continue;
      for (const Change &X : Find.of(*Worker))
        if (!X.Up && countsOffTaken(*Worker, Queue, X))
          All.push_back({Site, Worker, X, true});
    }
  return All;
}

/// `pool.post([&] { work(); --open; }); ++open;`: the task may be counted off before it is counted.
void countedLate(Code &C, Reporter &R) {
  Unit &U = C.U;
  if (isa<CXXConstructorDecl, CXXDestructorDecl>(C.Fn))
    return; // nobody else waits yet, or any more
  Changes Find(U);
  const std::vector<Change> Mine = Find.of(C);
  if (llvm::none_of(Mine, [](const Change &X) { return X.Up; }))
    return;
  std::optional<HeldLocks> Held;
  llvm::SmallVector<const ValueDecl *, 2> Said;
  for (const HandOver &H : handOvers(C, Find)) {
    const ValueDecl *Key = H.Down.Key;
    auto Raises = [&](const Change &X) { return X.Key == Key && X.Up; };
    auto Late = [&](const Change &X) { return Raises(X) && surelyFollows(C, H.Site, X.Way.front().first); };
    auto Raise = llvm::find_if(Mine, Late);
    // Inside another object's member the count goes by that object's name.
    if (Raise == Mine.end() || !Key || llvm::is_contained(Said, Key) || Raise->Way.size() > 1 ||
        !isSameObject(C, *Raise, H) || isFilled(C, Key, Mine) ||
        llvm::any_of(Mine, [&](const Change &X) { return Raises(X) && !Late(X); }) ||
        llvm::any_of(Find.of(*H.Lowers), Raises))
      continue;
    const Stmt *At = Raise->Way.front().first;
    const auto *Local = dyn_cast<VarDecl>(Key);
    const Event *Acts = doneAtZero(H);
    // One thread that starts all of them and waits for them then has counted them all: its own order keeps the sum.
    SourceLocation Waits;
    if (!Local || Local->hasGlobalStorage())
      Waits = waiter(U, Key, {&C, H.Lowers}, true);
    if ((Waits.isInvalid() && !Acts) || waitsBefore(C, At, H.Site))
      continue;
    if (!Held)
      Held.emplace(U);
    auto Locks = Held->at(C, H.Site);
    bool Excludes = llvm::any_of(Held->at(C, At), [&](const Place &L) { return llvm::is_contained(Locks, L); });
    if (Excludes || Held->demanded(C) || Held->byHand(C, At) || (!H.Concurrent && !isShared(H.Down, *H.Lowers, *Held)))
      continue;
    Said.push_back(Key);
    std::string Name = Key->getNameAsString();
    R.report(At->getBeginLoc(),
             "the task is counted into '" + Name +
                 "' when it is handed over already: it may end and be counted off first, so that the count " +
                 (Waits.isValid() ? "is zero while others run, or falls below it, and whoever waits for zero goes on"
                                  : "comes to zero too early or not in the task that looks for it") +
                 "; count it before it is handed over",
             {{H.Site->getBeginLoc(), "the task is handed over here"},
              {H.Down.Way.back().second, "it is counted off here"},
              Waits.isValid() ? StoryLine{Waits, "here it is waited for"}
                              : StoryLine{Acts->loc(), "this is done by the task that comes to zero"}});
  }
}

const MatchCheck Check({.Name = "count-inside-task",
                        .Family = "tasks",
                        .Level = Tier::Bug,
                        .Summary = "Finds counts of running tasks that are raised by the task or after its start.",
                        .Rows = "P2 L13",
                        .Preview = true},
                       [](Code &C, Reporter &R) {
                         inBody(C, R);
                         countedLate(C, R);
                       });

} // namespace
} // namespace heddle

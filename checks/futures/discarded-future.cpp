// A task's result that nobody takes. What then happens depends on the library: the destructor of std::async's future
// waits, so that the code is sequential; other futures lose what the task threw.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Discarded.h"
#include "flow/Loops.h"
#include "flow/Mentions.h"
#include "flow/Throws.h"
#include "flow/Unwrap.h"
#include "support/AstVisitor.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {
namespace {

bool isFuture(Role R) { return R == Role::Future || R == Role::SharedFuture; }

/// The event with which this very call starts the task that its result stands for.
const Event *startedBy(const Code &C, const Expr *Call) {
  for (unsigned I : C.at(Call))
    if (C.Events[I].Kind == Op::Spawn && C.Events[I].Model && C.Events[I].Model->On.K == Operand::Result)
      return &C.Events[I];
  return nullptr;
}

/// The call behind the copies and conversions around it.
const Expr *behindCopies(const Expr *E) {
  for (E = unwrap(E); E; E = unwrap(E)) {
    const auto *CE = dyn_cast<CXXConstructExpr>(E);
    if (!CE || CE->getNumArgs() != 1)
      return E;
    E = CE->getArg(0);
  }
  return E;
}

/// The start of the task whose future a function with a visible body hands out, or null.
const Event *startedInside(Unit &U, const FunctionDecl *F, unsigned Depth = 0) {
  const Code *C = F && Depth < 3 ? U.code(F) : nullptr;
  if (!C)
    return nullptr;
  for (const ReturnStmt *R : returnsIn(C->Fn->getBody())) {
    const Expr *E = R->getRetValue() ? behindCopies(R->getRetValue()) : nullptr;
    if (const auto *Call = dyn_cast_or_null<CallExpr>(E);
        Call && Call->getDirectCallee() && Call->getNumArgs() == 1 && C->place(Call)) // std::move(f)
      E = behindCopies(Call->getArg(0));
    if (const auto *DR = dyn_cast_or_null<DeclRefExpr>(E))
      if (const auto *Var = dyn_cast<VarDecl>(DR->getDecl()); Var && Var->hasLocalStorage() && Var->getInit())
        E = behindCopies(Var->getInit());
    const auto *Call = dyn_cast_or_null<CallExpr>(E);
    if (!Call)
      continue;
    if (const Event *S = startedBy(*C, Call))
      return S;
    if (const Event *S = startedInside(U, Call->getDirectCallee(), Depth + 1))
      return S;
  }
  return nullptr;
}

/// Does a visible function wrap what it is given into a packaged task, and return that one's future?
bool returnsPackaged(Unit &U, const FunctionDecl *F) {
  const Code *C = F ? U.code(F) : nullptr;
  if (!C)
    return false;
  for (const Event &E : C->Events) {
    const TypeModel *M = E.Kind == Op::GetFuture && E.Object.valid() && E.Object.last()
                             ? U.type(U.pointee(E.Object.last()->getType()))
                             : nullptr;
    if (!M || !M->With.has(Fact::CarriesExceptions))
      continue;
    const auto *Got = dyn_cast_or_null<Expr>(E.Site);
    auto Kept = Got ? C->destination(Got) : std::nullopt;
    for (const ReturnStmt *R : returnsIn(C->Fn->getBody()))
      if (Got && (within(*C, Got, R) || (Kept && Kept->Root && mentions(R, Kept->Root))))
        return true;
  }
  return false;
}

/// What a body writes that others can see: members of its object, variables that it does not own.
class Writes : public AstVisitor {
public:
  explicit Writes(Unit &U) : U(U) {}
  llvm::DenseMap<const ValueDecl *, SourceLocation> Of;

  void in(const FunctionDecl *F, unsigned Depth = 0) {
    Code *Body = Depth < 3 ? U.code(F) : nullptr;
    if (!Body)
      return;
    const Code *Outer = C;
    C = Body;
    TraverseStmt(Body->Fn->getBody());
    C = Outer;
    for (const Event &E : Body->Events)
      if (E.Kind == Op::Call && E.Callee && E.Object.This && E.Object.Path.empty())
        in(E.Callee, Depth + 1);
  }

  bool shouldVisitImplicitCode() const override { return true; }
  bool VisitBinaryOperator(const BinaryOperator *B) override {
    if (B->isAssignmentOp())
      note(B->getLHS());
    return true;
  }
  bool VisitUnaryOperator(const UnaryOperator *O) override {
    if (O->isIncrementDecrementOp())
      note(O->getSubExpr());
    return true;
  }
  bool VisitCXXOperatorCallExpr(const CXXOperatorCallExpr *O) override {
    const auto *M = dyn_cast_or_null<CXXMethodDecl>(O->getDirectCallee());
    if (O->getNumArgs() && (O->isAssignmentOp() || (M && !M->isConst() && O->getOperator() != OO_Call)))
      note(O->getArg(0));
    return true;
  }
  bool VisitCXXMemberCallExpr(const CXXMemberCallExpr *M) override {
    if (M->getMethodDecl() && !M->getMethodDecl()->isConst() && M->getImplicitObjectArgument())
      note(M->getImplicitObjectArgument());
    return true;
  }

private:
  Unit &U;
  const Code *C = nullptr;

  void note(const Expr *E) {
    auto P = C->place(E);
    if (!P || U.role(E->getType()) == Role::Atomic)
      return;
    const ValueDecl *V = nullptr;
    if (P->This && P->Path.size() == 1)
      V = P->Path.front();
    else if (const auto *Var = dyn_cast_or_null<VarDecl>(P->Root); Var && P->Path.empty() && !P->This)
      if (!(Var->hasLocalStorage() && Var->getParentFunctionOrMethod() == static_cast<const DeclContext *>(C->Fn)))
        V = Var;
    // A channel or a promise of its own orders those who use it.
    if (V && (U.role(V->getType()) == Role::None || U.role(V->getType()) == Role::Container ||
              U.role(V->getType()) == Role::SmartPointer))
      Of.try_emplace(V, E->getExprLoc());
  }
};

/// The first mention of one of these in the rest of a body.
class ReadAfter : public AstVisitor {
public:
  ReadAfter(const Code &C, SourceLocation After, const Writes &W) : C(C), After(After), W(W) {}
  const Expr *First = nullptr;
  const ValueDecl *What = nullptr;

  bool TraverseLambdaExpr(const LambdaExpr *) override { return true; }
  bool VisitDeclRefExpr(const DeclRefExpr *E) override {
    note(E, E->getDecl());
    return true;
  }
  bool VisitMemberExpr(const MemberExpr *E) override {
    if (const auto *F = dyn_cast<FieldDecl>(E->getMemberDecl());
        F && isa<CXXThisExpr>(E->getBase()->IgnoreParenImpCasts()))
      note(E, F->getCanonicalDecl());
    return true;
  }

private:
  const Code &C;
  SourceLocation After;
  const Writes &W;
  void note(const Expr *E, const ValueDecl *D) {
    const SourceManager &SM = C.U.Ctx.getSourceManager();
    if (!W.Of.contains(D) || !SM.isBeforeInTranslationUnit(After, E->getBeginLoc()))
      return;
    if (!First || SM.isBeforeInTranslationUnit(E->getBeginLoc(), First->getBeginLoc())) {
      First = E;
      What = D;
    }
  }
};

/// Fire and forget is fine, unless the rest of the function looks at what the task has yet to do.
void readWithoutWaiting(Code &C, Reporter &R, const Event &Start) {
  Unit &U = C.U;
  Writes W(U);
  for (const CallableRef &T : Start.Tasks) {
    if (!T.Body)
      return;
    const Code *Body = U.code(T.Body);
    if (!Body || (T.Receiver && !(T.Receiver->This && T.Receiver->Path.empty())))
      return;
    for (const Event &E : Body->Events)
      if (E.Kind == Op::Acquire || E.Kind == Op::AcquireShared || E.Kind == Op::Defer)
        return; // it is handed over by other means
    if (isa<CXXMethodDecl>(T.Body) && !T.Lambda && !T.Receiver)
      return;
    W.in(T.Body);
  }
  const SourceManager &SM = U.Ctx.getSourceManager();
  SourceLocation After = Start.Site->getEndLoc();
  ReadAfter Reads(C, After, W);
  Reads.TraverseStmt(C.Fn->getBody());
  if (!Reads.First)
    return;
  for (const Event &E : C.Events)
    if (E.Site && has(E.Kind, OpTraits::Blocks) && SM.isBeforeInTranslationUnit(After, E.Site->getBeginLoc()) &&
        SM.isBeforeInTranslationUnit(E.Site->getBeginLoc(), Reads.First->getBeginLoc()))
      return; // that may be the wait
  std::string Name = Reads.What->getNameAsString();
  R.report(Start.loc(),
           "the future of this task is dropped, so nobody can wait for it, and '" + Name +
               "', which the task writes, is used below while it may still run; keep the future and wait for it first",
           {{W.Of.lookup(Reads.What), "the task writes '" + Name + "' here"},
            {Reads.First->getBeginLoc(), "'" + Name + "' is used here without waiting"}});
}

constexpr const char *Sequential =
    "its destructor waits for the task at the end of this statement, so that nothing runs concurrently";

void dropped(Code &C, Reporter &R, const Expr *Full) {
  Unit &U = C.U;
  const Expr *E = unwrap(Full);
  if (const auto *Cast = dyn_cast_or_null<CXXFunctionalCastExpr>(E))
    E = unwrap(Cast->getSubExpr());
  if (!E || !E->isPRValue())
    return;
  const TypeModel *T = U.type(E->getType());
  if (!T)
    return;
  if (const auto *New = dyn_cast<CXXConstructExpr>(E); New && T->Plays == Role::JoiningThread) {
    for (unsigned I : C.at(New))
      if (C.Events[I].Kind == Op::Spawn)
        R.report(Full->getBeginLoc(), std::string("the handle of this thread is a temporary: ") + Sequential +
                                          "; give the handle a name that lives as long as the task may run");
    return;
  }
  const auto *Call = dyn_cast<CallExpr>(E);
  const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
  if (!F || !isFuture(T->Plays))
    return;
  const Event *Start = startedBy(C, Call);
  const Event *Inside = Start ? nullptr : startedInside(U, F);
  const Event *Any = Start ? Start : Inside;
  std::vector<StoryLine> Story;
  if (Inside)
    Story.push_back({Inside->loc(), "'" + F->getNameAsString() + "' starts the task here and returns its future"});
  if (Any && Any->may(Fact::FireAndForget)) {
    if (Start)
      readWithoutWaiting(C, R, *Start);
    return;
  }
  if (Any && Any->may(Fact::Joins)) {
    R.report(Full->getBeginLoc(),
             std::string("the future of this task is dropped: ") + Sequential +
                 "; keep the future until its result is needed",
             Story);
    return;
  }
  // Given to a pool it may be forgotten, unless it visibly fails: the future alone learns of that.
  if (!Any && returnsPackaged(U, F)) {
    for (const Expr *A : Call->arguments())
      for (const CallableRef &Task : C.callables(A))
        for (const Thrown &X : U.throws().leaving(C, Task)) {
          if (X.Given)
            continue;
          llvm::append_range(Story, X.Way);
          R.report(Full->getBeginLoc(),
                   "the future of this task is dropped, and " + X.What +
                       ", which the task may throw, goes with it: nobody learns that it failed; keep the future and "
                       "ask it, or say with '(void)' that its errors do not matter",
                   Story);
          return;
        }
  }
  // A type that its library asks not to drop, from a function whose body can not be seen.
  const CXXRecordDecl *RD = E->getType()->getAsCXXRecordDecl();
  const auto *M = dyn_cast<CXXMethodDecl>(F);
  const TypeModel *Of = M ? U.Models.type(M->getParent()) : nullptr;
  bool Continues = Of && isFuture(Of->Plays);
  if (Any || (RD && RD->hasAttr<WarnUnusedResultAttr>() && !Continues))
    R.report(Full->getBeginLoc(),
             "the future of this task is dropped: nobody learns when it ends, or that it failed; keep the future, or "
             "say with '(void)' that its errors do not matter",
             Story);
}

/// A future that lives for one turn of a loop and is asked for nothing: each turn waits for its own task.
void waitsInEveryTurn(Code &C, Reporter &R, const Event &Start, const VarDecl *V) {
  const Stmt *Block = nullptr, *Decl = nullptr;
  for (const Stmt *S = Start.Site; S; S = C.parent(S))
    if (isa<DeclStmt>(S)) {
      Decl = S;
      Block = C.parent(S);
      break;
    }
  const auto *Body = dyn_cast_or_null<CompoundStmt>(Block);
  if (!Body || Body->body_back() != Decl ||
      !isa_and_nonnull<ForStmt, WhileStmt, CXXForRangeStmt, DoStmt>(C.parent(Body)))
    return;
  R.report(V->getLocation(),
           "'" + V->getNameAsString() +
               "' is destroyed at the end of each turn, and its destructor waits for the task: the tasks run one after "
               "another; keep the futures until all tasks are started",
           {{Start.loc(), "the task is started here"}});
}

/// A future that is the last thing in its block, as far as work goes: it waits before anything else is done.
void waitsAtOnce(Code &C, Reporter &R, const Event &Start, const VarDecl *V) {
  const Stmt *Decl = Start.Site;
  while (Decl && !isa<DeclStmt>(Decl))
    Decl = C.parent(Decl);
  const auto *Block = dyn_cast_or_null<CompoundStmt>(Decl ? C.parent(Decl) : nullptr);
  if (!Block || C.Fn->isMain() || enclosingLoop(C, Decl))
    return;
  // What follows may ask whether there is a task, and count; it may not do anything that takes time.
  auto Works = [&](const Stmt *X) {
    const auto *DR = dyn_cast<DeclRefExpr>(X);
    if (DR && DR->getDecl() == V) {
      const Stmt *By = C.parent(X);
      while (isa_and_nonnull<ImplicitCastExpr, ParenExpr>(By))
        By = C.parent(By);
      const auto *M = dyn_cast_or_null<MemberExpr>(By);
      return !M || M->getMemberDecl()->getNameAsString() != "valid";
    }
    return (isa<CallExpr>(X) && !isa<CXXOperatorCallExpr>(X) && !mentions(X, V)) ||
           isa<CXXConstructExpr, CXXThrowExpr>(X);
  };
  bool After = false;
  for (const Stmt *S : Block->body()) {
    if (After && mentions(S, Works))
      return;
    After |= S == Decl;
  }
  R.report(V->getLocation(),
           "'" + V->getNameAsString() +
               "' is destroyed at the end of this block, which comes at once, and its destructor waits for the task: "
               "nothing runs "
               "concurrently; keep the future where it lives as long as the task may run",
           {{Start.loc(), "the task is started here"}});
}

/// A future from where it stands for a running task until somebody has waited for that task.
Automaton untilOver(std::string_view Start, std::string_view AtEntry) {
  return {
      .Tracks = {Role::Future},
      .Start = Start,
      .AtEntry = AtEntry,
      .Rows =
          {
              {"empty", Op::Spawn, "running"},
              {"running", Op::Consume, "over"},
              {"running", Op::Await, "asked"},
              {"asked", Op::Consume, "over"},
              {"*", Op::Move, "gone"},
              {"*", Op::Reset, "gone"},
              {"*", Op::Escape, "gone"},
          },
  };
}
const Automaton Running = untilOver("empty", {});
/// The same for a future that comes with its task running.
const Automaton Given = untilOver("running", "running");

/// Is the statement on the side of a condition that says that the task is over?
bool whereReady(const Code &C, const Stmt *S) {
  auto Names = [](const Stmt *In, llvm::StringRef Enumerator) {
    return mentions(In, [&](const Stmt *X) {
      const auto *DR = dyn_cast<DeclRefExpr>(X);
      return DR && isa<EnumConstantDecl>(DR->getDecl()) && DR->getDecl()->getName() == Enumerator;
    });
  };
  const Stmt *Child = S;
  for (const Stmt *P = C.parent(S); P; Child = P, P = C.parent(P)) {
    const auto *If = dyn_cast<IfStmt>(P);
    const auto *B = If && If->getCond() ? dyn_cast<BinaryOperator>(If->getCond()->IgnoreParenImpCasts()) : nullptr;
    if (!B || !B->isEqualityOp())
      continue;
    bool Ready = Names(B, "ready"), Late = Names(B, "timeout");
    bool Then = Child == If->getThen();
    if (Ready && (B->getOpcode() == BO_EQ) == Then)
      return true;
    if (Late && (B->getOpcode() == BO_NE) == Then)
      return true;
  }
  return false;
}

struct EarlyReturns : AstVisitor {
  std::vector<const ReturnStmt *> All;
  bool TraverseLambdaExpr(const LambdaExpr *) override { return true; }
  bool enters(const Stmt *S) override { return !isa<CXXCatchStmt>(S); } // unwinding waits as well: there it is asked for
  bool VisitReturnStmt(const ReturnStmt *R) override {
    All.push_back(R);
    return true;
  }
};

/// May the task be told to stop, by whatever it captures?
bool mayBeStopped(Unit &U, const Code &C, const Event &Start) {
  auto Stops = [&](QualType T) {
    Role R = U.role(T);
    return R == Role::Atomic || R == Role::StopSource || R == Role::StopToken || R == Role::Context ||
           R == Role::CancelHandle;
  };
  for (const CallableRef &T : Start.Tasks) {
    if (T.Lambda)
      for (const LambdaCapture &Cap : T.Lambda->captures())
        if (Cap.capturesVariable() && Stops(Cap.getCapturedVar()->getType()))
          return true;
    for (const Expr *A : T.Args)
      if (Stops(A->getType()))
        return true;
  }
  return llvm::any_of(C.Events, [](const Event &E) { return E.Kind == Op::Cancel || E.Kind == Op::Close; });
}

/// A return that leaves before the result was asked for waits in the future's destructor.
void earlyReturns(Code &C, Reporter &R, const Event &Start, const Place &Future, SourceLocation From,
                  const Automaton &A) {
  Unit &U = C.U;
  bool Consumed = false, OnlyTimed = true;
  for (const Event &E : C.Events) {
    if (!(E.Object == Future))
      continue;
    Consumed |= E.Kind == Op::Consume || (E.Kind == Op::Await && !E.may(Fact::Timed));
    OnlyTimed &= E.Kind != Op::Await || E.may(Fact::Timed);
  }
  // Never asked for: it is there to be waited for, whichever way the function is left.
  if (!Consumed || mayBeStopped(U, C, Start))
    return;
  EarlyReturns Early;
  Early.TraverseStmt(C.Fn->getBody());
  Simulation S(U, A);
  const SourceManager &SM = U.Ctx.getSourceManager();
  for (const ReturnStmt *Ret : Early.All) {
    if (!SM.isBeforeInTranslationUnit(From, Ret->getBeginLoc()) || whereReady(C, Ret))
      continue;
    if (auto P = Ret->getRetValue() ? C.place(Ret->getRetValue()) : std::nullopt; P && P->contains(Future))
      continue; // it is handed on
    std::vector<std::string> States = S.statesAt(C.Fn, Future, Ret);
    bool Busy = !States.empty() && llvm::all_of(States, [&](const std::string &X) {
      return X == "running" || (X == "asked" && OnlyTimed);
    });
    if (!Busy)
      continue;
    R.report(Ret->getBeginLoc(),
             "this early return destroys '" + Future.name() +
                 "' while its task may run, and the destructor waits: returning takes as long as the whole task; start "
                 "the task after the last early return, or make it stoppable",
             {{Start.loc(), "the task is started here"}});
  }
}

/// The member of the struct that a function returns in which the future of this task ends; null if there is none.
const FieldDecl *returnedIn(const Code &C, const Event &Start) {
  if (const auto *V = dyn_cast_or_null<VarDecl>(Start.Object.Root);
      V && Start.Object.Path.size() == 1 && !Start.Object.Element) {
    // `tasks.first = std::async(…); … return tasks;`
    const auto *Body = dyn_cast<CompoundStmt>(C.Fn->getBody());
    const auto *Ret = Body && !Body->body_empty() ? dyn_cast<ReturnStmt>(Body->body_back()) : nullptr;
    auto P = Ret && Ret->getRetValue() ? C.place(Ret->getRetValue()) : std::nullopt;
    return P && P->Root == V && P->Path.empty() ? Start.Object.Path.front() : nullptr;
  }
  const Stmt *Child = Start.Site;
  const FieldDecl *Field = nullptr;
  for (const Stmt *S = C.parent(Child); S; Child = S, S = C.parent(S)) {
    if (isa<ReturnStmt>(S))
      return Field;
    if (const auto *L = dyn_cast<InitListExpr>(S)) {
      const CXXRecordDecl *RD = L->getType()->getAsCXXRecordDecl();
      if (Field || !RD || RD->getNumBases())
        return nullptr;
      unsigned I = 0;
      for (const FieldDecl *F : RD->fields())
        if (I < L->getNumInits() && L->getInit(I++) == Child)
          Field = F->getCanonicalDecl();
      if (!Field)
        return nullptr;
    } else if (!isa<CastExpr, FullExpr, MaterializeTemporaryExpr, CXXBindTemporaryExpr, CXXConstructExpr, ParenExpr>(S))
      return nullptr;
  }
  return nullptr;
}

/// `auto tasks = start();`: the futures of tasks that a function has started and returns, alone or in a struct.
void startedBefore(Code &C, Reporter &R) {
  struct Locals : AstVisitor {
    llvm::SmallVector<const VarDecl *, 8> Found;
    bool TraverseLambdaExpr(const LambdaExpr *) override { return true; }
    bool VisitVarDecl(const VarDecl *V) override {
      if (V->isLocalVarDecl() && V->hasLocalStorage() && V->getInit() && !V->getType()->isReferenceType())
        Found.push_back(V);
      return true;
    }
  } In;
  In.TraverseStmt(C.Fn->getBody());
  for (const VarDecl *V : In.Found) {
    const auto *Call = dyn_cast_or_null<CallExpr>(unwrap(V->getInit()));
    const FunctionDecl *F = Call ? C.U.visible(Call->getDirectCallee()) : nullptr;
    Code *Helper = F ? C.U.code(F) : nullptr;
    if (!Helper)
      continue;
    Place P;
    P.Root = V;
    if (isFuture(C.U.role(V->getType()))) {
      if (const Event *E = startedInside(C.U, F); E && E->may(Fact::Joins))
        earlyReturns(C, R, *E, P, V->getEndLoc(), Given);
      continue;
    }
    for (const Event &E : Helper->Events)
      if (const FieldDecl *Field =
              E.Kind == Op::Spawn && E.may(Fact::Joins) && E.Site ? returnedIn(*Helper, E) : nullptr) {
        P.Path.assign(1, Field);
        earlyReturns(C, R, E, P, V->getEndLoc(), Given);
      }
  }
}

void inBody(Code &C, Reporter &R) {
  forEachDiscarded(C.Fn->getBody(), [&](const Expr *E) { dropped(C, R, E); });
  for (const Event &E : C.Events) {
    const auto *V = dyn_cast_or_null<VarDecl>(E.Object.Root);
    if (E.Kind != Op::Spawn || !E.may(Fact::Joins) || !V || !E.Object.Path.empty() || E.Object.Element ||
        !V->hasLocalStorage() || !isFuture(C.U.role(V->getType())) || V->getType()->isReferenceType())
      continue;
    bool Declares = false;
    for (const Stmt *S = E.Site; S && !Declares; S = C.parent(S))
      Declares = isa<DeclStmt>(S);
    if (Declares && !V->isReferenced() && !V->hasAttr<UnusedAttr>())
      waitsInEveryTurn(C, R, E, V);
    if (Declares && !V->hasAttr<UnusedAttr>())
      waitsAtOnce(C, R, E, V);
    earlyReturns(C, R, E, E.Object, E.Site->getEndLoc(), Running);
  }
  startedBefore(C, R);
}

const MatchCheck
    Check({.Name = "discarded-future",
           .Family = "futures",
           .Level = Tier::Bug,
           .Summary = "Finds tasks whose future is dropped, or waited for by its destructor in the wrong place.",
           .Rows = "F11",
           .Preview = true},
          inBody);

} // namespace
} // namespace heddle

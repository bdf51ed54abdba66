// A daemon among tasks that end: the wait for all of them is the wait for the one that never does.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Loops.h"
#include "flow/Mentions.h"
#include "support/AstVisitor.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {
namespace {

/// A loop that a task does not leave by itself.
struct Endless {
  const Stmt *Loop = nullptr;
  bool Stops = false;                            ///< a stop is looked for, and ends it
  llvm::SmallVector<const ValueDecl *, 2> Asked; ///< the flags, tokens and contexts that it looks at
};

bool isFlag(Unit &U, QualType T) {
  T = T.getNonReferenceType();
  if (T->isBooleanType())
    return true;
  const TypeModel *M = U.type(T);
  return M && M->Plays == Role::Atomic;
}

/// Collects what a condition asks of those who may want an end: a stop, or a flag that others set. False: it asks
/// something else, so the task may end by itself.
bool asksForStop(Code &C, const Stmt *Cond, llvm::SmallVectorImpl<const ValueDecl *> &Asked) {
  struct Finder : AstVisitor {
    Code &C;
    llvm::SmallVectorImpl<const ValueDecl *> &Asked;
    bool Stop = false, Other = false;
    Finder(Code &C, llvm::SmallVectorImpl<const ValueDecl *> &A) : C(C), Asked(A) {}
    void name(const Place &P) {
      if (const ValueDecl *D = P.last())
        Asked.push_back(D);
    }
    bool enters(const Stmt *S) override {
      if (const auto *M = dyn_cast<CXXMemberCallExpr>(S))
        memberCall(M);
      else if (isa<DeclRefExpr, MemberExpr>(S))
        flag(cast<Expr>(S));
      else if (isa<CXXOperatorCallExpr>(S))
        Other = true;
      else if (const auto *E = dyn_cast<CallExpr>(S))
        call(E);
      else if (const auto *B = dyn_cast<BinaryOperator>(S); B && !B->isLogicalOp())
        Other = true;
      else
        return true;
      return false;
    }
    void memberCall(const CXXMemberCallExpr *M) {
      for (unsigned I : C.at(M))
        if (const Event &E = C.Events[I]; E.Kind == Op::ObserveStop || (E.Kind == Op::Await && E.may(Fact::Timed))) {
          Stop = true;
          if (E.Object.valid())
            name(E.Object);
          return;
        }
      if (waitsForSign(M))
        return;
      const Expr *Obj = M->getImplicitObjectArgument();
      if (QualType T = Obj ? Obj->getType() : QualType();
          !T.isNull() && isFlag(C.U, T->isPointerType() ? T->getPointeeType() : T))
        return ask(C.place(Obj)); // running.load()
      Other = true;
    }
    void call(const CallExpr *E) {
      bool Asks = llvm::any_of(C.at(E), [&](unsigned I) { return C.Events[I].Kind == Op::ObserveStop; });
      (Asks ? Stop : Other) = true;
    }
    /// `cv.wait_for(lock, period, [this] { return over_; })`, or a member of an object of others that does so.
    bool waitsForSign(const CXXMemberCallExpr *M) {
      const Expr *Obj = M->getImplicitObjectArgument();
      auto P = Obj && M->getType()->isBooleanType() ? C.place(Obj) : std::nullopt;
      if (!P || isOwn(*P))
        return false;
      bool Waits = false;
      for (unsigned I : C.at(M))
        if (C.Events[I].Kind == Op::WaitCondition) {
          Waits = true;
          for (const Expr *A : M->arguments())
            for (const CallableRef &R : C.callables(A))
              if (Code *Predicate = R.Body ? C.U.code(R.Body) : nullptr)
                mentioned(*Predicate, Predicate->Fn->getBody());
        }
      if (Code *Member = Waits ? nullptr : C.U.code(M->getMethodDecl()))
        for (const Event &E : Member->Events)
          Waits |= E.Kind == Op::WaitCondition && E.Object.This;
      if (Waits) {
        Stop = true;
        name(*P);
      }
      return Waits;
    }
    void mentioned(const Code &In, const Stmt *S) {
      if (!S)
        return;
      if (const auto *E = dyn_cast<Expr>(S); E && isa<MemberExpr, DeclRefExpr>(E))
        if (auto P = In.place(E))
          name(*P);
      for (const Stmt *Child : S->children())
        mentioned(In, Child);
    }
    bool isOwn(const Place &P) const {
      const auto *V = dyn_cast_or_null<VarDecl>(P.Root);
      return V && V->isLocalVarDecl() && V->getDeclContext() == static_cast<const DeclContext *>(C.Fn) &&
             !V->isInitCapture();
    }
    void flag(const Expr *E) {
      auto P = C.place(E);
      ask(isFlag(C.U, E->getType()) ? P : std::nullopt);
    }
    void ask(const std::optional<Place> &P) {
      if (!P || isOwn(*P)) {
        Other = true;
        return;
      }
      Stop = true;
      name(*P);
    }
  } F(C, Asked);
  F.TraverseStmt(Cond);
  return F.Stop && !F.Other;
}

/// The statements that every run of a body comes to, blocks opened.
void flatten(const Stmt *S, llvm::SmallVectorImpl<const Stmt *> &Out) {
  if (const auto *Block = dyn_cast_or_null<CompoundStmt>(S))
    for (const Stmt *X : Block->body())
      flatten(X, Out);
  else if (const auto *Try = dyn_cast_or_null<CXXTryStmt>(S))
    flatten(Try->getTryBlock(), Out);
  else if (S)
    Out.push_back(S);
}

/// The first loop of a body that only a stop ends, and that every run of the body comes to.
std::optional<Endless> endlessLoop(Code &C, unsigned Depth = 0) {
  llvm::SmallVector<const Stmt *, 8> Statements;
  flatten(C.Fn->getBody(), Statements);
  for (const Stmt *S : Statements) {
    const Expr *Cond = nullptr;
    const Stmt *Inner = nullptr;
    if (const auto *W = dyn_cast<WhileStmt>(S)) {
      Cond = W->getCond();
      Inner = W->getBody();
      if (W->getConditionVariable())
        continue;
    } else if (const auto *F = dyn_cast<ForStmt>(S)) {
      Cond = F->getCond();
      Inner = F->getBody();
    } else if (const auto *D = dyn_cast<DoStmt>(S)) {
      Cond = D->getCond();
      Inner = D->getBody();
    } else {
      // A function that does nothing else: `[this] { run(); }`.
      const auto *Call = dyn_cast<Expr>(S) ? dyn_cast<CallExpr>(cast<Expr>(S)->IgnoreUnlessSpelledInSource()) : nullptr;
      for (unsigned I : Call ? C.at(Call) : llvm::ArrayRef<unsigned>())
        if (const Event &E = C.Events[I]; E.Kind == Op::Call && E.Callee && Depth < 3)
          if (Code *Inner = C.U.code(E.Callee))
            if (auto Found = endlessLoop(*Inner, Depth + 1))
              return Found;
      continue;
    }
    Endless Found;
    Found.Loop = S;
    bool Constant = false;
    if (!Cond)
      Constant = true;
    else if (!Cond->isValueDependent())
      (void)(Cond->EvaluateAsBooleanCondition(Constant, C.U.Ctx) || (Constant = false));
    if (!Constant) {
      if (!asksForStop(C, Cond, Found.Asked))
        continue;
      Found.Stops = true;
    }
    // The ways out of its body.
    struct Ways : AstVisitor {
      Code &C;
      const Stmt *Loop;
      Endless &Found;
      bool Leaves = false;
      Ways(Code &C, const Stmt *L, Endless &F) : C(C), Loop(L), Found(F) {}
      bool TraverseLambdaExpr(const LambdaExpr *) override { return true; }
      bool out(const Stmt *S) {
        for (const Stmt *P = S; P && P != Loop; P = C.parent(P))
          if (const auto *If = dyn_cast<IfStmt>(P))
            if (asksForStop(C, If->getCond(), Found.Asked)) {
              Found.Stops = true;
              return true;
            }
        return !(Leaves = true);
      }
      bool VisitBreakStmt(const BreakStmt *S) override {
        const Stmt *Left = C.parent(S);
        while (Left && !isLoop(Left) && !isa<SwitchStmt>(Left))
          Left = C.parent(Left);
        return Left != Loop || out(S);
      }
      bool VisitReturnStmt(const ReturnStmt *S) override { return out(S); }
      bool VisitGotoStmt(const GotoStmt *S) override { return out(S); }
      bool VisitCXXThrowExpr(const CXXThrowExpr *S) override { return C.enclosingTry(S) != nullptr || out(S); }
      bool VisitCoreturnStmt(const CoreturnStmt *S) override { return out(S); }
      bool VisitCallExpr(const CallExpr *E) override {
        const FunctionDecl *F = E->getDirectCallee();
        // The end of what it reads from may be its end; noreturn calls end more than that.
        return !(F && F->isNoReturn()) || !(Leaves = true);
      }
    } W(C, S, Found);
    W.TraverseStmt(Inner);
    if (!W.Leaves)
      return Found;
  }
  return std::nullopt;
}

/// Does the body wait for anybody at the statement, itself or in what it calls there? Of functions that can not be seen
/// any may.
bool mayWaitIn(Code &C, const Stmt *S, unsigned Depth = 0) {
  if (Depth > 3)
    return true;
  bool Unknown = mentions(S, [&](const Stmt *X) {
    const auto *Call = dyn_cast<CallExpr>(X);
    const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
    if (!Call || (F && (F->getBuiltinID() || F->isDefaulted() ||
                        C.U.Ctx.getSourceManager().isInSystemHeader(F->getLocation()))))
      return false;
    Code *Inner = F ? C.U.code(F) : nullptr;
    return !Inner || (Inner != &C && mayWaitIn(*Inner, Inner->Fn->getBody(), Depth + 1));
  });
  return Unknown || llvm::any_of(C.Events, [&](const Event &E) {
           return E.Site && has(E.Kind, OpTraits::Blocks) && within(C, E.Site, S);
         });
}

/// May it stay in this loop when there is nothing more to do? What takes piece after piece until there is none left,
/// and waits for none, ends.
bool mayStay(Code &C, const Stmt *Loop) {
  const Expr *Cond = loopCondition(Loop);
  if (const auto *F = dyn_cast<ForStmt>(Loop))
    return !F->getCond();
  if (isa<CXXForRangeStmt>(Loop))
    return false;
  bool Constant = false;
  llvm::SmallVector<const ValueDecl *, 2> Asked;
  return !Cond || Cond->isValueDependent() || Cond->EvaluateAsBooleanCondition(Constant, C.U.Ctx) ||
         asksForStop(C, Cond, Asked) || mayWaitIn(C, Cond);
}

/// Is it a task with an end, as far as it can be seen? One that runs an event loop, or waits for ever in a loop of its
/// own, has none; of functions that can not be seen nothing worse is assumed than that they return.
bool ends(Code &C, unsigned Depth = 0) {
  if (mentions(C.Fn->getBody(), [&](const Stmt *S) { return isLoop(S) && mayStay(C, S); }))
    return false;
  return llvm::none_of(C.Events, [&](const Event &E) {
    if (E.Kind == Op::Block)
      return E.ObjectRole == Role::EventLoop || E.ObjectRole == Role::Executor || E.ObjectRole == Role::Group;
    Code *Inner = E.Kind == Op::Call && E.Callee && Depth < 4 ? C.U.code(E.Callee) : nullptr;
    return Inner && Inner != &C && !ends(*Inner, Depth + 1);
  });
}

/// Is one of these set, cancelled, or handed out, somewhere in the body or in what it starts?
bool isEnded(Code &C, const Endless &Loop, const Event &Wait, const LambdaExpr *Task) {
  Unit &U = C.U;
  const SourceManager &SM = U.Ctx.getSourceManager();
  auto Before = [&](const Stmt *S) {
    return S && SM.isBeforeInTranslationUnit(S->getBeginLoc(), Wait.Site->getEndLoc());
  };
  struct Sets : AstVisitor {
    const Endless &Loop;
    const LambdaExpr *Task;
    llvm::function_ref<bool(const Stmt *)> Before;
    bool Found = false;
    Sets(const Endless &L, const LambdaExpr *T, llvm::function_ref<bool(const Stmt *)> B)
        : Loop(L), Task(T), Before(B) {}
    bool TraverseLambdaExpr(const LambdaExpr *L) override {
      return L == Task || TraverseStmt(static_cast<const Stmt *>(L->getBody()));
    }
    bool about(const Expr *E) const {
      E = E->IgnoreParenImpCasts();
      const ValueDecl *D = nullptr;
      if (const auto *DR = dyn_cast<DeclRefExpr>(E))
        D = DR->getDecl();
      else if (const auto *M = dyn_cast<MemberExpr>(E))
        D = M->getMemberDecl();
      return D && llvm::is_contained(Loop.Asked, D);
    }
    bool VisitBinaryOperator(const BinaryOperator *B) override {
      Found |= B->isAssignmentOp() && about(B->getLHS()) && Before(B);
      return !Found;
    }
    bool VisitCXXOperatorCallExpr(const CXXOperatorCallExpr *O) override {
      Found |= O->isAssignmentOp() && O->getNumArgs() && about(O->getArg(0)) && Before(O);
      return !Found;
    }
    bool VisitCXXMemberCallExpr(const CXXMemberCallExpr *M) override {
      const CXXMethodDecl *D = M->getMethodDecl();
      Found |=
          D && !D->isConst() && M->getImplicitObjectArgument() && about(M->getImplicitObjectArgument()) && Before(M);
      return !Found;
    }
  } S(Loop, Task, Before);
  S.TraverseStmt(C.Fn->getBody());
  if (S.Found)
    return true;
  // Any cancellation on the way, of whatever source: it may be the one behind the token.
  auto Cancels = [](const Code &In) {
    return llvm::any_of(In.Events, [](const Event &E) { return E.Kind == Op::Cancel || E.Kind == Op::Close; });
  };
  for (const Event &E : C.Events) {
    if ((E.Kind == Op::Cancel || E.Kind == Op::Close) && Before(E.Site))
      return true;
    for (const CallableRef &T : E.Tasks)
      if (Code *Body = T.Body && T.Lambda != Task ? U.code(T.Body) : nullptr; Body && Cancels(*Body))
        return true;
    if (E.Kind == Op::Call && E.Callee && Before(E.Site))
      if (Code *Body = U.code(E.Callee); Body && Cancels(*Body))
        return true;
  }
  return false;
}

void namesIn(const Stmt *S, llvm::SmallVectorImpl<const ValueDecl *> &Out) {
  if (!S)
    return;
  if (const auto *DR = dyn_cast<DeclRefExpr>(S); DR && isa<VarDecl>(DR->getDecl()))
    Out.push_back(DR->getDecl());
  else if (const auto *M = dyn_cast<MemberExpr>(S))
    Out.push_back(M->getMemberDecl());
  for (const Stmt *Child : S->children())
    namesIn(Child, Out);
}

/// The member of this object that is called here, or null.
Code *helperOf(const Code &C, const Event &E) {
  Code *Helper =
      E.Kind == Op::Call && E.Callee && E.Object.This && E.Object.Path.empty() ? C.U.code(E.Callee) : nullptr;
  return Helper != &C ? Helper : nullptr;
}

bool waitsFor(const Code &C, const Event &E, const Place &G) {
  return (E.Kind == Op::Wait || E.Kind == Op::Join || E.Kind == Op::Await || E.Kind == Op::Consume) &&
         E.Object.valid() && C.whole(E.Object) == G && !E.may(Fact::Timed);
}
/// A helper of this object, which waits for a group that the object has.
bool helperWaitsFor(const Code &C, const Event &E, const Place &G) {
  const Code *Helper = G.This ? helperOf(C, E) : nullptr;
  return Helper && llvm::any_of(Helper->Events, [&](const Event &X) { return waitsFor(*Helper, X, G); });
}

void look(Code &C, Reporter &R) {
  Unit &U = C.U;
  if (C.Fn->isMain())
    return; // a program that serves until it is killed
  struct Task {
    const Event *Spawn;
    const Stmt *From; ///< in this body: where it is started, or the call of the helper that does
    const CallableRef *What;
    std::optional<Endless> Loop;
    bool Ends;
  };
  llvm::SmallVector<std::pair<Place, llvm::SmallVector<Task, 4>>, 2> Groups;
  auto Note = [&](const Event &E, const Stmt *From, Place G) {
    const ValueDecl *D = G.last();
    Role Holds = D ? U.role(D->getType()) : Role::None;
    if (!D || (Holds != Role::Group && Holds != Role::Executor && U.element(D->getType()).isNull()))
      return;
    for (const CallableRef &T : E.Tasks) {
      if (!T.Body)
        continue;
      Code *Body = U.code(T.Body);
      auto It = llvm::find_if(Groups, [&](auto &X) { return X.first == G; });
      if (It == Groups.end()) {
        Groups.push_back({G, {}});
        It = &Groups.back();
      }
      // Of a function that can not be seen nothing worse is assumed than that it returns.
      It->second.push_back({&E, From, &T, Body ? endlessLoop(*Body) : std::nullopt, !Body || ends(*Body)});
      if (auto &Loop = It->second.back().Loop)
        for (const Expr *Given : T.Args)
          namesIn(Given, Loop->Asked);
      if (auto &Loop = It->second.back().Loop; Loop && !T.Lambda)
        namesIn(T.Site, Loop->Asked); // what it looks at has another name in there
    }
  };
  for (const Event &E : C.Events) {
    bool Posted = E.Kind == Op::Defer && (E.ObjectRole == Role::Executor || E.ObjectRole == Role::Group);
    if ((E.Kind == Op::Spawn || Posted) && E.Object.valid())
      Note(E, E.Site, C.whole(E.Object));
    // A helper of this object adds a task to a group that the object has.
    if (Code *Helper = helperOf(C, E))
      for (const Event &Inner : Helper->Events)
        if (Inner.Kind == Op::Spawn && Inner.Object.This)
          Note(Inner, E.Site, Helper->whole(Inner.Object));
  }
  for (auto &[G, Tasks] : Groups) {
    const Task *Daemon = nullptr, *Finite = nullptr;
    for (const Task &T : Tasks) {
      if (T.Loop && !Daemon)
        Daemon = &T;
      if (!T.Loop && T.Ends && !Finite)
        Finite = &T;
    }
    if (!Daemon || !Finite)
      continue;
    const Event *Wait = nullptr;
    for (const Event &E : C.Events)
      if (!Wait && E.Site && (waitsFor(C, E, G) || helperWaitsFor(C, E, G)) &&
          U.Ctx.getSourceManager().isBeforeInTranslationUnit(Daemon->From->getBeginLoc(), E.Site->getBeginLoc()))
        Wait = &E;
    if (!Wait || isEnded(C, *Daemon->Loop, *Wait, Daemon->What->Lambda))
      continue;
    R.report(Daemon->Spawn->loc(),
             "this task runs until it is stopped, and sits in '" + G.name() +
                 "' with tasks that end by themselves; the wait for all of them does not end with the work; give it an "
                 "owner of its own, or "
                 "stop it before the wait",
             {{Daemon->Loop->Loop->getBeginLoc(),
               Daemon->Loop->Stops ? "only a stop ends this loop" : "nothing ends this loop"},
              {Finite->Spawn->loc(), "this task ends by itself"},
              {Wait->loc(), "all of them are waited for here, and nobody has stopped the first"}});
  }
}

const MatchCheck Check({.Name = "endless-task-in-group",
                        .Family = "tasks",
                        .Level = Tier::Bug,
                        .Summary = "Finds tasks that never end by themselves in groups that are waited for.",
                        .Rows = "S12"},
                       look);

} // namespace
} // namespace heddle

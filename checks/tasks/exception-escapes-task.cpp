// An exception that leaves the entry function of a thread: nobody is there to catch it, and the process ends.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Classes.h"
#include "flow/Mentions.h"
#include "flow/Throws.h"
#include "support/AstVisitor.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {
namespace {

/// Does a body call an unknown function object outside of every handler that takes what is thrown: the loop of a worker
/// that runs its tasks? Without \p X anything may be thrown.
bool callsUnguarded(const Code &C, const Thrown *X, bool &Calls) {
  bool Bare = false;
  for (const Event &E : C.Events) {
    if (E.Kind != Op::Call || E.Callee || E.ObjectRole != Role::Function || !E.Site)
      continue;
    Calls = true;
    bool Caught = false;
    for (const CXXTryStmt *T = C.enclosingTry(E.Site); T && !Caught; T = C.enclosingTry(T))
      for (unsigned H = 0; H != T->getNumHandlers(); ++H)
        Caught |= X ? X->caughtBy(*T->getHandler(H)) : !T->getHandler(H)->getExceptionDecl();
    Bare |= !Caught;
  }
  return Bare;
}

/// Visits a body and the lambdas in it.
void eachBody(Unit &U, const FunctionDecl *F, llvm::function_ref<void(Code &)> Visit) {
  Code *C = U.code(F);
  if (!C)
    return;
  Visit(*C);
  struct Lambdas : AstVisitor {
    std::vector<const FunctionDecl *> All;
    bool VisitLambdaExpr(const LambdaExpr *L) override {
      if (L->getCallOperator())
        All.push_back(L->getCallOperator());
      return true;
    }
  } L;
  L.TraverseStmt(C->Fn->getBody());
  for (const FunctionDecl *Op : L.All)
    if (Code *Inner = U.code(Op))
      Visit(*Inner);
}

class Finder {
public:
  Finder(Unit &U, Reporter &R)
      : U(U), R(R), T(U, R.option("UnknownCallees") == "true" || R.option("UnknownCallees") == "1") {}

  void run() {
    if (!U.Ctx.getLangOpts().CXXExceptions)
      return;
    // Where a pool or a helper of the user's own starts a task, it is told there, not where the worker calls it.
    for (bool Helper : {true, false})
      for (const FunctionDecl *F : U.Functions)
        if (Code *C = U.code(F))
          for (const Event &E : C->Events)
            if ((!E.Tasks.empty() || E.Kind == Op::Spawn) && (U.visible(E.Callee) != nullptr) == Helper)
              started(*C, E);
    for (const FunctionDecl *F : U.Functions) {
      overridden(F);
      if (Code *C = U.code(F))
        handlers(*C);
    }
  }

private:
  Unit &U;
  Reporter &R;
  Throws T;
  llvm::DenseSet<const FunctionDecl *> Told; ///< the tasks that were given to pools and helpers

  /// Does whoever runs the task catch \p X, or without one whatever it throws?
  bool carries(const Event &E, const Thrown *X = nullptr, unsigned Depth = 0) {
    if (E.may(Fact::CarriesExceptions))
      return true;
    if (const auto *Owner = dyn_cast_or_null<CXXMethodDecl>(E.Callee))
      if (const TypeModel *M = U.Models.type(Owner->getParent()); M && M->With.has(Fact::CarriesExceptions))
        return true;
    const FunctionDecl *Def = U.visible(E.Callee);
    if (!Def || Depth > 3)
      return false;
    // A helper with a visible body: what it does with the callable decides.
    if (!E.Model)
      return helperCarries(Def, X, Depth);
    return poolCarries(Def, X);
  }

  bool helperCarries(const FunctionDecl *Def, const Thrown *X, unsigned Depth) {
    const Code *C = U.code(Def);
    if (!C)
      return true;
    bool Started = false;
    for (const Event &Inner : C->Events) {
      if (Inner.ObjectRole == Role::Promise)
        return true;
      for (const CallableRef &Task : Inner.Tasks) {
        const auto *DR = dyn_cast_or_null<DeclRefExpr>(Task.Site ? Task.Site->IgnoreParenImpCasts() : nullptr);
        if (Inner.Kind != Op::Spawn || !(DR && isa<ParmVarDecl>(DR->getDecl())))
          continue;
        Started = true;
        if (carries(Inner, X, Depth + 1))
          return true;
      }
    }
    return !Started;
  }

  /// A hand-written pool: does its worker catch, or does submitting wrap the task into a promise?
  bool poolCarries(const FunctionDecl *Submit, const Thrown *X) {
    const auto *M = dyn_cast<CXXMethodDecl>(Submit);
    if (!M)
      return true;
    bool Wraps = false, Calls = false, Bare = false;
    eachBody(U, Submit, [&](Code &C) {
      for (const Event &E : C.Events)
        Wraps |= E.ObjectRole == Role::Promise || U.role(C.Fn->getReturnType()) == Role::Future;
    });
    if (Wraps)
      return true;
    for (const CXXMethodDecl *Other : allMembers(M->getParent()))
      if (Other->getCanonicalDecl() != M->getCanonicalDecl())
        eachBody(U, Other, [&](Code &C) { Bare |= callsUnguarded(C, X, Calls); });
    return !(Calls && Bare);
  }

  void started(Code &C, const Event &E) {
    bool Spawns = E.Kind == Op::Spawn;
    bool Carries = Spawns && carries(E);
    for (const CallableRef &Task : E.Tasks) {
      if (!Task.Body)
        continue;
      const auto *P = Task.Body->getType()->getAs<FunctionProtoType>();
      bool Noexcept = P && !isUnresolvedExceptionSpec(P->getExceptionSpecType()) && P->isNothrow();
      bool Callback = E.Kind == Op::Defer || E.Kind == Op::RunNow || (Spawns && Carries);
      if (!(Spawns && !Carries) && !(Callback && Noexcept))
        continue;
      if (Spawns && !Carries && U.visible(E.Callee))
        Told.insert(Task.Body);
      SourceLocation Started = E.loc();
      std::vector<Thrown> Leaving = T.leaving(C, Task);
      llvm::erase_if(Leaving, [&](const Thrown &X) { return Spawns && !Carries && carries(E, &X); });
      tell(Leaving, Started, Spawns && !Carries ? "the task is started here" : "the callback is handed over here",
           Spawns && !Carries ? Thread : NoexceptCallback);
    }
    if (Spawns && !Carries && E.Tasks.empty())
      runnable(E);
  }

  enum Kind { Thread, NoexceptCallback, Handler };

  void tell(const std::vector<Thrown> &All, SourceLocation Started, const std::string &How, Kind K) {
    for (const Thrown &X : All) {
      if (!X.From || (X.Kept && Told.contains(X.Kept)))
        continue;
      SourceLocation At = X.From->getBeginLoc();
      std::vector<StoryLine> Story;
      if (Started.isValid())
        Story.push_back({Started, How});
      // The warning stands where the way out of the task begins.
      llvm::append_range(Story, X.Way);
      std::string Message =
          K == Handler ? X.What + " can leave this handler and then the thread that runs the event loop, where nobody "
                                  "catches it: the "
                                  "process ends; catch it in the handler"
          : K == Thread
              ? X.What + " can leave the entry function of this task, where nobody catches it: the process ends; "
                         "catch it in the task and hand the error to whoever waits"
              : X.What + " can leave this callback, which is noexcept: the process ends; catch it inside";
      R.report(At, Message, Story);
    }
  }

  // ---- handlers of an event loop ------------------------------------------------------------------------------------

  /// The event loops that are run, in a thread's own code or in a member that it calls, with no handler around.
  void loops(const Code &C, llvm::SmallPtrSetImpl<const ValueDecl *> &Out, unsigned Depth = 0) {
    for (const Event &E : C.Events) {
      if (!E.Site || C.enclosingTry(E.Site))
        continue;
      if (E.Kind == Op::Block && E.ObjectRole == Role::EventLoop && E.Object.last())
        Out.insert(E.Object.last());
      else if (E.Kind == Op::Call && E.Callee && E.Object.This && E.Object.Path.empty() && Depth < 2)
        if (const Code *Inner = U.code(E.Callee))
          loops(*Inner, Out, Depth + 1);
    }
  }
  const llvm::SmallPtrSetImpl<const ValueDecl *> &loopsOfThreads() {
    if (std::exchange(LoopsKnown, true))
      return Loops;
    for (const FunctionDecl *F : U.Functions)
      if (Code *C = U.code(F))
        for (const Event &E : C->Events)
          if (E.Kind == Op::Spawn && !carries(E))
            for (const CallableRef &Task : E.Tasks)
              if (const Code *Entry = Task.Body ? U.code(Task.Body) : nullptr)
                loops(*Entry, Loops);
    return Loops;
  }
  bool LoopsKnown = false;
  llvm::SmallPtrSet<const ValueDecl *, 4> Loops;

  static bool namesAny(const Stmt *S, const llvm::SmallPtrSetImpl<const ValueDecl *> &Any) {
    return mentions(S, [&](const Stmt *X) {
      const auto *M = dyn_cast<MemberExpr>(X);
      const auto *DR = dyn_cast<DeclRefExpr>(X);
      return (M && Any.contains(M->getMemberDecl())) || (DR && Any.contains(DR->getDecl()));
    });
  }
  /// Do the handlers of this object run in such a loop: is it one, or made from one (a socket, a timer)?
  bool runsIn(const ValueDecl *D, const llvm::SmallPtrSetImpl<const ValueDecl *> &Any) {
    if (!D || Any.contains(D))
      return D != nullptr;
    if (const auto *V = dyn_cast<VarDecl>(D))
      return namesAny(V->getInit(), Any);
    const auto *F = dyn_cast<FieldDecl>(D);
    const auto *RD = F ? dyn_cast<CXXRecordDecl>(F->getParent()) : nullptr;
    bool Made = F && namesAny(F->getInClassInitializer(), Any);
    if (RD)
      for (const CXXConstructorDecl *Ctor : RD->ctors()) {
        const FunctionDecl *Def = U.visible(Ctor);
        if (!Def || Ctor->isCopyOrMoveConstructor())
          continue;
        for (const CXXCtorInitializer *Init : cast<CXXConstructorDecl>(Def)->inits())
          if (Init->getMember() == F && Init->isWritten()) {
            if (!namesAny(Init->getInit(), Any))
              return false; // another constructor makes it otherwise
            Made = true;
          }
      }
    return Made;
  }

  void handlers(Code &C) {
    for (const Event &E : C.Events) {
      if (E.Kind != Op::Defer || !E.Model || !E.Object.valid() || E.ObjectRole == Role::StopToken)
        continue;
      if (const auto &Loops = loopsOfThreads(); Loops.empty() || !runsIn(E.Object.last(), Loops))
        continue;
      for (const CallableRef &Task : E.Tasks)
        if (const auto *To = dyn_cast_or_null<CXXMethodDecl>(forwardsTo(Task)); To && !To->isVirtual() && U.visible(To))
          tell(T.leaving(To), E.loc(), "the handler is handed over here", Handler);
        else if (Task.Body)
          tell(T.leaving(C, Task), E.loc(), "the handler is handed over here", Handler);
    }
  }

  /// `pool.start(new Job)`: an object whose overridden member runs.
  void runnable(const Event &E) {
    const auto *Call = dyn_cast_or_null<CallExpr>(E.Site);
    unsigned Index = E.Model && E.Model->Callable >= 0 ? E.Model->Callable : 0;
    if (!Call || Index >= Call->getNumArgs())
      return;
    const Expr *Arg = Call->getArg(Index)->IgnoreParenImpCasts();
    const CXXRecordDecl *RD =
        Arg->getType()->isPointerType() ? Arg->getType()->getPointeeType()->getAsCXXRecordDecl() : nullptr;
    if (!RD || !RD->hasDefinition())
      return;
    for (const CXXMethodDecl *M : RD->methods())
      if (M->getNumParams() == 0 && M->getReturnType()->isVoidType() && M->size_overridden_methods() != 0 &&
          !isa<CXXDestructorDecl>(M) && fromLibrary(M))
        if (const FunctionDecl *Def = U.visible(M))
          tell(T.leaving(Def), E.loc(), "the task is started here", Thread);
  }

  bool fromLibrary(const CXXMethodDecl *M) const {
    const SourceManager &SM = U.Ctx.getSourceManager();
    return llvm::any_of(M->overridden_methods(), [&](const CXXMethodDecl *B) {
      return SM.isInSystemHeader(SM.getExpansionLoc(B->getLocation()));
    });
  }

  /// run() of a class that is a thread.
  void overridden(const FunctionDecl *F) {
    const auto *M = dyn_cast<CXXMethodDecl>(F);
    if (!M || M->getNumParams() != 0 || !M->getReturnType()->isVoidType() || isa<CXXDestructorDecl>(M))
      return;
    for (const CXXMethodDecl *Base : M->overridden_methods())
      if (const TypeModel *Of = U.Models.type(Base->getParent()); Of && Of->Plays == Role::Thread && fromLibrary(M))
        return tell(T.leaving(F), F->getLocation(),
                    "'" + M->getNameAsString() + "' is the entry function of the thread", Thread);
  }
};

const UnitCheck
    Check({.Name = "exception-escapes-task",
           .Family = "tasks",
           .Level = Tier::Bug,
           .Summary = "Finds exceptions that can leave the entry function of a thread or a noexcept callback.",
           .Rows = "F7 S5 P4 P28",
           .Preview = true,
           .Options = {{"UnknownCallees", "false", "take functions whose bodies can not be seen for throwing"}}},
          [](Unit &U, Reporter &R) { Finder(U, R).run(); });

} // namespace
} // namespace heddle

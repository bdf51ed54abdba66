// An exception that leaves the entry function of a thread: nobody is there to catch it, and the process ends.
#include "check/Register.h"
#include "check/Reporter.h"
#include "exception-escapes-task/detectors.h"
#include "flow/Calls.h"
#include "flow/LibraryCode.h"
#include "flow/TaskFacts.h"
#include "flow/Throws.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {
using namespace exception_escapes_task;
namespace {

class Finder {
public:
  Finder(Unit &U, Reporter &R)
      : U(U), R(R), T(U, R.option("UnknownCallees") == "true" || R.option("UnknownCallees") == "1"), Loops(U) {}

  void run() {
    if (!U.Ctx.getLangOpts().CXXExceptions)
      return;
    // Where a pool or a helper of the user's own starts a task, it is reported there, not where the worker calls it.
    for (bool Helper : {true, false})
      for (Code *C : bodies(U))
        for (const Event &E : C->Events)
          if ((!E.Tasks.empty() || E.Kind == Op::Spawn) && (U.visible(E.Callee) != nullptr) == Helper)
            started(*C, E);
    for (Code *C : bodies(U)) {
      overridden(C->Fn);
      handlers(*C);
    }
  }

private:
  Unit &U;
  Reporter &R;
  Throws T;
  llvm::DenseSet<const FunctionDecl *> Told; ///< the tasks that were given to pools and helpers
  EventLoops Loops;

  void started(Code &C, const Event &E) {
    bool Spawns = E.Kind == Op::Spawn;
    bool Carries = Spawns && carries(U, E);
    for (const CallableRef &Task : E.Tasks) {
      if (!Task.Body || TaskFacts::isArgument(E, Task))
        continue;
      const auto *P = Task.Body->getType()->getAs<FunctionProtoType>();
      bool Noexcept = P && !isUnresolvedExceptionSpec(P->getExceptionSpecType()) && P->isNothrow();
      bool Callback = E.Kind == Op::Defer || E.Kind == Op::RunNow || (Spawns && Carries);
      if (!(Spawns && !Carries) && !(Callback && Noexcept))
        continue;
      if (Spawns && !Carries && U.visible(E.Callee))
        Told.insert(Task.Body);
      SourceLocation Started = E.loc();
      const CXXMethodDecl *Behind = U.get<TaskFacts>().behind(Task.Body);
      if (!Behind)
        Behind = ownEntry(Task);
      std::vector<Thrown> Leaving = Behind && !Noexcept ? T.leaving(Behind) : T.leaving(C, Task);
      llvm::erase_if(Leaving, [&](const Thrown &X) { return Spawns && !Carries && carries(U, E, &X); });
      tell(Leaving, Started, Spawns && !Carries ? "the task is started here" : "the callback is handed over here",
           Spawns && !Carries ? Thread : NoexceptCallback);
    }
    if (Spawns && !Carries && E.Tasks.empty())
      runnable(E);
  }

  /// The private member which a lambda does nothing but call, and that nobody else calls: it is the task.
  const CXXMethodDecl *ownEntry(const CallableRef &Task) {
    const auto *To = dyn_cast_or_null<CXXMethodDecl>(forwardsTo(Task));
    bool Own = To && !To->isVirtual() && To->param_empty() && To->getAccess() == AS_private && U.visible(To);
    return Own && llvm::all_of(U.get<Calls>().callers(U.visible(To)),
                               [&](const CallEdge &X) { return X.In->Fn == U.visible(Task.Body); })
               ? To
               : nullptr;
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
      // The warning stands where the exception begins to leave the task.
      llvm::append_range(Story, X.Way);
      std::string Message =
          K == Handler ? X.What + " may escape this handler and the thread of its event loop; the process is "
                                  "terminated; catch it in the handler"
          : K == Thread
              ? X.What + " may escape the entry function of this task; the process is terminated; catch it in the "
                         "task and report it to the waiter"
              : X.What + " may escape this noexcept callback; the process is terminated; catch it inside";
      R.report(At, Message, Story);
      return; // a handler in the task mends them all
    }
  }

  void handlers(Code &C) {
    for (const Event &E : C.Events) {
      if (E.Kind != Op::Defer || !E.Model || !E.Object.valid() || E.ObjectRole == Role::StopToken)
        continue;
      if (!Loops.runHandlersOf(E.Object.last()) || TaskFacts::isPackaged(U, E))
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
    return llvm::any_of(M->overridden_methods(),
                        [&](const CXXMethodDecl *B) { return inLibrary(U, B->getLocation()); });
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
           .Summary = "Finds exceptions that may escape the entry function of a thread or a noexcept callback.",
           .Rows = "F7 S5 P4 P28",
           .Preview = true,
           .Options = {{"UnknownCallees", "false", "assume that functions whose bodies are not visible throw"}}},
          [](Unit &U, Reporter &R) { Finder(U, R).run(); });

} // namespace
} // namespace heddle

// A task that sees an error, logs it at most, and reports success: its waiter continues as if all work was done.
#include "swallowed-task-error/detectors.h"
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/ErrorFlow.h"
#include "flow/Mentions.h"

using namespace clang;

namespace heddle {
using namespace swallowed_task_error;

const Event *swallowed_task_error::waiter(Code &C, const Place &Handle) {
  auto Asks = [](const Event &E) {
    return (E.Kind == Op::Wait || E.Kind == Op::Await || E.Kind == Op::Consume || E.Kind == Op::Join) &&
           E.Object.valid();
  };
  if (!Handle.valid())
    return nullptr;
  Place Object = C.whole(Handle);
  for (const Event &E : C.Events)
    if (Asks(E) && C.whole(E.Object) == Object)
      return &E;
  if (!Object.This || Object.Path.empty())
    return nullptr;
  for (const FunctionDecl *F : C.U.Functions)
    if (const auto *M = dyn_cast<CXXMethodDecl>(F); M && M->getParent() == Object.Path.front()->getParent())
      if (Code *Other = C.U.code(M))
        for (const Event &E : Other->Events)
          if (Asks(E) && E.Object.This && E.Object.Path == Object.Path)
            return &E;
  return nullptr;
}

namespace {

bool isThread(const Event &Spawn) {
  return Spawn.ObjectRole == Role::Thread || Spawn.ObjectRole == Role::JoiningThread;
}

/// Returns true if the join asks for the result of the thread, as that of POSIX can.
bool takesResult(const Event &Join) {
  const auto *Call = Join.Kind == Op::Join || Join.Kind == Op::Wait ? dyn_cast_or_null<CallExpr>(Join.Site) : nullptr;
  return Call && Call->getNumArgs() == 2 && isa<UnaryOperator>(Call->getArg(1)->IgnoreParenCasts());
}

/// Returns true if an exception or the result of the task reaches who waits for it. At the boundary of a thread, of
/// which nobody learns anything, to log is right.
bool canTell(Code &C, const Event &Spawn, const FunctionDecl *Task) {
  bool Result = !Task->getReturnType()->isVoidType();
  if (isThread(Spawn))
    return Result && llvm::any_of(C.Events, takesResult);
  if (Result || Spawn.may(Fact::CarriesExceptions))
    return true;
  const ValueDecl *D = Spawn.Object.last();
  const TypeModel *M = D ? C.U.type(C.U.pointee(D->getType())) : nullptr;
  return M && M->With.has(Fact::CarriesExceptions);
}

/// Returns true if the handle is a local thread that this body waits for, or whose destructor does.
bool isJoinedHere(Code &C, const Event &Spawn) {
  const auto *V = dyn_cast_or_null<VarDecl>(Spawn.Object.Root);
  return V && V->hasLocalStorage() && !isa<ParmVarDecl>(V) && Spawn.Object.Path.empty() && isThread(Spawn) &&
         (Spawn.ObjectRole == Role::JoiningThread || waiter(C, Spawn.Object));
}

/// Returns true if the starter waits for the task, by its thread or a latch that the task counts down, and then reports
/// by its own result that all went well.
bool vouchesFor(Code &C, const Event &Spawn, const CallableRef &T) {
  if (!C.U.get<ErrorFlow>().tellsOutcome(C.Fn))
    return false;
  const auto *V = dyn_cast_or_null<VarDecl>(Spawn.Object.Root);
  if (V && V->hasLocalStorage() && isThread(Spawn) && waiter(C, Spawn.Object))
    return true;
  return T.Lambda && llvm::any_of(C.Events, [&](const Event &E) {
           const ValueDecl *Latch =
               E.Kind == Op::Wait && E.ObjectRole == Role::Latch && !E.may(Fact::Timed) ? E.Object.last() : nullptr;
           return Latch && (mentions(T.Lambda->getBody(), Latch) || mentions(T.Lambda, Latch));
         });
}

/// \p OnlyEmpty: the task can report an error only by what its starter can read, and a log is all that can be asked
/// for.
void judge(Code &Task, const Event &Spawn, bool OnlyEmpty, Reporter &R) {
  auto &Errors = Task.U.get<ErrorFlow>();
  for (const ErrorPath &P : Errors.paths(Task)) {
    bool Returns = !returnsIn(P.Taken).empty(), Ends = Errors.endsAfter(Task, P), Lost;
    if (OnlyEmpty) // code behind the handler may do what it leaves undone: only a task that then ends
      Lost = P.isHandler() && P.Does == Handling::Empty && Task.parent(P.Whole) == Task.Fn->getBody() && Ends;
    else if (P.isHandler())
      Lost = P.Does <= Handling::Words && Ends;
    else // a branch that says nothing tests something else
      Lost = P.Does == Handling::Words && mentions(P.Taken, [](const Stmt *S) { return isa<CallExpr>(S); }) &&
             (Returns || Ends) && !Task.Fn->getReturnType()->isVoidType();
    if (Lost && Errors.reportsSuccess(Task, P))
      R.report(P.loc(), Message, {{Spawn.loc(), "the task is started here, and waited for"}});
  }
}

void run(Unit &U, Reporter &R) {
  for (const FunctionDecl *F : U.Functions) {
    Code *C = U.code(F);
    if (!C)
      continue;
    for (const Event &E : C->Events) {
      if (E.Kind != Op::Spawn)
        continue;
      for (const CallableRef &T : E.Tasks) {
        bool Tells = T.Body && ((waiter(*C, E.Object) && canTell(*C, E, T.Body)) || vouchesFor(*C, E, T));
        if (!Tells && !isJoinedHere(*C, E))
          continue;
        for (const FunctionDecl *Body : {T.Body, forwardsTo(T)}) // what a lambda does nothing but call is the task, too
          if (Code *Task = Body ? U.code(Body) : nullptr)
            judge(*Task, E, /*OnlyEmpty=*/!Tells, R);
      }
    }
    fulfilledAnyway(*C, R);
    droppedByReader(*C, R);
    waitInsteadOfGet(*C, R);
    onlyWaitedFor(*C, R);
    caughtByWorker(*C, R);
  }
}

const UnitCheck
    Check({.Name = "swallowed-task-error",
           .Family = "tasks",
           .Level = Tier::Bug,
           .Summary = "Finds tasks that log an error at most and report success to those who wait for them.",
           .Rows = "F15",
           .Preview = true},
          run);

} // namespace
} // namespace heddle

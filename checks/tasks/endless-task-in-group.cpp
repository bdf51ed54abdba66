// A task that never ends by itself among tasks that do: the wait for all of them is the wait for the one that never
// ends.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Order.h"
#include "flow/TaskFacts.h"
#include "flow/Uses.h"

using namespace clang;

namespace heddle {
namespace {

/// A task that a body adds to a group, itself or by a member of the same object.
struct Added {
  const Event *Spawn;
  const Stmt *From; ///< in this body: where it is started, or the call of the helper that does
  const CallableRef *What;
  TaskEnd End;
};

struct Group {
  Place Object;
  llvm::SmallVector<Added, 4> Tasks;

  const Added *first(TaskEnd A, TaskEnd B) const {
    auto It = llvm::find_if(Tasks, [&](const Added &T) { return T.End == A || T.End == B; });
    return It == Tasks.end() ? nullptr : It;
  }
};

/// The tasks of a body by the group, executor or container that they are added to.
llvm::SmallVector<Group, 2> groups(Code &C) {
  Unit &U = C.U;
  llvm::SmallVector<Group, 2> All;
  auto Add = [&](const Event &E, const Stmt *From, Place G) {
    const ValueDecl *D = G.last();
    Role Holds = D ? U.role(D->getType()) : Role::None;
    if (!D || (Holds != Role::Group && Holds != Role::Executor && U.element(D->getType()).isNull()))
      return;
    for (const CallableRef &T : E.Tasks) {
      if (!T.Body)
        continue;
      auto It = llvm::find_if(All, [&](const Group &X) { return X.Object == G; });
      if (It == All.end()) {
        All.push_back({G, {}});
        It = &All.back();
      }
      It->Tasks.push_back({&E, From, &T, U.get<TaskFacts>().end(T)});
    }
  };
  for (const Event &E : C.Events) {
    bool Posted = E.Kind == Op::Defer && (E.ObjectRole == Role::Executor || E.ObjectRole == Role::Group);
    if ((E.Kind == Op::Spawn || Posted) && E.Object.valid())
      Add(E, E.Site, C.whole(E.Object));
    bool Own = E.Kind == Op::Call && E.Callee && E.Object.This && E.Object.Path.empty();
    if (const Code *Helper = Own ? U.code(E.Callee) : nullptr; Helper && Helper != &C)
      for (const Event &Inner : Helper->Events)
        if (Inner.Kind == Op::Spawn && Inner.Object.This)
          Add(Inner, E.Site, Helper->whole(Inner.Object));
  }
  return All;
}

bool cancels(const Code &C) {
  return llvm::any_of(C.Events, [](const Event &E) { return E.Kind == Op::Cancel || E.Kind == Op::Close; });
}

/// Returns true if what the task asks is set, or its address given away, between its start and the wait, in the body or
/// in another task, or if something is cancelled: it may be the source behind the token.
bool isStopped(Code &C, const Added &Daemon, const Event &Wait) {
  Unit &U = C.U;
  auto BeforeWait = [&](const Stmt *S) {
    return S && (U.get<Order>().reaches(C, S, Wait.Site) || !U.get<Order>().reaches(C, Wait.Site, S));
  };
  for (const ValueDecl *D : U.get<TaskFacts>().stoppedBy(*Daemon.What))
    for (const Use &X : U.get<Uses>().in(C, D)) {
      bool InTask = X.Lambda ? X.Lambda == Daemon.What->Lambda : within(C, X.Site, Daemon.From);
      if (X.is(Use::Stores | Use::Mutate | Use::Address) && !InTask &&
          BeforeWait(X.Lambda ? static_cast<const Stmt *>(X.Lambda) : X.Site) &&
          (X.Lambda || U.get<Order>().reaches(C, Daemon.From, X.Site)))
        return true;
    }
  return llvm::any_of(C.Events, [&](const Event &E) {
    if ((E.Kind == Op::Cancel || E.Kind == Op::Close) && BeforeWait(E.Site))
      return true;
    for (const CallableRef &T : E.Tasks)
      if (const Code *Body = T.Body && T.Body != Daemon.What->Body ? U.code(T.Body) : nullptr; Body && cancels(*Body))
        return true;
    const Code *Callee = E.Kind == Op::Call && E.Callee && BeforeWait(E.Site) ? U.code(E.Callee) : nullptr;
    return Callee && cancels(*Callee);
  });
}

void look(Code &C, Reporter &R) {
  if (C.Fn->isMain())
    return; // a program that serves until it is killed
  TaskFacts &Tasks = C.U.get<TaskFacts>();
  for (const Group &G : groups(C)) {
    const Added *Daemon = G.first(TaskEnd::OnStop, TaskEnd::Never);
    const Added *Finite = G.first(TaskEnd::Returns, TaskEnd::Returns);
    const Event *Wait = Daemon && Finite ? Tasks.waiter(C, G.Object, Daemon->From) : nullptr;
    if (!Wait || isStopped(C, *Daemon, *Wait))
      continue;
    R.report(Daemon->Spawn->loc(),
             "this task never returns on its own, but shares '" + G.Object.name() +
                 "' with tasks that do; the wait blocks after their work is done; give the task its own owner, or "
                 "stop it before the wait",
             {{Tasks.forever(*Daemon->What)->Statement->getBeginLoc(),
               Daemon->End == TaskEnd::OnStop ? "only a stop request ends this loop" : "nothing ends this loop"},
              {Finite->Spawn->loc(), "this task returns on its own"},
              {Wait->loc(), "the group is waited for here, before the endless task is stopped"}});
  }
}

const MatchCheck Check({.Name = "endless-task-in-group",
                        .Family = "tasks",
                        .Level = Tier::Bug,
                        .Summary = "Finds tasks that never return on their own in groups that are waited for.",
                        .Rows = "S12"},
                       look);

} // namespace
} // namespace heddle

#include "JoinedTasks.h"
#include "AwaitedTasks.h"
#include "MakeFacts.h"

using namespace clang;

namespace heddle {

static constexpr unsigned MaxDepth = 3, MaxBodies = 300;

bool joinsTask(Unit &U, const Event &E) {
  if (E.may(Fact::Timed) || E.may(Fact::NonBlocking))
    return false;
  const ValueDecl *D = E.Object.last();
  Role Of = E.ObjectRole == Role::None && D ? U.role(D->getType()) : E.ObjectRole;
  bool OfFuture = Of == Role::Future && (E.Kind == Op::Await || E.Kind == Op::Consume);
  return OfFuture || does(U, E, Effect::Joins);
}

/// Returns true if the handle is given something in a way that does not tell which task it is.
bool JoinedTasks::isFilledUnseen(const ValueDecl *Handle) {
  return llvm::any_of(U.get<EventIndex>().about(Handle), [&](const IndexedEvent &X) {
    const Event &E = *X.What;
    if ((E.Kind != Op::Insert && E.Kind != Op::Reset && E.Kind != Op::Escape) || !E.Site)
      return false;
    bool Spawns = llvm::any_of(X.In->Events, [&](const Event &S) {
      return S.Kind == Op::Spawn && S.Site && (S.Site == E.Site || within(*X.In, S.Site, E.Site));
    });
    bool Starts = llvm::any_of(U.concurrency().tasks(*X.In), [&](const TaskStart &T) {
      return llvm::any_of(T.Handles, [&](const Place &P) { return P.last() == Handle; });
    });
    // `thread_ = nullptr`, `thread_ = std::thread()`
    return !Spawns && !Starts && anyOf<Expr>(E.Site, Walk::NoLambdas, [&](const Expr *Part) {
      const ValueDecl *D = nullptr;
      if (const auto *DR = dyn_cast<DeclRefExpr>(Part))
        D = DR->getDecl();
      else if (const auto *M = dyn_cast<MemberExpr>(Part))
        D = M->getMemberDecl();
      return D && D != Handle && isa<VarDecl, FieldDecl>(D) && U.role(D->getType()) != Role::None;
    });
  });
}

/// Returns true if a task may come to the body. What it calls through a value may be anything, unless the tasks on
/// which the body runs are known.
bool JoinedTasks::mayComeTo(const FunctionDecl *Task, const FunctionDecl *Body) {
  bool Known = !U.get<Threads>().on(Body).empty() && !U.get<Threads>().elsewhere(Body);
  auto Unseen = [&](const Code *C) {
    return !Known && C && llvm::any_of(C->Events, [](const Event &E) { return E.Kind == Op::Call && !E.Callee; });
  };
  llvm::SmallVector<const FunctionDecl *, 16> Queue{Task};
  for (unsigned I = 0; I != Queue.size(); ++I) {
    Code *C = U.code(Queue[I]);
    if (Queue[I] == Body || Queue.size() == MaxBodies || Unseen(C))
      return true;
    for (const CallEdge &Step : C ? U.get<Threads>().steps(*C) : llvm::SmallVector<CallEdge, 8>())
      if (Queue.size() < MaxBodies && !llvm::is_contained(Queue, Step.Callee))
        Queue.push_back(Step.Callee);
  }
  return false;
}

bool JoinedTasks::mayHold(const ValueDecl *Handle, llvm::ArrayRef<const FunctionDecl *> Tasks, bool All,
                          const FunctionDecl *Body) {
  return llvm::any_of(Tasks, [&](const FunctionDecl *T) { return mayComeTo(T, Body); }) || !All || Tasks.empty() ||
         !Handle || isFilledUnseen(Handle);
}

bool JoinedTasks::isFor(const Code &C, const Event &Join, const FunctionDecl *Body) {
  if (!joinsTask(U, Join))
    return false;
  Awaited Tasks = U.get<AwaitedTasks>().of(C, Join);
  const ValueDecl *Handle = Join.Object.valid() ? C.whole(Join.Object).last() : nullptr;
  return mayHold(Handle, Tasks.Bodies, Tasks.All, Body);
}

bool JoinedTasks::mayAwait(const Code &C, const Event &E, const FunctionDecl *Body) {
  if (joinsTask(U, E))
    return isFor(C, E, Body);
  auto First = U.get<Calls>().witness(C, E, Effect::Joins);
  if (!First || !First->In || !First->Does || isFor(*First->In, *First->Does, Body))
    return First.has_value();
  auto Fits = [&](const Code &In, const Event &X) { return isFor(In, X, Body); };
  if (E.Callee && U.get<Calls>().find(E.Callee, Fits))
    return true;
  return llvm::any_of(E.Tasks, [&](const CallableRef &T) { return T.Body && U.get<Calls>().find(T.Body, Fits); });
}

bool JoinedTasks::mayAwaitAtEnd(QualType T, const ValueDecl *V, const FunctionDecl *Body, unsigned Depth) {
  const CXXRecordDecl *RD = U.pointee(T)->getAsCXXRecordDecl();
  RD = RD && RD->hasDefinition() ? RD->getDefinition() : nullptr;
  const CXXDestructorDecl *D = RD ? RD->getDestructor() : nullptr;
  const FunctionDecl *Def = D && D->isUserProvided() ? U.visible(D) : nullptr;
  // The handle itself, or something that is not visible.
  if (!RD || U.role(T) != Role::None || Depth == MaxDepth ||
      (D && D->isUserProvided() && !Def) || RD->isInStdNamespace()) {
    Awaited Tasks = V ? U.get<AwaitedTasks>().startedOn(V) : Awaited();
    return mayHold(V, Tasks.Bodies, Tasks.All, Body);
  }
  auto Fits = [&](const Code &In, const Event &X) { return isFor(In, X, Body); };
  if (Def && U.get<Calls>().find(Def, Fits))
    return true;
  if (RD->getNumBases())
    return true;
  return llvm::any_of(RD->fields(), [&](const FieldDecl *F) {
    return U.get<Destruction>().of(F->getType()).has(Endings::Joins) &&
           mayAwaitAtEnd(F->getType(), F, Body, Depth + 1);
  });
}

bool JoinedTasks::mayAwaitAtEnd(const ValueDecl *V, const FunctionDecl *Body) {
  return mayAwaitAtEnd(V->getType(), V, Body, 0);
}

/// Returns true if nothing else than detaching it is done with the handle of the task where it is started.
static bool isLetGoAtStart(Unit &U, const ThreadEntry &E) {
  Code *In = E.Start.In ? U.code(E.Start.In->Fn) : nullptr;
  return In && llvm::any_of(U.concurrency().tasks(*In), [&](const TaskStart &T) {
    if (T.Start->Site != E.Start.Site || T.Handles.empty())
      return T.Start->Site == E.Start.Site && T.Detached;
    auto Does = [&](Op What, const Place &P) {
      return llvm::any_of(In->Events,
                          [&](const Event &X) { return X.Kind == What && X.Object.valid() && X.Object == P; });
    };
    return llvm::all_of(T.Handles,
                        [&](const Place &P) { return (T.Detached || Does(Op::Detach, P)) && !Does(Op::Join, P); });
  });
}

bool JoinedTasks::isLetGo(const FunctionDecl *Body) {
  auto On = U.get<Threads>().on(Body);
  return !On.empty() && !U.get<Threads>().elsewhere(Body) &&
         llvm::all_of(On, [&](const ThreadBody *B) { return isLetGoAtStart(U, *B->Of); });
}

bool JoinedTasks::isStartedBy(const FunctionDecl *Body, const FunctionDecl *Starter) {
  auto On = U.get<Threads>().on(Body);
  return !On.empty() && !U.get<Threads>().elsewhere(Body) &&
         llvm::all_of(On, [&](const ThreadBody *B) { return B->Of->Start.In && B->Of->Start.In->Fn == Starter; });
}

JoinedTasks::JoinedTasks(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<JoinedTasks>(Unit &);

} // namespace heddle

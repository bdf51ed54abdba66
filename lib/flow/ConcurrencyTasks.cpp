// The tasks that a body starts, itself and through helpers, and by what they can be waited for.
#include "ConcurrencyImpl.h"
#include "Calls.h"
#include "Expressions.h"
#include "Loops.h"
#include "Mentions.h"
#include "Unwrap.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {

Concurrency::Impl::Body &Concurrency::Impl::body(Code &C) {
  auto [It, New] = Bodies.try_emplace(&C);
  Body &B = It->second;
  if (New)
    for (const Event &E : C.Events) {
      bool Parallel = E.Kind == Op::RunNow && E.may(Fact::Parallel);
      if (E.Kind != Op::Spawn && E.Kind != Op::Defer && !Parallel)
        continue;
      for (const CallableRef &What : E.Tasks)
        if (What.Body)
          addTask(C, E, What, B.Tasks);
    }
  return B;
}

bool Concurrency::Impl::isGiven(const CallExpr *Call, llvm::StringRef Enumerator) {
  return Call && llvm::any_of(Call->arguments(), [&](const Expr *A) {
           const auto *DR = dyn_cast<DeclRefExpr>(unwrap(A));
           const auto *E = DR ? dyn_cast<EnumConstantDecl>(DR->getDecl()) : nullptr;
           return E && E->getName() == Enumerator;
         });
}

bool Concurrency::Impl::waitsForIt(const Event &E) {
  return E.may(Fact::Tied) && isGiven(dyn_cast_or_null<CallExpr>(E.Site), "BlockingQueuedConnection");
}

void Concurrency::Impl::addTask(Code &C, const Event &E, const CallableRef &What, std::vector<TaskStart> &Out) {
  TaskStart T;
  T.Start = &E;
  T.What = &What;
  // What is posted to a pool runs on its threads, and not on the one that posts.
  const TypeModel *On = E.Object.valid() ? U.type(E.Object) : nullptr;
  T.Concurrent = E.Kind == Op::Spawn || E.Kind == Op::RunNow || (On && On->With.has(Fact::OwnsThreads));
  // A fiber is a thread that costs nothing: those of one thread take turns.
  bool Fiber = E.ObjectRole == Role::Thread && E.may(Fact::CheapTask);
  T.Serial = isSerial(E.ObjectRole) || E.Kind == Op::Defer || Fiber;
  if (E.Kind == Op::RunNow || waitsForIt(E)) {
    T.AtOnce = true;
    Out.push_back(std::move(T));
    return;
  }
  const auto *Site = dyn_cast_or_null<Expr>(E.Site);
  if (!Site || runsWhenAsked(Site))
    return;
  if (!E.Model) {
    if (throughHelper(C, E, What, T)) {
      addFutures(C, What, T);
      Out.push_back(std::move(T));
    } else if (E.Kind != Op::Spawn && (comesBack(C, What) || handsBack(C, What, T))) {
      T.Concurrent = true;
      Out.push_back(std::move(T));
    }
    return;
  }
  auto AddHandle = [&](const Place &Named) {
    Place P = C.whole(Named);
    if (!llvm::is_contained(T.Handles, P))
      T.Handles.push_back(std::move(P));
  };
  if (E.Object.valid()) {
    AddHandle(E.Object);
    if (E.ObjectRole == Role::Executor || E.ObjectRole == Role::Group)
      T.Serial |= isSingleWorker(E.Object);
  }
  // What the call hands out: a future, or a handle in a container.
  const Expr *Value = Site;
  const Stmt *User = C.user(Value);
  Role Result = U.role(Value->getType());
  if (Result == Role::Future || Result == Role::Thread || Result == Role::JoiningThread ||
      Result == Role::SharedFuture) {
    if (auto P = C.destination(Site))
      AddHandle(*P);
    else if (const auto *M = dyn_cast_or_null<MemberExpr>(User)) {
      const Stmt *Call = C.parent(M);
      bool Known = false;
      for (unsigned I : Call ? C.at(Call) : llvm::ArrayRef<unsigned>()) {
        Op K = C.Events[I].Kind;
        T.Detached |= K == Op::Detach;
        T.AtOnce |= K == Op::Join || K == Op::Consume || (K == Op::Await && !C.Events[I].may(Fact::Timed));
        Known |= T.Detached || T.AtOnce;
      }
      if (!Known)
        return;
    } else if (isa_and_nonnull<ReturnStmt>(User)) {
    } else if (!User ||
               isa<CompoundStmt, IfStmt, ForStmt, WhileStmt, CXXForRangeStmt, DoStmt, SwitchCase, CXXNewExpr>(User)) {
      // Dropped at once. A thread that is still running ends the process, a future of async waits.
      if (T.Handles.empty())
        T.AtOnce = !isa_and_nonnull<CXXNewExpr>(User) && (Result != Role::Future || E.may(Fact::Joins));
    } else if (T.Handles.empty())
      return; // handed on: who waits for it is not known
  }
  // A body that waits for what the task tells has it run on another thread.
  T.Concurrent = T.Concurrent || (E.Kind == Op::Defer && comesBack(C, What));
  addRunners(C, E, T);
  addFutures(C, What, T);
  addContainers(C, T);
  Out.push_back(std::move(T));
}

/// A handle that is moved into a container is waited for there; one that is a number, and is copied, there, too.
void Concurrency::Impl::addContainers(const Code &C, TaskStart &T) {
  for (unsigned N = 0; N != T.Handles.size(); ++N) {
    const Place H = T.Handles[N];
    const auto *Number = H.Path.empty() ? dyn_cast_or_null<VarDecl>(H.Root) : nullptr;
    bool JoinedItself = llvm::any_of(C.Events, [&](const Event &E) { return E.Kind == Op::Join && E.Object == H; });
    if (Number && (!Number->getType()->isScalarType() || Number->getType()->isPointerType() || JoinedItself))
      Number = nullptr;
    for (const Event &M : C.Events) {
      if (M.Kind == Op::Move && M.Object == H && isa_and_nonnull<Expr>(M.Site))
        if (auto P = C.destination(cast<Expr>(M.Site)); P && P->Element) {
          P->Element = false;
          T.Handles[N] = *P;
        }
      if (M.Kind == Op::Insert && Number && M.Object.valid() && M.Site && mentions(M.Site, Number))
        T.Handles[N] = M.Object;
    }
  }
}

void Concurrency::Impl::addRunners(Code &C, const Event &E, TaskStart &T) {
  if (E.Kind != Op::Defer || T.Concurrent)
    return;
  for (const Event &Runner : C.Events)
    if (Runner.Kind == Op::Spawn && runsLoop(Runner))
      if (auto Thread =
              Runner.Object.valid() ? std::optional(Runner.Object) : C.destination(dyn_cast_or_null<Expr>(Runner.Site)))
        if (Place P = C.whole(*Thread); !llvm::is_contained(T.Handles, P))
          T.Handles.push_back(std::move(P));
}

bool Concurrency::Impl::leadsToLoop(const FunctionDecl *F) {
  return U.get<Calls>()
      .find(F, [](const Code &, const Event &E) { return E.Kind == Op::Block && E.ObjectRole == Role::EventLoop; })
      .has_value();
}

bool Concurrency::Impl::runsLoop(const Event &Start) {
  return llvm::any_of(Start.Tasks, [&](const CallableRef &T) {
    if (U.visible(T.Body))
      return leadsToLoop(T.Body);
    const auto *M = dyn_cast_or_null<CXXMethodDecl>(T.Body); // `std::thread(&io_context::run, &io)`
    return M && U.Models.type(M->getParent()) && U.Models.type(M->getParent())->Plays == Role::EventLoop &&
           llvm::any_of(U.actions(M, M->getParent(), T.Args.size()),
                        [](const Action &A) { return A.Operation == Op::Block; });
  });
}

const VarDecl *Concurrency::Impl::localOf(const Code &C, const Event &E) {
  const auto *V = dyn_cast_or_null<VarDecl>(E.Object.Root);
  if (!V || !V->isLocalVarDecl() || !E.Object.Path.empty() || V->getType()->isReferenceType() ||
      V->getParentFunctionOrMethod() != static_cast<const DeclContext *>(C.Fn))
    return nullptr;
  return !U.leads(V->getType()) || (U.smartPointee(V->getType()) && V->getInit()) ? V : nullptr;
}

bool Concurrency::Impl::comesBack(Code &C, const CallableRef &T) {
  const Code *Inner = T.Lambda && T.Body ? U.code(T.Body) : nullptr;
  return Inner && llvm::any_of(Inner->Events, [&](const Event &E) {
           return (E.Kind == Op::Leave || E.Kind == Op::Fulfil) && localOf(C, E) &&
                  llvm::any_of(C.Events, [&](const Event &W) { return isWait(W) && W.Object == E.Object; });
         });
}

bool Concurrency::Impl::handsBack(Code &C, const CallableRef &What, TaskStart &T) {
  const Code *Inner = What.Lambda && What.Body ? U.code(What.Body) : nullptr;
  if (!Inner)
    return false;
  auto Returns = returnsIn(C.Fn->getBody());
  for (const Event &E : Inner->Events)
    if ((E.Kind == Op::Leave || E.Kind == Op::Fulfil) && localOf(C, E)) {
      bool Back = !Returns.empty() && llvm::all_of(Returns, [&](const ReturnStmt *R) {
        auto P = R->getRetValue() ? C.place(R->getRetValue()) : std::nullopt;
        return P && *P == E.Object;
      });
      if (Back) {
        T.HandedOut = E.Object;
        return true;
      }
    }
  return false;
}

bool Concurrency::Impl::throughHelper(Code &C, const Event &E, const CallableRef &What, TaskStart &T) {
  Code *Helper = E.Callee ? U.code(E.Callee) : nullptr;
  if (!Helper || Helper == &C)
    return false;
  for (const TaskStart &Inner : body(*Helper).Tasks) {
    const auto *Name = Inner.What->Site ? dyn_cast<DeclRefExpr>(unwrap(Inner.What->Site)) : nullptr;
    if (!(Name && isa<ParmVarDecl>(Name->getDecl())) && !callsParameter(*Helper, *Inner.What, T.Serial))
      continue;
    T.Concurrent = E.Kind == Op::Spawn || Inner.Concurrent;
    return asKept(C, E, *Helper, Inner, T);
  }
  return false;
}

bool Concurrency::Impl::callsParameter(const Code &Starter, const CallableRef &T, bool &Serial) {
  Code *Inner = T.Lambda && T.Body ? U.code(T.Body) : nullptr;
  bool Calls = false;
  for (const Event &E : Inner ? llvm::ArrayRef<Event>(Inner->Events) : llvm::ArrayRef<Event>()) {
    if (E.Kind == Op::Claim || E.Kind == Op::TryAcquire || waitsForOthers(E))
      Serial |= !Calls; // it may be another's turn
    for (const ParmVarDecl *P : Starter.Fn->parameters())
      if (E.Site && Code::callOf(E, P)) {
        Calls = true;
        Serial |= !Locks.at(*Inner, E.Site).empty();
      }
  }
  return Calls;
}

bool Concurrency::Impl::leaves(Code &C, const TaskStart &T) {
  return reach(C, T).Exit && allRunning(C, T, [](const StateMap &M) { return M.AtExit; });
}

bool Concurrency::Impl::asKept(Code &C, const Event &E, Code &Helper, const TaskStart &Inner, TaskStart &T) {
  const auto *Call = dyn_cast<CallExpr>(E.Site);
  T.Detached = Inner.Detached;
  // A helper that waits for a word from its task gives nothing of it to the caller.
  const Reach &R = reach(Helper, Inner);
  bool Waits = !R.Exit && !Inner.HandedOut && llvm::none_of(R.Raises, [](const auto &X) { return !X.second; });
  T.AtOnce = Inner.AtOnce || Waits;
  T.Serial |= Inner.Serial;
  T.Many = Inner.Many || (Inner.Concurrent && Outer.besideItself(Helper, Inner));
  bool Own = false;
  if (Inner.HandedOut) { // the caller waits by what it is given
    const Expr *Value = cast<Expr>(E.Site);
    if (auto P = C.destination(Value); P && !P->Element) {
      T.Handles.push_back(*P);
      T.HandedOut = *P;
    } else if (C.user(Value))
      return false;
  }
  for (const Place &H : Inner.Handles) {
    Place From;
    std::optional<Place> To;
    if (H.This) {
      From.This = true;
      if (const auto *M = dyn_cast<CXXMemberCallExpr>(E.Site))
        To = C.place(M->getImplicitObjectArgument());
    } else if (const auto *P = dyn_cast<ParmVarDecl>(H.Root)) {
      From.Root = P;
      if (const unsigned At = Call ? P->getFunctionScopeIndex() + firstArgument(*Call) : 0;
          Call && At < Call->getNumArgs())
        To = C.place(Call->getArg(At));
    } else if (const auto *V = dyn_cast<VarDecl>(H.Root); V && V->hasLocalStorage()) {
      // A lambda of the caller's knows the caller's own.
      if (V->getParentFunctionOrMethod() == static_cast<const DeclContext *>(C.Fn))
        T.Handles.push_back(H);
      else
        Own = true;
      continue;
    }
    if (!To)
      return false;
    T.Handles.push_back(From.rebase(H, *To));
  }
  // With a handle of the helper's own, its task is over when the helper is left, or the caller cannot name it.
  if (Own && !T.AtOnce && leaves(Helper, Inner))
    return false;
  T.AtOnce |= Own;
  return T.AtOnce || T.Detached || asReturned(C, cast<Expr>(E.Site), Inner, T);
}

bool Concurrency::Impl::isHandle(QualType Type) const {
  Role R = U.role(Type);
  return R == Role::Future || R == Role::SharedFuture || R == Role::Thread || R == Role::JoiningThread;
}

bool Concurrency::Impl::asReturned(Code &C, const Expr *Site, const TaskStart &Inner, TaskStart &T) {
  if (Inner.HandedOut || !isHandle(Site->getType()))
    return true;
  auto P = C.destination(Site);
  if (!P) { // dropped, or handed on to code that may wait
    const Expr *Value = Site;
    return !C.user(Value) || !T.Handles.empty();
  }
  if (!P->Element)
    T.HandedOut = *P;
  if (Place H = C.whole(*P); !llvm::is_contained(T.Handles, H))
    T.Handles.push_back(std::move(H));
  return true;
}

void Concurrency::Impl::addFutures(Code &C, const CallableRef &What, TaskStart &T) {

  for (unsigned I = 0; What.Lambda && I != What.Lambda->capture_size(); ++I) {
    const LambdaCapture &Cap = *(What.Lambda->capture_begin() + I);
    const Expr *Init = Cap.capturesVariable() ? *(What.Lambda->capture_init_begin() + I) : nullptr;
    auto Promise = Init ? C.place(Init) : std::nullopt;
    if (!Promise || !Promise->Root || !Promise->Path.empty())
      continue;
    for (const Event &E : C.Events)
      if (E.Kind == Op::GetFuture && E.Object == *Promise && isa_and_nonnull<Expr>(E.Site))
        if (auto To = C.destination(cast<Expr>(E.Site)); To && To->Element)
          if (Place H = C.whole(*To); !llvm::is_contained(T.Handles, H))
            T.Handles.push_back(std::move(H));
  }
}

void Concurrency::Impl::tasksOfHelpers(Code &C, std::deque<TaskStart> &Out) {
  for (const Event &E : C.Events) {
    Code *Helper = E.Kind == Op::Call && E.Callee && isa_and_nonnull<CallExpr>(E.Site) ? U.code(E.Callee) : nullptr;
    if (!Helper || Helper == &C)
      continue;
    for (const TaskStart &Inner : body(*Helper).Tasks) {
      if (!Inner.Concurrent || Inner.AtOnce || !reach(*Helper, Inner).Exit)
        continue;
      TaskStart T;
      T.Start = &E;
      T.What = Inner.What;
      T.Concurrent = true;
      T.Helper = Helper;
      T.Inside = Inner.Start;
      if (!asKept(C, E, *Helper, Inner, T) || T.AtOnce)
        continue;
      if (!T.Handles.empty() || T.Detached)
        Out.push_back(std::move(T));
    }
  }
}

bool Concurrency::Impl::isSingleWorker(const Place &P) {
  const ValueDecl *V = P.last();
  const CXXRecordDecl *RD = V ? U.pointee(V->getType())->getAsCXXRecordDecl() : nullptr;
  if (!RD || !RD->hasDefinition() || !U.inferred(RD))
    return false;
  const auto *Local = dyn_cast<VarDecl>(V);
  const auto *Made = Local && Local->getInit() ? dyn_cast<CXXConstructExpr>(unwrap(Local->getInit())) : nullptr;
  if (Made && Made->getNumArgs() && constantInteger(Made->getArg(0), U.Ctx) == 1)
    return true; // `ThreadPool pool(1)`
  for (const FieldDecl *F : RD->fields()) {
    QualType E = U.element(F->getType());
    Role R = E.isNull() ? Role::None : U.role(E);
    if (R == Role::Thread || R == Role::JoiningThread || R == Role::Future)
      return false;
  }
  return true;
}

} // namespace heddle

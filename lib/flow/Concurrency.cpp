#include "Concurrency.h"
#include "Calls.h"
#include "Loops.h"
#include "Mentions.h"
#include "Throws.h"
#include "Unwrap.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {

namespace {

/// The states of a handle, seen from one task: its own start makes it busy, and so does every other task of a group.
std::vector<Transition> handleRows(std::string_view AfterEnd, std::string_view AfterEscape) {
  std::vector<Transition> Rows = {
      {"*", Op::Spawn, "busy"},          {"*", Op::Defer, "busy"},          {"*", Op::Insert, "busy"},
      {"busy", Op::Detach, "detached"},  {"busy", Op::Escape, AfterEscape}, {"busy", Op::Extract, "gone"},
      {"busy", Op::Reset, AfterEnd},     {"busy", Op::Clear, AfterEnd},     {"busy", Op::End, AfterEnd},
      {"detached", Op::End, "detached"}, {"lost", Op::End, "lost"},
  };
  for (Op Waits : {Op::Join, Op::Wait, Op::Await, Op::Consume}) {
    Rows.push_back({"busy", Waits, "idle"});
    Rows.back().Unless = Fact::Timed; // one that gives up proves nothing
  }
  return Rows;
}

Automaton handleAutomaton(std::string_view AfterEnd, std::string_view Comes = "idle",
                          std::string_view AfterEscape = "gone") {
  return {.Tracks = {Role::Thread, Role::JoiningThread, Role::Future, Role::SharedFuture, Role::Group, Role::Executor,
                     Role::Container, Role::Promise, Role::Latch},
          .Start = "idle",
          .AtEntry = Comes,
          .Rows = handleRows(AfterEnd, AfterEscape),
          .Escape = OnEscape::Keep, // a row says what it means; what the task itself does to its owner does not count
          .LoopsRun = true};
}

/// Handles whose destructor waits (or ends the process), and those that just let go of their task.
const Automaton Waiting = handleAutomaton("idle");
const Automaton LettingGo = handleAutomaton("lost");
/// The same for a handle that a function hands out with its task running.
const Automaton ComesWaiting = handleAutomaton("idle", "busy");
const Automaton ComesLettingGo = handleAutomaton("lost", "busy");
/// For one that is kept outside of the body, where its task is meant to go on: code that can not be seen leaves it so.
const Automaton KeptOutside = handleAutomaton("lost", "idle", "busy");

} // namespace

struct Concurrency::Impl {
  Concurrency &Outer;
  Unit &U;
  HeldLocks Locks;
  Accesses Touches;
  Simulation Wait, LetGo, ComesWait, ComesLetGo, Outside;

  struct Body {
    std::vector<TaskStart> Tasks;
    std::deque<TaskStart> ByHelpers; ///< those that callees start and leave running
    std::map<const TaskStart *, std::vector<Access>> Touched;
    std::map<const TaskStart *, Reach> Reached;
    struct Handle {
      Place Object;
      bool Waits; ///< letting go of it waits for the task
      bool Comes; ///< with its task running
      bool Kept;  ///< outside of the body, as far as the end of a local is concerned
      StateMap States;
    };
    std::deque<Handle> Handles;
    std::vector<Race> Races;
    bool RacesKnown = false, HelpersKnown = false;
  };
  std::map<const Code *, Body> Bodies;

  Impl(Concurrency &Outer, Unit &U)
      : Outer(Outer), U(U), Locks(U), Touches(U, Locks), Wait(U, Waiting), LetGo(U, LettingGo),
        ComesWait(U, ComesWaiting), ComesLetGo(U, ComesLettingGo), Outside(U, KeptOutside) {}

  // ---- the tasks of a body ----

  Body &body(Code &C) {
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

  /// Is the call given this enumerator?
  static bool isGiven(const CallExpr *Call, llvm::StringRef Enumerator) {
    return Call && llvm::any_of(Call->arguments(), [&](const Expr *A) {
             const auto *DR = dyn_cast<DeclRefExpr>(unwrap(A));
             const auto *E = DR ? dyn_cast<EnumConstantDecl>(DR->getDecl()) : nullptr;
             return E && E->getName() == Enumerator;
           });
  }
  /// `std::async(std::launch::deferred, …)` starts nothing.
  static bool runsWhenAsked(const Expr *Site) { return isGiven(dyn_cast<CallExpr>(Site), "deferred"); }
  /// `QMetaObject::invokeMethod(worker, […] { … }, Qt::BlockingQueuedConnection)` comes back when the callable has run.
  static bool waitsForIt(const Event &E) {
    return E.may(Fact::Tied) && isGiven(dyn_cast_or_null<CallExpr>(E.Site), "BlockingQueuedConnection");
  }

  static bool isSerial(Role R) { return R == Role::Strand || R == Role::EventLoop; }

  void addTask(Code &C, const Event &E, const CallableRef &What, std::vector<TaskStart> &Out) {
    TaskStart T;
    T.Start = &E;
    T.What = &What;
    // What is posted to a pool runs on its threads, and not on the one that posts.
    const TypeModel *On = E.Object.valid() ? U.type(E.Object) : nullptr;
    T.Concurrent = E.Kind == Op::Spawn || E.Kind == Op::RunNow || (On && On->With.has(Fact::OwnsThreads));
    T.Serial = isSerial(E.ObjectRole) || E.Kind == Op::Defer;
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
    // A handler has ended when the threads have that run its loop.
    for (const Event &Runner : C.Events)
      if (E.Kind == Op::Defer && !T.Concurrent && Runner.Kind == Op::Spawn && runsLoop(Runner))
        if (auto Thread = Runner.Object.valid() ? std::optional(Runner.Object)
                                                : C.destination(dyn_cast_or_null<Expr>(Runner.Site)))
          AddHandle(*Thread);
    // A handle that is moved into a container is waited for there.
    for (unsigned N = 0; N != T.Handles.size(); ++N) {
      Place H = T.Handles[N];
      for (const Event &M : C.Events)
        if (M.Kind == Op::Move && M.Object == H && isa_and_nonnull<Expr>(M.Site))
          if (auto P = C.destination(cast<Expr>(M.Site)); P && P->Element) {
            P->Element = false;
            T.Handles[N] = *P;
          }
    }
    Out.push_back(std::move(T));
  }

  /// Does the thread that is started here run an event loop?
  bool runsLoop(const Event &Start) {
    return llvm::any_of(Start.Tasks, [&](const CallableRef &T) {
      if (U.visible(T.Body))
        return U.get<Calls>()
            .find(T.Body,
                  [](const Code &, const Event &E) { return E.Kind == Op::Block && E.ObjectRole == Role::EventLoop; })
            .has_value();
      const auto *M = dyn_cast_or_null<CXXMethodDecl>(T.Body); // `std::thread(&io_context::run, &io)`
      return M && U.Models.type(M->getParent()) && U.Models.type(M->getParent())->Plays == Role::EventLoop &&
             llvm::any_of(U.actions(M, M->getParent(), T.Args.size()),
                          [](const Action &A) { return A.Operation == Op::Block; });
    });
  }

  /// The local of this body that the event of a lambda in it is about, not what a pointer leads to; or null. What a
  /// shared pointer leads to counts where it was made here.
  const VarDecl *localOf(const Code &C, const Event &E) {
    const auto *V = dyn_cast_or_null<VarDecl>(E.Object.Root);
    if (!V || !V->isLocalVarDecl() || !E.Object.Path.empty() || V->getType()->isReferenceType() ||
        V->getParentFunctionOrMethod() != static_cast<const DeclContext *>(C.Fn))
      return nullptr;
    return !U.leads(V->getType()) || (U.smartPointee(V->getType()) && V->getInit()) ? V : nullptr;
  }

  /// Does the callable tell, through a local of this body which it waits for, that it is done? Then whoever takes it
  /// runs it beside this body: `executor.schedule([&] { …; open.DecrementCount(); });` and `open.Wait();`
  bool comesBack(Code &C, const CallableRef &T) {
    const Code *Inner = T.Lambda && T.Body ? U.code(T.Body) : nullptr;
    return Inner && llvm::any_of(Inner->Events, [&](const Event &E) {
             return (E.Kind == Op::Leave || E.Kind == Op::Fulfil) && localOf(C, E) &&
                    llvm::any_of(C.Events, [&](const Event &W) { return isWait(W) && W.Object == E.Object; });
           });
  }

  /// Does the callable tell the one who gets the result of this body that it is done: `enqueue([ticket, job] { job();
  /// ticket.punch(); }); return ticket;`?
  bool handsBack(Code &C, const CallableRef &What, TaskStart &T) {
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

  /// A helper that starts what it is given, or a lambda that calls it: as it keeps the handle, so stands the task to
  /// the caller.
  bool throughHelper(Code &C, const Event &E, const CallableRef &What, TaskStart &T) {
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
  /// Does the task call a callable that its starter was given? \p Serial is set when only one may do so at a time.
  bool callsParameter(const Code &Starter, const CallableRef &T, bool &Serial) {
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
  /// May the task still run when its starter is left?
  bool leaves(Code &C, const TaskStart &T) {
    return reach(C, T).Exit && allRunning(C, T, [](const StateMap &M) { return M.AtExit; });
  }
  /// Takes over how a callee keeps a task, in the names of the caller. False: nothing that the caller can name holds
  /// it.
  bool asKept(Code &C, const Event &E, Code &Helper, const TaskStart &Inner, TaskStart &T) {
    const auto *Call = dyn_cast<CallExpr>(E.Site);
    T.Detached = Inner.Detached;
    T.AtOnce = Inner.AtOnce;
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
    // With a handle of the helper's own, its task is over when the helper is left, or the caller can not name it.
    if (Own && !T.AtOnce && leaves(Helper, Inner))
      return false;
    T.AtOnce |= Own;
    return true;
  }

  /// The tasks that callees start with what they are given, and that may still run when they return.
  void tasksOfHelpers(Code &C, std::deque<TaskStart> &Out) {
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
        // A future or a thread that the helper returns.
        Role Result = U.role(cast<Expr>(E.Site)->getType());
        if (Result == Role::Future || Result == Role::SharedFuture || Result == Role::Thread ||
            Result == Role::JoiningThread)
          if (auto P = C.destination(cast<Expr>(E.Site)); P && !P->Element) {
            T.Handles.push_back(*P);
            T.HandedOut = *P;
          }
        if (!T.Handles.empty() || T.Detached)
          Out.push_back(std::move(T));
      }
    }
  }

  /// A pool of the user's own with one thread runs one task after another.
  bool isSingleWorker(const Place &P) {
    const ValueDecl *V = P.last();
    const CXXRecordDecl *RD = V ? U.pointee(V->getType())->getAsCXXRecordDecl() : nullptr;
    if (!RD || !RD->hasDefinition() || !U.inferred(RD))
      return false;
    for (const FieldDecl *F : RD->fields()) {
      QualType E = U.element(F->getType());
      Role R = E.isNull() ? Role::None : U.role(E);
      if (R == Role::Thread || R == Role::JoiningThread || R == Role::Future)
        return false;
    }
    return true;
  }

  // ---- how far control gets while the task may be on its way ----

  /// Does the task know this object (a variable that it captures or is given, or a part of its own object)?
  static bool knows(Code &C, const CallableRef &T, const Place &P, unsigned Depth = 0) {
    if (!P.valid() || Depth > 3)
      return true;
    if (P.Root && isa<VarDecl>(P.Root) && cast<VarDecl>(P.Root)->hasGlobalStorage())
      return true;
    auto Leads = [&](const Expr *E) {
      auto A = C.place(E);
      return A && A->Root == P.Root && A->This == P.This;
    };
    if (T.Receiver && T.Receiver->Root == P.Root && T.Receiver->This == P.This)
      return true;
    if (llvm::any_of(T.Args, Leads) ||
        llvm::any_of(T.Fields, [&](const CallableRef::Member &M) { return Leads(M.Value); }))
      return true;
    if (!T.Lambda)
      return false;
    for (unsigned I = 0; I != T.Lambda->capture_size(); ++I) {
      const LambdaCapture &Cap = *(T.Lambda->capture_begin() + I);
      if (Cap.capturesThis() && P.This)
        return true;
      if (!Cap.capturesVariable())
        continue;
      if (Cap.getCapturedVar() == P.Root)
        return true;
      const Expr *Init = *(T.Lambda->capture_init_begin() + I);
      if (Init && Leads(Init))
        return true;
      if (const auto *V = dyn_cast<VarDecl>(Cap.getCapturedVar()); V && V->getInit()) {
        if (Leads(V->getInit()))
          return true;
        for (const CallableRef &Held : C.callables(V->getInit()))
          if (Held.Lambda && Held.Lambda != T.Lambda && knows(C, Held, P, Depth + 1))
            return true;
      }
      // A future knows its promise: what is made from a captured object is waited for through the other.
      auto Captured = Init ? C.place(Init) : std::nullopt;
      const ValueDecl *From = Captured && Captured->Root ? Captured->Root : Cap.getCapturedVar();
      if (const auto *V = dyn_cast_or_null<VarDecl>(P.Root); V && V->getInit() && !From->getType()->isScalarType())
        if (mentions(V->getInit(), From))
          return true;
    }
    return false;
  }
  /// Of a task that a helper starts it knows at least what the helper was given.
  static bool knows(Code &C, const TaskStart &T, const Place &P) {
    if (!T.Helper)
      return knows(C, *T.What, P);
    if (!P.valid() || (P.Root && isa<VarDecl>(P.Root) && cast<VarDecl>(P.Root)->hasGlobalStorage()))
      return true;
    const auto *Call = cast<CallExpr>(T.Start->Site);
    auto Leads = [&](const Expr *E) {
      auto A = C.place(E);
      return A && A->Root == P.Root && A->This == P.This;
    };
    const auto *M = dyn_cast<CXXMemberCallExpr>(Call);
    return llvm::any_of(Call->arguments(), Leads) || (M && Leads(M->getImplicitObjectArgument()));
  }

  static bool isWait(const Event &E) { return waitsForOthers(E) || E.Kind == Op::ObserveStop; }

  /// Is it a local that a callable knows which was left with somebody before the wait: `client.onReady = [&] { ready =
  /// true; wake.notify_one(); };`? The task may well be the one who calls it.
  bool toldByCallback(const Code &C, const TaskStart &T, const Event &Wait) {
    if (!localOf(C, Wait))
      return false;
    const SourceManager &SM = U.Ctx.getSourceManager();
    return llvm::any_of(C.Events, [&](const Event &E) {
      if (!E.Site || &E == T.Start || !SM.isBeforeInTranslationUnit(E.Site->getBeginLoc(), Wait.Site->getBeginLoc()))
        return false;
      if (E.Kind == Op::Escape)
        return isa<LambdaExpr>(E.Site) && E.Object == Wait.Object;
      return E.Kind == Op::Defer && llvm::any_of(E.Tasks, [&](const CallableRef &X) {
               return X.Lambda && llvm::any_of(X.Lambda->captures(), [&](const LambdaCapture &Cap) {
                        return Cap.capturesVariable() && Cap.getCapturedVar() == Wait.Object.Root;
                      });
             });
    });
  }

  /// The statements at which the starter learns how far the task is, and the timed waits whose outcome tells.
  void orderers(Code &C, const TaskStart &T, llvm::DenseSet<const Stmt *> &Always,
                llvm::DenseSet<const Stmt *> &Timed) {
    for (const Event &E : C.Events) {
      if (!E.Site || &E == T.Start)
        continue;
      Place O = E.Object;
      O.Element = false;
      if (llvm::is_contained(T.Handles, O)) {
        if (isWait(E) && E.may(Fact::Timed))
          Timed.insert(E.Site);
        else if (E.Kind == Op::Block || (E.Kind == Op::Call && E.Callee && reachesWait(U, E.Callee)))
          Always.insert(E.Site); // an event loop is run, or a member that waits is called
        continue;
      }
      // Whatever loop is run here: the handler may be one of its own.
      if (!T.Concurrent && E.Kind == Op::Block && E.ObjectRole == Role::EventLoop)
        Always.insert(E.Site);
      else if (isWait(E) && (knows(C, T, E.Object) || toldByCallback(C, T, E)))
        (E.may(Fact::Timed) ? Timed : Always).insert(E.Site);
      else if (E.Kind == Op::Escape && E.ObjectRole != Role::None && E.ObjectRole != Role::SmartPointer &&
               E.ObjectRole != Role::Container && E.Object.valid() && knows(C, T, E.Object))
        Always.insert(E.Site);
      else if (E.Kind == Op::Call && E.Callee && reachesWait(U, E.Callee)) {
        bool Related = E.Object.valid() && knows(C, T, E.Object);
        if (const auto *Call = dyn_cast<CallExpr>(E.Site))
          for (const Expr *A : Call->arguments())
            if (auto P = C.place(A))
              Related |= knows(C, T, *P) && !llvm::is_contained(T.Handles, *P);
        if (Related)
          Always.insert(E.Site);
      }
    }
    findAtomics(C, T, C.Fn->getBody(), Always);
    // A flag that the task sets is read under the lock that protects it.
    for (const Access &A : Touches.of(C))
      if (A.Does != Access::Write)
        for (const Access &B : touched(C, T))
          if (Touches.conflict(B, A) && shareLock(A, B)) {
            Always.insert(A.Entry);
            break;
          }
  }
  bool isAtomic(const Expr *E) { return U.role(E->IgnoreParenImpCasts()->getType()) == Role::Atomic; }
  /// Does a member look at an atomic: `bool done() const { return done_; }`?
  bool asksAtomic(const FunctionDecl *F, unsigned Depth = 0) {
    const FunctionDecl *Def = Depth < 3 ? U.visible(F) : nullptr;
    return Def && mentionsAtomic(Def->getBody(), Depth);
  }
  bool mentionsAtomic(const Stmt *S, unsigned Depth) {
    if (!S)
      return false;
    if (const auto *M = dyn_cast<CXXMemberCallExpr>(S); M && M->getImplicitObjectArgument())
      if (isAtomic(M->getImplicitObjectArgument()) || asksAtomic(M->getMethodDecl(), Depth + 1))
        return true;
    return llvm::any_of(S->children(), [&](const Stmt *X) { return mentionsAtomic(X, Depth); });
  }
  /// Looks at atomics that the task knows tell how far it is.
  void findAtomics(Code &C, const TaskStart &T, const Stmt *S, llvm::DenseSet<const Stmt *> &Out) {
    if (!S || isa<LambdaExpr>(S))
      return;
    const Expr *Obj = nullptr;
    if (const auto *M = dyn_cast<CXXMemberCallExpr>(S))
      Obj = M->getImplicitObjectArgument();
    if (Obj && (isAtomic(Obj) || (S != T.Start->Site && asksAtomic(cast<CXXMemberCallExpr>(S)->getMethodDecl()))))
      if (auto P = C.place(Obj); P && knows(C, T, *P))
        Out.insert(S);
    if (const Expr *Cond = isLoop(S) ? loopCondition(S) : nullptr)
      findFlags(C, T, Cond, S, Out);
    for (const Stmt *Child : S->children())
      findAtomics(C, T, Child, Out);
  }

  /// `while (!done) loop.poll();`: where nothing in the loop changes what its condition reads, it is the task that ends
  /// it.
  void findFlags(Code &C, const TaskStart &T, const Expr *Cond, const Stmt *Loop, llvm::DenseSet<const Stmt *> &Out) {
    llvm::SmallVector<const DeclRefExpr *, 2> Flags;
    bool Else = mentions(Cond, [&](const Stmt *X) {
      const auto *DR = dyn_cast<DeclRefExpr>(X);
      const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
      auto P = V && V->getType()->isScalarType() && !V->getType()->isPointerType() ? C.place(DR) : std::nullopt;
      if (P && knows(C, T, *P))
        Flags.push_back(DR);
      return isa<CallExpr, MemberExpr>(X) || (V && changes(Loop, V));
    });
    if (Flags.empty() || Else)
      return;
    Out.insert(Cond);
    Out.insert(Cond->IgnoreParens());
    Out.insert(Flags.begin(), Flags.end());
  }
  static bool changes(const Stmt *S, const VarDecl *V) {
    if (!S || isa<LambdaExpr>(S))
      return false;
    const auto *B = dyn_cast<BinaryOperator>(S);
    const auto *O = dyn_cast<UnaryOperator>(S);
    const Expr *Changed = B && B->isAssignmentOp()           ? B->getLHS()
                          : O && O->isIncrementDecrementOp() ? O->getSubExpr()
                                                             : nullptr;
    const auto *DR = Changed ? dyn_cast<DeclRefExpr>(Changed->IgnoreParens()) : nullptr;
    return (DR && DR->getDecl() == V) || llvm::any_of(S->children(), [&](const Stmt *X) { return changes(X, V); });
  }

  const std::vector<Access> &touched(Code &C, const TaskStart &T) {
    Body &B = body(C);
    auto [It, New] = B.Touched.try_emplace(&T);
    if (New)
      It->second = T.Helper ? Touches.of(C, *T.Start, *T.Helper, *T.What) : Touches.of(C, *T.What);
    return It->second;
  }

  bool shareLock(const Access &A, const Access &B) {
    auto LA = Touches.locks(A);
    if (LA.empty())
      return false;
    auto LB = Touches.locks(B);
    return llvm::any_of(LA, [&](const Place &L) { return llvm::is_contained(LB, L); });
  }

  /// Which edge of a condition on a timed wait is taken when the time is over: true or false; none when it does not
  /// ask.
  static std::optional<bool> timeOver(const Code &C, const Expr *Cond, const llvm::DenseSet<const Stmt *> &Timed,
                                      bool Truth = true) {
    Cond = unwrap(Cond);
    if (!Cond)
      return std::nullopt;
    if (const auto *O = dyn_cast<UnaryOperator>(Cond); O && O->getOpcode() == UO_LNot)
      return timeOver(C, O->getSubExpr(), Timed, !Truth);
    auto IsWait = [&](const Expr *E) {
      E = unwrap(E);
      if (const auto *DR = dyn_cast_or_null<DeclRefExpr>(E))
        if (const auto *V = dyn_cast<VarDecl>(DR->getDecl()); V && V->isLocalVarDecl() && V->getInit())
          E = unwrap(V->getInit());
      return E && Timed.contains(E);
    };
    if (const auto *B = dyn_cast<BinaryOperator>(Cond); B && B->isEqualityOp()) {
      const Expr *L = B->getLHS(), *R = B->getRHS();
      if (!IsWait(L))
        std::swap(L, R);
      const auto *DR = IsWait(L) ? dyn_cast<DeclRefExpr>(unwrap(R)) : nullptr;
      if (!DR || !DR->getDecl()->getIdentifier())
        return std::nullopt;
      bool AsksTimeout = DR->getDecl()->getName() == "timeout";
      return (AsksTimeout == (B->getOpcode() == BO_EQ)) == Truth;
    }
    if (IsWait(Cond))
      return !Truth; // the result is true when what was waited for came
    return std::nullopt;
  }

  const Reach &reach(Code &C, const TaskStart &T) {
    Body &B = body(C);
    auto [It, New] = B.Reached.try_emplace(&T);
    Reach &R = It->second;
    if (!New)
      return R;
    llvm::DenseSet<const Stmt *> Always, Timed;
    orderers(C, T, Always, Timed);
    R = reach(C, T.Start->Site, Always, Timed);
    return R;
  }

  static bool isThrow(const CFGBlock *Block) {
    for (const CFGElement &El : llvm::reverse(*Block))
      if (auto CS = El.getAs<CFGStmt>())
        return isa<CXXThrowExpr>(CS->getStmt());
    return false;
  }

  /// Follows control from behind \p From, up to the statements of \p Always and along the edge of a timed wait on which
  /// the time is over.
  static Reach reach(Code &C, const Stmt *From, const llvm::DenseSet<const Stmt *> &Always,
                     const llvm::DenseSet<const Stmt *> &Timed) {
    Reach R;
    const CFG *G = C.graph();
    if (!G)
      return R;
    llvm::SmallVector<std::pair<const CFGBlock *, unsigned>, 16> Work;
    for (const CFGBlock *Block : *G) {
      unsigned At = 0;
      for (const CFGElement &El : *Block) {
        ++At;
        if (auto CS = El.getAs<CFGStmt>(); CS && CS->getStmt() == From)
          Work.push_back({Block, At});
      }
    }
    llvm::DenseSet<const CFGBlock *> Seen;
    while (!Work.empty()) {
      auto [Block, Skip] = Work.pop_back_val();
      bool Stopped = false;
      unsigned At = 0;
      for (const CFGElement &El : *Block) {
        if (At++ < Skip)
          continue;
        if (auto CS = El.getAs<CFGStmt>()) {
          R.Before.insert(CS->getStmt());
          if (Always.contains(CS->getStmt())) {
            Stopped = true;
            break;
          }
        } else if (auto L = El.getAs<CFGLifetimeEnds>())
          R.Ends.insert(L->getVarDecl());
      }
      if (Stopped || (Block->hasNoReturnElement() && !isThrow(Block)))
        continue;
      const auto *Cond = dyn_cast_or_null<Expr>(Block->getTerminatorCondition());
      std::optional<bool> Over = Cond ? timeOver(C, Cond, Timed) : std::nullopt;
      // A start that throws has started nothing.
      auto Last = Block->empty() ? std::nullopt : Block->back().getAs<CFGStmt>();
      bool StartThrows = Last && Last->getStmt() == From && !Block->getTerminatorStmt();
      unsigned Index = 0;
      for (const CFGBlock *To : Block->succs()) {
        bool First = Index++ == 0;
        if (!To || (Over && First != *Over) || (StartThrows && !First))
          continue;
        // The second edge of a call is the one on which it throws.
        if (!First && Last && !Block->getTerminatorStmt() && Block->succ_size() == 2 && isa<Expr>(Last->getStmt()) &&
            !C.U.mayThrow(cast<Expr>(Last->getStmt())))
          continue;
        if (!First && Last && !Block->getTerminatorStmt() && isa<Expr>(Last->getStmt()))
          R.Raises.push_back({cast<Expr>(Last->getStmt()), dyn_cast_or_null<CXXTryStmt>(To->getTerminatorStmt())});
        if (To == &G->getExit())
          R.Exit = true;
        else if (Seen.insert(To).second)
          Work.push_back({To, 0});
      }
    }
    return R;
  }

  // ---- the handles ----

  /// Does letting go of this handle wait for the task, or end the process?
  bool waitsAtEnd(const TaskStart &T, const Place &Handle) {
    const ValueDecl *V = Handle.last();
    if (!V)
      return false;
    QualType Elem = U.element(V->getType());
    QualType Type = Elem.isNull() ? U.pointee(V->getType()) : U.pointee(Elem);
    const TypeModel *M = U.type(Type);
    if (!M)
      return true; // not known: silence
    if (M->Plays == Role::StopCallback)
      return true;
    if (M->With.has(Fact::Joins) || M->Plays == Role::Thread || M->Plays == Role::JoiningThread)
      return Type->isRecordType(); // of a pthread_t nobody cares
    if (M->Plays == Role::Future || M->Plays == Role::SharedFuture)
      return (T.Inside ? T.Inside : T.Start)->may(Fact::Joins);
    return joinsInDestructor(Type);
  }
  /// Does the end of such an object wait for tasks, by itself or by what it is made of?
  bool joinsInDestructor(QualType T, unsigned Depth = 0) {
    const TypeModel *M = U.type(T);
    if (M && (M->With.has(Fact::Joins) || llvm::any_of(M->Destructor, [](const Action &A) {
                return A.Operation == Op::Wait || A.Operation == Op::Join;
              })))
      return true;
    const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
    if (!RD || !RD->hasDefinition() || Depth > 2 || U.Ctx.getSourceManager().isInSystemHeader(RD->getLocation()))
      return false;
    if (const CXXDestructorDecl *D = RD->getDestructor();
        D && !D->isDefaulted() && (!U.visible(D) || reachesWait(U, D)))
      return true; // what can not be seen may wait
    return llvm::any_of(RD->fields(), [&](const FieldDecl *F) {
      QualType E = U.element(F->getType());
      return joinsInDestructor(E.isNull() ? F->getType() : E, Depth + 1);
    });
  }

  const StateMap &handle(Code &C, const TaskStart &T, const Place &Handle, bool Kept = false) {
    Body &B = body(C);
    bool Waits = waitsAtEnd(T, Handle), Comes = T.HandedOut && *T.HandedOut == Handle;
    for (const Body::Handle &H : B.Handles)
      if (H.Object == Handle && H.Waits == Waits && H.Comes == Comes && H.Kept == Kept)
        return H.States;
    Simulation &S = Kept ? Outside : Comes ? (Waits ? ComesWait : ComesLetGo) : (Waits ? Wait : LetGo);
    return B.Handles.emplace_back(Handle, Waits, Comes, Kept, S.states(C.Fn, Handle)).States;
  }
  /// Is the thread kept in a member, or in an object that the caller owns?
  bool isKept(const Place &Handle) {
    const auto *P = dyn_cast_or_null<ParmVarDecl>(Handle.Root);
    const ValueDecl *Last = Handle.last();
    bool Thread = Last && (U.role(Last->getType()) == Role::Thread || U.role(Last->getType()) == Role::JoiningThread);
    return Thread && !Handle.Path.empty() &&
           (Handle.This || (P && (P->getType()->isReferenceType() || P->getType()->isPointerType())));
  }

  /// The local that the handle is a part of and that waits for it when it dies, or null.
  const VarDecl *waitingOwner(const Place &Handle) {
    const auto *Owner = Handle.Path.empty() ? nullptr : dyn_cast_or_null<VarDecl>(Handle.Root);
    bool Local = Owner && Owner->hasLocalStorage() && !isa<ParmVarDecl>(Owner) && !Owner->getType()->isReferenceType();
    return Local && joinsInDestructor(U.pointee(Owner->getType())) ? Owner : nullptr;
  }
  /// Has the local that waits for the task of this handle died before \p At?
  bool endedWithOwner(Code &C, const Place &Handle, SourceLocation At) {
    const VarDecl *Owner = waitingOwner(Handle);
    if (!Owner)
      return false;
    const SourceManager &SM = U.Ctx.getSourceManager();
    for (const Event &E : C.Events)
      if (E.Object.Root == Owner)
        for (const Stmt *S = E.Site; S; S = C.parent(S))
          if (isa<CompoundStmt>(S) && SM.isBeforeInTranslationUnit(S->getBeginLoc(), Owner->getLocation())) {
            // The innermost block around a use that begins before the declaration is the one that it lives in.
            return SM.isBeforeInTranslationUnit(S->getEndLoc(), At);
          }
    return false;
  }

  static bool running(const StateMap &M, unsigned Bits) {
    return M.Complete && (Bits & (M.bit("busy") | M.bit("detached") | M.bit("lost")));
  }

  // ---- races ----

  /// Do the tasks of different turns of the innermost loop around the start mean the same object by this name?
  bool sharedByTurns(Code &C, const TaskStart &T, const Access &A) const {
    const auto *V = dyn_cast_or_null<VarDecl>(A.Object.Root);
    if (!V || V->hasGlobalStorage())
      return true;
    if (!A.Pointer && V->getType()->isPointerType() && C.isModified(V))
      return false; // it leads elsewhere in the next turn
    const SourceManager &SM = U.Ctx.getSourceManager();
    for (const Stmt *S = C.parent(T.Start->Site); S; S = C.parent(S))
      if (isLoop(S))
        return SM.isBeforeInTranslationUnit(V->getLocation(), S->getBeginLoc());
    return true;
  }

  /// Does the access stand before the start in a loop, and name a variable that each turn has for itself?
  bool ofNextTurn(Code &C, const TaskStart &T, const Access &X) const {
    const SourceManager &SM = U.Ctx.getSourceManager();
    const auto *V = dyn_cast_or_null<VarDecl>(X.Object.Root);
    if (!V || V->hasGlobalStorage() ||
        !SM.isBeforeInTranslationUnit(X.Entry->getBeginLoc(), T.Start->Site->getBeginLoc()))
      return false;
    for (const Stmt *S = C.parent(T.Start->Site); S; S = C.parent(S))
      if (isLoop(S) && within(C, X.Entry, S))
        return !SM.isBeforeInTranslationUnit(V->getLocation(), S->getBeginLoc());
    return false;
  }

  bool unordered(const Access &A, const Access &B) {
    return Touches.conflict(A, B) && !Touches.ordered(A) && !Touches.ordered(B) && !shareLock(A, B);
  }

  /// Does a member leave the task running, beside those that its next calls start: in a group, a pool or a container
  /// that belongs to the object?
  bool runsInNextCall(Code &C, const TaskStart &T) {
    const auto *M = dyn_cast<CXXMethodDecl>(C.Fn);
    if (!M || M->getParent()->isLambda() || isa<CXXConstructorDecl, CXXDestructorDecl>(M) || T.Helper || T.AtOnce ||
        T.Serial || T.Handles.empty())
      return false;
    bool Kept = llvm::all_of(T.Handles, [&](const Place &H) {
      const ValueDecl *D = H.This ? H.last() : nullptr;
      Role R = D ? U.role(D->getType()) : Role::None;
      return D && (R == Role::Group || R == Role::Executor || !U.element(D->getType()).isNull());
    });
    return Kept && llvm::none_of(C.Events, [&](const Event &E) {
             return isWait(E) || (E.Kind == Op::Call && E.Callee && reachesWait(U, E.Callee));
           });
  }

  /// Does the access add one more element to a container of the object, which nobody has made room for?
  bool grows(Code &C, const Access &X) {
    const auto *F = X.Object.This && !X.Object.Element ? dyn_cast_or_null<FieldDecl>(X.Object.last()) : nullptr;
    bool Inserts = F && llvm::any_of(C.Events, [&](const Event &E) {
                     return E.Kind == Op::Insert && E.Object.last() == F && within(C, X.Entry, E.Site);
                   });
    return Inserts && llvm::none_of(U.Functions, [&](const FunctionDecl *Fn) {
             return mentions(Fn->getBody(), [&](const Stmt *S) {
               const auto *M = dyn_cast<CXXMemberCallExpr>(S);
               return M && M->getMethodDecl() && M->getMethodDecl()->getIdentifier() &&
                      M->getMethodDecl()->getName() == "reserve" && thisField(M->getImplicitObjectArgument()) == F;
             });
           });
  }

  template <typename Ask> bool allRunning(Code &C, const TaskStart &T, Ask Bits, bool AtEnd = false) {
    return llvm::all_of(T.Handles, [&](const Place &H) {
      const StateMap &M = handle(C, T, H, AtEnd && isKept(H));
      return running(M, Bits(M));
    });
  }
};

Concurrency::Concurrency(Unit &U) : I(std::make_unique<Impl>(*this, U)) {}
Concurrency::~Concurrency() = default;
const std::vector<TaskStart> &Concurrency::tasks(Code &C) { return I->body(C).Tasks; }
const std::deque<TaskStart> &Concurrency::tasksOfHelpers(Code &C) {
  Impl::Body &B = I->body(C);
  if (!std::exchange(B.HelpersKnown, true))
    I->tasksOfHelpers(C, B.ByHelpers);
  return B.ByHelpers;
}
const std::vector<Access> &Concurrency::touched(Code &C, const TaskStart &T) { return I->touched(C, T); }

bool Concurrency::runsAt(Code &C, const TaskStart &T, const Stmt *S) {
  if (T.AtOnce || !I->reach(C, T).Before.contains(S))
    return false;
  if (llvm::any_of(T.Handles, [&](const Place &H) { return I->endedWithOwner(C, H, S->getBeginLoc()); }))
    return false;
  return I->allRunning(C, T, [&](const StateMap &M) { return M.Before.lookup(S); });
}

bool Concurrency::outlives(Code &C, const TaskStart &T, const VarDecl *V) {
  if (T.AtOnce)
    return false;
  const Reach &R = I->reach(C, T);
  // The locals of one scope die in reverse order.
  const SourceManager &SM = I->U.Ctx.getSourceManager();
  if (const auto *Call = dyn_cast<CallExpr>(T.Start->Site); Call && T.Start->may(Fact::Tied))
    for (const Expr *A : Call->arguments()) {
      auto P = A->getType()->isPointerType() ? C.place(A) : std::nullopt;
      const auto *Tie = P && P->Path.empty() ? dyn_cast_or_null<VarDecl>(P->Root) : nullptr;
      if (Tie && Tie->hasLocalStorage() && !Tie->getType()->isPointerType() &&
          (Tie == V || SM.isBeforeInTranslationUnit(V->getLocation(), Tie->getLocation())))
        return false;
    }
  if (T.Helper && I->joinsInDestructor(V->getType()))
    return false; // it waits for its own task
  for (const Place &H : T.Handles)
    if (const VarDecl *Owner = I->waitingOwner(H);
        Owner && SM.isBeforeInTranslationUnit(V->getLocation(), Owner->getLocation()))
      return false;
  if (R.Ends.contains(V) && I->allRunning(
                                C, T, [&](const StateMap &M) { return M.AtEnd.lookup(V); }, /*AtEnd=*/true))
    return true;
  // The graph does not tell the ends of parameters, nor of what dies when the whole body is left by `return`.
  return isa<ParmVarDecl>(V) && R.Exit &&
         I->allRunning(
             C, T, [&](const StateMap &M) { return M.AtExit; }, /*AtEnd=*/true);
}

const Expr *Concurrency::unwindsPast(Code &C, const TaskStart &T, const VarDecl *V) {
  if (T.AtOnce || T.Helper || isa<ParmVarDecl>(V))
    return nullptr;
  const SourceManager &SM = I->U.Ctx.getSourceManager();
  for (const auto &[By, Try] : I->reach(C, T).Raises) {
    // A wait that fails has waited.
    if (llvm::any_of(C.at(By), [&](unsigned X) {
          const Event &E = C.Events[X];
          return Impl::isWait(E) || (E.Kind == Op::Call && E.Callee && reachesWait(I->U, E.Callee));
        }))
      continue;
    // The variable is alive there, and within what the exception leaves.
    const Stmt *Block = nullptr;
    for (const Stmt *S = C.parent(By); S && S != Try; S = C.parent(S))
      if (isa<CompoundStmt>(S) && SM.isBeforeInTranslationUnit(S->getBeginLoc(), V->getLocation()))
        Block = S;
    if (!Block || !SM.isBeforeInTranslationUnit(V->getLocation(), By->getBeginLoc()) ||
        !SM.isBeforeInTranslationUnit(By->getEndLoc(), Block->getEndLoc()))
      continue;
    bool Runs = I->allRunning(
        C, T, [&](const StateMap &M) { return M.Before.lookup(By); }, /*AtEnd=*/true);
    // A handle that waits when it dies does so before the variable is gone, if it was made after it.
    bool Joined = llvm::any_of(T.Handles, [&](const Place &H) {
      const auto *Owner = dyn_cast_or_null<VarDecl>(H.Root);
      return (Owner && Owner->isLocalVarDecl() && I->waitsAtEnd(T, H)) || I->waitingOwner(H);
    });
    if (Runs && !Joined && I->U.throws().by(C, By))
      return By;
  }
  return nullptr;
}

Reach Concurrency::after(Code &C, const Stmt *S) {
  llvm::DenseSet<const Stmt *> Waits;
  for (const Event &E : C.Events)
    if (E.Site &&
        (I->isWait(E) || E.Kind == Op::Block || (E.Kind == Op::Call && E.Callee && reachesWait(I->U, E.Callee))))
      Waits.insert(E.Site);
  return I->reach(C, S, Waits, {});
}

const std::vector<Access> &Concurrency::accesses(Code &C) { return I->Touches.of(C); }

const std::vector<Race> &Concurrency::races(Code &C) {
  Impl::Body &B = I->body(C);
  if (std::exchange(B.RacesKnown, true))
    return B.Races;
  llvm::SmallVector<const TaskStart *, 8> Tasks;
  for (const TaskStart &T : B.Tasks)
    if (T.Concurrent)
      Tasks.push_back(&T);
  for (const TaskStart &T : tasksOfHelpers(C))
    Tasks.push_back(&T);
  // What a helper starts meets what is the caller's own, and members where the caller can tell how long it runs.
  auto Meets = [&](const TaskStart &T, const Access &A) {
    const auto *V = dyn_cast_or_null<VarDecl>(A.Object.Root);
    return !T.Helper || (V && V->hasLocalStorage()) || (A.Object.This && !T.Handles.empty());
  };
  for (const TaskStart *T : Tasks) {
    const std::vector<Access> &Mine = I->touched(C, *T);
    if (besideItself(C, *T))
      for (const Access &A : Mine)
        for (const Access &X : Mine)
          if (A.Does == Access::Write && Meets(*T, A) && (T->Many || I->sharedByTurns(C, *T, A)) && I->unordered(A, X))
            B.Races.push_back({T, &A, T, &X});
    for (const TaskStart *O : Tasks) {
      if (O == T || O->AtOnce || (T->Serial && T->Handles == O->Handles) || !runsAt(C, *T, O->Start->Site))
        continue;
      for (const Access &A : Mine)
        for (const Access &X : I->touched(C, *O))
          if (Meets(*T, A) && Meets(*O, X) && I->unordered(A, X))
            B.Races.push_back({T, &A, O, &X});
    }
    if (Mine.empty() || T->AtOnce)
      continue;
    if (I->runsInNextCall(C, *T))
      for (const Access &X : I->Touches.of(C))
        if (I->grows(C, X))
          for (const Access &A : Mine)
            if (mentions(A.Named, X.Object.last()) && I->unordered(A, X))
              B.Races.push_back({T, &A, nullptr, &X, /*NextCall=*/true});
    for (const Access &X : I->Touches.of(C))
      if (runsAt(C, *T, X.Entry) && !I->ofNextTurn(C, *T, X))
        for (const Access &A : Mine)
          if (Meets(*T, A) && I->unordered(A, X))
            B.Races.push_back({T, &A, nullptr, &X});
  }
  return B.Races;
}

bool Concurrency::besideItself(Code &C, const TaskStart &T) {
  if (T.Serial)
    return false;
  return T.Many || T.Start->Kind == Op::RunNow || runsAt(C, T, T.Start->Site);
}

} // namespace heddle

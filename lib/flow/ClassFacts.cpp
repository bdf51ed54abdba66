#include "ClassFacts.h"
#include "Calls.h"
#include "Classes.h"
#include "LibraryCode.h"
#include "Loops.h"
#include "MakeFacts.h"
#include "Order.h"
#include "StoredCallables.h"
#include "Unwrap.h"
#include "support/Walk.h"

#include <set>

using namespace clang;

namespace heddle {

namespace {

constexpr unsigned MaxDepth = 4, MaxBodies = 200;

/// A body that runs on the object: that of a member or task, or one that it calls or runs in place.
struct OwnBody {
  Code *C;
  const OwnBody *Caller = nullptr;
  const Stmt *Site = nullptr;  ///< in Caller
  const Stmt *Entry = nullptr; ///< in the outermost body
  unsigned Depth = 0;
};

/// Returns true if a member is called on the object, whatever role its class plays.
bool callsOwnMember(const Event &E) { return E.Callee && isa<CXXMethodDecl>(E.Callee) && E.Object.isThis(); }

/// The bodies that run on the object when \p Start does, outermost first. A body that is called at several places is
/// there for each of them.
class OwnBodies {
public:
  explicit OwnBodies(Code &Start) { add({&Start}); }
  const std::deque<OwnBody> &all() const { return Bodies; }

private:
  void add(OwnBody Of) {
    if (Bodies.size() >= MaxBodies)
      return;
    const OwnBody &B = Bodies.emplace_back(Of);
    if (B.Depth == MaxDepth)
      return;
    const Stmt *Last = nullptr; // several events may belong to one call
    for (const Event &E : B.C->Events) {
      if (!E.Site)
        continue;
      if (callsOwnMember(E)) {
        if (std::exchange(Last, E.Site) != E.Site)
          enter(B, E, E.Callee);
      } else if (E.Kind == Op::Call && !E.Callee) {
        for (const CallableRef *T : B.C->U.get<StoredCallables>().ownCalledBy(*B.C, E))
          enter(B, E, T->Body);
      } else if (E.Kind == Op::RunNow && !E.may(Fact::Parallel))
        for (const CallableRef &T : E.Tasks)
          if (T.Body && runsOnThis(T))
            enter(B, E, T.Body);
    }
  }
  void enter(const OwnBody &B, const Event &E, const FunctionDecl *F) {
    Code *Inner = B.C->U.code(F);
    for (const OwnBody *Up = &B; Up && Inner; Up = Up->Caller)
      if (Up->C == Inner)
        return;
    if (Inner)
      add({Inner, &B, E.Site, B.Entry ? B.Entry : E.Site, B.Depth + 1});
  }

  std::deque<OwnBody> Bodies;
};

/// Locks that have the same name in every member: parts of the object, and globals.
bool isNamedAlike(const Place &P) {
  const auto *V = dyn_cast_or_null<VarDecl>(P.Root);
  return P.This || (V && V->hasGlobalStorage());
}

/// The field of the object that the event is about, or null.
const FieldDecl *fieldOf(const Code &C, const Event &E) {
  if (!E.Object.valid())
    return nullptr;
  Place P = C.whole(E.Object);
  return P.This && !P.Path.empty() ? P.Path.front() : nullptr;
}

bool waitsForTasks(Op O) { return O == Op::Join || O == Op::Wait || O == Op::Await || O == Op::Consume; }

} // namespace

llvm::StringRef spelling(Phase P) {
  switch (P) {
  case Phase::Construction:
    return "construction";
  case Phase::BeforeTasks:
    return "before tasks";
  case Phase::Concurrent:
    return "concurrent";
  case Phase::AfterTasks:
    return "after tasks";
  case Phase::Destruction:
    return "destruction";
  }
  return "";
}

struct ClassFacts::Impl {
  ClassFacts &Of;
  Unit &U;
  std::vector<MemberAccess> Accesses;
  std::vector<ConditionFacts> Conditions;
  llvm::DenseMap<const CXXMethodDecl *, std::unique_ptr<MethodFacts>> Does;
  bool AccessesKnown = false, ConditionsKnown = false;

  Impl(ClassFacts &Of, Unit &U) : Of(Of), U(U) {}

  // ---- fields, members, tasks ----

  void readFields() {
    for (const FieldDecl *F : Of.Class->fields()) {
      QualType Element = U.element(F->getType());
      if (const ArrayType *A = F->getType()->getAsArrayTypeUnsafe(); A && Element.isNull())
        Element = A->getElementType();
      FieldFacts X{F, U.role(Element.isNull() ? F->getType() : Element), !Element.isNull(), {}};
      if (X.Many && X.Plays == Role::None)
        X.Plays = taskHandleIn(U, Element);
      X.AtEnd = U.get<Destruction>().of(F->getType());
      Of.Fields.push_back(X);
    }
  }

  /// Members that are called from outside first, then the tasks; a private member that none of those runs is called by
  /// somebody who is not seen, as handlers are.
  void readMembers() {
    llvm::SmallVector<Code *, 8> Private, Handlers;
    for (const CXXMethodDecl *M : allMembers(Of.Class)) {
      Code *C = M->isStatic() || !U.visible(M) ? nullptr : U.code(M);
      if (!C)
        continue;
      if (M->getAccess() == AS_private && !M->isVirtual() && !isa<CXXConstructorDecl, CXXDestructorDecl>(M))
        (isCalledByMember(M) ? Private : Handlers).push_back(C);
      else
        enter(*C);
    }
    for (const FieldDecl *F : Of.Class->fields())
      if (const FunctionDecl *Body = startedByDefault(F);
          Body && llvm::none_of(Of.Tasks, [&](const ClassTask &T) { return T.Handle == F && T.Body == Body; }))
        Of.Tasks.push_back({F->getLocation(), {}, nullptr, nullptr, Body, true, F, false, {}, false});
    readNestedTasks();
    for (Code *C : llvm::concat<Code *>(Handlers, Private))
      if (!Runs.contains(C)) {
        enter(*C);
        readNestedTasks();
      }
    for (ClassTask &T : Of.Tasks)
      readStops(T);
  }
  llvm::DenseSet<const Code *> Runs; ///< bodies that members and tasks run
  unsigned TasksRead = 0;

  bool isCalledByMember(const CXXMethodDecl *M) {
    return llvm::any_of(U.get<Calls>().callers(M), [](const auto &X) {
      const auto *By = dyn_cast<CXXMethodDecl>(X.In->Fn);
      return !X.Task && By && !By->getParent()->isLambda();
    });
  }
  void enter(Code &C) {
    const auto *M = cast<CXXMethodDecl>(C.Fn);
    Of.Members.push_back({M, &C});
    tasksIn(C, M);
  }
  /// Tasks may start tasks.
  void readNestedTasks() {
    for (; TasksRead != Of.Tasks.size(); ++TasksRead) {
      const ClassTask &T = Of.Tasks[TasksRead];
      Code *C = T.OnObject ? U.code(T.Body) : nullptr;
      llvm::SmallVector<const CXXMethodDecl *, 2> By = T.StartedBy;
      if (By.empty())
        By.push_back(nullptr);
      for (const CXXMethodDecl *M : C ? By : decltype(By)())
        tasksIn(*C, M);
    }
  }
  void tasksIn(Code &Start, const CXXMethodDecl *By) {
    OwnBodies Bodies(Start);
    for (const OwnBody &B : Bodies.all()) {
      Runs.insert(B.C);
      for (const TaskStart &T : U.concurrency().tasks(*B.C))
        if (ClassTask *Known = task(*B.C, T); Known && By && !llvm::is_contained(Known->StartedBy, By))
          Known->StartedBy.push_back(By);
    }
  }
  /// The member that a function calls first on the object that it is given: `pthread_create(&t, 0, &X::entry, this)`;
  /// or null.
  const FunctionDecl *entered(const Code &In, const CallableRef &T) {
    const Code *C = T.Body && !T.Receiver && !T.Lambda ? U.code(T.Body) : nullptr;
    for (unsigned I = 0; C && I != T.Args.size() && I < C->Fn->getNumParams(); ++I) {
      auto Given = In.place(T.Args[I]);
      if (!Given || !Given->isThis())
        continue;
      for (const Event &E : C->Events)
        if (const auto *M = dyn_cast_or_null<CXXMethodDecl>(E.Callee); M && !M->isStatic() &&
                                                                       E.Object.Root == C->Fn->getParamDecl(I) &&
                                                                       E.Object.Path.empty() && !E.Object.Element)
          if (const FunctionDecl *Def = U.visible(M); Def && isOfClass(M->getParent()))
            return Def;
    }
    return nullptr;
  }
  bool isOfClass(const CXXRecordDecl *RD) const {
    return RD->getCanonicalDecl() == Of.Class->getCanonicalDecl() || Of.Class->isDerivedFrom(RD);
  }
  /// Null for a task that has nothing to do with the object.
  ClassTask *task(Code &In, const TaskStart &T) {
    for (ClassTask &Known : Of.Tasks)
      if (Known.Start == &T)
        return &Known;
    const FieldDecl *Handle = nullptr;
    for (const Place &H : T.Handles)
      if (H.This && !H.Path.empty())
        Handle = H.Path.front();
    const FunctionDecl *Entered = entered(In, *T.What);
    bool OnThis = Entered || runsOnThis(*T.What);
    if (T.AtOnce || !T.What->Body || !(OnThis || Handle))
      return nullptr;
    const FunctionDecl *Body = Entered ? Entered : T.What->Body;
    Of.Tasks.push_back({T.Start->loc(), {}, &T, &In, Body, OnThis, Handle, T.Detached, {}, false});
    return &Of.Tasks.back();
  }
  /// `std::thread worker_{[this] { run(); }};`, `std::thread worker_{&Worker::run, this};`: what the default
  /// initialiser starts on the object, or null. Where a constructor is seen to run it, that tells more.
  const FunctionDecl *startedByDefault(const FieldDecl *F) {
    Role R = U.role(F->getType());
    const Expr *Init = R == Role::Thread || R == Role::JoiningThread ? F->getInClassInitializer() : nullptr;
    if (const auto *L = findFirst<LambdaExpr>(Init, Walk::NoLambdas, [](const LambdaExpr *X) {
          return llvm::any_of(X->captures(), [](const LambdaCapture &Cap) { return Cap.capturesThis(); });
        }))
      return L->getCallOperator();
    const auto *Member = findFirst<DeclRefExpr>(Init, Walk::NoLambdas, [&](const DeclRefExpr *DR) {
      const auto *M = dyn_cast<CXXMethodDecl>(DR->getDecl());
      return M && !M->isStatic() && M->getParent()->getCanonicalDecl() == Of.Class->getCanonicalDecl();
    });
    bool OnThis = anyOf<CXXThisExpr>(Init, Walk::NoLambdas, [](const CXXThisExpr *) { return true; });
    return Member && OnThis ? U.visible(cast<FunctionDecl>(Member->getDecl())) : nullptr;
  }
  /// What the task tests, and another member sets.
  void readStops(ClassTask &T) {
    Code *Body = T.OnObject ? U.code(T.Body) : nullptr;
    if (!Body)
      return;
    MethodFacts::Fields Tested;
    OwnBodies Bodies(*Body);
    for (const OwnBody &B : Bodies.all()) {
      for (const Event &E : B.C->Events)
        T.ObservesStop |= E.Kind == Op::ObserveStop;
      const auto *M = dyn_cast<CXXMethodDecl>(B.C->Fn);
      MethodFacts F = M ? readMethod(U, M) : MethodFacts();
      Tested.insert(F.Tests.begin(), F.Tests.end());
      Tested.insert(F.WaitTests.begin(), F.WaitTests.end());
      forEach<ForStmt>(B.C->Fn->getBody(), Walk::NoLambdas,
                       [&](const ForStmt *S) { fieldsIn(*B.C, S->getCond(), Tested); });
      forEach<DoStmt>(B.C->Fn->getBody(), Walk::NoLambdas,
                      [&](const DoStmt *S) { fieldsIn(*B.C, S->getCond(), Tested); });
    }
    for (const FieldDecl *F : Tested)
      for (const ClassMember &M : Of.Members)
        if (M.M->getCanonicalDecl() != T.Body->getCanonicalDecl() && !isa<CXXConstructorDecl>(M.M) &&
            (Of.does(M).SetsTrue.contains(F) || Of.does(M).SetsFalse.contains(F)))
          T.Flags.insert(F);
  }

  // ---- accesses ----

  /// Of one body: where it starts tasks, and where it has waited for them.
  struct Schedule {
    llvm::SmallVector<const Stmt *, 2> Starts;
    llvm::DenseMap<const FieldDecl *, llvm::SmallVector<const Stmt *, 2>> Waits; ///< by handle
  };
  /// Of a member: its own body, and those that it calls.
  struct Schedules {
    std::map<const OwnBody *, Schedule> Of;
    bool OnlyStarter = false;
  };
  Schedules schedule(const ClassMember &M, const OwnBodies &Bodies) {
    Schedules All;
    bool Starts = false;
    for (const OwnBody &B : Bodies.all()) {
      auto UpFrom = [&](const Stmt *Site, auto Add) {
        for (const OwnBody *X = &B; X; Site = X->Site, X = X->Caller)
          Add(All.Of[X], Site);
      };
      for (const TaskStart &T : U.concurrency().tasks(*B.C))
        if (llvm::any_of(Of.Tasks, [&](const ClassTask &X) { return X.Start == &T; })) {
          UpFrom(T.Start->Site, [](Schedule &S, const Stmt *At) { S.Starts.push_back(At); });
          Starts = true;
        }
      for (const Event &E : B.C->Events)
        if (const FieldDecl *F = waitsForTasks(E.Kind) && !E.may(Fact::Timed) ? fieldOf(*B.C, E) : nullptr)
          UpFrom(waitOf(*B.C, E), [&](Schedule &S, const Stmt *At) { S.Waits[F].push_back(At); });
    }
    All.OnlyStarter = Starts && llvm::all_of(Of.Tasks, [&](const ClassTask &T) {
                        return !T.StartedBy.empty() && llvm::all_of(T.StartedBy, [&](auto *By) { return By == M.M; });
                      });
    return All;
  }
  /// The statement that waits: of a loop over handles, the whole loop.
  static const Stmt *waitOf(const Code &C, const Event &E) {
    const Stmt *Loop = E.Object.Element || C.elementOf(E.Object.Root) ? enclosingLoop(C, E.Site) : nullptr;
    return Loop ? Loop : E.Site;
  }

  /// \p B runs \p At when \p M is called: by the innermost body that starts tasks or waits for them before.
  Phase phase(const ClassMember &M, const Schedules &All, const OwnBody &B, const Stmt *At) {
    Order &O = U.get<Order>();
    bool Destroys = isa<CXXDestructorDecl>(M.M);
    for (const OwnBody *X = &B; X; At = X->Site, X = X->Caller) {
      auto Found = All.Of.find(X);
      if (Found == All.Of.end())
        continue;
      const Schedule &S = Found->second;
      Code &C = *X->C;
      auto Anew = [&](const Stmt *From) {
        return llvm::any_of(S.Starts, [&](const Stmt *T) { return O.reaches(C, From, T) && O.reaches(C, T, At); });
      };
      auto After = [&](const Stmt *Wait) { return O.reaches(C, Wait, At) && !O.reaches(C, At, Wait) && !Anew(Wait); };
      bool Waited = !Of.Tasks.empty() && llvm::all_of(Of.Tasks, [&](const ClassTask &T) {
        auto It = T.Handle ? S.Waits.find(T.Handle) : S.Waits.end();
        return It != S.Waits.end() && llvm::any_of(It->second, After);
      });
      if (Waited)
        return Destroys ? Phase::Destruction : Phase::AfterTasks;
      if (llvm::any_of(S.Starts, [&](const Stmt *T) { return T != At && O.reaches(C, T, At); }))
        return Phase::Concurrent;
    }
    if (isa<CXXConstructorDecl>(M.M))
      return Phase::Construction;
    if (Destroys && Of.Tasks.empty())
      return Phase::Destruction;
    return All.OnlyStarter && !Destroys ? Phase::BeforeTasks : Phase::Concurrent;
  }

  /// Locks surely held at a point of a body, those of its callers included.
  llvm::SmallVector<Place, 2> locks(const OwnBody &B, const Stmt *At) {
    llvm::SmallVector<Place, 2> Out;
    for (const OwnBody *X = &B; X; At = X->Site, X = X->Caller)
      for (const Place &P : U.get<HeldLocks>().at(*X->C, At))
        if (isNamedAlike(P) && !llvm::is_contained(Out, P))
          Out.push_back(P);
    return Out;
  }

  /// What the outermost body is: a member, or a task.
  struct Origin {
    const ClassMember *Member = nullptr;
    const ClassTask *Task = nullptr;
    Schedules When;
  };
  /// \p B is the body in which it happens, if it is one of the object's.
  void add(const Origin &By, MemberAccess X, const OwnBody *B) {
    X.Task = By.Task;
    X.In = B ? B->C : nullptr;
    if (By.Member)
      X.By = By.Member->M;
    if (!Seen.insert({X.Field, X.Site, X.Entry, X.Does, X.Operation, X.By, X.Task}).second)
      return;
    if (By.Member && B)
      X.When = phase(*By.Member, By.When, *B, X.Site);
    Accesses.push_back(std::move(X));
  }
  std::set<std::tuple<const FieldDecl *, const Stmt *, const Stmt *, MemberAccess::Kind, const Event *,
                      const CXXMethodDecl *, const ClassTask *>>
      Seen;

  const Use *use(const FieldDecl *F, const Expr *Mention) {
    const std::vector<Use> &All = U.get<Uses>().everywhere(F);
    auto It = llvm::find_if(All, [&](const Use &X) { return X.Mention && X.Mention == unwrap(Mention); });
    return It == All.end() ? nullptr : &*It;
  }
  /// Plain data, aliases and callees followed. What another function does with a part of the object that it is given
  /// happens where it is called.
  void addData(const Origin &By, const OwnBodies *Bodies, const std::vector<Access> &All) {
    for (const Access &A : All) {
      if (!A.Object.This || A.Object.Path.empty())
        continue;
      MemberAccess X;
      X.Field = A.Object.Path.front();
      X.Does = A.Does == Access::Look   ? MemberAccess::Look
               : A.Does == Access::Read ? MemberAccess::Read
                                        : MemberAccess::Write;
      X.Site = A.Site;
      X.Entry = A.Entry;
      X.As = use(X.Field, A.Site);
      X.Locks = U.concurrency().locks(A);
      const OwnBody *In = nullptr;
      if (Bodies)
        for (const Stmt *At : {static_cast<const Stmt *>(A.Site), A.Entry})
          for (const OwnBody &B : Bodies->all())
            if (!In && (B.Entry ? B.Entry : A.Entry) == A.Entry && B.C->parent(At)) {
              X.Site = At;
              In = &B;
            }
      add(By, std::move(X), In);
    }
  }
  /// Operations on what synchronises, and reads and writes of atomics.
  void addOperations(const Origin &By, const OwnBody &B) {
    auto Add = [&](const FieldDecl *F, MemberAccess::Kind Does, const Event *Operation, const Stmt *Site,
                   const Use *As = nullptr) {
      MemberAccess X;
      X.As = As;
      X.Field = F;
      X.Does = Does;
      X.Operation = Operation;
      X.Site = Site;
      X.Entry = B.Entry ? B.Entry : Site;
      X.Locks = locks(B, Site);
      add(By, std::move(X), &B);
    };
    for (const Event &E : B.C->Events)
      if (const FieldDecl *F = E.Site ? fieldOf(*B.C, E) : nullptr; F && E.Kind != Op::Call)
        Add(F, MemberAccess::Operate, &E, E.Site);
    for (const FieldFacts &F : Of.Fields) {
      if (F.Plays != Role::Atomic && !F.Field->getType()->isAtomicType())
        continue;
      for (const Use &X : U.get<Uses>().in(*B.C, F.Field)) {
        const auto *M = dyn_cast_or_null<MemberExpr>(X.Mention);
        if (!X.Lambda && (!M || isa<CXXThisExpr>(unwrap(M->getBase()))))
          Add(F.Field, X.is(Use::Writes) ? MemberAccess::Write : MemberAccess::Read, nullptr, X.Site, &X);
      }
    }
  }
  void readAccesses() {
    Concurrency &Order = U.concurrency();
    for (const ClassMember &M : Of.Members) {
      OwnBodies Bodies(*M.Body);
      Origin By;
      By.Member = &M;
      By.When = schedule(M, Bodies);
      addData(By, &Bodies, Order.accesses(*M.Body));
      for (const OwnBody &B : Bodies.all())
        addOperations(By, B);
    }
    for (const ClassTask &T : Of.Tasks) {
      Code *Body = T.OnObject ? U.code(T.Body) : nullptr;
      Origin By;
      By.Task = &T;
      if (!Body) { // it was given parts of the object
        if (T.Start)
          addData(By, nullptr, Order.touched(*T.StartedIn, *T.Start));
        continue;
      }
      OwnBodies Bodies(*Body);
      addData(By, &Bodies, Order.accesses(*Body));
      for (const OwnBody &B : Bodies.all())
        addOperations(By, B);
    }
  }

  // ---- conditions ----

  void readConditions() {
    for (const MemberAccess &X : Of.accesses()) {
      if (X.Does != MemberAccess::Operate || X.Operation->Kind != Op::WaitCondition || !X.In)
        continue;
      auto It = llvm::find_if(Conditions, [&](const ConditionFacts &C) { return C.Condition == X.Field; });
      ConditionFacts &C = It == Conditions.end() ? Conditions.emplace_back(ConditionFacts{X.Field, {}, {}}) : *It;
      for (const Place &L : X.Locks)
        if (L.This && !L.Path.empty())
          C.Mutexes.insert(L.Path.front());
      for (const Stmt *Argument : X.Site->children())
        predicateFields(*X.In, Argument, C.Predicates);
      if (const Stmt *Loop = enclosingLoop(*X.In, X.Site))
        fieldsIn(*X.In, loopCondition(Loop), C.Predicates);
      C.Predicates.erase(X.Field);
    }
  }

  // ---- scripts ----

  /// What happens in a part of a body, with what that calls on the object.
  void body(Code &C, std::vector<LifeStep> &Steps, const Stmt *Only) {
    llvm::DenseSet<const Stmt *> In;
    walk(Only, Walk::WithImplicit, [&](const Stmt *S) {
      In.insert(S);
      return Step::In;
    });
    for (const Event &E : C.Events) {
      if (!E.Site || !In.contains(E.Site))
        continue;
      LifeStep S;
      S.What = &E;
      S.In = &C;
      S.Loc = E.loc();
      for (const ClassTask &T : Of.Tasks)
        if (T.Start && T.Start->Start == &E)
          S.Starts = &T;
      Steps.push_back(S);
      Code *Inner = callsOwnMember(E) && Steps.size() < MaxBodies ? U.code(E.Callee) : nullptr;
      if (Inner && Inner != &C)
        body(*Inner, Steps, Inner->Fn->getBody());
    }
  }
  void initialise(Code *C, const FieldDecl *F, const Expr *Init, std::vector<LifeStep> &Steps) {
    if (const auto *Default = dyn_cast_or_null<CXXDefaultInitExpr>(Init))
      Init = Default->getExpr();
    LifeStep S;
    S.Does = LifeStep::Initialise;
    S.Field = F;
    S.Init = Init;
    S.Loc = Init && Init->getBeginLoc().isValid() ? Init->getBeginLoc() : F->getLocation();
    for (const ClassTask &T : Of.Tasks)
      if (!T.Start && T.Handle == F && Init == F->getInClassInitializer())
        S.Starts = &T;
    Steps.push_back(S);
    if (C && Init)
      body(*C, Steps, Init);
  }
  std::vector<LifeStep> construction(const CXXConstructorDecl *Ctor) {
    std::vector<LifeStep> Steps;
    if (!Ctor)
      for (const CXXConstructorDecl *Made : Of.Class->ctors())
        if (Made->isDefaultConstructor() && Made->isDefaulted())
          Ctor = Made;
    Code *C = Ctor && U.visible(Ctor) ? U.code(Ctor) : nullptr;
    const auto *Def = C ? cast<CXXConstructorDecl>(C->Fn) : nullptr;
    if (Def && Def->isDelegatingConstructor()) {
      if (const CXXConstructorDecl *Target = Def->getTargetConstructor())
        Steps = construction(Target);
      body(*C, Steps, Def->getBody());
      return Steps;
    }
    for (const CXXBaseSpecifier &B : Of.Class->bases())
      if (const CXXRecordDecl *RD = B.getType()->getAsCXXRecordDecl())
        Steps.push_back({LifeStep::Base, RD, nullptr, nullptr, nullptr, nullptr, nullptr, B.getBeginLoc()});
    for (const FieldDecl *F : Of.Class->fields()) {
      const Expr *Init = F->getInClassInitializer();
      if (Def)
        for (const CXXCtorInitializer *I : Def->inits())
          if (I->getAnyMember() == F)
            Init = I->getInit();
      initialise(C, F, Init, Steps);
    }
    if (C)
      body(*C, Steps, Def->getBody());
    return Steps;
  }
  std::vector<LifeStep> destruction() {
    std::vector<LifeStep> Steps;
    const CXXDestructorDecl *D = Of.Class->getDestructor();
    if (Code *C = D && U.visible(D) ? U.code(D) : nullptr)
      body(*C, Steps, C->Fn->getBody());
    for (const FieldFacts &F : llvm::reverse(Of.Fields))
      Steps.push_back(
          {LifeStep::Destroy, nullptr, F.Field, nullptr, nullptr, nullptr, nullptr, F.Field->getLocation()});
    llvm::SmallVector<LifeStep, 2> Bases;
    for (const CXXBaseSpecifier &B : Of.Class->bases())
      if (const CXXRecordDecl *RD = B.getType()->getAsCXXRecordDecl())
        Bases.push_back({LifeStep::Base, RD, nullptr, nullptr, nullptr, nullptr, nullptr, B.getBeginLoc()});
    Steps.insert(Steps.end(), Bases.rbegin(), Bases.rend());
    return Steps;
  }
};

ClassFacts::ClassFacts(Unit &U, const CXXRecordDecl *RD) : Class(RD), I(std::make_unique<Impl>(*this, U)) {
  I->readFields();
  I->readMembers();
}
ClassFacts::~ClassFacts() = default;

const std::vector<MemberAccess> &ClassFacts::accesses() {
  if (!std::exchange(I->AccessesKnown, true))
    I->readAccesses();
  return I->Accesses;
}

llvm::SmallVector<const MemberAccess *, 8> ClassFacts::of(const FieldDecl *F) {
  llvm::SmallVector<const MemberAccess *, 8> Out;
  for (const MemberAccess &X : accesses())
    if (X.Field == F)
      Out.push_back(&X);
  return Out;
}

llvm::SmallVector<const MemberAccess *, 4> ClassFacts::operations(const FieldDecl *F, std::initializer_list<Op> Ops) {
  llvm::SmallVector<const MemberAccess *, 4> Out;
  for (const MemberAccess &X : accesses())
    if (X.Field == F && X.Operation && llvm::is_contained(Ops, X.Operation->Kind))
      Out.push_back(&X);
  return Out;
}

const MethodFacts &ClassFacts::does(const ClassMember &M) {
  auto [It, New] = I->Does.try_emplace(M.M);
  if (New)
    It->second = std::make_unique<MethodFacts>(readMethod(I->U, M.M));
  return *It->second;
}

const std::vector<ConditionFacts> &ClassFacts::conditions() {
  if (!std::exchange(I->ConditionsKnown, true))
    I->readConditions();
  return I->Conditions;
}

std::vector<LifeStep> ClassFacts::construction(const CXXConstructorDecl *Ctor) { return I->construction(Ctor); }
std::vector<LifeStep> ClassFacts::destruction() { return I->destruction(); }

const FieldFacts *ClassFacts::field(const FieldDecl *F) const {
  auto It = llvm::find_if(Fields, [&](const FieldFacts &X) { return X.Field == F; });
  return It == Fields.end() ? nullptr : &*It;
}

ClassFacts *ClassTable::of(const CXXRecordDecl *RD) {
  RD = RD ? RD->getDefinition() : nullptr;
  if (!RD || RD->isDependentContext() || RD->isLambda() || RD->isUnion() || inLibrary(U, RD->getLocation()))
    return nullptr;
  auto [It, New] = Known.try_emplace(RD);
  if (!New)
    return It->second.get();
  auto Spawns = [&](const CXXMethodDecl *M) {
    const Code *C = U.visible(M) ? U.code(M) : nullptr;
    return C && llvm::any_of(C->Events, [](const Event &E) { return E.Kind == Op::Spawn; });
  };
  auto Matters = [&](const FieldDecl *F) {
    QualType Element = U.element(F->getType());
    Role R = U.role(Element.isNull() ? F->getType() : Element);
    return (R != Role::None && R != Role::Container && R != Role::SmartPointer && R != Role::Function) ||
           U.get<Destruction>().of(F->getType()).has(Endings::Joins);
  };
  auto Starts = [&](const CXXBaseSpecifier &B) {
    ClassFacts *Base = of(B.getType()->getAsCXXRecordDecl());
    return Base && !Base->Tasks.empty();
  };
  if (llvm::none_of(RD->fields(), Matters) && llvm::none_of(allMembers(RD), Spawns) &&
      llvm::none_of(RD->bases(), Starts))
    return nullptr;
  auto Facts = std::make_unique<ClassFacts>(U, RD); // it may ask for other classes
  return (Known[RD] = std::move(Facts)).get();
}

const std::vector<ClassFacts *> &ClassTable::all() {
  if (std::exchange(AllKnown, true))
    return All;
  llvm::DenseSet<const CXXRecordDecl *> Seen;
  for (const FunctionDecl *F : U.Functions)
    if (const auto *M = dyn_cast<CXXMethodDecl>(F); M && Seen.insert(M->getParent()->getCanonicalDecl()).second)
      if (ClassFacts *Facts = of(M->getParent()))
        All.push_back(Facts);
  return All;
}

ClassTable::ClassTable(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<ClassTable>(Unit &);

} // namespace heddle

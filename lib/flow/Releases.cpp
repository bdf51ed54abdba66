#include "Releases.h"
#include "Guards.h"
#include "Mentions.h"
#include "ObjectBodies.h"
#include "LoopFacts.h"
#include "MakeFacts.h"
#include "Order.h"
#include "OwnTasks.h"
#include "Unwrap.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {

bool destroysPointee(Unit &U, const Event &E) {
  if (E.Kind != Op::Reset || !E.Object.valid() || E.Object.Element)
    return false;
  const ValueDecl *D = E.Object.last();
  const FunctionDecl *F = calleeOf(dyn_cast_or_null<Expr>(E.Site));
  const TypeModel *M = D ? U.type(D->getType().getNonReferenceType()) : nullptr;
  return F && M && M->Plays == Role::SmartPointer && !M->With.has(Fact::Borrows) &&
         !(F->getIdentifier() && F->getName() == "swap");
}

static bool isNull(Unit &U, const Expr *E) {
  return E && !E->isValueDependent() && E->isNullPointerConstant(U.Ctx, Expr::NPC_ValueDependentIsNotNull);
}

const Expr *freedBy(Unit &U, Code &C, const CallExpr *Call) {
  const FunctionDecl *Fn = Call->getDirectCallee();
  if (!Fn || isa<CXXMethodDecl>(Fn) || Call->getNumArgs() == 0 || !Call->getArg(0)->getType()->isPointerType())
    return nullptr;
  const Expr *What = Call->getArg(0);
  if (Fn->getBuiltinID() == Builtin::BIfree)
    return What;
  for (unsigned I : C.at(Call))
    if (C.Events[I].Kind == Op::Reset && C.Events[I].Model)
      return What;
  if (Call->getNumArgs() != 1 || U.visible(Fn) || What->getType()->getPointeeType().isConstQualified())
    return nullptr;
  // `sound_close(device_); device_ = nullptr;`
  auto P = C.place(What);
  const auto *X = P ? dyn_cast_or_null<FieldDecl>(P->last()) : nullptr;
  const Stmt *Block = X ? C.parent(Call) : nullptr;
  for (const Use &Y : X ? U.get<Uses>().in(C, X) : llvm::ArrayRef<Use>())
    if (Y.is(Use::Assign) && isNull(U, Y.Value) && Y.Site && isa_and_nonnull<CompoundStmt>(Block) &&
        C.parent(Y.Site) == Block && U.get<Order>().surelyFollows(C, Call, Y.Site))
      return What;
  return nullptr;
}

namespace {

/// A moment in a body that runs on the object.
struct Moment {
  const ObjectBody *In = nullptr;
  const Stmt *At = nullptr;
  SourceLocation Loc;
  const FieldDecl *Flag = nullptr; ///< of a stop that is requested by a flag
};

/// Who may still use a part: a task of the object, or the thread of one of its parts.
struct User {
  Place Handle;
  const ClassTask *Task = nullptr; ///< null: the thread of a part
  bool OfBase = false;             ///< a base class starts the task
  SourceLocation Started;
  std::vector<TouchedField> Touches;
  std::unique_ptr<ObjectBodies> Runs; ///< what the task runs
  MethodFacts::Fields Flags;          ///< what may stop it
};

/// A part, or something that it has, is released.
struct Release {
  Place What;
  Moment When;
  bool Refilled = false; ///< and replaced
};

/// Returns true if the expression is an element of the path to the same thing as `handle.joinable()`: true, it says
/// that there is a task.
bool tellsOfTask(Unit &U, const Code &C, const Expr *E, const FieldDecl *Handle) {
  const Expr *On = objectOf(E);
  auto P = C.place(On ? On : E);
  if (!P || P->last() != Handle)
    return false;
  return !On || llvm::any_of(C.at(E), [&](unsigned I) { return C.Events[I].Kind == Op::Test; });
}

bool waitsForTasks(Op O) { return O == Op::Join || O == Op::Wait || O == Op::Await || O == Op::Consume; }

class Finder {
public:
  Finder(Unit &U, ClassFacts &F) : U(U), F(F) {}

  std::vector<EarlyRelease> run() {
    users();
    if (Users.empty())
      return {};
    for (const ClassMember &M : F.Members)
      if (!isa<CXXConstructorDecl>(M.M))
        member(*M.Body, false);
    for (ClassFacts *B : Bases)
      for (const ClassMember &M : B->Members)
        if (!isa<CXXConstructorDecl, CXXDestructorDecl>(M.M) && M.M->getAccess() != AS_private)
          member(*M.Body, true);
    return std::move(Out);
  }

private:
  Unit &U;
  ClassFacts &F;
  llvm::SmallVector<ClassFacts *, 2> Bases; ///< those that start tasks
  std::deque<User> Users;
  std::vector<EarlyRelease> Out;

  // ---- who uses parts ----

  void users() {
    tasks(F, false);
    F.Class->forallBases([&](const CXXRecordDecl *B) {
      ClassFacts *Base = U.get<ClassTable>().of(B);
      if (Base && !Base->Tasks.empty()) {
        Bases.push_back(Base);
        tasks(*Base, true);
      }
      return true;
    });
    for (const FieldFacts &X : F.Fields)
      for (const OwnTask &T : X.Many ? std::vector<OwnTask>() : tasksOfPart(U, F, X.Field)) {
        User &By = Users.emplace_back();
        By.Handle = member(X.Field);
        By.Started = T.Loc;
        By.Touches = T.Touches;
      }
  }
  static Place member(const FieldDecl *X) {
    Place P;
    P.This = true;
    P.Path.push_back(X);
    return P;
  }
  /// A handler is no task of its own: what stops its loop may end it.
  void tasks(ClassFacts &Of, bool OfBase) {
    for (const ClassTask &T : Of.Tasks) {
      if (!T.Handle || (T.Start && T.Start->Start->Kind == Op::Defer) || isLetGo(T) || ownsItsObject(U, Of, T))
        continue;
      User &By = Users.emplace_back();
      By.Handle = member(T.Handle);
      for (const Place &H : T.Start ? T.Start->Handles : llvm::SmallVector<Place, 2>())
        if (H.This && !H.Path.empty() && H.Path.front() == T.Handle) {
          By.Handle = H;
          By.Handle.Element = false;
        }
      By.Task = &T;
      By.OfBase = OfBase;
      By.Started = T.Loc;
      By.Flags = T.Flags;
      if (T.OnObject)
        By.Touches = touchedBy(U, T.Body);
    }
  }
  /// What the task runs, on the object and on its parts, and what it asks there before it goes on.
  const ObjectBodies &runs(User &By) {
    if (By.Runs)
      return *By.Runs;
    const ClassTask &T = *By.Task;
    Code *Body = T.OnObject ? U.code(T.Body) : nullptr;
    const auto *Site = T.Start ? dyn_cast_or_null<Expr>(T.Start->Start->Site) : nullptr;
    if (!Body && Site && T.StartedIn)
      By.Runs = std::make_unique<ObjectBodies>(U, F.Class, CallEdge{T.StartedIn, Site, T.Body, T.Start->What});
    else
      By.Runs = std::make_unique<ObjectBodies>(U, F.Class, Body ? *Body : *F.Members.front().Body);
    for (const ObjectBody &B : By.Runs->all())
      if (auto Self = B.self(); !Self || !Self->isThis())
        asked(B, By.Flags);
    return *By.Runs;
  }

  /// What a body asks that is a part of the object.
  static void asked(const ObjectBody &B, MethodFacts::Fields &Out) {
    auto Add = [&](const Expr *Condition) {
      forEach<MemberExpr>(Condition, [&](const MemberExpr *M) {
        auto P = B.C->place(M);
        if (P && B.ofObject(*P) && isa_and_nonnull<FieldDecl>(P->last()))
          Out.insert(cast<FieldDecl>(P->last()));
      });
    };
    const Stmt *Body = B.C->Fn->getBody();
    forEach<IfStmt>(Body, [&](const IfStmt *S) { Add(S->getCond()); });
    forEach<WhileStmt>(Body, [&](const WhileStmt *S) { Add(S->getCond()); });
    forEach<ForStmt>(Body, [&](const ForStmt *S) { Add(S->getCond()); });
    forEach<DoStmt>(Body, [&](const DoStmt *S) { Add(S->getCond()); });
  }

  // ---- the order of two moments ----

  /// Returns true if the one is reached from the other; in the body that leads to both, by different statements.
  bool reaches(const Moment &A, const Moment &B) {
    auto At = [](const Moment &X, const ObjectBody *In) -> const Stmt * {
      const Stmt *S = X.At;
      for (const ObjectBody *Y = X.In; Y; S = Y->Step.Site, Y = Y->Caller)
        if (Y == In)
          return S;
      return nullptr;
    };
    for (const ObjectBody *In = A.In; In; In = In->Caller)
      if (const Stmt *Y = At(B, In)) {
        const Stmt *X = At(A, In);
        return X != Y && U.get<Order>().reaches(*In->C, X, Y);
      }
    return false;
  }
  bool anyReaches(llvm::ArrayRef<Moment> All, const Moment &B, SourceLocation *Which = nullptr) {
    auto It = llvm::find_if(All, [&](const Moment &A) { return reaches(A, B); });
    if (It != All.end() && Which)
      *Which = It->Loc;
    return It != All.end();
  }
  /// The moment in the innermost body around it that runs on the object itself, and the part that is meant there.
  static std::pair<Moment, const ValueDecl *> onObject(Moment M, const Place &What) {
    const ValueDecl *Part = What.last();
    for (auto Self = M.In->self(); M.In->Caller && Self && !Self->isThis(); Self = M.In->self()) {
      Part = Self->last();
      M = {M.In->Caller, M.In->Step.Site, M.In->Step.Site->getExprLoc()};
    }
    return {M, Part};
  }

  // ---- what happens ----

  static std::optional<Place> ofObject(const ObjectBody &B, const Event &E) {
    return E.Object.valid() ? B.ofObject(B.C->whole(E.Object)) : std::nullopt;
  }
  /// Anything that may wait for the task, or take its handle away.
  bool mayEnd(const ObjectBody &B, const Event &E, const Place &Handle) {
    if (!E.Site)
      return false;
    auto About = ofObject(B, E);
    bool Same = About && *About == Handle;
    if (!Same && !mentions(E.Site, Handle.last()))
      return false;
    if (waitsForTasks(E.Kind))
      return true;
    switch (E.Kind) {
    case Op::Detach:
    case Op::Clear:
    case Op::Extract:
    case Op::Move:
    case Op::Escape:
      return true;
    case Op::Reset:
      return Same;
    case Op::Call:
      return !E.Callee || !U.visible(E.Callee) || U.get<Calls>().witness(*B.C, E, Effect::Joins);
    default:
      return false;
    }
  }
  bool requests(const ObjectBody &B, const Event &E, const User &By) {
    return By.Task && E.Kind == Op::Cancel && E.Site && ofObject(B, E) && By.Task->ObservesStop;
  }

  void member(Code &Start, bool OfBase) {
    if (U.get<Calls>().witness(Start.Fn, Effect::Spawns))
      return;
    ObjectBodies Steps(U, F.Class, Start);
    std::vector<Release> Gone;
    for (const ObjectBody &B : Steps.all())
      released(B, Gone);
    for (User &By : Users) {
      std::vector<Release> Fit;
      llvm::copy_if(Gone, std::back_inserter(Fit), [&](const Release &R) {
        bool Own = R.What.Path.front()->getParent()->getCanonicalDecl() == F.Class->getCanonicalDecl();
        return !By.Handle.contains(R.What) && (Own || !(OfBase || By.OfBase));
      });
      if (!Fit.empty())
        look(By, Steps, Fit);
    }
  }
  void released(const ObjectBody &B, std::vector<Release> &Gone) {
    Code &C = *B.C;
    auto Add = [&](const std::optional<Place> &What, const Stmt *At, SourceLocation Loc, bool Refilled) {
      auto P = What ? B.ofObject(*What) : std::nullopt;
      if (P && !P->Path.empty() && !P->Element)
        Gone.push_back({*P, {&B, At, Loc}, Refilled || refilled(C, At, P->Path.back())});
    };
    for (const Event &E : C.Events)
      if (E.Site && destroysPointee(U, E)) {
        const auto *Call = dyn_cast<CallExpr>(E.Site);
        bool Given = Call && Call->getNumArgs() > firstArgument(*Call);
        Add(E.Object, E.Site, E.loc(), Given && !isNull(U, Call->getArg(Call->getNumArgs() - 1)));
      }
    forEach<CXXDeleteExpr>(C.Fn->getBody(), Walk::NoLambdas,
                           [&](const CXXDeleteExpr *D) { Add(C.place(D->getArgument()), D, D->getExprLoc(), false); });
    forEach<CallExpr>(C.Fn->getBody(), Walk::NoLambdas, [&](const CallExpr *Call) {
      if (const Expr *What = freedBy(U, C, Call))
        Add(C.place(What), Call, Call->getExprLoc(), false);
    });
  }
  /// The member is given something else afterwards.
  bool refilled(Code &C, const Stmt *At, const FieldDecl *X) {
    return llvm::any_of(U.get<Uses>().in(C, X), [&](const Use &Y) {
      return Y.is(Use::Assign) && Y.Value && Y.Site && Y.Site != At && !isNull(U, Y.Value) &&
             U.get<Order>().reaches(C, At, Y.Site);
    });
  }

  void look(User &By, const ObjectBodies &Steps, llvm::ArrayRef<Release> Gone) {
    if (By.Task)
      runs(By);
    std::vector<Moment> Ends, Stops;
    for (const ObjectBody &B : Steps.all()) {
      for (const Event &E : B.C->Events) {
        if (mayEnd(B, E, By.Handle))
          Ends.push_back({&B, E.Site, E.loc()});
        if (requests(B, E, By))
          Stops.push_back({&B, E.Site, E.loc()});
      }
      flags(B, By, Stops);
    }
    for (const Release &R : Gone)
      judge(By, R, Steps, Ends, Stops);
  }
  /// The flags that loops of the task ask before they end; of a task without loops, all that it asks.
  MethodFacts::Fields stopFlags(User &By) {
    MethodFacts::Fields Asked;
    bool Loops = false;
    auto Add = [&](const ObjectBody &B, const Expr *Condition) {
      for (const StopAsk &A : U.get<StopFacts>().of(*B.C, Condition).Asked)
        if (const auto *X = dyn_cast_or_null<FieldDecl>(A.Object); X && By.Flags.contains(X))
          Asked.insert(X);
      forEach<MemberExpr>(Condition, [&](const MemberExpr *M) {
        if (const auto *X = dyn_cast<FieldDecl>(M->getMemberDecl()); X && By.Flags.contains(X))
          Asked.insert(X);
      });
    };
    for (const ObjectBody &B : runs(By).all())
      for (const Loop *L : U.get<LoopFacts>().in(*B.C)) {
        Loops = true;
        for (const LoopExit &X : L->Exits)
          for (const Guard &G : X.When)
            Add(B, G.Condition);
      }
    return Loops ? Asked : By.Flags;
  }
  /// A flag of the task is set to a constant.
  void flags(const ObjectBody &B, User &By, std::vector<Moment> &Stops) {
    for (const FieldDecl *Flag : By.Task ? stopFlags(By) : MethodFacts::Fields())
      for (const Use &X : U.get<Uses>().in(*B.C, Flag))
        if (X.Site && !X.Lambda && X.is(Use::Stores | Use::Mutate) && setsConstant(X))
          Stops.push_back({&B, X.Site, X.Site->getBeginLoc(), Flag});
  }
  /// `over = true`, `over.store(true)`, `running.exchange(false)`, `over.test_and_set()`.
  bool setsConstant(const Use &X) {
    const auto *Call = dyn_cast<CXXMemberCallExpr>(X.Site);
    const Expr *To = X.Value || !Call || Call->getNumArgs() == 0 ? X.Value : Call->getArg(0);
    return To ? isConstant(To) : Call != nullptr;
  }
  bool isConstant(const Expr *V) { return !V->isValueDependent() && V->isEvaluatable(U.Ctx); }

  /// What is called on the way to the release may wait for the task. All calls there are asked: Steps has each body
  /// once, and a member that waits may be an operation of the role of the object.
  bool mayEndBefore(const Moment &M, const Place &Handle) {
    auto Ends = [&](const Event &E) {
      bool Waits = waitsForTasks(E.Kind);
      bool May = Waits || E.Kind == Op::Detach || E.Kind == Op::Reset || E.Kind == Op::Clear;
      return May && E.Site &&
             ((Waits && E.Object.isThis()) || (E.Object.valid() && E.Object.last() == Handle.last()) ||
              mentions(E.Site, Handle.last()));
    };
    const Stmt *At = M.At;
    for (const ObjectBody *B = M.In; B; At = B->Step.Site, B = B->Caller)
      for (const Event &E : B->C->Events) {
        const FunctionDecl *Callee = E.Site && E.Site != At ? U.visible(E.Callee) : nullptr;
        if (Callee && U.get<Order>().reaches(*B->C, E.Site, At) &&
            llvm::any_of(U.get<Calls>().behind(Callee), [&](const Code *X) { return llvm::any_of(X->Events, Ends); }))
          return true;
      }
    return false;
  }
  /// A member of the object that is not visible may wait for the task.
  bool mayHaveEnded(const ObjectBodies &Steps, const Moment &M) {
    return llvm::any_of(Steps.all(), [&](const ObjectBody &B) {
      return llvm::any_of(Steps.unseen(B), [&](const CallExpr *Call) { return reaches({&B, Call, {}}, M); });
    });
  }
  void judge(User &By, const Release &R, const ObjectBodies &Steps, llvm::ArrayRef<Moment> Ends,
             llvm::ArrayRef<Moment> Stops) {
    auto Touch = touch(By, R.What);
    if (!Touch || anyReaches(Ends, R.When) || mayEndBefore(R.When, By.Handle) || mayHaveEnded(Steps, R.When) ||
        asksFor(By, R.When, Stops) || locked(*Touch, R))
      return;
    auto [When, Part] = onObject(R.When, R.What);
    bool OfPart = Part != R.What.last();
    SourceLocation Used = Touch->In && OfPart ? onObject(*Touch, R.What).first.Loc : Touch->Loc;
    EarlyRelease X{
        cast<FieldDecl>(Part), cast<FieldDecl>(By.Handle.last()), !By.Task, When.Loc, By.Started, Used, {}, {}};
    for (const Moment &E : Ends)
      if (X.Joined.isInvalid() && reaches(R.When, E))
        X.Joined = E.Loc;
    // A flag that is set where the part is replaced may well be a part of the setup.
    llvm::SmallVector<Moment, 4> Requests(Stops);
    if (R.Refilled)
      llvm::erase_if(Requests, [](const Moment &S) { return S.Flag != nullptr; });
    anyReaches(Requests, R.When, &X.Requested);
    const FieldFacts *H = By.Handle.Path.size() == 1 ? F.field(X.User) : nullptr;
    bool EndWaits = isa<CXXDestructorDecl>(Steps.all().front().C->Fn) && H && H->AtEnd.has(Endings::Joins);
    if (EndWaits && X.Joined.isInvalid() && X.Requested.isInvalid())
      X.Joined = X.User->getLocation(); // the end of the member waits, behind the body
    if (X.Joined.isInvalid() && X.Requested.isInvalid())
      return;
    auto Known = llvm::find_if(
        Out, [&](const EarlyRelease &Y) { return Y.Loc == X.Loc || (Y.Joined.isValid() && Y.Joined == X.Joined); });
    if (Known == Out.end())
      Out.push_back(X);
    else if (Known->Loc == X.Loc && X.Joined.isInvalid()) // a member that leaves the waiting to another one
      *Known = X;
  }

  /// Where the user names what is released; without a body where that is not one of the task's.
  std::optional<Moment> touch(User &By, const Place &What) {
    std::optional<Moment> Found;
    if (By.Task)
      for (const ObjectBody &B : runs(By).all())
        forEach<MemberExpr>(B.C->Fn->getBody(), [&](const MemberExpr *M) {
          if (Found || M->getMemberDecl() != What.last())
            return;
          auto P = B.C->place(M);
          auto There = P ? B.ofObject(*P) : std::nullopt;
          if (There && *There == What)
            Found = {&B, M, M->getExprLoc(), nullptr};
        });
    for (const TouchedField &T : By.Touches)
      if (!Found && What.Path.size() == 1 && T.Field == What.last())
        Found = {nullptr, nullptr, T.Loc, nullptr};
    return Found;
  }
  /// A condition on the way looks at the handle or at what the task tests: it may say that no task runs. It does not
  /// where it says that there is a task, or where it was asked before the stop was requested by the very flag.
  bool asksFor(User &By, const Moment &M, llvm::ArrayRef<Moment> Stops) {
    const FieldDecl *Handle = cast<FieldDecl>(By.Handle.last());
    const Stmt *At = M.At;
    for (const ObjectBody *B = M.In; B; At = B->Step.Site, B = B->Caller)
      for (const Guard &G : guards(*B->C, At)) {
        if (mentions(G.Condition, Handle) && !implies(G.Condition, G.Value, [&](const Expr *E, bool Value) {
              return Value && tellsOfTask(U, *B->C, E, Handle);
            }))
          return true;
        bool Tells = anyOf<MemberExpr>(G.Condition, Walk::WithImplicit, [&](const MemberExpr *X) {
          const auto *Flag = dyn_cast<FieldDecl>(X->getMemberDecl());
          return Flag && By.Task &&
                 (setByTask(By, Flag) || (By.Flags.contains(Flag) && !isAskedBefore(Flag, G, B, M, Stops)));
        });
        if (Tells)
          return true;
      }
    return false;
  }
  /// Returns true if the task may say by it that it has ended.
  bool setByTask(User &By, const FieldDecl *Flag) {
    QualType T = Flag->getType();
    return (T->isScalarType() || U.role(T) == Role::Atomic) && llvm::any_of(runs(By).all(), [&](const ObjectBody &B) {
             return llvm::any_of(U.get<Uses>().in(*B.C, Flag), [](const Use &X) {
               return X.Of == Use::Itself && X.is(Use::Stores | Use::Mutate | Use::Address);
             });
           });
  }
  bool isAskedBefore(const FieldDecl *Flag, const Guard &G, const ObjectBody *B, const Moment &M,
                     llvm::ArrayRef<Moment> Stops) {
    return llvm::any_of(Stops, [&](const Moment &S) {
      bool InIt = anyOf<Stmt>(G.Condition, Walk::WithImplicit, [&](const Stmt *X) { return X == S.At; });
      return S.Flag == Flag && reaches(S, M) && (InIt || reaches({B, G.By, {}, nullptr}, S));
    });
  }

  // ---- locks ----

  /// Locks that are surely held, in the names of the object.
  llvm::SmallVector<Place, 2> locks(const ObjectBody *B, const Stmt *At) {
    llvm::SmallVector<Place, 2> Held;
    for (; B; At = B->Step.Site, B = B->Caller)
      for (const Place &L : U.get<HeldLocks>().at(*B->C, At))
        if (auto There = B->ofObject(L))
          Held.push_back(*There);
    return Held;
  }
  /// The task uses the part under a lock that the release holds, too. That is of no use where a member takes the lock,
  /// asks nothing, and uses what is no longer there.
  bool locked(const Moment &Touch, const Release &R) {
    if (!Touch.In)
      return false;
    auto Held = locks(R.When.In, R.When.At);
    auto Common = [&](llvm::ArrayRef<Place> Others) {
      return llvm::any_of(Others, [&](const Place &P) { return llvm::is_contained(Held, P); });
    };
    if (!Common(locks(Touch.In, Touch.At)))
      return false;
    const ObjectBody *Caller = Touch.In->Caller;
    return R.Refilled || !Caller || Common(locks(Caller, Touch.In->Step.Site)) ||
           !guards(*Touch.In->C, Touch.At).empty();
  }
};

} // namespace

const std::vector<EarlyRelease> &EarlyReleases::of(ClassFacts &F) {
  auto [It, New] = Known.try_emplace(&F);
  if (New)
    It->second = Finder(U, F).run();
  return It->second;
}

EarlyReleases::EarlyReleases(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<EarlyReleases>(Unit &);

} // namespace heddle

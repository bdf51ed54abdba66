#include "Releases.h"
#include "Calls.h"
#include "Guards.h"
#include "Mentions.h"
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

namespace {

constexpr unsigned MaxBodies = 40;

/// A body that a member runs on the object.
struct Step {
  Code *C = nullptr;
  const Step *Caller = nullptr;
  const Stmt *Site = nullptr; ///< in Caller
};
/// A moment in such a body.
struct Moment {
  const Step *In = nullptr;
  const Stmt *At = nullptr;
  SourceLocation Loc;
};

/// Who may still use a part: a task of the object, or the thread of one of its parts.
struct User {
  const FieldDecl *Handle = nullptr;
  const ClassTask *Task = nullptr; ///< null: the thread of a part
  SourceLocation Started;
  std::vector<TouchedField> Touches;
};

class Finder {
public:
  Finder(Unit &U, ClassFacts &F) : U(U), F(F) {}

  std::vector<EarlyRelease> run() {
    users();
    for (const ClassMember &M : Users.empty() ? std::vector<ClassMember>() : F.Members)
      if (!isa<CXXConstructorDecl>(M.M) && !U.get<Calls>().witness(M.M, Effect::Spawns))
        member(*M.Body);
    return std::move(Out);
  }

private:
  Unit &U;
  ClassFacts &F;
  struct Release {
    const FieldDecl *Field;
    Moment When;
  };
  std::vector<User> Users;
  std::deque<Step> Steps;        ///< of one member
  std::vector<Release> Releases; ///< in these
  std::vector<EarlyRelease> Out;

  /// A handler is no task of its own: what stops its loop may end it.
  void users() {
    for (const ClassTask &T : F.Tasks)
      if (T.OnObject && T.Handle && !(T.Start && T.Start->Start->Kind == Op::Defer) && !isLetGo(T) &&
          !ownsItsObject(U, F, T))
        Users.push_back({T.Handle, &T, T.Loc, touchedBy(U, T.Body)});
    for (const FieldFacts &X : F.Fields)
      for (const OwnTask &T : X.Many ? std::vector<OwnTask>() : tasksOfPart(U, F, X.Field))
        Users.push_back({X.Field, nullptr, T.Loc, T.Touches});
  }

  /// The bodies that run on the object when \p Start does.
  void member(Code &Start) {
    Steps.clear();
    Steps.push_back({&Start, nullptr, nullptr});
    for (unsigned I = 0; I != Steps.size() && Steps.size() < MaxBodies; ++I)
      for (const CallEdge &X : U.get<Calls>().from(*Steps[I].C)) {
        const Expr *On = X.Task ? nullptr : objectOf(X.Site);
        bool Own = X.Task ? runsOnThis(*X.Task) : On && isa<CXXThisExpr>(unwrap(On));
        Code *Inner = Own ? U.code(X.Callee) : nullptr;
        bool Again = llvm::any_of(Steps, [&](const Step &S) { return S.C == Inner; });
        if (Inner && !Again)
          Steps.push_back({Inner, &Steps[I], X.Site});
      }
    findReleases();
    for (const User &By : Users)
      look(By);
  }

  // ---- the order of two moments ----

  /// Returns true if the one is reached from the other; in the body that leads to both, by different statements.
  bool reaches(const Moment &A, const Moment &B) {
    auto At = [](const Moment &X, const Step *In) -> const Stmt * {
      const Stmt *S = X.At;
      for (const Step *Y = X.In; Y; S = Y->Site, Y = Y->Caller)
        if (Y == In)
          return S;
      return nullptr;
    };
    for (const Step *In = A.In; In; In = In->Caller)
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

  // ---- what happens ----

  static const FieldDecl *fieldOf(const Code &C, const Event &E) {
    Place P = E.Object.valid() ? C.whole(E.Object) : Place();
    return P.This && !P.Path.empty() ? P.Path.front() : nullptr;
  }
  /// Anything that may wait for the task, or take its handle away.
  bool mayEnd(const Code &C, const Event &E, const FieldDecl *Handle) {
    if (!E.Site || !mentions(E.Site, Handle))
      return false;
    switch (E.Kind) {
    case Op::Join:
    case Op::Wait:
    case Op::Await:
    case Op::Consume:
    case Op::Detach:
    case Op::Clear:
    case Op::Extract:
    case Op::Move:
    case Op::Escape:
      return true;
    case Op::Reset:
      return fieldOf(C, E) == Handle;
    case Op::Call:
      return !E.Callee || !U.visible(E.Callee) || U.get<Calls>().witness(C, E, Effect::Joins);
    default:
      return false;
    }
  }
  bool requests(const Code &C, const Event &E, const User &By) {
    return By.Task && E.Kind == Op::Cancel && E.Site && fieldOf(C, E) && By.Task->ObservesStop;
  }
  /// `part_.reset();`, `delete part_;`
  void findReleases() {
    Releases.clear();
    for (const Step &S : Steps) {
      for (const Event &E : S.C->Events)
        if (const FieldDecl *X = E.Site && destroysPointee(U, E) ? fieldOf(*S.C, E) : nullptr;
            X && E.Object.Path.size() == 1)
          Releases.push_back({X, {&S, E.Site, E.loc()}});
      forEach<CXXDeleteExpr>(S.C->Fn->getBody(), Walk::NoLambdas, [&](const CXXDeleteExpr *D) {
        if (const FieldDecl *X = thisField(D->getArgument()))
          Releases.push_back({X, {&S, D, D->getExprLoc()}});
      });
    }
  }

  void look(const User &By) {
    std::vector<Moment> Ends, Stops;
    for (const Step &S : Steps) {
      for (const Event &E : S.C->Events) {
        if (!E.Site)
          continue;
        if (mayEnd(*S.C, E, By.Handle))
          Ends.push_back({&S, E.Site, E.loc()});
        if (requests(*S.C, E, By))
          Stops.push_back({&S, E.Site, E.loc()});
      }
      flags(S, By, Stops);
    }
    for (const Release &R : Releases)
      if (R.Field != By.Handle)
        judge(By, R, Ends, Stops);
  }
  /// A flag of the task is set to a constant.
  void flags(const Step &S, const User &By, std::vector<Moment> &Stops) {
    for (const FieldDecl *Flag : By.Task ? By.Task->Flags : MethodFacts::Fields())
      for (const Use &X : U.get<Uses>().in(*S.C, Flag))
        if (X.Site && !X.Lambda && X.is(Use::Stores | Use::Mutate) && X.Value && isConstant(X.Value))
          Stops.push_back({&S, X.Site, X.Site->getBeginLoc()});
  }
  bool isConstant(const Expr *V) { return !V->isValueDependent() && V->isEvaluatable(U.Ctx); }

  void judge(const User &By, const Release &R, llvm::ArrayRef<Moment> Ends, llvm::ArrayRef<Moment> Stops) {
    auto Touch = llvm::find_if(By.Touches, [&](const TouchedField &T) { return T.Field == R.Field; });
    if (Touch == By.Touches.end() || anyReaches(Ends, R.When) || asksFor(By, R.When) || locked(By, R))
      return;
    EarlyRelease X{R.Field, By.Handle, !By.Task, R.When.Loc, By.Started, Touch->Loc, {}, {}};
    for (const Moment &E : Ends)
      if (X.Joined.isInvalid() && reaches(R.When, E))
        X.Joined = E.Loc;
    anyReaches(Stops, R.When, &X.Requested);
    const FieldFacts *H = F.field(By.Handle);
    bool EndWaits = isa<CXXDestructorDecl>(Steps.front().C->Fn) && H && H->AtEnd.has(Endings::Joins);
    if (EndWaits && X.Joined.isInvalid() && X.Requested.isInvalid())
      X.Joined = By.Handle->getLocation(); // the end of the member waits, behind the body
    bool Known = llvm::any_of(
        Out, [&](const EarlyRelease &Y) { return Y.Loc == X.Loc || (Y.Joined.isValid() && Y.Joined == X.Joined); });
    if (!Known && (X.Joined.isValid() || X.Requested.isValid()))
      Out.push_back(X);
  }
  /// A condition on the way looks at the handle or at what the task tests: it may say that no task runs.
  bool asksFor(const User &By, const Moment &M) {
    const Stmt *At = M.At;
    for (const Step *S = M.In; S; At = S->Site, S = S->Caller)
      for (const Guard &G : guards(*S->C, At)) {
        auto Asks = [&](const FieldDecl *D) { return mentions(G.Condition, D); };
        if (Asks(By.Handle) || (By.Task && llvm::any_of(By.Task->Flags, Asks)))
          return true;
      }
    return false;
  }
  /// The task uses the part under a lock that the release holds, too.
  bool locked(const User &By, const Release &R) {
    llvm::SmallVector<Place, 2> Held;
    for (const MemberAccess *X : F.of(R.Field))
      if (X->Site == R.When.At)
        Held = X->Locks;
    return llvm::any_of(F.of(R.Field), [&](const MemberAccess *X) {
      return By.Task && X->Task == By.Task &&
             llvm::any_of(X->Locks, [&](const Place &P) { return llvm::is_contained(Held, P); });
    });
  }
};

} // namespace

const std::vector<EarlyRelease> &EarlyReleases::of(ClassFacts &F) {
  auto [It, New] = Known.try_emplace(&F);
  if (New)
    It->second = Finder(U, F).run();
  return It->second;
}

} // namespace heddle

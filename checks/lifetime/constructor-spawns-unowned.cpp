// A constructor that starts a task on the object: one that nobody can wait for, or that begins before all members do.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/Loops.h"
#include "flow/OwnTasks.h"
#include "flow/StopRequests.h"

using namespace clang;

namespace heddle {
namespace {

class Constructors {
public:
  Constructors(Unit &U, Reporter &R) : U(U), R(R) {}

  void look(ClassFacts &F) {
    unowned(F);
    for (const ClassMember &M : F.Members)
      if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(M.M); Ctor && !Ctor->isCopyOrMoveConstructor())
        tooEarly(F, Ctor);
    if (!F.Class->hasUserDeclaredConstructor())
      tooEarly(F, nullptr);
  }

private:
  static bool byConstructor(const ClassTask &T) {
    return T.StartedBy.empty() ||
           llvm::any_of(T.StartedBy, [](const CXXMethodDecl *M) { return isa<CXXConstructorDecl>(M); });
  }

  /// Returns true if a member or an end waits for the task, or may: what becomes of its handle is not known.
  bool isWaitedFor(ClassFacts &F, const ClassTask &T) {
    const CXXDestructorDecl *D = F.Class->getDestructor();
    if (D && D->isUserProvided() && !U.visible(D))
      return true;
    if (T.Handle && !isLetGo(T)) {
      const FieldFacts *H = F.field(T.Handle);
      if (!H || !(H->AtEnd.has(Endings::Leaks) || H->AtEnd.has(Endings::Detaches)))
        return true;
      if (!F.operations(T.Handle, {Op::Join, Op::Wait, Op::Await, Op::Consume, Op::Move, Op::Escape}).empty())
        return true;
    } else if (T.Start && !isLetGo(T) && !T.Start->Handles.empty()) {
      return !isDropped(T);
    }
    return waitsInDestruction(U, F);
  }
  /// Returns true if the handle is a local of the constructor that nobody waits for.
  bool isDropped(const ClassTask &T) {
    return llvm::all_of(T.Start->Handles, [&](const Place &P) {
      const auto *V = dyn_cast_or_null<VarDecl>(P.Root);
      if (!V || !V->hasLocalStorage() || !P.Path.empty() || !(V->getType()->isPointerType() || leaks(V)))
        return false;
      return llvm::none_of(T.StartedIn->Events, [&](const Event &E) {
        if (!E.Object.valid() || E.Object.Root != V)
          return false;
        // `connect(thread, &QThread::finished, thread, &QObject::deleteLater)` waits for nothing.
        bool Connected = llvm::any_of(T.StartedIn->Events, [&](const Event &X) {
          return X.Kind == Op::Defer && X.Site && E.Site && within(*T.StartedIn, E.Site, X.Site);
        });
        return joinsTask(U, E) || (E.Kind == Op::Escape && !Connected) || E.Kind == Op::Move || E.Kind == Op::Insert;
      });
    });
  }
  bool leaks(const VarDecl *V) { return U.get<Destruction>().of(V->getType()).has(Endings::Leaks); }

  /// Returns true if the destructor asks the task to stop: stop-without-join speaks.
  static bool isToldToStop(ClassFacts &F, const ClassTask &T) {
    return llvm::any_of(F.accesses(), [&](const MemberAccess &X) {
      return X.By && isa<CXXDestructorDecl>(X.By) && X.Does == MemberAccess::Write && T.Flags.contains(X.Field);
    });
  }

  void unowned(ClassFacts &F) {
    if (isNeverDestroyed(F.Class))
      return;
    for (const ClassTask &T : F.Tasks) {
      // A handler runs on the thread of its loop, which may be the one that destroys the object.
      bool Handler = T.Start && T.Start->Start->Kind == Op::Defer;
      if (!T.OnObject || Handler || !byConstructor(T) || isWaitedFor(F, T) || ownsItsObject(U, F, T) ||
          isToldToStop(F, T))
        continue;
      std::vector<TouchedField> Touches = touchedBy(U, T.Body);
      if (Touches.empty())
        continue;
      std::string Name = Touches.front().Field->getNameAsString();
      R.report(T.Loc,
               "the constructor starts a task on the object that no member waits for; it uses '" + Name +
                   "' after the object is destroyed; keep its handle in a member, and join it in the destructor",
               Story(Touches.front().Loc, "the task uses '" + Name + "' here"));
    }
  }

  /// `: thread_([this] { run(); }), limit_(n)`: what the task reads is not there yet.
  void tooEarly(ClassFacts &F, const CXXConstructorDecl *Ctor) {
    const ClassTask *Started = nullptr;
    const FieldDecl *By = nullptr;
    SourceLocation Loc;
    std::vector<TouchedField> Touches;
    const FieldDecl *Now = nullptr;
    for (const LifeStep &S : F.construction(Ctor)) {
      if (S.Does == LifeStep::Initialise)
        Now = S.Field;
      if (S.Starts && !Started && S.Starts->OnObject && Now) {
        Started = S.Starts;
        By = Now;
        Loc = S.Does == LifeStep::Initialise ? S.Starts->Loc : S.Loc;
        Touches = touchedBy(U, S.Starts->Body);
      } else if (Started && S.Does == LifeStep::Initialise && S.Field != By && isMade(S)) {
        auto Used = llvm::find_if(Touches, [&](const TouchedField &X) { return X.Field == S.Field; });
        if (Used == Touches.end() || diesFirst(F, *Started, S.Field))
          continue;
        std::string Name = S.Field->getNameAsString();
        return R.report(
            Loc,
            "the task is started before '" + Name +
                "' is initialised; it may use it too early, and the initialisation overwrites its "
                "changes; declare '" +
                By->getNameAsString() + "' last, or start the task at the end of the constructor",
            Story(Used->Loc, "the task uses '" + Name + "' here")
                .then(S.Field->getLocation(), "'" + Name + "' is declared after it, and initialised later"));
      }
    }
  }
  /// Returns true if the step gives the member a first value.
  static bool isMade(const LifeStep &S) {
    const auto *CE = dyn_cast_or_null<CXXConstructExpr>(S.Init ? S.Init->IgnoreImplicit() : nullptr);
    if (S.Init)
      return !CE || CE->getNumArgs() || !CE->getConstructor()->isTrivial();
    const CXXRecordDecl *RD = S.Field->getType()->getBaseElementTypeUnsafe()->getAsCXXRecordDecl();
    return RD && RD->hasDefinition() && !RD->hasTrivialDefaultConstructor();
  }
  /// Returns true if the member's end is the greater harm: member-destroyed-before-task speaks.
  bool diesFirst(ClassFacts &F, const ClassTask &T, const FieldDecl *Field) {
    const CXXRecordDecl *RD = Field->getType()->getBaseElementTypeUnsafe()->getAsCXXRecordDecl();
    bool Harms = RD && RD->hasDefinition() && !RD->hasTrivialDestructor();
    return llvm::any_of(ownTasks(U, F), [&](const OwnTask &X) { return X.Until == T.Handle; }) &&
           (Harms || isLock(U.role(Field->getType())));
  }

  Unit &U;
  Reporter &R;
};

const UnitCheck Check({.Name = "constructor-spawns-unowned",
                       .Family = "lifetime",
                       .Level = Tier::Bug,
                       .Summary = "Finds constructors that start a task that cannot be waited for, or too early.",
                       .Rows = "L25",
                       .Preview = true},
                      [](Unit &U, Reporter &R) {
                        Constructors C(U, R);
                        for (ClassFacts *F : U.get<ClassTable>().all())
                          C.look(*F);
                      });

} // namespace
} // namespace heddle

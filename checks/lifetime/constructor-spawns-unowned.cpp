// A constructor that starts a task on the object: one that nobody can wait for, or that begins before all members do.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/OwnTasks.h"
#include "flow/UnownedTasks.h"

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
  void unowned(ClassFacts &F) {
    for (const ClassTask &T : F.Tasks) {
      if (!isLeftByConstructor(U, F, T))
        continue;
      std::vector<TouchedField> Touches = touchedBy(U, T.Body);
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

// Members are destroyed in reverse order: what is declared behind the member that waits for a task dies while the task
// still runs. So does what a shutdown releases before it waits.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/OwnTasks.h"
#include "flow/Releases.h"
#include "member-destroyed-before-task/detectors.h"

using namespace clang;

namespace heddle {
namespace {

/// Returns true if the end of the member harms who uses it afterwards.
bool harms(Unit &U, const FieldDecl *F) {
  QualType T = F->getType();
  if (T->isReferenceType() || T->isPointerType())
    return false;
  Role R = U.role(T);
  if (isLock(R) || R == Role::Condition || R == Role::Semaphore || R == Role::Channel)
    return true;
  const CXXRecordDecl *RD = T->getBaseElementTypeUnsafe()->getAsCXXRecordDecl();
  return RD && RD->hasDefinition() && !RD->hasTrivialDestructor();
}

const char *says(OwnTask::Kind K) {
  switch (K) {
  case OwnTask::Thread:
    return "the task is started here";
  case OwnTask::Handler:
    return "a handler that the thread runs is registered here";
  case OwnTask::Given:
    return "its thread is given what it uses here";
  }
  return "";
}

void look(ClassFacts &F, Unit &U, Reporter &R) {
  llvm::SmallVector<const FieldDecl *, 2> Told;
  for (const OwnTask &T : ownTasks(U, F)) {
    if (llvm::is_contained(Told, T.Until))
      continue;
    const TouchedField *First = nullptr;
    for (const TouchedField &X : T.Touches)
      if (X.Field->getParent() == T.Until->getParent() && X.Field->getFieldIndex() > T.Until->getFieldIndex() &&
          harms(U, X.Field) && (!First || X.Field->getFieldIndex() < First->Field->getFieldIndex()))
        First = &X;
    if (!First)
      continue;
    Told.push_back(T.Until);
    std::string Name = First->Field->getNameAsString();
    R.report(T.Until->getLocation(),
             "'" + T.Until->getNameAsString() + "' waits for its task in its destructor, which runs after '" + Name +
                 "', declared later, is destroyed; the task uses a destroyed object; declare '" +
                 T.Until->getNameAsString() + "' last, or join in the destructor",
             Story(T.Loc, says(T.Is))
                 .then(First->Loc, "the task uses '" + Name + "' here")
                 .then(First->Field->getLocation(), "'" + Name + "' is declared here, and destroyed first"));
  }
}

/// `store_.reset(); worker_.join();`
void releases(ClassFacts &F, Unit &U, Reporter &R) {
  for (const EarlyRelease &X : U.get<EarlyReleases>().of(F)) {
    if (X.Joined.isInvalid())
      continue;
    std::string Name = X.Released->getNameAsString(), By = X.User->getNameAsString();
    R.report(X.Loc,
             "'" + Name + "' is released here, before the task of '" + By +
                 "' has ended; the task uses a destroyed object; join first, and release '" + Name + "' afterwards",
             (X.ByPart ? Story(X.Started, says(OwnTask::Given))
                       : Story(X.Started, says(OwnTask::Thread)).then(X.Used, "the task uses '" + Name + "' here"))
                 .then(X.Joined, "it is waited for here"));
  }
}

const UnitCheck
    Check({.Name = "member-destroyed-before-task",
           .Family = "lifetime",
           .Level = Tier::Bug,
           .Summary = "Finds members that are destroyed before the member that waits for a task which uses them.",
           .Rows = "L22",
           .Preview = true},
          [](Unit &U, Reporter &R) {
            for (ClassFacts *F : U.get<ClassTable>().all()) {
              look(*F, U, R);
              releases(*F, U, R);
              derivedParts(U, *F, R);
            }
          });

} // namespace
} // namespace heddle

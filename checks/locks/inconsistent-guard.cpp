// A member that is used under a lock in most places, and without it in few.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/GuardHabits.h"
#include "flow/Handlers.h"

#include "llvm/ADT/MapVector.h"

using namespace clang;

namespace heddle {
namespace {

/// A value or container that nothing else protects.
bool isPlain(Unit &U, const FieldDecl *F) {
  QualType T = F->getType();
  if (T.isConstQualified() || T->isReferenceType())
    return false;
  Role R = U.role(T);
  if (R != Role::None && R != Role::Container && R != Role::Function && R != Role::SmartPointer)
    return false;
  // A socket or stream belongs to the loop that runs its handlers.
  if (R == Role::None && T->isRecordType() && takesHandlers(U, F))
    return false;
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  return !RD || !RD->hasDefinition() ||
         llvm::none_of(RD->fields(), [&](const FieldDecl *X) { return isLock(U.role(X->getType())); });
}

/// A value that is read at once, or a number that the object is asked for: size().
bool readsNumber(const SharedAccess &X) {
  const auto *E = dyn_cast_or_null<Expr>(X.As->Site);
  const auto *M = dyn_cast_or_null<MemberExpr>(E);
  const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(M ? X.In->parent(M) : E);
  return (Call ? Call->getType() : X.As->Mention->getType())->isScalarType();
}

bool isMeant(const GuardHabit &H) {
  // As many with as without: only a change is sure to be meant to be locked. A number may be read for a message.
  return H.BareWrites ? H.Guarded.size() >= H.Unguarded.size()
                      : H.GuardedWrite && H.Guarded.size() >= 2 * H.Unguarded.size() &&
                            (H.Thread || !readsNumber(*H.Bare));
}

/// The fields that one function uses without the lock they have in common: it forgets that lock once.
void report(llvm::ArrayRef<GuardHabit> All, Reporter &R) {
  const GuardHabit &H = All.front();
  std::string Lock = "'" + H.Lock->getNameAsString() + "'";
  unsigned Guarded = H.Guarded.size(), Users = Guarded + H.Unguarded.size();
  Story S;
  if (H.GuardedWrite)
    S.then(H.GuardedWrite->As->Site->getBeginLoc(), "written with " + Lock + " held here");
  if (H.Thread)
    S.then(H.Thread->Of->Loc, "a thread that reaches it is started here");
  for (const GuardHabit &X : All.drop_front())
    S.then(X.Bare->As->Site->getBeginLoc(),
           "'" + X.Field->getNameAsString() + (X.BareWrites ? "' is changed" : "' is read") + " here without it, too");
  R.report(H.Bare->As->Site->getBeginLoc(),
           "'" + H.Field->getNameAsString() + "' is " + (H.BareWrites ? "changed" : "read") + " here without " + Lock +
               ", which " + std::to_string(Guarded) + " of " + std::to_string(Users) +
               " functions that use it hold; the access races with them (data race); acquire the lock here, too",
           S);
}

void habits(Unit &U, Reporter &R) {
  llvm::MapVector<std::pair<const FunctionDecl *, const ValueDecl *>, llvm::SmallVector<GuardHabit, 1>> Forgotten;
  for (const ValueDecl *D : U.get<SharedState>().named()) {
    const auto *F = dyn_cast<FieldDecl>(D);
    auto H = F && isPlain(U, F) ? U.get<GuardHabits>().of(F) : std::nullopt;
    if (H && isMeant(*H))
      Forgotten[{H->Bare->function(), H->Lock}].push_back(*H);
  }
  for (auto &[Where, All] : Forgotten) {
    // The field that most functions use under the lock shows the habit best.
    std::iter_swap(All.begin(), llvm::max_element(All, [](const GuardHabit &A, const GuardHabit &B) {
                     return A.Guarded.size() < B.Guarded.size();
                   }));
    report(All, R);
  }
}

const UnitCheck Check({.Name = "inconsistent-guard",
                       .Family = "locks",
                       .Level = Tier::Risk,
                       .Summary = "Finds members that most functions of a class use under a lock, and a few without "
                                  "it.",
                       .Rows = "-",
                       .Preview = true},
                      habits);

} // namespace
} // namespace heddle

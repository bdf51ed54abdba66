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
bool isPlain(Unit &U, const ValueDecl *D) {
  QualType T = D->getType();
  if (T.isConstQualified() || T->isReferenceType())
    return false;
  if (const auto *V = dyn_cast<VarDecl>(D); V && (!V->hasGlobalStorage() || V->getTLSKind() != VarDecl::TLS_None))
    return false;
  Role R = U.role(T);
  if (R != Role::None && R != Role::Container && R != Role::Function && R != Role::SmartPointer)
    return false;
  // A socket or stream belongs to the loop that runs its handlers.
  const auto *F = dyn_cast<FieldDecl>(D);
  if (F && R == Role::None && T->isRecordType() && takesHandlers(U, F))
    return false;
  return !protectsItself(U, T->getAsCXXRecordDecl());
}

/// A value that is read at once, or a number that the object is asked for: size().
bool readsNumber(const SharedAccess &X) {
  const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(callOn(*X.In, *X.As));
  return (Call ? Call->getType() : X.As->Mention->getType())->isScalarType();
}

/// As many with as without: only a change is sure to be meant to be locked, of a container or if a thread is seen to
/// come there, and of a variable that set-up code may change before there are threads not even that. A number may be
/// read for a message. What nobody changes under the lock may be a setting that is made before, unless a thread makes
/// it.
bool isHabit(Unit &U, const GuardHabit &H) {
  if (H.GuardedWrite && H.BareWrites && isa<FieldDecl>(H.Of))
    return H.Guarded.size() + (H.Thread || H.Of->getType()->isRecordType() ? 1 : 0) > H.Unguarded.size();
  if (H.Guarded.size() < 2 * H.Unguarded.size() || (!H.BareWrites && !H.Thread && readsNumber(*H.Bare)))
    return false;
  return H.GuardedWrite || !U.get<Threads>().on(H.Bare->In->Fn).empty();
}

/// The object of another that the access names: `other.`.
std::string owner(const SharedAccess &X) {
  const auto *M = dyn_cast_or_null<MemberExpr>(X.As->Mention);
  auto P = M ? X.In->place(M) : std::nullopt;
  return P && isa_and_nonnull<ParmVarDecl>(P->Root) ? P->Root->getNameAsString() + "." : "";
}

/// What one function uses without the lock that it has in common: it forgets that lock once.
void report(llvm::ArrayRef<GuardHabit> All, Reporter &R) {
  const GuardHabit &H = All.front();
  std::string Lock = "'" + H.Lock->getNameAsString() + "'", Of = owner(*H.Bare);
  unsigned Guarded = H.Guarded.size(), Users = Guarded + H.Unguarded.size();
  Story S;
  if (H.GuardedWrite)
    S.then(H.GuardedWrite->As->Site->getBeginLoc(), "written with " + Lock + " held here");
  if (H.BareCall)
    S.then(H.BareCall->getExprLoc(), "called here without " + Lock + ", which other callers hold");
  if (H.Thread)
    S.then(H.Thread->Of->Loc, "a thread that reaches it is started here");
  for (const GuardHabit &X : All.drop_front())
    S.then(X.Bare->As->Site->getBeginLoc(),
           "'" + X.Of->getNameAsString() + (X.BareWrites ? "' is changed" : "' is read") + " here without it, too");
  R.report(H.Bare->As->Site->getBeginLoc(),
           "'" + Of + H.Of->getNameAsString() + "' is " + (H.BareWrites ? "changed" : "read") + " here without '" + Of +
               H.Lock->getNameAsString() + "', which " + std::to_string(Guarded) + " of " + std::to_string(Users) +
               " functions that use it hold; the access races with them (data race); acquire the lock here, too",
           S);
}

void report(const ObjectGuard &G, Reporter &R) {
  std::string Name = "'" + G.Of->getNameAsString() + "'", Lock = "'" + G.Lock->getNameAsString() + "'";
  R.report(
      G.Use->As->Site->getBeginLoc(),
      Name + " is static and used under " + Lock +
          ", of which every object has its own; two objects access it at once (data race); guard it with a "
          "static mutex",
      Story(G.Of->getLocation(), "shared by all objects").then(G.Lock->getLocation(), "each object has its own lock"));
}

void habits(Unit &U, Reporter &R) {
  llvm::MapVector<std::pair<const FunctionDecl *, const ValueDecl *>, llvm::SmallVector<GuardHabit, 1>> Forgotten;
  for (const ValueDecl *D : U.get<SharedState>().named()) {
    if (!isPlain(U, D))
      continue;
    auto H = U.get<GuardHabits>().of(D);
    if (H && isHabit(U, *H))
      Forgotten[{H->Bare->function(), H->Lock}].push_back(*H);
    const auto *V = dyn_cast<VarDecl>(D);
    if (auto G = V && !H ? U.get<GuardHabits>().perObject(V) : std::nullopt)
      report(*G, R);
  }
  for (auto &[Where, All] : Forgotten) {
    // What most functions use under the lock shows the habit best.
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

// One shared_ptr object is replaced by one thread and copied by another: only the count behind it is atomic.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/AtomicUse.h"
#include "flow/CriticalSections.h"
#include "flow/GuardHabits.h"

using namespace clang;

namespace heddle {
namespace {

/// Copies of it share one object, or know whether it still lives.
bool isSharedPointer(Unit &U, const ValueDecl *D) {
  if (const auto *V = dyn_cast<VarDecl>(D); V && !V->hasGlobalStorage())
    return false; // tasks hold copies of it, or unsynchronized-task-write speaks
  QualType T = D->getType().getNonReferenceType();
  const TypeModel *M = T.isConstQualified() ? nullptr : U.type(T);
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  return M && (M->Plays == Role::SmartPointer || M->Plays == Role::WeakPointer) && RD &&
         llvm::any_of(RD->ctors(),
                      [](const CXXConstructorDecl *X) { return X->isCopyConstructor() && !X->isDeleted(); });
}

std::optional<Touch> touch(const SharedAccess &X) {
  auto P = X.As->Mention ? X.In->place(X.As->Mention) : std::nullopt;
  return P ? std::optional(Touch{X.In, X.Site, *P}) : std::nullopt;
}

/// A change of the pointer itself.
bool replaces(const SharedAccess &X) {
  return X.As->Of == Use::Itself && X.As->is(Use::Stores | Use::Move | Use::Mutate);
}

void races(Unit &U, const ValueDecl *D, Reporter &R) {
  auto &Atomics = U.get<AtomicUse>();
  const auto &All = U.get<SharedState>().of(D);
  const auto *F = dyn_cast<FieldDecl>(D);
  // What the caller gives is replaced whenever he wants it.
  auto SetsUp = [&](const SharedAccess &X) {
    auto P = X.As->Value ? X.In->place(X.As->Value) : std::nullopt;
    bool Given = P && P->Path.empty() && isa_and_nonnull<ParmVarDecl>(P->Root);
    return F && !Given && U.get<GuardHabits>().setsUp(X.function(), F);
  };
  auto KeepsNobodyOut = [](const SharedAccess &X, const ValueDecl *Lock) {
    const auto *Local = dyn_cast<VarDecl>(Lock);
    return Local && isOfOneCall(*X.In, Local);
  };
  auto Bare = [&](const SharedAccess &X) {
    return !X.Construction && !X.Ordered &&
           llvm::all_of(X.Locks, [&](const ValueDecl *L) { return KeepsNobodyOut(X, L); }) && !SetsUp(X) &&
           !Atomics.isAtomic(X) && !Atomics.once(X);
  };
  for (const SharedAccess &X : All) {
    auto A = Bare(X) && replaces(X) ? touch(X) : std::nullopt;
    for (const SharedAccess &Y : A ? llvm::ArrayRef(All) : llvm::ArrayRef<SharedAccess>()) {
      auto B = &X != &Y && Bare(Y) ? touch(Y) : std::nullopt;
      auto Meets = B ? U.get<Threads>().meeting(*A, *B) : std::nullopt;
      if (!Meets)
        continue;
      const ThreadBody *Thread = Meets->First ? Meets->First : Meets->Second;
      Story S(Thread->Of->Loc, "this thread is started here");
      S.then(Y.Site->getBeginLoc(), "it is used concurrently here");
      R.report(
          X.As->Site->getBeginLoc(),
          "the shared pointer '" + D->getNameAsString() +
              "' is replaced while another thread uses it; only its count is atomic, so the other thread may copy a "
              "dangling pointer; use std::atomic<std::shared_ptr> or a lock",
          S);
      return;
    }
  }
}

const UnitCheck Check({.Name = "shared-ptr-race",
                       .Family = "atomics",
                       .Level = Tier::Risk,
                       .Summary = "Finds shared pointers that one thread replaces while another thread uses them.",
                       .Rows = "-",
                       .Preview = true},
                      [](Unit &U, Reporter &R) {
                        if (U.get<Threads>().entries().empty())
                          return;
                        for (const ValueDecl *D : U.get<SharedState>().named())
                          if (isSharedPointer(U, D))
                            races(U, D, R);
                      });

} // namespace
} // namespace heddle

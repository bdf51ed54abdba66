// Something is made by the first who needs it, with nothing that makes one the first.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/AtomicUse.h"

using namespace clang;

namespace heddle {
namespace {

/// Why several threads may be in the function: started here, or the class says so. Null if nothing tells.
const char *sharing(Unit &U, const ValueDecl *D, const SharedAccess &X) {
  if (U.get<AtomicUse>().severalThreads(X))
    return "several threads run this";
  const auto *F = dyn_cast<FieldDecl>(D);
  const auto *M = dyn_cast<CXXMethodDecl>(X.In->Fn);
  if (!F || !M || M->getParent()->isLambda())
    return nullptr;
  if (F->isMutable() && M->isConst())
    return "a const member function is expected to be thread-safe";
  bool Locks = llvm::any_of(M->getParent()->fields(), [&](const FieldDecl *X) { return isLock(U.role(X->getType())); });
  bool Owner = U.get<Calls>().witness(M, Effect::Spawns); // who starts threads is called by the owner
  return Locks && !Owner && !M->getReturnType()->isVoidType() && M->getAccess() != AS_private
             ? "the class has a lock, so several threads use it"
             : nullptr;
}

bool isGlobal(const ValueDecl *D) {
  const auto *V = dyn_cast<VarDecl>(D);
  return V && V->hasGlobalStorage();
}

bool isMadeLazily(Unit &U, const ValueDecl *D) {
  QualType T = D->getType().getNonReferenceType();
  if (T.isConstQualified() || T->isArithmeticType())
    return T->isBooleanType();
  Role R = U.role(T);
  return T->isPointerType() || U.leads(T) || R == Role::None || R == Role::SmartPointer;
}

/// The access makes it: an assignment, or a call that fills it.
bool makes(const SharedAccess &X) {
  if (X.As->Does == Use::Assign)
    return X.As->Of == Use::Itself && !isa_and_nonnull<CXXNullPtrLiteralExpr>(X.As->Value);
  return X.As->is(Use::Mutate) && X.As->Of == Use::Itself && X.As->Site && X.As->Mention;
}

/// `!queue.try_push(v)`, `!pieces.complete()`: the object of a class without a model is there, and asked for something
/// else.
bool isAskedElse(Unit &U, const ValueDecl *D, llvm::ArrayRef<SharedAccess> All, const Expr *Mention) {
  QualType T = D->getType().getNonReferenceType();
  return T->isRecordType() && U.role(T) == Role::None && !U.leads(T) &&
         llvm::any_of(All, [&](const SharedAccess &X) {
           return X.As->Mention == Mention && X.As->is(Use::Mutate | Use::Ask) && X.As->Of == Use::Itself;
         });
}

void lazyInits(Unit &U, const ValueDecl *D, Reporter &R) {
  auto &State = U.get<SharedState>();
  auto &Atomics = U.get<AtomicUse>();
  auto &T = U.get<Threads>();
  for (const SharedAccess &X : State.of(D)) {
    if (X.Construction || X.Ordered || !makes(X) || isa<CXXDestructorDecl, CXXConstructorDecl>(X.In->Fn) ||
        Atomics.once(X) || T.beforeStart(*X.In, X.Site) || T.afterEnd(*X.In, X.Site))
      continue;
    auto P = X.As->Mention ? X.In->place(X.As->Mention) : std::nullopt;
    if (!P || (isa<FieldDecl>(D) && P->Root && !isGlobal(P->Root)))
      continue; // of an object that this function has for itself, or was given
    for (const Tested &Test : Atomics.tests(X)) {
      if (!Test.Null || State.ordered(*X.In, Test.Mention) || isAskedElse(U, D, State.of(D), Test.Mention))
        continue;
      auto Held = State.locks(*X.In, Test.Mention);
      if (SharedState::commonLock(Held, X.Locks) || !Held.empty())
        continue;
      std::string Name = "'" + D->getNameAsString() + "'";
      if (!X.Locks.empty()) {
        R.report(Test.Mention->getExprLoc(),
                 Name + " is tested here without the mutex under which it is created; another thread may see the "
                        "pointer before the object (double-checked locking); make it a std::atomic, or use "
                        "std::call_once or a local static",
                 {{X.As->Site->getBeginLoc(), "created here with '" + X.Locks.front()->getNameAsString() + "' held"}});
        return;
      }
      if (const char *Why = sharing(U, D, X)) {
        R.report(X.As->Site->getBeginLoc(),
                 Name + " is created on first use without a lock; two threads may both create it, or use it half "
                        "constructed (data race); use std::call_once, a local static or a lock",
                 {{Test.Mention->getExprLoc(), "tested here"}, {X.In->Fn->getLocation(), Why}});
        return;
      }
    }
  }
}

const UnitCheck
    Check({.Name = "racy-lazy-init",
           .Family = "locks",
           .Level = Tier::Bug,
           .Summary = "Finds objects that are created on first use, by code that several threads may run, without a "
                      "lock or once flag.",
           .Rows = "P15",
           .Preview = true},
          [](Unit &U, Reporter &R) {
            for (const ValueDecl *D : U.get<SharedState>().named())
              if (isMadeLazily(U, D))
                lazyInits(U, D, R);
          });

} // namespace
} // namespace heddle

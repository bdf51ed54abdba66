// Accesses to an atomic value that are atomic each, but not together, or atomic in one place only.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/AtomicUse.h"

using namespace clang;

namespace heddle {
namespace {

bool startsOrEndsThreads(Unit &U, const Code &C) {
  auto &All = U.get<Calls>();
  return All.witness(C.Fn, Effect::Spawns) || All.witness(C.Fn, Effect::Joins);
}

void separateSteps(Unit &U, const ValueDecl *D, Reporter &R) {
  auto &Atomics = U.get<AtomicUse>();
  if (Atomics.oneWriter(D))
    return;
  std::string Name = "'" + D->getNameAsString() + "'";
  for (const SharedAccess &X : U.get<SharedState>().of(D)) {
    if (X.Construction || X.Ordered || !X.Locks.empty() || !Atomics.stored(X) || Atomics.once(X) ||
        Atomics.isRingEnd(X) || isa<CXXDestructorDecl>(X.In->Fn))
      continue;
    auto &T = U.get<Threads>();
    if (T.beforeStart(*X.In, X.Site) || T.afterEnd(*X.In, X.Site) || Atomics.isOwnObject(X) ||
        Atomics.calledUnderLock(X.In->Fn) || Atomics.claimedBefore(X))
      continue;
    if (const Expr *Load = Atomics.loadedBefore(X)) {
      R.report(X.As->Site->getBeginLoc(),
               Name + " is atomic, but is updated by a load and a separate store; stores of other threads in between "
                      "are lost; use fetch_add or a compare-exchange loop",
               {{Load->getExprLoc(), "loaded here"}});
      continue;
    }
    auto Tests = Atomics.tests(X);
    // `if (!on) on = true;` may be of one thread; `if (n > peak) peak = n;` keeps what another may overtake.
    bool Constant = Atomics.stored(X)->isEvaluatable(U.Ctx);
    if (!Tests.empty() && !Tests.front().Ordered && !Tests.front().Loops &&
        (Atomics.severalThreads(X) || (!Constant && Tests.front().Bounds && !startsOrEndsThreads(U, *X.In))))
      R.report(X.As->Site->getBeginLoc(),
               Name + " is tested and set in two steps; two threads may both see the old value and proceed; use "
                      "exchange or compare_exchange",
               {{Tests.front().Mention->getExprLoc(), "tested here"}});
  }
}

/// Returns true if the access is to the object of `this`, or to a global one; what a parameter leads to may be another.
bool isOfOneObject(const SharedAccess &X) {
  auto P = X.As->Mention ? X.In->place(X.As->Mention) : std::nullopt;
  const auto *V = P ? dyn_cast_or_null<VarDecl>(P->Root) : nullptr;
  return P && (P->This || (V && V->hasGlobalStorage()));
}

void plainAccess(Unit &U, const ValueDecl *D, Reporter &R, llvm::SmallPtrSetImpl<const Expr *> &Told) {
  auto &Atomics = U.get<AtomicUse>();
  auto &T = U.get<Threads>();
  const auto &All = U.get<SharedState>().of(D);
  QualType Type = D->getType();
  if (Type.isConstQualified() || (Type->isRecordType() && !U.leads(Type))) // of a struct its members count
    return;
  auto Atomic = llvm::find_if(All, [&](const SharedAccess &X) { return Atomics.isAtomic(X); });
  if (Atomic == All.end())
    return;
  bool OneObject = llvm::all_of(All, [&](const SharedAccess &X) { return !Atomics.isAtomic(X) || isOfOneObject(X); });
  // A local variable has one of its own, and a body that reads one object atomically to fill another copies it.
  auto IsOther = [&](const SharedAccess &X) {
    auto P = X.As->Mention && !isOfOneObject(X) ? X.In->place(X.As->Mention) : std::nullopt;
    const auto *V = P ? dyn_cast_or_null<VarDecl>(P->Root) : nullptr;
    bool Own = V && V->getType()->isRecordType() && !U.leads(V->getType());
    auto OnAnother = [&](const SharedAccess &Y) {
      auto Q = Atomics.isAtomic(Y) && Y.As->Mention ? Y.In->place(Y.As->Mention) : std::nullopt;
      return Q && Q->Root != P->Root;
    };
    return P && (OneObject ||
                 (Own ? llvm::all_of(All, [&](const SharedAccess &Y) { return !Atomics.isAtomic(Y) || OnAnother(Y); })
                      : llvm::any_of(All, [&](const SharedAccess &Y) { return Y.In == X.In && OnAnother(Y); })));
  };
  for (const SharedAccess &X : All) {
    bool Local = isa<VarDecl>(D) && !cast<VarDecl>(D)->hasGlobalStorage();
    if (X.Construction || X.Ordered || !X.Locks.empty() || Atomics.isAtomic(X) || Local ||
        isa<CXXDestructorDecl>(X.In->Fn) || IsOther(X) || X.As->Of == Use::Behind || Atomics.initialises(X) ||
        T.beforeStart(*X.In, X.Site) || T.afterEnd(*X.In, X.Site))
      continue;
    auto Behind = Atomics.plainBehind(X); // in a function that is given a pointer to it
    if (!Behind && !X.As->is(Use::Read | Use::Stores | Use::Ask | Use::Mutate))
      continue;
    const auto *Site = Behind ? Behind->Site : dyn_cast<Expr>(X.Site);
    if (!Site || !Told.insert(Site).second)
      return;
    std::vector<StoryLine> Story{{Atomic->Site->getBeginLoc(), "accessed atomically here"}};
    if (Behind)
      Story.push_back({X.Site->getBeginLoc(), "passed on here to where it is accessed non-atomically"});
    R.report(Site->getBeginLoc(),
             "'" + D->getNameAsString() + "' is " +
                 ((Behind ? Behind->Writes : X.As->is(Use::Writes)) ? "written" : "read") +
                 " non-atomically here and atomically elsewhere; the two race (data race); make it a std::atomic",
             Story);
    return;
  }
}

const UnitCheck Check({.Name = "mixed-atomic-access",
                       .Family = "atomics",
                       .Level = Tier::Bug,
                       .Summary = "Finds atomic values that are updated by a separate load and store, tested and "
                                  "then set, or accessed non-atomically elsewhere.",
                       .Rows = "P14",
                       .Preview = true},
                      [](Unit &U, Reporter &R) {
                        llvm::SmallPtrSet<const Expr *, 4> Told; // one place may access several
                        for (const ValueDecl *D : U.get<SharedState>().named())
                          if (U.role(D->getType()) == Role::Atomic)
                            separateSteps(U, D, R);
                          else
                            plainAccess(U, D, R, Told);
                      });

} // namespace
} // namespace heddle

#include "GuardHabits.h"
#include "LockBalance.h"
#include "Mentions.h"
#include "Unwrap.h"

using namespace clang;

namespace heddle {

namespace {

constexpr unsigned MaxDepth = 3;

/// A member function that is there for const objects, too, changes nothing by itself: find(), data(), begin().
bool onlyLeadsInto(const SharedAccess &X) {
  const auto *M = dyn_cast<MemberExpr>(X.As->Site);
  const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(M ? X.In->parent(M) : X.As->Site);
  const CXXMethodDecl *Called = Call ? Call->getMethodDecl() : nullptr;
  return Called && llvm::any_of(Called->getParent()->lookup(Called->getDeclName()), [&](const NamedDecl *D) {
           const auto *Other = dyn_cast<CXXMethodDecl>(D);
           return Other && Other->isConst() && Other->getNumParams() == Called->getNumParams();
         });
}

bool isWrite(const SharedAccess &X) {
  return X.As->is(Use::Stores | Use::Mutate) && X.As->Of != Use::Behind &&
         !(X.As->Does == Use::Mutate && onlyLeadsInto(X));
}

bool isOfSameClass(const ValueDecl *Lock, const FieldDecl *F) {
  const auto *L = dyn_cast<FieldDecl>(Lock);
  const auto *Of = dyn_cast<CXXRecordDecl>(F->getParent());
  const auto *Above = L ? dyn_cast<CXXRecordDecl>(L->getParent()) : nullptr;
  return Above && Of && (Above == Of || (Of->hasDefinition() && Of->isDerivedFrom(Above)));
}

bool acquires(const Event &E) {
  return E.Kind == Op::Acquire || E.Kind == Op::AcquireShared || E.Kind == Op::TryAcquire;
}

bool isOfThis(const SharedAccess &X) {
  const auto *M = dyn_cast_or_null<MemberExpr>(X.As->Mention);
  return M && isa<CXXThisExpr>(unwrap(M->getBase()));
}

} // namespace

/// Returns true if only constructors and destructors call the function.
bool GuardHabits::onlyInLife(const FunctionDecl *F, unsigned Depth) {
  if (isa<CXXConstructorDecl, CXXDestructorDecl>(F))
    return true;
  auto Callers = U.get<Calls>().callers(F);
  return Depth < MaxDepth && !Callers.empty() && llvm::all_of(Callers, [&](const CallEdge &X) {
           return !X.Task && X.In->Fn != F && onlyInLife(X.In->Fn, Depth + 1);
         });
}

/// The one function, apart from constructors, that gives the field its value, and takes that from a parameter.
static const FunctionDecl *configuredBy(Unit &U, const FieldDecl *F) {
  const FunctionDecl *By = nullptr;
  for (const SharedAccess &X : U.get<SharedState>().of(F)) {
    if (X.Construction || !isWrite(X))
      continue;
    bool Given = X.As->Value && mentions(X.As->Value, [](const Stmt *S) {
                   const auto *DR = dyn_cast<DeclRefExpr>(S);
                   return DR && isa<ParmVarDecl>(DR->getDecl());
                 });
    if (!Given || !isOfThis(X) || (By && By != X.function()))
      return nullptr;
    By = X.function();
  }
  return By;
}

bool GuardHabits::setsUp(const FunctionDecl *By, const FieldDecl *F) {
  const Code *C = U.code(By);
  const auto *RD = dyn_cast<CXXRecordDecl>(F->getParent());
  if (!C || !RD || llvm::any_of(C->Events, acquires))
    return false;
  return llvm::any_of(RD->fields(), [&](const FieldDecl *X) {
    auto [It, New] = Configured.try_emplace(X);
    if (New)
      It->second = configuredBy(U, X);
    return X != F && It->second == By;
  });
}

bool GuardHabits::counts(const SharedAccess &X, const FieldDecl *F) {
  auto &T = U.get<Threads>();
  return isOfThis(X) && !X.Construction && !X.Ordered &&
         X.As->is(Use::Read | Use::Stores | Use::Mutate | Use::Ask | Use::Move) && !onlyInLife(X.function(), 0) &&
         !setsUp(X.function(), F) && !T.beforeStart(*X.In, X.Site) && !T.afterEnd(*X.In, X.Site);
}

std::optional<GuardHabit> GuardHabits::of(const FieldDecl *F) {
  const auto &All = U.get<SharedState>().of(F);
  llvm::DenseMap<const ValueDecl *, unsigned> Votes;
  for (const SharedAccess &X : All)
    if (counts(X, F))
      for (const ValueDecl *L : X.Locks)
        // Others know it by the same name, and for the same object.
        if (const auto *V = dyn_cast<VarDecl>(L); V ? V->hasGlobalStorage() : isOfSameClass(L, F))
          ++Votes[L];
  GuardHabit H;
  H.Field = F;
  for (const auto &[L, N] : Votes)
    if (!H.Lock || N > Votes[H.Lock])
      H.Lock = L;
  if (!H.Lock || U.get<LockBalance>().releasedElsewhere(H.Lock))
    return std::nullopt;
  for (const SharedAccess &X : All)
    if (counts(X, F) && X.Locks.empty())
      H.Unguarded.insert(X.function());
  for (const SharedAccess &X : All)
    if (counts(X, F) && llvm::is_contained(X.Locks, H.Lock) && !H.Unguarded.contains(X.function())) {
      H.Guarded.insert(X.function());
      if (isWrite(X) && !H.GuardedWrite)
        H.GuardedWrite = &X;
    }
  const FunctionDecl *Writer = nullptr, *Reader = nullptr;
  bool Apart = false; // accesses on more than one thread
  for (const SharedAccess &X : All) {
    if (!counts(X, F))
      continue;
    auto On = U.get<Threads>().on(X.In->Fn);
    if (!On.empty() && !H.Thread)
      H.Thread = On.front();
    bool Single = On.size() == 1 && !On.front()->Of->Many && !U.get<Threads>().elsewhere(X.In->Fn);
    const FunctionDecl *Of = Single ? On.front()->Of->Body : nullptr;
    if (isWrite(X)) {
      Apart |= !Single || (Writer && Writer != Of);
      Writer = Of;
    }
    bool Takes = X.Locks.empty() && llvm::any_of(U.code(X.function())->Events, [&](const Event &E) {
                   return acquires(E) && E.Object.valid() && E.Object.last() == H.Lock;
                 });
    bool Expected = llvm::any_of(U.get<Calls>().callers(X.function()), [&](const CallEdge &Up) {
      Code *Caller = X.Locks.empty() ? U.code(Up.In->Fn) : nullptr;
      return Caller && llvm::is_contained(U.get<SharedState>().locks(*Caller, Up.Site), H.Lock);
    });
    if (!X.Locks.empty() || Takes || Expected)
      continue;
    if (!isWrite(X)) {
      Apart |= !Single || (Reader && Reader != Of);
      Reader = Of;
    }
    if (!H.Bare || (!H.BareWrites && isWrite(X))) {
      H.Bare = &X;
      H.BareWrites = isWrite(X);
    }
  }
  if (!H.GuardedWrite && !H.Thread)
    return std::nullopt; // the lock may be for what else those functions use
  bool OneThread = !Apart && Writer && (!Reader || Reader == Writer);
  if (!H.Bare || H.Guarded.empty() || OneThread || (!H.GuardedWrite && !H.BareWrites))
    return std::nullopt;
  return H;
}

} // namespace heddle

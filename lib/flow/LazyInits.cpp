#include "LazyInits.h"
#include "Creation.h"
#include "Guards.h"
#include "MakeFacts.h"
#include "Order.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {

/// Returns true if all objects of the class are locals of functions that share them with nobody.
bool LazyInits::isOfOneThread(const CXXRecordDecl *RD) {
  const auto &All = U.get<Creation>().of(RD);
  return !All.empty() && llvm::all_of(All, [&](const Made &M) {
    return M.Temporary || (M.Local && llvm::none_of(U.get<Uses>().in(*M.In, M.Local), [](const Use &X) {
                             return X.Lambda || X.is(Use::ByReference | Use::Address | Use::Move);
                           }));
  });
}

/// Returns true if a member that others may call, and that comes to \p M, counts in an atomic of the object which no
/// other member changes: that is needed if several threads call it. What starts or is a thread may count for a reader.
static bool isCounted(Unit &U, const CXXMethodDecl *M, unsigned Depth) {
  if (M->getAccess() != AS_public) {
    return Depth < 2 && llvm::any_of(
                            U.get<Calls>().callers(M),
                            [&](const CallEdge &Up) {
                              const auto *By = dyn_cast<CXXMethodDecl>(Up.In->Fn);
                              return !Up.Task && By && By != M && By->getParent() == M->getParent() &&
                                     isCounted(U, By, Depth + 1);
                            });
  }
  if (M->getReturnType()->isVoidType() || M->isVirtual() || isa<CXXConstructorDecl, CXXDestructorDecl>(M) ||
      !U.get<Threads>().on(M).empty() || U.get<Calls>().witness(M, Effect::Spawns))
    return false;
  return llvm::any_of(M->getParent()->fields(), [&](const FieldDecl *F) {
    if (U.role(F->getType()) != Role::Atomic)
      return false;
    bool Counts = false;
    for (const Use &X : U.get<Uses>().everywhere(F)) {
      if (!X.is(Use::Writes) || isa_and_nonnull<CXXConstructorDecl>(X.Body))
        continue;
      if (X.Body != M)
        return false;
      Counts = true;
    }
    return Counts;
  });
}

/// Returns true if a thread is what is made: its owner starts it.
static bool isThread(Unit &U, QualType T) {
  if (U.leads(T))
    T = U.pointee(T);
  else if (const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(T->getAsCXXRecordDecl());
           Spec && Spec->isInStdNamespace() && Spec->getTemplateArgs().size() == 1 &&
           Spec->getTemplateArgs()[0].getKind() == TemplateArgument::Type)
    T = Spec->getTemplateArgs()[0].getAsType(); // an optional one
  return U.role(T) == Role::Thread;
}

/// Why several threads may be in the function: started here, or the class says so. Null if nothing tells.
const char *LazyInits::sharing(const ValueDecl *D, const SharedAccess &X) {
  if (U.get<AtomicUse>().severalThreads(X))
    return "several threads run this";
  const auto *F = dyn_cast<FieldDecl>(D);
  const auto *M = dyn_cast<CXXMethodDecl>(X.In->Fn);
  if (!F || !M || M->getParent()->isLambda())
    return nullptr;
  if (isOfOneThread(M->getParent()))
    return nullptr;
  if (F->isMutable() && M->isConst())
    return "a const member function is expected to be thread-safe";
  if (isCounted(U, M, 0))
    return "atomic counters of the class are changed beside it, so several threads use it";
  bool Locks = llvm::any_of(M->getParent()->fields(), [&](const FieldDecl *X) { return isLock(U.role(X->getType())); });
  // Who starts threads is called by the owner.
  bool Owner = U.get<Calls>().witness(M, Effect::Spawns) || isThread(U, D->getType());
  // A result that only says whether it was done is for who sets the object up; what was made is for anybody.
  bool Gives = !M->getReturnType()->isVoidType() && !M->getReturnType()->isBooleanType();
  return Locks && !Owner && Gives && M->getAccess() != AS_private
             ? "the class has a lock, so several threads use it"
             : nullptr;
}

static bool isGlobal(const ValueDecl *D) {
  const auto *V = dyn_cast<VarDecl>(D);
  return V && V->hasGlobalStorage();
}

static bool isMadeLazily(Unit &U, const ValueDecl *D) {
  if (!isa<FieldDecl>(D) && !isGlobal(D))
    return false;
  QualType T = D->getType();
  if (T.isConstQualified() || T->isReferenceType() || T->isArithmeticType())
    return T->isBooleanType();
  Role R = U.role(T);
  return T->isPointerType() || U.leads(T) || R == Role::None || R == Role::SmartPointer || R == Role::Container;
}

/// `nullptr`, `false`, `{}`.
static bool isNullConstant(Unit &U, const Expr *E) {
  bool Value = true;
  const auto *List = dyn_cast<InitListExpr>(E->IgnoreParenImpCasts());
  return (List && !List->getNumInits()) || E->isNullPointerConstant(U.Ctx, Expr::NPC_ValueDependentIsNotNull) ||
         (E->getType()->isBooleanType() && !E->isValueDependent() && E->EvaluateAsBooleanCondition(Value, U.Ctx) &&
          !Value);
}

/// The access makes it: an assignment, or a call that fills it. A container is filled again and again, and made by an
/// assignment.
static bool makes(Unit &U, const ValueDecl *D, const SharedAccess &X) {
  if (X.As->Does == Use::Assign)
    return X.As->Of == Use::Itself && !isa_and_nonnull<CXXNullPtrLiteralExpr>(X.As->Value);
  return X.As->is(Use::Mutate) && X.As->Of == Use::Itself && X.As->Site && X.As->Mention &&
         U.role(D->getType()) != Role::Container;
}

/// A value that is also taken back or given anew is a state, not something that is made once: `next = chunk->next`,
/// `ready = false`. Emptied again (`p.reset()`), it is made again by whoever needs it.
bool LazyInits::isState(const ValueDecl *D) {
  auto &T = U.get<Threads>();
  return llvm::any_of(U.get<SharedState>().of(D), [&](const SharedAccess &X) {
    bool Life = X.Construction || isa<CXXConstructorDecl, CXXDestructorDecl>(X.In->Fn);
    if (Life || X.As->Of != Use::Itself || T.beforeStart(*X.In, X.Site))
      return false;
    const CallExpr *Call = callOn(*X.In, *X.As);
    bool Gives = X.As->Does == Use::Assign ? X.As->Value && !isNullConstant(U, X.As->Value)
                                           : X.As->is(Use::Mutate) && Call && Call->getNumArgs();
    bool TakesBack = X.As->Does == Use::Assign && D->getType()->isBooleanType() && !Gives;
    return TakesBack || (Gives && llvm::none_of(U.get<AtomicUse>().tests(X), [](const Tested &T) { return T.Null; }));
  });
}

/// `!queue.try_push(v)`, `!pieces.complete()`: the object of a class without a model is there, and asked for something
/// else.
static bool isAskedElse(Unit &U, const ValueDecl *D, llvm::ArrayRef<SharedAccess> All, const Expr *Read) {
  QualType T = D->getType().getNonReferenceType();
  return T->isRecordType() && U.role(T) == Role::None && !U.leads(T) && llvm::any_of(All, [&](const SharedAccess &X) {
           return X.As->Mention == Read && X.As->is(Use::Mutate | Use::Ask) && X.As->Of == Use::Itself;
         });
}

/// Returns true if the test is the one that decides it, with nothing else asked in between: a flag that is set when
/// something came true is no sign that something was made.
static bool decides(const Tested &Test, const SharedAccess &X) {
  auto All = guards(*X.In, X.As->Site);
  return !All.empty() &&
         anyOf<Expr>(All.front().Condition, Walk::NoLambdas, [&](const Expr *E) { return E == Test.Mention; });
}

/// A flag tells that something was made if that comes first: `table = load(); loaded = true;`. One that is set first is
/// a claim.
bool LazyInits::followsMaking(const SharedAccess &X, const Tested &Test) {
  auto &State = U.get<SharedState>();
  auto &O = U.get<Order>();
  return llvm::any_of(State.named(), [&](const ValueDecl *Other) {
    Role R = U.role(Other->getType());
    return !isLock(R) && R != Role::Condition && llvm::any_of(State.of(Other), [&](const SharedAccess &Y) {
      return Y.In == X.In && Y.As != X.As && Y.As->is(Use::Stores | Use::Mutate | Use::Address) &&
             O.reaches(*X.In, Test.Mention, Y.Site) && O.reaches(*X.In, Y.Site, X.Site);
    });
  });
}

const LazyInit *LazyInits::of(const ValueDecl *D) {
  D = cast<ValueDecl>(D->getCanonicalDecl());
  auto [It, New] = Known.try_emplace(D);
  if (New && isMadeLazily(U, D))
    It->second = find(D);
  else if (New && U.role(D->getType()) == Role::Atomic && (isa<FieldDecl>(D) || isGlobal(D)))
    It->second = testedOnlyBefore(D);
  return It->second ? &*It->second : nullptr;
}

/// `if (ready) return; std::lock_guard lock(m); load(); ready = true;`
std::optional<LazyInit> LazyInits::testedOnlyBefore(const ValueDecl *D) {
  auto &State = U.get<SharedState>();
  auto &Atomics = U.get<AtomicUse>();
  auto &O = U.get<Order>();
  std::optional<LazyInit> Found;
  for (const SharedAccess &X : State.of(D)) {
    const Expr *Value = X.Construction ? nullptr : Atomics.stored(X);
    if (!Value)
      continue;
    auto Test = isNullConstant(U, Value) ? std::nullopt : Atomics.nullTest(X);
    if (!Test)
      return std::nullopt; // a state that comes and goes
    bool Flag = Value->getType()->isBooleanType();
    bool Again = llvm::any_of(State.of(D), [&](const SharedAccess &Y) {
      return Y.In == X.In && Y.As != X.As && Y.As->Mention != Test->Read && O.reaches(*X.In, Test->Mention, Y.Site) &&
             O.reaches(*X.In, Y.Site, X.Site);
    });
    bool Locked = !State.locks(*X.In, Test->Mention).empty() || !State.locks(*Test->In, Test->Read).empty();
    if (!Found && !Again && !Locked && !X.Locks.empty() && (!Flag || followsMaking(X, *Test)))
      Found = LazyInit{&X, *Test, X.Locks.front(), true, nullptr};
  }
  return Found;
}

std::optional<LazyInit> LazyInits::find(const ValueDecl *D) {
  auto &State = U.get<SharedState>();
  auto &Atomics = U.get<AtomicUse>();
  auto &T = U.get<Threads>();
  for (const SharedAccess &X : State.of(D)) {
    if (X.Construction || X.Ordered || !makes(U, D, X) || isa<CXXDestructorDecl, CXXConstructorDecl>(X.In->Fn) ||
        Atomics.once(X) || Atomics.calledUnderLock(X.In->Fn) || T.beforeStart(*X.In, X.Site) ||
        T.afterEnd(*X.In, X.Site))
      continue;
    auto P = X.As->Mention ? X.In->place(X.As->Mention) : std::nullopt;
    if (!P || (isa<FieldDecl>(D) && P->Root && !isGlobal(P->Root)))
      continue; // of an object that this function has for itself, or was given
    for (const Tested &Test : Atomics.tests(X)) {
      if (D->getType()->isBooleanType() && (!decides(Test, X) || !followsMaking(X, Test)))
        continue;
      if (!Test.Null || isAskedElse(U, D, State.of(D), Test.Read) || State.ordered(*X.In, Test.Mention) ||
          State.ordered(*Test.In, Test.Read))
        continue;
      auto Held = State.locks(*X.In, Test.Mention);
      llvm::append_range(Held, State.locks(*Test.In, Test.Read));
      if (!Held.empty())
        continue;
      if (!X.Locks.empty())
        return LazyInit{&X, Test, X.Locks.front(), false, nullptr};
      if (const char *Why = isState(D) ? nullptr : sharing(D, X))
        return LazyInit{&X, Test, nullptr, false, Why};
    }
  }
  return std::nullopt;
}

LazyInits::LazyInits(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<LazyInits>(Unit &);

} // namespace heddle

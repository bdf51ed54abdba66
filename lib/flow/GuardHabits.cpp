#include "GuardHabits.h"
#include "AtomicUse.h"
#include "Confinement.h"
#include "LockBalance.h"
#include "Loops.h"
#include "MakeFacts.h"
#include "Mentions.h"
#include "Order.h"
#include "Unwrap.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {

namespace {

constexpr unsigned MaxDepth = 3;

/// Returns true for a call that would do the same on a const object: `m.find(k)`, `v.begin()`, `v[i]`.
bool hasConstTwin(const SharedAccess &X) {
  const CallExpr *Call = callOn(*X.In, *X.As);
  const auto *M = Call ? dyn_cast_or_null<CXXMethodDecl>(Call->getDirectCallee()) : nullptr;
  if (!M || M->isConst())
    return false;
  return llvm::any_of(M->getParent()->lookup(M->getDeclName()), [&](const NamedDecl *D) {
    const auto *Twin = dyn_cast<CXXMethodDecl>(D);
    return Twin && Twin->isConst() && Twin->getNumParams() == M->getNumParams();
  });
}

/// `std::erase_if(items_, old)`, `std::swap(items_, taken)`: given to a function in order to be changed.
bool isChangedByLibrary(const SharedAccess &X) {
  const FunctionDecl *F = libraryGiven(X.In->U, *X.As);
  return F && F->isInStdNamespace() && !isa<CXXMemberCallExpr>(X.As->Site);
}

bool isWrite(const SharedAccess &X) {
  return X.As->Of != Use::Behind &&
         (X.As->is(Use::Stores) || (X.As->is(Use::Mutate) && !hasConstTwin(X)) || isChangedByLibrary(X));
}

bool isOfSameClass(const ValueDecl *Lock, const FieldDecl *F) {
  const auto *L = dyn_cast<FieldDecl>(Lock);
  if (L && L->getParent() == F->getParent())
    return true;
  const auto *Of = dyn_cast<CXXRecordDecl>(F->getParent());
  const auto *Above = L ? dyn_cast<CXXRecordDecl>(L->getParent()) : nullptr;
  return Above && Of && Of->hasDefinition() && Of->isDerivedFrom(Above);
}

/// The object whose member the access uses; none for a variable, and where it is not known whose it is.
std::optional<Place> owner(const SharedAccess &X) {
  auto P = isa_and_nonnull<MemberExpr>(X.As->Mention) ? X.In->place(X.As->Mention) : std::nullopt;
  if (!P || P->Path.empty() || P->Element)
    return std::nullopt;
  P->Path.pop_back();
  return P;
}

const ParmVarDecl *ownParameter(const SharedAccess &X) {
  auto Of = owner(X);
  return Of && Of->Path.empty() ? dyn_cast_or_null<ParmVarDecl>(Of->Root) : nullptr;
}

/// The object of another: the one that is copied from or compared with, the struct that a function is given. What is
/// moved from, and what is swapped with, is the caller's alone.
bool isOthers(const SharedAccess &X) {
  const ParmVarDecl *P = ownParameter(X);
  return P && !P->getType()->isRValueReferenceType() &&
         (P->getType()->isReferenceType() || P->getType()->isPointerType());
}

/// What is moved into is the caller's alone, too.
bool isMove(const FunctionDecl *F) {
  const auto *M = dyn_cast<CXXMethodDecl>(F);
  return (M && M->isMoveAssignmentOperator()) || (F->getIdentifier() && F->getName() == "swap");
}

bool takes(const Event &E) { return E.Kind == Op::Acquire || E.Kind == Op::AcquireShared || E.Kind == Op::TryAcquire; }

} // namespace

bool protectsItself(Unit &U, const CXXRecordDecl *RD, unsigned Depth) {
  auto Protects = [&](QualType T) {
    Role R = U.role(T);
    return isLock(R) || R == Role::Atomic || R == Role::Condition || T.isVolatileQualified() ||
           (Depth < 2 && !T->isReferenceType() && protectsItself(U, T->getAsCXXRecordDecl(), Depth + 1));
  };
  if (!RD || !RD->hasDefinition() || RD->isInStdNamespace())
    return false;
  return llvm::any_of(RD->fields(), [&](const FieldDecl *X) { return Protects(X->getType()); }) ||
         llvm::any_of(RD->getDefinition()->bases(), [&](const CXXBaseSpecifier &B) { return Protects(B.getType()); });
}

/// Returns true if the function initialises or destroys a lock of the struct by its address, as constructors and
/// destructors in C do. A member function has to give it to code that is not visible: `pthread_mutex_init(&mutex, 0)`.
bool GuardHabits::setsUpLock(const FunctionDecl *F, const RecordDecl *RD) {
  Code *C = RD ? U.code(F) : nullptr;
  auto SetsUp = [&](const Use &X) {
    const auto *Call = isa<CXXMethodDecl>(F) ? dyn_cast_or_null<CallExpr>(X.Site) : nullptr;
    return !isa<CXXMethodDecl>(F) || (Call && !isa<CXXMemberCallExpr>(Call) && !U.visible(Call->getDirectCallee()));
  };
  return C && llvm::any_of(RD->fields(), [&](const FieldDecl *L) {
           return isLock(U.role(L->getType())) && llvm::any_of(U.get<Uses>().in(*C, L), SetsUp) &&
                  llvm::none_of(C->Events, [&](const Event &E) {
                    return (takes(E) || E.Kind == Op::Release || E.Kind == Op::WaitCondition) && E.Object.valid() &&
                           E.Object.last() == L;
                  });
         });
}

/// Returns true if a function returns the lock itself, or a guard of it: who calls it takes the lock for more than one
/// call.
bool GuardHabits::isHandedOut(const ValueDecl *Lock) {
  return llvm::any_of(U.get<Uses>().everywhere(Lock), [&](const Use &X) {
    if (X.Body && isGuard(U.role(X.Body->getReturnType())))
      return true;
    const auto *AddressOf = dyn_cast_or_null<UnaryOperator>(X.Site);
    const Code *C = AddressOf ? bodyOf(U, X) : nullptr;
    return isa_and_nonnull<ReturnStmt>(C ? C->parent(AddressOf) : X.Site);
  });
}

/// Returns true if only constructors and destructors, or main, call the function.
bool GuardHabits::onlyInLife(const FunctionDecl *F, const RecordDecl *RD, unsigned Depth) {
  if (isa<CXXConstructorDecl, CXXDestructorDecl>(F) || F->isMain() || isMove(F) || setsUpLock(F, RD))
    return true;
  auto Callers = U.get<Calls>().callers(F);
  return Depth < MaxDepth && !Callers.empty() &&
         llvm::all_of(
             Callers,
             [&](const CallEdge &X) {
               return !X.Task && X.In->Fn != F && (!X.In->Fn->isMain() || !RD) && onlyInLife(X.In->Fn, RD, Depth + 1);
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
    const auto *M = dyn_cast_or_null<MemberExpr>(X.As->Mention);
    if (!Given || !M || !isa<CXXThisExpr>(unwrap(M->getBase())) || (By && By != X.function()))
      return nullptr;
    By = X.function();
  }
  return By;
}

bool GuardHabits::setsUp(const FunctionDecl *By, const FieldDecl *F) {
  const Code *C = U.code(By);
  const auto *RD = F ? dyn_cast<CXXRecordDecl>(F->getParent()) : nullptr;
  if (!C || !RD || llvm::any_of(C->Events, takes))
    return false;
  return llvm::any_of(RD->fields(), [&](const FieldDecl *X) {
    auto [It, New] = Configured.try_emplace(X);
    if (New)
      It->second = configuredBy(U, X);
    return X != F && It->second == By;
  });
}

bool GuardHabits::counts(const SharedAccess &X) {
  auto &T = U.get<Threads>();
  const auto *M = dyn_cast_or_null<MemberExpr>(X.As->Mention);
  const FunctionDecl *F = X.function();
  const auto *Field = M ? dyn_cast<FieldDecl>(M->getMemberDecl()) : nullptr;
  if (Field) {
    auto Of = owner(X);
    bool Known = isa<CXXThisExpr>(unwrap(M->getBase())) ||
                 (Of && (Of->This || isOthers(X) ||
                         (Of->Root && isa<VarDecl>(Of->Root) && cast<VarDecl>(Of->Root)->hasGlobalStorage())));
    if (!Known)
      return false;
  }
  bool Counts = isOthers(X) && isa<CXXConstructorDecl>(F);
  // A member that others may call, too, and that takes the lock, is more than a part of the destruction.
  const auto *Method = dyn_cast<CXXMethodDecl>(F);
  const Code *Body = Method && Method->getAccess() == AS_public && !X.Locks.empty() ? U.code(F) : nullptr;
  Counts |= Body && !isa<CXXConstructorDecl, CXXDestructorDecl>(F) && !isMove(F) && llvm::any_of(Body->Events, takes);
  bool Known = X.As->is(Use::Read | Use::Stores | Use::Mutate | Use::Ask | Use::Move) || isChangedByLibrary(X);
  return !X.Construction && !X.Ordered && Known &&
         (Counts || !onlyInLife(F, Field ? Field->getParent() : nullptr, 0)) && !setsUp(F, Field) &&
         !T.beforeStart(*X.In, X.Site) && !T.afterEnd(*X.In, X.Site);
}

/// Returns true if the lock is held, and is that of the very object. What callers hold is not told apart.
bool GuardHabits::holds(const SharedAccess &X, const ValueDecl *Lock) {
  if (!llvm::is_contained(X.Locks, Lock))
    return false;
  auto Of = isa<FieldDecl>(Lock) ? owner(X) : std::nullopt;
  if (!Of)
    return true;
  bool OfAnother = false;
  for (const Stmt *S = X.Site; S && !isa<CompoundStmt>(S) && !isLoop(S); S = X.In->parent(S))
    for (Place P : U.get<HeldLocks>().at(*X.In, S)) {
      if (P.last() != Lock)
        continue;
      P.Path.pop_back();
      if (P == *Of)
        return true;
      OfAnother |= P.This != Of->This || P.Root != Of->Root;
    }
  return !OfAnother;
}

bool GuardHabits::isBare(const SharedAccess &X, const ValueDecl *Lock) {
  return X.Locks.empty() || (X.Locks.size() == 1 && X.Locks.front() == Lock && !holds(X, Lock));
}

/// Returns true if the function takes the lock in another place, and drops it on purpose, or is called with it.
bool GuardHabits::isMeant(const SharedAccess &X, const ValueDecl *Lock) {
  auto Of = owner(X);
  Code *Body = U.code(X.function());
  bool Write = isWrite(X) && X.In == Body;
  if (Body && llvm::any_of(Body->Events, [&](const Event &E) {
        if (!takes(E) || !E.Object.valid() || E.Object.last() != Lock)
          return false;
        if (Write && !U.get<Order>().reaches(*Body, E.Site, X.Site))
          return false; // not taken yet
        return !Of || Of->This || E.Object.Root == Of->Root;
      }))
    return true;
  auto Callers = U.get<Calls>().callers(X.function());
  const auto *M = dyn_cast<CXXMethodDecl>(X.function());
  if (M && M->getAccess() != AS_public && !M->getParent()->isLambda() && Callers.empty())
    return true; // classes or files that are not seen call it
  return isHelper(X.function(), Lock) && !enteredBare(X.function(), Lock);
}

bool GuardHabits::takesIt(const FunctionDecl *F, const ValueDecl *Lock) {
  Code *Body = U.code(F);
  return !Body || llvm::any_of(Body->Events, [&](const Event &E) {
    return (takes(E) || E.Kind == Op::Release) && E.Object.valid() && E.Object.last() == Lock;
  });
}

bool GuardHabits::entersWith(const CallEdge &Up, const ValueDecl *Lock) {
  Code *Caller = U.code(Up.In->Fn);
  return Caller && llvm::is_contained(U.get<SharedState>().locks(*Caller, Up.Site), Lock);
}

/// Returns true if some calls enter the function with the lock.
bool GuardHabits::isHelper(const FunctionDecl *F, const ValueDecl *Lock) {
  return llvm::any_of(U.get<Calls>().callers(F), [&](const CallEdge &Up) { return entersWith(Up, Lock); });
}

/// The call of a helper, which other calls enter with the lock of their object, from a function that anybody may call,
/// or a thread, and that takes no lock: it has forgotten to. Null if there is none.
const CallEdge *GuardHabits::enteredBare(const FunctionDecl *F, const ValueDecl *Lock, unsigned Depth) {
  const auto *M = dyn_cast<CXXMethodDecl>(F);
  const auto *Of = dyn_cast<FieldDecl>(Lock);
  auto IsPart = [&](const CXXMethodDecl *X) { return X && Of && X->getParent() == Of->getParent() && !X->isVirtual(); };
  if (!IsPart(M) || M->getAccess() == AS_public)
    return nullptr;
  auto &T = U.get<Threads>();
  for (const CallEdge &Up : U.get<Calls>().callers(F)) {
    const auto *By = dyn_cast<CXXMethodDecl>(Up.In->Fn);
    const auto *Call = dyn_cast<CXXMemberCallExpr>(Up.Site);
    Code *Caller = U.code(Up.In->Fn);
    if (Up.Task || !IsPart(By) || !Caller || !Call || !isa<CXXThisExpr>(unwrap(Call->getImplicitObjectArgument())) ||
        !U.get<SharedState>().locks(*Caller, Up.Site).empty() || U.get<SharedState>().ordered(*Caller, Up.Site) ||
        takesIt(By, Lock) || onlyInLife(By, Of->getParent(), 0) || T.beforeStart(*Caller, Up.Site) ||
        T.afterEnd(*Caller, Up.Site))
      continue;
    bool Open = By->getAccess() == AS_public || !T.on(By).empty();
    if (Open || (Depth < MaxDepth && enteredBare(By, Lock, Depth + 1)))
      return &Up;
  }
  return nullptr;
}

/// Who calls a helper with the lock, or without, uses what it uses.
void GuardHabits::addCallers(GuardHabit &H, const FunctionDecl *Helper) {
  H.Unguarded.remove(Helper);
  for (const CallEdge &Up : U.get<Calls>().callers(Helper))
    if (entersWith(Up, H.Lock))
      H.Guarded.insert(Up.In->Fn);
    else if (!takesIt(Up.In->Fn, H.Lock))
      H.Unguarded.insert(Up.In->Fn);
}

/// The lock under which most accesses are.
const ValueDecl *GuardHabits::lockOf(const ValueDecl *D) {
  const auto *F = dyn_cast<FieldDecl>(D);
  llvm::MapVector<const ValueDecl *, unsigned> Votes;
  for (const SharedAccess &X : U.get<SharedState>().of(D))
    if (counts(X))
      for (const ValueDecl *L : X.Locks) {
        // Others know it by the same name, and for the same object.
        const auto *V = dyn_cast<VarDecl>(L);
        if (V ? V->hasGlobalStorage() : F && isOfSameClass(L, F))
          ++Votes[L];
      }
  const ValueDecl *Lock = nullptr;
  for (const auto &[L, N] : Votes)
    if (!Lock || N > Votes[Lock])
      Lock = L;
  return Lock;
}

/// Returns true if its users are counted: it is taken away where their number has come to zero, and otherwise only made
/// where it was not there.
static bool isKeptByUsers(Unit &U, const ValueDecl *D) {
  bool Counted = false;
  auto CountsDown = [](const Stmt *S) {
    const auto *Down = dyn_cast<UnaryOperator>(S);
    return Down && Down->isDecrementOp();
  };
  for (const SharedAccess &X : U.get<SharedState>().of(D)) {
    if (X.Construction || !isWrite(X) || X.As->Of != Use::Itself)
      continue;
    bool Last = llvm::any_of(guards(*X.In, X.Site), [&](const Guard &G) { return mentions(G.Condition, CountsDown); });
    if (!Last && !U.get<AtomicUse>().nullTest(X))
      return false;
    Counted |= Last;
  }
  return Counted;
}

/// Returns true if one thread alone changes it, and is the one that reads it without the lock.
bool GuardHabits::onOneThread(GuardHabit &H, llvm::ArrayRef<const SharedAccess *> All) {
  const FunctionDecl *Writer = nullptr, *Reader = nullptr;
  bool Apart = false; // accesses on more than one thread
  for (const SharedAccess *X : All) {
    auto On = U.get<Threads>().on(X->In->Fn);
    if (!On.empty() && !H.Thread)
      H.Thread = On.front();
    bool Single = On.size() == 1 && !On.front()->Of->Many && !U.get<Threads>().elsewhere(X->In->Fn);
    const FunctionDecl *Of = Single ? On.front()->Of->Body : nullptr;
    bool Bare = isBare(*X, H.Lock) && !isMeant(*X, H.Lock);
    if (isWrite(*X)) {
      Apart |= !Single || (Writer && Writer != Of);
      Writer = Of;
    } else if (Bare) {
      Apart |= !Single || (Reader && Reader != Of);
      Reader = Of;
    }
    if (Bare && (!H.Bare || (!H.BareWrites && isWrite(*X)))) {
      H.Bare = X;
      H.BareWrites = isWrite(*X);
      const CallEdge *Up = isHelper(X->function(), H.Lock) ? enteredBare(X->function(), H.Lock) : nullptr;
      H.BareCall = Up ? Up->Site : nullptr;
    }
  }
  return !Apart && Writer && (!Reader || Reader == Writer);
}

std::optional<GuardHabit> GuardHabits::of(const ValueDecl *D) {
  GuardHabit H;
  H.Of = D;
  H.Lock = lockOf(D);
  if (!H.Lock || U.get<LockBalance>().releasedElsewhere(H.Lock) || isHandedOut(H.Lock))
    return std::nullopt;
  llvm::SmallVector<const SharedAccess *, 8> All;
  for (const SharedAccess &X : U.get<SharedState>().of(D))
    if (counts(X))
      All.push_back(&X);
  for (const SharedAccess *X : All)
    if (isBare(*X, H.Lock))
      H.Unguarded.insert(X->function());
  for (const SharedAccess *X : All)
    if (holds(*X, H.Lock) && !H.Unguarded.contains(X->function())) {
      H.Guarded.insert(X->function());
      if (isWrite(*X) && !H.GuardedWrite)
        H.GuardedWrite = X;
    }
  for (const FunctionDecl *F : llvm::to_vector(H.Unguarded))
    if (isHelper(F, H.Lock) && enteredBare(F, H.Lock))
      addCallers(H, F);
  bool One = onOneThread(H, All) || llvm::all_of(All, [&](const SharedAccess *X) {
               return (!isWrite(*X) && !isBare(*X, H.Lock)) || U.get<Confinement>().isConfined(*X->In, X->Site);
             });
  if (!H.GuardedWrite && !H.Thread)
    return std::nullopt; // the lock may be for what else those functions use
  if (!H.Bare || H.Guarded.empty() || One || (!H.BareWrites && isKeptByUsers(U, D)) ||
      (!H.GuardedWrite && !H.BareWrites))
    return std::nullopt;
  return H;
}

/// Returns true if the class looks like one of which there is one object: nobody else can construct it, or it is a
/// global.
bool GuardHabits::hasOneObject(const CXXRecordDecl *RD) {
  bool Written = false, Public = false;
  for (const CXXConstructorDecl *D : RD->ctors())
    if (!D->isImplicit() && !D->isDeleted() && !D->isCopyOrMoveConstructor()) {
      Written = true;
      Public |= D->getAccess() == AS_public;
    }
  if (Written && !Public)
    return true;
  auto IsIt = [&](const ValueDecl *D) {
    const auto *V = dyn_cast<VarDecl>(D);
    return V && V->hasGlobalStorage() && U.pointee(V->getType())->getAsCXXRecordDecl() == RD;
  };
  return llvm::any_of(RD->decls(), [&](const Decl *D) { return isa<VarDecl>(D) && IsIt(cast<VarDecl>(D)); }) ||
         llvm::any_of(U.get<SharedState>().named(), IsIt);
}

std::optional<ObjectGuard> GuardHabits::perObject(const VarDecl *V) {
  ObjectGuard G;
  G.Of = V;
  for (const SharedAccess &X : U.get<SharedState>().of(V)) {
    if (!counts(X))
      continue;
    const auto *M = dyn_cast<CXXMethodDecl>(X.function());
    const auto *L = X.Locks.size() == 1 ? dyn_cast<FieldDecl>(X.Locks.front()) : nullptr;
    if (!M || M->isStatic() || !L || (G.Lock && G.Lock != L) || L->getParent() != M->getParent())
      return std::nullopt;
    G.Lock = L;
    if (!G.Use || (!G.Writes && isWrite(X))) {
      G.Use = &X;
      G.Writes = isWrite(X);
    }
  }
  if (!G.Use || !G.Writes || hasOneObject(cast<CXXRecordDecl>(G.Lock->getParent())))
    return std::nullopt;
  return G;
}

GuardHabits::GuardHabits(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<GuardHabits>(Unit &);

} // namespace heddle

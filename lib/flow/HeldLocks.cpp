#include "HeldLocks.h"
#include "EntryLocks.h"
#include "Loops.h"
#include "MakeFacts.h"
#include "Mentions.h"

#include "clang/AST/Attr.h"
#include "clang/AST/DeclCXX.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {

namespace {

const Automaton Holding = EntryLocks::holding("free");

} // namespace

HeldLocks::HeldLocks(Unit &U) : Sim(U, Holding), U(U) {}

const std::vector<HeldLocks::Held> &HeldLocks::held(Code &C) {
  EntryLocks &Entry = U.get<EntryLocks>();
  const EntryLocks::Locks &AtEntry = Entry.of(C);
  auto [It, New] = Known.try_emplace(&C);
  if (New)
    for (const Place &Lock : reached(C))
      It->second.push_back({Lock, llvm::is_contained(AtEntry, Lock) ? Entry.states(C, Lock) : Sim.states(C.Fn, Lock)});
  return It->second;
}

llvm::SmallVector<Place, 2> HeldLocks::at(Code &C, const Stmt *S) {
  const std::vector<Held> &All = held(C);
  llvm::SmallVector<Place, 2> Locks;
  for (const Place &Lock : U.get<EntryLocks>().of(C)) // that the body does nothing to
    if (llvm::none_of(All, [&](const Held &H) { return H.Lock == Lock; }))
      Locks.push_back(Lock);
  for (const Held &H : All)
    if (EntryLocks::isHeld(H.Map, S))
      Locks.push_back(H.Lock);
  return Locks;
}

bool HeldLocks::isUnreached(Code &C, const Stmt *S) {
  const std::vector<Held> &All = held(C);
  if (All.empty() || !C.graph() || !All.front().Map.Complete)
    return false;
  llvm::SmallVector<const Stmt *, 4> Around; // one of them is the element
  for (; S && !isa<CompoundStmt>(S) && !isLoop(S); S = C.parent(S))
    if (All.front().Map.Before.contains(S))
      return false;
    else
      Around.push_back(S);
  return llvm::any_of(*C.graph(), [&](const CFGBlock *B) {
    return llvm::any_of(*B, [&](const CFGElement &E) {
      auto Is = E.getAs<CFGStmt>();
      return Is && llvm::is_contained(Around, Is->getStmt());
    });
  });
}

/// The locks that the body or one of its callees acquires or releases: `void enter(Pool &p) { p.m.lock(); }`.
std::vector<Place> HeldLocks::reached(const Code &C) {
  std::vector<Place> Found = Sim.reached(C.Fn);
  for (const Event &E : C.Events)
    if (E.Kind == Op::Call && E.Callee)
      for (const Place &P : Sim.objects(E.Callee)) {
        const auto *V = dyn_cast_or_null<VarDecl>(P.Root);
        if (V && V->hasGlobalStorage() && !llvm::is_contained(Found, P))
          Found.push_back(P);
      }
  return Found;
}

/// The atomic operation has a single winner: what it stores is a constant (`exchange(true)`, `test_and_set()`), not a
/// value of the caller's as in a list that is pushed to.
static bool storesConstant(const Event &Claim, const ASTContext &Ctx) {
  const auto *Call = dyn_cast<CallExpr>(Claim.Site);
  if (!Call)
    return false;
  const Expr *Stored = nullptr;
  for (const Expr *A : llvm::drop_begin(Call->arguments(), isa<CXXMemberCallExpr>(Call) ? 0 : 1)) {
    const auto *Enum = A->getType()->getAs<EnumType>();
    bool Order = Enum && Enum->getDecl()->getIdentifier() && Enum->getDecl()->getName() == "memory_order";
    if (!Order && !isa<CXXDefaultArgExpr>(A))
      Stored = A; // the last that is no memory order
  }
  return !Stored || (!Stored->getType()->isPointerType() && !Stored->isValueDependent() && Stored->isEvaluatable(Ctx));
}

/// Returns true if the body changes an atomic object after this location.
static bool changesAtomic(const Code &C, SourceLocation After, const Place *Which) {
  const SourceManager &SM = C.U.Ctx.getSourceManager();
  return mentions(C.Fn->getBody(), [&](const Stmt *S) {
    const Expr *Object = nullptr;
    if (const auto *M = dyn_cast<CXXMemberCallExpr>(S); M && M->getMethodDecl() && !M->getMethodDecl()->isConst())
      Object = M->getImplicitObjectArgument();
    else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(S); O && O->getNumArgs())
      Object = O->getArg(0);
    if (!Object || C.U.role(Object->IgnoreParenImpCasts()->getType()) != Role::Atomic)
      return false;
    if (After.isValid() && !SM.isBeforeInTranslationUnit(After, S->getBeginLoc()))
      return false;
    auto P = Which ? C.place(Object) : std::nullopt;
    return !Which || (P && *P == *Which);
  });
}

/// Returns true if the function returns whether it has won an atomic for itself, or calls one that does.
static bool tries(Unit &U, const FunctionDecl *F, unsigned Depth = 0) {
  bool May = F && Depth < 4 && F->getReturnType()->isBooleanType() && U.reaches(F, Op::Claim, false);
  const Code *C = May ? U.code(F) : nullptr;
  return C && llvm::any_of(C->Events, [&](const Event &E) {
           return E.Kind == Op::Call ? tries(U, E.Callee, Depth + 1)
                                     : E.Kind == Op::Claim && E.ObjectRole == Role::Atomic && storesConstant(E, U.Ctx);
         });
}

/// `while (!tryTake()) yield();`
static bool triesUntilWon(const Code &C, const Event &E) {
  const Stmt *Loop = E.Site;
  while (Loop && !isLoop(Loop))
    Loop = C.parent(Loop);
  const Expr *Cond = Loop ? loopCondition(Loop) : nullptr;
  return E.Kind == Op::Call && Cond && within(C, E.Site, Cond) && tries(C.U, E.Callee);
}

bool HeldLocks::seizes(const FunctionDecl *F) {
  const Code *C = F && U.reaches(F, Op::Claim, false) ? U.code(F) : nullptr;
  if (!C)
    return false;
  auto [It, New] = Seizes.try_emplace(F, false); // recursion adds nothing
  if (!New)
    return It->second;
  return Seizes[F] = llvm::any_of(C->Events, [&](const Event &E) {
           bool Wins = E.Kind == Op::Claim && E.ObjectRole == Role::Atomic && E.Object.valid();
           if (Wins && inLoop(*C, E.Site) && storesConstant(E, U.Ctx)) {
             const Stmt *Loop = E.Site;
             while (Loop && !isLoop(Loop))
               Loop = C->parent(Loop);
             return !changesAtomic(*C, Loop->getEndLoc(), &E.Object);
           }
           return E.Kind == Op::Call && (seizes(E.Callee) || triesUntilWon(*C, E)) && !isOfLocal(*C, E) &&
                  !givenBack(*C, E, C->Fn->getBody()->getEndLoc());
         });
}

/// Returns true if the event constructs a local variable.
bool HeldLocks::isOfLocal(const Code &C, const Event &E) {
  const auto *Made = dyn_cast<CXXConstructExpr>(E.Site);
  const VarDecl *V = Made ? C.destinationVar(Made) : nullptr;
  return V && V->hasLocalStorage();
}

/// Returns true if a member that changes an atomic is called on the same object between the call and that location.
bool HeldLocks::givenBack(const Code &C, const Event &Taken, SourceLocation Until) {
  const SourceManager &SM = U.Ctx.getSourceManager();
  return llvm::any_of(C.Events, [&](const Event &E) {
    if (E.Kind != Op::Call || !E.Callee || !(E.Object == Taken.Object) || seizes(E.Callee))
      return false;
    bool Between = SM.isBeforeInTranslationUnit(Taken.Site->getBeginLoc(), E.Site->getBeginLoc()) &&
                   SM.isBeforeInTranslationUnit(E.Site->getBeginLoc(), Until);
    const Code *Inner = Between ? U.code(E.Callee) : nullptr;
    return Inner && changesAtomic(*Inner, {}, nullptr);
  });
}

bool HeldLocks::byHand(const Code &C, const Stmt *S) {
  const SourceManager &SM = U.Ctx.getSourceManager();
  return llvm::any_of(C.Events, [&](const Event &E) {
    if (E.Kind != Op::Call || !E.Site || !SM.isBeforeInTranslationUnit(E.Site->getBeginLoc(), S->getBeginLoc()) ||
        within(C, S, E.Site) || !seizes(E.Callee))
      return false;
    return isOfLocal(C, E) ? inScopeOf(C, E.Site, S) : !givenBack(C, E, S->getBeginLoc());
  });
}

bool HeldLocks::demanded(const Code &C) const {
  for (const ParmVarDecl *P : C.Fn->parameters())
    if (isGuard(U.role(P->getType())))
      return true;
  for (const FunctionDecl *F : C.Fn->redecls())
    if (F->hasAttr<RequiresCapabilityAttr>())
      return true;
  return false;
}

template std::shared_ptr<void> makeFacts<HeldLocks>(Unit &);

} // namespace heddle

#include "ConcurrencyImpl.h"
#include "Expressions.h"
#include "Guards.h"
#include "Loops.h"
#include "MakeFacts.h"
#include "Order.h"
#include "Throws.h"
#include "Unwrap.h"
#include "Uses.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {

Concurrency::Concurrency(Unit &U) : I(std::make_unique<Impl>(*this, U)) {}

Concurrency::~Concurrency() = default;

const std::vector<TaskStart> &Concurrency::tasks(Code &C) { return I->body(C).Tasks; }

const std::deque<TaskStart> &Concurrency::tasksOfHelpers(Code &C) {
  Impl::Body &B = I->body(C);
  if (!std::exchange(B.HelpersKnown, true))
    I->tasksOfHelpers(C, B.ByHelpers);
  return B.ByHelpers;
}

const std::vector<Access> &Concurrency::touched(Code &C, const TaskStart &T) { return I->touched(C, T); }

/// Returns true if the local is zero until the task was started once: it is only set, or counted up, behind that.
static bool countsStarts(Code &C, const TaskStart &T, const Expr *E) {
  const auto *DR = dyn_cast<DeclRefExpr>(unwrap(E));
  const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
  if (!V || !V->isLocalVarDecl() || !V->getType()->isIntegerType() || !V->getInit() ||
      constantInteger(V->getInit(), C.U.Ctx) != 0)
    return false;
  bool Counted = false;
  for (const Use &X : C.U.get<Uses>().in(C, V))
    if (X.is(Use::Writes)) {
      if (!X.is(Use::Stores) || X.Lambda || !C.U.get<Order>().dominates(C, T.Start->Site, X.Site))
        return false;
      Counted = true;
    }
  return Counted;
}

/// Returns true if the statement is only reached where no task was started: `if (started == 0) work();`,
/// `if (threads.empty()) work();`.
static bool whereNoneRuns(Code &C, const TaskStart &T, const Stmt *S) {
  auto IsZero = [&](const Expr *E, bool Value) {
    if (const auto *B = dyn_cast<BinaryOperator>(E); B && constantInteger(B->getRHS(), C.U.Ctx) == 0)
      return ((B->getOpcode() == BO_EQ) == Value && B->isEqualityOp() && countsStarts(C, T, B->getLHS())) ||
             (B->getOpcode() == BO_GT && !Value && countsStarts(C, T, B->getLHS()));
    if (const auto *M = dyn_cast<CXXMemberCallExpr>(E)) {
      const CXXMethodDecl *D = M->getMethodDecl();
      auto P = D && D->getIdentifier() && D->getName() == "empty" && Value ? C.place(M->getImplicitObjectArgument())
                                                                           : std::nullopt;
      return P && llvm::is_contained(T.Handles, *P);
    }
    return !Value && countsStarts(C, T, E);
  };
  return llvm::any_of(guards(C, S), [&](const Guard &G) {
    return G.Cases.empty() && !isLoop(G.By) && implies(G.Condition, G.Value, IsZero);
  });
}

bool Concurrency::runsAt(Code &C, const TaskStart &T, const Stmt *S) {
  if (T.AtOnce || !I->reach(C, T).Before.contains(S) || whereNoneRuns(C, T, S))
    return false;
  if (llvm::any_of(T.Handles, [&](const Place &H) { return I->endedWithOwner(C, H, S->getBeginLoc()); }))
    return false;
  return I->allRunning(C, T, [&](const StateMap &M) { return M.Before.lookup(S); });
}

/// The block that the local variable stands in, or null.
static const Stmt *blockOf(const Code &C, const VarDecl *V) {
  const auto *In = findFirst<DeclStmt>(C.Fn->getBody(), [&](const DeclStmt *DS) {
    return llvm::is_contained(DS->decls(), static_cast<const Decl *>(V));
  });
  return In ? C.parent(In) : nullptr;
}

bool Concurrency::outlives(Code &C, const TaskStart &T, const VarDecl *V) {
  if (T.AtOnce)
    return false;
  const Reach &R = I->reach(C, T);
  // The locals of one scope die in reverse order.
  const SourceManager &SM = I->U.Ctx.getSourceManager();
  if (const auto *Call = dyn_cast<CallExpr>(T.Start->Site); Call && T.Start->may(Fact::Tied)) {
    const Stmt *Block = blockOf(C, V);
    for (const Expr *A : Call->arguments()) {
      auto P = A->getType()->isPointerType() ? C.place(A) : std::nullopt;
      const auto *Tie = P && P->Path.empty() ? dyn_cast_or_null<VarDecl>(P->Root) : nullptr;
      if (Tie && Tie->hasLocalStorage() && !Tie->getType()->isPointerType() &&
          (Tie == V || SM.isBeforeInTranslationUnit(V->getLocation(), Tie->getLocation()) ||
           (Block && Block == blockOf(C, Tie)))) // no loop runs while a block ends
        return false;
    }
  }
  if (T.Helper && I->joinsInDestructor(V->getType()))
    return false; // it waits for its own task
  for (const Place &H : T.Handles)
    if (const VarDecl *Owner = I->waitingOwner(H);
        Owner && SM.isBeforeInTranslationUnit(V->getLocation(), Owner->getLocation()))
      return false;
  if (R.Ends.contains(V) && I->allRunning(
                                C, T, [&](const StateMap &M) { return M.AtEnd.lookup(V); }, /*AtEnd=*/true))
    return true;
  // The graph has no ends of parameters, nor of what dies when `return` leaves the whole body.
  return isa<ParmVarDecl>(V) && R.Exit &&
         I->allRunning(
             C, T, [&](const StateMap &M) { return M.AtExit; }, /*AtEnd=*/true);
}

const Expr *Concurrency::unwindsPast(Code &C, const TaskStart &T, const VarDecl *V) {
  if (T.AtOnce || T.Helper || isa<ParmVarDecl>(V))
    return nullptr;
  const SourceManager &SM = I->U.Ctx.getSourceManager();
  for (const auto &[By, Try] : I->reach(C, T).Raises) {
    // A wait that fails has waited.
    if (llvm::any_of(C.at(By), [&](unsigned X) {
          const Event &E = C.Events[X];
          return Impl::isWait(E) || (E.Kind == Op::Call && E.Callee && reachesWait(I->U, E.Callee));
        }))
      continue;
    // The variable is alive there, and within what the exception leaves.
    const Stmt *Block = nullptr;
    for (const Stmt *S = C.parent(By); S && S != Try; S = C.parent(S))
      if (isa<CompoundStmt>(S) && SM.isBeforeInTranslationUnit(S->getBeginLoc(), V->getLocation()))
        Block = S;
    if (!Block || !SM.isBeforeInTranslationUnit(V->getLocation(), By->getBeginLoc()) ||
        !SM.isBeforeInTranslationUnit(By->getEndLoc(), Block->getEndLoc()))
      continue;
    bool Runs = I->allRunning(
        C, T, [&](const StateMap &M) { return M.Before.lookup(By); }, /*AtEnd=*/true);
    // A handle that waits when it dies does so before the variable is gone, if it was made after it.
    bool Joined = llvm::any_of(T.Handles, [&](const Place &H) {
      const auto *Owner = dyn_cast_or_null<VarDecl>(H.Root);
      return (Owner && Owner->isLocalVarDecl() && I->waitsAtEnd(T, H)) || I->waitingOwner(H);
    });
    if (Runs && !Joined && I->U.throws().by(C, By))
      return By;
  }
  return nullptr;
}

Reach Concurrency::after(Code &C, const Stmt *S) {
  llvm::DenseSet<const Stmt *> Waits;
  for (const Event &E : C.Events)
    if (E.Site &&
        (I->isWait(E) || E.Kind == Op::Block || (E.Kind == Op::Call && E.Callee && reachesWait(I->U, E.Callee))))
      Waits.insert(E.Site);
  return I->reach(C, S, Waits, {});
}

const std::vector<Access> &Concurrency::accesses(Code &C) { return I->Touches.of(C); }

llvm::SmallVector<Place, 2> Concurrency::locks(const Access &A) { return I->Touches.locks(A); }

bool Concurrency::besideItself(Code &C, const TaskStart &T) {
  if (T.Serial)
    return false;
  return T.Many || T.Start->Kind == Op::RunNow || runsAt(C, T, T.Start->Site);
}

Concurrency &Unit::concurrency() { return get<Concurrency>(); }

template std::shared_ptr<void> makeFacts<Concurrency>(Unit &);

} // namespace heddle

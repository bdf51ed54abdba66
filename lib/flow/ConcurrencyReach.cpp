// How far control gets while a task may still be running.
#include "ConcurrencyImpl.h"
#include "Loops.h"
#include "Mentions.h"
#include "Unwrap.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {

bool Concurrency::Impl::knows(Code &C, const CallableRef &T, const Place &P, unsigned Depth) {
  if (!P.valid() || Depth > 3)
    return true;
  if (P.Root && isa<VarDecl>(P.Root) && cast<VarDecl>(P.Root)->hasGlobalStorage())
    return true;
  auto Leads = [&](const Expr *E) {
    auto A = C.place(E);
    return A && A->Root == P.Root && A->This == P.This;
  };
  if (T.Receiver && T.Receiver->Root == P.Root && T.Receiver->This == P.This)
    return true;
  if (llvm::any_of(T.Args, Leads) ||
      llvm::any_of(T.Fields, [&](const CallableRef::Member &M) { return Leads(M.Value); }))
    return true;
  if (!T.Lambda)
    return false;
  for (unsigned I = 0; I != T.Lambda->capture_size(); ++I) {
    const LambdaCapture &Cap = *(T.Lambda->capture_begin() + I);
    if (Cap.capturesThis() && P.This)
      return true;
    if (!Cap.capturesVariable())
      continue;
    if (Cap.getCapturedVar() == P.Root)
      return true;
    const Expr *Init = *(T.Lambda->capture_init_begin() + I);
    if (Init && Leads(Init))
      return true;
    if (const auto *V = dyn_cast<VarDecl>(Cap.getCapturedVar()); V && V->getInit()) {
      if (Leads(V->getInit()))
        return true;
      for (const CallableRef &Held : C.callables(V->getInit()))
        if (Held.Lambda && Held.Lambda != T.Lambda && knows(C, Held, P, Depth + 1))
          return true;
    }
    // A future knows its promise: what is made from a captured object is waited for through the other.
    auto Captured = Init ? C.place(Init) : std::nullopt;
    const ValueDecl *From = Captured && Captured->Root ? Captured->Root : Cap.getCapturedVar();
    if (const auto *V = dyn_cast_or_null<VarDecl>(P.Root); V && V->getInit() && !From->getType()->isScalarType())
      if (mentions(V->getInit(), From))
        return true;
  }
  return false;
}

bool Concurrency::Impl::knows(Code &C, const TaskStart &T, const Place &P) {
  if (!T.Helper)
    return knows(C, *T.What, P);
  if (!P.valid() || (P.Root && isa<VarDecl>(P.Root) && cast<VarDecl>(P.Root)->hasGlobalStorage()))
    return true;
  const auto *Call = cast<CallExpr>(T.Start->Site);
  auto Leads = [&](const Expr *E) {
    auto A = C.place(E);
    return A && A->Root == P.Root && A->This == P.This;
  };
  const auto *M = dyn_cast<CXXMemberCallExpr>(Call);
  return llvm::any_of(Call->arguments(), Leads) || (M && Leads(M->getImplicitObjectArgument()));
}

bool Concurrency::Impl::toldByCallback(const Code &C, const TaskStart &T, const Event &Wait) {
  if (!localOf(C, Wait))
    return false;
  const SourceManager &SM = U.Ctx.getSourceManager();
  return llvm::any_of(C.Events, [&](const Event &E) {
    if (!E.Site || &E == T.Start || !SM.isBeforeInTranslationUnit(E.Site->getBeginLoc(), Wait.Site->getBeginLoc()))
      return false;
    if (E.Kind == Op::Escape)
      return isa<LambdaExpr>(E.Site) && E.Object == Wait.Object;
    return E.Kind == Op::Defer && llvm::any_of(E.Tasks, [&](const CallableRef &X) {
             return X.Lambda && llvm::any_of(X.Lambda->captures(), [&](const LambdaCapture &Cap) {
                      return Cap.capturesVariable() && Cap.getCapturedVar() == Wait.Object.Root;
                    });
           });
  });
}

/// Returns true if the object is made from a handle of the task: a local that holds a reference to the threads.
static bool isMadeFromHandle(const TaskStart &T, const Place &Object) {
  const auto *V = dyn_cast_or_null<VarDecl>(Object.Root);
  return V && V->isLocalVarDecl() && V->getInit() &&
         llvm::any_of(T.Handles, [&](const Place &H) { return H.Root && mentions(V->getInit(), H.Root); });
}

void Concurrency::Impl::orderers(Code &C, const TaskStart &T, llvm::DenseSet<const Stmt *> &Always,
                                 llvm::DenseSet<const Stmt *> &Timed) {
  for (const Event &E : C.Events) {
    if (!E.Site || &E == T.Start)
      continue;
    Place O = E.Object;
    O.Element = false;
    if (llvm::is_contained(T.Handles, O)) {
      if (isWait(E) && E.may(Fact::Timed))
        Timed.insert(E.Site);
      else if (E.Kind == Op::Block || (E.Kind == Op::Call && E.Callee && reachesWait(U, E.Callee)))
        Always.insert(E.Site); // an event loop is run, or a member that waits is called
      continue;
    }
    // Whatever loop is run here: the handler may be one of its own.
    bool RunsLoop = E.Kind == Op::Call ? E.Callee && leadsToLoop(E.Callee)
                                       : E.Kind == Op::Block && E.ObjectRole == Role::EventLoop;
    if (!T.Concurrent && RunsLoop)
      Always.insert(E.Site);
    else if (isWait(E) && (knows(C, T, E.Object) || toldByCallback(C, T, E)))
      (E.may(Fact::Timed) ? Timed : Always).insert(E.Site);
    else if (E.Kind == Op::Escape && E.ObjectRole != Role::None && E.ObjectRole != Role::SmartPointer &&
             E.ObjectRole != Role::Container && E.Object.valid() && knows(C, T, E.Object))
      Always.insert(E.Site);
    else if (E.Kind == Op::Call && E.Callee && reachesWait(U, E.Callee)) {
      bool Related = E.Object.valid() && (knows(C, T, E.Object) || isMadeFromHandle(T, E.Object));
      if (const auto *Call = dyn_cast<CallExpr>(E.Site))
        for (const Expr *A : Call->arguments())
          if (auto P = C.place(A))
            Related |= knows(C, T, *P) && !llvm::is_contained(T.Handles, *P);
      if (Related)
        Always.insert(E.Site);
    }
  }
  findAtomics(C, T, C.Fn->getBody(), Always);
  // A flag that the task sets is read under the lock that protects it.
  for (const Access &A : Touches.of(C))
    if (A.Does != Access::Write)
      for (const Access &B : touched(C, T))
        if (Touches.conflict(B, A) && shareLock(A, B)) {
          Always.insert(A.Entry);
          break;
        }
}

bool Concurrency::Impl::asksAtomic(const FunctionDecl *F, unsigned Depth) {
  const FunctionDecl *Def = Depth < 3 ? U.visible(F) : nullptr;
  return Def && mentionsAtomic(Def->getBody(), Depth);
}

bool Concurrency::Impl::mentionsAtomic(const Stmt *S, unsigned Depth) {
  if (!S)
    return false;
  if (const auto *M = dyn_cast<CXXMemberCallExpr>(S); M && M->getImplicitObjectArgument())
    if (isAtomic(M->getImplicitObjectArgument()) || asksAtomic(M->getMethodDecl(), Depth + 1))
      return true;
  return llvm::any_of(S->children(), [&](const Stmt *X) { return mentionsAtomic(X, Depth); });
}

void Concurrency::Impl::findAtomics(Code &C, const TaskStart &T, const Stmt *S, llvm::DenseSet<const Stmt *> &Out) {
  if (!S || isa<LambdaExpr>(S))
    return;
  const Expr *Obj = nullptr;
  if (const auto *M = dyn_cast<CXXMemberCallExpr>(S))
    Obj = M->getImplicitObjectArgument();
  if (Obj && (isAtomic(Obj) || (S != T.Start->Site && asksAtomic(cast<CXXMemberCallExpr>(S)->getMethodDecl()))))
    if (auto P = C.place(Obj); P && knows(C, T, *P))
      Out.insert(S);
  if (const Expr *Cond = isLoop(S) ? loopCondition(S) : nullptr)
    findFlags(C, T, Cond, S, Out);
  for (const Stmt *Child : S->children())
    findAtomics(C, T, Child, Out);
}

void Concurrency::Impl::findFlags(Code &C, const TaskStart &T, const Expr *Cond, const Stmt *Loop,
                                  llvm::DenseSet<const Stmt *> &Out) {
  llvm::SmallVector<const DeclRefExpr *, 2> Flags;
  bool Else = mentions(Cond, [&](const Stmt *X) {
    const auto *DR = dyn_cast<DeclRefExpr>(X);
    const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
    auto P = V && V->getType()->isScalarType() && !V->getType()->isPointerType() ? C.place(DR) : std::nullopt;
    if (P && knows(C, T, *P))
      Flags.push_back(DR);
    return isa<CallExpr, MemberExpr>(X) || (V && changes(Loop, V));
  });
  if (Flags.empty() || Else)
    return;
  Out.insert(Cond);
  Out.insert(Cond->IgnoreParens());
  Out.insert(Flags.begin(), Flags.end());
}

bool Concurrency::Impl::changes(const Stmt *S, const VarDecl *V) {
  if (!S || isa<LambdaExpr>(S))
    return false;
  const auto *B = dyn_cast<BinaryOperator>(S);
  const auto *O = dyn_cast<UnaryOperator>(S);
  const Expr *Changed = B && B->isAssignmentOp()           ? B->getLHS()
                        : O && O->isIncrementDecrementOp() ? O->getSubExpr()
                                                           : nullptr;
  const auto *DR = Changed ? dyn_cast<DeclRefExpr>(Changed->IgnoreParens()) : nullptr;
  return (DR && DR->getDecl() == V) || llvm::any_of(S->children(), [&](const Stmt *X) { return changes(X, V); });
}

const std::vector<Access> &Concurrency::Impl::touched(Code &C, const TaskStart &T) {
  Body &B = body(C);
  auto [It, New] = B.Touched.try_emplace(&T);
  if (New)
    It->second = T.Helper ? Touches.of(C, *T.Start, *T.Helper, *T.What) : Touches.of(C, *T.What);
  return It->second;
}

bool Concurrency::Impl::shareLock(const Access &A, const Access &B) {
  auto LA = Touches.locks(A), LB = Touches.locks(B);
  bool UnknownA = Touches.demandsLock(A), UnknownB = Touches.demandsLock(B);
  if ((UnknownA && (UnknownB || !LB.empty())) || (UnknownB && !LA.empty()))
    return true; // it may be the same
  return llvm::any_of(LA, [&](const Place &L) { return llvm::is_contained(LB, L); });
}

std::optional<bool> Concurrency::Impl::timeOver(const Code &C, const Expr *Cond,
                                                const llvm::DenseSet<const Stmt *> &Timed, bool Truth) {
  Cond = unwrap(Cond);
  if (!Cond)
    return std::nullopt;
  if (const auto *O = dyn_cast<UnaryOperator>(Cond); O && O->getOpcode() == UO_LNot)
    return timeOver(C, O->getSubExpr(), Timed, !Truth);
  auto IsWait = [&](const Expr *E) {
    E = unwrap(E);
    if (const auto *DR = dyn_cast_or_null<DeclRefExpr>(E))
      if (const auto *V = dyn_cast<VarDecl>(DR->getDecl()); V && V->isLocalVarDecl() && V->getInit())
        E = unwrap(V->getInit());
    return E && Timed.contains(E);
  };
  if (const auto *B = dyn_cast<BinaryOperator>(Cond); B && B->isEqualityOp()) {
    const Expr *L = B->getLHS(), *R = B->getRHS();
    if (!IsWait(L))
      std::swap(L, R);
    const auto *DR = IsWait(L) ? dyn_cast<DeclRefExpr>(unwrap(R)) : nullptr;
    if (!DR || !DR->getDecl()->getIdentifier())
      return std::nullopt;
    bool AsksTimeout = DR->getDecl()->getName() == "timeout";
    return (AsksTimeout == (B->getOpcode() == BO_EQ)) == Truth;
  }
  if (IsWait(Cond))
    return !Truth; // the result is true when what was waited for came
  return std::nullopt;
}

const Reach &Concurrency::Impl::reach(Code &C, const TaskStart &T) {
  Body &B = body(C);
  auto [It, New] = B.Reached.try_emplace(&T);
  Reach &R = It->second;
  if (!New)
    return R;
  llvm::DenseSet<const Stmt *> Always, Timed;
  orderers(C, T, Always, Timed);
  R = reach(C, T.Start->Site, Always, Timed);
  return R;
}

bool Concurrency::Impl::isThrow(const CFGBlock *Block) {
  for (const CFGElement &El : llvm::reverse(*Block))
    if (auto CS = El.getAs<CFGStmt>())
      return isa<CXXThrowExpr>(CS->getStmt());
  return false;
}

Reach Concurrency::Impl::reach(Code &C, const Stmt *From, const llvm::DenseSet<const Stmt *> &Always,
                               const llvm::DenseSet<const Stmt *> &Timed) {
  Reach R;
  const CFG *G = C.graph();
  if (!G)
    return R;
  llvm::SmallVector<std::pair<const CFGBlock *, unsigned>, 16> Work;
  for (const CFGBlock *Block : *G) {
    unsigned At = 0;
    for (const CFGElement &El : *Block) {
      ++At;
      if (auto CS = El.getAs<CFGStmt>(); CS && CS->getStmt() == From)
        Work.push_back({Block, At});
    }
  }
  llvm::DenseSet<const CFGBlock *> Seen;
  while (!Work.empty()) {
    auto [Block, Skip] = Work.pop_back_val();
    bool Stopped = false;
    unsigned At = 0;
    for (const CFGElement &El : *Block) {
      if (At++ < Skip)
        continue;
      if (auto CS = El.getAs<CFGStmt>()) {
        R.Before.insert(CS->getStmt());
        if (Always.contains(CS->getStmt())) {
          Stopped = true;
          break;
        }
      } else if (auto L = El.getAs<CFGLifetimeEnds>())
        R.Ends.insert(L->getVarDecl());
    }
    if (Stopped || (Block->hasNoReturnElement() && !isThrow(Block)))
      continue;
    const auto *Cond = dyn_cast_or_null<Expr>(Block->getTerminatorCondition());
    std::optional<bool> Over = Cond ? timeOver(C, Cond, Timed) : std::nullopt;
    // A start that throws has started nothing.
    auto Last = Block->empty() ? std::nullopt : Block->back().getAs<CFGStmt>();
    bool StartThrows = Last && Last->getStmt() == From && !Block->getTerminatorStmt();
    unsigned Index = 0;
    for (const CFGBlock *To : Block->succs()) {
      bool First = Index++ == 0;
      if (!To || (Over && First != *Over) || (StartThrows && !First))
        continue;
      // The second edge of a call is the one on which it throws.
      if (!First && Last && !Block->getTerminatorStmt() && Block->succ_size() == 2 && isa<Expr>(Last->getStmt()) &&
          !C.U.mayThrow(cast<Expr>(Last->getStmt())))
        continue;
      if (!First && Last && !Block->getTerminatorStmt() && isa<Expr>(Last->getStmt()))
        R.Raises.push_back({cast<Expr>(Last->getStmt()), dyn_cast_or_null<CXXTryStmt>(To->getTerminatorStmt())});
      if (To == &G->getExit())
        R.Exit = true;
      else if (Seen.insert(To).second)
        Work.push_back({To, 0});
    }
  }
  return R;
}

} // namespace heddle

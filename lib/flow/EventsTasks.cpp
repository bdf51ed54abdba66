// What becomes of callables that are handed over.
#include "Events.h"
#include "LibraryCode.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {

void Extractor::addTasks(Event &E, const Action *A, llvm::ArrayRef<const Expr *> Args) {
  for (unsigned I = 0; I != Args.size(); ++I) {
    if (A && A->Callable >= 0 && static_cast<unsigned>(A->Callable) != I)
      continue;
    llvm::SmallVector<CallableRef, 1> Found = C.callables(Args[I]);
    for (CallableRef &R : Found) {
      if (R.Lambda)
        KnownLambdas.insert(R.Lambda);
      // What follows a lambda may be anything, unless it takes so many.
      bool Takes = !R.Lambda || (E.Kind == Op::Spawn && R.Body && R.Body->getNumParams() == Args.size() - I - 1);
      if (Takes && R.Args.empty())
        R.Args.assign(Args.begin() + I + 1, Args.end());
      // `connect(sender, &S::signal, receiver, &R::slot)`: the object stands before the member.
      if (R.Body && !R.Receiver && R.Args.empty() && I > 0 && Args[I - 1]->getType()->isPointerType())
        if (const auto *M = dyn_cast<CXXMethodDecl>(R.Body); M && !M->isStatic() && !R.Lambda)
          R.Receiver = C.place(Args[I - 1]);
      if (R.Body && !isa<CXXConstructExpr>(strip(Args[I])))
        C.takeReceiver(R);
      consume(Args[I]);
      // The body of a task says what it does with its arguments.
      if (R.Body && U.visible(R.Body)) {
        for (const Expr *Bound : R.Args)
          consume(Bound);
        if (const auto *Bind = dyn_cast<CallExpr>(strip(Args[I])))
          for (const Expr *Bound : Bind->arguments())
            consume(Bound);
      }
      E.Tasks.push_back(std::move(R));
    }
  }
}

llvm::SmallVector<CallableRef, 1> Extractor::predicates(const Expr *Arg) {
  llvm::SmallVector<CallableRef, 1> Found = C.callables(Arg);
  if (!Found.empty())
    return Found;
  const Expr *Made = strip(Arg);
  if (const auto *DR = dyn_cast<DeclRefExpr>(Made))
    if (const auto *V = dyn_cast<VarDecl>(DR->getDecl()); V && V->isLocalVarDecl() && V->getInit() && !C.isModified(V))
      Made = strip(V->getInit());
  const auto *CE = dyn_cast<CXXConstructExpr>(Made);
  if (!CE || U.role(CE->getType()) != Role::None || !inLibrary(U, CE->getConstructor()->getLocation()))
    return {};
  for (unsigned I = 0; Found.empty() && I != CE->getNumArgs(); ++I)
    for (CallableRef &R : C.callables(CE->getArg(I))) {
      const auto *M = dyn_cast_or_null<CXXMethodDecl>(R.Body);
      if (M && !M->isStatic() && !R.Lambda && !R.Receiver && I > 0)
        R.Receiver = C.place(CE->getArg(I - 1)); // `Condition(this, &Queue::ready)`
      else
        R.Args.assign(CE->arg_begin() + I + 1, CE->arg_end());
      Found.push_back(std::move(R));
    }
  return Found;
}

void Extractor::addPredicates(const Expr *Site, llvm::ArrayRef<const Expr *> Args) {
  llvm::SmallVector<CallableRef, 1> All;
  for (const Expr *Arg : Args)
    llvm::append_range(All, predicates(Arg));
  if (All.empty())
    return;
  for (const CallableRef &R : All)
    if (R.Lambda)
      KnownLambdas.insert(R.Lambda);
  Event &E = add(Op::RunNow, Site);
  E.Tasks = std::move(All);
  E.TasksRun = Runs::Now;
  E.Surely = true;
}

bool Extractor::onEveryPath(const Code &Of, const Stmt *Site) {
  for (const Stmt *S = Site; S; S = Of.parent(S))
    if (isa<IfStmt, SwitchStmt, ForStmt, WhileStmt, CXXForRangeStmt, ConditionalOperator, CXXTryStmt, CXXCatchStmt>(
            S) ||
        (isa<BinaryOperator>(S) && cast<BinaryOperator>(S)->isLogicalOp()))
      return false;
  return !returnsBefore(Of.Fn->getBody(), Site->getBeginLoc(), Of.U.Ctx.getSourceManager());
}

bool Extractor::returnsBefore(const Stmt *S, SourceLocation Loc, const SourceManager &SM) {
  if (!S || isa<LambdaExpr>(S))
    return false;
  if (isa<ReturnStmt, GotoStmt>(S) && SM.isBeforeInTranslationUnit(S->getEndLoc(), Loc))
    return true;
  return llvm::any_of(S->children(), [&](const Stmt *X) { return returnsBefore(X, Loc, SM); });
}

bool Extractor::calls(const CallableRef &T, const ParmVarDecl *P) const {
  const Code *Inner = T.Lambda && T.Body && T.Body != C.Fn ? U.code(T.Body) : nullptr;
  return Inner && llvm::any_of(Inner->Events, [&](const Event &E) { return Code::callOf(E, P); });
}

void Extractor::handToCallee(const Expr *Site, const FunctionDecl *Def, unsigned I, const Expr *Arg) {
  llvm::SmallVector<CallableRef, 1> Found = C.callables(Arg);
  if (Found.empty())
    return;
  Code *Callee = Def == C.Fn ? nullptr : U.code(Def);
  const ParmVarDecl *P = Def->getParamDecl(I);
  std::optional<Op> Becomes;
  bool Surely = false;
  if (Callee) {
    for (const Event &E : Callee->Events) {
      for (const CallableRef &T : E.Tasks) {
        const auto *DR = T.Site ? dyn_cast<DeclRefExpr>(strip(T.Site)) : nullptr;
        if ((DR && DR->getDecl() == P) || calls(T, P)) {
          Becomes = E.Kind;
          Surely |= E.Surely && onEveryPath(*Callee, E.Site);
        }
      }
      if (E.Kind == Op::Call && E.Object.Root == P && E.Object.Path.empty()) {
        if (!Becomes)
          Becomes = Op::RunNow;
        Surely |= onEveryPath(*Callee, E.Site);
      }
    }
  }
  bool StoresCopies = !P->getType()->isReferenceType() || P->getType()->isRValueReferenceType();
  if (!Becomes && StoresCopies && U.role(P->getType()) == Role::Function)
    Becomes = Op::Defer; // kept somewhere: it runs when somebody calls it
  if (!Becomes)
    return;
  for (CallableRef &R : Found)
    if (R.Lambda)
      KnownLambdas.insert(R.Lambda);
  Event &E = add(*Becomes, Site);
  E.Tasks = std::move(Found);
  E.Surely = Surely;
  E.Callee = Def;
  E.TasksRun = *Becomes == Op::Spawn ? Runs::Concurrently : *Becomes == Op::RunNow ? Runs::Now : Runs::Later;
  consume(Arg);
}

void Extractor::handToUnknown(const Expr *Site, QualType Param, const Expr *Arg) {
  llvm::SmallVector<CallableRef, 1> Found = C.callables(Arg);
  bool ByValue = !Param.isNull() && (!Param->isReferenceType() || Param->isRValueReferenceType());
  bool Registers = false;
  for (const CallableRef &R : Found)
    Registers |= R.Body && ByValue && !Param.isNull() && U.role(Param) == Role::Function;
  if (Registers) {
    // A function without a body that takes a std::function by value keeps it for later; two callables given to one
    // call are alternatives (on success, on error), so they share one event.
    Event *Same = nullptr;
    for (Event &E : C.Events)
      if (E.Kind == Op::Defer && E.Site == Site)
        Same = &E;
    Event &E = Same ? *Same : add(Op::Defer, Site);
    E.TasksRun = Runs::Later;
    for (CallableRef &R : Found) {
      if (R.Lambda)
        KnownLambdas.insert(R.Lambda);
      E.Tasks.push_back(std::move(R));
    }
    consume(Arg);
    return;
  }
  auto Pl = C.place(Arg);
  if (!Pl || Consumed.contains(Arg))
    return; // named by nothing, or by an event that stands around this call (a bound argument of a task)
  consume(Arg);
  if (isMove(Arg->IgnoreParenImpCasts()))
    return; // noteMove covers it
  bool Const = !Param.isNull() && Param->isReferenceType() && Param->getPointeeType().isConstQualified() &&
               !Param->getPointeeType()->isPointerType() &&
               (!U.type(Param) || U.type(Param)->Plays != Role::SmartPointer);
  if (!Param.isNull() && Param->isPointerType() && Param->getPointeeType().isConstQualified())
    Const = true;
  bool CopiesValue = !Param.isNull() && !Param->isReferenceType() && !Param->isPointerType() &&
                     (!U.type(Param) || U.type(Param)->Plays != Role::SmartPointer);
  if (Const || CopiesValue)
    return;
  Event &E = add(Op::Escape, Site);
  E.Object = *Pl;
  E.ObjectRole = U.role(Arg->getType());
}

void Extractor::handleInvocation(const Expr *Site, const Expr *Fn, llvm::ArrayRef<const Expr *> Args) {
  llvm::SmallVector<CallableRef, 1> Found = C.callables(Fn);
  const FunctionDecl *Body = Found.size() == 1 ? Found.front().Body : nullptr;
  Event &E = add(Op::Call, Site);
  E.Callee = Body ? U.visible(Body) : nullptr;
  E.ObjectRole = Role::Function;
  if (auto Pl = C.place(Fn))
    E.Object = *Pl;
  consume(Fn);
  for (const Expr *A : Args)
    if (!Body)
      handToUnknown(Site, {}, A);
    else if (C.place(A))
      consume(A);
}

void Extractor::handleLambda(const LambdaExpr *L) {
  if (KnownLambdas.contains(L))
    return;
  // Initialises a local that is only called or handed over: its uses count.
  const Expr *E = L;
  if (const VarDecl *V = C.destinationVar(E); V && !C.isModified(V))
    return;
  // Called on the spot.
  for (const LambdaCapture &Cap : L->captures()) {
    Place Pl;
    if (Cap.capturesThis())
      Pl.This = true;
    else if (Cap.capturesVariable()) {
      if (!isFollowed(U.role(Cap.getCapturedVar()->getType())))
        continue;
      Pl.Root = Cap.getCapturedVar();
    } else
      continue;
    Event &Ev = add(Op::Escape, L);
    Ev.Object = Pl;
  }
}

} // namespace heddle

#include "behaviour.h"
#include "flow/Loops.h"
#include "flow/Mentions.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {
namespace {

/// Tells others that the task has got so far.
bool signals(const Event &E) {
  switch (E.Kind) {
  case Op::Fulfil:
  case Op::TryFulfil:
  case Op::Leave:
  case Op::Notify:
  case Op::Send:
  case Op::TrySend:
  case Op::Close:
  case Op::Defer: // it continues elsewhere
    return true;
  case Op::Release:
    return E.ObjectRole == Role::Semaphore;
  case Op::Call: // a callback: what it signals is not known
    return !E.Callee && E.ObjectRole == Role::Function;
  default:
    return false;
  }
}

/// The lambdas of a body that it does not start as tasks. Code that is not visible may call its arguments:
/// `logged([&] { work(); })`.
llvm::SmallVector<const LambdaExpr *, 4> ownLambdas(const Code &C) {
  llvm::SmallVector<const LambdaExpr *, 4> Out;
  forEach<LambdaExpr>(C.Fn->getBody(), Walk::NoLambdas, [&](const LambdaExpr *L) {
    bool Started = llvm::any_of(C.Events, [&](const Event &E) {
      return E.Kind == Op::Spawn && llvm::any_of(E.Tasks, [&](const CallableRef &T) { return T.Lambda == L; });
    });
    if (!Started)
      Out.push_back(L);
  });
  return Out;
}

/// The condition of a branch or loop.
const Expr *condition(const Stmt *S) {
  const auto *If = dyn_cast<IfStmt>(S);
  return If ? If->getCond() : loopCondition(S);
}

/// What is asked there for its value: an operand of a comparison, a loop's condition, what is waited for.
const Stmt *asked(const Stmt *S) {
  if (const auto *B = dyn_cast<BinaryOperator>(S))
    return B->isComparisonOp() ? B : nullptr;
  if (const auto *O = dyn_cast<UnaryOperator>(S))
    return O->getOpcode() == UO_LNot ? O : nullptr;
  if (const auto *Call = dyn_cast<CXXMemberCallExpr>(S)) { // counter.wait(n), counter.notify_one()
    const CXXMethodDecl *D = Call->getMethodDecl();
    bool Waits = D && D->getIdentifier() && (D->getName() == "wait" || D->getName().starts_with("notify"));
    return Waits ? Call->getImplicitObjectArgument() : nullptr;
  }
  return isLoop(S) ? loopCondition(S) : nullptr;
}

const ValueDecl *named(const Expr *E) {
  E = E->IgnoreParenImpCasts();
  if (const auto *M = dyn_cast<MemberExpr>(E))
    return M->getMemberDecl();
  const auto *DR = dyn_cast<DeclRefExpr>(E);
  return DR ? DR->getDecl() : nullptr;
}

/// A private member, or a variable of this file that no header declares.
bool seesAllUses(const Unit &U, const ValueDecl *D) {
  if (const auto *F = dyn_cast<FieldDecl>(D))
    return U.seesAllUses(F);
  const SourceManager &SM = U.Ctx.getSourceManager();
  const auto *V = dyn_cast<VarDecl>(D);
  return V && V->hasGlobalStorage() && llvm::all_of(V->redecls(), [&](const VarDecl *R) {
           return SM.isInMainFile(SM.getExpansionLoc(R->getLocation()));
         });
}

} // namespace

/// Returns true if the statement names it, directly or by a member that returns it: `while (done() < all)`.
bool Behaviours::asks(const Stmt *S, const ValueDecl *D) {
  return mentions(S, D) || anyOf<CXXMemberCallExpr>(S, [&](const CXXMemberCallExpr *Call) {
           const FunctionDecl *Def = U.visible(Call->getMethodDecl());
           const auto *Body = Def && !Def->getNumParams() ? dyn_cast<CompoundStmt>(Def->getBody()) : nullptr;
           return Body && Body->size() == 1 && mentions(Body, D);
         });
}

/// Returns true for a number that tasks count up and that is never waited for or compared: a statistic.
bool Behaviours::isStatistic(const Expr *Counter) {
  const ValueDecl *D = named(Counter);
  if (!D || !seesAllUses(U, D))
    return false;
  auto [It, New] = Statistics.try_emplace(D, true);
  if (New)
    for (const Code *C : bodies(U))
      if (anyOf<Stmt>(C->Fn->getBody(), [&](const Stmt *S) { return asked(S) && asks(asked(S), D); })) {
        It->second = false;
        break;
      }
  return It->second;
}

/// Returns true for a flag that nobody can wait for: no loop and no wait of the unit, which sees all its uses, asks for
/// it, and no member hands its value out.
bool Behaviours::isPrivateMark(const Expr *Flag) {
  const ValueDecl *D = named(Flag);
  if (!D || !seesAllUses(U, D))
    return false;
  auto [It, New] = Marks.try_emplace(D, true);
  if (New)
    for (const Code *C : bodies(U))
      if (anyOf<Stmt>(C->Fn->getBody(), [&](const Stmt *S) {
            const Stmt *Asked = isLoop(S) ? loopCondition(S) : isa<CXXMemberCallExpr>(S) ? asked(S) : nullptr;
            return (Asked && asks(Asked, D)) || (isa<ReturnStmt>(S) && mentions(S, D));
          })) {
        It->second = false;
        break;
      }
  return It->second;
}

bool Behaviours::isFlag(const Expr *E) {
  E = E->IgnoreParenImpCasts();
  return U.role(E->getType()) == Role::Atomic || E->getType().isVolatileQualified();
}

/// Sets an atomic (`done = true`, `--running`), or creates an object whose end signals it (`Scope counted(group);`).
bool Behaviours::signals(const Stmt *S) {
  if (const auto *O = dyn_cast<CXXOperatorCallExpr>(S)) {
    bool Counts = O->getOperator() == OO_PlusPlus || O->getOperator() == OO_PlusEqual;
    bool Sets = O->getNumArgs() && (O->isAssignmentOp() || Counts || O->getOperator() == OO_MinusMinus);
    return Sets && isFlag(O->getArg(0)) && !(Counts && isStatistic(O->getArg(0))) && !isPrivateMark(O->getArg(0));
  }
  if (const auto *M = dyn_cast<CXXMemberCallExpr>(S)) {
    const CXXMethodDecl *D = M->getMethodDecl();
    const Expr *Obj = M->getImplicitObjectArgument();
    return D && D->getIdentifier() && Obj && isFlag(Obj) && !D->isConst() &&
           !(D->getName() == "fetch_add" && isStatistic(Obj)) && !isPrivateMark(Obj);
  }
  const auto *DS = dyn_cast<DeclStmt>(S);
  return DS && llvm::any_of(DS->decls(), [&](const Decl *D) {
           const auto *V = dyn_cast<VarDecl>(D);
           return V && V->hasLocalStorage() && endsSomething(V->getType());
         });
}

bool Behaviours::signals(const Code &C) {
  return llvm::any_of(C.Events, [](const Event &E) { return heddle::signals(E); }) ||
         anyOf<Stmt>(C.Fn->getBody(), Walk::NoLambdas, [&](const Stmt *S) { return signals(S); });
}

/// An object whose destruction signals the end: a token of a group, a promise, a guard of a counter.
bool Behaviours::endsSomething(QualType T) {
  if (T->isReferenceType() || T->isPointerType())
    return false;
  const TypeModel *M = U.type(T);
  if (M && (M->Plays == Role::SmartPointer || M->Plays == Role::WeakPointer))
    M = U.type(T = U.pointee(T));
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  if (!RD || (M && M->Plays == Role::Promise))
    return RD != nullptr;
  for (const Action &A : U.Models.destructor(RD))
    if (A.Operation == Op::Leave || A.Operation == Op::Fulfil || A.Operation == Op::Notify)
      return true;
  const CXXDestructorDecl *D = RD->hasDefinition() ? RD->getDefinition()->getDestructor() : nullptr;
  if (!D)
    return false;
  auto [It, New] = Ends.try_emplace(D, false);
  if (New && llvm::any_of(U.get<Calls>().behind(D), [&](const Code *C) { return signals(*C); }))
    Ends[D] = true;
  return Ends[D];
}

Behaviour Behaviours::of(const CallableRef &Task, llvm::ArrayRef<Held> Holds) {
  Behaviour B;
  B.Visible = Task.Body && U.code(Task.Body);
  B.Signals = llvm::any_of(Holds, [&](const Held &H) {
    return H.Variable ? endsSomething(H.Variable->getType()) : H.Value && endsSomething(H.Value->getType());
  });
  std::vector<const Code *> All = U.get<Calls>().behind(Task.Body);
  for (unsigned I = 0; I != All.size() && !B.Signals; ++I) {
    const Code &C = *All[I];
    B.Signals = signals(C);
    B.Stops |=
        llvm::any_of(C.Events, [](const Event &E) { return E.Kind == Op::ObserveStop; }) ||
        anyOf<Stmt>(C.Fn->getBody(), Walk::NoLambdas, [&](const Stmt *S) {
          return anyOf<Expr>(condition(S), [&](const Expr *E) { return isa<DeclRefExpr, MemberExpr>(E) && isFlag(E); });
        });
    for (const LambdaExpr *L : ownLambdas(C))
      for (const Code *Inner : U.get<Calls>().behind(L->getCallOperator()))
        if (!llvm::is_contained(All, Inner))
          All.push_back(Inner);
  }
  return B;
}

} // namespace heddle

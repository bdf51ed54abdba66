// Failures that a task stores for who waits for it.
#include "cancelling.h"
#include "flow/Calls.h"
#include "flow/ErrorFlow.h"
#include "flow/Guards.h"
#include "flow/Order.h"
#include "flow/StopFacts.h"
#include "flow/Uses.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {
namespace {

/// Returns true if the task sets the flag on some path, itself or in what it calls.
bool raises(Unit &U, const FunctionDecl *Task, const ValueDecl *Flag) {
  return llvm::any_of(U.get<Calls>().behind(Task), [&](const Code *C) {
    return llvm::any_of(U.get<Uses>().in(*C, Flag), [&](const Use &X) {
      return X.is(Use::Assign | Use::Mutate) && X.Mention && !guards(*C, X.Mention).empty();
    });
  });
}

/// Returns true if the body looks, behind the wait, at a flag that the task raises when it fails.
bool tellsByFlag(Code &C, const CallableRef &Task, const Event &Wait) {
  return Task.Body && anyOf<Expr>(C.Fn->getBody(), Walk::NoLambdas, [&](const Expr *E) {
           const auto *M = dyn_cast<MemberExpr>(E);
           const auto *DR = dyn_cast<DeclRefExpr>(E);
           const ValueDecl *D = M ? M->getMemberDecl() : DR ? DR->getDecl() : nullptr;
           return D && isa<VarDecl, FieldDecl>(D) && C.U.get<StopFacts>().isFlag(D->getType()) &&
                  C.U.get<Order>().reaches(C, Wait.Site, E) && raises(C.U, Task.Body, D);
         });
}

/// Returns true if the body gives up, behind the wait, because a result is missing or an error is there that the task
/// stores.
bool tellsByResult(Code &C, const CallableRef &Task, const Event &Wait) {
  const Code *Body = Task.Body ? C.U.code(Task.Body) : nullptr;
  auto Stored = [&](const Expr *E) {
    auto P = isa<DeclRefExpr, MemberExpr>(E) ? C.place(E) : std::nullopt;
    const auto *V = P ? dyn_cast_or_null<VarDecl>(C.whole(*P).Root) : nullptr;
    return V && V->isLocalVarDecl() && C.U.get<Order>().reaches(C, Wait.Site, E) &&
           llvm::any_of(C.U.get<Uses>().in(*Body, V), [](const Use &X) { return X.is(Use::Writes); });
  };
  auto IsError = [&](const Expr *E) {
    return C.U.get<ErrorFlow>().sign(E->getType()) == ErrorSign::WhenTrue && Stored(E);
  };
  auto IsMissing = [&](const UnaryOperator *O) {
    return O->getOpcode() == UO_LNot && anyOf<Expr>(O->getSubExpr(), Walk::NoLambdas, [&](const Expr *E) {
             return C.U.get<ErrorFlow>().tellsOutcome(E->getType()) && Stored(E);
           });
  };
  // `return sent[0] && sent[1];`, `return std::ranges::all_of(sent, …);`
  auto AllStored = [&](const Expr *E) {
    E = E->IgnoreParenImpCasts();
    const auto *And = dyn_cast<BinaryOperator>(E);
    const auto *Call = dyn_cast<CallExpr>(E);
    const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
    bool All = F && F->getIdentifier() && F->getName() == "all_of";
    return ((And && And->getOpcode() == BO_LAnd) || All) &&
           anyOf<Expr>(E, Walk::NoLambdas, [&](const Expr *X) { return Stored(X); });
  };
  auto Returned = [&](const ReturnStmt *Return) {
    return Return->getRetValue() && Return->getRetValue()->getType()->isBooleanType() &&
           AllStored(Return->getRetValue());
  };
  return Body && (anyOf<IfStmt>(C.Fn->getBody(), Walk::NoLambdas,
                                [&](const IfStmt *If) {
                                  return anyOf<Expr>(If->getCond(), Walk::NoLambdas, IsError) ||
                                         (leaves(If->getThen()) &&
                                          anyOf<UnaryOperator>(If->getCond(), Walk::NoLambdas, IsMissing));
                                }) ||
                  anyOf<ReturnStmt>(C.Fn->getBody(), Walk::NoLambdas, Returned));
}

} // namespace

bool group_without_cancellation::tellsFailure(Code &C, const CallableRef &Task, const Event &Wait) {
  return tellsByFlag(C, Task, Wait) || tellsByResult(C, Task, Wait);
}

} // namespace heddle

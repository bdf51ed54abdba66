// `try { … } catch (…) { log(…); } promise.set_value(…);`: the reader could have been given the error.
#include "check/Reporter.h"
#include "detectors.h"
#include "flow/ErrorFlow.h"
#include "flow/Loops.h"
#include "flow/Mentions.h"
#include "flow/Order.h"
#include "flow/Uses.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/Builtins.h"

using namespace clang;

namespace heddle {
namespace {

/// Returns true if the promise is given the same whether or not the try block came to its end: nothing, `true`, or a
/// local that the block filled in part.
bool hidesError(Code &C, const Expr *Fulfil, const CXXTryStmt *Try) {
  const auto *Call = dyn_cast<CallExpr>(Fulfil);
  if (!Call || Call->getNumArgs() > 1)
    return false;
  if (Call->getNumArgs() == 0)
    return true;
  const Expr *Arg = Call->getArg(0)->IgnoreUnlessSpelledInSource();
  if (const auto *Move = dyn_cast<CallExpr>(Arg); Move && Move->getNumArgs() == 1 && Move->getDirectCallee() &&
                                                  Move->getDirectCallee()->getBuiltinID() == Builtin::BImove)
    Arg = Move->getArg(0)->IgnoreUnlessSpelledInSource();
  Expr::EvalResult X;
  if (Arg->getType()->isBooleanType() && !Arg->isValueDependent() && Arg->EvaluateAsInt(X, C.U.Ctx))
    return X.Val.getInt().getBoolValue();
  const auto *DR = dyn_cast<DeclRefExpr>(Arg);
  const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
  if (!V || !V->isLocalVarDecl() || !V->getType()->isRecordType())
    return false;
  bool Filled = false;
  for (const Use &X : C.U.get<Uses>().in(C, V)) {
    if (!within(C, X.Site, Try->getTryBlock()))
      continue;
    if (X.Does == Use::Assign && X.Of == Use::Itself)
      return false; // its value before the block is what an error leaves: a fallback
    Filled = true;
  }
  return Filled;
}

} // namespace

void swallowed_task_error::fulfilledAnyway(Code &C, Reporter &R) {
  auto &Errors = C.U.get<ErrorFlow>();
  for (const Event &E : C.Events) {
    const auto *Site = E.Kind == Op::Fulfil && E.ObjectRole == Role::Promise ? dyn_cast_or_null<Expr>(E.Site) : nullptr;
    if (!Site)
      continue;
    for (const ErrorPath &P : Errors.paths(C)) {
      const auto *Try = dyn_cast<CXXTryStmt>(P.Whole);
      if (!Try || P.Does > Handling::Words || !returnsIn(P.Taken).empty() ||
          enclosingLoop(C, Try) != enclosingLoop(C, Site) || !C.U.get<Order>().surelyFollows(C, Try, Site) ||
          !hidesError(C, Site, Try))
        continue;
      if (llvm::none_of(C.Events, [&](const Event &X) {
            return X.Kind == Op::Fulfil && X.Object == E.Object && within(C, X.Site, Try);
          }))
        R.report(P.loc(), Message, {{Site->getExprLoc(), "the promise is fulfilled here as if all work was done"}});
    }
  }
}
} // namespace heddle

// A call without the token or context, where the same function can take one, from code that has one.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/Calls.h"
#include "flow/Contexts.h"

using namespace clang;

namespace heddle {
namespace {

/// The token of the body that fits the parameter, or null.
const VarDecl *fitting(Unit &U, llvm::ArrayRef<const VarDecl *> Given, const ParmVarDecl *P) {
  QualType Wanted = P->getType().getNonReferenceType().getUnqualifiedType();
  for (const VarDecl *V : Given)
    if (U.Ctx.hasSameType(V->getType().getNonReferenceType().getUnqualifiedType(), Wanted))
      return V;
  return nullptr;
}

std::vector<FixItHint> inserted(const CallExpr *Call, const FunctionDecl *With, unsigned Index, const VarDecl *Token) {
  unsigned Written = 0;
  for (const Expr *A : Call->arguments())
    Written += !isa<CXXDefaultArgExpr>(A);
  if (Index > Written || Call->getRParenLoc().isMacroID() || isa<CXXOperatorCallExpr>(Call))
    return {};
  std::string Name = Token->getNameAsString();
  if (Index == Written)
    return {FixItHint::CreateInsertion(Call->getRParenLoc(), (Written ? ", " : "") + Name)};
  return {FixItHint::CreateInsertion(Call->getArg(Index)->getBeginLoc(), Name + ", ")};
}

void look(Code &C, Reporter &R) {
  Contexts &Facts = C.U.get<Contexts>();
  auto Given = Facts.named(C);
  if (Given.empty())
    return;
  forEach<CallExpr>(C.Fn->getBody(), Walk::NoLambdas, [&](const CallExpr *Call) {
    unsigned Index = 0;
    const FunctionDecl *With = Facts.withToken(Call, Index);
    // The overloads call each other.
    if (!With || With->getDeclName() == C.Fn->getDeclName())
      return;
    const VarDecl *Token = fitting(C.U, Given, With->getParamDecl(Index));
    if (!Token || Facts.stopSeen(C, Call) != Contexts::Seen::No)
      return;
    R.report(Call->getExprLoc(),
             "'" + With->getNameAsString() + "' is called without '" + Token->getNameAsString() +
                 "', which it accepts; the call continues after the caller is cancelled; pass '" +
                 Token->getNameAsString() + "'",
             Story(With->getLocation(),
                   With == Call->getDirectCallee() ? "the parameter has a default" : "this overload takes it"),
             inserted(Call, With, Index, Token));
  });
}

const MatchCheck Check({.Name = "context-not-propagated",
                        .Family = "cancellation",
                        .Level = Tier::Bug,
                        .Summary = "Finds calls without the caller's token or context where an overload takes one.",
                        .Rows = "P30",
                        .Preview = true},
                       look);

} // namespace
} // namespace heddle

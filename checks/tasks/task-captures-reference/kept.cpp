#include "detectors.h"
#include "check/Fixes.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/Loops.h"
#include "flow/Mentions.h"
#include "flow/Order.h"
#include "flow/Uses.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {
namespace {

bool isLambda(QualType T) {
  const auto *RD = T->getAsCXXRecordDecl();
  return RD && RD->isLambda();
}

/// The variable of this body that is returned.
bool isReturned(const Code &C, const VarDecl *V) {
  return llvm::any_of(returnsIn(C.Fn->getBody()), [&](const ReturnStmt *R) {
    const Expr *E = R->getRetValue() ? R->getRetValue()->IgnoreUnlessSpelledInSource() : nullptr;
    const auto *DR = dyn_cast_or_null<DeclRefExpr>(E);
    return DR && DR->getDecl() == V;
  });
}

/// Returns true if the callable may be called or reset before the function ends: by any user code that runs after it
/// was stored, or by another callable that names the place (a guard).
bool isTouchedAfter(Code &C, const LambdaExpr *L, Place Where) {
  Where.Element = false;
  auto &Runs = C.U.get<Order>();
  auto Later = [&](const Stmt *S) {
    return S && !within(C, L, S) && Runs.reaches(C, L, S, nullptr, Order::Paths::All);
  };
  if (Runs.reaches(C, L, L)) // in a loop
    return true;
  if (llvm::any_of(C.U.get<Uses>().in(C, Where.last()), [&](const Use &X) { return X.Lambda && X.Lambda != L; }))
    return true;
  for (const Event &E : C.Events) {
    Place O = E.Object;
    O.Element = false;
    if ((E.Kind == Op::Call || E.Kind == Op::RunNow || has(E.Kind, OpTraits::Blocks) || O.contains(Where)) &&
        Later(E.Site))
      return true;
  }
  const SourceManager &SM = C.U.Ctx.getSourceManager();
  return anyOf<CallExpr>(C.Fn->getBody(), Walk::NoLambdas, [&](const CallExpr *Call) {
    const FunctionDecl *D = Call->getDirectCallee();
    return (!D || !SM.isInSystemHeader(SM.getExpansionLoc(D->getLocation()))) && Later(Call);
  });
}

/// Where the callable stays when the function has returned; empty where that is not certain.
std::string keptWhere(Code &C, const LambdaExpr *L) {
  const Expr *Value = L;
  const Stmt *User = C.user(Value);
  while (isa_and_nonnull<CXXConstructExpr>(User)) {
    Value = cast<Expr>(User);
    User = C.user(Value);
  }
  if (isa_and_nonnull<ReturnStmt>(User))
    return C.U.role(Value->getType()) == Role::Function || isLambda(Value->getType()) ? "is returned" : "";
  auto To = C.destination(L);
  const ValueDecl *Last = To ? To->last() : nullptr;
  if (!Last)
    return {};
  if (const auto *Local = dyn_cast<VarDecl>(Last); Local && Local->isLocalVarDecl() && isReturned(C, Local))
    return "is returned";
  QualType Elem = C.U.element(Last->getType());
  if (C.U.role(Elem.isNull() ? Last->getType() : Elem) != Role::Function)
    return {};
  const auto *V = dyn_cast_or_null<VarDecl>(To->Root);
  bool Stays = To->This || (V && (V->hasGlobalStorage() || (isa<ParmVarDecl>(V) && V->getType()->isReferenceType())));
  return Stays && !isTouchedAfter(C, L, *To) ? "is kept in '" + To->name() + "'" : "";
}

void judge(Code &C, Reporter &R, const LambdaExpr *L) {
  CallableRef Self;
  Self.Lambda = L;
  Self.Body = L->getCallOperator();
  std::vector<Held> All = C.U.get<Captures>().of(C, Self);
  auto H = llvm::find_if(All, [](const Held &X) { return X.In && !X.In.callers(); });
  std::string Where = H == All.end() ? "" : keptWhere(C, L);
  if (Where.empty())
    return;
  std::string Name = H->In.Of->getName().str();
  R.report(H->Loc,
           "local '" + Name + "' is captured by reference in a callable that " + Where +
               "; the call then accesses a dead object (use after scope); copy it, or share its ownership",
           Story(H->In.Of->getLocation(), "'" + Name + "' lives until its scope ends"), captureByValue(C.U, *H));
}

} // namespace

void keptCallables(Code &C, Reporter &R) {
  if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(C.Fn))
    for (const CXXCtorInitializer *I : Ctor->inits())
      forEach<LambdaExpr>(I->getInit(), Walk::NoLambdas, [&](const LambdaExpr *L) { judge(C, R, L); });
  forEach<LambdaExpr>(C.Fn->getBody(), Walk::NoLambdas, [&](const LambdaExpr *L) { judge(C, R, L); });
}

} // namespace heddle

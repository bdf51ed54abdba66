#include "check/Fixes.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "detectors.h"
#include "flow/LibraryCode.h"
#include "flow/Loops.h"
#include "flow/Mentions.h"
#include "flow/Order.h"
#include "flow/Storage.h"
#include "flow/Uses.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"

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

/// Returns true if the callable may be called or reset before the function ends: by any user code that runs after
/// \p Stores, the callable or the call that stores it, or by another callable that names the place (a guard).
bool isTouchedAfter(Code &C, const LambdaExpr *L, const Expr *Stores, Place Where) {
  Where.Element = false;
  auto &Runs = C.U.get<Order>();
  auto Later = [&](const Stmt *S) {
    return S && !within(C, Stores, S) && Runs.reaches(C, Stores, S, nullptr, Order::Paths::All);
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
  return anyOf<CallExpr>(C.Fn->getBody(), Walk::NoLambdas, [&](const CallExpr *Call) {
    const FunctionDecl *D = Call->getDirectCallee();
    return (!D || !inLibrary(C.U, D->getLocation())) && Later(Call);
  });
}

/// Where a visible function puts the callable that it is given; none for what it calls itself, or starts as a task.
std::optional<Stored> keptByCallee(Code &C, const LambdaExpr *L) {
  for (const Event &E : C.Events)
    if ((E.Kind == Op::Spawn || E.Kind == Op::RunNow) &&
        llvm::any_of(E.Tasks, [&](const CallableRef &T) { return T.Lambda == L; }))
      return std::nullopt;
  for (const Stored &S : C.U.get<Storage>().of(C, L))
    if (!S.Through.empty() && !C.U.get<Calls>().witness(S.Through.front().Callee, Effect::Waits))
      return S;
  return std::nullopt;
}

/// Where the callable stays when the function has returned; empty where that is not certain.
std::string keptWhere(Code &C, const LambdaExpr *L, Story &Notes) {
  const Expr *Value = L;
  const Stmt *User = C.user(Value);
  while (isa_and_nonnull<CXXConstructExpr>(User)) {
    Value = cast<Expr>(User);
    User = C.user(Value);
  }
  if (isa_and_nonnull<ReturnStmt>(User))
    return C.U.role(Value->getType()) == Role::Function || isLambda(Value->getType()) ? "is returned" : "";
  auto To = C.destination(L);
  const Expr *Stores = L;
  if (!To)
    if (auto S = keptByCallee(C, L)) {
      To = S->At;
      Stores = S->Through.front().Site;
      for (const CallEdge &Edge : S->Through)
        Notes.then(Edge.line().Loc, Edge.line().Text);
    }
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
  return Stays && !isTouchedAfter(C, L, Stores, *To) ? "is kept in '" + To->name() + "'" : "";
}

void judge(Code &C, Reporter &R, const LambdaExpr *L) {
  CallableRef Self;
  Self.Lambda = L;
  Self.Body = L->getCallOperator();
  std::vector<Held> All = C.U.get<Captures>().of(C, Self);
  auto H = llvm::find_if(All, [](const Held &X) { return X.In && !X.In.callers(); });
  if (H == All.end())
    return;
  std::string Name = H->In.name();
  Story Notes(H->In.Of->getLocation(), "'" + Name + "' lives until its scope ends");
  std::string Where = keptWhere(C, L, Notes);
  if (Where.empty())
    return;
  R.report(H->Loc,
           "local '" + Name + "' is captured by reference in a callable that " + Where +
               "; the call then accesses a dead object (use after scope); copy it, or share its ownership",
           Notes, captureByValue(C.U, *H));
}

} // namespace

void keptCallables(Code &C, Reporter &R) {
  forEach<LambdaExpr>(C.Fn, Walk::NoLambdas, [&](const LambdaExpr *L) { judge(C, R, L); });
}

} // namespace heddle

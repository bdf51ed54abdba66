#include "TakingLoop.h"
#include "Calls.h"
#include "Mentions.h"
#include "Unwrap.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {

bool TakingLoop::covers(const Code *Body, const Stmt *S) const {
  return Body && (Body == Helper || (Body == In && within(*In, S, Turns->Statement)));
}

/// Returns true if the function returns that there was nothing: false, null, an empty optional.
static bool isNothing(Unit &U, const ReturnStmt *R) {
  const Expr *E = R->getRetValue() ? unwrap(R->getRetValue()) : nullptr;
  while (const auto *CE = dyn_cast_or_null<CXXConstructExpr>(E)) {
    if (CE->getNumArgs() != 1)
      return CE->getNumArgs() == 0;
    E = unwrap(CE->getArg(0));
  }
  if (!E)
    return false;
  if (const auto *L = dyn_cast<InitListExpr>(E))
    return L->getNumInits() == 0;
  const CXXRecordDecl *RD = E->getType()->getAsCXXRecordDecl();
  bool Null = RD && RD->getIdentifier() && RD->getName().contains("null") && isa<DeclRefExpr>(E);
  bool Value = true;
  return Null || isa<CXXNullPtrLiteralExpr, GNUNullExpr>(E) ||
         (!E->isValueDependent() && E->EvaluateAsBooleanCondition(Value, U.Ctx) && !Value);
}

/// Returns true if an exit of the loop depends on what the call yields.
static bool endsBy(const Code &C, const Loop &L, const Expr *Call) {
  llvm::SmallVector<const VarDecl *, 2> Kept;
  forEach<DeclStmt>(C.Fn->getBody(), Walk::NoLambdas, [&](const DeclStmt *D) {
    for (const Decl *X : D->decls())
      if (const auto *V = dyn_cast<VarDecl>(X); V && V->getInit() && within(C, Call, D))
        Kept.push_back(V);
  });
  return llvm::any_of(L.Exits, [&](const LoopExit &X) {
    return llvm::any_of(X.When, [&](const Guard &G) {
      return G.Condition && (within(C, Call, G.Condition) ||
                             llvm::any_of(Kept, [&](const VarDecl *V) { return mentions(G.Condition, V); }));
    });
  });
}

std::optional<TakingLoop> takingLoop(Code &C, const Stmt *Taking) {
  auto &Loops = C.U.get<LoopFacts>();
  if (const Loop *L = Loops.repeating(C, Taking))
    return TakingLoop{L, &C, nullptr, L->Exits};
  llvm::ArrayRef<CallEdge> All = C.U.get<Calls>().callers(C.Fn);
  if (All.size() != 1 || All.front().Task || !All.front().In)
    return std::nullopt;
  const CallEdge &Call = All.front();
  const Loop *L = Loops.repeating(*Call.In, Call.Site);
  if (!L || !endsBy(*Call.In, *L, Call.Site))
    return std::nullopt;
  TakingLoop Found{L, Call.In, &C, {}};
  forEach<ReturnStmt>(C.Fn->getBody(), Walk::NoLambdas, [&](const ReturnStmt *R) {
    if (isNothing(C.U, R))
      Found.Exits.push_back({R, guards(C, R)});
  });
  return Found;
}

} // namespace heddle

#include "Contexts.h"
#include "Order.h"
#include "Unwrap.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {

llvm::SmallVector<const VarDecl *, 2> Contexts::given(const Code &C) {
  llvm::SmallVector<const VarDecl *, 2> Out;
  for (const StopSight &S : Stops.inScope(C))
    if (S.From == StopSight::Parameter || S.From == StopSight::Capture)
      if (const auto *V = dyn_cast<VarDecl>(S.Decl); V && V->getIdentifier() && !V->hasAttr<UnusedAttr>())
        Out.push_back(V);
  return Out;
}

bool Contexts::isFresh(const Expr *E) {
  E = E ? unwrap(E) : nullptr;
  if (!E || isa<CXXDefaultArgExpr>(E) || !Stops.observes(E->getType()))
    return false;
  if (!isa<CXXConstructExpr, CallExpr, InitListExpr, CXXScalarValueInitExpr, CXXFunctionalCastExpr, CXXNewExpr>(E))
    return false;
  return !anyOf<Expr>(E, Walk::WithImplicit, [](const Expr *X) {
    if (isa<CXXThisExpr, LambdaExpr>(X))
      return true;
    const auto *DR = dyn_cast<DeclRefExpr>(X);
    const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
    return V && !V->isConstexpr();
  });
}

Contexts::Seen Contexts::stopSeen(Code &C, const Stmt *S, const VarDecl *Token) {
  auto Asks = [&](unsigned I) {
    const Event &E = C.Events[I];
    return E.Kind == Op::ObserveStop && (!Token || E.Object.Root == Token);
  };
  bool Asked = llvm::any_of(guards(C, S), [&](const Guard &G) {
    return G.Cases.empty() && implies(G.Condition, G.Value, [&](const Expr *E, bool Value) {
             return Value && llvm::any_of(C.at(unwrap(E)), Asks);
           });
  });
  if (Asked)
    return Seen::Surely;
  Seen Found = Seen::No;
  for (const Loop *L : U.get<LoopFacts>().in(C)) {
    if (within(C, S, L->Statement) || !U.get<Order>().reaches(C, L->Statement, S))
      continue;
    bool OnStop = L->Ends == LoopEnd::OnStop && llvm::all_of(L->Asked, [&](const StopAsk &A) {
                    return A.Kind == StopKind::Token && (!Token || A.Object == Token);
                  });
    if (OnStop)
      return Seen::Surely;
    for (const Event &E : C.Events)
      if (E.Kind == Op::ObserveStop && E.Site && within(C, E.Site, L->Statement))
        Found = Seen::Maybe;
  }
  return Found;
}

/// Returns true if the parameters are the same, but for one token.
bool Contexts::sameButToken(const FunctionDecl *F, const FunctionDecl *With, unsigned &Index) {
  if (F == With || With->getNumParams() != F->getNumParams() + 1 || With->isDeleted())
    return false;
  bool Found = false;
  for (unsigned I = 0, J = 0; I != With->getNumParams(); ++I) {
    QualType T = With->getParamDecl(I)->getType();
    if (!Found && Stops.observes(T)) {
      Found = true;
      Index = I;
    } else if (J == F->getNumParams() || !U.Ctx.hasSameType(T, F->getParamDecl(J++)->getType())) {
      return false;
    }
  }
  return Found;
}

const FunctionDecl *Contexts::withToken(const CallExpr *Call, unsigned &Index) {
  const FunctionDecl *F = Call->getDirectCallee();
  if (!F || !F->getIdentifier() || F->isOverloadedOperator())
    return nullptr;
  // Not what operators take first.
  for (unsigned I = 0; I != Call->getNumArgs() && I < F->getNumParams(); ++I)
    if (Stops.observes(F->getParamDecl(I)->getType())) {
      Index = I;
      return isa<CXXDefaultArgExpr>(Call->getArg(I)) ? F : nullptr;
    }
  for (const NamedDecl *D : F->getDeclContext()->lookup(F->getDeclName()))
    if (const auto *Other = dyn_cast<FunctionDecl>(D); Other && sameButToken(F, Other, Index))
      return Other;
  return nullptr;
}

} // namespace heddle

#include "Contexts.h"
#include "LibraryCode.h"
#include "MakeFacts.h"
#include "Order.h"
#include "Unwrap.h"
#include "Uses.h"
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

llvm::SmallVector<const VarDecl *, 2> Contexts::named(const Code &C) {
  llvm::SmallVector<const VarDecl *, 2> Out = given(C);
  for (const ParmVarDecl *P : C.Fn->parameters())
    if (P->getIdentifier() && !P->hasAttr<UnusedAttr>() && observes(P->getType()) && !llvm::is_contained(Out, P))
      Out.push_back(P);
  return Out;
}

bool Contexts::observes(QualType T) {
  const CXXRecordDecl *RD = T.isNull() ? nullptr : U.pointee(T)->getAsCXXRecordDecl();
  return !T.isNull() && (Stops.observes(T) || (RD && isHandwritten(RD)));
}

/// The member that answers the question whether the stop was requested, or null.
static const ValueDecl *answer(Unit &U, const CXXMethodDecl *M) {
  const Code *C = M->isConst() && M->param_empty() && M->getReturnType()->isBooleanType() && U.visible(M)
                      ? U.code(M)
                      : nullptr;
  const ValueDecl *Found = nullptr;
  if (C)
    forEach<ReturnStmt>(C->Fn->getBody(), Walk::NoLambdas, [&](const ReturnStmt *R) {
      StopQuestion Q = R->getRetValue() ? U.get<StopFacts>().of(*C, R->getRetValue()) : StopQuestion();
      for (const StopAsk &A : Q.Asked)
        if ((A.Kind == StopKind::Token || A.Kind == StopKind::Atomic) && isa_and_nonnull<FieldDecl>(A.Object))
          Found = A.Object;
    });
  return Found;
}

/// `Context::background()`: a static member without parameters that yields a context which nobody can stop.
static bool isRoot(const FunctionDecl *F) {
  const auto *M = dyn_cast_or_null<CXXMethodDecl>(F);
  return M && M->isStatic() && M->param_empty() && M->getAccess() == AS_public &&
         M->getReturnType()->getAsCXXRecordDecl() == M->getParent();
}

bool Contexts::isHandwritten(const CXXRecordDecl *RD) {
  RD = RD->getDefinition();
  if (!RD || RD->isLambda() || RD->isDependentContext() || inLibrary(U, RD->getLocation()) ||
      std::distance(RD->field_begin(), RD->field_end()) > 5)
    return false;
  auto [It, New] = Handwritten.try_emplace(RD, false);
  if (!New)
    return It->second;
  // What has threads, tasks or work of its own is no mere context.
  for (const FieldDecl *F : RD->fields())
    if (Role R = U.role(F->getType()); isTaskHandle(R) || R == Role::Group || R == Role::Executor ||
                                       R == Role::Channel || R == Role::EventLoop || R == Role::Container ||
                                       R == Role::Function)
      return false;
  for (const CXXMethodDecl *M : RD->methods()) {
    const auto *F = dyn_cast_or_null<FieldDecl>(answer(U, M));
    if (!F || F->getParent()->getCanonicalDecl() != RD->getCanonicalDecl())
      continue;
    // A flag that the object shares is set by whoever has a share in it.
    bool Shared = U.leads(F->getType()) && llvm::any_of(RD->methods(), isRoot);
    bool Set = Shared || Stops.observes(F->getType()) || llvm::any_of(U.get<Uses>().everywhere(F), [&](const Use &X) {
                 const auto *By = dyn_cast<CXXMethodDecl>(X.Body);
                 return X.is(Use::Writes) && By && !isa<CXXConstructorDecl>(By) && By->getAccess() == AS_public;
               });
    if (Set)
      return Handwritten[RD] = true;
  }
  return false;
}

const VarDecl *Contexts::madeFrom(const Code &C, const VarDecl *Context) {
  if (!Context->isLocalVarDecl() || !Context->getInit() || C.isModified(Context) || !observes(Context->getType()))
    return nullptr;
  const auto *Made = findFirst<CXXConstructExpr>(Context->getInit(), Walk::NoLambdas, [&](const CXXConstructExpr *CE) {
    return CE->getType()->getAsCXXRecordDecl() == Context->getType()->getAsCXXRecordDecl() && CE->getNumArgs() &&
           !CE->getConstructor()->isCopyOrMoveConstructor();
  });
  const auto Given = given(C);
  const auto *From = findFirst<DeclRefExpr>(Made, Walk::NoLambdas, [&](const DeclRefExpr *DR) {
    return llvm::is_contained(Given, dyn_cast<VarDecl>(DR->getDecl()));
  });
  return From ? cast<VarDecl>(From->getDecl()) : nullptr;
}

bool Contexts::isFresh(const Expr *E) {
  E = E ? unwrap(E) : nullptr;
  if (!E || isa<CXXDefaultArgExpr>(E))
    return false;
  if (!Stops.observes(E->getType())) {
    const auto *Call = dyn_cast<CallExpr>(E);
    return Call && isRoot(Call->getDirectCallee()) && observes(E->getType());
  }
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

/// `ctx.cancelled()`
bool Contexts::asksHandwritten(const Code &C, const Expr *E, const VarDecl *Token) {
  const auto *Call = dyn_cast<CXXMemberCallExpr>(unwrap(E));
  auto P = Call && Call->getMethodDecl() && Call->getMethodDecl()->isConst()
               ? C.place(Call->getImplicitObjectArgument())
               : std::nullopt;
  return P && (!Token || P->Root == Token) && P->last() && !Stops.observes(P->last()->getType()) &&
         observes(P->last()->getType());
}

Contexts::Seen Contexts::stopSeen(Code &C, const Stmt *S, const VarDecl *Token) {
  auto Asks = [&](unsigned I) {
    const Event &E = C.Events[I];
    return E.Kind == Op::ObserveStop && (!Token || E.Object.Root == Token);
  };
  bool Asked = llvm::any_of(guards(C, S), [&](const Guard &G) {
    return G.Cases.empty() && implies(G.Condition, G.Value, [&](const Expr *E, bool Value) {
             return Value && (llvm::any_of(C.at(unwrap(E)), Asks) || asksHandwritten(C, E, Token));
           });
  });
  if (Asked)
    return Seen::Surely;
  Seen Found = Seen::No;
  for (const Loop *L : U.get<LoopFacts>().in(C)) {
    if (within(C, S, L->Statement) || !U.get<Order>().reaches(C, L->Statement, S))
      continue;
    bool OnStop = L->Ends == LoopEnd::OnStop &&
                  llvm::all_of(L->Asked, [](const StopAsk &A) { return A.Kind == StopKind::Token; }) &&
                  (!Token || llvm::any_of(L->Asked, [&](const StopAsk &A) { return A.Object == Token; }));
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
    if (!Found && observes(T)) {
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
    if (observes(F->getParamDecl(I)->getType())) {
      Index = I;
      return isa<CXXDefaultArgExpr>(Call->getArg(I)) ? F : nullptr;
    }
  for (const NamedDecl *D : F->getDeclContext()->lookup(F->getDeclName()))
    if (const auto *Other = dyn_cast<FunctionDecl>(D); Other && sameButToken(F, Other, Index))
      return Other;
  return nullptr;
}

Contexts::Contexts(Unit &U) : U(U), Stops(U.get<StopFacts>()) {}

template std::shared_ptr<void> makeFacts<Contexts>(Unit &);

} // namespace heddle

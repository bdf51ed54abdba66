#include "AtomicUse.h"
#include "Loops.h"
#include "Unwrap.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/Builtins.h"

using namespace clang;

namespace heddle {

namespace {

/// Returns true if a memory order is written among the arguments of a call in the expression.
bool statesOrder(const Stmt *S) {
  return anyOf<CallExpr>(S, Walk::NoLambdas, [](const CallExpr *Call) {
    return llvm::any_of(Call->arguments(), [](const Expr *A) {
      const auto *T = A->getType()->getAs<EnumType>();
      return T && !isa<CXXDefaultArgExpr>(A) && T->getDecl()->getIdentifier() &&
             T->getDecl()->getName() == "memory_order";
    });
  });
}

/// The expression is false or null while nothing was made: `!p`, `p == nullptr`, `!opt.has_value()`, `q.empty()`.
bool asksForNothing(const Expr *Condition, bool Value) {
  return implies(Condition, Value, [](const Expr *E, bool Truth) {
    const auto *B = dyn_cast<BinaryOperator>(unwrap(E));
    if (B && B->isEqualityOp()) {
      auto Null = [](const Expr *X) {
        X = unwrap(X);
        const auto *Literal = dyn_cast<IntegerLiteral>(X);
        const auto *Bool = dyn_cast<CXXBoolLiteralExpr>(X);
        return isa<CXXNullPtrLiteralExpr, GNUNullExpr>(X) || (Literal && Literal->getValue() == 0) ||
               (Bool && !Bool->getValue());
      };
      return (Null(B->getLHS()) || Null(B->getRHS())) && (B->getOpcode() == BO_EQ) == Truth;
    }
    if (const auto *O = dyn_cast<CXXOperatorCallExpr>(unwrap(E)); O && O->getNumArgs() == 2) {
      bool Null = llvm::any_of(O->arguments(), [](const Expr *A) { return isa<CXXNullPtrLiteralExpr>(unwrap(A)); });
      return Null && (O->getOperator() == OO_EqualEqual ? Truth : O->getOperator() == OO_ExclaimEqual && !Truth);
    }
    if (const auto *O = dyn_cast<CXXOperatorCallExpr>(unwrap(E)))
      return O->getOperator() == OO_Exclaim && Truth;
    return !Truth;
  });
}

} // namespace

/// The first part of \p In that names the object.
const Expr *AtomicUse::mention(const Code &C, const Stmt *In, const Place &P) {
  return findFirst<Expr>(In, Walk::NoLambdas, [&](const Expr *E) {
    if (!isa<DeclRefExpr, MemberExpr>(E))
      return false;
    const ValueDecl *D = isa<MemberExpr>(E) ? cast<MemberExpr>(E)->getMemberDecl() : cast<DeclRefExpr>(E)->getDecl();
    if (!P.last() || D->getCanonicalDecl() != P.last()->getCanonicalDecl())
      return false;
    auto Here = C.place(E);
    return Here && *Here == P;
  });
}

const Expr *AtomicUse::stored(const SharedAccess &X) {
  if (X.As->Does == Use::Assign && X.As->Of == Use::Itself)
    return X.As->Value;
  const auto *M = dyn_cast_or_null<MemberExpr>(X.As->Site);
  const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(M ? X.In->parent(M) : X.As->Site);
  bool Store = X.As->Does == Use::Mutate && Call && Call->getNumArgs() && Call->getType()->isVoidType() &&
               U.role(X.As->Mention->getType()) == Role::Atomic;
  return Store ? Call->getArg(0) : nullptr;
}

const Expr *AtomicUse::loadedBefore(const SharedAccess &X) {
  const Expr *Value = stored(X);
  auto P = Value && X.As->Mention ? X.In->place(X.As->Mention) : std::nullopt;
  if (!P)
    return nullptr;
  auto Loads = [&](const Expr *In) -> const Expr * {
    const Expr *Found = mention(*X.In, In, *P);
    if (!Found)
      return nullptr;
    return statesOrder(In) ? nullptr : Found;
  };
  if (const Expr *Found = Loads(Value))
    return isa<BinaryOperator, CallExpr, ConditionalOperator>(unwrap(Value)) && unwrap(Value) != Found ? Found
                                                                                                       : nullptr;
  const Expr *Found = nullptr; // `auto n = a.load(); a.store(n + 1);`
  forEach<DeclRefExpr>(Value, Walk::NoLambdas, [&](const DeclRefExpr *DR) {
    const auto *V = dyn_cast<VarDecl>(DR->getDecl());
    if (!Found && V && V->isLocalVarDecl() && V->getInit() && V->getType()->isArithmeticType())
      Found = Loads(V->getInit());
  });
  return Found;
}

llvm::SmallVector<Tested, 2> AtomicUse::tests(const SharedAccess &X) {
  llvm::SmallVector<Tested, 2> Out;
  auto P = X.As->Mention ? X.In->place(X.As->Mention) : std::nullopt;
  if (!P)
    return Out;
  for (const Guard &G : guards(*X.In, X.As->Site ? X.As->Site : X.Site))
    if (const Expr *Found = G.Cases.empty() ? mention(*X.In, G.Condition, *P) : nullptr)
      Out.push_back({Found, asksForNothing(G.Condition, G.Value), G.By && isLoop(G.By), statesOrder(G.Condition)});
  return Out;
}

bool AtomicUse::isAtomic(const SharedAccess &X) {
  if (!X.As->is(Use::Address))
    return false;
  for (const Stmt *S = X.Site; S && isa<Expr>(S); S = X.In->parent(S)) {
    if (isa<AtomicExpr>(S))
      return true;
    if (const auto *Made = dyn_cast<CXXConstructExpr>(S))
      return U.role(Made->getType()) == Role::Atomic;
    const auto *Call = dyn_cast<CallExpr>(S);
    const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
    if (!F)
      continue;
    llvm::StringRef Name = F->getIdentifier() ? F->getName() : "";
    return (F->getBuiltinID() && Name.starts_with("__sync_")) || (F->isInStdNamespace() && Name.starts_with("atomic_"));
  }
  return false;
}

bool AtomicUse::severalThreads(const SharedAccess &X) {
  auto &T = U.get<Threads>();
  auto P = X.As->Mention ? X.In->place(X.As->Mention) : std::nullopt;
  const ThreadBody *First = nullptr;
  for (const ThreadBody *B : T.on(X.In->Fn)) {
    if (!P || !B->shared(*P))
      continue;
    if (B->Of->Many || (First && First->Of->Body != B->Of->Body))
      return true;
    First = B;
  }
  return First && !First->Of->AtOnce && T.elsewhere(X.In->Fn) && !T.beforeStart(*X.In, X.Site);
}

bool AtomicUse::oneWriter(const ValueDecl *D) {
  auto &T = U.get<Threads>();
  const FunctionDecl *Thread = nullptr;
  for (const SharedAccess &X : U.get<SharedState>().of(D)) {
    if (!X.As->is(Use::Stores | Use::Mutate) || X.Construction)
      continue;
    auto On = T.on(X.In->Fn);
    if (On.size() != 1 || On.front()->Of->Many || T.elsewhere(X.In->Fn) || (Thread && Thread != On.front()->Of->Body))
      return false;
    Thread = On.front()->Of->Body;
  }
  return Thread != nullptr;
}

bool AtomicUse::once(const SharedAccess &X) {
  for (const CallEdge &Up : U.get<Calls>().callers(X.In->Fn)) {
    if (llvm::any_of(Up.In->at(Up.Site), [&](unsigned I) { return Up.In->Events[I].ObjectRole == Role::Once; }))
      return true;
    for (const CallEdge &Upper : U.get<Calls>().callers(Up.In->Fn))
      if (llvm::any_of(Upper.In->at(Upper.Site),
                       [&](unsigned I) { return Upper.In->Events[I].ObjectRole == Role::Once; }))
        return true;
  }
  return false;
}

} // namespace heddle

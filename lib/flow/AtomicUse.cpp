#include "AtomicUse.h"
#include "Loops.h"
#include "MakeFacts.h"
#include "Mentions.h"
#include "Order.h"
#include "Unwrap.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/Builtins.h"

using namespace clang;

namespace heddle {

namespace {

constexpr unsigned MaxDepth = 3;

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

/// Returns true for `q.empty()`, `p.isNull()`: true while there is nothing.
bool saysNothingThere(const CXXMemberCallExpr *Call) {
  const CXXMethodDecl *M = Call->getMethodDecl();
  return M && M->isConst() && M->getIdentifier() && M->param_empty() && M->getReturnType()->isBooleanType() &&
         (M->getName().contains_insensitive("empty") || M->getName().contains_insensitive("null"));
}

/// The expression is false or null while nothing was made: `!p`, `p == nullptr`, `!opt.has_value()`, `q.empty()`, also
/// behind functions that only return it.
bool asksForNothing(Unit &U, const Expr *Condition, bool Value, unsigned Depth = 0) {
  return implies(Condition, Value, [&](const Expr *E, bool Truth) {
    if (const auto *Call = dyn_cast<CallExpr>(unwrap(E)); Call && Depth < MaxDepth)
      if (const Expr *Inner = onlyReturned(U.visible(Call->getDirectCallee())))
        return asksForNothing(U, Inner, Truth, Depth + 1);
    if (const auto *Call = dyn_cast<CXXMemberCallExpr>(unwrap(E)); Call && saysNothingThere(Call))
      return Truth;
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
    if (B && B->isRelationalOp())
      return false;
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
  const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(callOn(*X.In, *X.As));
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
    if (auto T = G.Cases.empty() ? asked(*X.In, G.Condition, *P, 0) : std::nullopt) {
      T->Null = asksForNothing(U, G.Condition, G.Value);
      T->Loops = G.By && isLoop(G.By);
      T->Bounds = anyOf<BinaryOperator>(G.Condition, Walk::NoLambdas, [&](const BinaryOperator *B) {
        return B->isRelationalOp() && mention(*X.In, B, *P);
      });
      Out.push_back(*T);
    }
  return Out;
}

std::optional<Tested> AtomicUse::nullTest(const SharedAccess &X) {
  for (const Tested &T : tests(X))
    if (T.Null && !T.Loops)
      return T;
  auto P = X.As->Mention ? X.In->place(X.As->Mention) : std::nullopt;
  for (const Guard &G : P ? guards(*X.In, X.As->Site) : llvm::SmallVector<Guard, 4>()) {
    const auto *Named = findFirst<DeclRefExpr>(G.Condition, Walk::NoLambdas, [&](const DeclRefExpr *DR) {
      const auto *V = dyn_cast<VarDecl>(DR->getDecl());
      return V && V->isLocalVarDecl() && !V->isStaticLocal() && V->getInit() && mention(*X.In, V->getInit(), *P);
    });
    if (Named && G.Cases.empty() && !(G.By && isLoop(G.By)) && asksForNothing(U, G.Condition, G.Value))
      return Tested{
          Named, true, false, false, false, X.In, mention(*X.In, cast<VarDecl>(Named->getDecl())->getInit(), *P)};
  }
  return std::nullopt;
}

/// Where the condition reads the object, itself or behind functions that only return what they ask.
std::optional<Tested> AtomicUse::asked(const Code &C, const Expr *Condition, const Place &P, unsigned Depth) {
  if (const Expr *Found = mention(C, Condition, P))
    return Tested{Found, false, false, false, statesOrder(Condition), U.code(C.Fn), Found};
  std::optional<Tested> Found;
  if (Depth < MaxDepth)
    forEach<CallExpr>(Condition, Walk::NoLambdas, [&](const CallExpr *Call) {
      const FunctionDecl *F = U.visible(Call->getDirectCallee());
      const Expr *Inner = Found || F == C.Fn ? nullptr : onlyReturned(F);
      auto There = Inner ? CallEdge{&C, Call, F}.toCallee(P) : std::nullopt;
      const Code *In = There ? U.code(F) : nullptr;
      if (In && (Found = asked(*In, Inner, *There, Depth + 1)))
        Found->Mention = Call;
    });
  return Found;
}

/// Returns true if the address that the expression names is given to an atomic operation.
static bool givenToAtomic(const Code &C, const Stmt *S) {
  for (; S && isa<Expr>(S); S = C.parent(S)) {
    if (isa<AtomicExpr>(S))
      return true;
    if (const auto *Made = dyn_cast<CXXConstructExpr>(S))
      return C.U.role(Made->getType()) == Role::Atomic;
    const auto *Call = dyn_cast<CallExpr>(S);
    const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
    if (!F)
      continue;
    llvm::StringRef Name = F->getIdentifier() ? F->getName() : "";
    return (F->getBuiltinID() && Name.starts_with("__sync_")) || (F->isInStdNamespace() && Name.starts_with("atomic_"));
  }
  return false;
}

/// The parameter of a visible function to which the address of a number or pointer is given.
const ParmVarDecl *AtomicUse::takes(const SharedAccess &X) {
  if (!X.As->is(Use::Address) || !X.As->Mention)
    return nullptr;
  const Expr *Given = X.As->Mention;
  const auto *A = dyn_cast_or_null<UnaryOperator>(X.In->parent(Given));
  if (A && A->getOpcode() == UO_AddrOf)
    Given = A;
  const Stmt *S = X.In->parent(Given);
  while (isa_and_nonnull<ImplicitCastExpr, ParenExpr>(S))
    S = X.In->parent(S);
  const auto *Call = dyn_cast_or_null<CallExpr>(S);
  const FunctionDecl *F = Call ? U.visible(Call->getDirectCallee()) : nullptr;
  const ParmVarDecl *P = F ? parameter(Call, F, Given) : nullptr;
  QualType T = P ? P->getType().getNonReferenceType() : QualType();
  if (!P || !(A ? T->isPointerType() && T->getPointeeType()->isScalarType() : T->isScalarType()))
    return nullptr;
  return P;
}

bool AtomicUse::isAtomic(const SharedAccess &X) {
  if (!X.As->is(Use::Address))
    return false;
  if (givenToAtomic(*X.In, X.Site))
    return true;
  const ParmVarDecl *P = takes(X);
  const Code *In = P ? U.code(cast<FunctionDecl>(P->getDeclContext())) : nullptr;
  return In && llvm::any_of(U.get<Uses>().in(*In, P),
                            [&](const Use &Y) { return Y.Mention && givenToAtomic(*In, Y.Mention); });
}

std::optional<PlainAccess> AtomicUse::plainBehind(const SharedAccess &X) {
  const ParmVarDecl *P = takes(X);
  Code *In = P ? U.code(cast<FunctionDecl>(P->getDeclContext())) : nullptr;
  if (!In || In->isModified(P))
    return std::nullopt;
  std::optional<PlainAccess> Found;
  auto &State = U.get<SharedState>();
  for (const Use &Y : U.get<Uses>().in(*In, P)) {
    if (!Y.Mention || Y.Lambda)
      continue;
    if (givenToAtomic(*In, Y.Mention))
      return std::nullopt;
    const Expr *Named = Y.Mention;
    if (P->getType()->isPointerType()) {
      const Stmt *S = In->parent(Named);
      while (isa_and_nonnull<ImplicitCastExpr, ParenExpr>(S))
        S = In->parent(S);
      const auto *Deref = dyn_cast_or_null<UnaryOperator>(S);
      if (!Deref || Deref->getOpcode() != UO_Deref)
        continue;
      Named = Deref;
    }
    if (!State.locks(*In, Named).empty() || State.ordered(*In, Named))
      return std::nullopt;
    bool Writes = Y.is(Use::Stores);
    if (!Found || (Writes && !Found->Writes))
      Found = PlainAccess{Named, In, Writes};
  }
  return Found;
}

bool AtomicUse::initialises(const SharedAccess &X) {
  auto P = X.As->Does == Use::Assign && X.As->Mention ? X.In->place(X.As->Mention) : std::nullopt;
  Expr::EvalResult Value;
  return P && !P->Path.empty() && isa_and_nonnull<ParmVarDecl>(P->Root) && X.As->Value &&
         !X.As->Value->isValueDependent() && X.As->Value->EvaluateAsInt(Value, U.Ctx) && Value.Val.getInt() != 0;
}

/// Several threads run the body on one object: none that the loop which starts them makes for each.
static bool manyShare(const ThreadBody &B, const Place &Shared) {
  const auto *V = dyn_cast_or_null<VarDecl>(Shared.Root);
  const Stmt *Loop = V && B.Of->Start.In ? enclosingLoop(*B.Of->Start.In, B.Of->Start.Site) : nullptr;
  return B.Of->Many && !(Loop && declaredIn(Loop, V));
}

bool AtomicUse::severalThreads(const SharedAccess &X) {
  auto &T = U.get<Threads>();
  auto P = X.As->Mention ? X.In->place(X.As->Mention) : std::nullopt;
  if (!P)
    return false;
  for (const ThreadBody *B : T.on(X.In->Fn))
    if (auto Shared = B->shared(*P); Shared && manyShare(*B, *Shared))
      return true;
  const Touch Here{X.In, X.Site, *P};
  return T.meeting(Here, Here).has_value();
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

/// The one function that stores the variable another value than a constant; null if there are several.
const FunctionDecl *AtomicUse::storedBy(const ValueDecl *D) {
  const FunctionDecl *By = nullptr;
  for (const SharedAccess &X : U.get<SharedState>().of(D)) {
    const Expr *Value = X.Construction ? nullptr : stored(X);
    bool Computed = Value && (Value->isValueDependent() || !Value->isEvaluatable(U.Ctx));
    if ((!X.Construction && X.As->is(Use::Update)) || (Computed && By && By != X.function()))
      return nullptr;
    if (Computed)
      By = X.function();
  }
  return By;
}

bool AtomicUse::isRingEnd(const SharedAccess &X) {
  const auto *M = dyn_cast_or_null<MemberExpr>(X.As->Mention);
  const auto *End = M ? dyn_cast<FieldDecl>(M->getMemberDecl()) : nullptr;
  const FunctionDecl *By = End ? storedBy(End) : nullptr;
  auto Reads = [&](const FunctionDecl *F, const FieldDecl *D) {
    return llvm::any_of(U.get<Calls>().behind(F), [&](const Code *C) { return !U.get<Uses>().in(*C, D).empty(); });
  };
  return By && By == X.function() && llvm::any_of(End->getParent()->fields(), [&](const FieldDecl *Other) {
           const FunctionDecl *OtherBy =
               Other != End && U.role(Other->getType()) == Role::Atomic ? storedBy(Other) : nullptr;
           return OtherBy && OtherBy != By && Reads(By, Other) && Reads(OtherBy, End);
         });
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

/// Returns true for a local variable or parameter of the body that is an object itself, and that nothing but the body
/// names.
static bool isOwn(Code &C, const ValueDecl *D) {
  const auto *V = dyn_cast_or_null<VarDecl>(D);
  return V && V->hasLocalStorage() && V->getDeclContext() == static_cast<const DeclContext *>(C.Fn) &&
         V->getType()->isRecordType() && !C.U.leads(V->getType()) &&
         llvm::none_of(C.U.get<Uses>().in(C, V),
                       [](const Use &X) { return X.Lambda || X.is(Use::Address | Use::ByReference); });
}

bool AtomicUse::isOwnObject(const SharedAccess &X) {
  auto P = X.As->Mention ? X.In->place(X.As->Mention) : std::nullopt;
  if (!P || P->Path.size() != 1)
    return false;
  if (!P->This)
    return isOwn(*X.In, P->Root);
  auto All = U.get<Calls>().callers(X.In->Fn);
  return !All.empty() && llvm::all_of(All, [&](const CallEdge &Up) {
    const Expr *Object = Up.Task ? nullptr : objectOf(Up.Site);
    auto Of = Object ? Up.In->place(Object) : std::nullopt;
    Code *By = U.code(Up.In->Fn);
    return By && Of && Of->Path.empty() && !Of->Element && isOwn(*By, Of->Root);
  });
}

bool AtomicUse::claimedBefore(const SharedAccess &X) {
  auto P = X.As->Mention ? X.In->place(X.As->Mention) : std::nullopt;
  return P && anyOf<CallExpr>(X.In->Fn->getBody(), Walk::NoLambdas, [&](const CallExpr *Call) {
           const FunctionDecl *F = Call->getDirectCallee();
           StringRef Name = F && F->getIdentifier() ? F->getName() : "";
           bool SetsBit = Name == "fetch_or" ||
                          (Name.contains("compare_exchange") && llvm::any_of(Call->arguments(), [](const Expr *A) {
                             const auto *B = dyn_cast<BinaryOperator>(unwrap(A));
                             return B && B->getOpcode() == BO_Or;
                           }));
           return SetsBit && mention(*X.In, Call, *P) && U.get<Order>().dominates(*X.In, Call, X.Site);
         });
}

bool AtomicUse::calledUnderLock(const FunctionDecl *F, unsigned Depth) {
  auto &State = U.get<SharedState>();
  auto All = U.get<Calls>().callers(F);
  return !All.empty() && Depth < MaxDepth &&
         llvm::all_of(
             All,
             [&](const CallEdge &Up) {
               Code *By = U.code(Up.In->Fn);
               return !Up.Task && By &&
                      (!State.locks(*By, Up.Site).empty() || State.ordered(*By, Up.Site) ||
                       isa<CXXConstructorDecl>(By->Fn) || calledUnderLock(By->Fn, Depth + 1));
             });
}

AtomicUse::AtomicUse(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<AtomicUse>(Unit &);

} // namespace heddle

#include "BranchFacts.h"
#include "LibraryCode.h"
#include "Unit.h"
#include "Unwrap.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/Builtins.h"

using namespace clang;

namespace heddle {

bool FactSet::add(BranchFact F) {
  for (const BranchFact &K : Facts) {
    if (K.Key != F.Key)
      continue;
    if (K == F)
      return true;
    if (K.Equal && F.Equal)
      return false; // equal to two different constants
    if (K.Equal != F.Equal && K.Value == F.Value)
      return false;
    if (K.Equal)
      return true; // equal to one constant: that it differs from another is no news
  }
  if (F.Equal)
    llvm::erase_if(Facts, [&](const BranchFact &K) { return K.Key == F.Key; });
  Facts.insert(llvm::lower_bound(Facts, F), F);
  return true;
}

void FactSet::intersect(const FactSet &O, Constants Compared) {
  // What one path knows exactly may still be implied by the other: x == 3 implies x != 0.
  auto Implied = [](const BranchFact &F, const FactSet &By) {
    return llvm::any_of(By.Facts, [&](const BranchFact &K) {
      return K == F || (K.Key == F.Key && K.Equal && !F.Equal && K.Value != F.Value);
    });
  };
  llvm::SmallVector<BranchFact, 4> Both;
  for (const BranchFact &F : Facts)
    if (Implied(F, O))
      Both.push_back(F);
  for (const BranchFact &F : O.Facts)
    if (Implied(F, *this) && !llvm::is_contained(Both, F))
      Both.push_back(F);
  for (const BranchFact &F : Facts)
    for (const BranchFact &K : O.Facts)
      if (F.Key == K.Key && F.Equal && K.Equal && F.Value != K.Value)
        for (std::int64_t Other : Compared(F.Key))
          if (Other != F.Value && Other != K.Value)
            Both.push_back({F.Key, Other, false});
  llvm::sort(Both);
  Facts = std::move(Both);
}

void FactSet::removeIf(llvm::function_ref<bool(unsigned)> Dead) {
  llvm::erase_if(Facts, [&](const BranchFact &F) { return Dead(F.Key); });
}

std::optional<BranchFact> FactSet::about(unsigned Key) const {
  std::optional<BranchFact> Found;
  for (const BranchFact &F : Facts)
    if (F.Key == Key && (F.Equal || F.Value == 0))
      Found = F;
  return Found;
}

/// Marks keys that stand for the state of an object, however it is asked for.
static constexpr unsigned TestOfObject = 0x7e57;
/// The same for the text that it holds.
static constexpr unsigned TextOfObject = 0x7e58;

static const Expr *peel(const Expr *E) {
  while (E) {
    const Expr *Was = E;
    E = unwrap(E);
    if (const auto *X = dyn_cast<CXXStaticCastExpr>(E))
      E = X->getSubExpr();
    else if (const auto *X = dyn_cast<CXXRewrittenBinaryOperator>(E))
      E = X->getSemanticForm(); // `p != nullptr` is `!(p == nullptr)`
    else if (const auto *X = dyn_cast<CXXConstructExpr>(E);
             X && X->getNumArgs() == 1 && X->getConstructor()->isCopyOrMoveConstructor())
      E = X->getArg(0);
    else if (const auto *X = dyn_cast<CallExpr>(E);
             X && X->getBuiltinCallee() == Builtin::BI__builtin_expect && X->getNumArgs() > 0)
      E = X->getArg(0); // as in likely() macros
    if (E == Was)
      return E;
  }
  return E;
}

static std::optional<std::int64_t> constant(const Expr *E, const ASTContext &Ctx) {
  E = E->IgnoreParenImpCasts();
  if (E->isValueDependent())
    return std::nullopt;
  if (isa<CXXNullPtrLiteralExpr, GNUNullExpr>(E))
    return 0;
  if (!E->getType()->isIntegralOrEnumerationType())
    return std::nullopt;
  Expr::EvalResult R;
  if (E->EvaluateAsInt(R, Ctx) && R.Val.isInt() && R.Val.getInt().getSignificantBits() <= 64)
    return R.Val.getInt().getExtValue();
  return std::nullopt;
}

/// Returns true for a reference to what nobody changes as long as it is looked at: constant, and no object that
/// threads share.
static bool isConstantView(const Code &C, QualType T) {
  const CXXRecordDecl *RD = T->isReferenceType() && T->getPointeeType().isConstQualified()
                                ? T->getPointeeType()->getAsCXXRecordDecl()
                                : nullptr;
  return RD && RD->hasDefinition() && llvm::none_of(RD->fields(), [&](const FieldDecl *F) {
           Role R = C.U.role(F->getType());
           return F->isMutable() || F->getType().isVolatileQualified() || R == Role::Atomic || isLock(R);
         });
}

/// Returns true for a part of an object that is declared constant: `options_.threaded` of a `const Options options_`.
static bool isPartOfConstant(const MemberExpr *M) {
  while (M && !M->isArrow()) {
    const auto *F = dyn_cast<FieldDecl>(M->getMemberDecl());
    if (!F || F->isMutable() || F->getType().isVolatileQualified())
      return false;
    const Expr *Base = M->getBase()->IgnoreParenImpCasts();
    M = dyn_cast<MemberExpr>(Base);
    const auto *DR = dyn_cast<DeclRefExpr>(Base);
    const ValueDecl *Of = M ? M->getMemberDecl() : DR ? DR->getDecl() : nullptr;
    if (Of && !Of->getType()->isReferenceType() && Of->getType().isConstQualified())
      return true;
  }
  return false;
}

void FactKeys::collect(const Stmt *S, KeyInfo &K) const {
  if (!S)
    return;
  if (const auto *DR = dyn_cast<DeclRefExpr>(S)) {
    const ValueDecl *V = DR->getDecl();
    K.Mentions.push_back(V);
    if (const auto *Var = dyn_cast<VarDecl>(V)) {
      bool Constant = Var->getType().isConstQualified();
      bool Foreign = Var->getParentFunctionOrMethod() != static_cast<const DeclContext *>(C.Fn);
      if (!Constant && (Var->hasGlobalStorage() || C.isExposed(Var) || (Foreign && !isa<ParmVarDecl>(Var))))
        K.Volatile = true;
      if (Var->getType().isVolatileQualified())
        K.Volatile = true;
    }
  } else if (const auto *M = dyn_cast<MemberExpr>(S)) {
    K.Mentions.push_back(M->getMemberDecl());
    if (!M->getMemberDecl()->getType().isConstQualified() && isa<FieldDecl>(M->getMemberDecl()) &&
        !isPartOfConstant(M)) {
      // A field of a local that nobody else sees changes only here.
      const Expr *Base = M->getBase()->IgnoreParenImpCasts();
      const auto *DR = dyn_cast<DeclRefExpr>(Base);
      const auto *Var = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
      if (!Var || M->isArrow() || (Var->getType()->isReferenceType() && !isConstantView(C, Var->getType())) ||
          C.isExposed(Var) || !Var->hasLocalStorage())
        K.Volatile = true;
    }
  } else if (isa<CallExpr>(S) || isa<CXXThisExpr>(S)) {
    if (isa<CallExpr>(S))
      K.Volatile = true;
  }
  for (const Stmt *Child : S->children())
    collect(Child, K);
}

unsigned FactKeys::keyFor(const llvm::FoldingSetNodeID &ID, const Expr *E) {
  // The node's own words, not their hash: two conditions must never share a key.
  llvm::FoldingSetNodeIDRef Ref = ID.Intern(Words);
  std::vector<unsigned> Bits(Ref.getData(), Ref.getData() + Ref.getSize());
  auto [It, New] = Keys.try_emplace(std::move(Bits), static_cast<unsigned>(Info.size()));
  if (New) {
    Info.emplace_back();
    collect(E, Info.back());
  }
  return It->second;
}

std::optional<unsigned> FactKeys::key(const Expr *E) {
  E = peel(E);
  if (!E || E->isTypeDependent())
    return std::nullopt;
  if (isa<CallExpr>(E))
    if (auto It = CallKeys.find(E); It != CallKeys.end())
      return It->second;
  llvm::FoldingSetNodeID ID;
  // A member call that only looks at its object: distinguished by the object, not by the spelling of the test.
  const Expr *Obj = nullptr;
  if (const auto *M = dyn_cast<CXXMemberCallExpr>(E)) {
    const CXXMethodDecl *D = M->getMethodDecl();
    if (D && M->getImplicitObjectArgument() && M->getNumArgs() == 0) {
      bool Tests = isa<CXXConversionDecl>(D);
      // How many there are is another question than whether there are any: it has more than two answers.
      bool Counts = D->getReturnType()->isIntegerType() && !D->getReturnType()->isBooleanType();
      for (const Action &A : C.U.actions(D, C.U.record(M->getImplicitObjectArgument()), 0))
        Tests |= A.Operation == Op::Test && !Counts;
      if (Tests)
        Obj = M->getImplicitObjectArgument();
      const Role R = C.U.type(M->getImplicitObjectArgument()->getType())
                         ? C.U.type(M->getImplicitObjectArgument()->getType())->Plays
                         : Role::None;
      if (R == Role::SmartPointer && !D->getReturnType()->isVoidType() && D->isConst())
        Obj = M->getImplicitObjectArgument(); // p, p.get(), p.has_value()
    }
  }
  // A variable initialised once stands for its initialiser: `bool ok = try_lock(); if (ok)`, `auto v = parse(); if
  // (!v)`.
  if (const auto *DR = dyn_cast<DeclRefExpr>(Obj ? peel(Obj) : E))
    if (const auto *V = dyn_cast<VarDecl>(DR->getDecl());
        V && V->isLocalVarDecl() && V->getInit() && !C.isModified(V)) {
      const Expr *Init = peel(V->getInit());
      if (isa<CallExpr>(Init))
        if (auto It = CallKeys.find(Init); It != CallKeys.end())
          return It->second;
    }
  if (Obj) {
    ID.AddInteger(TestOfObject);
    peel(Obj)->Profile(ID, C.U.Ctx, /*Canonical=*/true);
  } else if (const auto *DR = dyn_cast<DeclRefExpr>(E); DR && !E->getType()->isIntegralOrEnumerationType()) {
    ID.AddInteger(TestOfObject); // `if (p)` of a pointer is the same question as `if (p.get())`
    E->Profile(ID, C.U.Ctx, true);
  } else
    E->Profile(ID, C.U.Ctx, true);
  unsigned Key = keyFor(ID, Obj ? Obj : E);
  if (!Obj)
    Info[Key].Value = E;
  return Key;
}

/// The literal that an operand of a comparison of texts is made of.
static const StringLiteral *literal(const Expr *E) {
  E = E->IgnoreUnlessSpelledInSource();
  if (const auto *CE = dyn_cast<CXXConstructExpr>(E); CE && CE->getNumArgs() == 1)
    E = CE->getArg(0)->IgnoreUnlessSpelledInSource();
  const auto *Text = dyn_cast<StringLiteral>(E->IgnoreParenImpCasts());
  return Text && Text->getCharByteWidth() == 1 ? Text : nullptr;
}

/// A text and the literal with which a condition compares it: `code == "OK"`, `code.starts_with("ERR")`.
struct TextTest {
  const Expr *Text = nullptr;
  const StringLiteral *With = nullptr;
  bool Equal = true;
};

static std::optional<TextTest> textTest(const Code &C, const Expr *E) {
  auto IsText = [&](const Expr *X) {
    const CXXRecordDecl *RD = X->getType()->getAsCXXRecordDecl();
    return RD && inLibrary(C.U, RD->getLocation()) && isa<DeclRefExpr, MemberExpr>(peel(X));
  };
  if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E);
      O && O->getNumArgs() == 2 && (O->getOperator() == OO_EqualEqual || O->getOperator() == OO_ExclaimEqual)) {
    for (unsigned I = 0; I != 2; ++I)
      if (const StringLiteral *L = literal(O->getArg(I)); L && IsText(O->getArg(1 - I)))
        return TextTest{O->getArg(1 - I), L, O->getOperator() == OO_EqualEqual};
    return std::nullopt;
  }
  const auto *M = dyn_cast<CXXMemberCallExpr>(E);
  const CXXMethodDecl *D = M ? M->getMethodDecl() : nullptr;
  if (!D || !D->getIdentifier() || (D->getName() != "starts_with" && D->getName() != "startsWith") ||
      M->getNumArgs() == 0 || !IsText(M->getImplicitObjectArgument()))
    return std::nullopt;
  // As good as a comparison where nothing else in the body begins so.
  const StringLiteral *Begin = literal(M->getArg(0));
  auto IsLonger = [&](const StringLiteral *L) {
    return L->getCharByteWidth() == 1 && L->getString() != Begin->getString() &&
           L->getString().starts_with(Begin->getString());
  };
  auto IsSame = [&](const CXXOperatorCallExpr *O) {
    return llvm::any_of(O->arguments(), [&](const Expr *A) {
      const StringLiteral *L = literal(A);
      return L && L->getString() == Begin->getString();
    });
  };
  bool Only =
      Begin && !anyOf<StringLiteral>(C.Fn->getBody(), IsLonger) && !anyOf<CXXOperatorCallExpr>(C.Fn->getBody(), IsSame);
  return Only ? std::optional(TextTest{M->getImplicitObjectArgument(), Begin}) : std::nullopt;
}

std::optional<BranchFact> FactKeys::fact(const Expr *E, bool Truth) {
  E = peel(E);
  if (!E || E->isTypeDependent() || E->isValueDependent())
    return std::nullopt;
  if (const auto *O = dyn_cast<UnaryOperator>(E); O && O->getOpcode() == UO_LNot)
    return fact(O->getSubExpr(), !Truth);
  if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E); O && O->getOperator() == OO_Exclaim && O->getNumArgs() == 1)
    return fact(O->getArg(0), !Truth);
  if (const auto *B = dyn_cast<BinaryOperator>(E)) {
    switch (B->getOpcode()) {
    case BO_LAnd:
    case BO_LOr:
    case BO_Comma:
      return fact(B->getRHS(), Truth); // what stands left was decided by edges of its own
    case BO_Assign:
      return fact(B->getRHS(), Truth);
    case BO_EQ:
    case BO_NE: {
      const Expr *L = B->getLHS(), *R = B->getRHS();
      auto Value = constant(R, C.U.Ctx);
      if (!Value) {
        Value = constant(L, C.U.Ctx);
        std::swap(L, R);
      }
      if (Value)
        if (auto K = key(L))
          return BranchFact{*K, *Value, (B->getOpcode() == BO_EQ) == Truth};
      break;
    }
    default:
      break;
    }
  }
  if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E);
      O && O->getNumArgs() == 2 && (O->getOperator() == OO_EqualEqual || O->getOperator() == OO_ExclaimEqual)) {
    for (unsigned I = 0; I != 2; ++I)
      if (isa<CXXNullPtrLiteralExpr>(O->getArg(I)->IgnoreParenImpCasts()))
        if (auto K = key(O->getArg(1 - I)))
          return BranchFact{*K, 0, (O->getOperator() == OO_EqualEqual) == Truth};
  }
  if (auto T = textTest(C, E)) {
    llvm::FoldingSetNodeID Text, Value;
    Text.AddInteger(TextOfObject);
    peel(T->Text)->Profile(Text, C.U.Ctx, /*Canonical=*/true);
    Value.AddString(T->With->getString());
    // A number for each literal; those of keys are as good as any.
    return BranchFact{keyFor(Text, peel(T->Text)), keyFor(Value, T->With), T->Equal == Truth};
  }
  if (auto V = constant(E, C.U.Ctx); V && !isa<DeclRefExpr>(E))
    return std::nullopt; // the graph has pruned it
  // A boolean kept in a variable that does not change afterwards is the condition that it was initialised with.
  if (const auto *DR = dyn_cast<DeclRefExpr>(E))
    if (const auto *V = dyn_cast<VarDecl>(DR->getDecl());
        V && V->isLocalVarDecl() && V->getInit() && !C.isModified(V) && V->getType()->isBooleanType()) {
      const Expr *Init = peel(V->getInit());
      if (isa<UnaryOperator>(Init) || isa<CallExpr>(Init))
        if (auto F = fact(Init, Truth); F && (isa<CallExpr>(Init) ? CallKeys.contains(Init) : !volatileToCalls(F->Key)))
          return F;
    }
  if (auto K = key(E))
    return BranchFact{*K, 0, !Truth};
  return std::nullopt;
}

llvm::ArrayRef<std::int64_t> FactKeys::constants(unsigned Key) {
  if (!std::exchange(ComparedKnown, true)) {
    forEach<Expr>(C.Fn->getBody(), Walk::NoLambdas, [&](const Expr *E) {
      const auto *B = dyn_cast<BinaryOperator>(E);
      if (!(B && B->isEqualityOp()) && !isa<CXXOperatorCallExpr, CXXMemberCallExpr>(E))
        return;
      if (auto F = fact(E, true); F && (B || textTest(C, peel(E))) && !llvm::is_contained(Compared[F->Key], F->Value))
        Compared[F->Key].push_back(F->Value);
    });
    std::erase_if(Compared, [](const auto &X) { return X.second.size() < 3; });
  }
  auto It = Compared.find(Key);
  return It == Compared.end() ? llvm::ArrayRef<std::int64_t>() : llvm::ArrayRef(It->second);
}

std::optional<bool> FactKeys::decided(const Expr *E, const FactSet &Known) {
  const auto *B = dyn_cast_or_null<BinaryOperator>(E ? peel(E) : nullptr);
  if (!B || !B->isRelationalOp() || B->getLHS()->isTypeDependent() || B->getRHS()->isTypeDependent())
    return std::nullopt;
  auto Value = [&](const Expr *X) -> std::optional<std::int64_t> {
    if (auto C0 = constant(X, C.U.Ctx))
      return C0;
    auto K = X->getType()->isIntegralOrEnumerationType() ? key(X) : std::nullopt;
    auto F = K ? Known.about(*K) : std::nullopt;
    return F && F->Equal ? std::optional(F->Value) : std::nullopt;
  };
  auto L = Value(B->getLHS()), R = Value(B->getRHS());
  if (!L || !R)
    return std::nullopt;
  switch (B->getOpcode()) {
  case BO_LT:
    return *L < *R;
  case BO_LE:
    return *L <= *R;
  case BO_GT:
    return *L > *R;
  default:
    return *L >= *R;
  }
}

BranchFact FactKeys::result(const Expr *Call, bool Truth) {
  auto [It, New] = CallKeys.try_emplace(Call, static_cast<unsigned>(Info.size()));
  if (New)
    Info.emplace_back(); // a result does not change any more
  return {It->second, 0, !Truth};
}

BranchFact FactKeys::resultEquals(const Expr *Call, BranchFact Like) {
  BranchFact F = result(Call, true);
  F.Value = Like.Value;
  F.Equal = Like.Equal;
  return F;
}

std::optional<BranchFact> FactKeys::assigned(const Expr *Left, const Expr *Value) {
  if (!Value || Value->isTypeDependent() || !Left->getType().getNonReferenceType()->isScalarType())
    return std::nullopt;
  auto Const = constant(Value, C.U.Ctx);
  // `ticket = ++last;`: numbers that are given out begin with one, so that zero can mean none.
  const auto *Next = dyn_cast_or_null<UnaryOperator>(peel(Value));
  bool Given = Next && Next->getOpcode() == UO_PreInc;
  auto K = Const || Given ? key(Left) : std::nullopt;
  return K ? std::optional(BranchFact{*K, Const.value_or(0), Const.has_value()}) : std::nullopt;
}

const Expr *FactKeys::mention(const VarDecl *V) {
  const Expr *&M = Mentions[V];
  if (!M)
    M = DeclRefExpr::Create(C.U.Ctx, {}, {}, const_cast<VarDecl *>(V), false, V->getLocation(), V->getType(),
                            VK_LValue);
  return M;
}

std::optional<BranchFact> FactKeys::initialised(const VarDecl *V) {
  if (!V->getInit() || !V->getType()->isScalarType())
    return std::nullopt;
  return assigned(mention(V), V->getInit());
}

std::optional<BranchFact> FactKeys::variable(const VarDecl *V, bool Value) {
  auto K = key(mention(V));
  return K ? std::optional(BranchFact{*K, 0, !Value}) : std::nullopt;
}

BranchFact FactKeys::holds(const VarDecl *Guard, bool Truth) {
  llvm::FoldingSetNodeID ID;
  ID.AddInteger(TestOfObject);
  mention(Guard)->Profile(ID, C.U.Ctx, /*Canonical=*/true);
  return {keyFor(ID, mention(Guard)), 0, !Truth};
}

bool FactKeys::mentions(unsigned Key, const ValueDecl *V) const { return llvm::is_contained(Info[Key].Mentions, V); }

} // namespace heddle

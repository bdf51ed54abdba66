#include "Uses.h"
#include "LibraryCode.h"
#include "MakeFacts.h"
#include "Unwrap.h"

#include "clang/Basic/Builtins.h"

using namespace clang;

namespace heddle {

namespace {

/// Walks one body with the path from the root to the current node.
class Collector {
public:
  Collector(const FunctionDecl *Body, llvm::function_ref<void(const ValueDecl *, Use)> Found)
      : Body(Body), Found(Found) {}

  void in(const Stmt *S) {
    if (!S)
      return;
    Path.push_back(S);
    if (const auto *L = dyn_cast<LambdaExpr>(S))
      lambda(L);
    else {
      if (const auto *DR = dyn_cast<DeclRefExpr>(S)) {
        if (isa<VarDecl, BindingDecl>(DR->getDecl()))
          mention(DR, DR->getDecl());
      } else if (const auto *M = dyn_cast<MemberExpr>(S))
        if (isa<FieldDecl, VarDecl>(M->getMemberDecl()))
          mention(M, M->getMemberDecl());
      if (const auto *R = dyn_cast<CXXForRangeStmt>(S))
        range(R);
      else if (const auto *I = dyn_cast<InitListExpr>(S); I && !I->isSemanticForm() && I->getSemanticForm())
        children(I->getSemanticForm()); // the same operands once more: written here, meant there
      else
        children(S);
    }
    Path.pop_back();
  }

  void initialiser(const CXXCtorInitializer *I) {
    if (!I->isWritten())
      return;
    if (const FieldDecl *F = I->getAnyMember())
      add(F, {.Does = Use::Assign, .Site = I->getInit(), .Value = I->getInit()});
    in(I->getInit());
  }

private:
  void children(const Stmt *S) {
    for (const Stmt *Child : S->children())
      in(Child);
  }
  void range(const CXXForRangeStmt *R) {
    in(R->getInit());
    in(R->getRangeStmt());
    in(R->getLoopVarStmt());
    in(R->getBody());
  }
  void lambda(const LambdaExpr *L) {
    for (unsigned I = 0; I != L->capture_size(); ++I) {
      const LambdaCapture &Cap = *(L->capture_begin() + I);
      if (L->isInitCapture(&Cap))
        in(*(L->capture_init_begin() + I));
      else if (Cap.capturesVariable()) {
        Use::Kind K = Cap.getCaptureKind() == LCK_ByRef ? Use::ByReference : Use::ByCopy;
        add(Cap.getCapturedVar(), {.Does = K, .Site = L, .Lambda = L});
      }
    }
    Lambdas.push_back(L);
    in(L->getBody());
    Lambdas.pop_back();
  }

  void add(const ValueDecl *D, Use X) {
    X.Body = Body;
    if (!X.Lambda && !Lambdas.empty())
      X.Lambda = Lambdas.back();
    Found(cast<ValueDecl>(D->getCanonicalDecl()), X);
  }

  void mention(const Expr *E, const ValueDecl *D) {
    Use X{.Mention = E};
    classify(X);
    if (!X.Site)
      X.Site = E;
    add(D, X);
  }

  /// Climbs from the mention to what is done with the object.
  void classify(Use &X) {
    for (unsigned I = Path.size() - 1; I-- > 0;) {
      const Stmt *Up = Path[I];
      const auto *From = dyn_cast<Expr>(Path[I + 1]);
      if (!From)
        return;
      if (isa<ParenExpr, FullExpr, MaterializeTemporaryExpr, CXXBindTemporaryExpr, ExplicitCastExpr>(Up)) {
        if (cast<Expr>(Up)->getType()->isVoidType())
          return;
        continue;
      }
      if (const auto *Cast = dyn_cast<ImplicitCastExpr>(Up)) {
        if (!goesThrough(*Cast, I, X))
          return;
        continue;
      }
      if (const auto *M = dyn_cast<MemberExpr>(Up)) {
        if (isa<FieldDecl>(M->getMemberDecl())) {
          reach(X, M->isArrow() ? Use::Behind : Use::Part);
          continue;
        }
        if (const auto *F = dyn_cast<CXXMethodDecl>(M->getMemberDecl()); F && I)
          called(X, F, Path[I - 1]);
        return;
      }
      if (const auto *A = dyn_cast<ArraySubscriptExpr>(Up)) {
        if (A->getBase() != From)
          return;
        continue; // how far it reaches was said where the array or pointer was taken
      }
      if (const auto *O = dyn_cast<UnaryOperator>(Up)) {
        if (O->getOpcode() == UO_Deref || O->getOpcode() == UO_Extension)
          continue;
        if (O->isIncrementDecrementOp())
          done(X, Use::Update, O);
        else if (O->getOpcode() == UO_AddrOf)
          done(X, Use::Address, O);
        return;
      }
      if (const auto *B = dyn_cast<BinaryOperator>(Up)) {
        if (B->isAssignmentOp() && B->getLHS() == From) {
          done(X, B->isCompoundAssignmentOp() ? Use::Update : Use::Assign, B);
          X.Value = B->getRHS();
        } else if (B->getOpcode() == BO_Comma && B->getRHS() == From)
          continue;
        return;
      }
      if (isa<ConditionalOperator>(Up) && cast<Expr>(Up)->isGLValue() &&
          cast<ConditionalOperator>(Up)->getCond() != From)
        continue;
      if (const auto *O = dyn_cast<CXXOperatorCallExpr>(Up)) {
        if (!operatorCall(X, *O, From))
          return;
        continue;
      }
      if (const auto *Call = dyn_cast<CallExpr>(Up)) {
        if (!argument(X, *Call, From))
          return;
        continue;
      }
      if (const auto *CE = dyn_cast<CXXConstructExpr>(Up)) {
        for (unsigned A = 0; A != CE->getNumArgs(); ++A)
          if (CE->getArg(A) == From && A < CE->getConstructor()->getNumParams())
            given(X, CE->getConstructor()->getParamDecl(A)->getType(), CE);
        return;
      }
      if (const auto *DS = dyn_cast<DeclStmt>(Up)) {
        for (const Decl *D : DS->decls())
          if (const auto *V = dyn_cast<VarDecl>(D); V && V->getInit() == From)
            given(X, V->getType(), DS);
        return;
      }
      if (isa<ReturnStmt>(Up))
        given(X, Lambdas.empty() ? Body->getReturnType() : Lambdas.back()->getCallOperator()->getReturnType(), Up);
      return;
    }
  }

  static void done(Use &X, Use::Kind K, const Stmt *Site) {
    X.Does = K;
    X.Site = Site;
  }
  static void reach(Use &X, Use::Extent E) {
    if (X.Of != Use::Behind)
      X.Of = E;
  }
  /// The object is bound to what has this type.
  static void given(Use &X, QualType T, const Stmt *Site) {
    if (T->isRValueReferenceType())
      done(X, Use::Move, Site);
    else if (T->isLValueReferenceType() && !T->getPointeeType().isConstQualified())
      done(X, Use::Address, Site);
  }
  /// Returns true if the object continues behind the cast, false if its value is taken.
  bool goesThrough(const ImplicitCastExpr &Cast, unsigned At, Use &X) const {
    switch (Cast.getCastKind()) {
    case CK_NoOp:
    case CK_DerivedToBase:
    case CK_UncheckedDerivedToBase:
      return true;
    case CK_ArrayToPointerDecay:
      if (!At || !isa<ArraySubscriptExpr>(Path[At - 1])) {
        done(X, Use::Address, &Cast);
        return false;
      }
      reach(X, Use::Part);
      return true;
    case CK_LValueToRValue: {
      if (!Cast.getType()->isPointerType())
        return false;
      while (At-- > 0)
        if (!isa<ParenExpr, ImplicitCastExpr>(Path[At]))
          break;
      const Stmt *Up = At < Path.size() ? Path[At] : nullptr;
      const auto *M = dyn_cast_or_null<MemberExpr>(Up);
      const auto *O = dyn_cast_or_null<UnaryOperator>(Up);
      if ((M && M->isArrow()) || (O && O->getOpcode() == UO_Deref) || isa_and_nonnull<ArraySubscriptExpr>(Up)) {
        X.Of = Use::Behind;
        return true;
      }
      return false;
    }
    default:
      return false;
    }
  }
  static void called(Use &X, const CXXMethodDecl *F, const Stmt *Site) {
    if (!F->isStatic())
      done(X, F->isConst() ? Use::Ask : Use::Mutate, Site);
  }
  /// Returns true if the object continues as the result of the operator.
  static bool operatorCall(Use &X, const CXXOperatorCallExpr &O, const Expr *From) {
    if (O.getNumArgs() == 0 || O.getArg(0) != From)
      return argument(X, O, From);
    switch (O.getOperator()) {
    case OO_Arrow:
    case OO_Star:
      if (O.getNumArgs() != 1)
        break;
      X.Of = Use::Behind;
      return true;
    case OO_Subscript:
      reach(X, Use::Part);
      return true;
    case OO_Equal:
      done(X, Use::Assign, &O);
      X.Value = O.getNumArgs() == 2 ? O.getArg(1) : nullptr;
      return false;
    case OO_PlusPlus:
    case OO_MinusMinus:
      done(X, Use::Update, &O);
      return false;
    default:
      if (O.isAssignmentOp()) {
        done(X, Use::Update, &O);
        X.Value = O.getNumArgs() == 2 ? O.getArg(1) : nullptr;
        return false;
      }
    }
    if (const auto *M = dyn_cast_or_null<CXXMethodDecl>(O.getDirectCallee()))
      called(X, M, &O);
    else
      return argument(X, O, From);
    return false;
  }
  /// Returns true if the object continues as the result of the call.
  static bool argument(Use &X, const CallExpr &Call, const Expr *From) {
    const FunctionDecl *F = Call.getDirectCallee();
    if (!F)
      return false;
    switch (F->getBuiltinID()) {
    case Builtin::BIas_const:
      return false;
    case Builtin::BImove:
    case Builtin::BIforward:
    case Builtin::BImove_if_noexcept:
      done(X, Use::Move, &Call);
      return false;
    default:
      break;
    }
    if (takesAddress(Call)) {
      done(X, Use::Address, &Call);
      return false;
    }
    unsigned First = firstArgument(Call);
    for (unsigned A = First; A != Call.getNumArgs() && A - First < F->getNumParams(); ++A)
      if (Call.getArg(A) == From)
        given(X, F->getParamDecl(A - First)->getType(), &Call);
    return false;
  }

  const FunctionDecl *Body;
  llvm::function_ref<void(const ValueDecl *, Use)> Found;
  llvm::SmallVector<const Stmt *, 32> Path;
  llvm::SmallVector<const LambdaExpr *, 4> Lambdas;
};

} // namespace

const Uses::Index &Uses::index(const Code &C) {
  auto [It, New] = Bodies.try_emplace(C.Fn);
  if (New) {
    Index &Of = It->second;
    auto Add = [&](const ValueDecl *D, Use X) { Of[D].push_back(X); };
    Collector Collect(C.Fn, Add);
    if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(C.Fn))
      for (const CXXCtorInitializer *I : Ctor->inits())
        Collect.initialiser(I);
    Collect.in(C.Fn->getBody());
  }
  return It->second;
}

Code *bodyOf(Unit &U, const Use &X) { return U.code(X.Lambda ? X.Lambda->getCallOperator() : X.Body); }

const CallExpr *callOn(const Code &C, const Use &X) {
  const auto *M = dyn_cast_or_null<MemberExpr>(X.Site);
  return dyn_cast_or_null<CallExpr>(M ? C.parent(M) : X.Site);
}

const FunctionDecl *libraryGiven(Unit &U, const Use &X) {
  const auto *Call = X.is(Use::Address) ? dyn_cast_or_null<CallExpr>(X.Site) : nullptr;
  const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
  return F && inLibrary(U, F->getLocation()) ? F : nullptr;
}

llvm::ArrayRef<Use> Uses::in(const Code &C, const ValueDecl *D) {
  const Index &Of = index(C);
  auto It = Of.find(cast<ValueDecl>(D->getCanonicalDecl()));
  return It == Of.end() ? llvm::ArrayRef<Use>() : llvm::ArrayRef<Use>(It->second);
}

const std::vector<Use> &Uses::everywhere(const ValueDecl *D) {
  if (!AllKnown) {
    AllKnown = true;
    for (const FunctionDecl *F : U.Functions) {
      // The body of a lambda counts where it is written.
      if (const auto *M = dyn_cast<CXXMethodDecl>(F); M && M->getParent()->isLambda())
        continue;
      if (const Code *C = U.code(F))
        for (const auto &[Of, Found] : index(*C))
          All[Of].insert(All[Of].end(), Found.begin(), Found.end());
    }
  }
  return All[cast<ValueDecl>(D->getCanonicalDecl())];
}

bool Uses::any(const Code &C, const ValueDecl *D, Use::Kinds K) {
  return llvm::any_of(in(C, D), [&](const Use &X) { return X.Of == Use::Itself && X.is(K); });
}

Uses::Uses(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<Uses>(Unit &);

} // namespace heddle

#include "Preconditions.h"
#include "CurrentThread.h"
#include "LibraryCode.h"
#include "Mentions.h"
#include "StateFlags.h"
#include "Unit.h"
#include "Unwrap.h"
#include "Uses.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/StmtCXX.h"

using namespace clang;

namespace heddle {

namespace {

constexpr unsigned MaxDepth = 8;

bool isLogicError(const CXXRecordDecl *RD, unsigned Depth = 0) {
  RD = RD ? RD->getDefinition() : nullptr;
  if (!RD || Depth > MaxDepth)
    return false;
  if (RD->isInStdNamespace() && RD->getIdentifier() && RD->getName() == "logic_error")
    return true;
  return llvm::any_of(RD->bases(), [&](const CXXBaseSpecifier &B) {
    return isLogicError(B.getType()->getAsCXXRecordDecl(), Depth + 1);
  });
}

/// The condition of the innermost branch in which the statement stands, or null.
const Expr *innermostCondition(const Code &C, const Stmt *At) {
  for (const Stmt *Child = At, *P = C.parent(At); P; Child = P, P = C.parent(P)) {
    if (const auto *If = dyn_cast<IfStmt>(P); If && Child != If->getCond() && Child != If->getInit())
      return If->getCond();
    if (const auto *X = dyn_cast<ConditionalOperator>(P); X && Child != X->getCond())
      return X->getCond();
  }
  return nullptr;
}

/// The pointer, smart pointer or function object, a member of this object or a parameter, that a condition asks for:
/// `!state_`, `state_ == nullptr`, `static_cast<bool>(state_)`.
const ValueDecl *askedHandle(const Code &C, const Expr *E) {
  for (;;) {
    E = unwrap(E);
    if (const auto *O = dyn_cast_or_null<UnaryOperator>(E); O && O->getOpcode() == UO_LNot)
      E = O->getSubExpr();
    else if (const auto *X = dyn_cast_or_null<ExplicitCastExpr>(E))
      E = X->getSubExpr();
    else if (const auto *B = dyn_cast_or_null<BinaryOperator>(E);
             B && B->isEqualityOp() && B->getRHS()->isNullPointerConstant(C.U.Ctx, Expr::NPC_ValueDependentIsNotNull))
      E = B->getLHS();
    else if (const auto *O = dyn_cast_or_null<CXXOperatorCallExpr>(E);
             O && O->getNumArgs() == 2 && (O->getOperator() == OO_EqualEqual || O->getOperator() == OO_ExclaimEqual) &&
             isa<CXXNullPtrLiteralExpr>(O->getArg(1)->IgnoreParenImpCasts()))
      E = O->getArg(0);
    else if (const auto *M = dyn_cast_or_null<CXXMemberCallExpr>(E);
             M && isa_and_nonnull<CXXConversionDecl>(M->getMethodDecl()))
      E = M->getImplicitObjectArgument();
    else
      break;
  }
  const ValueDecl *D = thisField(E);
  if (const auto *DR = dyn_cast_or_null<DeclRefExpr>(E))
    D = dyn_cast<ParmVarDecl>(DR->getDecl());
  if (!D)
    return nullptr;
  const CXXRecordDecl *RD = D->getType().getNonReferenceType()->getAsCXXRecordDecl();
  bool Error = RD && RD->getIdentifier() && RD->getName() == "exception_ptr";
  return Error || C.U.leads(D->getType()) || C.U.role(D->getType()) == Role::Function ? D : nullptr;
}

bool assigns(const Code &C, const ValueDecl *F) {
  return mentions(C.Fn->getBody(), [&](const Stmt *S) {
    const auto *B = dyn_cast<BinaryOperator>(S);
    const auto *O = dyn_cast<CXXOperatorCallExpr>(S);
    const Expr *Left = B && B->isAssignmentOp()                      ? B->getLHS()
                       : O && O->isAssignmentOp() && O->getNumArgs() ? O->getArg(0)
                                                                     : nullptr;
    return Left && mentions(Left, F);
  });
}

/// What an expression is made of: parameters of the body, and whether of anything else that is not fixed.
class Sources {
public:
  explicit Sources(const Code &C) : C(C) {}
  llvm::SmallVector<const ParmVarDecl *, 2> Parameters;

  /// False: something else has a say.
  bool add(const Stmt *S, unsigned Depth = 0) {
    if (!S)
      return true;
    if (isa<CXXThisExpr, LambdaExpr, CXXNewExpr>(S))
      return false;
    if (const auto *DR = dyn_cast<DeclRefExpr>(S))
      return named(DR->getDecl(), Depth);
    if (const auto *Call = dyn_cast<CallExpr>(S)) {
      const FunctionDecl *F = Call->getDirectCallee();
      if (!F || !(F->isConstexpr() || isLibrary(F)))
        return false;
    }
    if (const auto *CE = dyn_cast<CXXConstructExpr>(S);
        CE && !CE->getConstructor()->isConstexpr() && !isData(CE->getType()))
      return false;
    return llvm::all_of(S->children(), [&](const Stmt *X) { return add(X, Depth); });
  }

private:
  const Code &C;
  llvm::SmallPtrSet<const ValueDecl *, 4> Seen;

  /// A function of the C++ library looks at what it is given, but for those in namespaces of their own (files, clocks).
  static bool isLibrary(const FunctionDecl *F) {
    const auto *M = dyn_cast<CXXMethodDecl>(F);
    return M ? M->getParent()->isInStdNamespace() : F->isInStdNamespace() && !F->isExternC();
  }

  /// Text and containers hold what they are given; files and futures bring something in.
  bool isData(QualType T) const {
    const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
    if (!RD || !RD->isInStdNamespace() || !RD->getIdentifier())
      return false;
    return C.U.role(T) == Role::Container ||
           llvm::is_contained({"basic_string", "basic_string_view", "basic_regex", "match_results", "sub_match",
                               "basic_istringstream", "basic_stringstream", "pair", "tuple", "optional", "allocator"},
                              RD->getName());
  }

  bool named(const ValueDecl *D, unsigned Depth) {
    const auto *V = dyn_cast<VarDecl>(D);
    if (!V)
      return isa<EnumConstantDecl, FunctionDecl>(D);
    if (const auto *P = dyn_cast<ParmVarDecl>(V)) {
      if (P->getDeclContext() != static_cast<const DeclContext *>(C.Fn))
        return false;
      if (!llvm::is_contained(Parameters, P))
        Parameters.push_back(P);
      return true;
    }
    if (!V->hasLocalStorage())
      return V->getType().isConstQualified() || V->isConstexpr();
    if (!Seen.insert(V).second)
      return true;
    if (Depth > MaxDepth)
      return false;
    if (V->isCXXForRangeDecl() || (V->getInit() && !add(V->getInit(), Depth + 1)))
      return false;
    return writers(C.Fn->getBody(), V, Depth);
  }

  /// Returns true if everything that may be written to the local is made of the same.
  bool writers(const Stmt *S, const VarDecl *V, unsigned Depth) {
    if (!S || isa<LambdaExpr>(S))
      return !S || !mentions(S, V);
    bool Writes = false;
    if (const auto *B = dyn_cast<BinaryOperator>(S))
      Writes = B->isAssignmentOp() && mentions(B->getLHS(), V);
    else if (const auto *O = dyn_cast<UnaryOperator>(S))
      Writes = (O->isIncrementDecrementOp() || O->getOpcode() == UO_AddrOf) && mentions(O->getSubExpr(), V);
    else if (const auto *Call = dyn_cast<CallExpr>(S))
      Writes = llvm::any_of(Call->children(), [&](const Stmt *X) {
        const auto *E = dyn_cast_or_null<Expr>(X);
        const auto *DR = E ? dyn_cast<DeclRefExpr>(E->IgnoreParens()) : nullptr;
        return DR && DR->getDecl() == V && !DR->getType().isConstQualified();
      });
    if (Writes && !add(S, Depth + 1))
      return false;
    return llvm::all_of(S->children(), [&](const Stmt *X) { return writers(X, V, Depth); });
  }
};

bool isConstant(const Code &C, const Stmt *S, llvm::SmallPtrSetImpl<const ValueDecl *> &Seen) {
  if (!S || isa<LambdaExpr>(S))
    return true; // a callable is no data
  if (isa<CXXThisExpr, CXXNewExpr>(S))
    return false;
  if (const auto *A = dyn_cast<CXXDefaultArgExpr>(S))
    return isConstant(C, A->getExpr(), Seen);
  if (const auto *Call = dyn_cast<CallExpr>(S)) {
    const FunctionDecl *F = Call->getDirectCallee();
    if (!F || !(F->isConstexpr() || F->isInStdNamespace() ||
                (isa<CXXMethodDecl>(F) && cast<CXXMethodDecl>(F)->getParent()->isInStdNamespace())))
      return false;
  }
  if (const auto *DR = dyn_cast<DeclRefExpr>(S)) {
    const auto *V = dyn_cast<VarDecl>(DR->getDecl());
    if (!V)
      return isa<EnumConstantDecl, FunctionDecl>(DR->getDecl());
    if (isa<ParmVarDecl>(V))
      return false;
    if (!V->hasLocalStorage())
      return V->isConstexpr() || (V->getType().isConstQualified() && V->getInit() && isConstant(C, V->getInit(), Seen));
    if (!Seen.insert(V).second)
      return true;
    if (V->isCXXForRangeDecl() || (V->getInit() && !isConstant(C, V->getInit(), Seen)))
      return false;
    // `Options options; options.size = 16;`: whatever is written into it has to be constant as well.
    struct Writers {
      const Code &C;
      const VarDecl *V;
      llvm::SmallPtrSetImpl<const ValueDecl *> &Seen;
      bool constant(const Stmt *X) {
        if (!X)
          return true;
        const auto *B = dyn_cast<BinaryOperator>(X);
        const auto *O = dyn_cast<CXXOperatorCallExpr>(X);
        const auto *U = dyn_cast<UnaryOperator>(X);
        const auto *M = dyn_cast<CXXMemberCallExpr>(X);
        if (B && B->isAssignmentOp() && mentions(B->getLHS(), V) && !isConstant(C, B->getRHS(), Seen))
          return false;
        if (O && O->isAssignmentOp() && O->getNumArgs() == 2 && mentions(O->getArg(0), V) &&
            !isConstant(C, O->getArg(1), Seen))
          return false;
        if (U && (U->isIncrementDecrementOp() || U->getOpcode() == UO_AddrOf) && mentions(U->getSubExpr(), V))
          return false;
        if (M && M->getMethodDecl() && !M->getMethodDecl()->isConst() && mentions(M->getImplicitObjectArgument(), V) &&
            !llvm::all_of(M->arguments(), [&](const Expr *A) { return isConstant(C, A, Seen); }))
          return false;
        // `std::getline(in, line)`, `take(job)`: what is given by reference comes back with something else.
        if (const auto *Call = dyn_cast<CallExpr>(X); Call && Call->getDirectCallee()) {
          const FunctionDecl *F = Call->getDirectCallee();
          unsigned Skip = isa<CXXOperatorCallExpr>(Call) && isa<CXXMethodDecl>(F) ? 1 : 0;
          for (unsigned I = Skip; I < Call->getNumArgs() && I - Skip < F->getNumParams(); ++I) {
            QualType T = F->getParamDecl(I - Skip)->getType();
            if (T->isLValueReferenceType() && !T->getPointeeType().isConstQualified() && mentions(Call->getArg(I), V))
              return false;
          }
        }
        return llvm::all_of(X->children(), [&](const Stmt *Y) { return constant(Y); });
      }
    };
    return Writers{C, V, Seen}.constant(C.Fn->getBody());
  }
  return llvm::all_of(S->children(), [&](const Stmt *X) { return isConstant(C, X, Seen); });
}

/// Returns true if the condition asks for members of this object alone, or for the current thread.
bool asksForState(const Code &C, const Stmt *S) {
  return !mentions(S, [&](const Stmt *X) {
    if (const auto *DR = dyn_cast<DeclRefExpr>(X))
      if (const auto *V = dyn_cast<VarDecl>(DR->getDecl()))
        return V->hasLocalStorage() || !V->getType().isConstQualified();
    const auto *Call = dyn_cast<CallExpr>(X);
    const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
    if (!Call)
      return false;
    const auto *M = dyn_cast_or_null<CXXMethodDecl>(F);
    bool Looks = M && (M->isConst() || M->getParent()->isInStdNamespace());
    return !Looks && !(F && F->isInStdNamespace()) &&
           !(F && F->getDeclContext()->isNamespace() && F->getNumParams() == 0 && inLibrary(C.U, F->getLocation()));
  });
}

/// Returns true if a body gives the member what a function of C yields, which fails with null, and does not look at it:
/// `file_(std::fopen(path, "r"))`. Then a later test is the first to learn of the failure.
bool mayHaveFailed(Unit &U, const ValueDecl *D) {
  const auto *F = dyn_cast<FieldDecl>(D);
  return F && llvm::any_of(U.get<Uses>().everywhere(F), [&](const Use &X) {
           bool OfC = X.is(Use::Assign) && X.Of == Use::Itself && X.Value &&
                      anyOf<CallExpr>(X.Value, Walk::NoLambdas, [&](const CallExpr *Call) {
                        const FunctionDecl *Callee = Call->getDirectCallee();
                        return Callee && Callee->isExternC() && !U.visible(Callee) && Call->getType()->isPointerType();
                      });
           Code *In = OfC ? bodyOf(U, X) : nullptr;
           return In && llvm::none_of(U.get<Uses>().in(*In, F),
                                      [](const Use &Other) { return Other.is(Use::Read | Use::Ask); });
         });
}

} // namespace

bool isPrecondition(const Code &C, const CXXThrowExpr *Throw, const CXXRecordDecl *Class) {
  const Expr *Cond = innermostCondition(C, Throw);
  if (!Cond)
    return false;
  // What leads nowhere was moved from, or never given anything; of an argument the class says whose mistake that is.
  if (const ValueDecl *D = askedHandle(C, Cond);
      D && !assigns(C, D) && !mayHaveFailed(C.U, D) && (isa<FieldDecl>(D) || isLogicError(Class)))
    return true;
  if (isLogicError(Class) && asksForState(C, Cond))
    return true;
  // Nobody closes the queue.
  if (auto &Flags = C.U.get<StateFlags>(); Flags.isNever(Flags.asked(C, Cond)))
    return true;
  // `if (!isInLoopThread()) throw …`
  if (Cond->getType()->isBooleanType() && asksForThread(C, Cond))
    return true;
  return mentions(Cond, [](const Stmt *S) {
    const auto *Call = dyn_cast<CallExpr>(S);
    const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
    return F && F->getIdentifier() && F->getName() == "max_size" && F->getNumParams() == 0;
  });
}

std::optional<llvm::SmallVector<const ParmVarDecl *, 2>> decidedByParameters(const Code &C, const Stmt *At) {
  Sources From(C);
  for (const Stmt *Child = At, *P = C.parent(At); P; Child = P, P = C.parent(P)) {
    const Expr *Cond = nullptr;
    if (const auto *If = dyn_cast<IfStmt>(P))
      Cond = If->getCond();
    else if (const auto *X = dyn_cast<ConditionalOperator>(P))
      Cond = X->getCond();
    else if (const auto *Switch = dyn_cast<SwitchStmt>(P))
      Cond = Switch->getCond();
    else if (isa<CXXForRangeStmt, CXXTryStmt, CXXCatchStmt>(P))
      return std::nullopt;
    if (Cond && Cond != Child && !From.add(Cond))
      return std::nullopt;
  }
  return From.Parameters.empty() ? std::nullopt : std::optional(From.Parameters);
}

std::optional<llvm::SmallVector<const ParmVarDecl *, 2>> madeOfParameters(const Code &C, const Expr *E) {
  Sources From(C);
  return From.add(E) ? std::optional(From.Parameters) : std::nullopt;
}

bool isConstantData(const Code &C, const Expr *E) {
  llvm::SmallPtrSet<const ValueDecl *, 4> Seen;
  return isConstant(C, E, Seen);
}

} // namespace heddle

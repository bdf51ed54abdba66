#include "Primitives.h"
#include "flow/Unit.h"
#include "flow/Unwrap.h"
#include "support/AstVisitor.h"

using namespace clang;

namespace heddle::primitives {

namespace {

/// The field through which a member raises a flag of its own object or of state that it shares, or null.
const FieldDecl *raisesFlag(Unit &U, const CXXMethodDecl *M, bool To = true) {
  Code *C = U.code(M);
  if (!C)
    return nullptr;
  struct Reader : AstVisitor {
    const Code &C;
    bool To;
    const FieldDecl *Through = nullptr;
    Reader(const Code &C, bool To) : C(C), To(To) {}
    bool TraverseLambdaExpr(const LambdaExpr *) override { return true; }
    void raised(const Expr *L, const Expr *Value) {
      const auto *B = dyn_cast<CXXBoolLiteralExpr>(bare(Value));
      if (!B || B->getValue() != To)
        return;
      auto P = C.place(L);
      if (P && P->This && !P->Element && !P->Path.empty() && P->Path.size() <= 2)
        Through = P->Path.front();
    }
    bool VisitBinaryOperator(const BinaryOperator *B) override {
      if (B->getOpcode() == BO_Assign)
        raised(B->getLHS(), B->getRHS());
      return true;
    }
    bool VisitCXXOperatorCallExpr(const CXXOperatorCallExpr *O) override {
      if (O->getOperator() == OO_Equal && O->getNumArgs() == 2)
        raised(O->getArg(0), O->getArg(1));
      return true;
    }
    bool VisitCXXMemberCallExpr(const CXXMemberCallExpr *Call) override {
      const Expr *Obj = Call->getImplicitObjectArgument();
      if (Obj && Call->getNumArgs() >= 1 && C.U.role(Obj->getType()) == Role::Atomic)
        raised(Obj, Call->getArg(0));
      return true;
    }
  } R(*C, To);
  R.TraverseStmt(C->Fn->getBody());
  return R.Through;
}

} // namespace

/// One member sets a flag permanently, another hands out an object of another class that sees it.
ModelPtr stopSource(ModelDraft &Draft, const CXXRecordDecl *RD) {
  llvm::SmallVector<const CXXMethodDecl *, 2> Cancels, Tokens;
  const FieldDecl *Flag = nullptr;
  for (const CXXMethodDecl *M : RD->methods()) {
    if (M->isStatic() || M->getNumParams() || isa<CXXConstructorDecl>(M) || isa<CXXDestructorDecl>(M) ||
        M->isOverloadedOperator() || isa<CXXConversionDecl>(M))
      continue;
    QualType R = M->getReturnType();
    if (R->isVoidType() || R->isBooleanType()) {
      if (const FieldDecl *F = M->isConst() && R->isBooleanType() ? nullptr : raisesFlag(Draft.U, M)) {
        Flag = F;
        Cancels.push_back(M);
      }
    } else if (const CXXRecordDecl *T = R->getAsCXXRecordDecl();
               T && T->hasDefinition() && T != RD && !R->isReferenceType() && Draft.U.Models.type(T) == nullptr) {
      if (llvm::any_of(T->methods(), [](const CXXMethodDecl *X) {
            return X->getReturnType()->isBooleanType() && X->getNumParams() == 0 && X->isConst();
          }))
        Tokens.push_back(M);
    }
  }
  if (Cancels.empty() || Tokens.empty())
    return nullptr;
  for (const CXXMethodDecl *M : RD->methods())
    if (raisesFlag(Draft.U, M, /*To=*/false))
      return nullptr; // it can be taken back: a state, not a stop
  // The token must share the flag: it is made from the field through which the flag is raised, or from the object.
  llvm::erase_if(Tokens, [&](const CXXMethodDecl *M) {
    Code *C = Draft.U.code(M);
    if (!C)
      return true;
    struct Shares : AstVisitor {
      const FieldDecl *Flag;
      bool Found = false;
      explicit Shares(const FieldDecl *F) : Flag(F) {}
      bool VisitMemberExpr(const MemberExpr *E) override {
        Found |= E->getMemberDecl()->getCanonicalDecl() == Flag->getCanonicalDecl();
        return true;
      }
    } S(Flag);
    S.TraverseStmt(C->Fn->getBody());
    return !S.Found;
  });
  if (Tokens.empty())
    return nullptr;
  for (const CXXMethodDecl *M : Cancels)
    Draft.act(M, Op::Cancel);
  for (const CXXMethodDecl *M : Tokens)
    Draft.act(M, Op::GetToken);
  const CXXDestructorDecl *D = RD->getDestructor();
  bool EndsIt = false;
  if (Code *C = D ? Draft.U.code(D) : nullptr) {
    EndsIt = raisesFlag(Draft.U, D) != nullptr;
    for (const Event &E : C->Events)
      EndsIt |= E.Kind == Op::Call && llvm::is_contained(Cancels, dyn_cast_or_null<CXXMethodDecl>(E.Callee));
  } else if (D && D->isUserProvided())
    EndsIt = true; // it is not visible
  return makeModel(EndsIt ? Role::CancelScope : Role::StopSource);
}

} // namespace heddle::primitives

#include "Expressions.h"
#include "Unwrap.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/Builtins.h"

using namespace clang;

namespace heddle {

const Expr *strip(const Expr *E) {
  while (E) {
    const Expr *Was = E;
    E = unwrap(E);
    if (const auto *X = dyn_cast<ExplicitCastExpr>(E))
      E = X->getSubExpr();
    else if (const auto *X = dyn_cast<SubstNonTypeTemplateParmExpr>(E))
      E = X->getReplacement();
    else if (const auto *X = dyn_cast<CXXDefaultArgExpr>(E))
      E = X->getExpr();
    else if (const auto *X = dyn_cast<InitListExpr>(E); X && X->getNumInits() == 1 && !X->getType()->isRecordType())
      E = X->getInit(0); // of a class it is a new object, not the one that it is made from
    if (E == Was)
      return E;
  }
  return E;
}

const Expr *uncopied(const Expr *E) {
  E = strip(E);
  const auto *CE = dyn_cast_or_null<CXXConstructExpr>(E);
  return CE && CE->getNumArgs() == 1 && CE->getConstructor()->isCopyOrMoveConstructor() ? strip(CE->getArg(0)) : E;
}

bool isForwarded(const FunctionDecl *F, unsigned I) {
  const FunctionDecl *Pattern = F->getTemplateInstantiationPattern();
  if (!Pattern || Pattern->param_empty())
    return false;
  QualType T = Pattern->getParamDecl(std::min(I, Pattern->getNumParams() - 1))->getType();
  if (const auto *Pack = T->getAs<PackExpansionType>())
    T = Pack->getPattern();
  return T->isRValueReferenceType() && T->getPointeeType()->isTemplateTypeParmType() &&
         !T->getPointeeType().hasQualifiers();
}

bool passesThrough(const FunctionDecl *F) {
  if (F->getNumParams() == 1 && F->getIdentifier() && (F->getName() == "ref" || F->getName() == "cref"))
    if (isReferenceWrapper(F->getReturnType()))
      return true;
  switch (F->getBuiltinID()) {
  case Builtin::BImove:
  case Builtin::BImove_if_noexcept:
  case Builtin::BIforward:
  case Builtin::BIas_const:
  case Builtin::BIaddressof:
  case Builtin::BI__addressof:
    return true;
  default:
    return false;
  }
}

bool isMove(const Expr *E) {
  E = E->IgnoreParenImpCasts();
  const auto *C = dyn_cast<CallExpr>(E);
  const FunctionDecl *F = C ? C->getDirectCallee() : nullptr;
  // What is forwarded as an lvalue is copied.
  return F && (F->getBuiltinID() == Builtin::BImove || (F->getBuiltinID() == Builtin::BIforward && !C->isLValue()));
}

std::optional<std::int64_t> constantInteger(const Expr *E, const ASTContext &Ctx) {
  Expr::EvalResult R;
  if (!E || E->isValueDependent() || !E->getType()->isIntegralOrEnumerationType() || !E->EvaluateAsInt(R, Ctx))
    return std::nullopt;
  return R.Val.getInt().tryExtValue();
}

const CXXRecordDecl *recordBehind(QualType T) {
  T = T.getNonReferenceType();
  if (const auto *P = T->getAs<PointerType>())
    T = P->getPointeeType();
  return T->getAsCXXRecordDecl();
}

bool isFollowed(Role R) {
  switch (R) {
  case Role::None:
  case Role::SmartPointer:
  case Role::WeakPointer:
  case Role::Container:
  case Role::Function:
  case Role::DeferTag:
  case Role::AdoptTag:
  case Role::TryTag:
  case Role::Atomic:
    return false;
  default:
    return true;
  }
}

} // namespace heddle

#include "ConstantDuration.h"
#include "Unwrap.h"
#include "Uses.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;

namespace heddle {

std::optional<double> constantSeconds(const Expr *E, const ASTContext &Ctx) {
  const auto *Spec =
      dyn_cast_or_null<ClassTemplateSpecializationDecl>(E->getType().getNonReferenceType()->getAsCXXRecordDecl());
  if (!Spec || Spec->getTemplateArgs().size() != 2 || Spec->getTemplateArgs()[1].getKind() != TemplateArgument::Type)
    return std::nullopt;
  const auto *Ratio =
      dyn_cast_or_null<ClassTemplateSpecializationDecl>(Spec->getTemplateArgs()[1].getAsType()->getAsCXXRecordDecl());
  if (!Ratio || Ratio->getTemplateArgs().size() != 2 ||
      Ratio->getTemplateArgs()[0].getKind() != TemplateArgument::Integral)
    return std::nullopt;
  double Unit = double(Ratio->getTemplateArgs()[0].getAsIntegral().getExtValue()) /
                double(Ratio->getTemplateArgs()[1].getAsIntegral().getExtValue());
  Expr::EvalResult Value;
  if (E->isValueDependent() || !E->getType()->isLiteralType(Ctx) || !E->EvaluateAsRValue(Value, Ctx) ||
      !Value.Val.isStruct() || Value.Val.getStructNumFields() != 1)
    return std::nullopt;
  const APValue &Count = Value.Val.getStructField(0);
  if (Count.isInt())
    return double(Count.getInt().getExtValue()) * Unit;
  return Count.isFloat() ? std::optional(Count.getFloat().convertToDouble() * Unit) : std::nullopt;
}

const Expr *constantDuration(const Code &C, const Expr *E, llvm::function_ref<bool(double)> Fits) {
  auto Is = [&](const Expr *X) {
    auto Seconds = X ? constantSeconds(X, C.U.Ctx) : std::nullopt;
    return Seconds && Fits(*Seconds);
  };
  if (Is(E))
    return E;
  const Expr *Named = unwrap(E);
  if (const auto *CE = dyn_cast<CXXConstructExpr>(Named); CE && CE->getNumArgs() >= 1) { // a conversion
    if (Is(CE->getArg(0)))
      return CE->getArg(0);
    Named = unwrap(CE->getArg(0));
  }
  const auto *DR = dyn_cast<DeclRefExpr>(Named);
  const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
  if (!V || !V->hasLocalStorage())
    return nullptr;
  const auto *P = dyn_cast<ParmVarDecl>(V);
  const Expr *Init =
      P ? (P->hasDefaultArg() && !P->hasUninstantiatedDefaultArg() && !P->hasUnparsedDefaultArg() ? P->getDefaultArg()
                                                                                                  : nullptr)
        : V->getInit();
  if (Is(Init))
    return Init;
  for (const Use &X : C.U.get<Uses>().in(C, V))
    if (Is(X.Value))
      return X.Value;
  return nullptr;
}

} // namespace heddle

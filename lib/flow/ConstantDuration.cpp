#include "ConstantDuration.h"
#include "Calls.h"
#include "Mentions.h"
#include "Unwrap.h"
#include "Uses.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;

namespace heddle {

bool isDuration(QualType T) {
  const auto *RD = T.getNonReferenceType()->getAsCXXRecordDecl();
  return RD && RD->getIdentifier() && RD->getName().equals_insensitive("duration");
}

bool isTime(QualType T) {
  const auto *RD = T.getNonReferenceType()->getAsCXXRecordDecl();
  return isDuration(T) || (RD && RD->getIdentifier() && RD->getName() == "time_point");
}

std::optional<double> durationUnit(QualType T) {
  const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(T.getNonReferenceType()->getAsCXXRecordDecl());
  if (!Spec || Spec->getTemplateArgs().size() != 2 || Spec->getTemplateArgs()[1].getKind() != TemplateArgument::Type)
    return std::nullopt;
  const auto *Ratio =
      dyn_cast_or_null<ClassTemplateSpecializationDecl>(Spec->getTemplateArgs()[1].getAsType()->getAsCXXRecordDecl());
  if (!Ratio || Ratio->getTemplateArgs().size() != 2 ||
      Ratio->getTemplateArgs()[0].getKind() != TemplateArgument::Integral)
    return std::nullopt;
  return double(Ratio->getTemplateArgs()[0].getAsIntegral().getExtValue()) /
         double(Ratio->getTemplateArgs()[1].getAsIntegral().getExtValue());
}

std::optional<double> constantSeconds(const Expr *E, const ASTContext &Ctx) {
  auto Unit = durationUnit(E->getType());
  if (!Unit)
    return std::nullopt;
  Expr::EvalResult Value;
  if (E->isValueDependent() || !E->getType()->isLiteralType(Ctx) || !E->EvaluateAsRValue(Value, Ctx) ||
      !Value.Val.isStruct() || Value.Val.getStructNumFields() != 1)
    return std::nullopt;
  const APValue &Count = Value.Val.getStructField(0);
  if (Count.isInt())
    return double(Count.getInt().getExtValue()) * *Unit;
  return Count.isFloat() ? std::optional(Count.getFloat().convertToDouble() * *Unit) : std::nullopt;
}

namespace {

constexpr unsigned MaxDepth = 3;

struct Finder {
  llvm::function_ref<bool(double)> Fits;

  bool is(const Code &C, const Expr *X) const {
    auto Seconds = X ? constantSeconds(X, C.U.Ctx) : std::nullopt;
    return Seconds && Fits(*Seconds);
  }

  const Expr *find(const Code &C, const Expr *E, unsigned Depth) const {
    if (!E || is(C, E))
      return E;
    const Expr *X = unwrap(E);
    if (const auto *CE = dyn_cast<CXXConstructExpr>(X)) // a copy, a conversion
      return CE->getNumArgs() ? find(C, CE->getArg(0), Depth) : nullptr;
    if (const auto *Choice = dyn_cast<ConditionalOperator>(X)) {
      const Expr *Found = find(C, Choice->getTrueExpr(), Depth);
      return Found ? Found : find(C, Choice->getFalseExpr(), Depth);
    }
    if (const auto *Call = dyn_cast<CallExpr>(X))
      return Depth < MaxDepth ? returned(C, Call, Depth + 1) : nullptr;
    if (const auto *M = dyn_cast<MemberExpr>(X))
      return ofMember(C, dyn_cast<FieldDecl>(M->getMemberDecl()));
    const auto *DR = dyn_cast<DeclRefExpr>(X);
    const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
    return V && V->hasLocalStorage() ? ofVariable(C, V, Depth) : nullptr;
  }

  const Expr *ofVariable(const Code &C, const VarDecl *V, unsigned Depth) const {
    const auto *P = dyn_cast<ParmVarDecl>(V);
    if (!P && is(C, V->getInit()))
      return V->getInit();
    for (const Use &X : C.U.get<Uses>().in(C, V))
      if (is(C, X.Value))
        return X.Value;
    if (!P)
      return V->getInit() ? find(C, V->getInit(), Depth) : nullptr;
    if (P->hasDefaultArg() && !P->hasUninstantiatedDefaultArg() && !P->hasUnparsedDefaultArg() &&
        is(C, P->getDefaultArg()))
      return P->getDefaultArg();
    if (Depth < MaxDepth && !C.isModified(P))
      for (const CallEdge &Up : C.U.get<Calls>().callers(C.Fn))
        if (const Expr *Given = Up.argument(P))
          if (const Expr *Found = find(*Up.In, Given, Depth + 1))
            return Found;
    return nullptr;
  }

  /// The default of a member: what it is where nobody sets it, as in `struct Options { milliseconds patience = …; };`.
  const Expr *ofMember(const Code &C, const FieldDecl *F) const {
    if (!F)
      return nullptr;
    if (const Expr *Default = F->hasInClassInitializer() ? F->getInClassInitializer() : nullptr; is(C, Default))
      return Default;
    for (const Use &X : C.U.get<Uses>().everywhere(F))
      if (X.Of == Use::Itself && is(C, X.Value))
        return X.Value;
    return nullptr;
  }

  /// Of a virtual function the body that is seen, if there is one alone.
  const Expr *returned(const Code &C, const CallExpr *Call, unsigned Depth) const {
    const FunctionDecl *F = Call->getDirectCallee();
    if (const auto *M = dyn_cast_or_null<CXXMethodDecl>(F); M && M->isVirtual()) {
      auto By = C.U.get<Calls>().overriders(M);
      if (M->isPureVirtual() ? By.size() != 1 : !By.empty())
        return nullptr;
      if (M->isPureVirtual())
        F = By.front();
    }
    F = C.U.visible(F);
    const Code *Inner = F && F != C.Fn ? C.U.code(F) : nullptr;
    for (const ReturnStmt *R : Inner ? returnsIn(F->getBody()) : llvm::SmallVector<const ReturnStmt *, 4>())
      if (const Expr *Found = find(*Inner, R->getRetValue(), Depth))
        return Found;
    return nullptr;
  }
};

} // namespace

const Expr *constantDuration(const Code &C, const Expr *E, llvm::function_ref<bool(double)> Fits) {
  return Finder{Fits}.find(C, E, 0);
}

} // namespace heddle

#include "detectors.h"
#include "flow/Calls.h"
#include "flow/LibraryCode.h"
#include "flow/Mentions.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace clang;

namespace heddle {

const CallExpr *initialCall(const Expr *Init) {
  if (!Init)
    return nullptr;
  Init = Init->IgnoreUnlessSpelledInSource();
  if (const auto *C = dyn_cast<CXXConstructExpr>(Init); C && C->getNumArgs() == 1)
    Init = C->getArg(0)->IgnoreUnlessSpelledInSource();
  return dyn_cast<CallExpr>(Init);
}

namespace {

/// `flag = true`, `flag.store(true)`, `flag.exchange(true)`
bool raisesFlag(const Stmt *S) {
  auto IsTrue = [](const Expr *E) {
    const auto *B = dyn_cast<CXXBoolLiteralExpr>(E->IgnoreParenImpCasts());
    return B && B->getValue();
  };
  if (const auto *B = dyn_cast<BinaryOperator>(S))
    return B->getOpcode() == BO_Assign && IsTrue(B->getRHS());
  const auto *Call = dyn_cast<CallExpr>(S);
  return Call && llvm::any_of(Call->arguments(), IsTrue);
}

/// Returns true if calling it ends a context: requests a stop, or sets a flag.
bool endsSomething(Unit &U, const FunctionDecl *F) {
  return llvm::any_of(U.get<Calls>().behind(F), [](const Code *C) {
    return llvm::any_of(C->Events, [](const Event &E) { return E.Kind == Op::Cancel || E.Kind == Op::Close; }) ||
           anyOf<Stmt>(C->Fn->getBody(), raisesFlag);
  });
}

bool isNullaryCallable(Unit &U, QualType T) {
  if (U.role(T) != Role::Function)
    return false;
  const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(U.pointee(T)->getAsCXXRecordDecl());
  if (!Spec || Spec->getTemplateArgs().size() == 0 || Spec->getTemplateArgs()[0].getKind() != TemplateArgument::Type)
    return false;
  const auto *F = Spec->getTemplateArgs()[0].getAsType()->getAs<FunctionProtoType>();
  return F && F->getNumParams() == 0 && F->getReturnType()->isVoidType();
}

/// Returns true if an object of this type can be asked whether it is stopped. Text, numbers and containers cannot.
bool canEnd(Unit &U, QualType T) {
  Role R = U.role(T);
  if (R == Role::Context || R == Role::StopToken)
    return true;
  const CXXRecordDecl *RD = U.pointee(T)->getAsCXXRecordDecl();
  if (!RD || !RD->hasDefinition() || inLibrary(U, RD->getLocation()))
    return false;
  return llvm::any_of(RD->methods(), [&](const CXXMethodDecl *M) {
    return M->getNumParams() == 0 && M->getAccess() == AS_public &&
           (M->getReturnType()->isBooleanType() ? M->isConst() : U.role(M->getReturnType()) == Role::StopToken);
  });
}

/// Returns true if the function returns an object like its parameter beside this part.
bool returnsAnotherOf(const ASTContext &Ctx, const FunctionDecl *F, const ValueDecl *Part, QualType T) {
  const CXXRecordDecl *RD = F->getReturnType()->getAsCXXRecordDecl();
  auto Same = [&](QualType X) { return Ctx.hasSameUnqualifiedType(X, T); };
  if (!RD || !RD->hasDefinition())
    return false;
  if (llvm::any_of(RD->fields(), [&](const FieldDecl *Fd) { return Fd != Part && Same(Fd->getType()); }))
    return true;
  const auto *Spec = dyn_cast<ClassTemplateSpecializationDecl>(RD);
  return Spec && llvm::any_of(Spec->getTemplateArgs().asArray(), [&](const TemplateArgument &A) {
           return A.getKind() == TemplateArgument::Type && Same(A.getAsType());
         });
}

} // namespace

bool isHandle(Unit &U, const CallExpr *Call, const ValueDecl *Part, QualType T) {
  if (endsAContext(U.role(T)))
    return true;
  if (!isNullaryCallable(U, T))
    return false;
  // It makes the handle itself, or hands on the result of what does.
  llvm::SmallPtrSet<const FunctionDecl *, 4> Seen;
  while (const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr) {
    const FunctionDecl *Def = U.visible(F);
    if (!Def)
      return llvm::any_of(F->parameters(), [&](const ParmVarDecl *P) {
        QualType PT = P->getType().getNonReferenceType().getUnqualifiedType();
        return !PT->isScalarType() && canEnd(U, PT) && returnsAnotherOf(U.Ctx, F, Part, PT);
      });
    if (!Seen.insert(Def).second)
      return false;
    if (anyOf<LambdaExpr>(Def->getBody(), [&](const LambdaExpr *L) { return endsSomething(U, L->getCallOperator()); }))
      return true;
    const CallExpr *From = nullptr;
    for (const ReturnStmt *R : returnsIn(Def->getBody()))
      if (const CallExpr *X = initialCall(R->getRetValue());
          X && !From && U.Ctx.hasSameUnqualifiedType(X->getType(), Call->getType()))
        From = X;
    Call = From;
  }
  return false;
}

} // namespace heddle

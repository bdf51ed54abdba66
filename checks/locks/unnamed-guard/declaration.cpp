#include "detectors.h"
#include "flow/Destruction.h"
#include "flow/Scopes.h"
#include "flow/Unwrap.h"
#include "flow/Uses.h"
#include "support/Walk.h"

#include "clang/AST/DeclTemplate.h"

using namespace clang;

namespace heddle::unnamed_guard {

namespace {

/// The mutex that the name meant before this declaration, or null.
const ValueDecl *hiddenMutex(Unit &U, const VarDecl *V) {
  for (const ValueDecl *X : hiddenBy(V))
    if (isLock(U.role(X->getType())))
      return X;
  return nullptr;
}

void reportDeclaration(Code &C, Reporter &R, const VarDecl *V) {
  Unit &U = C.U;
  const TypeSourceInfo *Written = V->getTypeSourceInfo();
  const CXXRecordDecl *RD = V->getType()->getAsCXXRecordDecl();
  if (!RD || !Written || !isGuardAlone(U, V->getType()))
    return;
  const auto *Init = dyn_cast_or_null<CXXConstructExpr>(unwrap(V->getInit()));
  if (!Init || Init->getNumArgs() != 0)
    return;
  if (Written->getType()->getAs<ParenType>() || isa<ParenType>(Written->getType())) {
    const ValueDecl *Hidden = hiddenMutex(U, V);
    if (!Hidden)
      return;
    llvm::SmallVector<FixItHint, 1> Fix;
    SourceLocation Paren = Written->getTypeLoc().getAs<ParenTypeLoc>()
                               ? Written->getTypeLoc().getAs<ParenTypeLoc>().getLParenLoc()
                               : SourceLocation();
    if (Paren.isValid() && Paren.isFileID())
      Fix.push_back(FixItHint::CreateInsertion(Paren, " " + freshName(C, GuardNames)));
    std::string Name = V->getNameAsString();
    R.report(V->getBeginLoc(),
             "this declares guard '" + Name + "', which locks nothing and shadows mutex '" + Name +
                 "'; the code that follows runs unlocked; give the guard its own name",
             {{Hidden->getLocation(), "mutex '" + Name + "' is declared here"}}, Fix);
    return;
  }
  // `std::scoped_lock lock;` is a guard of no mutexes at all.
  const auto *Spec = dyn_cast<ClassTemplateSpecializationDecl>(RD);
  if (Spec && Spec->getTemplateArgs().size() == 1 && Spec->getTemplateArgs()[0].getKind() == TemplateArgument::Pack &&
      Spec->getTemplateArgs()[0].pack_size() == 0 && !C.Fn->isTemplateInstantiation() && U.get<Uses>().in(C, V).empty())
    R.report(V->getBeginLoc(),
             "'" + V->getNameAsString() +
                 "' is constructed without a mutex and locks nothing; the code that follows runs unlocked; pass the "
                 "mutex to it");
}

} // namespace

void reportDeclarations(Code &C, Reporter &R) {
  forEach<DeclStmt>(C.Fn->getBody(), Walk::NoLambdas, [&](const DeclStmt *S) {
    for (const Decl *D : S->decls())
      if (const auto *V = dyn_cast<VarDecl>(D))
        reportDeclaration(C, R, V);
  });
}

} // namespace heddle::unnamed_guard

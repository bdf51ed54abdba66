#include "detectors.h"
#include "check/Reporter.h"
#include "flow/Uses.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {
namespace {

void report(Reporter &R, SourceLocation Loc, const llvm::Twine &What) { R.report(Loc, (What + Unstoppable).str()); }

/// The class whose parts a call returns by value, or null.
const CXXRecordDecl *partsOf(const CallExpr *Call) {
  const CXXRecordDecl *RD = Call ? Call->getType()->getAsCXXRecordDecl() : nullptr;
  return RD && RD->hasDefinition() ? RD : nullptr;
}

/// `auto derived = with_cancel(parent); use(derived.context);`
void kept(Code &C, Reporter &R, const VarDecl *V) {
  const CallExpr *Call = initialCall(V->getInit());
  llvm::ArrayRef<Use> All = C.U.get<Uses>().in(C, V);
  const CXXRecordDecl *RD = partsOf(Call);
  if (!RD || All.empty())
    return;
  llvm::SmallVector<const ValueDecl *, 4> Used;
  for (const Use &X : All) {
    if (X.is(Use::ByReference)) // the body says what it does with it
      continue;
    const auto *M = X.Mention ? dyn_cast_or_null<MemberExpr>(C.parent(X.Mention)) : nullptr;
    if (!M && X.Mention && X.Lambda)
      if (const Code *Inner = C.U.code(X.Lambda->getCallOperator()))
        M = dyn_cast_or_null<MemberExpr>(Inner->parent(X.Mention));
    if (!M)
      return; // all of it goes elsewhere
    Used.push_back(M->getMemberDecl());
  }
  for (const FieldDecl *F : RD->fields())
    if (!llvm::is_contained(Used, F) && isHandle(C.U, Call, F, F->getType()))
      report(R, V->getLocation(), "cancel handle '" + F->getName() + "' in '" + V->getName() + "' is never used");
}

/// `auto [context, cancel] = with_cancel(parent);`
void unpacked(Code &C, Reporter &R, const DecompositionDecl *D) {
  const CallExpr *Call = initialCall(D->getInit());
  for (const BindingDecl *B : D->bindings())
    if (Call && C.U.get<Uses>().in(C, B).empty() && isHandle(C.U, Call, nullptr, B->getType()))
      report(R, B->getLocation(), "cancel handle '" + B->getName() + "' is never used");
}

/// `auto ctx = with_timeout(parent, 5s).first;`
void selected(Code &C, Reporter &R, const MemberExpr *E) {
  const auto *Call = dyn_cast<CallExpr>(E->getBase()->IgnoreUnlessSpelledInSource());
  const auto *F = dyn_cast<FieldDecl>(E->getMemberDecl());
  const CXXRecordDecl *RD = F ? partsOf(Call) : nullptr;
  if (!RD || !Call->isPRValue())
    return;
  for (const FieldDecl *Other : RD->fields())
    if (Other != F && isHandle(C.U, Call, Other, Other->getType()))
      report(R, Call->getBeginLoc(),
             "only '" + F->getName() + "' of the result is kept, and cancel handle '" + Other->getName() +
                 "' is discarded");
}

llvm::SmallVector<QualType, 3> elements(const CXXRecordDecl *RD) {
  llvm::SmallVector<QualType, 3> Types;
  const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(RD);
  auto Add = [&](const TemplateArgument &A) {
    if (A.getKind() == TemplateArgument::Type)
      Types.push_back(A.getAsType());
  };
  for (const TemplateArgument &A : Spec ? Spec->getTemplateArgs().asArray() : llvm::ArrayRef<TemplateArgument>())
    if (A.getKind() == TemplateArgument::Pack)
      llvm::for_each(A.pack_elements(), Add);
    else
      Add(A);
  return Types;
}

/// `std::tie(ctx, std::ignore) = with_timeout(parent, 5s);`
void tied(Code &C, Reporter &R, const CXXOperatorCallExpr *E) {
  if (E->getOperator() != OO_Equal || E->getNumArgs() != 2)
    return;
  const auto *Tie = dyn_cast<CallExpr>(E->getArg(0)->IgnoreUnlessSpelledInSource());
  const auto *Call = dyn_cast<CallExpr>(E->getArg(1)->IgnoreUnlessSpelledInSource());
  const FunctionDecl *F = Tie ? Tie->getDirectCallee() : nullptr;
  if (!F || !Call || !F->isInStdNamespace() || !F->getIdentifier() || F->getName() != "tie")
    return;
  llvm::SmallVector<QualType, 3> Parts = elements(Call->getType()->getAsCXXRecordDecl());
  for (unsigned I = 0; I != Tie->getNumArgs() && I < Parts.size(); ++I) {
    const auto *DR = dyn_cast<DeclRefExpr>(Tie->getArg(I)->IgnoreParenImpCasts());
    if (DR && DR->getDecl()->isInStdNamespace() && DR->getDecl()->getName() == "ignore" &&
        isHandle(C.U, Call, nullptr, Parts[I]))
      report(R, DR->getBeginLoc(), "the cancel handle is discarded");
  }
}

} // namespace

void unusedParts(Code &C, Reporter &R) {
  walk(C.Fn->getBody(), Walk::NoLambdas, [&](const Stmt *S) {
    if (const auto *DS = dyn_cast<DeclStmt>(S)) {
      for (const Decl *D : DS->decls())
        if (const auto *Parts = dyn_cast<DecompositionDecl>(D))
          unpacked(C, R, Parts);
        else if (const auto *V = dyn_cast<VarDecl>(D);
                 V && V->hasLocalStorage() && !V->getType()->isReferenceType() && !endsAContext(C.U.role(V->getType())))
          kept(C, R, V);
    } else if (const auto *M = dyn_cast<MemberExpr>(S))
      selected(C, R, M);
    else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(S))
      tied(C, R, O);
    return Step::In;
  });
}

} // namespace heddle

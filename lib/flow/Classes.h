// What the declaration of a class says.
#pragma once

#include "clang/AST/DeclCXX.h"
#include "clang/AST/DeclTemplate.h"

namespace heddle {

/// Returns true if both are declarations of one class; false for null.
inline bool isSame(const clang::CXXRecordDecl *A, const clang::CXXRecordDecl *B) {
  return A && B && A->getCanonicalDecl() == B->getCanonicalDecl();
}

/// The lambda of which the function is the body, or null.
inline const clang::CXXRecordDecl *lambdaOf(const clang::FunctionDecl *F) {
  const auto *M = llvm::dyn_cast<clang::CXXMethodDecl>(F);
  return M && M->getParent()->isLambda() ? M->getParent() : nullptr;
}

/// A class whose objects cannot be copied. Asks what is declared and, as Clang declares the members of a class only
/// when they are needed, what the class is made of.
inline bool isMoveOnly(const clang::CXXRecordDecl *RD, unsigned Depth = 0) {
  if (!RD || !RD->hasDefinition() || Depth > 4)
    return false;
  for (const clang::CXXConstructorDecl *D : RD->ctors())
    if (D->isCopyConstructor())
      return D->isDeleted();
  if (RD->hasUserDeclaredMoveConstructor() || RD->hasUserDeclaredMoveAssignment())
    return true;
  auto MoveOnly = [&](clang::QualType T) {
    return isMoveOnly(T->getBaseElementTypeUnsafe()->getAsCXXRecordDecl(), Depth + 1);
  };
  return llvm::any_of(RD->bases(), [&](const clang::CXXBaseSpecifier &B) { return MoveOnly(B.getType()); }) ||
         llvm::any_of(RD->fields(), [&](const clang::FieldDecl *F) { return MoveOnly(F->getType()); });
}

/// The class on whose object a body runs: that of a member function, or of a lambda in one or in the initialiser of a
/// member; null for static members and other functions.
inline const clang::CXXRecordDecl *objectClass(const clang::FunctionDecl *F) {
  for (const clang::DeclContext *In = F; In; In = In->getParent()) {
    if (const auto *M = llvm::dyn_cast<clang::CXXMethodDecl>(In); M && !M->getParent()->isLambda())
      return M->isStatic() ? nullptr : M->getParent();
    if (const auto *RD = llvm::dyn_cast<clang::CXXRecordDecl>(In); RD && !RD->isLambda())
      return RD;
  }
  return nullptr;
}

/// The members of a class that may have a body: those that it declares, and what its member templates were made into.
inline llvm::SmallVector<const clang::CXXMethodDecl *, 16> allMembers(const clang::CXXRecordDecl *RD) {
  llvm::SmallVector<const clang::CXXMethodDecl *, 16> All(RD->method_begin(), RD->method_end());
  for (const clang::Decl *D : RD->decls())
    if (const auto *T = llvm::dyn_cast<clang::FunctionTemplateDecl>(D))
      for (const clang::FunctionDecl *F : T->specializations())
        if (const auto *M = llvm::dyn_cast<clang::CXXMethodDecl>(F))
          All.push_back(M);
  return All;
}

/// Returns true for an instance of std::pair, as the elements of maps are.
inline bool isPair(const clang::RecordDecl *RD) {
  return RD && RD->isInStdNamespace() && RD->getIdentifier() && RD->getName() == "pair";
}

/// What an element of a container holds: of a map, what the key leads to; else the element itself.
inline clang::QualType heldBy(clang::QualType Element) {
  const auto *RD = Element->getAsCXXRecordDecl();
  const auto *Spec = isPair(RD) ? llvm::dyn_cast<clang::ClassTemplateSpecializationDecl>(RD) : nullptr;
  return Spec && Spec->getTemplateArgs().size() == 2 ? Spec->getTemplateArgs()[1].getAsType() : Element;
}

/// std::reference_wrapper, or a library's own of that name.
inline bool isReferenceWrapper(clang::QualType T) {
  const auto *RD = T->getAsCXXRecordDecl();
  return RD && RD->getIdentifier() && RD->getName() == "reference_wrapper";
}

/// Returns true if the class or one of its bases has a member of this name.
inline bool hasMember(const clang::CXXRecordDecl *RD, clang::DeclarationName Name) {
  if (!RD || !RD->hasDefinition())
    return false;
  return !RD->lookup(Name).empty() || llvm::any_of(RD->bases(), [&](const clang::CXXBaseSpecifier &B) {
    return hasMember(B.getType()->getAsCXXRecordDecl(), Name);
  });
}

} // namespace heddle

#include "OfferedTokens.h"
#include "LibraryCode.h"
#include "Uses.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {

/// The member or field by which the class gives a token away; null if it does not.
static const ValueDecl *tokenOf(Unit &U, const CXXRecordDecl *RD) {
  for (const CXXMethodDecl *M : RD->methods())
    if (M->getAccess() == AS_public && M->isConst() && !M->isStatic() && M->getNumParams() == 0 && M->getIdentifier() &&
        U.role(M->getReturnType().getNonReferenceType()) == Role::StopToken)
      return M;
  for (const FieldDecl *F : RD->fields())
    if (F->getAccess() == AS_public && U.role(F->getType()) == Role::StopToken && !F->getType()->isPointerType())
      return F;
  return nullptr;
}

std::vector<Offered> offeredTokens(const Code &C) {
  std::vector<Offered> Out;
  for (const ParmVarDecl *P : C.Fn->parameters()) {
    const CXXRecordDecl *RD = C.U.pointee(P->getType())->getAsCXXRecordDecl();
    RD = RD && P->getIdentifier() ? RD->getDefinition() : nullptr;
    if (!RD || C.U.role(P->getType()) != Role::None || inLibrary(C.U, RD->getLocation()))
      continue;
    const ValueDecl *Token = tokenOf(C.U, RD);
    if (!Token)
      continue;
    auto Uses = C.U.get<heddle::Uses>().in(C, P);
    // Every mention has to be the object of another member.
    unsigned Others = 0;
    bool Asked = false;
    forEach<MemberExpr>(C.Fn->getBody(), [&](const MemberExpr *M) {
      const auto *DR = dyn_cast<DeclRefExpr>(M->getBase()->IgnoreParenImpCasts());
      if (!DR || DR->getDecl() != P)
        return;
      Asked |= M->getMemberDecl()->getCanonicalDecl() == Token->getCanonicalDecl();
      ++Others;
    });
    if (Asked || Others != Uses.size())
      continue;
    bool Field = isa<FieldDecl>(Token);
    std::string Name = P->getNameAsString() + (P->getType()->isPointerType() ? "->" : ".") +
                       Token->getNameAsString() + (Field ? "" : "()");
    QualType T = Field ? Token->getType() : cast<CXXMethodDecl>(Token)->getReturnType();
    Out.push_back({P, Name, T.getNonReferenceType(), Uses.size()});
  }
  return Out;
}

} // namespace heddle

#include "Fixes.h"
#include "flow/Uses.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {

/// Returns true if a copy behaves like the original.
static bool isValue(Unit &U, QualType T) {
  if (T->isArrayType())
    return false;
  if (const auto *RD = T->getAsCXXRecordDecl();
      RD && !RD->hasSimpleCopyConstructor() && !RD->hasUserDeclaredCopyConstructor())
    return false;
  return T.isTriviallyCopyableType(U.Ctx) || U.role(T) == Role::None;
}

std::vector<FixItHint> captureByValue(Unit &U, const Held &H) {
  const auto *V = dyn_cast_or_null<VarDecl>(H.Variable);
  if (!V || H.By != Held::Reference || V->isInitCapture() || !isValue(U, V->getType().getNonReferenceType()) ||
      H.Lambda->getBeginLoc().isMacroID())
    return {};
  const Code *Body = U.code(H.Lambda->getCallOperator());
  // In a lambda that captures a copy the variable is constant.
  if (!Body ||
      llvm::any_of(U.get<Uses>().in(*Body, V), [](const Use &X) { return X.Of != Use::Behind && X.is(Use::Writes); }))
    return {};
  if (!H.Capture->isExplicit())
    return {
        FixItHint::CreateInsertion(H.Lambda->getCaptureDefaultLoc().getLocWithOffset(1), ", " + V->getNameAsString())};
  // `[&x]`: the location is that of the name, or of the ampersand.
  const SourceManager &SM = U.Ctx.getSourceManager();
  SourceLocation Amp = H.Capture->getLocation();
  bool Invalid = false;
  const char *Text = SM.getCharacterData(Amp, &Invalid);
  if (Invalid)
    return {};
  if (*Text == '&')
    return {FixItHint::CreateRemoval(SourceRange(Amp, Amp))};
  if (SM.getFileOffset(Amp) > 0 && Text[-1] == '&')
    return {FixItHint::CreateRemoval(CharSourceRange::getCharRange(Amp.getLocWithOffset(-1), Amp))};
  return {};
}

} // namespace heddle

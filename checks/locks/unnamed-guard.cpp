// A guard that guards nothing: a temporary that is gone at the end of its statement, a declaration that was meant as
// one, or a tag that makes it take no lock.
#include "unnamed-guard/detectors.h"
#include "check/Register.h"
#include "flow/Unit.h"

using namespace clang;

namespace heddle {

namespace unnamed_guard {

bool isGuardType(Unit &U, QualType T, unsigned Depth) {
  if (T.isNull() || T->isReferenceType() || T->isPointerType())
    return false;
  if (const TypeModel *M = U.type(T))
    return isGuard(M->Plays);
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  if (!RD || !RD->hasDefinition() || RD->isLambda() || Depth > 2)
    return false;
  RD = RD->getDefinition();
  bool Any = false;
  for (const FieldDecl *F : RD->fields()) {
    if (isGuardType(U, F->getType(), Depth + 1))
      Any = true;
    else if (!isLock(U.role(F->getType())))
      return false;
  }
  return Any;
}

std::string nameOf(const Code &C, const Expr *Lock) {
  auto P = Lock ? C.place(Lock) : std::nullopt;
  return P ? "'" + P->name() + "'" : "the lock";
}

} // namespace unnamed_guard

namespace {
const MatchCheck Check({.Name = "unnamed-guard",
                        .Family = "locks",
                        .Level = Tier::Bug,
                        .Summary = "Finds lock guards that guard nothing: temporaries, declarations that were meant as "
                                   "guards, and guards with the wrong tag.",
                        .Rows = "-",
                        .Preview = true},
                       [](Code &C, Reporter &R) {
                         unnamed_guard::reportTemporaries(C, R);
                         unnamed_guard::reportDeclarations(C, R);
                         unnamed_guard::reportTags(C, R);
                       });
} // namespace

} // namespace heddle

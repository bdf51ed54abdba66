#include "Releases.h"
#include "Calls.h"

using namespace clang;

namespace heddle {

bool destroysPointee(Unit &U, const Event &E) {
  if (E.Kind != Op::Reset || !E.Object.valid() || E.Object.Element)
    return false;
  const ValueDecl *D = E.Object.last();
  const FunctionDecl *F = calleeOf(dyn_cast_or_null<Expr>(E.Site));
  const TypeModel *M = D ? U.type(D->getType().getNonReferenceType()) : nullptr;
  return F && M && M->Plays == Role::SmartPointer && !M->With.has(Fact::Borrows) &&
         !(F->getIdentifier() && F->getName() == "swap");
}

} // namespace heddle

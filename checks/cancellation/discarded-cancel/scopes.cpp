// The token of a temporary: what stops it is gone with the statement.
#include "check/Reporter.h"
#include "check/Story.h"
#include "detectors.h"
#include "flow/Calls.h"
#include "flow/EventIndex.h"
#include "flow/StopFacts.h"
#include "flow/Unwrap.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {

/// The source in the object of which the member yields the token, and which members of the class stop; null if the
/// member yields something else.
static const FieldDecl *sourceOf(Unit &U, const CXXMethodDecl *M) {
  const Code *C = M ? U.code(U.visible(M)) : nullptr;
  for (const Event &E : C ? llvm::ArrayRef(C->Events) : llvm::ArrayRef<Event>()) {
    const FieldDecl *Field =
        E.Kind == Op::GetToken && E.Object.This && E.Object.Path.size() == 1 ? E.Object.Path.front() : nullptr;
    if (!Field || !endsAContext(U.role(Field->getType())) || Field->getType()->isReferenceType())
      continue;
    if (llvm::any_of(U.get<EventIndex>().about(Field),
                     [](const IndexedEvent &X) { return X.What->Kind == Op::Cancel; }))
      return Field;
  }
  return nullptr;
}

void temporaryScopes(Code &C, Reporter &R) {
  Unit &U = C.U;
  forEach<CXXMemberCallExpr>(C.Fn, Walk::NoLambdas, [&](const CXXMemberCallExpr *Call) {
    const Expr *On = unwrap(Call->getImplicitObjectArgument());
    if (!On || !On->isPRValue() || On->getType()->isPointerType() || !U.get<StopFacts>().observes(Call->getType()))
      return;
    // Within the statement the object lives; what is stored outlives it.
    auto Kept = C.destination(Call);
    const FieldDecl *Source = Kept ? sourceOf(U, Call->getMethodDecl()) : nullptr;
    if (Source)
      R.report(On->getBeginLoc(),
               "'" + Kept->name() +
                   "' is the token of a temporary, and what stops it ends with this statement; the token stops at once "
                   "or never; give the temporary a name in this scope",
               Story(Source->getLocation(), "the temporary has the source of the token"));
  });
}

} // namespace heddle

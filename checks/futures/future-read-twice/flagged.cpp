// `if (fetched_) return; value_ = future_.get(); fetched_ = true;`: when the read throws, the flag stays down, and the
// next call reads again.
#include "detectors.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/Guards.h"
#include "flow/Order.h"
#include "flow/Unwrap.h"
#include "flow/Uses.h"

using namespace clang;

namespace heddle {
namespace {

/// Returns true if the event takes the value of a member future away, and hands on what its task threw.
bool readsMember(Code &C, const Event &E) {
  const TypeModel *M = E.Object.This && E.Object.Path.size() == 1 && !E.Object.Element ? C.U.type(E.Object) : nullptr;
  return E.Kind == Op::Consume && !E.may(Fact::Timed) && M && M->Plays == Role::Future &&
         !M->With.has(Fact::ReadMany) && !C.enclosingTry(E.Site);
}

/// The flag of the object that is down where the statement is reached, and goes up behind it alone; or null.
const FieldDecl *flagSetAfter(Code &C, const Stmt *Read) {
  const FieldDecl *Flag = nullptr;
  for (const Guard &G : guards(C, Read))
    implies(G.Condition, G.Value, [&](const Expr *Leaf, bool Value) {
      const FieldDecl *F = Value ? nullptr : thisField(Leaf);
      if (F && F->getType()->isBooleanType())
        Flag = F->getCanonicalDecl();
      return false;
    });
  bool After = false;
  for (const Use &X : Flag ? C.U.get<Uses>().in(C, Flag) : llvm::ArrayRef<Use>()) {
    if (!X.is(Use::Writes))
      continue;
    if (X.Lambda || C.U.get<Order>().reaches(C, X.Site, Read))
      return nullptr;
    After |= C.U.get<Order>().reaches(C, Read, X.Site);
  }
  return After ? Flag : nullptr;
}

} // namespace

void future_read_twice::flagged(Code &C, Reporter &R) {
  const auto *Proto = C.Fn->getType()->getAs<FunctionProtoType>();
  if (isa<CXXConstructorDecl, CXXDestructorDecl>(C.Fn) || (Proto && Proto->isNothrow()))
    return;
  for (const Event &E : C.Events) {
    if (!readsMember(C, E) || llvm::any_of(C.Events, [&](const Event &X) {
          return (X.Kind == Op::Test || X.Kind == Op::Reset || X.Kind == Op::Spawn || X.Kind == Op::Move) &&
                 X.Object == E.Object;
        }))
      continue;
    if (const FieldDecl *Flag = flagSetAfter(C, E.Site))
      R.report(E.loc(),
               "future '" + E.Object.name() + "' is read again when this read throws, as '" + Flag->getNameAsString() +
                   "' is set only after it; the second read throws 'no_state' or is undefined; set '" +
                   Flag->getNameAsString() + "' before the read, or test 'valid()'",
               Story(Flag->getLocation(), "'" + Flag->getNameAsString() + "' says whether the value was taken"));
  }
}

} // namespace heddle

#include "detectors.h"
#include "flow/Calls.h"
#include "flow/ClassFacts.h"
#include "flow/Guards.h"
#include "flow/Loops.h"
#include "flow/Unwrap.h"

using namespace clang;

namespace heddle::double_fulfilment {

/// Returns true if the condition closest to the statement asks whether the member is there, and nothing else:
/// `if (reply_)`, `if (reply_.has_value())`.
static bool asksFor(const Code &C, const Stmt *S, const FieldDecl *F) {
  if (C.enclosingTry(S) || enclosingLoop(C, S))
    return false;
  auto When = guards(C, S);
  const Expr *E = !When.empty() && When.front().Value ? unwrap(When.front().Condition) : nullptr;
  if (const auto *M = dyn_cast_or_null<CXXMemberCallExpr>(E); M && M->getNumArgs() == 0)
    E = M->getImplicitObjectArgument();
  return E && thisField(E) == F;
}

/// Returns true if the member function does anything else to the promise than to look and to fulfil.
static bool takesAway(ClassFacts &Class, const FieldDecl *F, const CXXMethodDecl *By) {
  return llvm::any_of(Class.of(F), [&](const MemberAccess *X) {
    return X->By == By && X->Operation && X->Operation->Kind != Op::Fulfil && X->Operation->Kind != Op::Test &&
           X->Operation->Kind != Op::Self && X->Operation->Kind != Op::GetFuture;
  });
}

static bool isCalled(Unit &U, const CXXMethodDecl *M) {
  return llvm::any_of(U.get<Calls>().callers(M), [](const CallEdge &X) {
    const auto *By = dyn_cast<CXXMethodDecl>(X.In->Fn);
    return !X.Task && !(By && By->getParent()->isLambda());
  });
}

/// `if (reply_) reply_->set_value(x);` in one handler and `if (reply_) reply_->set_exception(e);` in another, neither
/// of which takes the promise out: the second that comes finds it there and fulfils it again.
static void report(Unit &U, ClassFacts &Class, const FieldDecl *F, Reporter &R) {
  llvm::SmallVector<const MemberAccess *, 4> Places;
  for (const MemberAccess *X : Class.operations(F, {Op::Fulfil}))
    if (X->By && X->In == U.code(X->By) && !isa<CXXConstructorDecl, CXXDestructorDecl>(X->By) &&
        X->Operation->Object.Path.size() == 1 && !X->Operation->may(Fact::Refuses) && asksFor(*X->In, X->Site, F))
      Places.push_back(X);
  llvm::erase_if(Places, [&](const MemberAccess *X) { return takesAway(Class, F, X->By); });
  // A caller of both may see to it that one of them excludes the other.
  if (llvm::any_of(Places, [&](const MemberAccess *X) { return isCalled(U, X->By); }))
    return;
  auto Other = llvm::find_if(Places, [&](const MemberAccess *X) { return X->By != Places.front()->By; });
  if (Other == Places.end())
    return;
  R.report(Places.front()->Operation->loc(),
           ("'" + F->getName() + "' still holds the promise that is fulfilled here, and '" + (*Other)->By->getName() +
            "' fulfils it again; a standard promise throws 'promise_already_satisfied'; reset the pointer after "
            "fulfilment")
               .str(),
           {{(*Other)->Operation->loc(), "it is fulfilled again here"}});
}

void reportLeftInPlace(Unit &U, Reporter &R) {
  for (ClassFacts *Class : U.get<ClassTable>().all())
    for (const FieldFacts &F : Class->Fields)
      if (F.Plays == Role::Promise && U.leads(F.Field->getType()) && U.seesAllUses(F.Field))
        report(U, *Class, F.Field, R);
}

} // namespace heddle::double_fulfilment

#include "detectors.h"
#include "flow/Guards.h"
#include "flow/Mentions.h"
#include "flow/Order.h"
#include "flow/TaskFacts.h"
#include "flow/Unwrap.h"

using namespace clang;

namespace heddle::unjoined {

namespace {

/// Returns true if something of the object is tested or changed on the path to this start that may show that its last
/// task is over: the handle, a member that is called or claimed, a condition on a member.
bool asksBefore(const IndexedEvent &Start) {
  Code &C = *Start.In;
  Order &O = C.U.get<Order>();
  auto Tells = [&](const Event &E) {
    return E.Site && E.Site != Start.What->Site && E.Object.This && E.Object.Path.size() <= 1 &&
           (E.Object.Path.empty() || E.Object.Path == Start.What->Object.Path || E.Kind == Op::Claim) &&
           O.reaches(C, E.Site, Start.What->Site);
  };
  return llvm::any_of(C.Events, Tells) || llvm::any_of(guards(C, Start.What->Site), [](const Guard &G) {
           return mentions(G.Condition, [](const Stmt *S) {
             const auto *E = dyn_cast<Expr>(S);
             const FieldDecl *F = E ? thisField(E) : nullptr;
             return F && !F->getType()->isReferenceType() && !F->getType()->isPointerType();
           });
         });
}

/// Returns true if the start names the parameter, or a local that is made from it.
bool isGiven(const Event &Start, const ParmVarDecl *P) {
  return mentions(Start.Site, [&](const Stmt *S) {
    const auto *DR = dyn_cast<DeclRefExpr>(S);
    const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
    return V && (V == P || (V->isLocalVarDecl() && V->getInit() && mentions(V->getInit(), P)));
  });
}

} // namespace

/// Without such a parameter it is a plain `start()`, which is called once.
void reportRestarts(const Restarted &H, Reporter &R) {
  for (const IndexedEvent *Start : H.Starts) {
    const auto *M = dyn_cast<CXXMethodDecl>(Start->In->Fn);
    if (!M || M->getParent() != H.Class || isa<CXXConstructorDecl, CXXDestructorDecl>(M) || M->isVirtual() ||
        M->getAccess() != AS_public || !Start->What->Object.This || Start->What->Object.Path.size() != 1 ||
        llvm::none_of(M->parameters(), [&](const ParmVarDecl *P) { return isGiven(*Start->What, P); }) ||
        asksBefore(*Start) || llvm::any_of(Start->What->Tasks, [&](const CallableRef &T) {
          return Start->In->U.get<TaskFacts>().stopsForGood(T);
        }))
      continue;
    R.report(
        Start->What->loc(),
        "'" + H.Field->getNameAsString() + "' is assigned a new thread by every call of '" + M->getNameAsString() +
            "' while its old one may still run; the second call terminates the program; stop and join the old thread "
            "first",
        {{H.Joins->What->loc(), "it is joined here, but not before it is started again"}});
  }
}

} // namespace heddle::unjoined

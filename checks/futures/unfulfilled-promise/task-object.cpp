// A promise that is a member of a task object, whose work leaves it unfulfilled on some path.
#include "detectors.h"
#include "flow/Calls.h"
#include "flow/Classes.h"
#include "flow/ErrorFlow.h"
#include "flow/LibraryCode.h"
#include "flow/Loops.h"
#include "flow/Mentions.h"
#include "flow/Order.h"
#include "flow/Unwrap.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {
using namespace unfulfilled_promise;
namespace {

/// How often, and by whom, the member that is a task's work is called.
struct Invocations {
  bool Once = false;   ///< on each object
  bool Caught = false; ///< what it throws ends where it is called
};

const CXXMethodDecl *firstDeclared(const CXXMethodDecl *M) {
  while (M->size_overridden_methods())
    M = *M->begin_overridden_methods();
  return M->getCanonicalDecl();
}

/// A functor that becomes a job (a `std::function` and its kin, a task that is started) and is called by nobody
/// directly.
Invocations invocationsOfFunctor(Unit &U, const CXXMethodDecl *M, bool JobsCaught) {
  bool Becomes = false, Called = false, Carried = false;
  for (Code *C : bodies(U)) {
    for (const Event &E : C->Events) {
      Called |= E.Kind == Op::Call && E.Callee && E.Callee->getCanonicalDecl() == M->getCanonicalDecl();
      for (const CallableRef &T : E.Tasks)
        if (T.Body && T.Body->getCanonicalDecl() == M->getCanonicalDecl() &&
            (E.Kind == Op::Spawn || E.Kind == Op::Defer)) {
          Becomes = true;
          Carried |= carriesExceptions(U, E);
        }
    }
    Becomes = Becomes ||
              anyOf<CXXConstructExpr>(C->Fn->getBody(), heddle::Walk::WithImplicit, [&](const CXXConstructExpr *E) {
                const CXXRecordDecl *RD = E->getNumArgs() && U.role(E->getType()) == Role::Function
                                              ? E->getArg(0)->getType().getNonReferenceType()->getAsCXXRecordDecl()
                                              : nullptr;
                return RD && RD->getCanonicalDecl() == M->getParent()->getCanonicalDecl();
              });
  }
  return {Becomes && !Called, Carried || JobsCaught};
}

/// Returns true if the object of the call is a local pointer's own, made in the same iteration, and goes nowhere
/// afterwards.
bool endsAfter(Code &C, const CXXMemberCallExpr *Call) {
  const Expr *Object = unwrap(Call->getImplicitObjectArgument());
  if (const auto *Arrow = dyn_cast<CXXOperatorCallExpr>(Object); Arrow && Arrow->getNumArgs() == 1)
    Object = unwrap(Arrow->getArg(0));
  const auto *Named = dyn_cast<DeclRefExpr>(Object);
  const auto *V = Named ? dyn_cast<VarDecl>(Named->getDecl()) : nullptr;
  if (!V || !C.U.leads(V->getType()) || !V->hasLocalStorage() || !isMoveOnly(V->getType()->getAsCXXRecordDecl()))
    return false;
  if (const Stmt *Loop = enclosingLoop(C, Call); Loop && !declaredIn(Loop, V))
    return false;
  auto MadeAnew = [&](const Stmt *S) {
    const auto *D = dyn_cast<DeclStmt>(S);
    return D && llvm::is_contained(D->decls(), V);
  };
  return llvm::none_of(C.Events, [&](const Event &E) {
    return E.Object.Root == V && (E.Kind == Op::Move || E.Kind == Op::Escape || E.Kind == Op::Extract) &&
           C.U.get<Order>().reaches(C, Call, E.Site, MadeAnew);
  });
}

/// An override that others call. Of a library's class the one member that a task must bring is what it is run by
/// (QRunnable, Poco::Runnable); in visible code each call has to be on an object that ends with the caller.
Invocations invocationsOfOverride(Unit &U, const CXXMethodDecl *M) {
  const CXXMethodDecl *First = firstDeclared(M);
  if (inLibrary(U, First->getLocation()))
    return {First->isPureVirtual(), false};
  unsigned Calls = 0;
  bool Again = false, Let = false, Given = false;
  auto IsTask = [&](const ParmVarDecl *P) {
    const CXXRecordDecl *RD = U.pointee(P->getType())->getAsCXXRecordDecl();
    return RD && RD->getCanonicalDecl() == First->getParent()->getCanonicalDecl();
  };
  for (Code *C : bodies(U)) {
    for (const Event &E : C->Events)
      Given |= E.Kind == Op::Spawn && E.Model && E.Callee && llvm::any_of(E.Callee->parameters(), IsTask);
    forEach<CXXMemberCallExpr>(C->Fn->getBody(), heddle::Walk::NoLambdas, [&](const CXXMemberCallExpr *Call) {
      if (!Call->getMethodDecl() || firstDeclared(Call->getMethodDecl()) != First)
        return;
      ++Calls;
      Let |= !ErrorFlow::catchesAll(C->enclosingTry(Call));
      Again |= !endsAfter(*C, Call);
    });
  }
  if (Given && !Calls)
    return {First->isPureVirtual(), false};
  return {Calls && !Again, Calls && !Let};
}

/// Returns true if the function makes an object of this class.
bool makes(const FunctionDecl *F, const CXXRecordDecl *Class) {
  auto IsOf = [&](QualType T) {
    const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
    return RD && RD->getCanonicalDecl() == Class->getCanonicalDecl();
  };
  return mentions(F->getBody(), [&](const Stmt *S) {
    const auto *E = dyn_cast<Expr>(S);
    const auto *D = dyn_cast<DeclStmt>(S);
    return (E && E->isPRValue() && IsOf(E->getType())) ||
           (D && llvm::any_of(D->decls(),
                              [&](const Decl *X) { return isa<VarDecl>(X) && IsOf(cast<VarDecl>(X)->getType()); }));
  });
}

/// Returns true if anybody but the task's work, and the members that it calls, fulfils this promise, or hands it on.
bool othersFulfil(Unit &U, const CXXMethodDecl *Work, const Place &P) {
  llvm::DenseSet<const FunctionDecl *> Own;
  for (const Code *C : U.get<Calls>().behind(Work))
    if (const auto *M = dyn_cast<CXXMethodDecl>(C->Fn); M && M->getParent() == Work->getParent())
      Own.insert(C->Fn);
  const CXXRecordDecl *Type = U.pointee(P.last()->getType())->getAsCXXRecordDecl();
  bool Sole = isSoleOwner(U, P), Others = false;
  for (Code *C : bodies(U)) {
    if (Own.contains(C->Fn))
      continue;
    for (const Event &E : C->Events) {
      const ValueDecl *Last = E.Object.valid() ? E.Object.last() : nullptr;
      if (!Last || (Sole ? Last != P.last() : U.pointee(Last->getType())->getAsCXXRecordDecl() != Type))
        continue;
      bool Fulfils = E.Kind == Op::Fulfil || E.Kind == Op::TryFulfil;
      // A shared promise may be fulfilled by the creator of the task, and by other members of it.
      const auto *Member = dyn_cast<CXXMethodDecl>(C->Fn);
      bool Related = E.Object.This && Member ? Member->getParent() == Work->getParent()
                                             : makes(writtenIn(C->Fn), Work->getParent());
      Others |= Sole ? Fulfils || E.Kind == Op::Move || E.Kind == Op::Escape : Fulfils && Related;
    }
  }
  return Others;
}

} // namespace

void unfulfilled_promise::taskObject(Context &In, Code &C) {
  Unit &U = C.U;
  const auto *M = dyn_cast<CXXMethodDecl>(C.Fn);
  if (!M || M->isStatic() || M->getParent()->isLambda() || !M->getReturnType()->isVoidType() || M->getNumParams())
    return;
  bool Functor = M->getOverloadedOperator() == OO_Call;
  if (!Functor && !M->size_overridden_methods())
    return;
  for (const Place &P : In.Sim.reached(M)) {
    if (!P.This || P.Path.empty() || P.Element || U.role(P.last()->getType()) != Role::Promise)
      continue;
    std::vector<Exit> Ways = In.Sim.exits(M, P);
    if (llvm::none_of(Ways, [](const Exit &X) { return X.State == "done"; }) ||
        llvm::none_of(Ways, [](const Exit &X) { return X.State == "asked"; }))
      continue;
    if (const CXXDestructorDecl *D = M->getParent()->getDestructor(); D && D->isUserProvided() && !U.visible(D))
      continue;
    Invocations Run = Functor ? invocationsOfFunctor(U, M, In.JobsCaught) : invocationsOfOverride(U, M);
    if (!Run.Once || othersFulfil(U, M, P))
      continue;
    for (const Exit &X : Ways)
      if (X.State == "asked" && !X.Claimed && !(X.Throws && (!X.By || !Run.Caught)) && !(X.By && ownerIsGone(C, X.By)))
        report(In, M, P, X, {});
  }
}

} // namespace heddle

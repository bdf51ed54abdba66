#include "ObjectBodies.h"
#include "Unwrap.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {

constexpr unsigned MaxBodies = 60;

std::optional<Place> ObjectBody::ofObject(const Place &Named) const {
  std::optional<Place> P = Named.valid() ? std::optional(Named) : std::nullopt;
  for (const ObjectBody *B = this; B && P; B = B->Caller)
    if (B->Step.In)
      P = B->Step.toCaller(*P);
  return P && P->This ? P : std::nullopt;
}

std::optional<Place> ObjectBody::self() const {
  Place This;
  This.This = true;
  return ofObject(This);
}

ObjectBodies::ObjectBodies(Unit &U, const CXXRecordDecl *Of, Code &Start) : U(U), Of(Of) {
  Bodies.push_back({&Start, nullptr, {}});
  follow();
}

ObjectBodies::ObjectBodies(Unit &U, const CXXRecordDecl *Of, const CallEdge &Task) : U(U), Of(Of) {
  if (Code *C = U.code(Task.Callee)) {
    Bodies.push_back({C, nullptr, Task});
    follow();
  }
}

void ObjectBodies::follow() {
  for (unsigned I = 0; I != Bodies.size(); ++I)
    for (const CallEdge &Step : steps(Bodies[I])) {
      if (Bodies.size() == MaxBodies)
        return;
      Code *Inner = U.code(Step.Callee);
      if (!Inner || llvm::any_of(Bodies, [&](const ObjectBody &B) { return B.C == Inner; }))
        continue;
      ObjectBody Next{Inner, &Bodies[I], Step};
      if (knowsObject(Next))
        Bodies.push_back(Next);
    }
}

/// The member that a call runs: of a virtual one, that of the object's class. Null if it is a call of something else.
const CXXMethodDecl *ObjectBodies::target(const ObjectBody &B, const CXXMemberCallExpr *Call) const {
  const CXXMethodDecl *M = Call->getMethodDecl();
  const auto *Callee = dyn_cast<MemberExpr>(Call->getCallee()->IgnoreParens());
  auto On = M && Callee ? B.C->place(Call->getImplicitObjectArgument()) : std::nullopt;
  auto Part = On ? B.ofObject(*On) : std::nullopt;
  if (!Part || !Part->isThis())
    return nullptr;
  const CXXRecordDecl *Above = M->getParent();
  bool Known = Above == Of || (Of->hasDefinition() && Of->isDerivedFrom(Above));
  const CXXMethodDecl *Final =
      M->isVirtual() && !Callee->hasQualifier() && Known ? M->getCorrespondingMethodInClass(Of) : nullptr;
  return Final ? Final : M;
}

llvm::SmallVector<CallEdge, 8> ObjectBodies::steps(const ObjectBody &B) {
  auto Out = U.get<Calls>().from(*B.C);
  forEach<CXXMemberCallExpr>(B.C->Fn->getBody(), Walk::NoLambdas, [&](const CXXMemberCallExpr *Call) {
    // What a member is called may be an operation of the object's role, too.
    bool Virtual = Call->getMethodDecl() && Call->getMethodDecl()->isVirtual();
    auto OfCall = [&](const CallEdge &X) { return !X.Task && X.Site == Call; };
    const CXXMethodDecl *M = Virtual || llvm::none_of(Out, OfCall) ? target(B, Call) : nullptr;
    if (!M)
      return;
    llvm::erase_if(Out, OfCall);
    if (const FunctionDecl *Def = U.visible(M))
      Out.push_back({B.C, Call, Def});
  });
  return Out;
}

bool ObjectBodies::knowsObject(const ObjectBody &B) {
  if (B.self())
    return true;
  return llvm::any_of(B.C->Fn->parameters(), [&](const ParmVarDecl *P) {
    Place Given;
    Given.Root = P;
    return B.ofObject(Given).has_value();
  });
}

llvm::SmallVector<const CallExpr *, 2> ObjectBodies::unseen(const ObjectBody &B) const {
  llvm::SmallVector<const CallExpr *, 2> Out;
  forEach<CXXMemberCallExpr>(B.C->Fn->getBody(), Walk::NoLambdas, [&](const CXXMemberCallExpr *Call) {
    const CXXMethodDecl *M = target(B, Call);
    if (M && !U.visible(M))
      Out.push_back(Call);
  });
  return Out;
}

} // namespace heddle

#include "Primitives.h"

using namespace clang;

namespace heddle::primitives {

/// A class whose constructor acquires a lock that its destructor releases.
ModelPtr guard(ModelDraft &Draft, const CXXRecordDecl *RD) {
  const CXXDestructorDecl *D = RD->getDestructor();
  Code *DC = D ? Draft.U.code(D) : nullptr;
  if (!DC)
    return nullptr;
  const FieldDecl *Lock = nullptr;
  for (const Event &E : DC->Events)
    if (E.Kind == Op::Release && E.Object.This && E.Object.Path.size() == 1)
      Lock = E.Object.Path.front();
  if (!Lock || !(Lock->getType()->isReferenceType() || Lock->getType()->isPointerType()))
    return nullptr;
  auto T = makeModel(Role::Guard);
  bool Any = false;
  for (const CXXConstructorDecl *Ctor : RD->ctors()) {
    Code *C = Ctor->isCopyOrMoveConstructor() ? nullptr : Draft.U.code(Ctor);
    if (!C)
      continue;
    int Param = -1;
    const auto *CD = cast<CXXConstructorDecl>(C->Fn);
    for (const CXXCtorInitializer *I : CD->inits())
      if (I->getAnyMember() == Lock && I->getInit())
        if (auto P = C->place(I->getInit()); P && P->Root)
          if (const auto *PV = dyn_cast<ParmVarDecl>(P->Root); PV && P->Path.empty())
            Param = static_cast<int>(PV->getFunctionScopeIndex());
    for (const Event &E : C->Events) {
      bool Takes = E.Kind == Op::Acquire || E.Kind == Op::AcquireShared;
      bool OnField = E.Object.This && E.Object.Path.size() == 1 && E.Object.Path.front() == Lock;
      bool OnParam = Param >= 0 && E.Object.Root == CD->getParamDecl(Param) && E.Object.Path.empty();
      if (Takes && (OnField || OnParam) && Param >= 0) {
        Action A{E.Kind, {Operand::Param, static_cast<unsigned>(Param)}, {}, -1, Runs::Later, false};
        Draft.Actions[Ctor->getCanonicalDecl()].push_back(A);
        Any = true;
      }
    }
  }
  if (!Any)
    return nullptr;
  // unlock() and lock() of the guard itself.
  for (const CXXMethodDecl *M : RD->methods()) {
    if (isa<CXXConstructorDecl>(M) || isa<CXXDestructorDecl>(M))
      continue;
    if (Code *C = Draft.U.code(M))
      for (const Event &E : C->Events)
        if (E.Object.This && E.Object.Path.size() == 1 && E.Object.Path.front() == Lock &&
            (E.Kind == Op::Acquire || E.Kind == Op::Release))
          Draft.act(M, E.Kind);
  }
  return T;
}

} // namespace heddle::primitives

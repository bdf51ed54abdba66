#include "Primitives.h"

using namespace clang;

namespace heddle::primitives {

/// Returns true if the parameter is a callable of its own: a std::function, a pointer to a function.
static bool isCallable(Unit &U, const ParmVarDecl *P) {
  QualType T = P->getType().getNonReferenceType();
  return U.role(T) == Role::Function || (T->isPointerType() && T->getPointeeType()->isFunctionType());
}

/// A class with the handle of a thread in it whose bodies stand in another file: it is made from a callable, and can be
/// joined. One that can also be started or run does not start with its constructor.
ModelPtr opaqueThread(ModelDraft &Draft, const CXXRecordDecl *RD) {
  bool HasHandle = llvm::any_of(Draft.Fields, [&](const FieldDecl *F) { return isTaskHandle(Draft.role(F)); });
  const CXXMethodDecl *Join = nullptr;
  for (const CXXMethodDecl *M : RD->methods()) {
    if (isa<CXXConstructorDecl, CXXDestructorDecl>(M) || M->isStatic() || M->getAccess() != AS_public)
      continue;
    std::string Name = plainName(M);
    if (Name.starts_with("start") || Name.starts_with("run"))
      return nullptr;
    if (Name == "join" && M->param_empty() && !Draft.U.visible(M))
      Join = M;
  }
  llvm::SmallVector<const CXXConstructorDecl *, 2> Takes;
  for (const CXXConstructorDecl *C : RD->ctors())
    if (!Draft.U.visible(C) && llvm::any_of(C->parameters(), [&](const auto *P) { return isCallable(Draft.U, P); }))
      Takes.push_back(C);
  if (!HasHandle || !Join || Takes.empty())
    return nullptr;
  Draft.act(Join, Op::Join);
  for (const CXXConstructorDecl *C : Takes)
    Draft.act(C, Op::Spawn);
  ModelPtr T = makeModel(Role::JoiningThread);
  FunctionModel Starts;
  Starts.MinArgs = 1;
  Starts.Actions.push_back({Op::Spawn, {Operand::This, 0}, {}, -1, Runs::Concurrently, false});
  T->Constructors.push_back(std::move(Starts));
  return T;
}

} // namespace heddle::primitives

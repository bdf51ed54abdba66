#include "Primitives.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle::primitives {

/// Returns true if the parameter is a callable of its own: a std::function, a pointer to a function.
static bool isCallable(Unit &U, const ParmVarDecl *P) {
  QualType T = P->getType().getNonReferenceType();
  return U.role(T) == Role::Function || (T->isPointerType() && T->getPointeeType()->isFunctionType());
}

/// The model of a class whose constructor starts the thread. \p Callable: the argument that it runs; -1: any.
static ModelPtr startedByConstructor(int Callable) {
  ModelPtr T = makeModel(Role::JoiningThread);
  FunctionModel Starts;
  Starts.MinArgs = 1;
  Starts.Actions.push_back({Op::Spawn, {Operand::This, 0}, {}, Callable, Runs::Concurrently, false});
  T->Constructors.push_back(std::move(Starts));
  return T;
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
  return startedByConstructor(-1);
}

/// Returns true if the constructor starts a thread in the field that runs the first callable which it is given.
static bool startsGiven(Unit &U, const CXXConstructorDecl *Ctor, const FieldDecl *Handle) {
  const Code *C = U.visible(Ctor) ? U.code(U.visible(Ctor)) : nullptr;
  return C && C->Fn->getNumParams() && llvm::any_of(C->Events, [&](const Event &E) {
           bool Starts = E.Kind == Op::Spawn && E.Object.This && E.Object.Path.size() == 1 &&
                         E.Object.Path.front() == Handle && E.Site;
           return Starts && anyOf<DeclRefExpr>(E.Site, Walk::NoLambdas, [&](const DeclRefExpr *DR) {
                    return DR->getDecl() == C->Fn->getParamDecl(0);
                  });
         });
}

/// A class around one thread, whose constructor starts it with the callable that it is given, and whose destructor
/// joins it: std::jthread before C++20.
ModelPtr joiningThread(ModelDraft &Draft, const CXXRecordDecl *RD) {
  const FieldDecl *Handle = nullptr;
  for (const FieldDecl *F : Draft.Fields) {
    Role R = Draft.role(F);
    if (R == Role::Atomic || R == Role::None)
      continue;
    if ((R != Role::Thread && R != Role::JoiningThread) || Handle || F->getType()->isPointerType() ||
        F->getType()->isReferenceType())
      return nullptr;
    Handle = F;
  }
  const CXXDestructorDecl *End = Handle ? RD->getDestructor() : nullptr;
  bool Joins = Handle && Draft.role(Handle) == Role::JoiningThread && !(End && End->isUserProvided());
  auto Does = [&](const MethodFacts &F, Op O) {
    return llvm::any_of(F.FieldEvents, [&](const auto &X) { return X.second == Handle && X.first->Kind == O; });
  };
  if (const Code *C = Handle && End && Draft.U.visible(End) ? Draft.U.code(Draft.U.visible(End)) : nullptr) {
    Joins |= Does(readMethod(Draft.U, End), Op::Join);
    for (const Event &E : C->Events)
      for (const MethodFacts &F : Draft.Methods)
        Joins |= E.Kind == Op::Call && E.Callee && E.Object.isThis() && Does(F, Op::Join) &&
                 E.Callee->getCanonicalDecl() == F.M->getCanonicalDecl();
  }
  if (!Joins)
    return nullptr;
  llvm::SmallVector<const CXXConstructorDecl *, 2> Starts;
  auto Add = [&](const FunctionDecl *F) {
    if (const auto *Ctor = dyn_cast_or_null<CXXConstructorDecl>(F); Ctor && startsGiven(Draft.U, Ctor, Handle))
      Starts.push_back(Ctor);
  };
  for (const Decl *D : RD->decls()) {
    if (const auto *T = dyn_cast<FunctionTemplateDecl>(D))
      llvm::for_each(T->specializations(), Add);
    else
      Add(dyn_cast<CXXConstructorDecl>(D));
  }
  if (Starts.empty())
    return nullptr;
  for (const CXXConstructorDecl *C : Starts)
    Draft.act(C, Op::Spawn, {Fact::OwnThread});
  for (const MethodFacts &F : Draft.Methods)
    for (Op O : {Op::Join, Op::Detach, Op::Test})
      if (Does(F, O))
        Draft.act(F.M, O);
  return startedByConstructor(0);
}

} // namespace heddle::primitives

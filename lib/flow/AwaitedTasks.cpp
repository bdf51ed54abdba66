#include "AwaitedTasks.h"
#include "MakeFacts.h"

using namespace clang;

namespace heddle {

void AwaitedTasks::addStarted(const ValueDecl *Handle, Awaited &Found) {
  auto Add = [&](const FunctionDecl *Body, SourceLocation Loc) {
    const FunctionDecl *Def = U.visible(Body);
    if (!Def)
      Found.All = false;
    else if (!llvm::is_contained(Found.Bodies, Def)) {
      Found.Bodies.push_back(Def);
      Found.StartedAt.push_back(Loc);
    }
  };
  for (const IndexedEvent &X : U.get<EventIndex>().about(Handle)) {
    if (X.What->Kind != Op::Spawn)
      continue;
    if (X.What->Tasks.empty())
      Found.All = false;
    for (const CallableRef &T : X.What->Tasks)
      Add(T.Body, X.What->loc());
  }
  const auto *Field = dyn_cast<FieldDecl>(Handle);
  ClassFacts *Class = Field ? U.get<ClassTable>().of(dyn_cast<CXXRecordDecl>(Field->getParent())) : nullptr;
  if (Class)
    for (const ClassTask &T : Class->Tasks)
      if (T.Handle == Field)
        Add(T.Body, T.Loc);
}

/// Of a class of threads: what the members that it overrides do is what its thread runs.
void AwaitedTasks::addOverridden(const CXXRecordDecl *Class, Awaited &Found) {
  for (const CXXMethodDecl *M : Class->methods())
    for (const CXXMethodDecl *Base : M->overridden_methods())
      if (const FunctionDecl *Def = U.visible(M);
          Def && !isa<CXXDestructorDecl>(M) && isTaskHandle(U.role(Base->getThisType()))) {
        Found.Bodies.push_back(Def);
        Found.StartedAt.push_back(Def->getLocation());
      }
}

Awaited AwaitedTasks::of(const Code &C, const Event &Wait) {
  Awaited Found;
  if (!Wait.Object.valid())
    return Found;
  Found.All = true;
  const ValueDecl *Handle = C.whole(Wait.Object).last();
  const auto *Member = dyn_cast<CXXMethodDecl>(C.Fn);
  const CXXRecordDecl *Class = Handle                       ? U.pointee(Handle->getType())->getAsCXXRecordDecl()
                               : Member && Wait.Object.This ? Member->getParent()
                                                            : nullptr;
  if (Class && Class->hasDefinition())
    addOverridden(Class->getDefinition(), Found);
  if (Handle)
    addStarted(Handle, Found);
  Found.All &= !Found.Bodies.empty();
  return Found;
}

Awaited AwaitedTasks::startedOn(const ValueDecl *Handle) {
  Awaited Found;
  Found.All = true;
  addStarted(Handle, Found);
  return Found;
}

std::optional<Witness> AwaitedTasks::taking(const Awaited &Tasks, const Place &Lock) {
  for (const FunctionDecl *Body : Tasks.Bodies)
    for (const Witness &W : U.get<CriticalSections>().deeds(Body, Deed::Locks))
      if (W.Does->Object.valid() && W.Does->Object.last() == Lock.last() && Lock.last() && !Lock.Element)
        return W;
  return std::nullopt;
}

bool AwaitedTasks::opaque(const Awaited &Tasks) {
  return llvm::any_of(Tasks.Bodies, [&](const FunctionDecl *Body) {
    return U.get<Calls>()
        .find(Body, [](const Code &, const Event &E) { return E.Kind == Op::Call && !E.Callee; })
        .has_value();
  });
}

AwaitedTasks::AwaitedTasks(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<AwaitedTasks>(Unit &);

} // namespace heddle

#include "Primitives.h"

using namespace clang;

namespace heddle::primitives {

/// A class whose members each pass one operation on to the same field: what happens to the field happens to it.
ModelPtr wrapper(ModelDraft &Draft) {
  Role Found = Role::None;
  const FieldDecl *Inner = nullptr;
  bool Threads = false;
  for (const MethodFacts &F : Draft.Methods)
    for (const auto &[E, Fd] : F.FieldEvents) {
      QualType Elem = Draft.U.element(Fd->getType());
      Role R = Elem.isNull() ? Draft.role(Fd) : Draft.U.role(Elem);
      if (R == Role::None)
        R = taskHandleIn(Draft.U, Elem);
      Threads |= R == Role::Thread;
      bool Owner =
          R == Role::Group || R == Role::Channel || (!Elem.isNull() && (R == Role::Thread || R == Role::Future));
      if (!Owner || (Fd->getType()->isPointerType() || Fd->getType()->isReferenceType()))
        continue;
      if (Inner && Inner != Fd)
        return nullptr; // two of a kind: the object is neither
      Inner = Fd;
      Found = R == Role::Channel ? Role::Channel : Role::Group;
    }
  if (!Inner)
    return nullptr;
  bool Spawns = false, Waits = false;
  for (const MethodFacts &F : Draft.Methods) {
    llvm::DenseSet<int> Done;
    for (const auto &[E, Fd] : F.FieldEvents) {
      if (Fd != Inner)
        continue;
      Op O = E->Kind;
      if (Found == Role::Group && (O == Op::Join || O == Op::Await || O == Op::Consume))
        O = Op::Wait;
      bool Carries = O == Op::Spawn || O == Op::Wait || O == Op::Send || O == Op::TrySend || O == Op::Receive ||
                     O == Op::TryReceive || O == Op::Close || O == Op::Limit;
      if (!Carries || !Done.insert(static_cast<int>(O)).second)
        continue;
      if (!isUnconditional(Draft.U, *E, F.M))
        continue;
      if (E->may(Fact::Blocking) && E->may(Fact::Unbounded))
        Draft.act(F.M, O, {Fact::Blocking, Fact::Unbounded}); // unless somebody sets a limit
      else if (E->may(Fact::Blocking))
        Draft.act(F.M, O, {Fact::Blocking});
      else if (O == Op::Spawn && Threads)
        Draft.act(F.M, O, {Fact::OwnThread});
      else
        Draft.act(F.M, O);
      Spawns |= O == Op::Spawn;
      Waits |= O == Op::Wait;
    }
  }
  if (Found == Role::Group && !(Spawns && Waits)) {
    for (const MethodFacts &F : Draft.Methods)
      Draft.Actions.erase(F.M->getCanonicalDecl());
    return nullptr;
  }
  return makeModel(Found);
}

} // namespace heddle::primitives

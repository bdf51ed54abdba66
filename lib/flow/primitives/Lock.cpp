#include "Primitives.h"

#include "llvm/ADT/StringSwitch.h"

using namespace clang;

namespace heddle::primitives {

std::string plainName(const CXXMethodDecl *M) {
  std::string Name = M->getIdentifier() ? M->getName().lower() : "";
  llvm::erase(Name, '_');
  return Name;
}

bool isTryLock(const CXXMethodDecl *M) { return M->param_empty() && plainName(M) == "trylock"; }

/// A class that hands its lock operations on to one inside (a wrapper around pthread_mutex_t, std::mutex).
ModelPtr lockWrapper(ModelDraft &Draft, const CXXRecordDecl *RD) {
  const CXXMethodDecl *Takes = nullptr, *Gives = nullptr;
  std::vector<std::pair<const CXXMethodDecl *, Op>> Ops;
  Role Inner = Role::Mutex;
  for (const CXXMethodDecl *M : RD->methods()) {
    if (isa<CXXConstructorDecl>(M) || isa<CXXDestructorDecl>(M) || M->isStatic())
      continue;
    Code *C = Draft.U.code(M);
    if (!C)
      continue;
    const Event *Only = nullptr;
    unsigned Count = 0;
    bool Guards = false;
    for (const Event &E : C->Events)
      if ((E.Kind == Op::Acquire || E.Kind == Op::AcquireShared || E.Kind == Op::Release || E.Kind == Op::TryAcquire) &&
          E.Object.This && E.Object.Path.size() == 1) {
        Guards |= E.Guard != nullptr;
        Only = &E;
        ++Count;
      }
    // A class that also works under its lock is not a lock: its members say what they do to the field.
    if (Guards || Count > 1)
      return nullptr;
    if (Count == 0)
      continue;
    Ops.emplace_back(M, Only->Kind);
    Inner = Draft.role(Only->Object.Path.front());
    if (Only->Kind == Op::Acquire)
      Takes = M;
    if (Only->Kind == Op::Release)
      Gives = M;
  }
  if (!Takes || !Gives)
    return nullptr;
  for (auto &[M, O] : Ops)
    Draft.act(M, O);
  return makeModel(Inner == Role::None ? Role::Mutex : Inner);
}

/// What the standard calls BasicLockable is a lock, however it is made (of atomics, of a system call), and so is one
/// that spells these names in its own way and whose bodies stand elsewhere.
ModelPtr lockable(ModelDraft &Draft, const CXXRecordDecl *RD) {
  std::vector<std::pair<const CXXMethodDecl *, Op>> Ops;
  bool Hidden = false;
  for (const CXXMethodDecl *M : RD->methods()) {
    if (!M->getIdentifier() || M->isStatic() || M->getNumParams() != 0 || M->getAccess() != AS_public)
      continue;
    bool Standard = M->getName().lower() == M->getName();
    Op O = llvm::StringSwitch<Op>(plainName(M))
               .Case("lock", Op::Acquire)
               .Case("writelock", Op::Acquire)
               .Case("lockshared", Op::AcquireShared)
               .Case("readlock", Op::AcquireShared)
               .Case("unlock", Op::Release)
               .Case("unlockshared", Op::Release)
               .Case("readunlock", Op::Release)
               .Case("writeunlock", Op::Release)
               .Case("trylock", Op::TryAcquire)
               .Default(Op::Test);
    bool Seen = Draft.U.visible(M), Says = !Seen && M->getReturnType()->isIntegerType(); // an error code
    if (O == Op::Test || (Seen && !Standard) ||
        !(O == Op::TryAcquire ? M->getReturnType()->isBooleanType() : M->getReturnType()->isVoidType() || Says))
      continue;
    Hidden |= !Seen;
    Ops.emplace_back(M, O);
  }
  auto Has = [&](Op O) { return llvm::any_of(Ops, [&](const auto &X) { return X.second == O; }); };
  // With a lock inside, or leading to one, it is something else: its members say what they do to that lock.
  bool Around = llvm::any_of(RD->fields(), [&](const FieldDecl *F) {
    QualType To = F->getType()->getPointeeType();
    bool Opaque = Hidden && !To.isNull() && To->isIncompleteType(); // what the hidden bodies work with
    return (isLock(Draft.role(F)) && !Hidden) || (!To.isNull() && !Opaque);
  });
  if (!(Has(Op::Acquire) || Has(Op::AcquireShared)) || !Has(Op::Release) || Around)
    return nullptr;
  for (const auto &[M, O] : Ops)
    Draft.act(M, O);
  return makeModel(Role::Mutex);
}

} // namespace heddle::primitives

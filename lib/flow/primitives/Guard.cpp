#include "Primitives.h"

using namespace clang;

namespace heddle::primitives {

namespace {

/// An operation on a lock, in the names of the body that was asked about.
struct LockOp {
  Op Does;
  Place Lock;
};

bool isReference(const ValueDecl *D) { return D->getType()->isReferenceType() || D->getType()->isPointerType(); }

bool isLockOp(Op O) { return O == Op::Acquire || O == Op::AcquireShared || O == Op::Release; }

/// What the event does to a lock: itself, or by a member that does nothing else with locks, `table.lock();`.
std::optional<LockOp> lockOp(Unit &U, const Event &E) {
  if (isLockOp(E.Kind) && !E.Guard)
    return LockOp{E.Kind, E.Object};
  const Code *Inner = E.Kind == Op::Call && isa_and_nonnull<CXXMemberCallExpr>(E.Site) && E.Object.valid() && E.Callee
                          ? U.code(E.Callee)
                          : nullptr;
  const Event *Only = nullptr;
  for (const Event &X : Inner ? llvm::ArrayRef(Inner->Events) : llvm::ArrayRef<Event>())
    if (isLock(X.ObjectRole)) {
      if (Only)
        return std::nullopt;
      Only = &X;
    }
  if (!Only || !isLockOp(Only->Kind) || Only->Guard || !Only->Object.This || Only->Object.Element)
    return std::nullopt;
  Place Lock = E.Object;
  Lock.Path.append(Only->Object.Path.begin(), Only->Object.Path.end());
  return LockOp{Only->Kind, Lock};
}

/// What the constructor's list initialises the member with, or null.
const Expr *initialiser(const Code &Ctor, const FieldDecl *F) {
  for (const CXXCtorInitializer *I : cast<CXXConstructorDecl>(Ctor.Fn)->inits())
    if (I->getAnyMember() == F)
      return I->getInit();
  return nullptr;
}

/// The parameter of the constructor that a place begins with, as the parameter itself or as the member that the
/// initialiser list sets to it; and the members that lead on from there.
struct Given {
  unsigned Param;
  std::vector<const FieldDecl *> Part;
};

std::optional<Given> given(Unit &U, const Code &Ctor, const Place &P) {
  const ValueDecl *Root = P.Root;
  auto Rest = llvm::ArrayRef(P.Path);
  if (P.This && !P.Path.empty()) {
    const Expr *Init = initialiser(Ctor, P.Path.front());
    if (auto From = Init ? Ctor.place(Init) : std::nullopt; From && From->Path.empty())
      Root = From->Root;
    Rest = Rest.drop_front();
  }
  const auto *Param = dyn_cast_or_null<ParmVarDecl>(Root);
  // A member of what has a model is a matter of that model.
  if (!Param || P.Element || (!Rest.empty() && U.type(U.pointee(Param->getType().getNonReferenceType()))))
    return std::nullopt;
  Given G{Param->getFunctionScopeIndex(), {}};
  G.Part.assign(Rest.begin(), Rest.end());
  return G;
}

/// The lock, not part of the object, that the destructor releases: `mutex_`, `table_->lock`.
std::optional<Place> releasedBy(Unit &U, const Code &Dtor) {
  std::optional<Place> Lock;
  for (const Event &E : Dtor.Events)
    if (auto X = lockOp(U, E); X && X->Does == Op::Release && X->Lock.This && !X->Lock.Path.empty() && !X->Lock.Element)
      Lock = X->Lock;
  return Lock && isReference(Lock->Path.front()) ? Lock : std::nullopt;
}

/// unlock() and lock() of the guard itself: what they do to the lock that \p Does finds in their events.
void actMembers(ModelDraft &Draft, const CXXRecordDecl *RD, llvm::function_ref<std::optional<Op>(const Event &)> Does) {
  for (const CXXMethodDecl *M : RD->methods())
    if (const Code *C = isa<CXXConstructorDecl, CXXDestructorDecl>(M) ? nullptr : Draft.U.code(M))
      for (const Event &E : C->Events)
        if (auto O = Does(E); O == Op::Acquire || O == Op::Release)
          Draft.act(M, *O);
}

/// A member of the class that is a guard itself: `std::lock_guard<std::mutex> guard_;`.
const FieldDecl *guardIn(ModelDraft &Draft, const CXXRecordDecl *RD) {
  const FieldDecl *Found = nullptr;
  for (const FieldDecl *F : RD->fields())
    if (isGuard(Draft.role(F)) && F->getType()->isRecordType()) {
      if (Found)
        return nullptr;
      Found = F;
    }
  return Found;
}

} // namespace

bool mayGuard(const CXXRecordDecl *RD) {
  constexpr unsigned MaxFields = 3;
  const CXXDestructorDecl *D = RD->getDestructor();
  return D && D->isUserProvided() && std::distance(RD->field_begin(), RD->field_end()) <= MaxFields &&
         llvm::any_of(RD->fields(), [](const FieldDecl *F) {
           return isReference(F) && F->getType()->getPointeeType()->isRecordType();
         });
}

/// A class around a guard whose constructors have the lock from an argument.
static bool aroundGuard(ModelDraft &Draft, const CXXRecordDecl *RD, const FieldDecl *Inner) {
  std::vector<std::pair<const CXXConstructorDecl *, Action>> All;
  for (const CXXConstructorDecl *Ctor : RD->ctors()) {
    const Code *C =
        Ctor->isCopyOrMoveConstructor() || Ctor->isImplicit() || Ctor->isDeleted() ? nullptr : Draft.U.code(Ctor);
    if (!C)
      continue;
    const Expr *Init = initialiser(*C, Inner);
    const auto *Made = Init ? dyn_cast<CXXConstructExpr>(Init->IgnoreImplicit()) : nullptr;
    auto Lock = Made && Made->getNumArgs() == 1 ? C->place(Made->getArg(0)) : std::nullopt;
    auto From = Lock ? given(Draft.U, *C, *Lock) : std::nullopt;
    if (!From)
      return false;
    Op Does = Draft.role(Inner) == Role::SharedGuard ? Op::AcquireShared : Op::Acquire;
    All.push_back(
        {Ctor->getCanonicalDecl(), {Does, {Operand::Param, From->Param}, {}, -1, Runs::Later, false, From->Part}});
  }
  for (auto &[Ctor, A] : All)
    Draft.Actions[Ctor].push_back(A);
  if (!All.empty())
    actMembers(Draft, RD, [&](const Event &E) -> std::optional<Op> {
      bool Own = E.Object.This && !E.Object.Path.empty() && E.Object.Path.front() == Inner;
      return Own ? std::optional(E.Kind) : std::nullopt;
    });
  return !All.empty();
}

/// A class whose constructor acquires a lock that its destructor releases: a lock that it refers to, or a member of an
/// object that it refers to.
ModelPtr guard(ModelDraft &Draft, const CXXRecordDecl *RD) {
  if (const FieldDecl *Inner = guardIn(Draft, RD))
    return aroundGuard(Draft, RD, Inner) ? makeModel(Draft.role(Inner)) : nullptr;
  const CXXDestructorDecl *D = RD->getDestructor();
  Code *DC = D ? Draft.U.code(D) : nullptr;
  if (!DC)
    return nullptr;
  auto Lock = releasedBy(Draft.U, *DC);
  if (!Lock)
    return nullptr;
  bool Exclusive = false, Shared = false;
  for (const CXXConstructorDecl *Ctor : RD->ctors()) {
    const Code *C = Ctor->isCopyOrMoveConstructor() ? nullptr : Draft.U.code(Ctor);
    if (!C)
      continue;
    for (const Event &E : C->Events) {
      auto X = lockOp(Draft.U, E);
      auto From = X && X->Does != Op::Release ? given(Draft.U, *C, X->Lock) : std::nullopt;
      // By the name of the member, or by that of the parameter.
      if (!From || !llvm::equal(From->Part, llvm::ArrayRef(Lock->Path).drop_front()))
        continue;
      Draft.Actions[Ctor->getCanonicalDecl()].push_back(
          {X->Does, {Operand::Param, From->Param}, {}, -1, Runs::Later, false, From->Part});
      Exclusive |= X->Does == Op::Acquire;
      Shared |= X->Does == Op::AcquireShared;
    }
  }
  if (!Exclusive && !Shared)
    return nullptr;
  actMembers(Draft, RD, [&](const Event &E) -> std::optional<Op> {
    auto X = lockOp(Draft.U, E);
    return X && X->Lock == *Lock ? std::optional(X->Does) : std::nullopt;
  });
  return makeModel(Exclusive ? Role::Guard : Role::SharedGuard);
}

} // namespace heddle::primitives

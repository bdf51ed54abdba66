// What calls do, by models and visible bodies, and what assignments replace.
#include "Events.h"
#include "LibraryCode.h"
#include "Loops.h"
#include "MakeFacts.h"

#include "clang/AST/ASTContext.h"

#include <map>

using namespace clang;

namespace heddle {

namespace {

/// What algorithms do, for those that are given a policy: the same, on several threads.
class ParallelActions {
public:
  explicit ParallelActions(Unit &U) : U(U) {}

  const Action &of(const Action &A, llvm::ArrayRef<const Expr *> Args) {
    const TypeModel *Policy = A.Operation == Op::RunNow && !Args.empty() ? U.Models.type(Args[0]->getType()) : nullptr;
    if (!Policy || !Policy->With.has(Fact::Parallel))
      return A;
    auto [It, New] = Known.try_emplace(&A, A);
    if (New)
      It->second.With.add(Fact::Parallel);
    return It->second;
  }

private:
  Unit &U;
  std::map<const Action *, Action> Known;
};

} // namespace

/// What the handle runs that the body has made by one call: `thread_.reset(QThread::create(f)); thread_->start();`.
static llvm::SmallVector<CallableRef, 1> madeWith(const Code &C, const Place &Handle) {
  const CallExpr *Made = nullptr;
  unsigned Several = 0;
  forEach<CallExpr>(C.Fn->getBody(), Walk::NoLambdas, [&](const CallExpr *Call) {
    Role R = Call->getType()->isPointerType() ? C.U.role(Call->getType()) : Role::None;
    if ((R != Role::Thread && R != Role::JoiningThread) || C.destination(Call) != Handle)
      return;
    Made = Call;
    ++Several;
  });
  return Several == 1 ? C.callables(Made) : llvm::SmallVector<CallableRef, 1>();
}

void Extractor::emit(const Action &Modelled, const Expr *Site, const Expr *Operand, std::optional<Place> Pl,
                     llvm::ArrayRef<const Expr *> Args, const FunctionDecl *Callee) {
  const Action &A = U.get<ParallelActions>().of(Modelled, Args);
  Role R = Operand ? U.role(Operand->getType()) : Role::None;
  if (!Operand)
    if (const auto *E = dyn_cast<Expr>(Site))
      R = U.role(E->getType());
  llvm::SmallVector<Place, 2> Objects;
  const VarDecl *Guard = nullptr;
  if (isGuard(R) && Pl && Pl->Root && Pl->Path.empty()) {
    Guard = dyn_cast<VarDecl>(Pl->Root);
    if (Guard && C.guard(Guard))
      Objects = lockedBy(Guard);
  }
  if (Objects.empty())
    Objects.push_back(Pl ? *Pl : Place());
  for (const Place &O : Objects) {
    Event &E = add(A.Operation, Site);
    E.Object = O;
    E.Model = &A;
    E.Callee = Callee;
    E.Guard = Guard;
    E.ObjectRole = Guard ? lockRole(O) : R;
    E.TasksRun = A.When;
    E.OutcomeTells = A.Operation == Op::TryAcquire || A.With.has(Fact::ResultTells);
    if (A.Operation == Op::Spawn || A.Operation == Op::Defer || A.Operation == Op::RunNow)
      addTasks(E, &A, Args);
    if (A.Operation == Op::Spawn && E.Tasks.empty() && O.valid())
      E.Tasks = madeWith(C, O);
  }
  if (A.Operation == Op::RunNow)
    for (const Expr *Arg : Args)
      handRange(Site, Arg);
  if (Operand)
    consume(Operand);
}

void Extractor::handRange(const Expr *Site, const Expr *Arg) {
  const Expr *Range = strip(Arg);
  if (const auto *M = dyn_cast_or_null<CXXMemberCallExpr>(Range))
    Range = M->getImplicitObjectArgument();
  QualType Elem = Range ? U.element(Range->getType()) : QualType();
  if (Elem.isNull() || !isFollowed(U.role(Elem)))
    return;
  if (auto Pl = C.place(Range)) {
    Event &E = add(Op::Escape, Site);
    E.Object = *Pl;
    E.ObjectRole = Role::Container;
  }
}

void Extractor::act(const Action &A, const Expr *Site, const FunctionDecl *F, const Expr *Obj,
                    llvm::ArrayRef<const Expr *> Args) {
  switch (A.On.K) {
  case Operand::This:
    if (isa<CXXConstructExpr>(Site))
      emit(A, Site, nullptr, C.destination(Site), Args, F);
    else
      emit(A, Site, Obj, Obj ? C.place(Obj) : std::nullopt, Args, F);
    break;
  case Operand::Result:
    emit(A, Site, nullptr, C.destination(Site), Args, F);
    break;
  case Operand::Param:
    if (A.On.Index < Args.size())
      emit(A, Site, Args[A.On.Index], C.place(Args[A.On.Index]), Args, F);
    break;
  case Operand::AllParams:
    for (const Expr *P : Args)
      if (Role R = U.role(P->getType());
          A.Operation == Op::Await ? R == Role::Future || R == Role::SharedFuture : isLock(R) || isGuard(R))
        emit(A, Site, P, C.place(P), Args, F);
    break;
  }
  if (A.Operation == Op::Insert && Obj)
    handleInsertion(Site, Obj, Args);
  if (A.Operation == Op::WaitCondition) {
    addPredicates(Site, Args);
    for (const Expr *X : Args) // its lock and its predicate stay here
      consume(X);
  }
}

void Extractor::settle(const Expr *Site, const FunctionDecl *F, const Expr *Obj, llvm::ArrayRef<Action> Acts,
                       llvm::ArrayRef<const Expr *> Args) {
  // The model describes the object and the locks involved completely (a wait takes its guard by reference).
  for (const Expr *A : Args)
    if (isGuard(U.role(A->getType())) || isLock(U.role(A->getType())))
      consume(A);
  if (Obj)
    consume(Obj);
  // `while (jobs.read(job))`: what was in it before is overwritten with the next.
  bool Yields = llvm::any_of(Acts, [](const Action &A) {
    return A.Operation == Op::Receive || A.Operation == Op::TryReceive || A.Operation == Op::Extract;
  });
  for (unsigned I = 0; Yields && I != Args.size() && I < F->getNumParams(); ++I) {
    QualType Param = F->getParamDecl(I)->getType();
    if (Param->isLValueReferenceType() && !Param->getPointeeType().isConstQualified())
      handToUnknown(Site, Param, Args[I]);
  }
}

void Extractor::callVisible(const Expr *Site, const FunctionDecl *Def, const Expr *Obj,
                            llvm::ArrayRef<const Expr *> Args) {
  Event &E = add(Op::Call, Site);
  E.Callee = Def;
  if (Obj)
    if (auto Pl = C.place(Obj))
      E.Object = *Pl;
  // What the callee does with the objects is its summary's business.
  for (const Expr *A : Args)
    if (C.place(A))
      consume(A);
  if (Obj)
    consume(Obj);
  for (unsigned I = 0; I != Args.size() && I < Def->getNumParams(); ++I)
    handToCallee(Site, Def, I, Args[I]);
}

void Extractor::callUnseen(const Expr *Site, const FunctionDecl *F, const Expr *Obj,
                           llvm::ArrayRef<const Expr *> Args) {
  const auto *M = dyn_cast<CXXMethodDecl>(F);
  bool Ctor = isa<CXXConstructorDecl>(F);
  // `request = std::move(next)`: a local that is assigned by its members is still in sight.
  const auto *Left = Obj ? dyn_cast<DeclRefExpr>(strip(Obj)) : nullptr;
  bool Assigned = M && Left && (M->isCopyAssignmentOperator() || M->isMoveAssignmentOperator()) &&
                  (M->isImplicit() || M->isDefaulted()) && !Left->getDecl()->getType()->isReferenceType();
  if (M && !Ctor && !Assigned && !M->isConst() && !M->isStatic() && Obj && !inLibrary(U, F->getLocation()))
    if (auto Pl = C.place(Obj)) {
      Event &E = add(Op::Escape, Site);
      E.Object = *Pl;
    }
  for (unsigned I = 0; I != Args.size(); ++I) {
    QualType P = I < F->getNumParams() ? F->getParamDecl(I)->getType() : QualType();
    handToUnknown(Site, P, Args[I]);
  }
}

void Extractor::handleCall(const Expr *Site, const FunctionDecl *F, const Expr *Obj, const CXXRecordDecl *Static,
                           llvm::ArrayRef<const Expr *> AllArgs) {
  llvm::SmallVector<const Expr *, 6> Args;
  for (const Expr *A : AllArgs)
    if (!isa<CXXDefaultArgExpr>(A))
      Args.push_back(A);
  if (exchangesGuards(Site, F, Obj, Args))
    return;
  llvm::ArrayRef<Action> Acts = U.actions(F, Static, Args.size());
  for (const Action &A : Acts)
    act(A, Site, F, Obj, Args);
  if (!Acts.empty() || U.Models.isModelled(F, Static)) {
    settle(Site, F, Obj, Acts, Args);
    return;
  }

  handleMaker(Site, F, Args);

  if (LockingCalls.contains(Site)) {
    if (Obj)
      consume(Obj);
    for (const Expr *A : Args)
      consume(A);
    return;
  }
  // An accessor names a member and does nothing: place() knows which. One that is given something may use it before.
  const auto *Body = U.visible(F) ? dyn_cast<CompoundStmt>(U.visible(F)->getBody()) : nullptr;
  bool Uses = Body && Body->size() > 1 && !Args.empty();
  if (U.visible(F) && !Uses && isa<CallExpr>(Site) && C.place(Site)) {
    if (Obj)
      consume(Obj);
    return;
  }

  if (const FunctionDecl *Def = U.visible(F))
    callVisible(Site, Def, Obj, Args);
  else
    callUnseen(Site, F, Obj, Args);
}

void Extractor::handleMaker(const Expr *Site, const FunctionDecl *F, llvm::ArrayRef<const Expr *> Args) {
  if (F->getTemplateSpecializationKind() == TSK_Undeclared || !F->getTemplateSpecializationArgs() ||
      F->getTemplateSpecializationArgs()->size() == 0)
    return;
  const TemplateArgument &TA = F->getTemplateSpecializationArgs()->get(0);
  if (TA.getKind() != TemplateArgument::Type)
    return;
  const TypeModel *RT = U.type(F->getReturnType());
  if (!RT || RT->Plays != Role::SmartPointer ||
      U.Ctx.getCanonicalType(U.pointee(F->getReturnType())).getUnqualifiedType() !=
          U.Ctx.getCanonicalType(TA.getAsType()).getUnqualifiedType())
    return;
  constructed(Site, TA.getAsType(), C.destination(Site), Args);
}

void Extractor::constructed(const Expr *Site, QualType T, std::optional<Place> Where,
                            llvm::ArrayRef<const Expr *> Args) {
  const TypeModel *TM = U.type(T);
  if (!TM)
    return;
  for (const FunctionModel &Ctor : TM->Constructors) {
    if ((Ctor.MinArgs >= 0 && static_cast<int>(Args.size()) < Ctor.MinArgs) ||
        (Ctor.MaxArgs >= 0 && static_cast<int>(Args.size()) > Ctor.MaxArgs))
      continue;
    for (const Action &A : Ctor.Actions) {
      Event &E = add(A.Operation, Site);
      E.Object = Where ? *Where : Place();
      E.Model = &A;
      E.ObjectRole = TM->Plays;
      E.TasksRun = A.When;
      if (A.Operation == Op::Spawn)
        addTasks(E, &A, Args);
    }
  }
}

void Extractor::handleInsertion(const Expr *Site, const Expr *Container, llvm::ArrayRef<const Expr *> Args) {
  QualType Elem = U.element(Container->getType());
  if (Elem.isNull() || Args.empty() || !isFollowed(U.role(Elem)))
    return;
  std::optional<Place> Where = C.place(Container);
  if (Where)
    Where->Element = true;
  bool TakesOver = false;
  for (const Expr *A : Args)
    TakesOver |= U.role(A->getType()) == U.role(Elem);
  if (!TakesOver)
    constructed(Site, Elem, Where, Args);
}

void Extractor::handleAssignment(const Expr *Site, const Expr *L, const Expr *R) {
  if (!isFollowed(U.role(L->getType())))
    return;
  auto Pl = C.place(L);
  consume(L);
  if (!Pl)
    return;
  // `t = std::thread(f)`: the right side's own event covers t.
  for (const Event &E : C.Events)
    if (E.Object == *Pl && E.Site && E.Site != Site && within(C, E.Site, Site))
      return;
  bool Takes = C.place(R).has_value();
  // The right side is visited after this; what it spawns or makes becomes this place.
  if (const auto *CE = dyn_cast<CXXConstructExpr>(strip(R)))
    Takes = CE->getConstructor()->isCopyOrMoveConstructor() && C.place(R).has_value();
  const TypeModel *TM = U.type(U.pointee(L->getType()));
  if (TM && (TM->Plays == Role::Thread || TM->Plays == Role::JoiningThread || TM->Plays == Role::Future)) {
    if (startsTask(R))
      return;      // its own event says so
    Takes = false; // whatever it is, it replaces what was there
  }
  Event &E = add(Takes ? Op::Escape : Op::Reset, Site);
  E.Object = *Pl;
}

bool Extractor::startsTask(const Expr *R) {
  R = strip(R);
  if (const auto *CE = dyn_cast_or_null<CXXConstructExpr>(R); CE && CE->getConstructor()->isCopyOrMoveConstructor())
    R = strip(CE->getArg(0));
  const FunctionDecl *F = nullptr;
  const CXXRecordDecl *Static = nullptr;
  unsigned N = 0;
  if (const auto *CE = dyn_cast_or_null<CXXConstructExpr>(R)) {
    F = CE->getConstructor();
    Static = CE->getType()->getAsCXXRecordDecl();
    N = writtenArgs(CE);
  } else if (const auto *Call = dyn_cast_or_null<CallExpr>(R)) {
    F = Call->getDirectCallee();
    N = Call->getNumArgs();
    if (const auto *M = dyn_cast<CXXMemberCallExpr>(Call))
      Static = U.record(M->getImplicitObjectArgument());
    // make_unique<std::thread>(f)
    const TypeModel *T = U.type(Call->getType());
    if (F && N > 0 && T && T->Plays == Role::SmartPointer && inLibrary(U, F->getLocation()))
      return true;
  }
  return F && llvm::any_of(U.actions(F, Static, N), [](const Action &A) { return A.Operation == Op::Spawn; });
}

template std::shared_ptr<void> makeFacts<ParallelActions>(Unit &);

} // namespace heddle

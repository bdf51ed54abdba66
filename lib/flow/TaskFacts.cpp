#include "TaskFacts.h"
#include "LibraryCode.h"
#include "MakeFacts.h"
#include "Order.h"
#include "Uses.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {

const Expr *TaskFacts::policy(const Event &Start) {
  const auto *Call = dyn_cast_or_null<CallExpr>(Start.Site);
  const Expr *First = Call && Call->getNumArgs() ? Call->getArg(0)->IgnoreParenImpCasts() : nullptr;
  return First && First->getType()->getAs<EnumType>() ? First : nullptr;
}

const CXXMethodDecl *TaskFacts::behind(const FunctionDecl *Entry) const {
  const FunctionDecl *Def = U.visible(Entry);
  const auto *Body = Def ? dyn_cast_or_null<CompoundStmt>(Def->getBody()) : nullptr;
  if (!Body || Def->getNumParams() != 1 || !Def->getParamDecl(0)->getType()->isVoidPointerType())
    return nullptr;
  const CXXMethodDecl *Runs = nullptr;
  for (const Stmt *S : Body->body()) {
    const auto *E = dyn_cast<Expr>(S);
    const auto *Call = E ? dyn_cast<CXXMemberCallExpr>(E->IgnoreUnlessSpelledInSource()) : nullptr;
    if (E && (!Call || std::exchange(Runs, Call->getMethodDecl())))
      return nullptr;
    if (!E && !isa<DeclStmt, ReturnStmt>(S))
      return nullptr;
    if (!E && anyOf<CallExpr>(S, [](const CallExpr *) { return true; }))
      return nullptr;
  }
  return Runs && !Runs->isVirtual() && U.visible(Runs) ? Runs : nullptr;
}

/// The bit of the policy that lets the library put the task off; 0 if there is none.
static std::uint64_t deferredBit(const Expr *Policy) {
  for (const EnumConstantDecl *X : Policy->getType()->getAs<EnumType>()->getDecl()->enumerators())
    if (X->getName() == "deferred")
      return X->getInitVal().getZExtValue();
  return 0;
}

Launch TaskFacts::launch(const Code &C, const Event &Start) const {
  if (Start.may(Fact::Parallel))
    return Launch::AtOnce;
  if (Start.Kind != Op::Spawn || Start.may(Fact::CheapTask))
    return Launch::Pool;
  if (Start.may(Fact::OwnThread))
    return Launch::Thread;
  const TypeModel *T = Start.Object.Root ? U.type(Start.Object.Root->getType()) : nullptr;
  if (T && T->With.has(Fact::CheapTask))
    return Launch::Pool;
  if (Start.ObjectRole == Role::Thread || Start.ObjectRole == Role::JoiningThread)
    return Launch::Thread;
  if (Start.may(Fact::MayDefer)) {
    const Expr *Policy = policy(Start);
    if (!Policy)
      return Launch::MayDefer;
    Expr::EvalResult Value;
    if (Policy->isValueDependent() || !Policy->EvaluateAsInt(Value, U.Ctx))
      return Launch::Pool; // not known
    std::uint64_t Bits = Value.Val.getInt().getZExtValue(), Deferred = deferredBit(Policy);
    return (Bits & Deferred) == 0 ? Launch::Thread : Bits == Deferred ? Launch::Deferred : Launch::MayDefer;
  }
  return Start.ObjectRole == Role::Future && Start.may(Fact::Joins) ? Launch::Thread : Launch::Pool;
}

const Loop *TaskFacts::forever(const CallableRef &Task) {
  const Code *Body = Task.Body ? U.code(Task.Body) : nullptr;
  return Body ? Loops.forever(*Body) : nullptr;
}

/// Returns true if the body calls something at the statement that may wait; any function without a visible body may.
static bool mayWaitIn(const Code &C, const Stmt *S, unsigned Depth = 0) {
  if (Depth > 3)
    return true;
  bool Unknown = anyOf<CallExpr>(S, Walk::WithImplicit, [&](const CallExpr *Call) {
    const FunctionDecl *F = Call->getDirectCallee();
    if (F && (F->getBuiltinID() || F->isDefaulted() || inLibrary(C.U, F->getLocation())))
      return false;
    const Code *Inner = F ? C.U.code(F) : nullptr;
    return !Inner || (Inner != &C && mayWaitIn(*Inner, Inner->Fn->getBody(), Depth + 1));
  });
  return Unknown || llvm::any_of(C.Events, [&](const Event &E) {
           return E.Site && has(E.Kind, OpTraits::Blocks) && within(C, E.Site, S);
         });
}

/// Returns true if the body may stay somewhere when there is nothing more to do. What takes piece after piece until
/// there is none left, and waits for none, ends.
bool TaskFacts::mayRunOn(const Code &C, unsigned Depth) {
  auto [It, New] = RunOn.try_emplace(C.Fn, false);
  if (!New)
    return It->second;
  bool Found = llvm::any_of(Loops.in(C), [&](const Loop *L) {
    const Expr *Cond = loopCondition(L->Statement);
    if (isa<CXXForRangeStmt>(L->Statement) || (isa<ForStmt>(L->Statement) && Cond))
      return false;
    StopQuestion Q = Cond ? U.get<StopFacts>().of(C, Cond) : StopQuestion();
    return !Cond || Q.WhenFalse || mayWaitIn(C, Cond);
  });
  Found = Found || llvm::any_of(C.Events, [&](const Event &E) {
            if (E.Kind == Op::Block)
              return E.ObjectRole == Role::EventLoop || E.ObjectRole == Role::Executor || E.ObjectRole == Role::Group;
            const Code *Inner = E.Kind == Op::Call && E.Callee && Depth < 4 ? U.code(E.Callee) : nullptr;
            return Inner && mayRunOn(*Inner, Depth + 1);
          });
  return RunOn[C.Fn] = Found;
}

TaskEnd TaskFacts::end(const CallableRef &Task) {
  const Code *Body = Task.Body ? U.code(Task.Body) : nullptr;
  if (!Body)
    return TaskEnd::Returns;
  if (const Loop *L = Loops.forever(*Body))
    return L->Ends == LoopEnd::OnStop ? TaskEnd::OnStop : TaskEnd::Never;
  return mayRunOn(*Body, 0) ? TaskEnd::Unknown : TaskEnd::Returns;
}

bool TaskFacts::stopsForGood(const CallableRef &Task) {
  return llvm::any_of(stoppedBy(Task), [&](const ValueDecl *D) {
    const auto *F = dyn_cast<FieldDecl>(D);
    bool Flag = F && (F->getType()->isBooleanType() || U.role(F->getType()) == Role::Atomic);
    const FunctionDecl *SetIn = nullptr;
    for (const Use &X : Flag ? llvm::ArrayRef<Use>(U.get<Uses>().everywhere(F)) : llvm::ArrayRef<Use>()) {
      if (!X.is(Use::Writes) || isa_and_nonnull<CXXConstructorDecl>(X.Body))
        continue;
      if (!X.Body || (SetIn && SetIn != X.Body))
        return false;
      SetIn = X.Body;
    }
    return SetIn != nullptr;
  });
}

llvm::SmallVector<const ValueDecl *, 4> TaskFacts::stoppedBy(const CallableRef &Task) {
  llvm::SmallVector<const ValueDecl *, 4> Out;
  const Loop *L = forever(Task);
  if (!L)
    return Out;
  auto Add = [&](const ValueDecl *D) {
    if (D && !llvm::is_contained(Out, D))
      Out.push_back(D);
  };
  for (const StopAsk &A : L->Asked)
    Add(A.Object);
  auto Given = [&](const Stmt *S) {
    forEach<Expr>(S, Walk::WithImplicit, [&](const Expr *E) {
      if (const auto *DR = dyn_cast<DeclRefExpr>(E); DR && isa<VarDecl>(DR->getDecl()))
        Add(DR->getDecl());
      else if (const auto *M = dyn_cast<MemberExpr>(E))
        Add(M->getMemberDecl());
    });
  };
  for (const Expr *A : Task.Args)
    Given(A);
  if (!Task.Lambda)
    Given(Task.Site);
  return Out;
}

const Event *TaskFacts::delay(const CallableRef &Task) const {
  const Code *Body = Task.Body ? U.code(Task.Body) : nullptr;
  for (const Event &E : Body ? llvm::ArrayRef<Event>(Body->Events) : llvm::ArrayRef<Event>()) {
    if (E.Kind == Op::Sleep)
      return enclosingLoop(*Body, E.Site) ? nullptr : &E; // in a loop it is a periodic task
    if (E.Kind != Op::Escape && E.Kind != Op::Move && E.Kind != Op::Self && E.Kind != Op::Test)
      return nullptr;
  }
  return nullptr;
}

bool TaskFacts::periodic(const CallableRef &Task) {
  const Loop *L = forever(Task);
  const Code *Body = L ? U.code(Task.Body) : nullptr;
  return Body && within(*Body, L->Statement, Body->Fn->getBody()) && Loops.waits(*Body, *L);
}

static bool waitsFor(const Code &C, const Event &E, const Place &Handle) {
  return (E.Kind == Op::Wait || E.Kind == Op::Join || E.Kind == Op::Await || E.Kind == Op::Consume) &&
         E.Object.valid() && C.whole(E.Object) == Handle && !E.may(Fact::Timed);
}

const Event *TaskFacts::waiter(Code &C, const Place &Handle, const Stmt *From) const {
  auto Waits = [&](const Event &E) {
    if (waitsFor(C, E, Handle))
      return true;
    bool Own = Handle.This && E.Kind == Op::Call && E.Callee && E.Object.This && E.Object.Path.empty();
    const Code *Helper = Own ? U.code(E.Callee) : nullptr;
    return Helper && Helper != &C &&
           llvm::any_of(Helper->Events, [&](const Event &X) { return waitsFor(*Helper, X, Handle); });
  };
  for (const Event &E : C.Events)
    if (E.Site && Waits(E) && (!From || U.get<Order>().reaches(C, From, E.Site)))
      return &E;
  return nullptr;
}

bool TaskFacts::isPackaged(Unit &U, const Event &E) {
  auto Keeps = [&](const Expr *A) {
    const TypeModel *M = U.Models.type(A->getType());
    return M && M->Plays == Role::Promise && M->With.has(Fact::CarriesExceptions);
  };
  if (const auto *Call = dyn_cast_or_null<CallExpr>(E.Site))
    return llvm::any_of(Call->arguments(), Keeps);
  const auto *Made = dyn_cast_or_null<CXXConstructExpr>(E.Site);
  return Made && llvm::any_of(Made->arguments(), Keeps);
}

TaskFacts::TaskFacts(Unit &U) : U(U), Loops(U.get<LoopFacts>()) {}

template std::shared_ptr<void> makeFacts<TaskFacts>(Unit &);

} // namespace heddle

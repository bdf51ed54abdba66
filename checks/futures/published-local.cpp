// A local variable is lent to another task - captured by it, sent to it, or given as the value of its future - and then
// changes or dies while that task may still look at it.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/Classes.h"
#include "flow/Concurrency.h"
#include "flow/LazyInits.h"
#include "flow/Lent.h"
#include "flow/LibraryCode.h"
#include "flow/Loops.h"
#include "flow/Order.h"
#include "flow/Uses.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/StmtCXX.h"

using namespace clang;

namespace heddle {
namespace {

bool isLocal(const Code &C, const Place &P) {
  const auto *V = dyn_cast_or_null<VarDecl>(P.Root);
  return V && V->hasLocalStorage() && V->getParentFunctionOrMethod() == static_cast<const DeclContext *>(C.Fn);
}

// ---- what a task was given when it was started ----------------------------------------------------------------------

/// The task reads what its starter writes meanwhile. A flag that a loop of the task polls and the variable of a
/// counting loop are other checks' business.
void captured(Code &C, Reporter &R) {
  std::vector<std::pair<const TaskStart *, const ValueDecl *>> Reported; // of one variable one member is enough
  for (const Race &X : C.U.concurrency().races(C)) {
    if (X.OtherTask || X.InTask->Does == Access::Write || X.Other->Does != Access::Write)
      continue;
    if (C.U.get<LazyInits>().of(X.InTask->Object))
      continue; // racy-lazy-init
    const Place &O = X.Other->Object;
    if (!isLocal(C, O) || X.Other->Site->getType().getNonReferenceType()->isBooleanType() ||
        countingLoop(C, cast<VarDecl>(O.Root)) || llvm::is_contained(Reported, std::pair(X.Task, O.Root)))
      continue;
    Reported.emplace_back(X.Task, O.Root);
    R.report(cast<Expr>(X.Other->Entry)->getExprLoc(),
             "'" + O.name() +
                 "' is modified while a task that holds a reference to it may still read it; the task may see a torn "
                 "value (data race); give the task a copy, or wait for it first",
             Story(X.Task->Start->loc(), "the task is started here")
                 .then(X.InTask->Calls)
                 .then(X.InTask->Site->getExprLoc(), "the task reads it here"));
  }
}

// ---- what is handed to another task later ---------------------------------------------------------------------------

/// Returns true if it has threads among its members.
bool hasThreads(Unit &U, const CXXRecordDecl *RD) {
  return RD && RD->hasDefinition() && llvm::any_of(RD->fields(), [&](const FieldDecl *F) {
           QualType E = U.element(F->getType());
           Role R = U.role(E.isNull() ? F->getType() : E);
           return R == Role::Thread || R == Role::JoiningThread;
         });
}

/// Returns true for a member container from which a thread of the same class takes items.
bool isWorkersQueue(const Code &C, const Event &E) {
  const auto *M = dyn_cast<CXXMethodDecl>(C.Fn);
  const auto *Queue = E.Object.This && E.Object.Path.size() == 1 ? E.Object.Path.front() : nullptr;
  return M && Queue && hasThreads(C.U, M->getParent()) &&
         llvm::any_of(allMembers(M->getParent()), [&](const CXXMethodDecl *Other) {
           const Code *In = Other->getCanonicalDecl() == M->getCanonicalDecl() ? nullptr : C.U.code(Other);
           return In && llvm::any_of(In->Events, [&](const Event &X) {
                    return X.Kind == Op::Extract && X.Object.This && !X.Object.Path.empty() &&
                           X.Object.Path.front() == Queue;
                  });
         });
}

/// By what an event hands a value to another task; null if it does not.
const char *handsOver(const Code &C, const Event &E, bool InHelper) {
  switch (E.Kind) {
  case Op::Fulfil:
  case Op::TryFulfil:
    return "as the value of a future";
  case Op::Send:
  case Op::TrySend:
    return "through a channel";
  case Op::Insert: // of a class that wraps a queue
    return InHelper && isWorkersQueue(C, E) ? "through a queue" : nullptr;
  default:
    return nullptr;
  }
}

/// The variable of the body into which a value leads that the event hands over.
Loan lentBy(const Code &C, const Event &E) {
  const auto *Call = dyn_cast_or_null<CallExpr>(E.Site);
  const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
  for (unsigned I = 0; Call && I != Call->getNumArgs(); ++I)
    if (F && F->isVariadic() && I >= F->getNumParams())
      break; // `log("%s", text)` formats it
    else if (Loan L = loan(C, Call->getArg(I)); L && L.Of != E.Object.Root)
      return L;
  return {};
}

/// A value that leads into a local is put where another task finds it.
struct HandOver {
  Loan Object;
  const Event *By = nullptr; ///< in this body
  const char *How = nullptr;
  std::vector<StoryLine> Calls; ///< from there down to the operation
};

/// Those that a body makes, itself or through visible callees.
std::vector<HandOver> handOvers(Code &C) {
  std::vector<HandOver> Found;
  auto &Follows = C.U.get<Calls>();
  for (const Event &E : C.Events) {
    if (const char *How = handsOver(C, E, false))
      if (Loan L = lentBy(C, E))
        Found.push_back({L, &E, How, {}});
    auto *Call = E.Kind == Op::Call ? dyn_cast_or_null<CallExpr>(E.Site) : nullptr;
    auto W =
        Call ? Follows.find(E.Callee, [&](const Code &In,
                                          const Event &X) { return handsOver(In, X, true) && lentBy(In, X).callers(); })
             : std::nullopt;
    if (!W)
      continue;
    HandOver H{lentBy(*W->In, *W->Does), &E, handsOver(*W->In, *W->Does, true), {}};
    W->Through.insert(W->Through.begin(), {&C, Call, C.U.visible(E.Callee)});
    SourceLocation At = W->Does->loc();
    for (const CallEdge &S : llvm::reverse(W->Through)) {
      H.Calls.insert(H.Calls.begin(), {At, "it is passed on here"});
      H.Object = toCaller(S, H.Object);
      At = S.Site->getExprLoc();
    }
    if (H.Object)
      Found.push_back(std::move(H));
  }
  return Found;
}

/// An object with a lock of its own is made to be shared.
bool isMonitor(Unit &U, QualType T) {
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  return RD && RD->hasDefinition() && llvm::any_of(RD->fields(), [&](const FieldDecl *F) {
           Role R = U.role(F->getType());
           return isLock(R) || R == Role::Atomic;
         });
}

/// A queue with a thread of its own that is the body's own, or is asked for something else afterwards: the item may be
/// taken back.
bool mayBeTakenBack(Code &C, const HandOver &H) {
  const Place &Queue = H.By->Object;
  const ValueDecl *Owner = Queue.valid() ? Queue.last() : nullptr;
  if (!Owner || !hasThreads(C.U, C.U.pointee(Owner->getType())->getAsCXXRecordDecl()))
    return false;
  if (isLocal(C, Queue) && !cast<VarDecl>(Queue.Root)->getType()->isReferenceType())
    return true;
  const CXXRecordDecl *RD = H.Object.Of->getType()->getAsCXXRecordDecl();
  if (RD && RD->hasDefinition() && !RD->hasTrivialDestructor() && !inLibrary(C.U, RD->getLocation()))
    return true; // by its destructor
  return llvm::any_of(C.Events, [&](const Event &X) {
    return &X != H.By && X.Site && (X.Kind == Op::Call || X.Kind == Op::Escape) && X.Object == Queue &&
           C.U.get<Order>().reaches(C, H.By->Site, X.Site);
  });
}

/// `while (source.next(item)) …`: the call in the header of a loop around the statement that fills the variable for
/// each iteration. Its body need not be visible: iterations would not differ otherwise.
const CallExpr *filledEachTurn(Code &C, const Stmt *At, const VarDecl *V) {
  for (const Use &X : C.U.get<Uses>().in(C, V)) {
    if (!X.is(Use::Address) || X.Of != Use::Itself)
      continue;
    const auto *Address = dyn_cast<UnaryOperator>(X.Site);
    const Expr *Value = Address;
    const auto *Call = dyn_cast_or_null<CallExpr>(Address ? C.user(Value) : X.Site);
    if (!Call || isa<CXXOperatorCallExpr>(Call) || !Call->getDirectCallee() || C.U.visible(Call->getDirectCallee()))
      continue;
    for (const Stmt *Loop = enclosingLoop(C, At); Loop; Loop = enclosingLoop(C, Loop))
      if (loopCondition(Loop) && within(C, Call, loopCondition(Loop)))
        return Call;
  }
  return nullptr;
}

void handed(Code &C, Reporter &R, const HandOver &H) {
  const VarDecl *V = H.Object.Of;
  const Event &E = *H.By;
  if (H.Object.callers() || isMonitor(C.U, V->getType()) || mayBeTakenBack(C, H))
    return;
  std::string Name = "'" + V->getName().str() + "'", How = H.How;
  auto Notes = [&](SourceLocation Loc, std::string Text) { return Story(Loc, std::move(Text)).then(H.Calls); };
  auto NextTurn = [&](SourceLocation Changed) {
    R.report(E.loc(),
             Name + " is shared by reference with another task " + How +
                 ", and the next iteration modifies it; the task may see a torn value (data race); hand over a copy, "
                 "or move the object",
             Notes(Changed, "the next iteration modifies it here"));
  };
  Reach After = C.U.concurrency().after(C, E.Site);
  for (const Access &A : C.U.concurrency().accesses(C))
    if (A.Does == Access::Write && A.Object.Root == V && After.Before.contains(A.Entry)) {
      SourceLocation Changed = cast<Expr>(A.Entry)->getExprLoc();
      if (C.U.get<Order>().dominates(C, A.Entry, E.Site))
        return NextTurn(Changed);
      return R.report(Changed,
                      Name + " is modified after it was shared by reference with another task " + How +
                          "; the task may see a torn value (data race); hand over a copy, or move the object",
                      Notes(E.loc(), "a reference to it is handed over here"));
    }
  if (const CallExpr *Fills = filledEachTurn(C, E.Site, V); Fills && After.Before.contains(Fills))
    return NextTurn(Fills->getExprLoc());
  if (After.Ends.contains(V))
    R.report(E.loc(),
             "a reference to local " + Name + " is handed to another task " + How +
                 " and outlives it; the task accesses a dead object (use after scope); hand over a copy, or move the "
                 "object",
             Notes(V->getLocation(), Name + " lives until its scope ends"));
}

const MatchCheck Check({.Name = "published-local",
                        .Family = "futures",
                        .Level = Tier::Bug,
                        .Summary = "Finds locals that change or die after they were lent to another task.",
                        .Rows = "F14",
                        .Preview = true},
                       [](Code &C, Reporter &R) {
                         if (isa<CoroutineBodyStmt>(C.Fn->getBody()))
                           return;
                         captured(C, R);
                         for (const HandOver &H : handOvers(C))
                           handed(C, R, H);
                       });

} // namespace
} // namespace heddle

// A local variable is lent to another task - captured by it, sent to it, or given as the value of its future - and then
// changes or dies while that task may still look at it.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Classes.h"
#include "flow/Concurrency.h"
#include "flow/Lent.h"
#include "flow/Loops.h"
#include "flow/Mentions.h"
#include "flow/Unwrap.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/StmtCXX.h"

using namespace clang;

namespace heddle {
namespace {

class Finder {
public:
  Finder(Code &C, Reporter &R) : C(C), R(R), Order(C.U.concurrency()) {}

  void run() {
    captured();
    for (const Loan &L : loans(C))
      handed(L);
  }

private:
  Code &C;
  Reporter &R;
  Concurrency &Order;

  bool isLocal(const Place &P) const {
    const auto *V = dyn_cast_or_null<VarDecl>(P.Root);
    return V && V->hasLocalStorage() && V->getParentFunctionOrMethod() == static_cast<const DeclContext *>(C.Fn);
  }

  /// The task reads what its starter writes meanwhile. A flag that a loop of the task polls and the variable of a
  /// counting loop are other checks' business.
  void captured() {
    std::vector<std::pair<const TaskStart *, const ValueDecl *>> Told; // of one variable one member is enough
    for (const Race &X : Order.races(C)) {
      if (X.OtherTask || X.InTask->Does == Access::Write || X.Other->Does != Access::Write)
        continue;
      const Place &O = X.Other->Object;
      if (!isLocal(O) || isFlag(X.Other->Site->getType()) || isCounter(O) ||
          llvm::is_contained(Told, std::pair(X.Task, O.Root)))
        continue;
      Told.emplace_back(X.Task, O.Root);
      std::vector<StoryLine> Story{{X.Task->Start->loc(), "the task is started here"}};
      Story.insert(Story.end(), X.InTask->Calls.begin(), X.InTask->Calls.end());
      Story.push_back({X.InTask->Site->getExprLoc(), "the task reads it here"});
      R.report(
          cast<Expr>(X.Other->Entry)->getExprLoc(),
          "'" + O.name() +
              "' is changed while the task that was given a reference to it may still read it; the task sees a value "
              "that is half old and half new (a data race); give the task a copy, or wait for it first",
          Story);
    }
  }
  static bool isFlag(QualType T) { return T.getNonReferenceType()->isBooleanType(); }
  bool isCounter(const Place &P) const {
    const auto *V = cast<VarDecl>(P.Root);
    for (const Stmt *S = findDecl(C.Fn->getBody(), V); S; S = C.parent(S))
      if (const auto *F = dyn_cast_or_null<ForStmt>(C.parent(S)))
        return F->getInit() == S;
    return false;
  }
  static const Stmt *findDecl(const Stmt *S, const VarDecl *V) {
    if (!S)
      return nullptr;
    if (const auto *DS = dyn_cast<DeclStmt>(S); DS && llvm::is_contained(DS->decls(), V))
      return S;
    for (const Stmt *Child : S->children())
      if (const Stmt *Found = findDecl(Child, V))
        return Found;
    return nullptr;
  }

  /// An object with a lock of its own is made to be shared.
  bool isMonitor(QualType T) const {
    const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
    return RD && RD->hasDefinition() && llvm::any_of(RD->fields(), [&](const FieldDecl *F) {
             Role R = C.U.role(F->getType());
             return isLock(R) || R == Role::Atomic;
           });
  }

  /// A value that leads into an object is put where another task finds it.
  struct Loan {
    const VarDecl *Object = nullptr; ///< a local of the body, or its parameter
    const Event *By = nullptr;       ///< in this body
    const char *How = nullptr;
    std::vector<StoryLine> Calls; ///< from there down to the operation
  };

  /// Those that a body makes, itself or through visible callees.
  static std::vector<Loan> loans(Code &C, unsigned Depth = 0) {
    std::vector<Loan> Found;
    for (const Event &E : C.Events) {
      const auto *Call = dyn_cast_or_null<CallExpr>(E.Site);
      if (!Call)
        continue;
      const char *How = E.Kind == Op::Fulfil || E.Kind == Op::TryFulfil         ? "as the value of a future"
                        : E.Kind == Op::Send || E.Kind == Op::TrySend           ? "through a channel"
                        : E.Kind == Op::Insert && Depth && isWorkersQueue(C, E) ? "through a queue"
                                                                                : nullptr;
      if (How)
        for (const Expr *A : Call->arguments())
          if (const VarDecl *V = lent(C, A); V && V != E.Object.Root) {
            Found.push_back({V, &E, How, {}});
            break;
          }
      Code *Inner = E.Kind == Op::Call && E.Callee && Depth < 3 ? C.U.code(E.Callee) : nullptr;
      if (!Inner || Inner == &C)
        continue;
      for (Loan &L : loans(*Inner, Depth + 1)) {
        const auto *P = dyn_cast<ParmVarDecl>(L.Object);
        if (!P || P->getFunctionScopeIndex() >= Call->getNumArgs())
          continue;
        const Expr *A = Call->getArg(P->getFunctionScopeIndex());
        const VarDecl *V = P->getType()->isReferenceType() ? named(C, A) : lent(C, A);
        if (!V)
          continue;
        L.Calls.insert(L.Calls.begin(), {L.By->loc(), "it is handed on here"});
        Found.push_back({V, &E, L.How, std::move(L.Calls)});
      }
    }
    return Found;
  }
  /// The variable of this body that the expression names as a whole.
  static const VarDecl *named(Code &C, const Expr *E) {
    auto P = C.place(E);
    const auto *V = P && P->Path.empty() && !P->Element ? dyn_cast_or_null<VarDecl>(P->Root) : nullptr;
    bool Own = V && V->hasLocalStorage() && V->getParentFunctionOrMethod() == static_cast<const DeclContext *>(C.Fn);
    return Own && !C.U.leads(V->getType().getNonReferenceType()) && !isView(C.U, V->getType()) ? V : nullptr;
  }
  /// Is it a member container that a thread of the same class takes from?
  static bool isWorkersQueue(Code &C, const Event &E) {
    const auto *M = dyn_cast<CXXMethodDecl>(C.Fn);
    const auto *Queue = E.Object.This && E.Object.Path.size() == 1 ? E.Object.Path.front() : nullptr;
    if (!M || !Queue)
      return false;
    bool Taken = false;
    for (const CXXMethodDecl *Other : allMembers(M->getParent()))
      if (Code *In = C.U.code(Other))
        for (const Event &X : In->Events)
          Taken |= Other->getCanonicalDecl() != M->getCanonicalDecl() && X.Kind == Op::Extract && X.Object.This &&
                   !X.Object.Path.empty() && X.Object.Path.front() == Queue;
    return Taken && hasThreads(C.U, M->getParent());
  }
  /// Are there threads among its members?
  static bool hasThreads(Unit &U, const CXXRecordDecl *RD) {
    return RD && RD->hasDefinition() && llvm::any_of(RD->fields(), [&](const FieldDecl *F) {
             QualType E = U.element(F->getType());
             Role R = U.role(E.isNull() ? F->getType() : E);
             return R == Role::Thread || R == Role::JoiningThread;
           });
  }

  void handed(const Loan &L) {
    const Event &E = *L.By;
    const VarDecl *V = L.Object;
    if (isa<ParmVarDecl>(V) ? V->getType()->isReferenceType() || isLender(C.U, V->getType())
                            : V->getType()->isReferenceType())
      return; // the caller's
    if (isMonitor(V->getType()) || usedByOwner(L))
      return;
    Reach After = Order.after(C, E.Site);
    std::string How = L.How, Name = V->getName().str();
    std::vector<StoryLine> Story{{E.loc(), "a reference to it is handed over here"}};
    llvm::append_range(Story, L.Calls);
    for (const Access &A : Order.accesses(C))
      if (A.Does == Access::Write && A.Object.Root == V && After.Before.contains(A.Entry)) {
        SourceLocation Changed = cast<Expr>(A.Entry)->getExprLoc();
        if (C.U.Ctx.getSourceManager().isBeforeInTranslationUnit(Changed, E.loc())) {
          Story.front() = {Changed, "the next turn of the loop changes it here"};
          R.report(E.loc(), nextTurn(Name, How), Story);
          return;
        }
        R.report(
            cast<Expr>(A.Entry)->getExprLoc(),
            "'" + Name + "' is changed after it was lent to another task " + How +
                "; that task sees a value that is half old and half new (a data race); hand over a copy or the object "
                "itself",
            Story);
        return;
      }
    if (const CallExpr *Fills = filledEachTurn(E.Site, V); Fills && After.Before.contains(Fills)) {
      Story.front() = {Fills->getExprLoc(), "the next turn of the loop changes it here"};
      R.report(E.loc(), nextTurn(Name, How), Story);
      return;
    }
    if (After.Ends.contains(V)) {
      Story.front() = {V->getLocation(), "'" + Name + "' lives until its scope ends"};
      R.report(
          E.loc(),
          "a reference to local '" + Name + "' is handed to another task " + How +
              ", and the local dies when its scope ends; that task then uses a dead object; hand over a copy or the "
              "object itself",
          Story);
    }
  }
  static std::string nextTurn(const std::string &Name, const std::string &How) {
    return "'" + Name + "' is lent to another task " + How +
           ", and the next turn of this loop changes it; that task sees a value that is half old and half new (a data "
           "race); hand over a copy or the object itself";
  }
  /// `while (source.next(item)) …`: the call in the header of a loop around the statement that fills the variable for
  /// each turn. Its body need not be seen: what else would the turns differ by?
  const CallExpr *filledEachTurn(const Stmt *At, const VarDecl *V) const {
    for (const Stmt *Loop = enclosingLoop(C, At); Loop; Loop = enclosingLoop(C, Loop)) {
      const CallExpr *Fills = nullptr;
      mentions(loopCondition(Loop), [&](const Stmt *S) {
        const auto *Call = dyn_cast<CallExpr>(S);
        const FunctionDecl *F = Call && !isa<CXXOperatorCallExpr>(Call) ? Call->getDirectCallee() : nullptr;
        for (unsigned I = 0; F && I != Call->getNumArgs() && I < F->getNumParams(); ++I) {
          QualType T = F->getParamDecl(I)->getType();
          if (!(T->isLValueReferenceType() || T->isPointerType()) || T->getPointeeType().isConstQualified())
            continue;
          const Expr *A = unwrap(Call->getArg(I));
          const auto *Address = dyn_cast<UnaryOperator>(A);
          if (T->isPointerType())
            A = Address && Address->getOpcode() == UO_AddrOf ? unwrap(Address->getSubExpr()) : nullptr;
          const auto *DR = dyn_cast_or_null<DeclRefExpr>(A);
          if (DR && DR->getDecl() == V && !C.U.visible(F))
            Fills = Call;
        }
        return Fills != nullptr;
      });
      if (Fills)
        return Fills;
    }
    return nullptr;
  }
  /// A queue with a thread of its own that is the body's own, or is asked for something else afterwards: the item may
  /// be taken back.
  bool usedByOwner(const Loan &L) const {
    const ValueDecl *Owner = L.By->Object.valid() ? L.By->Object.last() : nullptr;
    if (!Owner || !hasThreads(C.U, C.U.pointee(Owner->getType())->getAsCXXRecordDecl()))
      return false;
    if (isLocal(L.By->Object) && !cast<VarDecl>(L.By->Object.Root)->getType()->isReferenceType())
      return true;
    const CXXRecordDecl *RD = L.Object->getType()->getAsCXXRecordDecl();
    if (RD && RD->hasDefinition() && !RD->hasTrivialDestructor() &&
        !C.U.Ctx.getSourceManager().isInSystemHeader(RD->getLocation()))
      return true; // its destructor may take it back
    return llvm::any_of(C.Events, [&](const Event &X) {
      return &X != L.By && X.Site && (X.Kind == Op::Call || X.Kind == Op::Escape) && X.Object == L.By->Object &&
             C.U.Ctx.getSourceManager().isBeforeInTranslationUnit(L.By->Site->getBeginLoc(), X.Site->getBeginLoc());
    });
  }
};

const MatchCheck Check({.Name = "published-local",
                        .Family = "futures",
                        .Level = Tier::Bug,
                        .Summary = "Finds locals that change or die after they were lent to another task.",
                        .Rows = "F14",
                        .Preview = true},
                       [](Code &C, Reporter &R) {
                         if (!isa<CoroutineBodyStmt>(C.Fn->getBody()))
                           Finder(C, R).run();
                       });

} // namespace
} // namespace heddle

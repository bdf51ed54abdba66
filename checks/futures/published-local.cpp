// A local variable is lent to another task - captured by it, sent to it, or given as the value of its future - and then
// changes or dies while that task may still look at it.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Concurrency.h"
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
    for (const Event &E : C.Events)
      if (E.Kind == Op::Fulfil || E.Kind == Op::TryFulfil || E.Kind == Op::Send || E.Kind == Op::TrySend)
        handed(E);
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
    std::vector<std::pair<const TaskStart *, Place>> Told;
    for (const Race &X : Order.races(C)) {
      if (X.OtherTask || X.InTask->Does == Access::Write || X.Other->Does != Access::Write)
        continue;
      const Place &O = X.Other->Object;
      if (!isLocal(O) || isFlag(X.Other->Site->getType()) || isCounter(O) || llvm::is_contained(Told, std::pair(X.Task, O)))
        continue;
      Told.emplace_back(X.Task, O);
      std::vector<StoryLine> Story{{X.Task->Start->loc(), "the task is started here"}};
      Story.insert(Story.end(), X.InTask->Calls.begin(), X.InTask->Calls.end());
      Story.push_back({X.InTask->Site->getExprLoc(), "the task reads it here"});
      R.report(cast<Expr>(X.Other->Entry)->getExprLoc(),
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

  /// The local that the value leads to: `&x`, `std::ref(x)`, a span, a view, `x.data()`.
  const VarDecl *lent(const Expr *E, unsigned Depth = 0) const {
    E = unwrap(E);
    if (!E || Depth > 6)
      return nullptr;
    auto Owner = [&](const Expr *X) -> const VarDecl * {
      X = unwrap(X);
      while (const auto *M = dyn_cast<MemberExpr>(X)) {
        if (M->isArrow())
          return nullptr;
        X = unwrap(M->getBase());
      }
      const auto *DR = dyn_cast<DeclRefExpr>(X);
      const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
      if (!V || !V->hasLocalStorage() || V->getType()->isReferenceType() ||
          V->getParentFunctionOrMethod() != static_cast<const DeclContext *>(C.Fn))
        return nullptr;
      // What a pointer or a view leads to is somebody else's.
      return C.U.leads(V->getType()) || isView(V->getType()) ? nullptr : V;
    };
    if (const auto *O = dyn_cast<UnaryOperator>(E); O && O->getOpcode() == UO_AddrOf)
      return Owner(O->getSubExpr());
    if (const auto *X = dyn_cast<ExplicitCastExpr>(E))
      return lent(X->getSubExpr(), Depth + 1);
    if (const auto *CE = dyn_cast<CXXConstructExpr>(E)) {
      if (CE->getNumArgs() == 0)
        return nullptr;
      if (isView(CE->getType()) && !isView(CE->getArg(0)->getType()))
        return Owner(CE->getArg(0));
      return CE->getNumArgs() == 1 && isLender(CE->getType()) ? lent(CE->getArg(0), Depth + 1) : nullptr;
    }
    if (const auto *M = dyn_cast<CXXMemberCallExpr>(E)) {
      // A conversion to a view, or data(): what it yields leads into the object.
      QualType T = M->getType();
      bool Library = M->getMethodDecl() && C.U.Ctx.getSourceManager().isInSystemHeader(M->getMethodDecl()->getLocation());
      return Library && (isView(T) || T->isPointerType()) ? Owner(M->getImplicitObjectArgument()) : nullptr;
    }
    if (const auto *Call = dyn_cast<CallExpr>(E); Call && Call->getNumArgs() == 1 && isLender(Call->getType()))
      return Owner(Call->getArg(0));
    return nullptr;
  }
  bool isView(QualType T) const {
    const TypeModel *M = C.U.type(T.getNonReferenceType());
    return M && M->With.has(Fact::Borrows);
  }
  bool isLender(QualType T) const { return T->isPointerType() || isView(T); }

  /// An object with a lock of its own is made to be shared.
  bool isMonitor(QualType T) const {
    const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
    return RD && RD->hasDefinition() && llvm::any_of(RD->fields(), [&](const FieldDecl *F) {
             Role R = C.U.role(F->getType());
             return isLock(R) || R == Role::Atomic;
           });
  }

  void handed(const Event &E) {
    const auto *Call = dyn_cast_or_null<CallExpr>(E.Site);
    if (!Call)
      return;
    const VarDecl *V = nullptr;
    for (const Expr *A : Call->arguments())
      if (isLender(A->getType()) && (V = lent(A)))
        break;
    if (!V || V == E.Object.Root || isMonitor(V->getType()))
      return;
    Reach After = Order.after(C, E.Site);
    std::string How = E.Kind == Op::Fulfil || E.Kind == Op::TryFulfil ? "as the value of a future" : "through a channel";
    std::string Name = V->getName().str();
    for (const Access &A : Order.accesses(C))
      if (A.Does == Access::Write && A.Object.Root == V && After.Before.contains(A.Entry)) {
        R.report(cast<Expr>(A.Entry)->getExprLoc(),
                 "'" + Name + "' is changed after it was lent to another task " + How +
                     "; that task sees a value that is half old and half new (a data race); hand over a copy or the object "
                     "itself",
                 {{E.loc(), "a reference to it is handed over here"}});
        return;
      }
    if (After.Ends.contains(V))
      R.report(E.loc(),
               "a reference to local '" + Name + "' is handed to another task " + How +
                   ", and the local dies when its scope ends; that task then uses a dead object; hand over a copy or the "
                   "object itself",
               {{V->getLocation(), "'" + Name + "' lives until its scope ends"}});
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

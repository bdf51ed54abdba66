// A return that leaves before the result of a task was asked for waits in the future's destructor.
#include "detectors.h"
#include "check/Reporter.h"
#include "flow/Guards.h"
#include "flow/Mentions.h"
#include "flow/Order.h"
#include "flow/Simulation.h"
#include "flow/Unwrap.h"
#include "flow/ValueFlow.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {
using namespace discarded_future;
namespace {

/// A future from where it stands for a running task until somebody has waited for that task.
Automaton untilOver(std::string_view Start, std::string_view AtEntry) {
  return {
      .Tracks = {Role::Future},
      .Start = Start,
      .AtEntry = AtEntry,
      .Rows =
          {
              {"empty", Op::Spawn, "running"},
              {"running", Op::Consume, "over"},
              {"running", Op::Await, "asked"},
              {"asked", Op::Consume, "over"},
              {"*", Op::Move, "gone"},
              {"*", Op::Reset, "gone"},
              {"*", Op::Escape, "gone"},
          },
  };
}
const Automaton Running = untilOver("empty", {});
/// The same for a future that comes with its task running.
const Automaton Given = untilOver("running", "running");

/// Returns true if a condition around the statement says that the task is over, or never begins unless somebody asks
/// for its result: `wait_for(t) == ready`.
bool whereReady(const Code &C, const Stmt *S) {
  auto Names = [](const Stmt *In, llvm::StringRef Enumerator) {
    return anyOf<DeclRefExpr>(In, [&](const DeclRefExpr *D) {
      return isa<EnumConstantDecl>(D->getDecl()) && D->getDecl()->getName() == Enumerator;
    });
  };
  return llvm::any_of(guards(C, S), [&](const Guard &G) {
    const auto *B = dyn_cast<BinaryOperator>(G.Condition->IgnoreParenImpCasts());
    if (!B || !B->isEqualityOp())
      return false;
    bool Equal = (B->getOpcode() == BO_EQ) == G.Value;
    return ((Names(B, "ready") || Names(B, "deferred")) && Equal) || (Names(B, "timeout") && !Equal);
  });
}

/// Returns true if the task can be stopped through anything that it captures.
bool mayBeStopped(Code &C, const Event &Start) {
  auto Stops = [&](QualType T) {
    Role R = C.U.role(T);
    return R == Role::Atomic || R == Role::StopSource || R == Role::StopToken || R == Role::Context ||
           R == Role::CancelHandle;
  };
  for (const CallableRef &T : Start.Tasks) {
    if (T.Lambda && llvm::any_of(T.Lambda->captures(), [&](const LambdaCapture &Cap) {
          return Cap.capturesVariable() && Stops(Cap.getCapturedVar()->getType());
        }))
      return true;
    if (llvm::any_of(T.Args, [&](const Expr *A) { return Stops(A->getType()); }))
      return true;
  }
  return llvm::any_of(C.Events, [](const Event &E) { return E.Kind == Op::Cancel || E.Kind == Op::Close; });
}

void judge(Code &C, Reporter &R, const Event &Start, const Place &Future, const Stmt *From, const Automaton &A) {
  bool Consumed = false, OnlyTimed = true;
  for (const Event &E : C.Events)
    if (E.Object == Future) {
      Consumed |= E.Kind == Op::Consume || (E.Kind == Op::Await && !E.may(Fact::Timed));
      OnlyTimed &= E.Kind != Op::Await || E.may(Fact::Timed);
    }
  // Never asked for: it is there to be waited for, on whatever path the function is left.
  if (!Consumed || mayBeStopped(C, Start))
    return;
  Simulation S(C.U, A);
  for (const ReturnStmt *Ret : returnsIn(C.Fn->getBody())) {
    // What only an exception leads to waits in the unwinding as well: it is asked for.
    if (!C.U.get<Order>().reaches(C, From, Ret) || whereReady(C, Ret))
      continue;
    if (auto P = Ret->getRetValue() ? C.place(Ret->getRetValue()) : std::nullopt; P && P->contains(Future))
      continue; // it is handed on
    std::vector<std::string> States = S.statesAt(C.Fn, Future, Ret);
    if (!States.empty() && llvm::all_of(States, [&](const std::string &X) {
          return X == "running" || (X == "asked" && OnlyTimed);
        }))
      R.report(Ret->getBeginLoc(),
               "this return destroys '" + Future.name() +
                   "' while its task may run; the destructor blocks until the task ends; start the task after the "
                   "last early return, or make it stoppable",
               {{Start.loc(), "the task is started here"}});
  }
}

/// The member of the struct that a function returns in which the future of this task ends; null if there is none.
const FieldDecl *returnedIn(const Code &C, const Event &Start) {
  auto &Values = C.U.get<ValueFlow>();
  auto IsReturned = [](const Flow &F) { return F.Goes == Flow::Returned; };
  if (const auto *V = dyn_cast_or_null<VarDecl>(Start.Object.Root);
      V && Start.Object.Path.size() == 1 && !Start.Object.Element) // `tasks.first = std::async(…); … return tasks;`
    return llvm::any_of(Values.ends(C, V), IsReturned) ? Start.Object.Path.front() : nullptr;
  const auto *Site = dyn_cast_or_null<Expr>(Start.Site);
  Flow F = Site ? Values.next(C, Site) : Flow();
  const auto *List = F.Goes == Flow::Member ? dyn_cast_or_null<InitListExpr>(F.By) : nullptr;
  return List && llvm::any_of(Values.ends(C, List), IsReturned) ? F.Field : nullptr;
}

} // namespace

void discarded_future::earlyReturns(Code &C, Reporter &R, const Event &Start) {
  judge(C, R, Start, Start.Object, Start.Site, Running);
}

void discarded_future::earlyReturns(Code &C, Reporter &R) {
  auto FromHelper = [&](const VarDecl *V) {
    const auto *Call = V->getInit() ? dyn_cast_or_null<CallExpr>(unwrap(V->getInit())) : nullptr;
    const FunctionDecl *F = Call ? C.U.visible(Call->getDirectCallee()) : nullptr;
    Code *Helper = F ? C.U.code(F) : nullptr;
    if (!Helper || V->getType()->isReferenceType())
      return;
    Place P;
    P.Root = V;
    if (Role Plays = C.U.role(V->getType()); Plays == Role::Future || Plays == Role::SharedFuture) {
      if (const Event *E = startedInside(C.U, F); E && E->may(Fact::Joins))
        judge(C, R, *E, P, Call, Given);
      return;
    }
    for (const Event &E : Helper->Events)
      if (const FieldDecl *Field = E.Kind == Op::Spawn && E.may(Fact::Joins) ? returnedIn(*Helper, E) : nullptr) {
        P.Path.assign(1, Field);
        judge(C, R, E, P, Call, Given);
      }
  };
  forEach<DeclStmt>(C.Fn->getBody(), heddle::Walk::NoLambdas, [&](const DeclStmt *S) {
    for (const Decl *D : S->decls())
      if (const auto *V = dyn_cast<VarDecl>(D); V && V->isLocalVarDecl() && V->hasLocalStorage())
        FromHelper(V);
  });
}

} // namespace heddle

// Results that are collected by a loop of get(): the first one that throws leaves the loop. The errors of the others
// are never seen, and those of std::async are waited for in the unwinding, one by one.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Calls.h"
#include "flow/ErrorFlow.h"
#include "flow/Loops.h"
#include "flow/Order.h"
#include "flow/TaskFacts.h"
#include "flow/ValueFlow.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {
namespace {

constexpr llvm::StringRef Message =
    "the first error that is thrown here ends this loop; the errors of the other tasks are lost, and the remaining "
    "futures block in their destructors or abandon their tasks; catch each error, and decide after the loop";

/// Futures that are collected: elements of a container, or a member of each element.
struct Collected {
  Place In;
  const ValueDecl *Part = nullptr; ///< null: the elements themselves
};

bool throwsError(const Event &E) {
  return (E.Kind == Op::Consume || E.Kind == Op::Await) && E.may(Fact::Throws) && !E.may(Fact::NonBlocking);
}

/// The innermost loop around the statement, unless what it throws is caught in every iteration.
const Stmt *loopLeftBy(const Code &C, const Stmt *S) {
  const Stmt *Loop = enclosingLoop(C, S);
  const CXXTryStmt *Try = C.enclosingTry(S);
  return Loop && !(Try && within(C, Try, Loop)) ? Loop : nullptr;
}

std::optional<Collected> collected(const Code &C, Place P) {
  Collected Found{P, P.Path.empty() ? nullptr : P.Path.back()};
  if (P.Root && !P.Element)
    if (const auto *B = dyn_cast<BindingDecl>(P.Root); auto In = C.elementOf(B ? B->getDecomposedDecl() : P.Root))
      Found.In = *In;
  if (!Found.In.Element)
    return std::nullopt;
  Found.In.Element = false;
  return Found;
}

// ---- the tasks behind the futures -----------------------------------------------------------------------------------

enum class Filled { Unseen, Safely, Throwing };

/// Whether the tasks whose futures this body puts into the container are seen to throw nothing, or not.
Filled filledBy(Code &C, const Place &Container) {
  Filled Is = Filled::Unseen;
  auto Task = [&](const FunctionDecl *F) {
    if (F || !Container.This)
      Is = !F || C.U.get<ErrorFlow>().mayThrow(F) || Is == Filled::Throwing ? Filled::Throwing : Filled::Safely;
  };
  const auto *Var = Container.Path.empty() ? dyn_cast_or_null<VarDecl>(Container.Root) : nullptr;
  const Expr *Init = Var ? Var->getInit() : nullptr;
  for (const Event &E : C.Events) {
    auto In = E.Kind == Op::Spawn && E.Object.valid() ? collected(C, E.Object) : std::nullopt;
    bool ByInit = Init && E.Kind == Op::Spawn && within(C, E.Site, Init);
    if (ByInit || (In && In->In == Container))
      for (const CallableRef &T : E.Tasks)
        if (!TaskFacts::isArgument(E, T))
          Task(T.Body);
    // `all.push_back(work->get_future())` of a packaged task.
    const auto *Packaged = E.Kind == Op::GetFuture ? dyn_cast_or_null<VarDecl>(E.Object.Root) : nullptr;
    auto To = Packaged && Packaged->getInit() ? C.destination(dyn_cast_or_null<Expr>(E.Site)) : std::nullopt;
    if (To && To->Element && C.whole(*To) == Container)
      for (const CallableRef &T : C.callables(Packaged->getInit()))
        Task(T.Body);
    // `all[i] = start(pool, f)`: a maker of futures that no model knows.
    Place Into = E.Object;
    Into.Element = false;
    const auto *Call = dyn_cast_or_null<CallExpr>(E.Site);
    if (Call && (E.Kind == Op::Reset || E.Kind == Op::Insert) && Into == Container)
      for (const Expr *A : Call->arguments()) {
        auto Made = [&](const Expr *By) {
          forEach<LambdaExpr>(By, heddle::Walk::NoLambdas, [&](const LambdaExpr *L) { Task(L->getCallOperator()); });
        };
        Made(C.U.get<ValueFlow>().source(C, A));
        // `all.push_back(std::move(*future))`: an optional one.
        forEach<CXXOperatorCallExpr>(A, heddle::Walk::NoLambdas, [&](const CXXOperatorCallExpr *O) {
          if (O->getOperator() == OO_Star)
            Made(C.U.get<ValueFlow>().source(C, O->getArg(0)));
        });
      }
  }
  return Is;
}

/// What a promise or future is made for, or its class where it is made for one thing.
const void *valueOf(Unit &U, QualType T) {
  QualType Value = ErrorFlow::carried(U.pointee(T));
  const CXXRecordDecl *RD = U.pointee(T)->getAsCXXRecordDecl();
  return !Value.isNull() ? Value.getCanonicalType().getAsOpaquePtr() : RD ? RD->getCanonicalDecl() : nullptr;
}

/// Returns true if a promise of this kind is seen to be given what was caught:
/// `p.set_exception(std::current_exception())`.
bool handsErrorsOn(Unit &U, QualType Future) {
  const void *Value = valueOf(U, Future);
  auto IsCaught = [](const CallExpr *Call) {
    const FunctionDecl *F = Call->getDirectCallee();
    return F && F->getIdentifier() && F->getName() == "current_exception";
  };
  auto Hands = [&](const CXXMemberCallExpr *Call) {
    return Call->getNumArgs() == 1 && Call->getImplicitObjectArgument() &&
           valueOf(U, Call->getImplicitObjectArgument()->IgnoreParenImpCasts()->getType()) == Value &&
           anyOf<CallExpr>(Call->getArg(0), IsCaught);
  };
  return Value && llvm::any_of(bodies(U), [&](Code *C) { return anyOf<CXXMemberCallExpr>(C->Fn->getBody(), Hands); });
}

/// Returns true if an error may be lost. A local container is this body's own, and unknown tasks may throw; one that is
/// a member, or whose elements are more than futures, is filled elsewhere, where a task has to throw visibly.
bool mayHoldErrors(Code &C, const Collected &Of, QualType Future) {
  if (Of.In.Root && Of.In.Root->isImplicit())
    return false; // a temporary that came from elsewhere
  Filled Here = filledBy(C, Of.In);
  if ((!Of.In.This && !Of.Part) || Here == Filled::Throwing)
    return Here != Filled::Safely;
  return handsErrorsOn(C.U, Future) || llvm::any_of(bodies(C.U), [&](Code *Other) {
           return isa<CXXMethodDecl>(Other->Fn) && filledBy(*Other, Of.In) == Filled::Throwing;
         });
}

/// Returns true if the container is the caller's, whose callers that are seen keep it: the futures that are left stay
/// there, for the code that catches the error. A local of theirs ends with the same exception, unless they catch it.
bool staysWithCaller(Code &C, const Place &Container) {
  const auto *P = dyn_cast_or_null<ParmVarDecl>(Container.Root);
  if (!P || !P->getType()->isReferenceType() || P->getDeclContext() != static_cast<const DeclContext *>(C.Fn))
    return false;
  auto Calls = C.U.get<heddle::Calls>().callers(C.Fn);
  return !Calls.empty() && llvm::all_of(Calls, [&](const CallEdge &S) {
    auto Theirs = S.toCaller(Container);
    const auto *V = Theirs && Theirs->Path.empty() ? dyn_cast_or_null<VarDecl>(Theirs->Root) : nullptr;
    if (V && filledBy(*C.U.code(S.In->Fn), *Theirs) == Filled::Safely)
      return true;
    bool Ends = V && V->hasLocalStorage() && !V->getType()->isReferenceType();
    return !Ends || S.In->enclosingTry(S.Site);
  });
}

// ---- the loops ------------------------------------------------------------------------------------------------------

/// Returns true if the loop leaves nothing at work, or nothing behind: all were waited for before, or each is taken out
/// of a member and those that are left stay there for the next call.
bool leavesNothing(Code &C, const Event &Read, const Place &Container) {
  const Stmt *Loop = Container.This ? loopLeftBy(C, Read.Site) : nullptr;
  return llvm::any_of(C.Events, [&](const Event &X) {
    if (!X.Site || !X.Object.valid())
      return false;
    if (X.Kind == Op::Await && !X.may(Fact::Timed) && loopLeftBy(C, X.Site)) {
      auto In = collected(C, X.Object);
      return In && In->In == Container && C.U.get<Order>().reaches(C, X.Site, Read.Site);
    }
    return X.Kind == Op::Extract && Loop && within(C, X.Site, Loop) && C.whole(X.Object) == Container;
  });
}

void judge(Code &C, Reporter &R, const Event &Read, const Collected &Of, SourceLocation Loc,
           std::vector<StoryLine> Story) {
  const ValueDecl *D = Of.In.last();
  QualType Elem = D ? C.U.element(D->getType()) : QualType();
  if (Elem.isNull())
    return;
  QualType Future = Of.Part ? Of.Part->getType() : Elem;
  // A value that says what went wrong need not be thrown.
  bool Says = C.U.get<ErrorFlow>().sign(ErrorFlow::carried(C.U.pointee(Future))) != ErrorSign::None;
  if (!Says && mayHoldErrors(C, Of, Future) && !staysWithCaller(C, Of.In) && !leavesNothing(C, Read, Of.In))
    R.report(Loc, Message, Story);
}

/// The read of its parameter by which a helper lets the error of a future out.
const Event *readsParameter(Unit &U, const FunctionDecl *F, unsigned Param) {
  Code *C = F ? U.code(F) : nullptr;
  if (C && Param < C->Fn->getNumParams())
    for (const Event &E : C->Events)
      if (throwsError(E) && E.Object.Root == C->Fn->getParamDecl(Param) && !E.Object.Element &&
          !C->enclosingTry(E.Site))
        return &E;
  return nullptr;
}
const ValueDecl *partOf(const Event &Read) { return Read.Object.Path.empty() ? nullptr : Read.Object.Path.back(); }

/// A helper that reads one future, called for each.
void calledForEach(Code &C, Reporter &R, const Event &E) {
  const auto *Call = dyn_cast<CallExpr>(E.Site);
  for (unsigned I = 0; Call && I != Call->getNumArgs(); ++I) {
    auto P = C.place(Call->getArg(I));
    auto Of = P ? collected(C, *P) : std::nullopt;
    if (const Event *Read = Of ? readsParameter(C.U, E.Callee, I) : nullptr) {
      Of->Part = partOf(*Read);
      judge(C, R, E, *Of, E.loc(), {{Read->loc(), "'" + E.Callee->getNameAsString() + "' lets the error escape here"}});
    }
  }
}

/// `std::transform(futures.begin(), futures.end(), …, [](auto &f) { return f.get(); })`, or with a function that reads.
void algorithm(Code &C, Reporter &R, const Event &E) {
  if (E.may(Fact::Parallel))
    return; // the program ends
  for (const CallableRef &T : E.Tasks)
    for (unsigned I = 0; T.Body && I != T.Body->getNumParams(); ++I)
      if (const Event *Read = readsParameter(C.U, T.Body, I))
        for (const Event &Range : C.Events)
          if (Range.Site == E.Site && Range.Kind == Op::Escape && Range.ObjectRole == Role::Container) {
            Collected Of{Range.Object, partOf(*Read)};
            if (T.Lambda)
              judge(C, R, E, Of, Read->loc(), {{E.loc(), "it is called for each future here"}});
            else
              judge(C, R, E, Of, E.loc(),
                    {{Read->loc(), "'" + T.Body->getNameAsString() + "' lets the error escape here"}});
          }
}

void look(Code &C, Reporter &R) {
  for (const Event &E : C.Events) {
    if (throwsError(E)) {
      auto Of = E.Object.valid() && loopLeftBy(C, E.Site) ? collected(C, E.Object) : std::nullopt;
      if (Of)
        judge(C, R, E, *Of, E.loc(), {});
    } else if (E.Kind == Op::Call && E.Callee && loopLeftBy(C, E.Site))
      calledForEach(C, R, E);
    else if (E.Kind == Op::RunNow)
      algorithm(C, R, E);
  }
}

const MatchCheck Check({.Name = "first-error-only",
                        .Family = "tasks",
                        .Level = Tier::Risk,
                        .Summary = "Finds loops over results that the first error ends.",
                        .Rows = "S11",
                        .Preview = true},
                       look);

} // namespace
} // namespace heddle

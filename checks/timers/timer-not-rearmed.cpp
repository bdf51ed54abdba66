// A timer that is not armed again where it has to be.
//   timer-not-rearmed.cpp        handlers that run again, except after an early return
//   timer-not-rearmed/idle.cpp   idle timeouts that activity does not put off
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/ErrorFlow.h"
#include "flow/Mentions.h"
#include "flow/TimerCycles.h"
#include "flow/Uses.h"
#include "timer-not-rearmed/detectors.h"

using namespace clang;

namespace heddle {
namespace {

class Lapses {
public:
  Lapses(Unit &U, Reporter &R) : U(U), R(R), Cycles(U.get<TimerCycles>()) {}

  void look(const TimerCycle &Cycle) {
    for (const TimerLapse &L : Cycles.lapses(Cycle)) {
      const Code &C = *Cycle.Body;
      if (U.get<ErrorFlow>().handling(C, L.Branch) > Handling::Words || isMeant(Cycle, L))
        continue;
      if (!isPassing(Cycle, L) && !isFailure(Cycle, L))
        continue;
      std::string Name =
          Cycle.Registers->Object.valid() ? "'" + Cycle.Registers->Object.name() + "' is" : "the timer is";
      R.report(L.Leaves->getBeginLoc(),
               Name + " not armed again on this early return; the handler never runs again; arm the timer before the "
                      "return, or on every path",
               Story(Cycle.Again->loc(), "it is armed again here on the other paths"));
    }
  }

private:
  /// The handler is to end: by an error, a stop request, an object that is gone, or a later deadline.
  bool isMeant(const TimerCycle &Cycle, const TimerLapse &L) {
    const Code &C = *Cycle.Body;
    for (const StopAsk &A : U.get<StopFacts>().of(C, L.When.Condition).Asked)
      if (A.Kind == StopKind::Token || A.Kind == StopKind::Signal)
        return true;
    return mentions(L.When.Condition, [&](const Stmt *S) {
      if (const auto *DR = dyn_cast<DeclRefExpr>(S)) {
        const auto *V = dyn_cast<VarDecl>(DR->getDecl());
        return V && (isa<ParmVarDecl>(V) || V->getDeclContext() != static_cast<const DeclContext *>(C.Fn) ||
                     (V->getInit() && mentions(V->getInit(), [&](const Stmt *X) { return looksBehindWeak(X); })));
      }
      const auto *E = dyn_cast<Expr>(S);
      return E && (U.role(E->getType()) == Role::Timer || looksBehindWeak(S));
    });
  }

  bool looksBehindWeak(const Stmt *S) {
    const auto *E = dyn_cast<Expr>(S);
    return E && U.role(E->getType()) == Role::WeakPointer;
  }

  /// The condition passes: other members give what it reads another value, back and forth, and do not arm the timer.
  bool isPassing(const TimerCycle &Cycle, const TimerLapse &L) {
    const Expr *Asked = L.When.Condition->IgnoreParenImpCasts();
    const FieldDecl *F = nullptr;
    forEach<MemberExpr>(Asked, [&](const MemberExpr *M) {
      if (const auto *X = dyn_cast<FieldDecl>(M->getMemberDecl()))
        F = X;
    });
    if (!F || !U.seesAllUses(F))
      return false;
    bool Container = U.role(F->getType()) == Role::Container;
    if (!Container && !U.get<StopFacts>().isFlag(F->getType()))
      return false;
    bool On = false, Off = false;
    for (Code *C : bodies(U)) {
      for (const Use &X : U.get<Uses>().in(*C, F)) {
        bool Changes = X.is(Use::Stores | (Container ? Use::Mutate : 0));
        if (C != Cycle.Body && !isa<CXXConstructorDecl>(C->Fn) && Changes && armsBeside(*C, Cycle))
          return false;
      }
      if (isa<CXXConstructorDecl>(C->Fn))
        continue;
      for (const Event &E : C->Events)
        On |= Container && E.Kind == Op::Insert && E.Object.valid() && E.Object.last() == F;
      for (const Use &X : U.get<Uses>().in(*C, F))
        if (!Container && X.is(Use::Assign) && X.Value) {
          bool Value = false;
          if (X.Value->isValueDependent() || !X.Value->EvaluateAsBooleanCondition(Value, U.Ctx))
            return false;
          (Value ? On : Off) = true;
        }
    }
    return Container ? On : On && Off;
  }

  /// Returns true if the body, or one that calls it, schedules the handler, or calls the function that it runs again.
  bool armsBeside(const Code &C, const TimerCycle &Cycle) {
    bool Begins = llvm::any_of(C.Events, [&](const Event &E) {
      return E.Kind == Op::Call && E.Callee && E.Callee->getCanonicalDecl() == Cycle.Body->Fn->getCanonicalDecl();
    });
    return Begins || Cycles.schedules(C.Fn, Cycle) || llvm::any_of(U.get<Calls>().callers(C.Fn), [&](const CallEdge &E) {
             return E.In && Cycles.schedules(E.In->Fn, Cycle);
           });
  }

  /// An attempt of this turn failed: a call that does something, whose result says so.
  bool isFailure(const TimerCycle &Cycle, const TimerLapse &L) {
    if (Cycles.starters(Cycle).size() > 1)
      return false;
    const Code &C = *Cycle.Body;
    const CallExpr *Tried = attempt(L.When.Condition);
    if (!Tried) {
      const auto *DR = findFirst<DeclRefExpr>(L.When.Condition, [](const DeclRefExpr *) { return true; });
      const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
      Tried = V && V->getInit() && !C.isModified(V) ? attempt(V->getInit()) : nullptr;
    }
    return Tried;
  }

  const CallExpr *attempt(const Expr *E) {
    return findFirst<CallExpr>(E, Walk::NoLambdas, [&](const CallExpr *Call) {
      const FunctionDecl *F = Call->getDirectCallee();
      const auto *M = dyn_cast_or_null<CXXMethodDecl>(F);
      if (!F || F->isOverloadedOperator() || F->isInStdNamespace() ||
          (M && (M->isConst() || isa<CXXConversionDecl>(M))))
        return false;
      return (M || F->getNumParams() > 0) && !F->getReturnType()->isVoidType();
    });
  }

  Unit &U;
  Reporter &R;
  TimerCycles &Cycles;
};

const UnitCheck Check({.Name = "timer-not-rearmed",
                       .Family = "timers",
                       .Level = Tier::Bug,
                       .Summary = "Finds timers that are not armed again where they have to be.",
                       .Rows = "F12",
                       .Preview = true},
                      [](Unit &U, Reporter &R) {
                        Lapses L(U, R);
                        for (const TimerCycle &C : U.get<TimerCycles>().all())
                          L.look(C);
                        idleMembers(U, R);
                        for (Code *C : bodies(U))
                          idleLoops(*C, R);
                      });

} // namespace
} // namespace heddle

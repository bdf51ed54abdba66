// A timer that outlives what its handler uses, or that nobody stops.
//   unstopped-timer.cpp           handlers that hold a raw object
//   unstopped-timer/left.cpp      timers and handlers that an object leaves with others
//   unstopped-timer/dying.cpp     locals that end with their operation pending
//   unstopped-timer/leaked.cpp    timers of C libraries that nobody deletes
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/Calls.h"
#include "flow/Captures.h"
#include "flow/Classes.h"
#include "flow/EventIndex.h"
#include "flow/HandlerOutcome.h"
#include "flow/Mortality.h"
#include "flow/Order.h"
#include "flow/OwnTasks.h"
#include "flow/Uses.h"
#include "support/Walk.h"
#include "unstopped-timer/detectors.h"

using namespace clang;

namespace heddle {
namespace {

/// Returns true if the object has the loop that would run its handlers: they end with it.
bool ownsLoop(Unit &U, const CXXRecordDecl *RD) {
  return llvm::any_of(RD->fields(), [&](const FieldDecl *F) {
    QualType T = F->getType();
    return U.role(T) == Role::EventLoop && !T->isReferenceType() && !T->isPointerType();
  });
}

/// Returns true if the handler tests the error: a timer that is destroyed calls it with one.
bool looksAtOutcome(Unit &U, const CallableRef &T) {
  Code *Body = U.code(T.Body);
  return Body && llvm::any_of(Body->Fn->parameters(),
                              [&](const ParmVarDecl *P) { return !U.get<Uses>().in(*Body, P).empty(); });
}

/// Returns true if the unit sees all that happens to the timer, and nobody cancels it: the object has no end but its
/// destructor.
bool isNeverCancelled(Unit &U, const FieldDecl *Timer) {
  return U.seesAllUses(Timer) && llvm::none_of(U.get<EventIndex>().about(Timer), [](const IndexedEvent &X) {
           return X.What->Kind == Op::Disarm || X.What->Kind == Op::Reset;
         });
}

/// Returns true if the destructor waits: for the thread that runs the handlers, or for a word from the last of them.
bool waitsAtEnd(Unit &U, const CXXRecordDecl *RD) {
  ClassFacts *F = U.get<ClassTable>().of(RD);
  return F && waitsInDestruction(U, *F);
}

/// Returns true if the body runs the loop behind the registration, until the handler has run.
bool runsLoopBehind(Code &C, const Event &Registers) {
  return llvm::any_of(C.Events, [&](const Event &E) {
    return E.Kind == Op::Block && E.ObjectRole == Role::EventLoop && E.Site &&
           C.U.get<Order>().reaches(C, Registers.Site, E.Site);
  });
}

void handlers(Code &C, Reporter &R) {
  Unit &U = C.U;
  const CXXRecordDecl *RD = objectClass(C.Fn);
  if (!RD)
    return;
  for (const Event &E : C.Events) {
    if (E.Kind != Op::Defer || E.Tasks.empty())
      continue;
    bool Member = E.ObjectRole == Role::Timer && E.Object.This && !E.Object.Path.empty();
    bool Untied = E.may(Fact::Tied) && E.may(Fact::OneShot) && isUntied(E);
    if (!(Member && E.may(Fact::OneShot)) && !Untied)
      continue;
    for (const CallableRef &T : E.Tasks) {
      if (!T.Body || !U.visible(T.Body) || !holdsRawThis(U, C, T) || touchedBy(U, T.Body).empty())
        continue;
      bool Tests = looksAtOutcome(U, T);
      const MemberExpr *Early = Member && Tests ? usedUnasked(U, T) : nullptr;
      bool Handled =
          Member && Tests && !Early &&
          !((sharesItself(RD) || U.get<Mortality>().isDropped(RD)) && isNeverCancelled(U, E.Object.Path.front()));
      if (Member &&
          (Handled || ownsLoop(U, RD) || waitsAtEnd(U, RD) || runsLoopBehind(C, E) || !U.get<Mortality>().canEnd(RD)))
        continue;
      TouchedField First = touchedBy(U, T.Body).front();
      std::string Used = First.Field->getNameAsString();
      if (Early) {
        Used = Early->getMemberDecl()->getNameAsString();
        R.report(E.loc(),
                 "the handler of '" + E.Object.name() + "' holds a raw pointer to the object and uses '" + Used +
                     "' before it looks at the error; the destructor of the object cancels the wait, and the handler "
                     "then uses a dead object; return on the error first, or hold a weak pointer",
                 Story(Early->getExprLoc(), "the handler uses '" + Used + "' here"));
        continue;
      }
      if (Member && Tests) {
        R.report(E.loc(),
                 "the handler of '" + E.Object.name() + "' holds a raw pointer to an object that " +
                     (sharesItself(RD) ? "is shared; when the wait has ended, and the last owner lets go"
                                       : "its owner drops; when the wait has ended, and that happens") +
                     " before the handler runs, it is not cancelled and uses '" + Used +
                     "' of a dead object; hold a weak pointer",
                 Story(First.Loc, "the handler uses '" + Used + "' here"));
        continue;
      }
      R.report(E.loc(),
               Member ? "the handler of '" + E.Object.name() +
                            "' holds a raw pointer to the object and ignores the error of a cancelled wait; the "
                            "destructor of the object cancels the wait, and the handler then uses '" +
                            Used + "' of a dead object; return on the error, or hold a weak pointer"
                      : "the handler holds a raw pointer to the object, and nothing stops the timer when the object is "
                        "destroyed; it then uses '" +
                            Used + "' of a dead object; pass the object as the context of the call",
               Story(First.Loc, "the handler uses '" + Used + "' here"));
    }
  }
}

const UnitCheck Check({.Name = "unstopped-timer",
                       .Family = "timers",
                       .Level = Tier::Bug,
                       .Summary = "Finds timers that outlive the objects of their handler, or are never stopped.",
                       .Rows = "P22",
                       .Preview = true},
                      [](Unit &U, Reporter &R) {
                        for (Code *C : bodies(U)) {
                          handlers(*C, R);
                          leftHandlers(*C, R);
                          leftObjects(*C, R);
                          dyingLocals(*C, R);
                          leakedLocals(*C, R);
                        }
                        leakedMembers(U, R);
                      });

} // namespace

bool holdsRawThis(Unit &U, const Code &C, const CallableRef &T) {
  bool Raw = false;
  for (const Held &H : U.get<Captures>().of(C, T)) {
    if (H.By == Held::Owner || H.By == Held::WeakOwner)
      return false;
    Raw |= H.By == Held::This || (H.Object && H.Object->This && H.Object->Path.empty());
  }
  return Raw || (T.Receiver && T.Receiver->This && T.Receiver->Path.empty());
}

bool isUntied(const Event &E) {
  const auto *Call = dyn_cast_or_null<CallExpr>(E.Site);
  return Call && llvm::none_of(Call->arguments(), [](const Expr *A) {
           return A->getType()->isPointerType() && !A->getType()->isFunctionPointerType() &&
                  A->getType()->getPointeeCXXRecordDecl();
         });
}

} // namespace heddle

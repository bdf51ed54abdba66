// A timer that runs on when its object ends, or a handler that stays with a scheduler or loop of somebody else.
#include "check/Story.h"
#include "detectors.h"
#include "flow/Classes.h"
#include "flow/LeftBehind.h"
#include "flow/Mortality.h"
#include "flow/OwnTasks.h"

using namespace clang;

namespace heddle {

/// The member of the object that is the timer of the registration: that of the operation, or the sender of a
/// connection; null if it is tied to another object.
static const FieldDecl *timerOf(const Code &C, const Event &E) {
  const auto *Call = dyn_cast_or_null<CallExpr>(E.Site);
  std::optional<Place> P;
  if (E.ObjectRole == Role::Timer && E.Object.valid())
    P = E.Object;
  else if (Call && E.may(Fact::Tied) && Call->getNumArgs())
    P = C.place(Call->getArg(0));
  if (!Call || !P || !P->This || P->Path.size() != 1 || C.U.role(P->Path.front()->getType()) != Role::Timer)
    return nullptr;
  unsigned Objects = llvm::count_if(Call->arguments(), [](const Expr *A) {
    return A->getType()->isPointerType() && !A->getType()->isFunctionPointerType() &&
           A->getType()->getPointeeCXXRecordDecl();
  });
  return Objects <= (E.may(Fact::Tied) ? 1u : 0u) ? P->Path.front() : nullptr;
}

static void report(SourceLocation Loc, const std::string &Keeper, bool OwnTimer, const TouchedField &First,
                   Reporter &R) {
  std::string Used = First.Field->getNameAsString();
  R.report(Loc,
           (OwnTimer ? "the timer '" + Keeper +
                           "' runs on when the object is destroyed, and its handler holds a raw "
                           "pointer to the object; it then uses '"
                     : "the handler holds a raw pointer to the object and stays with '" + Keeper +
                           "' when the object is destroyed; it then uses '") +
               Used + "' of a dead object; " +
               (OwnTimer ? "stop and delete the timer in the destructor" : "take the handler back in the destructor"),
           Story(First.Loc, "the handler uses '" + Used + "' here"));
}

void leftHandlers(Code &C, Reporter &R) {
  Unit &U = C.U;
  const CXXRecordDecl *RD = objectClass(C.Fn);
  for (const Event &E : RD ? llvm::ArrayRef<Event>(C.Events) : llvm::ArrayRef<Event>())
    for (const CallableRef &T :
         E.Kind == Op::Defer || E.Kind == Op::Spawn ? llvm::ArrayRef(E.Tasks) : llvm::ArrayRef<CallableRef>()) {
      if (!T.Body || !U.visible(T.Body) || !holdsRawThis(U, C, T) || touchedBy(U, T.Body).empty() ||
          !U.get<Mortality>().canEnd(RD))
        continue;
      const auto *Call = dyn_cast_or_null<CallExpr>(E.Site);
      const FieldDecl *Timer = E.Kind == Op::Defer ? timerOf(C, E) : nullptr;
      auto Left = Timer || !Call ? std::nullopt : leftBehind(C, Call);
      if ((Timer && runsOn(U, Timer)) || (Left && Left->Timed))
        report(E.loc(), Timer ? Timer->getNameAsString() : Left->Keeper, Timer, touchedBy(U, T.Body).front(), R);
    }
  for (const ContextHandler &H : contextHandlers(C)) {
    bool Modelled = llvm::any_of(C.at(H.Call), [&](unsigned I) { return C.Events[I].Model != nullptr; });
    std::vector<TouchedField> Touched = touchedOf(U, RD, H.Body);
    auto Left = Modelled || Touched.empty() || !U.get<Mortality>().canEnd(RD) ? std::nullopt : leftBehind(C, H.Call);
    if (Left && Left->Timed)
      report(H.Call->getExprLoc(), Left->Keeper, false, Touched.front(), R);
  }
}

void leftObjects(Code &C, Reporter &R) {
  for (const LeftItself &X : leftItself(C)) {
    std::string Keeper = X.Keeper->getNameAsString(), Calls = X.Calls->getMethodDecl()->getNameAsString();
    if (C.U.get<Mortality>().isDropped(objectClass(C.Fn)))
      R.report(X.Call->getExprLoc(),
               "the object stays with '" + Keeper + "' when it is destroyed, which then calls '" + Calls +
                   "' on a dead object; take it back in the destructor",
               Story(X.Calls->getExprLoc(), "'" + Calls + "' is called here, when the time has come"));
  }
}

} // namespace heddle

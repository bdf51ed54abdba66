// Timers of C libraries: nothing stops them but a call.
#include "check/Story.h"
#include "detectors.h"
#include "flow/Calls.h"
#include "flow/EventIndex.h"
#include "flow/Order.h"
#include "flow/TimerMakers.h"
#include "flow/Uses.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {

/// Returns true if the end of a variable of this type does nothing to a timer.
static bool isBare(QualType T) {
  T = T.getNonReferenceType();
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  return !RD || (RD->hasDefinition() && RD->hasTrivialDestructor());
}

/// The call that takes the mention as an argument, or null.
static const CallExpr *callWith(const Code &C, const Expr *Mention) {
  return findFirst<CallExpr>(C.Fn->getBody(), Walk::NoLambdas, [&](const CallExpr *Call) {
    return llvm::any_of(Call->arguments(), [&](const Expr *A) {
      return anyOf<Expr>(A, Walk::WithImplicit, [&](const Expr *X) { return X == Mention; });
    });
  });
}

static bool isRead(const CallExpr *Call) {
  const FunctionDecl *F = Call->getDirectCallee();
  return F && F->getIdentifier() && (F->getName() == "read" || F->getName() == "timer_gettime");
}

/// Returns true for a pointer or reference to a timer that lives elsewhere; handles may be pointers by name.
static bool isOther(QualType T) {
  return T->isReferenceType() || (T->isPointerType() && !(T->isVoidPointerType() && T->getAs<TypedefType>()));
}

static const char *const Goes =
    "; it keeps firing, and leaks, after its owner is destroyed; delete or close it in the destructor";

/// A timer that comes into being in a body, by a call of the library or of a visible function that returns one.
struct Created {
  const Place *Where;
  SourceLocation Loc;
  const Stmt *Site;
};
static std::vector<Created> created(const Code &C) {
  std::vector<Created> All;
  for (const Event &E : C.Events)
    if (E.Kind == Op::CreateTimer)
      All.push_back({&E.Object, E.loc(), E.Site});
  for (const MadeTimer &X : C.U.get<TimerMakers>().in(C))
    All.push_back({&X.Where, X.Call->getExprLoc(), X.Call});
  return All;
}

/// `event_new(base, …)`, `uv_timer_init(loop, …)`: a loop knows such a timer from when it is armed, and the kernel its
/// own from the beginning.
static bool isOfLoop(Unit &U, const Stmt *Site) {
  const auto *Call = dyn_cast_or_null<CallExpr>(Site);
  return Call &&
         llvm::any_of(Call->arguments(), [&](const Expr *A) { return U.role(A->getType()) == Role::EventLoop; });
}

/// Where the timer in the member begins to run.
static SourceLocation begins(Unit &U, const Created &Timer, const FieldDecl *Field) {
  if (isOfLoop(U, Timer.Site))
    for (const IndexedEvent &X : U.get<EventIndex>().about(Field))
      if (X.What->Kind == Op::Arm)
        return X.What->loc();
  return Timer.Loc;
}

/// Returns true if the call ends the timer only where the body that has just made it gives up: paths lead past it.
static bool onlyUndoes(Code &In, const Stmt *Makes, const CallExpr *Call) {
  Order &O = In.U.get<Order>();
  return Makes && O.reaches(In, Makes, Call) && !O.reaches(In, Call, Makes) &&
         O.reachesExit(In, Makes, [&](const Stmt *S) { return S == Call; });
}

void leakedLocals(Code &C, Reporter &R) {
  for (const Created &Timer : created(C)) {
    const auto *V = dyn_cast_or_null<VarDecl>(Timer.Where->Root);
    if (!V || !Timer.Where->Path.empty() || !V->hasLocalStorage() || isa<ParmVarDecl>(V) || !isBare(V->getType()) ||
        isOther(V->getType()))
      continue;
    // Named by nothing but the calls that make, set and look at it.
    bool Elsewhere = llvm::any_of(C.Events, [&](const Event &X) {
      return X.Object.valid() && X.Object.Root == V && X.Kind != Op::CreateTimer && X.Kind != Op::Arm &&
             X.Kind != Op::Block;
    });
    bool Used = anyOf<CallExpr>(C.Fn->getBody(), Walk::Whole, [&](const CallExpr *Call) {
      bool Known = llvm::any_of(
          C.at(Call), [&](unsigned I) { return C.Events[I].Kind == Op::Arm || C.Events[I].Kind == Op::CreateTimer; });
      return !Known && !isRead(Call) && llvm::any_of(Call->arguments(), [&](const Expr *A) {
        return anyOf<DeclRefExpr>(A, Walk::WithImplicit, [&](const DeclRefExpr *DR) { return DR->getDecl() == V; });
      });
    });
    bool Kept = llvm::any_of(C.U.get<Uses>().in(C, V), [&](const Use &X) {
      const Expr *Value = X.Mention;
      const Stmt *User = Value ? C.user(Value) : nullptr;
      return X.Lambda || isa_and_nonnull<ReturnStmt, InitListExpr, BinaryOperator, DeclStmt, CXXConstructExpr>(User);
    });
    if (!Elsewhere && !Used && !Kept)
      R.report(Timer.Loc, "nothing stops the timer '" + V->getNameAsString() + "'" + Goes);
  }
}

void leakedMembers(Unit &U, Reporter &R) {
  for (Code *C : bodies(U)) {
    for (const Created &Timer : created(*C)) {
      const auto *Field = Timer.Where->This && Timer.Where->Path.size() == 1 ? Timer.Where->Path.front() : nullptr;
      const auto *Makes = dyn_cast_or_null<Expr>(Timer.Site); // `ev_ = event_new(…)`
      bool Owned = Makes && isa<CallExpr>(Makes) && Makes->getType()->isPointerType();
      if (!Field || !isBare(Field->getType()) || (isOther(Field->getType()) && !Owned))
        continue;
      const auto *Class = dyn_cast<CXXRecordDecl>(Field->getParent());
      const CXXDestructorDecl *D = Class ? Class->getDestructor() : nullptr;
      if (D && D->isUserProvided() && !U.visible(D))
        continue;
      // Any call but those that set and read it may stop it.
      bool Stopped = llvm::any_of(U.get<Uses>().everywhere(Field), [&](const Use &X) {
        Code *In = X.Mention ? bodyOf(U, X) : nullptr;
        const CallExpr *Call = In ? callWith(*In, X.Mention) : nullptr;
        bool Undoes = Call && In == C && U.seesAllUses(Field) && onlyUndoes(*C, Timer.Site, Call);
        return Call && !isRead(Call) && !Undoes && llvm::none_of(In->at(Call), [&](unsigned I) {
                 return In->Events[I].Kind == Op::Arm || In->Events[I].Kind == Op::CreateTimer;
               });
      });
      if (!Stopped)
        R.report(begins(U, Timer, Field), "no member stops the timer '" + Field->getNameAsString() + "'" + Goes,
                 Story(Field->getLocation(), "it belongs to the object"));
    }
  }
}

} // namespace heddle

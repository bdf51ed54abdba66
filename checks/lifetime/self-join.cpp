// A task that waits for its own end: it calls what joins it.
//   self-join.cpp             what the task's own object and its callees do
//   self-join/callback.cpp    what an owner does in a callback that the task of its part runs
//   self-join/part.cpp        work that owns the object whose part runs it
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/Captures.h"
#include "flow/ClassFacts.h"
#include "flow/CurrentThread.h"
#include "flow/OwningWork.h"
#include "flow/StopRequests.h"
#include "flow/Threads.h"
#include "self-join/detectors.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {

SourceLocation joinAtEnd(ClassFacts &F, Unit &U, const ClassTask &T) {
  const FieldFacts *H = T.Handle ? F.field(T.Handle) : nullptr;
  if (!H || T.Detached)
    return {};
  const Event *Join = nullptr;
  for (const LifeStep &S : F.destruction())
    if (S.What && S.What->Object.valid() && S.In && S.In->whole(S.What->Object).last() == T.Handle) {
      if (S.What->Kind == Op::Detach || isThreadAsked(*S.In, S.What->Site))
        return {};
      if (joinsTask(U, *S.What))
        Join = S.What;
    }
  return Join ? Join->loc() : H->AtEnd.has(Endings::Joins) ? H->Field->getLocation() : SourceLocation();
}

namespace {

class SelfJoins {
public:
  SelfJoins(Unit &U, Reporter &R) : U(U), R(R), All(U.get<Threads>()) {}

  void look() {
    for (const ThreadBody &B : All.bodies())
      for (const Event &E : B.C->Events)
        if (E.Site && joinsTask(U, E) && isOwn(B, E) && !asked(B, E))
          report(B, E);
  }

private:
  /// The handles of the thread, in the names of the body that starts it.
  llvm::SmallVector<Place, 2> handles(const ThreadEntry &T) {
    Code *In = T.Start.In ? U.code(T.Start.In->Fn) : nullptr;
    if (In)
      for (const TaskStart &X : U.concurrency().tasks(*In))
        if (X.Start->Site == T.Start.Site)
          return X.Handles;
    return {};
  }
  bool isOwn(const ThreadBody &B, const Event &E) {
    if (!E.Object.valid())
      return false;
    Place P = B.C->whole(E.Object);
    if (!B.Of->Start.In) // the body of a thread class: the object itself, or the member of whom it knows
      return isOwnObject(B, P);
    auto Seen = B.shared(P);
    return Seen && !B.Of->Many && llvm::is_contained(handles(*B.Of), *Seen);
  }
  bool isOwnObject(const ThreadBody &B, const Place &P) {
    const auto *Run = cast<CXXMethodDecl>(B.Of->Body);
    auto Seen = B.shared(P);
    if (Seen && Seen->This && Seen->Path.empty())
      return true;
    const auto *F = dyn_cast_or_null<FieldDecl>(P.last());
    const CXXRecordDecl *RD = F && !P.Element ? U.pointee(F->getType())->getAsCXXRecordDecl() : nullptr;
    return Seen && Seen->This && Seen->Path.size() > 1 && RD &&
           RD->getCanonicalDecl() == Run->getParent()->getCanonicalDecl();
  }
  static bool asked(const ThreadBody &B, const Event &E) {
    const Stmt *At = E.Site;
    for (const ThreadBody *X = &B; X; X = X->Caller) {
      if (isThreadAsked(*X->C, At))
        return true;
      At = X->Step.Site;
    }
    return false;
  }

  /// Returns true if the function is there for callers on other threads, too.
  bool isForOthers(const FunctionDecl *F) {
    const auto *M = dyn_cast<CXXMethodDecl>(F);
    return All.elsewhere(F) || (M && !M->getParent()->isLambda() && M->getAccess() == AS_public);
  }

  void report(const ThreadBody &B, const Event &E) {
    // The call by which the thread leaves the code that is its own.
    const ThreadBody *At = &B;
    while (At->Caller && All.elsewhere(At->Caller->C->Fn))
      At = At->Caller;
    bool Direct = !At->Caller || !isForOthers(B.C->Fn);
    SourceLocation Loc = Direct ? E.loc() : At->Step.Site->getExprLoc();
    Story Path(B.Of->Loc, "the task is started here");
    Path.then(B.calls());
    if (Loc != E.loc())
      Path.then(E.loc(), "here the thread waits for itself");
    std::string What = Direct
                           ? "the task joins its own thread"
                           : "'" + At->C->Fn->getNameAsString() + "', called by the task, joins the task's own thread";
    R.report(Loc,
             What + "; the join deadlocks, or throws and terminates the program; let the task only request the stop, "
                    "and join on another thread",
             Path);
  }

  Unit &U;
  Reporter &R;
  Threads &All;
};

/// The last owner may be the task: then the destructor, which joins, runs on the task's own thread.
void lastOwner(ClassFacts &F, Unit &U, Reporter &R, llvm::ArrayRef<SourceLocation> Told) {
  for (const ClassTask &T : F.Tasks) {
    SourceLocation Join = T.Start ? joinAtEnd(F, U, T) : SourceLocation();
    if (Join.isInvalid())
      continue;
    for (const Held &X : U.get<Captures>().of(*T.StartedIn, *T.Start->What)) {
      const CXXRecordDecl *To =
          X.By == Held::Owner && X.Variable ? U.pointee(X.Variable->getType())->getAsCXXRecordDecl() : nullptr;
      bool Self = To && (To->getCanonicalDecl() == F.Class->getCanonicalDecl()) && X.Object && X.Object->This;
      Self |= To && X.isFromThis();
      bool Weak = X.By == Held::WeakOwner && X.Variable && T.Body && ((X.Object && X.Object->This) || X.isFromThis());
      const Event *Lock = Weak ? locksWeak(U, T.Body, F.Class) : nullptr;
      if (Lock && !llvm::is_contained(Told, Lock->Site->getBeginLoc()))
        R.report(Lock->Site->getBeginLoc(),
                 "the task owns its own object for a time by locking '" + X.Name +
                     "'; if it is then the last owner, the destructor joins the thread on which it runs, which "
                     "terminates the program; capture 'this', as the destructor waits for the task",
                 Story(Join, "the destructor waits for the task here"));
      if (!Self || llvm::is_contained(Told, X.Loc))
        continue;
      R.report(X.Loc,
               "the task owns its own object through '" + X.Name +
                   "'; if it is the last owner, the destructor joins the thread on which it runs, which terminates "
                   "the program; capture 'this', as the destructor waits for the task",
               Story(Join, "the destructor waits for the task here"));
    }
  }
}

const UnitCheck Check({.Name = "self-join",
                       .Family = "lifetime",
                       .Level = Tier::Bug,
                       .Summary = "Finds tasks that wait for their own end.",
                       .Rows = "L15",
                       .Preview = true},
                      [](Unit &U, Reporter &R) {
                        SelfJoins(U, R).look();
                        auto Told = owningCallables(U, R);
                        for (ClassFacts *F : U.get<ClassTable>().all()) {
                          lastOwner(*F, U, R, Told);
                          joiningCallbacks(*F, U, R);
                        }
                      });

} // namespace
} // namespace heddle

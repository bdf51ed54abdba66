#include "LoopObjects.h"
#include "Classes.h"
#include "Confinement.h"
#include "EventIndex.h"
#include "HeldLocks.h"
#include "LibraryCode.h"
#include "Uses.h"

using namespace clang;

namespace heddle {

/// Returns true if the operation sets up, changes or ends what a loop does with the object.
static bool isOfLoop(Unit &U, const Event &E) {
  if (!E.Site || !E.Model || !E.Callee || !E.Object.valid() || !E.Object.last() || E.may(Fact::ThreadSafe) ||
      !inLibrary(U, E.Callee->getLocation()))
    return false;
  switch (E.Kind) {
  case Op::Arm:
  case Op::Disarm:
    return E.ObjectRole == Role::Timer;
  case Op::CreateTimer:
    return E.ObjectRole == Role::Timer && E.Callee->isExternC();
  case Op::Defer:
    return E.ObjectRole == Role::Timer || (E.Callee->isExternC() && E.ObjectRole == Role::None);
  default:
    return false;
  }
}

/// Returns true if some body on the thread runs an event loop.
static bool runsLoop(Threads &T, const ThreadEntry &Entry) {
  return llvm::any_of(T.bodies(), [&](const ThreadBody &B) {
    return B.Of == &Entry && llvm::any_of(B.C->Events, [](const Event &E) {
             return E.Kind == Op::Block && E.ObjectRole == Role::EventLoop;
           });
  });
}

static bool makes(Unit &U, const ThreadEntry &Entry, const ValueDecl *D) {
  Threads &T = U.get<Threads>();
  return llvm::any_of(T.bodies(), [&](const ThreadBody &B) {
    return B.Of == &Entry && (llvm::any_of(B.C->Events,
                                           [&](const Event &E) {
                                             return E.Kind == Op::CreateTimer && E.Object.valid() &&
                                                    E.Object.last() == D;
                                           }) ||
                              U.get<Uses>().any(*B.C, D, Use::Stores));
  });
}

static bool movesObjects(Unit &U) {
  return llvm::any_of(U.Functions, [](const FunctionDecl *F) {
    return F->getBody() && anyOf<CXXMemberCallExpr>(F->getBody(), [](const CXXMemberCallExpr *Call) {
             const CXXMethodDecl *M = Call->getMethodDecl();
             return M && M->getIdentifier() && M->getName().contains_insensitive("tothread");
           });
  });
}

/// An operation on the object that no thread of the unit does, or one that runs a loop.
static const Event *boundElsewhere(Unit &U, const ValueDecl *D) {
  Threads &T = U.get<Threads>();
  for (const IndexedEvent &X : U.get<EventIndex>().about(D)) {
    bool Sets = X.What->Kind == Op::CreateTimer || X.What->Kind == Op::Arm || X.What->Kind == Op::Defer;
    if (Sets && llvm::all_of(T.on(X.In->Fn), [&](const ThreadBody *B) { return runsLoop(T, *B->Of); }))
      return X.What;
  }
  return nullptr;
}

/// The thread that a constructor of the class starts, and that runs a loop which is one of its fields; null if there is
/// none, or more than one.
static const ThreadEntry *ownLoop(Unit &U, const CXXRecordDecl *RD) {
  const ThreadEntry *Found = nullptr;
  Threads &T = U.get<Threads>();
  for (const ThreadEntry &X : T.entries()) {
    const auto *Ctor = X.Start.In ? dyn_cast<CXXConstructorDecl>(X.Start.In->Fn) : nullptr;
    if (!Ctor || Ctor->getParent()->getCanonicalDecl() != RD->getCanonicalDecl())
      continue;
    bool Runs = llvm::any_of(T.bodies(), [&](const ThreadBody &B) {
      return B.Of == &X && llvm::any_of(B.C->Events, [&](const Event &E) {
               const auto *F = dyn_cast_or_null<FieldDecl>(E.Object.valid() ? E.Object.last() : nullptr);
               return E.Kind == Op::Block && E.ObjectRole == Role::EventLoop && F &&
                      F->getParent()->getCanonicalDecl() == RD->getCanonicalDecl();
             });
    });
    if (!Runs)
      continue;
    if (Found || X.Many)
      return nullptr;
    Found = &X;
  }
  return Found;
}

/// Returns true if a handler that some loop runs does something to the timer, too.
static bool usedByHandler(Unit &U, const ValueDecl *Timer) {
  auto Behind = [&](const CallableRef &T) {
    return T.Body && llvm::any_of(U.get<Calls>().behind(T.Body), [&](const Code *C) {
             return llvm::any_of(C->Events, [&](const Event &E) {
               return E.Object.valid() && E.Object.last() == Timer &&
                      (E.Kind == Op::Arm || E.Kind == Op::Disarm || E.Kind == Op::Defer);
             });
           });
  };
  return llvm::any_of(bodies(U), [&](Code *C) {
    return llvm::any_of(
        C->Events, [&](const Event &E) { return E.Kind == Op::Defer && E.Model && llvm::any_of(E.Tasks, Behind); });
  });
}

/// Returns true if code beside the loop can come to the statement while the thread of the loop runs. Calls by the
/// handlers of the loop are none, nor are those of a constructor before it starts the thread.
static bool comesWhileItRuns(Unit &U, Code &C, const Stmt *S, unsigned Depth = 0) {
  Threads &T = U.get<Threads>();
  if (!T.elsewhere(C.Fn) || T.beforeStart(C, S) || T.afterEnd(C, S))
    return false;
  bool Called = false, Comes = false;
  for (const CallEdge &E : U.get<Calls>().callers(C.Fn))
    if (Code *In = E.In && !E.Task && Depth < 4 && T.elsewhere(E.In->Fn) ? U.code(E.In->Fn) : nullptr) {
      Called = true;
      Comes |= comesWhileItRuns(U, *In, E.Site, Depth + 1);
    }
  return Comes || !Called;
}

static void usesOfCallers(Unit &U, std::vector<ForeignUse> &Out) {
  Threads &T = U.get<Threads>();
  for (Code *C : bodies(U)) {
    const CXXRecordDecl *RD = objectClass(C->Fn);
    if (!RD || isa<CXXConstructorDecl, CXXDestructorDecl>(C->Fn) || !T.on(C->Fn).empty())
      continue;
    for (const Event &E : C->Events) {
      if ((E.Kind != Op::Arm && E.Kind != Op::Defer) || !isOfLoop(U, E) || !E.Object.This || E.Object.Path.size() != 1)
        continue;
      const FieldDecl *D = E.Object.Path.front();
      bool Known = llvm::any_of(Out, [&](const ForeignUse &X) { return !X.On && X.Object.last() == D; });
      const ThreadEntry *Loop = Known ? nullptr : ownLoop(U, RD);
      if (!Loop || !comesWhileItRuns(U, *C, E.Site) || !U.get<HeldLocks>().at(*C, E.Site).empty() ||
          U.get<Confinement>().isConfined(*C, E.Site) || !(E.Callee->isExternC() || usedByHandler(U, D)))
        continue;
      if (const Event *Bound = boundElsewhere(U, D))
        Out.push_back({nullptr, &E, E.Object, Bound, Loop});
    }
  }
}

std::vector<ForeignUse> foreignUses(Unit &U) {
  std::vector<ForeignUse> Out;
  Threads &T = U.get<Threads>();
  if (T.entries().empty() || movesObjects(U))
    return Out;
  for (const ThreadBody &B : T.bodies())
    for (const Event &E : B.C->Events) {
      if (!isOfLoop(U, E))
        continue;
      const ValueDecl *D = E.Object.last();
      auto Shared = B.shared(E.Object);
      bool Known = llvm::any_of(Out, [&](const ForeignUse &X) { return X.On->Of == B.Of && X.Object.last() == D; });
      if (Known || !Shared || B.Of->AtOnce || runsLoop(T, *B.Of) || makes(U, *B.Of, D) ||
          !U.get<HeldLocks>().at(*B.C, E.Site).empty())
        continue;
      if (const Event *Bound = boundElsewhere(U, D))
        Out.push_back({&B, &E, E.Object, Bound, nullptr});
    }
  usesOfCallers(U, Out);
  return Out;
}

} // namespace heddle

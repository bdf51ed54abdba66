#include "LoopObjects.h"
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
        Out.push_back({&B, &E, E.Object, Bound});
    }
  return Out;
}

} // namespace heddle

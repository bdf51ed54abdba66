#include "check/Register.h"
#include "check/Reporter.h"

#include "clang/AST/DeclCXX.h"
#include "clang/Basic/SourceManager.h"

namespace heddle {
namespace {

// One mutex: free or held. The channel, or the promise, is any other object.
const Automaton Holding = {
    .Tracks = {Role::Mutex, Role::SharedMutex, Role::RecursiveMutex},
    .Start = "free",
    .AtEntry = "free",
    .Rows =
        {
            {"free", Op::Acquire, "held", {}, "'%0' is locked here"},
            {"free", Op::AcquireShared, "held", {}, "'%0' is locked here"},
            {"free", Op::TryAcquire, "held", {}, "'%0' is locked here"},
            {"held", Op::Release, "free"},
            {"held", Op::Dissociate, "gone"},
            {"held", Op::Move, "gone"},
            {"held", Op::Send, "error",
             "this send can block while '%0' is held; a receiver that needs '%0' never gets it, and both wait for "
             "ever; send after the lock is released",
             {}, Via::Elsewhere, /*OnlyIfBlocking=*/true},
            {.From = "held",
             .On = Op::Fulfil,
             .To = "error",
             .Message = "the promise is fulfilled while '%0' is held, and runs its continuations in this thread; one "
                        "that needs '%0' never gets it; fulfil it after the lock is released",
             .How = Via::Elsewhere,
             .OnlyIfInline = true},
        },
    .Escape = OnEscape::Keep,
};

/// A function that runs what it is given under its lock (`guarded.with(f)`) is right to: the one who gave it a callable
/// that sends is told, at the send.
void tellTheGiver(Unit &U, Finding &F) {
  const auto *Call = llvm::dyn_cast<clang::CallExpr>(F.Site);
  const auto *Runs = Call ? llvm::dyn_cast_or_null<clang::CXXMethodDecl>(Call->getDirectCallee()) : nullptr;
  if (!Runs || !Runs->getParent()->isLambda() || F.Story.empty())
    return;
  const auto *Giver = llvm::dyn_cast_or_null<clang::FunctionDecl>(Runs->getParent()->getParentFunctionOrMethod());
  const clang::SourceManager &SM = U.Ctx.getSourceManager();
  if (!Giver || SM.isPointWithin(F.Loc, Giver->getBeginLoc(), Giver->getEndLoc()))
    return;
  StoryLine Send = F.Story.back();
  F.Story.back() = {F.Loc, "the callable is called here, with the lock held"};
  F.Loc = Send.Loc;
}

/// Fulfilling a promise runs code of others only if somebody attached some; most promises just wake a waiter.
bool isAccepted(Unit &U, Finding &F) {
  tellTheGiver(U, F);
  if (F.Row->On != Op::Fulfil)
    return true;
  for (const clang::FunctionDecl *Fn : U.Functions)
    if (const Code *C = U.code(Fn))
      for (const Event &E : C->Events)
        if (E.Kind == Op::Defer && E.may(Fact::InlineContinuations))
          return true;
  return false;
}

const AutomatonCheck Check({.Name = "lock-held-across-send",
                            .Family = "locks",
                            .Level = Tier::Bug,
                            .Summary = "Finds sends that can block while a lock is held.",
                            .Rows = "L8"},
                           Holding, isAccepted);

} // namespace
} // namespace heddle

#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/CriticalSections.h"
#include "flow/Guards.h"
#include "flow/Mentions.h"

#include "clang/AST/DeclCXX.h"
#include "clang/Basic/SourceManager.h"

namespace heddle {
namespace {

constexpr std::string_view Continues =
    "the promise is fulfilled while '%0' is held, and its continuations run in this thread; one that locks '%0' "
    "deadlocks; fulfil it after the lock is released";

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
            {"held",
             Op::Send,
             "error",
             "this send can block while '%0' is held; it deadlocks if the receiver needs '%0'; send after the lock "
             "is released",
             {},
             Via::Elsewhere,
             /*OnlyIfBlocking=*/true},
            {.From = "held",
             .On = Op::Fulfil,
             .To = "error",
             .Message = Continues,
             .How = Via::Elsewhere,
             .OnlyIfInline = true},
            {.From = "held",
             .On = Op::TryFulfil,
             .To = "error",
             .Message = Continues,
             .How = Via::Elsewhere,
             .OnlyIfInline = true},
        },
    .Escape = OnEscape::Keep,
};

/// A function that runs what it is given under its lock (`guarded.with(f)`) is right to: the one who gave it a callable
/// that sends is reported, at the send.
void tellTheGiver(Unit &U, Finding &F) {
  const auto *Call = llvm::dyn_cast<clang::CallExpr>(F.Site);
  const auto *Runs = Call ? llvm::dyn_cast_or_null<clang::CXXMethodDecl>(Call->getDirectCallee()) : nullptr;
  if (!Runs || !Runs->getParent()->isLambda() || F.Story.empty())
    return;
  const auto *Giver = llvm::dyn_cast_or_null<clang::FunctionDecl>(Runs->getParent()->getParentFunctionOrMethod());
  const clang::SourceManager &SM = U.Ctx.getSourceManager();
  if (!Giver || SM.isPointWithin(F.Loc, Giver->getBeginLoc(), Giver->getEndLoc()))
    return;
  auto Send = llvm::find_if(F.Story, [](const StoryLine &L) { return L.After; });
  if (Send == F.Story.end())
    return;
  clang::SourceLocation Loc = Send->Loc;
  *Send = {F.Loc, "the callable is called here, with the lock held"};
  F.Loc = Loc;
}

/// Returns true if every sender into this member holds this lock.
bool allSendUnder(Unit &U, const clang::ValueDecl *Channel, const clang::ValueDecl *Lock) {
  for (const clang::FunctionDecl *Fn : U.Functions) {
    const Code *C = U.code(Fn);
    auto Does = [&](Op Kind, const clang::ValueDecl *To) {
      return C && llvm::any_of(C->Events, [&](const Event &E) {
               return E.Kind == Kind && E.Object.valid() && E.Object.last() == To;
             });
    };
    if ((Does(Op::Send, Channel) || Does(Op::TrySend, Channel)) && !Does(Op::Acquire, Lock))
      return false;
  }
  return true;
}

/// `if (!queue.full()) queue.push(x);` under a lock that all senders hold: the room that was found is still there. To
/// ask for room is to compare a number of items with another.
bool hasRoom(Unit &U, const Finding &F) {
  const auto *Send = llvm::dyn_cast<clang::CXXMemberCallExpr>(F.Site);
  Code *C = U.codeWith(Send);
  auto Channel = C ? C->place(Send->getImplicitObjectArgument()) : std::nullopt;
  if (!Channel || !Channel->last() || !F.Object.last() || !allSendUnder(U, Channel->last(), F.Object.last()))
    return false;
  auto Compares = [](const clang::Stmt *S) {
    const auto *B = llvm::dyn_cast<clang::BinaryOperator>(S);
    return B && B->isComparisonOp();
  };
  // Asked under the very lock that is still held at the send.
  auto &Sections = U.get<CriticalSections>();
  auto StillHeld = [&](const clang::Stmt *Question) {
    return llvm::any_of(Sections.held(*C, Send), [&](const HeldLock &Now) {
      return Now.Lock == F.Object && llvm::any_of(Sections.held(*C, Question), [&](const HeldLock &Then) {
               return Then.Lock == Now.Lock && Then.Taken == Now.Taken;
             });
    });
  };
  return llvm::any_of(guards(*C, Send), [&](const Guard &G) {
    return mentions(G.Condition, [&](const clang::Stmt *X) {
      const auto *M = llvm::dyn_cast<clang::CXXMemberCallExpr>(X);
      if (!M || C->place(M->getImplicitObjectArgument()) != Channel || !StillHeld(M))
        return false;
      const clang::FunctionDecl *Def = U.visible(M->getMethodDecl());
      return mentions(G.Condition, Compares) || (Def && mentions(Def->getBody(), Compares));
    });
  });
}

/// Returns true if the statement fulfils a hand-written promise that only a continuation can wait for: it then has
/// one.
bool onlyContinues(Unit &U, const clang::Stmt *Site) {
  const auto *Call = llvm::dyn_cast_or_null<clang::CXXMemberCallExpr>(Site);
  const clang::CXXMethodDecl *Fulfils = Call ? Call->getMethodDecl() : nullptr;
  const clang::CXXRecordDecl *RD = Fulfils ? Fulfils->getParent() : nullptr;
  const TypeModel *T = RD ? U.inferred(RD) : nullptr;
  auto Does = [&](const clang::CXXMethodDecl *M, Op O) {
    return llvm::any_of(U.actions(M, RD, M->getNumParams()), [&](const Action &A) { return A.Operation == O; });
  };
  return T && T->Plays == Role::Promise && (Does(Fulfils, Op::Fulfil) || Does(Fulfils, Op::TryFulfil)) &&
         llvm::none_of(RD->methods(),
                       [&](const clang::CXXMethodDecl *M) { return Does(M, Op::Await) || Does(M, Op::Consume); });
}

/// Fulfilling a promise runs code of others only if somebody attached some; most promises just wake a waiter.
bool isAccepted(Unit &U, Finding &F) {
  tellTheGiver(U, F);
  if (F.Row->On != Op::Fulfil && F.Row->On != Op::TryFulfil)
    return !hasRoom(U, F);
  if (onlyContinues(U, F.Site))
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

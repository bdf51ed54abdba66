// A timer made anew in every turn of a waiting loop, or for every message, where one re-armed timer would do: each is
// an allocation, a descriptor or a thread, and those that are not destroyed with their turn pile up until they fire.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Loops.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"

#include <set>

using namespace clang;

namespace heddle {
namespace {

/// A loop that ends after a number of turns that its header states is no event loop.
bool isCounted(const Stmt *Loop, const ASTContext &Ctx) {
  const auto *F = dyn_cast<ForStmt>(Loop);
  if (!F || !F->getInc() || !F->getCond())
    return false;
  const auto *B = dyn_cast<BinaryOperator>(F->getCond()->IgnoreParenImpCasts());
  if (!B || !B->isComparisonOp())
    return false;
  return B->getLHS()->getType()->isIntegerType() && B->getRHS()->getType()->isIntegerType();
}

/// The innermost loop of this body that runs the statement in every turn.
const Stmt *repeatingLoop(const Code &C, const Stmt *S) {
  const Stmt *Child = S;
  for (const Stmt *P = C.parent(S); P; Child = P, P = C.parent(P))
    if (const Stmt *Body = loopBody(P)) {
      if (Child == Body)
        return P;
      if (const auto *W = dyn_cast<WhileStmt>(P); W && Child == W->getCond())
        return P;
      if (const auto *F = dyn_cast<ForStmt>(P); F && (Child == F->getCond() || Child == F->getInc()))
        return P;
    }
  return nullptr;
}

bool mayWait(const Event &E) { return has(E.Kind, OpTraits::Blocks) || (E.Kind == Op::Send && E.may(Fact::Blocking)); }

bool waits(Unit &U, const FunctionDecl *F, unsigned Depth = 0) {
  Code *C = Depth < 4 ? U.code(F) : nullptr;
  if (!C)
    return false;
  for (const Event &E : C->Events)
    if (mayWait(E) || (E.Kind == Op::Call && E.Callee && waits(U, E.Callee, Depth + 1)))
      return true;
  return false;
}

bool awaits(const Stmt *S) {
  if (!S || isa<LambdaExpr>(S))
    return false;
  if (isa<CoawaitExpr>(S))
    return true;
  return llvm::any_of(S->children(), [](const Stmt *X) { return awaits(X); });
}

/// Does a turn of the loop wait for something: a message, a timer, a notification?
bool isWaitingLoop(Code &C, const Stmt *Loop) {
  for (const Event &E : C.Events) {
    if (!E.Site || !within(C, E.Site, Loop))
      continue;
    if (mayWait(E) || (E.Kind == Op::Call && E.Callee && waits(C.U, E.Callee)))
      return true;
  }
  return awaits(Loop);
}

/// Is the timer given to an owner that keeps it: moved or stored away, other than into its own handler?
bool isHandedOver(const Code &C, const Place &Timer) {
  for (const Event &E : C.Events)
    if ((E.Kind == Op::Move || E.Kind == Op::Escape) && E.Object.valid() && E.Object.contains(Timer))
      return true;
  return false;
}

bool isLocal(const Code &C, const Place &P) {
  const auto *V = dyn_cast_or_null<VarDecl>(P.Root);
  return V && P.Path.empty() && !P.Element && V->isLocalVarDecl() && !V->isStaticLocal() &&
         V->getParentFunctionOrMethod() == static_cast<const DeclContext *>(C.Fn);
}

/// A callable that begins by sleeping is a timer with a thread of its own.
const Event *sleepsFirst(Unit &U, const Event &Spawn) {
  for (const CallableRef &T : Spawn.Tasks)
    if (Code *Body = T.Body ? U.code(T.Body) : nullptr)
      for (const Event &E : Body->Events) {
        if (E.Kind == Op::Sleep) {
          for (const Stmt *S = E.Site; S; S = Body->parent(S))
            if (loopBody(S))
              return nullptr; // a periodic task, not one shot
          return &E;
        }
        if (E.Kind != Op::Escape && E.Kind != Op::Move && E.Kind != Op::Self && E.Kind != Op::Test)
          break;
      }
  return nullptr;
}

/// The constructor of a class that is nothing but a timer: its one field is made there.
bool constructsTimer(Unit &U, const FunctionDecl *F) {
  const auto *Ctor = dyn_cast<CXXConstructorDecl>(F);
  if (!Ctor || std::distance(Ctor->getParent()->field_begin(), Ctor->getParent()->field_end()) != 1)
    return false;
  Code *C = U.code(Ctor);
  return C && llvm::any_of(C->Events, [](const Event &E) { return E.Kind == Op::CreateTimer && E.Object.This; });
}

struct Made {
  const Event *E = nullptr;
  bool Thread = false; ///< a thread that sleeps stands for the timer
};

/// The timers that a body makes for its own turn: as locals, temporaries, or behind a pointer that its handler holds.
llvm::SmallVector<Made, 2> timersMadeBy(Code &C) {
  llvm::SmallVector<Made, 2> Out;
  for (const Event &E : C.Events) {
    if (E.Kind == Op::CreateTimer) {
      if (E.Object.valid() && !isLocal(C, E.Object))
        continue; // a member or an element: it has an owner
      if (E.Object.valid() && isHandedOver(C, E.Object))
        continue;
      if (E.Object.Element)
        continue;
      if (!E.Object.valid()) {
        // Returned or passed on: into what is not known, unless the call itself is the whole timer.
        const Stmt *P = C.parent(E.Site);
        while (P && isa<ImplicitCastExpr, ExprWithCleanups, CXXBindTemporaryExpr, MaterializeTemporaryExpr>(P))
          P = C.parent(P);
        if (P && isa<CallExpr, CXXConstructExpr, InitListExpr, CXXNewExpr>(P))
          continue;
      }
      Out.push_back({&E, false});
    } else if (E.Kind == Op::Call && E.Callee && constructsTimer(C.U, E.Callee)) {
      const VarDecl *V = isa<Expr>(E.Site) ? C.destinationVar(cast<Expr>(E.Site)) : nullptr;
      Place P;
      P.Root = V;
      if (V && isLocal(C, P) && !isHandedOver(C, P))
        Out.push_back({&E, false});
    } else if (E.Kind == Op::Spawn && !E.Tasks.empty() && !(E.Object.valid() && E.Object.Element) &&
               sleepsFirst(C.U, E)) {
      if (E.Object.valid() && !isLocal(C, E.Object))
        continue;
      // Joined in the same turn it is a slow call, not a pile of timers.
      bool Joined = llvm::any_of(
          C.Events, [&](const Event &J) { return J.Kind == Op::Join && J.Object.valid() && J.Object == E.Object; });
      if (!Joined)
        Out.push_back({&E, true});
    }
  }
  return Out;
}

std::string text(bool Thread, llvm::StringRef When) {
  return ("a timer is created " + When +
          (Thread ? ": each is a thread that sleeps until its time is over, and they pile up"
                  : ": each costs a new one, and those that have not fired pile up") +
          "; create one before and arm it again")
      .str();
}

/// Does the timer belong to an object that the loop makes or visits in this turn (a connection that was accepted)?
bool isOfThisTurn(const Code &C, const Event &E) {
  const auto *V = dyn_cast_or_null<VarDecl>(E.Object.Root);
  const Stmt *Loop = repeatingLoop(C, E.Site);
  return V && Loop && !E.Object.Path.empty() && V->isLocalVarDecl() &&
         !C.U.Ctx.getSourceManager().isBeforeInTranslationUnit(V->getLocation(), Loop->getBeginLoc());
}

void inLoops(Code &C, Reporter &R) {
  auto Report = [&](const Stmt *Site, SourceLocation Loc, bool Thread, std::vector<StoryLine> Story) {
    const Stmt *Loop = repeatingLoop(C, Site);
    if (!Loop || isCounted(Loop, C.U.Ctx) || !isWaitingLoop(C, Loop))
      return;
    Story.insert(Story.begin(), {Loop->getBeginLoc(), "this loop waits in every turn"});
    R.report(Loc, text(Thread, "in every turn of this loop"), Story);
  };
  for (const Made &M : timersMadeBy(C))
    Report(M.E->Site, M.E->loc(), M.Thread, {});
  // A member or outer variable that every turn replaces by a new one.
  for (const Event &E : C.Events)
    if (E.Kind == Op::CreateTimer && E.Object.valid() && !E.Object.Element && !isLocal(C, E.Object) &&
        !isa<CXXConstructorDecl>(C.Fn) && !isOfThisTurn(C, E))
      Report(E.Site, E.loc(), false, {});
  // Made by a function that the loop calls.
  for (const Event &E : C.Events)
    if (E.Kind == Op::Call && E.Callee && !isa<CXXConstructorDecl>(E.Callee))
      if (Code *Callee = C.U.code(E.Callee))
        for (const Made &M : timersMadeBy(*Callee))
          Report(E.Site, E.loc(), M.Thread,
                 {{M.E->loc(), "it is made here, in '" + E.Callee->getNameAsString() + "'"}});
}

/// The registration through which running \p From leads to \p F again - the loop of a chain of completion handlers - or
/// null. A timer's own handler does not count: it is what the timer is for.
const Event *registersAgain(Unit &U, const FunctionDecl *From, const FunctionDecl *F, bool Later, unsigned Depth,
                            std::set<std::pair<const FunctionDecl *, bool>> &Seen) {
  Code *C = Depth < 6 && Seen.insert({From, Later}).second ? U.code(From) : nullptr;
  if (!C)
    return nullptr;
  for (const Event &E : C->Events) {
    if (E.Kind == Op::Call && E.Callee) {
      if (Later && E.Callee == F)
        return &E;
      if (const Event *X = registersAgain(U, E.Callee, F, Later, Depth + 1, Seen))
        return X;
    } else if (E.Kind == Op::Defer && E.ObjectRole != Role::Timer)
      for (const CallableRef &T : E.Tasks)
        if (T.Body && (T.Body == F || registersAgain(U, T.Body, F, true, Depth + 1, Seen)))
          return &E;
  }
  return nullptr;
}

/// Is the function left behind this statement, in the branch in which it stands?
bool leavesAfter(const Code &C, const Stmt *S) {
  for (S = C.parent(S); S; S = C.parent(S))
    if (const auto *Block = dyn_cast<CompoundStmt>(S);
        Block && C.parent(Block) && !Block->body_empty() && isa<ReturnStmt>(Block->body_back()))
      return true;
  return false;
}

/// Does the timer mean the same whichever message it was made for: knows its handler nothing but the object and itself?
bool isSameForAll(const Code &C, const Made &M) {
  bool Found = false;
  for (const Event &E : C.Events) {
    if (E.Kind != Op::Defer || !E.Object.valid() || !(E.Object == M.E->Object))
      continue;
    for (const CallableRef &T : E.Tasks) {
      if (!T.Lambda)
        return false;
      Found = true;
      for (const LambdaCapture &Cap : T.Lambda->captures()) {
        if (Cap.capturesThis())
          continue;
        const ValueDecl *V = Cap.capturesVariable() ? Cap.getCapturedVar() : nullptr;
        const auto *Own = dyn_cast<CXXMethodDecl>(C.Fn);
        const CXXRecordDecl *To = V ? C.U.pointee(V->getType())->getAsCXXRecordDecl() : nullptr;
        if (V != M.E->Object.Root && !(Own && To && To->getCanonicalDecl() == Own->getParent()->getCanonicalDecl()))
          return false;
      }
    }
  }
  return Found;
}

/// A handler that hands itself over again for the next message, and makes a timer each time.
void inHandlerChains(Code &C, Reporter &R) {
  struct Timer {
    Made M;
    const Event *By; ///< the call of the helper that makes it, or null
  };
  llvm::SmallVector<Timer, 2> Timers;
  for (const Made &M : timersMadeBy(C))
    Timers.push_back({M, nullptr});
  for (const Event &E : C.Events)
    if (E.Kind == Op::Call && E.Callee && !isa<CXXConstructorDecl>(E.Callee) && !leavesAfter(C, E.Site))
      if (Code *Helper = C.U.code(E.Callee); Helper && Helper != &C)
        for (const Made &M : timersMadeBy(*Helper))
          if (isSameForAll(*Helper, M))
            Timers.push_back({M, &E});
  if (Timers.empty())
    return;
  std::set<std::pair<const FunctionDecl *, bool>> Seen;
  const Event *Again = registersAgain(C.U, C.Fn, C.Fn, false, 0, Seen);
  if (!Again)
    return;
  for (const auto &[M, By] : Timers) {
    std::vector<StoryLine> Story = {{Again->loc(), "the handler that is handed over here comes back to this function"}};
    if (By)
      Story.push_back({By->loc(), "it makes a timer each time it comes by here"});
    R.report(M.E->loc(), text(M.Thread, "for every message"), Story);
  }
}

const MatchCheck Check({.Name = "timer-created-in-loop",
                        .Family = "timers",
                        .Level = Tier::Bug,
                        .Summary = "Finds timers that are created anew in every turn of a waiting loop.",
                        .Rows = "P11 L12"},
                       [](Code &C, Reporter &R) {
                         inLoops(C, R);
                         inHandlerChains(C, R);
                       });

} // namespace
} // namespace heddle

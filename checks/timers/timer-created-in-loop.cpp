// A timer created in every iteration of a waiting loop, or for every message, where one rearmed timer would do: each is
// an allocation, a descriptor or a thread, and those that are not destroyed with their turn pile up until they fire.
//   timer-created-in-loop.cpp              loops, and handlers that hand themselves over again
//   timer-created-in-loop/superseded.cpp   handlers that ignore all timers but the last one
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Expressions.h"
#include "flow/Mentions.h"
#include "flow/Order.h"
#include "flow/TaskFacts.h"
#include "flow/Unwrap.h"
#include "timer-created-in-loop/detectors.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {
namespace {

/// A timer that a body makes.
struct Made {
  const Event *E = nullptr;
  enum { Own, Returned, Replaces } For = Own; ///< for its own turn, for its caller, or for an object that outlives it
  bool Thread = false;                        ///< a thread that sleeps stands for the timer
};

/// Returns true if the timer is given to an owner that keeps it, other than its own handler.
bool isHandedOver(const Code &C, const Place &Timer) {
  return llvm::any_of(C.Events, [&](const Event &E) {
    return (E.Kind == Op::Move || E.Kind == Op::Escape) && E.Object.valid() && E.Object.contains(Timer);
  });
}

bool isLocal(const Code &C, const Place &P) {
  const auto *V = dyn_cast_or_null<VarDecl>(P.Root);
  return V && P.Path.empty() && !P.Element && V->isLocalVarDecl() && !V->isStaticLocal() &&
         V->getParentFunctionOrMethod() == static_cast<const DeclContext *>(C.Fn);
}

bool isReturned(const Code &C, const Event &E) {
  const auto *Made = dyn_cast<Expr>(E.Site);
  if (Made && isa_and_nonnull<ReturnStmt>(C.user(Made)))
    return true;
  return E.Object.valid() && llvm::any_of(returnsIn(C.Fn->getBody()), [&](const ReturnStmt *R) {
           auto P = R->getRetValue() ? C.place(unwrap(R->getRetValue())) : std::nullopt;
           return P && *P == E.Object;
         });
}

/// The constructor of a class that is nothing but a timer: its one field is made there.
bool constructsTimer(Unit &U, const FunctionDecl *F) {
  const auto *Ctor = dyn_cast<CXXConstructorDecl>(F);
  if (!Ctor || std::distance(Ctor->getParent()->field_begin(), Ctor->getParent()->field_end()) != 1)
    return false;
  const Code *C = U.code(Ctor);
  return C && llvm::any_of(C->Events, [](const Event &E) { return E.Kind == Op::CreateTimer && E.Object.This; });
}

/// A created timer, or none where nobody can say whose it is.
std::optional<Made> created(const Code &C, const Event &E) {
  if (E.Object.Element)
    return std::nullopt;
  if (isReturned(C, E))
    return Made{&E, Made::Returned};
  if (E.Object.valid()) {
    if (!isLocal(C, E.Object))
      return Made{&E, Made::Replaces};
    return isHandedOver(C, E.Object) ? std::nullopt : std::optional(Made{&E});
  }
  const auto *Value = dyn_cast<Expr>(E.Site);
  bool PassedOn = Value && isa_and_nonnull<CallExpr, CXXConstructExpr, InitListExpr, CXXNewExpr>(C.user(Value));
  return PassedOn ? std::nullopt : std::optional(Made{&E});
}

llvm::SmallVector<Made, 2> timersMadeBy(const Code &C) {
  llvm::SmallVector<Made, 2> Out;
  TaskFacts &Tasks = C.U.get<TaskFacts>();
  for (const Event &E : C.Events) {
    if (E.Kind == Op::CreateTimer) {
      // What fires at once is a call that is put off until the event loop runs again.
      const auto *Call = dyn_cast<CallExpr>(E.Site);
      const Expr *First = Call && Call->getNumArgs() ? Call->getArg(0)->IgnoreParenImpCasts() : nullptr;
      if (constantInteger(First, C.U.Ctx) == 0)
        continue;
      if (auto M = created(C, E))
        Out.push_back(*M);
    } else if (E.Kind == Op::Call && E.Callee && constructsTimer(C.U, E.Callee)) {
      const VarDecl *V = isa<Expr>(E.Site) ? C.destinationVar(cast<Expr>(E.Site)) : nullptr;
      Place P;
      P.Root = V;
      if (V && isLocal(C, P) && !isHandedOver(C, P))
        Out.push_back({&E});
    } else if (E.Kind == Op::Spawn && !E.Object.Element && (!E.Object.valid() || isLocal(C, E.Object)) &&
               llvm::any_of(E.Tasks, [&](const CallableRef &T) { return Tasks.delay(T); })) {
      // Joined in the same iteration it is a slow call, not a pile of timers.
      bool Joined = llvm::any_of(
          C.Events, [&](const Event &J) { return J.Kind == Op::Join && J.Object.valid() && J.Object == E.Object; });
      if (!Joined)
        Out.push_back({&E, Made::Own, true});
    }
  }
  return Out;
}

std::string text(bool Thread, llvm::StringRef When) {
  return ("a timer is created " + When +
          (Thread ? "; each is a sleeping thread, and they pile up" : "; those that have not fired pile up") +
          "; create it once and rearm it")
      .str();
}

/// Returns true if the object is made or visited in one iteration of the loop: a connection that was accepted.
bool isOfOneTurn(const Place &Object, const Loop &L) {
  const auto *V = dyn_cast_or_null<VarDecl>(Object.Root);
  return Object.Element || (V && declaredIn(L.Statement, V));
}

/// Returns true if the timer that a call makes costs a new one in each iteration: it is dropped with the iteration, or
/// replaces the one of the iteration before.
bool isMadeForTurn(const Code &C, const Event &Call, const Made &M, const Loop &L) {
  if (M.For == Made::Own)
    return true;
  if (M.For == Made::Replaces) {
    bool Member = M.E->Object.This;
    return !isa<CXXConstructorDecl>(Call.Callee) && (!Member || (Call.Object.valid() && !isOfOneTurn(Call.Object, L)));
  }
  auto To = C.destination(cast<Expr>(Call.Site));
  return To && !To->Element && (isLocal(C, *To) ? !isHandedOver(C, *To) : !isOfOneTurn(*To, L));
}

void inLoops(Code &C, Reporter &R) {
  LoopFacts &Loops = C.U.get<LoopFacts>();
  auto Waiting = [&](const Event &E) -> const Loop * {
    const Loop *L = Loops.repeating(C, E.Site);
    bool Counted = L && (L->Turns == Trips::Number || L->Turns == Trips::Constant);
    return L && !Counted && Loops.waits(C, *L) && !Loops.once(C, E.Site, L->Statement) ? L : nullptr;
  };
  auto Report = [&](const Loop &L, SourceLocation At, bool Thread, std::vector<StoryLine> Story) {
    Story.insert(Story.begin(), {L.Statement->getBeginLoc(), "this loop waits in every iteration"});
    R.report(At, text(Thread, "in every iteration of this loop"), Story);
  };
  for (const Made &M : timersMadeBy(C))
    if (const Loop *L = Waiting(*M.E))
      if (M.For == Made::Own || (M.For == Made::Replaces && !isOfOneTurn(M.E->Object, *L)))
        Report(*L, M.E->loc(), M.Thread, {});
  for (const Event &E : C.Events) {
    const Code *Callee = E.Kind == Op::Call && E.Callee && isa<Expr>(E.Site) ? C.U.code(E.Callee) : nullptr;
    const Loop *L = Callee && !isa<CXXConstructorDecl>(E.Callee) ? Waiting(E) : nullptr;
    if (!L)
      continue;
    for (const Made &M : timersMadeBy(*Callee))
      if (isMadeForTurn(C, E, M, *L) && !Loops.once(*Callee, M.E->Site))
        Report(*L, E.loc(), M.Thread, {{M.E->loc(), "it is created here, in '" + E.Callee->getNameAsString() + "'"}});
  }
}

/// Returns true if the timer means the same whichever message it was made for: its handler knows nothing but the object
/// and the timer itself.
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

/// Returns true if timers of the chain may wait at once: what a timer's own handler runs again makes the next one when
/// this one has fired, and one that is not armed is never waited for.
bool pilesUp(const Code &C, const Place &Timer, const Chain &Again) {
  bool Armed = llvm::any_of(C.Events, [&](const Event &E) {
    return (E.Kind == Op::Arm || E.Kind == Op::Defer || E.Kind == Op::Escape || E.Kind == Op::Move) &&
           E.Object.valid() && E.Object == Timer;
  });
  return Armed && !(Again.Registers->Object.valid() && Again.Registers->Object == Timer);
}

/// A handler that hands itself over again for the next message, and makes a timer each time.
void inHandlerChains(Code &C, Reporter &R) {
  struct Timer {
    Made M;
    const Event *By; ///< the call of the helper that makes it, or null
  };
  llvm::SmallVector<Timer, 2> Timers;
  for (const Made &M : timersMadeBy(C))
    if (M.For == Made::Own)
      Timers.push_back({M, nullptr});
  for (const Event &E : C.Events)
    if (const Code *Helper = E.Kind == Op::Call && E.Callee ? C.U.code(E.Callee) : nullptr;
        Helper && Helper != &C && !isa<CXXConstructorDecl>(E.Callee))
      for (const Made &M : timersMadeBy(*Helper))
        if (M.For == Made::Own && isSameForAll(*Helper, M))
          Timers.push_back({M, &E});
  std::optional<Chain> Again = Timers.empty() ? std::nullopt : C.U.get<LoopFacts>().chain(C);
  if (!Again)
    return;
  Order &Paths = C.U.get<Order>();
  for (const auto &[M, By] : Timers) {
    // One that the branch without a next message makes, a pause after a failure, is none of every message.
    const Stmt *Site = By ? By->Site : M.E->Site;
    if (!By && M.E->Object.valid() && !pilesUp(C, M.E->Object, *Again))
      continue;
    if (!Paths.reaches(C, Site, Again->Entry->Site) && !Paths.reaches(C, Again->Entry->Site, Site))
      continue;
    std::vector<StoryLine> Story = {
        {Again->Registers->loc(), "the handler that is registered here calls this function again"}};
    if (By)
      Story.push_back({By->loc(), "each call creates a timer"});
    R.report(M.E->loc(), text(M.Thread, "for every message"), Story);
  }
}

const MatchCheck Check({.Name = "timer-created-in-loop",
                        .Family = "timers",
                        .Level = Tier::Bug,
                        .Summary = "Finds timers that are created in every iteration of a waiting loop.",
                        .Rows = "P11 L12"},
                       [](Code &C, Reporter &R) {
                         inLoops(C, R);
                         inHandlerChains(C, R);
                         supersededTimers(C, R);
                       });

} // namespace
} // namespace heddle

// A channel with one item and an end, received from a second time: what comes then is an empty value that looks like an
// answer.
#include "check/Reporter.h"
#include "detectors.h"
#include "flow/LibraryCode.h"
#include "flow/Loops.h"
#include "flow/Mentions.h"
#include "flow/ValueFlow.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {
using namespace future_read_twice;
namespace {

const Automaton OfOneItem = {
    .Tracks = {Role::Channel},
    .Start = "full",
    .AtEntry = "full",
    .Rows =
        {
            {.From = "full",
             .On = Op::Receive,
             .To = "drained",
             .Note = "the one item of '%0' is received here",
             .Unless = Fact::Timed},
            {.From = "drained",
             .On = Op::Receive,
             .To = "error",
             .Message = "'%0' is received from a second time, but its task sends one item and closes it; this "
                        "receive yields an empty value; keep the first, and test the result of each receive",
             .Unless = Fact::Timed},
            {"*", Op::Reset, "gone"},
            {"*", Op::Send, "gone"},
            {"*", Op::TrySend, "gone"},
        },
    .Escape = OnEscape::Keep, // who else may send is asked afterwards
};

/// Returns true if the channel goes where this check looks: to the caller, or into a task.
bool isFollowed(const Code &C, const Stmt *Escape) {
  const auto *E = dyn_cast<Expr>(Escape);
  while (E && !isa<LambdaExpr>(E)) {
    Flow F = C.U.get<ValueFlow>().next(C, E);
    if (F.Goes == Flow::Returned || F.Goes == Flow::Captured)
      return true;
    E = F.Goes == Flow::Argument || F.Goes == Flow::Member ? dyn_cast_or_null<Expr>(F.By) : nullptr;
  }
  return E != nullptr;
}

/// Returns true if a task that this body starts sends one item into the channel and then closes it, and nobody else
/// sends.
bool sentOnce(Code &C, const Place &Channel) {
  unsigned Sends = 0;
  bool Closed = false;
  auto Count = [&](const Code &In, bool Task) {
    for (const Event &E : In.Events) {
      if (E.Object != Channel)
        continue;
      if (E.Kind == Op::Send || E.Kind == Op::TrySend)
        Sends += Task && !inLoop(In, E.Site) ? 1 : 2;
      else if (E.Kind == Op::Escape && !isFollowed(In, E.Site))
        Sends += 2; // somebody else may send
      Closed |= E.Kind == Op::Close && Task && Sends;
    }
  };
  Count(C, false);
  for (const Event &E : C.Events)
    for (const CallableRef &T : E.Tasks)
      if (Code *Body = E.Kind == Op::Spawn && T.Lambda && T.Body ? C.U.code(T.Body) : nullptr) {
        if (inLoop(C, E.Site))
          return false;
        Count(*Body, true);
      }
  return Sends == 1 && Closed;
}

/// The same, also where the channel came from a function that made it and started its task.
bool isOneShot(Code &C, const Place &Channel) {
  if (sentOnce(C, Channel))
    return true;
  const auto *V = dyn_cast_or_null<VarDecl>(Channel.Root);
  const auto *Call = V && V->getInit() ? dyn_cast_or_null<CallExpr>(ValueFlow::behindCopies(V->getInit())) : nullptr;
  Code *Maker = Call && Call->getDirectCallee() ? C.U.code(Call->getDirectCallee()) : nullptr;
  if (!Maker)
    return false;
  Place Whole;
  Whole.Root = V;
  return llvm::any_of(returnsIn(Maker->Fn->getBody()), [&](const ReturnStmt *R) {
    auto Made = R->getRetValue() ? Maker->place(R->getRetValue()) : std::nullopt;
    return Made && sentOnce(*Maker, Whole.rebase(Channel, *Made));
  });
}

bool isNamedValue(const CXXMethodDecl *M) { return M && M->getIdentifier() && M->getName() == "value"; }

/// Returns true if what a receive yields is used without asking whether there was an item.
bool takesBlindly(Code &C, const Stmt *Site) {
  const auto *Call = dyn_cast_or_null<CallExpr>(Site);
  if (!Call)
    return false;
  Flow F = C.U.get<ValueFlow>().next(C, Call);
  QualType T = Call->getType();
  if (T->isVoidType() || F.Goes == Flow::Dropped)
    return true;
  if (T->isBooleanType() || T->isEnumeralType())
    return false;
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  if (RD && C.U.role(T) == Role::None && inLibrary(C.U, RD->getLocation()))
    return !RD->lookup(DeclarationName(&C.U.Ctx.Idents.get("value_type"))).empty(); // a container
  const TypeModel *M = C.U.type(T);
  if (!M || M->Plays != Role::SmartPointer)
    return true;
  if (F.Goes != Flow::Receiver)
    return false;
  if (const auto *O = dyn_cast<CXXOperatorCallExpr>(F.By))
    return O->getOperator() == OO_Star || O->getOperator() == OO_Arrow;
  const auto *Asked = dyn_cast<CXXMemberCallExpr>(F.By);
  return Asked && isNamedValue(Asked->getMethodDecl());
}

} // namespace

OneShotChannels::OneShotChannels(Unit &U) : Draining(U, OfOneItem) {}

void OneShotChannels::look(Code &C, Reporter &R) {
  if (llvm::none_of(C.Events, [](const Event &E) { return E.Kind == Op::Receive; }))
    return;
  for (const Finding &X : Draining.run(C.Fn))
    if (takesBlindly(C, X.Site) && isOneShot(C, X.Object))
      R.report(X.Loc, X.Message, X.Story);
}

} // namespace heddle

#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Loops.h"
#include "flow/Mentions.h"
#include "flow/Simulation.h"
#include "flow/Unwrap.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {
namespace {

constexpr std::string_view Early =
    "'%0' is waited for before any task is added to it; the wait is over at once and does not cover the tasks that are "
    "added later; wait after the last one is added";
constexpr std::string_view Starved =
    "'%0' is waited for before the tasks that count it down are started; the wait never ends; start the tasks first";

// The states of a group, a container of handles, or a count:
//   fresh   made here, nothing added
//   busy    tasks were added
//   waited  waited for while nothing had been added
//   late    tasks were added after that wait, and none since has waited for them
const Automaton Waiting = {
    .Tracks = {Role::Group, Role::Latch, Role::Container},
    .Start = "fresh",
    .AtEntry = {},
    .Rows =
        {
            {"fresh", Op::Spawn, "busy"},
            {"fresh", Op::Enter, "busy"},
            {"fresh", Op::Insert, "busy"},
            {"fresh", Op::Leave, "busy"},
            {"fresh", Op::Spawn, "busy", {}, {}, Via::Later},
            {"fresh", Op::Leave, "busy", {}, {}, Via::Later},
            {"fresh", Op::Wait, "waited", {}, "'%0' is waited for here, while no task has been added"},
            {"fresh", Op::Join, "waited", {}, "'%0' is waited for here, while no task has been added"},
            {"fresh", Op::Await, "waited", {}, "'%0' is waited for here, while no task has been added"},
            {"fresh", Op::Consume, "waited", {}, "'%0' is waited for here, while no task has been added"},
            {"waited", Op::Spawn, "late", {}, "the task is added here, after the wait"},
            {"waited", Op::Insert, "late", {}, "the task is added here, after the wait"},
            {"waited", Op::Enter, "late", {}, "the task is added here, after the wait"},
            {.From = "waited",
             .On = Op::Leave,
             .To = "error",
             .Message = Starved,
             .How = Via::Later,
             .Where = ReportAt::Cause},
            {.From = "waited", .On = Op::Leave, .To = "error", .Message = Starved, .Where = ReportAt::Cause},
            {"late", Op::Wait, "busy"},
            {"late", Op::Join, "busy"},
            {"late", Op::Await, "busy"},
            {"late", Op::Consume, "busy"},
            {"late", Op::Wait, "gone", {}, {}, Via::Later},
            {.From = "late", .On = Op::End, .To = "error", .Message = Early, .Where = ReportAt::Cause},
        },
    .LoopsRun = true,
    .SharedEnds = true,
};

// ---- groups that are members: some task may run already when the function is called ---------------------------------

// The states of a group that is there at the entry of a function:
//   before   not waited for
//   settled  waited for: what ran before is over
//   late     tasks were added after that
const Automaton OwnWave = {
    .Tracks = {Role::Group, Role::Latch, Role::Container},
    .Start = "other",
    .AtEntry = "before",
    .Rows =
        {
            {"before", Op::Spawn, "other"},
            {"before", Op::Enter, "other"},
            {"before", Op::Insert, "other"},
            {"before", Op::Leave, "other"},
            {.From = "before", .On = Op::Spawn, .To = "other", .How = Via::Later},
            {"before", Op::Wait, "settled"},
            {"before", Op::Join, "settled"},
            {"before", Op::Await, "settled"},
            {"settled", Op::Spawn, "late"},
            {"settled", Op::Enter, "late"},
            {"settled", Op::Insert, "late"},
            {"late", Op::Wait, "settled"},
            {"late", Op::Join, "settled"},
            {"late", Op::Await, "settled"},
            {"late", Op::Consume, "settled"},
        },
};

/// The body of a member of the same object that the call runs, or null.
const Stmt *ownMember(Unit &U, const Stmt *S) {
  const auto *Call = dyn_cast<CXXMemberCallExpr>(S);
  if (!Call || !isa_and_nonnull<CXXThisExpr>(unwrap(Call->getImplicitObjectArgument())))
    return nullptr;
  const FunctionDecl *F = U.visible(Call->getMethodDecl());
  return F ? F->getBody() : nullptr;
}

/// Is there such a statement in this one, or in the members of the object that it calls?
bool inMembers(Unit &U, const Stmt *S, llvm::function_ref<bool(const Stmt *)> Fits, unsigned Depth = 0) {
  return mentions(S, [&](const Stmt *X) {
    const Stmt *Body = Depth < 3 ? ownMember(U, X) : nullptr;
    return Fits(X) || (Body && inMembers(U, Body, Fits, Depth + 1));
  });
}

/// Does the statement give the member a value that owes nothing to the one it had: `= 0`, `.clear()`, `.store(0)`?
bool setsAnew(const Stmt *S, const FieldDecl *F) {
  if (const auto *B = dyn_cast<BinaryOperator>(S))
    return B->getOpcode() == BO_Assign && thisField(B->getLHS()) == F;
  if (const auto *O = dyn_cast<CXXOperatorCallExpr>(S))
    return O->getOperator() == OO_Equal && thisField(O->getArg(0)) == F;
  const auto *Call = dyn_cast<CXXMemberCallExpr>(S);
  const CXXMethodDecl *M = Call ? Call->getMethodDecl() : nullptr;
  return M && M->getParent()->isInStdNamespace() && M->getIdentifier() &&
         thisField(Call->getImplicitObjectArgument()) == F &&
         (M->getName() == "clear" || M->getName() == "assign" || M->getName() == "store" || M->getName() == "fill");
}

/// Does the statement change the member, or hand it out to be changed?
bool changes(const Stmt *S, const FieldDecl *F) {
  if (const auto *B = dyn_cast<BinaryOperator>(S))
    return B->isAssignmentOp() && mentions(B->getLHS(), F);
  if (const auto *O = dyn_cast<UnaryOperator>(S))
    return (O->isIncrementDecrementOp() || O->getOpcode() == UO_AddrOf) && mentions(O->getSubExpr(), F);
  if (const auto *O = dyn_cast<CXXOperatorCallExpr>(S))
    return (O->isAssignmentOp() || O->getOperator() == OO_PlusPlus || O->getOperator() == OO_MinusMinus) &&
           mentions(O->getArg(0), F);
  const auto *Call = dyn_cast<CallExpr>(S);
  const FunctionDecl *D = Call ? Call->getDirectCallee() : nullptr;
  const auto *Member = dyn_cast_or_null<CXXMemberCallExpr>(Call);
  if (Member && Member->getMethodDecl() && !Member->getMethodDecl()->isConst() &&
      thisField(Member->getImplicitObjectArgument()) == F)
    return true;
  for (unsigned I = 0; D && I < D->getNumParams() && I < Call->getNumArgs(); ++I) {
    QualType T = D->getParamDecl(I)->getType();
    if (T->isLValueReferenceType() && !T->getPointeeType().isConstQualified() && thisField(Call->getArg(I)) == F)
      return true;
  }
  return false;
}

/// What the function sets back before the wait, and reads when the tasks that change it are just started, tells that
/// the wait was meant for those.
const FieldDecl *awaited(Code &C, const Stmt *Wait, llvm::ArrayRef<const Stmt *> Starts) {
  const SourceManager &SM = C.U.Ctx.getSourceManager();
  const auto *RD = cast<CXXMethodDecl>(C.Fn)->getParent();
  auto Part = [&](llvm::function_ref<bool(const Stmt *)> Here, llvm::function_ref<bool(const Stmt *)> Fits) {
    return mentions(C.Fn->getBody(), [&](const Stmt *S) {
      const Stmt *Body = Here(S) ? ownMember(C.U, S) : nullptr;
      return (Here(S) && Fits(S)) || (Body && inMembers(C.U, Body, Fits));
    });
  };
  auto InStarts = [&](const Stmt *S) {
    return llvm::any_of(Starts, [&](const Stmt *X) { return X->getSourceRange().fullyContains(S->getSourceRange()); });
  };
  SourceLocation After = Starts.back()->getEndLoc();
  for (const Stmt *Loop = enclosingLoop(C, Starts.back()); Loop; Loop = enclosingLoop(C, Loop))
    After = Loop->getEndLoc();
  for (const FieldDecl *F : RD->fields()) {
    auto Sets = [&](const Stmt *S) { return setsAnew(S, F); };
    auto Changes = [&](const Stmt *S) { return changes(S, F); };
    auto Reads = [&](const Stmt *S) {
      const auto *M = dyn_cast<MemberExpr>(S);
      return M && M->getMemberDecl() == F;
    };
    auto BeforeWait = [&](const Stmt *S) { return SM.isBeforeInTranslationUnit(S->getEndLoc(), Wait->getBeginLoc()); };
    auto Behind = [&](const Stmt *S) { return SM.isBeforeInTranslationUnit(After, S->getBeginLoc()); };
    if (Part(BeforeWait, Sets) && Part(InStarts, Changes) && Part(Behind, Reads))
      return F;
  }
  return nullptr;
}

/// Does the event add a task to the group, or, once one was counted, hand it over?
bool adds(Unit &U, const Event &E, const Place &Group, bool Counted) {
  const TypeModel *T = U.type(Group);
  Op Way = !T || T->Plays == Role::Group ? Op::Spawn : T->Plays == Role::Latch ? Op::Enter : Op::Insert;
  return (E.Object == Group && (E.Kind == Way || E.Kind == Op::Spawn)) || (Counted && !E.Tasks.empty()) ||
         (E.Kind == Op::Call && E.Callee && U.reaches(E.Callee, Way, false));
}

void ownWaves(Unit &U, Reporter &R) {
  Simulation Sim(U, OwnWave);
  for (const FunctionDecl *Fn : U.Functions) {
    const auto *M = dyn_cast<CXXMethodDecl>(Fn);
    Code *C = M && !isa<CXXConstructorDecl, CXXDestructorDecl>(M) && !M->getParent()->isLambda() ? U.code(Fn) : nullptr;
    if (!C)
      continue;
    for (const Place &P : Sim.reached(Fn)) {
      if (!P.This || P.Path.empty() || P.Element)
        continue;
      StateMap At = Sim.states(Fn, P);
      unsigned Settled = At.bit("settled"), Late = At.bit("late"), Other = At.bit("other");
      if (!At.Complete || !(At.AtExit & Late) || (At.AtExit & (Other | StateMap::Untracked)))
        continue;
      // The last that is reached before the wait is over, and what finds it over and adds the first task.
      const Stmt *Wait = nullptr;
      llvm::SmallVector<const Stmt *, 4> Starts;
      for (const Event &E : C->Events) {
        auto Found = E.Site ? At.Before.find(E.Site) : At.Before.end();
        if (Found == At.Before.end())
          continue;
        if (!(Found->second & (Settled | Late)) || (!(Found->second & Settled) && Starts.empty()))
          Wait = E.Site;
        else if (Wait && adds(U, E, P, Found->second & Late))
          Starts.push_back(E.Site);
      }
      if (!Wait || Starts.empty())
        continue;
      if (const FieldDecl *F = awaited(*C, Wait, Starts))
        R.report(Wait->getBeginLoc(),
                 "'" + P.name() + "' is waited for before the tasks that change '" + F->getNameAsString() +
                     "' are added to it, and by nobody after; '" + F->getNameAsString() +
                     "' is read while they still run; wait after the last one is added",
                 {{Starts.front()->getBeginLoc(), "tasks are added here, after the wait"}});
    }
  }
}

const AutomatonCheck Check({.Name = "wait-before-spawn",
                            .Family = "tasks",
                            .Level = Tier::Bug,
                            .Summary = "Finds groups of tasks that are waited for before the tasks are added.",
                            .Rows = "S3"},
                           Waiting, nullptr, ownWaves);

} // namespace
} // namespace heddle

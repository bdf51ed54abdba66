// A promise that is dropped: its only owner ends on some path without fulfilling it, though somebody waits for the
// future.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Calls.h"
#include "flow/Classes.h"
#include "flow/ErrorFlow.h"
#include "flow/Guards.h"
#include "flow/Loops.h"
#include "flow/Mentions.h"
#include "flow/Order.h"
#include "flow/ValueFlow.h"
#include "support/Walk.h"
#include "unfulfilled-promise/detectors.h"

using namespace clang;

namespace heddle {
using namespace unfulfilled_promise;
namespace {

// The states of a promise:
//   fresh   nobody has its future yet
//   asked   its future was handed out, and nothing has fulfilled it
//   done    this path has
const Automaton Owning = {
    .Tracks = {Role::Promise},
    .Start = "fresh",
    .AtEntry = "asked",
    .Rows =
        {
            {"fresh", Op::GetFuture, "asked", {}, "the future of '%0' is taken here"},
            {"*", Op::Fulfil, "done"},
            {"*", Op::TryFulfil, "done"},
            {"*", Op::Test, "gone"},
            {"*", Op::Reset, "gone"},
            {"*", Op::Claim, "gone"},
            {"*", Op::Extract, "gone"},
            {"asked", Op::End, "error", "dropped"},
        },
    .Unwinds = true,
    .OwnsParameters = true,
};

SourceLocation bodyEnd(const FunctionDecl *F) {
  const auto *Body = dyn_cast_or_null<CompoundStmt>(F->getBody());
  return Body ? Body->getRBracLoc() : F->getBody()->getEndLoc();
}

/// Where what was thrown was caught and not handed on; \p Else if it was not caught.
SourceLocation caughtAt(const std::vector<StoryLine> &Story, SourceLocation Else) {
  for (const StoryLine &L : Story)
    if (L.Text == "it is caught here")
      Else = L.Loc;
  return Else;
}

} // namespace

// ---- what the parts share -------------------------------------------------------------------------------------------

std::string unfulfilled_promise::consequence(Unit &U, QualType T, bool Throws) {
  const TypeModel *M = U.type(U.pointee(T));
  if (M && M->With.has(Fact::TellsBroken) && M->With.has(Fact::Idempotent))
    return "its future is cancelled without a result; fulfil it on every path, exceptions included";
  if (M && M->With.has(Fact::TellsBroken))
    return Throws ? "its future reports 'broken_promise' instead of this error; catch it and set it as the promise's "
                    "exception"
                  : "its future reports 'broken_promise' instead of a result; fulfil it on every path";
  return Throws ? "its waiters block forever; catch the exception and set it as the result"
                : "its waiters block forever; fulfil it on every path";
}

void unfulfilled_promise::report(Context &In, const FunctionDecl *F, const Place &Object, const Exit &X,
                                 std::vector<StoryLine> Before) {
  constexpr unsigned MaxSteps = 8; // recursion
  if (!X.Throws && !X.By && Before.size() < MaxSteps && reportInCallee(In, F, Object, Before))
    return;
  std::string Name = "'" + Object.name() + "'";
  std::string Text = X.Throws ? "promise " + Name + " is dropped unfulfilled when this throws; "
                              : "promise " + Name + " is dropped unfulfilled on this path; ";
  SourceLocation Loc = bodyEnd(F);
  if (const auto *E = dyn_cast_or_null<Expr>(X.By))
    Loc = E->getExprLoc();
  else if (X.By)
    Loc = X.By->getBeginLoc();
  else
    Loc = caughtAt(X.Story, Loc);
  Before.insert(Before.end(), X.Story.begin(), X.Story.end());
  In.R.report(Loc, Text + consequence(In.U, Object.last()->getType(), X.Throws), Before);
}

bool unfulfilled_promise::carriesExceptions(Unit &U, const Event &E) {
  if (E.Kind != Op::Spawn)
    return false; // out of a handler it reaches the thread that runs the loop
  if (E.ObjectRole == Role::Thread || E.ObjectRole == Role::JoiningThread)
    return false;
  if (E.may(Fact::CarriesExceptions))
    return true;
  const ValueDecl *Owner = E.Object.valid() ? E.Object.last() : nullptr;
  const TypeModel *M = Owner ? U.type(U.pointee(Owner->getType())) : nullptr;
  if (M && M->With.has(Fact::CarriesExceptions))
    return true;
  // Hand-written: it may call its argument in a try block.
  const CXXRecordDecl *RD = Owner ? U.pointee(Owner->getType())->getAsCXXRecordDecl() : nullptr;
  return RD && U.inferred(RD) && llvm::any_of(RD->methods(), [&](const CXXMethodDecl *D) {
           Code *C = U.code(D);
           return C && llvm::any_of(C->Events, [&](const Event &X) {
                    return X.Kind == Op::Call && !X.Callee && X.Site && C->enclosingTry(X.Site);
                  });
         });
}

bool unfulfilled_promise::ownerIsGone(Code &C, const Stmt *By) {
  auto IsWeak = [&](QualType T) {
    const TypeModel *M = C.U.type(T);
    return M && M->Plays == Role::WeakPointer;
  };
  auto AsksWeak = [&](const Expr *E) {
    const Expr *From = E ? C.U.get<ValueFlow>().source(C, E) : nullptr;
    return From &&
           anyOf<Expr>(From, [&](const Expr *X) { return isa<DeclRefExpr, MemberExpr>(X) && IsWeak(X->getType()); });
  };
  return llvm::any_of(guards(C, By), [&](const Guard &G) {
    return within(C, By, G.By) && (AsksWeak(G.Condition) || anyOf<DeclRefExpr>(G.Condition, AsksWeak));
  });
}

bool unfulfilled_promise::isSoleOwner(Unit &U, const Place &P) {
  const TypeModel *M = P.last() ? U.type(P.last()->getType()) : nullptr;
  return M && M->Plays == Role::Promise && isMoveOnly(P.last()->getType()->getAsCXXRecordDecl()) &&
         llvm::none_of(P.Path, [&](const FieldDecl *F) {
           const auto *In = dyn_cast<CXXRecordDecl>(F->getParent());
           const CXXDestructorDecl *D = In ? In->getDestructor() : nullptr;
           return F->getType()->isReferenceType() || U.leads(F->getType()) || (D && D->isUserProvided());
         });
}

const FunctionDecl *unfulfilled_promise::writtenIn(const FunctionDecl *F) {
  while (const auto *M = dyn_cast<CXXMethodDecl>(F)) {
    const auto *Outer =
        M->getParent()->isLambda() ? dyn_cast_or_null<FunctionDecl>(M->getParent()->getDeclContext()) : nullptr;
    if (!Outer)
      break;
    F = Outer;
  }
  return F;
}

namespace {

/// Returns true if all places of this unit that call a job which was kept (a callable without arguments) catch what it
/// throws: the exception ends there, and nobody learns of it.
bool jobsAreCaught(Unit &U) {
  bool Called = false, Let = false;
  for (Code *C : bodies(U))
    for (const Event &E : C->Events) {
      const auto *Call = dyn_cast_or_null<CallExpr>(E.Site);
      if (E.Kind != Op::Call || E.Callee || E.ObjectRole != Role::Function || !Call)
        continue;
      if (Call->getNumArgs() != (isa<CXXOperatorCallExpr>(Call) ? 1u : 0u))
        continue;
      Called = true;
      Let |= !ErrorFlow::catchesAll(C->enclosingTry(Call));
    }
  return Called && !Let;
}

llvm::DenseSet<const FunctionDecl *> threadEntries(Unit &U) {
  llvm::DenseSet<const FunctionDecl *> All;
  for (const FunctionDecl *F : U.Functions)
    if (Code *C = U.code(F))
      for (const Event &E : C->Events)
        if (E.Kind == Op::Spawn && !carriesExceptions(U, E))
          for (const CallableRef &T : E.Tasks)
            if (T.Body)
              All.insert(T.Body);
  return All;
}

} // namespace

Context::Context(Unit &U, Reporter &R)
    : U(U), R(R), Sim(U, Owning), JobsCaught(jobsAreCaught(U)), Entries(threadEntries(U)) {}

namespace {

/// Returns true if somebody holds the future when the function is left by \p By.
bool isHandedOut(Code &C, const Place &Promise, const Stmt *By) {
  if (llvm::none_of(C.Events, [&](const Event &E) { return E.Kind == Op::GetFuture && E.Object == Promise; }))
    return true; // it came with its future out
  for (const Event &E : C.Events) {
    const auto *Site = E.Kind == Op::GetFuture && E.Object == Promise ? dyn_cast_or_null<Expr>(E.Site) : nullptr;
    if (!Site)
      continue;
    const VarDecl *V = C.U.get<ValueFlow>().next(C, Site).Var;
    if (!V)
      return true; // stored, returned, or passed on
    if (isa_and_nonnull<ReturnStmt>(By) && mentions(By, V))
      return true;
    for (const Event &X : C.Events)
      if ((X.Kind == Op::Move || X.Kind == Op::Escape) && X.Object.Root == V && By &&
          C.U.get<Order>().reaches(C, X.Site, By))
        return true;
    return false;
  }
  return false;
}

void locals(Context &In, Code &C) {
  for (Finding &X : In.Sim.run(C.Fn)) {
    // `auto [promise, future] = …`: what is done to the parts is known by their own names. Of a request that came from
    // elsewhere there may be another copy.
    if (isa_and_nonnull<DecompositionDecl>(X.Object.Root) || (!X.Object.Path.empty() && !isSoleOwner(In.U, X.Object)) ||
        !isHandedOut(C, X.Object, X.Site))
      continue;
    bool Throws = isa_and_nonnull<Expr>(X.Site);
    if (!X.Site || isa<CompoundStmt>(X.Site))
      X.Loc = caughtAt(X.Story, X.Loc);
    In.R.report(X.Loc,
                "promise '" + X.Object.name() + "' is dropped unfulfilled " +
                    (Throws ? "when this throws; " : "on this path; ") +
                    consequence(In.U, X.Object.last()->getType(), Throws),
                X.Story);
  }
}

void run(Unit &U, Reporter &R) {
  Context In(U, R);
  Requests Pending(U);
  for (const FunctionDecl *F : U.Functions)
    if (Code *C = U.code(F)) {
      locals(In, *C);
      parameters(In, *C);
      taskObject(In, *C);
      Pending.drops(*C, R);
      callables(In, *C);
      refused(In, *C);
    }
}

const UnitCheck Check({.Name = "unfulfilled-promise",
                       .Family = "futures",
                       .Level = Tier::Bug,
                       .Summary = "Finds promises that are not fulfilled on some path through their owner.",
                       .Rows = "F7 P28"},
                      run);

} // namespace
} // namespace heddle

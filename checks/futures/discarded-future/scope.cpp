// A future whose scope ends before anything else is done: its destructor waits, and the task runs alone.
#include "detectors.h"
#include "check/Reporter.h"
#include "flow/Loops.h"
#include "flow/Mentions.h"
#include "flow/Uses.h"
#include "flow/ValueFlow.h"

using namespace clang;

namespace heddle {
namespace {

bool isLastIn(const Stmt *Block, const Stmt *S) {
  const auto *Body = dyn_cast_or_null<CompoundStmt>(Block);
  return Body && !Body->body_empty() && Body->body_back() == S;
}

/// Returns true if the call only tells others something: it sets a flag, wakes a waiter, requests a stop.
bool isBrief(Unit &U, const CallExpr *Call) {
  const auto *M = dyn_cast<CXXMemberCallExpr>(Call);
  Role R = M && M->getImplicitObjectArgument() ? U.role(M->getImplicitObjectArgument()->getType()) : Role::None;
  return R == Role::Atomic || R == Role::StopSource || R == Role::Promise ||
         (R == Role::Condition && M->getNumArgs() == 0);
}

/// Returns true if nothing that takes time follows in the block: it may be asked whether there is a task, and counted.
bool nothingFollows(Code &C, const VarDecl *Future, const Stmt *Decl, const CompoundStmt *Block) {
  for (const Use &X : C.U.get<Uses>().in(C, Future)) {
    const auto *Call = dyn_cast<CXXMemberCallExpr>(X.Site);
    const CXXMethodDecl *Asked = X.is(Use::Ask) && Call ? Call->getMethodDecl() : nullptr;
    if (!Asked || Asked->getNameAsString() != "valid")
      return false;
  }
  auto Works = [&](const Stmt *X) {
    const auto *Call = dyn_cast<CallExpr>(X);
    return (Call && !isa<CXXOperatorCallExpr>(Call) && !isBrief(C.U, Call) && !mentions(X, Future)) ||
           isa<CXXConstructExpr, CXXThrowExpr>(X);
  };
  return llvm::none_of(llvm::make_range(std::next(llvm::find(Block->body(), Decl)), Block->body_end()),
                       [&](const Stmt *S) { return mentions(S, Works); });
}

} // namespace

void discarded_future::waitedForAtOnce(Code &C, Reporter &R, const Event &Start, const VarDecl *Future) {
  const auto *Site = dyn_cast<Expr>(Start.Site);
  Flow Made = Site ? C.U.get<ValueFlow>().next(C, Site) : Flow();
  if (Made.Goes != Flow::Declared || Future->hasAttr<UnusedAttr>())
    return;
  std::vector<StoryLine> Story{{Start.loc(), "the task is started here"}};
  std::string Name = "'" + Future->getNameAsString() + "'";
  if (const Stmt *Loop = enclosingLoop(C, Made.By)) {
    if (!Future->isReferenced() && isLastIn(loopBody(Loop), Made.By))
      R.report(Future->getLocation(),
               Name + " is destroyed at the end of each iteration; its destructor waits, so the tasks run one after "
                      "another; keep the futures until all tasks are started",
               Story);
    return;
  }
  const auto *Block = dyn_cast_or_null<CompoundStmt>(C.parent(Made.By));
  if (Block && !C.Fn->isMain() && nothingFollows(C, Future, Made.By, Block))
    R.report(Future->getLocation(),
             Name + " is destroyed right after the task is started; its destructor waits, so nothing runs "
                    "concurrently; declare the future in an enclosing scope",
             Story);
}

} // namespace heddle

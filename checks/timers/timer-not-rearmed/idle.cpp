// Idle timeouts: a timer that is to fire when nothing has happened for some time, and that runs on while messages come.
// Code that is the same otherwise means a limit on the whole connection, or a beat that is independent of messages. So
// the author has to say that it is about idleness.
#include "check/Story.h"
#include "detectors.h"
#include "flow/Classes.h"
#include "flow/Mentions.h"

using namespace clang;

namespace heddle {

static bool saysIdle(llvm::StringRef Name) {
  return llvm::any_of(std::initializer_list<llvm::StringRef>{"idle", "inactiv", "activity", "silen", "quiet"},
                      [&](llvm::StringRef Word) { return Name.contains_insensitive(Word); });
}

/// Returns true if the statement or one in it names something that is about idleness.
static bool mentionsIdle(const Stmt *S) {
  return mentions(S, [](const Stmt *X) {
    const ValueDecl *D = nullptr;
    if (const auto *DR = dyn_cast<DeclRefExpr>(X))
      D = DR->getDecl();
    else if (const auto *M = dyn_cast<MemberExpr>(X))
      D = M->getMemberDecl();
    return D && D->getIdentifier() && saysIdle(D->getName());
  });
}

void idleMembers(Unit &U, Reporter &R) {
  TimerUse &Timers = U.get<TimerUse>();
  for (const MemberTimer &T : Timers.members()) {
    bool Idle = saysIdle(T.Timer->getName()) ||
                llvm::any_of(T.Armed, [](const auto &A) { return mentionsIdle(A.second->Site); }) ||
                llvm::any_of(T.Handlers, [](const FunctionDecl *H) { return mentionsIdle(H->getBody()); });
    if (!Idle || T.PassedOn || T.Armed.empty() || T.Handlers.empty() || Timers.entries(T).size() > 1)
      continue;
    // Its own handler arms it again: a sweep that looks at everybody from time to time.
    bool Periodic = llvm::any_of(T.Handlers, [&](const FunctionDecl *H) {
      std::vector<const Code *> Behind = U.get<Calls>().behind(H);
      return llvm::any_of(T.Armed, [&](const auto &A) { return llvm::is_contained(Behind, A.first); });
    });
    if (Periodic)
      continue;
    llvm::SmallVector<const Activity *, 2> Deaf;
    bool PutOff = false;
    for (const Activity &A : Timers.activities()) {
      const CXXRecordDecl *Of = objectClass(A.Body->Fn);
      if (!Of || Of->getCanonicalDecl() != cast<CXXRecordDecl>(T.Timer->getParent())->getCanonicalDecl())
        continue;
      PutOff |= Timers.touches(A, T) ||
                llvm::any_of(T.Handlers, [&](const FunctionDecl *H) { return Timers.tellsBy(A.Body->Fn, H, T.Timer); });
      Deaf.push_back(&A);
    }
    if (PutOff || Deaf.empty())
      continue;
    const Activity &A = *Deaf.front();
    const Stmt *WaitsAgain = Timers.waitsAgain(A);
    R.report(WaitsAgain ? WaitsAgain->getBeginLoc() : A.Body->Fn->getLocation(),
             std::string(WaitsAgain ? "this waits for the next message" : "this handles a message") +
                 " and does not arm '" + T.Timer->getNameAsString() +
                 "' again; the idle timeout fires although there is activity; arm the timer again for each message",
             Story(T.Armed.back().second->loc(), "the timer is armed here only"));
  }
}

/// The statement with which the other branch begins, when the deadline has not passed; or null.
static const Stmt *otherwise(const Code &C, const DeadlineLoop &D, const Guard &When) {
  const auto *If = dyn_cast_or_null<IfStmt>(When.By);
  if (!If)
    return nullptr;
  if (!within(C, D.Moved.front(), If))
    return When.Value ? If->getElse() : If->getThen(); // `if (message) { …; continue; }`
  return within(C, D.Moved.front(), If->getThen()) ? If->getElse() : If->getThen();
}

void idleLoops(Code &C, Reporter &R) {
  for (const DeadlineLoop &D : C.U.get<TimerUse>().loops(C)) {
    if (D.Moved.empty())
      continue;
    auto When = guards(C, D.Moved.front(), D.Of->Statement);
    auto SameBranch = [&](const Stmt *S) {
      auto Other = guards(C, S, D.Of->Statement);
      return llvm::any_of(Other,
                          [&](const Guard &G) { return G.By == When.front().By && G.Value == When.front().Value; });
    };
    if (When.empty() || !llvm::all_of(D.Moved, SameBranch))
      continue;
    const Stmt *Active = otherwise(C, D, When.front());
    bool Idle = saysIdle(D.Deadline->getName()) || (C.Fn->getIdentifier() && saysIdle(C.Fn->getName())) ||
                mentionsIdle(D.Moved.front());
    if (!Active || !Idle)
      continue;
    const auto *Block = dyn_cast<CompoundStmt>(Active);
    const Stmt *First = Block && !Block->body_empty() ? Block->body_front() : Active;
    R.report(First->getBeginLoc(),
             "this handles a message and does not move '" + D.Deadline->getNameAsString() +
                 "'; the idle timeout fires although there is activity; set the deadline anew for each message",
             Story(D.Waits->loc(), "this waits until the deadline")
                 .then(D.Moved.front()->getBeginLoc(), "it is moved here only"));
  }
}

} // namespace heddle

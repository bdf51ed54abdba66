#include "counts.h"
#include "check/Reporter.h"
#include "flow/Calls.h"
#include "flow/Loops.h"
#include "flow/Mentions.h"
#include "flow/Order.h"
#include "flow/Uses.h"

using namespace clang;

namespace heddle {
using namespace count_inside_task;
namespace {

/// Returns true if a task runs the body, at once or in a lambda that calls it.
bool isTask(Unit &U, const FunctionDecl *F) {
  auto Handed = [](const CallEdge &E) { return E.Task != nullptr; };
  return llvm::any_of(U.get<Calls>().callers(F), [&](const CallEdge &E) {
    return E.Task || (E.In && llvm::any_of(U.get<Calls>().callers(E.In->Fn), Handed));
  });
}

/// The member queue out of which the body takes something before it comes to the statement in one iteration of a loop.
const FieldDecl *takenBefore(Code &C, const Stmt *S) {
  for (const Event &E : C.Events) {
    bool Takes = E.Kind == Op::Extract || E.Kind == Op::Receive || E.Kind == Op::TryReceive;
    const auto *Queue = Takes && E.Object.This ? dyn_cast_or_null<FieldDecl>(keyOf(E.Object)) : nullptr;
    if (Queue && E.Site && enclosingLoop(C, E.Site) && enclosingLoop(C, E.Site) == enclosingLoop(C, S) &&
        C.U.get<Order>().reaches(C, E.Site, S))
      return Queue;
  }
  return nullptr;
}

/// Where somebody else puts things into the queue, without counting them; null if nobody does, or one counts.
const Event *putIn(Unit &U, const FieldDecl *Queue, const ValueDecl *Key, const Code &Worker, CountSteps &Find) {
  const Event *Found = nullptr;
  for (Code *C : bodies(U))
    for (const Event &E : C->Events) {
      bool Puts = E.Kind == Op::Insert || E.Kind == Op::Send || E.Kind == Op::TrySend;
      if (!Puts || C == &Worker || !E.Object.This || keyOf(E.Object) != Queue)
        continue;
      if (llvm::any_of(Find.of(*C), [&](const CountStep &X) { return X.Key == Key && X.Up; }))
        return nullptr;
      Found = Found ? Found : &E;
    }
  return Found;
}

/// Returns true if the waiter asks for what runs and nothing more on purpose: it ends or pauses the workers first, or
/// looks at the queue.
bool wantsOnlyRunning(const Code &C, const FieldDecl *Queue, const ValueDecl *Key) {
  const auto *M = dyn_cast<CXXMethodDecl>(C.Fn);
  if (!M || isa<CXXDestructorDecl>(M) || M->getAccess() == AS_private || mentions(C.Fn->getBody(), Queue))
    return true;
  auto Sets = [&](const FieldDecl *F) {
    return C.U.role(F->getType()) != Role::Condition && !isLock(C.U.role(F->getType())) &&
           C.U.get<Uses>().any(C, F, Use::Writes);
  };
  return llvm::any_of(M->getParent()->fields(), Sets) ||
         llvm::any_of(cast<FieldDecl>(Key)->getParent()->fields(), Sets);
}

} // namespace

/// `job = queue.pop(); ++running; job(); --running;`: whoever waits until nothing runs does not wait for what is
/// queued.
void count_inside_task::countedWhenTaken(Code &C, Reporter &R) {
  Unit &U = C.U;
  CountSteps &Find = U.get<CountSteps>();
  const std::vector<CountStep> Mine = Find.of(C);
  for (const CountStep &Raise : Mine) {
    if (!Raise.Up || !Raise.Late || Raise.Way.size() != 1 || !isa_and_nonnull<FieldDecl>(Raise.Key) ||
        llvm::none_of(Mine, [&](const CountStep &X) { return X.Key == Raise.Key && !X.Up; }))
      continue;
    const Stmt *At = Raise.Way.front().first;
    const FieldDecl *Queue = takenBefore(C, At);
    const Event *Put = Queue && isTask(U, C.Fn) ? putIn(U, Queue, Raise.Key, C, Find) : nullptr;
    auto Waits = Put ? waiter(U, Raise.Key, {&C}, true) : std::nullopt;
    if (!Waits || wantsOnlyRunning(*Waits->In, Queue, Raise.Key))
      continue;
    R.report(At->getBeginLoc(),
             "'" + Raise.Key->getNameAsString() + "' counts only what was taken out of '" + Queue->getNameAsString() +
                 "'; a waiter sees zero and proceeds while items are still queued; increment it where they are put in, "
                 "or wait until the queue is empty, too",
             {{Put->loc(), "items are put in here, and not counted yet"}, {Waits->Loc, "the wait for zero is here"}});
  }
}

} // namespace heddle

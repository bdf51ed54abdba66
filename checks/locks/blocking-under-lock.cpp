// A wait for time, for the outside or for another task, in the body that holds a lock or in what it calls.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/AwaitedTasks.h"
#include "flow/Durations.h"

using namespace clang;

namespace heddle {
namespace {

/// What it waits for, and what to do after the lock is released.
std::pair<std::string, std::string> words(WaitFor What) {
  switch (What) {
  case WaitFor::Time:
    return {"sleeps", "sleep"};
  case WaitFor::Task:
    return {"joins a thread", "join it"};
  case WaitFor::Tasks:
    return {"waits for tasks", "wait for them"};
  case WaitFor::Result:
    return {"waits for a result", "wait for it"};
  case WaitFor::Item:
    return {"waits for an item", "receive it"};
  case WaitFor::Notification:
    return {"waits for a notification", "wait"};
  case WaitFor::Permit:
    return {"waits for a permit", "acquire it"};
  default:
    return {"waits for the outside", "do it"};
  }
}

bool isOfTasks(WaitFor What) { return What == WaitFor::Task || What == WaitFor::Tasks || What == WaitFor::Result; }

/// Something that waits under a lock, and the tasks that it waits for.
struct Wait {
  UnderLock At;
  WaitFor For;
  Awaited Tasks;
  std::optional<Witness> Takes; ///< where one of them takes the lock
  std::uint64_t Bound;
};

std::optional<Wait> judge(Unit &U, UnderLock X) {
  auto &Sections = U.get<CriticalSections>();
  auto &Tasks = U.get<AwaitedTasks>();
  auto &Waits = U.get<Blocking>();
  Wait W{std::move(X), WaitFor::Nothing, {}, std::nullopt, 0};
  W.For = Waits.waits(*U.code(W.At.What.In->Fn), *W.At.What.Does);
  W.Bound = Waits.bound(*W.At.What.Does);
  auto Lasts = W.For == WaitFor::Time ? U.get<Durations>().of(*W.At.What.In, *W.At.What.Does) : std::nullopt;
  const auto *Own = W.At.Lock.Lock.Path.empty() ? dyn_cast_or_null<VarDecl>(W.At.Lock.Lock.Root) : nullptr;
  Code *Holder = Own ? U.codeWith(W.At.Entry) : nullptr;
  if (Holder && isOfOneCall(*Holder, Own))
    return std::nullopt; // it is there for the sake of a wait
  if (W.For == WaitFor::File || (Lasts && Lasts->Exact && Lasts->Time <= std::chrono::microseconds(100)))
    return std::nullopt;
  if ((W.For == WaitFor::Outside || W.For == WaitFor::Time) && Sections.serialises(W.At.Lock.Lock.last()))
    return std::nullopt;
  if (isOfTasks(W.For)) {
    W.Tasks = Tasks.of(*W.At.What.In, *W.At.What.Does);
    W.Takes = Tasks.taking(W.Tasks, W.At.Lock.Lock);
    // A thread of which nothing is known is often one that a mutex for start and stop alone protects.
    bool Harmless = W.For != WaitFor::Result || (W.Tasks.All && !Tasks.opaque(W.Tasks));
    if (!W.Takes && Harmless)
      return std::nullopt;
  }
  return W;
}

void tell(Unit &U, const Wait &W, Reporter &R) {
  const UnderLock &X = W.At;
  auto [Waits, Instead] = words(W.For);
  std::string Lock = "'" + X.Lock.Lock.name() + "'";
  Story Notes;
  if (X.Lock.Taken)
    Notes.then(X.Lock.Taken->loc(), Lock + " is locked here");
  bool There = isPartOf(U, X.What);
  if (There)
    Notes.then(X.What.Calls);
  else if (!X.What.Calls.empty()) {
    Notes.then(llvm::ArrayRef(X.What.Calls).drop_front());
    Notes.then(X.What.Loc, "it " + Waits + " here");
  }
  std::string Message = "this " + Waits + " while " + Lock + " is held";
  if (W.Takes) {
    Message += ", and the task needs " + Lock + " to end; neither goes on (a deadlock); ";
    Notes.then(W.Tasks.StartedAt.front(), "the task is started here");
    Notes.then(W.Takes->Calls).then(W.Takes->Loc, "it locks " + Lock + " here");
  } else
    Message += "; every thread that needs " + Lock + " waits as long; ";
  R.report(There ? X.What.Loc : cast<Expr>(X.Entry)->getExprLoc(), Message + Instead + " after the lock is released",
           Notes);
}

/// Of what one body does under one lock the worst is reported: a deadlock, else the longest wait.
void waitsUnderLocks(Code &C, Reporter &R) {
  std::vector<Wait> Worst;
  for (UnderLock &X : C.U.get<CriticalSections>().during(C, Deed::Waits))
    if (auto W = judge(C.U, std::move(X))) {
      auto Same = llvm::find_if(Worst, [&](const Wait &O) { return O.At.Lock.Lock == W->At.Lock.Lock; });
      auto Rank = [](const Wait &W) { return std::pair(W.Takes.has_value(), W.Bound); };
      if (Same == Worst.end())
        Worst.push_back(*W);
      else if (Rank(*W) > Rank(*Same))
        *Same = *W;
    }
  llvm::SmallVector<const Stmt *, 4> Told; // under several locks at once it is one wait
  for (const Wait &W : Worst)
    if (!llvm::is_contained(Told, W.At.Entry)) {
      Told.push_back(W.At.Entry);
      tell(C.U, W, R);
    }
}

const MatchCheck Check({.Name = "blocking-under-lock",
                        .Family = "locks",
                        .Level = Tier::Bug,
                        .Summary = "Finds waits for time, the outside or other tasks while a lock is held.",
                        .Rows = "P13",
                        .Preview = true},
                       waitsUnderLocks);

} // namespace
} // namespace heddle

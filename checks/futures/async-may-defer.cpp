// std::async without a policy may put the task off until somebody waits for it. A loop that polls until the future is
// ready then never ends: a deferred future is never ready.
#include "check/PatternCheck.h"
#include "check/Story.h"
#include "flow/Calls.h"
#include "flow/Polling.h"
#include "flow/TaskFacts.h"
#include "flow/ValueFlow.h"

using namespace clang;

namespace heddle {
namespace {

/// The future of a call, where a body has it, and the calls that handed it on.
struct Handed {
  Code *In;
  const Expr *Call; ///< of std::async, or of a function that returns its future
  std::optional<Place> Kept;
  std::vector<StoryLine> Through;
};

/// Returns true if the body returns the future without having waited for it. What a virtual call returns depends on the
/// object.
bool isReturned(const Handed &H) {
  const auto *M = dyn_cast<CXXMethodDecl>(H.In->Fn);
  bool Waited = H.Kept && llvm::any_of(H.In->Events, [&](const Event &E) {
                  return E.Object == *H.Kept && (E.Kind == Op::Consume || (E.Kind == Op::Await && !E.may(Fact::Timed)));
                });
  return !Waited && !(M && M->isVirtual()) &&
         llvm::any_of(H.In->U.get<ValueFlow>().ends(*H.In, H.Call),
                      [](const Flow &F) { return F.Goes == Flow::Returned; });
}

std::string nameOf(const FunctionDecl *F) {
  const auto *M = dyn_cast<CXXMethodDecl>(F);
  return M && M->getParent()->isLambda() ? "the lambda" : F->getNameAsString();
}

/// Follows the future from where it is made, through functions that return it, to a loop that polls it.
std::optional<std::pair<Handed, PollingLoop>> polled(Code &C, const Expr *Call, std::optional<Place> Kept) {
  Unit &U = C.U;
  std::vector<Handed> All = {{&C, Call, std::move(Kept), {}}};
  for (std::size_t I = 0; I != All.size() && All[I].Through.size() <= 5; ++I) {
    const Handed H = All[I];
    if (H.Kept)
      if (auto Found = U.get<Polling>().loop(*H.In, *H.Kept))
        return std::pair(H, *Found);
    if (!isReturned(H))
      continue;
    for (const CallEdge &Next : U.get<Calls>().callers(H.In->Fn)) {
      const auto *Site = Next.Task ? nullptr : dyn_cast_or_null<CallExpr>(Next.Site);
      Code *In = Site ? U.code(Next.In->Fn) : nullptr;
      if (!In || In == H.In)
        continue;
      All.push_back({In, Site, In->destination(Site), H.Through});
      auto &Through = All.back().Through;
      Through.insert(Through.begin(),
                     {Next.line().Loc, "'" + nameOf(H.In->Fn) + "', which returns it, is called here"});
    }
  }
  return std::nullopt;
}

void report(const Matched &Found, Reporter &R) {
  const auto *Call = Found.get<CallExpr>("start");
  const Event &E = Found.event("start", Op::Spawn);
  auto Polls = polled(Found.C, Call, E.Object.valid() ? std::optional(E.Object) : std::nullopt);
  if (!Polls)
    return;
  auto &[Future, Loop] = *Polls;
  Story Notes;
  Notes.then(Future.Through)
      .then(Loop.Loop->getBeginLoc(), "this loop runs until the future is ready")
      .then(Loop.Poll->loc(), "a deferred future is never ready here");
  bool HasPolicy = TaskFacts::policy(E);
  llvm::SmallVector<FixItHint, 1> Fix;
  SourceLocation First = Call->getArg(0)->getBeginLoc();
  if (!HasPolicy && First.isFileID())
    Fix.push_back(FixItHint::CreateInsertion(First, "std::launch::async, "));
  R.report(Call->getBeginLoc(),
           std::string(HasPolicy ? "this launch policy may defer the task"
                                 : "std::async without a launch policy may defer the task") +
               ", and polling '" + Future.Kept->name() +
               "' never starts it; the loop never ends; pass 'std::launch::async'",
           Notes, Fix);
}

std::vector<Pattern> patterns() {
  using namespace ast_matchers;
  return {{callExpr(performs(Op::Spawn, mayBeDeferred()), hasArgument(0, anything())).bind("start"), report}};
}

const PatternCheck
    Check({.Name = "async-may-defer",
           .Family = "futures",
           .Level = Tier::Bug,
           .Summary = "Finds futures of std::async without a launch policy that a loop polls until they are ready.",
           .Rows = "-",
           .Preview = true},
          patterns);

} // namespace
} // namespace heddle

#include "check/Register.h"
#include "check/Reporter.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclCXX.h"

using namespace clang;

namespace heddle {
namespace {

// The states of a promise, as far as this property cares:
//   pending    nobody has fulfilled it
//   fulfilled  this path has
//   promised   a callable that fulfils it on some path, without asking anybody, waits to be run
const Automaton Fulfilment = {
    .Tracks = {Role::Promise},
    .Start = "pending",
    .AtEntry = "pending",
    .Rows =
        {
            {"pending", Op::Fulfil, "fulfilled", {}, "'%0' is fulfilled here first"},
            {"promised", Op::Fulfil, "gone"}, // the registration may have failed, or this is the winner's own path
            {"fulfilled", Op::Fulfil, "error",
             "promise '%0' is fulfilled a second time on this path; a standard promise throws "
             "'promise_already_satisfied' here, others ignore the second result, overwrite the first or abort; return "
             "after the first"},
            {"pending", Op::Fulfil, "promised", {}, "a callable that fulfils '%0' is handed over here", Via::Later},
            {"promised", Op::Fulfil, "error",
             "promise '%0' is fulfilled here and in another callback, and nothing chooses which of them may; when both "
             "run, the second throws 'promise_already_satisfied', overwrites the result or aborts; let an exchanged "
             "flag elect the winner",
             {}, Via::Later},
            {.From = "fulfilled",
             .On = Op::Fulfil,
             .To = "error",
             .Message = "promise '%0' is fulfilled already on this path, and what is handed over here fulfils it again "
                        "when it runs; a standard promise throws 'promise_already_satisfied' then, others overwrite "
                        "the result or abort; return after the first",
             .How = Via::Later,
             .Where = ReportAt::HandOver},
            {"fulfilled", Op::Test, "gone"}, // asks whether it is fulfilled
            {"*", Op::Reset, "pending"},
            {"pending", Op::Escape, "pending"},
            {"promised", Op::Escape, "promised"},
            {"fulfilled", Op::Escape, "gone"},
            {"*", Op::Move, "gone"},
        },
};

/// A hand-written promise that each of several members completes without asking whether another has: whoever comes
/// second overwrites what readers may be reading.
void unguardedClasses(Unit &U, Reporter &R) {
  llvm::DenseSet<const CXXRecordDecl *> Seen;
  for (const FunctionDecl *F : U.Functions) {
    const auto *Method = dyn_cast<CXXMethodDecl>(F);
    const CXXRecordDecl *RD = Method ? Method->getParent() : nullptr;
    if (!RD || RD->isLambda() || !Seen.insert(RD).second)
      continue;
    const TypeModel *T = U.inferred(RD);
    if (!T || T->Plays != Role::Promise)
      continue;
    const Event *First = nullptr;
    const CXXMethodDecl *FirstM = nullptr;
    for (const CXXMethodDecl *M : RD->methods()) {
      bool Fulfils = llvm::any_of(U.actions(M, RD, M->getNumParams()),
                                  [](const Action &A) { return A.Operation == Op::Fulfil && !A.With.has(Fact::Refuses); });
      Code *C = Fulfils ? U.code(M) : nullptr;
      if (!C)
        continue;
      const Event *Wakes = nullptr;
      for (const Event &E : C->Events)
        if (E.Kind == Op::Notify)
          Wakes = &E;
      if (!Wakes)
        continue;
      if (!First) {
        First = Wakes;
        FirstM = M;
        continue;
      }
      R.report(Wakes->loc(),
               ("'" + FirstM->getName() + "' and '" + M->getName() + "' of '" + RD->getName() +
                "' each complete it without asking whether it is complete; a second call overwrites the result that "
                "readers may be reading; test the flag under the lock first")
                   .str(),
               {{First->loc(), "'" + FirstM->getNameAsString() + "' completes it here"}});
    }
  }
}

const AutomatonCheck Check({.Name = "double-fulfilment",
                            .Family = "futures",
                            .Level = Tier::Bug,
                            .Summary = "Finds promises that are fulfilled twice on one path.",
                            .Rows = "F2"},
                           Fulfilment, nullptr, unguardedClasses);

} // namespace
} // namespace heddle

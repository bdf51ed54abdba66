// The task that closes the channel when it has sent everything leaves on some path without that.
#include "check/Story.h"
#include "detectors.h"
#include "flow/ChannelUse.h"
#include "flow/Order.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {

/// The first return of the body to which control comes, and from there out, without one of these statements; null if
/// there is none.
static const ReturnStmt *leftWithout(Code &In, llvm::ArrayRef<const Stmt *> Sites) {
  auto &O = In.U.get<Order>();
  auto Closes = [&](const Stmt *S) { return llvm::is_contained(Sites, S); };
  const ReturnStmt *Found = nullptr;
  forEach<ReturnStmt>(In.Fn->getBody(), Walk::NoLambdas, [&](const ReturnStmt *Return) {
    bool Behind = llvm::any_of(Sites, [&](const Stmt *S) { return O.reaches(In, S, Return); });
    bool Before = llvm::any_of(Sites, [&](const Stmt *S) { return O.reaches(In, Return, S); });
    if (!Found && !Behind && !Before && !Closes(Return))
      Found = Return;
  });
  return Found;
}

/// The return at which the task that alone closes the channel leaves it open.
static const ReturnStmt *leftOpen(const LocalChannel &L, const ChannelAct *&Close) {
  llvm::SmallVector<const Stmt *, 2> Sites;
  for (const ChannelAct &A : L.Acts) {
    if (A.Does != Op::Close)
      continue;
    // One task, once, in its own body or in one that it calls at once.
    if (!A.Task || A.Many || A.Repeats || A.Through.size() > 1 ||
        (Close && (A.Start != Close->Start || A.In != Close->In)))
      return nullptr;
    Close = &A;
    Sites.push_back(A.What->Site);
  }
  // A body that does nothing but close may have returned because that is done.
  bool Sends = Close && llvm::any_of(L.Acts, [&](const ChannelAct &A) {
    return (A.Does == Op::Send || A.Does == Op::TrySend) && A.In == Close->In;
  });
  return Sends ? leftWithout(*Close->In, Sites) : nullptr;
}

void forgottenCloses(Code &C, Reporter &R) {
  ChannelUse &Use = C.U.get<ChannelUse>();
  for (const LocalChannel &L : Use.in(C)) {
    const ChannelAct *Close = nullptr;
    const ReturnStmt *Leaves = L.Whole && !L.MadeBy ? leftOpen(L, Close) : nullptr;
    if (!Leaves)
      continue;
    for (const ChannelAct &A : L.Acts)
      if (A.Does == Op::Receive && A.Start != Close->Start && A.waits() && Use.untilClosed(*A.In, *A.What) &&
          !Use.freed(C, L, A)) {
        R.report(
            A.What->loc(),
            "the loop ends when '" + L.Object.name() +
                "' is closed, but the task that closes it also returns without that; who receives then waits "
                "forever; close it on every path",
            Story(Close->Start ? Close->Start->loc() : Close->What->loc(), "the task that closes it is started here")
                .then(Leaves->getBeginLoc(), "it returns here, and leaves the channel open")
                .then(Close->What->loc(), "on the other paths it is closed here"));
        break;
      }
  }
}

} // namespace heddle

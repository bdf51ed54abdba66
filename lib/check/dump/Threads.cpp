// What flow/Threads.h and flow/SharedState.h answer, for Heddle's own tests: `heddle-dev-threads` says which threads
// come to a body, and for every use of a plain member or global the locks held and the order with threads.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/SharedState.h"

#include "llvm/ADT/SetVector.h"

using namespace clang;

namespace heddle {
namespace {

std::string describe(const ThreadBody &B) {
  const Code *In = B.Of->Start.In;
  std::string By = In ? In->Fn->getNameAsString() : "its class";
  return std::string("on the thread of ") + By + (B.Of->Many ? ", many" : "") + (B.Of->AtOnce ? ", at once" : "");
}

std::string describe(Unit &U, const SharedAccess &X) {
  auto &T = U.get<Threads>();
  std::string Text = X.As->is(Use::Writes) ? "write" : "read";
  for (const ValueDecl *L : X.Locks)
    Text += " holding " + L->getNameAsString();
  Text += X.Ordered ? " ordered" : "";
  Text += X.Construction ? " construction" : "";
  if (T.beforeStart(*X.In, X.Site))
    Text += " before threads";
  if (T.afterEnd(*X.In, X.Site))
    Text += " after threads";
  if (auto P = X.As->Mention ? X.In->place(X.As->Mention) : std::nullopt)
    for (const ThreadBody *B : T.on(X.In->Fn))
      if (auto Shared = B->shared(*P))
        Text += " shared as " + Shared->name();
  return Text;
}

const UnitCheck Check(
    {.Name = "dev-threads", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      auto &T = U.get<Threads>();
      llvm::SetVector<const ValueDecl *> Seen;
      for (Code *C : bodies(U)) {
        std::string Text;
        for (const ThreadBody *B : T.on(C->Fn))
          Text += (Text.empty() ? "" : "; ") + describe(*B);
        if (!Text.empty())
          R.report(C->Fn->getBody()->getBeginLoc(), "threads: " + Text + (T.elsewhere(C->Fn) ? "; elsewhere" : ""));
        forEach<Expr>(C->Fn->getBody(), [&](const Expr *E) {
          const auto *M = dyn_cast<MemberExpr>(E);
          const auto *F = M ? dyn_cast<FieldDecl>(M->getMemberDecl()) : nullptr;
          if (F && F->getType()->isIntegralOrEnumerationType())
            Seen.insert(F);
        });
      }
      for (const ValueDecl *D : Seen)
        for (const SharedAccess &X : U.get<SharedState>().of(D))
          R.report(X.Site->getBeginLoc(), "threads: " + D->getNameAsString() + " " + describe(U, X));
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle

// What flow/GuardHabits.h, flow/AtomicUse.h and flow/LazyInits.h answer, for Heddle's own tests: `heddle-dev-habits`
// says at each member under which lock it is used, `heddle-dev-atomic-use` at each store what is known of it,
// `heddle-dev-lazy-inits` where something is made by the first who needs it.
#include "flow/GuardHabits.h"
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/AtomicUse.h"
#include "flow/LazyInits.h"

using namespace clang;

namespace heddle {
namespace {

const UnitCheck Habits(
    {.Name = "dev-habits", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      for (const ValueDecl *D : U.get<SharedState>().named()) {
        const auto *V = dyn_cast<VarDecl>(D);
        if (auto G = V && V->hasGlobalStorage() ? U.get<GuardHabits>().perObject(V) : std::nullopt)
          R.report(V->getLocation(), "habit: under " + G->Lock->getNameAsString() + " of each object");
        auto H = !V || V->hasGlobalStorage() ? U.get<GuardHabits>().of(D) : std::nullopt;
        if (!H)
          continue;
        R.report(D->getLocation(), "habit: under " + H->Lock->getNameAsString() + " in " +
                                       std::to_string(H->Guarded.size()) + ", without in " +
                                       std::to_string(H->Unguarded.size()) + (H->BareWrites ? "; written bare" : "") +
                                       (H->Thread ? "; on a thread" : ""));
      }
    },
    /*Dev=*/true);

const UnitCheck Stores(
    {.Name = "dev-atomic-use", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      auto &A = U.get<AtomicUse>();
      for (const ValueDecl *D : U.get<SharedState>().named())
        for (const SharedAccess &X : U.get<SharedState>().of(D)) {
          std::string Text;
          if (A.stored(X))
            Text += " stored";
          if (A.loadedBefore(X))
            Text += " loaded-before";
          for (const Tested &T : A.stored(X) ? A.tests(X) : llvm::SmallVector<Tested, 2>())
            Text += std::string(" tested") + (T.Null ? "-null" : "") + (T.Ordered ? "-ordered" : "");
          if (A.isAtomic(X))
            Text += " atomic";
          if (!Text.empty())
            R.report(X.Site->getBeginLoc(),
                     "use:" + Text + (A.severalThreads(X) ? " on several threads" : "") + (A.once(X) ? " once" : ""));
        }
    },
    /*Dev=*/true);

const UnitCheck Lazy(
    {.Name = "dev-lazy-inits", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      for (const ValueDecl *D : U.get<SharedState>().named())
        if (const LazyInit *L = U.get<LazyInits>().of(D)) {
          R.report(L->Makes->As->Site->getBeginLoc(), "lazy: " + D->getNameAsString() + " is made" +
                                                          (L->Lock ? " under " + L->Lock->getNameAsString() : ""));
          R.report(L->Test.Read->getExprLoc(), "lazy: " + D->getNameAsString() + " is tested");
        }
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle

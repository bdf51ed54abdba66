// `heddle-dev-lock-order`: which lock is taken while which other one is held.
#include "flow/LockOrder.h"
#include "check/Register.h"
#include "check/Reporter.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"

namespace heddle {
namespace {

const UnitCheck Check(
    {.Name = "dev-lock-order", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      llvm::MapVector<const clang::Stmt *, std::vector<std::string>> At;
      auto Add = [&](const OrderedLocks &X, const std::string &More) {
        std::string Text = X.Held->getNameAsString() + " then " + X.Taken->getNameAsString() + More;
        if (!llvm::is_contained(At[X.Second.Entry], Text))
          At[X.Second.Entry].push_back(Text);
      };
      auto &Order = U.get<LockOrder>();
      for (const OrderedLocks &X : Order.pairs())
        Add(X, "");
      for (auto [A, B] : Order.inversions())
        Add(*A, ", and in the other order");
      for (auto &[Entry, Texts] : At)
        R.report(llvm::cast<clang::Expr>(Entry)->getExprLoc(), "order: " + llvm::join(Texts, "; "));
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle

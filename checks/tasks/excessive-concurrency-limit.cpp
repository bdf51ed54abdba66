// A limit that limits nothing: thousands of threads, or as many as there are items. What the tasks share - connections,
// descriptors, memory, cores - runs out long before.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/Limits.h"

using namespace clang;

namespace heddle {
namespace {

constexpr llvm::StringRef Bound = "Bound";
constexpr std::int64_t Unlimited = (std::int64_t(1) << 31) - 1; ///< the largest number says "no limit"

void tooLarge(Reporter &R, const ConcurrencyLimit &L, const Quantity &N) {
  Story Notes;
  if (N.Default)
    Notes.then(N.Default->getExprLoc(), "this is the default, and no other value is set here");
  R.report(L.Loc,
           ("up to " + llvm::Twine(N.Value) + (L.Threads ? " threads" : " tasks") +
            " run at once; connections, descriptors or memory run out long before; derive the limit from the "
            "scarcest resource")
               .str(),
           Notes);
}

void look(Code &C, Reporter &R) {
  std::int64_t Most = 1024;
  (void)llvm::StringRef(R.option(Bound)).getAsInteger(10, Most);
  Limits &All = C.U.get<Limits>();
  for (const ConcurrencyLimit &L : All.in(C)) {
    auto Numbers = All.quantities(C, L.Number);
    const auto *Large = llvm::find_if(Numbers, [&](const Quantity &N) {
      return N.Is == Quantity::Constant && N.Value > Most && N.Value < Unlimited;
    });
    if (Large != Numbers.end())
      tooLarge(R, L, *Large);
    else if (L.Threads && llvm::any_of(Numbers, [](const Quantity &N) { return N.Is == Quantity::InputLength; }))
      R.report(L.Loc, "as many threads are started as the input has elements; a long input exhausts memory or other "
                      "resources; derive the number from the cores or the scarcest resource");
  }
}

const MatchCheck Check({.Name = "excessive-concurrency-limit",
                        .Family = "tasks",
                        .Level = Tier::Risk,
                        .Summary = "Finds thread pools and concurrency limits that are too large to limit anything.",
                        .Rows = "F8",
                        .Options = {{Bound, "1024", "the largest constant that still counts as a limit"}}},
                       look);

} // namespace
} // namespace heddle

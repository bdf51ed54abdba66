// `heddle-dev-under-locks`: what each body does while it holds a lock, and by which calls.
#include "flow/CriticalSections.h"
#include "check/Register.h"
#include "check/Reporter.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"

namespace heddle {
namespace {

constexpr const char *Waits[] = {"nothing", "time",         "a task", "tasks",   "a result",
                                 "an item", "notification", "permit", "outside", "a file"};

const MatchCheck Check(
    {.Name = "dev-under-locks", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      auto &Sections = C.U.get<CriticalSections>();
      llvm::MapVector<const clang::Stmt *, std::vector<std::string>> At; // a report tells all of one statement
      llvm::DenseMap<const clang::Stmt *, std::vector<StoryLine>> Notes;
      auto Tell = [&](Deed What, auto Describe) {
        for (const UnderLock &X : Sections.during(C, What)) {
          std::string Text = X.Lock.Lock.name() + " " + Describe(X);
          if (!llvm::is_contained(At[X.Entry], Text))
            At[X.Entry].push_back(std::move(Text));
          if (X.Lock.Taken)
            Notes[X.Entry].push_back({X.Lock.Taken->loc(), "taken"});
          llvm::append_range(Notes[X.Entry], X.What.Calls);
        }
      };
      Tell(Deed::Waits, [&](const UnderLock &X) {
        Code *In = C.U.code(X.What.In->Fn);
        return std::string("waits for ") + Waits[static_cast<int>(C.U.get<Blocking>().waits(*In, *X.What.Does))];
      });
      Tell(Deed::Locks, [&](const UnderLock &X) {
        auto Object = X.What.object();
        return "takes " + (Object ? Object->name() : "a lock");
      });
      Tell(Deed::CallsBack, [&](const UnderLock &X) {
        auto Object = X.What.object();
        return "calls " + (Object ? Object->name() : "a member");
      });
      for (auto &[Entry, Texts] : At)
        R.report(llvm::cast<clang::Expr>(Entry)->getExprLoc(), "under: " + llvm::join(Texts, ", "), Notes[Entry]);
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle

// `heddle-dev-executors`: classes whose objects own threads, and how often declarations are evaluated.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Executors.h"

#include <set>

using namespace clang;

namespace heddle {
namespace {

const char *describe(Repetition::Kind K) {
  switch (K) {
  case Repetition::No:
    return nullptr;
  case Repetition::Turns:
    return "executor: in each iteration";
  case Repetition::Messages:
    return "executor: for each message";
  case Repetition::Calls:
    return "executor: in each call";
  }
  return nullptr;
}

const UnitCheck Check(
    {.Name = "dev-executors", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      Executors &Facts = U.get<Executors>();
      std::set<const CXXRecordDecl *> Seen;
      for (Code *C : bodies(U)) {
        const auto *M = dyn_cast<CXXMethodDecl>(C->Fn);
        if (M && !M->getParent()->isLambda() && Seen.insert(M->getParent()).second &&
            Facts.owns(M->getParent()) == Owns::Threads)
          R.report(M->getParent()->getLocation(), "executor: owns threads");
        forEach<DeclStmt>(C->Fn->getBody(), Walk::NoLambdas, [&](const DeclStmt *DS) {
          if (const char *Often = describe(Facts.repetition(*C, DS).Is))
            R.report(DS->getBeginLoc(), Often);
        });
      }
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle

// `heddle-dev-handlers`: with what each handler of an object is registered, and how many others are.
#include "flow/Handlers.h"
#include "check/Register.h"
#include "check/Reporter.h"

using namespace clang;

namespace heddle {
namespace {

const UnitCheck Check(
    {.Name = "dev-handlers", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      llvm::DenseSet<const CXXRecordDecl *> Seen;
      for (const FunctionDecl *F : U.Functions)
        if (const auto *M = dyn_cast<CXXMethodDecl>(F); M && Seen.insert(M->getParent()->getCanonicalDecl()).second)
          for (const HandlerGroup &G : U.get<Handlers>().of(M->getParent()))
            for (const HandlerGroup::Handler &H : G.Handlers)
              R.report(H.By->loc(),
                       "handler: with " + G.With.name() + ", one of " + std::to_string(G.Handlers.size()));
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle

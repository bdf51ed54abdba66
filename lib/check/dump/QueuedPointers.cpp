// `heddle-dev-queued`: pointers that threads take out of a container of their object.
#include "flow/QueuedPointers.h"
#include "check/Register.h"
#include "check/Reporter.h"

using namespace clang;

namespace heddle {
namespace {

const UnitCheck Check(
    {.Name = "dev-queued", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      for (Code *C : bodies(U))
        for (const ParmVarDecl *P : C->Fn->parameters())
          if (const FieldDecl *Into = U.get<QueuedPointers>().into(C->Fn, P)) {
            R.report(P->getLocation(), "queued: into " + Into->getNameAsString());
            for (const QueueReader &X : U.get<QueuedPointers>().readers(Into))
              R.report(X.Taken->getLocation(), "queued: out of " + Into->getNameAsString());
          }
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle

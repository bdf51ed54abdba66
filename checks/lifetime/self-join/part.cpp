// An object gives work with a share in itself to a part that has a thread: when the work is the last owner, the thread
// destroys the object, the part, and waits for itself.
#include "check/Story.h"
#include "detectors.h"
#include "flow/OwningWork.h"

using namespace clang;

namespace heddle {

llvm::SmallVector<SourceLocation, 2> owningCallables(Unit &U, Reporter &R) {
  llvm::SmallVector<SourceLocation, 2> Told, Captured; // several owners may have one class of part
  for (ClassFacts *F : U.get<ClassTable>().all())
    for (const OwningWork &X : owningWork(U, *F)) {
      SourceLocation Join = joinAtEnd(*X.Of, U, *X.Task);
      if (Join.isInvalid())
        continue;
      Captured.push_back(X.Captured);
      if (llvm::is_contained(Told, Join))
        continue;
      Told.push_back(Join);
      std::string Part = X.Part->getNameAsString();
      R.report(Join,
               "this may run on the very thread for which it waits: work of that thread owns the object around '" +
                   Part +
                   "' and destroys it when it is the last owner; the join deadlocks, or throws and terminates the "
                   "program; let the work own only what it uses, or detach when the thread is the current one",
               Story(X.Captured, X.Weak ? "'" + X.Name + "' is locked here, and owns the object for a time"
                                        : "'" + X.Name + "' owns the object here, in work for '" + Part + "'")
                   .then(X.Runs, "the thread runs its work here"));
    }
  return Captured;
}

} // namespace heddle

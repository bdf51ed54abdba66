#include "EventIndex.h"
#include "Calls.h"
#include "MakeFacts.h"

using namespace clang;

namespace heddle {

EventIndex::EventIndex(Unit &U) {
  for (Code *C : bodies(U))
    for (const Event &E : C->Events) {
      if (!E.Object.valid() || E.Kind == Op::Call)
        continue;
      Place P = C->whole(E.Object);
      const ValueDecl *D = P.last();
      if (!D)
        continue;
      std::vector<IndexedEvent> &Of = Events[cast<ValueDecl>(D->getCanonicalDecl())];
      if (Of.empty())
        Objects.push_back(D);
      Of.push_back({C, &E, E.Object.Element || P.Root != E.Object.Root || P.Path != E.Object.Path});
    }
}

llvm::ArrayRef<IndexedEvent> EventIndex::about(const ValueDecl *D) const {
  auto It = D ? Events.find(cast<ValueDecl>(D->getCanonicalDecl())) : Events.end();
  return It == Events.end() ? llvm::ArrayRef<IndexedEvent>() : llvm::ArrayRef<IndexedEvent>(It->second);
}

template std::shared_ptr<void> makeFacts<EventIndex>(Unit &);

} // namespace heddle

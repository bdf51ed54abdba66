#include "Storage.h"
#include "MakeFacts.h"

using namespace clang;

namespace heddle {

static constexpr unsigned MaxDepth = 3;

void Storage::add(const Code &C, const Flow &F, unsigned Depth, llvm::SmallVectorImpl<Stored> &Into) {
  if (F.To && (F.Goes == Flow::Element || F.Goes == Flow::Assigned || F.Goes == Flow::Member)) {
    Into.push_back({*F.To, {}});
    return;
  }
  const auto *Call = F.Goes == Flow::Argument && Depth != MaxDepth ? dyn_cast_or_null<Expr>(F.By) : nullptr;
  for (const CallEdge &Edge : Call ? U.get<Calls>().from(C) : llvm::SmallVector<CallEdge, 8>()) {
    const Code *Callee = Edge.Site == Call && !Edge.Task && Edge.Callee != C.Fn ? U.code(Edge.Callee) : nullptr;
    if (!Callee || F.Index >= Callee->Fn->getNumParams())
      continue;
    llvm::SmallVector<Stored, 1> Inner;
    for (const Flow &Next : U.get<ValueFlow>().ends(*Callee, Callee->Fn->getParamDecl(F.Index)))
      add(*Callee, Next, Depth + 1, Inner);
    for (Stored &S : Inner)
      if (auto At = Edge.toCaller(S.At)) {
        S.At = *At;
        S.Through.insert(S.Through.begin(), Edge);
        Into.push_back(std::move(S));
      }
  }
}

llvm::SmallVector<Stored, 1> Storage::of(const Code &C, const Expr *E) {
  llvm::SmallVector<Stored, 1> All;
  for (const Flow &F : U.get<ValueFlow>().ends(C, E))
    add(C, F, 0, All);
  return All;
}

Storage::Storage(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<Storage>(Unit &);

} // namespace heddle

#include "QueuedPointers.h"
#include "Classes.h"
#include "MakeFacts.h"
#include "Unwrap.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {

const FieldDecl *QueuedPointers::into(const FunctionDecl *F, const ParmVarDecl *P) {
  const Code *C = isa_and_nonnull<CXXMethodDecl>(F) && P->getType()->isPointerType() ? U.code(F) : nullptr;
  for (const Event &E : C ? llvm::ArrayRef<Event>(C->Events) : llvm::ArrayRef<Event>()) {
    const auto *Call = E.Kind == Op::Insert || E.Kind == Op::Send ? dyn_cast_or_null<CallExpr>(E.Site) : nullptr;
    if (!Call || !E.Object.This || E.Object.Path.size() != 1)
      continue;
    if (llvm::any_of(Call->arguments(), [&](const Expr *A) {
          const auto *DR = dyn_cast<DeclRefExpr>(unwrap(A));
          return DR && DR->getDecl() == P;
        }))
      return E.Object.Path.front();
  }
  return nullptr;
}

const std::vector<QueueReader> &QueuedPointers::readers(const FieldDecl *Container) {
  auto [It, New] = Readers.try_emplace(Container);
  if (!New)
    return It->second;
  for (Code *C : bodies(U)) {
    if (objectClass(C->Fn) != Container->getParent() || U.get<Threads>().on(C->Fn).empty())
      continue;
    forEach<DeclStmt>(C->Fn->getBody(), Walk::NoLambdas, [&](const DeclStmt *DS) {
      for (const Decl *D : DS->decls()) {
        const auto *V = dyn_cast<VarDecl>(D);
        auto From = V && V->getInit() && V->getType()->isPointerType() ? C->place(V->getInit()) : std::nullopt;
        if (From && From->This && From->Path.size() == 1 && From->Path.front() == Container)
          It->second.push_back({C, V});
      }
    });
  }
  return It->second;
}

QueuedPointers::QueuedPointers(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<QueuedPointers>(Unit &);

} // namespace heddle

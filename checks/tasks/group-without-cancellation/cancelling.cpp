#include "cancelling.h"
#include "flow/Classes.h"

using namespace clang;

namespace heddle {
using namespace group_without_cancellation;

bool group_without_cancellation::canCancel(const Code &C) {
  auto IsSource = [&](const Place &P) {
    Role R = P.Root && P.Path.empty() ? C.U.role(P.Root->getType()) : Role::None;
    return R == Role::StopSource || R == Role::CancelScope || R == Role::CancelHandle;
  };
  return llvm::any_of(C.Events, [&](const Event &E) {
    return E.Kind == Op::Cancel || E.Kind == Op::Derive || E.Kind == Op::GetToken || E.Kind == Op::Close ||
           IsSource(E.Object) || llvm::any_of(E.Tasks, [&](const CallableRef &T) {
             const Code *Body = T.Body ? C.U.code(T.Body) : nullptr;
             return Body && Body != &C &&
                    llvm::any_of(Body->Events, [](const Event &X) { return X.Kind == Op::Cancel; });
           });
  });
}

Ends group_without_cancellation::endsTasks(Unit &U, const CXXRecordDecl *Group) {
  Ends Found = Ends::Not;
  // What else than a source does it end: a queue, threads?
  auto EndsOthers = [&](const Code &C) {
    return llvm::any_of(C.Events, [&](const Event &E) {
      const ValueDecl *D = E.Object.last();
      return (E.Kind == Op::Cancel || E.Kind == Op::Close) && !(D && U.role(D->getType()) == Role::StopSource);
    });
  };
  for (const CXXMethodDecl *M : Group ? allMembers(Group) : llvm::SmallVector<const CXXMethodDecl *, 16>()) {
    const Code *Member = U.code(M);
    if (!Member || !canCancel(*Member))
      continue;
    Found = Ends::ByToken;
    if (EndsOthers(*Member))
      return Ends::Itself;
    for (const Event &E : Member->Events)
      for (const CallableRef &T : E.Tasks)
        if (const Code *Body = T.Body ? U.code(T.Body) : nullptr; Body && EndsOthers(*Body))
          return Ends::Itself;
  }
  return Found;
}

bool group_without_cancellation::madeOfNothing(const VarDecl *Group) {
  const Expr *Init = Group->getInit();
  const auto *Made = dyn_cast_or_null<CXXConstructExpr>(Init ? Init->IgnoreImplicit() : nullptr);
  return Made && llvm::all_of(Made->arguments(), [](const Expr *A) { return A->isDefaultArgument(); });
}

} // namespace heddle

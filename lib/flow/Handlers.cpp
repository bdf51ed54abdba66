#include "Handlers.h"
#include "Calls.h"
#include "Classes.h"
#include "MakeFacts.h"
#include "Mentions.h"
#include "Uses.h"

using namespace clang;

namespace heddle {

/// The object that keeps what is registered: that of the operation, else the one that is called or given first.
static std::optional<Place> keeper(const Code &C, const Event &E) {
  if (E.Model && E.Object.valid())
    return E.Object;
  if (const auto *M = dyn_cast<CXXMemberCallExpr>(E.Site))
    return C.place(M->getImplicitObjectArgument());
  const auto *Call = dyn_cast<CallExpr>(E.Site);
  return Call && Call->getNumArgs() ? C.place(Call->getArg(0)) : std::nullopt;
}

const std::vector<HandlerGroup> &Handlers::of(const CXXRecordDecl *RD) {
  if (!std::exchange(All, true))
    for (Code *C : bodies(U)) {
      const CXXRecordDecl *Of = objectClass(C->Fn);
      for (const Event &E : Of ? llvm::ArrayRef<Event>(C->Events) : llvm::ArrayRef<Event>()) {
        auto With = E.Kind == Op::Defer && E.Site ? keeper(*C, E) : std::nullopt;
        const auto *V = With ? dyn_cast_or_null<VarDecl>(With->Root) : nullptr;
        if (!With || With->isThis() || (!With->This && !(V && V->hasGlobalStorage())))
          continue;
        Place Whole = C->whole(*With);
        std::vector<HandlerGroup> &Groups = Known[Of->getCanonicalDecl()];
        for (const CallableRef &T : E.Tasks)
          if (runsOnThis(T)) {
            auto It = llvm::find_if(Groups, [&](const HandlerGroup &G) { return G.With == Whole; });
            HandlerGroup &G = It == Groups.end() ? Groups.emplace_back(HandlerGroup{Whole, {}}) : *It;
            G.Handlers.push_back({&E, C, &T});
          }
      }
    }
  return Known[RD->getCanonicalDecl()];
}

bool takesHandlers(Unit &U, const ValueDecl *D) {
  auto IsCallable = [&](const Expr *A) {
    return U.role(A->getType()) == Role::Function || mentions(A, [](const Stmt *S) {
             const auto *Of = dyn_cast<UnaryOperator>(S); // `bind_front(&X::sent, this)`
             return isa<LambdaExpr>(S) || (Of && Of->getType()->isMemberFunctionPointerType());
           });
  };
  return llvm::any_of(U.get<Uses>().everywhere(D), [&](const Use &X) {
    const Code *C = X.is(Use::Mutate | Use::Ask) ? bodyOf(U, X) : nullptr;
    const auto *Call = C ? dyn_cast_or_null<CXXMemberCallExpr>(callOn(*C, X)) : nullptr;
    return Call && !U.visible(Call->getMethodDecl()) && llvm::any_of(Call->arguments(), IsCallable);
  });
}

Handlers::Handlers(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<Handlers>(Unit &);

} // namespace heddle

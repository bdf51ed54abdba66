#include "Overriders.h"
#include "MakeFacts.h"
#include "support/AstVisitor.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {
namespace {

template <class Found> void forEachOverridden(const CXXMethodDecl *M, const Found &Add) {
  for (const CXXMethodDecl *O : M->overridden_methods()) {
    Add(cast<CXXMethodDecl>(O->getCanonicalDecl()));
    forEachOverridden(O, Add);
  }
}

struct Collector : AstVisitor {
  llvm::function_ref<void(const CXXMethodDecl *)> Found;
  explicit Collector(llvm::function_ref<void(const CXXMethodDecl *)> F) : Found(F) {}
  bool shouldVisitTemplateInstantiations() const override { return true; }
  bool VisitCXXMethodDecl(const CXXMethodDecl *M) override {
    if (M->isCanonicalDecl() && !M->isPureVirtual() && M->size_overridden_methods())
      Found(M);
    return true;
  }
};

} // namespace

bool Overriders::isOnly(const CXXMethodDecl *Body, const CXXMethodDecl *Base) {
  if (!std::exchange(Known, true)) {
    auto Add = [&](const CXXMethodDecl *M) {
      forEachOverridden(M, [&](const CXXMethodDecl *O) {
        auto &Of = All[O];
        if (!llvm::is_contained(Of, M))
          Of.push_back(M);
      });
    };
    Collector(Add).TraverseDecl(U.Ctx.getTranslationUnitDecl());
  }
  auto It = All.find(cast<CXXMethodDecl>(Base->getCanonicalDecl()));
  return It != All.end() &&
         llvm::all_of(It->second, [&](const CXXMethodDecl *M) { return M == Body->getCanonicalDecl(); });
}

Overriders::Overriders(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<Overriders>(Unit &);

} // namespace heddle

#include "Overriders.h"
#include "support/AstVisitor.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"

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

const CXXMethodDecl *Overriders::visible(const CXXMethodDecl *Base) {
  if (U.visible(Base) || U.Ctx.getSourceManager().isInSystemHeader(Base->getLocation()))
    return nullptr;
  const CXXMethodDecl *Only = nullptr;
  for (const FunctionDecl *F : U.Functions) {
    const auto *M = dyn_cast<CXXMethodDecl>(F);
    bool Overrides = false;
    if (M && M->size_overridden_methods())
      forEachOverridden(M, [&](const CXXMethodDecl *O) { Overrides |= O == Base->getCanonicalDecl(); });
    if (!Overrides || !U.visible(M))
      continue;
    if (Only && Only->getCanonicalDecl() != M->getCanonicalDecl())
      return nullptr;
    Only = M;
  }
  return Only;
}

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

} // namespace heddle

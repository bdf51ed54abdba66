#include "Globals.h"
#include "Calls.h"
#include "ClassFacts.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {

std::vector<const VarDecl *> globals(Unit &U) {
  std::vector<const VarDecl *> Out;
  llvm::SmallVector<const DeclContext *, 8> Work{U.Ctx.getTranslationUnitDecl()};
  const SourceManager &SM = U.Ctx.getSourceManager();
  for (unsigned I = 0; I != Work.size(); ++I)
    for (const Decl *D : Work[I]->decls()) {
      if (D->getLocation().isValid() && SM.isInSystemHeader(D->getLocation()))
        continue;
      if (isa<NamespaceDecl, LinkageSpecDecl>(D))
        Work.push_back(cast<DeclContext>(D));
      const auto *V = dyn_cast<VarDecl>(D);
      if (V && V->isThisDeclarationADefinition() && V->getInit() && V->hasGlobalStorage() &&
          !V->getType()->isDependentType() && !V->isTemplated())
        Out.push_back(V);
    }
  return Out;
}

/// Where a constructor, or what it leaves to its members, starts a task.
static SourceLocation constructionStarts(Unit &U, const CXXConstructExpr *Made) {
  const CXXConstructorDecl *Ctor = Made->getConstructor();
  Role R = U.role(Made->getType());
  if ((R == Role::Thread || R == Role::JoiningThread) && Made->getNumArgs() && !Ctor->isCopyOrMoveConstructor())
    return Made->getBeginLoc();
  if (const Witness *W = U.get<Calls>().witness(Ctor, Effect::Spawns))
    return W->Loc;
  if (ClassFacts *F = U.get<ClassTable>().of(Ctor->getParent()))
    for (const ClassTask &T : F->Tasks)
      if (T.StartedBy.empty())
        return T.Loc;
  return {};
}

SourceLocation startsTask(Unit &U, const VarDecl *V) {
  SourceLocation Found;
  walk(V->getInit(), Walk::NoLambdas, [&](const Stmt *S) {
    if (const auto *Made = dyn_cast<CXXConstructExpr>(S)) {
      Found = constructionStarts(U, Made);
    } else if (const auto *Call = dyn_cast<CallExpr>(S)) {
      const FunctionDecl *F = Call->getDirectCallee();
      if (const Witness *W = F ? U.get<Calls>().witness(F, Effect::Spawns) : nullptr)
        Found = W->Loc;
      // make_unique<T>(…)
      const CXXRecordDecl *Made = F && !U.visible(F) ? U.smartPointee(Call->getType()) : nullptr;
      if (Made && Made->hasDefinition())
        for (const CXXConstructorDecl *Ctor : Made->ctors())
          if (const Witness *W =
                  Ctor->getNumParams() == Call->getNumArgs() ? U.get<Calls>().witness(Ctor, Effect::Spawns) : nullptr)
            Found = W->Loc;
    }
    return Found.isValid() ? Step::Out : Step::In;
  });
  return Found;
}

bool isLeaked(const VarDecl *V) {
  return (V->getType()->isReferenceType() || V->getType()->isPointerType()) &&
         anyOf<CXXNewExpr>(V->getInit(), Walk::NoLambdas, [](const CXXNewExpr *) { return true; });
}

} // namespace heddle

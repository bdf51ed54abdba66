#include "Globals.h"
#include "Calls.h"
#include "ClassFacts.h"
#include "Mentions.h"
#include "Unwrap.h"
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

static bool isDeleted(Unit &U, const VarDecl *V) {
  return llvm::any_of(bodies(U), [&](const Code *C) {
    return anyOf<CXXDeleteExpr>(C->Fn->getBody(), Walk::NoLambdas,
                                [&](const CXXDeleteExpr *D) { return mentions(D->getArgument(), V); });
  });
}

/// Returns true if the function, or the one in which a lambda stands, returns the variable or what it leads to.
static bool returns(const FunctionDecl *F, const VarDecl *V) {
  const DeclContext *DC = F;
  while (const auto *M = dyn_cast<CXXMethodDecl>(DC)) {
    if (!M->getParent()->isLambda())
      break;
    DC = M->getParent()->getParent();
  }
  const auto *Outer = dyn_cast<FunctionDecl>(DC);
  return Outer && Outer->getBody() && llvm::any_of(returnsIn(Outer->getBody()), [&](const ReturnStmt *R) {
           return R->getRetValue() && mentions(R->getRetValue(), V);
         });
}

/// The expression that makes the object to which the value leads: `new T`, `*new T`, a local that is one; or null.
static const CXXNewExpr *newIn(const Expr *E) {
  E = E ? unwrap(E) : nullptr;
  if (const auto *DR = dyn_cast_or_null<DeclRefExpr>(E))
    if (const auto *V = dyn_cast<VarDecl>(DR->getDecl()); V && V->hasLocalStorage() && V->getInit())
      E = unwrap(V->getInit());
  if (const auto *D = dyn_cast_or_null<UnaryOperator>(E); D && D->getOpcode() == UO_Deref)
    E = unwrap(D->getSubExpr());
  return dyn_cast_or_null<CXXNewExpr>(E);
}

static const VarDecl *globalIn(const Expr *E) {
  E = E ? unwrap(E) : nullptr;
  const auto *DR = dyn_cast_or_null<DeclRefExpr>(E);
  const auto *M = dyn_cast_or_null<MemberExpr>(E);
  const auto *V = dyn_cast_or_null<VarDecl>(DR ? DR->getDecl() : M ? M->getMemberDecl() : nullptr);
  return V && V->hasGlobalStorage() ? V : nullptr;
}

std::vector<LazySingleton> lazySingletons(Unit &U) {
  std::vector<LazySingleton> Out;
  auto Add = [&](Code &C, const VarDecl *V, const Expr *Value) {
    const CXXNewExpr *New = newIn(Value);
    const CXXRecordDecl *RD = New ? New->getAllocatedType()->getAsCXXRecordDecl() : nullptr;
    if (RD && RD->hasDefinition() && returns(C.Fn, V) && !isDeleted(U, V))
      Out.push_back({V, RD->getDefinition(), New});
  };
  for (Code *C : bodies(U)) {
    forEach<DeclStmt>(C->Fn->getBody(), Walk::NoLambdas, [&](const DeclStmt *DS) {
      for (const Decl *D : DS->decls())
        if (const auto *V = dyn_cast<VarDecl>(D); V && V->isStaticLocal())
          Add(*C, V, V->getInit());
    });
    forEach<BinaryOperator>(C->Fn->getBody(), Walk::NoLambdas, [&](const BinaryOperator *B) {
      const VarDecl *V = B->getOpcode() == BO_Assign ? globalIn(B->getLHS()) : nullptr;
      if (V && V->getType()->isPointerType())
        Add(*C, V, B->getRHS());
    });
    // `instance.store(new Service)`
    forEach<CallExpr>(C->Fn->getBody(), Walk::NoLambdas, [&](const CallExpr *Call) {
      const VarDecl *V = globalIn(objectOf(Call));
      unsigned First = firstArgument(*Call);
      if (V && U.role(V->getType()) == Role::Atomic && Call->getNumArgs() > First)
        Add(*C, V, Call->getArg(First));
    });
  }
  return Out;
}

} // namespace heddle

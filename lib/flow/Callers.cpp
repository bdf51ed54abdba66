#include "Callers.h"
#include "LibraryCode.h"
#include "MakeFacts.h"
#include "Unwrap.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {

bool Callers::areKnown(const Code &C) {
  const auto *M = dyn_cast<CXXMethodDecl>(C.Fn);
  if (isa<CXXConstructorDecl, CXXDestructorDecl>(C.Fn) || C.Fn->isMain() || (M && M->isVirtual()))
    return false;
  if (M && M->getParent()->isLambda())
    return true;
  return ((M && M->getAccess() == AS_private) || !C.Fn->isExternallyVisible()) && !addressTaken(C.Fn);
}

/// The functions that variables and members start with, outside of bodies: tables of handlers.
static void namedByInitialisers(Unit &U, const DeclContext &DC, llvm::DenseSet<const FunctionDecl *> &Into) {
  auto Read = [&](const Expr *Init) {
    forEach<DeclRefExpr>(Init, Walk::NoLambdas, [&](const DeclRefExpr *DR) {
      if (const auto *F = dyn_cast<FunctionDecl>(DR->getDecl()))
        Into.insert(F->getCanonicalDecl());
    });
  };
  for (const Decl *D : DC.decls()) {
    if (inLibrary(U, D->getLocation()))
      continue;
    if (const auto *V = dyn_cast<VarDecl>(D))
      Read(V->getInit());
    else if (const auto *F = dyn_cast<FieldDecl>(D))
      Read(F->getInClassInitializer());
    else if (isa<NamespaceDecl, LinkageSpecDecl, CXXRecordDecl>(D))
      namedByInitialisers(U, *cast<DeclContext>(D), Into);
  }
}

/// Returns true if the function is named otherwise than to call it or to hand it over where an event says so.
bool Callers::addressTaken(const FunctionDecl *F) {
  if (std::exchange(AddressedKnown, true))
    return Addressed.contains(F->getCanonicalDecl());
  namedByInitialisers(U, *U.Ctx.getTranslationUnitDecl(), Addressed);
  for (Code *C : bodies(U)) {
    llvm::DenseSet<const Expr *> Told;
    for (const Event &E : C->Events)
      for (const CallableRef &T : E.Tasks)
        if (T.Site)
          forEach<DeclRefExpr>(T.Site, Walk::NoLambdas, [&](const DeclRefExpr *DR) { Told.insert(DR); });
    forEach<DeclRefExpr>(C->Fn->getBody(), Walk::NoLambdas, [&](const DeclRefExpr *DR) {
      const auto *Named = dyn_cast<FunctionDecl>(DR->getDecl());
      if (!Named || Told.contains(DR))
        return;
      const Stmt *User = DR;
      for (const Stmt *P = C->parent(DR); isa_and_nonnull<ImplicitCastExpr, ParenExpr>(P); P = C->parent(P))
        User = P;
      const auto *Call = dyn_cast_or_null<CallExpr>(C->parent(User));
      if (!Call || (Call->getCallee() != User && !isa<CXXOperatorCallExpr>(Call)))
        Addressed.insert(Named->getCanonicalDecl());
    });
  }
  return Addressed.contains(F->getCanonicalDecl());
}

bool Callers::inConstruction(const CallEdge &Step) {
  const Expr *Of = Step.Task ? nullptr : objectOf(Step.Site);
  return isa<CXXConstructorDecl>(Step.In->Fn) && isa_and_nonnull<CXXThisExpr>(Of ? unwrap(Of) : nullptr);
}

bool Callers::throughParameter(const CallEdge &Step) {
  const auto *DR = dyn_cast_or_null<DeclRefExpr>(unwrap(Step.Task ? Step.Task->Site : objectOf(Step.Site)));
  return DR && isa<ParmVarDecl>(DR->getDecl());
}

llvm::SmallVector<const Expr *, 4> Callers::given(const FunctionDecl *F, const ParmVarDecl *P) {
  constexpr unsigned MaxSteps = 3;
  llvm::SmallVector<const Expr *, 4> Given;
  for (unsigned Step = 0; Step != MaxSteps; ++Step) {
    Given.clear();
    llvm::ArrayRef<CallEdge> All = U.get<Calls>().callers(F);
    for (const CallEdge &X : All)
      Given.push_back(X.argument(P));
    const auto *DR = All.size() == 1 && Given.front() ? dyn_cast<DeclRefExpr>(unwrap(Given.front())) : nullptr;
    P = DR ? dyn_cast<ParmVarDecl>(DR->getDecl()) : nullptr;
    if (!P)
      break;
    F = All.front().In->Fn;
  }
  return Given;
}

bool Callers::ignores(const Code &C, const DeclRefExpr *Mention, unsigned Depth) {
  constexpr unsigned MaxDepth = 4;
  const Expr *Value = Mention;
  const Stmt *User = C.user(Value);
  if (const auto *Copy = dyn_cast_or_null<CXXConstructExpr>(User); Copy && Copy->getConstructor()->isCopyConstructor()) {
    Value = Copy;
    User = C.user(Value);
  }
  const auto *Call = dyn_cast_or_null<CallExpr>(User);
  const FunctionDecl *F = Call && Depth < MaxDepth ? Call->getDirectCallee() : nullptr;
  const Code *Callee = F ? U.code(U.visible(F)) : nullptr;
  const ParmVarDecl *P = Callee ? parameter(Call, Callee->Fn, Value) : nullptr;
  return P && !anyOf<DeclRefExpr>(Callee->Fn->getBody(), [&](const DeclRefExpr *DR) {
           return DR->getDecl() == P && !ignores(*Callee, DR, Depth + 1);
         });
}

Callers::Callers(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<Callers>(Unit &);

} // namespace heddle

#include "CallbackDeeds.h"
#include "LibraryCode.h"
#include "StoredCallables.h"
#include "Uses.h"
#include "support/Walk.h"

#include "clang/AST/ExprCXX.h"

using namespace clang;

namespace heddle {

/// Returns true if the call leads to code that is seen, or to a library, which calls nothing back.
static bool isKnown(Unit &U, const CallExpr *Call) {
  const FunctionDecl *F = Call->getDirectCallee();
  if (!F)
    return false;
  const auto *M = dyn_cast<CXXMemberCallExpr>(Call);
  bool Open = M && M->getMethodDecl() && M->getMethodDecl()->isVirtual() && !M->getMethodDecl()->hasAttr<FinalAttr>();
  const Expr *Object = objectOf(Call);
  bool Function = Object && U.role(Object->getType().getNonReferenceType()) == Role::Function;
  return !Open && (U.visible(F) ? !Function : inLibrary(U, F->getLocation()) && !Function);
}

static bool isHarmless(Unit &U, const FunctionDecl *Body) {
  auto &Sections = U.get<CriticalSections>();
  for (Deed What : {Deed::Waits, Deed::Locks, Deed::CallsBack})
    if (!Sections.deeds(Body, What).empty())
      return false;
  return llvm::all_of(U.get<Calls>().behind(Body), [&](const Code *C) {
    return !anyOf<CallExpr>(C->Fn->getBody(), Walk::NoLambdas, [&](const CallExpr *X) { return !isKnown(U, X); });
  });
}

/// Returns true if only constructors, and members of the class with callables of their own, give the member its value:
/// nobody registers with the object.
static bool isOwn(Unit &U, const FieldDecl *F, llvm::ArrayRef<StoredCallables::Stored> All) {
  bool InConstructors = llvm::all_of(U.get<Uses>().everywhere(F), [](const Use &X) {
    return !X.is(Use::Stores | Use::Mutate) || isa<CXXConstructorDecl>(X.Body);
  });
  return InConstructors || llvm::all_of(All, [&](const StoredCallables::Stored &X) {
           const auto *M = dyn_cast<CXXMethodDecl>(X.In->Fn);
           return M && M->getParent() == F->getParent();
         });
}

CallbackDeed callbackDeed(Unit &U, const Code &C, const Event &Call, const ValueDecl *Lock) {
  CallbackDeed Out;
  const auto *Held = U.get<StoredCallables>().calledBy(C, Call);
  if (!Held || Held->All.empty())
    return Out;
  const auto *F = dyn_cast_or_null<FieldDecl>(C.whole(Call.Object).last());
  bool Harmless = Held->Complete && F && isOwn(U, F, Held->All);
  for (const StoredCallables::Stored &X : Held->All) {
    const FunctionDecl *Body = U.visible(X.What.Body);
    Harmless = Harmless && Body && isHarmless(U, Body);
    for (const Witness &W : Body ? U.get<CriticalSections>().deeds(Body, Deed::Locks) : llvm::ArrayRef<Witness>())
      if (Lock && W.Does->Object.last() == Lock) {
        Out.Is = CallbackDeed::ComesBack;
        Out.Locks = W;
        Out.Stored = X.What.Site ? X.What.Site->getBeginLoc() : Body->getLocation();
        return Out;
      }
  }
  if (Harmless)
    Out.Is = CallbackDeed::Harmless;
  return Out;
}

} // namespace heddle

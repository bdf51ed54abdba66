#include "detectors.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/Captures.h"
#include "flow/Mentions.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {
namespace {

/// Returns true if the member, or a part of it, stores the callable as a std::function. An algorithm calls it at once.
bool isKept(const Code &C, const LambdaExpr *L) {
  const Expr *Value = L;
  const Stmt *User = C.user(Value);
  while (isa_and_nonnull<CXXConstructExpr>(User) && C.U.role(Value->getType()) != Role::Function) {
    Value = cast<Expr>(User);
    User = C.user(Value);
  }
  if (C.U.role(Value->getType()) != Role::Function || !User)
    return C.U.role(Value->getType()) == Role::Function;
  const auto *By = dyn_cast<CXXConstructExpr>(User);
  const ParmVarDecl *P = By ? parameter(By, By->getConstructor(), Value) : nullptr;
  return P && !P->getType()->isLValueReferenceType();
}

/// The member of the parameter's name that is made from it: its own copy of the caller's object.
const FieldDecl *namesake(const ASTContext &Ctx, const CXXConstructorDecl &Ctor, const ParmVarDecl *P) {
  for (const CXXCtorInitializer *I : Ctor.inits()) {
    const FieldDecl *F = I->isMemberInitializer() ? I->getMember() : nullptr;
    if (F && F->getDeclName() == P->getDeclName() && !F->getType()->isReferenceType() &&
        Ctx.hasSameUnqualifiedType(F->getType(), P->getType().getNonReferenceType()) && mentions(I->getInit(), P))
      return F;
  }
  return nullptr;
}

} // namespace

void shadowingParameters(Code &C, Reporter &R) {
  const auto *Ctor = dyn_cast<CXXConstructorDecl>(C.Fn);
  if (!Ctor)
    return;
  auto Judge = [&](const LambdaExpr *L, const FieldDecl *Keeper) {
    CallableRef Task;
    Task.Lambda = L;
    for (const Held &H : C.U.get<Captures>().of(C, Task)) {
      const auto *P = dyn_cast_or_null<ParmVarDecl>(H.Variable);
      const FieldDecl *F = P && H.By == Held::Reference && H.In.Of == P ? namesake(C.U.Ctx, *Ctor, P) : nullptr;
      if (!F || !isKept(C, L))
        continue;
      std::string Name = P->getNameAsString();
      R.report(H.Loc,
               "'" + Name + "' names the constructor's parameter here, not the member; the callable is kept in '" +
                   Keeper->getNameAsString() + "' and may outlive the caller's object; capture 'this' and use 'this->" +
                   Name + "'",
               Story(P->getLocation(), "the parameter is declared here")
                   .then(F->getLocation(), "the member that is made from it is declared here"));
    }
  };
  for (const CXXCtorInitializer *I : Ctor->inits())
    if (I->isMemberInitializer() && I->isWritten())
      forEach<LambdaExpr>(I->getInit(), Walk::NoLambdas, [&](const LambdaExpr *L) { Judge(L, I->getMember()); });
}

} // namespace heddle

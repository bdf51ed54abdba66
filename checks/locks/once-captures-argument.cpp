// Something is made once, of an argument that each caller gives anew.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/Callers.h"
#include "flow/Expressions.h"
#include "flow/Loops.h"
#include "flow/Mentions.h"
#include "flow/Unwrap.h"
#include "flow/Uses.h"
#include "support/Walk.h"

#include "llvm/ADT/FoldingSet.h"

using namespace clang;

namespace heddle {
namespace {

/// The parameters of the body whose values the expression, or a lambda in it, uses.
llvm::SmallVector<const ParmVarDecl *, 2> givenIn(const Code &C, const Stmt *S) {
  llvm::SmallVector<const ParmVarDecl *, 2> Found;
  forEach<DeclRefExpr>(S, [&](const DeclRefExpr *X) {
    const auto *P = dyn_cast<ParmVarDecl>(X->getDecl());
    if (P && P->getDeclContext() == static_cast<const DeclContext *>(C.Fn) && !isLock(C.U.role(P->getType())) &&
        C.U.role(P->getType()) != Role::Once && !llvm::is_contained(Found, P) && !C.U.get<Callers>().ignores(C, X))
      Found.push_back(P);
  });
  return Found;
}

/// A string or a view of one.
bool isText(QualType T) {
  const auto *RD = T->getAsCXXRecordDecl();
  return RD && RD->isInStdNamespace() && RD->getIdentifier() && RD->getName().starts_with("basic_string");
}

/// More than one caller gives it, and not the same. A function that is not called here may have callers elsewhere, but
/// for those that leave a default argument alone, and an instantiation, or an object's own set-up (\p Own), is often
/// of one caller.
bool differs(Code &C, const ParmVarDecl *P, bool Own) {
  llvm::SmallVector<const Expr *, 4> Given = C.U.get<Callers>().given(C.Fn, P);
  if (Given.size() < 2)
    return Given.empty() && !Own && !P->hasDefaultArg() && !C.Fn->isTemplateInstantiation();
  auto Profile = [&](const Expr *E) {
    llvm::FoldingSetNodeID ID;
    E->Profile(ID, C.U.Ctx, /*Canonical=*/true);
    return ID.ComputeHash();
  };
  // Each passes on what it was asked for itself: a name or a number, not the settings of the program.
  QualType T = P->getType().getNonReferenceType();
  auto PassedOn = [](const Expr *G) {
    const auto *DR = dyn_cast_or_null<DeclRefExpr>(unwrap(G));
    return DR && isa<ParmVarDecl>(DR->getDecl());
  };
  if ((T->isIntegralOrEnumerationType() || isText(T)) && llvm::all_of(Given, PassedOn))
    return true;
  auto First = constantInteger(Given.front(), C.U.Ctx);
  return llvm::any_of(Given, [&](const Expr *G) {
    return First ? constantInteger(G, C.U.Ctx) != First : Profile(G) != Profile(Given.front());
  });
}

/// The first of those parameters that differs; null if none does.
const ParmVarDecl *differing(Code &C, const Stmt *S, bool Own) {
  auto All = givenIn(C, S);
  const auto *It = llvm::find_if(All, [&](const ParmVarDecl *P) { return differs(C, P, Own); });
  return It == All.end() ? nullptr : *It;
}

/// Returns true if the function returns what is made once: who asks gets what the first caller wanted.
bool isReturned(const Code &C, const Stmt *Once) {
  auto IsMade = [&](const Stmt *S) {
    const auto *M = dyn_cast<MemberExpr>(S);
    return M && llvm::any_of(C.U.get<Uses>().in(C, M->getMemberDecl()), [&](const Use &X) {
             return X.is(Use::Stores | Use::Mutate) && X.Lambda && within(C, X.Lambda, Once);
           });
  };
  return !C.Fn->getReturnType()->isBooleanType() &&
         llvm::any_of(returnsIn(C.Fn->getBody()), [&](const ReturnStmt *R) { return mentions(R, IsMade); });
}

bool isMain(const FunctionDecl *F) { return F->isMain() || isa<CXXConstructorDecl>(F); }

void report(SourceLocation Loc, const ParmVarDecl *P, const char *What, Reporter &R) {
  R.report(Loc,
           std::string(What) + " '" + P->getNameAsString() +
               "', which differs by caller; only the value of the first caller counts, and others are silently "
               "ignored; initialise it without the argument, or keep one for each value",
           {{P->getLocation(), "passed here"}});
}

void onces(Code &C, Reporter &R) {
  if (isMain(C.Fn))
    return;
  forEach<DeclStmt>(C.Fn->getBody(), Walk::NoLambdas, [&](const DeclStmt *DS) {
    for (const Decl *D : DS->decls())
      if (const auto *V = dyn_cast<VarDecl>(D); V && V->isStaticLocal() && V->getInit())
        if (const ParmVarDecl *P = differing(C, V->getInit(), false))
          report(V->getLocation(), P, "this static is initialised once, with", R);
  });
  for (const Event &E : C.Events)
    if (E.Kind == Op::Claim && E.ObjectRole == Role::Once && E.Site)
      if (const ParmVarDecl *P = differing(C, E.Site, E.Object.This && !isReturned(C, E.Site)))
        report(E.loc(), P, "this runs once, with", R);
}

const MatchCheck Check({.Name = "once-captures-argument",
                        .Family = "locks",
                        .Level = Tier::Risk,
                        .Summary = "Finds objects that are initialised once, from an argument that differs by caller.",
                        .Rows = "P24",
                        .Preview = true},
                       onces);

} // namespace
} // namespace heddle

// A token or context that is taken and never looked at, by code that takes its time.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/Calls.h"
#include "flow/Contexts.h"
#include "flow/Mentions.h"
#include "flow/Uses.h"

using namespace clang;

namespace heddle {
namespace {

/// Returns true if each iteration runs a loop of its own, here or in a visible function that it calls, and the source
/// does not say how often both do.
bool hasLoopInside(Code &C, const Loop &L) {
  auto Counts = [&](Code &In, const Stmt *Within) {
    return llvm::any_of(In.U.get<LoopFacts>().in(In), [&](const Loop *X) {
      bool Inside = !Within || (X->Statement != Within && within(In, X->Statement, Within));
      return Inside && (L.Turns != Trips::Constant || X->Turns != Trips::Constant);
    });
  };
  return Counts(C, L.Statement) || llvm::any_of(C.U.get<Calls>().from(C), [&](const CallEdge &X) {
           Code *Inner = within(C, X.Site, L.Statement) ? C.U.code(X.Callee) : nullptr;
           return Inner && Inner != &C && Counts(*Inner, nullptr);
         });
}

/// What takes time in the body: where, and what it is.
std::optional<StoryLine> lasts(Code &C) {
  Calls &Who = C.U.get<Calls>();
  for (const Event &E : C.Events) {
    if (!E.Site)
      continue;
    if (Who.witness(C, E, Effect::Blocks))
      return StoryLine{E.loc(), "it blocks here"};
    if (E.Kind == Op::Spawn)
      return StoryLine{E.loc(), "it starts a task here, which does not get it either"};
  }
  for (const Loop *L : C.U.get<LoopFacts>().in(C))
    if (L->Turns == Trips::Open || L->Turns == Trips::Elements || hasLoopInside(C, *L))
      return StoryLine{L->Statement->getBeginLoc(), "it runs this loop"};
  return std::nullopt;
}

/// Returns true for members whose parameters somebody else has decided on.
bool implementsOthers(Unit &U, const FunctionDecl *F) {
  const auto *M = dyn_cast<CXXMethodDecl>(F);
  return M && M->isVirtual() && M->size_overridden_methods() && !U.get<Calls>().witness(M, Effect::Blocks);
}

/// Returns true if a fresh context is made instead: severed-cancellation speaks.
bool makesAnother(Code &C) {
  return anyOf<Expr>(C.Fn->getBody(), Walk::NoLambdas, [&](const Expr *E) { return C.U.get<Contexts>().isFresh(E); });
}

/// Returns true if the template names the parameter where this instance does not: in a branch of `if constexpr`.
bool namedInTemplate(const FunctionDecl *F, const ParmVarDecl *P) {
  const FunctionDecl *Pattern = F->getTemplateInstantiationPattern();
  unsigned I = P->getFunctionScopeIndex();
  return Pattern && Pattern->hasBody() && I < Pattern->getNumParams() &&
         mentions(Pattern->getBody(), Pattern->getParamDecl(I));
}

/// The namespace of a library in which the class of a parameter stands.
const DeclContext *libraryOf(Unit &U, const ParmVarDecl *P) {
  const CXXRecordDecl *RD = U.pointee(P->getType())->getAsCXXRecordDecl();
  const DeclContext *In = RD ? RD->getEnclosingNamespaceContext() : nullptr;
  while (In && In->getParent() && In->getParent()->isNamespace())
    In = In->getParent();
  return In && In->isNamespace() && !In->isStdNamespace() ? In->getPrimaryContext() : nullptr;
}

/// Returns true if a loop of the body goes on only while another parameter from the library of the context says so: the
/// stream of a call ends with the call.
bool asksAnother(Code &C, const ParmVarDecl *Context) {
  const DeclContext *Library = libraryOf(C.U, Context);
  auto Asks = [&](const Expr *E) {
    return anyOf<CXXMemberCallExpr>(E, Walk::NoLambdas, [&](const CXXMemberCallExpr *Call) {
      auto P = Call->getType()->isBooleanType() ? C.place(Call->getImplicitObjectArgument()) : std::nullopt;
      const auto *Of = P ? dyn_cast_or_null<ParmVarDecl>(P->Root) : nullptr;
      return Of && Of != Context && libraryOf(C.U, Of) == Library;
    });
  };
  return Library && llvm::any_of(C.U.get<LoopFacts>().in(C), [&](const Loop *L) {
           return llvm::any_of(L->Exits, [&](const LoopExit &X) {
             return llvm::any_of(X.When, [&](const Guard &G) { return Asks(G.Condition); });
           });
         });
}

void look(Code &C, Reporter &R) {
  if (implementsOthers(C.U, C.Fn) || makesAnother(C))
    return;
  for (const ParmVarDecl *P : C.Fn->parameters()) {
    // Unnamed, or marked as unused: on purpose.
    if (!P->getIdentifier() || P->hasAttr<UnusedAttr>() || !C.U.get<StopFacts>().observes(P->getType()) ||
        !C.U.get<Uses>().in(C, P).empty() || namedInTemplate(C.Fn, P))
      continue;
    auto Lasts = lasts(C);
    if (!Lasts || asksAnother(C, P))
      continue;
    std::string Name = P->getNameAsString();
    R.report(P->getLocation(),
             "'" + Name +
                 "' is neither tested nor passed on; a stop request has no effect until all work is done; test it, "
                 "pass it on, or leave the parameter unnamed",
             Story(Lasts->Loc, Lasts->Text));
  }
}

const MatchCheck Check({.Name = "unobserved-stop",
                        .Family = "cancellation",
                        .Level = Tier::Bug,
                        .Summary = "Finds token and context parameters that are never used.",
                        .Rows = "F6 P17",
                        .Preview = true},
                       look);

} // namespace
} // namespace heddle

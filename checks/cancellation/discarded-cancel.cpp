// A handle that ends a derived context, and that nobody ever uses: the context never ends, and what waits for its end
// - tasks, timers, registrations - stays. As in Go's `lostcancel`, any mention of the handle silences: it may be used.
#include "check/PatternCheck.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "discarded-cancel/detectors.h"
#include "flow/Calls.h"
#include "flow/Mentions.h"
#include "flow/Unwrap.h"
#include "flow/Uses.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {
namespace {

/// Where the source hands out its token, where it is used for nothing else; else invalid.
SourceLocation onlyHandsOut(Code &C, const VarDecl *Source) {
  SourceLocation Token;
  for (const Use &X : C.U.get<Uses>().in(C, Source)) {
    if (X.is(Use::ByReference)) // the body says what it does with it
      continue;
    const Code *In = X.Lambda ? C.U.code(X.Lambda->getCallOperator()) : &C;
    bool HandsOut = In && X.Mention && X.Of == Use::Itself &&
                    llvm::any_of(In->at(X.Site), [&](unsigned I) { return In->Events[I].Kind == Op::GetToken; });
    if (!HandsOut)
      return {};
    if (Token.isInvalid())
      Token = X.Mention->getExprLoc();
  }
  return Token;
}

/// Returns true if it is the last thing in a block: of its own, or of a function that was given what may be stopped.
bool endsItsBlock(const Code &C, const VarDecl *V) {
  bool Given = llvm::any_of(C.Fn->parameters(), [&](const ParmVarDecl *P) {
    return C.U.role(P->getType().getNonReferenceType()) == Role::StopToken && mentions(V->getInit(), P);
  });
  return anyOf<CompoundStmt>(C.Fn->getBody(), Walk::NoLambdas, [&](const CompoundStmt *S) {
    const auto *DS = (!Given && S == C.Fn->getBody()) || S->body_empty() ? nullptr : dyn_cast<DeclStmt>(S->body_back());
    return DS && DS->isSingleDecl() && DS->getSingleDecl() == V;
  });
}

void localSources(Code &C, Reporter &R) {
  auto Judge = [&](const VarDecl *V) {
    Role Is = C.U.role(V->getType());
    if (Is == Role::StopCallback && C.U.get<Uses>().in(C, V).empty() && endsItsBlock(C, V)) {
      R.report(V->getLocation(), ("stop callback '" + V->getName() +
                                  "' is unregistered at the end of this block; the stop request goes unnoticed; "
                                  "declare it in an enclosing scope")
                                     .str());
      return;
    }
    // One that was given here is somebody else's, too.
    bool Own = endsAContext(Is) && (initialCall(V->getInit()) || !V->getInit() || !C.place(V->getInit()));
    if (SourceLocation Token = Own ? onlyHandsOut(C, V) : SourceLocation(); Token.isValid())
      R.report(V->getLocation(),
               ("'" + V->getName() + "' hands out its token but never requests a stop" + Unstoppable).str(),
               Story(Token, "the token is handed out here"));
  };
  forEach<DeclStmt>(C.Fn->getBody(), Walk::NoLambdas, [&](const DeclStmt *DS) {
    for (const Decl *D : DS->decls())
      if (const auto *V = dyn_cast<VarDecl>(D); V && !isa<DecompositionDecl>(V) && V->hasLocalStorage() &&
                                                !V->getType()->isReferenceType() && !V->getType()->isPointerType())
        Judge(V);
  });
}

/// Gives the temporary a name.
std::vector<FixItHint> named(const Expr *Callback) {
  Callback = unwrap(Callback);
  SourceLocation Paren;
  if (const auto *X = dyn_cast<CXXFunctionalCastExpr>(Callback))
    Paren = X->getLParenLoc();
  else if (const auto *X = dyn_cast<CXXTemporaryObjectExpr>(Callback))
    Paren = X->getParenOrBraceRange().getBegin();
  if (Paren.isInvalid() || !Paren.isFileID())
    return {};
  return {FixItHint::CreateInsertion(Paren, " onStop")};
}

/// Scopes and registrations that are over before the next statement.
std::vector<Pattern> temporaries() {
  using namespace ast_matchers;
  auto Temporary = [](auto... That) { return expr(endsUnused(), That...).bind("temporary"); };
  return {{Temporary(ofRole(Role::StopCallback)),
           [](const Matched &Found, Reporter &R) {
             const auto *E = Found.get<Expr>("temporary");
             R.report(E->getBeginLoc(),
                      "stop callback is a temporary and is unregistered at the end of this statement; the stop "
                      "request goes unnoticed; give it a name in the scope that it serves",
                      {}, named(E));
           }},
          {Temporary(ast_matchers::anyOf(ofRole(Role::CancelScope, Role::CancelHandle), madeBy(performs(Op::Derive)))),
           [](const Matched &Found, Reporter &R) {
             SourceLocation Start = Found.get<Expr>("temporary")->getBeginLoc();
             R.report(Start,
                      "the handle that cancels the derived context is discarded; the context is cancelled at once or "
                      "never; keep the handle in a variable",
                      {}, {FixItHint::CreateInsertion(Start, "auto scope = ")});
           }}};
}

const PatternCheck Check({.Name = "discarded-cancel",
                       .Family = "cancellation",
                       .Level = Tier::Bug,
                       .Summary = "Finds handles that end a derived context or request a stop, and that nobody uses.",
                       .Rows = "F5 P10 L2 L23"},
                         temporaries, [](Unit &U, Reporter &R) {
                           for (Code *C : bodies(U)) {
                             localSources(*C, R);
                             unusedParts(*C, R);
                             temporaryScopes(*C, R);
                           }
                           memberSources(U, R);
                         });

} // namespace
} // namespace heddle

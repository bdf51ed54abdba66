// Work that is given a fresh token or context where the one of the caller is at hand: a stop does not reach it.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/Calls.h"
#include "flow/Contexts.h"
#include "flow/EventIndex.h"
#include "flow/OfferedTokens.h"
#include "flow/Uses.h"

using namespace clang;

namespace heddle {
namespace {

class Severed {
public:
  Severed(Unit &U, Reporter &R) : U(U), R(R), Facts(U.get<Contexts>()) {}

  void look(Code &C) {
    Given.clear();
    for (const VarDecl *V : Facts.named(C))
      Given.push_back({V, V->getNameAsString(), V->getType(), 0});
    for (const Offered &X : offeredTokens(C))
      Given.push_back(X);
    bool Linked = llvm::any_of(
        C.Events, [](const Event &E) { return E.Kind == Op::Defer && E.ObjectRole == Role::StopCallback; });
    if (Given.empty() || Linked || C.Fn->isMain())
      return;
    forEach<Expr>(C.Fn->getBody(), Walk::NoLambdas, [&](const Expr *E) {
      if (const auto *Call = dyn_cast<CallExpr>(E))
        for (const Expr *A : Call->arguments())
          argument(C, A);
      else if (const auto *CE = dyn_cast<CXXConstructExpr>(E); CE && !CE->getConstructor()->isCopyOrMoveConstructor())
        for (const Expr *A : CE->arguments())
          argument(C, A);
    });
    forEach<DeclStmt>(C.Fn->getBody(), Walk::NoLambdas, [&](const DeclStmt *DS) {
      for (const Decl *D : DS->decls())
        if (const auto *V = dyn_cast<VarDecl>(D); V && V->hasLocalStorage() && V->getInit()) {
          variable(C, *V);
          source(C, *V);
        }
    });
  }

private:
  void argument(Code &C, const Expr *A) {
    const Offered *Parent = Facts.isFresh(A) ? parent(A->getType()) : nullptr;
    if (Parent && Facts.stopSeen(C, A) == Contexts::Seen::No)
      report(*Parent, A->getExprLoc(), "this call");
  }
  /// The token or context of the caller in whose place it stands: of a hand-written one, one of its class.
  const Offered *parent(QualType Fresh) {
    auto IsToken = [&](QualType T) { return U.get<StopFacts>().observes(T); };
    auto It = llvm::find_if(Given, [&](const Offered &X) {
      return IsToken(Fresh) ? IsToken(X.Type)
                            : U.pointee(X.Type)->getAsCXXRecordDecl() == Fresh->getAsCXXRecordDecl();
    });
    return It == Given.end() ? nullptr : &*It;
  }
  /// A stop source of this body alone, whose token work is given, while the body does not look at that of its caller.
  void source(Code &C, const VarDecl &V) {
    const auto *Made = dyn_cast<CXXConstructExpr>(V.getInit()->IgnoreImplicit());
    if (U.role(V.getType()) != Role::StopSource || V.getType()->isReferenceType() || !Made || Made->getNumArgs())
      return;
    bool IsGiven = llvm::any_of(C.Events, [&](const Event &E) {
      return E.Kind == Op::GetToken && E.Site && E.Object.valid() && E.Object.Root == &V && forwarded(C, E.Site);
    });
    bool Ended = llvm::any_of(U.get<EventIndex>().about(&V),
                              [](const IndexedEvent &X) { return X.What->Kind == Op::Cancel; });
    for (const Offered &X : Given)
      if (IsGiven && !Ended && X.Type->getAsCXXRecordDecl() && U.role(X.Type) == Role::StopToken &&
          U.get<Uses>().in(C, X.By).size() == X.Mentions)
        return report(X, V.getLocation(), "what is given the token of '" + V.getNameAsString() + "'");
  }
  /// A local that is made from nothing, and given to calls.
  void variable(Code &C, const VarDecl &V) {
    if (C.isModified(&V) || !Facts.isFresh(V.getInit()) || Facts.stopSeen(C, V.getInit()) != Contexts::Seen::No)
      return;
    const Offered *Parent = parent(V.getInit()->getType());
    bool IsGiven = false;
    for (const Use &X : U.get<Uses>().in(C, &V))
      if (X.Mention)
        IsGiven |= forwarded(C, X.Mention);
    bool Ended = llvm::any_of(C.Events, [&](const Event &E) {
      return E.Object.valid() && E.Object.Root == &V && (E.Kind == Op::Cancel || E.Kind == Op::Reset);
    });
    bool InLambda = llvm::any_of(U.get<Uses>().in(C, &V), [](const Use &X) { return X.Lambda != nullptr; });
    if (Parent && IsGiven && !Ended && !InLambda)
      report(*Parent, V.getLocation(), "what is given '" + V.getNameAsString() + "'");
  }
  /// Returns true if the value, or its address, is an argument.
  static bool forwarded(const Code &C, const Stmt *Mention) {
    return anyOf<CallExpr>(C.Fn->getBody(), Walk::NoLambdas, [&](const CallExpr *Call) {
      return llvm::any_of(Call->arguments(), [&](const Expr *A) { return Call != A && within(C, Mention, A); });
    });
  }
  void report(const Offered &Parent, SourceLocation Loc, const std::string &What) {
    R.report(Loc,
             "a fresh context is created here although '" + Parent.Name + "' is available; " + What +
                 " continues after the caller is cancelled; derive it from '" + Parent.Name +
                 "', or pass that on",
             Story(Parent.By->getLocation(), "the caller's is given here"));
  }

  Unit &U;
  Reporter &R;
  Contexts &Facts;
  std::vector<Offered> Given;
};

const UnitCheck Check({.Name = "severed-cancellation",
                       .Family = "cancellation",
                       .Level = Tier::Bug,
                       .Summary = "Finds fresh contexts and tokens where the caller's should be passed on.",
                       .Rows = "F13 L3",
                       .Preview = true},
                      [](Unit &U, Reporter &R) {
                        Severed S(U, R);
                        for (Code *C : bodies(U))
                          S.look(*C);
                      });

} // namespace
} // namespace heddle

// A timer for each call of which only the last one counts: the handler compares what it has captured with a member that
// has moved on since.
#include "check/Story.h"
#include "detectors.h"
#include "flow/Mentions.h"
#include "flow/Unwrap.h"
#include "flow/Uses.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {

static const FieldDecl *fieldIn(const Code &C, const Expr *E) {
  auto P = E ? C.place(E) : std::nullopt;
  return P && P->This && !P->Element ? dyn_cast_or_null<FieldDecl>(P->last()) : nullptr;
}

/// The member of which the variable is a copy: `const int edit = edits_;`, `[edit = edits_]`, `++edits_`.
static const FieldDecl *copied(const Code &C, const VarDecl *V) {
  const Expr *From = V->getInit() && !V->getType()->isReferenceType() ? unwrap(V->getInit()) : nullptr;
  if (const auto *O = dyn_cast_or_null<UnaryOperator>(From); O && O->isIncrementDecrementOp())
    From = unwrap(O->getSubExpr());
  return V->getType()->isIntegerType() ? fieldIn(C, From) : nullptr;
}

/// The comparison of a captured copy with the member that it is a copy of; null if there is none.
static const BinaryOperator *asksForLatest(const Code &C, const LambdaExpr *L) {
  for (const LambdaCapture &Cap : L->captures()) {
    const auto *V = Cap.capturesVariable() && Cap.getCaptureKind() == LCK_ByCopy
                        ? dyn_cast<VarDecl>(Cap.getCapturedVar())
                        : nullptr;
    const FieldDecl *F = V ? copied(C, V) : nullptr;
    if (!F)
      continue;
    const auto *Found = findFirst<BinaryOperator>(L->getBody(), Walk::NoLambdas, [&](const BinaryOperator *B) {
      return B->isEqualityOp() && mentions(B, V) && mentions(B, F);
    });
    if (Found)
      return Found;
  }
  return nullptr;
}

/// How long a timer on the heap lives that the body makes: until it fires, or forever, as nothing in the body or its
/// handlers deletes it. None for a timer that is handed on.
enum class Lives { Unknown, UntilItFires, On };
static Lives lifeOf(Code &C, const VarDecl *V) {
  const Expr *Init = V->getInit() && !C.isModified(V) ? unwrap(V->getInit()) : nullptr;
  const TypeModel *Type = C.U.type(V->getType());
  bool Owned = Init && Type && Type->Plays == Role::SmartPointer;
  if (!Owned && !(V->getType()->isPointerType() && isa_and_nonnull<CXXNewExpr>(Init)))
    return Lives::Unknown;
  const Stmt *Body = C.Fn->getBody();
  bool Deleted = anyOf<CXXDeleteExpr>(Body, [&](const CXXDeleteExpr *D) { return mentions(D, V); }) ||
                 mentions(Body, [](const Stmt *S) {
                   const auto *DR = dyn_cast<DeclRefExpr>(S);
                   const auto *M = dyn_cast<MemberExpr>(S);
                   const ValueDecl *D = DR ? DR->getDecl() : M ? M->getMemberDecl() : nullptr;
                   return D && D->getIdentifier() && D->getName() == "deleteLater";
                 });
  bool Kept = llvm::any_of(C.U.get<Uses>().in(C, V), [&](const Use &X) {
    const Expr *Value = X.Mention;
    return Value && !X.Lambda && isa_and_nonnull<ReturnStmt, BinaryOperator, InitListExpr>(C.user(Value));
  });
  // A smart pointer that is returned, assigned, or put into a container: others may cancel the timer.
  Kept |= Owned && anyOf<Stmt>(Body, Walk::NoLambdas, [&](const Stmt *S) {
    auto Names = [&](const Stmt *In) {
      return In && anyOf<DeclRefExpr>(In, Walk::NoLambdas, [&](const DeclRefExpr *DR) { return DR->getDecl() == V; });
    };
    if (const auto *Ret = dyn_cast<ReturnStmt>(S))
      return Names(Ret->getRetValue());
    if (const auto *O = dyn_cast<CXXOperatorCallExpr>(S))
      return O->isAssignmentOp() && Names(O->getArg(1));
    const auto *Call = dyn_cast<CXXMemberCallExpr>(S);
    return Call && llvm::any_of(Call->arguments(), Names);
  });
  return Kept ? Lives::Unknown : Owned || Deleted ? Lives::UntilItFires : Lives::On;
}

void supersededTimers(Code &C, Reporter &R) {
  if (isa<CXXConstructorDecl>(C.Fn))
    return;
  for (const Event &Made : C.Events) {
    if (Made.Kind != Op::CreateTimer || !Made.Site)
      continue;
    const auto *V = Made.Object.Path.empty() ? dyn_cast_or_null<VarDecl>(Made.Object.Root) : nullptr;
    Lives Long = V && V->hasLocalStorage() ? lifeOf(C, V) : Lives::Unknown;
    if (Long == Lives::Unknown)
      continue;
    for (const Event &E : C.Events) {
      bool OfTimer = E.Kind == Op::Defer && E.Site && mentions(E.Site, V);
      for (const CallableRef &T : OfTimer ? llvm::ArrayRef<CallableRef>(E.Tasks) : llvm::ArrayRef<CallableRef>()) {
        const BinaryOperator *Asks = T.Lambda ? asksForLatest(C, T.Lambda) : nullptr;
        if (!Asks)
          continue;
        R.report(Made.loc(),
                 Long == Lives::On
                     ? "a timer is created for each call and not deleted, and its handler ignores all but the last "
                       "one; they pile up; create it once and rearm it"
                     : "a timer is created for each call, and its handler ignores all but the last one; the others "
                       "pile up until they fire; create it once and rearm it",
                 Story(Asks->getExprLoc(), "the handler asks here whether another call came since"));
        return;
      }
    }
  }
}

} // namespace heddle

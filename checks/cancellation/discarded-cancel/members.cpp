#include "detectors.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/Calls.h"
#include "flow/Classes.h"
#include "flow/Order.h"
#include "flow/Uses.h"
#include "support/Walk.h"

#include "llvm/ADT/MapVector.h"

using namespace clang;

namespace heddle {
namespace {

/// When the members of the class request the stop.
enum class When { Never, AtEnd, Anywhere };

/// A source that a class keeps, and what the bodies of this unit do with it.
struct Source {
  SourceLocation Token, Replaced, Dropped;
  When Cancelled = When::Never;
  bool Used = false; ///< in a way that may end it or hand it on
};

/// By value, or in an optional or a smart pointer of its own.
bool isKept(Unit &U, const FieldDecl *F) {
  QualType T = F->getType();
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  if (!RD || !endsAContext(U.role(T)))
    return false;
  return !U.leads(T) || isMoveOnly(RD) || (RD->isInStdNamespace() && RD->getName() == "optional");
}

/// Returns true if every call of the member replaces it with a new source: not with one that was passed in, and not on
/// a condition, which may test whether this is the first time.
bool replaces(Code &C, const Use &X) {
  return X.Value && !isa<CXXConstructorDecl, CXXDestructorDecl>(C.Fn) && !C.place(X.Value) &&
         !anyOf<Stmt>(C.Fn->getBody(), Walk::NoLambdas, [&](const Stmt *S) {
           return isa<IfStmt, SwitchStmt, CXXTryStmt, ConditionalOperator>(S) && C.U.get<Order>().reaches(C, S, X.Site);
         });
}

/// Asks whether there is one, or makes one: hands nothing on.
bool isHarmless(const Code &C, const Use &X) {
  const auto *Call = dyn_cast<CXXMemberCallExpr>(X.Site);
  const CXXMethodDecl *D = Call && X.Of == Use::Itself ? Call->getMethodDecl() : nullptr;
  const Expr *Value = Call;
  return D && (isa<CXXConversionDecl>(D) || D->getReturnType()->isBooleanType() ||
               isa_and_nonnull<CompoundStmt>(C.user(Value)));
}

void read(Code &C, const Use &X, Source &S) {
  bool Known = false;
  for (unsigned I : C.at(X.Site)) {
    const Event &E = C.Events[I];
    Known |= E.Kind == Op::GetToken || E.Kind == Op::Cancel || E.Kind == Op::Test || E.Kind == Op::Reset;
    if (E.Kind == Op::GetToken && S.Token.isInvalid())
      S.Token = E.loc();
    else if (E.Kind == Op::Cancel)
      S.Cancelled = std::max(S.Cancelled, isa<CXXDestructorDecl>(C.Fn) ? When::AtEnd : When::Anywhere);
    else if (const auto *Call = dyn_cast<CXXMemberCallExpr>(X.Site);
             E.Kind == Op::Reset && Call && Call->getNumArgs() == 0)
      S.Dropped = E.loc();
  }
  if (X.is(Use::Assign) && X.Of == Use::Itself) {
    if (S.Replaced.isInvalid() && replaces(C, X))
      S.Replaced = cast<Expr>(X.Site)->getExprLoc();
  } else
    S.Used |= !Known && !isHarmless(C, X);
}

} // namespace

void memberSources(Unit &U, Reporter &R) {
  llvm::MapVector<const FieldDecl *, Source> All; // whose token is handed out
  for (const Code *C : bodies(U))
    for (const Event &E : C->Events)
      if (const auto *F = E.Kind == Op::GetToken ? dyn_cast_or_null<FieldDecl>(E.Object.last()) : nullptr;
          F && isKept(U, F) && U.seesAllUses(F))
        All.try_emplace(F->getCanonicalDecl());
  for (auto &[F, X] : All) {
    for (const Use &Mention : U.get<Uses>().everywhere(F))
      if (Code *C = bodyOf(U, Mention); C && Mention.Mention)
        read(*C, Mention, X);
    if (X.Used || X.Token.isInvalid())
      continue;
    Story Notes(X.Token, "the token is handed out here");
    std::string Name = "'" + F->getNameAsString() + "'";
    std::string Nobody = "no member of '" + cast<CXXRecordDecl>(F->getDeclContext())->getNameAsString() +
                         "' requests a stop" + Unstoppable.str();
    if (X.Cancelled == When::Never && X.Dropped.isValid())
      R.report(X.Dropped, Name + " is discarded here, and " + Nobody, Notes);
    else if (X.Cancelled == When::Never)
      R.report(F->getLocation(), Name + " hands out its token, and " + Nobody, Notes);
    // Only the end of the whole object requests it, so nobody has when a new one takes the place of the old.
    else if (X.Cancelled == When::AtEnd && X.Replaced.isValid())
      R.report(X.Replaced,
               Name + " is replaced before its stop is requested; the work that observes the old source cannot be "
                      "stopped; request the stop first",
               Notes);
  }
}

} // namespace heddle

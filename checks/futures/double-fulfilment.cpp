#include "check/Register.h"
#include "double-fulfilment/detectors.h"
#include "flow/Guards.h"
#include "flow/Order.h"
#include "flow/Unwrap.h"
#include "flow/Uses.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {
namespace {

// The states of a promise, as far as this property cares:
//   pending    nobody has fulfilled it
//   fulfilled  this path has
//   promised   a callable that fulfils it on some path, without asking anybody, waits to be run
const Automaton Fulfilment = {
    .Tracks = {Role::Promise},
    .Start = "pending",
    .AtEntry = "pending",
    .Rows =
        {
            {"pending", Op::Fulfil, "fulfilled", {}, "'%0' is fulfilled here first"},
            {"promised", Op::Fulfil, "gone"}, // the registration may have failed, or this is the winner's own path
            {"fulfilled", Op::Fulfil, "error",
             "promise '%0' is fulfilled a second time on this path; a standard promise throws "
             "'promise_already_satisfied', others overwrite or ignore the result; return after the first"},
            {"pending", Op::Fulfil, "promised", {}, "a callable that fulfils '%0' is handed over here", Via::Later},
            {"promised",
             Op::Fulfil,
             "error",
             "promise '%0' is fulfilled here and in another callback; if both run, the second throws "
             "'promise_already_satisfied' or overwrites the result; let an atomic exchange elect one",
             {},
             Via::Later},
            {.From = "fulfilled",
             .On = Op::Fulfil,
             .To = "error",
             .Message = "promise '%0' is already fulfilled on this path, and this callback fulfils it again; a "
                        "standard promise throws 'promise_already_satisfied', others overwrite or ignore the result; "
                        "return after the first",
             .How = Via::Later,
             .Where = ReportAt::HandOver},
            {"fulfilled", Op::Test, "gone"}, // asks whether it is fulfilled
            {"*", Op::Reset, "pending"},
            {"pending", Op::Escape, "pending"},
            {"promised", Op::Escape, "promised"},
            {"fulfilled", Op::Escape, "gone"},
            {"*", Op::Move, "gone"},
        },
};

bool isIncrement(const Use &X) {
  const auto *O = dyn_cast<UnaryOperator>(X.Site);
  return O && O->isIncrementOp();
}

/// `++arrived; if (arrived == 4) p.set_value();`: a number that only ever grows equals a constant once, however often
/// this is reached.
bool isReachedOnce(Unit &U, Finding &F) {
  Code *C = U.codeWith(F.Site);
  return C && llvm::any_of(guards(*C, F.Site), [&](const Guard &G) {
           const auto *Equals = dyn_cast<BinaryOperator>(unwrap(G.Condition));
           if (!G.Value || !Equals || Equals->getOpcode() != BO_EQ || Equals->getRHS()->isValueDependent() ||
               !Equals->getRHS()->isEvaluatable(U.Ctx))
             return false;
           const Expr *Counter = unwrap(Equals->getLHS());
           if (const auto *O = dyn_cast<UnaryOperator>(Counter); O && O->isIncrementOp())
             Counter = unwrap(O->getSubExpr());
           const auto *DR = dyn_cast<DeclRefExpr>(Counter);
           const auto *M = dyn_cast<MemberExpr>(Counter);
           const ValueDecl *N = DR ? DR->getDecl() : M ? M->getMemberDecl() : nullptr;
           if (!N)
             return false;
           bool Counted = llvm::any_of(U.get<Uses>().in(*C, N), [&](const Use &X) {
             return isIncrement(X) && U.get<Order>().dominates(*C, X.Site, G.Condition);
           });
           return Counted && llvm::all_of(U.get<Uses>().everywhere(N), [](const Use &X) {
                    return !X.is(Use::Writes) || isIncrement(X) || !X.Mention; // no mention: its initialiser
                  });
         });
}

/// Returns true if a handler around the statement waits for the error that a second result is:
/// `catch (const std::future_error &)`.
bool isExpected(Unit &U, const Stmt *At) {
  const Code *C = U.codeWith(At);
  const CXXTryStmt *Try = C ? C->enclosingTry(At) : nullptr;
  for (unsigned I = 0; Try && I != Try->getNumHandlers(); ++I) {
    QualType T = Try->getHandler(I)->getCaughtType();
    const CXXRecordDecl *RD = T.isNull() ? nullptr : T.getNonReferenceType()->getAsCXXRecordDecl();
    if (RD && RD->getIdentifier() && (RD->getName() == "future_error" || RD->getName() == "promise_already_satisfied"))
      return true;
  }
  return false;
}

/// Two callbacks that may both run are no second defect if the class of the promise is reported for not choosing.
bool isAccepted(Unit &U, Finding &F) {
  if (isReachedOnce(U, F) || isExpected(U, F.Site))
    return false;
  if (F.Row->How != Via::Later || !F.Object.last())
    return true;
  const CXXRecordDecl *RD = U.pointee(F.Object.last()->getType())->getAsCXXRecordDecl();
  return !RD || !U.Ctx.getSourceManager().isInMainFile(RD->getLocation()) ||
         double_fulfilment::unguarded(U, RD).empty();
}

const AutomatonCheck Check({.Name = "double-fulfilment",
                            .Family = "futures",
                            .Level = Tier::Bug,
                            .Summary = "Finds promises that are fulfilled twice on one path.",
                            .Rows = "F2"},
                           Fulfilment, isAccepted, [](Unit &U, Reporter &R) {
                             double_fulfilment::reportUnguarded(U, R);
                             double_fulfilment::reportLeftInPlace(U, R);
                             double_fulfilment::reportKeyed(U, R);
                             double_fulfilment::reportFlags(U, R);
                           });

} // namespace
} // namespace heddle

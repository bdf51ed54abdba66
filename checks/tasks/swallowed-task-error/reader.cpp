// The error of a task came as far as to who asked for its result, and is lost there.
#include "detectors.h"
#include "check/Reporter.h"
#include "flow/ErrorFlow.h"
#include "flow/Mentions.h"

using namespace clang;

namespace heddle {
namespace {

/// The try statement whose block does nothing but evaluate the site of this event, or null.
const CXXTryStmt *onlyTried(const Code &C, const Event &E) {
  const CXXTryStmt *Try = C.enclosingTry(E.Site);
  const CompoundStmt *Block = Try ? Try->getTryBlock() : nullptr;
  const auto *Only = Block && Block->size() == 1 ? dyn_cast<Expr>(Block->body_front()) : nullptr;
  return Only && Only->IgnoreUnlessSpelledInSource() == E.Site ? Try : nullptr;
}

/// Returns true if the function starts the tasks behind \p Futures and reports by its result whether all went well.
bool startsAndReports(Code &C, const ValueDecl *Futures) {
  return C.U.get<ErrorFlow>().tellsOutcome(C.Fn) && llvm::any_of(C.Events, [&](const Event &E) {
    return E.Kind == Op::Spawn && E.Object.valid() && C.whole(E.Object).Root == Futures && E.Object.Path.empty();
  });
}

/// The same for a caller of \p C that hands the futures over to be waited for.
bool startedByReporter(Code &C, const Place &Futures) {
  const auto *V = Futures.Path.empty() ? dyn_cast_or_null<VarDecl>(Futures.Root) : nullptr;
  if (!V || !V->hasLocalStorage())
    return false;
  const auto *P = dyn_cast<ParmVarDecl>(V);
  if (!P)
    return startsAndReports(C, V);
  if (!C.Fn->getReturnType()->isVoidType() || P->getDeclContext() != static_cast<const DeclContext *>(C.Fn))
    return false;
  return llvm::any_of(C.U.Functions, [&](const FunctionDecl *F) {
    Code *Caller = C.U.code(F);
    return Caller && llvm::any_of(Caller->Events, [&](const Event &E) {
             const auto *Call =
                 E.Kind == Op::Call && C.U.visible(E.Callee) == C.Fn ? dyn_cast_or_null<CallExpr>(E.Site) : nullptr;
             if (!Call || P->getFunctionScopeIndex() >= Call->getNumArgs())
               return false;
             auto Given = Caller->place(Call->getArg(P->getFunctionScopeIndex()));
             return Given && Given->Root && Given->Path.empty() && startsAndReports(*Caller, Given->Root);
           });
  });
}

} // namespace

void swallowed_task_error::droppedByReader(Code &C, Reporter &R) {
  if (isa<CXXDestructorDecl>(C.Fn))
    return;
  auto &Errors = C.U.get<ErrorFlow>();
  for (const Event &E : C.Events) {
    const CXXTryStmt *Try = E.Kind == Op::Consume && E.may(Fact::Throws) && !E.may(Fact::NonBlocking)
                                ? onlyTried(C, E)
                                : nullptr;
    if (!Try)
      continue;
    Handling Most = Handling::Empty;
    bool Returns = false;
    for (const ErrorPath &P : Errors.paths(C))
      if (P.Whole == Try) {
        Most = std::max(Most, P.Does);
        Returns |= !returnsIn(P.Taken).empty();
      }
    if (Most == Handling::Empty)
      R.report(E.loc(), "the error of the task is caught and ignored here; the code that follows continues as if all "
                        "work was done; handle the error");
    else if (Most == Handling::Words && !Returns && startedByReporter(C, C.whole(E.Object)))
      R.report(Try->getHandler(0)->getBeginLoc(),
               "the error of the task is only logged here; the code that follows continues as if all work was done; "
               "return the failure, or stop here");
  }
}

void swallowed_task_error::waitInsteadOfGet(Code &C, Reporter &R) {
  for (const Event &E : C.Events) {
    if (E.Kind != Op::Await || E.may(Fact::Throws) || E.may(Fact::Timed) || E.may(Fact::NonBlocking) ||
        !E.Object.valid() || !isa_and_nonnull<CXXMemberCallExpr>(E.Site))
      continue;
    const CXXMethodDecl *D = cast<CXXMemberCallExpr>(E.Site)->getMethodDecl();
    const CXXTryStmt *Try = D && D->getParent()->isInStdNamespace() ? onlyTried(C, E) : nullptr;
    if (!Try)
      continue;
    Place Whole = C.whole(E.Object);
    if (llvm::none_of(C.Events, [&](const Event &X) {
          return (X.Kind == Op::Consume || X.Kind == Op::Move || X.Kind == Op::Escape) && X.Object.valid() &&
                 C.whole(X.Object) == Whole;
        }))
      R.report(E.loc(),
               "wait() does not throw the error of the task, so these handlers never run; the code that follows "
               "continues as if all work was done; call get()",
               {{Try->getHandler(0)->getBeginLoc(), "this handler never runs"}});
  }
}

} // namespace heddle

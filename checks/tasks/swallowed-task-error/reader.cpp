// The error of a task came as far as to who asked for its result, and is lost there.
#include "check/Reporter.h"
#include "detectors.h"
#include "flow/Concurrency.h"
#include "flow/ErrorFlow.h"
#include "flow/EventIndex.h"
#include "flow/Mentions.h"
#include "flow/Throws.h"

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
  if (P->getDeclContext() != static_cast<const DeclContext *>(C.Fn))
    return false;
  if (!C.Fn->getReturnType()->isVoidType())
    return C.U.get<ErrorFlow>().tellsOutcome(C.Fn); // it reports itself
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

using ErrorOf = std::pair<const Event *, Thrown>;

/// Returns true if an exception of the task ends in what the start yields: a future of a pool's packaged task, too.
bool carriesExceptions(Unit &U, const Event &Start) {
  const auto *Call = dyn_cast_or_null<CallExpr>(Start.Site);
  return Start.may(Fact::CarriesExceptions) || (Call && U.role(Call->getType()) == Role::Future);
}

/// A task behind these futures out of which an exception visibly comes.
std::optional<ErrorOf> failing(Code &C, const Place &Futures) {
  auto In = [&](Code &Starter) -> std::optional<ErrorOf> {
    for (const TaskStart &T : C.U.concurrency().tasks(Starter))
      if (!T.Helper && carriesExceptions(C.U, *T.Start) &&
          llvm::any_of(T.Handles, [&](const Place &P) { return P.valid() && Starter.whole(P) == Futures; }))
        if (std::vector<Thrown> Errors = C.U.throws().leaving(Starter, *T.What); !Errors.empty())
          return ErrorOf{T.Start, Errors.front()};
    return std::nullopt;
  };
  if (!Futures.This)
    return In(C);
  llvm::SmallPtrSet<Code *, 4> Looked;
  for (const IndexedEvent &X : C.U.get<EventIndex>().about(Futures.last()))
    if (Looked.insert(X.In).second)
      if (auto Found = In(*X.In))
        return Found;
  return std::nullopt;
}

/// Returns true if the event reads a future, or gives it away: then somebody else may.
bool reads(const Event &E) {
  bool OfLoop = E.Object.Root && E.Object.Root->isImplicit(); // the iterator of a range-for
  return E.Kind == Op::Consume || E.Kind == Op::Move || (E.Kind == Op::Escape && !OfLoop);
}
bool isReadHere(const Code &C, const Place &Futures) {
  return llvm::any_of(C.Events,
                      [&](const Event &E) { return reads(E) && E.Object.valid() && C.whole(E.Object) == Futures; });
}
bool isReadAnywhere(const Code &C, const Place &Futures) {
  return Futures.This ? llvm::any_of(C.U.get<EventIndex>().about(Futures.last()),
                                     [](const IndexedEvent &X) { return reads(*X.What); })
                      : isReadHere(C, Futures);
}

} // namespace

void swallowed_task_error::droppedByReader(Code &C, Reporter &R) {
  if (isa<CXXDestructorDecl>(C.Fn))
    return;
  auto &Errors = C.U.get<ErrorFlow>();
  for (const Event &E : C.Events) {
    const CXXTryStmt *Try =
        E.Kind == Op::Consume && E.may(Fact::Throws) && !E.may(Fact::NonBlocking) ? onlyTried(C, E) : nullptr;
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
    if (!isReadHere(C, C.whole(E.Object)))
      R.report(E.loc(),
               "wait() does not throw the error of the task, so these handlers never run; the code that follows "
               "continues as if all work was done; call get()",
               {{Try->getHandler(0)->getBeginLoc(), "this handler never runs"}});
  }
}

void swallowed_task_error::onlyWaitedFor(Code &C, Reporter &R) {
  if (isa<CXXDestructorDecl>(C.Fn))
    return;
  for (const Event &E : C.Events) {
    const ValueDecl *Waited = E.Kind == Op::Await ? E.Object.last() : nullptr;
    QualType T = Waited ? Waited->getType().getNonReferenceType() : QualType();
    if (!Waited || (C.U.role(T) != Role::Future && C.U.role(C.U.element(T)) != Role::Future) || E.may(Fact::Throws) ||
        E.may(Fact::Timed) || E.may(Fact::NonBlocking) || C.enclosingTry(E.Site))
      continue;
    Place Futures = C.whole(E.Object);
    const auto *V = dyn_cast_or_null<VarDecl>(Futures.Root);
    bool AllSeen = Futures.This ? Futures.Path.size() == 1 && C.U.seesAllUses(Futures.Path.front())
                                : V && V->isLocalVarDecl() && !V->getType()->isReferenceType() && Futures.Path.empty();
    auto Lost = AllSeen && !isReadAnywhere(C, Futures) ? failing(C, Futures) : std::nullopt;
    if (!Lost)
      continue;
    std::vector<StoryLine> Story{{Lost->first->loc(), "the task is started here"}};
    Story.insert(Story.end(), Lost->second.Way.begin(), Lost->second.Way.end());
    R.report(
        E.loc(),
        "the task is only waited for, and nobody reads its result; an exception that it ends with is lost, and the "
        "code that follows continues as if all work was done; call get()",
        Story);
  }
}

} // namespace heddle

// A hand-written pool whose worker catches what its jobs throw, and whose wait says nothing about it.
#include "check/Reporter.h"
#include "check/Story.h"
#include "detectors.h"
#include "flow/Calls.h"
#include "flow/Classes.h"
#include "flow/ErrorFlow.h"

using namespace clang;

namespace heddle {
namespace {

/// A body that gives jobs which may throw to a group and then waits for all of them.
struct Use {
  const Event *Given = nullptr;
  const Event *Waits = nullptr;
};
std::optional<Use> useOf(Unit &U, const CXXRecordDecl *Group) {
  for (Code *C : bodies(U)) {
    const CXXRecordDecl *In = objectClass(C->Fn);
    if (isSame(In, Group))
      continue;
    for (const Event &Waits : C->Events) {
      const ValueDecl *D = Waits.Kind == Op::Wait && !Waits.may(Fact::Timed) ? Waits.Object.last() : nullptr;
      if (!D || !isSame(U.pointee(D->getType())->getAsCXXRecordDecl(), Group))
        continue;
      for (const Event &Given : C->Events)
        if (Given.Kind == Op::Spawn && Given.Object == Waits.Object && !Given.may(Fact::CarriesExceptions))
          for (const CallableRef &T : Given.Tasks)
            if (T.Body && U.get<ErrorFlow>().mayThrow(T.Body))
              return Use{&Given, &Waits};
    }
  }
  return std::nullopt;
}

/// The job that the block does nothing but call; null if it does anything else, or calls a function by name.
const Event *onlyJob(const Code &C, const CXXTryStmt *Try) {
  const auto *Only = Try->getTryBlock()->size() == 1 ? dyn_cast<Expr>(Try->getTryBlock()->body_front()) : nullptr;
  const auto *Call = Only ? dyn_cast<CallExpr>(Only->IgnoreUnlessSpelledInSource()) : nullptr;
  for (unsigned I : Call ? C.at(Call) : llvm::ArrayRef<unsigned>())
    if (C.Events[I].Kind == Op::Call && !C.Events[I].Callee && C.Events[I].ObjectRole == Role::Function)
      return &C.Events[I];
  return nullptr;
}

} // namespace

void swallowed_task_error::caughtByWorker(Code &C, Reporter &R) {
  Unit &U = C.U;
  const CXXRecordDecl *Pool = objectClass(C.Fn);
  const TypeModel *Model = Pool ? U.inferred(Pool) : nullptr;
  if (!Model || Model->Plays != Role::Group || Model->With.has(Fact::CarriesExceptions))
    return;
  std::optional<Use> Used;
  for (const ErrorPath &P : U.get<ErrorFlow>().paths(C)) {
    const auto *Try = dyn_cast<CXXTryStmt>(P.Whole);
    if (!Try || !P.isHandler() || P.Does > Handling::Words || !ErrorFlow::catchesAll(Try) || !onlyJob(C, Try))
      continue;
    if (!Used && !(Used = useOf(U, Pool)))
      return;
    R.report(
        P.loc(),
        "the worker catches the error of a job, which is at most logged; who waits for all jobs continues as if all "
        "work was done; keep the error, and rethrow it from the wait",
        Story(Used->Given->loc(), "a job that may throw is given to the pool here")
            .then(Used->Waits->loc(), "all jobs are waited for here"));
  }
}

} // namespace heddle

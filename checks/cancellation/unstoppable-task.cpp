// A task whose loop nothing ends, started by an object or function that can end.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/ClassFacts.h"
#include "flow/OwnTasks.h"
#include "flow/StopRequests.h"
#include "flow/TaskFacts.h"

using namespace clang;

namespace heddle {
namespace {

constexpr const char *Mend = "; let the loop test a stop token or flag, and request the stop when its owner ends";

class Endless {
public:
  Endless(Unit &U, Reporter &R) : U(U), R(R) {}

  void members(ClassFacts &F) {
    for (const ClassTask &T : F.Tasks) {
      const Loop *L = T.OnObject ? endless(T.Body) : nullptr;
      const FieldDecl *H = T.Handle;
      if (!L || !H || isLetGo(T) || !F.operations(H, {Op::Cancel, Op::Detach, Op::Move, Op::Escape}).empty())
        continue;
      auto Joins = F.operations(H, {Op::Join, Op::Wait});
      const FieldFacts *X = F.field(H);
      if (Joins.empty() && !(X && X->AtEnd.has(Endings::Joins)))
        continue;
      SourceLocation Waits = Joins.empty() ? H->getLocation() : Joins.front()->Operation->loc();
      report(T.Loc, L, "the wait for it on '" + H->getNameAsString() + "' never ends", Waits);
    }
  }

  void body(Code &C) {
    if (C.Fn->isMain() || C.Fn->isNoReturn())
      return;
    for (const TaskStart &T : U.concurrency().tasks(C)) {
      const Loop *L = T.What->Body ? endless(T.What->Body) : nullptr;
      if (!L || T.AtOnce)
        continue;
      // It can no longer be reached: a ticker that runs forever.
      if (T.Detached) {
        if (U.get<TaskFacts>().launch(C, *T.Start) == Launch::Thread && U.get<TaskFacts>().periodic(*T.What))
          report(T.Start->loc(), L, "it runs on when its starter no longer needs it", {});
        continue;
      }
      for (const Place &H : T.Handles) {
        const auto *V = H.Path.empty() ? dyn_cast_or_null<VarDecl>(H.Root) : nullptr;
        if (!V || !V->hasLocalStorage() || isCancelled(C, V))
          continue;
        if (const Event *W = U.get<TaskFacts>().waiter(C, H, T.Start->Site))
          report(T.Start->loc(), L, "the wait for it never ends", W->loc());
        else if (U.get<Destruction>().of(V->getType()).has(Endings::Joins) && !isa<ParmVarDecl>(V))
          report(T.Start->loc(), L, "the end of '" + V->getNameAsString() + "' waits for it forever", V->getLocation());
      }
    }
  }

private:
  const Loop *endless(const FunctionDecl *F) {
    const Code *C = U.code(F);
    const Loop *L = C && !F->isNoReturn() ? U.get<LoopFacts>().forever(*C) : nullptr;
    return L && L->Ends == LoopEnd::Never ? L : nullptr;
  }
  bool isCancelled(const Code &C, const VarDecl *V) {
    return llvm::any_of(C.Events, [&](const Event &E) {
      return E.Object.valid() && E.Object.Root == V &&
             (E.Kind == Op::Cancel || E.Kind == Op::Detach || E.Kind == Op::Move || E.Kind == Op::Escape);
    });
  }
  /// The loop is where the test for the stop is missing.
  void report(SourceLocation Start, const Loop *L, const std::string &What, SourceLocation Waits) {
    Story Path(Start, "the task is started here");
    if (Waits.isValid())
      Path.then(Waits, "it is waited for here");
    R.report(L->Statement->getBeginLoc(),
             "nothing ends this loop, so that nothing can stop the task; " + What + Mend, Path);
  }

  Unit &U;
  Reporter &R;
};

const UnitCheck Check({.Name = "unstoppable-task",
                       .Family = "cancellation",
                       .Level = Tier::Bug,
                       .Summary = "Finds tasks that loop forever although their owner ends.",
                       .Rows = "L1",
                       .Preview = true},
                      [](Unit &U, Reporter &R) {
                        Endless E(U, R);
                        for (ClassFacts *F : U.get<ClassTable>().all())
                          E.members(*F);
                        for (Code *C : bodies(U))
                          E.body(*C);
                      });

} // namespace
} // namespace heddle

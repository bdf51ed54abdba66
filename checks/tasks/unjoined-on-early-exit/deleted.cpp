// Threads behind plain pointers that are deleted while nobody has ever waited for them.
#include "detectors.h"
#include "check/Story.h"
#include "flow/Calls.h"
#include "flow/Destruction.h"
#include "flow/EventIndex.h"
#include "flow/Loops.h"

#include "clang/AST/ExprCXX.h"

using namespace clang;

namespace heddle::unjoined {

namespace {

/// The variable or member through which a thread is deleted: of a container, the container. Null for other objects, and
/// where other units may wait for it.
const ValueDecl *deletedThread(const Code &C, const CXXDeleteExpr *D) {
  QualType T = D->getDestroyedType();
  if (T.isNull() || C.U.role(T) != Role::Thread || !C.U.get<Destruction>().of(T).has(Endings::Terminates))
    return nullptr;
  auto P = C.place(D->getArgument());
  if (P && P->Path.empty() && P->Root)
    if (auto In = C.elementOf(P->Root))
      P = In;
  const ValueDecl *Handle = P && P->valid() ? P->last() : nullptr;
  if (const auto *F = dyn_cast_or_null<FieldDecl>(Handle))
    return C.U.seesAllUses(F) ? F : nullptr;
  const auto *V = dyn_cast_or_null<VarDecl>(Handle);
  return V && V->isLocalVarDecl() ? V : nullptr;
}

bool isDeleted(const Code &C, const Stmt *Operand) {
  const auto *E = dyn_cast_or_null<Expr>(Operand);
  return E && isa_and_nonnull<CXXDeleteExpr>(C.user(E));
}

/// Where the first of its threads is started; null if anybody may wait for them, or have them.
const Event *startOfUnjoined(Unit &U, const ValueDecl *Handle) {
  const Event *Start = nullptr;
  for (const IndexedEvent &E : U.get<EventIndex>().about(Handle))
    switch (E.What->Kind) {
    case Op::Spawn:
      Start = Start ? Start : E.What;
      break;
    case Op::Join:
    case Op::Wait:
    case Op::Detach:
    case Op::Move:
    case Op::Extract:
      return nullptr;
    case Op::Escape:
      if (!isDeleted(*E.In, E.What->Site))
        return nullptr;
      break;
    default:
      break;
    }
  return Start;
}

} // namespace

void reportDeleted(Unit &U, Reporter &R) {
  for (Code *C : bodies(U))
    forEach<CXXDeleteExpr>(C->Fn, Walk::NoLambdas, [&](const CXXDeleteExpr *D) {
      const ValueDecl *Handle = deletedThread(*C, D);
      const Event *Start = Handle ? startOfUnjoined(U, Handle) : nullptr;
      if (Start)
        R.report(D->getBeginLoc(),
                 ("the thread behind '" + Handle->getName() +
                  "' is deleted and never joined; destroying a joinable thread terminates the program; join it "
                  "before it is deleted")
                     .str(),
                 Story(Start->loc(), "it is started here"));
    });
}

} // namespace heddle::unjoined

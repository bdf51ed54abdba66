// Requests that wait in a container with their promises, and are discarded with it.
#include "check/Reporter.h"
#include "detectors.h"
#include "flow/Calls.h"
#include "flow/Classes.h"
#include "flow/LibraryCode.h"
#include "flow/Loops.h"
#include "flow/Order.h"
#include "flow/Unwrap.h"
#include "flow/Uses.h"
#include "flow/ValueFlow.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {
using namespace unfulfilled_promise;
namespace {

/// The type of the promise that a value of this type holds or leads to, at most three members deep; null if there is
/// none, or a destructor that the user wrote may fulfil it.
QualType promiseIn(Unit &U, QualType T) {
  std::vector<QualType> Level = {T};
  for (unsigned I = 0; I <= 3; ++I) {
    std::vector<QualType> Members;
    for (QualType X : Level) {
      if (U.role(X) == Role::Promise)
        return X;
      const CXXRecordDecl *RD = U.pointee(X)->getAsCXXRecordDecl();
      if (!RD || !RD->hasDefinition() || inLibrary(U, RD->getLocation()))
        continue;
      const CXXDestructorDecl *D = RD->getDestructor();
      if (D && D->isUserProvided())
        continue;
      for (const FieldDecl *F : RD->fields())
        Members.push_back(F->getType());
    }
    Level = std::move(Members);
  }
  return {};
}

bool isAnswer(const Event &E) { return E.Kind == Op::Fulfil || E.Kind == Op::TryFulfil; }

/// The containers from which the body, or what it calls, removes something.
llvm::DenseSet<const FieldDecl *> removedFrom(Code &C) {
  llvm::DenseSet<const FieldDecl *> Removed;
  auto In = [&](const Code &Body) {
    for (const Event &E : Body.Events)
      if (const auto *F = E.Object.valid() ? dyn_cast_or_null<FieldDecl>(E.Object.last()) : nullptr)
        if (E.Kind == Op::Clear || E.Kind == Op::Extract || E.Kind == Op::Reset || E.Kind == Op::Move ||
            E.Kind == Op::Escape)
          Removed.insert(F);
  };
  In(C);
  for (const CallEdge &Call : C.U.get<Calls>().from(C))
    if (const Code *Inner = Call.Task ? nullptr : C.U.code(Call.Callee))
      In(*Inner);
  return Removed;
}

// ---- what throws a container away -----------------------------------------------------------------------------------

bool clears(const Code &C, const Expr *Call) {
  return llvm::any_of(C.at(Call), [&](unsigned I) { return C.Events[I].Kind == Op::Clear; });
}

/// The local of this body that the expression names, or null.
const VarDecl *ownLocal(const Code &C, const Expr *E) {
  const auto *DR = dyn_cast_or_null<DeclRefExpr>(unwrap(E));
  const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
  bool Own = V && V->isLocalVarDecl() && V->hasLocalStorage() && V->getType()->isRecordType() &&
             V->getParentFunctionOrMethod() == static_cast<const DeclContext *>(C.Fn);
  return Own ? V : nullptr;
}

/// The local that takes all of them over: `gone.swap(queue)`, `auto gone = std::move(queue)`, `std::exchange(queue,
/// {})`.
const VarDecl *takenInto(Code &C, const Use &X) {
  auto &Values = C.U.get<ValueFlow>();
  Flow F = Values.next(C, X.Mention);
  const auto *Call = dyn_cast_or_null<CallExpr>(F.By);
  const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
  bool Library = Callee && Callee->getIdentifier() && inLibrary(C.U, Callee->getLocation());
  if (Library && Callee->getName() == "swap") {
    if (const auto *M = dyn_cast<CXXMemberCallExpr>(Call))
      if (const VarDecl *V = ownLocal(C, M->getImplicitObjectArgument()))
        return V;
    for (const Expr *A : Call->arguments())
      if (const VarDecl *V = ownLocal(C, A))
        return V;
  }
  if (Library && Callee->getName() == "exchange" && F.Goes == Flow::Argument && F.Index == 0)
    F = Values.next(C, Call);
  else if (!X.is(Use::Move))
    return nullptr;
  const auto *V = F.To && F.To->Path.empty() && !F.To->Element ? dyn_cast_or_null<VarDecl>(F.To->Root) : nullptr;
  return V && V->isLocalVarDecl() && V->hasLocalStorage() && V->getType()->isRecordType() ? V : nullptr;
}

/// Returns true if the local, but for being filled by \p Filled, is only asked how many it holds, or emptied.
bool diesUnused(Code &C, const VarDecl *Local, const Use &Filled) {
  return llvm::all_of(C.U.get<Uses>().in(C, Local), [&](const Use &X) {
    if (X.Site == Filled.Site || within(C, Filled.Mention, X.Site))
      return true;
    const auto *Call = dyn_cast<CXXMemberCallExpr>(X.Site);
    const CXXMethodDecl *M = Call && !Call->getNumArgs() ? Call->getMethodDecl() : nullptr;
    return M && ((M->isConst() && M->getReturnType()->isIntegerType()) || clears(C, Call));
  });
}

bool isEmptyValue(const Expr *E) {
  E = E ? E->IgnoreUnlessSpelledInSource() : nullptr;
  if (const auto *L = dyn_cast_or_null<InitListExpr>(E))
    return L->getNumInits() == 0;
  const auto *CE = dyn_cast_or_null<CXXConstructExpr>(E);
  return CE && CE->getNumArgs() == 0;
}

/// The statement that empties the container, if the body does nothing else with it but look whether it is empty.
const Expr *thrownAway(Code &C, const FieldDecl *Queue) {
  const Expr *By = nullptr;
  for (const Use &X : C.U.get<Uses>().in(C, Queue)) {
    const auto *Call = dyn_cast<CXXMemberCallExpr>(X.Site);
    bool Pops = Call && Call->getNumArgs() == 0 && inLoop(C, Call) &&
                llvm::any_of(C.at(Call), [&](unsigned I) { return C.Events[I].Kind == Op::Extract; });
    if (!X.Mention)
      return nullptr;
    if (const VarDecl *Into = takenInto(C, X)) {
      if (!diesUnused(C, Into, X))
        return nullptr;
      By = X.Mention;
    } else if (Call && (clears(C, Call) || Pops))
      By = Call;
    else if (X.Does == Use::Assign && X.Of == Use::Itself && isa<CXXOperatorCallExpr>(X.Site) && isEmptyValue(X.Value))
      By = cast<Expr>(X.Site);
    else if (X.Does != Use::Ask || !Call)
      return nullptr;
  }
  return By;
}

} // namespace

// ---- the queues of the unit -----------------------------------------------------------------------------------------

Requests::Requests(Unit &U) : U(U) {
  for (Code *C : bodies(U))
    read(*C);
}

bool Requests::answers(const Code &C) {
  return llvm::any_of(C.Events, [&](const Event &E) {
    return isAnswer(E) || (E.Callee && E.Kind == Op::Call && U.get<Calls>().witness(E.Callee, Effect::Fulfils));
  });
}

const FieldDecl *Requests::queue(const Place &P) {
  const auto *F = P.valid() && P.Element ? dyn_cast_or_null<FieldDecl>(P.last()) : nullptr;
  QualType E = F ? U.element(F->getType()) : QualType();
  return !E.isNull() && !promiseIn(U, heldBy(E)).isNull() ? F : nullptr;
}

void Requests::read(Code &C) {
  if (!answers(C))
    return;
  llvm::DenseSet<const FieldDecl *> Looked;
  auto Local = [&](const VarDecl *V) {
    auto Of = C.elementOf(V);
    bool Names = V->getType()->isReferenceType() || (Of && !V->isCXXForRangeDecl());
    auto P = Of ? Of : V->getInit() ? C.place(V->getInit()) : std::nullopt;
    if (P && !P->Element && P->Root) // `std::move(it->second)`
      if (auto At = C.elementOf(P->Root))
        P = At;
    if (const FieldDecl *Q = P ? queue(*P) : nullptr) {
      if (Names)
        Looked.insert(Q);
      else if (!V->isCXXForRangeDecl())
        Queues.insert(Q);
    }
  };
  forEach<DeclStmt>(C.Fn->getBody(), heddle::Walk::NoLambdas, [&](const DeclStmt *S) {
    for (const Decl *D : S->decls())
      if (const auto *V = dyn_cast<VarDecl>(D))
        Local(V);
  });
  for (const Event &E : C.Events) {
    if (E.Kind == Op::Move && E.Object.Root && !E.Object.Element) // `request = std::move(it->second);`
      if (auto At = C.elementOf(E.Object.Root))
        if (const FieldDecl *Q = queue(*At))
          Queues.insert(Q);
    if (const FieldDecl *Q = isAnswer(E) && E.Object.valid() ? queue(E.Object) : nullptr)
      Looked.insert(Q);
    if (E.Kind == Op::Call && E.Callee)
      Answering.insert(E.Callee);
  }
  if (Looked.empty())
    return;
  auto Removed = removedFrom(C);
  for (const FieldDecl *Q : Looked)
    if (!Removed.contains(Q))
      InPlace.insert(Q);
}

void Requests::drops(Code &C, Reporter &R) {
  if (Queues.empty() || isa<CXXConstructorDecl>(C.Fn) || answers(C) || Answering.contains(C.Fn) ||
      llvm::any_of(C.Events, [](const Event &E) { return E.Kind == Op::Spawn; }))
    return;
  for (const FieldDecl *Q : Queues)
    if (const Expr *By = InPlace.contains(Q) ? nullptr : thrownAway(C, Q))
      report(C, Q, By, R);
}

void Requests::report(Code &C, const FieldDecl *Queue, const Expr *By, Reporter &R) {
  auto Ends = [&](const Event &E) {
    if (E.Kind == Op::Call && E.Callee)
      return U.reaches(E.Callee, Op::Join, false) || U.reaches(E.Callee, Op::Wait, false);
    return E.Kind == Op::Join || E.Kind == Op::Wait;
  };
  for (const Event &E : C.Events)
    if (Ends(E) && U.get<Order>().reaches(C, E.Site, By))
      return; // the answering thread may have answered all before it ended
  R.report(By->getExprLoc(),
           "the requests in '" + Queue->getNameAsString() + "' are discarded here with their promises unfulfilled; " +
               consequence(U, promiseIn(U, heldBy(U.element(Queue->getType()))), false),
           {});
}

} // namespace heddle

#include "LeftBehind.h"
#include "Calls.h"
#include "Classes.h"
#include "ConstantDuration.h"
#include "Unwrap.h"
#include "Uses.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {

namespace {

/// The call that takes the mention as its object or an argument, or null.
const CallExpr *callWith(const Code &C, const Expr *Mention) {
  for (const Stmt *S = Mention; S; S = C.parent(S)) {
    const auto *Call = dyn_cast<CallExpr>(S);
    if (Call && !isa<CXXOperatorCallExpr>(Call))
      return Call;
    if (isa<LambdaExpr, CXXConstructExpr, CompoundStmt, ReturnStmt, DeclStmt>(S))
      return nullptr;
  }
  return nullptr;
}

bool registers(const Code &C, const Stmt *Call) {
  return llvm::any_of(C.at(Call), [&](unsigned I) { return C.Events[I].Kind == Op::Defer; });
}

/// Returns true if the call makes, sets, arms or asks a timer, or registers a handler of it.
bool onlyTends(const Code &C, const CallExpr *Call) {
  const FunctionDecl *F = Call->getDirectCallee();
  const auto *M = dyn_cast_or_null<CXXMethodDecl>(F);
  bool Known = false;
  for (unsigned I : C.at(Call)) {
    Op K = C.Events[I].Kind;
    Known |= K == Op::Defer || K == Op::Arm || K == Op::CreateTimer || K == Op::Test;
    if (K == Op::Disarm || K == Op::Close)
      return false;
  }
  if (Known || (M && M->isConst()))
    return true;
  llvm::StringRef Name = F && F->getIdentifier() ? F->getName() : "";
  return Name == "read" || (M && Name.starts_with("set") && Name != "setParent");
}

/// `new QTimer`, `new QTimer(nullptr)`, `event_new(…)`, a constant; not what the object itself is the parent of.
bool makesAlone(Unit &U, const Code &C, const Expr *Value) {
  Value = unwrap(Value);
  if (const auto *New = dyn_cast_or_null<CXXNewExpr>(Value)) {
    return !anyOf<CXXThisExpr>(New, Walk::NoLambdas, [](const CXXThisExpr *) { return true; });
  }
  if (!Value || (!Value->isValueDependent() && Value->isEvaluatable(U.Ctx)) || isa<CXXNullPtrLiteralExpr>(Value))
    return true;
  return isa<CallExpr>(Value) &&
         llvm::any_of(C.at(Value), [&](unsigned I) { return C.Events[I].Kind == Op::CreateTimer; });
}

bool harmless(Unit &U, const Use &X) {
  Code *C = bodyOf(U, X);
  if (!C)
    return false;
  if (X.is(Use::Assign) && X.Of == Use::Itself)
    return X.Value && makesAlone(U, *C, X.Value);
  if (!X.Mention || X.is(Use::Move))
    return false;
  if (const CallExpr *Call = callWith(*C, X.Mention))
    return onlyTends(*C, Call);
  const Expr *Value = X.Mention;
  return X.is(Use::Read) && isa_and_nonnull<BinaryOperator, UnaryOperator, IfStmt, WhileStmt>(C->user(Value));
}

} // namespace

bool runsOn(Unit &U, const FieldDecl *Timer) {
  if (!U.seesAllUses(Timer) || !(Timer->getType()->isPointerType() || Timer->getType()->isIntegerType()))
    return false;
  if (const Expr *Init = Timer->getInClassInitializer())
    if (const auto *New = dyn_cast_or_null<CXXNewExpr>(unwrap(Init));
        New && anyOf<CXXThisExpr>(New, Walk::NoLambdas, [](const CXXThisExpr *) { return true; }))
      return false;
  return llvm::all_of(U.get<Uses>().everywhere(Timer), [&](const Use &X) { return harmless(U, X); });
}

// ---- handlers that others have --------------------------------------------------------------------------------------

namespace {

/// A member that was made a timer: a descriptor or handle.
bool isTimer(Unit &U, const FieldDecl *X) {
  for (Code *C : bodies(U))
    if (objectClass(C->Fn) == X->getParent())
      for (const Event &E : C->Events)
        if (E.Kind == Op::CreateTimer && E.Object.This && E.Object.Path.size() == 1 && E.Object.Path.front() == X)
          return true;
  return false;
}

/// Returns true if a call of the unit, in another class, could take the handler back: a member of the keeper that is
/// given something of the object.
bool takenBackElsewhere(Unit &U, const CXXRecordDecl *Keeper, const CXXRecordDecl *Own) {
  for (Code *C : bodies(U)) {
    const CXXRecordDecl *In = objectClass(C->Fn);
    if (In == Own || (In && In->getCanonicalDecl() == Keeper->getCanonicalDecl()))
      continue;
    if (anyOf<CXXMemberCallExpr>(C->Fn->getBody(), Walk::NoLambdas, [&](const CXXMemberCallExpr *Call) {
          const CXXMethodDecl *M = Call->getMethodDecl();
          bool OfKeeper = M && M->getParent()->getCanonicalDecl() == Keeper->getCanonicalDecl() && !M->isConst();
          return OfKeeper && llvm::any_of(Call->arguments(), [&](const Expr *A) {
                   return anyOf<MemberExpr>(A, Walk::NoLambdas, [&](const MemberExpr *X) {
                     const auto *Of = dyn_cast<CXXRecordDecl>(X->getMemberDecl()->getDeclContext());
                     return Of && Of->getCanonicalDecl() == Own->getCanonicalDecl();
                   });
                 });
        }))
      return true;
  }
  return false;
}

} // namespace

std::optional<LeftHandler> leftBehind(Code &C, const Event &E) {
  Unit &U = C.U;
  const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(E.Site);
  const CXXRecordDecl *Own = objectClass(C.Fn);
  auto With =
      Call && Own && E.Kind == Op::Defer && !E.Model ? C.place(Call->getImplicitObjectArgument()) : std::nullopt;
  if (!With || !With->This || With->Path.size() != 1 || With->Element)
    return std::nullopt;
  const FieldDecl *Keeper = With->Path.front();
  QualType T = Keeper->getType();
  const CXXRecordDecl *Of = U.pointee(T)->getAsCXXRecordDecl();
  if (!(T->isReferenceType() || T->isPointerType()) || !Of || !U.seesAllUses(Keeper) ||
      U.pointee(Call->getType())->isRecordType() || isa<ReturnStmt>(C.parent(Call)))
    return std::nullopt;
  const CXXDestructorDecl *D = Own->getDestructor();
  if (D && D->isUserProvided() && !U.visible(D))
    return std::nullopt;
  for (const Use &X : U.get<Uses>().everywhere(Keeper)) {
    Code *In = bodyOf(U, X);
    if (X.is(Use::Assign))
      continue;
    const CallExpr *Other = In && X.Mention ? callWith(*In, X.Mention) : nullptr;
    const auto *M = Other ? dyn_cast_or_null<CXXMethodDecl>(Other->getDirectCallee()) : nullptr;
    if (!M || !(M->isConst() || registers(*In, Other)))
      return std::nullopt;
  }
  if (takenBackElsewhere(U, Of, Own))
    return std::nullopt;
  LeftHandler Left{Keeper, false};
  for (const Expr *A : Call->arguments()) {
    const FieldDecl *X = thisField(A);
    Left.Timed |= isTime(A->getType()) || (X && isTimer(U, X));
  }
  return Left;
}

} // namespace heddle

#include "SyncCopies.h"
#include "Calls.h"
#include "MakeFacts.h"
#include "Unwrap.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {

constexpr unsigned MaxDepth = 3;

bool SyncCopies::synchronises(QualType T, Role &Is) {
  if (T->isPointerType() || T->isReferenceType())
    return false;
  const TypeModel *M = U.type(T);
  if (!M || M->With.has(Fact::Borrows))
    return false;
  Is = M->Plays;
  return isLock(Is) || Is == Role::Condition || Is == Role::Semaphore || Is == Role::Latch || Is == Role::Group;
}

/// The member that such an object is, where copies are made member by member.
const FieldDecl *SyncCopies::held(const CXXRecordDecl *RD, Role &Is, unsigned Depth) {
  if (!RD || !RD->hasDefinition() || Depth > MaxDepth)
    return nullptr;
  for (const FieldDecl *F : RD->fields()) {
    if (synchronises(F->getType(), Is))
      return F;
    const CXXRecordDecl *Inner = F->getType()->getAsCXXRecordDecl();
    if (const FieldDecl *Found = Inner && !Inner->isInStdNamespace() ? held(Inner, Is, Depth + 1) : nullptr)
      return Found;
  }
  return nullptr;
}

/// Returns true if the local is only asked for members that synchronise nothing: `Usage u = it->second; if (u.busy)`.
bool SyncCopies::isOnlyRead(const Code &C, const VarDecl *Copy) {
  return Copy->isLocalVarDecl() &&
         !anyOf<DeclRefExpr>(C.Fn->getBody(), Walk::WithImplicit, [&](const DeclRefExpr *DR) {
           const auto *M = DR->getDecl() == Copy ? dyn_cast_or_null<MemberExpr>(C.parent(DR)) : nullptr;
           const auto *F = M ? dyn_cast<FieldDecl>(M->getMemberDecl()) : nullptr;
           Role Is = Role::None;
           return DR->getDecl() == Copy &&
                  (!F || synchronises(F->getType(), Is) || held(F->getType()->getAsCXXRecordDecl(), Is, 0));
         });
}

/// What a task is started with is copied for it: `std::thread(work, count)`.
void SyncCopies::givenToTasks(const Code &C, std::vector<SyncCopy> &Out) {
  for (const Event &E : C.Events)
    for (const CallableRef &T : E.Kind == Op::Spawn ? llvm::ArrayRef(E.Tasks) : llvm::ArrayRef<CallableRef>())
      for (unsigned I = 0; I != T.Args.size(); ++I) {
        const Expr *A = T.Args[I] ? T.Args[I]->IgnoreParenImpCasts() : nullptr;
        const CXXRecordDecl *RD = A && A->isLValue() ? A->getType()->getAsCXXRecordDecl() : nullptr;
        SyncCopy X;
        if (!RD || !(X.Member = held(RD, X.Is, 0)))
          continue;
        bool Written = llvm::any_of(RD->ctors(), [](const CXXConstructorDecl *Ctor) {
          return Ctor->isCopyConstructor() && Ctor->isUserProvided();
        });
        if (Written)
          continue;
        X.Loc = A->getExprLoc();
        if (T.Body && I < T.Body->getNumParams())
          X.Parameter = T.Body->getParamDecl(I);
        Out.push_back(X);
      }
}

std::vector<SyncCopy> SyncCopies::in(Code &C) {
  std::vector<SyncCopy> Out;
  givenToTasks(C, Out);
  forEach<CXXConstructExpr>(C.Fn->getBody(), Walk::WithImplicit, [&](const CXXConstructExpr *Made) {
    const CXXConstructorDecl *Ctor = Made->getConstructor();
    if (!Ctor->isCopyConstructor() || !Made->getNumArgs() || !Made->getArg(0)->isLValue() ||
        Made->getExprLoc().isInvalid())
      return;
    SyncCopy X;
    X.Loc = Made->getExprLoc();
    const CXXRecordDecl *RD = Ctor->getParent();
    bool Written = Ctor->isUserProvided();
    // A handle that was written to be copied shares what it leads to.
    Role Inner = Role::None;
    const FieldDecl *Member = held(RD, Inner, 0);
    bool Itself = synchronises(Made->getType(), X.Is);
    if (Itself ? RD->isCompleteDefinition() && Written && !Member : Written || !Member)
      return;
    if (!Itself) {
      X.Is = Inner;
      X.Member = Member;
      if (const VarDecl *V = C.destinationVar(Made); V && isOnlyRead(C, V))
        return;
    } else if (!Member && !RD->isUnion() && llvm::any_of(RD->fields(), [&](const FieldDecl *F) {
                 return U.leads(F->getType()) || F->getType()->isReferenceType();
               }))
      return; // it shares what it points to
    const Stmt *Up = C.parent(Made);
    if (const auto *Call = dyn_cast_or_null<CallExpr>(Up))
      if (const FunctionDecl *F = U.visible(Call->getDirectCallee()))
        X.Parameter = parameter(Call, F, Made);
    Out.push_back(X);
  });
  return Out;
}

SyncCopies::SyncCopies(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<SyncCopies>(Unit &);

} // namespace heddle

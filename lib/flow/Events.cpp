// The walk over a body, and which variables are modified or exposed.
#include "Events.h"
#include "LibraryCode.h"
#include "Unevaluated.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {

void Extractor::run() {
  const Stmt *Body = C.Fn->getBody();
  index(Body, nullptr);
  if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(C.Fn))
    for (const CXXCtorInitializer *I : Ctor->inits()) {
      if (!I->getInit())
        continue;
      index(I->getInit(), nullptr);
      TraverseStmt(I->getInit());
    }
  TraverseStmt(Body);
  for (unsigned I = 0; I != C.Events.size(); ++I)
    C.BySite[C.Events[I].Site].push_back(I);
}

bool Extractor::TraverseLambdaExpr(const LambdaExpr *L) {
  for (unsigned I = 0; I != L->capture_size(); ++I)
    if (Expr *Init = *(L->capture_init_begin() + I))
      if (L->isInitCapture(L->capture_begin() + I))
        TraverseStmt(Init);
  handleLambda(L);
  return true;
}

bool Extractor::TraverseDecl(const Decl *D) {
  // Local classes are code of their own, too.
  if (isa_and_nonnull<TagDecl>(D))
    return true;
  return AstVisitor::TraverseDecl(D);
}

bool Extractor::enters(const Stmt *S) {
  if (Dead.contains(S) || isa<UnaryExprOrTypeTraitExpr, CXXNoexceptExpr>(S))
    return false;
  for (const Expr *E : neverEvaluated(S, U.Ctx))
    Dead.insert(E);
  return true;
}

bool Extractor::VisitCallExpr(const CallExpr *E) {
  if (isa<CXXMemberCallExpr>(E) || isa<CXXOperatorCallExpr>(E))
    return true;
  llvm::SmallVector<const Expr *, 6> Args(E->arg_begin(), E->arg_end());
  if (const FunctionDecl *F = E->getDirectCallee()) {
    if (passesThrough(F)) {
      if (isMove(E))
        noteMove(E, Args[0]);
      return true;
    }
    const CXXRecordDecl *Static = nullptr;
    if (const auto *M = dyn_cast<CXXMethodDecl>(F))
      Static = M->getParent();
    handleCall(E, F, nullptr, Static, Args);
  } else if (const Expr *Fn = E->getCallee())
    handleInvocation(E, Fn, Args);
  return true;
}

bool Extractor::VisitCXXMemberCallExpr(const CXXMemberCallExpr *E) {
  const CXXMethodDecl *M = E->getMethodDecl();
  if (!M || (isa<CXXConversionDecl>(M) && M->getParent()->isLambda()))
    return true; // a lambda that becomes a function pointer: callables() looks through it
  const Expr *Obj = E->getImplicitObjectArgument();
  llvm::SmallVector<const Expr *, 6> Args(E->arg_begin(), E->arg_end());
  handleCall(E, M, Obj, Obj ? recordBehind(Obj->IgnoreParenImpCasts()->getType()) : nullptr, Args);
  return true;
}

bool Extractor::VisitCXXOperatorCallExpr(const CXXOperatorCallExpr *E) {
  const FunctionDecl *F = E->getDirectCallee();
  if (!F)
    return true;
  llvm::SmallVector<const Expr *, 6> Args(E->arg_begin(), E->arg_end());
  const auto *M = dyn_cast<CXXMethodDecl>(F);
  if (E->getOperator() == OO_Call && !Args.empty()) {
    const CXXRecordDecl *RD = recordBehind(Args[0]->getType());
    if (RD && !RD->isLambda() && U.role(Args[0]->getType()) == Role::Function) {
      handleInvocation(E, Args[0], llvm::ArrayRef(Args).drop_front());
      return true;
    }
  }
  if (E->getOperator() == OO_Equal && Args.size() == 2) {
    if (const VarDecl *Guard = guardVariable(Args[0])) {
      assignGuard(E, Guard, Args[1]);
      return true;
    }
    handleAssignment(E, Args[0], Args[1]);
    if (isFollowed(U.role(Args[0]->getType())))
      return true;
  }
  if (M && !M->isStatic()) {
    const Expr *Obj = Args[0];
    handleCall(E, F, Obj, recordBehind(Obj->IgnoreParenImpCasts()->getType()), llvm::ArrayRef(Args).drop_front());
  } else
    handleCall(E, F, nullptr, nullptr, Args);
  return true;
}

bool Extractor::VisitCXXConstructExpr(const CXXConstructExpr *E) {
  const CXXConstructorDecl *Ctor = E->getConstructor();
  if (Ctor->isCopyOrMoveConstructor() && E->getNumArgs() >= 1) {
    // Copying a handle is looked at where the copy goes.
    return true;
  }
  llvm::SmallVector<const Expr *, 6> Args;
  for (const Expr *A : E->arguments())
    if (!isa<CXXDefaultArgExpr>(A))
      Args.push_back(A);
  if (isGuard(U.role(E->getType())) && !C.destinationVar(E)) {
    Consumed.insert(Args.begin(), Args.end());
    return true; // a guard that is a temporary or a member: not a variable whose scope can be followed
  }
  if (isGuard(U.role(E->getType())))
    return true; // handleGuard has seen it
  handleCall(E, Ctor, nullptr, E->getType()->getAsCXXRecordDecl(), Args);
  return true;
}

void Extractor::index(const Stmt *S, const Stmt *Parent) {
  if (!S)
    return;
  C.Parents.try_emplace(S, Parent);
  noteModification(S);
  if (const auto *L = dyn_cast<LambdaExpr>(S)) {
    for (const LambdaCapture &Cap : L->captures())
      if (Cap.capturesVariable() && Cap.getCaptureKind() == LCK_ByRef)
        C.Exposed.insert(Cap.getCapturedVar());
    for (const Expr *I : L->capture_inits())
      if (I)
        index(I, S);
    // The body is indexed for modifications alone: captured variables may change there.
    indexLambdaBody(L->getBody());
    return;
  }
  if (const auto *Default = dyn_cast<CXXDefaultInitExpr>(S)) // stands for what the class says
    index(Default->getExpr(), S);
  for (const Stmt *Child : S->children())
    index(Child, S);
}

void Extractor::indexLambdaBody(const Stmt *S) {
  if (!S)
    return;
  noteModification(S);
  for (const Stmt *Child : S->children())
    indexLambdaBody(Child);
}

void Extractor::modified(const Expr *E) {
  E = E->IgnoreParenImpCasts();
  if (const auto *DR = dyn_cast<DeclRefExpr>(E))
    C.Modified.insert(DR->getDecl());
  const Expr *Pointer = nullptr;
  if (const auto *O = dyn_cast<UnaryOperator>(E); O && O->getOpcode() == UO_Deref)
    Pointer = O->getSubExpr();
  else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E); O && O->getOperator() == OO_Star && O->getNumArgs() == 1)
    Pointer = O->getArg(0);
  if (const auto *DR = dyn_cast_or_null<DeclRefExpr>(Pointer ? Pointer->IgnoreParenImpCasts() : nullptr))
    C.WrittenThrough.insert(DR->getDecl());
}

void Extractor::noteModification(const Stmt *S) {
  if (const auto *B = dyn_cast<BinaryOperator>(S)) {
    if (B->isAssignmentOp())
      modified(B->getLHS());
  } else if (const auto *O = dyn_cast<UnaryOperator>(S)) {
    if (O->isIncrementDecrementOp() || O->getOpcode() == UO_AddrOf)
      modified(O->getSubExpr());
    if (const auto *DR = dyn_cast<DeclRefExpr>(O->getSubExpr()->IgnoreParens()); DR && O->getOpcode() == UO_AddrOf)
      C.Exposed.insert(DR->getDecl());
  } else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(S)) {
    if (O->getNumArgs() &&
        (O->isAssignmentOp() || O->getOperator() == OO_PlusPlus || O->getOperator() == OO_MinusMinus))
      modified(O->getArg(0));
  } else if (const auto *M = dyn_cast<CXXMemberCallExpr>(S)) {
    // `p.reset()` and `p.swap(q)` change which object a smart pointer leads to; observers do not.
    // What a packaged task runs stays the same when its future is taken.
    const CXXMethodDecl *Decl = M->getMethodDecl();
    auto TakesFuture = [&] {
      return llvm::any_of(U.Models.actions(Decl, Decl->getParent(), M->getNumArgs()),
                          [](const Action &A) { return A.Operation == Op::GetFuture; });
    };
    if (Decl && !Decl->isConst() && M->getImplicitObjectArgument() && !isa<CXXConversionDecl>(Decl) &&
        !M->getImplicitObjectArgument()->getType()->isPointerType() && !TakesFuture())
      modified(M->getImplicitObjectArgument());
  }
  if (const auto *Call = dyn_cast<CallExpr>(S)) {
    const FunctionDecl *F = Call->getDirectCallee();
    if (!F || passesThrough(F))
      return;
    unsigned Skip = isa<CXXOperatorCallExpr>(Call) && isa<CXXMethodDecl>(F) ? 1 : 0;
    for (unsigned I = 0; I < F->getNumParams() && I + Skip < Call->getNumArgs(); ++I) {
      QualType P = F->getParamDecl(I)->getType();
      if (P->isLValueReferenceType() && !P->getPointeeType().isConstQualified() &&
          !(P->getPointeeType()->isRecordType() && isForwarded(F, I) && inLibrary(U, F->getLocation())))
        modified(Call->getArg(I + Skip));
    }
  }
}

Event &Extractor::add(Op Kind, const Stmt *Site) {
  C.Events.push_back({});
  Event &E = C.Events.back();
  E.Kind = Kind;
  E.Site = Site;
  return E;
}

} // namespace heddle

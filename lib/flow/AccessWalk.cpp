// The walk over statements, expressions and calls.
#include "AccessWalk.h"
#include "StoredCallables.h"
#include "Unevaluated.h"
#include "Unwrap.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {

constexpr unsigned MaxDepth = 4;

void AccessWalk::body(const AccessFrame &In) {
  if (In.Depth > MaxDepth || llvm::is_contained(Active, In.C->Fn))
    return;
  Active.push_back(In.C->Fn);
  const AccessFrame *Was = F;
  F = &In;
  if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(In.C->Fn); Ctor && !In.Asker)
    ; // an object under construction is nobody else's
  else
    stmt(In.C->Fn->getBody());
  F = Was;
  Active.pop_back();
}

void AccessWalk::stmt(const Stmt *S) {
  if (!S)
    return;
  if (const auto *E = dyn_cast<Expr>(S)) {
    expr(E, Name);
    return;
  }
  if (const auto *DS = dyn_cast<DeclStmt>(S)) {
    for (const Decl *D : DS->decls())
      if (const auto *V = dyn_cast<VarDecl>(D); V && V->getInit())
        expr(V->getInit(), V->getType()->isReferenceType() ? Name : Value);
    return;
  }
  if (const auto *R = dyn_cast<ReturnStmt>(S)) {
    expr(R->getRetValue(), F->C->Fn->getReturnType()->isReferenceType() ? Name : Value);
    return;
  }
  if (const auto *R = dyn_cast<CXXForRangeStmt>(S)) {
    if (R->getRangeInit())
      expr(R->getRangeInit(), Value);
    stmt(R->getInit());
    stmt(R->getBody());
    return;
  }
  const auto *If = dyn_cast<IfStmt>(S);
  const Stmt *Never = If ? untaken(If) : nullptr;
  for (const Stmt *Child : S->children()) {
    if (!Child || Child == Never)
      continue;
    stmt(Child);
    if (isa<CompoundStmt>(S) && surelyReturns(Child))
      break;
  }
}

const Stmt *AccessWalk::untaken(const IfStmt *If) const {
  auto Truth = F->decided(If->getCond());
  return !Truth ? nullptr : *Truth ? If->getElse() : If->getThen();
}

bool AccessWalk::surelyReturns(const Stmt *S) const {
  const auto *If = dyn_cast<IfStmt>(S);
  auto Truth = If ? F->decided(If->getCond()) : std::nullopt;
  const Stmt *Last = !Truth ? nullptr : *Truth ? If->getThen() : If->getElse();
  if (const auto *Block = dyn_cast_or_null<CompoundStmt>(Last))
    Last = Block->body_empty() ? nullptr : Block->body_back();
  return isa_and_nonnull<ReturnStmt>(Last);
}

void AccessWalk::captured(const LambdaExpr *L) {
  for (unsigned I = 0; I != L->capture_size(); ++I) {
    const LambdaCapture &Cap = *(L->capture_begin() + I);
    if (!Cap.capturesVariable())
      continue;
    if (const Expr *Init = *(L->capture_init_begin() + I); Init && Cap.getCaptureKind() != LCK_ByRef)
      expr(Init, Value);
  }
}

/// Returns true if the constructor takes a lock, and reads under it; in whose names is its own business.
static bool locksItself(Unit &U, const CXXConstructExpr *CE) {
  const FunctionDecl *Def = CE->getConstructor()->isUserProvided() ? U.visible(CE->getConstructor()) : nullptr;
  const Code *Body = Def ? U.code(Def) : nullptr;
  return Body && llvm::any_of(Body->Events, [&](const Event &X) {
           // `: Table(other, std::lock_guard(other.mutex_))`
           bool Given = X.Kind == Op::Call && X.Callee &&
                        llvm::any_of(X.Callee->parameters(),
                                     [&](const ParmVarDecl *P) { return isGuard(U.role(P->getType())); });
           return Given || X.Kind == Op::Acquire || X.Kind == Op::AcquireShared;
         });
}

void AccessWalk::expr(const Expr *E, Mode M) {
  if (!E)
    return;
  E = E->IgnoreParens();
  if (isa<UnaryExprOrTypeTraitExpr, CXXNoexceptExpr, CXXTypeidExpr, CXXThisExpr, CXXDefaultArgExpr>(E))
    return;
  if (const auto *X = dyn_cast<CastExpr>(E)) {
    if (X->getCastKind() == CK_ToVoid)
      return expr(X->getSubExpr(), Name);
    return expr(X->getSubExpr(), X->getCastKind() == CK_LValueToRValue ? Value : M);
  }
  if (const auto *X = dyn_cast<FullExpr>(E))
    return expr(X->getSubExpr(), M);
  if (const auto *X = dyn_cast<MaterializeTemporaryExpr>(E))
    return expr(X->getSubExpr(), M);
  if (const auto *X = dyn_cast<CXXBindTemporaryExpr>(E))
    return expr(X->getSubExpr(), M);
  if (auto Dead = neverEvaluated(E, U.Ctx); !Dead.empty()) {
    for (const Stmt *Child : E->children())
      if (const auto *X = dyn_cast_or_null<Expr>(Child); X && !llvm::is_contained(Dead, X))
        expr(X, Name);
    return;
  }
  if (const auto *L = dyn_cast<LambdaExpr>(E))
    return captured(L);
  if (const auto *B = dyn_cast<BinaryOperator>(E)) {
    if (B->isAssignmentOp()) {
      expr(B->getRHS(), Value);
      expr(B->getLHS(), Written);
    } else {
      expr(B->getLHS(), B->getOpcode() == BO_Comma ? Name : Value);
      expr(B->getRHS(), B->getOpcode() == BO_Comma ? M : Value);
    }
    return;
  }
  if (const auto *C = dyn_cast<AbstractConditionalOperator>(E)) {
    expr(C->getCond(), Value);
    expr(C->getTrueExpr(), M);
    expr(C->getFalseExpr(), M);
    return;
  }
  if (const auto *O = dyn_cast<UnaryOperator>(E)) {
    if (O->isIncrementDecrementOp())
      return expr(O->getSubExpr(), Written);
    if (O->getOpcode() == UO_AddrOf)
      return expr(O->getSubExpr(), Name);
    if (O->getOpcode() != UO_Deref)
      return expr(O->getSubExpr(), Value);
  }
  if (isa<InitListExpr>(E) && E->getType()->isRecordType()) { // a member that is a reference reads nothing
    auto Members = Code::members(E);
    for (const CallableRef::Member &X : Members)
      expr(X.Value, X.Field->getType()->isReferenceType() ? Name : Value);
    if (!Members.empty())
      return;
  }
  if (const auto *CE = dyn_cast<CXXConstructExpr>(E)) {
    if (CE->getConstructor()->isCopyOrMoveConstructor() && CE->getNumArgs() >= 1)
      return expr(CE->getArg(0), locksItself(U, CE) ? Name : moves(CE->getArg(0)) ? Written : Value);
    arguments(CE, CE->getConstructor(), {CE->getArgs(), CE->getNumArgs()});
    return;
  }
  if (const auto *Call = dyn_cast<CallExpr>(E))
    return call(Call, M);
  if (isa<DeclRefExpr, MemberExpr, ArraySubscriptExpr, UnaryOperator>(E)) {
    if (auto P = F->C->place(E))
      record(E, *P, M);
    onTheWay(E);
    return;
  }
  for (const Stmt *Child : E->children())
    if (const auto *X = dyn_cast_or_null<Expr>(Child))
      expr(X, Value);
    else
      stmt(Child);
}

void AccessWalk::arguments(const Expr *Site, const FunctionDecl *Fn, llvm::ArrayRef<const Expr *> Args) {
  bool System = Fn && isSystem(Fn->getLocation());
  for (unsigned I = 0; I != Args.size(); ++I) {
    QualType T = Fn && I < Fn->getNumParams() ? Fn->getParamDecl(I)->getType() : QualType();
    Mode M = Value;
    if (T.isNull())
      M = Name;
    else if (T->isRValueReferenceType())
      M = moves(Args[I]) && System ? Written : Name;
    else if (T->isReferenceType())
      // A library function that takes a reference and hands none back changes what it leads to, or it would take it
      // const (swap, getline).
      M = T->getPointeeType().isConstQualified() ? (U.visible(Fn) ? Name : Value)
          : System && !forwards(Fn, I) && (Fn->getReturnType()->isVoidType() || isStream(Fn)) ? Written
                                                                                              : Name;
    else if (const Expr *Buffer = System ? filled(T, Args[I]) : nullptr) {
      expr(Buffer, Written);
      continue;
    }
    expr(Args[I], M);
  }
}

const Expr *AccessWalk::filled(QualType Param, const Expr *Arg) const {
  if (!Param->isPointerType() || Param->getPointeeType().isConstQualified() || Param->isVoidPointerType())
    return nullptr;
  const Expr *E = unwrap(Arg);
  if (E->getType()->isArrayType())
    return E;
  const auto *M = dyn_cast<CXXMemberCallExpr>(E);
  const CXXMethodDecl *D = M ? M->getMethodDecl() : nullptr;
  bool Hands =
      D && !D->isConst() && M->getNumArgs() == 0 && isSystem(D->getLocation()) && M->getType()->isPointerType();
  return Hands && U.role(M->getImplicitObjectArgument()->getType()) == Role::Container ? M->getImplicitObjectArgument()
                                                                                       : nullptr;
}

bool AccessWalk::forwards(const FunctionDecl *Fn, unsigned I) {
  const FunctionTemplateDecl *T = Fn->getPrimaryTemplate();
  const FunctionDecl *Pattern = T ? T->getTemplatedDecl() : nullptr;
  if (!Pattern)
    return false;
  return I >= Pattern->getNumParams() || Pattern->getParamDecl(I)->isParameterPack() ||
         Pattern->getParamDecl(I)->getType()->isRValueReferenceType();
}

bool AccessWalk::isStream(const FunctionDecl *Fn) const {
  return Fn->getNumParams() && Fn->getReturnType()->isReferenceType() &&
         U.Ctx.hasSameType(Fn->getReturnType(), Fn->getParamDecl(0)->getType());
}

void AccessWalk::call(const CallExpr *Call, Mode M) {
  const FunctionDecl *Fn = Call->getDirectCallee();
  llvm::SmallVector<const Expr *, 6> Args(Call->arg_begin(), Call->arg_end());
  const Expr *Obj = nullptr;
  const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Fn);
  if (const auto *MC = dyn_cast<CXXMemberCallExpr>(Call))
    Obj = MC->getImplicitObjectArgument();
  else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(Call); O && Method && !Method->isStatic() && !Args.empty()) {
    Obj = Args.front();
    Args.erase(Args.begin());
  }
  // Callables that run before the call returns.
  const Event *Locks = nullptr; // `guarded.with(f)` holds its lock meanwhile
  for (unsigned I : F->C->at(Call)) {
    const Event &E = F->C->Events[I];
    if (E.Kind == Op::Acquire || E.Kind == Op::AcquireShared)
      Locks = &E;
    if (E.Kind == Op::RunNow && !E.may(Fact::Parallel))
      for (const CallableRef &T : E.Tasks)
        if (T.Lambda && T.Body)
          enter(T.Body, Call, T.Lambda, nullptr, {}, Locks);
    for (const CallableRef *T : U.get<StoredCallables>().ownCalledBy(*F->C, E))
      enter(T->Body, Call, T->Lambda, nullptr, {});
  }
  if (!Fn) {
    for (const Expr *A : Args)
      expr(A, Name);
    return;
  }
  if (const auto *O = dyn_cast<CXXOperatorCallExpr>(Call)) {
    OverloadedOperatorKind K = O->getOperator();
    bool Synchronised = Obj && isSynchronised(U, meant(Obj));
    if (K == OO_Subscript || K == OO_Star || K == OO_Arrow) {
      if (auto P = F->C->place(Call))
        record(Call, *P, K == OO_Arrow && M == Value ? Name : M);
      onTheWay(Call, M);
      return;
    }
    if (Obj && (O->isAssignmentOp() || K == OO_PlusPlus || K == OO_MinusMinus)) {
      expr(Obj, Synchronised ? Name : Written);
      arguments(Call, Fn, Args);
      return;
    }
    if (!Obj && !Args.empty() && (K == OO_PlusPlus || K == OO_MinusMinus))
      return expr(Args[0], Written);
  }
  if (Obj && !isSynchronised(U, meant(Obj))) {
    auto P = F->C->place(Call);
    if (P && U.visible(Fn)) // an accessor
      record(Call, *P, M);
    else if (P && P->Element && !leadsToAll(Method, Args.size()) &&
             (Method->isConst() || hasConstOverload(Method) || !isSystem(Method->getLocation()))) { // front(), at(i)
      record(Call, *P, M);
      onTheWay(Call);
      return;
    } else if (U.visible(Fn))
      expr(Obj, Name);
    else if (Method->isConst() || hasConstOverload(Method)) {
      bool OnlySize = Args.empty() && Fn->getReturnType()->isIntegralOrEnumerationType();
      bool Searches = hands(Method) && !Args.empty() && isSystem(Method->getLocation()); // find(key)
      expr(Obj, OnlySize || Searches ? Look : hands(Method) ? Name : Value);
    } else
      expr(Obj, isSystem(Method->getLocation()) ? Written : Name);
  } else if (Obj)
    expr(Obj, Name);
  arguments(Call, Fn, Args);
  // What a modelled function does to its object is its own business.
  bool Modelled = U.Models.isModelled(Fn, Obj ? U.record(Obj) : nullptr);
  if (const FunctionDecl *Def = Modelled ? nullptr : U.visible(Fn); Def && !F->C->place(Call)) {
    const LambdaExpr *L = nullptr;
    if (Method && Method->getParent()->isLambda() && Obj)
      for (const CallableRef &R : F->C->callables(Obj))
        L = R.Lambda;
    enter(Def, Call, L, L ? nullptr : Obj, Args);
  }
}

void AccessWalk::enter(const FunctionDecl *Def, const Stmt *Site, const LambdaExpr *L, const Expr *Obj,
                       llvm::ArrayRef<const Expr *> Args, const Event *Locks) {
  Code *C = U.code(Def);
  if (!C || F->Depth >= MaxDepth)
    return;
  AccessFrame &New = Frames.emplace_back();
  New.C = C;
  New.Caller = F;
  New.CallSite = Site;
  New.Depth = F->Depth + 1;
  New.Lambda = L;
  New.Around = L ? F : nullptr;
  if (Locks && Locks->Object.valid())
    New.Lock = translate(*F, Locks->Object, true);
  if (Obj)
    if (auto P = F->C->place(Obj)) {
      New.ThisOwnElement = P->Element && ownIndex(Obj);
      New.This = translate(*F, *P, true, &New.ThisOwnElement);
      if (P->This && P->Path.empty() && !F->This)
        New.Fields = F->Fields; // a member of the same function object
    }
  for (unsigned I = 0; I != Args.size() && I < Def->getNumParams(); ++I) {
    const ParmVarDecl *Param = Def->getParamDecl(I);
    New.given(Param, Args[I]);
    auto P = F->C->place(Args[I]);
    if (!P)
      continue;
    AccessFrame::Argument A;
    A.OwnElement = P->Element && ownIndex(Args[I]);
    if (auto There = translate(*F, *P, !Param->getType()->isReferenceType() || dereferences(Args[I]), &A.OwnElement)) {
      A.Object = *There;
      New.Arguments[Param] = A;
    }
  }
  body(New);
}

} // namespace heddle

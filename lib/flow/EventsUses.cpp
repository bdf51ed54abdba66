// Moves, and objects that escape.
#include "Events.h"
#include "LibraryCode.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {

void Extractor::consume(const Expr *E) {
  // The whole chain down to the name belongs to the operand.
  while (E) {
    Consumed.insert(E);
    const Expr *S = strip(E);
    Consumed.insert(S);
    if (const auto *M = dyn_cast<MemberExpr>(S))
      E = M->getBase();
    else if (const auto *O = dyn_cast<UnaryOperator>(S))
      E = O->getSubExpr();
    else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(S);
             O && O->getNumArgs() &&
             (O->getOperator() == OO_Arrow || O->getOperator() == OO_Star || O->getOperator() == OO_Subscript))
      E = O->getArg(0);
    else if (const auto *A = dyn_cast<ArraySubscriptExpr>(S))
      E = A->getBase();
    else if (const auto *M = dyn_cast<CXXMemberCallExpr>(S))
      E = M->getImplicitObjectArgument();
    else if (const auto *CE = dyn_cast<CXXConstructExpr>(S); CE && CE->getNumArgs() >= 1)
      E = CE->getArg(0);
    else if (const auto *Call = dyn_cast<CallExpr>(S); Call && Call->getNumArgs() == 1)
      E = Call->getArg(0);
    else
      return;
    if (E)
      Consumed.insert(E);
  }
}

bool Extractor::holdsFollowed(QualType T, unsigned Depth) {
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  if (!RD || !RD->hasDefinition() || Depth > 2 || inLibrary(U, RD->getLocation()))
    return false;
  return llvm::any_of(RD->fields(), [&](const FieldDecl *F) {
    QualType FT = F->getType();
    return !FT->isReferenceType() && !FT->isPointerType() && (isFollowed(U.role(FT)) || holdsFollowed(FT, Depth + 1));
  });
}

void Extractor::noteMove(const Expr *Site, const Expr *Arg) {
  auto Pl = C.place(Arg);
  if (!Pl || !(isFollowed(U.role(Arg->getType())) || holdsFollowed(U.pointee(Arg->getType()))))
    return;
  Consumed.insert(strip(Arg));
  // Moved into a call with its own event or summary: that event follows; the move ends it here.
  const Expr *E = Site;
  const Stmt *P = C.user(E);
  if (const auto *Call = dyn_cast_or_null<CallExpr>(P))
    if (const FunctionDecl *F = Call->getDirectCallee(); F && !passesThrough(F) && U.visible(F))
      return;
  // std::move(group).wait(): the call's own event says what happens to the object.
  if (const auto *M = dyn_cast_or_null<MemberExpr>(P))
    if (const auto *Method = dyn_cast<CXXMethodDecl>(M->getMemberDecl()))
      if (!U.actions(Method, Arg->getType()->getAsCXXRecordDecl(), Method->getNumParams()).empty())
        return;
  if (const VarDecl *Guard = guardVariable(Arg)) {
    auto Into = C.destination(Site);
    const auto *To = Into && Into->Path.empty() ? dyn_cast_or_null<VarDecl>(Into->Root) : nullptr;
    handOnLocks(Site, Guard, C.guard(To) ? To : nullptr);
    return;
  }
  // `std::move(f).get()`: the member's own event says what happens to it.
  if (const auto *M = dyn_cast_or_null<MemberExpr>(P))
    if (const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(C.Parents.lookup(M)))
      for (const Event &Of : C.Events)
        if (Of.Site == Call && Of.Object == *Pl)
          return;
  Event &M = add(Op::Move, Site);
  M.Object = *Pl;
  M.ObjectRole = U.role(Arg->getType());
}

void Extractor::handleUse(const Expr *E) {
  if (Consumed.contains(E))
    return;
  // Only the whole name counts: the base of a longer one is part of it.
  const Expr *Top = E;
  const Stmt *P = C.user(Top);
  if (isa_and_nonnull<MemberExpr>(P) && Consumed.contains(cast<Expr>(P)))
    return;
  Role R = U.role(E->getType());
  QualType Elem = U.element(E->getType());
  if (!isFollowed(R) && !(R == Role::Container && !Elem.isNull() && isFollowed(U.role(Elem))))
    return;
  if (const auto *M = dyn_cast_or_null<MemberExpr>(P); M && !isa<FieldDecl>(M->getMemberDecl()))
    return; // the object of a member call without effect on it
  auto Pl = C.place(E);
  if (!Pl)
    return;
  // Without a parent it is what initialises a member: a reference or pointer that keeps it.
  if (isa_and_nonnull<CompoundStmt, IfStmt, WhileStmt, DoStmt, ForStmt, CXXForRangeStmt>(P))
    return; // mentioned, not used
  if (const auto *O = dyn_cast_or_null<UnaryOperator>(P); O && (O->getOpcode() == UO_LNot))
    return;
  // `auto *p = &x`, `auto r = std::ref(x)`: what stands around it is what names the object.
  for (const auto *X = dyn_cast_or_null<Expr>(P); X; X = dyn_cast_or_null<Expr>(P)) {
    const auto *O = dyn_cast<UnaryOperator>(X);
    const auto *Call = dyn_cast<CallExpr>(X);
    bool Passes = Call && Call->getDirectCallee() && passesThrough(Call->getDirectCallee());
    if (!(O && O->getOpcode() == UO_AddrOf) && !Passes)
      break;
    Top = X;
    P = C.user(Top);
  }
  if (const auto *B = dyn_cast_or_null<BinaryOperator>(P); B && !B->isAssignmentOp())
    return;
  if (const auto *DS = dyn_cast_or_null<DeclStmt>(P)) {
    if (DS->isSingleDecl())
      if (const auto *V = dyn_cast<VarDecl>(DS->getSingleDecl()))
        // Also the hidden iterator of a loop over an array, though it moves on.
        if (V->getType()->isReferenceType() || V->isCXXForRangeDecl() || V->isImplicit() || !C.isModified(V))
          return; // an alias that place() follows
  }
  if (const auto *CE = dyn_cast_or_null<CXXConstructExpr>(P)) { // a copy of a smart pointer into a local alias
    const Expr *X = CE;
    if (const VarDecl *V = C.destinationVar(X); V && !C.isModified(V))
      return;
  }
  Event &Ev = add(Op::Escape, E);
  Ev.Object = *Pl;
  Ev.ObjectRole = R;
}

} // namespace heddle

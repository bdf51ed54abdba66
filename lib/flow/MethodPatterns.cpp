// Members of class templates that nothing instantiated.
#include "MethodFacts.h"
#include "Unit.h"
#include "Unwrap.h"
#include "support/AstVisitor.h"

using namespace clang;

namespace heddle {

namespace {

/// Reads a member of a class template that nothing instantiated: by the names of what it calls on which field. The
/// fields are those of the instantiation \p RD.
struct PatternReader : AstVisitor {
  Unit &U;
  const CXXRecordDecl *RD;
  MethodFacts &F;
  PatternReader(Unit &U, const CXXRecordDecl *RD, MethodFacts &F) : U(U), RD(RD), F(F) {}

  const FieldDecl *field(const Expr *E) const {
    E = bare(E);
    if (const auto *S = dyn_cast_or_null<ArraySubscriptExpr>(E))
      E = bare(S->getBase());
    const auto *M = dyn_cast_or_null<MemberExpr>(E);
    if (!M || !isa<CXXThisExpr>(bare(M->getBase())))
      return nullptr;
    for (const FieldDecl *Fd : RD->fields())
      if (Fd->getDeclName() == M->getMemberDecl()->getDeclName())
        return Fd->getCanonicalDecl();
    return nullptr;
  }
  void mentioned(const Stmt *S, llvm::DenseSet<const FieldDecl *> &Out) const {
    if (!S)
      return;
    if (const auto *E = dyn_cast<Expr>(S))
      if (const FieldDecl *Fd = field(E))
        Out.insert(Fd);
    if (const auto *L = dyn_cast<LambdaExpr>(S))
      mentioned(L->getBody(), Out);
    for (const Stmt *Child : S->children())
      mentioned(Child, Out);
  }
  bool VisitCallExpr(const CallExpr *Call) override {
    const Expr *Callee = bare(Call->getCallee());
    const Expr *Base = nullptr;
    DeclarationName Name;
    if (const auto *M = dyn_cast<UnresolvedMemberExpr>(Callee)) {
      Base = M->isImplicitAccess() ? nullptr : M->getBase();
      Name = M->getMemberName();
    } else if (const auto *M = dyn_cast<CXXDependentScopeMemberExpr>(Callee)) {
      Base = M->isImplicitAccess() ? nullptr : M->getBase();
      Name = M->getMember();
    } else if (const auto *M = dyn_cast<MemberExpr>(Callee)) {
      Base = M->getBase();
      Name = M->getMemberDecl()->getDeclName();
    }
    const FieldDecl *Fd = Base ? field(Base) : nullptr;
    const TypeModel *T = Fd && Name.isIdentifier() ? U.Models.type(Fd->getType()) : nullptr;
    if (T)
      for (const Action &A : U.Models.memberActions(*T, Name.getAsIdentifierInfo()->getName(), Call->getNumArgs()))
        does(A, Fd, Call);
    // `pthread_cond_wait(&filled_, &mutex_)` depends on no parameter.
    const FunctionDecl *Fn = Base ? nullptr : Call->getDirectCallee();
    for (const Action &A : Fn ? U.actions(Fn, nullptr, Call->getNumArgs()) : llvm::ArrayRef<Action>())
      if (A.On.K == Operand::Param && A.On.Index < Call->getNumArgs())
        if (const auto *Of = dyn_cast<UnaryOperator>(bare(Call->getArg(A.On.Index)));
            Of && Of->getOpcode() == UO_AddrOf)
          if (const FieldDecl *Own = field(Of->getSubExpr()))
            does(A, Own, Call);
    return true;
  }
  /// The call does this to a field of the object.
  void does(const Action &A, const FieldDecl *Fd, const CallExpr *Call) {
    switch (A.Operation) {
    case Op::WaitCondition:
      F.WaitsOn.insert(Fd);
      F.Timed |= A.With.has(Fact::Timed);
      for (const Expr *Arg : Call->arguments())
        if (isa<LambdaExpr>(bare(Arg)))
          mentioned(Arg, F.WaitTests);
      break;
    case Op::Notify:
      F.Notifies.insert(Fd);
      break;
    case Op::Insert:
      F.Inserts.insert(Fd);
      break;
    case Op::Extract:
      F.Extracts.insert(Fd);
      break;
    default:
      break;
    }
  }
  bool VisitMemberExpr(const MemberExpr *M) override {
    if (const FieldDecl *Fd = field(M); Fd && holdsFunctions(U, Fd->getType()))
      F.Mentions.insert(Fd);
    return true;
  }
  bool VisitWhileStmt(const WhileStmt *S) override {
    mentioned(S->getCond(), F.Tests);
    mentioned(S->getCond(), F.WaitTests);
    return true;
  }
  bool VisitIfStmt(const IfStmt *S) override {
    mentioned(S->getCond(), F.Tests);
    return true;
  }
  bool VisitBinaryOperator(const BinaryOperator *B) override {
    const FieldDecl *Fd = B->isAssignmentOp() ? field(B->getLHS()) : nullptr;
    const auto *Bool = dyn_cast<CXXBoolLiteralExpr>(bare(B->getRHS()));
    if (Fd && Bool && Bool->getValue()) {
      F.SetsTrue.try_emplace(Fd, B->getLHS());
      F.Completes.insert(Fd);
    } else if (Fd && Bool)
      F.SetsFalse.insert(Fd);
    else if (Fd && mentionsParameter(B->getRHS()))
      F.StoresParameter.insert(Fd);
    return true;
  }
  bool VisitUnaryOperator(const UnaryOperator *O) override {
    if (const FieldDecl *Fd = O->isIncrementDecrementOp() ? field(O->getSubExpr()) : nullptr)
      (O->isIncrementOp() ? F.Raises : F.Lowers).insert(Fd);
    return true;
  }
};

} // namespace

MethodFacts readPattern(Unit &U, const CXXMethodDecl *M, const FunctionDecl *Pattern) {
  MethodFacts F;
  F.M = M;
  PatternReader(U, M->getParent(), F).TraverseStmt(Pattern->getBody());
  return F;
}

} // namespace heddle

#include "AstVisitor.h"

#include "clang/AST/RecursiveASTVisitor.h"

using namespace clang;

namespace heddle {

struct AstVisitor::Clangs : RecursiveASTVisitor<Clangs> {
  using Base = RecursiveASTVisitor<Clangs>;
  explicit Clangs(AstVisitor &V) : V(V) {}

  bool shouldVisitImplicitCode() const { return V.shouldVisitImplicitCode(); }
  bool shouldVisitTemplateInstantiations() const { return V.shouldVisitTemplateInstantiations(); }

  bool dataTraverseStmtPre(Stmt *S) { return V.enters(S); }
  bool TraverseDecl(Decl *D) { return V.TraverseDecl(D); }
  bool TraverseLambdaExpr(LambdaExpr *L) { return V.TraverseLambdaExpr(L); }
  bool TraverseInitListExpr(InitListExpr *L) { return V.TraverseInitListExpr(L); }
  template <class... More> bool TraverseTypeLoc(TypeLoc L, More... M) {
    return !V.shouldVisitTypes() || Base::TraverseTypeLoc(L, M...);
  }

#define STMT(CLASS, PARENT)                                                                                            \
  bool Visit##CLASS(CLASS *S) { return V.Visit##CLASS(S); }
#include "clang/AST/StmtNodes.inc"
  bool VisitStmt(Stmt *S) { return V.VisitStmt(S); }
  bool VisitNamedDecl(NamedDecl *D) { return V.VisitNamedDecl(D); }
  bool VisitVarDecl(VarDecl *D) { return V.VisitVarDecl(D); }
  bool VisitCXXMethodDecl(CXXMethodDecl *D) { return V.VisitCXXMethodDecl(D); }

  AstVisitor &V;
};

AstVisitor::AstVisitor() : I(std::make_unique<Clangs>(*this)) {}
AstVisitor::~AstVisitor() = default;

// Clang's visitor wants what it walks to be mutable, and changes nothing.
bool AstVisitor::TraverseStmt(const Stmt *S) { return I->TraverseStmt(const_cast<Stmt *>(S)); }
bool AstVisitor::TraverseDecl(const Decl *D) { return I->Clangs::Base::TraverseDecl(const_cast<Decl *>(D)); }
bool AstVisitor::TraverseLambdaExpr(const LambdaExpr *L) {
  return I->Clangs::Base::TraverseLambdaExpr(const_cast<LambdaExpr *>(L));
}
bool AstVisitor::TraverseInitListExpr(const InitListExpr *L) {
  return I->Clangs::Base::TraverseInitListExpr(const_cast<InitListExpr *>(L));
}
bool AstVisitor::TraverseInitListForm(const InitListExpr *L) {
  return I->TraverseSynOrSemInitListExpr(const_cast<InitListExpr *>(L));
}

} // namespace heddle

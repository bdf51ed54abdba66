// Walks the syntax tree. Clang's own visitor is a template that costs ten seconds of compile time each time it is
// written; here it is instantiated once, in AstVisitor.cpp.
#pragma once

#include "clang/AST/ExprCXX.h"

#include <memory>

namespace heddle {

/// A visitor with virtual functions, for walks that keep a state; Walk.h has functions for those that do not. Visits in
/// the order of clang::RecursiveASTVisitor. A function that returns false ends the whole walk.
class AstVisitor {
public:
  AstVisitor();
  virtual ~AstVisitor();
  AstVisitor(const AstVisitor &) = delete;
  AstVisitor &operator=(const AstVisitor &) = delete;

  bool TraverseStmt(const clang::Stmt *S);
  virtual bool TraverseDecl(const clang::Decl *D);
  /// Walks \p L only in its written or its semantic form, whichever it is.
  bool TraverseInitListForm(const clang::InitListExpr *L);

  // Defaults walk into the node.
  virtual bool TraverseLambdaExpr(const clang::LambdaExpr *L);
  virtual bool TraverseInitListExpr(const clang::InitListExpr *L);

  /// Returns false if neither the node nor what it contains is to be visited; the walk continues behind it.
  virtual bool enters(const clang::Stmt *S) { return true; }

#define STMT(CLASS, PARENT)                                                                                            \
  virtual bool Visit##CLASS(const clang::CLASS *) { return true; }
#include "clang/AST/StmtNodes.inc"
  virtual bool VisitStmt(const clang::Stmt *) { return true; }
  virtual bool VisitNamedDecl(const clang::NamedDecl *) { return true; }
  virtual bool VisitVarDecl(const clang::VarDecl *) { return true; }
  virtual bool VisitCXXMethodDecl(const clang::CXXMethodDecl *) { return true; }

  virtual bool shouldVisitImplicitCode() const { return false; }
  virtual bool shouldVisitTemplateInstantiations() const { return false; }
  /// Types hold expressions, too: `decltype(f())`, `int[n]`.
  virtual bool shouldVisitTypes() const { return true; }

private:
  struct Clangs;
  std::unique_ptr<Clangs> I;
};

} // namespace heddle

#include "Events.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {

SourceLocation Event::loc() const {
  if (!Site)
    return {};
  if (const auto *ME = dyn_cast<CXXMemberCallExpr>(Site))
    return ME->getExprLoc();
  return Site->getBeginLoc();
}

Code::Code(Unit &U, const FunctionDecl *Fn) : U(U), Fn(Fn) { Extractor(*this).run(); }

llvm::ArrayRef<unsigned> Code::at(const Stmt *S) const {
  auto It = BySite.find(S);
  return It == BySite.end() ? llvm::ArrayRef<unsigned>() : llvm::ArrayRef<unsigned>(It->second);
}

const CFG *Code::graph() {
  if (!GraphTried) {
    GraphTried = true;
    CFG::BuildOptions BO;
    BO.setAllAlwaysAdd();
    BO.AddInitializers = true;
    BO.AddImplicitDtors = true;
    BO.AddLifetime = true;
    BO.AddTemporaryDtors = true;
    BO.AddEHEdges = true;
    BO.AddCXXDefaultInitExprInCtors = true;
    BO.AddStaticInitBranches = true;
    BO.PruneTriviallyFalseEdges = true;
    Graph = CFG::buildCFG(Fn, Fn->getBody(), &U.Ctx, BO);
  }
  return Graph.get();
}

const GuardInfo *Code::guard(const ValueDecl *V) const {
  auto It = Guards.find(V);
  return It == Guards.end() ? nullptr : &It->second;
}

const CXXTryStmt *Code::enclosingTry(const Stmt *S) const {
  const Stmt *Child = S;
  for (const Stmt *P = Parents.lookup(S); P; Child = P, P = Parents.lookup(P))
    if (const auto *T = dyn_cast<CXXTryStmt>(P); T && T->getTryBlock() == Child)
      return T;
  return nullptr;
}

} // namespace heddle

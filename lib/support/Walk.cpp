#include "Walk.h"
#include "AstVisitor.h"

using namespace clang;

namespace heddle {

namespace {
class Walker : public AstVisitor {
public:
  Walker(Walk What, llvm::function_ref<Step(const Stmt *)> Visit) : What(What), Visit(Visit) {}

  bool shouldVisitImplicitCode() const override { return What == Walk::WithImplicit; }
  bool enters(const Stmt *S) override {
    if (Ended)
      return false;
    Step Next = Visit(S);
    Ended = Next == Step::Out;
    return Next == Step::In && !(What == Walk::NoLambdas && isa<LambdaExpr>(S));
  }
  bool VisitStmt(const Stmt *) override { return !Ended; }

  bool Ended = false;

private:
  Walk What;
  llvm::function_ref<Step(const Stmt *)> Visit;
};
} // namespace

bool walk(const Stmt *S, Walk What, llvm::function_ref<Step(const Stmt *)> Visit) {
  Walker W(What, Visit);
  if (S)
    W.TraverseStmt(S);
  return !W.Ended;
}

bool walk(const FunctionDecl *F, Walk What, llvm::function_ref<Step(const Stmt *)> Visit) {
  if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(F))
    for (const CXXCtorInitializer *I : Ctor->inits())
      if (!walk(I->getInit(), What, Visit))
        return false;
  return walk(F->getBody(), What, Visit);
}

} // namespace heddle

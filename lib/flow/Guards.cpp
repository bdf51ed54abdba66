#include "Guards.h"
#include "Loops.h"
#include "Unwrap.h"

using namespace clang;

namespace heddle {

bool leaves(const Stmt *S) {
  if (const auto *Block = dyn_cast_or_null<CompoundStmt>(S))
    return !Block->body_empty() && leaves(Block->body_back());
  if (const auto *E = dyn_cast_or_null<Expr>(S))
    return isa<CXXThrowExpr>(unwrap(E));
  return isa_and_nonnull<BreakStmt, ContinueStmt, ReturnStmt, GotoStmt, CoreturnStmt>(S);
}

bool implies(const Expr *Condition, bool Value, llvm::function_ref<bool(const Expr *, bool)> Leaf) {
  const Expr *E = unwrap(Condition);
  if (const auto *Not = dyn_cast_or_null<UnaryOperator>(E); Not && Not->getOpcode() == UO_LNot)
    return implies(Not->getSubExpr(), !Value, Leaf);
  const auto *B = dyn_cast_or_null<BinaryOperator>(E);
  if (!B || !B->isLogicalOp())
    return E && Leaf(E, Value);
  bool L = implies(B->getLHS(), Value, Leaf), R = implies(B->getRHS(), Value, Leaf);
  return (B->getOpcode() == BO_LAnd) == Value ? L || R : L && R;
}

/// The labels through which control comes to \p Child, a statement of the switch's block.
static void addCases(const SwitchStmt *Switch, const Stmt *Child, llvm::SmallVectorImpl<Guard> &Out) {
  const auto *Block = dyn_cast<CompoundStmt>(Switch->getBody());
  if (!Block)
    return;
  Guard G;
  G.Condition = Switch->getCond();
  G.By = Switch;
  for (const Stmt *S : Block->body()) {
    const Stmt *Inner = S;
    while (const auto *Label = dyn_cast<SwitchCase>(Inner)) {
      const auto *Case = dyn_cast<CaseStmt>(Label);
      G.Cases.push_back(Case ? Case->getLHS() : nullptr);
      Inner = Label->getSubStmt();
    }
    if (S == Child)
      break;
    if (leaves(Inner))
      G.Cases.clear();
  }
  if (!G.Cases.empty())
    Out.push_back(std::move(G));
}

/// What leaves in a block before \p Until, a statement of it, and in the blocks in it: `{ lock_guard l(m); if (over)
/// return; }`.
static void addLeaving(const CompoundStmt *Block, const Stmt *Until, llvm::SmallVectorImpl<Guard> &Out) {
  const auto Outer = Out.size();
  for (const Stmt *Before : Block->body()) {
    if (isa<SwitchCase>(Before)) // control may come in here
      Out.truncate(Outer);
    if (Before == Until)
      break;
    const auto *If = dyn_cast<IfStmt>(Before);
    if (If && leaves(If->getThen()))
      Out.push_back({If->getCond(), false, {}, If});
    else if (If && If->getElse() && leaves(If->getElse()))
      Out.push_back({If->getCond(), true, {}, If});
    else if (const auto *Inner = dyn_cast<CompoundStmt>(Before))
      addLeaving(Inner, nullptr, Out);
  }
}

llvm::SmallVector<Guard, 4> guards(const Code &C, const Stmt *S, const Stmt *Within) {
  llvm::SmallVector<Guard, 4> Out;
  auto Add = [&](const Expr *Cond, bool Value, const Stmt *By) {
    if (Cond)
      Out.push_back({Cond, Value, {}, By});
  };
  const Stmt *Inner = nullptr; // the child before Child
  for (const Stmt *Child = S, *P = C.parent(S); P && Child != Within; Inner = Child, Child = P, P = C.parent(P)) {
    if (const auto *If = dyn_cast<IfStmt>(P)) {
      if (Child == If->getThen() || Child == If->getElse())
        Add(If->getCond(), Child == If->getThen(), P);
    } else if (const auto *Q = dyn_cast<AbstractConditionalOperator>(P)) {
      if (Child == Q->getTrueExpr() || Child == Q->getFalseExpr())
        Add(Q->getCond(), Child == Q->getTrueExpr(), P);
    } else if (const auto *B = dyn_cast<BinaryOperator>(P)) {
      if (B->isLogicalOp() && Child == B->getRHS())
        Add(B->getLHS(), B->getOpcode() == BO_LAnd, P);
    } else if (P != Within && isa<ForStmt, WhileStmt>(P) && loopBody(P) == Child) {
      Add(loopCondition(P), true, P);
    } else if (const auto *Switch = dyn_cast<SwitchStmt>(P); Switch && Switch->getBody() == Child && Inner) {
      addCases(Switch, Inner, Out);
    } else if (const auto *Block = dyn_cast<CompoundStmt>(P)) {
      addLeaving(Block, Child, Out);
    }
  }
  return Out;
}

} // namespace heddle

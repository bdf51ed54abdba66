#include "Order.h"
#include "Loops.h"
#include "MakeFacts.h"

using namespace clang;

namespace heddle {

namespace {

/// Returns true if it is the edge that an exception takes from the call at the end of the block: Clang marks it by its
/// place alone, as the second successor of a block without a terminator.
bool isExceptional(const CFGBlock &Block, unsigned Successor) {
  if (Block.getTerminatorStmt() && isa<CXXThrowExpr>(Block.getTerminatorStmt()))
    return true;
  return Successor == 1 && !Block.getTerminatorStmt() && Block.succ_size() == 2;
}

const Stmt *statement(const CFGElement &E) {
  auto S = E.getAs<CFGStmt>();
  return S ? S->getStmt() : nullptr;
}

} // namespace

/// A search forwards from one point.
struct Order::Walk {
  Walk(const CFG &Graph, Elements Avoiding, Paths Which, const Stmt *To)
      : Graph(Graph), Avoiding(Avoiding), Which(Which), To(To) {}

  const CFG &Graph;
  Elements Avoiding;
  Paths Which;
  const Stmt *To; ///< null: the exit
  llvm::SmallVector<const CFGBlock *, 16> Work;
  llvm::DenseSet<const CFGBlock *> Seen;

  bool from(const CFGBlock *Block, unsigned Index) {
    if (scan(*Block, Index))
      return true;
    while (!Work.empty())
      if (scan(*Work.pop_back_val(), 0))
        return true;
    return false;
  }

private:
  /// Returns true if the target is found; else the blocks behind this one wait to be scanned.
  bool scan(const CFGBlock &Block, unsigned Index) {
    for (; Index < Block.size(); ++Index) {
      const Stmt *S = statement(Block[Index]);
      if (!S)
        continue;
      if (S == To)
        return true;
      if (Avoiding && Avoiding(S)) {
        if (Index + 1 == Block.size())
          enqueue(Block, /*Normal=*/false); // what throws has not been evaluated
        return false;
      }
    }
    if (&Block == &Graph.getExit())
      return !To;
    if (!Block.hasNoReturnElement())
      enqueue(Block, /*Normal=*/true);
    return false;
  }
  void enqueue(const CFGBlock &Block, bool Normal) {
    unsigned I = 0;
    for (auto It = Block.succ_begin(); It != Block.succ_end(); ++It, ++I) {
      const CFGBlock *Next = *It;
      if (Next && (isExceptional(Block, I) ? Which == Paths::All : Normal) && Seen.insert(Next).second)
        Work.push_back(Next);
    }
  }
};

const Order::Points &Order::points(Code &C) {
  auto [It, New] = Known.try_emplace(&C);
  if (New)
    if (const CFG *G = C.graph())
      for (const CFGBlock *Block : *G)
        for (unsigned I = 0; I != Block->size(); ++I)
          if (const Stmt *S = statement((*Block)[I]))
            It->second.try_emplace(S, Point{Block, I});
  return It->second;
}

/// Where the statement is evaluated: as an element of its own; else, of an expression that is none (a parenthesis),
/// with the one around it; else, of what controls others, with the first element inside.
std::optional<Order::Point> Order::find(Code &C, const Stmt *S) {
  const Points &Of = points(C);
  for (const Stmt *Up = S; isa_and_nonnull<Expr>(Up); Up = C.parent(Up))
    if (auto It = Of.find(Up); It != Of.end())
      return It->second;
  if (auto It = Of.find(S); It != Of.end())
    return It->second;
  if (const auto *Full = dyn_cast_or_null<FullExpr>(S)) // has no element of its own
    return find(C, Full->getSubExpr());
  if (!S || isa<Expr>(S))
    return std::nullopt;
  for (const Stmt *Child : S->children())
    if (Child)
      for (const Stmt *First = Child; First;) { // the deepest first operand is evaluated first
        const Stmt *Next = First->child_begin() != First->child_end() ? *First->child_begin() : nullptr;
        if (Next && !isa<LambdaExpr>(First) && find(C, Next)) {
          First = Next;
          continue;
        }
        if (auto P = find(C, First))
          return P;
        break;
      }
  return std::nullopt;
}

bool Order::reaches(Code &C, const Stmt *From, const Stmt *To, Elements Avoiding, Paths Which) {
  auto Start = find(C, From), End = find(C, To);
  if (!Start || !End)
    return false;
  const Stmt *Target = statement((*End->Block)[End->Index]);
  return Walk(*C.graph(), Avoiding, Which, Target).from(Start->Block, Start->Index + 1);
}

bool Order::dominates(Code &C, const Stmt *First, const Stmt *Then, Paths Which) {
  auto Before = find(C, First), After = find(C, Then);
  if (!Before || !After)
    return false;
  const Stmt *Passed = statement((*Before->Block)[Before->Index]);
  const Stmt *Target = statement((*After->Block)[After->Index]);
  auto Comes = [&](Elements Avoiding) {
    return Walk(*C.graph(), Avoiding, Which, Target).from(&C.graph()->getEntry(), 0);
  };
  if (Which == Paths::Normal && !Comes(nullptr))
    Which = Paths::All; // it stands in a handler
  return Passed != Target && !Comes([&](const Stmt *S) { return S == Passed; });
}

bool Order::reachesExit(Code &C, const Stmt *From, Elements Avoiding, Paths Which) {
  auto Start = find(C, From);
  return Start && Walk(*C.graph(), Avoiding, Which, nullptr).from(Start->Block, Start->Index + 1);
}

bool Order::surelyFollows(Code &C, const Stmt *First, const Stmt *Then, Paths Which) {
  auto Start = find(C, First), End = find(C, Then);
  if (!Start || !End)
    return false;
  const Stmt *Passed = statement((*End->Block)[End->Index]);
  return !reachesExit(C, First, [&](const Stmt *S) { return S == Passed; }, Which);
}

bool Order::onEveryPath(Code &C, const Stmt *S, Paths Which) {
  auto Must = find(C, S);
  if (!Must)
    return false;
  const Stmt *Passed = statement((*Must->Block)[Must->Index]);
  auto Passes = [&](const Stmt *X) { return X == Passed; };
  return !Walk(*C.graph(), Passes, Which, nullptr).from(&C.graph()->getEntry(), 0);
}

bool Order::inEveryTurn(Code &C, const Stmt *Loop, const Stmt *S, Paths Which) {
  auto Start = find(C, loopBody(Loop)), Must = find(C, S);
  if (!Start || !Must)
    return false;
  const Stmt *First = statement((*Start->Block)[Start->Index]);
  const Stmt *Passed = statement((*Must->Block)[Must->Index]);
  if (First == Passed)
    return true;
  auto Passes = [&](const Stmt *X) { return X == Passed; };
  return !Walk(*C.graph(), Passes, Which, First).from(Start->Block, Start->Index + 1);
}

Order::Order(Unit &) {}

template std::shared_ptr<void> makeFacts<Order>(Unit &);

} // namespace heddle

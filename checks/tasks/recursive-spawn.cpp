// A function that starts itself as a task for each child: every level has as many threads as the whole level has nodes.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Expressions.h"
#include "flow/Order.h"
#include "flow/TaskFacts.h"
#include "flow/Unwrap.h"
#include "flow/Uses.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {
namespace {

/// A start of the function by itself, as a task.
struct Start {
  const Event *Spawn; ///< in the body that holds it
  const Code *In;
  const Stmt *Site;    ///< in the function itself: the start, or the call that leads there
  SourceLocation Call; ///< where the task calls the function again; invalid: it is the function
  bool Many = false;   ///< an algorithm reaches it once for each element
};

/// Returns true if the event calls a variable that holds the lambda:
/// `std::function<void(Node)> visit = [&](Node n) { … visit(child); … };`
bool callsVariableWith(const Code &C, const Event &E, const Code &Self) {
  Unit &U = C.U;
  const auto *V = E.Callee || !E.Object.Path.empty() ? nullptr : dyn_cast_or_null<VarDecl>(E.Object.Root);
  const auto *M = dyn_cast<CXXMethodDecl>(Self.Fn);
  if (!V || !M || !M->getParent()->isLambda())
    return false;
  auto Is = [&](const Code &In, const Expr *Value) {
    return Value && llvm::any_of(In.callables(Value), [&](const CallableRef &R) { return R.Body == Self.Fn; });
  };
  const auto *Around = dyn_cast_or_null<FunctionDecl>(V->getParentFunctionOrMethod());
  const Code *Outer = Around ? U.code(Around) : nullptr;
  return Is(C, V->getInit()) || (Outer && llvm::any_of(U.get<Uses>().in(*Outer, V), [&](const Use &X) {
                                   const auto *O = dyn_cast_or_null<CXXOperatorCallExpr>(X.Site);
                                   const Expr *Value = O && O->getOperator() == OO_Equal ? O->getArg(1) : X.Value;
                                   return X.is(Use::Assign | Use::Mutate) && Is(*Outer, Value);
                                 }));
}

bool callsSelf(const Code &C, const Event &E, const Code &Self) {
  return E.Kind == Op::Call && !(E.Site && C.U.get<LoopFacts>().once(C, E.Site)) &&
         (E.Callee == Self.Fn || callsVariableWith(C, E, Self));
}

/// Where a task calls the function, itself or through one callee or algorithm; invalid if it does not.
SourceLocation callsAgain(const Code &Task, const Code &Self) {
  auto Inner = [&](const FunctionDecl *F) -> SourceLocation {
    const Code *C = F ? Task.U.code(F) : nullptr;
    for (const Event &E : C ? llvm::ArrayRef<Event>(C->Events) : llvm::ArrayRef<Event>())
      if (callsSelf(*C, E, Self))
        return E.loc();
    return {};
  };
  for (const Event &E : Task.Events) {
    if (callsSelf(Task, E, Self))
      return E.loc();
    if (E.Kind == Op::Call && !(E.Site && Task.U.get<LoopFacts>().once(Task, E.Site)) && Inner(E.Callee).isValid())
      return E.loc();
    for (const CallableRef &T : E.Kind == Op::RunNow ? llvm::ArrayRef(E.Tasks) : llvm::ArrayRef<CallableRef>())
      if (SourceLocation L = Inner(T.Body); L.isValid())
        return L;
  }
  return {};
}

/// The starts of itself in one body, reached from \p Through in the function; null: it is the function's own.
void addStarts(const Code &Where, const Code &Self, const Stmt *Through, bool Many, std::vector<Start> &Out) {
  for (const Event &E : Where.Events) {
    Launch On = E.Site ? Where.U.get<TaskFacts>().launch(Where, E) : Launch::Pool;
    if (On != Launch::Thread && On != Launch::MayDefer)
      continue;
    for (const CallableRef &T : E.Tasks) {
      const Code *Task = T.Body ? Where.U.code(T.Body) : nullptr;
      SourceLocation Call = Task && T.Body != Self.Fn ? callsAgain(*Task, Self) : SourceLocation();
      if (T.Body == Self.Fn || Call.isValid())
        Out.push_back({&E, &Where, Through ? Through : E.Site, Call, Many});
    }
  }
}

/// The starts of itself as a task, in its own body or in one that it calls.
std::vector<Start> startsOfItself(const Code &C) {
  std::vector<Start> Out;
  addStarts(C, C, nullptr, false, Out);
  for (const Event &E : C.Events) {
    if (!E.Site)
      continue;
    if (E.Kind == Op::Call && E.Callee && E.Callee != C.Fn)
      if (const Code *Inner = C.U.code(E.Callee))
        addStarts(*Inner, C, E.Site, false, Out);
    if (E.Kind == Op::RunNow && !E.may(Fact::Parallel))
      for (const CallableRef &T : E.Tasks)
        if (const Code *Inner = T.Body ? C.U.code(T.Body) : nullptr)
          addStarts(*Inner, C, E.Site, E.Model && E.Model->Many, Out);
  }
  return Out;
}

/// How many things there are to do: `xs.size()`, `last - first`, std::distance(…), or a local that says so.
bool isSize(Unit &U, const Expr *E) {
  E = unwrap(E);
  if (const auto *DR = dyn_cast_or_null<DeclRefExpr>(E)) {
    const auto *V = dyn_cast<VarDecl>(DR->getDecl());
    return V && V->hasLocalStorage() && !isa<ParmVarDecl>(V) && V->getInit() && isSize(U, V->getInit());
  }
  if (const auto *B = dyn_cast_or_null<BinaryOperator>(E))
    return B->getOpcode() == BO_Sub && !isa<IntegerLiteral>(unwrap(B->getRHS()));
  if (const auto *O = dyn_cast_or_null<CXXOperatorCallExpr>(E))
    return O->getOperator() == OO_Minus && O->getNumArgs() == 2;
  if (const auto *M = dyn_cast_or_null<CXXMemberCallExpr>(E))
    return M->getNumArgs() == 0 && M->getImplicitObjectArgument() &&
           U.role(M->getImplicitObjectArgument()->getType()) == Role::Container;
  const auto *Call = dyn_cast_or_null<CallExpr>(E);
  const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
  return F && F->isInStdNamespace() && F->getIdentifier() &&
         (F->getName() == "distance" || F->getName() == "size" || F->getName() == "ssize");
}

/// `if (last - first < 2) return;` ends the recursion where nothing is left to split: that limits nothing.
bool isBaseCase(Unit &U, const Expr *L, const Expr *R) {
  auto Few = [&](const Expr *E) {
    auto N = constantInteger(E, U.Ctx);
    return N && *N <= 2;
  };
  return (Few(R) && isSize(U, L)) || (Few(L) && isSize(U, R));
}

/// Returns true if the condition compares a depth or a size, or \p Counts asks for a number that is given.
bool comparesNumbers(Unit &U, const Expr *Cond, bool Counts) {
  return Cond && anyOf<Expr>(Cond, [&](const Expr *E) {
           if (const auto *B = dyn_cast<BinaryOperator>(E))
             return B->isRelationalOp() && !isBaseCase(U, B->getLHS(), B->getRHS());
           if (const auto *B = dyn_cast<CXXRewrittenBinaryOperator>(E))
             return BinaryOperator::isRelationalOp(B->getOperator());
           if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E)) {
             OverloadedOperatorKind K = O->getOperator();
             return K == OO_Less || K == OO_Greater || K == OO_LessEqual || K == OO_GreaterEqual;
           }
           // A parameter that counts down: `if (depth == 0)`, `if (!levels)`.
           const auto *DR = Counts ? dyn_cast<DeclRefExpr>(E) : nullptr;
           QualType T = E->getType();
           return DR && isa<ParmVarDecl>(DR->getDecl()) && T->isIntegerType() && !T->isBooleanType() &&
                  !T->isEnumeralType();
         });
}

/// Returns true if the event bounds how many there are: a permit, a wait, a set of what was seen that answers.
bool limits(const Code &In, const Event &E, const Code &Self) {
  if (((E.Kind == Op::Acquire || E.Kind == Op::TryAcquire) && E.ObjectRole == Role::Semaphore) ||
      E.Kind == Op::WaitCondition)
    return true;
  const auto *V = dyn_cast_or_null<VarDecl>(E.Object.Root);
  bool Own = V && !isa<ParmVarDecl>(V) && V->hasLocalStorage() &&
             V->getParentFunctionOrMethod() == static_cast<const DeclContext *>(Self.Fn);
  if (E.Kind != Op::Insert || !E.Object.valid() || Own || E.ObjectRole != Role::Container)
    return false;
  QualType Elem = E.Object.last() ? In.U.element(E.Object.last()->getType()) : QualType();
  Role R = Elem.isNull() ? Role::None : In.U.role(Elem);
  const auto *Insertion = dyn_cast<Expr>(E.Site);
  const Stmt *User = Insertion ? In.user(Insertion) : nullptr;
  return R != Role::Thread && R != Role::JoiningThread && R != Role::Future && User && !isa<CompoundStmt>(User);
}

/// Returns true if something ends or limits the recursion before it comes to \p Site.
bool isBounded(Code &C, const Stmt *Site) {
  Unit &U = C.U;
  if (anyOf<Stmt>(C.Fn->getBody(), Walk::NoLambdas, [&](const Stmt *S) {
        if (const auto *If = dyn_cast<IfStmt>(S))
          return comparesNumbers(U, If->getCond(), true);
        const auto *Q = dyn_cast<ConditionalOperator>(S);
        return Q && comparesNumbers(U, Q->getCond(), false);
      }))
    return true;
  return llvm::any_of(C.Events, [&](const Event &E) {
    if (E.Kind == Op::Claim || limits(C, E, C))
      return true;
    // A helper that is asked: `if (!firstVisit(url)) return;`
    bool Asked = E.Kind == Op::Call && E.Callee && E.Callee->getReturnType()->isBooleanType() &&
                 U.get<Order>().reaches(C, E.Site, Site);
    const Code *Inner = Asked ? U.code(E.Callee) : nullptr;
    return Inner && llvm::any_of(Inner->Events, [&](const Event &X) {
             return X.Kind == Op::Insert || X.Kind == Op::Claim || limits(*Inner, X, C);
           });
  });
}

void inBody(Code &C, Reporter &R) {
  std::vector<Start> All = startsOfItself(C);
  for (const Start &X : All) {
    // One for each child: in a loop, several, or one beside a call for the other half.
    bool Halves = llvm::any_of(C.Events, [&](const Event &E) { return E.Kind == Op::Call && E.Callee == C.Fn; });
    bool ForEach =
        X.Many || enclosingLoop(C, X.Site) || enclosingLoop(*X.In, X.Spawn->Site) || All.size() > 1 || Halves;
    Code *In = C.U.code(X.In->Fn);
    auto Bounded = [&](Code &Where, const Stmt *Site) {
      return C.U.get<LoopFacts>().once(Where, Site) || isBounded(Where, Site);
    };
    if (!ForEach || Bounded(C, X.Site) || (In != &C && Bounded(*In, X.Spawn->Site)))
      continue;
    const auto *M = dyn_cast<CXXMethodDecl>(C.Fn);
    std::string Name = M && M->getParent()->isLambda() ? "the lambda" : "'" + C.Fn->getNameAsString() + "'";
    std::vector<StoryLine> Story;
    if (X.In != &C)
      Story.push_back({X.Site->getBeginLoc(), "the start is reached by this call"});
    if (X.Call.isValid())
      Story.push_back({X.Call, "the task calls " + Name + " again"});
    R.report(X.Spawn->loc(),
             Name + " starts itself as a thread for each child, without a bound; the number of threads grows with the "
                    "input until creation fails; submit the work to a pool, and track what was visited",
             Story);
  }
}

const MatchCheck Check({.Name = "recursive-spawn",
                        .Family = "tasks",
                        .Level = Tier::Bug,
                        .Summary = "Finds functions that start themselves as a task for each child, without a bound.",
                        .Rows = "L14",
                        .Preview = true},
                       inBody);

} // namespace
} // namespace heddle

// A function that starts itself as a task for each child: every level has as many threads as the whole level has nodes.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Loops.h"
#include "flow/Mentions.h"
#include "flow/Unwrap.h"
#include "support/AstVisitor.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {
namespace {

/// Started as a thread of its own, not put into the queue of a scheduler that has so many and no more.
bool isOwnTask(const Event &E) {
  if (E.Kind != Op::Spawn || E.may(Fact::Parallel))
    return false;
  if (E.may(Fact::OwnThread))
    return true;
  switch (E.ObjectRole) {
  case Role::Thread:
  case Role::JoiningThread:
  case Role::Future:
    return true;
  default:
    return false;
  }
}

/// Does the statement stand below a question about a global variable that is answered there for good: `if (!instance)
/// instance = new Pool;`? What makes the only object of its kind is done once.
bool isDoneOnce(const Code &C, const Stmt *Site) {
  /// The globals that a statement writes.
  struct Written : AstVisitor {
    const Code &C;
    llvm::SmallVector<const VarDecl *, 2> Globals;
    explicit Written(const Code &C) : C(C) {}
    bool TraverseLambdaExpr(const LambdaExpr *) override { return true; }
    void note(const Expr *E) {
      auto P = E ? C.place(E) : std::nullopt;
      const auto *V = P && P->Path.empty() && !P->Element ? dyn_cast_or_null<VarDecl>(P->Root) : nullptr;
      if (V && V->hasGlobalStorage())
        Globals.push_back(V);
    }
    bool VisitBinaryOperator(const BinaryOperator *B) override {
      if (B->getOpcode() == BO_Assign)
        note(B->getLHS());
      return true;
    }
    bool VisitCXXOperatorCallExpr(const CXXOperatorCallExpr *O) override {
      if (O->getOperator() == OO_Equal && O->getNumArgs())
        note(O->getArg(0));
      return true;
    }
    bool VisitCXXMemberCallExpr(const CXXMemberCallExpr *M) override { // store(), reset()
      if (M->getMethodDecl() && !M->getMethodDecl()->isConst() && M->getNumArgs())
        note(M->getImplicitObjectArgument());
      return true;
    }
  };
  /// Does the expression ask about the global, or about a local that was read from it?
  auto Asks = [&](const Expr *Cond, const VarDecl *Global) {
    return mentions(Cond, [&](const Stmt *X) {
      const auto *DR = dyn_cast<DeclRefExpr>(X);
      const auto *M = dyn_cast<MemberExpr>(X);
      const ValueDecl *D = DR ? DR->getDecl() : M ? M->getMemberDecl() : nullptr;
      const auto *V = dyn_cast_or_null<VarDecl>(D);
      if (!V || V->hasGlobalStorage())
        return V && V->getCanonicalDecl() == Global;
      return V->getInit() && mentions(V->getInit(), Global);
    });
  };
  for (const Stmt *S = C.parent(Site), *Child = Site; S; Child = S, S = C.parent(S)) {
    const auto *If = dyn_cast<IfStmt>(S);
    if (!If || If->getThen() != Child)
      continue;
    Written W(C);
    W.TraverseStmt(If->getThen());
    if (llvm::any_of(W.Globals, [&](const VarDecl *V) { return Asks(If->getCond(), V); }))
      return true;
  }
  return false;
}

class Search {
public:
  explicit Search(Unit &U) : U(U) {}

  struct Start {
    const Event *Spawn; ///< in the body that holds it
    const Code *In;
    const Stmt *Site;    ///< in the function itself: the start, or the call that leads there
    SourceLocation Call; ///< where the task calls the function again; invalid: it is the function
    bool Many = false;   ///< an algorithm reaches it once for each element
  };

  /// The starts of itself as a task, in its own body or in one that it calls.
  std::vector<Start> of(const Code &C) {
    std::vector<Start> Out;
    in(C, C, nullptr, Out);
    for (const Event &E : C.Events) {
      if (E.Kind == Op::Call && E.Callee && E.Callee != C.Fn && E.Site)
        if (const Code *Inner = U.code(E.Callee))
          in(*Inner, C, E.Site, Out);
      if (E.Kind == Op::RunNow && E.Site && !E.may(Fact::Parallel))
        for (const CallableRef &T : E.Tasks)
          if (const Code *Inner = T.Body ? U.code(T.Body) : nullptr) {
            std::size_t Before = Out.size();
            in(*Inner, C, E.Site, Out);
            for (std::size_t I = Before; I != Out.size(); ++I)
              Out[I].Many = E.Model && E.Model->Many;
          }
    }
    return Out;
  }

private:
  Unit &U;

  void in(const Code &Where, const Code &Self, const Stmt *Through, std::vector<Start> &Out) {
    for (const Event &E : Where.Events) {
      if (!isOwnTask(E) || !E.Site)
        continue;
      for (const CallableRef &T : E.Tasks) {
        if (T.Body == Self.Fn) {
          Out.push_back({&E, &Where, Through ? Through : E.Site, {}, false});
          continue;
        }
        const Code *Task = T.Body ? U.code(T.Body) : nullptr;
        if (Task)
          if (SourceLocation Call = calls(*Task, Self); Call.isValid())
            Out.push_back({&E, &Where, Through ? Through : E.Site, Call, false});
      }
    }
  }

  /// Where a body calls the function, itself or through one callee.
  SourceLocation calls(const Code &Task, const Code &Self, unsigned Depth = 0) {
    for (const Event &E : Task.Events) {
      if (E.Kind == Op::RunNow)
        for (const CallableRef &T : E.Tasks)
          if (const Code *Inner = T.Body && Depth == 0 ? U.code(T.Body) : nullptr)
            if (SourceLocation L = calls(*Inner, Self, 1); L.isValid())
              return L;
      if (E.Kind != Op::Call || (E.Site && isDoneOnce(Task, E.Site)))
        continue;
      if (E.Callee == Self.Fn || isVariableWith(Task, E, Self))
        return E.loc();
      if (const Code *Inner = E.Callee && Depth == 0 ? U.code(E.Callee) : nullptr)
        if (calls(*Inner, Self, 1).isValid())
          return E.loc();
    }
    return {};
  }

  /// `std::function<void(Node)> visit = [&](Node n) { … visit(child); … };`
  bool isVariableWith(const Code &C, const Event &E, const Code &Self) const {
    const auto *V = E.Callee || !E.Object.Path.empty() ? nullptr : dyn_cast_or_null<VarDecl>(E.Object.Root);
    const auto *M = dyn_cast<CXXMethodDecl>(Self.Fn);
    if (!V || !M || !M->getParent()->isLambda())
      return false;
    if (V->getInit())
      for (const CallableRef &R : C.callables(V->getInit()))
        if (R.Body == Self.Fn)
          return true;
    // `visit = [&](…) {…};` in the function around it
    const auto *Around = dyn_cast_or_null<FunctionDecl>(V->getParentFunctionOrMethod());
    const Code *Outer = Around ? U.code(Around) : nullptr;
    if (!Outer)
      return false;
    struct Finder : AstVisitor {
      const Code &C;
      const VarDecl *V;
      const FunctionDecl *Fn;
      bool Found = false;
      Finder(const Code &C, const VarDecl *V, const FunctionDecl *F) : C(C), V(V), Fn(F) {}
      bool VisitCXXOperatorCallExpr(const CXXOperatorCallExpr *O) override {
        if (O->getOperator() != OO_Equal || O->getNumArgs() != 2)
          return true;
        auto P = C.place(O->getArg(0));
        if (P && P->Root == V && P->Path.empty())
          for (const CallableRef &R : C.callables(O->getArg(1)))
            Found |= R.Body == Fn;
        return !Found;
      }
    } F(*Outer, V, Self.Fn);
    F.TraverseStmt(Outer->Fn->getBody());
    return F.Found;
  }
};

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
    Expr::EvalResult V;
    return !E->isValueDependent() && E->EvaluateAsInt(V, U.Ctx) && V.Val.getInt().getExtValue() <= 2;
  };
  return (Few(R) && isSize(U, L)) || (Few(L) && isSize(U, R));
}

/// Is there something that ends or limits the recursion: a depth or a size that is compared, a permit, a set of what
/// was seen?
bool isBounded(Unit &U, const Code &C, const Stmt *Site) {
  struct Asks : AstVisitor {
    const Code &C;
    bool Found = false;
    explicit Asks(const Code &C) : C(C) {}
    bool TraverseLambdaExpr(const LambdaExpr *) override { return true; }
    bool compares(const Expr *Cond) const {
      struct Relations : AstVisitor {
        Unit &U;
        bool Found = false;
        explicit Relations(Unit &U) : U(U) {}
        bool VisitBinaryOperator(const BinaryOperator *B) override {
          return !(Found |= B->isRelationalOp() && !isBaseCase(U, B->getLHS(), B->getRHS()));
        }
        bool VisitCXXRewrittenBinaryOperator(const CXXRewrittenBinaryOperator *B) override {
          return !(Found |= BinaryOperator::isRelationalOp(B->getOperator()));
        }
        bool VisitCXXOperatorCallExpr(const CXXOperatorCallExpr *O) override {
          OverloadedOperatorKind K = O->getOperator();
          return !(Found |= K == OO_Less || K == OO_Greater || K == OO_LessEqual || K == OO_GreaterEqual);
        }
      } R(C.U);
      R.TraverseStmt(Cond);
      return R.Found;
    }
    /// A parameter that counts down: `if (depth == 0)`, `if (!levels)`.
    bool countsDown(const Expr *Cond) const {
      struct Numbers : AstVisitor {
        bool Found = false;
        bool VisitDeclRefExpr(const DeclRefExpr *E) override {
          QualType T = E->getType();
          return !(Found |=
                   isa<ParmVarDecl>(E->getDecl()) && T->isIntegerType() && !T->isBooleanType() && !T->isEnumeralType());
        }
      } N;
      N.TraverseStmt(Cond);
      return N.Found;
    }
    bool VisitIfStmt(const IfStmt *S) override {
      if (S->getCond())
        Found |= compares(S->getCond()) || countsDown(S->getCond());
      return !Found;
    }
    bool VisitConditionalOperator(const ConditionalOperator *S) override {
      Found |= compares(S->getCond());
      return !Found;
    }
  } A(C);
  A.TraverseStmt(C.Fn->getBody());
  if (A.Found)
    return true;
  const SourceManager &SM = U.Ctx.getSourceManager();
  auto Own = [&](const Place &P) {
    const auto *V = dyn_cast_or_null<VarDecl>(P.Root);
    return V && !isa<ParmVarDecl>(V) && V->hasLocalStorage() &&
           V->getParentFunctionOrMethod() == static_cast<const DeclContext *>(C.Fn);
  };
  auto Limits = [&](const Code &X, const Event &E) {
    if ((E.Kind == Op::Acquire || E.Kind == Op::TryAcquire) && E.ObjectRole == Role::Semaphore)
      return true;
    if (E.Kind == Op::WaitCondition)
      return true;
    // A set of what was seen: filled here, and not with children alone.
    if (E.Kind == Op::Insert && E.Object.valid() && !Own(E.Object) && E.ObjectRole == Role::Container) {
      QualType Elem;
      if (const ValueDecl *V = E.Object.last())
        Elem = U.element(V->getType());
      Role R = Elem.isNull() ? Role::None : U.role(Elem);
      return R != Role::Thread && R != Role::JoiningThread && R != Role::Future && X.parent(E.Site) &&
             !isa<CompoundStmt>(X.parent(E.Site));
    }
    return false;
  };
  for (const Event &E : C.Events) {
    if (Limits(C, E))
      return true;
    // A helper that is asked: `if (!firstVisit(url)) return;`
    if (E.Kind == Op::Call && E.Callee && E.Callee->getReturnType()->isBooleanType() &&
        SM.isBeforeInTranslationUnit(E.Site->getBeginLoc(), Site->getBeginLoc()))
      if (const Code *Inner = U.code(E.Callee))
        for (const Event &X : Inner->Events)
          if (X.Kind == Op::Insert || X.Kind == Op::Claim || Limits(*Inner, X))
            return true;
    if (E.Kind == Op::Claim)
      return true;
  }
  return false;
}

void inBody(Code &C, Reporter &R) {
  Search S(C.U);
  std::vector<Search::Start> All = S.of(C);
  for (const Search::Start &X : All) {
    // One for each child: in a loop, several, or one beside a call for the other half.
    bool Halves = llvm::any_of(C.Events, [&](const Event &E) { return E.Kind == Op::Call && E.Callee == C.Fn; });
    bool ForEach =
        X.Many || enclosingLoop(C, X.Site) || enclosingLoop(*X.In, X.Spawn->Site) || All.size() > 1 || Halves;
    if (!ForEach || isDoneOnce(C, X.Site) || isBounded(C.U, C, X.Site) ||
        (X.In != &C && isBounded(C.U, *X.In, X.Spawn->Site)))
      continue;
    const auto *M = dyn_cast<CXXMethodDecl>(C.Fn);
    std::string Name = M && M->getParent()->isLambda() ? "the lambda" : "'" + C.Fn->getNameAsString() + "'";
    std::vector<StoryLine> Story;
    if (X.In != &C)
      Story.push_back({X.Site->getBeginLoc(), "the start is reached from here"});
    if (X.Call.isValid())
      Story.push_back({X.Call, "the task calls " + Name + " again, and so starts more of itself"});
    R.report(X.Spawn->loc(),
             Name +
                 " starts itself as a task for each child, and nothing bounds how deep or how many: the threads grow "
                 "with the input until none can be made; give the work to a pool, and remember what was visited",
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

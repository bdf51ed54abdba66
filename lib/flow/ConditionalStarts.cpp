#include "ConditionalStarts.h"
#include "Calls.h"
#include "Guards.h"
#include "LoopFacts.h"
#include "Order.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {

namespace {

constexpr unsigned MaxDepth = 3;

using Declarations = llvm::DenseSet<const ValueDecl *>;

/// The members and variables that an expression names.
void names(const Expr *E, Declarations &Into) {
  forEach<MemberExpr>(E, [&](const MemberExpr *M) { Into.insert(M->getMemberDecl()); });
  forEach<DeclRefExpr>(E, [&](const DeclRefExpr *DR) { Into.insert(DR->getDecl()); });
}

class Finder {
public:
  Finder(Unit &U, ClassFacts &F) : U(U), F(F) {}

  std::vector<ConditionalStart> run() {
    for (const FieldFacts &X : F.Fields)
      if (X.Plays == Role::Thread && !X.Many && !X.Field->getType()->isPointerType() &&
          (X.AtEnd.has(Endings::Terminates) || X.AtEnd.has(Endings::Leaks)))
        look(X.Field);
    return std::move(Out);
  }

private:
  Unit &U;
  ClassFacts &F;
  std::vector<ConditionalStart> Out;

  void look(const FieldDecl *Handle) {
    const ClassTask *Only = nullptr;
    for (const ClassTask &T : F.Tasks)
      if (T.Handle == Handle) {
        if (Only || !T.Start || T.StartedBy.size() != 1)
          return;
        Only = &T;
      }
    if (!Only || !F.operations(Handle, {Op::Detach, Op::Escape}).empty())
      return;
    Declarations Asked;
    const Expr *Condition = conditionOf(*Only, Asked);
    bool Configured = false;
    if (const Expr *Setting = settingOf(*Only, Asked)) {
      Configured = true;
      Condition = Condition ? Condition : Setting;
    }
    if (!Condition)
      return;
    Asked.insert(Handle);
    addNoted(*Only, Asked);
    for (const MemberAccess *J : F.operations(Handle, {Op::Join})) {
      bool AtEnd = J->By && isa<CXXDestructorDecl>(J->By);
      bool Reached = hasSibling(*Only, Condition) || (AtEnd && (inConstructor(*Only) || Configured));
      if (!J->In || J->Task || J->Operation->may(Fact::Timed) || !Reached)
        continue;
      if (!isAsked(*J->In, J->Site, Asked, 0)) {
        Out.push_back({Handle, Only->Start->Start, Condition, J->Operation});
        return;
      }
    }
  }
  /// What the body writes down if it starts the thread, and only then: `started_ = true;`.
  void addNoted(const ClassTask &T, Declarations &Asked) {
    auto &O = U.get<Order>();
    const Stmt *Start = T.Start->Start->Site;
    for (const FieldFacts &X : F.Fields)
      for (const Use &Y : U.get<Uses>().in(*T.StartedIn, X.Field))
        if (Y.is(Use::Stores | Use::Mutate) && Y.Site &&
            (O.dominates(*T.StartedIn, Start, Y.Site) || O.surelyFollows(*T.StartedIn, Y.Site, Start)))
          Asked.insert(X.Field);
  }
  static bool inConstructor(const ClassTask &T) { return isa<CXXConstructorDecl>(T.StartedBy.front()); }

  /// The condition around the start; what leads out of the body before it starts anything does not count.
  const Expr *conditionOf(const ClassTask &T, Declarations &Asked) {
    const Expr *Found = nullptr;
    for (const Guard &G : guards(*T.StartedIn, T.Start->Start->Site)) {
      const auto *If = dyn_cast_or_null<IfStmt>(G.By);
      bool Around = If && anyOf<Stmt>(G.Value ? If->getThen() : If->getElse(), Walk::WithImplicit,
                                      [&](const Stmt *S) { return S == T.Start->Start->Site; });
      if (!Around || !If->getCond())
        continue;
      Found = If->getCond();
      names(Found, Asked);
    }
    return Found;
  }
  /// A condition on the start, also one that leaves before it, which asks for a member that only constructors set: then
  /// it is the object that has no thread, whoever starts it. Null if there is none.
  const Expr *settingOf(const ClassTask &T, Declarations &Asked) {
    for (const Guard &G : guards(*T.StartedIn, T.Start->Start->Site)) {
      if (!isa_and_nonnull<IfStmt>(G.By))
        continue;
      const MemberExpr *Of = findFirst<MemberExpr>(G.Condition, [&](const MemberExpr *M) {
        const auto *D = dyn_cast<FieldDecl>(M->getMemberDecl());
        return D && D != T.Handle && isa<CXXThisExpr>(M->getBase()->IgnoreParenImpCasts()) && isSetting(D);
      });
      if (!Of)
        continue;
      names(G.Condition, Asked);
      return G.Condition;
    }
    return nullptr;
  }
  bool isSetting(const FieldDecl *D) {
    if (U.role(D->getType()) != Role::None)
      return false;
    return D->getType().isConstQualified() ||
           (U.seesAllUses(D) && llvm::none_of(U.get<Uses>().everywhere(D), [](const Use &X) {
              return X.is(Use::Writes) && !isa<CXXConstructorDecl>(X.Body);
            }));
  }
  /// Another thread is started in the same body, whether or not this one is.
  bool hasSibling(const ClassTask &T, const Expr *Condition) {
    auto &O = U.get<Order>();
    auto IsStart = [&](const Stmt *S) { return S == T.Start->Start->Site; };
    return llvm::any_of(F.Tasks, [&](const ClassTask &X) {
      const FieldFacts *H = X.Handle && X.Handle != T.Handle ? F.field(X.Handle) : nullptr;
      return H && X.Start && X.StartedIn == T.StartedIn && O.reachesExit(*X.StartedIn, X.Start->Start->Site, IsStart) &&
             (O.reaches(*X.StartedIn, X.Start->Start->Site, T.Start->Start->Site) ||
              O.reaches(*X.StartedIn, Condition, X.Start->Start->Site, IsStart));
    });
  }
  /// A condition on the way to the statement asks for one of these, in a member that it calls, too.
  bool isAsked(const Code &C, const Stmt *S, const Declarations &Asked, unsigned Depth) {
    for (const Guard &G : guards(C, S)) {
      Declarations Named;
      names(G.Condition, Named);
      forEach<CXXMemberCallExpr>(G.Condition, [&](const CXXMemberCallExpr *Call) {
        if (const Code *Inner = U.code(Call->getMethodDecl()))
          forEach<MemberExpr>(Inner->Fn->getBody(), [&](const MemberExpr *M) { Named.insert(M->getMemberDecl()); });
      });
      if (llvm::any_of(Named, [&](const ValueDecl *D) { return Asked.contains(D); }))
        return true;
    }
    for (const CallEdge &X : Depth < MaxDepth ? U.get<Calls>().callers(C.Fn) : llvm::ArrayRef<CallEdge>())
      if (!X.Task && X.In->Fn != C.Fn && isAsked(*X.In, X.Site, Asked, Depth + 1))
        return true;
    return false;
  }
};

} // namespace

std::vector<ConditionalStart> conditionalStarts(Unit &U, ClassFacts &F) { return Finder(U, F).run(); }

// ---- in one body ----------------------------------------------------------------------------------------------------

/// The local variable of whose elements the place is one; null if it is something else.
static const VarDecl *containerOf(const Code &C, const Place &P) {
  std::optional<Place> Of = P;
  if (!P.Element && P.Path.empty())
    Of = C.elementOf(P.Root);
  const auto *V = Of && Of->Element && Of->Path.empty() ? dyn_cast_or_null<VarDecl>(Of->Root) : nullptr;
  return V && V->isLocalVarDecl() && V->hasLocalStorage() && !V->getType()->isReferenceType() ? V : nullptr;
}

/// The expression to which a `for` loop counts; null for another loop.
static const Expr *countsTo(const Loop &L) {
  const auto *For = dyn_cast<ForStmt>(L.Statement);
  const auto *B = For && For->getCond() ? dyn_cast<BinaryOperator>(For->getCond()->IgnoreParenImpCasts()) : nullptr;
  return B && B->isComparisonOp() ? B->getRHS()->IgnoreParenImpCasts() : nullptr;
}

/// Returns true if \p Then goes over all elements for which \p First had a turn.
static bool goesOverAll(Unit &U, const Loop &First, const Loop &Then) {
  if (isa<CXXForRangeStmt>(Then.Statement))
    return true;
  const Expr *A = countsTo(First), *B = countsTo(Then);
  llvm::FoldingSetNodeID IdA, IdB;
  if (!A || !B)
    return false;
  A->Profile(IdA, U.Ctx, true);
  B->Profile(IdB, U.Ctx, true);
  return IdA == IdB;
}

std::vector<SkippedStart> skippedStarts(Code &C) {
  std::vector<SkippedStart> Out;
  LoopFacts &Loops = C.U.get<LoopFacts>();
  for (const Event &E : C.Events) {
    const VarDecl *V = E.Kind == Op::Spawn && E.Site && E.Object.valid() ? containerOf(C, E.Object) : nullptr;
    const Loop *Starts = V ? Loops.repeating(C, E.Site) : nullptr;
    if (!Starts || C.U.get<Order>().inEveryTurn(C, Starts->Statement, E.Site))
      continue;
    bool Other = llvm::any_of(C.Events, [&](const Event &X) {
      bool Of = X.Object.valid() && X.Object.Root == V;
      return Of && (X.Kind == Op::Insert || X.Kind == Op::Detach || (X.Kind == Op::Spawn && X.Site != E.Site));
    });
    const Expr *Condition = nullptr;
    for (const Guard &G : guards(C, E.Site, Starts->Statement))
      if (isa_and_nonnull<IfStmt>(G.By) && !Condition)
        Condition = G.Condition;
    if (Other || !Condition)
      continue;
    for (const Event &J : C.Events) {
      const Loop *Joins = J.Kind == Op::Join && J.Site && !J.may(Fact::Timed) && containerOf(C, J.Object) == V
                              ? Loops.repeating(C, J.Site)
                              : nullptr;
      if (!Joins || Joins == Starts || !guards(C, J.Site, Joins->Statement).empty() ||
          !goesOverAll(C.U, *Starts, *Joins) || !C.U.get<Order>().reaches(C, E.Site, J.Site))
        continue;
      Out.push_back({V, &E, Condition, &J});
      break;
    }
  }
  return Out;
}

} // namespace heddle

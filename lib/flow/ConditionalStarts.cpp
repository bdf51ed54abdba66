#include "ConditionalStarts.h"
#include "Calls.h"
#include "Classes.h"
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

  std::vector<UnaskedJoin> run() {
    for (const FieldFacts &X : F.Fields)
      if (X.Plays == Role::Thread && !X.Many && !X.Field->getType()->isPointerType() &&
          (X.AtEnd.has(Endings::Terminates) || X.AtEnd.has(Endings::Leaks)))
        look(X.Field);
    return std::move(Out);
  }

private:
  Unit &U;
  ClassFacts &F;
  std::vector<UnaskedJoin> Out;

  void look(const FieldDecl *Handle) {
    llvm::SmallVector<const ClassTask *, 2> Tasks;
    for (const ClassTask &T : F.Tasks)
      if (T.Handle == Handle)
        Tasks.push_back(&T);
    if (Tasks.empty() || llvm::any_of(Tasks, [](const ClassTask *T) { return !T->Start || T->StartedBy.empty(); }) ||
        !F.operations(Handle, {Op::Detach, Op::Escape}).empty())
      return;
    unsigned Known = Out.size();
    if (Tasks.size() == 1 && Tasks.front()->StartedBy.size() == 1)
      underCondition(Handle, Tasks.front());
    if (Out.size() == Known && llvm::none_of(Tasks, [](const ClassTask *T) {
          return llvm::any_of(T->StartedBy, [](const CXXMethodDecl *M) { return isa<CXXConstructorDecl>(M); });
        }))
      atEnd(Handle, Tasks);
  }
  void underCondition(const FieldDecl *Handle, const ClassTask *Only) {
    Declarations Asked;
    const Expr *Condition = conditionOf(*Only, Asked);
    bool Configured = false;
    const Expr *Setting = settingOf(*Only, Asked);
    if (!Setting && !inConstructor(*Only))
      Setting = outcomeOf(*Only, Asked);
    if (Setting) {
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
        Out.push_back({Handle, J->Operation, Only->Start->Start, Condition});
        return;
      }
    }
  }
  /// The destructor joins without asking: another member may have joined before, or nobody started anything.
  void atEnd(const FieldDecl *Handle, llvm::ArrayRef<const ClassTask *> Tasks) {
    const Event *Start = Tasks.front()->Start->Start;
    auto Joins = F.operations(Handle, {Op::Join});
    for (const MemberAccess *J : Joins) {
      if (!J->By || !isa<CXXDestructorDecl>(J->By) || !J->In || J->Operation->may(Fact::Timed) ||
          isGuarded(*J->In, J->Site, 0))
        continue;
      for (const MemberAccess *Other : Joins)
        if (Other->By && Other->In && !isa<CXXDestructorDecl>(Other->By) && leavesJoined(*Other, Tasks) &&
            (Other->Operation != J->Operation || isCalledByOthers(Other->By))) {
          Out.push_back({Handle, J->Operation, Start, nullptr, Other});
          return;
        }
      for (const Made &M : U.get<Creation>().of(F.Class))
        if (M.Local && !M.Local->getType()->isReferenceType() &&
            isSame(M.Local->getType()->getAsCXXRecordDecl(), F.Class) && endsUnstarted(M, Tasks)) {
          Out.push_back({Handle, J->Operation, Start, nullptr, nullptr, &M});
          return;
        }
    }
  }
  /// A member that others may call joins the thread, and starts none.
  bool leavesJoined(const MemberAccess &Join, llvm::ArrayRef<const ClassTask *> Tasks) {
    return Join.By->getAccess() == AS_public && !Join.Operation->may(Fact::Timed) &&
           llvm::none_of(Tasks, [&](const ClassTask *T) {
             auto Behind = U.get<Calls>().behind(Join.By);
             return llvm::is_contained(T->StartedBy, Join.By) || llvm::is_contained(Behind, T->StartedIn);
           });
  }
  bool isCalledByOthers(const CXXMethodDecl *M) {
    return llvm::any_of(U.get<Calls>().callers(M), [&](const CallEdge &X) {
      const auto *By = X.In ? dyn_cast<CXXMethodDecl>(X.In->Fn) : nullptr;
      return !X.Task && (!By || !isSame(By->getParent(), F.Class));
    });
  }
  /// Returns true if a path leads from where the object is made to its end without a call that leads to a start.
  bool endsUnstarted(const Made &M, llvm::ArrayRef<const ClassTask *> Tasks) {
    llvm::SmallPtrSet<const Stmt *, 4> Starts;
    for (const Use &X : U.get<Uses>().in(*M.In, M.Local)) {
      const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(X.Mention && !X.Lambda ? callOn(*M.In, X) : nullptr);
      const FunctionDecl *Called = Call ? U.visible(Call->getMethodDecl()) : nullptr;
      if (!Called)
        return false;
      auto Behind = U.get<Calls>().behind(Called);
      if (llvm::any_of(Tasks, [&](const ClassTask *T) { return llvm::is_contained(Behind, T->StartedIn); }))
        Starts.insert(Call);
    }
    return U.get<Order>().reachesExit(*M.In, M.Site, [&](const Stmt *S) { return Starts.contains(S); });
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
  /// A condition that leaves before the start and asks for an argument, or for how something ended that the body has
  /// tried: `if (!device_) return false;` behind `device_ = open(name)`. Null if there is none; what asks for flags of
  /// the object asks whether it runs already.
  const Expr *outcomeOf(const ClassTask &T, Declarations &Asked) {
    for (const Guard &G : guards(*T.StartedIn, T.Start->Start->Site))
      if (isa_and_nonnull<IfStmt>(G.By) && isOutcome(*T.StartedIn, G.Condition, 0)) {
        names(G.Condition, Asked);
        return G.Condition;
      }
    return nullptr;
  }
  bool isOutcome(Code &C, const Expr *Value, unsigned Depth) {
    auto IsFlag = [&](const MemberExpr *M) {
      const auto *D = dyn_cast<FieldDecl>(M->getMemberDecl());
      Role Plays = D ? U.role(D->getType()) : Role::None;
      return Plays == Role::Atomic || Plays == Role::Thread;
    };
    if (anyOf<MemberExpr>(Value, Walk::NoLambdas, IsFlag))
      return false;
    if (anyOf<CallExpr>(Value, Walk::NoLambdas, [&](const CallExpr *Call) {
          const auto *M = dyn_cast_or_null<CXXMethodDecl>(Call->getDirectCallee());
          return Call->getDirectCallee() && !Call->getDirectCallee()->isInStdNamespace() && !(M && M->isConst());
        }))
      return true;
    return anyOf<Expr>(Value, Walk::NoLambdas, [&](const Expr *E) {
      const auto *DR = dyn_cast<DeclRefExpr>(E);
      const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
      if (V && (isa<ParmVarDecl>(V) || (V->isLocalVarDecl() && V->getInit() && Depth < MaxDepth)))
        return isa<ParmVarDecl>(V) || isOutcome(C, V->getInit(), Depth + 1);
      const auto *M = dyn_cast<MemberExpr>(E);
      const auto *D = M && isa<CXXThisExpr>(M->getBase()->IgnoreParenImpCasts())
                          ? dyn_cast<FieldDecl>(M->getMemberDecl())
                          : nullptr;
      return D && llvm::any_of(U.get<Uses>().in(C, D), [&](const Use &X) {
               return X.is(Use::Assign) && X.Of == Use::Itself && X.Value && X.Site && Depth < MaxDepth &&
                      U.get<Order>().dominates(C, X.Site, Value) && isOutcome(C, X.Value, Depth + 1);
             });
    });
  }
  bool isSetting(const FieldDecl *D) {
    if (Role Plays = U.role(D->getType()); Plays != Role::None && Plays != Role::Container)
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
  /// A condition decides whether the destructor comes to the statement.
  bool isGuarded(const Code &C, const Stmt *S, unsigned Depth) {
    if (!guards(C, S).empty())
      return true;
    return llvm::any_of(Depth < MaxDepth ? U.get<Calls>().callers(C.Fn) : llvm::ArrayRef<CallEdge>(),
                        [&](const CallEdge &X) {
                          const auto *By = X.In ? dyn_cast<CXXMethodDecl>(X.In->Fn) : nullptr;
                          return By && !X.Task && X.In->Fn != C.Fn && isSame(By->getParent(), F.Class) &&
                                 isGuarded(*X.In, X.Site, Depth + 1);
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

std::vector<UnaskedJoin> unaskedJoins(Unit &U, ClassFacts &F) { return Finder(U, F).run(); }

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

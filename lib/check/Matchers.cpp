#include "Matchers.h"
#include "PatternCheck.h"
#include "flow/HeldLocks.h"
#include "flow/Loops.h"
#include "flow/TaskFacts.h"
#include "flow/Unit.h"
#include "flow/ValueFlow.h"
#include "support/Walk.h"

#include <deque>
#include <mutex>

using namespace clang;
using namespace clang::ast_matchers;
using clang::ast_matchers::internal::ASTMatchFinder;
using clang::ast_matchers::internal::BoundNodesTreeBuilder;
using clang::ast_matchers::internal::DynTypedMatcher;
using clang::ast_matchers::internal::Matcher;
using clang::ast_matchers::internal::MatcherInterface;

namespace heddle {

namespace {

thread_local Code *Current = nullptr;

using Asks = std::function<bool(Code &, const Stmt &, ASTMatchFinder *, BoundNodesTreeBuilder *)>;

/// Asks the body that is being looked at.
class Question : public MatcherInterface<Stmt> {
public:
  explicit Question(Asks Ask) : Ask(std::move(Ask)) {}
  bool matches(const Stmt &S, ASTMatchFinder *Finder, BoundNodesTreeBuilder *Builder) const override {
    return Current && Ask(*Current, S, Finder, Builder);
  }

private:
  Asks Ask;
};
Matcher<Stmt> question(Asks Ask) { return Matcher<Stmt>(new Question(std::move(Ask))); }

/// Clang's matchers on a node that is reached through a fact. What they bind is not seen outside.
template <class Node> bool matches(const Matcher<Node> &M, const Node &N, Code &C) {
  using Root = std::conditional_t<std::is_base_of_v<Decl, Node>, Decl, Stmt>;
  auto Any = DynTypedMatcher(M).dynCastTo(ASTNodeKind::getFromNodeKind<Root>());
  return !matchDynamic(Any, N, C.U.Ctx).empty();
}

} // namespace

MatchedBody::MatchedBody(Code &C) : Outer(Current) { Current = &C; }
MatchedBody::~MatchedBody() { Current = Outer; }

Matcher<Stmt> performs(Op Operation, Conditions<Event> That) {
  return question([=](Code &C, const Stmt &S, auto *, auto *) {
    return llvm::any_of(C.at(&S), [&](unsigned I) {
      const Event &E = C.Events[I];
      return E.Kind == Operation && llvm::all_of(That, [&](const Condition<Event> &X) { return X(C, E); });
    });
  });
}

Matcher<Stmt> reaches(Op Operation) {
  return question([=](Code &C, const Stmt &S, auto *, auto *) {
    const auto *Call = dyn_cast<CallExpr>(&S);
    const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
    return F && C.U.reaches(F, Operation, /*OnlyBlocking=*/false);
  });
}

Matcher<Stmt> holdingLock() {
  return question(
      [](Code &C, const Stmt &S, auto *, auto *) { return !C.U.get<HeldLocks>().at(C, &S).empty(); });
}

Matcher<Stmt> inLoop(StatementMatcher Loop) {
  return question([=](Code &C, const Stmt &S, ASTMatchFinder *Finder, auto *Builder) {
    for (const Stmt *Up = C.parent(&S); Up; Up = C.parent(Up))
      if (isLoop(Up) && Loop.matches(*Up, Finder, Builder))
        return true;
    return false;
  });
}
Matcher<Stmt> inLoop() { return inLoop(stmt()); }

Matcher<Stmt> endsUnused() {
  return question([](Code &C, const Stmt &S, auto *, auto *) {
    const auto *E = dyn_cast<Expr>(&S);
    Flow F = E ? C.U.get<ValueFlow>().next(C, E) : Flow();
    return F.Goes == Flow::Dropped && F.Value == E && E->isPRValue() && !E->getType()->isVoidType();
  });
}

Matcher<Stmt> madeBy(StatementMatcher Inner) {
  return question([=](Code &, const Stmt &S, ASTMatchFinder *Finder, auto *Builder) {
    const auto *E = dyn_cast<Expr>(&S);
    const Expr *Made = E ? ValueFlow::behindCopies(E) : nullptr;
    return Made && Inner.matches(*Made, Finder, Builder);
  });
}

Matcher<Stmt> ofRole(std::vector<Role> Any) {
  return question([=](Code &C, const Stmt &S, auto *, auto *) {
    const auto *E = dyn_cast<Expr>(&S);
    const TypeModel *M = E ? C.U.type(E->getType()) : nullptr;
    return M && llvm::is_contained(Any, M->Plays);
  });
}

Matcher<Stmt> names(Condition<Place> Object) {
  return question([=](Code &C, const Stmt &S, auto *, auto *) {
    const auto *E = dyn_cast<Expr>(&S);
    auto P = E ? C.place(E) : std::nullopt;
    return P && P->valid() && Object(C, *P);
  });
}

Condition<Event> handsOver(Condition<CallableRef> Task) {
  return [=](Code &C, const Event &E) {
    return llvm::any_of(E.Tasks, [&](const CallableRef &T) { return Task(C, T); });
  };
}
Condition<Event> mayBeDeferred() {
  return [](Code &C, const Event &E) {
    Launch On = C.U.get<TaskFacts>().launch(C, E);
    return On == Launch::MayDefer || On == Launch::Deferred;
  };
}
Condition<Event> stating(Fact F) {
  return [=](Code &, const Event &E) { return E.may(F); };
}
Condition<Event> by(Matcher<FunctionDecl> Callee) {
  return [=](Code &C, const Event &E) {
    const auto *Call = dyn_cast_or_null<CallExpr>(E.Site);
    const FunctionDecl *F = E.Callee ? E.Callee : Call ? Call->getDirectCallee() : nullptr;
    return F && matches(Callee, *F, C);
  };
}

Condition<Place> plays(Role R) {
  return [=](Code &C, const Place &P) {
    const TypeModel *M = C.U.type(P);
    return M && M->Plays == R;
  };
}
Condition<Place> declaredBy(Matcher<ValueDecl> Declaration) {
  return [=](Code &C, const Place &P) { return P.last() && matches(Declaration, *P.last(), C); };
}

Condition<CallableRef> lambda(Matcher<LambdaExpr> L) {
  return [=](Code &C, const CallableRef &T) { return T.Lambda && matches(L, *T.Lambda, C); };
}
Condition<CallableRef> runs(Matcher<FunctionDecl> Body) {
  return [=](Code &C, const CallableRef &T) { return T.Body && T.Body->hasBody() && matches(Body, *T.Body, C); };
}

const Event &Matched::event(llvm::StringRef Id, Op Operation) const {
  const auto *S = get<Stmt>(Id);
  llvm::ArrayRef<unsigned> At = C.at(S);
  return C.Events[*llvm::find_if(At, [&](unsigned I) { return C.Events[I].Kind == Operation; })];
}

namespace {
struct Hit : MatchFinder::MatchCallback {
  Hit(const Pattern &P, Code &C, Reporter &R) : P(P), C(C), R(R) {}
  void run(const MatchFinder::MatchResult &Result) override { P.Report({C, Result.Nodes}, R); }
  const Pattern &P;
  Code &C;
  Reporter &R;
};

/// Tries the patterns on every statement of the body, all with one finder.
void look(const std::vector<Pattern> &Patterns, Code &C, Reporter &R) {
  MatchedBody Body(C);
  std::deque<Hit> Hits; // the finder keeps pointers to them
  MatchFinder Finder;
  for (const Pattern &P : Patterns)
    Finder.addMatcher(P.Where, &Hits.emplace_back(P, C, R));
  walk(C.Fn, Walk::NoLambdas, [&](const Stmt *S) {
    Finder.match(*S, C.U.Ctx);
    return Step::In;
  });
}
} // namespace

PatternCheck::PatternCheck(CheckInfo Info, std::function<std::vector<Pattern>()> Patterns,
                           std::function<void(Unit &, Reporter &)> Also, bool Dev) {
  struct Once { // an editor runs checks on several threads
    std::once_flag Flag;
    std::vector<Pattern> All;
  };
  auto Look = [Patterns = std::move(Patterns), Made = std::make_shared<Once>()](Code &C, Reporter &R) {
    if (C.Events.empty())
      return;
    std::call_once(Made->Flag, [&] { Made->All = Patterns(); });
    look(Made->All, C, R);
  };
  registry().push_back({std::move(Info), nullptr, nullptr, Look, std::move(Also), Dev});
}

} // namespace heddle

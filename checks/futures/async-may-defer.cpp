// std::async without a policy may put the task off until somebody waits for it. A loop that polls until the future is
// ready then never ends: a deferred future is never ready.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Classes.h"
#include "flow/Loops.h"
#include "flow/Mentions.h"
#include "flow/Unwrap.h"
#include "support/AstVisitor.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {
namespace {

/// Does the code name this enumerator of a future's status (`deferred`)? A launch policy has one of that name, too.
bool names(const Stmt *S, llvm::StringRef Enumerator) {
  struct Finder : AstVisitor {
    llvm::StringRef Wanted;
    bool Found = false;
    explicit Finder(llvm::StringRef W) : Wanted(W) {}
    bool VisitDeclRefExpr(const DeclRefExpr *E) override {
      if (const auto *Constant = dyn_cast<EnumConstantDecl>(E->getDecl()); Constant && Constant->getName() == Wanted)
        for (const EnumConstantDecl *Beside : cast<EnumDecl>(Constant->getDeclContext())->enumerators())
          Found |= Beside->getName() == "timeout";
      return !Found;
    }
  } F(Enumerator);
  F.TraverseStmt(S);
  return F.Found;
}

/// May the task be put off: is there no policy, or one that allows it?
bool mayDefer(const Code &C, const CallExpr *Call, bool &HasPolicy) {
  HasPolicy = false;
  if (Call->getNumArgs() == 0)
    return false;
  const Expr *Policy = Call->getArg(0)->IgnoreParenImpCasts();
  const auto *Enum = Policy->getType()->getAs<EnumType>();
  if (!Enum)
    return true;
  HasPolicy = true;
  Expr::EvalResult Value;
  if (Policy->isValueDependent() || !Policy->EvaluateAsInt(Value, C.U.Ctx))
    return false;
  for (const EnumConstantDecl *E : Enum->getDecl()->enumerators())
    if (E->getName() == "deferred")
      return (Value.Val.getInt().getZExtValue() & E->getInitVal().getZExtValue()) != 0;
  return false;
}

/// A loop that ends by itself: after a number of turns, or at a time.
bool isBounded(const Expr *Condition) {
  struct Finder : AstVisitor {
    bool Found = false;
    static bool isOrdering(OverloadedOperatorKind K) {
      return K == OO_Less || K == OO_Greater || K == OO_LessEqual || K == OO_GreaterEqual;
    }
    bool VisitBinaryOperator(const BinaryOperator *B) override {
      Found |= B->isRelationalOp();
      return true;
    }
    bool VisitCXXRewrittenBinaryOperator(const CXXRewrittenBinaryOperator *O) override {
      Found |= BinaryOperator::isRelationalOp(O->getOperator());
      return true;
    }
    bool VisitCXXOperatorCallExpr(const CXXOperatorCallExpr *O) override {
      Found |= isOrdering(O->getOperator());
      return true;
    }
    bool VisitUnaryOperator(const UnaryOperator *O) override {
      Found |= O->isIncrementDecrementOp();
      return true;
    }
  } F;
  if (Condition)
    F.TraverseStmt(Condition);
  return F.Found;
}

/// The comparison with `ready` that this poll's value goes into, through a variable or at once; null if none.
const Expr *comparison(const Code &C, const Expr *Poll) {
  auto Compared = [&](const Stmt *From) -> const Expr * {
    const Stmt *S = From;
    for (const Stmt *P = C.parent(S); P; S = P, P = C.parent(P)) {
      if (const auto *B = dyn_cast<BinaryOperator>(P); B && B->isEqualityOp())
        return names(B, "ready") ? B : nullptr;
      if (!isa<CastExpr, ParenExpr, FullExpr, MaterializeTemporaryExpr, BinaryOperator>(P))
        return nullptr;
    }
    return nullptr;
  };
  if (const Expr *At = Compared(Poll))
    return At;
  // `status = f.wait_for(t);` … `status == ready`
  const VarDecl *Status = nullptr;
  for (const Stmt *P = C.parent(Poll); P && !Status; P = C.parent(P)) {
    if (const auto *D = dyn_cast<DeclStmt>(P)) {
      if (D->isSingleDecl())
        Status = dyn_cast<VarDecl>(D->getSingleDecl());
      break;
    }
    if (const auto *B = dyn_cast<BinaryOperator>(P); B && B->getOpcode() == BO_Assign) {
      if (const auto *DR = dyn_cast<DeclRefExpr>(B->getLHS()->IgnoreParenImpCasts()))
        Status = dyn_cast<VarDecl>(DR->getDecl());
      break;
    }
    if (!isa<CastExpr, ParenExpr, FullExpr, MaterializeTemporaryExpr>(P))
      break;
  }
  if (!Status)
    return nullptr;
  struct Uses : AstVisitor {
    const VarDecl *V;
    std::vector<const DeclRefExpr *> All;
    explicit Uses(const VarDecl *V) : V(V) {}
    bool VisitDeclRefExpr(const DeclRefExpr *E) override {
      if (E->getDecl() == V)
        All.push_back(E);
      return true;
    }
  } U(Status);
  U.TraverseStmt(C.Fn->getBody());
  for (const DeclRefExpr *E : U.All)
    if (const Expr *At = Compared(E))
      return At;
  return nullptr;
}

/// `switch (f.wait_for(t)) { case …ready: … }`: the switch that this poll decides; null if it has no such case.
const SwitchStmt *switchOn(const Code &C, const Expr *Poll) {
  const auto *S = dyn_cast_or_null<SwitchStmt>(C.user(Poll));
  return S && isa<CompoundStmt>(S->getBody()) && names(S->getBody(), "ready") ? S : nullptr;
}

/// Does the statement stand in a switch where the status can be nothing but `ready`?
bool inReadyCase(const Code &C, const SwitchStmt *Switch, const Stmt *Site) {
  auto Leaves = [](const Stmt *S) {
    if (const auto *B = dyn_cast<CompoundStmt>(S); B && !B->body_empty())
      S = B->body_back();
    return isa<BreakStmt, ReturnStmt, ContinueStmt, CXXThrowExpr>(S);
  };
  bool Only = false, Closed = true;
  for (const Stmt *S : cast<CompoundStmt>(Switch->getBody())->body()) {
    const Stmt *Inner = S;
    for (bool First = true; const auto *Label = dyn_cast<SwitchCase>(Inner); First = false) {
      const auto *Case = dyn_cast<CaseStmt>(Label);
      bool Ready = Case && names(Case->getLHS(), "ready");
      Only = Ready && (First ? Closed : Only);
      Inner = Label->getSubStmt();
    }
    if (within(C, Site, S))
      return Only;
    Closed = Leaves(Inner);
  }
  return false;
}

/// The loop that runs on until this switch comes to its case `ready`; null if there is none, or another way out.
const Stmt *endlessLoop(const Code &C, const SwitchStmt *Switch) {
  const Stmt *Loop = enclosingLoop(C, Switch);
  const Expr *Cond = Loop ? loopCondition(Loop) : nullptr;
  if (!Loop || isa<CXXForRangeStmt>(Loop) || (Cond && (Cond->isValueDependent() || !Cond->isEvaluatable(C.U.Ctx))))
    return nullptr;
  bool Out = false, Else = false;
  mentions(loopBody(Loop), [&](const Stmt *S) {
    bool Breaks = isa<BreakStmt>(S) && !within(C, S, Switch);
    if (!Breaks && !isa<ReturnStmt, CXXThrowExpr, GotoStmt>(S))
      return false;
    (within(C, S, Switch) && inReadyCase(C, Switch, S) ? Out : Else) = true;
    return false;
  });
  return Out && !Else ? Loop : nullptr;
}

/// The loop that runs on until this condition tells that the task is over; null if there is none, or another way out.
const Stmt *endlessLoop(const Code &C, const Expr *Ready) {
  const Stmt *Child = Ready;
  const IfStmt *Asked = nullptr;
  bool InRange = false;
  for (const Stmt *P = C.parent(Ready); P; Child = P, P = C.parent(P)) {
    if (const auto *If = dyn_cast<IfStmt>(P)) {
      if (Child == If->getCond())
        Asked = If; // `if (ready) break;` in a loop without another bound
      else if (!Asked)
        return nullptr;
      continue;
    }
    if (isa<CXXForRangeStmt>(P) && Asked) { // `for (;;) for (auto &f : all) if (ready) return …;`
      InRange = true;
      continue;
    }
    if (isa<CXXForRangeStmt, LambdaExpr, SwitchStmt>(P))
      return nullptr;
    const Stmt *Body = loopBody(P);
    if (!Body)
      continue;
    if (isBounded(loopCondition(P)))
      return nullptr;
    // No other way out, and what asks is what leaves.
    struct Leaves : AstVisitor {
      unsigned All = 0, Breaks = 0;
      bool TraverseLambdaExpr(const LambdaExpr *) override { return true; }
      bool VisitBreakStmt(const BreakStmt *) override { return ++All, ++Breaks, true; }
      bool VisitReturnStmt(const ReturnStmt *) override { return ++All, true; }
      bool VisitCXXThrowExpr(const CXXThrowExpr *) override { return ++All, true; }
    } Whole, Here;
    Whole.TraverseStmt(Body);
    if (Child == loopCondition(P))
      return Whole.All == 0 ? P : nullptr;
    if (Child != Body || !Asked)
      return nullptr;
    Here.TraverseStmt(Asked);
    const Expr *Cond = loopCondition(P);
    bool Always = !Cond || (!Cond->isValueDependent() && Cond->isEvaluatable(C.U.Ctx));
    bool Out = Here.All > (InRange ? Here.Breaks : 0);
    return Out && Whole.All == Here.All && Always ? P : nullptr;
  }
  return nullptr;
}

struct Loop {
  SourceLocation Poll, At;
};

class Search {
public:
  explicit Search(Unit &U) : U(U) {}

  /// A loop, in this body or in what it calls, that polls the future until it is ready.
  std::optional<Loop> in(const Code &C, const Place &Future, unsigned Depth = 0) {
    if (Depth > 3 || names(C.Fn->getBody(), "deferred"))
      return std::nullopt;
    for (const Event &E : C.Events) {
      if (E.Kind == Op::Await && isThe(C, E.Object, Future)) {
        if (!E.may(Fact::Timed))
          return std::nullopt; // a wait without a limit runs a deferred task
        const auto *Poll = dyn_cast_or_null<Expr>(E.Site);
        const Expr *Ready = Poll ? comparison(C, Poll) : nullptr;
        const Stmt *At = Ready ? endlessLoop(C, Ready) : nullptr;
        if (At)
          return Loop{E.loc(), At->getBeginLoc()};
        const SwitchStmt *Switch = Poll && !Ready ? switchOn(C, Poll) : nullptr;
        if (Switch)
          At = endlessLoop(C, Switch);
        if (At && Switch)
          return Loop{E.loc(), At->getBeginLoc()};
        if (Ready || Switch)
          if (const Stmt *Drains = drainingLoop(C, Ready, Switch, Future))
            return Loop{E.loc(), Drains->getBeginLoc()};
      }
      if (E.Kind == Op::Call && E.Callee) {
        const Code *Inner = U.code(E.Callee);
        auto There = Inner && Inner != &C ? seenFrom(C, E, Future) : std::nullopt;
        if (!There)
          continue;
        if (auto L = in(*Inner, *There, Depth + 1))
          return L;
        // `while (!done(f)) …`, where done() only looks.
        if (SourceLocation Poll = answers(*Inner, *There); Poll.isValid())
          if (const auto *Call = dyn_cast_or_null<Expr>(E.Site))
            if (const Stmt *At = endlessLoop(C, Call))
              return Loop{Poll, At->getBeginLoc()};
      }
    }
    return std::nullopt;
  }

  /// A function that tells whether the future is ready, and does nothing else: where it looks.
  SourceLocation answers(const Code &C, const Place &Future) {
    if (!C.Fn->getReturnType()->isBooleanType() || names(C.Fn->getBody(), "deferred"))
      return {};
    for (const Event &E : C.Events)
      if (E.Kind == Op::Await && E.may(Fact::Timed) && isThe(C, E.Object, Future))
        if (const auto *Poll = dyn_cast_or_null<Expr>(E.Site); Poll && comparison(C, Poll))
          return E.loc();
    return {};
  }

private:
  Unit &U;

  /// `while (!tasks.empty())`, where tasks are taken out only when they are ready: one that never is stays for ever.
  const Stmt *drainingLoop(const Code &C, const Expr *Ready, const SwitchStmt *Switch, const Place &Future) {
    if (!Future.Element)
      return nullptr;
    Place Tasks = Future;
    Tasks.Element = false;
    while (!Tasks.Path.empty() && U.element(Tasks.last()->getType()).isNull())
      Tasks.Path.pop_back(); // a member of the elements
    const IfStmt *Asked = nullptr;
    for (const Stmt *S = Ready; S && !Asked; S = C.parent(S))
      Asked = dyn_cast<IfStmt>(S);
    if (!Asked && !Switch)
      return nullptr;
    const SourceManager &SM = U.Ctx.getSourceManager();
    const auto *Then = Asked ? dyn_cast<CompoundStmt>(Asked->getThen()) : nullptr;
    bool Skips = Asked && isa<ContinueStmt>(Then && !Then->body_empty() ? Then->body_back() : Asked->getThen());
    auto OnlyWhenReady = [&](const Event &E) {
      if (Switch)
        return inReadyCase(C, Switch, E.Site);
      return within(C, E.Site, Asked) ||
             (Skips && SM.isBeforeInTranslationUnit(Asked->getEndLoc(), E.Site->getBeginLoc()));
    };
    bool Removes = false;
    for (const Event &E : C.Events) {
      if (!E.Site || !(takes(C, E, Tasks) || (E.Kind == Op::Consume && isThe(C, E.Object, Future))))
        continue;
      if (!OnlyWhenReady(E))
        return nullptr;
      Removes |= E.Kind == Op::Extract;
    }
    if (!Removes)
      return nullptr;
    if (const Stmt *Loop = loopUntilEmpty(C, Switch ? static_cast<const Stmt *>(Switch) : Ready, Tasks))
      return Loop;
    // Or a member that calls this one.
    const auto *M = Future.This ? dyn_cast<CXXMethodDecl>(C.Fn) : nullptr;
    if (!M)
      return nullptr;
    for (const CXXMethodDecl *Other : allMembers(M->getParent()))
      if (const Code *From = Other != M ? U.code(Other) : nullptr; From && !names(Other->getBody(), "deferred"))
        for (const Event &E : From->Events)
          if (E.Kind == Op::Call && E.Callee && E.Callee->getCanonicalDecl() == M->getCanonicalDecl())
            if (const Stmt *Loop = loopUntilEmpty(*From, E.Site, Tasks)) {
              bool Else = llvm::any_of(From->Events, [&](const Event &X) {
                return X.Site && within(*From, X.Site, Loop) && takes(*From, X, Tasks);
              });
              if (!Else)
                return Loop;
            }
    return nullptr;
  }
  /// Does the event take tasks out of the container, or wait for one of them?
  static bool takes(const Code &C, const Event &E, const Place &Tasks) {
    if (!E.Object.valid() || !(C.whole(E.Object) == Tasks))
      return false;
    return E.Kind == Op::Extract || E.Kind == Op::Clear || E.Kind == Op::Reset || E.Kind == Op::Move ||
           E.Kind == Op::Consume || (E.Kind == Op::Await && !E.may(Fact::Timed));
  }
  /// The loop around a statement that asks how many tasks are left, and has no other way out.
  static const Stmt *loopUntilEmpty(const Code &C, const Stmt *S, const Place &Tasks) {
    struct Finder : AstVisitor {
      const Code &C;
      const Place &Tasks;
      bool Asks = false, Leaves = false;
      Finder(const Code &C, const Place &T) : C(C), Tasks(T) {}
      bool TraverseLambdaExpr(const LambdaExpr *) override { return true; }
      bool VisitCXXMemberCallExpr(const CXXMemberCallExpr *M) override {
        const CXXMethodDecl *D = M->getMethodDecl();
        auto P = D && D->isConst() && M->getNumArgs() == 0 ? C.place(M->getImplicitObjectArgument()) : std::nullopt;
        Asks |= P && *P == Tasks;
        return true;
      }
      bool VisitBreakStmt(const BreakStmt *) override { return Leaves = true; }
      bool VisitReturnStmt(const ReturnStmt *) override { return Leaves = true; }
      bool VisitCXXThrowExpr(const CXXThrowExpr *) override { return Leaves = true; }
    };
    for (; S; S = C.parent(S)) {
      const auto *W = dyn_cast<WhileStmt>(S);
      const auto *D = dyn_cast<DoStmt>(S);
      const Expr *Cond = W ? W->getCond() : D ? D->getCond() : nullptr;
      if (!Cond)
        continue;
      Finder In(C, Tasks), Body(C, Tasks);
      In.TraverseStmt(Cond);
      Body.TraverseStmt(loopBody(S));
      if (In.Asks && !Body.Leaves)
        return S;
    }
    return nullptr;
  }

  /// One element of a container stands for all of them.
  static bool isThe(const Code &C, const Place &P, const Place &Future) {
    if (!P.valid())
      return false;
    if (P == Future)
      return true;
    auto In = P.Root && !P.Element ? C.elementOf(P.Root) : std::nullopt;
    if (!In)
      return false;
    llvm::ArrayRef<const FieldDecl *> Rest = P.Path;
    if (!Rest.empty() && isPair(Rest.front()->getParent()))
      Rest = Rest.drop_front(); // of a map, what the key leads to
    In->Path.append(Rest.begin(), Rest.end());
    return *In == Future;
  }

  static bool isLambda(const FunctionDecl *F) {
    const auto *M = dyn_cast<CXXMethodDecl>(F);
    return M && M->getParent()->isLambda();
  }

  /// What the callee knows the future as.
  std::optional<Place> seenFrom(const Code &C, const Event &Call, const Place &Future) {
    if (Future.This) // a member, looked at by another member
      return Call.Object.This && Call.Object.Path.empty() ? std::optional(Future) : std::nullopt;
    if (isLambda(Call.Callee))
      return Future; // captured, it keeps its name
    const auto *E = dyn_cast_or_null<CallExpr>(Call.Site);
    if (!E || isa<CXXOperatorCallExpr>(E))
      return std::nullopt;
    for (unsigned I = 0; I != E->getNumArgs() && I < Call.Callee->getNumParams(); ++I) {
      auto P = C.place(E->getArg(I));
      if (!P || !(isThe(C, *P, Future) || (Future.Element && P->contains(Future))))
        continue;
      Place There;
      There.Root = Call.Callee->getParamDecl(I);
      There.Element = Future.Element && !isThe(C, *P, Future);
      return There;
    }
    return std::nullopt;
  }
};

/// The loops elsewhere that ask the object whose member the future is: `while (!job.done())`.
std::optional<Loop> askedFromOutside(Unit &U, Search &S, const CXXRecordDecl *RD, const Place &Future) {
  for (const FunctionDecl *F : U.Functions) {
    Code *C = U.code(F);
    if (!C)
      continue;
    for (const Event &E : C->Events) {
      const auto *M = E.Kind == Op::Call ? dyn_cast_or_null<CXXMethodDecl>(E.Callee) : nullptr;
      const auto *Call = dyn_cast_or_null<Expr>(E.Site);
      if (!M || !Call || M->getParent()->getCanonicalDecl() != RD->getCanonicalDecl())
        continue;
      const Code *Inner = U.code(M);
      SourceLocation Poll = Inner ? S.answers(*Inner, Future) : SourceLocation();
      if (Poll.isValid())
        if (const Stmt *At = endlessLoop(*C, Call))
          return Loop{Poll, At->getBeginLoc()};
    }
  }
  return std::nullopt;
}

/// A loop that polls a future, the name that the future has there, and the calls that handed it on.
struct Polled {
  Loop At;
  std::string Name;
  std::vector<StoryLine> Way;
};

/// Follows the future of one call from where it is made to a loop that polls it.
class Followed {
public:
  explicit Followed(Unit &U) : U(U), S(U) {}

  /// The call, of std::async or of a function that returns its future, stands in this body; its value goes to the
  /// object, where that is known.
  std::optional<Polled> from(const Code &C, const Expr *Call, const std::optional<Place> &Object, unsigned Depth = 0) {
    if (Object)
      if (std::optional<Loop> Found = kept(C, *Object))
        return Polled{*Found, Object->name(), {}};
    // What a virtual call returns depends on the object.
    const auto *M = dyn_cast<CXXMethodDecl>(C.Fn);
    if (Depth > 4 || (M && M->isVirtual()) || !returns(C, Call, Object))
      return std::nullopt;
    for (const FunctionDecl *F : U.Functions) {
      const Code *Caller = F == C.Fn ? nullptr : U.code(F);
      if (!Caller)
        continue;
      for (const Event &E : Caller->Events) {
        const auto *Next = E.Kind == Op::Call && E.Callee ? dyn_cast_or_null<CallExpr>(E.Site) : nullptr;
        if (!Next || E.Callee->getCanonicalDecl() != C.Fn->getCanonicalDecl())
          continue;
        if (auto Found = from(*Caller, Next, Caller->destination(Next), Depth + 1)) {
          Found->Way.insert(Found->Way.begin(), {E.loc(), "'" + nameOf(C.Fn) + "', which returns it, is called here"});
          return Found;
        }
      }
    }
    return std::nullopt;
  }

private:
  Unit &U;
  Search S;

  static std::string nameOf(const FunctionDecl *F) {
    const auto *M = dyn_cast<CXXMethodDecl>(F);
    return M && M->getParent()->isLambda() ? "the lambda" : F->getNameAsString();
  }
  /// The loop that polls it where it is kept: in this body, or for a member in any of the class.
  std::optional<Loop> kept(const Code &C, const Place &Object) {
    std::optional<Loop> Found = S.in(C, Object);
    if (const auto *M = dyn_cast<CXXMethodDecl>(C.Fn); !Found && M && Object.This) {
      for (const CXXMethodDecl *Other : allMembers(M->getParent()))
        if (Code *Body = Other != M ? U.code(Other) : nullptr; Body && !Found)
          Found = S.in(*Body, Object);
      if (!Found)
        Found = askedFromOutside(U, S, M->getParent(), Object);
    }
    return Found;
  }
  /// Does the body return the value of this call, at once or from the local variable that it was kept in, without
  /// anybody having waited for it here?
  static bool returns(const Code &C, const Expr *Call, const std::optional<Place> &Object) {
    const Expr *Value = Call;
    if (isa_and_nonnull<ReturnStmt>(C.user(Value)))
      return true;
    const ValueDecl *Kept = Object && Object->Path.empty() && !Object->Element ? Object->Root : nullptr;
    const auto *V = dyn_cast_or_null<VarDecl>(Kept);
    if (!V || !V->isLocalVarDecl() || !V->hasLocalStorage() || V->getType()->isReferenceType())
      return false;
    if (llvm::any_of(C.Events, [&](const Event &E) {
          return E.Object == *Object && (E.Kind == Op::Consume || (E.Kind == Op::Await && !E.may(Fact::Timed)));
        }))
      return false;
    return llvm::any_of(returnsIn(C.Fn->getBody()), [&](const ReturnStmt *R) {
      auto P = R->getRetValue() ? C.place(unwrap(R->getRetValue())) : std::nullopt;
      return P && *P == *Object;
    });
  }
};

void inBody(Code &C, Reporter &R) {
  for (const Event &E : C.Events) {
    const auto *Call = dyn_cast_or_null<CallExpr>(E.Site);
    bool HasPolicy = false;
    if (E.Kind != Op::Spawn || !E.may(Fact::MayDefer) || !Call || !mayDefer(C, Call, HasPolicy))
      continue;
    auto Found = Followed(C.U).from(C, Call, E.Object.valid() ? std::optional(E.Object) : std::nullopt);
    if (!Found)
      continue;
    Found->Way.push_back({Found->At.At, "this loop runs on until the future is ready"});
    Found->Way.push_back({Found->At.Poll, "a deferred future is never ready here"});
    llvm::SmallVector<FixItHint, 1> Fix;
    SourceLocation First = Call->getArg(0)->getBeginLoc();
    if (!HasPolicy && First.isFileID())
      Fix.push_back(FixItHint::CreateInsertion(First, "std::launch::async, "));
    R.report(Call->getBeginLoc(),
             std::string(HasPolicy ? "this policy lets the task be put off"
                                   : "without a launch policy the task may be put off") +
                 " until somebody waits for it, and the loop that polls '" + Found->Name +
                 "' takes 'deferred' for 'not yet': it then never ends; start the task with 'std::launch::async'",
             Found->Way, Fix);
  }
}

const MatchCheck
    Check({.Name = "async-may-defer",
           .Family = "futures",
           .Level = Tier::Bug,
           .Summary = "Finds futures of std::async without a launch policy that a loop polls until they are ready.",
           .Rows = "-",
           .Preview = true},
          inBody);

} // namespace
} // namespace heddle

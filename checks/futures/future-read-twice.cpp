// A future is a one-shot: its first read takes the value away. What reads again gets an exception, undefined behaviour
// or - from a channel that was used as a future - an empty value that looks like an answer.
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

constexpr std::string_view Again =
    "future '%0' is read a second time on this path, but its first read took the value away; a standard future throws "
    "'no_state' or is undefined here; keep the value in a variable, or share() the future";
constexpr std::string_view Moved =
    "future '%0' is read here after it was moved away; a standard future throws 'no_state' or is undefined here; read "
    "it where it went";

// The states of a future, and of a promise that hands one out:
//   unread     the value is still there
//   read       this path took it
//   continued  a continuation takes it
//   moved      another object has it now
//   given      a callable that will take it was handed over
//   asked      (a promise) its future was handed out
const Automaton Reading = {
    .Tracks = {Role::Future, Role::SharedFuture, Role::Promise},
    .Start = "unread",
    .AtEntry = "unread",
    .Rows =
        {
            {.From = "unread",
             .On = Op::Consume,
             .To = "read",
             .Note = "'%0' is read here first",
             .Unless = Fact::Timed},
            {.From = "unread",
             .On = Op::Defer,
             .To = "continued",
             .Note = "a continuation takes '%0' over here",
             .Unless = Fact::ReadMany},
            {"read", Op::Consume, "error", Again},
            {"read", Op::Await, "error", Again},
            {.From = "read", .On = Op::Defer, .To = "error", .Message = Again, .Unless = Fact::ReadMany},
            {"continued", Op::Consume, "error", Again},
            {"continued", Op::Await, "error", Again},
            {.From = "continued", .On = Op::Defer, .To = "error", .Message = Again, .Unless = Fact::ReadMany},
            {"continued", Op::Move, "gone"},
            {"unread", Op::Move, "moved", {}, "'%0' is moved away here"},
            {"read", Op::Move, "gone"},
            {"moved", Op::Consume, "error", Moved},
            {"moved", Op::Await, "error", Moved},
            {"unread", Op::Consume, "given", {}, "a callable that reads '%0' is handed over here", Via::Later},
            {"given",
             Op::Consume,
             "error",
             "future '%0' is read here and in another task as well; the second read throws 'no_state', or the two race "
             "for the value; give each reader a shared_future of its own",
             {},
             Via::Later},
            {"given", Op::Consume, "error",
             "future '%0' is read here and in a task that was handed over before; the second read throws 'no_state', "
             "or the two race for the value; give each reader a shared_future of its own"},
            {.From = "unread",
             .On = Op::GetFuture,
             .To = "asked",
             .Note = "the future of '%0' is taken here first",
             .Unless = Fact::ReadMany},
            {.From = "asked",
             .On = Op::GetFuture,
             .To = "error",
             .Message = "the future of '%0' is taken a second time on this path; a promise hands out one future and "
                        "throws 'future_already_retrieved' here; keep the first, or share() it",
             .Unless = Fact::ReadMany},
            {"*", Op::Test, "gone"}, // valid(): it asks first
            {"*", Op::Spawn, "unread"},
            {"*", Op::Reset, "unread"},
        },
};

// A channel that is sent to once and then closed is a future in disguise.
const Automaton Draining = {
    .Tracks = {Role::Channel},
    .Start = "full",
    .AtEntry = "full",
    .Rows =
        {
            {.From = "full",
             .On = Op::Receive,
             .To = "drained",
             .Note = "the one item of '%0' is received here",
             .Unless = Fact::Timed},
            {.From = "drained",
             .On = Op::Receive,
             .To = "error",
             .Message = "'%0' is received from a second time, but its task sends one item and closes it; what is taken "
                        "here is an empty value that nobody sent; keep the first, and test the outcome of a receive",
             .Unless = Fact::Timed},
            {"*", Op::Reset, "gone"},
            {"*", Op::Send, "gone"},
            {"*", Op::TrySend, "gone"},
        },
    .Escape = OnEscape::Keep, // who else may send is asked afterwards
};

/// Does it go where we look: to the caller, or into a task?
bool isFollowed(const Code &C, const Stmt *S) {
  for (; S; S = C.parent(S))
    if (isa<ReturnStmt, LambdaExpr>(S))
      return true;
  return false;
}

/// Does a task that this body starts send one item into the channel and then close it, and nobody else send?
bool sentOnce(Code &C, const Place &Channel) {
  const Event *Sent = nullptr, *Closed = nullptr;
  unsigned Sends = 0;
  auto Count = [&](const Code &In, bool Task) {
    for (const Event &E : In.Events) {
      if (E.Object != Channel)
        continue;
      if (E.Kind == Op::Send || E.Kind == Op::TrySend) {
        Sends += Task && !inLoop(In, E.Site) ? 1 : 2;
        Sent = &E;
      } else if (E.Kind == Op::Close && Task && Sent)
        Closed = &E;
      else if (E.Kind == Op::Escape && !isFollowed(In, E.Site))
        Sends += 2; // somebody else may send
    }
  };
  Count(C, false);
  for (const Event &E : C.Events)
    if (E.Kind == Op::Spawn)
      for (const CallableRef &T : E.Tasks)
        if (T.Lambda)
          if (Code *Body = T.Body ? C.U.code(T.Body) : nullptr) {
            if (inLoop(C, E.Site))
              return false;
            Count(*Body, true);
          }
  return Sends == 1 && Closed;
}

/// The same, where the channel came from a function that made it and started its task.
bool isOneShot(Code &C, const Place &Channel) {
  if (sentOnce(C, Channel))
    return true;
  const auto *V = dyn_cast_or_null<VarDecl>(Channel.Root);
  const Expr *Init = V && V->getInit() ? V->getInit()->IgnoreUnlessSpelledInSource() : nullptr;
  const auto *Call = dyn_cast_or_null<CallExpr>(Init);
  const FunctionDecl *F = Call ? C.U.visible(Call->getDirectCallee()) : nullptr;
  Code *Maker = F ? C.U.code(F) : nullptr;
  const auto *Body = dyn_cast_or_null<CompoundStmt>(F ? F->getBody() : nullptr);
  const auto *Return = Body && !Body->body_empty() ? dyn_cast<ReturnStmt>(Body->body_back()) : nullptr;
  auto Made = Maker && Return && Return->getRetValue() ? Maker->place(Return->getRetValue()) : std::nullopt;
  if (!Made)
    return false;
  Place Whole;
  Whole.Root = V;
  return sentOnce(*Maker, Whole.rebase(Channel, *Made));
}

/// Is what a receive yields used without asking whether there was an item?
bool takesBlindly(Code &C, const Stmt *Site) {
  const auto *Call = dyn_cast_or_null<CallExpr>(Site);
  if (!Call)
    return false;
  const Stmt *P = C.parent(Call);
  while (
      isa_and_nonnull<ImplicitCastExpr, ExprWithCleanups, ParenExpr, CXXBindTemporaryExpr, MaterializeTemporaryExpr>(P))
    P = C.parent(P);
  QualType T = Call->getType();
  if (T->isVoidType() || isa_and_nonnull<CompoundStmt>(P))
    return true;
  if (T->isBooleanType() || T->isEnumeralType())
    return false;
  if (C.U.role(T) == Role::None && T->isRecordType() &&
      C.U.Ctx.getSourceManager().isInSystemHeader(T->getAsCXXRecordDecl()->getLocation()))
    return !T->getAsCXXRecordDecl()->lookup(DeclarationName(&C.U.Ctx.Idents.get("value_type"))).empty(); // a container
  const TypeModel *M = C.U.type(T);
  if (!M || M->Plays != Role::SmartPointer)
    return true;
  if (const auto *O = dyn_cast_or_null<CXXOperatorCallExpr>(P))
    return O->getOperator() == OO_Star || O->getOperator() == OO_Arrow;
  return isa_and_nonnull<MemberExpr>(P) && cast<MemberExpr>(P)->getMemberDecl()->getDeclName().isIdentifier() &&
         cast<MemberExpr>(P)->getMemberDecl()->getName() == "value";
}

// ---- elements: `results[i].get()` twice in one turn -----------------------------------------------------------------

const Expr *indexOf(const Expr *E) {
  E = E ? E->IgnoreParenImpCasts() : nullptr;
  if (const auto *A = dyn_cast_or_null<ArraySubscriptExpr>(E))
    return A->getIdx();
  if (const auto *O = dyn_cast_or_null<CXXOperatorCallExpr>(E);
      O && O->getOperator() == OO_Subscript && O->getNumArgs() == 2)
    return O->getArg(1);
  const auto *M = dyn_cast_or_null<CXXMemberCallExpr>(E);
  return M && M->getNumArgs() == 1 ? M->getArg(0) : nullptr; // at()
}

/// Two indices that are the same constant, or the same variable.
bool sameIndex(const Expr *A, const Expr *B, const ASTContext &Ctx) {
  if (!A || !B || A->isValueDependent() || B->isValueDependent())
    return false;
  Expr::EvalResult X, Y;
  if (A->EvaluateAsInt(X, Ctx) && B->EvaluateAsInt(Y, Ctx))
    return X.Val.getInt().getExtValue() == Y.Val.getInt().getExtValue();
  const auto *U = dyn_cast<DeclRefExpr>(A->IgnoreParenImpCasts()), *V = dyn_cast<DeclRefExpr>(B->IgnoreParenImpCasts());
  return U && V && U->getDecl() == V->getDecl();
}

/// Does every run of the body that reaches \p Second come by \p First? Asks what stands around them.
bool comesBefore(const Code &C, const Stmt *First, const Stmt *Second) {
  llvm::SmallVector<const Stmt *, 16> Up;
  for (const Stmt *S = Second; S; S = C.parent(S))
    Up.push_back(S);
  const Stmt *Child = First;
  for (const Stmt *S = First; S; Child = S, S = C.parent(S)) {
    auto At = llvm::find(Up, S);
    if (At == Up.end()) {
      // On the way up to what holds both: whatever may skip the first one.
      const Stmt *P = C.parent(S);
      if (llvm::is_contained(Up, P))
        continue;
      if (const auto *If = dyn_cast_or_null<IfStmt>(P); If && S != If->getCond())
        return false;
      if (isa_and_nonnull<ForStmt, WhileStmt, DoStmt, CXXForRangeStmt, SwitchStmt, CXXTryStmt, CXXCatchStmt,
                          ConditionalOperator>(P))
        return false;
      if (const auto *B = dyn_cast_or_null<BinaryOperator>(P); B && B->isLogicalOp() && S == B->getRHS())
        return false;
      continue;
    }
    if (At == Up.begin())
      return false;
    const Stmt *Other = *(At - 1);
    if (const auto *If = dyn_cast<IfStmt>(S))
      return Child == If->getCond() || Child == If->getInit() || Child == If->getConditionVariableDeclStmt();
    if (const auto *Cond = dyn_cast<ConditionalOperator>(S))
      return Child == Cond->getCond();
    if (const auto *B = dyn_cast<BinaryOperator>(S); B && B->isLogicalOp())
      return Child == B->getLHS();
    if (isa<SwitchStmt, SwitchCase, CXXTryStmt, WhileStmt, DoStmt, ForStmt, CXXForRangeStmt>(S))
      return isa<WhileStmt>(S) && Child == cast<WhileStmt>(S)->getCond();
    if (isa<CompoundStmt>(S)) {
      // A statement that may leave between them leaves the second one out; a label may let it be reached otherwise.
      return !isa<SwitchCase, LabelStmt>(Other);
    }
    return true;
  }
  return false;
}

/// Is the iterator moved on between two places of a body?
bool advances(const Code &C, const ValueDecl *It, SourceLocation From, SourceLocation To) {
  struct Finder : AstVisitor {
    const SourceManager &SM;
    const ValueDecl *It;
    SourceLocation From, To;
    bool Found = false;
    Finder(const SourceManager &SM, const ValueDecl *It, SourceLocation From, SourceLocation To)
        : SM(SM), It(It), From(From), To(To) {}
    bool note(const Expr *E, const Expr *Of) {
      const auto *DR = dyn_cast<DeclRefExpr>(Of->IgnoreParenImpCasts());
      Found |= DR && DR->getDecl() == It && SM.isBeforeInTranslationUnit(From, E->getEndLoc()) &&
               SM.isBeforeInTranslationUnit(E->getBeginLoc(), To);
      return !Found;
    }
    bool VisitUnaryOperator(const UnaryOperator *E) override { return !E->isIncrementDecrementOp() || note(E, E->getSubExpr()); }
    bool VisitBinaryOperator(const BinaryOperator *E) override { return !E->isAssignmentOp() || note(E, E->getLHS()); }
    bool VisitCXXOperatorCallExpr(const CXXOperatorCallExpr *E) override {
      bool Moves = E->isAssignmentOp() || E->getOperator() == OO_PlusPlus || E->getOperator() == OO_MinusMinus;
      return !Moves || !E->getNumArgs() || note(E, E->getArg(0));
    }
  } F(C.U.Ctx.getSourceManager(), It, From, To);
  F.TraverseStmt(C.Fn->getBody());
  return F.Found;
}

/// `it->get()` twice in one turn.
void iterators(Code &C, Reporter &R) {
  for (unsigned I = 0; I != C.Events.size(); ++I) {
    const Event &First = C.Events[I];
    const ValueDecl *It = First.Kind == Op::Consume && First.Object.Path.empty() ? First.Object.Root : nullptr;
    if (!It || C.U.role(It->getType()) != Role::None || !C.elementOf(It))
      continue;
    for (unsigned J = I + 1; J != C.Events.size(); ++J) {
      const Event &Next = C.Events[J];
      if (!(Next.Object == First.Object))
        continue;
      if (Next.Kind == Op::Consume && comesBefore(C, First.Site, Next.Site) &&
          !advances(C, It, First.Site->getBeginLoc(), Next.Site->getBeginLoc()))
        R.report(Next.loc(),
                 "the future that '" + It->getNameAsString() +
                     "' leads to is read a second time on this path, but its first read took the value away; a "
                     "standard future throws "
                     "'no_state' or is undefined here; keep the value in a variable",
                 {{First.loc(), "it is read here first"}});
      break;
    }
  }
}

void elements(Code &C, Reporter &R) {
  auto IndexOf = [](const Event &E) {
    const auto *M = dyn_cast_or_null<CXXMemberCallExpr>(E.Site);
    return M ? indexOf(M->getImplicitObjectArgument()) : nullptr;
  };
  for (unsigned I = 0; I != C.Events.size(); ++I) {
    const Event &First = C.Events[I];
    const Expr *Index =
        First.Kind == Op::Consume && First.Object.valid() && First.Object.Element ? IndexOf(First) : nullptr;
    if (!Index)
      continue;
    for (unsigned J = I + 1; J != C.Events.size(); ++J) {
      const Event &Next = C.Events[J];
      if (!(Next.Object == First.Object))
        continue;
      if (Next.Kind != Op::Consume || !sameIndex(Index, IndexOf(Next), C.U.Ctx)) {
        if (Next.Kind == Op::Consume)
          continue;
        break; // filled again, asked, moved
      }
      if (comesBefore(C, First.Site, Next.Site))
        R.report(Next.loc(),
                 "the future in '" + First.Object.name() +
                     "' is read a second time on this path, but its first read took the value away; a standard future "
                     "throws 'no_state' or is undefined here; keep the value in a variable",
                 {{First.loc(), "it is read here first"}});
      break;
    }
  }
}

// ---- containers: every element is read, and then every element again ------------------------------------------------

/// A statement that reads the futures in all elements of a container.
struct Drain {
  const Stmt *At;                                 ///< in the body that was asked: the loop, or the call that does it
  Place Of;                                       ///< the container
  llvm::SmallVector<const FieldDecl *, 2> Member; ///< of the elements, where they are no futures themselves
  SourceLocation Read;
};

/// Is the statement reached in every run of what holds it? Whatever stands before it and may leave counts.
bool isUnconditional(const Code &C, const Stmt *S, const Stmt *In) {
  const SourceManager &SM = C.U.Ctx.getSourceManager();
  const Stmt *Child = S;
  for (const Stmt *P = C.parent(S); P && Child != In; Child = P, P = C.parent(P)) {
    const auto *If = dyn_cast<IfStmt>(P);
    if (If ? Child != If->getCond() : P != In && (isLoop(P) || isa<SwitchStmt>(P)))
      return false;
    if (const auto *B = dyn_cast<BinaryOperator>(P); B && B->isLogicalOp() && Child == B->getRHS())
      return false;
    if (isa<CXXCatchStmt, LambdaExpr>(P) ||
        (isa<ConditionalOperator>(P) && Child != cast<ConditionalOperator>(P)->getCond()))
      return false;
  }
  return !mentions(In, [&](const Stmt *X) {
    return isa<ContinueStmt, BreakStmt, ReturnStmt, GotoStmt>(X) && !within(C, S, X) &&
           SM.isBeforeInTranslationUnit(X->getBeginLoc(), S->getBeginLoc());
  });
}

/// The container that an algorithm is given from its beginning to its end.
std::optional<Place> rangeOf(const Code &C, const CallExpr *Call) {
  std::optional<Place> Ends[2];
  const CXXMethodDecl *Of[2] = {};
  for (unsigned I = 0; I != 2 && I < Call->getNumArgs(); ++I)
    if (const auto *M = dyn_cast_or_null<CXXMemberCallExpr>(unwrap(Call->getArg(I)));
        M && !M->getNumArgs() && M->getMethodDecl()) {
      Of[I] = M->getMethodDecl();
      Ends[I] = C.place(M->getImplicitObjectArgument());
    }
  auto Named = [&](unsigned I, llvm::StringRef Name) {
    return Of[I] && Of[I]->getIdentifier() && Of[I]->getName() == Name;
  };
  return Ends[0] && Ends[0] == Ends[1] && Named(0, "begin") && Named(1, "end") ? Ends[0] : std::nullopt;
}

std::vector<Drain> drains(Code &C, unsigned Depth = 0) {
  std::vector<Drain> Found;
  auto TakesAway = [&](const Event &E) {
    const TypeModel *M = E.Object.valid() && E.Object.last() ? C.U.type(E.Object.last()->getType()) : nullptr;
    return E.Kind == Op::Consume && !E.may(Fact::Timed) && M && M->Plays == Role::Future &&
           !M->With.has(Fact::ReadMany) && E.Object.Root && !E.Object.Element;
  };
  for (const Event &E : C.Events) {
    if (TakesAway(E)) {
      const CXXForRangeStmt *Loop = nullptr;
      for (const Stmt *S = E.Site; S && !Loop; S = C.parent(S))
        if (const auto *F = dyn_cast<CXXForRangeStmt>(S); F && F->getLoopVariable() == E.Object.Root)
          Loop = F;
      auto Of = Loop ? C.elementOf(E.Object.Root) : std::nullopt;
      if (Of && isUnconditional(C, E.Site, Loop->getBody())) {
        Of->Element = false;
        Found.push_back({Loop, *Of, {E.Object.Path.begin(), E.Object.Path.end()}, E.loc()});
      }
    }
    const auto *Call = dyn_cast_or_null<CallExpr>(E.Site);
    if (!Call)
      continue;
    auto Range = E.Kind == Op::RunNow && E.Callee && E.Callee->isInStdNamespace() ? rangeOf(C, Call) : std::nullopt;
    QualType Elem = Range && Range->last() ? C.U.element(Range->last()->getType().getNonReferenceType()) : QualType();
    for (const CallableRef &T : E.Tasks) {
      Code *Body = !Elem.isNull() && T.Lambda && T.Body ? C.U.code(T.Body) : nullptr;
      if (!Body)
        continue;
      for (const Event &X : Body->Events)
        if (TakesAway(X) && isa<ParmVarDecl>(X.Object.Root) &&
            X.Object.Root->getDeclContext() == static_cast<const DeclContext *>(Body->Fn) &&
            C.U.Ctx.hasSameUnqualifiedType(X.Object.Root->getType().getNonReferenceType(), Elem) &&
            isUnconditional(*Body, X.Site, Body->Fn->getBody()))
          Found.push_back({Call, *Range, {X.Object.Path.begin(), X.Object.Path.end()}, X.loc()});
    }
    bool Calls = E.Kind == Op::Call && E.Callee && Depth < 3 && !isa<CXXOperatorCallExpr>(Call);
    Code *Inner = Calls && C.U.reaches(E.Callee, Op::Consume, false) ? C.U.code(E.Callee) : nullptr;
    if (!Inner || Inner == &C)
      continue;
    for (Drain &D : drains(*Inner, Depth + 1)) {
      const auto *P = dyn_cast_or_null<ParmVarDecl>(D.Of.Root);
      if (!isUnconditional(*Inner, D.At, Inner->Fn->getBody()))
        continue;
      if (D.Of.This) {
        if (!E.Object.This || !E.Object.Path.empty())
          continue;
      } else {
        bool Given = P && P->getDeclContext() == static_cast<const DeclContext *>(Inner->Fn) &&
                     P->getType()->isReferenceType() && P->getFunctionScopeIndex() < Call->getNumArgs();
        auto Ours = Given ? C.place(Call->getArg(P->getFunctionScopeIndex())) : std::nullopt;
        if (!Ours || Ours->Element)
          continue;
        Place Theirs;
        Theirs.Root = P;
        D.Of = Theirs.rebase(D.Of, *Ours);
      }
      D.At = Call;
      Found.push_back(std::move(D));
    }
  }
  return Found;
}

/// May a run that has come by \p First come by \p Second? They stand in one block, and the first at most under a
/// condition of its own whose branch goes on.
bool mayBeFollowed(const Code &C, const Stmt *First, const Stmt *Second) {
  llvm::SmallVector<const Stmt *, 16> Up;
  for (const Stmt *S = Second; S; S = C.parent(S))
    Up.push_back(S);
  const Stmt *Child = First, *Block = C.parent(First);
  for (; Block && !llvm::is_contained(Up, Block); Child = Block, Block = C.parent(Block))
    if (isLoop(Block) || isa<SwitchStmt, CXXCatchStmt, LambdaExpr, ConditionalOperator>(Block))
      return false;
  if (!isa_and_nonnull<CompoundStmt>(Block) || mentions(Child, [](const Stmt *S) {
        return isa<ReturnStmt, BreakStmt, ContinueStmt, GotoStmt, CXXThrowExpr>(S);
      }))
    return false;
  for (const Stmt *S : Up) {
    if (S == Block)
      return true;
    if (S != Second && !isa<Expr, DeclStmt, CompoundStmt, ReturnStmt, CXXTryStmt>(S))
      return false;
  }
  return false;
}

void containers(Code &C, Reporter &R) {
  const SourceManager &SM = C.U.Ctx.getSourceManager();
  std::vector<Drain> All = drains(C);
  auto Refilled = [&](const Drain &A, const Drain &B) {
    return llvm::any_of(C.Events, [&](const Event &E) {
      if (!E.Site || within(C, E.Site, A.At) || within(C, E.Site, B.At) ||
          SM.isBeforeInTranslationUnit(E.Site->getBeginLoc(), A.At->getBeginLoc()) ||
          SM.isBeforeInTranslationUnit(B.At->getBeginLoc(), E.Site->getBeginLoc()) || E.Kind == Op::Test ||
          E.Kind == Op::Consume || E.Kind == Op::Await)
        return false;
      // A helper may fill it again.
      if (const auto *Call = E.Kind == Op::Call ? dyn_cast<CallExpr>(E.Site) : nullptr)
        for (const Expr *X : Call->arguments())
          if (auto P = C.place(X); P && P->contains(A.Of))
            return true;
      if (!E.Object.valid())
        return false;
      auto In = E.Object.Root ? C.elementOf(E.Object.Root) : std::nullopt;
      Place Whole = In ? *In : E.Object;
      Whole.Element = false;
      return Whole.contains(A.Of) || A.Of.contains(Whole);
    });
  };
  for (std::size_t I = 0; I != All.size(); ++I)
    for (std::size_t J = I + 1; J != All.size(); ++J) {
      const Drain &A = All[I], &B = All[J];
      if (A.At == B.At || A.Of != B.Of || A.Member != B.Member || !mayBeFollowed(C, A.At, B.At) || Refilled(A, B))
        continue;
      R.report(B.Read,
               "the futures in '" + A.Of.name() +
                   "' are read a second time here, but their first read took the values away; a standard future throws "
                   "'no_state' or is undefined here; keep the values",
               {{A.Read, "they are read here first"}});
      return;
    }
}

void alsoChannels(Unit &U, Reporter &R) {
  Simulation Sim(U, Draining);
  for (const FunctionDecl *F : U.Functions) {
    Code *C = U.code(F);
    if (!C)
      continue;
    elements(*C, R);
    iterators(*C, R);
    containers(*C, R);
    if (llvm::none_of(C->Events, [](const Event &E) { return E.Kind == Op::Receive; }))
      continue;
    for (const Finding &X : Sim.run(F))
      if (takesBlindly(*C, X.Site) && isOneShot(*C, X.Object))
        R.report(X.Loc, X.Message, X.Story);
  }
}

/// A future that says that it can be read many times keeps its value, unless this very read took it (takeResult).
bool isLost(Unit &U, Finding &X) {
  const TypeModel *M = U.type(X.Object);
  return !M || !M->With.has(Fact::ReadMany) || X.Row->On == Op::Consume || X.Row->From == "read";
}

const AutomatonCheck
    Check({.Name = "future-read-twice",
           .Family = "futures",
           .Level = Tier::Bug,
           .Summary = "Finds futures that are read twice, though the first read takes their value away.",
           .Rows = "F3"},
          Reading, isLost, alsoChannels);

} // namespace
} // namespace heddle

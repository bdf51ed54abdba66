#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Classes.h"
#include "flow/Loops.h"
#include "flow/Mentions.h"
#include "flow/Unwrap.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclCXX.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/MapVector.h"

using namespace clang;

namespace heddle {
namespace {

// The states of a promise, as far as this property cares:
//   pending    nobody has fulfilled it
//   fulfilled  this path has
//   promised   a callable that fulfils it on some path, without asking anybody, waits to be run
const Automaton Fulfilment = {
    .Tracks = {Role::Promise},
    .Start = "pending",
    .AtEntry = "pending",
    .Rows =
        {
            {"pending", Op::Fulfil, "fulfilled", {}, "'%0' is fulfilled here first"},
            {"promised", Op::Fulfil, "gone"}, // the registration may have failed, or this is the winner's own path
            {"fulfilled", Op::Fulfil, "error",
             "promise '%0' is fulfilled a second time on this path; a standard promise throws "
             "'promise_already_satisfied' here, others ignore the second result, overwrite the first or abort; return "
             "after the first"},
            {"pending", Op::Fulfil, "promised", {}, "a callable that fulfils '%0' is handed over here", Via::Later},
            {"promised",
             Op::Fulfil,
             "error",
             "promise '%0' is fulfilled here and in another callback, and nothing chooses which of them may; when both "
             "run, the second throws 'promise_already_satisfied', overwrites the result or aborts; let an exchanged "
             "flag elect the winner",
             {},
             Via::Later},
            {.From = "fulfilled",
             .On = Op::Fulfil,
             .To = "error",
             .Message = "promise '%0' is fulfilled already on this path, and what is handed over here fulfils it again "
                        "when it runs; a standard promise throws 'promise_already_satisfied' then, others overwrite "
                        "the result or abort; return after the first",
             .How = Via::Later,
             .Where = ReportAt::HandOver},
            {"fulfilled", Op::Test, "gone"}, // asks whether it is fulfilled
            {"*", Op::Reset, "pending"},
            {"pending", Op::Escape, "pending"},
            {"promised", Op::Escape, "promised"},
            {"fulfilled", Op::Escape, "gone"},
            {"*", Op::Move, "gone"},
        },
};

/// A member that completes its promise without asking whether another has.
struct Completion {
  const CXXMethodDecl *By;
  SourceLocation Loc; ///< where it says so for good
};

/// Where a body sets the last flag before it wakes whoever waits; where it wakes them if it keeps none.
SourceLocation settles(Code &C, const Event &Wakes) {
  const SourceManager &SM = C.U.Ctx.getSourceManager();
  SourceLocation Loc = Wakes.loc();
  mentions(C.Fn->getBody(), [&](const Stmt *S) {
    const auto *B = dyn_cast<BinaryOperator>(S);
    const auto *M =
        B && B->getOpcode() == BO_Assign ? dyn_cast<MemberExpr>(B->getLHS()->IgnoreParenImpCasts()) : nullptr;
    if (M && M->getType()->isIntegralOrEnumerationType() && isa<CXXThisExpr>(unwrap(M->getBase())) &&
        !B->getRHS()->isValueDependent() && B->getRHS()->isEvaluatable(C.U.Ctx) &&
        SM.isBeforeInTranslationUnit(B->getBeginLoc(), Wakes.loc()))
      Loc = B->getBeginLoc();
    return false;
  });
  return Loc;
}

/// The members of a hand-written promise that each complete it without asking whether another has: whoever comes second
/// overwrites what readers may be reading. One alone is not worth telling.
std::vector<Completion> unguarded(Unit &U, const CXXRecordDecl *RD) {
  std::vector<Completion> Found;
  const TypeModel *T = RD && !RD->isLambda() ? U.inferred(RD) : nullptr;
  if (!T || T->Plays != Role::Promise)
    return Found;
  for (const CXXMethodDecl *M : allMembers(RD)) {
    bool Fulfils = llvm::any_of(U.actions(M, RD, M->getNumParams()), [](const Action &A) {
      return A.Operation == Op::Fulfil && !A.With.has(Fact::Refuses);
    });
    Code *C = Fulfils ? U.code(M) : nullptr;
    const Event *Wakes = nullptr;
    if (C)
      for (const Event &E : C->Events)
        if (E.Kind == Op::Notify)
          Wakes = &E;
    if (Wakes)
      Found.push_back({M, settles(*C, *Wakes)});
  }
  if (Found.size() < 2)
    Found.clear();
  return Found;
}

/// Do all who complete such promises stand in one function, outside of loops? Then its own order chooses, as where what
/// is caught completes the promise instead; the paths of that function are followed anyway.
bool oneFunctionChooses(Unit &U, const CXXRecordDecl *RD) {
  const Code *Chooses = nullptr;
  for (const FunctionDecl *F : U.Functions) {
    const auto *M = dyn_cast<CXXMethodDecl>(F);
    const Code *C = M && M->getParent()->getCanonicalDecl() == RD->getCanonicalDecl() ? nullptr : U.code(F);
    for (const Event &E : C ? llvm::ArrayRef<Event>(C->Events) : llvm::ArrayRef<Event>()) {
      const ValueDecl *Of = E.Kind == Op::Fulfil && E.Object.valid() ? E.Object.last() : nullptr;
      const CXXRecordDecl *Class = Of ? U.pointee(Of->getType())->getAsCXXRecordDecl() : nullptr;
      if (!Class || Class->getCanonicalDecl() != RD->getCanonicalDecl())
        continue;
      if ((Chooses && Chooses != C) || enclosingLoop(*C, E.Site))
        return false;
      Chooses = C;
    }
  }
  return Chooses;
}

void unguardedClasses(Unit &U, Reporter &R) {
  llvm::DenseSet<const CXXRecordDecl *> Seen;
  for (const FunctionDecl *F : U.Functions) {
    const auto *Method = dyn_cast<CXXMethodDecl>(F);
    const CXXRecordDecl *RD = Method ? Method->getParent() : nullptr;
    if (!RD || !Seen.insert(RD).second)
      continue;
    std::vector<Completion> All = unguarded(U, RD);
    if (!All.empty() && oneFunctionChooses(U, RD))
      continue;
    for (const Completion &X : llvm::drop_begin(All, All.empty() ? 0 : 1))
      R.report(X.Loc,
               ("'" + All.front().By->getName() + "' and '" + X.By->getName() + "' of '" + RD->getName() +
                "' each complete it without asking whether it is complete; a second call overwrites the result that "
                "readers may be reading; test the flag under the lock first")
                   .str(),
               {{All.front().Loc, "'" + All.front().By->getNameAsString() + "' completes it here"}});
  }
}

/// The number that an increment counts up, or null.
const ValueDecl *countedUp(const Stmt *S) {
  const auto *O = dyn_cast_or_null<UnaryOperator>(S);
  const Expr *E = O && O->isIncrementOp() ? O->getSubExpr()->IgnoreParens() : nullptr;
  const auto *DR = dyn_cast_or_null<DeclRefExpr>(E);
  const auto *M = dyn_cast_or_null<MemberExpr>(E);
  return DR ? DR->getDecl() : M ? M->getMemberDecl() : nullptr;
}

/// `++arrived; if (arrived == 4) p.set_value();`: a number that only ever grows equals a constant once, however often
/// this is reached.
bool isReachedOnce(Unit &U, Finding &F) {
  const Code *C = U.codeWith(F.Site);
  if (!C)
    return false;
  for (const Stmt *S = C->parent(F.Site), *Child = F.Site; S; Child = S, S = C->parent(S)) {
    const auto *If = dyn_cast<IfStmt>(S);
    const Expr *Asks = If && If->getThen() == Child ? If->getCond()->IgnoreParenImpCasts() : nullptr;
    const auto *Equals = dyn_cast_or_null<BinaryOperator>(Asks);
    if (!Equals || Equals->getOpcode() != BO_EQ || Equals->getRHS()->isValueDependent() ||
        !Equals->getRHS()->isEvaluatable(U.Ctx))
      continue;
    // It is counted up by the question, or by the statement before it.
    const ValueDecl *N = countedUp(Equals->getLHS()->IgnoreParenImpCasts());
    if (const auto *Block = N ? nullptr : dyn_cast_or_null<CompoundStmt>(C->parent(If))) {
      const Stmt *Before = nullptr;
      for (const Stmt *X : Block->body()) {
        if (X == If)
          N = countedUp(Before);
        Before = X;
      }
    }
    if (!N || !mentions(Equals->getLHS(), N))
      continue;
    auto SetBack = [&](const Stmt *X) {
      const auto *B = dyn_cast<BinaryOperator>(X);
      const auto *O = dyn_cast<UnaryOperator>(X);
      return (B && B->isAssignmentOp() && mentions(B->getLHS(), N)) ||
             (O && (O->isDecrementOp() || O->getOpcode() == UO_AddrOf) && mentions(O->getSubExpr(), N));
    };
    if (llvm::none_of(U.Functions, [&](const FunctionDecl *Fn) {
          const Code *X = U.code(Fn);
          return X && mentions(X->Fn->getBody(), SetBack);
        }))
      return true;
  }
  return false;
}

// ---- a member that tells by its being there whether somebody waits --------------------------------------------------

/// A place that fulfils the promise in a member which is asked for by its being there, and leaves it there.
struct LeftInPlace {
  const Code *In;
  const Event *At;
};

/// The member that the innermost condition around the statement asks for, and for nothing else: `if (reply_)`.
const FieldDecl *askedFor(const Code &C, const Stmt *At) {
  for (const Stmt *Child = At, *S = C.parent(At); S; Child = S, S = C.parent(S)) {
    if (isa<CXXTryStmt>(S) || isLoop(S))
      return nullptr;
    const auto *If = dyn_cast<IfStmt>(S);
    if (!If || Child == If->getCond())
      continue;
    const Expr *E = Child == If->getThen() ? unwrap(If->getCond()) : nullptr;
    if (const auto *M = dyn_cast_or_null<CXXMemberCallExpr>(E); M && M->getNumArgs() == 0)
      E = unwrap(M->getImplicitObjectArgument());
    return thisField(E);
  }
  return nullptr;
}

/// Does the body, or a member that it calls, do anything else to the member than to look and to fulfil?
bool takesAway(Unit &U, const Code &C, const FieldDecl *Field, unsigned Depth = 0) {
  for (const Event &E : C.Events) {
    if (E.Object.This && !E.Object.Path.empty() && E.Object.Path.front() == Field && E.Kind != Op::Fulfil &&
        E.Kind != Op::Test && E.Kind != Op::Self && E.Kind != Op::GetFuture)
      return true;
    const Code *Inner =
        E.Kind == Op::Call && E.Callee && isa<CXXMethodDecl>(E.Callee) && Depth < 3 ? U.code(E.Callee) : nullptr;
    if (Inner && Inner != &C && takesAway(U, *Inner, Field, Depth + 1))
      return true;
  }
  return false;
}

/// `if (reply_) reply_->set_value(x);` in one handler and `if (reply_) reply_->set_exception(e);` in another, neither
/// of which takes the promise out: the second that comes finds it there and fulfils it again.
void leftInPlace(Unit &U, Reporter &R) {
  llvm::MapVector<const FieldDecl *, llvm::SmallVector<LeftInPlace, 2>> All;
  for (const FunctionDecl *Fn : U.Functions) {
    const auto *M = dyn_cast<CXXMethodDecl>(Fn);
    const Code *C =
        M && !M->getParent()->isLambda() && !isa<CXXConstructorDecl, CXXDestructorDecl>(M) ? U.code(Fn) : nullptr;
    for (const Event &E : C ? llvm::ArrayRef<Event>(C->Events) : llvm::ArrayRef<Event>()) {
      const FieldDecl *F =
          E.Kind == Op::Fulfil && !E.may(Fact::Refuses) && E.Object.This && E.Object.Path.size() == 1 && E.Site
              ? E.Object.Path.front()
              : nullptr;
      if (F && U.leads(F->getType()) && askedFor(*C, E.Site) == F && U.seesAllUses(F))
        All[F].push_back({C, &E});
    }
  }
  for (auto &[F, Places] : All) {
    llvm::erase_if(Places, [&](const LeftInPlace &X) { return takesAway(U, *X.In, F); });
    auto Other = llvm::find_if(Places, [&](const LeftInPlace &X) { return X.In != Places.front().In; });
    // Handlers: nothing here says that one of them excludes the other, as a caller of both would.
    bool Called = llvm::any_of(U.Functions, [&, Field = F](const FunctionDecl *Fn) {
      const Code *C = isa<CXXMethodDecl>(Fn) && cast<CXXMethodDecl>(Fn)->getParent()->isLambda() ? nullptr : U.code(Fn);
      return C && llvm::any_of(C->Events, [&](const Event &E) {
               return E.Kind == Op::Call && E.Callee && llvm::any_of(All[Field], [&](const LeftInPlace &X) {
                        return X.In->Fn->getCanonicalDecl() == E.Callee->getCanonicalDecl();
                      });
             });
    });
    if (Other == Places.end() || Called)
      continue;
    R.report(Places.front().At->loc(),
             ("'" + F->getName() + "' stays in its place when it is fulfilled here, and '" +
              cast<NamedDecl>(Other->In->Fn)->getName() +
              "' fulfils whatever it finds there: a standard promise throws 'promise_already_satisfied' then; reset "
              "the pointer "
              "when the promise is fulfilled")
                 .str(),
             {{Other->At->loc(), "it is fulfilled a second time here"}});
  }
}

// ---- an element that is looked up by a key, answered, and left where it is -----------------------------------------

/// The variable that leads to what the expression names, by members, pointers and iterators.
const VarDecl *rootOf(const Expr *E) {
  while ((E = unwrap(E))) {
    if (const auto *M = dyn_cast<MemberExpr>(E))
      E = M->getBase();
    else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E);
             O && (O->getOperator() == OO_Arrow || O->getOperator() == OO_Star) && O->getNumArgs() == 1)
      E = O->getArg(0);
    else if (const auto *U = dyn_cast<UnaryOperator>(E); U && U->getOpcode() == UO_Deref)
      E = U->getSubExpr();
    else
      break;
  }
  const auto *DR = dyn_cast_or_null<DeclRefExpr>(E);
  return DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
}

/// Does the expression read part of a message that the body is given: `ack.command`, `header->id()`? A bare number may
/// as well come from somebody who answers each request once.
bool isOfMessage(const Code &C, const Expr *E, unsigned Depth = 0) {
  E = unwrap(E);
  if (!E || Depth > 3)
    return false;
  if (const auto *DR = dyn_cast<DeclRefExpr>(E)) {
    const auto *V = dyn_cast<VarDecl>(DR->getDecl());
    return V && !isa<ParmVarDecl>(V) && V->isLocalVarDecl() && !C.isModified(V) && V->getInit() &&
           isOfMessage(C, V->getInit(), Depth + 1);
  }
  auto IsPart = [](const Expr *Whole) {
    const VarDecl *V = rootOf(Whole);
    return V && isa<ParmVarDecl>(V);
  };
  if (const auto *M = dyn_cast<MemberExpr>(E))
    return IsPart(M->getBase());
  if (const auto *M = dyn_cast<CXXMemberCallExpr>(E))
    return IsPart(M->getImplicitObjectArgument());
  const auto *Made = dyn_cast<CXXConstructExpr>(E);
  return Made && Made->getNumArgs() == 1 && isOfMessage(C, Made->getArg(0), Depth + 1);
}

/// The two sides of a comparison by == or !=, however it is spelled.
std::optional<std::pair<const Expr *, const Expr *>> sidesOfEquality(const Expr *E) {
  E = unwrap(E);
  if (const auto *R = dyn_cast_or_null<CXXRewrittenBinaryOperator>(E)) {
    auto Form = R->getDecomposedForm();
    if (Form.Opcode == BO_EQ || Form.Opcode == BO_NE)
      return std::pair(unwrap(Form.LHS), unwrap(Form.RHS));
    return std::nullopt;
  }
  if (const auto *B = dyn_cast_or_null<BinaryOperator>(E); B && B->isEqualityOp())
    return std::pair(unwrap(B->getLHS()), unwrap(B->getRHS()));
  if (const auto *O = dyn_cast_or_null<CXXOperatorCallExpr>(E);
      O && (O->getOperator() == OO_EqualEqual || O->getOperator() == OO_ExclaimEqual) && O->getNumArgs() == 2)
    return std::pair(unwrap(O->getArg(0)), unwrap(O->getArg(1)));
  return std::nullopt;
}

/// A look-up of one element by a key that comes with a message, and nothing else that is asked on the way.
class LookUp {
public:
  /// \p Element leads to an element of the container.
  LookUp(const Code &C, const FieldDecl *Container, const VarDecl *Element, const Event &Answer)
      : C(C), Container(Container), Element(Element), Answer(Answer) {}

  /// Is the element found by its key alone, and is nothing done to it but that it is answered?
  bool leavesItUnmarked() {
    ByKey = isFound(Element->getInit());
    bool Asks = mentions(C.Fn->getBody(), [&](const Stmt *S) { return isa<CXXTryStmt>(S) || asksMore(S); });
    return !Asks && ByKey && !mentions(C.Fn->getBody(), [&](const Stmt *S) {
      const auto *DR = dyn_cast<DeclRefExpr>(S);
      return DR && DR->getDecl() == Element && !isHarmless(DR);
    });
  }

private:
  const Code &C;
  const FieldDecl *Container;
  const VarDecl *Element;
  const Event &Answer;
  bool ByKey = false;
  llvm::SmallVector<const Stmt *, 4> Known; ///< conditions that look it up

  /// `pending_.find(answer.id)`
  bool isFound(const Expr *Init) const {
    const auto *M = dyn_cast_or_null<CXXMemberCallExpr>(unwrap(Init));
    return M && M->getMethodDecl() && M->getMethodDecl()->getIdentifier() && M->getMethodDecl()->getName() == "find" &&
           M->getNumArgs() == 1 && thisField(M->getImplicitObjectArgument()) == Container &&
           isOfMessage(C, M->getArg(0));
  }
  bool isEnd(const Expr *E) const {
    const auto *M = dyn_cast_or_null<CXXMemberCallExpr>(E);
    return M && M->getMethodDecl() && M->getMethodDecl()->getIdentifier() &&
           M->getMethodDecl()->getName().ends_with("end");
  }
  bool looksUp(const Expr *Asks) {
    auto Sides = sidesOfEquality(Asks);
    if (!Sides)
      return false;
    for (auto [A, B] : {*Sides, std::pair(Sides->second, Sides->first)}) {
      if (rootOf(A) != Element)
        continue;
      if (isEnd(B))
        return true;
      if (!isa<DeclRefExpr>(A) && isOfMessage(C, B))
        return ByKey = true;
    }
    return false;
  }
  /// Is this a condition before the answer that asks anything but for the key? It may choose one message of several.
  bool asksMore(const Stmt *S) {
    const Expr *Asks = nullptr;
    if (const auto *If = dyn_cast<IfStmt>(S))
      Asks = If->getCond();
    else if (isLoop(S) && !within(C, Answer.Site, S))
      return false;
    else if (isLoop(S) && isWalk(S))
      return false;
    else if (!isa<SwitchStmt, AbstractConditionalOperator, WhileStmt, DoStmt, ForStmt, CXXForRangeStmt>(S))
      return false;
    if (!C.U.Ctx.getSourceManager().isBeforeInTranslationUnit(S->getBeginLoc(), Answer.loc()))
      return false;
    if (!Asks || !looksUp(Asks))
      return true;
    Known.push_back(Asks);
    return false;
  }
  /// `for (auto &x : waiting_)`, `for (auto it = waiting_.begin(); it != waiting_.end(); ++it)`
  bool isWalk(const Stmt *Loop) {
    if (const auto *R = dyn_cast<CXXForRangeStmt>(Loop))
      return R->getLoopVariable() == Element;
    const auto *F = dyn_cast<ForStmt>(Loop);
    const auto *D = F ? dyn_cast_or_null<DeclStmt>(F->getInit()) : nullptr;
    return D && llvm::is_contained(D->decls(), Element) && F->getCond() && looksUp(F->getCond());
  }
  /// A mention that reads, that looks it up or that is the answer itself.
  bool isHarmless(const Expr *E) const {
    for (const Stmt *S = E, *Child = nullptr; S; Child = S, S = C.parent(S)) {
      if (S == Answer.Site || llvm::is_contained(Known, S))
        return true;
      if (isLoop(S))
        return Child != loopBody(S); // what makes it walk
      if (const auto *Cast = dyn_cast<ImplicitCastExpr>(S); Cast && Cast->getCastKind() == CK_LValueToRValue)
        return Cast->getType()->isArithmeticType() || Cast->getType()->isEnumeralType();
      if (isa<CompoundStmt, LambdaExpr>(S))
        return false;
    }
    return false;
  }
};

/// Does one that calls the body answer for it that each message comes once? A loop reads messages as they come, and a
/// callback hands on what it is given.
bool isCalledForOnce(Unit &U, const FunctionDecl *Handler) {
  return llvm::any_of(U.Functions, [&](const FunctionDecl *F) {
    const Code *C = U.code(F);
    const auto *M = dyn_cast<CXXMethodDecl>(F);
    auto Hands = [&](const Stmt *S) {
      const auto *DR = dyn_cast<DeclRefExpr>(S);
      return DR && llvm::is_contained(C->Fn->parameters(), DR->getDecl());
    };
    return C && llvm::any_of(C->Events, [&](const Event &E) {
             return E.Kind == Op::Call && E.Callee && E.Callee->getCanonicalDecl() == Handler->getCanonicalDecl() &&
                    !inLoop(*C, E.Site) && !(M && M->getParent()->isLambda() && mentions(E.Site, Hands));
           });
  });
}

/// Is a promise put in the place of the one in this member anywhere?
bool isRenewed(Unit &U, const FieldDecl *Promise) {
  return llvm::any_of(U.Functions, [&](const FunctionDecl *F) {
    const Code *C = U.code(F);
    return C && llvm::any_of(C->Events, [&](const Event &E) {
             return (E.Kind == Op::Reset || E.Kind == Op::Move) && E.Object.last() == Promise;
           });
  });
}

/// `for (auto &w : waiting_) if (w.id == answer.id) w.promise.set_value(answer);` and `find(answer.id)->second…`: the
/// element is still there, as it was, when a second answer comes with that key.
void answeredInPlace(Unit &U, Reporter &R) {
  for (const FunctionDecl *Fn : U.Functions) {
    const auto *M = dyn_cast<CXXMethodDecl>(Fn);
    const Code *C =
        M && !M->getParent()->isLambda() && !isa<CXXConstructorDecl, CXXDestructorDecl>(M) ? U.code(Fn) : nullptr;
    for (const Event &E : C ? llvm::ArrayRef<Event>(C->Events) : llvm::ArrayRef<Event>()) {
      const auto *Call = E.Kind == Op::Fulfil ? dyn_cast_or_null<CXXMemberCallExpr>(E.Site) : nullptr;
      const Expr *Object = Call ? Call->getImplicitObjectArgument() : nullptr;
      const TypeModel *T = Object ? U.type(U.pointee(Object->getType())) : nullptr;
      const VarDecl *Element = T && !T->With.has(Fact::Idempotent) ? rootOf(Object) : nullptr;
      auto In = Element ? C->elementOf(Element) : std::nullopt;
      if (!In || !In->This || In->Path.size() != 1 || (U.inferred(U.record(Object)) && !E.may(Fact::Refuses)))
        continue;
      const FieldDecl *Container = In->Path.front();
      const auto *Promise = dyn_cast<MemberExpr>(unwrap(Object));
      const auto *Field = Promise ? dyn_cast<FieldDecl>(Promise->getMemberDecl()) : nullptr;
      bool OwnField = Field && !isPair(Field->getParent());
      if (!LookUp(*C, Container, Element, E).leavesItUnmarked() || takesAway(U, *C, Container) ||
          isCalledForOnce(U, Fn) || (OwnField && isRenewed(U, Field)))
        continue;
      R.report(E.loc(),
               ("the promise stays in '" + Container->getName() +
                "' when it is fulfilled here, and nothing marks it: a second message with the same key finds it there "
                "and fulfils it again, and 'promise_already_satisfied' is thrown at whoever brings the message; take "
                "the element out, or mark it as answered")
                   .str());
    }
  }
}

/// Does a handler around the statement wait for the error that a second result is: `catch (const std::future_error &)`?
bool isExpected(Unit &U, const Stmt *At) {
  const Code *C = U.codeWith(At);
  const CXXTryStmt *Try = C ? C->enclosingTry(At) : nullptr;
  for (unsigned I = 0; Try && I != Try->getNumHandlers(); ++I) {
    QualType T = Try->getHandler(I)->getCaughtType();
    const CXXRecordDecl *RD = T.isNull() ? nullptr : T.getNonReferenceType()->getAsCXXRecordDecl();
    if (RD && RD->getIdentifier() && (RD->getName() == "future_error" || RD->getName() == "promise_already_satisfied"))
      return true;
  }
  return false;
}

/// Two callbacks that may both run are no second defect where the promise's own class is told that nothing chooses.
bool isAccepted(Unit &U, Finding &F) {
  if (isReachedOnce(U, F) || isExpected(U, F.Site))
    return false;
  if (F.Row->How != Via::Later || !F.Object.last())
    return true;
  const CXXRecordDecl *RD = U.pointee(F.Object.last()->getType())->getAsCXXRecordDecl();
  return !RD || !U.Ctx.getSourceManager().isInMainFile(RD->getLocation()) || unguarded(U, RD).empty();
}

const AutomatonCheck Check({.Name = "double-fulfilment",
                            .Family = "futures",
                            .Level = Tier::Bug,
                            .Summary = "Finds promises that are fulfilled twice on one path.",
                            .Rows = "F2"},
                           Fulfilment, isAccepted, [](Unit &U, Reporter &R) {
                             unguardedClasses(U, R);
                             leftInPlace(U, R);
                             answeredInPlace(U, R);
                           });

} // namespace
} // namespace heddle

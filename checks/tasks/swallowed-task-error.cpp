// A task that sees an error, logs it at most, and reports success: whoever waits goes on as if all had been done.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Classes.h"
#include "flow/Loops.h"
#include "flow/Mentions.h"
#include "support/AstVisitor.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/Builtins.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {
namespace {

// ---- what a handler does with an error ------------------------------------------------------------------------------

/// Does this statement leave a trace of the error that somebody may read: a write, a throw, an operation of the
/// vocabulary, a callback, a call that may keep what it is given? Output leaves none.
struct TraceFinder : AstVisitor {
  const Code &C;
  const Stmt *Part;
  bool Found = false;
  TraceFinder(const Code &C, const Stmt *Part) : C(C), Part(Part) {}

  bool found() {
    Found = true;
    return false;
  }
  bool isLocalToPart(const Expr *E) const {
    auto P = C.place(E);
    const auto *V = P ? dyn_cast_or_null<VarDecl>(P->Root) : nullptr;
    if (!V || V->hasGlobalStorage())
      return false;
    const SourceManager &SM = C.U.Ctx.getSourceManager();
    return SM.isBeforeInTranslationUnit(Part->getBeginLoc(), V->getLocation()) &&
           SM.isBeforeInTranslationUnit(V->getLocation(), Part->getEndLoc());
  }
  bool isGlobal(const Expr *E) const {
    auto P = C.place(E);
    const auto *V = P ? dyn_cast_or_null<VarDecl>(P->Root) : nullptr;
    return V && V->hasGlobalStorage();
  }
  /// `stderr`: what is written there is output.
  bool isStandardStream(const Expr *E) const {
    auto P = C.place(E);
    const auto *V = P ? dyn_cast_or_null<VarDecl>(P->Root) : nullptr;
    return V && V->hasGlobalStorage() && C.U.Ctx.getSourceManager().isInSystemHeader(V->getLocation());
  }
  bool TraverseLambdaExpr(const LambdaExpr *) override { return found(); }
  bool VisitCXXThrowExpr(const CXXThrowExpr *) override { return found(); }
  bool VisitContinueStmt(const ContinueStmt *) override { return found(); } // tries again
  bool VisitBreakStmt(const BreakStmt *) override { return found(); }       // leaves a loop: what follows may know
  bool VisitGotoStmt(const GotoStmt *) override { return found(); }
  bool VisitBinaryOperator(const BinaryOperator *B) override { return !B->isAssignmentOp() || isLocalToPart(B->getLHS()) || found(); }
  bool VisitUnaryOperator(const UnaryOperator *O) override {
    return !O->isIncrementDecrementOp() || isLocalToPart(O->getSubExpr()) || found();
  }
  bool VisitCallExpr(const CallExpr *E) override {
    for (unsigned I : C.at(E))
      if (Op K = C.Events[I].Kind; K != Op::Call && K != Op::Self && K != Op::Test && K != Op::Escape &&
                                   K != Op::Acquire && K != Op::Release && K != Op::Block && K != Op::Sleep)
        return found();
    const FunctionDecl *F = E->getDirectCallee();
    if (!F)
      return found(); // a callback: it hears of the error
    if (F->isNoReturn())
      return found();
    if (const auto *M = dyn_cast<CXXMemberCallExpr>(E)) {
      const CXXMethodDecl *D = M->getMethodDecl();
      const Expr *Obj = M->getImplicitObjectArgument();
      if (!D || D->isConst() || D->isStatic() || !Obj || isLocalToPart(Obj) || isGlobal(Obj))
        return true;
      // A logger that is got from a function, or reached through a pointer; anything that lives here may be read later.
      return isa<CallExpr>(Obj->IgnoreParenImpCasts()) || found();
    }
    if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E))
      return O->getOperator() == OO_LessLess ||
             (!O->isAssignmentOp() && O->getOperator() != OO_PlusPlus && O->getOperator() != OO_Call) || found();
    for (unsigned I = 0; I != E->getNumArgs() && I < F->getNumParams(); ++I) {
      QualType T = F->getParamDecl(I)->getType();
      bool Writable =
          (T->isReferenceType() && !T->getPointeeType().isConstQualified() && !T->isRValueReferenceType()) ||
          (T->isPointerType() && !T->getPointeeType().isConstQualified() && !T->getPointeeType()->isFunctionType());
      if (Writable && !isLocalToPart(E->getArg(I)) && !isStandardStream(E->getArg(I)))
        return found();
    }
    return true;
  }
};

bool leavesTrace(const Code &C, const Stmt *Part) {
  TraceFinder F(C, Part);
  F.TraverseStmt(Part);
  return F.Found;
}

// ---- what a task reports --------------------------------------------------------------------------------------------

/// A result that says the same whatever happened: nothing, a constant, or a value made of nothing.
std::optional<std::string> fixedResult(const ReturnStmt *R, const ASTContext &Ctx) {
  const Expr *E = R ? R->getRetValue() : nullptr;
  if (!E)
    return std::string("void");
  Expr::EvalResult X;
  if (!E->isValueDependent() && E->getType()->isIntegralOrEnumerationType() && E->EvaluateAsInt(X, Ctx))
    return std::to_string(X.Val.getInt().getExtValue());
  E = E->IgnoreUnlessSpelledInSource();
  if (const auto *CE = dyn_cast<CXXConstructExpr>(E); CE && CE->getNumArgs() == 1)
    E = CE->getArg(0)->IgnoreUnlessSpelledInSource();
  if (isa<CXXNullPtrLiteralExpr>(E))
    return std::string("null");
  if (const auto *DR = dyn_cast<DeclRefExpr>(E);
      DR && DR->getType()->isRecordType() && DR->getType().isConstQualified() &&
      cast<ValueDecl>(DR->getDecl())->getType()->isRecordType() && isa<VarDecl>(DR->getDecl()) &&
      cast<VarDecl>(DR->getDecl())->hasGlobalStorage())
    return DR->getDecl()->getQualifiedNameAsString(); // std::nullopt
  if (const auto *CE = dyn_cast<CXXConstructExpr>(E); CE && CE->getNumArgs() == 0)
    return std::string("{}");
  if (const auto *IL = dyn_cast<InitListExpr>(E); IL && IL->getNumInits() == 0)
    return std::string("{}");
  if (isa<CXXScalarValueInitExpr, ImplicitValueInitExpr>(E))
    return std::string("{}");
  if (const auto *Call = dyn_cast<CallExpr>(E);
      Call && Call->getNumArgs() == 0 && Call->getDirectCallee() && !isa<CXXMemberCallExpr>(Call))
    return Call->getDirectCallee()->getQualifiedNameAsString(); // Status::ok()
  return std::nullopt;
}

/// The return that control reaches when it falls out of \p S, or null (of a function that returns nothing, or unknown).
const ReturnStmt *returnAfter(const Code &C, const Stmt *S, bool &Loops) {
  for (const Stmt *Child = S, *P = C.parent(S); P; Child = P, P = C.parent(P)) {
    if (isLoop(P))
      Loops = true;
    if (const auto *Block = dyn_cast<CompoundStmt>(P)) {
      bool After = false;
      for (const Stmt *X : Block->body()) {
        if (After)
          if (const auto *R = dyn_cast<ReturnStmt>(X))
            return R;
        After |= X == Child;
      }
    }
  }
  return nullptr;
}

/// Does control reach the end of the block, as far as its last statement tells?
bool goesOn(const CompoundStmt *Block) {
  if (Block->body_empty())
    return true;
  const Stmt *Last = Block->body_back();
  if (const auto *E = dyn_cast<Expr>(Last); E && isa<CXXThrowExpr>(E->IgnoreUnlessSpelledInSource()))
    return false;
  return isa<Expr, DeclStmt, ForStmt, CXXForRangeStmt>(Last);
}

/// Does the body report after this handler or branch what it reports when all went well?
bool reportsSuccess(const Code &C, const Stmt *Handler, const Stmt *Whole) {
  const ASTContext &Ctx = C.U.Ctx;
  QualType Result = C.Fn->getReturnType();
  auto Own = returnsIn(Handler);
  bool Loops = false;
  const ReturnStmt *Falls = returnAfter(C, Whole, Loops);
  if (Result->isVoidType())
    return true;
  auto TellsOfSuccess = [&](const std::optional<std::string> &V) {
    return V && (!Result->isBooleanType() || *V != "0");
  };
  // When all goes well, the try block falls out of its end, or the branch is not taken, and the same constant follows,
  // whatever is returned elsewhere.
  const auto *Try = dyn_cast<CXXTryStmt>(Whole);
  if (Own.empty() && Falls && (Try ? goesOn(Try->getTryBlock()) : isa<IfStmt>(Whole)))
    return TellsOfSuccess(fixedResult(Falls, Ctx));
  // What is returned elsewhere: the success.
  llvm::SmallVector<std::string, 4> Good;
  for (const ReturnStmt *R : returnsIn(C.Fn->getBody()))
    if (!llvm::is_contained(Own, R)) {
      auto V = fixedResult(R, Ctx);
      if (!V)
        return false; // a computed result: the waiter can tell by it
      Good.push_back(*V);
    }
  if (Own.empty())
    return Falls && TellsOfSuccess(fixedResult(Falls, Ctx));
  return llvm::all_of(Own, [&](const ReturnStmt *R) {
    auto V = fixedResult(R, Ctx);
    return TellsOfSuccess(V) && !Good.empty() && llvm::all_of(Good, [&](const std::string &G) { return G == *V; });
  });
}

// ---- errors as values -----------------------------------------------------------------------------------------------

bool isErrorValue(QualType T) {
  const CXXRecordDecl *RD = T.getNonReferenceType()->getAsCXXRecordDecl();
  if (!RD || !RD->hasDefinition())
    return false;
  bool Tests = false, Says = false;
  for (const CXXMethodDecl *M : allMembers(RD)) {
    Tests |= M->getReturnType()->isBooleanType() && M->param_empty();
    Says |= M->getIdentifier() && (M->getName() == "message" || M->getName() == "error" || M->getName() == "what");
  }
  return Tests && Says;
}

/// `int error = writeAll(fd); if (error != 0) fprintf(stderr, "%s", strerror(error));`: a number that is not zero when
/// something went wrong, as the branch says by telling it.
bool testsErrorNumber(const IfStmt *If) {
  const Expr *E = If->getCond()->IgnoreParenImpCasts();
  if (const auto *B = dyn_cast<BinaryOperator>(E)) {
    const auto *Zero = dyn_cast<IntegerLiteral>(B->getRHS()->IgnoreParenImpCasts());
    if ((B->getOpcode() != BO_NE && B->getOpcode() != BO_LT) || !Zero || Zero->getValue() != 0)
      return false;
    E = B->getLHS()->IgnoreParenImpCasts();
  }
  const auto *DR = dyn_cast<DeclRefExpr>(E);
  const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
  if (!V || !V->isLocalVarDecl() || !V->getType()->isIntegerType() || V->getType()->isBooleanType() || !V->getInit() ||
      !isa<CallExpr>(V->getInit()->IgnoreUnlessSpelledInSource()))
    return false;
  return mentions(If->getThen(), V) && mentions(If->getThen(), [](const Stmt *S) {
           const auto *Call = dyn_cast<CallExpr>(S);
           const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
           return F && F->getIdentifier() &&
                  (F->getName() == "strerror" || F->getName() == "generic_category" || F->getName() == "gai_strerror");
         });
}

/// Is the condition a test of an error that a call just gave back?
bool testsError(const Code &C, const IfStmt *If) {
  struct Finder : AstVisitor {
    bool Found = false;
    bool VisitDeclRefExpr(const DeclRefExpr *D) override {
      const auto *V = dyn_cast<VarDecl>(D->getDecl());
      return !(Found |= V && V->isLocalVarDecl() && isErrorValue(V->getType()));
    }
  } F;
  F.TraverseStmt(If->getCond());
  if (const VarDecl *V = If->getConditionVariable())
    F.Found |= isErrorValue(V->getType());
  if (F.Found || testsErrorNumber(If))
    return true;
  // `if (!process(item)) log(…);`
  const auto *Not = dyn_cast<UnaryOperator>(If->getCond()->IgnoreParenImpCasts());
  const auto *Call =
      Not && Not->getOpcode() == UO_LNot ? dyn_cast<CallExpr>(Not->getSubExpr()->IgnoreParenImpCasts()) : nullptr;
  return Call && Call->getType()->isBooleanType() && !isa<CXXOperatorCallExpr>(Call) && Call->getDirectCallee() &&
         !C.Fn->getReturnType()->isVoidType();
}

/// Does the branch which is taken on an error say something? A branch that does nothing tests something else.
bool saysSomething(const Stmt *S) {
  struct Calls : AstVisitor {
    bool Found = false;
    bool VisitCallExpr(const CallExpr *) override { return !(Found = true); }
  } F;
  F.TraverseStmt(S);
  return F.Found;
}

/// Is the branch taken when there is an error? One that reads what went wrong is; else `if (!err)` and `if (err.ok())`
/// ask for the good case.
bool isBranchOfError(const IfStmt *If) {
  if (testsErrorNumber(If))
    return true;
  struct Reads : AstVisitor {
    bool Found = false;
    bool VisitCXXMemberCallExpr(const CXXMemberCallExpr *M) override {
      const CXXMethodDecl *D = M->getMethodDecl();
      const Expr *Obj = M->getImplicitObjectArgument();
      Found |= D && D->getIdentifier() && Obj && isErrorValue(Obj->getType()) &&
               (D->getName() == "message" || D->getName() == "error" || D->getName() == "what");
      return !Found;
    }
  } Text;
  Text.TraverseStmt(If->getThen());
  if (Text.Found)
    return true;
  const Expr *E = If->getCond()->IgnoreParenImpCasts();
  bool Negated = false;
  while (const auto *O = dyn_cast<UnaryOperator>(E)) {
    if (O->getOpcode() != UO_LNot)
      break;
    Negated = !Negated;
    E = O->getSubExpr()->IgnoreParenImpCasts();
  }
  if (const auto *M = dyn_cast<CXXMemberCallExpr>(E)) {
    const CXXRecordDecl *RD = M->getRecordDecl();
    // An error code is true when something went wrong; a result when nothing did.
    bool Result = RD && llvm::any_of(RD->methods(), [](const CXXMethodDecl *D) {
                    return D->getIdentifier() && D->getName() == "error";
                  });
    return Result == Negated;
  }
  return Negated == isa<CallExpr>(E);
}

// ---- tasks ----------------------------------------------------------------------------------------------------------

/// Does somebody wait for what this hand-over starts, and believe its outcome?
bool isWaitedFor(Code &C, const Event &Spawn) {
  if (!Spawn.Object.valid())
    return false;
  Place Object = C.whole(Spawn.Object);
  auto Asks = [](const Event &E) {
    return (E.Kind == Op::Wait || E.Kind == Op::Await || E.Kind == Op::Consume || E.Kind == Op::Join) &&
           E.Object.valid();
  };
  auto Waits = [&](const Event &E) { return Asks(E) && C.whole(E.Object) == Object; };
  if (llvm::any_of(C.Events, Waits))
    return true;
  // A member: another member of the class may wait.
  if (Object.This && !Object.Path.empty())
    for (const FunctionDecl *F : C.U.Functions)
      if (const auto *M = dyn_cast<CXXMethodDecl>(F); M && M->getParent() == Object.Path.front()->getParent())
        if (Code *Other = C.U.code(M))
          for (const Event &E : Other->Events)
            if (Asks(E) && !E.Object.Path.empty() && E.Object.This && E.Object.Path == Object.Path)
              return true;
  return false;
}

/// Could the task have told of its error, by an exception or by its result?
bool canTell(Code &C, const Event &E, const FunctionDecl *Task) {
  Unit &U = C.U;
  if (E.ObjectRole == Role::Thread || E.ObjectRole == Role::JoiningThread) {
    // To log at the boundary is right where nobody hears of it; who joins a POSIX thread may take its result.
    return !Task->getReturnType()->isVoidType() && llvm::any_of(C.Events, [](const Event &J) {
      const auto *Call = J.Kind == Op::Join || J.Kind == Op::Wait ? dyn_cast_or_null<CallExpr>(J.Site) : nullptr;
      return Call && Call->getNumArgs() == 2 && isa<UnaryOperator>(Call->getArg(1)->IgnoreParenCasts());
    });
  }
  if (!Task->getReturnType()->isVoidType() || E.may(Fact::CarriesExceptions))
    return true;
  const ValueDecl *D = E.Object.last();
  const TypeModel *M = D ? U.type(U.pointee(D->getType())) : nullptr;
  return M && M->With.has(Fact::CarriesExceptions);
}

/// Can the result of this function tell whether all went well: a truth value, an error, something that may be missing?
bool tells(const FunctionDecl *F) {
  QualType T = F->getReturnType().getNonReferenceType();
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  return T->isBooleanType() || isErrorValue(T) ||
         (RD && RD->isInStdNamespace() && RD->getIdentifier() &&
          (RD->getName() == "optional" || RD->getName() == "expected"));
}

/// Does the starter count the task in and wait for that, or for its thread, and then tell by its own result that all
/// went well?
bool vouchesFor(Code &C, const Event &Spawn, const CallableRef &T) {
  if (!tells(C.Fn))
    return false;
  if (const auto *V = dyn_cast_or_null<VarDecl>(Spawn.Object.Root);
      V && V->hasLocalStorage() && isWaitedFor(C, Spawn) &&
      (Spawn.ObjectRole == Role::Thread || Spawn.ObjectRole == Role::JoiningThread))
    return true;
  return llvm::any_of(C.Events, [&](const Event &E) {
    const ValueDecl *Count =
        E.Kind == Op::Wait && E.ObjectRole == Role::Latch && !E.may(Fact::Timed) ? E.Object.last() : nullptr;
    return Count && T.Lambda && (mentions(T.Lambda->getBody(), Count) || mentions(T.Lambda, Count));
  });
}

/// Is it a thread that the starter itself waits for?
bool isOwnThread(Code &C, const Event &Spawn) {
  const auto *V = dyn_cast_or_null<VarDecl>(Spawn.Object.Root);
  if (!V || !V->hasLocalStorage() || isa<ParmVarDecl>(V) || !Spawn.Object.Path.empty())
    return false;
  return Spawn.ObjectRole == Role::JoiningThread || (Spawn.ObjectRole == Role::Thread && isWaitedFor(C, Spawn));
}

constexpr const char *Text =
    "the task reports success after this error, which is at most logged; whoever waits for it goes on as if all "
    "had been done; rethrow it, return it, or record it where the waiter looks";

bool isEmpty(const CXXCatchStmt *H) {
  const auto *Body = dyn_cast<CompoundStmt>(H->getHandlerBlock());
  return Body && Body->body_empty();
}

/// \p OnlyEmpty: the task has no way to tell but by what its starter can read; a log is all that it may do.
void judge(Code &Task, Reporter &R, const std::vector<StoryLine> &Story, bool OnlyEmpty) {
  auto Say = [&](SourceLocation Loc) { R.report(Loc, Text, Story); };
  struct Finder : AstVisitor {
    Code &C;
    llvm::function_ref<void(SourceLocation)> Report;
    bool OnlyEmpty;
    Finder(Code &C, llvm::function_ref<void(SourceLocation)> R, bool OnlyEmpty)
        : C(C), Report(R), OnlyEmpty(OnlyEmpty) {}
    bool TraverseLambdaExpr(const LambdaExpr *) override { return true; }
    bool VisitCXXTryStmt(const CXXTryStmt *T) override {
      for (unsigned I = 0; I != T->getNumHandlers(); ++I) {
        const CXXCatchStmt *H = T->getHandler(I);
        // What the handler leaves undone may be done by the code behind it: only a task that then ends.
        bool Drops = OnlyEmpty ? isEmpty(H) && C.parent(T) == C.Fn->getBody() : !leavesTrace(C, H->getHandlerBlock());
        if (Drops && endsAfter(T) && reportsSuccess(C, H, T))
          Report(H->getBeginLoc());
      }
      return true;
    }
    bool VisitIfStmt(const IfStmt *If) override {
      if (If->getElse() || !testsError(C, If) || !isBranchOfError(If))
        return true;
      const Stmt *Then = If->getThen();
      auto Own = returnsIn(Then);
      if (saysSomething(Then) && !leavesTrace(C, Then) && (Own.empty() ? endsAfter(If) : true) &&
          !C.Fn->getReturnType()->isVoidType() && reportsSuccess(C, Then, If))
        Report(If->getBeginLoc());
      return true;
    }
    /// Nothing follows but the end of the body, a constant result, or the next turn of a loop.
    bool endsAfter(const Stmt *S) const {
      for (const Stmt *Child = S, *P = C.parent(S); P; Child = P, P = C.parent(P))
        if (const auto *Block = dyn_cast<CompoundStmt>(P)) {
          bool After = false;
          for (const Stmt *X : Block->body()) {
            if (After && !isa<ReturnStmt>(X) && !isOutput(X) && !isCountdown(X))
              return false;
            After |= X == Child;
          }
        } else if (isa<WhileStmt, DoStmt>(P))
          return false; // tries again, or goes on with the next: a loop that may know
      return true;
    }
    /// `done.count_down();`: that the task has ended, whatever became of it.
    bool isCountdown(const Stmt *X) const {
      const auto *E = dyn_cast<Expr>(X);
      return E && llvm::any_of(C.at(E->IgnoreUnlessSpelledInSource()),
                               [&](unsigned I) { return C.Events[I].Kind == Op::Leave; });
    }
    /// `std::cerr << …;`, `log("…");`: words. What takes a thing of the program's own does something with it.
    bool isOutput(const Stmt *X) const {
      const auto *Call = dyn_cast<Expr>(X) ? dyn_cast<CallExpr>(cast<Expr>(X)->IgnoreUnlessSpelledInSource()) : nullptr;
      return Call && !leavesTrace(C, X) && llvm::all_of(Call->arguments(), [](const Expr *A) {
               const CXXRecordDecl *RD = A->getType()->getAsCXXRecordDecl();
               return !RD || RD->isInStdNamespace();
             });
    }
  } F(Task, Say, OnlyEmpty);
  F.TraverseStmt(Task.Fn->getBody());
}

// ---- promises -------------------------------------------------------------------------------------------------------

/// Is the variable given a whole new value there, so that its old one is what an error leaves?
bool assigns(const Stmt *S, const VarDecl *V) {
  return mentions(S, [&](const Stmt *X) {
    const Expr *Left = nullptr;
    if (const auto *B = dyn_cast<BinaryOperator>(X); B && B->getOpcode() == BO_Assign)
      Left = B->getLHS();
    else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(X); O && O->getOperator() == OO_Equal && O->getNumArgs())
      Left = O->getArg(0);
    const auto *DR = Left ? dyn_cast<DeclRefExpr>(Left->IgnoreParenImpCasts()) : nullptr;
    return DR && DR->getDecl() == V;
  });
}

/// Is what the promise is given the same whether or not the try block came to its end: nothing, a constant, or a local
/// that the block filled in part?
bool hidesError(const Expr *Fulfil, const CXXTryStmt *Try, const ASTContext &Ctx) {
  const auto *Call = dyn_cast<CallExpr>(Fulfil);
  if (!Call || Call->getNumArgs() > 1)
    return false;
  if (Call->getNumArgs() == 0)
    return true;
  const Expr *Arg = Call->getArg(0)->IgnoreUnlessSpelledInSource();
  if (const auto *Move = dyn_cast<CallExpr>(Arg); Move && Move->getNumArgs() == 1 && Move->getDirectCallee() &&
                                                  Move->getDirectCallee()->getBuiltinID() == Builtin::BImove)
    Arg = Move->getArg(0)->IgnoreUnlessSpelledInSource();
  Expr::EvalResult X;
  if (Arg->getType()->isBooleanType() && !Arg->isValueDependent() && Arg->EvaluateAsInt(X, Ctx))
    return X.Val.getInt().getBoolValue();
  const auto *DR = dyn_cast<DeclRefExpr>(Arg);
  const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
  return V && V->isLocalVarDecl() && V->getType()->isRecordType() && mentions(Try->getTryBlock(), V) &&
         !assigns(Try->getTryBlock(), V);
}

/// `try { … } catch (…) { log(…); } promise.set_value(…);`: the reader could have been told.
void fulfilledAnyway(Code &C, Reporter &R) {
  for (const Event &E : C.Events) {
    const auto *Site = E.Kind == Op::Fulfil && E.ObjectRole == Role::Promise ? dyn_cast_or_null<Expr>(E.Site) : nullptr;
    const Stmt *Statement = Site;
    while (Statement && !isa_and_nonnull<CompoundStmt>(C.parent(Statement)))
      Statement = C.parent(Statement);
    const auto *Block = Statement ? cast<CompoundStmt>(C.parent(Statement)) : nullptr;
    const auto *Whole = dyn_cast_or_null<Expr>(Statement);
    if (!Block || !Whole || Whole->IgnoreUnlessSpelledInSource() != Site)
      continue;
    const CXXTryStmt *Try = nullptr;
    for (const Stmt *S : Block->body()) {
      if (S == Statement)
        break;
      if (const auto *T = dyn_cast<CXXTryStmt>(S))
        Try = T;
      else if (!isa<Expr, DeclStmt>(S))
        Try = nullptr;
    }
    if (!Try || !hidesError(Site, Try, C.U.Ctx))
      continue;
    auto Inside = [&](const Event &X) {
      return X.Kind == Op::Fulfil && X.Object == E.Object && within(C, X.Site, Try);
    };
    if (llvm::any_of(C.Events, Inside))
      continue;
    for (unsigned I = 0; I != Try->getNumHandlers(); ++I) {
      const CXXCatchStmt *H = Try->getHandler(I);
      if (!leavesTrace(C, H->getHandlerBlock()) && returnsIn(H).empty())
        R.report(H->getBeginLoc(), Text,
                 {{Site->getExprLoc(), "the promise is fulfilled here as if all had been done"}});
    }
  }
}

/// Does the function that starts these tasks, this one or one that hands them to it to be waited for, tell by its own
/// result whether all went well?
bool startedByTeller(Code &C, const Place &Futures) {
  auto Starts = [](Code &By, const ValueDecl *V) {
    return tells(By.Fn) && llvm::any_of(By.Events, [&](const Event &E) {
             return E.Kind == Op::Spawn && E.Object.valid() && By.whole(E.Object).Root == V && E.Object.Path.empty();
           });
  };
  const auto *V = Futures.Path.empty() ? dyn_cast_or_null<VarDecl>(Futures.Root) : nullptr;
  if (!V || !V->hasLocalStorage())
    return false;
  const auto *P = dyn_cast<ParmVarDecl>(V);
  if (!P)
    return Starts(C, V);
  if (!C.Fn->getReturnType()->isVoidType() || P->getDeclContext() != static_cast<const DeclContext *>(C.Fn))
    return false;
  for (const FunctionDecl *F : C.U.Functions)
    if (Code *Caller = C.U.code(F))
      for (const Event &E : Caller->Events) {
        const auto *Call =
            E.Kind == Op::Call && C.U.visible(E.Callee) == C.Fn ? dyn_cast_or_null<CallExpr>(E.Site) : nullptr;
        auto Given = Call && P->getFunctionScopeIndex() < Call->getNumArgs()
                         ? Caller->place(Call->getArg(P->getFunctionScopeIndex()))
                         : std::nullopt;
        if (Given && Given->Root && Given->Path.empty() && Starts(*Caller, Given->Root))
          return true;
      }
  return false;
}

/// `try { f.get(); } catch (...) {}`: the error had come as far as here.
void ignoredResults(Code &C, Reporter &R) {
  if (isa<CXXDestructorDecl>(C.Fn))
    return;
  for (const Event &E : C.Events) {
    if (E.Kind != Op::Consume || !E.may(Fact::Throws) || E.may(Fact::NonBlocking))
      continue;
    const CXXTryStmt *Try = C.enclosingTry(E.Site);
    if (!Try || Try->getTryBlock()->size() != 1)
      continue;
    const auto *Only = dyn_cast<Expr>(Try->getTryBlock()->body_front());
    if (!Only || Only->IgnoreUnlessSpelledInSource() != E.Site)
      continue;
    bool Empty = true, Traces = false;
    for (unsigned I = 0; I != Try->getNumHandlers(); ++I) {
      const CXXCatchStmt *H = Try->getHandler(I);
      Empty &= isEmpty(H);
      Traces |= leavesTrace(C, H->getHandlerBlock()) || !returnsIn(H).empty();
    }
    if (Empty)
      R.report(E.loc(), "the error of the task is caught and dropped here, and its result with it; what follows goes "
                        "on as if all had been "
                        "done; handle the error");
    else if (!Traces && startedByTeller(C, C.whole(E.Object)))
      R.report(Try->getHandler(0)->getBeginLoc(),
               "the error of the task is only logged here, and what follows goes on as if all had been "
               "done; tell it by the result, or stop here");
  }
}

/// `try { f.wait(); } catch (...) { … }`: the handlers wait for an error that only get() brings.
void waitsForErrors(Code &C, Reporter &R) {
  for (const Event &E : C.Events) {
    if (E.Kind != Op::Await || E.may(Fact::Throws) || E.may(Fact::Timed) || E.may(Fact::NonBlocking) ||
        !E.Object.valid() || !isa_and_nonnull<CXXMemberCallExpr>(E.Site))
      continue;
    // The error would have come from elsewhere than from this library.
    const CXXMethodDecl *D = cast<CXXMemberCallExpr>(E.Site)->getMethodDecl();
    const CXXTryStmt *Try = D && D->getParent()->isInStdNamespace() ? C.enclosingTry(E.Site) : nullptr;
    if (!Try || llvm::any_of(Try->getTryBlock()->body(), [&](const Stmt *S) {
          const auto *Whole = dyn_cast<Expr>(S);
          return !Whole || Whole->IgnoreUnlessSpelledInSource() != E.Site;
        }))
      continue;
    Place Whole = C.whole(E.Object);
    if (llvm::any_of(C.Events, [&](const Event &X) {
          return (X.Kind == Op::Consume || X.Kind == Op::Move || X.Kind == Op::Escape) && X.Object.valid() &&
                 C.whole(X.Object) == Whole;
        }))
      continue;
    R.report(E.loc(),
             "wait() does not throw the error of the task, so that these handlers never run, and what follows goes on "
             "as if all had "
             "been done; ask for the result with get()",
             {{Try->getHandler(0)->getBeginLoc(), "the error was to be handled here"}});
  }
}

void run(Unit &U, Reporter &R) {
  for (const FunctionDecl *F : U.Functions) {
    Code *C = U.code(F);
    if (!C)
      continue;
    for (const Event &E : C->Events) {
      if (E.Kind != Op::Spawn)
        continue;
      bool Waited = isWaitedFor(*C, E), Own = isOwnThread(*C, E);
      for (const CallableRef &T : E.Tasks) {
        bool Tells = T.Body && ((Waited && canTell(*C, E, T.Body)) || vouchesFor(*C, E, T));
        if (!Tells && !Own)
          continue;
        // What a lambda does nothing but call is the task as well.
        for (const FunctionDecl *F : {T.Body, forwardsTo(T)})
          if (Code *Task = F ? U.code(F) : nullptr)
            judge(*Task, R, {{E.loc(), "the task is started here, and waited for"}}, !Tells);
      }
    }
    fulfilledAnyway(*C, R);
    ignoredResults(*C, R);
    waitsForErrors(*C, R);
  }
}

const UnitCheck
    Check({.Name = "swallowed-task-error",
           .Family = "tasks",
           .Level = Tier::Bug,
           .Summary = "Finds tasks that log an error at most and report success to those who wait for them.",
           .Rows = "F15",
           .Preview = true},
          run);

} // namespace
} // namespace heddle

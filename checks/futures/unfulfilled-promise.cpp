// A promise that is dropped: its only owner ends on some way without fulfilling it, though somebody waits for the future.
#include "check/Register.h"
#include "check/Reporter.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/RecursiveASTVisitor.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {
namespace {

// The states of a promise:
//   fresh   nobody has its future yet
//   asked   its future was handed out, and nothing has fulfilled it
//   done    this path has
const Automaton Owning = {
    .Tracks = {Role::Promise},
    .Start = "fresh",
    .AtEntry = "asked",
    .Rows =
        {
            {"fresh", Op::GetFuture, "asked", {}, "the future of '%0' is taken here"},
            {"*", Op::Fulfil, "done"},
            {"*", Op::TryFulfil, "done"},
            {"*", Op::Test, "gone"},
            {"*", Op::Reset, "gone"},
            {"*", Op::Claim, "gone"},
            {"*", Op::Extract, "gone"},
            {"asked", Op::End, "error", "dropped"},
        },
    .Unwinds = true,
};

/// What becomes of whoever waits.
std::string consequence(Unit &U, QualType T, bool Throws) {
  const TypeModel *M = U.type(U.pointee(T));
  if (M && M->With.has(Fact::TellsBroken) && M->With.has(Fact::Idempotent))
    return "its future finishes as cancelled, with no result; fulfil it on every way, exceptions included";
  if (M && M->With.has(Fact::TellsBroken))
    return Throws ? "its reader gets 'broken_promise' instead of this error; catch it and set it as the promise's exception"
                  : "its reader gets 'broken_promise' instead of a result or an error; fulfil it on every way";
  return Throws ? "whoever waits for it waits for ever; catch the exception and hand it over as the result"
                : "whoever waits for it waits for ever; fulfil it on every way";
}

SourceLocation bodyEnd(const FunctionDecl *F) {
  const auto *Body = dyn_cast_or_null<CompoundStmt>(F->getBody());
  return Body ? Body->getRBracLoc() : F->getBody()->getEndLoc();
}

void say(Unit &U, Reporter &R, const FunctionDecl *F, const Place &Object, const Exit &X, std::vector<StoryLine> Before) {
  std::string Name = "'" + Object.name() + "'";
  std::string Text = X.Throws ? "promise " + Name + " is dropped unfulfilled when this throws; " : "promise " + Name + " is dropped unfulfilled on this way; ";
  SourceLocation Loc = bodyEnd(F);
  if (const auto *E = dyn_cast_or_null<Expr>(X.By))
    Loc = E->getExprLoc();
  else if (X.By)
    Loc = X.By->getBeginLoc();
  else // what was caught and not handed on is told where it is caught
    for (const StoryLine &L : X.Story)
      if (L.Text == "it is caught here")
        Loc = L.Loc;
  Before.insert(Before.end(), X.Story.begin(), X.Story.end());
  R.report(Loc, Text + consequence(U, Object.last()->getType(), X.Throws), Before);
}

/// May the callable of this event let an exception out without ending the program?
bool carriesExceptions(Unit &U, const Event &E) {
  if (E.Kind != Op::Spawn)
    return false; // out of a handler it reaches whoever runs the loop
  if (E.ObjectRole == Role::Thread || E.ObjectRole == Role::JoiningThread)
    return false;
  if (E.may(Fact::CarriesExceptions))
    return true;
  const ValueDecl *Owner = E.Object.valid() ? E.Object.last() : nullptr;
  const TypeModel *M = Owner ? U.type(U.pointee(Owner->getType())) : nullptr;
  if (M && M->With.has(Fact::CarriesExceptions))
    return true;
  // Written by hand: does it call what it is given in a try block?
  const CXXRecordDecl *RD = Owner ? U.pointee(Owner->getType())->getAsCXXRecordDecl() : nullptr;
  return RD && U.inferred(RD) && llvm::any_of(RD->methods(), [&](const CXXMethodDecl *D) {
           Code *C = U.code(D);
           return C && llvm::any_of(C->Events, [&](const Event &X) {
                    return X.Kind == Op::Call && !X.Callee && X.Site && C->enclosingTry(X.Site);
                  });
         });
}

bool isErrorType(Unit &U, QualType T) {
  const CXXRecordDecl *RD = T.getNonReferenceType()->getAsCXXRecordDecl();
  if (!RD || !RD->hasDefinition())
    return false;
  // An error code asks to be tested and says what went wrong; exception_ptr has no members of its own to tell by.
  bool Tests = false, Says = false;
  for (const CXXMethodDecl *M : RD->methods()) {
    Tests |= isa<CXXConversionDecl>(M) && M->getReturnType()->isBooleanType();
    Says |= M->getIdentifier() && (M->getName() == "message" || M->getName() == "category");
  }
  return (Tests && Says) || (RD->getIdentifier() && RD->getName() == "exception_ptr");
}

/// Is this way out taken because an error was handed in?
bool leavesOnError(Code &C, const Stmt *By) {
  const Stmt *Child = By;
  for (const Stmt *S = By; S; Child = S, S = C.parent(S))
    if (const auto *If = dyn_cast<IfStmt>(S); If && Child != If->getCond()) {
      struct Errors : RecursiveASTVisitor<Errors> {
        Unit &U;
        bool Found = false;
        explicit Errors(Unit &U) : U(U) {}
        bool VisitDeclRefExpr(DeclRefExpr *D) {
          Found |= isa<ParmVarDecl>(D->getDecl()) && isErrorType(U, D->getType());
          return !Found;
        }
      } V(C.U);
      V.TraverseStmt(const_cast<Expr *>(If->getCond()));
      if (V.Found)
        return true;
    }
  return false;
}

/// Does the way out lead through "the owner is gone" (`auto self = weak.lock(); if (!self) return;`)? Then nobody waits.
bool ownerIsGone(Code &C, const Stmt *By) {
  for (const Stmt *S = By; S; S = C.parent(S))
    if (const auto *If = dyn_cast<IfStmt>(S)) {
      struct Weak : RecursiveASTVisitor<Weak> {
        Unit &U;
        bool Found = false;
        explicit Weak(Unit &U) : U(U) {}
        bool VisitDeclRefExpr(DeclRefExpr *D) {
          const TypeModel *M = U.type(D->getType());
          Found |= M && M->Plays == Role::WeakPointer;
          if (const auto *V = dyn_cast<VarDecl>(D->getDecl()); V && V->isLocalVarDecl() && V->getInit() && !Found)
            TraverseStmt(const_cast<Expr *>(V->getInit()));
          return !Found;
        }
        bool VisitMemberExpr(MemberExpr *M) {
          const TypeModel *T = U.type(M->getType());
          Found |= T && T->Plays == Role::WeakPointer;
          return !Found;
        }
      } W(C.U);
      W.TraverseStmt(const_cast<Expr *>(If->getCond()));
      if (If->getInit())
        W.TraverseStmt(const_cast<Stmt *>(If->getInit()));
      if (const auto *D = If->getConditionVariable(); D && D->getInit())
        W.TraverseStmt(const_cast<Expr *>(D->getInit()));
      if (W.Found)
        return true;
    }
  return false;
}

// ---- callables --------------------------------------------------------------------------------------------------------

/// The promises that a task captured: in its own names.
std::vector<Place> captured(Code &Task, const LambdaExpr *L) {
  std::vector<Place> Found;
  for (const Event &E : Task.Events) {
    const Place &P = E.Object;
    if (!P.valid() || P.This || P.Element || !P.last() || Task.U.role(P.last()->getType()) != Role::Promise || llvm::is_contained(Found, P))
      continue;
    const auto *V = dyn_cast_or_null<VarDecl>(P.Root);
    bool Own = V && V->getDeclContext() == static_cast<const DeclContext *>(Task.Fn) && !V->isInitCapture();
    if (V && !Own && !V->hasGlobalStorage())
      Found.push_back(P);
  }
  return Found;
}

bool mentions(const Stmt *S, const ValueDecl *V, const Stmt *Except) {
  if (!S || S == Except)
    return false;
  if (const auto *DR = dyn_cast<DeclRefExpr>(S); DR && DR->getDecl() == V)
    return true;
  if (const auto *L = dyn_cast<LambdaExpr>(S)) {
    for (const LambdaCapture &Cap : L->captures())
      if (Cap.capturesVariable() && Cap.getCapturedVar() == V)
        return true;
    for (const Expr *I : L->capture_inits())
      if (mentions(I, V, Except))
        return true;
    return false;
  }
  return llvm::any_of(S->children(), [&](const Stmt *X) { return mentions(X, V, Except); });
}

/// Who but the task could fulfil it? The function that hands the task over may only take the future, wait, and move the
/// promise into the task.
bool isOnlyHolder(Code &C, const Event &HandOver, const LambdaExpr *L, const Place &Inner) {
  const auto *V = dyn_cast_or_null<VarDecl>(Inner.Root);
  const ValueDecl *Outer = V;
  if (V && V->isInitCapture()) {
    auto P = V->getInit() ? C.place(V->getInit()) : std::nullopt;
    if (!P)
      return true; // made for the task
    if (P->This || !P->Root)
      return false;
    Outer = P->Root;
  }
  if (isa_and_nonnull<ParmVarDecl>(Outer) && (Outer->getType()->isReferenceType() || Outer->getType()->isPointerType()))
    return false; // the caller has it as well
  Place Whole;
  Whole.Root = Outer;
  for (const Event &E : C.Events) {
    if (E.Object.valid() && (E.Object.contains(Inner) || (E.Object.Root == Outer && E.Object.Path == Inner.Path)))
      if (E.Kind == Op::Fulfil || E.Kind == Op::TryFulfil || E.Kind == Op::Test)
        return false;
    if (E.Kind == Op::Escape && E.Object.valid() && E.Object.Root == Outer) {
      bool Here = false, Returned = false;
      for (const Stmt *S = E.Site; S; S = C.parent(S)) {
        Here |= S == L;
        Returned |= isa<ReturnStmt>(S);
      }
      if (!Here && !Returned)
        return false; // stored, or given to code that can not be seen
    }
    if (E.Kind == Op::Call && E.Site != HandOver.Site) // a helper that is given it
      if (const auto *Call = dyn_cast<CallExpr>(E.Site))
        for (const Expr *A : Call->arguments())
          if (auto P = C.place(A); P && P->Root == Outer)
            return false;
    for (const CallableRef &T : E.Tasks)
      if (T.Lambda && T.Lambda != L && mentions(T.Lambda, Outer, nullptr))
        return false; // another callable holds it as well
  }
  return true;
}

/// Is it the task's own, so that it dies with it?
bool isMovedIn(const Place &Inner) {
  const auto *V = dyn_cast_or_null<VarDecl>(Inner.Root);
  return V && V->isInitCapture() && !V->getType()->isReferenceType() && !V->getType()->isPointerType();
}

void callables(Code &C, Simulation &Sim, Reporter &R) {
  Unit &U = C.U;
  for (const Event &E : C.Events) {
    if (E.Kind != Op::Spawn && E.Kind != Op::Defer)
      continue;
    for (const CallableRef &T : E.Tasks) {
      Code *Body = T.Lambda && T.Body ? U.code(T.Body) : nullptr;
      if (!Body)
        continue;
      for (const Place &P : captured(*Body, T.Lambda)) {
        if (!isOnlyHolder(C, E, T.Lambda, P))
          continue;
        std::vector<Exit> Ways = Sim.exits(T.Body, P);
        if (llvm::none_of(Ways, [](const Exit &X) { return X.State == "done"; }))
          continue; // it is not this one that fulfils it
        bool RunsOnce = E.Kind == Op::Spawn || E.may(Fact::OneShot);
        bool Own = isMovedIn(P) && U.type(P.last()->getType()) && U.type(P.last()->getType())->Plays == Role::Promise;
        for (const Exit &X : Ways) {
          if (X.State != "asked" || (X.Claimed && !Own) || (X.Throws && !X.By))
            continue; // without a throw that is seen it is only that no handler fits
          if (X.Throws && !carriesExceptions(U, E))
            continue;
          if (!RunsOnce && !(X.By && leavesOnError(*Body, X.By)))
            continue;
          if (X.By && ownerIsGone(*Body, X.By))
            continue;
          say(U, R, T.Body, P, X, {{E.loc(), "the callable that owns '" + P.name() + "' is handed over here"}});
        }
      }
    }
  }
}

// ---- parameters -------------------------------------------------------------------------------------------------------

/// Functions that threads are started with: an exception ends the program there.
llvm::DenseSet<const FunctionDecl *> threadEntries(Unit &U) {
  llvm::DenseSet<const FunctionDecl *> All;
  for (const FunctionDecl *F : U.Functions)
    if (Code *C = U.code(F))
      for (const Event &E : C->Events)
        if (E.Kind == Op::Spawn && !carriesExceptions(U, E))
          for (const CallableRef &T : E.Tasks)
            if (T.Body)
              All.insert(T.Body);
  return All;
}

/// A promise that is given by value belongs to the function.
void parameters(Code &C, Simulation &Sim, Reporter &R, const llvm::DenseSet<const FunctionDecl *> &Entries) {
  Unit &U = C.U;
  for (const ParmVarDecl *V : C.Fn->parameters()) {
    QualType T = V->getType();
    if (T->isReferenceType() || T->isPointerType() || U.role(T) != Role::Promise)
      continue;
    const TypeModel *M = U.type(T);
    bool Unique = M && M->Plays == Role::Promise;
    if (!Unique) // unique_ptr<promise>: it dies here, too; a shared one may live on
      if (const CXXRecordDecl *RD = T->getAsCXXRecordDecl())
        Unique = llvm::any_of(RD->ctors(), [](const CXXConstructorDecl *D) { return D->isCopyConstructor() && D->isDeleted(); });
    const CXXRecordDecl *Type = U.pointee(T)->getAsCXXRecordDecl();
    if (!Unique || !Type || U.inferred(Type))
      continue; // a copy of what was written by hand is no owner
    Place P;
    P.Root = V;
    std::vector<Exit> Ways = Sim.exits(C.Fn, P);
    if (llvm::none_of(Ways, [](const Exit &X) { return X.State == "done"; }))
      continue;
    for (const Exit &X : Ways)
      if (X.State == "asked" && !(X.Throws && (!X.By || Entries.contains(C.Fn))) && !(X.By && ownerIsGone(C, X.By)))
        say(U, R, C.Fn, P, X, {});
  }
}

// ---- locals -----------------------------------------------------------------------------------------------------------

/// Does somebody hold the future when the function is left by \p By?
bool isHandedOut(Code &C, const Place &Promise, const Stmt *By) {
  if (llvm::none_of(C.Events, [&](const Event &E) { return E.Kind == Op::GetFuture && E.Object == Promise; }))
    return true; // it came with its future out
  const SourceManager &SM = C.U.Ctx.getSourceManager();
  for (const Event &E : C.Events) {
    if (E.Kind != Op::GetFuture || !(E.Object == Promise))
      continue;
    const Stmt *P = C.parent(E.Site);
    while (P && !isa<DeclStmt, CompoundStmt>(P))
      P = C.parent(P);
    const auto *DS = dyn_cast_or_null<DeclStmt>(P);
    const auto *V = DS && DS->isSingleDecl() ? dyn_cast<VarDecl>(DS->getSingleDecl()) : nullptr;
    if (!V)
      return true; // stored, returned, or passed on
    if (isa_and_nonnull<ReturnStmt>(By) && mentions(By, V, nullptr))
      return true;
    for (const Event &X : C.Events)
      if ((X.Kind == Op::Move || X.Kind == Op::Escape) && X.Object.Root == V && By &&
          SM.isBeforeInTranslationUnit(X.Site->getBeginLoc(), By->getBeginLoc()))
        return true;
    return false;
  }
  return false;
}

void run(Unit &U, Reporter &R) {
  Simulation Sim(U, Owning);
  auto Entries = threadEntries(U);
  for (const FunctionDecl *F : U.Functions) {
    Code *C = U.code(F);
    if (!C)
      continue;
    for (Finding &X : Sim.run(F)) {
      // `auto [promise, future] = …`: what is done to the parts is known by their own names.
      if (isa_and_nonnull<DecompositionDecl>(X.Object.Root))
        continue;
      if (isHandedOut(*C, X.Object, X.Site)) {
        bool Throws = isa_and_nonnull<Expr>(X.Site);
        for (const StoryLine &L : X.Story)
          if (!X.Site || isa<CompoundStmt>(X.Site)) // what was caught and not handed on is told where it is caught
            if (L.Text == "it is caught here")
              X.Loc = L.Loc;
        R.report(X.Loc,
                 "promise '" + X.Object.name() + "' is dropped unfulfilled " + (Throws ? "when this throws; " : "on this way; ") +
                     consequence(U, X.Object.last()->getType(), Throws),
                 X.Story);
      }
    }
    parameters(*C, Sim, R, Entries);
    callables(*C, Sim, R);
  }
}

const UnitCheck Check({.Name = "unfulfilled-promise",
                       .Family = "futures",
                       .Level = Tier::Bug,
                       .Summary = "Finds promises that some way through their owner never fulfils.",
                       .Rows = "F7 P28"},
                      run);

} // namespace
} // namespace heddle

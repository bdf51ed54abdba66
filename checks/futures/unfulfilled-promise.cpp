// A promise that is dropped: its only owner ends on some way without fulfilling it, though somebody waits for the
// future.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Classes.h"
#include "flow/Loops.h"
#include "flow/Mentions.h"
#include "flow/Unwrap.h"
#include "support/AstVisitor.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/Builtins.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/SetVector.h"

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
    .OwnsParameters = true,
};

/// What becomes of whoever waits.
std::string consequence(Unit &U, QualType T, bool Throws) {
  const TypeModel *M = U.type(U.pointee(T));
  if (M && M->With.has(Fact::TellsBroken) && M->With.has(Fact::Idempotent))
    return "its future finishes as cancelled, with no result; fulfil it on every way, exceptions included";
  if (M && M->With.has(Fact::TellsBroken))
    return Throws ? "its reader gets 'broken_promise' instead of this error; catch it and set it as the promise's "
                    "exception"
                  : "its reader gets 'broken_promise' instead of a result or an error; fulfil it on every way";
  return Throws ? "whoever waits for it waits for ever; catch the exception and hand it over as the result"
                : "whoever waits for it waits for ever; fulfil it on every way";
}

SourceLocation bodyEnd(const FunctionDecl *F) {
  const auto *Body = dyn_cast_or_null<CompoundStmt>(F->getBody());
  return Body ? Body->getRBracLoc() : F->getBody()->getEndLoc();
}

void say(Unit &U, Reporter &R, const FunctionDecl *F, const Place &Object, const Exit &X,
         std::vector<StoryLine> Before) {
  std::string Name = "'" + Object.name() + "'";
  std::string Text = X.Throws ? "promise " + Name + " is dropped unfulfilled when this throws; "
                              : "promise " + Name + " is dropped unfulfilled on this way; ";
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
      struct Errors : AstVisitor {
        Unit &U;
        bool Found = false;
        explicit Errors(Unit &U) : U(U) {}
        bool VisitDeclRefExpr(const DeclRefExpr *D) override {
          Found |= isa<ParmVarDecl>(D->getDecl()) && isErrorType(U, D->getType());
          return !Found;
        }
      } V(C.U);
      V.TraverseStmt(If->getCond());
      if (V.Found)
        return true;
    }
  return false;
}

/// Does the way out lead through "the owner is gone" (`auto self = weak.lock(); if (!self) return;`)? Then nobody
/// waits.
bool ownerIsGone(Code &C, const Stmt *By) {
  for (const Stmt *S = By; S; S = C.parent(S))
    if (const auto *If = dyn_cast<IfStmt>(S)) {
      struct Weak : AstVisitor {
        Unit &U;
        bool Found = false;
        explicit Weak(Unit &U) : U(U) {}
        bool VisitDeclRefExpr(const DeclRefExpr *D) override {
          const TypeModel *M = U.type(D->getType());
          Found |= M && M->Plays == Role::WeakPointer;
          if (const auto *V = dyn_cast<VarDecl>(D->getDecl()); V && V->isLocalVarDecl() && V->getInit() && !Found)
            TraverseStmt(V->getInit());
          return !Found;
        }
        bool VisitMemberExpr(const MemberExpr *M) override {
          const TypeModel *T = U.type(M->getType());
          Found |= T && T->Plays == Role::WeakPointer;
          return !Found;
        }
      } W(C.U);
      W.TraverseStmt(If->getCond());
      if (If->getInit())
        W.TraverseStmt(If->getInit());
      if (const auto *D = If->getConditionVariable(); D && D->getInit())
        W.TraverseStmt(D->getInit());
      if (W.Found)
        return true;
    }
  return false;
}

// ---- callables ------------------------------------------------------------------------------------------------------

/// The promises that a task captured: in its own names.
std::vector<Place> captured(Code &Task, const LambdaExpr *L) {
  std::vector<Place> Found;
  for (const Event &E : Task.Events) {
    const Place &P = E.Object;
    if (!P.valid() || P.This || P.Element || !P.last() || Task.U.role(P.last()->getType()) != Role::Promise ||
        llvm::is_contained(Found, P))
      continue;
    const auto *V = dyn_cast_or_null<VarDecl>(P.Root);
    bool Own = V && V->getDeclContext() == static_cast<const DeclContext *>(Task.Fn) && !V->isInitCapture();
    if (V && !Own && !V->hasGlobalStorage())
      Found.push_back(P);
  }
  return Found;
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
      if (T.Lambda && T.Lambda != L && mentions(T.Lambda, Outer))
        return false; // another callable holds it as well
  }
  return true;
}

/// Is it the task's own, so that it dies with it?
bool isMovedIn(const Place &Inner) {
  const auto *V = dyn_cast_or_null<VarDecl>(Inner.Root);
  return V && V->isInitCapture() && !V->getType()->isReferenceType() && !V->getType()->isPointerType();
}

/// Calls \p Found with every body of the unit, those of lambdas included, and the function in which it is written.
void forEachBody(Unit &U, llvm::function_ref<void(Code &, const FunctionDecl *)> Found) {
  struct Lambdas : AstVisitor {
    llvm::SmallVector<const FunctionDecl *, 8> Bodies;
    bool VisitLambdaExpr(const LambdaExpr *L) override {
      Bodies.push_back(L->getCallOperator());
      return true;
    }
  };
  for (const FunctionDecl *F : U.Functions) {
    Code *C = U.code(F);
    if (!C)
      continue;
    Found(*C, F);
    Lambdas Inner;
    Inner.TraverseStmt(F->getBody());
    for (const FunctionDecl *L : Inner.Bodies)
      if (Code *In = U.code(L))
        Found(*In, F);
  }
}

bool catchesAll(const CXXTryStmt *Try) {
  for (unsigned I = 0; Try && I != Try->getNumHandlers(); ++I) {
    const VarDecl *V = Try->getHandler(I)->getExceptionDecl();
    const CXXRecordDecl *RD = V ? V->getType().getNonReferenceType()->getAsCXXRecordDecl() : nullptr;
    if (!V || (RD && RD->isInStdNamespace() && RD->getName() == "exception"))
      return true;
  }
  return false;
}

/// Do all places of this unit that call a job which was kept (a callable without arguments) catch what it throws? Then
/// the exception ends there, and nobody learns of it.
bool jobsAreCaught(Unit &U) {
  bool Called = false, Let = false;
  forEachBody(U, [&](Code &C, const FunctionDecl *) {
    for (const Event &E : C.Events) {
      const auto *Call = dyn_cast_or_null<CallExpr>(E.Site);
      if (E.Kind != Op::Call || E.Callee || E.ObjectRole != Role::Function || !Call)
        continue;
      if (Call->getNumArgs() != (isa<CXXOperatorCallExpr>(Call) ? 1u : 0u))
        continue;
      Called = true;
      Let |= !catchesAll(C.enclosingTry(Call));
    }
  });
  return Called && !Let;
}

void callables(Code &C, Simulation &Sim, Reporter &R, bool JobsCaught) {
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
          // Kept by visible code: what it fulfils on every other way it can not be called twice for.
          bool Kept = JobsCaught && X.Throws && E.Kind == Op::Defer && !E.Model && E.Callee &&
                      llvm::all_of(Ways, [](const Exit &W) { return W.Throws || W.State == "done"; });
          if (X.Throws && !Kept && !carriesExceptions(U, E))
            continue;
          if (!RunsOnce && !Kept && !(X.By && leavesOnError(*Body, X.By)))
            continue;
          if (X.By && ownerIsGone(*Body, X.By))
            continue;
          say(U, R, T.Body, P, X, {{E.loc(), "the callable that owns '" + P.name() + "' is handed over here"}});
        }
      }
    }
  }
}

// ---- parameters -----------------------------------------------------------------------------------------------------

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

/// Is it a promise that nobody else has: in the very object, and not to be copied?
bool isSoleOwner(Unit &U, const Place &P) {
  const TypeModel *M = P.last() ? U.type(P.last()->getType()) : nullptr;
  return M && M->Plays == Role::Promise && isMoveOnly(P.last()->getType()->getAsCXXRecordDecl()) &&
         llvm::none_of(P.Path, [&](const FieldDecl *F) {
           const auto *In = dyn_cast<CXXRecordDecl>(F->getParent());
           const CXXDestructorDecl *D = In ? In->getDestructor() : nullptr;
           return F->getType()->isReferenceType() || U.leads(F->getType()) || (D && D->isUserProvided());
         });
}

/// The ways out of a body on which an object that it owns is dropped, told.
void tellDrops(Code &C, const Place &P, Simulation &Sim, Reporter &R, bool ThrowsToo, std::vector<StoryLine> Before) {
  std::vector<Exit> Ways = Sim.exits(C.Fn, P);
  if (llvm::none_of(Ways, [](const Exit &X) { return X.State == "done"; }))
    return;
  for (const Exit &X : Ways)
    if (X.State == "asked" && !(X.Throws && (!X.By || !ThrowsToo)) && !(X.By && ownerIsGone(C, X.By)))
      say(C.U, R, C.Fn, P, X, Before);
}

/// Is it a promise of this file that the request leads to, and which nobody but this body, and what it calls, fulfils?
/// Then it is the last that could, though others - who wait - hold the promise as well.
bool isLastToAnswer(Code &C, const Place &P) {
  Unit &U = C.U;
  const CXXRecordDecl *Class = U.smartPointee(P.last()->getType());
  if (!Class || !U.inferred(Class) || !U.Ctx.getSourceManager().isInMainFile(Class->getLocation()))
    return false;
  auto IsOf = [&](const Place &X) {
    const CXXRecordDecl *RD = X.valid() && X.last() ? U.pointee(X.last()->getType())->getAsCXXRecordDecl() : nullptr;
    return RD && RD->getCanonicalDecl() == Class->getCanonicalDecl();
  };
  bool Others = false, Waits = false;
  forEachBody(U, [&](Code &Body, const FunctionDecl *Of) {
    for (const Event &E : Body.Events) {
      if (!IsOf(E.Object))
        continue;
      Waits |= (E.Kind == Op::Await || E.Kind == Op::Consume) && !E.may(Fact::Timed);
      Others |= (E.Kind == Op::Fulfil || E.Kind == Op::TryFulfil) && Of->getCanonicalDecl() != C.Fn->getCanonicalDecl();
    }
  });
  if (Others || !Waits)
    return false;
  // A copy - of the request, or of the pointer alone - may be answered elsewhere.
  return !mentions(C.Fn->getBody(), [&](const Stmt *S) {
    if (const auto *L = dyn_cast<LambdaExpr>(S))
      return llvm::any_of(L->captures(), [&](const LambdaCapture &Cap) {
        return Cap.capturesVariable() && Cap.getCapturedVar() == P.Root;
      });
    const auto *CE = dyn_cast<CXXConstructExpr>(S);
    if (!CE || !CE->getConstructor()->isCopyConstructor() || !CE->getNumArgs())
      return false;
    auto From = C.place(CE->getArg(0));
    return From && From->contains(P);
  });
}

/// A request that is given by value, with its promise.
void parts(Code &C, const ParmVarDecl *V, Simulation &Sim, Reporter &R,
           const llvm::DenseSet<const FunctionDecl *> &Entries) {
  for (const Place &P : Sim.reached(C.Fn)) {
    if (P.Root != V || P.Path.empty() || P.Element)
      continue;
    if (isSoleOwner(C.U, P))
      tellDrops(C, P, Sim, R, !Entries.contains(C.Fn), {});
    else if (P.Path.size() == 1 && isLastToAnswer(C, P))
      tellDrops(C, P, Sim, R, /*ThrowsToo=*/false, {});
  }
}

/// `handle(request);` of a caller who does nothing else with its request: what the function does not answer is lost.
bool isGivenUp(Code &C, const ParmVarDecl *V) {
  unsigned Calls = 0;
  bool Kept = false;
  for (const FunctionDecl *Fn : C.U.Functions) {
    const Code *Caller = C.U.code(Fn);
    for (const Event &E : Caller ? llvm::ArrayRef<Event>(Caller->Events) : llvm::ArrayRef<Event>()) {
      const auto *Call = E.Kind == Op::Call && E.Callee && E.Callee->getCanonicalDecl() == C.Fn->getCanonicalDecl()
                             ? dyn_cast_or_null<CallExpr>(E.Site)
                             : nullptr;
      if (!Call || V->getFunctionScopeIndex() >= Call->getNumArgs())
        continue;
      const auto *DR = dyn_cast<DeclRefExpr>(unwrap(Call->getArg(V->getFunctionScopeIndex())));
      const auto *Local = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
      ++Calls;
      Kept |= !Local || !Local->isLocalVarDecl() || !Local->hasLocalStorage() || Local->getType()->isReferenceType() ||
              mentions(Caller->Fn->getBody(), [&](const Stmt *S) {
                const auto *Other = dyn_cast<DeclRefExpr>(S);
                return Other && Other != DR && Other->getDecl() == Local;
              });
    }
  }
  const auto *M = dyn_cast<CXXMethodDecl>(C.Fn);
  return Calls == 1 && !Kept && (M ? M->getAccess() == AS_private && !M->isVirtual() : !C.Fn->isExternallyVisible());
}

/// A promise that is given by value belongs to the function.
void parameters(Code &C, Simulation &Sim, Reporter &R, const llvm::DenseSet<const FunctionDecl *> &Entries) {
  Unit &U = C.U;
  for (const ParmVarDecl *V : C.Fn->parameters()) {
    QualType T = V->getType();
    if (T->isReferenceType() && T->getPointeeType()->isRecordType() && U.role(T) != Role::Promise && isGivenUp(C, V)) {
      for (const Place &P : Sim.reached(C.Fn))
        if (P.Root == V && P.Path.size() == 1 && !P.Element && isLastToAnswer(C, P))
          tellDrops(C, P, Sim, R, /*ThrowsToo=*/false, {});
      continue;
    }
    if (T->isReferenceType() || T->isPointerType())
      continue;
    if (U.role(T) != Role::Promise) {
      if (T->isRecordType() && !T->getAsCXXRecordDecl()->isLambda())
        parts(C, V, Sim, R, Entries);
      continue;
    }
    const TypeModel *M = U.type(T);
    bool Unique = M && M->Plays == Role::Promise;
    if (!Unique) // unique_ptr<promise>: it dies here, too; a shared one may live on
      Unique = isMoveOnly(T->getAsCXXRecordDecl());
    const CXXRecordDecl *Type = U.pointee(T)->getAsCXXRecordDecl();
    if (!Unique || !Type || U.inferred(Type))
      continue; // a copy of what was written by hand is no owner
    Place P;
    P.Root = V;
    tellDrops(C, P, Sim, R, !Entries.contains(C.Fn), {});
  }
}

// ---- task objects ---------------------------------------------------------------------------------------------------

/// How often, and by whom, the member that is a task's work is called.
struct Runs {
  bool Once = false;   ///< on each object
  bool Caught = false; ///< what it throws ends where it is called
};

const CXXMethodDecl *firstDeclared(const CXXMethodDecl *M) {
  while (M->size_overridden_methods())
    M = *M->begin_overridden_methods();
  return M->getCanonicalDecl();
}

/// A functor that becomes a job (a `std::function` and its kin, a task that is started) and is called by nobody
/// directly.
Runs runsOfFunctor(Unit &U, const CXXMethodDecl *M, bool JobsCaught) {
  bool Becomes = false, Called = false, Carried = false;
  forEachBody(U, [&](Code &C, const FunctionDecl *) {
    for (const Event &E : C.Events) {
      Called |= E.Kind == Op::Call && E.Callee && E.Callee->getCanonicalDecl() == M->getCanonicalDecl();
      for (const CallableRef &T : E.Tasks)
        if (T.Body && T.Body->getCanonicalDecl() == M->getCanonicalDecl() &&
            (E.Kind == Op::Spawn || E.Kind == Op::Defer)) {
          Becomes = true;
          Carried |= carriesExceptions(U, E);
        }
    }
    struct Made : AstVisitor {
      Unit &U;
      const CXXRecordDecl *Class;
      bool Found = false;
      Made(Unit &U, const CXXRecordDecl *Class) : U(U), Class(Class) {}
      bool shouldVisitImplicitCode() const override { return true; }
      bool VisitCXXConstructExpr(const CXXConstructExpr *E) override {
        if (E->getNumArgs() >= 1 && U.role(E->getType()) == Role::Function) {
          const CXXRecordDecl *RD = E->getArg(0)->getType().getNonReferenceType()->getAsCXXRecordDecl();
          Found |= RD && RD->getCanonicalDecl() == Class->getCanonicalDecl();
        }
        return !Found;
      }
    } V(U, M->getParent());
    if (!Becomes) {
      V.TraverseStmt(C.Fn->getBody());
      Becomes |= V.Found;
    }
  });
  return {Becomes && !Called, Carried || JobsCaught};
}

/// An override that others call. Of a library's class the one member that a task must bring is what it is run by
/// (QRunnable, Poco::Runnable); in visible code each call has to be on an object that ends with the caller.
Runs runsOfOverride(Unit &U, const CXXMethodDecl *M) {
  const CXXMethodDecl *First = firstDeclared(M);
  if (U.Ctx.getSourceManager().isInSystemHeader(First->getLocation()))
    return {First->isPureVirtual(), false};
  unsigned Calls = 0;
  bool Again = false, Let = false, Given = false;
  auto IsTask = [&](const ParmVarDecl *P) {
    const CXXRecordDecl *RD = U.pointee(P->getType())->getAsCXXRecordDecl();
    return RD && RD->getCanonicalDecl() == First->getParent()->getCanonicalDecl();
  };
  forEachBody(U, [&](Code &C, const FunctionDecl *) {
    for (const Event &E : C.Events)
      Given |= E.Kind == Op::Spawn && E.Model && E.Callee && llvm::any_of(E.Callee->parameters(), IsTask);
    struct Finder : AstVisitor {
      const CXXMethodDecl *First;
      llvm::SmallVector<const CXXMemberCallExpr *, 2> Found;
      explicit Finder(const CXXMethodDecl *First) : First(First) {}
      bool TraverseLambdaExpr(const LambdaExpr *) override { return true; } // a body of its own
      bool VisitCXXMemberCallExpr(const CXXMemberCallExpr *E) override {
        if (E->getMethodDecl() && firstDeclared(E->getMethodDecl()) == First)
          Found.push_back(E);
        return true;
      }
    } Find(First);
    Find.TraverseStmt(C.Fn->getBody());
    const SourceManager &SM = U.Ctx.getSourceManager();
    for (const CXXMemberCallExpr *Call : Find.Found) {
      ++Calls;
      Let |= !catchesAll(C.enclosingTry(Call));
      const Expr *Object = unwrap(Call->getImplicitObjectArgument());
      if (const auto *Arrow = dyn_cast<CXXOperatorCallExpr>(Object); Arrow && Arrow->getNumArgs() == 1)
        Object = unwrap(Arrow->getArg(0));
      const auto *Named = dyn_cast<DeclRefExpr>(Object);
      const auto *V = Named ? dyn_cast<VarDecl>(Named->getDecl()) : nullptr;
      bool Ends = V && U.leads(V->getType()) && V->hasLocalStorage() && isMoveOnly(V->getType()->getAsCXXRecordDecl());
      if (const Stmt *Loop = V ? enclosingLoop(C, Call) : nullptr)
        Ends &= SM.isBeforeInTranslationUnit(Loop->getBeginLoc(), V->getLocation());
      for (const Event &E : C.Events)
        if (Ends && E.Object.Root == V && (E.Kind == Op::Move || E.Kind == Op::Escape || E.Kind == Op::Extract))
          Ends = !SM.isBeforeInTranslationUnit(Call->getBeginLoc(), E.Site->getBeginLoc());
      Again |= !Ends;
    }
  });
  if (Given && !Calls)
    return {First->isPureVirtual(), false};
  return {Calls && !Again, Calls && !Let};
}

/// Does the function make an object of this class?
bool makes(const FunctionDecl *F, const CXXRecordDecl *Class) {
  struct Finder : AstVisitor {
    const CXXRecordDecl *Class;
    bool Found = false;
    explicit Finder(const CXXRecordDecl *Class) : Class(Class->getCanonicalDecl()) {}
    bool VisitExpr(const Expr *E) override {
      const CXXRecordDecl *RD = E->isPRValue() ? E->getType()->getAsCXXRecordDecl() : nullptr;
      Found |= RD && RD->getCanonicalDecl() == Class;
      return !Found;
    }
    bool VisitVarDecl(const VarDecl *V) override {
      const CXXRecordDecl *RD = V->getType()->getAsCXXRecordDecl();
      Found |= RD && RD->getCanonicalDecl() == Class;
      return !Found;
    }
  } V(Class);
  V.TraverseStmt(F->getBody());
  return V.Found;
}

/// Does anybody but the task's work, and the members that it calls, fulfil this promise, or hand it on?
bool othersFulfil(Unit &U, const CXXMethodDecl *Work, const Place &P) {
  llvm::DenseSet<const FunctionDecl *> Own;
  llvm::SmallVector<const FunctionDecl *, 8> Todo{Work};
  while (!Todo.empty()) {
    Code *C = U.code(Todo.pop_back_val());
    if (!C || !Own.insert(C->Fn).second)
      continue;
    for (const Event &E : C->Events)
      if (const auto *M = dyn_cast_or_null<CXXMethodDecl>(E.Callee);
          M && E.Kind == Op::Call && M->getParent() == Work->getParent())
        Todo.push_back(M);
  }
  const CXXRecordDecl *Type = U.pointee(P.last()->getType())->getAsCXXRecordDecl();
  bool Sole = isSoleOwner(U, P), Others = false;
  forEachBody(U, [&](Code &C, const FunctionDecl *Of) {
    if (Own.contains(C.Fn))
      return;
    for (const Event &E : C.Events) {
      const ValueDecl *Last = E.Object.valid() ? E.Object.last() : nullptr;
      if (!Last || (Sole ? Last != P.last() : U.pointee(Last->getType())->getAsCXXRecordDecl() != Type))
        continue;
      bool Fulfils = E.Kind == Op::Fulfil || E.Kind == Op::TryFulfil;
      // A promise that is shared may be fulfilled by whoever made the task, and by other members of it.
      const auto *Member = dyn_cast<CXXMethodDecl>(C.Fn);
      bool Related = E.Object.This && Member ? Member->getParent() == Work->getParent() : makes(Of, Work->getParent());
      Others |= Sole ? Fulfils || E.Kind == Op::Move || E.Kind == Op::Escape : Fulfils && Related;
    }
  });
  return Others;
}

void taskObject(Code &C, Simulation &Sim, Reporter &R, bool JobsCaught) {
  Unit &U = C.U;
  const auto *M = dyn_cast<CXXMethodDecl>(C.Fn);
  if (!M || M->isStatic() || M->getParent()->isLambda() || !M->getReturnType()->isVoidType() || M->getNumParams())
    return;
  bool Functor = M->getOverloadedOperator() == OO_Call;
  if (!Functor && !M->size_overridden_methods())
    return;
  for (const Place &P : Sim.reached(M)) {
    if (!P.This || P.Path.empty() || P.Element || U.role(P.last()->getType()) != Role::Promise)
      continue;
    std::vector<Exit> Ways = Sim.exits(M, P);
    if (llvm::none_of(Ways, [](const Exit &X) { return X.State == "done"; }) ||
        llvm::none_of(Ways, [](const Exit &X) { return X.State == "asked"; }))
      continue;
    if (const CXXDestructorDecl *D = M->getParent()->getDestructor(); D && D->isUserProvided() && !U.visible(D))
      continue;
    Runs Run = Functor ? runsOfFunctor(U, M, JobsCaught) : runsOfOverride(U, M);
    if (!Run.Once || othersFulfil(U, M, P))
      continue;
    for (const Exit &X : Ways)
      if (X.State == "asked" && !X.Claimed && !(X.Throws && (!X.By || !Run.Caught)) && !(X.By && ownerIsGone(C, X.By)))
        say(U, R, M, P, X, {});
  }
}

// ---- requests that wait ---------------------------------------------------------------------------------------------

/// Does a value of this type hold a promise, or lead to one?
bool holdsPromise(Unit &U, QualType T, unsigned Depth = 0) {
  if (U.role(T) == Role::Promise)
    return true;
  const CXXRecordDecl *RD = U.pointee(T)->getAsCXXRecordDecl();
  if (!RD || !RD->hasDefinition() || Depth > 2 || U.Ctx.getSourceManager().isInSystemHeader(RD->getLocation()))
    return false;
  const CXXDestructorDecl *D = RD->getDestructor();
  if (D && D->isUserProvided())
    return false; // it may fulfil it
  return llvm::any_of(RD->fields(), [&](const FieldDecl *F) { return holdsPromise(U, F->getType(), Depth + 1); });
}

/// The members that hold requests which somebody takes out to answer them: what is in there has not been answered.
class Requests {
public:
  explicit Requests(Unit &U) : U(U) {
    forEachBody(U, [&](Code &C, const FunctionDecl *) { read(C); });
  }

  /// Where a body throws all of them away, and nobody answers them before.
  void drops(Code &C, Reporter &R) {
    if (Queues.empty() || isa<CXXConstructorDecl>(C.Fn) || answers(C) ||
        llvm::any_of(C.Events, [](const Event &E) { return E.Kind == Op::Spawn; }) || Answering.contains(C.Fn))
      return;
    for (const FieldDecl *Q : Queues)
      if (!InPlace.contains(Q))
        if (const Stmt *By = thrownAway(C, Q))
          tell(C, Q, By, R);
  }

private:
  Unit &U;
  llvm::SetVector<const FieldDecl *> Queues;
  llvm::DenseSet<const FieldDecl *> InPlace;      ///< answered where they are, and left there
  llvm::DenseSet<const FunctionDecl *> Answering; ///< called by bodies that answer

  static bool isAnswer(const Event &E) { return E.Kind == Op::Fulfil || E.Kind == Op::TryFulfil; }
  bool answers(const Code &C) {
    return llvm::any_of(C.Events, [&](const Event &E) {
      return isAnswer(E) || (E.Callee && E.Kind == Op::Call &&
                             (U.reaches(E.Callee, Op::Fulfil, false) || U.reaches(E.Callee, Op::TryFulfil, false)));
    });
  }
  const FieldDecl *queue(const Place &P) {
    const auto *F = P.valid() && P.Element ? dyn_cast_or_null<FieldDecl>(P.last()) : nullptr;
    QualType E = F ? U.element(F->getType()) : QualType();
    return !E.isNull() && holdsPromise(U, heldBy(E)) ? F : nullptr;
  }

  void read(Code &C) {
    bool Answers = answers(C);
    struct Locals : AstVisitor {
      llvm::SmallVector<const VarDecl *, 8> Found;
      bool TraverseLambdaExpr(const LambdaExpr *) override { return true; }
      bool VisitVarDecl(const VarDecl *V) override {
        Found.push_back(V);
        return true;
      }
    } In;
    In.TraverseStmt(C.Fn->getBody());
    llvm::DenseSet<const FieldDecl *> Removed, Looked;
    auto Removes = [&](const Code &In) {
      for (const Event &E : In.Events)
        if (const auto *F = E.Object.valid() ? dyn_cast_or_null<FieldDecl>(E.Object.last()) : nullptr)
          if (E.Kind == Op::Clear || E.Kind == Op::Extract || E.Kind == Op::Reset || E.Kind == Op::Move ||
              E.Kind == Op::Escape)
            Removed.insert(F);
    };
    Removes(C);
    for (const Event &E : C.Events)
      if (const Code *Inner = E.Kind == Op::Call && E.Callee ? U.code(E.Callee) : nullptr)
        Removes(*Inner);
    for (const VarDecl *V : In.Found) {
      if (!V->getInit())
        continue;
      auto Of = C.elementOf(V);
      bool Names = V->getType()->isReferenceType() || (Of && !V->isCXXForRangeDecl());
      auto P = Of ? Of : C.place(V->getInit());
      if (P && !P->Element && P->Root) // `std::move(it->second)`
        if (auto At = C.elementOf(P->Root))
          P = At;
      const FieldDecl *Q = P ? queue(*P) : nullptr;
      if (!Q)
        continue;
      if (Names)
        Looked.insert(Q);
      else if (Answers && !V->isCXXForRangeDecl())
        Queues.insert(Q);
    }
    // `request = std::move(it->second);`
    for (const Event &E : C.Events)
      if (Answers && E.Kind == Op::Move && E.Object.Root && !E.Object.Element)
        if (auto At = C.elementOf(E.Object.Root))
          if (const FieldDecl *Q = queue(*At))
            Queues.insert(Q);
    for (const Event &E : C.Events)
      if (isAnswer(E))
        if (const FieldDecl *Q = E.Object.valid() ? queue(E.Object) : nullptr)
          Looked.insert(Q);
    if (!Answers)
      return;
    for (const FieldDecl *Q : Looked)
      if (!Removed.contains(Q))
        InPlace.insert(Q);
    for (const Event &E : C.Events)
      if (E.Kind == Op::Call && E.Callee)
        Answering.insert(E.Callee);
  }

  /// The statement that empties the container, if the body does nothing else with it but look whether it is empty.
  const Stmt *thrownAway(Code &C, const FieldDecl *Q) {
    struct Mentions : AstVisitor {
      const FieldDecl *Q;
      llvm::SmallVector<const MemberExpr *, 4> Found;
      explicit Mentions(const FieldDecl *Q) : Q(Q) {}
      bool VisitMemberExpr(const MemberExpr *M) override {
        if (const auto *F = dyn_cast<FieldDecl>(M->getMemberDecl()); F && F->getCanonicalDecl() == Q)
          Found.push_back(M);
        return true;
      }
    } V(Q);
    V.TraverseStmt(C.Fn->getBody());
    const Stmt *By = nullptr;
    for (const MemberExpr *M : V.Found) {
      const Expr *E = M;
      const Stmt *User = C.user(E);
      const auto *Member = dyn_cast_or_null<MemberExpr>(User);
      const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(Member ? C.parent(Member) : nullptr);
      const CXXMethodDecl *Method = Call ? Call->getMethodDecl() : nullptr;
      bool Clears = Call && llvm::any_of(C.at(Call), [&](unsigned I) {
                      Op K = C.Events[I].Kind;
                      return K == Op::Clear || (K == Op::Extract && Call->getNumArgs() == 0 && inLoop(C, Call));
                    });
      const auto *Assigns = dyn_cast_or_null<CXXOperatorCallExpr>(User);
      const VarDecl *Into = takenInto(C, M);
      if (Into && diesUnused(C, Into, M))
        By = M;
      else if (Into)
        return nullptr;
      else if (Clears)
        By = Call;
      else if (Assigns && Assigns->getOperator() == OO_Equal && Assigns->getArg(0)->IgnoreParenImpCasts() == M &&
               isEmpty(Assigns->getArg(1)))
        By = Assigns;
      else if (!Method || !Method->isConst())
        return nullptr;
    }
    return By;
  }
  /// The local of this body that takes all of them over: `gone.swap(queue)`, `auto gone = std::move(queue)`.
  static const VarDecl *takenInto(Code &C, const MemberExpr *Queue) {
    auto Local = [&](const Expr *E) -> const VarDecl * {
      const auto *DR = dyn_cast_or_null<DeclRefExpr>(unwrap(E));
      const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
      bool Own = V && V->isLocalVarDecl() && V->hasLocalStorage() &&
                 V->getParentFunctionOrMethod() == static_cast<const DeclContext *>(C.Fn);
      return Own && V->getType()->isRecordType() ? V : nullptr;
    };
    const Expr *E = Queue;
    const Stmt *User = C.user(E);
    const auto *Named = dyn_cast_or_null<MemberExpr>(User); // `queue.swap(gone)`
    const auto *Call = dyn_cast_or_null<CallExpr>(Named ? C.parent(Named) : User);
    const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
    if (!F || !C.U.Ctx.getSourceManager().isInSystemHeader(F->getLocation()))
      return nullptr;
    if (F->getIdentifier() && F->getName() == "swap")
      for (const Stmt *S : Call->children())
        if (const auto *X = dyn_cast<MemberExpr>(S)) {
          if (const VarDecl *V = Local(X->getBase()))
            return V;
        } else if (const VarDecl *V = Local(cast<Expr>(S)))
          return V;
    bool Yields = F->getBuiltinID() == Builtin::BImove ||
                  (F->getIdentifier() && F->getName() == "exchange" && unwrap(Call->getArg(0)) == Queue);
    if (!Yields)
      return nullptr;
    auto To = C.destination(Call);
    const auto *V = To && To->Path.empty() && !To->Element ? dyn_cast_or_null<VarDecl>(To->Root) : nullptr;
    return V && V->isLocalVarDecl() && V->hasLocalStorage() && V->getType()->isRecordType() ? V : nullptr;
  }
  /// Is the local, but for being filled, only asked how many it holds, or emptied?
  static bool diesUnused(Code &C, const VarDecl *Local, const MemberExpr *Filled) {
    const Stmt *Filling = Filled;
    while (C.parent(Filling) && !isa<CompoundStmt>(C.parent(Filling)))
      Filling = C.parent(Filling);
    struct Uses : AstVisitor {
      const VarDecl *V;
      llvm::SmallVector<const DeclRefExpr *, 4> All;
      explicit Uses(const VarDecl *V) : V(V) {}
      bool VisitDeclRefExpr(const DeclRefExpr *E) override {
        if (E->getDecl() == V)
          All.push_back(E);
        return true;
      }
    } Found(Local);
    Found.TraverseStmt(C.Fn->getBody());
    return llvm::all_of(Found.All, [&](const DeclRefExpr *Use) {
      if (within(C, Use, Filling))
        return true;
      const Expr *E = Use;
      const auto *Member = dyn_cast_or_null<MemberExpr>(C.user(E));
      const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(Member ? C.parent(Member) : nullptr);
      const CXXMethodDecl *M = Call && !Call->getNumArgs() ? Call->getMethodDecl() : nullptr;
      return M && ((M->isConst() && M->getReturnType()->isIntegerType()) ||
                   llvm::any_of(C.at(Call), [&](unsigned I) { return C.Events[I].Kind == Op::Clear; }));
    });
  }
  static bool isEmpty(const Expr *E) {
    E = E->IgnoreUnlessSpelledInSource();
    if (const auto *L = dyn_cast<InitListExpr>(E))
      return L->getNumInits() == 0;
    const auto *CE = dyn_cast<CXXConstructExpr>(E);
    return CE && CE->getNumArgs() == 0;
  }

  void tell(Code &C, const FieldDecl *Q, const Stmt *By, Reporter &R) {
    const SourceManager &SM = U.Ctx.getSourceManager();
    for (const Event &E : C.Events)
      if ((E.Kind == Op::Join || E.Kind == Op::Wait ||
           (E.Kind == Op::Call && E.Callee &&
            (U.reaches(E.Callee, Op::Join, false) || U.reaches(E.Callee, Op::Wait, false)))) &&
          SM.isBeforeInTranslationUnit(E.Site->getBeginLoc(), By->getBeginLoc()))
        return; // whoever answers them may have answered all before it ended
    QualType Request = heldBy(U.element(Q->getType()));
    R.report(cast<Expr>(By)->getExprLoc(),
             "the requests that wait in '" + Q->getNameAsString() +
                 "' are thrown away here with their promises unfulfilled; " + consequence(U, promiseIn(Request), false),
             {});
  }
  QualType promiseIn(QualType T, unsigned Depth = 0) {
    if (U.role(T) == Role::Promise || Depth > 2)
      return T;
    if (const CXXRecordDecl *RD = U.pointee(T)->getAsCXXRecordDecl())
      for (const FieldDecl *F : RD->fields())
        if (holdsPromise(U, F->getType()))
          return promiseIn(F->getType(), Depth + 1);
    return T;
  }
};

// ---- locals ---------------------------------------------------------------------------------------------------------

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
    if (isa_and_nonnull<ReturnStmt>(By) && mentions(By, V))
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
  bool JobsCaught = jobsAreCaught(U);
  Requests Pending(U);
  for (const FunctionDecl *F : U.Functions) {
    Code *C = U.code(F);
    if (!C)
      continue;
    for (Finding &X : Sim.run(F)) {
      // `auto [promise, future] = …`: what is done to the parts is known by their own names.
      if (isa_and_nonnull<DecompositionDecl>(X.Object.Root))
        continue;
      // Of a request that came from elsewhere there may be another copy.
      if (!X.Object.Path.empty() && !isSoleOwner(U, X.Object))
        continue;
      if (isHandedOut(*C, X.Object, X.Site)) {
        bool Throws = isa_and_nonnull<Expr>(X.Site);
        for (const StoryLine &L : X.Story)
          if (!X.Site || isa<CompoundStmt>(X.Site)) // what was caught and not handed on is told where it is caught
            if (L.Text == "it is caught here")
              X.Loc = L.Loc;
        R.report(X.Loc,
                 "promise '" + X.Object.name() + "' is dropped unfulfilled " +
                     (Throws ? "when this throws; " : "on this way; ") +
                     consequence(U, X.Object.last()->getType(), Throws),
                 X.Story);
      }
    }
    parameters(*C, Sim, R, Entries);
    taskObject(*C, Sim, R, JobsCaught);
    Pending.drops(*C, R);
    callables(*C, Sim, R, JobsCaught);
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

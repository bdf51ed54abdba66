// The inside of Code, for Events*.cpp alone: walks a body once and writes down what happens.
//   Events.cpp        the walk, and which variables are modified or exposed
//   EventsCalls.cpp   what calls do, by models and bodies, and assignments
//   EventsGuards.cpp  the locks behind guard variables
//   EventsTasks.cpp   what happens to callables that are handed over
//   EventsUses.cpp    moves, and objects that escape
#pragma once

#include "Code.h"
#include "Expressions.h"
#include "Unit.h"
#include "support/AstVisitor.h"

namespace heddle {

using namespace clang;

/// Walks a body once and writes down what happens.
class Extractor : public AstVisitor {
public:
  Extractor(Code &C) : C(C), U(C.U) {}

  bool shouldVisitImplicitCode() const override { return true; }

  void run();

  // A lambda's body is code of its own; what it captures is looked at here.
  bool TraverseLambdaExpr(const LambdaExpr *L) override;
  bool TraverseDecl(const Decl *D) override;

  // The syntactic and the semantic form of a list hold the same operands: once is enough.
  bool TraverseInitListExpr(const InitListExpr *L) override {
    return TraverseInitListForm(L->isSemanticForm() ? L : L->getSemanticForm());
  }

  // Unevaluated operands do nothing.
  bool enters(const Stmt *S) override;

  bool shouldVisitTypes() const override { return false; }

  bool VisitVarDecl(const VarDecl *V) override {
    if (V->getInit() && V->isLocalVarDecl())
      handleGuard(V);
    return true;
  }

  bool VisitCallExpr(const CallExpr *E) override;

  bool VisitCXXMemberCallExpr(const CXXMemberCallExpr *E) override;

  bool VisitCXXOperatorCallExpr(const CXXOperatorCallExpr *E) override;

  bool VisitBinaryOperator(const BinaryOperator *E) override {
    if (E->isAssignmentOp() && E->getOpcode() == BO_Assign)
      handleAssignment(E, E->getLHS(), E->getRHS());
    return true;
  }

  bool VisitCXXConstructExpr(const CXXConstructExpr *E) override;

  bool VisitDeclRefExpr(const DeclRefExpr *E) override {
    if (isa<VarDecl, BindingDecl>(E->getDecl()))
      handleUse(E);
    return true;
  }
  bool VisitMemberExpr(const MemberExpr *E) override {
    if (isa<FieldDecl>(E->getMemberDecl()))
      handleUse(E);
    return true;
  }

private:
  Code &C;
  Unit &U;
  /// Operands that an event covers: they need no escape event of their own.
  llvm::DenseSet<const Expr *> Consumed;
  llvm::DenseSet<const LambdaExpr *> KnownLambdas; ///< a call's event says what happens to them
  llvm::DenseSet<const Stmt *> Dead;               ///< operands that never run

  void index(const Stmt *S, const Stmt *Parent);
  void indexLambdaBody(const Stmt *S);

  void modified(const Expr *E);
  void noteModification(const Stmt *S);

  Event &add(Op Kind, const Stmt *Site);

  void consume(const Expr *E);

  llvm::DenseSet<const Expr *> LockingCalls; ///< recorded as the acquisition that they are
  /// The lock that a call takes and hands out in a guard (`auto lock = locked();`), as this body names it.
  std::optional<Place> lockReturnedBy(const CallExpr *Call);

  void handleGuard(const VarDecl *V);
  /// A guard that a call makes, or that is moved from another one: without a call whose body says so it is not known
  /// whether its lock is held.
  void takeOverGuard(const VarDecl *V, GuardInfo &G);
  /// Which locks a guard's constructor names, and whether it takes them.
  void readGuardArguments(GuardInfo &G, const CXXConstructExpr &CE, const Action &Takes, const TypeModel &T);
  /// The acquisition among the actions of a guard's constructor, or null.
  const Action *acquisition(const CXXConstructExpr &CE);
  /// The guard acquires the locks of \p Now, unless it defers that.
  void acquire(const VarDecl *Guard, const GuardInfo &Now, const CXXConstructExpr &CE, const Action &Takes);
  /// The call takes the lock that it hands out in a guard.
  void acquireByCall(const VarDecl *Guard, const Place &Lock, bool Shared, const CallExpr *Call);
  Role lockRole(const Place &Lock);

  /// Of guards that are assigned, swapped or moved: the locks that they stand for at this point of the source.
  llvm::DenseMap<const VarDecl *, llvm::SmallVector<Place, 2>> Current;
  llvm::SmallVector<Place, 2> lockedBy(const VarDecl *Guard) const;
  /// From here on the guard stands for these locks.
  void rebind(const VarDecl *Guard, llvm::ArrayRef<Place> Locks);
  /// The guard variable of this body that the expression names, or null.
  const VarDecl *guardVariable(const Expr *E) const;
  /// What the guard stands for goes to another guard, or escapes if that is null.
  void handOnLocks(const Expr *Site, const VarDecl *From, const VarDecl *To);
  /// The guard releases its locks, except those of \p Kept.
  void giveBackLocks(const Expr *Site, const VarDecl *Guard, llvm::ArrayRef<Place> Kept = {});
  void assignGuard(const Expr *Site, const VarDecl *Guard, const Expr *Value);
  void swapGuards(const Expr *Site, const Expr *A, const Expr *B);
  /// Handles calls that exchange what guards hold, and returns true for them: `a.swap(b)`, `std::swap(a, b)`,
  /// `std::exchange(a, {})`.
  bool exchangesGuards(const Expr *Site, const FunctionDecl *F, const Expr *Obj, llvm::ArrayRef<const Expr *> Args);

  static unsigned writtenArgs(const CXXConstructExpr *CE) {
    unsigned N = 0;
    for (const Expr *A : CE->arguments())
      N += !isa<CXXDefaultArgExpr>(A);
    return N;
  }

  /// The callables among arguments; what follows the first of them are its arguments (std::thread, std::async).
  void addTasks(Event &E, const Action *A, llvm::ArrayRef<const Expr *> Args);

  /// What a wait for a condition runs with the lock held, before it returns: a callable, or what a library makes of one
  /// and of its arguments (`Condition(&isReady, &queue)`).
  void addPredicates(const Expr *Site, llvm::ArrayRef<const Expr *> Args);
  llvm::SmallVector<CallableRef, 1> predicates(const Expr *Arg);

  /// Translates an operation on a guard into one on its locks.
  void emit(const Action &A, const Expr *Site, const Expr *Operand, std::optional<Place> Pl,
            llvm::ArrayRef<const Expr *> Args, const FunctionDecl *Callee);

  /// `for_each(v.begin(), v.end(), f)`, `ranges::for_each(v, f)`: what f does to the elements is not followed.
  void handRange(const Expr *Site, const Expr *Arg);

  void handleCall(const Expr *Site, const FunctionDecl *F, const Expr *Obj, const CXXRecordDecl *Static,
                  llvm::ArrayRef<const Expr *> AllArgs);
  /// One action of a modelled call.
  void act(const Action &A, const Expr *Site, const FunctionDecl *F, const Expr *Obj,
           llvm::ArrayRef<const Expr *> Args);
  /// What a modelled call does besides its actions: nothing to locks and the object, but it may overwrite arguments.
  void settle(const Expr *Site, const FunctionDecl *F, const Expr *Obj, llvm::ArrayRef<Action> Acts,
              llvm::ArrayRef<const Expr *> Args);
  void callVisible(const Expr *Site, const FunctionDecl *Def, const Expr *Obj, llvm::ArrayRef<const Expr *> Args);
  void callUnseen(const Expr *Site, const FunctionDecl *F, const Expr *Obj, llvm::ArrayRef<const Expr *> Args);

  /// make_unique<T>(…), make_shared<T>(…): constructs a T.
  void handleMaker(const Expr *Site, const FunctionDecl *F, llvm::ArrayRef<const Expr *> Args);

  void constructed(const Expr *Site, QualType T, std::optional<Place> Where, llvm::ArrayRef<const Expr *> Args);

  /// v.emplace_back(f): the element is constructed from the arguments; v.push_back(x): it takes x over.
  void handleInsertion(const Expr *Site, const Expr *Container, llvm::ArrayRef<const Expr *> Args);

  /// Returns true if this statement is reached whenever the body returns: no branch stands around it, no return before
  /// it.
  static bool onEveryPath(const Code &Of, const Stmt *Site);
  static bool returnsBefore(const Stmt *S, SourceLocation Loc, const SourceManager &SM);

  /// Returns true for a lambda that calls this parameter of the function around it: `[&, i] { work(i); }`.
  bool calls(const CallableRef &T, const ParmVarDecl *P) const;

  /// An argument of a function with a visible body: that body says what happens to a callable.
  void handToCallee(const Expr *Site, const FunctionDecl *Def, unsigned I, const Expr *Arg);

  void handToUnknown(const Expr *Site, QualType Param, const Expr *Arg);

  /// f(): a callable variable, parameter or member is called.
  void handleInvocation(const Expr *Site, const Expr *Fn, llvm::ArrayRef<const Expr *> Args);

  void handleAssignment(const Expr *Site, const Expr *L, const Expr *R);

  /// Returns true if the expression starts a task: `std::thread(f)`, `std::async(f)`.
  bool startsTask(const Expr *R);

  /// A struct with such an object among its fields: what is moved with it.
  bool holdsFollowed(QualType T, unsigned Depth = 0);
  void noteMove(const Expr *Site, const Expr *Arg);

  void handleLambda(const LambdaExpr *L);

  /// A name that no event covers: records an escape if the object may leave the body.
  void handleUse(const Expr *E);
};

} // namespace heddle

// The inside of the simulation, for Simulation*.cpp alone: an automaton that is ready to run, what is known on a path,
// and one body that is run for one object.
//   Simulation.cpp        summaries, the objects of a body, entry points
//   SimulationEvents.cpp  what an event does to the object: rows, callables that run now or later
//   SimulationCalls.cpp   calls into other bodies: what the object is called there, callables bound to parameters
//   SimulationFacts.cpp   what a path learns: assignments, conditions, returned values
//   SimulationGraph.cpp   the walk over the graph: elements, edges, loops
//   SimulationLifetimes.cpp  where the object begins and ends, also where an exception leaves its scope
//   SimulationClaims.cpp  conditions that choose one winner among several callers
#pragma once

#include "BranchFacts.h"
#include "Simulation.h"
#include "Throws.h"

#include "clang/AST/StmtCXX.h"
#include "clang/Analysis/CFG.h"

#include <map>
#include <set>

namespace heddle::sim {

using namespace clang;

constexpr int Gone = -1;
constexpr int Error = -2;
constexpr int Any = -3;

/// Work that one function may cost, in handled elements; beyond it the function is given up in silence.
constexpr unsigned Budget = 60000;
constexpr unsigned MaxDepth = 8;

struct CompiledRow {
  int From, To;
  const Transition *Row;
};

/// The automaton with its state names as numbers.
struct Compiled {
  std::vector<std::string> Names;
  std::vector<CompiledRow> Rows;
  int Start = Gone, AtEntry = Gone;
  bool HasElsewhere = false, HasLater = false;

  explicit Compiled(const Automaton &A) {
    Start = id(A.Start);
    if (!A.AtEntry.empty())
      AtEntry = id(A.AtEntry);
    for (const Transition &T : A.Rows) {
      Rows.push_back({id(T.From), id(T.To), &T});
      HasElsewhere |= T.How == Via::Elsewhere;
      HasLater |= T.How == Via::Later;
    }
  }
  int id(std::string_view N) {
    if (N == "gone" || N.empty())
      return Gone;
    if (N == "error")
      return Error;
    if (N == "*")
      return Any;
    for (unsigned I = 0; I != Names.size(); ++I)
      if (Names[I] == N)
        return static_cast<int>(I);
    Names.emplace_back(N);
    return static_cast<int>(Names.size() - 1);
  }
};

/// What a note says about a step on the path.
struct TraceNode {
  int Before;
  SourceLocation Loc;
  std::string Text;
};

struct PathState {
  int State = Gone;
  bool Claimed = false;                ///< a condition on the way chose one winner among several callers
  bool Asked = false;                  ///< the same, and the condition stands in this very body
  const CFGBlock *ClaimedAt = nullptr; ///< the first such condition of this body; null: a caller's
  std::optional<BranchFact> Returned;  ///< of what is returned: Value and Equal; Key has no meaning
  FactSet Facts;
  int Trace = -1;
  const Stmt *LeftBy = nullptr;    ///< the return, or what throws
  const Stmt *Broke = nullptr;     ///< the last `break` on the way
  const Event *HandedBy = nullptr; ///< where this body handed over the callable that a Via::Later row was taken for

  bool sameKey(const PathState &O) const {
    return State == O.State && Claimed == O.Claimed && Asked == O.Asked && ClaimedAt == O.ClaimedAt &&
           Returned.has_value() == O.Returned.has_value() &&
           (!Returned || (Returned->Value == O.Returned->Value && Returned->Equal == O.Returned->Equal));
  }
};

using States = llvm::SmallVector<PathState, 4>;

/// Which lambdas of the callers a parameter stands for: what `done(result)` runs when `done` is a parameter. The
/// lambda's captures keep their names, so the tracked object keeps its own in there.
struct Binding {
  const ValueDecl *Param;
  const LambdaExpr *Lambda;
  const FunctionDecl *Body;
  auto operator<=>(const Binding &) const = default;
};
using Bindings = std::vector<Binding>;

/// An operation on the object that a body does on some path, with nobody chosen as the winner before it.
struct Deed {
  Op What;
  const Stmt *Site;
  SourceLocation Loc;
  std::vector<StoryLine> Story;
};

/// What is known at an exit of a parameter, or of a member of one or of the object (no parameter).
struct ToldFact {
  const ParmVarDecl *Of = nullptr;
  llvm::SmallVector<const ValueDecl *, 2> Path; ///< outermost member first
  std::int64_t Value = 0;
  bool Equal = true;
  bool operator==(const ToldFact &) const = default;
};

struct ExitState {
  int State;
  bool Claimed;
  std::optional<BranchFact> Returned;
  std::vector<StoryLine> Story;
  bool Throws = false;
  const Stmt *By = nullptr;
  std::vector<ToldFact> Told;
};

struct Outcome {
  std::vector<ExitState> Exits;
  std::vector<Finding> Findings;
  std::vector<Deed> Deeds;
  bool Touched = false; ///< an event of the body is about the object
  bool Complete = true;
};

struct Body;

/// One automaton over one unit: the summaries of callees, and the bodies that are being run.
struct Engine {
  Unit &U;
  const Automaton &A;
  Compiled Auto;
  unsigned GivenUp = 0;
  unsigned Work = 0;

  struct SummaryKey {
    const FunctionDecl *F;
    const ValueDecl *Root;
    bool This;
    std::vector<const FieldDecl *> Path;
    int State;
    bool Claimed;
    Bindings Env;
    auto operator<=>(const SummaryKey &) const = default;
  };
  std::map<SummaryKey, Outcome> Summaries;
  std::set<SummaryKey> Running;

  Engine(Unit &U, const Automaton &A) : U(U), A(A), Auto(A) {}

  bool tracks(Role R) const { return llvm::is_contained(A.Tracks, R); }

  const Outcome *summary(const FunctionDecl *F, const Place &O, int State, bool Claimed, unsigned Depth,
                         const Bindings &Env = {});
  bool elsewhere(const Code &C);
  /// Returns true if the body can be about this object at all. Spares the graph of most callees.
  bool mayTouch(const Code &C, const Place &O);
  bool reportsByItself(const FunctionDecl *Callee, const Place &O, const Finding &F);
  Role trackedRole(const Place &P);
  /// The objects that a body handles, itself or through the callables and callees that it hands them to.
  std::vector<Place> objects(Code &C, unsigned Depth = 0);
  static constexpr unsigned WithoutParts = 2; ///< the depth from which parts of arguments are left to the callee
  /// Of the objects that a callee handles, those that are parts of what this call gives it, as \p C names them.
  std::vector<Place> partsOfArguments(Code &C, const Event &Call, unsigned Depth);
  /// The same, and those that only callees handle.
  const std::vector<Place> &reached(Code &C);
  /// Those that a call hands to a visible callee which handles them, as the caller names them.
  std::vector<Place> handed(Code &C, const Event &E);
  /// The objects that are worth a run of the body by itself.
  std::vector<Place> toRun(Code &C);
  /// Returns true if the unit has exactly one call of this function.
  bool calledOnce(const FunctionDecl *F);
  PathState startOf(const Body &B);

private:
  std::map<const Code *, std::vector<Place>> Reached;
  std::optional<llvm::DenseMap<const FunctionDecl *, unsigned>> Calls;
  static constexpr unsigned MaxReached = 64, MaxPath = 4;
};

/// Returns true if the outcome of this condition chooses one of several callers (SimulationClaims.cpp).
bool choosesWinner(const Code &C, const Expr *Condition);

/// The operands of the call behind an event.
struct CallSite {
  const Expr *Receiver = nullptr;
  llvm::SmallVector<const Expr *, 6> Args;
  const LambdaExpr *Lambda = nullptr;
  CallSite(const Code &C, const Event &E);
};

/// One body, run for one object.
struct Body {
  Engine &S;
  Code &C;
  Place O; ///< invalid: only what happens Elsewhere counts
  unsigned Depth;
  Bindings Env;
  FactKeys Keys;
  std::vector<TraceNode> Trace;
  Outcome Out;
  const CFG *G;
  std::map<std::pair<const Stmt *, int>, bool> Reported;
  bool Container = false; ///< the object holds many; what happens to an element happens to it
  bool InCallees = false; ///< only callees do anything to the object
  const VarDecl *BornHere = nullptr;
  bool OnceOnly = false;           ///< the callable that is being run is the winner of a claim
  const VarDecl *PartOf = nullptr; ///< the object is a part of what this variable holds, anew wherever it is declared
  const CFGBlock *Here = nullptr;  ///< the block that is being run
  mutable llvm::DenseMap<std::pair<const CFGBlock *, const CFGBlock *>, bool> Bound; ///< what isBound has found
  StateMap *Map = nullptr; ///< where the states at every point are noted, if anybody asked
  Body(Engine &S, Code &C, Place O, unsigned Depth, Bindings Env = {});

  int note(int Before, SourceLocation Loc, std::string Text);
  int append(int Before, const std::vector<StoryLine> &Lines);
  std::vector<StoryLine> story(int T) const;

  // ---- places across calls ----

  /// The tracked object as the body of a lambda names it.
  std::optional<Place> intoLambda(const LambdaExpr *L) const;
  /// The tracked object as the callee names it, for a call in this body.
  std::optional<Place> into(const FunctionDecl *Callee, const Expr *Receiver, llvm::ArrayRef<const Expr *> Args,
                            const LambdaExpr *L, std::optional<Place> ReceiverPlace) const;
  bool leads(QualType T) const { return S.U.leads(T); }
  static bool movedIn(const Expr *E);

  // ---- events ----

  bool isAbout(const Event &E) const;
  const CompiledRow *row(int From, Via How, const Event &E) const;
  bool hasRow(int From, Via How, Op On) const;
  void take(PathState &P, const CompiledRow &R, const Stmt *Site, SourceLocation Loc);
  Place named() const { return O; }
  void report(const PathState &P, const CompiledRow &R, const Stmt *Site, SourceLocation Loc,
              const std::vector<StoryLine> &More);
  /// Returns true if a condition has chosen one winner for what happens here. One whose branches all come here chooses
  /// nobody.
  bool claimed(const PathState &P) const;
  /// Returns true if all paths from \p From reach \p To before the end, in a loop that holds both within the same
  /// iteration. Exceptions that a call may let out aside.
  bool isBound(const CFGBlock *From, const CFGBlock *To) const;
  bool findBound(const CFGBlock *From, const CFGBlock *To) const;
  void deed(const PathState &P, Op What, const Stmt *Site, SourceLocation Loc, const std::vector<StoryLine> &More);
  /// The successors of one path state over one event.
  void step(const Event &E, PathState P, States &To);
  /// Callables that run before the event is over.
  void runNow(const Event &E, PathState P, States &To);
  /// Returns true unless this path knows that the guard does not have the object as its lock.
  bool mayOwn(const PathState &P, const VarDecl *Guard);
  void learnOwner(const Event &E, PathState &P);
  /// The lock goes from one guard to another, held or not.
  void handOn(const Event &E, PathState &P);
  /// The fact that says whether a conditional operation happened; for a guard, the guard's own state.
  BranchFact tells(const Event &E, bool Truth);
  /// A new result of an expression that may have been evaluated before, in an earlier iteration of a loop.
  static void learn(PathState &P, BranchFact F);
  /// Callables that are handed over: what they do to the object when they run.
  void later(const Event &E, PathState &P);
  /// `request.on_done(f); request.on_error(g);`: what two calls give to one object are its alternatives. A loop that
  /// hands over at one place is no such pair.
  bool alternatives(const Event &A, const Event &B) const;
  /// A call that is given a duration runs its callable when time is over, whatever else happens.
  static bool hasTimeLimit(const Event &E);

  // ---- callables bound to parameters ----

  const Binding *bound(const ValueDecl *D) const;
  /// A task that is a parameter: the lambda that a caller bound to it.
  void resolve(CallableRef &T) const;
  bool capturesBound(const LambdaExpr *L) const;
  const Binding *boundBehind(const Expr *E) const;
  const Binding *behindName(const ValueDecl *D) const;
  /// The callables among the arguments of a call that touch the tracked object, for the callee's parameters. Only
  /// objects with a name of their own keep their meaning in there; `this` is another one.
  Bindings bind(const FunctionDecl *Callee, llvm::ArrayRef<const Expr *> Args, const LambdaExpr *Called) const;
  static const ValueDecl *Site(const CallableRef &R);
  /// Returns true if this is the extractor's guess at what a visible callee does with a callable, which the callee's
  /// own simulation with the callable bound knows exactly.
  bool boundElsewhere(const Event &E, const PathState &P);
  void callEvent(const Event &E, PathState P, States &To);
  /// Reports what a callee found, here or there.
  void takeFindings(const Event &E, const PathState &P, const Outcome &Sum, const FunctionDecl *Callee, const Place &In,
                    const Bindings &Inner, const std::string &Name);
  void callBody(const Event &E, const FunctionDecl *Callee, const Expr *Receiver, llvm::ArrayRef<const Expr *> Args,
                const LambdaExpr *L, std::optional<Place> RecvPlace, PathState P, States &To);
  bool elsewhereReachable(const FunctionDecl *Callee) const;
  static void add(States &To, PathState P);

  // ---- facts ----

  void killVolatile(PathState &P);
  void killMentions(PathState &P, const ValueDecl *V);
  static const ValueDecl *written(const Expr *L);
  /// `std::future<T> f;` is not valid until something is assigned.
  void startsEmpty(const VarDecl *V, PathState &P);
  /// What is known of the arguments that a call may change.
  void forgetArguments(const Stmt *St, PathState &P);
  void factsOf(const Stmt *St, PathState &P);
  Unit &U() const { return S.U; }

  // ---- elements and edges ----

  /// make_shared<T>() and its kin.
  bool makesObject(const FunctionDecl *F) const;
  void begin(const VarDecl *V, PathState &P);
  States element(const CFGElement &El, States In);
  static unsigned bit(const PathState &P) { return P.State == Gone ? StateMap::Untracked : 1u << P.State; }
  /// A new object, not one that is taken over from elsewhere.
  static bool isMadeHere(const VarDecl *V);
  /// The local variable with which the object ends: itself, or one of which it is a part.
  const VarDecl *holder() const;
  /// Returns true if the class has a destructor of its own, which may do more than destroy its members.
  static bool endsByItself(const RecordDecl *Class);
  /// Returns true if the pointer that leads to the object is known to be null on this path.
  bool isNull(const PathState &P);
  /// What this expression throws leaves the body, and the object ends on the way.
  void thrownOut(const Expr *E, const States &Now);
  /// The scope of the object is left by this statement.
  void end(PathState &P, const Stmt *By, const heddle::Thrown *X = nullptr);
  /// Returns true if this statement makes the pointer or iterator that leads to the object lead to another one
  /// (`++it`).
  bool leadsElsewhere(const Stmt *St) const;
  /// Returns true if what it then leads to is made by the same statement.
  bool assignsNew(const Stmt *St) const;
  /// Returns true if the initialiser itself does something to the object (a constructor that spawns): it began there.
  bool bornInInit() const;
  bool insideInit(const Stmt *Site, const VarDecl *V) const;
  void destroy(const VarDecl *V, PathState &P, const Stmt *By = nullptr);
  /// The object as the destructor of a local's class names it, where a member of the local leads to it.
  std::optional<Place> intoDestructor(const VarDecl *V) const;
  /// The same, and what a visible destructor does to an object outside.
  States destroyed(const VarDecl *V, States In, const Stmt *By = nullptr);
  /// The locals whose destructors know the object by a member.
  const std::vector<const VarDecl *> &leadingLocals();
  std::optional<std::vector<const VarDecl *>> LeadingLocals;
  /// Returns true if the guard names the object, but comes to it only after its declaration.
  bool comesLater(const VarDecl *Guard, const GuardInfo &GI) const;
  /// A smart pointer that cannot be copied: the object ends with it.
  bool ownsAlone(QualType T) const;
  std::optional<BranchFact> returned(const ReturnStmt *R, const PathState &P);
  /// What the caller learns of its arguments where this body is left.
  std::vector<ToldFact> tells(const PathState &P) const;
  /// Adds what the callee tells of its arguments. False: the callee cannot be left like this.
  bool listen(PathState &P, const std::vector<ToldFact> &Told, const CallSite &Site);
  /// Returns true for a null pointer or an empty optional.
  static bool isEmptyHandle(const Expr *E);

  // ---- the graph ----

  struct BlockStates {
    States In;
    bool Queued = false;
  };
  /// The blocks whose states have changed, in reverse post-order.
  struct Worklist {
    std::vector<BlockStates> All;                  ///< by block id
    std::set<std::pair<unsigned, unsigned>> Queue; ///< order and id
    std::vector<unsigned> Order;                   ///< by block id
  };
  void merge(Worklist &W, const CFGBlock *To, const States &From);
  /// Guards declared inside a try block are destroyed when an exception leaves it.
  void unwind(const CXXTryStmt *Try, States &Out, const Stmt *From);
  void simulate(PathState Start);
  void addExit(const PathState &P, bool Throws);
  /// The `break` out of a switch which is the last thing that the body does, so that it leaves the body as well.
  const Stmt *lastBreak(const PathState &P) const;
  States Exits, ThrownOut; ///< the exits of the body that were found
  /// The states in which a call that throws leaves: those in which a visible callee throws by itself, else those before
  /// the call.
  bool thrownBy(const Event &E, const PathState &P, States &Out);
  States thrown(const Expr *Call, const States &Before);
  static const Stmt *lastStatement(const CFGBlock *B);
  /// The try statement whose handlers this dispatch block chooses from.
  static const CXXTryStmt *dispatches(const CFGBlock *B);
  /// Control continues in a block, or leaves the body normally.
  void send(Worklist &W, const CFGBlock *From, const CFGBlock *To, States Out);
  /// An exception goes to a handler or leaves the body.
  void raise(Worklist &W, const CFGBlock *To, States Out, const Stmt *By = nullptr);
  void enterHandlers(Worklist &W);
  void edges(Worklist &W, const CFGBlock *B, States &Now, States &BeforeLast);
  void callEdges(Worklist &W, const CFGBlock *B, States &Now, const States &BeforeLast);
  void switchEdges(Worklist &W, const CFGBlock *B, const SwitchStmt *SW, States &Now);
  void loopEdges(Worklist &W, const CFGBlock *B, States &Now);
  void conditionEdges(Worklist &W, const CFGBlock *B, const Expr *Cond, States &Now);
  /// `if (attempt == limit) …` inside `for (…; attempt < limit; …)`: on its true branch the turn is the last one, also
  /// where the limit is not a constant. The fact is kept under the key of the loop's own condition.
  void lastTurn(const Stmt *Term, const Expr *Asked, bool Truth, States &Next);
  static void namesIn(const Stmt *X, llvm::SmallVectorImpl<const ValueDecl *> &Out);
  /// Returns true if the object is declared in the loop.
  bool declaredIn(const Stmt *Loop) const;
  static bool fallsInto(const SwitchCase *SC, const CFGBlock *To) { return To->getLabel() == SC; }
  static constexpr const char *CaughtNote = "it is caught here";
  static constexpr const char *ThrowNote = "if this throws, control goes to the handler";
  /// The operand that this block decides: in `a && b` the left one stands in a block of its own.
  static const Expr *rightmost(const Expr *E, const Stmt *Term);
  /// Adds what the truth of a condition implies. False: this path is infeasible.
  bool assume(PathState &P, const Expr *E, const Stmt *Term, bool Truth);
  bool assume(PathState &P, const Expr *E, bool Truth);
  static const Expr *lastOperand(const Expr *E);
  /// Keeps the value of `a && b` as a whole: where its paths merge, nothing is left of the operands.
  bool remember(PathState &P, const BinaryOperator *B, bool Truth);
  /// The right operand of `a && b` was evaluated, so it is the value of the whole.
  void rightOperand(const Stmt *St, States &Now);
  /// The value that a condition has on this path, where it is known.
  std::optional<bool> value(const PathState &P, const Expr *E);
  /// Which of two opposite facts is known.
  static std::optional<bool> told(const PathState &P, const BranchFact &True, const BranchFact &False);
};

} // namespace heddle::sim

// One function body with everything that happens in it, extracted once and shared by all checks.
#pragma once

#include "Place.h"
#include "models/Model.h"

#include "clang/AST/ExprCXX.h"
#include "clang/Analysis/CFG.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

#include <memory>
#include <vector>

namespace heddle {

class Unit;
class Code;

/// A callable value: what runs, and on which object.
struct CallableRef {
  struct Member {
    const clang::FieldDecl *Field;
    const clang::Expr *Value;
  };
  const clang::FunctionDecl *Body = nullptr;      ///< its definition, or null when it is not visible
  const clang::LambdaExpr *Lambda = nullptr;      ///< set when it is a lambda
  std::optional<Place> Receiver;                  ///< the object of a member function, where it is known
  llvm::SmallVector<const clang::Expr *, 4> Args; ///< bound or following arguments, in parameter order
  const clang::Expr *Site = nullptr;              ///< where the callable is written
  /// Of a function object that is created here: what its members are initialised from, like a lambda's captures.
  llvm::SmallVector<Member, 2> Fields;
  /// Of a callable that a visible function yields, `makeTask(x)`: the lambda, which stands in that function, and the
  /// call here. Lambda is null then: what it captured has other names here.
  const clang::LambdaExpr *Made = nullptr;
  const clang::CallExpr *MadeBy = nullptr;
};

/// Returns true if the callable runs on the object of the body that hands it over.
bool runsOnThis(const CallableRef &T);
/// The function that a lambda does nothing but call: `[this](auto ec) { onRead(ec); }`; null for any other callable.
const clang::FunctionDecl *forwardsTo(const CallableRef &Task);

/// One thing that happens.
struct Event {
  Op Kind;
  Place Object;                      ///< may be invalid: not known which object
  const clang::Stmt *Site = nullptr; ///< the expression that does it: an element of the CFG
  const Action *Model = nullptr;     ///< null for what the engine made itself
  const clang::FunctionDecl *Callee = nullptr;
  const clang::VarDecl *Guard = nullptr;   ///< the guard variable through which a lock is acquired or released
  const clang::VarDecl *To = nullptr;      ///< of a lock that a guard hands on (Move): the guard that has it then
  llvm::SmallVector<CallableRef, 1> Tasks; ///< callables that it hands over
  Runs TasksRun = Runs::Later;
  Role ObjectRole = Role::None;
  bool Surely = false;       ///< RunNow: the callables are called on every path
  bool OutcomeTells = false; ///< happened only if the result of Site is true (try_lock)

  bool may(Fact F) const { return Model && Model->With.has(F); }
  clang::SourceLocation loc() const;
};

/// What a guard variable does with its locks in its declaration.
struct GuardInfo {
  enum State { Locked, Deferred, Tried, Unknown } Starts = Unknown;
  llvm::SmallVector<Place, 2> Locks;
  bool Shared = false;
};

/// A function, lambda or initialiser body. Built by Unit::code; lives as long as the Unit.
class Code {
public:
  Code(Unit &U, const clang::FunctionDecl *Fn);

  Unit &U;
  const clang::FunctionDecl *const Fn; ///< a definition
  std::vector<Event> Events;           ///< in source order

  /// The events that happen when this statement (an element of the CFG) is evaluated.
  llvm::ArrayRef<unsigned> at(const clang::Stmt *S) const;
  /// The graph, with implicit destructors and exceptional edges; null if Clang cannot build one. Built on first use.
  const clang::CFG *graph();
  /// The place that an expression of this body names.
  std::optional<Place> place(const clang::Expr *E) const;
  /// The container (with Element set) of which this loop variable or iterator names an element.
  std::optional<Place> elementOf(const clang::ValueDecl *V) const;
  /// The container, where \p P is an element of one or the variable of a loop over it; else \p P.
  Place whole(Place P) const;
  /// What a callable expression of this body runs; empty when it is not visible.
  llvm::SmallVector<CallableRef, 1> callables(const clang::Expr *E) const;
  /// The place that the value of \p E becomes: a variable, a member, an element of a container.
  std::optional<Place> destination(const clang::Expr *E) const;
  /// The variable that \p E initialises, or null.
  const clang::VarDecl *destinationVar(const clang::Expr *E) const;
  /// The statement that uses the value of \p E, which becomes the outermost expression of that value.
  const clang::Stmt *user(const clang::Expr *&E) const;
  /// The locks behind a guard variable declared in this body, or null.
  const GuardInfo *guard(const clang::ValueDecl *V) const;
  const llvm::DenseMap<const clang::ValueDecl *, GuardInfo> &guards() const { return Guards; }
  /// What the members of an object that this expression makes are made from, in the names of this body: the arguments
  /// of the constructor, where it hands them straight on, or the operands of a list.
  static llvm::SmallVector<CallableRef::Member, 2> members(const clang::Expr *Made);
  /// Returns true if this event calls the callable in the parameter of a function, from its body or a lambda in it.
  static bool callOf(const Event &E, const clang::ParmVarDecl *P);
  /// Returns true if this local variable is written after its declaration (assigned, incremented, its address taken).
  bool isModified(const clang::ValueDecl *V) const { return Modified.contains(V); }
  /// Returns true if other code may change this local variable: its address is taken, or a lambda captures it by
  /// reference.
  bool isExposed(const clang::ValueDecl *V) const { return Exposed.contains(V); }
  /// Returns true if what this pointer leads to is written by `*p = …`.
  bool isWrittenThrough(const clang::ValueDecl *V) const { return WrittenThrough.contains(V); }
  /// The innermost try block of this body around a location, or null.
  const clang::CXXTryStmt *enclosingTry(const clang::Stmt *S) const;
  /// The statement that directly contains this one in the body.
  const clang::Stmt *parent(const clang::Stmt *S) const { return Parents.lookup(S); }

private:
  friend class Extractor;
  /// The lambdas of which this call of a visible function yields one; none where not all are seen.
  llvm::SmallVector<CallableRef, 1> made(const clang::CallExpr *Call, const clang::FunctionDecl *By) const;
  /// What the result of this call runs: what a visible function makes, or a library binds.
  llvm::SmallVector<CallableRef, 1> calledCallables(const clang::CallExpr *Call) const;
  llvm::SmallVector<CallableRef, 1> boundCallables(const clang::CallExpr *Call) const;
  /// The first argument of a member function is the object that it is called on.
  void takeReceiver(CallableRef &R) const;
  llvm::DenseMap<const clang::Stmt *, llvm::SmallVector<unsigned, 2>> BySite;
  llvm::DenseMap<const clang::Stmt *, const clang::Stmt *> Parents;
  llvm::DenseSet<const clang::ValueDecl *> Modified, Exposed, WrittenThrough;
  llvm::DenseMap<const clang::ValueDecl *, GuardInfo> Guards;
  std::unique_ptr<clang::CFG> Graph;
  bool GraphTried = false;
  /// Aliases of aliases are followed this far.
  static constexpr unsigned MaxNesting = 64;
  mutable unsigned Nesting = 0;
};

} // namespace heddle

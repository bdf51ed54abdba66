// Coroutines: when they start, what becomes of their tasks, and what they use after they may have been suspended.
#pragma once

#include "Unit.h"

#include <map>

namespace heddle {

/// What becomes of the task that a call of a coroutine yields.
enum class TaskFate {
  Unknown, ///< also: an argument of code that may wait for it
  Awaited, ///< in the same full expression, by co_await or co_yield
  Dropped, ///< nobody takes it
  Kept,    ///< a variable, a member, or an element of a container
  Started, ///< given to what starts it and does not wait: co_spawn
  Returned ///< by a function that is no coroutine, or as the result of one
};

/// The call of a coroutine with a visible body.
struct CoroutineCall {
  const clang::CallExpr *Site = nullptr;
  Code *Body = nullptr;
  TaskFate Fate = TaskFate::Unknown;
  const clang::Stmt *At = nullptr; ///< the statement that decides its fate
  /// What is called where it is a lambda: the variable that holds it, null for a temporary. One whose `this` is a
  /// parameter (`[x](this auto)`) keeps nothing in its closure.
  struct {
    const clang::LambdaExpr *Lambda = nullptr;
    const clang::VarDecl *Variable = nullptr;
  } Closure;
};

/// A lambda that is a coroutine, written as the argument of code which calls it and lets its task go on: the closure
/// ends when that code has returned, and the coroutine may be suspended then.
struct HandedCoroutine {
  const clang::LambdaExpr *Lambda = nullptr;
  Code *Body = nullptr;
  const Event *To = nullptr; ///< calls it, now or later
};

/// Answers by types, and by the visible bodies of coroutines. Not thread-safe; belongs to one Unit
/// (`U.get<Coroutines>()`).
class Coroutines {
public:
  explicit Coroutines(Unit &U);

  /// Returns true if the body is visible and is that of a coroutine.
  bool is(const clang::FunctionDecl *F) const;
  /// Returns true if a coroutine with a result of this type runs nothing before somebody awaits or starts it.
  bool lazy(clang::QualType Result);
  /// The suspensions that stand in the body: co_await and co_yield, in source order.
  llvm::SmallVector<const clang::Expr *, 4> suspensions(const Code &C) const;
  /// The first use of the variable - null: of `this` - when the caller may have gone on: any in a lazy coroutine, one
  /// behind a suspension in others; also by a local reference, and by the next iteration of a range-for over it. Null
  /// if there is none.
  const clang::Expr *usedLater(Code &C, const clang::ValueDecl *D);
  /// The calls in the body that yield the task of a lazy coroutine, as far as visible; in source order.
  llvm::SmallVector<const clang::CallExpr *, 4> lazyCalls(const Code &C);
  /// The calls in the body of coroutines with visible bodies, in source order.
  std::vector<CoroutineCall> calls(Code &C);
  /// The coroutines that run on without anybody (runsOn), handed to code that calls them once, and those whose task
  /// the visible callee keeps or starts; none that keep nothing in their closure, and none for handlers that may be
  /// called again.
  std::vector<HandedCoroutine> handed(const Code &C);
  /// Returns true if a parameter of this type refers to the argument, or into it, and that ends before a task with
  /// this fate: a temporary of the full expression, or, of a task that is returned, or that goes on when the scope is
  /// left, a local variable (\p Of).
  bool endsBefore(Code &C, const clang::Expr *Argument, clang::QualType Parameter, const CoroutineCall &Call,
                  const clang::ValueDecl *&Of);
  /// Returns true if the variable's scope is left while a task that was started here may still run: its executor is
  /// another's, and nothing in the scope behind the start waits, suspends or calls what is not visible.
  bool outlives(Code &C, const clang::VarDecl *V, const clang::Stmt *Start);
  /// Returns true if a coroutine that nobody takes runs on: it starts at once, and its result owns nothing.
  bool runsOn(clang::QualType Result);
  /// What becomes of the task; \p At is set to the statement that decides.
  TaskFate fate(const Code &C, const clang::Expr *Call, const clang::Stmt *&At);

  /// The local variable that the statement declares for a task, and that nothing names; null if there is none.
  const clang::VarDecl *unused(const Code &C, const clang::Stmt *At);

private:
  /// Returns true if the visible callee of the event calls the lambda and lets its task go on: it keeps or starts it.
  bool letsGoOn(const Code &C, const Event &E, const CallableRef &T);

  Unit &U;
  std::map<const clang::CXXRecordDecl *, bool> Known;
};

} // namespace heddle

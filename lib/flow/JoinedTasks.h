// Whether a wait may be the one for the task on which a body runs.
#pragma once

#include "Threads.h"

namespace heddle {

/// Returns true if the event waits, without a bound, until a task has ended.
bool joinsTask(Unit &U, const Event &E);

/// Compares the handles into which tasks are stored with those that are waited for. Where a handle is given tasks that
/// are not visible, or a body runs on tasks that are not, a wait may be for any of them. Not thread-safe
/// (`U.get<JoinedTasks>()`).
class JoinedTasks {
public:
  explicit JoinedTasks(Unit &U);

  /// Returns true if the event waits for a task, itself or in what it calls, and this may be one on which \p Body runs.
  bool mayAwait(const Code &C, const Event &E, const clang::FunctionDecl *Body);
  /// The same for the end of a variable or member, whose type is known to wait for tasks.
  bool mayAwaitAtEnd(const clang::ValueDecl *V, const clang::FunctionDecl *Body);
  /// Returns true if the body runs on tasks alone, and all of them were detached where they were started.
  bool isLetGo(const clang::FunctionDecl *Body);
  /// Returns true if the body runs on tasks alone that \p Starter itself starts.
  bool isStartedBy(const clang::FunctionDecl *Body, const clang::FunctionDecl *Starter);

private:
  bool isFor(const Code &C, const Event &Join, const clang::FunctionDecl *Body);
  bool mayComeTo(const clang::FunctionDecl *Task, const clang::FunctionDecl *Body);
  bool mayHold(const clang::ValueDecl *Handle, llvm::ArrayRef<const clang::FunctionDecl *> Tasks, bool All,
               const clang::FunctionDecl *Body);
  bool isFilledUnseen(const clang::ValueDecl *Handle);
  bool mayAwaitAtEnd(clang::QualType T, const clang::ValueDecl *V, const clang::FunctionDecl *Body, unsigned Depth);

  Unit &U;
};

} // namespace heddle

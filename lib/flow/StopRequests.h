// Where stops are requested, what else the requesting side does then, and who waits for the tasks afterwards.
#pragma once

#include "JoinedTasks.h"
#include "StopFacts.h"

namespace heddle {

/// One place at which a stop is requested: a flag is set, or a source, handle or context is cancelled.
struct StopRequest {
  Code *In = nullptr;
  const clang::Stmt *Site = nullptr; ///< null: the end of a member requests it, when In, the destructor, has run
  std::optional<std::int64_t> Value; ///< what a flag or state is set to, where the source says
};

/// Who waits for tasks after a stop was requested.
struct StopJoin {
  const Code *In = nullptr;          ///< the body; of a member's end, the destructor, or null if the compiler makes it
  const clang::Stmt *Site = nullptr; ///< null: the end of a variable or member waits
  clang::SourceLocation Loc;
  std::string By; ///< "stop", "~Session"
};

/// Answers by the bodies of this unit. What happens in other units is not known: no answer means "not seen". Not
/// thread-safe (`U.get<StopRequests>()`).
class StopRequests {
public:
  explicit StopRequests(Unit &U);

  /// The places outside of constructors that give the flag a value; a parameter counts as what its callers name. Those
  /// that give it a field of a parameter set it up, and are none.
  std::vector<StopRequest> of(const clang::ValueDecl *Flag);
  /// Who waits for tasks after the request: in the same body, in what calls it, at the end of a local or a member, or
  /// in the destructor of the object on which it is made. With \p Task, waits that are known to be for other tasks than
  /// those on which this body runs do not count.
  std::optional<StopJoin> joined(const StopRequest &R, const clang::FunctionDecl *Task = nullptr);
  /// The bodies that take part in stopping: that of the request, what it calls, its callers with what they call, and
  /// the destructor of its class with what that calls.
  std::vector<const Code *> around(const StopRequest &R);
  /// The same for a destructor.
  std::vector<const Code *> behindEnd(const clang::CXXRecordDecl *RD);

  /// The objects of the callers that a parameter or captured variable stands for, and itself.
  llvm::SmallVector<const clang::ValueDecl *, 4> names(const clang::ValueDecl *D);

private:
  bool waits(const Code &C, const Event &E, const clang::FunctionDecl *Task);
  bool waitsAtEnd(const clang::ValueDecl *V, const clang::FunctionDecl *Task);
  std::optional<StopJoin> joinAfter(Code &C, const clang::Stmt *From, const clang::FunctionDecl *Task, unsigned Depth);
  std::optional<StopJoin> joinAtEnd(Code &C, const clang::FunctionDecl *Task);
  void names(const clang::ValueDecl *D, unsigned Depth, llvm::SmallVectorImpl<const clang::ValueDecl *> &Out);

  Unit &U;
};

} // namespace heddle

// Which exceptions may leave a body, and on which way.
#pragma once

#include "StoryLine.h"
#include "Unit.h"

namespace heddle {

/// An exception that may leave a body: a visible `throw`, or a call that is documented to throw on outside input.
struct Thrown {
  const clang::CXXRecordDecl *Class =
      nullptr;                       ///< null when it is no class, of any class, or of one that is not known here
  clang::QualType Type;              ///< of what is no class; null when that is not known
  std::string What;                  ///< in messages: "'std::invalid_argument'", "an exception"
  const clang::Stmt *From = nullptr; ///< what lets it out, in the body that was asked about
  clang::SourceLocation Origin;      ///< the throw, or the documented call
  /// The callable that it comes from, where that was kept in a member or a container until it was called.
  const clang::FunctionDecl *Kept = nullptr;
  const clang::ParmVarDecl *Given = nullptr; ///< it is whatever the callable in this parameter throws
  /// The parameters of the body whose values alone decide whether it is thrown; none where something else has a say.
  llvm::SmallVector<const clang::ParmVarDecl *, 2> DecidedBy;
  /// Parameters of the body, and what each has to be, true or false, for it to be thrown.
  llvm::SmallVector<std::pair<const clang::ParmVarDecl *, bool>, 1> Only;
  std::vector<StoryLine> Way; ///< the calls from that body down to the origin, in the order in which they happen

  /// Returns true if the handler catches it, by its type or a base class of it. In doubt it does.
  bool caughtBy(const clang::CXXCatchStmt &Handler) const;
};

/// Answers for one unit. Follows calls into visible bodies, with what their callables run; matches handlers by type,
/// base classes included. Unknown callees throw nothing, unless it is configured to assume so. Recursion adds
/// nothing new. Not thread-safe.
class Throws {
public:
  explicit Throws(Unit &U, bool UnknownCalleesThrow = false);
  ~Throws();

  /// What the callable, written in \p C, lets out when it is called, its own exception specification disregarded: a
  /// task that is noexcept ends the process like any other. A member of an object whose class is not known for sure may
  /// be any override; a callable in a parameter is what callers in this unit give.
  std::vector<Thrown> leaving(const Code &C, const CallableRef &Task);
  /// The same for a function that is without visible callers.
  std::vector<Thrown> leaving(const clang::FunctionDecl *F);
  /// What evaluating this very expression of a body - a throw, a call, a construction; not its operands - lets out,
  /// caught in that body or not.
  std::optional<Thrown> by(const Code &C, const clang::Expr *E);
  /// The same, if no handler of the body catches it.
  std::optional<Thrown> leavingBy(const Code &C, const clang::Expr *E);

private:
  struct Impl;
  std::unique_ptr<Impl> I;
};

} // namespace heddle

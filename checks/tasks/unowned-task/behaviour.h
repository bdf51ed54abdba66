// How the code of a task signals its end.
#pragma once

#include "flow/Captures.h"

namespace heddle {

struct Behaviour {
  bool Visible = true;
  bool Signals = false; ///< signals its end, or continues elsewhere
  bool Stops = false;   ///< looks whether it should stop
};

/// Reads the body of the task and those that it calls.
class Behaviours {
public:
  explicit Behaviours(Unit &U) : U(U) {}
  Behaviour of(const CallableRef &Task, llvm::ArrayRef<Held> Holds);

private:
  bool endsSomething(clang::QualType T);
  bool signals(const Code &C);
  bool signals(const clang::Stmt *S);
  bool isFlag(const clang::Expr *E);
  bool isStatistic(const clang::Expr *Counter);
  bool isPrivateMark(const clang::Expr *Flag);
  bool asks(const clang::Stmt *S, const clang::ValueDecl *D);

  Unit &U;
  llvm::DenseMap<const clang::ValueDecl *, bool> Statistics, Marks;
  llvm::DenseMap<const clang::CXXDestructorDecl *, bool> Ends; ///< signal it
};

} // namespace heddle

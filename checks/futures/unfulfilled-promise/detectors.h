// The parts of unfulfilled-promise, by who owns the promise.
#pragma once

#include "flow/Simulation.h"

#include "llvm/ADT/SetVector.h"

namespace heddle {

class Reporter;

namespace unfulfilled_promise {

/// What the parts share over one unit.
struct Context {
  Unit &U;
  Reporter &R;
  Simulation Sim;
  bool JobsCaught;                                     ///< what a job throws that was kept ends where it is called
  llvm::DenseSet<const clang::FunctionDecl *> Entries; ///< what threads are started with: an exception ends the program

  Context(Unit &U, Reporter &R);
};

/// What happens to the waiters of a promise of this type.
std::string consequence(Unit &U, clang::QualType T, bool Throws);
/// Reports the promise that is dropped when the body is left by \p X.
void report(Context &In, const clang::FunctionDecl *F, const Place &Object, const Exit &X,
            std::vector<StoryLine> Before);
/// Reports in the one visible function that is given the promise and leaves it unfulfilled on some path. False: there
/// is none.
bool reportInCallee(Context &In, const clang::FunctionDecl *F, const Place &Object,
                    const std::vector<StoryLine> &Before);
/// Returns true if the callable of this event may let an exception out without ending the program.
bool carriesExceptions(Unit &U, const Event &E);
/// Returns true if the body is left where the owner is gone (`auto self = weak.lock(); if (!self) return;`): then
/// nobody waits.
bool ownerIsGone(Code &C, const clang::Stmt *By);
/// Returns true if nobody else has the promise: it lies in the object itself and cannot be copied.
bool isSoleOwner(Unit &U, const Place &P);
/// The function in whose source this body is written: itself, or the one around a lambda.
const clang::FunctionDecl *writtenIn(const clang::FunctionDecl *F);

/// Promises that a task or handler captured.
void callables(Context &In, Code &C);
/// Promises that are parameters, or parts of them.
void parameters(Context &In, Code &C);
/// Promises that go with a task into a queue which may refuse it.
void refused(Context &In, Code &C);
/// Promises that are members of a task object.
void taskObject(Context &In, Code &C);

/// Requests that wait in a member until somebody takes them out to answer them.
class Requests {
public:
  explicit Requests(Unit &U);
  /// Reports where a body throws all of them away, and nobody has answered them.
  void drops(Code &C, Reporter &R);

private:
  void read(Code &C);
  bool answers(const Code &C);
  const clang::FieldDecl *queue(const Place &P);
  void report(Code &C, const clang::FieldDecl *Queue, const clang::Expr *By, Reporter &R);

  Unit &U;
  llvm::SetVector<const clang::FieldDecl *> Queues;
  llvm::DenseSet<const clang::FieldDecl *> InPlace;      ///< answered where they are, and left there
  llvm::DenseSet<const clang::FunctionDecl *> Answering; ///< called by bodies that answer
};

} // namespace unfulfilled_promise
} // namespace heddle

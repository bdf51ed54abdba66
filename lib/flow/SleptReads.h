// Reads of what a running task stores, which nothing but a sleep has put off.
#pragma once

#include "SharedState.h"

namespace heddle {

/// A read, after a sleep, of a member or variable that a task stores once.
struct SleptRead {
  const clang::ValueDecl *Of = nullptr;
  const clang::Expr *Sleep = nullptr; ///< in the body: the sleep, or the call of a function that does nothing else
  /// In a helper that this body alone calls, the sleep itself; null for any other.
  const clang::Expr *Inner = nullptr;
  const clang::Expr *Read = nullptr; ///< in the body: the mention, or the call of a getter
  const SharedAccess *Store = nullptr;
  const ThreadBody *Thread = nullptr; ///< that stores it
};

/// The first such read behind each sleep of the body whose length is known and that is in no loop. The body has started
/// a thread before, itself or by a call; or it reads a plain value, and the constructor of the object has. Of what a
/// lock guards, only behind a sleep of a second or more. None of what is read in a loop after the sleep, what several
/// turns of a loop, several threads or anybody but the thread stores, and none if the body waits for something in
/// between. Of an atomic, only what is stored whole, and not what a macro reads: an assertion may expect that it is not
/// there yet.
std::vector<SleptRead> sleptReads(Unit &U, Code &C);

} // namespace heddle

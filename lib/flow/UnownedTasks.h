// Tasks on an object for which nobody waits when it ends.
#pragma once

#include "OwnTasks.h"

namespace heddle {

/// Returns true if a constructor starts the task on the object, the task uses members, and no member or end waits for
/// it or asks it to stop. Not known, and false: classes whose destructor is not seen, handles that are moved or passed
/// on, handlers of event loops.
bool isLeftByConstructor(Unit &U, ClassFacts &F, const ClassTask &T);

/// A stop of a task that nobody waits for.
struct UnjoinedStop {
  const clang::CXXMethodDecl *By = nullptr;
  const clang::Stmt *Site = nullptr; ///< where the destructor, or what it calls, requests it
  std::string What;                  ///< the flag or source
};
/// Where the destructor, or what it calls, detaches a task that uses members, and no signal of it is waited for without
/// a bound. Invalid: it does not, or asks whether the task is the one that destroys the object.
clang::SourceLocation detachedAtEnd(Unit &U, ClassFacts &F, const ClassTask &T);
/// The request with which the object ends, where the task uses members and no member and no end waits for it.
std::optional<UnjoinedStop> unjoinedStop(Unit &U, ClassFacts &F, const ClassTask &T);

} // namespace heddle

// Callables that keep an object alive and are run by a thread of its own, or of one of its parts.
#pragma once

#include "ClassFacts.h"

namespace heddle {

/// One such callable.
struct OwningWork {
  const clang::FieldDecl *Part = nullptr; ///< of the object, which alone owns it: who is given the callable
  ClassFacts *Of = nullptr;               ///< whose thread it is: the class of the part, or that of the object
  const ClassTask *Task = nullptr;        ///< of that class
  clang::SourceLocation Captured;         ///< where the callable takes its share
  std::string Name;                       ///< what holds it
  /// Where the part's thread calls what it was given; invalid: the task itself takes the share.
  clang::SourceLocation Runs;
  bool Weak = false; ///< the share is a weak pointer's, taken for a time
};

/// Of an owner: callables with a share in it that its members give to a visible member of a part, or of what a part
/// refers to, which does not call them itself, where a task of the part calls callables whose bodies are not known by
/// name; and tasks of a part that lock a weak pointer to its owner. Where a task of the object itself runs what a part
/// was given, or an event loop that is a part, or what it takes out of a container, that part, loop or container, too.
/// Parts that others may own, too, are none.
std::vector<OwningWork> owningWork(Unit &U, ClassFacts &F);

/// Where a body, or what it calls, makes an owner of an object of the class from a weak pointer, for as long as a local
/// lives; null if it does not.
const Event *locksWeak(Unit &U, const clang::FunctionDecl *Body, const clang::CXXRecordDecl *RD);

} // namespace heddle

// Callables that keep an object alive and are run by the thread of one of its parts.
#pragma once

#include "ClassFacts.h"

namespace heddle {

/// One such callable.
struct OwningWork {
  const clang::FieldDecl *Part = nullptr; ///< of the object, which alone owns it
  ClassFacts *Of = nullptr;               ///< the class of the part
  const ClassTask *Task = nullptr;        ///< of that class
  clang::SourceLocation Captured;         ///< where the callable takes its share
  std::string Name;                       ///< what holds it
  clang::SourceLocation Runs;             ///< where the part's thread calls what it was given
};

/// Of an owner: callables with a share in it that its members give to a visible member of a part, which does not call
/// them itself, where a task of the part calls callables whose bodies are not known by name. Parts that others may own,
/// too, are none.
std::vector<OwningWork> owningWork(Unit &U, ClassFacts &F);

} // namespace heddle

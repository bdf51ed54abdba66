// What a task that a base class starts uses of the class that derives from it.
#pragma once

#include "OwnTasks.h"

namespace heddle {

/// A member of a derived class that the task of its base runs, although the derived part is destroyed before the base
/// waits for the task.
struct DerivedUse {
  const ClassTask *Task = nullptr;                ///< of the base
  const clang::CXXMethodDecl *Override = nullptr; ///< what it runs of the derived class
  clang::SourceLocation Calls;                    ///< where the base calls it
  clang::SourceLocation Joins;                    ///< where the base waits for the task
  std::vector<TouchedField> Touches;              ///< the fields of the derived class that it uses
  bool Pure = false;                              ///< the base has no body for it
};

/// By the destructors of both: none where that of the derived class waits first, or is not visible, where the task owns
/// the object, and where others end the task by a public member of the base.
std::vector<DerivedUse> derivedUses(Unit &U, ClassFacts &Derived);

} // namespace heddle

// Objects that end under a lock which their destructors take.
#pragma once

#include "CriticalSections.h"

namespace heddle {

/// An element that is taken out of a container, or an object that a smart pointer gives up, while a lock is held.
struct DyingElement {
  HeldLock Lock;
  const Event *Drops = nullptr;
  const clang::CXXDestructorDecl *Ends = nullptr;
  Witness Takes; ///< from the destructor: where the same lock is taken, by what the object has of its owner
};

/// None where the body has another owner of such an object, by name: a parameter, a local that the element was moved or
/// copied to; none for a destructor that takes the lock only under a condition, or that of its own object.
std::vector<DyingElement> dyingElements(Code &C);

} // namespace heddle

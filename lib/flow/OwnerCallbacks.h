// Which bodies of an object run on a thread of one of its parts: callables that the part was given, and members that
// the part's thread calls on its owner.
#pragma once

#include "ClassFacts.h"

namespace heddle {

/// One such body.
struct OwnerCallback {
  const clang::FieldDecl *Part = nullptr; ///< of the owner: a member object, or a pointer or reference to one
  bool Many = false;                      ///< a container of such: one of the elements
  ClassFacts *Of = nullptr;               ///< the class of the part
  const ClassTask *Task = nullptr;        ///< of that class: on whose thread it runs
  const clang::FunctionDecl *Body = nullptr;
  clang::SourceLocation Given;  ///< where the owner hands the callable over, or itself
  clang::SourceLocation Called; ///< where the part's thread comes to it
};

/// Of an owner that has one member of that class, or one container of such; what a part of several members is given is
/// not known. Followed are callables in members and captured parameters of the part (StoredCallables), and calls of the
/// owner, by an interface too, through a member of a part to which the owner gives itself.
std::vector<OwnerCallback> ownerCallbacks(Unit &U, ClassFacts &F);

} // namespace heddle

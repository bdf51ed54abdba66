// Objects that belong to one thread by their own interface (`moveToThread`), and code beside that thread.
#pragma once

#include "Threads.h"

namespace heddle {

/// Something that a member does with such an object, on the thread of its caller.
struct AffineUse {
  enum Kind {
    Sets,    ///< calls a member of a moved object that arms or stops a timer of it
    Deletes, ///< deletes a moved object while its thread may run
    Foreign  ///< deletes an object that another thread has made
  } Does = Sets;
  const clang::Expr *Site = nullptr;
  const clang::FieldDecl *Object = nullptr;
  const clang::Expr *Bound = nullptr;          ///< what moves it, or makes it on the other thread
  const clang::CXXMethodDecl *Calls = nullptr; ///< Sets: the member that is called
};

/// Those of a unit, in the order of bodies. A member of the object's owner counts where code beside the threads may
/// call it; lambdas do not: they are invoked on some thread. None in constructors, where a condition asks for the
/// thread, and, of Deletes, behind a join of the thread, which is a member. A class is such an object if it, or a base,
/// has a member that moves it to a thread.
std::vector<AffineUse> affineUses(Unit &U);

} // namespace heddle

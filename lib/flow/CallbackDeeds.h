// What the callables do about locks that a member holds.
#pragma once

#include "CriticalSections.h"

namespace heddle {

/// What happens when a stored callback is called under a lock.
struct CallbackDeed {
  enum {
    Unknown,   ///< others may store what this unit does not see
    Harmless,  ///< all that is ever stored is seen, and takes no lock, waits for nothing and calls only known code
    ComesBack, ///< something that is stored takes the very lock, of this object or another one of its class
  } Is = Unknown;
  Witness Locks;                ///< with ComesBack: from the body of the callable
  clang::SourceLocation Stored; ///< with ComesBack: the callable
};

/// Of a call of a callable that a member holds; of anything else it is not known.
CallbackDeed callbackDeed(Unit &U, const Code &C, const Event &Call, const clang::ValueDecl *Lock);

} // namespace heddle

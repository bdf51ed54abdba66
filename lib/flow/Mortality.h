// Whether objects of a class end while the program goes on.
#pragma once

#include "Unit.h"

namespace heddle {

/// Returns true if the class shares itself: it derives from enable_shared_from_this.
bool sharesItself(const clang::CXXRecordDecl *RD);

/// Returns true if objects of the class may end before others: they share themselves, have a destructor that was
/// written or declared, are made on the heap in this unit, or are parts of objects of which that is true. False means
/// "not seen".
bool isMortal(Unit &U, const clang::CXXRecordDecl *RD);

} // namespace heddle

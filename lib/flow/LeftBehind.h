// What becomes of timers and handlers that an object leaves with others.
#pragma once

#include "Unit.h"

namespace heddle {

/// Returns true if the timer in the member runs on when its object ends: the member is a pointer or a bare handle, and
/// all that the unit does with it is to make, set, arm and ask it, and to register handlers. False if anything else is
/// done with it, or not all uses are seen.
bool runsOn(Unit &U, const clang::FieldDecl *Timer);

/// A handler that an object leaves with one that it does not own, and does not take back.
struct LeftHandler {
  const clang::FieldDecl *Keeper = nullptr; ///< of the object: the pointer or reference to who has the handler
  bool Timed = false; ///< given with a time, or with a timer of the object; else another event makes it run
};
/// What the registration, an event of a body of the object, leaves; none where a member of the object calls the keeper
/// for anything but to register or ask, where other code gives members of the keeper what it got from the object, where
/// the call yields an object, or where not all of it is seen.
std::optional<LeftHandler> leftBehind(Code &C, const Event &E);

} // namespace heddle

// What becomes of timers and handlers that an object leaves with others.
#pragma once

#include "Unit.h"

#include <string>
#include <vector>

namespace heddle {

/// Returns true if the timer in the member runs on when its object ends: the member is a pointer or a bare handle, and
/// all that the unit does with it is to make, set, arm and ask it, and to register handlers. False if anything else is
/// done with it, or not all uses are seen.
bool runsOn(Unit &U, const clang::FieldDecl *Timer);

/// A function that a call is given together with the object of the body as its context: `add(50, &Beat::tick, this)`.
struct ContextHandler {
  const clang::CallExpr *Call = nullptr;
  const clang::FunctionDecl *Body = nullptr; ///< visible; a parameter leads to the object
};
/// Those of a body, in source order. A visible callee keeps the function, and does not call it at once; of others that
/// is not known.
std::vector<ContextHandler> contextHandlers(const Code &C);

/// A handler that an object leaves with one that it does not own, and does not take back.
struct LeftHandler {
  std::string Keeper; ///< the member that is a pointer or reference to who has the handler; else its class
  bool Timed = false; ///< given with a time, or with a timer of the object; else another event makes it run
};
/// What the registration, a call in a body of the object, leaves with the object on which it is called, with one of a
/// member that a free function is given, or with the only object of a class (`Timers::instance()`). None where a member
/// of the object calls the keeper for anything but to register or ask, where other code gives members of the keeper
/// what it got from the object, where the call yields an object or a handle that is used, or where not all of it is
/// seen.
std::optional<LeftHandler> leftBehind(Code &C, const clang::CallExpr *Call);

/// An object that leaves itself with one that it does not own: `queue_.add(when, this)`.
struct LeftItself {
  const clang::CallExpr *Call = nullptr;
  const clang::FieldDecl *Keeper = nullptr;
  const clang::CXXMemberCallExpr *Calls = nullptr; ///< in a member of the keeper: what it does with such objects later
};
/// Those of a body. The keeper's visible member keeps the pointer, with a time; the object is taken back neither by its
/// destructor, nor by a member that other classes call. None where not all of it is seen.
std::vector<LeftItself> leftItself(Code &C);

} // namespace heddle

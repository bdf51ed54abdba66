// The detectors of double-fulfilment.
#pragma once

#include "check/Reporter.h"
#include "flow/Code.h"

namespace heddle::double_fulfilment {

/// A member that completes its promise without asking whether another has.
struct Completion {
  const clang::CXXMethodDecl *By;
  clang::SourceLocation Loc; ///< where it sets its flag
};
/// The members of a hand-written promise that each complete it without testing whether another has: the second one
/// overwrites what readers may be reading. Empty if there are fewer than two.
std::vector<Completion> unguarded(Unit &U, const clang::CXXRecordDecl *RD);

/// Hand-written promises with such members.
void reportUnguarded(Unit &U, Reporter &R);
/// Two handlers that fulfil the promise in a member which they find there, and leave it there.
void reportLeftInPlace(Unit &U, Reporter &R);
/// Handlers that test a flag before they fulfil a promise: one does not set it, or two pass the test at once.
void reportFlags(Unit &U, Reporter &R);
/// Elements that are looked up by the key of a message, answered, and left where they are.
void reportKeyed(Unit &U, Reporter &R);

} // namespace heddle::double_fulfilment

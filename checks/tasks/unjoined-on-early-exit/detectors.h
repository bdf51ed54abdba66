// The detectors of unjoined-on-early-exit.
#pragma once

#include "check/Reporter.h"
#include "flow/EventIndex.h"

namespace heddle::unjoined {

inline constexpr std::string_view Lost = "lost", Replaced = "replaced";

/// Handles that are local variables: lost on a path out of their scope, or overwritten.
void reportVariables(Unit &U, Reporter &R);
/// Handles that are members, by what all members of their class do with them.
void reportMembers(Unit &U, Reporter &R);
/// Handles behind plain pointers, deleted while their threads may run.
void reportDeleted(Unit &U, Reporter &R);
/// Local objects whose members are handles, and whose class joins them only on request.
void reportObjects(Unit &U, Reporter &R);

/// A member handle, where this unit starts its tasks and waits for them.
struct Restarted {
  const clang::FieldDecl *Field;
  const clang::CXXRecordDecl *Class;
  const IndexedEvent *Joins;
  llvm::ArrayRef<const IndexedEvent *> Starts;
};
/// `player.play(a); player.play(b);`: a public member starts what it is given, and does not end what it started last
/// time, although that can be ended.
void reportRestarts(const Restarted &H, Reporter &R);

/// `if (!running_) return; … thread_.join();`: the task itself may have set the flag, and is then never joined.
/// \p All: what is done with the handle.
void reportSkippedJoin(Unit &U, const clang::FieldDecl *Handle, llvm::ArrayRef<IndexedEvent> All, Reporter &R);

/// Returns true if the end of the field, or of an element of it, terminates the program while its thread is joinable.
bool isThreadField(Unit &U, const clang::FieldDecl *F);
/// `std::thread worker_{[this] { run(); }};`
bool startsByDefault(const clang::FieldDecl *F);
/// Returns true if another member may wait for the threads in the field when it dies: it is made from them, or from the
/// whole object, and its destruction is not trivial.
bool mayBeJoinedByMember(Unit &U, const clang::FieldDecl *F);

} // namespace heddle::unjoined

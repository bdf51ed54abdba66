// What runs on an object until the end of one of its members waits for it.
#pragma once

#include "ClassFacts.h"

namespace heddle {

/// A field that a task uses, and where.
struct TouchedField {
  const clang::FieldDecl *Field = nullptr;
  clang::SourceLocation Loc;
};

/// Something that runs beside the object, on a thread of its own or of a member.
struct OwnTask {
  enum Kind {
    Thread,  ///< a task that a member starts
    Handler, ///< a callable that is registered with an event loop which a member's thread runs
    Given,   ///< what a member's thread does to parts of the object that the member was given
  } Is = Thread;
  const clang::FieldDecl *Until = nullptr; ///< the member whose end waits for it; null if the destructor's body does
  clang::SourceLocation Loc;               ///< where it is started or registered, or the parts are given
  std::vector<TouchedField> Touches;       ///< each field once
};

/// The fields that a body that runs on the object names, with the members that it calls on it; each once, in the order
/// in which they are met.
std::vector<TouchedField> touchedBy(Unit &U, const clang::FunctionDecl *Body);
/// The same for a function that gets its object of this class as a context: `static_cast<Beat *>(context)->count`.
std::vector<TouchedField> touchedOf(Unit &U, const clang::CXXRecordDecl *Of, const clang::FunctionDecl *Body);

/// The tasks of an object and what waits for them when it ends. A task that owns the object, and one for which the
/// destructor's body waits, has no Until. Of objects of other classes counts what they were made with (`U` sees their
/// constructors). Unknown: destructors that are not visible; then there are none.
std::vector<OwnTask> ownTasks(Unit &U, ClassFacts &F);

/// What the thread of one member does to parts of the object that the member was made with (OwnTask::Given), whoever
/// waits for it.
std::vector<OwnTask> tasksOfPart(Unit &U, ClassFacts &F, const clang::FieldDecl *Member);

/// Returns true if the destructor waits for another thread in any way: it joins it, or waits for a signal from it.
bool waitsInDestruction(Unit &U, ClassFacts &F);
/// Returns true if no object of the class is ever destroyed: its destructor is deleted, or only the class itself makes
/// one, for good: `static Log &log = *new Log;`.
bool isNeverDestroyed(Unit &U, const clang::CXXRecordDecl *RD);
/// Returns true if nobody can wait for the task: it was detached, also by its handle in a local.
bool isLetGo(const ClassTask &T);
/// Returns true if the task keeps its object alive, or looks whether it still is: `[self = shared_from_this()]`.
bool ownsItsObject(Unit &U, const ClassFacts &F, const ClassTask &T);

} // namespace heddle

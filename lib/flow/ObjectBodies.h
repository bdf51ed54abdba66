// The bodies that run when something is done to one object, with what they call its parts.
#pragma once

#include "Calls.h"

#include <deque>

namespace heddle {

/// A body that an object's member runs, or that is given a part of the object.
struct ObjectBody {
  Code *C = nullptr;
  const ObjectBody *Caller = nullptr; ///< null: the body with which it begins
  /// The call in Caller; of the first body, what starts it as a task, if that is known.
  CallEdge Step;

  /// The object or part that this body calls so, in the names of the object's own members; none for anything else.
  std::optional<Place> ofObject(const Place &P) const;
  /// The part on which a member function runs; none for other functions.
  std::optional<Place> self() const;
};

/// Follows calls from one body as far as they are given the object or a part of it. Virtual members of the object lead
/// to those of \p Of, its class. Bodies are met breadth first, each once; unknown are calls of functions that are not
/// visible, and what several calls of one function are given but the first.
class ObjectBodies {
public:
  /// \p Start runs on the object itself.
  ObjectBodies(Unit &U, const clang::CXXRecordDecl *Of, Code &Start);
  /// \p Task begins in another body that runs on the object.
  ObjectBodies(Unit &U, const clang::CXXRecordDecl *Of, const CallEdge &Task);

  const std::deque<ObjectBody> &all() const { return Bodies; }
  /// The calls of members of the object itself whose bodies are not visible.
  llvm::SmallVector<const clang::CallExpr *, 2> unseen(const ObjectBody &B) const;

private:
  void follow();
  llvm::SmallVector<CallEdge, 8> steps(const ObjectBody &B);
  const clang::CXXMethodDecl *target(const ObjectBody &B, const clang::CXXMemberCallExpr *Call) const;
  static bool knowsObject(const ObjectBody &B);

  Unit &U;
  const clang::CXXRecordDecl *Of;
  std::deque<ObjectBody> Bodies;
};

} // namespace heddle

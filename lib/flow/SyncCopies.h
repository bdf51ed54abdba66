// Copies of objects that synchronise.
#pragma once

#include "Unit.h"

namespace heddle {

/// One copy of such an object, or of a class that holds one as it is and is copied member by member.
struct SyncCopy {
  clang::SourceLocation Loc;
  Role Is = Role::None;                          ///< what is copied
  const clang::FieldDecl *Member = nullptr;      ///< in a class that is copied: the object
  const clang::ParmVarDecl *Parameter = nullptr; ///< of a visible function, that takes the copy
};

/// Copies in the bodies of a unit: of locks, conditions, semaphores, latches and groups. Copies that lead to the same
/// object, moves, copies of what was just made (it is in nobody's use), locals of which only other members are used,
/// and copy constructors that are written for classes which play none of these roles, are none. Not thread-safe
/// (`U.get<SyncCopies>()`).
class SyncCopies {
public:
  explicit SyncCopies(Unit &U);
  std::vector<SyncCopy> in(Code &C);

private:
  bool isOnlyRead(const Code &C, const clang::VarDecl *Copy);
  bool synchronises(clang::QualType T, Role &Is);
  void givenToTasks(const Code &C, std::vector<SyncCopy> &Out);
  const clang::FieldDecl *held(const clang::CXXRecordDecl *RD, Role &Is, unsigned Depth);
  Unit &U;
};

} // namespace heddle

// References to members that leave the scope of the lock which guards them.
#pragma once

#include "CriticalSections.h"

namespace heddle {

/// A reference, pointer, iterator or view that leads into a member of the object, or into a variable with static
/// storage, made while a lock of the object, or one with static storage, is held, and used when it is not any more.
struct GuardedReference {
  enum Kind { Reference, Pointer, Iterator, View };
  Kind Is = Reference;
  Place Lock;
  const Event *Taken = nullptr;
  const clang::ValueDecl *Of = nullptr; ///< the member or variable
  const clang::Stmt *Made = nullptr;    ///< the return, or what names the member
  const clang::Stmt *Used = nullptr;    ///< where a local is used without the lock; null with a return
};

/// What a member of the object returns, `return label(key);`, leads where its own returns lead. Only of what other
/// functions change: of the whole, or of elements whose container gives them up or moves them.
/// Objects that an element points to are not followed, nor are those that have a lock or an atomic of their own. Not
/// thread-safe (`U.get<GuardedReferences>()`).
class GuardedReferences {
public:
  explicit GuardedReferences(Unit &U);

  /// Those that the body returns, and those that a local keeps beyond the lock; in source order.
  std::vector<GuardedReference> in(Code &C);

private:
  bool changes(const clang::ValueDecl *D);
  const clang::ValueDecl *holder(Code &C, const clang::Expr *E, unsigned Depth = 0);
  std::optional<GuardedReference::Kind> leadsInto(Code &C, const clang::Expr *E, clang::QualType To,
                                                  const clang::ValueDecl *&Of, unsigned Depth = 0);

  std::optional<GuardedReference::Kind> asView(Code &C, const clang::Expr *Owner, const clang::ValueDecl *&Of,
                                               unsigned Depth);

  Unit &U;
  llvm::DenseMap<const clang::ValueDecl *, bool> Changes;
};

} // namespace heddle

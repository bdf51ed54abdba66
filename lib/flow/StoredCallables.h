// Which callables a member of function type holds, and what a call of it runs.
#pragma once

#include "Calls.h"

namespace heddle {

/// Finds what is stored in a member: by an assignment, a constructor, an initialiser or an aggregate, in an element of
/// a container, and through the parameters of visible functions that store what they are given, of constructors also
/// where a library function makes the object. A callable that is stored in the member of one object counts for those of
/// all objects of the class. Lazy and cached; belongs to one Unit.
class StoredCallables {
public:
  struct Stored {
    CallableRef What;
    Code *In = nullptr; ///< the body in which it is written, whose names it has
  };
  struct Answer {
    std::vector<Stored> All;
    bool Complete = true; ///< false: the member may hold others that are not seen
  };
  explicit StoredCallables(Unit &U);

  /// What the member, or an element of it, may hold.
  const Answer &in(const clang::FieldDecl *F);
  /// What the event runs: `handler_()`, `for (auto &h : handlers_) h()`, `auto f = std::move(jobs_.front()); f()`. Null
  /// if it is no call of what a member holds.
  const Answer *calledBy(const Code &C, const Event &E);
  /// Of a call of what a member of the object holds: the lambdas that members of the class have stored and that hold
  /// nothing but the object, which they run on.
  llvm::SmallVector<const CallableRef *, 2> ownCalledBy(const Code &C, const Event &E);

private:
  void store(const clang::Expr *Value, Code &In, Answer &Into, unsigned Depth = 0);
  const std::vector<std::pair<const clang::Expr *, Code *>> &listed(const clang::FieldDecl *F);

  Unit &U;
  const std::vector<std::pair<const clang::CallExpr *, Code *>> &makers(const clang::CXXConstructorDecl *Ctor);

  std::map<const clang::FieldDecl *, Answer> Known;
  std::map<const clang::Decl *, std::vector<std::pair<const clang::CallExpr *, Code *>>> Makers;
  bool MakersKnown = false;
  std::map<const clang::FieldDecl *, std::vector<std::pair<const clang::Expr *, Code *>>> Listed;
  bool ListedKnown = false;
};

} // namespace heddle

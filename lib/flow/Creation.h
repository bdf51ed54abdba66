// Where objects of a class are made, and for how long.
#pragma once

#include "Calls.h"

namespace heddle {

/// One place at which an object of a class is made: a construction, `new`, `make_unique` and the like.
struct Made {
  Code *In = nullptr;
  const clang::Expr *Site = nullptr;
  /// The variable of the body, with automatic storage, that it is or that owns it. Null also where it becomes a part of
  /// another object, or is returned or given away.
  const clang::VarDecl *Local = nullptr;
  bool Temporary = false; ///< it ends with the full expression
};

/// Answers by the bodies of one unit, computed once for each class that is asked about. Copies and moves are none. Not
/// thread-safe (`U.get<Creation>()`).
class Creation {
public:
  explicit Creation(Unit &U);

  const std::vector<Made> &of(const clang::CXXRecordDecl *RD);
  /// Returns true if the class is made in this unit, and all of its objects are locals or temporaries of functions,
  /// given to nothing that outlives the call as far as their places say.
  bool isOfOneCall(const clang::CXXRecordDecl *RD);
  /// Returns true if the unit has a local object of the class on which nothing is called but \p Feeds, and members that
  /// change nothing: whoever wrote that has its destructor finish what it was given.
  bool isFedAndLeft(const clang::CXXRecordDecl *RD, const clang::CXXMethodDecl *Feeds);

private:
  Unit &U;
  std::map<const clang::CXXRecordDecl *, std::vector<Made>> Known;
  bool All = false;
};

} // namespace heddle

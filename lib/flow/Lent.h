// Values that lead into an object without owning it.
#pragma once

#include "Calls.h"

namespace heddle {

/// A type whose values may lead into an object that somebody else owns: a pointer, a view.
bool isLender(Unit &U, clang::QualType T);
/// A view as a class: a span, a string_view, a reference wrapper.
bool isView(Unit &U, clang::QualType T);

/// The variable of a body in whose storage an object lies.
struct Loan {
  const clang::VarDecl *Of = nullptr;
  /// It is a parameter that is itself a pointer, a view or a struct with one, and stands for whatever the caller's
  /// value leads to.
  bool Behind = false;

  /// For messages; of a decomposition, which has no name, `[a, b]`.
  std::string name() const;
  explicit operator bool() const { return Of != nullptr; }
  /// The object is the caller's, who named it by a reference, a pointer or a view.
  bool callers() const;
};

/// The variable of this body in whose storage the object lies that \p E names. A parameter by reference stands for the
/// caller's object; a local reference for what it was bound to. None for what others own, and for what is not known.
Loan storage(const Code &C, const clang::Expr *E);
/// The same for the object into which the value of \p E leads: `&x`, `std::ref(x)`, a span, a view, an iterator,
/// `x.data()`, a struct with one of them in it, a local that was made from one and never given anything else.
Loan loan(const Code &C, const clang::Expr *E);
/// The caller's variable for one that is the caller's in the callee.
Loan toCaller(const CallEdge &Call, const Loan &InCallee);
/// The variable alone.
inline const clang::VarDecl *lent(const Code &C, const clang::Expr *E) { return loan(C, E).Of; }

} // namespace heddle

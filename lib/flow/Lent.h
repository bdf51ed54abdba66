// Values that lead into an object without owning it.
#pragma once

#include "Code.h"

namespace heddle {

/// A type whose values may lead into an object that somebody else owns: a pointer, a view.
bool isLender(Unit &U, clang::QualType T);
/// A view as a class: a span, a string_view.
bool isView(Unit &U, clang::QualType T);

/// The variable of this body into which the value of \p E leads - `&x`, `std::ref(x)`, a span, a view, `x.data()`, a
/// struct with one of them in it - or null. A parameter by reference stands for the caller's object, and one that is
/// itself a pointer, a view or a struct with one for whatever the caller's value leads to.
const clang::VarDecl *lent(const Code &C, const clang::Expr *E);

} // namespace heddle

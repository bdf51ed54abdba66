// What a task holds of the objects around it, and how.
//
// Of lambdas, function objects, bound and following arguments, and callables inside of these. What a value leads to is
// known as far as Lent.h follows it; a task whose callable is not visible holds nothing that is known. Costs a look at
// the expressions that make the task; nothing is kept.
#pragma once

#include "Calls.h"
#include "Lent.h"

namespace heddle {

/// One object that a task holds.
struct Held {
  enum Kind {
    Copy,      ///< a value of its own, which leads nowhere that is known
    Reference, ///< a reference or the address of a named object: `[&x]`, `&x`, `std::ref(x)`
    Pointer,   ///< the value of a raw pointer
    View,      ///< a view, an iterator, or a struct with a pointer, view or reference in it
    Owner,     ///< a smart pointer, or the address of an object that was made for the task
    WeakOwner, ///< a weak pointer
    Token,     ///< the right to observe a stop
    This,      ///< `this`
    StarThis,  ///< a copy of `*this`
  };
  Kind By = Copy;
  const clang::Expr *Value = nullptr; ///< what it was made from, in the body that was asked about; null for `this`
  /// The variable of that body in whose storage the object lies. None for what others own, and for what is not known.
  Loan In{};
  std::optional<Place> Object;                ///< what it is a copy of or leads to, where that has a name
  std::string Name;                           ///< for messages: "x", "this", "it"
  clang::SourceLocation Loc;                  ///< where it is written down
  const clang::ValueDecl *Variable = nullptr; ///< a lambda's captured variable
  const clang::LambdaExpr *Lambda = nullptr;  ///< set with Capture
  const clang::LambdaCapture *Capture = nullptr;

  /// Returns true if the captured variable was made from `shared_from_this()` or `weak_from_this()`.
  bool isFromThis() const;
  bool borrows() const { return By == Reference || By == Pointer || By == View; }
};

/// Not thread-safe; belongs to one Unit.
class Captures {
public:
  explicit Captures(Unit &U);

  /// What a callable that is written in \p C holds, each variable once: its bound arguments and object, the members of
  /// a function object, the captures of a lambda, in this order.
  std::vector<Held> of(const Code &C, const CallableRef &Task);
  /// What a callable that the callee makes holds of the caller's objects, in the caller's names.
  std::vector<Held> of(const CallEdge &Call, const CallableRef &Task);

private:
  struct Collector;
  Unit &U;
};

} // namespace heddle

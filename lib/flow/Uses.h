// What a body does with the variables and members that it names: the one definition of a read and of a write.
#pragma once

#include "Unit.h"

#include <map>

namespace heddle {

/// One mention of a variable or member, and what is done with it there.
struct Use {
  enum Kind : std::uint16_t {
    Read = 1 << 0,        ///< its value is taken
    Assign = 1 << 1,      ///< `x = v`, or its initialisation in a constructor's list
    Update = 1 << 2,      ///< `x += v`, `++x`: read and written in one
    Mutate = 1 << 3,      ///< a member function or operator that is not const is called on it
    Ask = 1 << 4,         ///< a const member function or operator is called on it
    Address = 1 << 5,     ///< its address, or a reference through which it can be written, goes elsewhere
    Move = 1 << 6,        ///< it is given away as an rvalue
    ByReference = 1 << 7, ///< a lambda captures it by reference, explicitly or by default
    ByCopy = 1 << 8,      ///< a lambda captures a copy of it
  };
  using Kinds = std::uint16_t;
  /// Surely gives it another value.
  static constexpr Kinds Stores = Assign | Update;
  /// May give it another value, now or, where a reference to it goes elsewhere, at any later time.
  static constexpr Kinds Writes = Stores | Mutate | Address | Move;

  enum Extent : std::uint8_t {
    Itself, ///< `x = v`
    Part,   ///< `x.y = v`, `x[i] = v`: the object that is used is contained in it
    Behind, ///< `x->y = v`, `*x = v`: the object that is used is another, to which it leads
  };

  Kind Does = Read;
  Extent Of = Itself;
  const clang::Expr *Mention = nullptr; ///< a DeclRefExpr or MemberExpr; null in a capture and in a constructor's list
  /// What does it: the assignment, call, return, …; the mention itself where it is only read.
  const clang::Stmt *Site = nullptr;
  const clang::Expr *Value = nullptr;         ///< what is assigned, where that is written
  const clang::LambdaExpr *Lambda = nullptr;  ///< the innermost lambda of the body around it, or the one that captures
  const clang::FunctionDecl *Body = nullptr;  ///< the function that was asked about

  bool is(Kinds K) const { return (Does & K) != 0; }
};

/// The body in which the use stands: that of its lambda, else of the function that was asked about. Null if the unit
/// has none.
Code *bodyOf(Unit &U, const Use &X);
/// The call that the use is in: of a member function of what is used, or what Site is itself. Null for any other use.
const clang::CallExpr *callOn(const Code &C, const Use &X);
/// The function of a library that the use gives an address or reference, through which it may change it:
/// `std::erase_if(items, old)`. Null for any other use.
const clang::FunctionDecl *libraryGiven(Unit &U, const Use &X);

/// The uses of declarations, body by body. A body counts with its lambdas and, of a constructor, its initialisers; what
/// the compiler adds by itself does not. Computed once for each body that somebody asks about, in one walk.
class Uses {
public:
  explicit Uses(Unit &U);

  /// The uses of a variable, or of a member of any object, in source order. References declared in the body have uses
  /// of their own.
  llvm::ArrayRef<Use> in(const Code &C, const clang::ValueDecl *D);
  /// The same over all bodies of the run.
  const std::vector<Use> &everywhere(const clang::ValueDecl *D);

  /// Returns true if a use of one of these kinds, of the object itself, is in the body.
  bool any(const Code &C, const clang::ValueDecl *D, Use::Kinds K);

private:
  using Index = llvm::DenseMap<const clang::ValueDecl *, std::vector<Use>>;
  const Index &index(const Code &C);

  Unit &U;
  std::map<const clang::FunctionDecl *, Index> Bodies;
  Index All;
  bool AllKnown = false;
};

} // namespace heddle

// How many tasks may run at once: where a body says so, and what the number is made from.
#pragma once

#include "Unit.h"

#include <map>

namespace heddle {

/// A number that is given for how many tasks run at once.
struct ConcurrencyLimit {
  const clang::Expr *Number = nullptr;
  clang::SourceLocation Loc;
  bool Threads = false; ///< that many threads are made; otherwise no more than so many of the tasks run at a time
};

/// One thing that a number may be.
struct Quantity {
  enum Kind {
    Constant,   ///< Value
    InputLength ///< the number of elements in a container that somebody else has filled
  } Is = Constant;
  std::int64_t Value = 0;
  /// The initialiser of the option that holds the constant, where nothing in this unit sets another value.
  const clang::Expr *Default = nullptr;
};

/// Recognises pools and groups that are given a size, modelled ones by their model, hand-written ones by what their
/// bodies do with the number. Answers about constructors are kept. Not thread-safe; belongs to one Unit.
class Limits {
public:
  explicit Limits(Unit &U);

  /// The limits that the body gives, in source order; last, loops that start a thread in each of a constant number of
  /// iterations.
  std::vector<ConcurrencyLimit> in(Code &C);
  /// What the number may be: through local variables, visible functions and `std::max`. Unknown values are left out.
  llvm::SmallVector<Quantity, 2> quantities(Code &C, const clang::Expr *Number);

private:
  using Arguments = llvm::ArrayRef<const clang::Expr *>;
  void called(Code &C, const clang::CallExpr *Call, std::vector<ConcurrencyLimit> &Into);
  void made(const clang::CXXConstructorDecl *Ctor, clang::QualType Type, Arguments Args, clang::SourceLocation Loc,
            std::vector<ConcurrencyLimit> &Into);
  bool saysHowMany(const clang::CXXConstructorDecl *Ctor, unsigned Param);
  const clang::Expr *defaultOf(const clang::Expr *E);
  void collect(const Code &C, const clang::Expr *Number, unsigned Depth, llvm::SmallVectorImpl<Quantity> &Into);

  Unit &U;
  std::map<std::pair<const clang::CXXConstructorDecl *, unsigned>, bool> Constructors;
};

} // namespace heddle

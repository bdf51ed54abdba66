// Which object an expression names.
#pragma once

#include "llvm/ADT/SmallVector.h"

#include <optional>
#include <string>

namespace clang {
class FieldDecl;
class ValueDecl;
} // namespace clang

namespace heddle {

/// An object, named by the variable or `this` that leads to it and the fields on the way. Dereferences are not part of
/// the name: a pointer, a smart pointer, an optional and a reference name the object that they lead to, so that `p`,
/// `*p`, `p->` and `p.get()` are one place. Elements of containers are one place for all of them: `Element`.
struct Place {
  const clang::ValueDecl *Root = nullptr; ///< null with `This`
  bool This = false;                      ///< rooted at the object of the member function
  bool Element = false;                   ///< some element of the container that the rest names
  llvm::SmallVector<const clang::FieldDecl *, 3> Path;

  bool valid() const { return This || Root; }
  /// Returns true if this is the object of the member function itself.
  bool isThis() const { return This && Path.empty() && !Element; }
  /// The declaration of the object itself: the last field, else the variable; null for `this`.
  const clang::ValueDecl *last() const;
  bool operator==(const Place &O) const {
    return Root == O.Root && This == O.This && Element == O.Element && Path == O.Path;
  }
  /// Returns true if this object is \p O itself or contains it.
  bool contains(const Place &O) const;
  /// The place of \p O (which this one contains) seen from \p Base, which names the same object as this one.
  Place rebase(const Place &O, const Place &Base) const;
  /// "queue_.mutex" as a programmer would write it; "this" for the object itself.
  std::string name() const;
};

} // namespace heddle

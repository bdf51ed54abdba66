#include "Place.h"

#include "clang/AST/Decl.h"

namespace heddle {

const clang::ValueDecl *Place::last() const {
  return Path.empty() ? Root : static_cast<const clang::ValueDecl *>(Path.back());
}

bool Place::contains(const Place &O) const {
  if (Root != O.Root || This != O.This || Path.size() > O.Path.size())
    return false;
  for (unsigned I = 0; I != Path.size(); ++I)
    if (Path[I] != O.Path[I])
      return false;
  return !Element || (O.Element && Path.size() == O.Path.size());
}

Place Place::rebase(const Place &O, const Place &Base) const {
  Place R = Base;
  R.Path.append(O.Path.begin() + Path.size(), O.Path.end());
  R.Element = Base.Element || (O.Element && !Element);
  return R;
}

std::string Place::name() const {
  std::string S;
  auto Add = [&](llvm::StringRef Part) {
    if (Part.empty())
      return;
    if (!S.empty())
      S += '.';
    S += Part;
  };
  if (Root)
    Add(Root->getNameAsString());
  for (const clang::FieldDecl *F : Path)
    Add(F->getNameAsString());
  if (S.empty())
    S = This ? "this" : "object";
  return S;
}

} // namespace heddle

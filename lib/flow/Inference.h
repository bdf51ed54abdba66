// Hand-written primitives, recognised by what their members' bodies do.
#pragma once

#include "models/Model.h"

#include "llvm/ADT/ArrayRef.h"

#include <memory>

namespace clang {
class CXXMethodDecl;
class CXXRecordDecl;
} // namespace clang

namespace heddle {

class Unit;

/// Infers models of user classes. Each class is looked at once, when somebody asks; while it is looked at it has no
/// model, so classes that contain each other are no trouble.
class Inference {
public:
  explicit Inference(Unit &U);
  ~Inference();

  /// The inferred model, or null. Its Members are not filled: ask actions().
  const TypeModel *type(const clang::CXXRecordDecl *RD);
  /// What a call of this member does to its object.
  llvm::ArrayRef<Action> actions(const clang::CXXMethodDecl *M);

private:
  struct Impl;
  std::unique_ptr<Impl> I;
};

} // namespace heddle

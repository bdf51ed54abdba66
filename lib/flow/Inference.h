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
///
/// Classes that are analysed because of one another: an answer about one while another has no model yet is a guess. It
/// is discarded, and computed again, once the outermost of them is known.
class Inference {
public:
  /// Who builds bodies, and keeps what it learned from them.
  struct Reader {
    virtual ~Reader() = default;
    /// Returns true if the body that is being built is of this class: calls among members are followed, never modelled.
    virtual bool readsMemberOf(const clang::CXXRecordDecl *RD) const = 0;
    virtual void forgetGuesses() = 0;
  };
  Inference(Unit &U, Reader &R);
  ~Inference();

  /// Tracks whether the answers given in its lifetime are final.
  class Watch {
  public:
    explicit Watch(Inference &I);
    ~Watch();
    /// On which outer class it rests; Sure: on none.
    unsigned rests() const;
    /// An earlier answer is used that rested on such a class.
    void lean(unsigned On);
    bool sure() const { return rests() == Sure; }
    /// Set if a class was asked for while it was being inferred, even by a member of its own.
    bool unanswered() const;

  private:
    Inference &I;
    unsigned Outer, Unanswered;
  };
  static constexpr unsigned Sure = ~0u;

  /// The inferred model, or null. Its Members are not filled: ask actions().
  const TypeModel *type(const clang::CXXRecordDecl *RD);
  /// What a call of this member does to its object.
  llvm::ArrayRef<Action> actions(const clang::CXXMethodDecl *M);

private:
  struct Impl;
  std::unique_ptr<Impl> I;
};

} // namespace heddle

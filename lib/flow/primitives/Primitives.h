// The recognisers of hand-written primitives: one file for each kind. Private to Inference.
#pragma once

#include "flow/MethodFacts.h"
#include "flow/Unit.h"

namespace heddle::primitives {

using ModelPtr = std::unique_ptr<TypeModel>;
using ActionMap = llvm::DenseMap<const clang::CXXMethodDecl *, std::vector<Action>>; ///< by canonical declaration

/// A class whose model is being inferred: what its members do, and the actions that recognisers ascribe to them.
struct ModelDraft {
  Unit &U;
  ActionMap &Actions;
  std::vector<const clang::FieldDecl *> Fields; ///< of the class, or of the state that it shares
  std::vector<MethodFacts> Methods;

  Role role(const clang::FieldDecl *F) { return U.role(F->getType()); }
  /// Calls of \p M do this to its object.
  void act(const clang::CXXMethodDecl *M, Op O, std::initializer_list<Fact> With = {}) {
    Action A{O, {Operand::This, 0}, {}, -1, Runs::Later, false};
    if (O == Op::Spawn)
      A.When = Runs::Concurrently;
    for (Fact F : With)
      A.With.add(F);
    Actions[M->getCanonicalDecl()].push_back(A);
  }
  bool does(const clang::CXXMethodDecl *M, Op O) const {
    auto It = Actions.find(M->getCanonicalDecl());
    return It != Actions.end() && llvm::any_of(It->second, [&](const Action &A) { return A.Operation == O; });
  }
};

inline ModelPtr makeModel(Role R) {
  auto T = std::make_unique<TypeModel>();
  T->Plays = R;
  return T;
}

/// The name of a member, whatever its spelling: `TryLock` and `try_lock` are one.
std::string plainName(const clang::CXXMethodDecl *M);

// Each returns null where the class is no such primitive, and has then ascribed nothing to its members.

// From what the members do to the fields together:
ModelPtr channel(ModelDraft &Draft);
ModelPtr slot(ModelDraft &Draft);
ModelPtr pool(ModelDraft &Draft);
ModelPtr crew(ModelDraft &Draft);
ModelPtr counter(ModelDraft &Draft);
ModelPtr event(ModelDraft &Draft);
ModelPtr promise(ModelDraft &Draft);
ModelPtr callbackPromise(ModelDraft &Draft);
ModelPtr meeting(ModelDraft &Draft);
ModelPtr wrapper(ModelDraft &Draft);
ModelPtr joiningThread(ModelDraft &Draft, const clang::CXXRecordDecl *RD);
/// Completes the model of a group: its limit, its exceptions, whether a wait closes it permanently.
ModelPtr withGroupFacts(ModelPtr T, ModelDraft &Draft);

// From the members one by one; the Fields and Methods of the draft are not read:
ModelPtr guard(ModelDraft &Draft, const clang::CXXRecordDecl *RD);
/// Returns true if the class may be a guard of a member of the object that it refers to.
bool mayGuard(const clang::CXXRecordDecl *RD);
ModelPtr lockWrapper(ModelDraft &Draft, const clang::CXXRecordDecl *RD);
ModelPtr lockable(ModelDraft &Draft, const clang::CXXRecordDecl *RD);
bool isTryLock(const clang::CXXMethodDecl *M);
ModelPtr stopSource(ModelDraft &Draft, const clang::CXXRecordDecl *RD);
ModelPtr opaqueThread(ModelDraft &Draft, const clang::CXXRecordDecl *RD);
ModelPtr opaqueExecutor(ModelDraft &Draft, const clang::CXXRecordDecl *RD);

} // namespace heddle::primitives

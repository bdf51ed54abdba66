// What bodies do with the tokens and contexts that tell them of a stop.
#pragma once

#include "LoopFacts.h"

namespace heddle {

/// Answers about one unit; cheap (`U.get<Contexts>()`). Not thread-safe.
class Contexts {
public:
  explicit Contexts(Unit &U);

  /// Returns true for tokens and contexts, also for hand-written contexts: small classes with a const member,
  /// without parameters, that asks a token in a member, or an atomic flag that another public member sets; a shared
  /// flag, where a static member without parameters yields a context of that class.
  bool observes(clang::QualType T);
  /// The given token from which a local context is made, `Context ctx(stop);`, or null.
  const clang::VarDecl *madeFrom(const Code &C, const clang::VarDecl *Context);
  /// The tokens and contexts that the body is given by name: parameters and captures.
  llvm::SmallVector<const clang::VarDecl *, 2> given(const Code &C);
  /// The same, with parameters that are hand-written contexts.
  llvm::SmallVector<const clang::VarDecl *, 2> named(const Code &C);
  /// Returns true if the value is a token or context that is made from nothing: `stop_token{}`,
  /// `Context::background()`, `make_unique<ClientContext>()`; of hand-written contexts only by such a static member.
  /// Nobody who knows of a stop can end it.
  bool isFresh(const clang::Expr *E);
  /// How sure it is that a stop was seen when \p S runs.
  enum class Seen { No, Maybe, Surely };
  /// Surely: a question to a token was answered so, or a loop that only a stop ends is over. Maybe: some loop that asks
  /// a token is over. With \p Token, a question to that one.
  Seen stopSeen(Code &C, const clang::Stmt *S, const clang::VarDecl *Token = nullptr);
  /// The overload of the called function that takes a token or context besides the same parameters, or the function
  /// itself where its token is left to a default argument; null if there is none. \p Index is set to the parameter.
  const clang::FunctionDecl *withToken(const clang::CallExpr *Call, unsigned &Index);

private:
  bool isHandwritten(const clang::CXXRecordDecl *RD);
  bool asksHandwritten(const Code &C, const clang::Expr *E, const clang::VarDecl *Token);
  bool sameButToken(const clang::FunctionDecl *F, const clang::FunctionDecl *With, unsigned &Index);

  Unit &U;
  StopFacts &Stops;
  llvm::DenseMap<const clang::CXXRecordDecl *, bool> Handwritten;
};

} // namespace heddle

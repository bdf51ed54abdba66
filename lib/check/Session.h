// One run over one AST, shared by all Heddle checks that are enabled.
#pragma once

#include "flow/Unit.h"

#include "clang/ASTMatchers/ASTMatchFinder.h"

#include <memory>
#include <vector>

namespace clang::tidy {
class ClangTidyContext;
}

namespace heddle {

class TidyCheck;

/// Collects the functions that clang-tidy visits - so that its own choices (system headers, clangd's main file) hold -
/// and analyses them at the end of the unit. It is a match callback of its own, so that -enable-check-profile shows
/// the shared work as "heddle-engine" and not as whichever check came first.
class Session : public clang::ast_matchers::MatchFinder::MatchCallback {
public:
  /// The session of the checks that are being made for this context; made by the first, ended with the last.
  static std::shared_ptr<Session> join(clang::tidy::ClangTidyContext *Context, TidyCheck &Check);

  void leave(TidyCheck &Check);
  void registerMatchers(clang::ast_matchers::MatchFinder *Finder);
  void setModels(std::shared_ptr<const ModelSet> M) { Models = std::move(M); }
  bool hasModels() const { return Models != nullptr; }

  void run(const clang::ast_matchers::MatchFinder::MatchResult &Result) override;
  void onEndOfTranslationUnit() override;
  llvm::StringRef getID() const override { return "heddle-engine"; }

private:
  std::vector<TidyCheck *> Checks;
  bool Registered = false;
  std::shared_ptr<const ModelSet> Models;
  clang::ASTContext *Ctx = nullptr;
  std::vector<const clang::FunctionDecl *> Functions;
};

} // namespace heddle

#include "Session.h"
#include "TidyCheck.h"

#include "clang/ASTMatchers/ASTMatchers.h"

#include <map>
#include <mutex>
#include <set>

using namespace clang;
using namespace clang::ast_matchers;

namespace heddle {

std::shared_ptr<Session> Session::join(tidy::ClangTidyContext *Context, TidyCheck &Check) {
  // clangd runs clang-tidy on several threads, each with a context of its own.
  static std::mutex M;
  static std::map<tidy::ClangTidyContext *, std::weak_ptr<Session>> Open;
  std::lock_guard<std::mutex> Lock(M);
  for (auto It = Open.begin(); It != Open.end();)
    It = It->second.expired() ? Open.erase(It) : std::next(It);
  std::shared_ptr<Session> S = Open[Context].lock();
  if (!S)
    Open[Context] = S = std::make_shared<Session>();
  S->Checks.push_back(&Check);
  return S;
}

void Session::leave(TidyCheck &Check) { llvm::erase(Checks, &Check); }

void Session::registerMatchers(MatchFinder *Finder) {
  if (std::exchange(Registered, true))
    return;
  Finder->addMatcher(functionDecl(isDefinition()).bind("function"), this);
}

void Session::run(const MatchFinder::MatchResult &Result) {
  Ctx = Result.Context;
  Functions.push_back(Result.Nodes.getNodeAs<FunctionDecl>("function"));
}

void Session::onEndOfTranslationUnit() {
  if (!Ctx)
    return;
  Unit U(*Ctx, Models ? Models : ModelSet::builtin());
  llvm::DenseSet<const FunctionDecl *> Seen;
  for (const FunctionDecl *F : Functions)
    if (const FunctionDecl *Def = U.visible(F); Def && Seen.insert(Def).second)
      U.Functions.push_back(Def);
  for (TidyCheck *C : Checks)
    C->analyse(U);
  std::set<std::string> Wrong;
  for (const auto &[D, Text] : U.Models.annotationErrors())
    Wrong.insert(D->getLocation().printToString(Ctx->getSourceManager()) + ": annotation: " + Text);
  for (const std::string &W : Wrong)
    Checks.front()->misconfigured(W);
  Ctx = nullptr;
  Functions.clear();
}

} // namespace heddle

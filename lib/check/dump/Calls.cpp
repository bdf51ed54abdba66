// What flow/Calls.h answers, for Heddle's own tests.
#include "flow/Calls.h"
#include "check/Register.h"
#include "check/Reporter.h"

#include "clang/AST/ASTContext.h"
#include "clang/Lex/Lexer.h"

using namespace clang;

namespace heddle {
namespace {

constexpr std::pair<Effect, const char *> All[] = {
    {Effect::Waits, "waits"},     {Effect::Blocks, "blocks"},   {Effect::Sleeps, "sleeps"},
    {Effect::Joins, "joins"},     {Effect::Cancels, "cancels"}, {Effect::Closes, "closes"},
    {Effect::Spawns, "spawns"},   {Effect::Locks, "locks"},     {Effect::ObservesStop, "observes a stop"},
    {Effect::Fulfils, "fulfils"}, {Effect::Throws, "throws"},
};

std::string nameOf(const FunctionDecl *F) {
  const auto *M = dyn_cast<CXXMethodDecl>(F);
  return M && M->getParent()->isLambda() ? "lambda" : F->getNameAsString();
}

/// Of each function: what it leads to, who calls it, what overrides it; the chains of calls are the notes.
const UnitCheck Effects(
    {.Name = "dev-effects", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      auto &C = U.get<Calls>();
      for (const FunctionDecl *F : U.Functions) {
        std::string Text;
        std::vector<StoryLine> Notes;
        for (auto [What, Name] : All)
          if (const Witness *W = C.witness(F, What)) {
            auto Object = W->object();
            Text += std::string(Text.empty() ? "" : ", ") + Name + (Object ? " " + Object->name() : "");
            llvm::append_range(Notes, W->Calls);
            Notes.push_back({W->Loc, Name});
          }
        for (const CXXMethodDecl *M : C.overriders(dyn_cast<CXXMethodDecl>(F)))
          Text += "; overridden by " + M->getParent()->getNameAsString();
        for (const CallEdge &S : C.callers(F))
          Text += (S.Task ? "; handed over by " : "; called by ") + nameOf(S.In->Fn);
        if (!Text.empty())
          R.report(F->getLocation(), "effects: " + Text, Notes);
      }
    },
    /*Dev=*/true);

/// Of each call of a visible body: the arguments of its parameters, and what its object and the caller's own are called
/// on the other side.
const MatchCheck Arguments(
    {.Name = "dev-arguments", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      for (const CallEdge &S : C.U.get<Calls>().from(C)) {
        std::string Text = "call:";
        auto Across = [&](const std::string &Name, const Place &P) {
          if (auto Here = S.toCaller(P)) {
            auto Back = S.toCallee(*Here);
            Text += " " + Name + "=" + Here->name() + (Back && *Back == P ? "" : " (one way)");
          }
        };
        for (const ParmVarDecl *P : S.Callee->parameters()) {
          Place Root;
          Root.Root = P;
          const Expr *A = S.argument(P);
          if (!A)
            Text += " " + P->getNameAsString() + "?";
          else if (!S.toCaller(Root))
            Text += " " + P->getNameAsString() + "<-" +
                    Lexer::getSourceText(CharSourceRange::getTokenRange(A->getSourceRange()),
                                         C.U.Ctx.getSourceManager(), C.U.Ctx.getLangOpts())
                        .str();
          Across(P->getNameAsString(), Root);
          if (A && !S.Task && parameter(S.Site, S.Callee, A) != P)
            Text += " (not found again)";
        }
        Place Self;
        Self.This = true;
        Across("this", Self);
        R.report(S.Site->getExprLoc(), Text);
      }
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle

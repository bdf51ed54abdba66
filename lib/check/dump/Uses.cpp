// `heddle-dev-uses`: what is done with each variable and member, where it is named.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Uses.h"
#include "support/Walk.h"

#include "llvm/ADT/SetVector.h"

using namespace clang;

namespace heddle {
namespace {

std::string describe(const Use &X) {
  std::string Text;
  switch (X.Does) {
  case Use::Read: Text = "read"; break;
  case Use::Assign: Text = "assign"; break;
  case Use::Update: Text = "update"; break;
  case Use::Mutate: Text = "mutate"; break;
  case Use::Ask: Text = "ask"; break;
  case Use::Address: Text = "address"; break;
  case Use::Move: Text = "move"; break;
  case Use::ByReference: Text = "by reference"; break;
  case Use::ByCopy: Text = "by copy"; break;
  }
  Text += X.Of == Use::Part ? " part" : X.Of == Use::Behind ? " behind" : "";
  return Text + (X.Lambda && X.Mention ? " in lambda" : "");
}

const UnitCheck Check(
    {.Name = "dev-uses", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      llvm::SetVector<const ValueDecl *> Named;
      for (const FunctionDecl *F : U.Functions) {
        if (!U.code(F))
          continue;
        for (const ParmVarDecl *P : F->parameters())
          Named.insert(P);
        forEach<DeclRefExpr>(F->getBody(), [&](const DeclRefExpr *E) {
          if (isa<VarDecl>(E->getDecl()))
            Named.insert(E->getDecl());
        });
        if (const auto *M = dyn_cast<CXXMethodDecl>(F))
          for (const FieldDecl *Field : M->getParent()->fields())
            Named.insert(Field);
      }
      std::map<unsigned, std::pair<SourceLocation, std::string>> Lines; // one report a line
      const SourceManager &SM = U.Ctx.getSourceManager();
      for (const ValueDecl *D : Named)
        for (const Use &X : U.get<Uses>().everywhere(D)) {
          SourceLocation At = X.Mention ? X.Mention->getExprLoc() : X.Site->getBeginLoc();
          auto &[Loc, Text] = Lines[SM.getSpellingLineNumber(At)];
          Loc = Loc.isValid() ? Loc : At;
          Text += (Text.empty() ? "" : "; ") + D->getNameAsString() + " " + describe(X);
        }
      for (auto &[Line, Found] : Lines)
        R.report(Found.first, "use: " + Found.second);
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle

// `heddle-dev-throws`: the exceptions that may leave each function, and what they depend on.
#include "flow/Throws.h"
#include "check/Register.h"
#include "check/Reporter.h"

using namespace clang;

namespace heddle {
namespace {

std::string describe(const Thrown &T) {
  std::string Text = "throws: " + T.What;
  for (const StoryLine &L : T.Way)
    Text += L.Loc == T.Origin ? "" : "; " + L.Text;
  for (const ParmVarDecl *P : T.DecidedBy)
    Text += "; decided by " + P->getNameAsString();
  for (const auto &[P, Value] : T.Only)
    Text += "; only if " + P->getNameAsString() + (Value ? " is true" : " is false");
  if (T.Given)
    Text += "; as " + T.Given->getNameAsString() + " throws";
  if (T.Kept)
    Text += "; kept " + T.Kept->getNameAsString();
  return Text;
}

const UnitCheck Check(
    {.Name = "dev-throws", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      Throws Facts(U);
      for (const FunctionDecl *F : U.Functions)
        for (const Thrown &T : Facts.leaving(F))
          R.report(T.From ? T.From->getBeginLoc() : F->getLocation(), describe(T));
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle

// `heddle-dev-values`: where the results of functions named make… go, and where the arguments of `whence(x)` come from.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/ValueFlow.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {
namespace {

std::string describe(const Flow &F) {
  std::string To = F.To ? " " + F.To->name() + (F.To->Element ? "[]" : "") : "";
  switch (F.Goes) {
  case Flow::Unknown: return "unknown";
  case Flow::Dropped: return "dropped";
  case Flow::Declared: return "local" + To;
  case Flow::Assigned: return "assigned" + To;
  case Flow::Member: return "member " + F.Field->getNameAsString();
  case Flow::Element: return "element" + To;
  case Flow::Argument: return "argument " + std::to_string(F.Index);
  case Flow::Receiver: return "receiver";
  case Flow::Returned: return "returned";
  case Flow::Captured: return "captured";
  case Flow::Tested: return "tested";
  case Flow::Ignored: return "ignored";
  }
  return "";
}

std::string describe(const Origin &O) {
  std::string Text;
  for (const Origin::Step &S : O.Through)
    Text += cast<CallExpr>(S.Made)->getDirectCallee()->getNameAsString() + " ";
  if (const auto *Call = dyn_cast<CallExpr>(O.Made); Call && Call->getDirectCallee())
    return Text + Call->getDirectCallee()->getNameAsString() + "()";
  const auto *DR = dyn_cast<DeclRefExpr>(O.Made);
  return Text + (DR ? DR->getDecl()->getNameAsString() : O.Made->getStmtClassName());
}

const MatchCheck Check(
    {.Name = "dev-values", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      auto &Values = C.U.get<ValueFlow>();
      auto In = [&](const CallExpr *Call) {
        const FunctionDecl *F = Call->getDirectCallee();
        llvm::StringRef Name = F && F->getIdentifier() ? F->getName() : "";
        std::string Text;
        if (Name.starts_with("make"))
          for (const Flow &X : Values.ends(C, Call))
            Text += (Text.empty() ? "value: " : "; ") + describe(X);
        else if (Name == "whence")
          for (const Origin &O : Values.origins(C, Call->getArg(0)))
            Text += (Text.empty() ? "value: from " : "; ") + describe(O);
        if (!Text.empty())
          R.report(Call->getBeginLoc(), Text);
      };
      forEach<CallExpr>(C.Fn, heddle::Walk::NoLambdas, In);
    },
    nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle

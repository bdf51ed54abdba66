// `heddle-dev-matchers`: one pattern for each matcher of Matchers.h.
#include "check/PatternCheck.h"

using namespace clang;
using namespace clang::ast_matchers;

namespace heddle {
namespace {

Pattern shows(std::string Text, internal::Matcher<Stmt> M) {
  return {expr(M).bind("e"), [=](const Matched &Found, Reporter &R) {
            R.report(Found.get<Expr>("e")->getExprLoc(), "match: " + Text);
          }};
}

const PatternCheck Check({.Name = "dev-matchers", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""}, [] {
  auto Runs = [](auto... That) { return performs(Op::Spawn, That...); };
  return std::vector<Pattern>{
      shows("a thread that captures this", Runs(onObject(plays(Role::Thread)), handsOver(lambda(hasAnyCapture(
                                                                                    lambdaCapture(capturesThis())))))),
      shows("a joining local", Runs(onObject(plays(Role::JoiningThread), declaredBy(varDecl(hasLocalStorage()))))),
      shows("runs a function", Runs(handsOver(runs(functionDecl(hasName("work")))))),
      shows("a thread in an endless loop",
            expr(Runs(), inLoop(forStmt(unless(hasCondition(anything())))))),
      shows("a blocking send", performs(Op::Send, stating(Fact::Blocking))),
      shows("sleeps under a lock", expr(performs(Op::Sleep), holdingLock())),
      shows("a callee sleeps", callExpr(reaches(Op::Sleep), unless(performs(Op::Sleep)))),
      shows("an unused future", expr(hasType(cxxRecordDecl(hasName("future"))), endsUnused())),
      shows("notified by its own name", performs(Op::Notify, by(functionDecl(hasName("notify_all"))))),
      shows("may be deferred", Runs(mayBeDeferred())),
      shows("a stop callback", expr(ofRole(Role::StopCallback, Role::Latch), unless(declRefExpr()))),
      shows("names a mutex", expr(names(plays(Role::Mutex)), hasParent(unaryOperator(hasOperatorName("&"))))),
  };
}, nullptr, /*Dev=*/true);

} // namespace
} // namespace heddle

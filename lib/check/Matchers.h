// AST matchers over the vocabulary and the facts, to be mixed with Clang's own.
//
//   callExpr(performs(Op::Spawn, onObject(plays(Role::Thread)), handsOver(lambda(hasAnyCapture(capturesThis())))),
//            inLoop(), unless(holdingLock()))
//
// They ask the body that a PatternCheck looks at (PatternCheck.h) and match nothing anywhere else.
#pragma once

#include "flow/Code.h"

#include "clang/ASTMatchers/ASTMatchers.h"

#include <functional>

namespace heddle {

/// A condition on an event, an object or a task. Combined by listing several: all of them have to hold.
template <class Subject> using Condition = std::function<bool(Code &, const Subject &)>;
template <class Subject> using Conditions = std::vector<Condition<Subject>>;

// ---- statements ----------------------------------------------------------------------------------------------------

/// Matches a statement that does this operation, in a way that all conditions accept.
clang::ast_matchers::internal::Matcher<clang::Stmt> performs(Op Operation, Conditions<Event> That = {});
template <class... More>
clang::ast_matchers::internal::Matcher<clang::Stmt> performs(Op Operation, Condition<Event> First, More... Rest) {
  return performs(Operation, Conditions<Event>{std::move(First), Condition<Event>(std::move(Rest))...});
}
/// Matches a call from which, through visible callees, this operation is reached.
clang::ast_matchers::internal::Matcher<clang::Stmt> reaches(Op Operation);
/// Matches where a lock is surely held that the body has taken itself.
clang::ast_matchers::internal::Matcher<clang::Stmt> holdingLock();
/// Matches in the body or header of a loop that fits.
clang::ast_matchers::internal::Matcher<clang::Stmt> inLoop(clang::ast_matchers::StatementMatcher Loop);
clang::ast_matchers::internal::Matcher<clang::Stmt> inLoop();
/// Matches a full expression that makes an object which nobody takes; a cast to void takes it.
clang::ast_matchers::internal::Matcher<clang::Stmt> endsUnused();
/// Matches an expression whose value an expression makes that fits: behind casts, copies and moves.
clang::ast_matchers::internal::Matcher<clang::Stmt> madeBy(clang::ast_matchers::StatementMatcher Inner);
/// Matches an expression whose type plays one of the roles.
clang::ast_matchers::internal::Matcher<clang::Stmt> ofRole(std::vector<Role> Any);
template <class... More> clang::ast_matchers::internal::Matcher<clang::Stmt> ofRole(Role First, More... Rest) {
  return ofRole(std::vector<Role>{First, Rest...});
}
/// Matches an expression that names an object which fits.
clang::ast_matchers::internal::Matcher<clang::Stmt> names(Condition<Place> Object);

// ---- events --------------------------------------------------------------------------------------------------------

/// The event is about a known object which fits.
template <class... More> Condition<Event> onObject(Condition<Place> First, More... Rest) {
  return [All = Conditions<Place>{std::move(First), Condition<Place>(std::move(Rest))...}](Code &C, const Event &E) {
    return E.Object.valid() && llvm::all_of(All, [&](const Condition<Place> &X) { return X(C, E.Object); });
  };
}
/// One of the callables that are handed over fits.
Condition<Event> handsOver(Condition<CallableRef> Task);
/// The task may be put off until somebody asks for its result, or always is.
Condition<Event> mayBeDeferred();
/// The model states this fact of the operation.
Condition<Event> stating(Fact F);
/// The operation is done by a function that matches.
Condition<Event> by(clang::ast_matchers::internal::Matcher<clang::FunctionDecl> Callee);

// ---- objects and tasks ---------------------------------------------------------------------------------------------

/// The object, or what it leads to, plays the role.
Condition<Place> plays(Role R);
/// The variable or member that is the object matches.
Condition<Place> declaredBy(clang::ast_matchers::internal::Matcher<clang::ValueDecl> Declaration);

/// The callable is a lambda that matches.
Condition<CallableRef> lambda(clang::ast_matchers::internal::Matcher<clang::LambdaExpr> L);
/// The callable's body is visible and matches.
Condition<CallableRef> runs(clang::ast_matchers::internal::Matcher<clang::FunctionDecl> Body);

/// The body that matchers ask, for as long as this lives. Only PatternCheck makes one.
class MatchedBody {
public:
  explicit MatchedBody(Code &C);
  ~MatchedBody();

private:
  Code *Outer;
};

} // namespace heddle

// `for (auto &w : waiting_) if (w.id == answer.id) w.promise.set_value(answer);` and `find(answer.id)->second…`: the
// element is still there, as it was, when a second answer comes with that key.
#include "detectors.h"
#include "flow/Calls.h"
#include "flow/Classes.h"
#include "flow/EventIndex.h"
#include "flow/Guards.h"
#include "flow/LoopFacts.h"
#include "flow/MethodFacts.h"
#include "flow/Unwrap.h"
#include "flow/Uses.h"
#include "flow/ValueFlow.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle::double_fulfilment {

namespace {

/// The mention of the variable that leads to what the expression names, by members, pointers and iterators; or null.
const DeclRefExpr *rootOf(const Expr *E) {
  while ((E = unwrap(E))) {
    if (const auto *M = dyn_cast<MemberExpr>(E))
      E = M->getBase();
    else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E);
             O && (O->getOperator() == OO_Arrow || O->getOperator() == OO_Star) && O->getNumArgs() == 1)
      E = O->getArg(0);
    else if (const auto *U = dyn_cast<UnaryOperator>(E); U && U->getOpcode() == UO_Deref)
      E = U->getSubExpr();
    else
      break;
  }
  return dyn_cast_or_null<DeclRefExpr>(E);
}
const VarDecl *variableBehind(const Expr *E) {
  const DeclRefExpr *Root = rootOf(E);
  return Root ? dyn_cast<VarDecl>(Root->getDecl()) : nullptr;
}

/// Returns true if the expression reads part of a message that the body is given: `ack.command`, `header->id()`. A bare
/// number may as well come from somebody who answers each request once.
bool isOfMessage(const Code &C, const Expr *E) {
  E = unwrap(C.U.get<ValueFlow>().source(C, E));
  const auto *M = dyn_cast_or_null<MemberExpr>(E);
  const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(E);
  const Expr *Whole = M ? M->getBase() : Call ? Call->getImplicitObjectArgument() : nullptr;
  return Whole && isa_and_nonnull<ParmVarDecl>(variableBehind(Whole));
}

/// The two sides of a comparison by == or !=, however it is spelled.
std::optional<std::pair<const Expr *, const Expr *>> sidesOfEquality(const Expr *E) {
  E = unwrap(E);
  if (const auto *R = dyn_cast_or_null<CXXRewrittenBinaryOperator>(E)) {
    auto Form = R->getDecomposedForm();
    if (Form.Opcode == BO_EQ || Form.Opcode == BO_NE)
      return std::pair(unwrap(Form.LHS), unwrap(Form.RHS));
    return std::nullopt;
  }
  if (const auto *B = dyn_cast_or_null<BinaryOperator>(E); B && B->isEqualityOp())
    return std::pair(unwrap(B->getLHS()), unwrap(B->getRHS()));
  if (const auto *O = dyn_cast_or_null<CXXOperatorCallExpr>(E);
      O && (O->getOperator() == OO_EqualEqual || O->getOperator() == OO_ExclaimEqual) && O->getNumArgs() == 2)
    return std::pair(unwrap(O->getArg(0)), unwrap(O->getArg(1)));
  return std::nullopt;
}

/// A look-up of one element by a key that comes with a message, and nothing else that is asked on the way.
class LookUp {
public:
  /// \p Element leads to an element of the container.
  LookUp(Code &C, const FieldDecl *Container, const VarDecl *Element, const Event &Answer)
      : C(C), Container(Container), Element(Element), Answer(Answer) {}

  /// Returns true if the element is found by its key alone, and nothing is done to it but that it is answered.
  bool leavesItUnmarked() {
    ByKey = isFound(Element->getInit());
    for (const Guard &G : guards(C, Answer.Site)) {
      if (!looksUp(G.Condition)) // it may choose one message of several
        return false;
      Known.push_back(G.Condition);
    }
    for (const Stmt *Loop = enclosingLoop(C, Answer.Site); Loop; Loop = enclosingLoop(C, Loop))
      if (!isWalk(Loop))
        return false;
    return ByKey && !anyOf<CXXTryStmt>(C.Fn->getBody(), [](const CXXTryStmt *) { return true; }) &&
           llvm::all_of(C.U.get<Uses>().in(C, Element),
                        [&](const Use &X) { return X.Mention && isHarmless(X.Mention); });
  }

private:
  Code &C;
  const FieldDecl *Container;
  const VarDecl *Element;
  const Event &Answer;
  bool ByKey = false;
  llvm::SmallVector<const Stmt *, 4> Known; ///< conditions that look it up

  static bool calls(const Expr *E, llvm::StringRef Ending) {
    const auto *M = dyn_cast_or_null<CXXMemberCallExpr>(E);
    return M && M->getMethodDecl() && M->getMethodDecl()->getIdentifier() &&
           M->getMethodDecl()->getName().ends_with(Ending);
  }
  /// `pending_.find(answer.id)`
  bool isFound(const Expr *Init) const {
    const auto *M = dyn_cast_or_null<CXXMemberCallExpr>(unwrap(Init));
    return calls(M, "find") && M->getNumArgs() == 1 && thisField(M->getImplicitObjectArgument()) == Container &&
           isOfMessage(C, M->getArg(0));
  }
  bool looksUp(const Expr *Asks) {
    auto Sides = sidesOfEquality(Asks);
    if (!Sides)
      return false;
    for (auto [A, B] : {*Sides, std::pair(Sides->second, Sides->first)}) {
      if (variableBehind(A) != Element)
        continue;
      if (calls(B, "end"))
        return true;
      if (!isa<DeclRefExpr>(A) && isOfMessage(C, B))
        return ByKey = true;
    }
    return false;
  }
  /// `for (auto &x : waiting_)`, `for (auto it = waiting_.begin(); it != waiting_.end(); ++it)`
  bool isWalk(const Stmt *Loop) const {
    if (const auto *R = dyn_cast<CXXForRangeStmt>(Loop))
      return R->getLoopVariable() == Element;
    const auto *F = dyn_cast<ForStmt>(Loop);
    const auto *D = F ? dyn_cast_or_null<DeclStmt>(F->getInit()) : nullptr;
    return D && llvm::is_contained(D->decls(), Element);
  }
  /// Returns true if the mention makes the loop walk, looks the element up, is the answer itself, or reads a number.
  bool isHarmless(const Expr *E) const {
    const Loop *L = C.U.get<LoopFacts>().repeating(C, E);
    return (L && !within(C, E, loopBody(L->Statement))) || within(C, E, Answer.Site) ||
           llvm::any_of(Known, [&](const Stmt *Condition) { return within(C, E, Condition); }) || readsNumber(E);
  }
  bool readsNumber(const Expr *Mention) const {
    return anyOf<ImplicitCastExpr>(C.Fn->getBody(), Walk::NoLambdas, [&](const ImplicitCastExpr *Cast) {
      return Cast->getCastKind() == CK_LValueToRValue &&
             (Cast->getType()->isArithmeticType() || Cast->getType()->isEnumeralType()) &&
             rootOf(Cast->getSubExpr()) == Mention;
    });
  }
};

/// Returns true if one that calls the body answers for it that each message comes once. A loop reads messages as they
/// come, and a callback hands on what it is given.
bool isCalledForOnce(Unit &U, const FunctionDecl *Handler) {
  return llvm::any_of(U.get<Calls>().callers(Handler), [&](const CallEdge &X) {
    const auto *M = dyn_cast<CXXMethodDecl>(X.In->Fn);
    bool HandsOn = M && M->getParent()->isLambda() && mentionsParameter(X.Site);
    return !X.Task && !inLoop(*X.In, X.Site) && !HandsOn;
  });
}

/// Returns true if the handler, or what it calls, does anything else to the container than to look and to fulfil.
bool takesAway(Unit &U, const FunctionDecl *Handler, const FieldDecl *Container) {
  return U.get<Calls>()
      .find(Handler,
            [&](const Code &, const Event &E) {
              return E.Object.This && !E.Object.Path.empty() && E.Object.Path.front() == Container &&
                     E.Kind != Op::Fulfil && E.Kind != Op::Test && E.Kind != Op::Self && E.Kind != Op::GetFuture;
            })
      .has_value();
}

/// Returns true if a promise is put in the place of the one in this member anywhere.
bool isRenewed(Unit &U, const FieldDecl *Promise) {
  return llvm::any_of(U.get<EventIndex>().about(Promise),
                      [](const IndexedEvent &X) { return X.What->Kind == Op::Reset || X.What->Kind == Op::Move; });
}

/// The container in which the event fulfils a promise that stays there and can be fulfilled again; or null.
const FieldDecl *staysIn(Unit &U, Code &C, const Event &E) {
  const auto *Call = E.Kind == Op::Fulfil ? dyn_cast_or_null<CXXMemberCallExpr>(E.Site) : nullptr;
  const Expr *Object = Call ? Call->getImplicitObjectArgument() : nullptr;
  const TypeModel *T = Object ? U.type(U.pointee(Object->getType())) : nullptr;
  const VarDecl *Element = T && !T->With.has(Fact::Idempotent) ? variableBehind(Object) : nullptr;
  auto In = Element ? C.elementOf(Element) : std::nullopt;
  if (!In || !In->This || In->Path.size() != 1 || (U.inferred(U.record(Object)) && !E.may(Fact::Refuses)))
    return nullptr;
  const FieldDecl *Container = In->Path.front();
  const auto *Promise = dyn_cast<MemberExpr>(unwrap(Object));
  const auto *Field = Promise ? dyn_cast<FieldDecl>(Promise->getMemberDecl()) : nullptr;
  bool Renewed = Field && !isPair(Field->getParent()) && isRenewed(U, Field);
  bool Stays = !Renewed && LookUp(C, Container, Element, E).leavesItUnmarked() && !takesAway(U, C.Fn, Container) &&
               !isCalledForOnce(U, C.Fn);
  return Stays ? Container : nullptr;
}

} // namespace

void reportKeyed(Unit &U, Reporter &R) {
  for (Code *C : bodies(U)) {
    const auto *M = dyn_cast<CXXMethodDecl>(C->Fn);
    if (!M || M->getParent()->isLambda() || isa<CXXConstructorDecl, CXXDestructorDecl>(M))
      continue;
    for (const Event &E : C->Events)
      if (const FieldDecl *Container = staysIn(U, *C, E))
        R.report(E.loc(),
                 ("the fulfilled promise stays in '" + Container->getName() +
                  "'; a second message with the same key fulfils it again, which throws 'promise_already_satisfied'; "
                  "erase the element, or mark it as answered")
                     .str());
  }
}

} // namespace heddle::double_fulfilment

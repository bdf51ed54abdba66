// `results[i].get()` and `it->get()`, twice in one iteration.
#include "detectors.h"
#include "check/Reporter.h"
#include "flow/Order.h"
#include "flow/Uses.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {
namespace {

/// By what an element is chosen: an index that is a variable or a constant, or an iterator.
struct Choice {
  const ValueDecl *By = nullptr;
  std::optional<llvm::APSInt> Constant;
  bool Iterator = false;

  bool valid() const { return By || Constant; }
  bool operator==(const Choice &O) const {
    return By == O.By && Constant.has_value() == O.Constant.has_value() &&
           (!Constant || llvm::APSInt::isSameValue(*Constant, *O.Constant));
  }
};

const Expr *indexIn(const Expr *Element) {
  Element = Element->IgnoreParenImpCasts();
  if (const auto *A = dyn_cast<ArraySubscriptExpr>(Element))
    return A->getIdx();
  if (const auto *O = dyn_cast<CXXOperatorCallExpr>(Element))
    return O->getOperator() == OO_Subscript && O->getNumArgs() == 2 ? O->getArg(1) : nullptr;
  const auto *M = dyn_cast<CXXMemberCallExpr>(Element);
  return M && M->getNumArgs() == 1 ? M->getArg(0) : nullptr; // at()
}

Choice chosen(Code &C, const Event &Read) {
  Choice By;
  const ValueDecl *Root = Read.Object.Path.empty() ? Read.Object.Root : nullptr;
  if (Root && !Read.Object.Element && C.U.role(Root->getType()) == Role::None && C.elementOf(Root)) {
    By.By = Root;
    By.Iterator = true;
    return By;
  }
  const auto *Call = Read.Object.Element ? dyn_cast_or_null<CXXMemberCallExpr>(Read.Site) : nullptr;
  const Expr *Index = Call ? indexIn(Call->getImplicitObjectArgument()) : nullptr;
  if (!Index || Index->isValueDependent())
    return By;
  Expr::EvalResult X;
  if (Index->EvaluateAsInt(X, C.U.Ctx))
    By.Constant = X.Val.getInt();
  else if (const auto *DR = dyn_cast<DeclRefExpr>(Index->IgnoreParenImpCasts()))
    By.By = DR->getDecl();
  return By;
}

/// Returns true if the second read comes after the first on every path, and nothing need happen to the element or to
/// what chooses it in between.
bool readsAgain(Code &C, const Event &First, const Event &Next, const Choice &By) {
  auto Changes = [&](const Stmt *S) {
    if (By.By &&
        llvm::any_of(C.U.get<Uses>().in(C, By.By), [&](const Use &X) { return X.Site == S && X.is(Use::Stores); }))
      return true;
    return llvm::any_of(C.at(S), [&](unsigned I) {
      return C.Events[I].Object == First.Object && C.Events[I].Kind != Op::Consume;
    });
  };
  auto &Of = C.U.get<Order>();
  return Of.dominates(C, First.Site, Next.Site) && Of.reaches(C, First.Site, Next.Site, Changes);
}

} // namespace

void future_read_twice::elements(Code &C, Reporter &R) {
  for (unsigned I = 0; I != C.Events.size(); ++I) {
    const Event &First = C.Events[I];
    Choice By = First.Kind == Op::Consume && First.Object.valid() ? chosen(C, First) : Choice();
    if (!By.valid())
      continue;
    for (const Event &Next : llvm::ArrayRef(C.Events).drop_front(I + 1)) {
      if (Next.Kind != Op::Consume || !(Next.Object == First.Object) || !(chosen(C, Next) == By) ||
          !readsAgain(C, First, Next, By))
        continue;
      std::string Which = By.Iterator ? "the future that '" + By.By->getNameAsString() + "' refers to"
                                      : "the future in '" + First.Object.name() + "'";
      R.report(Next.loc(),
               Which + " is read a second time on this path; the first read took the value, and this one throws "
                       "'no_state' or is undefined; keep the value",
               {{First.loc(), "it is read here first"}});
      break;
    }
  }
}

} // namespace heddle

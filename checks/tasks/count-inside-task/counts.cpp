#include "counts.h"
#include "flow/Calls.h"
#include "flow/Expressions.h"
#include "flow/LoopFacts.h"
#include "flow/MakeFacts.h"
#include "flow/Mentions.h"
#include "flow/Order.h"
#include "flow/Unwrap.h"
#include "flow/Uses.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {
using namespace count_inside_task;

const ValueDecl *count_inside_task::keyOf(const Place &P) { return P.Element ? nullptr : P.last(); }
const ValueDecl *count_inside_task::keyOf(const Code &C, const Expr *E) {
  auto P = C.place(E);
  return P ? keyOf(*P) : nullptr;
}

const Expr *count_inside_task::counted(const Stmt *S, bool &Up, const Expr *&By) {
  if (const auto *O = dyn_cast<UnaryOperator>(S); O && O->isIncrementDecrementOp()) {
    Up = O->isIncrementOp();
    return O->getSubExpr();
  }
  if (const auto *B = dyn_cast<BinaryOperator>(S);
      B && (B->getOpcode() == BO_AddAssign || B->getOpcode() == BO_SubAssign)) {
    Up = B->getOpcode() == BO_AddAssign;
    By = B->getRHS();
    return B->getLHS();
  }
  if (const auto *O = dyn_cast<CXXOperatorCallExpr>(S); O && O->getNumArgs()) {
    OverloadedOperatorKind K = O->getOperator();
    if (K == OO_PlusPlus || K == OO_MinusMinus || K == OO_PlusEqual || K == OO_MinusEqual) {
      Up = K == OO_PlusPlus || K == OO_PlusEqual;
      By = K == OO_PlusEqual || K == OO_MinusEqual ? O->getArg(1) : nullptr;
      return O->getArg(0);
    }
  }
  if (const auto *M = dyn_cast<CXXMemberCallExpr>(S))
    if (const CXXMethodDecl *D = M->getMethodDecl(); D && D->getIdentifier() && D->getParent()->isInStdNamespace())
      if (D->getName() == "fetch_add" || D->getName() == "fetch_sub") {
        Up = D->getName() == "fetch_add";
        By = M->getNumArgs() ? M->getArg(0) : nullptr;
        return M->getImplicitObjectArgument();
      }
  return nullptr;
}
const Expr *count_inside_task::counted(const Stmt *S) {
  bool Up = false;
  const Expr *By = nullptr;
  return counted(S, Up, By);
}

static bool isNegative(const Expr *E, const ASTContext &Ctx) {
  auto N = constantInteger(E, Ctx);
  return N && *N < 0;
}

static const ParmVarDecl *parameterIn(const Expr *E) {
  const auto *DR = E ? dyn_cast<DeclRefExpr>(E->IgnoreParenImpCasts()) : nullptr;
  return DR ? dyn_cast<ParmVarDecl>(DR->getDecl()) : nullptr;
}

const std::vector<CountStep> &CountSteps::of(Code &C) {
  if (Known.try_emplace(&C).second) // in recursion there is nothing new
    Known[&C] = find(C);
  return Known[&C];
}

std::vector<CountStep> CountSteps::find(Code &C) {
  std::vector<CountStep> Out;
  forEach<Stmt>(C.Fn->getBody(), Walk::NoLambdas, [&](const Stmt *S) {
    bool Up = false;
    const Expr *By = nullptr;
    const Expr *E = counted(S, Up, By);
    if (const ValueDecl *K = E ? keyOf(C, E) : nullptr)
      Out.push_back({K, Up != isNegative(By, U.Ctx), {{S, S->getBeginLoc()}}, Up ? parameterIn(By) : nullptr});
  });
  for (const Event &E : C.Events) {
    bool Counts = (E.Kind == Op::Enter || E.Kind == Op::Leave) && E.Object.valid();
    if (const ValueDecl *K = Counts ? keyOf(E.Object) : nullptr)
      Out.push_back({K, E.Kind == Op::Enter, {{E.Site, E.loc()}}});
    // A hand-written one may have another name where it is waited for; the count inside has one.
    if ((Counts || E.Kind == Op::Call) && E.Callee)
      through(C, E, Out);
  }
  for (CountStep &X : Out) {
    const Stmt *Site = X.Way.front().first;
    X.Looped |= enclosingLoop(C, Site) != nullptr;
    X.Late |= llvm::any_of(C.Events, [&](const Event &E) {
      return (E.Kind == Op::Extract || E.Kind == Op::Receive || E.Kind == Op::TryReceive) && E.Site &&
             U.get<Order>().reaches(C, E.Site, Site);
    });
  }
  return Out;
}

/// The steps of a callee, in the caller's names: members keep theirs, parameters become arguments.
void CountSteps::through(const Code &C, const Event &Call, std::vector<CountStep> &Out) {
  Code *Inner = U.code(Call.Callee);
  const auto *Site = dyn_cast<Expr>(Call.Site);
  if (!Inner || Inner == &C || !Site)
    return;
  const auto *Ctor = dyn_cast<CXXConstructorDecl>(Inner->Fn);
  auto Given = [&](const ParmVarDecl *P) -> const Expr * {
    return P->getDeclContext() == static_cast<const DeclContext *>(Inner->Fn) ? argument(Site, P) : nullptr;
  };
  auto Named = [&](const ValueDecl *K) -> const ValueDecl * {
    const auto *P = dyn_cast<ParmVarDecl>(K);
    const auto *Member = dyn_cast<FieldDecl>(K);
    // A guard that counts holds the counter by reference.
    if (Member && Ctor && (Member->getType()->isReferenceType() || Member->getType()->isPointerType()))
      for (const CXXCtorInitializer *I : Ctor->inits())
        if (I->getMember() == Member && I->getInit())
          P = dyn_cast_or_null<ParmVarDecl>(keyOf(*Inner, I->getInit()));
    if (!P)
      return K;
    const Expr *A = Given(P);
    return A ? keyOf(C, A) : nullptr;
  };
  auto Take = [&](const std::vector<CountStep> &Of) {
    for (CountStep X : Of) {
      if (X.Way.size() > 4 || !(X.Key = Named(X.Key)))
        continue;
      if (const Expr *A = X.By ? Given(X.By) : nullptr) {
        X.Up = !isNegative(A, U.Ctx);
        X.By = parameterIn(A);
      } else {
        X.By = nullptr;
      }
      X.Way.insert(X.Way.begin(), {Call.Site, Call.loc()});
      Out.push_back(std::move(X));
    }
  };
  Take(of(*Inner));
  const CXXDestructorDecl *End = Ctor ? Ctor->getParent()->getDestructor() : nullptr;
  if (Code *Dtor = End ? U.code(End) : nullptr)
    Take(of(*Dtor));
}

bool count_inside_task::asksForZero(const Code &C, const Expr *Condition, const ValueDecl *Key) {
  bool Zero = false, Bare = true;
  auto IsFew = [&](const Expr *E) {
    auto N = constantInteger(E, C.U.Ctx);
    return N == 0 || N == 1;
  };
  bool Others = anyOf<BinaryOperator>(Condition, [&](const BinaryOperator *B) {
    if (B->isComparisonOp()) {
      Bare = false;
      Zero |= IsFew(B->getLHS()) || IsFew(B->getRHS());
    }
    return B->isLogicalOp();
  });
  return !Others && (Zero || Bare) && mentions(Condition, Key);
}

/// Returns true if the loop does something that may lower what it waits for, as the iterations of an event loop do.
static bool works(const Stmt *Loop) {
  return anyOf<CallExpr>(loopBody(Loop), Walk::WithImplicit, [](const CallExpr *Call) {
    const FunctionDecl *F = Call->getDirectCallee();
    for (const DeclContext *In = F ? F->getDeclContext() : nullptr; In; In = In->getParent())
      if (In->isStdNamespace())
        return false;
    return true;
  });
}

/// Returns true if the event waits for the count to be zero: a group, an atomic, a condition with such a predicate.
static bool waitsForZero(const Code &C, const Event &E, const ValueDecl *Key) {
  if ((E.Kind == Op::Wait || (E.Kind == Op::WaitCondition && C.U.role(Key->getType()) == Role::Atomic)) &&
      E.Object.valid() && keyOf(E.Object) == Key)
    return true;
  auto Asks = [&](const CallableRef &R) {
    const Code *Predicate = R.Body ? C.U.code(R.Body) : nullptr;
    const Expr *Asked = Predicate ? onlyReturned(Predicate->Fn) : nullptr;
    if (!Asked)
      return false;
    const ValueDecl *There = Key; // a function with an argument knows the count by its parameter
    for (unsigned P = 0; P < std::min<unsigned>(R.Args.size(), Predicate->Fn->getNumParams()); ++P)
      if (R.Args[P] && keyOf(C, R.Args[P]) == Key)
        There = Predicate->Fn->getParamDecl(P);
    return asksForZero(*Predicate, Asked, There);
  };
  // The wait runs its predicate.
  return E.Kind == Op::WaitCondition && E.Site && llvm::any_of(C.at(E.Site), [&](unsigned I) {
           return C.Events[I].Kind == Op::RunNow && llvm::any_of(C.Events[I].Tasks, Asks);
         });
}

std::optional<Waiter> count_inside_task::waiter(Unit &U, const ValueDecl *Key, llvm::ArrayRef<const Code *> NotIn,
                                                bool Idly) {
  for (Code *C : bodies(U)) {
    if (llvm::is_contained(NotIn, C))
      continue;
    for (const Event &E : C->Events)
      if (waitsForZero(*C, E, Key))
        return Waiter{C, E.loc()};
    for (const Loop *L : U.get<LoopFacts>().in(*C)) {
      const Expr *Cond = loopCondition(L->Statement);
      bool Changes = Cond && llvm::any_of(U.get<Uses>().in(*C, Key), [&](const Use &X) {
                       return X.is(Use::Writes) && counted(X.Site) && within(*C, X.Site, loopBody(L->Statement));
                     });
      if (Cond && !Changes && asksForZero(*C, Cond, Key) && !(Idly && works(L->Statement)))
        return Waiter{C, Cond->getBeginLoc()};
    }
  }
  return std::nullopt;
}

CountSteps::CountSteps(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<CountSteps>(Unit &);

} // namespace heddle

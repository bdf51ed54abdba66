#include "ValueFlow.h"
#include "MakeFacts.h"
#include "Mentions.h"
#include "Unwrap.h"
#include "Uses.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/Builtins.h"

using namespace clang;

namespace heddle {

namespace {

constexpr unsigned MaxDepth = 4;

bool isMove(const Expr *E) {
  const auto *Call = dyn_cast_or_null<CallExpr>(E);
  switch (Call && Call->getDirectCallee() ? Call->getDirectCallee()->getBuiltinID() : 0) {
  case Builtin::BImove:
  case Builtin::BImove_if_noexcept:
  case Builtin::BIforward:
    return true;
  default:
    return false;
  }
}

/// Returns true if the constructed object takes the place of its operand: a copy, a move, a conversion.
bool isCopy(const CXXConstructExpr *E) {
  unsigned Written = llvm::count_if(E->arguments(), [](const Expr *A) { return !A->isDefaultArgument(); });
  return Written == 1 && !E->getConstructor()->isDefaultConstructor() &&
         (E->getConstructor()->isCopyOrMoveConstructor() || E->getConstructor()->isConvertingConstructor(true));
}

/// The full expressions whose values a statement takes: conditions, initialisers, operands.
bool takes(const Stmt *S, const Stmt *Child) {
  if (isa<Expr, DeclStmt, ReturnStmt, CoreturnStmt>(S))
    return true;
  if (const auto *X = dyn_cast<IfStmt>(S))
    return Child == X->getCond();
  if (const auto *X = dyn_cast<WhileStmt>(S))
    return Child == X->getCond();
  if (const auto *X = dyn_cast<DoStmt>(S))
    return Child == X->getCond();
  if (const auto *X = dyn_cast<ForStmt>(S))
    return Child == X->getCond();
  if (const auto *X = dyn_cast<SwitchStmt>(S))
    return Child == X->getCond();
  if (const auto *X = dyn_cast<CaseStmt>(S))
    return Child == X->getLHS() || Child == X->getRHS();
  if (const auto *X = dyn_cast<CXXForRangeStmt>(S))
    return Child != X->getBody();
  return false;
}

} // namespace

void ValueFlow::dropped(const Code &C, llvm::function_ref<void(const Expr *)> Found) {
  auto In = [&](auto &Self, const Stmt *S) -> void {
    for (const Stmt *Child : S->children()) {
      if (!Child || takes(S, Child))
        continue;
      const auto *E = dyn_cast<Expr>(Child);
      if (!E)
        Self(Self, Child);
      else if (!E->getType()->isVoidType() || !isa<ExplicitCastExpr>(unwrap(E)))
        Found(E);
    }
  };
  if (const Stmt *Body = C.Fn->getBody())
    In(In, Body);
}

// ---- forwards -------------------------------------------------------------------------------------------------------

namespace {

/// The member of the aggregate that this operand of its list initialises, or null.
const FieldDecl *memberOf(const InitListExpr *List, const Expr *Operand) {
  const InitListExpr *Meant = List->isSemanticForm() ? List : List->getSemanticForm();
  const CXXRecordDecl *RD = List->getType()->getAsCXXRecordDecl();
  if (!Meant || !RD || RD->getNumBases())
    return nullptr;
  unsigned I = 0;
  for (const FieldDecl *F : RD->fields())
    if (I < Meant->getNumInits() && unwrap(Meant->getInit(I++)) == unwrap(Operand))
      return F->getCanonicalDecl();
  return nullptr;
}

/// The variable that the statement declares with this value.
const VarDecl *declared(const DeclStmt *S, const Expr *E) {
  for (const Decl *D : S->decls())
    if (const auto *V = dyn_cast<VarDecl>(D); V && V->getInit() && unwrap(V->getInit()) == unwrap(E))
      return V;
  return S->isSingleDecl() ? dyn_cast<VarDecl>(S->getSingleDecl()) : nullptr;
}

} // namespace

namespace {

/// The expression around this one that still is its value: a copy, a move, the chosen branch of a conditional operator;
/// or null.
const Expr *carried(const Code &C, const Expr *E, const Stmt *By) {
  if (const auto *CE = dyn_cast<CXXConstructExpr>(By))
    return isCopy(CE) ? CE : nullptr;
  if (isa<CXXNewExpr, CXXStdInitializerListExpr>(By))
    return cast<Expr>(By);
  if (const auto *List = dyn_cast<InitListExpr>(By)) // of an array, or around a single value
    return memberOf(List, E) ? nullptr : List;
  if (const auto *Cond = dyn_cast<ConditionalOperator>(By))
    return Cond->getCond() != E ? Cond : nullptr;
  if (const auto *B = dyn_cast<BinaryOperator>(By))
    return B->getOpcode() == BO_Comma && B->getRHS() == E ? B : nullptr;
  if (const auto *M = dyn_cast<MemberExpr>(By)) {
    // `f.share()`: the object that is made is the same result in another shape.
    const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(C.parent(M));
    return Call && llvm::any_of(C.at(Call),
                                [&](unsigned I) {
                                  return C.Events[I].Kind == Op::Consume && C.Events[I].may(Fact::NonBlocking);
                                })
               ? Call
               : nullptr;
  }
  const auto *Call = dyn_cast<CallExpr>(By);
  return isMove(Call) ? Call : nullptr;
}

template <class Call> unsigned argument(const Call *C, const Expr *E) {
  return llvm::find_if(C->arguments(), [&](const Expr *A) { return unwrap(A) == unwrap(E); }) - C->arg_begin();
}

Place ownMember(const FieldDecl *F) {
  Place P;
  P.This = true;
  P.Path.push_back(F);
  return P;
}

/// The member that the initialiser in a constructor's list makes, or null.
const FieldDecl *initialised(const Code &C, const Expr *E) {
  if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(C.Fn))
    for (const CXXCtorInitializer *I : Ctor->inits())
      if (I->getInit() == E && I->getAnyMember())
        return I->getAnyMember();
  return nullptr;
}

} // namespace

Flow ValueFlow::next(const Code &C, const Expr *E) {
  Flow F;
  while (true) {
    F.By = C.user(E); // E is then the outermost expression that the user takes
    F.Value = E;
    if (const auto *Cast = dyn_cast<ExplicitCastExpr>(E); Cast && Cast->getType()->isVoidType()) {
      F.By = Cast;
      F.Goes = Flow::Ignored;
      return F;
    }
    const Expr *Around = F.By ? carried(C, E, F.By) : nullptr;
    if (!Around)
      break;
    E = Around;
  }
  if (const auto *By = dyn_cast_or_null<Expr>(F.By)) {
    takenBy(C, By, F);
  } else if (!F.By) {
    F.Field = initialised(C, E);
    if (F.Field) {
      F.To = ownMember(F.Field);
      F.Goes = Flow::Member;
    }
  } else if (const auto *D = dyn_cast<DeclStmt>(F.By)) {
    F.Var = declared(D, E);
    if (F.Var) {
      F.To.emplace();
      F.To->Root = F.Var;
      F.Goes = Flow::Declared;
    }
  } else if (isa<ReturnStmt, CoreturnStmt>(F.By)) {
    F.Goes = Flow::Returned;
  } else {
    F.Goes = takes(F.By, E) ? Flow::Tested : Flow::Dropped;
  }
  return F;
}

void ValueFlow::takenBy(const Code &C, const Expr *By, Flow &F) {
  const Expr *E = F.Value;
  if (isa<LambdaExpr>(By)) {
    F.Goes = Flow::Captured;
  } else if (const auto *CE = dyn_cast<CXXConstructExpr>(By)) {
    F.Index = argument(CE, E);
    F.Goes = Flow::Argument;
  } else if (const auto *List = dyn_cast<InitListExpr>(By)) {
    F.Field = memberOf(List, E);
    F.Goes = Flow::Member;
  } else if (const auto *B = dyn_cast<BinaryOperator>(By)) {
    bool Assigned = B->getOpcode() == BO_Assign && B->getRHS() == E;
    if (Assigned)
      F.To = C.place(B->getLHS());
    F.Goes = Assigned ? Flow::Assigned : B->getOpcode() == BO_Comma ? Flow::Dropped : Flow::Tested;
  } else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(By)) {
    takenByOperator(C, O, F);
  } else if (const auto *M = dyn_cast<MemberExpr>(By)) {
    if (const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(C.parent(M)))
      F.By = Call;
    F.Goes = Flow::Receiver;
  } else if (const auto *Call = dyn_cast<CallExpr>(By)) {
    takenByCall(C, Call, F);
  } else if (isa<ConditionalOperator, UnaryOperator>(By)) {
    F.Goes = Flow::Tested;
  }
}

void ValueFlow::takenByOperator(const Code &C, const CXXOperatorCallExpr *O, Flow &F) {
  unsigned I = llvm::find(O->arguments(), F.Value) - O->arg_begin(), First = firstArgument(*O);
  if (O->getOperator() == OO_Equal && O->getNumArgs() == 2 && I == 1) {
    F.To = C.place(O->getArg(0));
    F.Goes = Flow::Assigned;
  } else if (I >= First && I < O->getNumArgs()) {
    F.Index = I - First;
    F.Goes = Flow::Argument;
  } else {
    F.Goes = Flow::Receiver;
  }
}

void ValueFlow::takenByCall(const Code &C, const CallExpr *Call, Flow &F) {
  const auto *Member = dyn_cast<CXXMemberCallExpr>(Call);
  const Expr *Obj = Member ? Member->getImplicitObjectArgument() : nullptr;
  F.Index = llvm::find(Call->arguments(), F.Value) - Call->arg_begin();
  F.Goes = Flow::Argument;
  if (Obj && U.role(Obj->getType()) == Role::Container)
    if (auto In = C.place(Obj)) {
      In->Element = true;
      F.To = In;
      F.Goes = Flow::Element;
      return;
    }
  const TypeModel *T = Obj ? U.type(Obj->getType()) : nullptr;
  const FunctionDecl *Callee = Call->getDirectCallee();
  if (T && T->Plays == Role::SmartPointer && Callee && Callee->getIdentifier() && Callee->getName() == "reset") {
    F.To = C.place(Obj);
    F.Goes = Flow::Assigned;
  }
}

/// Returns true if the variable is used.
bool ValueFlow::ends(const Code &C, const VarDecl *V, unsigned Depth, llvm::SmallVectorImpl<Flow> &Into) {
  bool Used = false;
  for (const Use &X : U.get<Uses>().in(C, V)) {
    if (X.Of != Use::Itself || X.is(Use::Stores))
      continue;
    Used = true;
    if (!X.Mention) {
      Flow &Held = Into.emplace_back();
      Held.Goes = Flow::Captured;
      Held.By = X.Site;
    } else if (!X.Lambda)
      ends(C, next(C, X.Mention), Depth + 1, Into);
  }
  return Used;
}

void ValueFlow::ends(const Code &C, Flow F, unsigned Depth, llvm::SmallVectorImpl<Flow> &Into) {
  if (F.Goes != Flow::Declared || !F.Var->hasLocalStorage() || Depth == MaxDepth || !ends(C, F.Var, Depth, Into))
    Into.push_back(std::move(F));
}

llvm::SmallVector<Flow, 2> ValueFlow::ends(const Code &C, const VarDecl *V) {
  llvm::SmallVector<Flow, 2> All;
  ends(C, V, 0, All);
  return All;
}

llvm::SmallVector<Flow, 2> ValueFlow::ends(const Code &C, const Expr *E) {
  llvm::SmallVector<Flow, 2> All;
  ends(C, next(C, E), 0, All);
  return All;
}

// ---- backwards ------------------------------------------------------------------------------------------------------

const Expr *ValueFlow::behindCopies(const Expr *E) {
  for (E = unwrap(E); E; E = unwrap(E)) {
    if (const auto *CE = dyn_cast<CXXConstructExpr>(E); CE && isCopy(CE))
      E = CE->getArg(0);
    else if (isMove(E))
      E = cast<CallExpr>(E)->getArg(0);
    else if (const auto *Cast = dyn_cast<CXXFunctionalCastExpr>(E))
      E = Cast->getSubExpr();
    else
      break;
  }
  return E;
}

const Expr *ValueFlow::source(const Code &C, const Expr *E) {
  for (unsigned Depth = 0; Depth != MaxDepth; ++Depth) {
    E = behindCopies(E);
    const auto *DR = dyn_cast_or_null<DeclRefExpr>(E);
    const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
    if (!V || !V->getInit() || isa<ParmVarDecl>(V) || !V->hasLocalStorage() ||
        llvm::any_of(U.get<Uses>().in(C, V), [](const Use &X) { return X.Of != Use::Behind && X.is(Use::Stores); }))
      break;
    E = V->getInit();
  }
  return E;
}

void ValueFlow::origins(Origin From, unsigned Depth, llvm::SmallVectorImpl<Origin> &Into) {
  From.Made = source(*From.In, From.Made);
  if (!From.Made)
    return;
  if (const auto *Cond = dyn_cast<ConditionalOperator>(From.Made)) {
    for (const Expr *Branch : {Cond->getTrueExpr(), Cond->getFalseExpr()}) {
      Origin X = From;
      X.Made = Branch;
      origins(std::move(X), Depth, Into);
    }
    return;
  }
  const auto *Call = dyn_cast<CallExpr>(From.Made);
  const FunctionDecl *Def = Call && Depth != MaxDepth ? U.visible(Call->getDirectCallee()) : nullptr;
  const Code *Callee = Def && Def != From.In->Fn ? U.code(Def) : nullptr;
  bool Leads = false;
  if (Callee)
    for (const ReturnStmt *R : returnsIn(Def->getBody()))
      if (R->getRetValue()) {
        Origin X{Callee, R->getRetValue(), From.Through};
        X.Through.push_back({From.In, Call});
        origins(std::move(X), Depth + 1, Into);
        Leads = true;
      }
  if (!Leads)
    Into.push_back(std::move(From));
}

llvm::SmallVector<Origin, 1> ValueFlow::origins(const Code &C, const Expr *E) {
  llvm::SmallVector<Origin, 1> All;
  origins({&C, E, {}}, 0, All);
  return All;
}

llvm::SmallVector<Origin, 1> ValueFlow::returned(const FunctionDecl *F) {
  llvm::SmallVector<Origin, 1> All;
  const FunctionDecl *Def = U.visible(F);
  if (const Code *C = Def ? U.code(Def) : nullptr)
    for (const ReturnStmt *R : returnsIn(Def->getBody()))
      if (R->getRetValue())
        origins({C, R->getRetValue(), {}}, 0, All);
  return All;
}

ValueFlow::ValueFlow(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<ValueFlow>(Unit &);

} // namespace heddle

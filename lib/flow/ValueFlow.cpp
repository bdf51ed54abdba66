#include "ValueFlow.h"
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

Flow ValueFlow::next(const Code &C, const Expr *E) {
  Flow F;
  auto Is = [&](Flow::Kind K, const Stmt *By) {
    F.Goes = K;
    F.Value = E;
    F.By = By;
    return F;
  };
  while (true) {
    const Stmt *P = C.user(E);
    if (const auto *Cast = dyn_cast<ExplicitCastExpr>(E); Cast && Cast->getType()->isVoidType())
      return Is(Flow::Ignored, Cast);
    if (!P) {
      if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(C.Fn))
        for (const CXXCtorInitializer *I : Ctor->inits())
          if (I->getInit() == E && I->getAnyMember()) {
            F.Field = I->getAnyMember();
            F.To.emplace();
            F.To->This = true;
            F.To->Path.push_back(F.Field);
            return Is(Flow::Member, nullptr);
          }
      return Is(Flow::Unknown, nullptr);
    }
    if (const auto *D = dyn_cast<DeclStmt>(P)) {
      F.Var = declared(D, E);
      if (!F.Var)
        return Is(Flow::Unknown, P);
      F.To.emplace();
      F.To->Root = F.Var;
      return Is(Flow::Declared, P);
    }
    if (isa<ReturnStmt, CoreturnStmt>(P))
      return Is(Flow::Returned, P);
    if (!isa<Expr>(P))
      return Is(takes(P, E) ? Flow::Tested : Flow::Dropped, P);
    if (isa<LambdaExpr>(P))
      return Is(Flow::Captured, P);
    if (const auto *CE = dyn_cast<CXXConstructExpr>(P)) {
      if (isCopy(CE)) {
        E = CE;
        continue;
      }
      for (F.Index = 0; F.Index < CE->getNumArgs() && unwrap(CE->getArg(F.Index)) != unwrap(E); ++F.Index)
        ;
      return Is(Flow::Argument, CE);
    }
    if (isa<CXXNewExpr, CXXStdInitializerListExpr>(P)) {
      E = cast<Expr>(P);
      continue;
    }
    if (const auto *List = dyn_cast<InitListExpr>(P)) {
      F.Field = memberOf(List, E);
      if (F.Field)
        return Is(Flow::Member, List);
      E = List; // of an array, or around a single value
      continue;
    }
    if (const auto *Cond = dyn_cast<ConditionalOperator>(P); Cond && Cond->getCond() != E) {
      E = Cond;
      continue;
    }
    if (const auto *B = dyn_cast<BinaryOperator>(P)) {
      if (B->getOpcode() == BO_Assign && B->getRHS() == E) {
        F.To = C.place(B->getLHS());
        return Is(Flow::Assigned, B);
      }
      if (B->getOpcode() == BO_Comma && B->getRHS() == E) {
        E = B;
        continue;
      }
      return Is(B->getOpcode() == BO_Comma ? Flow::Dropped : Flow::Tested, B);
    }
    if (const auto *O = dyn_cast<CXXOperatorCallExpr>(P)) {
      if (O->getOperator() == OO_Equal && O->getNumArgs() == 2 && O->getArg(1) == E) {
        F.To = C.place(O->getArg(0));
        return Is(Flow::Assigned, O);
      }
      unsigned First = firstArgument(*O);
      for (unsigned I = First; I < O->getNumArgs(); ++I)
        if (O->getArg(I) == E) {
          F.Index = I - First;
          return Is(Flow::Argument, O);
        }
      return Is(Flow::Receiver, O);
    }
    if (const auto *M = dyn_cast<MemberExpr>(P)) {
      // `f.share()`: the object that is made is the same result in another shape.
      const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(C.parent(M));
      if (Call && llvm::any_of(C.at(Call), [&](unsigned I) {
            return C.Events[I].Kind == Op::Consume && C.Events[I].may(Fact::NonBlocking);
          })) {
        E = Call;
        continue;
      }
      return Is(Flow::Receiver, Call ? static_cast<const Stmt *>(Call) : M);
    }
    const auto *Call = dyn_cast<CallExpr>(P);
    if (!Call)
      return Is(isa<UnaryOperator>(P) ? Flow::Tested : Flow::Unknown, P);
    if (isMove(Call)) {
      E = Call;
      continue;
    }
    for (F.Index = 0; F.Index < Call->getNumArgs() && Call->getArg(F.Index) != E; ++F.Index)
      ;
    const auto *Member = dyn_cast<CXXMemberCallExpr>(Call);
    const Expr *Obj = Member ? Member->getImplicitObjectArgument() : nullptr;
    if (Obj && U.role(Obj->getType()) == Role::Container)
      if (auto In = C.place(Obj)) {
        In->Element = true;
        F.To = In;
        return Is(Flow::Element, Call);
      }
    const TypeModel *T = Obj ? U.type(Obj->getType()) : nullptr;
    const FunctionDecl *Callee = Call->getDirectCallee();
    if (T && T->Plays == Role::SmartPointer && Callee && Callee->getIdentifier() && Callee->getName() == "reset") {
      F.To = C.place(Obj);
      return Is(Flow::Assigned, Call);
    }
    return Is(Flow::Argument, Call);
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

} // namespace heddle

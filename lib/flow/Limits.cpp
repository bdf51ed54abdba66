#include "Limits.h"
#include "Classes.h"
#include "Expressions.h"
#include "Guards.h"
#include "LibraryCode.h"
#include "Loops.h"
#include "MakeFacts.h"
#include "Mentions.h"
#include "Unwrap.h"
#include "Uses.h"
#include "ValueFlow.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {

namespace {

constexpr unsigned MaxDepth = 4;

bool isNumber(QualType T) { return T->isIntegerType() && !T->isBooleanType(); }

/// Returns true if all constructors fill the member with what they are given.
bool isGiven(const Code &C, const Place &P) {
  const FieldDecl *F = P.This && !P.Element && P.Path.size() == 1 ? P.Path.front() : nullptr;
  if (!F || !C.U.seesAllUses(F) || C.U.writtenAfterConstruction(F))
    return false;
  bool Any = false;
  for (const CXXConstructorDecl *Ctor : cast<CXXRecordDecl>(F->getParent())->ctors()) {
    const Code *In = Ctor->isCopyOrMoveConstructor() || Ctor->isDeleted() ? nullptr : C.U.code(Ctor);
    if (!In)
      continue;
    bool Fills = llvm::any_of(cast<CXXConstructorDecl>(In->Fn)->inits(), [&](const CXXCtorInitializer *I) {
      const auto *DR = I->getMember() == F
                           ? dyn_cast_or_null<DeclRefExpr>(C.U.get<ValueFlow>().source(*In, I->getInit()))
                           : nullptr;
      return DR && isa<ParmVarDecl>(DR->getDecl());
    });
    if (!Fills)
      return false;
    Any = true;
  }
  return Any;
}

/// `items.size()` of a container that somebody else has filled.
bool isInputLength(const Code &C, const Expr *E) {
  const auto *M = dyn_cast<CXXMemberCallExpr>(E);
  if (!M || M->getNumArgs() != 0 || !isNumber(M->getType()))
    return false;
  const Expr *Obj = M->getImplicitObjectArgument();
  const TypeModel *T = C.U.type(C.U.pointee(Obj->IgnoreParenImpCasts()->getType()));
  if (!T || T->Plays != Role::Container)
    return false;
  auto P = C.place(Obj);
  if (P && P->This)
    return isGiven(C, *P);
  const auto *V = P && !P->Element ? dyn_cast_or_null<VarDecl>(P->Root) : nullptr;
  if (!V || isa<ParmVarDecl>(V))
    return V;
  const auto *Filled = V->isLocalVarDecl() && V->getInit() && P->Path.empty()
                           ? dyn_cast<CallExpr>(V->getInit()->IgnoreUnlessSpelledInSource())
                           : nullptr;
  // A call that is given a number may well divide the work into that many.
  return Filled && llvm::none_of(Filled->arguments(), [](const Expr *A) { return A->getType()->isIntegerType(); });
}

/// Returns true if a loop or a comparison around the statement asks for the value.
bool isGuardedBy(const Code &C, const Stmt *S, const ValueDecl *Value) {
  return llvm::any_of(guards(C, S), [&](const Guard &G) {
    if (isLoop(G.By))
      return mentions(G.Condition, Value);
    return mentions(G.Condition, [&](const Stmt *X) {
      const auto *B = dyn_cast<BinaryOperator>(X);
      return B && B->isRelationalOp() && mentions(B, Value);
    });
  });
}

/// Returns true if the body starts as many tasks as the value says, or lets no more than that run at once.
bool heeds(const Code &C, const ValueDecl *Value) {
  auto Is = [](Op Kind) { return [=](const Event &E) { return E.Kind == Kind; }; };
  if (llvm::none_of(C.Events, Is(Op::Spawn)))
    return false;
  return llvm::any_of(C.Events, [&](const Event &E) {
    // `changed.wait(lock, [this] { return running < most; });` before it starts one more
    if (E.Kind == Op::WaitCondition)
      return mentions(E.Site, Value) || isGuardedBy(C, E.Site, Value);
    return E.Kind == Op::Spawn && isGuardedBy(C, E.Site, Value);
  });
}

/// The only constructor that can be called with so many arguments, or null.
const CXXConstructorDecl *onlyConstructor(const CXXRecordDecl *RD, unsigned Args) {
  const CXXConstructorDecl *Fits = nullptr;
  if (!RD || !RD->hasDefinition())
    return nullptr;
  for (const CXXConstructorDecl *X : RD->ctors()) {
    if (X->isCopyOrMoveConstructor() || X->getMinRequiredArguments() > Args || Args > X->getNumParams())
      continue;
    if (Fits)
      return nullptr;
    Fits = X;
  }
  return Fits;
}

bool isStdMax(const CallExpr *Call) {
  const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
  return F && F->getIdentifier() && F->isInStdNamespace() && F->getName() == "max" && Call->getNumArgs() == 2;
}

} // namespace

// ---- where a limit is given -----------------------------------------------------------------------------------------

bool Limits::saysHowMany(const CXXConstructorDecl *Ctor, unsigned Param) {
  Code *C = U.code(Ctor);
  if (!C || Param >= Ctor->getNumParams())
    return false;
  auto [Known, New] = Constructors.try_emplace({Ctor->getCanonicalDecl(), Param});
  if (!New)
    return Known->second;
  const auto *Def = cast<CXXConstructorDecl>(C->Fn);
  const ParmVarDecl *P = Def->getParamDecl(Param);
  auto KeptAndHeeded = [&](const CXXCtorInitializer *I) {
    const FieldDecl *F = I->getMember();
    const Expr *Init = F && I->getInit() ? I->getInit()->IgnoreUnlessSpelledInSource()->IgnoreParenCasts() : nullptr;
    if (const auto *L = dyn_cast_or_null<InitListExpr>(Init); L && L->getNumInits() == 1)
      Init = L->getInit(0)->IgnoreParenCasts();
    const auto *DR = dyn_cast_or_null<DeclRefExpr>(Init);
    if (!DR || DR->getDecl() != P || !F->getType()->isIntegerType())
      return false;
    return heeds(*C, F->getCanonicalDecl()) || llvm::any_of(allMembers(Def->getParent()), [&](const CXXMethodDecl *M) {
             const Code *Member = isa<CXXConstructorDecl>(M) ? nullptr : U.code(M);
             return Member && heeds(*Member, F->getCanonicalDecl());
           });
  };
  return Known->second = heeds(*C, P) || llvm::any_of(Def->inits(), KeptAndHeeded);
}

void Limits::made(const CXXConstructorDecl *Ctor, QualType Type, Arguments Args, SourceLocation Loc,
                  std::vector<ConcurrencyLimit> &Into) {
  const TypeModel *T = U.type(Type);
  bool Modelled = T && T->With.has(Fact::OwnsThreads);
  for (unsigned I = 0; I != Args.size(); ++I) {
    const Expr *A = Args[I];
    const auto *Default = dyn_cast<CXXDefaultArgExpr>(A);
    if ((Default && Modelled) || !isNumber(A->getType()))
      continue;
    if (Modelled ? I == 0 : saysHowMany(Ctor, I))
      Into.push_back({Default ? Default->getExpr() : A, Default ? Loc : A->getExprLoc(), true});
  }
}

void Limits::called(Code &C, const CallExpr *Call, std::vector<ConcurrencyLimit> &Into) {
  for (unsigned I : C.at(Call)) {
    const Event &E = C.Events[I];
    unsigned Arg = firstArgument(*Call);
    if (E.Kind != Op::Limit || E.ObjectRole == Role::Channel || Arg >= Call->getNumArgs())
      continue;
    const TypeModel *T = E.Object.valid() ? U.type(E.Object) : nullptr;
    Into.push_back({Call->getArg(Arg), Call->getArg(Arg)->getExprLoc(), T && T->With.has(Fact::OwnsThreads)});
  }
  // make_unique<Pool>(n), pool.emplace(n) of an optional
  const FunctionDecl *F = Call->getDirectCallee();
  const auto *Member = dyn_cast<CXXMemberCallExpr>(Call);
  QualType Made = Member ? Member->getImplicitObjectArgument()->getType() : Call->getType();
  const TypeModel *Holder = F && F->isTemplateInstantiation() && Call->getNumArgs() ? U.type(Made) : nullptr;
  if (!Holder || Holder->Plays != Role::SmartPointer ||
      !inLibrary(U, F->getLocation()))
    return;
  llvm::SmallVector<const Expr *, 4> Args(Call->arg_begin(), Call->arg_end());
  if (const auto *Fits = onlyConstructor(U.pointee(Made)->getAsCXXRecordDecl(), Args.size()))
    made(Fits, U.pointee(Made), Args, {}, Into);
}

std::vector<ConcurrencyLimit> Limits::in(Code &C) {
  std::vector<ConcurrencyLimit> All;
  walk(C.Fn, Walk::NoLambdas, [&](const Stmt *S) {
    if (const auto *Call = dyn_cast<CallExpr>(S))
      called(C, Call, All);
    else if (const auto *CE = dyn_cast<CXXConstructExpr>(S); CE && !CE->getConstructor()->isCopyOrMoveConstructor())
      made(CE->getConstructor(), CE->getType(), llvm::ArrayRef(CE->getArgs(), CE->getNumArgs()), CE->getBeginLoc(),
           All);
    return Step::In;
  });
  for (const Event &E : C.Events) {
    const auto *For = E.Kind == Op::Spawn && (E.ObjectRole == Role::Thread || E.ObjectRole == Role::JoiningThread)
                          ? dyn_cast_or_null<ForStmt>(enclosingLoop(C, E.Site))
                          : nullptr;
    const auto *Cond =
        For && For->getCond() ? dyn_cast<BinaryOperator>(For->getCond()->IgnoreParenImpCasts()) : nullptr;
    if (Cond && Cond->isRelationalOp() && constantInteger(Cond->getRHS(), U.Ctx) && E.Object.valid() &&
        E.Object.Element)
      All.push_back({Cond->getRHS(), Cond->getRHS()->getExprLoc(), true});
  }
  return All;
}

// ---- what the number is made from -----------------------------------------------------------------------------------

/// The initialiser of a member that nothing else sets here: the value of an option that its user left alone.
const Expr *Limits::defaultOf(const Expr *E) {
  const auto *M = dyn_cast<MemberExpr>(E);
  const auto *F = M ? dyn_cast<FieldDecl>(M->getMemberDecl()) : nullptr;
  if (!F || !F->hasInClassInitializer() || !F->getInClassInitializer() ||
      U.writtenAfterConstruction(F->getCanonicalDecl()) ||
      llvm::any_of(U.get<Uses>().everywhere(F), [](const Use &X) { return X.Of == Use::Itself && X.is(Use::Stores); }))
    return nullptr;
  auto Sets = [&](const InitListExpr *L) {
    const CXXRecordDecl *RD = L->getType()->getAsCXXRecordDecl();
    return RD && RD->getCanonicalDecl() == F->getParent()->getCanonicalDecl() &&
           F->getFieldIndex() < L->getNumInits() &&
           !isa_and_nonnull<CXXDefaultInitExpr>(L->getInit(F->getFieldIndex()));
  };
  bool Set = llvm::any_of(U.Functions, [&](const FunctionDecl *Fn) {
    return anyOf<InitListExpr>(Fn->getBody(), Walk::WithImplicit, Sets);
  });
  return Set ? nullptr : F->getInClassInitializer();
}

void Limits::collect(const Code &C, const Expr *Number, unsigned Depth, llvm::SmallVectorImpl<Quantity> &Into) {
  for (const Origin &O : U.get<ValueFlow>().origins(C, Number->IgnoreParenCasts())) {
    const Expr *Made = O.Made->IgnoreParenCasts();
    const auto *Call = dyn_cast<CallExpr>(Made);
    if (auto N = constantInteger(Made, U.Ctx))
      Into.push_back({Quantity::Constant, *N, nullptr});
    else if (isStdMax(Call) && Depth != MaxDepth)
      for (const Expr *A : Call->arguments())
        collect(*O.In, A, Depth + 1, Into);
    else if (isInputLength(*O.In, Made))
      Into.push_back({Quantity::InputLength, 0, nullptr});
    else if (const Expr *Default = defaultOf(Made))
      if (auto N = constantInteger(Default, U.Ctx))
        Into.push_back({Quantity::Constant, *N, Default});
  }
}

llvm::SmallVector<Quantity, 2> Limits::quantities(Code &C, const Expr *Number) {
  llvm::SmallVector<Quantity, 2> All;
  collect(C, Number, 0, All);
  return All;
}

Limits::Limits(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<Limits>(Unit &);

} // namespace heddle

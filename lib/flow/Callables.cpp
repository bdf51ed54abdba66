// Which code a callable value runs, and what it holds.
#include "Code.h"
#include "Expressions.h"
#include "LibraryCode.h"
#include "Mentions.h"
#include "Unit.h"

#include "clang/AST/ASTContext.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace clang;

namespace heddle {

namespace {

bool holdsCallable(const CXXRecordDecl *RD) {
  if (!RD || !RD->hasDefinition())
    return false;
  if (RD->isLambda())
    return true;
  for (const CXXMethodDecl *M : RD->methods())
    if (M->getOverloadedOperator() == OO_Call)
      return true;
  return false;
}

const FunctionDecl *callOperator(const CXXRecordDecl *RD) {
  if (RD->isLambda()) {
    CXXMethodDecl *Op = RD->getLambdaCallOperator();
    if (Op && RD->isGenericLambda()) {
      // A generic lambda has bodies only where it is called; one instantiation is as good as another.
      if (FunctionTemplateDecl *T = Op->getDescribedFunctionTemplate())
        for (FunctionDecl *S : T->specializations())
          return S;
    }
    return Op;
  }
  const FunctionDecl *Found = nullptr;
  for (const CXXMethodDecl *M : RD->methods())
    if (M->getOverloadedOperator() == OO_Call) {
      if (Found)
        return nullptr; // overloaded: which one runs is not known
      Found = M;
    }
  return Found;
}

} // namespace

bool Code::callOf(const Event &E, const ParmVarDecl *P) {
  if (E.Kind != Op::Call || E.Object.This || !E.Object.Path.empty())
    return false;
  const auto *V = dyn_cast_or_null<VarDecl>(E.Object.Root);
  if (V && V->isInitCapture() && V->getInit()) { // `[work = std::move(work)]`
    const Expr *From = uncopied(V->getInit());
    const auto *Call = dyn_cast<CallExpr>(From);
    if (Call && Call->getDirectCallee() && passesThrough(Call->getDirectCallee()))
      From = strip(Call->getArg(0));
    const auto *DR = dyn_cast<DeclRefExpr>(From);
    return DR && DR->getDecl() == P;
  }
  return V == P;
}

void Code::takeReceiver(CallableRef &R) const {
  const auto *M = dyn_cast_or_null<CXXMethodDecl>(R.Body);
  if (!M || M->isStatic() || R.Receiver || R.Lambda || M->getOverloadedOperator() == OO_Call || R.Args.empty())
    return;
  const Expr *Object = R.Args.front();
  R.Args.erase(R.Args.begin());
  if (U.leads(strip(Object)->getType())) // of an object given by value the task has its own
    R.Receiver = place(Object);
}

llvm::SmallVector<CallableRef::Member, 2> Code::members(const Expr *Made) {
  llvm::SmallVector<CallableRef::Member, 2> Out;
  const Expr *E = uncopied(Made);
  if (const auto *List = dyn_cast_or_null<InitListExpr>(E)) {
    if (!List->isSemanticForm())
      List = List->getSemanticForm();
    const CXXRecordDecl *RD = List ? List->getType()->getAsCXXRecordDecl() : nullptr;
    if (!RD || RD->isUnion() || RD->getNumBases())
      return Out;
    unsigned I = 0;
    for (const FieldDecl *F : RD->fields()) {
      if (F->isUnnamedBitField())
        continue;
      if (I == List->getNumInits())
        break;
      Out.push_back({F->getCanonicalDecl(), List->getInit(I++)});
    }
    return Out;
  }
  const auto *CE = dyn_cast_or_null<CXXConstructExpr>(E);
  const FunctionDecl *Def = nullptr;
  if (!CE || !CE->getConstructor()->hasBody(Def))
    return Out;
  for (const CXXCtorInitializer *Init : cast<CXXConstructorDecl>(Def)->inits()) {
    const Expr *From = Init->isMemberInitializer() ? uncopied(Init->getInit()) : nullptr;
    if (const auto *Call = dyn_cast_or_null<CallExpr>(From);
        Call && Call->getDirectCallee() && passesThrough(Call->getDirectCallee()))
      From = strip(Call->getArg(0));
    if (const auto *O = dyn_cast_or_null<UnaryOperator>(From);
        O && (O->getOpcode() == UO_AddrOf || O->getOpcode() == UO_Deref))
      From = strip(O->getSubExpr());
    const auto *DR = dyn_cast_or_null<DeclRefExpr>(From);
    const auto *P = DR ? dyn_cast<ParmVarDecl>(DR->getDecl()) : nullptr;
    if (!P || P->getDeclContext() != static_cast<const DeclContext *>(Def) ||
        P->getFunctionScopeIndex() >= CE->getNumArgs())
      continue;
    // What refers to the parameter itself refers to nothing once the object is made.
    QualType T = Init->getMember()->getType();
    if (T->isReferenceType() && !P->getType()->isReferenceType() && !P->getType()->isPointerType())
      continue;
    Out.push_back({Init->getMember()->getCanonicalDecl(), CE->getArg(P->getFunctionScopeIndex())});
  }
  return Out;
}

static CallableRef functor(const Expr *Made, const CXXRecordDecl *RD) {
  CallableRef R;
  R.Site = Made;
  R.Body = callOperator(RD);
  R.Fields = Code::members(Made);
  return R;
}

/// A callable whose body is not known here, but for the one of a lambda's type.
static CallableRef unknownCallable(const Expr *Named, const CXXRecordDecl *Type) {
  CallableRef R;
  R.Site = Named;
  if (Type && Type->isLambda())
    R.Body = callOperator(Type);
  return R;
}

static llvm::SmallVector<CallableRef, 1> namedCallables(const Code &C, const DeclRefExpr *DR) {
  if (const auto *F = dyn_cast<FunctionDecl>(DR->getDecl())) {
    CallableRef R;
    const FunctionDecl *Def = nullptr;
    R.Body = F->hasBody(Def) ? Def : F;
    R.Site = DR;
    return {std::move(R)};
  }
  const auto *V = dyn_cast<VarDecl>(DR->getDecl());
  if (!V)
    return {};
  QualType T = V->getType().getNonReferenceType();
  const CXXRecordDecl *Made = T->getAsCXXRecordDecl();
  bool Callable = holdsCallable(Made) || T->isFunctionPointerType();
  // A template parameter or function object parameter: known to be a callable, not which.
  if (isa<ParmVarDecl>(V))
    return Callable ? llvm::SmallVector<CallableRef, 1>{unknownCallable(DR, Made)}
                    : llvm::SmallVector<CallableRef, 1>();
  // `auto f = std::bind(…)`: its call operator is a template
  bool MayBind = Made && V->getInit() && isa<CallExpr>(strip(V->getInit())) && inLibrary(C.U, Made->getLocation());
  // A lambda stays what it is, whatever is done to the variable: no other can be assigned to it.
  bool Stays = (Made && Made->isLambda()) || !C.isModified(V);
  if ((Callable || MayBind) && V->getInit() && Stays)
    return C.callables(V->getInit());
  return Callable ? llvm::SmallVector<CallableRef, 1>{unknownCallable(DR, nullptr)}
                  : llvm::SmallVector<CallableRef, 1>();
}

/// std::function from a callable, a copy of one, or a functor made on the spot.
static llvm::SmallVector<CallableRef, 1> constructedCallables(const Code &C, const CXXConstructExpr *CE) {
  llvm::SmallVector<CallableRef, 1> Out;
  const CXXRecordDecl *RD = CE->getType()->getAsCXXRecordDecl();
  if (!holdsCallable(RD))
    return Out;
  if (CE->getNumArgs() >= 1)
    Out = C.callables(CE->getArg(0));
  if (Out.empty() && C.U.role(CE->getType()) != Role::Function && !RD->isLambda())
    Out.push_back(functor(CE, RD));
  return Out;
}

llvm::SmallVector<CallableRef, 1> Code::boundCallables(const CallExpr *Call) const {
  for (unsigned I = 0; I != Call->getNumArgs(); ++I) {
    llvm::SmallVector<CallableRef, 1> Bound = callables(Call->getArg(I));
    if (Bound.empty())
      continue;
    for (CallableRef &R : Bound) {
      for (unsigned J = I + 1; !R.Lambda && J != Call->getNumArgs(); ++J)
        R.Args.push_back(Call->getArg(J));
      takeReceiver(R);
    }
    return Bound;
  }
  return {};
}

llvm::SmallVector<CallableRef, 1> Code::calledCallables(const CallExpr *Call) const {
  const FunctionDecl *F = Call->getDirectCallee();
  if (F && passesThrough(F) && Call->getNumArgs() == 1)
    return callables(Call->getArg(0));
  // QThread::create(f)
  if (int I = F ? U.Models.wraps(F, nullptr, Call->getNumArgs()) : -1;
      I >= 0 && I < static_cast<int>(Call->getNumArgs()))
    return callables(Call->getArg(I));
  if (const auto *M = dyn_cast<CXXMemberCallExpr>(Call); M && isa_and_nonnull<CXXConversionDecl>(F))
    if (const Expr *Obj = M->getImplicitObjectArgument(); cast<CXXMethodDecl>(F)->getParent()->isLambda())
      return callables(Obj); // a lambda without captures becomes a function pointer
  llvm::SmallVector<CallableRef, 1> Out;
  const CXXRecordDecl *RD = Call->getType()->getAsCXXRecordDecl();
  if (const FunctionDecl *By = F ? U.visible(F) : nullptr; By && holdsCallable(RD))
    Out = made(Call, By);
  if (!Out.empty() || isa<CXXMemberCallExpr, CXXOperatorCallExpr>(Call))
    return Out;
  // bind, bind_front, bind_executor, boost::bind …: a call that makes a callable out of the callables it is given.
  bool Binds = RD && !(F && U.visible(F)) && inLibrary(U, RD->getLocation());
  return Binds ? boundCallables(Call) : Out;
}

llvm::SmallVector<CallableRef, 1> Code::callables(const Expr *E) const {
  E = strip(E);
  if (!E || Nesting > MaxNesting)
    return {};
  llvm::SaveAndRestore<unsigned> Deeper(Nesting, Nesting + 1);
  if (const auto *L = dyn_cast<LambdaExpr>(E)) {
    CallableRef R;
    R.Lambda = L;
    R.Site = L;
    R.Body = callOperator(L->getLambdaClass());
    return {std::move(R)};
  }
  if (const auto *O = dyn_cast<UnaryOperator>(E); O && (O->getOpcode() == UO_AddrOf || O->getOpcode() == UO_Plus))
    return callables(O->getSubExpr());
  if (const auto *DR = dyn_cast<DeclRefExpr>(E))
    return namedCallables(*this, DR);
  if (const auto *IL = dyn_cast<InitListExpr>(E)) { // an aggregate with a call operator
    const CXXRecordDecl *RD = IL->getType()->getAsCXXRecordDecl();
    return holdsCallable(RD) ? llvm::SmallVector<CallableRef, 1>{functor(E, RD)} : llvm::SmallVector<CallableRef, 1>();
  }
  if (const auto *CE = dyn_cast<CXXConstructExpr>(E))
    return constructedCallables(*this, CE);
  const auto *Call = dyn_cast<CallExpr>(E);
  return Call ? calledCallables(Call) : llvm::SmallVector<CallableRef, 1>();
}

llvm::SmallVector<CallableRef, 1> Code::made(const CallExpr *Call, const FunctionDecl *By) const {
  llvm::SmallVector<CallableRef, 1> Out;
  const auto *M = dyn_cast<CXXMethodDecl>(By);
  const Code *Inner = By == Fn || (M && M->isVirtual()) ? nullptr : U.code(By);
  for (const ReturnStmt *R : Inner ? returnsIn(By->getBody()) : llvm::SmallVector<const ReturnStmt *, 4>()) {
    llvm::SmallVector<CallableRef, 1> Found = Inner->callables(R->getRetValue());
    if (Found.size() != 1 || !Found.front().Lambda)
      return {};
    CallableRef &New = Out.emplace_back();
    New.Made = Found.front().Lambda;
    New.MadeBy = Call;
    New.Body = Found.front().Body;
    New.Site = Call;
  }
  return Out;
}

bool runsOnThis(const CallableRef &T) {
  if (T.Receiver && T.Receiver->isThis())
    return true;
  return T.Lambda && llvm::any_of(T.Lambda->captures(), [](const LambdaCapture &X) { return X.capturesThis(); });
}

const FunctionDecl *forwardsTo(const CallableRef &Task) {
  const auto *Body = Task.Lambda ? dyn_cast<CompoundStmt>(Task.Lambda->getBody()) : nullptr;
  const auto *Only = Body && Body->size() == 1 ? dyn_cast<Expr>(Body->body_front()) : nullptr;
  const auto *Call = Only ? dyn_cast<CallExpr>(Only->IgnoreUnlessSpelledInSource()) : nullptr;
  return Call && !isa<CXXOperatorCallExpr>(Call) ? Call->getDirectCallee() : nullptr;
}

} // namespace heddle

// What a call of a virtual function or of a function object may run.
#include "Mentions.h"
#include "ThrowsImpl.h"
#include "Unwrap.h"
#include "support/AstVisitor.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {

/// What the calls and objects of one body give to parameters and members.
struct Throws::Impl::Gatherer : AstVisitor {
  Impl &I;
  Code &C;
  std::vector<std::pair<const ValueDecl *, const ValueDecl *>> &HandedOn;
  Gatherer(Impl &I, Code &C, std::vector<std::pair<const ValueDecl *, const ValueDecl *>> &H)
      : I(I), C(C), HandedOn(H) {}
  bool TraverseLambdaExpr(const LambdaExpr *) override { return true; }
  bool VisitCallExpr(const CallExpr *E) override {
    const FunctionDecl *F = E->getDirectCallee();
    const FunctionDecl *Def = I.U.visible(F);
    unsigned Skip = isa<CXXOperatorCallExpr>(E) && isa_and_nonnull<CXXMethodDecl>(F) ? 1 : 0;
    for (unsigned A = Skip; Def && A < E->getNumArgs() && A - Skip < Def->getNumParams(); ++A)
      given(Def->getParamDecl(A - Skip), E->getArg(A));
    if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E); O && O->getOperator() == OO_Equal && O->getNumArgs() == 2)
      stored(O->getArg(0), O->getArg(1));
    // A container of function objects is one place for all of them.
    for (unsigned Index : C.at(E))
      if (const ValueDecl *Box = C.Events[Index].Kind == Op::Insert ? C.Events[Index].Object.last() : nullptr)
        for (const Expr *A : E->arguments())
          if (I.holdsFunction(Box->getType()))
            note(Box, A);
    return true;
  }
  bool VisitInitListExpr(const InitListExpr *E) override {
    for (const CallableRef::Member &M : Code::members(E))
      given(M.Field, M.Value);
    return true;
  }
  bool VisitCXXConstructExpr(const CXXConstructExpr *E) override {
    const FunctionDecl *Def = I.U.visible(E->getConstructor());
    for (unsigned A = 0; Def && A < E->getNumArgs() && A < Def->getNumParams(); ++A)
      given(Def->getParamDecl(A), E->getArg(A));
    return true;
  }
  void given(const ValueDecl *To, const Expr *E) {
    QualType T = To->getType().getNonReferenceType();
    if (I.U.role(T) != Role::Function && !T->isFunctionPointerType())
      return; // a template parameter has the callable's own type
    note(To, E);
  }
  void stored(const Expr *To, const Expr *E) {
    auto P = C.place(To);
    if (P && P->This && P->Path.size() == 1 && I.U.role(To->getType()) == Role::Function)
      return note(P->Path.front(), E);
    // `verbs_["open"] = …`: all of a table's function objects are one place, too.
    const ValueDecl *Box = P && P->Element ? P->last() : nullptr;
    if (Box && (I.U.role(To->getType()) == Role::Function || To->getType()->isFunctionPointerType()))
      note(Box, E);
  }
  void note(const ValueDecl *To, const Expr *E) {
    for (const CallableRef &R : C.callables(E)) {
      if (R.Body)
        I.Runs[To].push_back(R.Body);
      else if (const auto *DR = dyn_cast_or_null<DeclRefExpr>(R.Site))
        HandedOn.emplace_back(To, DR->getDecl());
    }
  }
};

void Throws::Impl::gather() {
  if (std::exchange(Gathered, true))
    return;
  std::vector<std::pair<const ValueDecl *, const ValueDecl *>> HandedOn;
  for (const FunctionDecl *F : U.Functions) {
    if (const auto *M = dyn_cast<CXXMethodDecl>(F))
      for (const CXXMethodDecl *Base : M->overridden_methods())
        Overrides[Base->getCanonicalDecl()].push_back(F);
    Code *C = U.code(F);
    if (!C)
      continue;
    Gatherer V(*this, *C, HandedOn);
    V.TraverseStmt(C->Fn->getBody());
    if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(C->Fn))
      for (const CXXCtorInitializer *Init : Ctor->inits())
        if (Init->getInit()) {
          V.TraverseStmt(Init->getInit());
          if (Init->isMemberInitializer() && U.role(Init->getMember()->getType()) == Role::Function)
            V.note(Init->getMember()->getCanonicalDecl(), Init->getInit());
        }
  }
  for (unsigned Round = 0; Round != 3; ++Round)
    for (const auto &[To, From] : HandedOn) {
      auto It = Runs.find(From);
      if (It == Runs.end())
        continue;
      std::vector<const FunctionDecl *> Bodies = It->second;
      for (const FunctionDecl *F : Bodies)
        if (!llvm::is_contained(Runs[To], F))
          Runs[To].push_back(F);
    }
}

bool Throws::Impl::holdsFunction(QualType T) {
  QualType E = U.element(T);
  return !E.isNull() && (U.role(E) == Role::Function || E->isFunctionPointerType());
}

const ValueDecl *Throws::Impl::keeper(const Code &C, const ValueDecl *D, unsigned Depth) {
  if (const auto *B = dyn_cast_or_null<BindingDecl>(D)) // `for (auto &[name, handler] : handlers)`
    D = dyn_cast<VarDecl>(B->getDecomposedDecl());
  if (auto In = C.elementOf(D))
    return In->last();
  const auto *V = dyn_cast_or_null<VarDecl>(D);
  if (!V || !V->hasLocalStorage() || isa<ParmVarDecl>(V) || Depth > 3)
    return nullptr;
  // `auto job = take();`, or `std::function<void()> job; … job = std::move(jobs.front());`
  llvm::SmallVector<const Expr *, 2> From;
  if (V->getInit())
    From.push_back(V->getInit());
  struct Assigned : AstVisitor {
    const VarDecl *V;
    llvm::SmallVectorImpl<const Expr *> &From;
    Assigned(const VarDecl *V, llvm::SmallVectorImpl<const Expr *> &F) : V(V), From(F) {}
    bool TraverseLambdaExpr(const LambdaExpr *) override { return true; }
    bool VisitCXXOperatorCallExpr(const CXXOperatorCallExpr *O) override {
      const auto *L =
          O->getOperator() == OO_Equal ? dyn_cast<DeclRefExpr>(O->getArg(0)->IgnoreParenImpCasts()) : nullptr;
      if (L && L->getDecl() == V)
        From.push_back(O->getArg(1));
      return true;
    }
  } A(V, From);
  A.TraverseStmt(C.Fn->getBody());
  for (const Expr *E : From)
    if (const ValueDecl *Found = takenFrom(C, E, Depth))
      return Found;
  return nullptr;
}

const ValueDecl *Throws::Impl::takenFrom(const Code &C, const Expr *E, unsigned Depth) {
  E = Walk::behindMove(E);
  if (!E)
    return nullptr;
  if (auto P = C.place(E); P && (P->Element || !P->Path.empty()))
    return P->last();
  if (const auto *DR = dyn_cast<DeclRefExpr>(E))
    return keeper(C, DR->getDecl(), Depth + 1);
  if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E);
      O && O->getOperator() == OO_Star && O->getNumArgs() == 1) // of an optional
    return takenFrom(C, O->getArg(0), Depth + 1);
  // A helper that takes it out: what it returns.
  const auto *Call = dyn_cast<CallExpr>(E);
  const FunctionDecl *Def = Call && Depth < 3 ? U.visible(Call->getDirectCallee()) : nullptr;
  const Code *Callee = Def && Def != C.Fn ? U.code(Def) : nullptr;
  if (!Callee)
    return nullptr;
  for (const ReturnStmt *R : returnsIn(Callee->Fn->getBody()))
    if (const ValueDecl *Found = R->getRetValue() ? takenFrom(*Callee, R->getRetValue(), Depth + 1) : nullptr)
      return Found;
  return nullptr;
}

llvm::SmallVector<const FunctionDecl *, 2> Throws::Impl::bodies(const FunctionDecl *Callee, bool Exact) {
  llvm::SmallVector<const FunctionDecl *, 2> Out;
  const auto *M = dyn_cast<CXXMethodDecl>(Callee);
  if (!M || !M->isVirtual() || Exact || M->hasAttr<FinalAttr>() || M->getParent()->hasAttr<FinalAttr>()) {
    Out.push_back(Callee);
    return Out;
  }
  gather();
  // With a body of its own it is one of several; which one is not known.
  auto It = Overrides.find(M->getCanonicalDecl());
  if (It == Overrides.end()) {
    if (!M->isPureVirtual())
      Out.push_back(Callee);
    return Out;
  }
  if (M->isPureVirtual())
    Out.append(It->second.begin(), It->second.end());
  return Out;
}

std::vector<Thrown> Throws::Impl::given(const Thrown &T, const FunctionDecl *F, const Code &C, const Expr *Arg) {
  if (!T.Given || T.Given->getDeclContext() != static_cast<const DeclContext *>(F))
    return {T};
  std::vector<Thrown> Out;
  for (const CallableRef &R : Arg ? C.callables(Arg) : llvm::SmallVector<CallableRef, 1>()) {
    if (R.Body && !isNothrow(R.Body))
      append(Out, T, R.Body);
    else if (const auto *DR = dyn_cast_or_null<DeclRefExpr>(R.Body ? nullptr : R.Site))
      if (const auto *P = dyn_cast<ParmVarDecl>(DR->getDecl())) {
        Out.push_back(T);
        Out.back().Given = P;
      }
  }
  return Out;
}

void Throws::Impl::append(std::vector<Thrown> &Out, const Thrown &T, const FunctionDecl *Body) {
  std::vector<Thrown> Inner = ask(Body).vec();
  for (Thrown &X : Inner) {
    std::vector<StoryLine> Way = T.Way;
    Way.push_back({T.Origin, "the callable that it was given is called here"});
    llvm::append_range(Way, X.Way);
    X.Way = std::move(Way);
    X.From = T.From;
    Out.push_back(std::move(X));
  }
}

void Throws::Impl::resolve(std::vector<Thrown> &All) {
  std::vector<Thrown> Out;
  for (Thrown &T : All) {
    if (!T.Given) {
      Out.push_back(std::move(T));
      continue;
    }
    gather();
    auto It = Runs.find(T.Given);
    if (It == Runs.end())
      continue;
    std::vector<const FunctionDecl *> Bodies = It->second;
    for (const FunctionDecl *F : Bodies)
      if (!isNothrow(F))
        append(Out, T, F);
  }
  llvm::erase_if(Out, [](const Thrown &T) { return T.Given != nullptr; });
  All = std::move(Out);
}

} // namespace heddle

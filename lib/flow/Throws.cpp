#include "MakeFacts.h"
#include "Preconditions.h"
#include "ThrowsImpl.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/CXXInheritance.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {

/// Of a longer way nobody would believe that it is taken.
constexpr unsigned MaxDepth = 8;

bool isNothrow(const FunctionDecl *F) {
  const auto *P = F->getType()->getAs<FunctionProtoType>();
  if (isa<CXXDestructorDecl>(F) && (!P || isUnresolvedExceptionSpec(P->getExceptionSpecType())))
    return true;
  return P && !isUnresolvedExceptionSpec(P->getExceptionSpecType()) && P->isNothrow();
}

static bool isOrDerivesFrom(const CXXRecordDecl *RD, const CXXRecordDecl *Base) {
  if (!RD || !Base || !RD->hasDefinition() || !Base->hasDefinition())
    return false;
  RD = RD->getDefinition();
  if (RD->getCanonicalDecl() == Base->getCanonicalDecl())
    return true;
  return RD->isDerivedFrom(Base->getDefinition());
}

bool Thrown::caughtBy(const CXXCatchStmt &Handler) const {
  const VarDecl *Name = Handler.getExceptionDecl();
  if (!Name || (!Class && Type.isNull()))
    return true;
  QualType Caught = Handler.getCaughtType().getNonReferenceType().getUnqualifiedType();
  if (Class)
    return isOrDerivesFrom(Class, Caught->getAsCXXRecordDecl());
  if (Name->getASTContext().hasSameUnqualifiedType(Caught, Type))
    return true;
  return Caught->isPointerType() && (Type->isPointerType() || Type->isArrayType());
}

llvm::ArrayRef<Thrown> Throws::Impl::ask(const FunctionDecl *F) {
  const FunctionDecl *Def = U.visible(F);
  if (!Def)
    return {};
  if (auto It = Known.find(Def); It != Known.end())
    return It->second;
  if (Depth == MaxDepth || Asking.contains(Def)) {
    Cut = true;
    return {};
  }
  if (auto It = Partial.find(Def); It != Partial.end() && It->second.first >= MaxDepth - Depth) {
    Cut = true;
    return It->second.second;
  }
  const Code *C = U.code(Def);
  if (!C)
    return {};
  bool Outer = std::exchange(Cut, false);
  ++Depth;
  Asking.insert(Def);
  Walk W(*this, *C);
  W.body();
  if (isa<CoroutineBodyStmt>(Def->getBody()))
    W.Out.clear(); // what its body throws goes to the promise, and never out of the call
  Asking.erase(Def);
  --Depth;
  // In a cycle the answer of an inner function lacks what the outer ones throw, and that comes from them anyway. Only
  // an answer at the end of a long way may be missing something for those who ask from nearer.
  bool Keep = !Cut || Depth == 0;
  Cut = Outer || !Keep;
  if (!Keep) {
    auto &[Left, Out] = Partial[Def];
    Left = MaxDepth - Depth;
    return Out = std::move(W.Out);
  }
  if (Depth == 0)
    Partial.clear();
  Raised[Def] = std::move(W.Raised);
  return Known[Def] = std::move(W.Out);
}

Throws::Throws(Unit &U, bool UnknownCalleesThrow) : I(std::make_unique<Impl>(U, UnknownCalleesThrow)) {}

Throws::~Throws() = default;

std::vector<Thrown> Throws::leaving(const FunctionDecl *F) {
  std::vector<Thrown> Out = I->ask(F).vec();
  I->resolve(Out);
  return Out;
}

std::optional<Thrown> Throws::by(const Code &C, const Expr *E) {
  (void)I->ask(C.Fn);
  for (const Thrown &T : I->Raised[C.Fn])
    if (T.From == E)
      return T;
  return std::nullopt;
}

std::optional<Thrown> Throws::leavingBy(const Code &C, const Expr *E) {
  std::vector<Thrown> Leaving = I->ask(C.Fn).vec();
  for (const Thrown &T : I->Raised[C.Fn])
    if (T.From == E &&
        llvm::any_of(Leaving, [&](const Thrown &X) { return X.Origin == T.Origin && X.Way.size() == T.Way.size(); }))
      return T;
  return std::nullopt;
}

std::vector<Thrown> Throws::leaving(const Code &C, const CallableRef &Task) {
  std::vector<Thrown> Out;
  if (!Task.Body)
    return Out;
  for (const FunctionDecl *F : I->bodies(Task.Body, /*Exact=*/!Task.Receiver)) {
    std::vector<Thrown> Inner = I->ask(F).vec();
    for (const Thrown &T : Inner) {
      if (!T.DecidedBy.empty() && llvm::all_of(T.DecidedBy, [&](const ParmVarDecl *P) {
            unsigned At = P->getFunctionScopeIndex();
            return At < Task.Args.size() && isConstantData(C, Task.Args[At]);
          }))
        continue; // the program gives it what it wants
      // Arguments that follow the callable are its own.
      unsigned Index = T.Given ? T.Given->getFunctionScopeIndex() : 0;
      const Expr *Arg = T.Given && Index < Task.Args.size() ? Task.Args[Index] : nullptr;
      llvm::append_range(Out, Arg ? I->given(T, F, C, Arg) : std::vector<Thrown>{T});
    }
  }
  I->resolve(Out);
  return Out;
}

Throws &Unit::throws() { return get<Throws>(); }

template std::shared_ptr<void> makeFacts<Throws>(Unit &);

} // namespace heddle

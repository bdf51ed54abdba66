// Whether a documented failure depends on something that comes from outside.
#include "Mentions.h"
#include "ThrowsImpl.h"
#include "Unwrap.h"
#include "support/AstVisitor.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {

bool Throws::Impl::Walk::isOutsideInput(const Expr *E, const FunctionDecl *F, const Expr *Obj) {
  if (isa<CXXConstructExpr>(E))
    return constructedFromOutside(cast<CXXConstructExpr>(E));
  const auto *Call = cast<CallExpr>(E);
  const Expr *Subject = Obj ? Obj : Call->getNumArgs() ? Call->getArg(0) : nullptr;
  Role R = Subject ? U.role(Subject->getType()) : Role::None;
  if (R == Role::Future || R == Role::SharedFuture)
    return futureFails(Subject);
  // What a regular expression has matched has the form that it demands.
  if (mentions(Subject, [](const Stmt *X) {
        const auto *V = dyn_cast<Expr>(X);
        const CXXRecordDecl *RD = V ? V->getType()->getAsCXXRecordDecl() : nullptr;
        return RD && RD->isInStdNamespace() && RD->getIdentifier() &&
               (RD->getName() == "sub_match" || RD->getName() == "match_results");
      }))
    return false;
  // `at`: the index or key has to come from outside, and nobody has looked whether it is there.
  if (Obj && Call->getNumArgs() == 1 && R == Role::Container)
    return unchecked(Call->getArg(0)) && !looksInto(Obj);
  if (Obj && Call->getNumArgs() == 1 && !isConstant(Call->getArg(0)) && F->getIdentifier() && F->getName() == "at")
    return unchecked(Call->getArg(0)) && !looksInto(Obj);
  // The value of an optional, an any or a variant that somebody has tested is there.
  const TypeModel *T = Subject ? U.type(Subject->getType()) : nullptr;
  if (Subject && ((T && T->Plays == Role::SmartPointer) || isSum(Subject->getType())))
    return !looksInto(Subject);
  return llvm::any_of(Call->arguments(), [&](const Expr *A) { return !isConstant(A); });
}

bool Throws::Impl::Walk::constructedFromOutside(const CXXConstructExpr *E) {
  return llvm::any_of(E->arguments(), [&](const Expr *A) { return !isa<CXXDefaultArgExpr>(A) && !isConstant(A); });
}

bool Throws::Impl::Walk::isSum(QualType T) {
  const CXXRecordDecl *RD = T.getNonReferenceType()->getAsCXXRecordDecl();
  return RD && RD->isInStdNamespace() && RD->getIdentifier() && (RD->getName() == "variant" || RD->getName() == "any");
}

bool Throws::Impl::Walk::isConstant(const Expr *E) const {
  E = unwrap(E);
  while (const auto *CE = dyn_cast_or_null<CXXConstructExpr>(E)) {
    if (CE->getNumArgs() == 0)
      return true;
    E = unwrap(CE->getArg(0));
  }
  if (!E || isa<StringLiteral, CXXDefaultArgExpr>(E))
    return true;
  if (E->getType()->isEnumeralType())
    return true;
  return !E->isValueDependent() && E->getType()->isScalarType() && E->isEvaluatable(U.Ctx);
}

bool Throws::Impl::Walk::unchecked(const Expr *Index) const { return unchecked(C, Index, 0); }

bool Throws::Impl::Walk::unchecked(const Code &In, const Expr *Index, unsigned Depth) const {
  if (isConstant(Index))
    return false;
  struct Vars : AstVisitor {
    llvm::SmallVector<const ValueDecl *, 2> All;
    bool VisitDeclRefExpr(const DeclRefExpr *E) override {
      if (isa<VarDecl, BindingDecl>(E->getDecl()))
        All.push_back(E->getDecl());
      return true;
    }
  } V;
  V.TraverseStmt(Index);
  for (const ValueDecl *D : V.All) {
    const auto *Var = dyn_cast<VarDecl>(D);
    if (Var && Var->isCXXForRangeDecl())
      return false;
    if (comparedOrCounted(In, D) || checkedByCallers(In, D, Depth))
      return false;
  }
  return true;
}

bool Throws::Impl::Walk::checkedByCallers(const Code &In, const ValueDecl *D, unsigned Depth) const {
  // A name is looked up in a table that is filled at run time, whoever writes it.
  const auto *P = dyn_cast<ParmVarDecl>(D);
  if (!P || !P->getType()->isScalarType() || Depth > 2 ||
      P->getDeclContext() != static_cast<const DeclContext *>(In.Fn))
    return false;
  bool Called = false;
  for (const FunctionDecl *F : U.Functions)
    if (const Code *Caller = U.code(F))
      for (const Event &E : Caller->Events) {
        if (llvm::any_of(E.Tasks, [&](const CallableRef &T) { return T.Body && U.visible(T.Body) == In.Fn; }))
          return false;
        if (E.Kind != Op::Call || !E.Callee || U.visible(E.Callee) != In.Fn)
          continue;
        const Expr *A = argument(cast<Expr>(E.Site), P);
        if (!A || unchecked(*Caller, A, Depth + 1))
          return false;
        Called = true;
      }
  return Called;
}

bool Throws::Impl::Walk::comparedOrCounted(const Code &In, const ValueDecl *D) {
  struct Finder : AstVisitor {
    const ValueDecl *D;
    bool Found = false;
    explicit Finder(const ValueDecl *D) : D(D) {}
    static const ValueDecl *named(const Expr *E) {
      const auto *DR = dyn_cast<DeclRefExpr>(E->IgnoreParenImpCasts());
      return DR ? DR->getDecl() : nullptr;
    }
    bool VisitBinaryOperator(const BinaryOperator *B) override {
      Found |= B->isComparisonOp() && (named(B->getLHS()) == D || named(B->getRHS()) == D);
      return !Found;
    }
    bool VisitUnaryOperator(const UnaryOperator *O) override {
      Found |= O->isIncrementDecrementOp() && named(O->getSubExpr()) == D;
      return !Found;
    }
    bool VisitCallExpr(const CallExpr *E) override { // `if (config.knows(id))`
      Found |=
          E->getType()->isBooleanType() && llvm::any_of(E->arguments(), [&](const Expr *A) { return named(A) == D; });
      return !Found;
    }
  } F(D);
  F.TraverseStmt(In.Fn->getBody());
  return F.Found;
}

bool Throws::Impl::Walk::looksInto(const Expr *Obj) const {
  auto P = C.place(Obj);
  if (!P)
    return false;
  struct Finder : AstVisitor {
    const Code &C;
    const Place &P;
    const Expr *Own;
    bool Found = false;
    Finder(const Code &C, const Place &P, const Expr *Own) : C(C), P(P), Own(Own) {}
    void about(const Expr *E) {
      if (E && E->IgnoreParenImpCasts() != Own->IgnoreParenImpCasts())
        if (auto X = C.place(E))
          Found |= *X == P;
    }
    bool VisitCXXMemberCallExpr(const CXXMemberCallExpr *M) override {
      const CXXMethodDecl *D = M->getMethodDecl();
      bool Throwing = D && D->getIdentifier() && (D->getName() == "at" || D->getName() == "value");
      if (!Throwing)
        about(M->getImplicitObjectArgument());
      return !Found;
    }
    bool VisitCXXOperatorCallExpr(const CXXOperatorCallExpr *O) override {
      if (O->getOperator() == OO_Equal && O->getNumArgs())
        about(O->getArg(0));
      return !Found;
    }
    bool VisitCallExpr(const CallExpr *Call) override {
      const FunctionDecl *F = Call->getDirectCallee();
      if (!F || !F->isInStdNamespace() || isa<CXXMethodDecl>(F) || F->getNumParams() == 0)
        return true;
      const auto *T = F->getType()->getAs<FunctionProtoType>();
      if (T && T->isNothrow()) // holds_alternative, get_if
        for (const Expr *A : Call->arguments())
          about(A);
      return !Found;
    }
  } F(C, *P, Obj);
  F.TraverseStmt(C.Fn->getBody());
  return F.Found;
}

bool Throws::Impl::Walk::futureFails(const Expr *Future) {
  auto P = C.place(Future);
  if (P && P->Root)
    for (const FunctionDecl *F : U.Functions) {
      const Code *Other = U.code(F);
      if (!Other)
        continue;
      for (const Event &E : Other->Events)
        if (E.Kind == Op::Spawn && E.Object == *P && !E.Tasks.empty()) {
          for (const CallableRef &T : E.Tasks)
            if (T.Body && !I.ask(T.Body).empty())
              return true;
          return false;
        }
    }
  QualType T = U.pointee(Future->IgnoreParenImpCasts()->getType());
  QualType Value = valueOf(T);
  return !Value.isNull() && !Value->isVoidType() && !I.holdsOnlyValues(Value);
}

QualType Throws::Impl::valueOf(QualType T) {
  const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(T->getAsCXXRecordDecl());
  if (!Spec || Spec->getTemplateArgs().size() == 0 || Spec->getTemplateArgs()[0].getKind() != TemplateArgument::Type)
    return {};
  return Spec->getTemplateArgs()[0].getAsType();
}

bool Throws::Impl::holdsOnlyValues(QualType Value) {
  auto [It, New] = OnlyValues.try_emplace(Value.getCanonicalType().getAsOpaquePtr(), false);
  if (!New)
    return It->second;
  bool Made = false;
  auto Carries = [&](QualType T) {
    QualType V = T.isNull() ? QualType() : valueOf(U.pointee(T));
    return !V.isNull() && U.Ctx.hasSameUnqualifiedType(V, Value);
  };
  for (const FunctionDecl *F : U.Functions) {
    const Code *C = U.code(F);
    if (!C)
      continue;
    for (const Event &E : C->Events) {
      const auto *Site = dyn_cast_or_null<Expr>(E.Site);
      if (!Site)
        continue;
      bool Task = E.Kind == Op::Spawn || E.Kind == Op::Defer;
      if ((Task || E.Kind == Op::GetFuture) && Carries(Site->getType())) {
        bool Harmless = Task && !E.Tasks.empty() && llvm::all_of(E.Tasks, [&](const CallableRef &T) {
          return U.visible(T.Body) && ask(T.Body).empty();
        });
        if (Harmless) {
          Made = true;
          continue;
        }
        if (Task || !E.Object.valid() || !Carries(E.Object.last() ? E.Object.last()->getType() : QualType()))
          return false; // a task's own outcome
        Made = true;
      }
      if (E.Kind == Op::Fulfil || E.Kind == Op::TryFulfil)
        if (const auto *M = dyn_cast<CXXMemberCallExpr>(Site);
            M && Carries(M->getImplicitObjectArgument()->IgnoreParenImpCasts()->getType()))
          if (M->getNumArgs() != 1 || !U.Ctx.hasSameUnqualifiedType(M->getArg(0)->getType(), Value))
            return false;
    }
  }
  return OnlyValues[Value.getCanonicalType().getAsOpaquePtr()] = Made;
}

} // namespace heddle

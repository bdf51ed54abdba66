// A map of futures that only grows: every key that was ever asked for keeps its result, or its error, for ever.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Classes.h"
#include "flow/Unwrap.h"
#include "support/AstVisitor.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;

namespace heddle {
namespace {

bool isResult(Role R) { return R == Role::Future || R == Role::SharedFuture || R == Role::Promise; }

/// A future, a promise, or what is made around one: `shared_ptr<Entry>` with a future inside.
bool holdsResult(Unit &U, QualType T, unsigned Depth = 0) {
  if (T.isNull())
    return false;
  if (isResult(U.role(T)) || U.role(T) == Role::Once)
    return true;
  const CXXRecordDecl *RD = U.pointee(T)->getAsCXXRecordDecl();
  return Depth < 2 && RD && RD->hasDefinition() && llvm::any_of(RD->getDefinition()->fields(), [&](const FieldDecl *F) {
           return U.role(F->getType()) != Role::Container && holdsResult(U, F->getType(), Depth + 1);
         });
}

/// The type of the keys of a map, or null.
QualType keyType(Unit &U, QualType T) {
  const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(U.pointee(T)->getAsCXXRecordDecl());
  if (!Spec || U.role(T) != Role::Container || Spec->getTemplateArgs().size() < 2 ||
      Spec->getTemplateArgs()[0].getKind() != TemplateArgument::Type ||
      Spec->getTemplateArgs()[1].getKind() != TemplateArgument::Type)
    return {};
  if (!hasMember(Spec, DeclarationName(&U.Ctx.Idents.get("mapped_type"))))
    return {};
  return Spec->getTemplateArgs()[0].getAsType();
}

/// Everything that is done to one map in this unit.
struct Uses {
  const Event *Insert = nullptr;
  bool KeyIsGiven = false;
  bool Limited = false; ///< something is taken out, or its size is looked at, or it goes where that may be done
  /// Members that do nothing but tell how many there are: a limit only for who asks them.
  llvm::SmallVector<const FunctionDecl *, 1> Tellers;
};

class Finder {
public:
  Finder(Unit &U) : U(U) {}
  llvm::MapVector<const ValueDecl *, Uses> Maps;

  void read(Code &C) {
    for (const Event &E : C.Events) {
      const ValueDecl *V = named(E.Object);
      if (!V || !isMap(V) || E.Object.Element)
        continue;
      Uses &X = Maps[V];
      switch (E.Kind) {
      case Op::Insert:
        if (!X.Insert || !X.KeyIsGiven) {
          bool Given = keyIsGiven(C, E);
          if (!X.Insert || Given)
            X.Insert = &E;
          X.KeyIsGiven |= Given;
        }
        break;
      case Op::Extract:
      case Op::Clear:
      case Op::Reset:
      case Op::Move:
      case Op::Escape:
      case Op::Limit:
        // Made or filled anew while it is constructed it is as empty as before.
        X.Limited |= !isa<CXXConstructorDecl>(C.Fn);
        break;
      default:
        break;
      }
    }
    struct Sizes : AstVisitor {
      Finder &F;
      Code &C;
      Sizes(Finder &F, Code &C) : F(F), C(C) {}
      bool TraverseLambdaExpr(const LambdaExpr *) override { return true; }
      /// `erase_if(map, …)`, `trim(map)`, `&map`: whatever is done there.
      bool VisitCallExpr(const CallExpr *E) override {
        if (isa<CXXMemberCallExpr, CXXOperatorCallExpr>(E))
          return true;
        const FunctionDecl *Fn = E->getDirectCallee();
        for (unsigned I = 0; I != E->getNumArgs(); ++I) {
          QualType P = Fn && I < Fn->getNumParams() ? Fn->getParamDecl(I)->getType() : QualType();
          if (!P.isNull() && P->isReferenceType() && P->getPointeeType().isConstQualified())
            continue;
          F.limited(C, E->getArg(I));
        }
        return true;
      }
      bool VisitUnaryOperator(const UnaryOperator *O) override {
        if (O->getOpcode() == UO_AddrOf)
          F.limited(C, O->getSubExpr());
        return true;
      }
      bool VisitCXXMemberCallExpr(const CXXMemberCallExpr *M) override {
        const CXXMethodDecl *D = M->getMethodDecl();
        if (!D || !D->getIdentifier() || D->getName() != "size")
          return true;
        const Expr *Value = M;
        if (isa<CXXMethodDecl>(C.Fn) && C.Fn->param_empty() && isa_and_nonnull<ReturnStmt>(C.user(Value)))
          F.told(C, M->getImplicitObjectArgument());
        else
          F.limited(C, M->getImplicitObjectArgument());
        return true;
      }
      bool VisitReturnStmt(const ReturnStmt *R) override {
        if (R->getRetValue() && C.Fn->getReturnType()->isReferenceType())
          F.limited(C, R->getRetValue());
        return true;
      }
    } S(*this, C);
    S.TraverseStmt(C.Fn->getBody());
  }

  void limited(Code &C, const Expr *E) {
    if (const ValueDecl *V = mapNamed(C, E))
      Maps[V].Limited = true;
  }
  void told(Code &C, const Expr *E) {
    if (const ValueDecl *V = mapNamed(C, E))
      Maps[V].Tellers.push_back(C.Fn->getCanonicalDecl());
  }

private:
  Unit &U;

  const ValueDecl *mapNamed(Code &C, const Expr *E) {
    auto P = E ? C.place(E) : std::nullopt;
    const ValueDecl *V = P && !P->Element ? named(*P) : nullptr;
    return V && isMap(V) ? V : nullptr;
  }
  static const ValueDecl *named(const Place &P) {
    if (!P.Path.empty())
      return P.Path.back();
    return P.Root;
  }

  bool isMap(const ValueDecl *V) {
    if (const auto *Var = dyn_cast<VarDecl>(V)) {
      if (!Var->hasGlobalStorage() || (Var->isExternallyVisible() && !Var->isStaticLocal()) ||
          Var->getTLSKind() != VarDecl::TLS_None)
        return false;
    } else if (!isa<FieldDecl>(V) || V->getType()->isReferenceType() || V->getType()->isPointerType())
      return false;
    QualType Key = keyType(U, V->getType());
    return !Key.isNull() && !Key->isEnumeralType() && !Key->isBooleanType() && holdsResult(U, U.element(V->getType()));
  }

  /// Is the key something that the caller says?
  bool keyIsGiven(Code &C, const Event &E) const {
    const Expr *Key = nullptr;
    if (const auto *M = dyn_cast<CXXMemberCallExpr>(E.Site)) {
      // insert({k, v}), emplace_hint(it, k, v): any argument may hold it
      return llvm::any_of(M->arguments(), [&](const Expr *A) { return fromParameter(C, A); });
    }
    if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E.Site); O && O->getNumArgs() == 2)
      Key = O->getArg(1);
    return Key && fromParameter(C, Key);
  }
  bool fromParameter(Code &C, const Stmt *S, unsigned Depth = 0) const {
    if (!S || isa<LambdaExpr>(S))
      return false;
    if (const auto *DR = dyn_cast<DeclRefExpr>(S)) {
      const auto *V = dyn_cast<VarDecl>(DR->getDecl());
      if (V && isa<ParmVarDecl>(V))
        return true;
      if (V && V->hasLocalStorage() && V->getInit() && Depth < 3)
        return fromParameter(C, V->getInit(), Depth + 1);
      return false;
    }
    return llvm::any_of(S->children(), [&](const Stmt *X) { return fromParameter(C, X, Depth); });
  }
};

void run(Unit &U, Reporter &R) {
  Finder F(U);
  for (const FunctionDecl *Fn : U.Functions)
    if (Code *C = U.code(Fn))
      F.read(*C);
  llvm::DenseSet<const FunctionDecl *> Called;
  for (const FunctionDecl *Fn : U.Functions)
    if (Code *C = U.code(Fn))
      for (const Event &E : C->Events)
        if (E.Kind == Op::Call && E.Callee)
          Called.insert(E.Callee->getCanonicalDecl());
  for (const auto &[V, X] : F.Maps) {
    if (llvm::any_of(X.Tellers, [&](const FunctionDecl *T) { return Called.contains(T); }))
      continue;
    if (!X.Insert || !X.KeyIsGiven || X.Limited)
      continue;
    if (const auto *Fd = dyn_cast<FieldDecl>(V); Fd && !U.seesAllUses(Fd))
      continue;
    std::string Name = V->getNameAsString();
    R.report(X.Insert->loc(),
             "'" + Name +
                 "' gets an entry for every key that a caller asks for, and nothing ever takes one out: results and "
                 "failures pile up for as long as it lives; drop entries when they are done, or bound it",
             {{V->getLocation(), "'" + Name + "' is declared here"}});
  }
}

const UnitCheck Check({.Name = "unbounded-future-cache",
                       .Family = "futures",
                       .Level = Tier::Risk,
                       .Summary = "Finds maps of futures that are filled for every key and never emptied.",
                       .Rows = "F11",
                       .Preview = true},
                      run);

} // namespace
} // namespace heddle

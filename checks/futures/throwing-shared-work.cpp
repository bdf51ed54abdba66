// Work that is done once for many callers, and throws: one failure reaches all of them, or is tried again by each.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Throws.h"
#include "flow/Unwrap.h"
#include "support/AstVisitor.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {
namespace {

bool isResult(Role R) {
  return R == Role::Future || R == Role::SharedFuture || R == Role::Promise || R == Role::Condition ||
         R == Role::Latch || R == Role::Once;
}

/// An entry that several callers wait for: a future, or an object with one, or with a condition.
bool isShared(Unit &U, QualType T) {
  if (T.isNull())
    return false;
  if (isResult(U.role(T)))
    return true;
  const CXXRecordDecl *RD = U.pointee(T)->getAsCXXRecordDecl();
  return RD && RD->hasDefinition() && llvm::any_of(RD->getDefinition()->fields(), [&](const FieldDecl *F) {
           return isResult(U.role(F->getType()));
         });
}

class Finder {
public:
  Finder(Unit &U, Reporter &R) : U(U), R(R), T(U) {}

  void run() {
    for (const FunctionDecl *F : U.Functions)
      if (Code *C = U.code(F))
        for (const Event &E : C->Events) {
          if (E.Tasks.empty() || !E.Site || E.may(Fact::SharesException))
            continue;
          if (E.Kind == Op::RunNow && electsOne(*C, E))
            tell(*C, E, "the initialiser is handed over here",
                 "; it has not run then, and each of the callers runs it again");
          else if (const char *Of = sharedBy(*C, E))
            tell(*C, E, Of, "; all who share the result get the same exception");
          else if (E.Kind == Op::Spawn && E.may(Fact::CarriesExceptions) && isKeptForMany(*C, E))
            tell(*C, E, "the result is kept for many callers here",
                 "; all who share the result get the same exception");
        }
  }

private:
  Unit &U;
  Reporter &R;
  Throws T;

  /// call_once and its like: what is claimed at the same place is a once flag.
  static bool electsOne(const Code &C, const Event &E) {
    for (unsigned I : C.at(E.Site)) {
      const Event &X = C.Events[I];
      if (X.Kind == Op::Claim && (X.ObjectRole == Role::Once || !X.Object.valid()))
        return true;
    }
    return false;
  }

  /// Is it given to a member that looks up who else is at it, by a key?
  const char *sharedBy(const Code &C, const Event &E) {
    const auto *Call = dyn_cast<CXXMemberCallExpr>(E.Site);
    const auto *M = Call ? dyn_cast_or_null<CXXMethodDecl>(U.visible(Call->getMethodDecl())) : nullptr;
    const Code *Inner = M && M->getNumParams() > 1 ? U.code(M) : nullptr;
    if (!Inner || !(E.Kind == Op::RunNow || E.Kind == Op::Spawn || E.Kind == Op::Call || E.Kind == Op::Defer))
      return nullptr;
    for (const Event &X : Inner->Events) {
      if (X.Kind != Op::Insert || !X.Object.This || X.Object.Path.empty())
        continue;
      const FieldDecl *Map = X.Object.Path.back();
      if (isShared(U, U.element(Map->getType())) && looksUp(*Inner, Map))
        return "all callers of one key share this work";
    }
    return nullptr;
  }
  static bool looksUp(const Code &C, const FieldDecl *Map) {
    // `auto &entry = map[key]; if (!entry) …`
    for (const Event &E : C.Events)
      if (E.Kind == Op::Test && E.Object.valid() && E.Object.Element && E.Object.last() == Map)
        return true;
    struct Finder : AstVisitor {
      const Code &C;
      const FieldDecl *Map;
      bool Found = false;
      Finder(const Code &C, const FieldDecl *M) : C(C), Map(M) {}
      bool VisitCXXMemberCallExpr(const CXXMemberCallExpr *M) override {
        const CXXMethodDecl *D = M->getMethodDecl();
        if (!D || !D->getIdentifier() || !M->getImplicitObjectArgument())
          return true;
        llvm::StringRef N = D->getName();
        if (N == "find" || N == "contains" || N == "count" || N == "try_emplace" || N == "emplace" || N == "insert")
          if (auto P = C.place(M->getImplicitObjectArgument()))
            Found |= !P->Path.empty() && P->Path.back() == Map;
        return !Found;
      }
    } F(C, Map);
    F.TraverseStmt(C.Fn->getBody());
    return F.Found;
  }

  /// `futures_[key] = std::async(…).share();`, and nothing that failed is taken out again.
  bool isKeptForMany(const Code &C, const Event &E) {
    const Stmt *Shares = nullptr;
    for (const Stmt *S = C.parent(E.Site); S && !Shares; S = C.parent(S)) {
      if (isa<CompoundStmt>(S))
        return false;
      if (const auto *M = dyn_cast<CXXMemberCallExpr>(S))
        for (unsigned I : C.at(M))
          if (C.Events[I].Kind == Op::Consume && C.Events[I].may(Fact::NonBlocking))
            Shares = M;
      if (const auto *X = dyn_cast<Expr>(S); X && U.role(X->getType()) == Role::SharedFuture)
        Shares = X;
    }
    if (!Shares)
      return false;
    auto Keeps = [&](const Place &P) {
      const ValueDecl *V = P.last();
      const auto *Var = dyn_cast_or_null<VarDecl>(V);
      return V && (isa<FieldDecl>(V) || (Var && Var->hasGlobalStorage())) && isShared(U, U.element(V->getType())) &&
             !evicts(V);
    };
    // Put into the map at once, or through a local.
    const VarDecl *Local = nullptr;
    for (const Stmt *S = Shares; S && !isa<CompoundStmt>(S); S = C.parent(S)) {
      if (const auto *O = dyn_cast<CXXOperatorCallExpr>(S); O && O->getOperator() == OO_Equal)
        if (auto P = C.place(O->getArg(0)); P && Keeps(*P))
          return true;
      if (const auto *M = dyn_cast<CXXMemberCallExpr>(S); M && M->getImplicitObjectArgument())
        if (auto P = C.place(M->getImplicitObjectArgument()); P && Keeps(*P))
          return true;
      if (const auto *D = dyn_cast<DeclStmt>(S); D && D->isSingleDecl())
        Local = dyn_cast<VarDecl>(D->getSingleDecl());
    }
    if (!Local)
      return false;
    struct Stores : AstVisitor {
      const Code &C;
      const VarDecl *V;
      llvm::function_ref<bool(const Place &)> Keeps;
      bool Found = false;
      Stores(const Code &C, const VarDecl *V, llvm::function_ref<bool(const Place &)> K) : C(C), V(V), Keeps(K) {}
      bool TraverseLambdaExpr(const LambdaExpr *) override { return true; }
      bool names(const Stmt *S) const {
        if (!S)
          return false;
        if (const auto *DR = dyn_cast<DeclRefExpr>(S))
          return DR->getDecl() == V;
        return llvm::any_of(S->children(), [&](const Stmt *X) { return names(X); });
      }
      bool VisitCXXOperatorCallExpr(const CXXOperatorCallExpr *O) override {
        if (O->getOperator() == OO_Equal && names(O->getArg(1)))
          if (auto P = C.place(O->getArg(0)))
            Found |= Keeps(*P);
        return !Found;
      }
      bool VisitCXXMemberCallExpr(const CXXMemberCallExpr *M) override {
        if (M->getImplicitObjectArgument() && llvm::any_of(M->arguments(), [&](const Expr *A) { return names(A); }))
          if (auto P = C.place(M->getImplicitObjectArgument()))
            Found |= Keeps(*P);
        return !Found;
      }
    } S(C, Local, Keeps);
    S.TraverseStmt(C.Fn->getBody());
    return S.Found;
  }

  /// Is anything ever taken out of it? Then a failure need not stay.
  bool evicts(const ValueDecl *V) {
    for (const FunctionDecl *F : U.Functions)
      if (const Code *C = U.code(F))
        for (const Event &E : C->Events)
          if ((E.Kind == Op::Extract || E.Kind == Op::Clear || E.Kind == Op::Reset || E.Kind == Op::Escape) &&
              E.Object.valid() && !E.Object.Element && E.Object.last() == V && !choosesElement(*C, E))
            return true;
    return false;
  }
  /// `return map_[key];`: what goes out is an element.
  static bool choosesElement(const Code &C, const Event &E) {
    const auto *Named = E.Kind == Op::Escape ? dyn_cast_or_null<Expr>(E.Site) : nullptr;
    const auto *User = Named ? dyn_cast_or_null<CXXOperatorCallExpr>(C.user(Named)) : nullptr;
    return User && User->getOperator() == OO_Subscript && User->getArg(0) == Named;
  }

  void tell(const Code &C, const Event &E, const char *How, const char *Then) {
    for (const CallableRef &Task : E.Tasks)
      for (const Thrown &X : T.leaving(C, Task)) {
        if (!X.From)
          continue;
        std::vector<StoryLine> Story{{E.loc(), How}};
        llvm::append_range(Story, X.Way);
        R.report(X.From->getBeginLoc(),
                 X.What + " can leave this work, which is done once for many callers" + Then +
                     "; turn the failure into a value inside the work",
                 Story);
      }
  }
};

const UnitCheck Check({.Name = "throwing-shared-work",
                       .Family = "futures",
                       .Level = Tier::Risk,
                       .Summary = "Finds work that many callers share and that throws.",
                       .Rows = "F10",
                       .Preview = true},
                      [](Unit &U, Reporter &R) {
                        if (U.Ctx.getLangOpts().CXXExceptions)
                          Finder(U, R).run();
                      });

} // namespace
} // namespace heddle

#include "OwnerCallbacks.h"
#include "Calls.h"
#include "Classes.h"
#include "StoredCallables.h"
#include "Unwrap.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {

namespace {

bool isOwner(const Expr *A) {
  A = unwrap(A);
  if (const auto *D = dyn_cast_or_null<UnaryOperator>(A); D && D->getOpcode() == UO_Deref)
    A = unwrap(D->getSubExpr());
  return isa_and_nonnull<CXXThisExpr>(A);
}

class Finder {
public:
  Finder(Unit &U, ClassFacts &F) : U(U), F(F) {}

  std::vector<OwnerCallback> run() {
    for (const FieldFacts &X : F.Fields) {
      const CXXRecordDecl *RD = classOf(X.Field);
      bool Only = RD && !isSame(RD, F.Class) && llvm::count_if(F.Fields, [&](const FieldFacts &Y) {
                                                   return isSame(classOf(Y.Field), RD);
                                                 }) == 1;
      ClassFacts *Of = Only ? U.get<ClassTable>().of(RD) : nullptr;
      if (!Of)
        continue;
      Now.Part = X.Field;
      Now.Many = X.Many;
      Now.Of = Of;
      for (const ClassTask &T : Of->Tasks) {
        Now.Task = &T;
        if (T.OnObject)
          for (const Code *C : U.get<Calls>().behind(T.Body))
            look(*C);
      }
    }
    return std::move(Out);
  }

private:
  Unit &U;
  ClassFacts &F;
  OwnerCallback Now;
  std::vector<OwnerCallback> Out;

  const CXXRecordDecl *classOf(const FieldDecl *X) {
    QualType Element = U.element(X->getType());
    return U.pointee(Element.isNull() ? X->getType() : Element)->getAsCXXRecordDecl();
  }

  void add(const FunctionDecl *Body, SourceLocation Given, SourceLocation Called) {
    if (!U.visible(Body) ||
        llvm::any_of(Out, [&](const OwnerCallback &X) { return X.Body == Body && X.Part == Now.Part; }))
      return;
    Out.push_back(Now);
    Out.back().Body = Body;
    Out.back().Given = Given;
    Out.back().Called = Called;
  }
  void stored(const CallableRef &T, const Code &In, SourceLocation Called) {
    if (T.Body && T.Site && runsOnThis(T) && isSame(objectClass(In.Fn), F.Class))
      add(T.Body, T.Site->getExprLoc(), Called);
  }

  /// One body that the part's thread runs.
  void look(const Code &C) {
    for (const Event &E : C.Events) {
      if (E.Kind != Op::Call || E.Callee || !E.Site)
        continue;
      if (const auto *Runs = U.get<StoredCallables>().calledBy(C, E))
        for (const auto &X : Runs->All)
          stored(X.What, *X.In, E.loc());
      // `void start(F done) { thread_ = std::thread([=] { …; done(); }); }`
      const auto *P = E.Object.Path.empty() ? dyn_cast_or_null<ParmVarDecl>(E.Object.Root) : nullptr;
      const auto *By = P ? dyn_cast<FunctionDecl>(P->getDeclContext()) : nullptr;
      for (const CallEdge &Step : By ? U.get<Calls>().callers(By) : llvm::ArrayRef<CallEdge>())
        if (const Expr *A = Step.argument(P))
          for (const CallableRef &T : Step.In->callables(A))
            stored(T, *Step.In, E.loc());
    }
    forEach<CXXMemberCallExpr>(C.Fn->getBody(), Walk::NoLambdas,
                               [&](const CXXMemberCallExpr *Call) { calls(C, Call); });
  }
  /// `owner_->onClosed()`, `listener_.onClosed()`
  void calls(const Code &C, const CXXMemberCallExpr *Call) {
    const CXXMethodDecl *M = Call->getMethodDecl();
    auto On = M ? C.place(Call->getImplicitObjectArgument()) : std::nullopt;
    if (!On || !On->This || On->Path.size() != 1 || !isSame(objectClass(C.Fn), Now.Of->Class))
      return;
    const CXXMethodDecl *Runs = isSame(M->getParent(), F.Class) ? M : nullptr;
    for (const CXXMethodDecl *By : !Runs && M->isVirtual() ? U.get<Calls>().overriders(M)
                                                           : llvm::ArrayRef<const CXXMethodDecl *>())
      if (isSame(By->getParent(), F.Class))
        Runs = By;
    const FunctionDecl *Def = Runs ? U.visible(Runs) : nullptr;
    if (SourceLocation Given = Def ? givesItself() : SourceLocation(); Given.isValid())
      add(Def, Given, Call->getExprLoc());
  }
  /// Where a member of the owner gives the owner to the part: `source_(*this)`, `source_.setListener(this)`.
  SourceLocation givesItself() {
    SourceLocation Found = givesItself(Now.Part->getInClassInitializer());
    for (const ClassMember &M : F.Members)
      for (const Code *C : U.get<Calls>().behind(M.M))
        if (Found.isInvalid() && isSame(objectClass(C->Fn), F.Class))
          Found = givesItself(C->Fn);
    return Found;
  }
  template <class Root> SourceLocation givesItself(const Root *In) {
    SourceLocation Found;
    auto Look = [&](auto Arguments, bool ToPart) {
      for (const Expr *A : Arguments)
        if (ToPart && Found.isInvalid() && isOwner(A))
          Found = A->getExprLoc();
    };
    forEach<CXXConstructExpr>(In, Walk::NoLambdas, [&](const CXXConstructExpr *X) {
      Look(X->arguments(), isSame(X->getConstructor()->getParent(), Now.Of->Class));
    });
    forEach<CallExpr>(In, Walk::NoLambdas, [&](const CallExpr *X) {
      const auto *M = dyn_cast_or_null<CXXMethodDecl>(X->getDirectCallee());
      bool Makes = isSame(U.pointee(X->getType())->getAsCXXRecordDecl(), Now.Of->Class);
      Look(X->arguments(), Makes || (M && isSame(M->getParent(), Now.Of->Class)));
    });
    return Found;
  }
};

} // namespace

std::vector<OwnerCallback> ownerCallbacks(Unit &U, ClassFacts &F) { return Finder(U, F).run(); }

} // namespace heddle

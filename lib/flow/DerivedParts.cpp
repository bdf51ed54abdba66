#include "DerivedParts.h"
#include "Calls.h"
#include "Unwrap.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {

namespace {

bool joins(const LifeStep &S, const FieldDecl *Handle) {
  return S.Does == LifeStep::Do && S.What && S.What->Kind == Op::Join && S.What->Object.valid() &&
         S.In->whole(S.What->Object).last() == Handle;
}

class Finder {
public:
  Finder(Unit &U, ClassFacts &D) : U(U), D(D) {}

  std::vector<DerivedUse> run() {
    const CXXDestructorDecl *End = D.Class->getDestructor();
    if (End && End->isUserProvided() && !U.visible(End))
      return {};
    for (const CXXBaseSpecifier &B : D.Class->bases())
      if (ClassFacts *Base = U.get<ClassTable>().of(B.getType()->getAsCXXRecordDecl()))
        for (const ClassTask &T : Base->Tasks)
          ofTask(*Base, T);
    return std::move(Out);
  }

private:
  void ofTask(ClassFacts &Base, const ClassTask &T) {
    if (!T.OnObject || T.Detached || !T.Body || !T.Handle || ownsItsObject(U, Base, T))
      return;
    SourceLocation Joins = joinedByEnd(Base, T.Handle);
    if (Joins.isInvalid() || joinedByDerived(Base, T.Handle) || isEndedByOthers(Base, T.Handle))
      return;
    for (const Code *C : U.get<Calls>().behind(T.Body))
      forEach<CXXMemberCallExpr>(C->Fn->getBody(), Walk::NoLambdas, [&](const CXXMemberCallExpr *Call) {
        const CXXMethodDecl *M = Call->getMethodDecl();
        if (!M || !M->isVirtual() || !isa<CXXThisExpr>(unwrap(Call->getImplicitObjectArgument())))
          return;
        for (const CXXMethodDecl *X : D.Class->methods())
          if (llvm::is_contained(X->overridden_methods(), M->getCanonicalDecl()) && U.visible(X))
            add(T, *M, *X, Call->getExprLoc(), Joins);
      });
  }
  void add(const ClassTask &T, const CXXMethodDecl &M, const CXXMethodDecl &Override, SourceLocation At,
           SourceLocation Joins) {
    DerivedUse X{&T, &Override, At, Joins, {}, M.isPureVirtual()};
    for (const TouchedField &F : touchedBy(U, U.visible(&Override)))
      if (F.Field->getParent() == D.Class)
        X.Touches.push_back(F);
    if (X.Pure || !X.Touches.empty())
      Out.push_back(std::move(X));
  }

  static SourceLocation joinedByEnd(ClassFacts &Base, const FieldDecl *Handle) {
    for (const LifeStep &S : Base.destruction())
      if (joins(S, Handle))
        return S.What->loc();
    const FieldFacts *F = Base.field(Handle);
    return F && F->AtEnd.has(Endings::Joins) ? Handle->getLocation() : SourceLocation();
  }
  /// The destructor of the derived class waits, or calls something that may.
  bool joinedByDerived(ClassFacts &Base, const FieldDecl *Handle) {
    return llvm::any_of(D.destruction(), [&](const LifeStep &S) {
      const auto *M = S.Does == LifeStep::Do && S.What && S.What->Kind == Op::Call
                          ? dyn_cast_or_null<CXXMethodDecl>(S.What->Callee)
                          : nullptr;
      return joins(S, Handle) || (M && M->getParent() == Base.Class && !U.visible(M));
    });
  }
  /// `server.stop();` before the end of the object.
  bool isEndedByOthers(ClassFacts &Base, const FieldDecl *Handle) {
    return llvm::any_of(Base.operations(Handle, {Op::Join}), [&](const MemberAccess *J) {
      return J->By && !isa<CXXDestructorDecl>(J->By) &&
             llvm::any_of(U.get<Calls>().callers(J->By), [&](const CallEdge &X) {
               const auto *By = dyn_cast<CXXMethodDecl>(X.In->Fn);
               return !By || (By->getParent() != Base.Class && By->getParent() != D.Class);
             });
    });
  }

  Unit &U;
  ClassFacts &D;
  std::vector<DerivedUse> Out;
};

} // namespace

std::vector<DerivedUse> derivedUses(Unit &U, ClassFacts &Derived) { return Finder(U, Derived).run(); }

} // namespace heddle

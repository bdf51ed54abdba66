#include "OwningWork.h"
#include "Calls.h"
#include "Captures.h"
#include "Classes.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {

namespace {

bool isSame(const CXXRecordDecl *A, const CXXRecordDecl *B) {
  return A && B && A->getCanonicalDecl() == B->getCanonicalDecl();
}

/// The class of a part that is a value, or behind a pointer that nobody can copy; null for any other member.
const CXXRecordDecl *soleOwnedClass(Unit &U, const FieldDecl *X) {
  QualType T = X->getType();
  if (T->isPointerType() || T->isReferenceType())
    return nullptr;
  return !U.leads(T) || isMoveOnly(T->getAsCXXRecordDecl()) ? U.pointee(T)->getAsCXXRecordDecl() : nullptr;
}

/// Where a task calls a callable that it was given.
SourceLocation runsGiven(Unit &U, const ClassTask &T) {
  for (const Code *C : U.get<Calls>().behind(T.Body))
    for (const Event &E : C->Events)
      if (E.Kind == Op::Call && !E.Callee && E.Site)
        return E.loc();
  return {};
}

/// What the callable holds that keeps an object of the class alive; null if it holds nothing of the kind.
std::optional<Held> shareIn(Unit &U, const Code &C, const CallableRef &T, const CXXRecordDecl *RD) {
  for (const Held &X : U.get<Captures>().of(C, T))
    if (X.By == Held::Owner && X.Variable && isSame(U.pointee(X.Variable->getType())->getAsCXXRecordDecl(), RD)) {
      if ((X.Object && X.Object->isThis()) || X.isFromThis())
        return X;
    }
  return std::nullopt;
}

} // namespace

std::vector<OwningWork> owningWork(Unit &U, ClassFacts &F) {
  std::vector<OwningWork> Out;
  auto Given = [&](Code &C, const FieldFacts &X, ClassFacts &Of, const ClassTask &T, SourceLocation Runs) {
    forEach<CXXMemberCallExpr>(C.Fn->getBody(), Walk::NoLambdas, [&](const CXXMemberCallExpr *Call) {
      const FunctionDecl *M = U.visible(Call->getMethodDecl());
      const Code *Inner = M && isSame(Call->getMethodDecl()->getParent(), Of.Class) ? U.code(M) : nullptr;
      auto On = Inner ? C.place(Call->getImplicitObjectArgument()) : std::nullopt;
      if (!On || !On->This || On->Path.size() != 1 || On->Path.front() != X.Field)
        return;
      for (const ParmVarDecl *P : M->parameters()) {
        const Expr *A = argument(Call, P);
        if (!A || llvm::any_of(Inner->Events, [&](const Event &E) { return Code::callOf(E, P); }))
          continue;
        for (const CallableRef &What : C.callables(A))
          if (auto Share = shareIn(U, C, What, F.Class))
            Out.push_back({X.Field, &Of, &T, Share->Loc, Share->Name, Runs});
      }
    });
  };
  for (const FieldFacts &X : F.Fields) {
    const CXXRecordDecl *RD = X.Many ? nullptr : soleOwnedClass(U, X.Field);
    ClassFacts *Of = RD && !isSame(RD, F.Class) ? U.get<ClassTable>().of(RD) : nullptr;
    if (!Of)
      continue;
    for (const ClassTask &T : Of->Tasks)
      if (SourceLocation Runs = T.Body ? runsGiven(U, T) : SourceLocation(); Runs.isValid())
        for (const CXXMethodDecl *M : allMembers(F.Class))
          if (Code *C = U.visible(M) ? U.code(M) : nullptr)
            Given(*C, X, *Of, T, Runs);
  }
  return Out;
}

} // namespace heddle

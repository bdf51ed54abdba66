#include "StrandHandlers.h"
#include "Calls.h"
#include "Classes.h"
#include "Uses.h"
#include "support/Walk.h"

#include "llvm/ADT/SetVector.h"

using namespace clang;

namespace heddle {

namespace {

bool mentionsRole(Unit &U, const Stmt *S, Role R) {
  return S && anyOf<Expr>(S, Walk::NoLambdas, [&](const Expr *E) { return U.role(E->getType()) == R; });
}

class Finder {
public:
  Finder(Unit &U, const CXXRecordDecl *RD, const FieldDecl *Strand) : U(U), RD(RD), Strand(Strand) {}

  void run(std::vector<StrayHandler> &Out) {
    llvm::SmallVector<const Event *, 4> Bound;
    llvm::SmallVector<std::pair<const Event *, const FieldDecl *>, 4> Stray;
    for (Code *C : bodies(U)) {
      const CXXRecordDecl *In = objectClass(C->Fn);
      if (!In || In->getCanonicalDecl() != RD->getCanonicalDecl())
        continue;
      for (const Event &E : C->Events) {
        if (E.Kind != Op::Defer || !E.Model || !E.Site || E.Tasks.empty() || E.ObjectRole == Role::StopCallback)
          continue;
        if (isBound(E))
          Bound.push_back(&E);
        else if (auto Object = strayWith(E))
          Stray.push_back({&E, *Object});
      }
    }
    for (auto [E, Object] : Stray)
      for (const Event *B : Bound)
        if (const FieldDecl *Shared = shared(*E, *B)) {
          Out.push_back({Strand, Object, E, B, Shared});
          break;
        }
  }

private:
  Unit &U;
  const CXXRecordDecl *RD;
  const FieldDecl *Strand;

  bool isBound(const Event &E) {
    if (E.ObjectRole == Role::Strand)
      return true;
    const auto *Call = dyn_cast<CallExpr>(E.Site);
    return Call && llvm::any_of(Call->arguments(), [&](const Expr *A) { return mentionsRole(U, A, Role::Strand); });
  }
  /// The member whose handler it is, or null where it is posted to the loop itself; none if the executor is not known.
  std::optional<const FieldDecl *> strayWith(const Event &E) {
    if (E.ObjectRole == Role::EventLoop)
      return nullptr;
    const FieldDecl *Object = E.Object.This && E.Object.Path.size() == 1 ? E.Object.Path.front() : nullptr;
    return Object && isMadeWithLoop(Object) ? std::optional(Object) : std::nullopt;
  }
  bool isMadeWithLoop(const FieldDecl *Object) {
    bool Loop = false;
    for (const CXXConstructorDecl *Ctor : RD->ctors()) {
      const FunctionDecl *Def = U.visible(Ctor);
      if (!Def || Ctor->isCopyOrMoveConstructor())
        continue;
      for (const CXXCtorInitializer *I : cast<CXXConstructorDecl>(Def)->inits()) {
        if (I->getAnyMember() != Object)
          continue;
        if (mentionsRole(U, I->getInit(), Role::Strand) || !mentionsRole(U, I->getInit(), Role::EventLoop))
          return false;
        Loop = true;
      }
    }
    return Loop;
  }
  bool changes(const FunctionDecl *Body, const FieldDecl *F) {
    return llvm::any_of(U.get<Calls>().behind(Body), [&](const Code *C) {
      return llvm::any_of(U.get<Uses>().in(*C, F),
                          [](const Use &X) { return X.is(Use::Writes) && X.Of != Use::Behind; });
    });
  }
  bool isPlain(const FieldDecl *F) {
    Role R = U.role(F->getType());
    return !F->getType().isConstQualified() && !F->getType()->isReferenceType() &&
           llvm::is_contained({Role::None, Role::Container, Role::SmartPointer, Role::Function}, R);
  }
  /// The members of the object, or of any of its class, that the body names, with all that it calls.
  llvm::SmallSetVector<const FieldDecl *, 8> named(const FunctionDecl *Body) {
    llvm::SmallSetVector<const FieldDecl *, 8> Found;
    for (const Code *C : U.get<Calls>().behind(Body))
      forEach<MemberExpr>(C->Fn->getBody(), Walk::NoLambdas, [&](const MemberExpr *M) {
        const auto *F = dyn_cast<FieldDecl>(M->getMemberDecl());
        if (F && F->getParent()->getCanonicalDecl() == RD->getCanonicalDecl())
          Found.insert(F);
      });
    return Found;
  }
  const FieldDecl *shared(const Event &A, const Event &B) {
    for (const CallableRef &X : A.Tasks)
      for (const CallableRef &Y : B.Tasks) {
        if (!X.Body || !Y.Body || !U.visible(X.Body) || !U.visible(Y.Body) || X.Body == Y.Body)
          continue;
        auto Others = named(Y.Body);
        for (const FieldDecl *F : named(X.Body))
          if (isPlain(F) && Others.contains(F) && (changes(X.Body, F) || changes(Y.Body, F)))
            return F;
      }
    return nullptr;
  }
};

} // namespace

std::vector<StrayHandler> strayHandlers(Unit &U) {
  std::vector<StrayHandler> Out;
  llvm::SmallPtrSet<const CXXRecordDecl *, 8> Seen;
  for (Code *C : bodies(U)) {
    const CXXRecordDecl *RD = objectClass(C->Fn);
    if (!RD || !RD->hasDefinition() || !Seen.insert(RD->getCanonicalDecl()).second)
      continue;
    const FieldDecl *Strand = nullptr;
    bool Skip = false;
    for (const FieldDecl *F : RD->getDefinition()->fields()) {
      Role R = U.role(F->getType());
      Skip |= isLock(R) || (Strand && R == Role::Strand);
      if (R == Role::Strand)
        Strand = F;
    }
    if (Strand && !Skip)
      Finder(U, RD->getDefinition(), Strand).run(Out);
  }
  return Out;
}

} // namespace heddle

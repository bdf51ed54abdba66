// A guard that guards nothing: a temporary that is gone at the end of its statement, a declaration that was meant as
// one, or a tag that makes it take no lock.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Unwrap.h"
#include "support/AstVisitor.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "llvm/ADT/StringSet.h"

using namespace clang;

namespace heddle {
namespace {

/// Is an object of this type there for nothing but the lock that it holds: a guard, or a class around guards?
bool isGuardType(Unit &U, QualType T, unsigned Depth = 0) {
  if (T.isNull() || T->isReferenceType() || T->isPointerType())
    return false;
  if (const TypeModel *M = U.type(T))
    return isGuard(M->Plays);
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  if (!RD || !RD->hasDefinition() || RD->isLambda() || Depth > 2)
    return false;
  RD = RD->getDefinition();
  bool Any = false;
  for (const FieldDecl *F : RD->fields()) {
    if (isGuardType(U, F->getType(), Depth + 1))
      Any = true;
    else if (!isLock(U.role(F->getType())))
      return false;
  }
  return Any;
}

const VarDecl *asVariable(const ValueDecl *V) { return dyn_cast_or_null<VarDecl>(V); }

/// How often each variable is named, and which names are taken.
struct Names : AstVisitor {
  llvm::DenseMap<const ValueDecl *, unsigned> Uses;
  llvm::StringSet<> Taken;
  bool shouldVisitImplicitCode() const override { return true; }
  bool VisitDeclRefExpr(const DeclRefExpr *E) override {
    ++Uses[E->getDecl()];
    return true;
  }
  bool VisitMemberExpr(const MemberExpr *E) override {
    if (const auto *F = dyn_cast<FieldDecl>(E->getMemberDecl()))
      ++Uses[F->getCanonicalDecl()];
    if (E->getMemberDecl()->getIdentifier())
      Taken.insert(E->getMemberDecl()->getName());
    return true;
  }
  bool VisitNamedDecl(const NamedDecl *D) override {
    if (D->getIdentifier())
      Taken.insert(D->getName());
    return true;
  }
};

class Finder {
public:
  Finder(Code &C, Reporter &R) : C(C), U(C.U), R(R) {
    for (const ParmVarDecl *P : C.Fn->parameters())
      N.VisitNamedDecl(P);
    N.TraverseStmt(C.Fn->getBody());
  }

  void run() {
    statement(C.Fn->getBody(), nullptr, false);
    for (const auto &[V, G] : C.guards())
      tagged(V, G);
  }

private:
  Code &C;
  Unit &U;
  Reporter &R;
  Names N;

  /// \p Next follows in the same scope; \p Followed: something does, further out.
  void statement(const Stmt *S, const Stmt *Next, bool Followed) {
    if (!S)
      return;
    if (const auto *B = dyn_cast<CompoundStmt>(S)) {
      for (auto I = B->body_begin(); I != B->body_end(); ++I) {
        if (isa<CompoundStmt>(*I)) // an empty critical section in braces of its own is on purpose
          statement(*I, nullptr, false);
        else
          statement(*I, I + 1 == B->body_end() ? Next : *(I + 1), I + 1 != B->body_end() || Followed);
      }
      return;
    }
    // `if (std::unique_lock<std::mutex>(m); …)`
    const Stmt *Init = isa<IfStmt>(S)            ? cast<IfStmt>(S)->getInit()
                       : isa<SwitchStmt>(S)      ? cast<SwitchStmt>(S)->getInit()
                       : isa<CXXForRangeStmt>(S) ? cast<CXXForRangeStmt>(S)->getInit()
                                                 : nullptr;
    if (Init)
      statement(Init, S, true);
    if (const auto *If = dyn_cast<IfStmt>(S)) {
      statement(If->getThen(), Next, Followed);
      statement(If->getElse(), Next, Followed);
      return;
    }
    if (const auto *L = dyn_cast<LabelStmt>(S))
      return statement(L->getSubStmt(), Next, Followed);
    if (const auto *L = dyn_cast<SwitchCase>(S))
      return statement(L->getSubStmt(), Next, Followed);
    if (const auto *A = dyn_cast<AttributedStmt>(S))
      return statement(A->getSubStmt(), Next, Followed);
    if (const auto *D = dyn_cast<DeclStmt>(S)) {
      for (const Decl *X : D->decls())
        if (const auto *V = dyn_cast<VarDecl>(X))
          vexing(V);
      return;
    }
    if (const auto *E = dyn_cast<Expr>(S)) {
      if (Followed && !isBarrier(Next))
        temporary(E);
      return;
    }
    for (const Stmt *Child : S->children()) // of a loop or a try
      if (Child && Child != Init && !isa<Expr, DeclStmt>(Child))
        statement(Child, nullptr, false);
  }

  /// Taking the lock and giving it back makes those who are about to wait see what was changed before; then they are
  /// woken. It also waits for whoever holds it. Neither needs a name.
  bool isBarrier(const Stmt *Next) const {
    if (!Next)
      return true;
    if (const auto *Ret = dyn_cast<ReturnStmt>(Next))
      return !Ret->getRetValue();
    if (isa<BreakStmt, ContinueStmt>(Next))
      return true;
    for (const Event &E : C.Events)
      if (E.Kind == Op::Notify)
        for (const Stmt *S = E.Site; S; S = C.parent(S))
          if (S == Next)
            return true;
    return false;
  }

  std::string freshName() const {
    for (const char *Name : {"lock", "guard", "locked"})
      if (!N.Taken.contains(Name))
        return Name;
    unsigned I = 2;
    while (N.Taken.contains("lock" + std::to_string(I)))
      ++I;
    return "lock" + std::to_string(I);
  }

  std::string nameOf(const Expr *E) const {
    auto P = E ? C.place(E) : std::nullopt;
    return P ? "'" + P->name() + "'" : "the lock";
  }

  /// Does the call hand a guard on that somebody had before?
  bool passesGuardOn(llvm::ArrayRef<const Expr *> Args) const {
    return llvm::any_of(Args, [&](const Expr *A) { return A && isGuard(U.role(A->getType())); });
  }

  void temporary(const Expr *Full) {
    const Expr *E = unwrap(Full);
    if (!E || !E->isPRValue() || E->getType()->isVoidType())
      return;
    const auto *Cast = dyn_cast<CXXFunctionalCastExpr>(E);
    const Expr *Made = Cast ? unwrap(Cast->getSubExpr()) : E;
    SourceLocation NameAt;
    llvm::SmallVector<FixItHint, 1> Fix;
    // A name mends it only where what follows is in the same block, and no case label jumps over it.
    const auto *Block = dyn_cast_or_null<CompoundStmt>(C.parent(Full));
    const Stmt *Around = C.parent(Full);
    bool Mends = (Block && Block->body_back() != Full && !isa_and_nonnull<SwitchStmt>(C.parent(Block))) ||
                 (isa_and_nonnull<IfStmt>(Around) && cast<IfStmt>(Around)->getInit() == Full);
    auto Insert = [&](SourceLocation L, const std::string &Text) {
      if (Mends && L.isValid() && L.isFileID())
        Fix.push_back(FixItHint::CreateInsertion(L, Text));
    };
    if (const auto *New = dyn_cast<CXXConstructExpr>(Made)) {
      if (!isGuardType(U, New->getType()) || New->getNumArgs() == 0 || New->getConstructor()->isCopyOrMoveConstructor())
        return;
      llvm::SmallVector<const Expr *, 3> Args;
      for (const Expr *A : New->arguments())
        if (!isa<CXXDefaultArgExpr>(A))
          Args.push_back(A);
      if (Args.empty() || passesGuardOn(Args))
        return;
      const Expr *Lock = nullptr;
      for (const Expr *A : Args) {
        if (U.role(A->getType()) == Role::DeferTag)
          return; // it takes nothing, and so gives nothing back
        if (!Lock && isLock(U.role(A->getType())))
          Lock = A;
      }
      if (Cast)
        NameAt = Cast->getLParenLoc().isValid() ? Cast->getLParenLoc() : New->getParenOrBraceRange().getBegin();
      else
        NameAt = New->getParenOrBraceRange().getBegin();
      Insert(NameAt, " " + freshName());
      R.report(Full->getBeginLoc(),
               "the guard is a temporary: it gives " + nameOf(Lock) +
                   " back at the end of this statement, and what follows runs without the lock; give the guard a name",
               {}, Fix);
      return;
    }
    const auto *Call = dyn_cast<CallExpr>(Made);
    const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
    if (!F)
      return;
    QualType T = Call->getType();
    if (const TypeModel *M = U.type(T); M && M->Plays == Role::SmartPointer && !T->isReferenceType())
      T = U.pointee(T); // make_unique<lock_guard<mutex>>(m)
    else if (M && !isGuard(M->Plays))
      return;
    if (!isGuardType(U, T))
      return;
    llvm::SmallVector<const Expr *, 4> Args(Call->arg_begin(), Call->arg_end());
    if (const auto *Member = dyn_cast<CXXMemberCallExpr>(Call))
      Args.push_back(Member->getImplicitObjectArgument());
    if (passesGuardOn(Args))
      return;
    Insert(Full->getBeginLoc(), "auto " + freshName() + " = ");
    R.report(Full->getBeginLoc(),
             "the guard that '" + F->getNameAsString() +
                 "' returns is dropped: the lock is given back at the end of this statement, and what follows runs "
                 "without it; keep the guard in a variable",
             {}, Fix);
  }

  /// `std::unique_lock<std::mutex>(m);` declares an `m`.
  void vexing(const VarDecl *V) {
    const TypeSourceInfo *Written = V->getTypeSourceInfo();
    const CXXRecordDecl *RD = V->getType()->getAsCXXRecordDecl();
    if (!RD || !Written || !isGuardType(U, V->getType()))
      return;
    const auto *Init = dyn_cast_or_null<CXXConstructExpr>(unwrap(V->getInit()));
    if (!Init || Init->getNumArgs() != 0)
      return;
    if (Written->getType()->getAs<ParenType>() || isa<ParenType>(Written->getType())) {
      const ValueDecl *Hidden = hiddenMutex(V);
      if (!Hidden)
        return;
      llvm::SmallVector<FixItHint, 1> Fix;
      SourceLocation Paren = Written->getTypeLoc().getAs<ParenTypeLoc>()
                                 ? Written->getTypeLoc().getAs<ParenTypeLoc>().getLParenLoc()
                                 : SourceLocation();
      if (Paren.isValid() && Paren.isFileID())
        Fix.push_back(FixItHint::CreateInsertion(Paren, " " + freshName()));
      std::string Name = V->getNameAsString();
      R.report(V->getBeginLoc(),
               "this declares a new guard '" + Name + "' that holds no lock, and does not lock the mutex '" + Name +
                   "', which it hides; give the guard a name of its own",
               {{Hidden->getLocation(), "the mutex '" + Name + "' is declared here"}}, Fix);
      return;
    }
    // `std::scoped_lock lock;` is a guard of no mutexes at all.
    const auto *Spec = dyn_cast<ClassTemplateSpecializationDecl>(RD);
    if (Spec && Spec->getTemplateArgs().size() == 1 && Spec->getTemplateArgs()[0].getKind() == TemplateArgument::Pack &&
        Spec->getTemplateArgs()[0].pack_size() == 0 && !C.Fn->isTemplateInstantiation() && N.Uses.lookup(V) == 0)
      R.report(V->getBeginLoc(),
               "'" + V->getNameAsString() +
                   "' is given no mutex and locks nothing; what follows runs without a lock; name the "
                   "mutex in its initialiser");
  }

  /// What the name meant before this declaration, if that is a mutex.
  const ValueDecl *hiddenMutex(const VarDecl *V) const {
    auto Fits = [&](const NamedDecl *D) -> const ValueDecl * {
      const auto *X = dyn_cast<ValueDecl>(D);
      return X && X != V && isLock(U.role(X->getType())) ? X : nullptr;
    };
    // A local of an outer block, or a parameter; of a lambda also those around it.
    struct Locals : AstVisitor {
      const VarDecl *V;
      llvm::function_ref<const ValueDecl *(const NamedDecl *)> Fits;
      const ValueDecl *Found = nullptr;
      Locals(const VarDecl *V, llvm::function_ref<const ValueDecl *(const NamedDecl *)> Fits) : V(V), Fits(Fits) {}
      bool VisitVarDecl(const VarDecl *X) override {
        if (X->getDeclName() == V->getDeclName() && Fits(X))
          Found = Fits(X);
        return true;
      }
    };
    for (const DeclContext *DC = V->getDeclContext(); DC; DC = DC->getParent()) {
      if (const auto *F = dyn_cast<FunctionDecl>(DC)) {
        for (const ParmVarDecl *P : F->parameters())
          if (P->getDeclName() == V->getDeclName())
            if (const ValueDecl *X = Fits(P))
              return X;
        Locals L(V, Fits);
        L.TraverseStmt(F->getBody());
        if (L.Found)
          return L.Found;
        continue;
      }
      for (const NamedDecl *D : DC->lookup(V->getDeclName()))
        if (const ValueDecl *X = Fits(D))
          return X;
      if (const auto *RD = dyn_cast<CXXRecordDecl>(DC); RD && RD->hasDefinition()) {
        const ValueDecl *Inherited = nullptr;
        RD->getDefinition()->forallBases([&](const CXXRecordDecl *Base) {
          for (const NamedDecl *D : Base->lookup(V->getDeclName()))
            if (const ValueDecl *X = Fits(D))
              Inherited = X;
          return true;
        });
        if (Inherited)
          return Inherited;
      }
    }
    return nullptr;
  }

  void tagged(const ValueDecl *V, const GuardInfo &G) {
    const VarDecl *Var = asVariable(V);
    const auto *Init = Var ? dyn_cast_or_null<CXXConstructExpr>(unwrap(Var->getInit())) : nullptr;
    if (!Init || !U.Models.type(V->getType()) || Init->getConstructor()->isCopyOrMoveConstructor())
      return;
    Role Tag = Role::None;
    const Expr *Lock = nullptr;
    for (const Expr *A : Init->arguments()) {
      Role X = U.role(A->getType());
      if (X == Role::DeferTag || X == Role::AdoptTag || X == Role::TryTag)
        Tag = X;
      else if (isLock(X) && !Lock)
        Lock = A;
    }
    std::string Name = V->getNameAsString();
    if (G.Starts == GuardInfo::Deferred && N.Uses.lookup(V) == 0)
      R.report(V->getLocation(), "'" + Name + "' never takes " + nameOf(Lock) +
                                     ": its tag leaves that to a later call, and there is none; what follows runs "
                                     "without the lock; drop the tag");
    else if (G.Starts == GuardInfo::Tried && N.Uses.lookup(V) == 0 && (Tag == Role::TryTag || Init->getNumArgs() == 2))
      R.report(V->getLocation(), "'" + Name + "' may fail to take " + nameOf(Lock) +
                                     ", and nobody asks whether it did; what follows may run without the lock; test "
                                     "the guard, or wait for the lock");
    else if (Tag == Role::AdoptTag && Lock && nobodyLocks(Lock))
      R.report(V->getLocation(), "'" + Name + "' adopts " + nameOf(Lock) +
                                     ", which nobody has locked: what follows runs without the lock, and unlocking it "
                                     "then is undefined; drop the tag");
  }

  /// Is it certain that no code takes this lock other than by guards, which give it back by themselves?
  bool nobodyLocks(const Expr *Lock) const {
    auto P = C.place(Lock);
    if (!P || P->Element)
      return false;
    const ValueDecl *Last = P->last();
    if (const auto *F = dyn_cast_or_null<FieldDecl>(Last)) {
      if (!U.seesAllUses(F))
        return false;
    } else {
      const VarDecl *V = asVariable(Last);
      if (!V || isa<ParmVarDecl>(V) || V->getType()->isReferenceType() || V->getType()->isPointerType() ||
          (!V->hasLocalStorage() && V->isExternallyVisible()))
        return false;
    }
    for (const FunctionDecl *F : U.Functions) {
      Code *Other = U.code(F);
      if (!Other)
        continue;
      for (const Event &E : Other->Events) {
        bool Same = E.Object.valid() && !E.Object.Path.empty() ? E.Object.Path.back() == Last : E.Object.Root == Last;
        if (!Same)
          continue;
        if (E.Kind == Op::Escape || E.Kind == Op::Dissociate || E.Kind == Op::Move)
          return false;
        bool Takes = E.Kind == Op::Acquire || E.Kind == Op::AcquireShared || E.Kind == Op::TryAcquire;
        if (Takes && !E.Guard)
          return false;
      }
    }
    return true;
  }
};

const MatchCheck Check({.Name = "unnamed-guard",
                        .Family = "locks",
                        .Level = Tier::Bug,
                        .Summary = "Finds lock guards that guard nothing: temporaries, declarations that were meant as "
                                   "guards, and guards with the wrong tag.",
                        .Rows = "-",
                        .Preview = true},
                       [](Code &C, Reporter &R) { Finder(C, R).run(); });

} // namespace
} // namespace heddle

#include "Throws.h"
#include "Mentions.h"
#include "Preconditions.h"
#include "Unwrap.h"
#include "support/AstVisitor.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/CXXInheritance.h"
#include "clang/Basic/SourceManager.h"

#include <map>

using namespace clang;

namespace heddle {

namespace {

/// Of a longer way nobody would believe that it is taken.
constexpr unsigned MaxDepth = 8;
/// More need not be told of one body.
constexpr unsigned MaxThrown = 8;

bool isNothrow(const FunctionDecl *F) {
  const auto *P = F->getType()->getAs<FunctionProtoType>();
  if (isa<CXXDestructorDecl>(F) && (!P || isUnresolvedExceptionSpec(P->getExceptionSpecType())))
    return true;
  return P && !isUnresolvedExceptionSpec(P->getExceptionSpecType()) && P->isNothrow();
}

const NamedDecl *lookUp(const DeclContext *DC, llvm::StringRef Name, ASTContext &Ctx) {
  for (const NamedDecl *D : DC->lookup(DeclarationName(&Ctx.Idents.get(Name))))
    return D;
  return nullptr;
}

/// The class with this qualified name, if the unit has it.
const CXXRecordDecl *classNamed(llvm::StringRef Name, ASTContext &Ctx) {
  const DeclContext *DC = Ctx.getTranslationUnitDecl();
  while (true) {
    auto [First, Rest] = Name.split("::");
    const NamedDecl *D = lookUp(DC, First, Ctx);
    if (!D)
      return nullptr;
    if (Rest.empty()) {
      if (const auto *T = dyn_cast<TypedefNameDecl>(D))
        return T->getUnderlyingType()->getAsCXXRecordDecl();
      return dyn_cast<CXXRecordDecl>(D);
    }
    if (const auto *A = dyn_cast<NamespaceAliasDecl>(D))
      D = A->getNamespace();
    DC = dyn_cast<DeclContext>(D);
    if (!DC)
      return nullptr;
    Name = Rest;
  }
}

bool isOrDerivesFrom(const CXXRecordDecl *RD, const CXXRecordDecl *Base) {
  if (!RD || !Base || !RD->hasDefinition() || !Base->hasDefinition())
    return false;
  RD = RD->getDefinition();
  if (RD->getCanonicalDecl() == Base->getCanonicalDecl())
    return true;
  return RD->isDerivedFrom(Base->getDefinition());
}

} // namespace

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

struct Throws::Impl {
  Unit &U;
  bool UnknownCalleesThrow;
  llvm::DenseMap<const FunctionDecl *, std::vector<Thrown>> Known;
  llvm::DenseSet<const FunctionDecl *> Asking;
  unsigned Depth = 0;
  bool Cut = false; ///< an answer on the way was incomplete: it is not kept

  /// What a parameter or member that holds a callable may run: what callers in this unit give it.
  llvm::DenseMap<const ValueDecl *, std::vector<const FunctionDecl *>> Runs;
  llvm::DenseMap<const FunctionDecl *, std::vector<const FunctionDecl *>> Overrides;
  bool Gathered = false;

  Impl(Unit &U, bool Unknown) : U(U), UnknownCalleesThrow(Unknown) {}

  // ---- who runs what ------------------------------------------------------------------------------------------------

  void gather() {
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
      struct Calls : AstVisitor {
        Impl &I;
        Code &C;
        std::vector<std::pair<const ValueDecl *, const ValueDecl *>> &HandedOn;
        Calls(Impl &I, Code &C, std::vector<std::pair<const ValueDecl *, const ValueDecl *>> &H)
            : I(I), C(C), HandedOn(H) {}
        bool TraverseLambdaExpr(const LambdaExpr *) override { return true; }
        bool VisitCallExpr(const CallExpr *E) override {
          const FunctionDecl *F = E->getDirectCallee();
          const FunctionDecl *Def = I.U.visible(F);
          unsigned Skip = isa<CXXOperatorCallExpr>(E) && isa_and_nonnull<CXXMethodDecl>(F) ? 1 : 0;
          for (unsigned A = Skip; Def && A < E->getNumArgs() && A - Skip < Def->getNumParams(); ++A)
            given(Def->getParamDecl(A - Skip), E->getArg(A));
          if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E);
              O && O->getOperator() == OO_Equal && O->getNumArgs() == 2)
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
            note(P->Path.front(), E);
        }
        void note(const ValueDecl *To, const Expr *E) {
          for (const CallableRef &R : C.callables(E)) {
            if (R.Body)
              I.Runs[To].push_back(R.Body);
            else if (const auto *DR = dyn_cast_or_null<DeclRefExpr>(R.Site))
              HandedOn.emplace_back(To, DR->getDecl());
          }
        }
      } V(*this, *C, HandedOn);
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

  bool holdsFunction(QualType T) {
    QualType E = U.element(T);
    return !E.isNull() && (U.role(E) == Role::Function || E->isFunctionPointerType());
  }

  /// Where a local function object has been taken from: a container, a member, another local.
  const ValueDecl *keeper(const Code &C, const ValueDecl *D, unsigned Depth = 0) {
    if (auto In = C.elementOf(D))
      return In->last();
    const auto *V = dyn_cast<VarDecl>(D);
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
  const ValueDecl *takenFrom(const Code &C, const Expr *E, unsigned Depth) {
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

  /// The bodies that a call of this member runs: one, or every override that the object may have.
  llvm::SmallVector<const FunctionDecl *, 2> bodies(const FunctionDecl *Callee, bool Exact) {
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

  // ---- one body -----------------------------------------------------------------------------------------------------

  /// Walks a body, in the order of the source, with the handlers that stand around each place.
  class Walk {
  public:
    Walk(Impl &I, const Code &C) : I(I), U(I.U), C(C) {}
    std::vector<Thrown> Out;
    std::vector<Thrown> Raised; ///< the same before any handler of this body has taken its share

    void body() {
      if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(C.Fn))
        for (const CXXCtorInitializer *Init : Ctor->inits())
          if (Init->getInit() && Init->isWritten())
            statement(Init->getInit());
      statement(C.Fn->getBody());
    }

  private:
    Impl &I;
    Unit &U;
    const Code &C;
    std::vector<Thrown> *Caught = nullptr; ///< of the handler that is walked

    void add(Thrown T) {
      if (Out.size() >= MaxThrown)
        return;
      for (const Thrown &O : Out)
        if (O.Origin == T.Origin && O.What == T.What)
          return;
      Out.push_back(std::move(T));
    }
    void raise(Thrown T) {
      if (Raised.size() < 4 * MaxThrown && !T.Given)
        Raised.push_back(T);
      add(std::move(T));
    }

    void statement(const Stmt *S) {
      if (!S || isa<LambdaExpr, UnaryExprOrTypeTraitExpr, CXXNoexceptExpr>(S))
        return;
      if (const auto *T = dyn_cast<CXXTryStmt>(S))
        return tried(T);
      if (const auto *D = dyn_cast<DeclStmt>(S)) {
        for (const Decl *X : D->decls())
          if (const auto *V = dyn_cast<VarDecl>(X); V && V->getInit())
            statement(V->getInit());
        return;
      }
      if (const auto *If = dyn_cast<IfStmt>(S); If && If->isConstexpr()) {
        // The branch that is not taken is null after instantiation.
        for (const Stmt *Child : If->children())
          statement(Child);
        return;
      }
      for (const Stmt *Child : S->children())
        statement(Child);
      if (const auto *T = dyn_cast<CXXThrowExpr>(S))
        thrown(T);
      else if (const auto *E = dyn_cast<Expr>(S); E && isa<CallExpr, CXXConstructExpr>(E))
        called(E);
    }

    void tried(const CXXTryStmt *T) {
      std::vector<Thrown> Before = std::move(Out);
      Out.clear();
      statement(T->getTryBlock());
      std::vector<Thrown> Inside = std::move(Out);
      Out = std::move(Before);
      std::vector<std::vector<Thrown>> Taken(T->getNumHandlers());
      for (Thrown &X : Inside) {
        unsigned H = 0;
        while (H != T->getNumHandlers() && !X.caughtBy(*T->getHandler(H)))
          ++H;
        if (H == T->getNumHandlers())
          add(std::move(X));
        else
          Taken[H].push_back(std::move(X));
      }
      for (unsigned H = 0; H != T->getNumHandlers(); ++H) {
        std::vector<Thrown> *Outer = std::exchange(Caught, &Taken[H]);
        statement(T->getHandler(H)->getHandlerBlock());
        Caught = Outer;
      }
    }

    void rethrown(const Stmt *At) {
      for (Thrown T : Caught ? *Caught : std::vector<Thrown>()) {
        T.Way.push_back({At->getBeginLoc(), "it is caught and thrown again here"});
        Thrown Again = T;
        Again.From = At; // of this body's expressions it is this one that lets it out
        Raised.push_back(std::move(Again));
        add(std::move(T));
      }
    }

    void thrown(const CXXThrowExpr *E) {
      const Expr *Value = E->getSubExpr();
      if (!Value)
        return rethrown(E);
      if (saysThatAPrimitiveFailed(E) || isAssertion(E))
        return;
      Thrown T;
      T.Type = Value->getType().getNonReferenceType().getUnqualifiedType();
      if (T.Type->isDependentType())
        return;
      T.Class = T.Type->getAsCXXRecordDecl();
      if (isPrecondition(C, E, T.Class))
        return;
      if (auto By = decidedByParameters(C, E))
        T.DecidedBy = *By;
      T.What = "'" + name(T.Type) + "'";
      T.From = E;
      T.Origin = E->getBeginLoc();
      T.Way.push_back({E->getBeginLoc(), T.What + " is thrown here"});
      raise(std::move(T));
    }

    /// `ASSERT(x)`, where the macro writes both the condition and the throw: a mistake of the programmer, not an error.
    bool isAssertion(const CXXThrowExpr *E) const {
      const SourceManager &SM = U.Ctx.getSourceManager();
      const Stmt *P = E->getThrowLoc().isMacroID() ? C.parent(E) : nullptr;
      while (P && !isa<IfStmt>(P))
        P = C.parent(P);
      const auto *If = dyn_cast_or_null<IfStmt>(P);
      return If && If->getIfLoc().isMacroID() &&
             SM.getExpansionLoc(If->getIfLoc()) == SM.getExpansionLoc(E->getThrowLoc());
    }

    /// `if (pthread_mutex_lock(&m) != 0) throw …`: locks that can not be taken and threads that can not be made are not
    /// reckoned with. Neither are assertions, whose macro holds both the test and the throw.
    bool saysThatAPrimitiveFailed(const CXXThrowExpr *E) const {
      const Stmt *Child = E;
      for (const Stmt *P = C.parent(E); P; Child = P, P = C.parent(P)) {
        const auto *If = dyn_cast<IfStmt>(P);
        if (!If || Child == If->getCond() || !If->getCond())
          continue;
        const SourceManager &SM = U.Ctx.getSourceManager();
        bool Assertion = E->getBeginLoc().isMacroID() && If->getBeginLoc().isMacroID() &&
                         SM.getExpansionLoc(E->getBeginLoc()) == SM.getExpansionLoc(If->getBeginLoc());
        if (Assertion || comesFromPrimitive(If->getCond()))
          return true;
      }
      return false;
    }
    bool comesFromPrimitive(const Stmt *S, unsigned Depth = 0) const {
      if (!S || Depth > 2)
        return false;
      for (unsigned Index : C.at(S))
        switch (C.Events[Index].Kind) {
        case Op::Acquire:
        case Op::AcquireShared:
        case Op::Release:
        case Op::WaitCondition:
        case Op::Notify:
        case Op::Spawn:
        case Op::Join:
        case Op::Detach:
          return true;
        default:
          break;
        }
      if (const auto *DR = dyn_cast<DeclRefExpr>(S))
        if (const auto *V = dyn_cast<VarDecl>(DR->getDecl()); V && V->hasLocalStorage() && !isa<ParmVarDecl>(V)) {
          // Text that is written to memory fails when that is used up.
          if (const auto *RD = V->getType()->getAsCXXRecordDecl();
              RD && RD->isInStdNamespace() && RD->getIdentifier() && RD->getName() == "basic_ostringstream")
            return true;
          if (V->getInit() && comesFromPrimitive(V->getInit(), Depth + 1))
            return true;
          struct Assigned : AstVisitor {
            const Walk &W;
            const VarDecl *V;
            unsigned Depth;
            bool Found = false;
            Assigned(const Walk &W, const VarDecl *V, unsigned D) : W(W), V(V), Depth(D) {}
            bool VisitBinaryOperator(const BinaryOperator *B) override {
              const auto *L =
                  B->getOpcode() == BO_Assign ? dyn_cast<DeclRefExpr>(B->getLHS()->IgnoreParenImpCasts()) : nullptr;
              Found |= L && L->getDecl() == V && W.comesFromPrimitive(B->getRHS(), Depth + 1);
              return !Found;
            }
          } A(*this, V, Depth);
          A.TraverseStmt(C.Fn->getBody());
          if (A.Found)
            return true;
        }
      return llvm::any_of(S->children(), [&](const Stmt *X) { return comesFromPrimitive(X, Depth); });
    }

    std::string name(QualType T) const {
      PrintingPolicy P(U.Ctx.getLangOpts());
      P.SuppressInlineNamespace = true;
      if (const CXXRecordDecl *RD = T->getAsCXXRecordDecl())
        return modelName(RD);
      return T.getAsString(P);
    }

    void documented(const Expr *Call, const FunctionDecl *F, llvm::ArrayRef<llvm::StringRef> Names) {
      for (llvm::StringRef N : Names) {
        Thrown T;
        T.Class = N.empty() ? nullptr : classNamed(N, U.Ctx);
        T.What = N.empty() ? "what its task threw" : "'" + N.str() + "'";
        T.From = Call;
        T.Origin = Call->getExprLoc();
        std::string Name =
            isa<CXXConstructorDecl>(F) ? cast<CXXMethodDecl>(F)->getParent()->getNameAsString() : F->getNameAsString();
        T.Way.push_back(
            {Call->getExprLoc(), "'" + Name + "' throws " + T.What + (N.empty() ? " here" : " on bad input here")});
        raise(std::move(T));
      }
    }

    static std::string calleeName(const FunctionDecl *F) {
      const auto *M = dyn_cast<CXXMethodDecl>(F);
      if (M && M->getParent()->isLambda())
        return "the lambda";
      if (isa<CXXConstructorDecl>(F))
        return M->getParent()->getNameAsString();
      return F->getNameAsString();
    }

    void follow(const Expr *Site, const FunctionDecl *Callee, bool Exact, bool Kept = false) {
      // To look through a null pointer is a mistake in the program, not bad input.
      if (OverloadedOperatorKind K = Callee->getOverloadedOperator(); K == OO_Arrow || K == OO_Star)
        return;
      for (const FunctionDecl *F : I.bodies(Callee, Exact)) {
        if (isNothrow(F))
          continue; // it ends the process in there
        std::string Name = calleeName(F);
        SourceLocation At = Site->getBeginLoc();
        if (const auto *M = dyn_cast<CXXMemberCallExpr>(Site))
          At = M->getExprLoc();
        StoryLine Called{At, (Name == "the lambda" ? Name : "'" + Name + "'") + " is called here"};
        std::vector<Thrown> Inner = I.ask(F).vec();
        for (const Thrown &T : Inner)
          for (Thrown X : I.given(T, F, C, argument(Site, T.Given))) {
            if (!X.DecidedBy.empty() && !decidedHere(X, Site))
              continue; // the program gives it what it wants
            X.From = Site;
            if (Kept)
              X.Kept = Callee;
            X.Way.insert(X.Way.begin(), Called);
            raise(std::move(X));
          }
      }
    }

    void called(const Expr *E) {
      const FunctionDecl *F = nullptr;
      const Expr *Obj = nullptr;
      unsigned NumArgs = 0;
      bool Exact = false;
      const CXXRecordDecl *Static = nullptr;
      if (const auto *CE = dyn_cast<CXXConstructExpr>(E)) {
        F = CE->getConstructor();
        for (const Expr *A : CE->arguments())
          NumArgs += !isa<CXXDefaultArgExpr>(A);
        Static = CE->getType()->getAsCXXRecordDecl();
        if (CE->getConstructor()->isCopyOrMoveConstructor())
          return;
      } else {
        const auto *Call = cast<CallExpr>(E);
        F = Call->getDirectCallee();
        for (const Expr *A : Call->arguments())
          NumArgs += !isa<CXXDefaultArgExpr>(A);
        if (const auto *M = dyn_cast<CXXMemberCallExpr>(Call)) {
          Obj = M->getImplicitObjectArgument();
          if (const auto *ME = dyn_cast<MemberExpr>(M->getCallee()->IgnoreParens()))
            Exact = ME->hasQualifier();
          if (Obj && !Obj->getType()->isPointerType() && isa<DeclRefExpr, MemberExpr>(Obj->IgnoreParenImpCasts())) {
            const auto *V =
                dyn_cast_or_null<ValueDecl>(cast<Expr>(Obj->IgnoreParenImpCasts())->getReferencedDeclOfCallee());
            Exact |= V && !V->getType()->isReferenceType();
          }
        } else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(Call);
                   O && isa_and_nonnull<CXXMethodDecl>(F) && O->getNumArgs()) {
          Obj = O->getArg(0);
          --NumArgs;
        }
        if (Obj)
          Static = U.pointee(Obj->IgnoreParenImpCasts()->getType())->getAsCXXRecordDecl();
      }
      // Callables that it runs before it returns, and function objects that are called here.
      for (unsigned Index : C.at(E)) {
        const Event &Ev = C.Events[Index];
        if (Ev.Kind == Op::RunNow && Ev.Model) // a visible callee's own body tells what it runs
          for (const CallableRef &T : Ev.Tasks)
            if (T.Body)
              follow(E, T.Body, true);
        if (Ev.Kind == Op::Call && !Ev.Callee && Ev.ObjectRole == Role::Function)
          return functionObject(E, Ev);
      }
      if (!F)
        return;
      if (isNothrow(F))
        return;
      if (U.Models.isModelled(F, Static)) {
        std::vector<llvm::StringRef> Names = U.documentedThrows(F, Static, NumArgs);
        if (!Names.empty() && isOutsideInput(E, F, Obj))
          documented(E, F, Names);
        return;
      }
      // `std::rethrow_exception(std::current_exception())` says `throw;`, and of a stored one, what somebody else
      // threw.
      if (F->isInStdNamespace() && F->isNoReturn() && F->getIdentifier() && F->getName() == "rethrow_exception") {
        const auto *Arg = dyn_cast<CallExpr>(unwrap(cast<CallExpr>(E)->getArg(0)));
        const FunctionDecl *From = Arg ? Arg->getDirectCallee() : nullptr;
        if (From && From->isInStdNamespace() && Caught)
          return rethrown(E);
        Thrown T;
        T.What = "a stored exception";
        T.From = E;
        T.Origin = E->getBeginLoc();
        T.Way.push_back({E->getBeginLoc(), "a stored exception is thrown again here"});
        return raise(std::move(T));
      }
      const auto *M = dyn_cast<CXXMethodDecl>(F);
      if (U.visible(F) || (M && M->isPureVirtual()))
        return follow(E, F, Exact);
      if (I.UnknownCalleesThrow && !U.Ctx.getSourceManager().isInSystemHeader(F->getLocation()) && !F->isExternC() &&
          !F->isImplicit() && !F->isDefaulted()) {
        Thrown T;
        T.What = "an exception";
        T.From = E;
        T.Origin = E->getExprLoc();
        T.Way.push_back({E->getExprLoc(), "'" + calleeName(F) + "', which can not be seen, may throw here"});
        raise(std::move(T));
      }
    }

    /// Tells in the names of this body what decides whether a callee throws. False: only constants, which the author
    /// knows to be right.
    bool decidedHere(Thrown &X, const Expr *Site) const {
      llvm::SmallVector<const ParmVarDecl *, 2> Mine;
      bool AllConstant = true, Known = true;
      for (const ParmVarDecl *P : X.DecidedBy) {
        const Expr *Arg = argument(Site, P);
        if (Arg && isConstantData(C, Arg))
          continue;
        AllConstant = false;
        auto By = Arg ? madeOfParameters(C, Arg) : std::nullopt;
        Known &= By.has_value();
        for (const ParmVarDecl *Q : By ? *By : Mine)
          if (!llvm::is_contained(Mine, Q))
            Mine.push_back(Q);
      }
      X.DecidedBy.clear();
      if (Known)
        X.DecidedBy = Mine;
      return !AllConstant;
    }

    /// The argument that a call gives for a parameter of its callee.
    static const Expr *argument(const Expr *Site, const ParmVarDecl *P) {
      if (!P)
        return nullptr;
      unsigned Index = P->getFunctionScopeIndex();
      if (const auto *CE = dyn_cast<CXXConstructExpr>(Site))
        return Index < CE->getNumArgs() ? CE->getArg(Index) : nullptr;
      const auto *Call = dyn_cast<CallExpr>(Site);
      if (const auto *O = dyn_cast_or_null<CXXOperatorCallExpr>(Call);
          O && isa_and_nonnull<CXXMethodDecl>(O->getDirectCallee()))
        ++Index;
      return Call && Index < Call->getNumArgs() ? Call->getArg(Index) : nullptr;
    }

    void functionObject(const Expr *E, const Event &Ev) {
      const ValueDecl *V = Ev.Object.last();
      if (const auto *Var = dyn_cast_or_null<VarDecl>(V); Var && Var->isInitCapture() && Var->getInit())
        if (const auto *DR = dyn_cast<DeclRefExpr>(behindMove(Var->getInit())))
          V = DR->getDecl();
      if (const auto *P = dyn_cast_or_null<ParmVarDecl>(V); P && Ev.Object.Path.empty()) {
        Thrown T; // whoever calls knows what it is
        T.What = "an exception";
        T.From = E;
        T.Origin = E->getBeginLoc();
        T.Given = P;
        return raise(std::move(T));
      }
      I.gather();
      auto It = V ? I.Runs.find(V) : I.Runs.end();
      if (It == I.Runs.end() && V)
        It = I.Runs.find(I.keeper(C, V));
      if (It == I.Runs.end())
        return;
      std::vector<const FunctionDecl *> Bodies = It->second;
      for (const FunctionDecl *F : Bodies)
        follow(E, F, true, /*Kept=*/true);
    }

  public:
    static const Expr *behindMove(const Expr *E) {
      for (E = unwrap(E); E; E = unwrap(E)) {
        if (const auto *CE = dyn_cast<CXXConstructExpr>(E); CE && CE->getNumArgs() == 1)
          E = CE->getArg(0);
        else if (const auto *Call = dyn_cast<CallExpr>(E);
                 Call && Call->getNumArgs() == 1 && !isa<CXXMemberCallExpr>(Call))
          E = Call->getArg(0);
        else
          break;
      }
      return E;
    }

  private:
    // ---- is it certain to be right? ----

    /// Does the documented failure depend on something that this code has not made or tested itself?
    bool isOutsideInput(const Expr *E, const FunctionDecl *F, const Expr *Obj) {
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

    bool constructedFromOutside(const CXXConstructExpr *E) {
      return llvm::any_of(E->arguments(), [&](const Expr *A) { return !isa<CXXDefaultArgExpr>(A) && !isConstant(A); });
    }

    static bool isSum(QualType T) {
      const CXXRecordDecl *RD = T.getNonReferenceType()->getAsCXXRecordDecl();
      return RD && RD->isInStdNamespace() && RD->getIdentifier() &&
             (RD->getName() == "variant" || RD->getName() == "any");
    }

    bool isConstant(const Expr *E) const {
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

    /// An index or key that was neither counted up to a bound nor is a constant.
    bool unchecked(const Expr *Index) const {
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
        if (comparedOrCounted(D))
          return false;
      }
      return true;
    }

    bool comparedOrCounted(const ValueDecl *D) const {
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
          Found |= E->getType()->isBooleanType() &&
                   llvm::any_of(E->arguments(), [&](const Expr *A) { return named(A) == D; });
          return !Found;
        }
      } F(D);
      F.TraverseStmt(C.Fn->getBody());
      return F.Found;
    }

    /// Is the object asked about, or filled, in this body other than by the call that throws?
    bool looksInto(const Expr *Obj) const {
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

    /// A future throws what its task threw: one that is visible has to throw, and of an unknown one only a value is
    /// taken for the work of others that may fail - a future<void> is mostly a signal.
    bool futureFails(const Expr *Future) {
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
  };

  /// The type of what a future or a promise carries.
  static QualType valueOf(QualType T) {
    const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(T->getAsCXXRecordDecl());
    if (!Spec || Spec->getTemplateArgs().size() == 0 || Spec->getTemplateArgs()[0].getKind() != TemplateArgument::Type)
      return {};
    return Spec->getTemplateArgs()[0].getAsType();
  }

  /// Does this unit make its futures of such a value by promises that it never gives anything but values?
  bool holdsOnlyValues(QualType Value) {
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
  llvm::DenseMap<const void *, bool> OnlyValues;

  /// What is thrown in the end, where it is what a parameter of \p F throws: \p Arg, written in \p C, tells.
  std::vector<Thrown> given(const Thrown &T, const FunctionDecl *F, const Code &C, const Expr *Arg) {
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
  void append(std::vector<Thrown> &Out, const Thrown &T, const FunctionDecl *Body) {
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
  /// Replaces what a parameter throws by what the callers in this unit give it.
  void resolve(std::vector<Thrown> &All) {
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

  llvm::ArrayRef<Thrown> ask(const FunctionDecl *F) {
    const FunctionDecl *Def = U.visible(F);
    if (!Def)
      return {};
    if (auto It = Known.find(Def); It != Known.end())
      return It->second;
    if (Depth == MaxDepth || Asking.contains(Def)) {
      Cut = true;
      return {};
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
      Spare = std::move(W.Out);
      return Spare;
    }
    Raised[Def] = std::move(W.Raised);
    return Known[Def] = std::move(W.Out);
  }
  std::vector<Thrown> Spare;
  std::map<const FunctionDecl *, std::vector<Thrown>> Raised;
};

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

} // namespace heddle

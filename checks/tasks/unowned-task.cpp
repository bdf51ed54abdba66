// A task that nobody can wait for. At shutdown it is cut off in the middle of its work, or uses what is gone already.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Loops.h"
#include "flow/Unwrap.h"
#include "support/AstVisitor.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {
namespace {

/// What a task has that belongs to somebody else.
struct Captured {
  enum Kind { Nothing, This, Reference, Pointer } What = Nothing;
  std::string Name;
  SourceLocation Loc;
};

/// What a task's body says of its end.
struct Behaviour {
  bool Visible = true;
  bool Signals = false; ///< tells somebody that it is over
  bool Stops = false;   ///< looks whether it should stop
};

class Finder {
public:
  Finder(Unit &U, Reporter &R) : U(U), R(R) {}

  void in(Code &C) {
    if (C.Fn->isMain() || isMeant(C.Fn))
      return; // what main() lets go lives as long as the process, on purpose
    for (const Event &E : C.Events) {
      if (E.Kind != Op::Spawn || !E.Site)
        continue;
      if (SourceLocation Gone = letGo(C, E); Gone.isValid())
        judge(C, E, Gone, /*OnlyBorrowed=*/false);
      else if (isOnForeignPool(C, E))
        judge(C, E, E.loc(), /*OnlyBorrowed=*/true);
    }
  }

private:
  Unit &U;
  Reporter &R;

  /// Does a model or an annotation say that tasks started here, or this very task, need no owner?
  bool isMeant(const FunctionDecl *F) {
    const auto *M = dyn_cast<CXXMethodDecl>(F);
    return U.Models.facts(F, M ? M->getParent() : nullptr, F->getNumParams()).has(Fact::FireAndForget);
  }

  // ---- who could wait -----------------------------------------------------------------------------------------------

  /// Where the handle of the task is given up; invalid when somebody has it.
  SourceLocation letGo(const Code &C, const Event &E) {
    Role Handle = E.ObjectRole;
    if (!E.Model) { // a helper whose body starts it
      const Code *Helper = E.Callee ? U.code(E.Callee) : nullptr;
      if (!Helper)
        return {};
      for (const Event &D : Helper->Events)
        if (D.Kind == Op::Detach)
          return E.loc();
      return {};
    }
    if (Handle != Role::Thread && Handle != Role::JoiningThread)
      return {};
    for (const Event &D : C.Events)
      if (D.Kind == Op::Detach && D.Site &&
          (within(C, E.Site, D.Site) || (E.Object.valid() && sameThread(C, D.Object, E.Object))))
        return D.loc();
    // `boost::thread(f);`: its destructor lets it go.
    if (const auto *Made = dyn_cast<CXXConstructExpr>(E.Site);
        Made && Handle == Role::Thread && !E.Object.valid() && isDropped(C, Made) && letsGo(Made->getType()))
      return E.loc();
    // `new std::thread(f);` and a pthread_t that nobody looks at again.
    if (!E.Object.valid() && Handle == Role::Thread) {
      const Stmt *P = C.parent(E.Site);
      while (P && isa<ImplicitCastExpr, ExprWithCleanups, CXXBindTemporaryExpr, MaterializeTemporaryExpr>(P))
        P = C.parent(P);
      if (const auto *New = dyn_cast_or_null<CXXNewExpr>(P); New && isDropped(C, New))
        return E.loc();
    }
    if (const auto *V = dyn_cast_or_null<VarDecl>(E.Object.Root);
        V && E.Object.Path.empty() && !E.Object.Element && V->hasLocalStorage() && !isa<ParmVarDecl>(V) &&
        V->getType()->isScalarType() && !V->getType()->isPointerType() &&
        V->getParentFunctionOrMethod() == static_cast<const DeclContext *>(C.Fn) && isa<CallExpr>(E.Site)) {
      struct Counter : AstVisitor {
        const VarDecl *V;
        unsigned N = 0;
        explicit Counter(const VarDecl *V) : V(V) {}
        bool VisitDeclRefExpr(const DeclRefExpr *D) override {
          N += D->getDecl() == V;
          return true;
        }
      } Mentions(V);
      Mentions.TraverseStmt(C.Fn->getBody());
      if (Mentions.N == 1)
        return E.loc();
    }
    return {};
  }
  /// Does the destructor of the handle give up its task?
  bool letsGo(QualType T) {
    const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
    const CXXDestructorDecl *D = RD && RD->hasDefinition() ? RD->getDestructor() : nullptr;
    const FunctionDecl *Def = nullptr;
    if (!D || !D->hasBody(Def))
      return false;
    struct Detaches : AstVisitor {
      Unit &U;
      bool Found = false;
      explicit Detaches(Unit &U) : U(U) {}
      bool VisitCXXMemberCallExpr(const CXXMemberCallExpr *M) override {
        const CXXMethodDecl *Member = M->getMethodDecl();
        Found |= Member && isa<CXXThisExpr>(M->getImplicitObjectArgument()->IgnoreParenImpCasts()) &&
                 llvm::any_of(U.actions(Member, Member->getParent(), M->getNumArgs()),
                              [](const Action &A) { return A.Operation == Op::Detach; });
        return !Found;
      }
    } V(U);
    V.TraverseStmt(Def->getBody());
    return V.Found;
  }
  static bool sameThread(const Code &C, const Place &A, const Place &B) {
    if (A == B)
      return true;
    if (A.Root && A.Path.empty())
      if (auto In = C.elementOf(A.Root))
        return *In == B;
    return false;
  }

  /// A pool that others have made and that outlives the one who gives it the task.
  bool isOnForeignPool(const Code &C, const Event &E) {
    if (E.may(Fact::FireAndForget) && E.Model && E.Model->On.K == Operand::Result)
      return !E.Object.valid() && isDropped(C, E.Site) && !isGivenPool(E.Site);
    const auto *Call = dyn_cast<CXXMemberCallExpr>(E.Site);
    if (!Call || !Call->getImplicitObjectArgument() || (E.ObjectRole != Role::Group && E.ObjectRole != Role::Executor))
      return false;
    if (isShared(Call->getImplicitObjectArgument()))
      return !isWaitedFor(nullptr);
    const auto *V = dyn_cast_or_null<VarDecl>(E.Object.Root);
    return V && E.Object.Path.empty() && V->hasGlobalStorage() && isDropped(C, E.Site) && !isWaitedFor(V);
  }
  /// `QtConcurrent::run(&pool_, f)`: whoever has that pool waits for its tasks, at the latest in its destructor.
  bool isGivenPool(const Stmt *Site) {
    const auto *Call = dyn_cast<CallExpr>(Site);
    return Call && llvm::any_of(Call->arguments(), [&](const Expr *A) {
             QualType T = unwrap(A)->getType();
             Role R = U.role(T->isPointerType() ? T->getPointeeType() : T);
             return (R == Role::Executor || R == Role::Group) && !isShared(A);
           });
  }
  static bool isDropped(const Code &C, const Stmt *Site) {
    const Stmt *P = C.parent(Site);
    while (P && isa<ExprWithCleanups, CXXBindTemporaryExpr, MaterializeTemporaryExpr, CStyleCastExpr, CXXStaticCastExpr,
                    CXXFunctionalCastExpr>(P))
      P = C.parent(P);
    return P && !isa<Expr, DeclStmt, ReturnStmt>(P);
  }
  bool isShared(const Expr *Pool) {
    Pool = unwrap(Pool);
    if (const auto *DR = dyn_cast<DeclRefExpr>(Pool))
      if (const auto *V = dyn_cast<VarDecl>(DR->getDecl());
          V && V->getInit() && V->hasLocalStorage() && !isa<ParmVarDecl>(V))
        Pool = unwrap(V->getInit());
    const auto *Call = dyn_cast<CallExpr>(Pool);
    const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
    const auto *M = dyn_cast_or_null<CXXMethodDecl>(F);
    return F && U.Models.facts(F, M ? M->getParent() : nullptr, 0).has(Fact::FromOutside);
  }
  /// Does anything in this unit wait for this pool, or (null) for one that is shared by all?
  bool isWaitedFor(const VarDecl *Pool) {
    for (const FunctionDecl *F : U.Functions)
      if (const Code *C = U.code(F))
        for (const Event &W : C->Events) {
          if (W.Kind != Op::Wait)
            continue;
          if (Pool && W.Object.Root == Pool)
            return true;
          const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(W.Site);
          if (!Pool && Call && Call->getImplicitObjectArgument() && isShared(Call->getImplicitObjectArgument()))
            return true;
        }
    return false;
  }

  // ---- what the task has --------------------------------------------------------------------------------------------

  bool isOwner(QualType T) {
    const TypeModel *M = U.type(T);
    return M && (M->Plays == Role::SmartPointer || M->Plays == Role::WeakPointer) && !T->isReferenceType();
  }

  /// What of the caller's the task uses without owning it. With an owner of the object beside it, `this` is no loan.
  Captured borrowed(const Code &C, const CallableRef &T) {
    Captured Out;
    auto Note = [&](Captured::Kind K, std::string Name, SourceLocation L) {
      if (Out.What == Captured::Nothing)
        Out = {K, std::move(Name), L};
    };
    bool Owner = false;
    if (T.Lambda) {
      for (const LambdaCapture &Cap : T.Lambda->captures())
        if (Cap.capturesVariable()) {
          const auto *V = dyn_cast<VarDecl>(Cap.getCapturedVar());
          Owner |= V && Cap.getCaptureKind() == LCK_ByCopy && isOwner(V->getType()) && leadsToThis(C, V);
        }
      for (const LambdaCapture &Cap : T.Lambda->captures()) {
        if (Cap.capturesThis()) {
          if (Cap.getCaptureKind() != LCK_StarThis && !Owner)
            Note(Captured::This, "this", Cap.getLocation());
        } else if (Cap.capturesVariable()) {
          const auto *V = dyn_cast<VarDecl>(Cap.getCapturedVar());
          if (!V || V->hasGlobalStorage())
            continue;
          if (Cap.getCaptureKind() == LCK_ByRef)
            Note(Captured::Reference, V->getNameAsString(), Cap.getLocation());
          else if (V->getType()->isPointerType() && !V->getType()->isFunctionPointerType() &&
                   !V->getType()->getPointeeType()->isCharType() && !isMade(V))
            Note(Captured::Pointer, V->getNameAsString(), Cap.getLocation());
        }
      }
      return Out;
    }
    if (T.Receiver && T.Receiver->This && T.Receiver->Path.empty())
      Note(Captured::This, "this", T.Site ? T.Site->getExprLoc() : SourceLocation());
    else if (T.Receiver && T.Site && !T.Receiver->Element)
      Note(Captured::Reference, T.Receiver->name(), T.Site->getExprLoc());
    for (const CallableRef::Member &M : T.Fields) {
      QualType FT = M.Field->getType();
      if (isa<CXXThisExpr>(unwrap(M.Value)))
        Note(Captured::This, "this", M.Value->getExprLoc());
      else if (FT->isReferenceType() || (FT->isPointerType() && !FT->isFunctionPointerType() &&
                                         !FT->getPointeeType()->isCharType() && !isa<CXXNewExpr>(unwrap(M.Value))))
        Note(Captured::Reference, nameOf(C, M.Value), M.Value->getExprLoc());
    }
    for (const Expr *A : T.Args) {
      const Expr *X = unwrap(A);
      if (isa<CXXThisExpr>(X))
        Note(Captured::This, "this", X->getExprLoc());
      else if (const auto *O = dyn_cast<UnaryOperator>(X); O && O->getOpcode() == UO_AddrOf)
        Note(Captured::Reference, nameOf(C, X), X->getExprLoc());
      else if (isReferenceWrapper(X->getType()))
        Note(Captured::Reference, nameOf(C, X), X->getExprLoc());
    }
    return Out;
  }
  static std::string nameOf(const Code &C, const Expr *E) {
    auto P = C.place(E);
    return P ? P->name() : "it";
  }
  /// A pointer that the starter has made for the task.
  static bool isMade(const VarDecl *V) {
    const Expr *Init = V->getInit() ? unwrap(V->getInit()) : nullptr;
    return isa_and_nonnull<CXXNewExpr>(Init);
  }
  /// `self = shared_from_this()`, or any owner of the very object.
  bool leadsToThis(const Code &C, const VarDecl *V) const {
    const Expr *E = V->getInit();
    for (unsigned Depth = 0; E && Depth != 6; ++Depth) {
      E = unwrap(E);
      if (auto P = C.place(E); P && P->This && P->Path.empty())
        return true;
      if (const auto *CE = dyn_cast<CXXConstructExpr>(E); CE && CE->getNumArgs())
        E = CE->getArg(0);
      else if (const auto *DR = dyn_cast<DeclRefExpr>(E)) {
        const auto *From = dyn_cast<VarDecl>(DR->getDecl());
        E = From ? From->getInit() : nullptr;
      } else if (const auto *M = dyn_cast<CXXMemberCallExpr>(E))
        E = M->getImplicitObjectArgument();
      else if (isa<CXXThisExpr>(E))
        return true;
      else
        return false;
    }
    return false;
  }

  // ---- what the task does -------------------------------------------------------------------------------------------

  Behaviour behaves(const CallableRef &T) {
    Behaviour B;
    if (!T.Body || !U.code(T.Body)) {
      B.Visible = false;
      return B;
    }
    if (T.Lambda)
      for (const LambdaCapture &Cap : T.Lambda->captures())
        if (Cap.capturesVariable() && endsSomething(Cap.getCapturedVar()->getType()))
          B.Signals = true;
    for (const Expr *A : T.Args)
      B.Signals |= endsSomething(A->getType());
    llvm::SmallPtrSet<const Code *, 8> Seen;
    read(*U.code(T.Body), B, Seen, 0);
    return B;
  }

  /// An object whose death tells somebody: a token of a group, a promise, a guard of a counter.
  bool endsSomething(QualType T) {
    if (T->isReferenceType() || T->isPointerType())
      return false;
    if (isOwner(T))
      T = U.pointee(T);
    const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
    if (!RD)
      return false;
    Role R = U.type(T) ? U.type(T)->Plays : Role::None;
    if (R == Role::Promise)
      return true;
    for (const Action &A : U.Models.destructor(RD))
      if (A.Operation == Op::Leave || A.Operation == Op::Fulfil || A.Operation == Op::Notify)
        return true;
    const CXXDestructorDecl *D = RD->hasDefinition() ? RD->getDefinition()->getDestructor() : nullptr;
    const Code *C = D ? U.code(D) : nullptr;
    if (!C)
      return false;
    Behaviour B;
    llvm::SmallPtrSet<const Code *, 8> Seen;
    read(*C, B, Seen, 1);
    return B.Signals;
  }

  /// Is it a number that tasks count up and that nothing here waits for or compares: a figure to be shown?
  bool isStatistic(const Expr *Counter) {
    Counter = Counter->IgnoreParenImpCasts();
    const auto *M = dyn_cast<MemberExpr>(Counter);
    const auto *DR = dyn_cast<DeclRefExpr>(Counter);
    const ValueDecl *Field = M ? M->getMemberDecl() : DR ? DR->getDecl() : nullptr;
    if (!Field || !seesAllUses(Field))
      return false;
    auto [It, New] = Statistics.try_emplace(Field, true);
    if (!New)
      return It->second;
    struct Asked : AstVisitor {
      Unit &U;
      const ValueDecl *Field;
      bool Found = false;
      Asked(Unit &U, const ValueDecl *F) : U(U), Field(F) {}
      bool mentioned(const Stmt *S) const {
        if (!S)
          return false;
        if (const auto *X = dyn_cast<MemberExpr>(S);
            X && X->getMemberDecl()->getCanonicalDecl() == Field->getCanonicalDecl())
          return true;
        if (const auto *X = dyn_cast<DeclRefExpr>(S);
            X && X->getDecl()->getCanonicalDecl() == Field->getCanonicalDecl())
          return true;
        // `while (done() < all)`
        if (const auto *Call = dyn_cast<CXXMemberCallExpr>(S))
          if (const FunctionDecl *Def = U.visible(Call->getMethodDecl()); Def && Def->getNumParams() == 0)
            if (const auto *Body = dyn_cast<CompoundStmt>(Def->getBody());
                Body && Body->size() == 1 && mentioned(Body->body_front()))
              return true;
        return llvm::any_of(S->children(), [&](const Stmt *X) { return mentioned(X); });
      }
      bool VisitBinaryOperator(const BinaryOperator *B) override {
        Found |= B->isComparisonOp() && mentioned(B);
        return !Found;
      }
      bool VisitStmt(const Stmt *S) override {
        Found |= loopBody(S) && loopCondition(S) && mentioned(loopCondition(S));
        return !Found;
      }
      bool VisitUnaryOperator(const UnaryOperator *O) override {
        Found |= O->getOpcode() == UO_LNot && mentioned(O->getSubExpr());
        return !Found;
      }
      bool VisitCXXMemberCallExpr(const CXXMemberCallExpr *Call) override { // counter.wait(n), counter.notify_one()
        const CXXMethodDecl *D = Call->getMethodDecl();
        Found |= D && D->getIdentifier() && (D->getName() == "wait" || D->getName().starts_with("notify")) &&
                 mentioned(Call->getImplicitObjectArgument());
        return !Found;
      }
    } A(U, Field);
    for (const FunctionDecl *Fn : U.Functions)
      if (const Code *C = A.Found ? nullptr : U.code(Fn))
        A.TraverseStmt(C->Fn->getBody());
    return Statistics[Field] = !A.Found;
  }
  llvm::DenseMap<const ValueDecl *, bool> Statistics;
  /// A private member, or a variable of this file that no header declares.
  bool seesAllUses(const ValueDecl *D) const {
    if (const auto *F = dyn_cast<FieldDecl>(D))
      return U.seesAllUses(F);
    const SourceManager &SM = U.Ctx.getSourceManager();
    const auto *V = dyn_cast<VarDecl>(D);
    return V && V->hasGlobalStorage() && llvm::all_of(V->redecls(), [&](const VarDecl *R) {
             return SM.isInMainFile(SM.getExpansionLoc(R->getLocation()));
           });
  }

  void read(const Code &C, Behaviour &B, llvm::SmallPtrSetImpl<const Code *> &Seen, unsigned Depth) {
    if (Depth > 4 || !Seen.insert(&C).second)
      return;
    for (const Event &E : C.Events) {
      switch (E.Kind) {
      case Op::Fulfil:
      case Op::TryFulfil:
      case Op::Leave:
      case Op::Notify:
      case Op::Send:
      case Op::TrySend:
      case Op::Close:
      case Op::Defer: // it goes on elsewhere
        B.Signals = true;
        break;
      case Op::Release:
        B.Signals |= E.ObjectRole == Role::Semaphore;
        break;
      case Op::ObserveStop:
        B.Stops = true;
        break;
      case Op::Call:
        if (E.Callee) {
          if (const Code *Inner = U.code(E.Callee))
            read(*Inner, B, Seen, Depth + 1);
        } else
          B.Signals |= E.ObjectRole == Role::Function; // a callback: what it tells is not known
        break;
      case Op::RunNow:
        for (const CallableRef &T : E.Tasks)
          if (const Code *Inner = T.Body ? U.code(T.Body) : nullptr)
            read(*Inner, B, Seen, Depth + 1);
        break;
      default:
        break;
      }
    }
    struct Flags : AstVisitor {
      Finder &F;
      Unit &U;
      Behaviour &B;
      llvm::SmallVector<const LambdaExpr *, 4> Lambdas;
      Flags(Finder &F, Behaviour &B) : F(F), U(F.U), B(B) {}
      bool TraverseLambdaExpr(const LambdaExpr *L) override {
        Lambdas.push_back(L);
        return true;
      }
      // `Scope counted(group);`
      bool VisitVarDecl(const VarDecl *V) override {
        if (V->hasLocalStorage() && !isa<ParmVarDecl>(V) && !B.Signals)
          B.Signals = F.endsSomething(V->getType());
        return true;
      }
      bool isFlag(const Expr *E) const {
        E = E->IgnoreParenImpCasts();
        return U.role(E->getType()) == Role::Atomic || E->getType().isVolatileQualified();
      }
      // `done = true`, `--running`
      bool VisitCXXOperatorCallExpr(const CXXOperatorCallExpr *O) override {
        bool Counts = O->getOperator() == OO_PlusPlus || O->getOperator() == OO_PlusEqual;
        if (O->getNumArgs() && (O->isAssignmentOp() || Counts || O->getOperator() == OO_MinusMinus))
          B.Signals |= isFlag(O->getArg(0)) && !(Counts && F.isStatistic(O->getArg(0)));
        return true;
      }
      bool VisitCXXMemberCallExpr(const CXXMemberCallExpr *M) override {
        const CXXMethodDecl *D = M->getMethodDecl();
        if (!D || !D->getIdentifier() || !M->getImplicitObjectArgument() || !isFlag(M->getImplicitObjectArgument()))
          return true;
        llvm::StringRef N = D->getName();
        if (N == "fetch_add" && F.isStatistic(M->getImplicitObjectArgument()))
          return true;
        if (N == "store" || N == "fetch_sub" || N == "fetch_add" || N == "exchange" || N == "clear")
          B.Signals = true;
        return true;
      }
      // `while (!stop)`
      bool VisitStmt(const Stmt *S) override {
        if (!loopBody(S))
          return true;
        asks(loopCondition(S));
        return true;
      }
      bool VisitIfStmt(const IfStmt *S) override {
        asks(S->getCond());
        return true;
      }
      void asks(const Stmt *S) {
        if (!S)
          return;
        if (const auto *E = dyn_cast<Expr>(S); E && isa<DeclRefExpr, MemberExpr>(E))
          B.Stops |= isFlag(E);
        for (const Stmt *Child : S->children())
          asks(Child);
      }
    } V(*this, B);
    V.TraverseStmt(C.Fn->getBody());
    // `logged([&] { work(); })`: what it gives to code out of sight is part of it, but for what it starts in turn.
    for (const LambdaExpr *L : V.Lambdas) {
      bool Started = llvm::any_of(C.Events, [&](const Event &E) {
        return E.Kind == Op::Spawn && llvm::any_of(E.Tasks, [&](const CallableRef &T) { return T.Lambda == L; });
      });
      if (const Code *Inner = Started ? nullptr : U.code(L->getCallOperator()))
        read(*Inner, B, Seen, Depth + 1);
    }
  }

  // ---- the verdict --------------------------------------------------------------------------------------------------

  void judge(const Code &C, const Event &E, SourceLocation At, bool OnlyBorrowed) {
    for (const CallableRef &T : E.Tasks) {
      if (T.Body && isMeant(T.Body))
        continue;
      Behaviour B = behaves(T);
      if (!B.Visible || B.Signals)
        continue;
      Captured X = borrowed(C, T);
      if (X.What == Captured::Nothing && (OnlyBorrowed || B.Stops))
        continue;
      if (OnlyBorrowed && X.What != Captured::This)
        continue;
      std::string Uses = X.What == Captured::Nothing ? ""
                         : X.What == Captured::This  ? ", and it uses this object, which may be gone by then"
                                                     : ", and it uses '" + X.Name + "', which may be gone by then";
      std::string Message = "nobody can wait for this task: at shutdown it is cut off in the middle of its work" +
                            Uses + "; keep its handle and join it, or give it to a pool that its owner waits for";
      std::vector<StoryLine> Story;
      if (At != E.loc())
        Story.push_back({E.loc(), "the task is started here"});
      if (X.What != Captured::Nothing)
        Story.push_back({X.Loc, X.What == Captured::This ? "it takes 'this' along"
                                                         : "it takes '" + X.Name + "' along without owning it"});
      R.report(At, Message, Story);
    }
  }
};

const UnitCheck Check({.Name = "unowned-task",
                       .Family = "tasks",
                       .Level = Tier::Risk,
                       .Summary = "Finds tasks that nobody can wait for.",
                       .Rows = "S1 P16 L11",
                       .Preview = true},
                      [](Unit &U, Reporter &R) {
                        Finder F(U, R);
                        for (const FunctionDecl *Fn : U.Functions)
                          if (Code *C = U.code(Fn))
                            F.in(*C);
                      });

} // namespace
} // namespace heddle

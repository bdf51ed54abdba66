#include "Code.h"
#include "Loops.h"
#include "Mentions.h"
#include "Unevaluated.h"
#include "Unit.h"
#include "Unwrap.h"
#include "support/AstVisitor.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/Builtins.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {

SourceLocation Event::loc() const {
  if (!Site)
    return {};
  if (const auto *ME = dyn_cast<CXXMemberCallExpr>(Site))
    return ME->getExprLoc();
  return Site->getBeginLoc();
}

namespace {

/// One level deeper for as long as it lives.
struct Nest {
  unsigned &Depth;
  explicit Nest(unsigned &D) : Depth(D) { ++Depth; }
  ~Nest() { --Depth; }
};

/// Strips everything that does not change which object is named.
const Expr *strip(const Expr *E) {
  while (E) {
    const Expr *Was = E;
    E = unwrap(E);
    if (const auto *X = dyn_cast<ExplicitCastExpr>(E))
      E = X->getSubExpr();
    else if (const auto *X = dyn_cast<SubstNonTypeTemplateParmExpr>(E))
      E = X->getReplacement();
    else if (const auto *X = dyn_cast<CXXDefaultArgExpr>(E))
      E = X->getExpr();
    else if (const auto *X = dyn_cast<InitListExpr>(E); X && X->getNumInits() == 1 && !X->getType()->isRecordType())
      E = X->getInit(0); // of a class it is a new object, not the one that it is made from
    if (E == Was)
      return E;
  }
  return E;
}

/// What an initialiser is made from: before C++17 `auto x = f()` copies the result on paper.
const Expr *uncopied(const Expr *E) {
  E = strip(E);
  const auto *CE = dyn_cast_or_null<CXXConstructExpr>(E);
  return CE && CE->getNumArgs() == 1 && CE->getConstructor()->isCopyOrMoveConstructor() ? strip(CE->getArg(0)) : E;
}

/// Is it a forwarding reference of the library's, which takes a variable as it is: `threads.emplace_back(work)`?
bool isForwarded(const FunctionDecl *F, unsigned I, const SourceManager &SM) {
  const FunctionDecl *Pattern = F->getTemplateInstantiationPattern();
  if (!Pattern || Pattern->param_empty() || !SM.isInSystemHeader(F->getLocation()))
    return false;
  QualType T = Pattern->getParamDecl(std::min(I, Pattern->getNumParams() - 1))->getType();
  if (const auto *Pack = T->getAs<PackExpansionType>())
    T = Pack->getPattern();
  return T->isRValueReferenceType() && T->getPointeeType()->isTemplateTypeParmType() &&
         !T->getPointeeType().hasQualifiers();
}

/// std::move, std::forward, std::ref and their kin: the result names the argument.
bool passesThrough(const FunctionDecl *F) {
  if (F->getNumParams() == 1 && F->getIdentifier() && (F->getName() == "ref" || F->getName() == "cref"))
    if (isReferenceWrapper(F->getReturnType()))
      return true;
  switch (F->getBuiltinID()) {
  case Builtin::BImove:
  case Builtin::BImove_if_noexcept:
  case Builtin::BIforward:
  case Builtin::BIas_const:
  case Builtin::BIaddressof:
  case Builtin::BI__addressof:
    return true;
  default:
    return false;
  }
}

bool isMove(const Expr *E) {
  E = E->IgnoreParenImpCasts();
  const auto *C = dyn_cast<CallExpr>(E);
  const FunctionDecl *F = C ? C->getDirectCallee() : nullptr;
  return F && (F->getBuiltinID() == Builtin::BImove || F->getBuiltinID() == Builtin::BIforward);
}

const CXXRecordDecl *recordBehind(QualType T) {
  T = T.getNonReferenceType();
  if (const auto *P = T->getAs<PointerType>())
    T = P->getPointeeType();
  return T->getAsCXXRecordDecl();
}

bool holdsCallable(const CXXRecordDecl *RD) {
  if (!RD || !RD->hasDefinition())
    return false;
  if (RD->isLambda())
    return true;
  for (const CXXMethodDecl *M : RD->methods())
    if (M->getOverloadedOperator() == OO_Call)
      return true;
  return false;
}

const FunctionDecl *callOperator(const CXXRecordDecl *RD) {
  if (RD->isLambda()) {
    CXXMethodDecl *Op = RD->getLambdaCallOperator();
    if (Op && RD->isGenericLambda()) {
      // A generic lambda has bodies only where it is called; one instantiation is as good as another.
      if (FunctionTemplateDecl *T = Op->getDescribedFunctionTemplate())
        for (FunctionDecl *S : T->specializations())
          return S;
    }
    return Op;
  }
  const FunctionDecl *Found = nullptr;
  for (const CXXMethodDecl *M : RD->methods())
    if (M->getOverloadedOperator() == OO_Call) {
      if (Found)
        return nullptr; // overloaded: which one runs is not known
      Found = M;
    }
  return Found;
}

/// Roles whose objects the engine follows from use to use.
bool isFollowed(Role R) {
  switch (R) {
  case Role::None:
  case Role::SmartPointer:
  case Role::WeakPointer:
  case Role::Container:
  case Role::Function:
  case Role::DeferTag:
  case Role::AdoptTag:
  case Role::TryTag:
  case Role::Atomic:
    return false;
  default:
    return true;
  }
}

} // namespace

/// Walks a body once and writes down what happens.
class Extractor : public AstVisitor {
public:
  Extractor(Code &C) : C(C), U(C.U) {}

  bool shouldVisitImplicitCode() const override { return true; }

  void run() {
    const Stmt *Body = C.Fn->getBody();
    index(Body, nullptr);
    if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(C.Fn))
      for (const CXXCtorInitializer *I : Ctor->inits()) {
        if (!I->getInit())
          continue;
        index(I->getInit(), nullptr);
        TraverseStmt(I->getInit());
      }
    TraverseStmt(Body);
    for (unsigned I = 0; I != C.Events.size(); ++I)
      C.BySite[C.Events[I].Site].push_back(I);
  }

  // A lambda's body is code of its own; what it captures is looked at here.
  bool TraverseLambdaExpr(const LambdaExpr *L) override {
    for (unsigned I = 0; I != L->capture_size(); ++I)
      if (Expr *Init = *(L->capture_init_begin() + I))
        if (L->isInitCapture(L->capture_begin() + I))
          TraverseStmt(Init);
    handleLambda(L);
    return true;
  }
  bool TraverseDecl(const Decl *D) override {
    // Local classes are code of their own, too.
    if (isa_and_nonnull<TagDecl>(D))
      return true;
    return AstVisitor::TraverseDecl(D);
  }

  // As it is written and as it is meant, a list holds the same operands: once is enough.
  bool TraverseInitListExpr(const InitListExpr *L) override {
    return TraverseInitListForm(L->isSemanticForm() ? L : L->getSemanticForm());
  }

  // Unevaluated operands do nothing.
  bool enters(const Stmt *S) override {
    if (Dead.contains(S) || isa<UnaryExprOrTypeTraitExpr, CXXNoexceptExpr>(S))
      return false;
    for (const Expr *E : neverEvaluated(S, U.Ctx))
      Dead.insert(E);
    return true;
  }

  bool shouldVisitTypes() const override { return false; }

  bool VisitVarDecl(const VarDecl *V) override {
    if (V->getInit() && V->isLocalVarDecl())
      handleGuard(V);
    return true;
  }

  bool VisitCallExpr(const CallExpr *E) override {
    if (isa<CXXMemberCallExpr>(E) || isa<CXXOperatorCallExpr>(E))
      return true;
    llvm::SmallVector<const Expr *, 6> Args(E->arg_begin(), E->arg_end());
    if (const FunctionDecl *F = E->getDirectCallee()) {
      if (passesThrough(F)) {
        if (isMove(E))
          noteMove(E, Args[0]);
        return true;
      }
      const CXXRecordDecl *Static = nullptr;
      if (const auto *M = dyn_cast<CXXMethodDecl>(F))
        Static = M->getParent();
      handleCall(E, F, nullptr, Static, Args);
    } else if (const Expr *Fn = E->getCallee())
      handleInvocation(E, Fn, Args);
    return true;
  }

  bool VisitCXXMemberCallExpr(const CXXMemberCallExpr *E) override {
    const CXXMethodDecl *M = E->getMethodDecl();
    if (!M || (isa<CXXConversionDecl>(M) && M->getParent()->isLambda()))
      return true; // a lambda that becomes a function pointer: callables() looks through it
    const Expr *Obj = E->getImplicitObjectArgument();
    llvm::SmallVector<const Expr *, 6> Args(E->arg_begin(), E->arg_end());
    handleCall(E, M, Obj, Obj ? recordBehind(Obj->IgnoreParenImpCasts()->getType()) : nullptr, Args);
    return true;
  }

  bool VisitCXXOperatorCallExpr(const CXXOperatorCallExpr *E) override {
    const FunctionDecl *F = E->getDirectCallee();
    if (!F)
      return true;
    llvm::SmallVector<const Expr *, 6> Args(E->arg_begin(), E->arg_end());
    const auto *M = dyn_cast<CXXMethodDecl>(F);
    if (E->getOperator() == OO_Call && !Args.empty()) {
      const CXXRecordDecl *RD = recordBehind(Args[0]->getType());
      if (RD && !RD->isLambda() && U.role(Args[0]->getType()) == Role::Function) {
        handleInvocation(E, Args[0], llvm::ArrayRef(Args).drop_front());
        return true;
      }
    }
    if (E->getOperator() == OO_Equal && Args.size() == 2) {
      handleAssignment(E, Args[0], Args[1]);
      if (isFollowed(U.role(Args[0]->getType())))
        return true;
    }
    if (M && !M->isStatic()) {
      const Expr *Obj = Args[0];
      handleCall(E, F, Obj, recordBehind(Obj->IgnoreParenImpCasts()->getType()), llvm::ArrayRef(Args).drop_front());
    } else
      handleCall(E, F, nullptr, nullptr, Args);
    return true;
  }

  bool VisitBinaryOperator(const BinaryOperator *E) override {
    if (E->isAssignmentOp() && E->getOpcode() == BO_Assign)
      handleAssignment(E, E->getLHS(), E->getRHS());
    return true;
  }

  bool VisitCXXConstructExpr(const CXXConstructExpr *E) override {
    const CXXConstructorDecl *Ctor = E->getConstructor();
    if (Ctor->isCopyOrMoveConstructor() && E->getNumArgs() >= 1) {
      // Copying a handle is looked at where the copy goes.
      return true;
    }
    llvm::SmallVector<const Expr *, 6> Args;
    for (const Expr *A : E->arguments())
      if (!isa<CXXDefaultArgExpr>(A))
        Args.push_back(A);
    if (isGuard(U.role(E->getType())) && !C.destinationVar(E)) {
      Consumed.insert(Args.begin(), Args.end());
      return true; // a guard that is a temporary or a member: not a variable whose scope can be followed
    }
    if (isGuard(U.role(E->getType())))
      return true; // handleGuard has seen it
    handleCall(E, Ctor, nullptr, E->getType()->getAsCXXRecordDecl(), Args);
    return true;
  }

  bool VisitDeclRefExpr(const DeclRefExpr *E) override {
    if (isa<VarDecl, BindingDecl>(E->getDecl()))
      handleUse(E);
    return true;
  }
  bool VisitMemberExpr(const MemberExpr *E) override {
    if (isa<FieldDecl>(E->getMemberDecl()))
      handleUse(E);
    return true;
  }

private:
  Code &C;
  Unit &U;
  /// Operands that an event speaks for: they need no escape event of their own.
  llvm::DenseSet<const Expr *> Consumed;
  llvm::DenseSet<const LambdaExpr *> KnownLambdas; ///< a call's event says what becomes of them
  llvm::DenseSet<const Stmt *> Dead;               ///< operands that never run

  void index(const Stmt *S, const Stmt *Parent) {
    if (!S)
      return;
    C.Parents.try_emplace(S, Parent);
    noteModification(S);
    if (const auto *L = dyn_cast<LambdaExpr>(S)) {
      for (const LambdaCapture &Cap : L->captures())
        if (Cap.capturesVariable() && Cap.getCaptureKind() == LCK_ByRef)
          C.Exposed.insert(Cap.getCapturedVar());
      for (const Expr *I : L->capture_inits())
        if (I)
          index(I, S);
      // The body is indexed for modifications alone: captured variables may change there.
      indexLambdaBody(L->getBody());
      return;
    }
    for (const Stmt *Child : S->children())
      index(Child, S);
  }
  void indexLambdaBody(const Stmt *S) {
    if (!S)
      return;
    noteModification(S);
    for (const Stmt *Child : S->children())
      indexLambdaBody(Child);
  }

  void modified(const Expr *E) {
    E = E->IgnoreParenImpCasts();
    if (const auto *DR = dyn_cast<DeclRefExpr>(E))
      C.Modified.insert(DR->getDecl());
    const Expr *Pointer = nullptr;
    if (const auto *O = dyn_cast<UnaryOperator>(E); O && O->getOpcode() == UO_Deref)
      Pointer = O->getSubExpr();
    else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E); O && O->getOperator() == OO_Star && O->getNumArgs() == 1)
      Pointer = O->getArg(0);
    if (const auto *DR = dyn_cast_or_null<DeclRefExpr>(Pointer ? Pointer->IgnoreParenImpCasts() : nullptr))
      C.WrittenThrough.insert(DR->getDecl());
  }
  void noteModification(const Stmt *S) {
    if (const auto *B = dyn_cast<BinaryOperator>(S)) {
      if (B->isAssignmentOp())
        modified(B->getLHS());
    } else if (const auto *O = dyn_cast<UnaryOperator>(S)) {
      if (O->isIncrementDecrementOp() || O->getOpcode() == UO_AddrOf)
        modified(O->getSubExpr());
      if (const auto *DR = dyn_cast<DeclRefExpr>(O->getSubExpr()->IgnoreParens()); DR && O->getOpcode() == UO_AddrOf)
        C.Exposed.insert(DR->getDecl());
    } else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(S)) {
      if (O->getNumArgs() &&
          (O->isAssignmentOp() || O->getOperator() == OO_PlusPlus || O->getOperator() == OO_MinusMinus))
        modified(O->getArg(0));
    } else if (const auto *M = dyn_cast<CXXMemberCallExpr>(S)) {
      // `p.reset()` and `p.swap(q)` change which object a smart pointer leads to; observers do not.
      const CXXMethodDecl *Decl = M->getMethodDecl();
      if (Decl && !Decl->isConst() && M->getImplicitObjectArgument() && !isa<CXXConversionDecl>(Decl) &&
          !M->getImplicitObjectArgument()->getType()->isPointerType())
        modified(M->getImplicitObjectArgument());
    }
    if (const auto *Call = dyn_cast<CallExpr>(S)) {
      const FunctionDecl *F = Call->getDirectCallee();
      if (!F || passesThrough(F))
        return;
      unsigned Skip = isa<CXXOperatorCallExpr>(Call) && isa<CXXMethodDecl>(F) ? 1 : 0;
      for (unsigned I = 0; I < F->getNumParams() && I + Skip < Call->getNumArgs(); ++I) {
        QualType P = F->getParamDecl(I)->getType();
        if (P->isLValueReferenceType() && !P->getPointeeType().isConstQualified() &&
            !(P->getPointeeType()->isRecordType() && isForwarded(F, I, U.Ctx.getSourceManager())))
          modified(Call->getArg(I + Skip));
      }
    }
  }

  Event &add(Op Kind, const Stmt *Site) {
    C.Events.push_back({});
    Event &E = C.Events.back();
    E.Kind = Kind;
    E.Site = Site;
    return E;
  }

  void consume(const Expr *E) {
    // The whole chain down to the name belongs to the operand.
    while (E) {
      Consumed.insert(E);
      const Expr *S = strip(E);
      Consumed.insert(S);
      if (const auto *M = dyn_cast<MemberExpr>(S))
        E = M->getBase();
      else if (const auto *O = dyn_cast<UnaryOperator>(S))
        E = O->getSubExpr();
      else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(S);
               O && O->getNumArgs() &&
               (O->getOperator() == OO_Arrow || O->getOperator() == OO_Star || O->getOperator() == OO_Subscript))
        E = O->getArg(0);
      else if (const auto *A = dyn_cast<ArraySubscriptExpr>(S))
        E = A->getBase();
      else if (const auto *M = dyn_cast<CXXMemberCallExpr>(S))
        E = M->getImplicitObjectArgument();
      else if (const auto *CE = dyn_cast<CXXConstructExpr>(S); CE && CE->getNumArgs() >= 1)
        E = CE->getArg(0);
      else if (const auto *Call = dyn_cast<CallExpr>(S); Call && Call->getNumArgs() == 1)
        E = Call->getArg(0);
      else
        return;
      if (E)
        Consumed.insert(E);
    }
  }

  llvm::DenseSet<const Expr *> LockingCalls; ///< told as the acquisition that they are
  /// The lock that a call takes and hands out in a guard (`auto lock = locked();`), as this body names it.
  std::optional<Place> lockReturnedBy(const CallExpr *Call) {
    const FunctionDecl *F = Call->getDirectCallee();
    const Code *Inner = F ? U.code(F) : nullptr;
    const Stmt *Last = nullptr;
    if (const auto *Body = dyn_cast_or_null<CompoundStmt>(Inner ? Inner->Fn->getBody() : nullptr))
      Last = Body->body_empty() ? nullptr : Body->body_back();
    const auto *Return = dyn_cast_or_null<ReturnStmt>(Last);
    const Expr *Value = Return ? strip(Return->getRetValue()) : nullptr;
    if (const auto *CE = dyn_cast_or_null<CXXConstructExpr>(Value); CE && CE->getConstructor()->isMoveConstructor())
      Value = strip(CE->getArg(0));
    std::optional<Place> Lock;
    if (const auto *CE = dyn_cast_or_null<CXXConstructExpr>(Value); CE && writtenArgs(CE) == 1)
      Lock = Inner->place(CE->getArg(0));
    else if (const auto *DR = dyn_cast_or_null<DeclRefExpr>(Value))
      if (const GuardInfo *G = Inner->guard(DR->getDecl()); G && G->Starts == GuardInfo::Locked && G->Locks.size() == 1)
        Lock = G->Locks.front();
    if (!Lock)
      return std::nullopt;
    std::optional<Place> Base;
    Place From;
    if (Lock->This) {
      From.This = true;
      if (const auto *M = dyn_cast<CXXMemberCallExpr>(Call))
        Base = C.place(M->getImplicitObjectArgument());
    } else if (const auto *P = dyn_cast_or_null<ParmVarDecl>(Lock->Root)) {
      From.Root = P;
      if (P->getFunctionScopeIndex() < Call->getNumArgs())
        Base = C.place(Call->getArg(P->getFunctionScopeIndex()));
    } else if (const auto *Global = dyn_cast_or_null<VarDecl>(Lock->Root); Global && Global->hasGlobalStorage())
      return Lock;
    return Base ? std::optional(From.rebase(*Lock, *Base)) : std::nullopt;
  }

  void handleGuard(const VarDecl *V) {
    const TypeModel *T = U.type(V->getType());
    if (!T || !isGuard(T->Plays) || V->getType()->isReferenceType() || V->getType()->isPointerType())
      return;
    GuardInfo &G = C.Guards[V];
    G.Shared = T->Plays == Role::SharedGuard;
    const auto *CE = dyn_cast<CXXConstructExpr>(strip(V->getInit()));
    if (!CE || (CE->getConstructor()->isCopyOrMoveConstructor() && CE->getNumArgs() == 1)) {
      // Made by a call or moved from another guard: which lock, and whether it is held, is not known here.
      if (CE && CE->getNumArgs() == 1)
        if (auto From = C.place(CE->getArg(0)); From && From->Root && From->Path.empty())
          if (const GuardInfo *Old = C.guard(From->Root)) {
            G.Locks = Old->Locks;
            consume(CE->getArg(0));
          }
      if (const auto *Call = dyn_cast_or_null<CallExpr>(strip(V->getInit())))
        if (auto Lock = lockReturnedBy(Call)) {
          G.Starts = GuardInfo::Locked;
          G.Locks.push_back(*Lock);
          Event &E = add(G.Shared ? Op::AcquireShared : Op::Acquire, Call);
          E.Object = *Lock;
          E.Guard = V;
          E.ObjectRole = Role::Mutex;
          LockingCalls.insert(Call);
        }
      return;
    }
    llvm::ArrayRef<Action> Acts = U.actions(CE->getConstructor(), V->getType()->getAsCXXRecordDecl(), writtenArgs(CE));
    const Action *Takes = nullptr;
    for (const Action &A : Acts)
      if (A.Operation == Op::Acquire || A.Operation == Op::AcquireShared || A.Operation == Op::TryAcquire)
        Takes = &A;
    if (!Takes)
      return;
    G.Starts = Takes->Operation == Op::TryAcquire ? GuardInfo::Tried : GuardInfo::Locked;
    // A guard that may give up has a way to tell that it did.
    bool CanFail = llvm::any_of(T->Members, [](const FunctionModel &M) {
      return llvm::any_of(M.Actions, [](const Action &A) { return A.Operation == Op::Test; });
    });
    for (unsigned I = 0; I != CE->getNumArgs(); ++I) {
      const Expr *A = CE->getArg(I);
      if (isa<CXXDefaultArgExpr>(A))
        continue;
      switch (U.role(A->getType())) {
      case Role::DeferTag:
        G.Starts = GuardInfo::Deferred;
        continue;
      case Role::AdoptTag:
        G.Starts = GuardInfo::Locked;
        continue;
      case Role::TryTag:
        G.Starts = GuardInfo::Tried;
        continue;
      default:
        break;
      }
      bool Named = Takes->On.K == Operand::AllParams ? isLock(U.role(A->getType()))
                                                     : Takes->On.K == Operand::Param && Takes->On.Index == I;
      if (I > 0 && Takes->On.K != Operand::AllParams && !Named) {
        if (CanFail && A->getType()->isRecordType())
          G.Starts = G.Starts == GuardInfo::Locked ? GuardInfo::Tried : G.Starts; // a duration: it may give up
        continue;
      }
      if (!Named)
        continue;
      consume(A);
      if (auto Pl = C.place(A))
        G.Locks.push_back(*Pl);
    }
    if (G.Locks.empty()) {
      Place Self; // an unnamed lock is told apart by its guard
      Self.Root = V;
      G.Locks.push_back(Self);
    }
    if (G.Starts == GuardInfo::Deferred)
      return;
    for (const Place &L : G.Locks) {
      Event &E = add(G.Shared ? Op::AcquireShared : Op::Acquire, CE);
      E.Object = L;
      E.Guard = V;
      E.ObjectRole = Role::Mutex;
      E.Model = Takes;
      E.OutcomeTells = G.Starts == GuardInfo::Tried;
    }
    // `MutexLock lock(&mu, Condition(…))`: once it has the lock it waits for more.
    for (const Action &A : Acts)
      if (A.Operation == Op::WaitCondition && A.On.K == Operand::Param && A.On.Index < CE->getNumArgs()) {
        Event &E = add(A.Operation, CE);
        if (auto Pl = C.place(CE->getArg(A.On.Index)))
          E.Object = *Pl;
        E.ObjectRole = U.role(CE->getArg(A.On.Index)->getType());
        E.Model = &A;
      }
  }

  static unsigned writtenArgs(const CXXConstructExpr *CE) {
    unsigned N = 0;
    for (const Expr *A : CE->arguments())
      N += !isa<CXXDefaultArgExpr>(A);
    return N;
  }

  /// The callables among arguments; what follows the first of them are its arguments (std::thread, std::async).
  void addTasks(Event &E, const Action *A, llvm::ArrayRef<const Expr *> Args) {
    for (unsigned I = 0; I != Args.size(); ++I) {
      if (A && A->Callable >= 0 && static_cast<unsigned>(A->Callable) != I)
        continue;
      llvm::SmallVector<CallableRef, 1> Found = C.callables(Args[I]);
      for (CallableRef &R : Found) {
        if (R.Lambda)
          KnownLambdas.insert(R.Lambda);
        // What follows a lambda may be anything, unless it takes so many.
        bool Takes = !R.Lambda || (E.Kind == Op::Spawn && R.Body && R.Body->getNumParams() == Args.size() - I - 1);
        if (Takes && R.Args.empty())
          R.Args.assign(Args.begin() + I + 1, Args.end());
        // `connect(sender, &S::signal, receiver, &R::slot)`: the object stands before the member.
        if (R.Body && !R.Receiver && R.Args.empty() && I > 0 && Args[I - 1]->getType()->isPointerType())
          if (const auto *M = dyn_cast<CXXMethodDecl>(R.Body); M && !M->isStatic() && !R.Lambda)
            R.Receiver = C.place(Args[I - 1]);
        if (R.Body && !isa<CXXConstructExpr>(strip(Args[I])))
          C.takeReceiver(R);
        consume(Args[I]);
        // What a task does with its arguments its body tells.
        if (R.Body && U.visible(R.Body)) {
          for (const Expr *Bound : R.Args)
            consume(Bound);
          if (const auto *Bind = dyn_cast<CallExpr>(strip(Args[I])))
            for (const Expr *Bound : Bind->arguments())
              consume(Bound);
        }
        E.Tasks.push_back(std::move(R));
      }
    }
  }

  /// Translates an operation on a guard into one on its locks.
  void emit(const Action &A, const Expr *Site, const Expr *Operand, std::optional<Place> Pl,
            llvm::ArrayRef<const Expr *> Args, const FunctionDecl *Callee) {
    Role R = Operand ? U.role(Operand->getType()) : Role::None;
    if (!Operand)
      if (const auto *E = dyn_cast<Expr>(Site))
        R = U.role(E->getType());
    llvm::SmallVector<Place, 2> Objects;
    const VarDecl *Guard = nullptr;
    if (isGuard(R) && Pl && Pl->Root && Pl->Path.empty()) {
      Guard = dyn_cast<VarDecl>(Pl->Root);
      if (const GuardInfo *G = C.guard(Pl->Root); G && !G->Locks.empty())
        Objects = G->Locks;
    }
    if (Objects.empty())
      Objects.push_back(Pl ? *Pl : Place());
    for (const Place &O : Objects) {
      Event &E = add(A.Operation, Site);
      E.Object = O;
      E.Model = &A;
      E.Callee = Callee;
      E.Guard = Guard;
      E.ObjectRole = R;
      E.TasksRun = A.When;
      E.OutcomeTells = A.Operation == Op::TryAcquire || A.With.has(Fact::ResultTells);
      if (A.Operation == Op::Spawn || A.Operation == Op::Defer || A.Operation == Op::RunNow)
        addTasks(E, &A, Args);
    }
    if (A.Operation == Op::RunNow)
      for (const Expr *Arg : Args)
        handRange(Site, Arg);
    if (Operand)
      consume(Operand);
  }

  /// `for_each(v.begin(), v.end(), f)`, `ranges::for_each(v, f)`: what f does to the elements is not followed.
  void handRange(const Expr *Site, const Expr *Arg) {
    const Expr *Range = strip(Arg);
    if (const auto *M = dyn_cast_or_null<CXXMemberCallExpr>(Range))
      Range = M->getImplicitObjectArgument();
    QualType Elem = Range ? U.element(Range->getType()) : QualType();
    if (Elem.isNull() || !isFollowed(U.role(Elem)))
      return;
    if (auto Pl = C.place(Range)) {
      Event &E = add(Op::Escape, Site);
      E.Object = *Pl;
      E.ObjectRole = Role::Container;
    }
  }

  void handleCall(const Expr *Site, const FunctionDecl *F, const Expr *Obj, const CXXRecordDecl *Static,
                  llvm::ArrayRef<const Expr *> AllArgs) {
    llvm::SmallVector<const Expr *, 6> Args;
    for (const Expr *A : AllArgs)
      if (!isa<CXXDefaultArgExpr>(A))
        Args.push_back(A);
    llvm::ArrayRef<Action> Acts = U.actions(F, Static, Args.size());
    for (const Action &A : Acts) {
      switch (A.On.K) {
      case Operand::This:
        if (isa<CXXConstructExpr>(Site))
          emit(A, Site, nullptr, C.destination(Site), Args, F);
        else
          emit(A, Site, Obj, Obj ? C.place(Obj) : std::nullopt, Args, F);
        break;
      case Operand::Result:
        emit(A, Site, nullptr, C.destination(Site), Args, F);
        break;
      case Operand::Param:
        if (A.On.Index < Args.size())
          emit(A, Site, Args[A.On.Index], C.place(Args[A.On.Index]), Args, F);
        break;
      case Operand::AllParams:
        for (const Expr *P : Args)
          if (Role R = U.role(P->getType());
              A.Operation == Op::Await ? R == Role::Future || R == Role::SharedFuture : isLock(R) || isGuard(R))
            emit(A, Site, P, C.place(P), Args, F);
        break;
      }
      if (A.Operation == Op::Insert && Obj)
        handleInsertion(Site, Obj, Args);
      if (A.Operation == Op::WaitCondition) // its lock and its predicate stay here
        for (const Expr *X : Args) {
          for (const CallableRef &R : C.callables(X))
            if (R.Lambda)
              KnownLambdas.insert(R.Lambda);
          consume(X);
        }
    }
    if (!Acts.empty() || U.Models.isModelled(F, Static)) {
      // The model has told all there is about the object and the locks involved (a wait takes its guard by reference).
      for (const Expr *A : Args)
        if (isGuard(U.role(A->getType())) || isLock(U.role(A->getType())))
          consume(A);
      if (Obj)
        consume(Obj);
      // `while (jobs.read(job))`: what was in it before is overwritten with the next.
      bool Yields = llvm::any_of(Acts, [](const Action &A) {
        return A.Operation == Op::Receive || A.Operation == Op::TryReceive || A.Operation == Op::Extract;
      });
      for (unsigned I = 0; Yields && I != Args.size() && I < F->getNumParams(); ++I) {
        QualType Param = F->getParamDecl(I)->getType();
        if (Param->isLValueReferenceType() && !Param->getPointeeType().isConstQualified())
          handToUnknown(Site, Param, Args[I]);
      }
      return;
    }

    handleMaker(Site, F, Args);

    if (LockingCalls.contains(Site)) {
      if (Obj)
        consume(Obj);
      for (const Expr *A : Args)
        consume(A);
      return;
    }
    // An accessor names a member and does nothing: place() knows which.
    if (U.visible(F) && isa<CallExpr>(Site) && C.place(Site)) {
      if (Obj)
        consume(Obj);
      return;
    }

    if (const FunctionDecl *Def = U.visible(F)) {
      Event &E = add(Op::Call, Site);
      E.Callee = Def;
      if (Obj)
        if (auto Pl = C.place(Obj))
          E.Object = *Pl;
      // What the callee does with the objects is its summary's business.
      for (const Expr *A : Args)
        if (C.place(A))
          consume(A);
      if (Obj)
        consume(Obj);
      for (unsigned I = 0; I != Args.size() && I < Def->getNumParams(); ++I)
        handToCallee(Site, Def, I, Args[I]);
      return;
    }

    // Code that can not be seen.
    const auto *M = dyn_cast<CXXMethodDecl>(F);
    bool Ctor = isa<CXXConstructorDecl>(F);
    // `request = std::move(next)`: a local that is assigned by its members is still in sight.
    const auto *Left = Obj ? dyn_cast<DeclRefExpr>(strip(Obj)) : nullptr;
    bool Assigned = M && Left && (M->isCopyAssignmentOperator() || M->isMoveAssignmentOperator()) &&
                    (M->isImplicit() || M->isDefaulted()) && !Left->getDecl()->getType()->isReferenceType();
    if (M && !Ctor && !Assigned && !M->isConst() && !M->isStatic() && Obj &&
        !U.Ctx.getSourceManager().isInSystemHeader(F->getLocation()))
      if (auto Pl = C.place(Obj)) {
        Event &E = add(Op::Escape, Site);
        E.Object = *Pl;
      }
    for (unsigned I = 0; I != Args.size(); ++I) {
      QualType P = I < F->getNumParams() ? F->getParamDecl(I)->getType() : QualType();
      handToUnknown(Site, P, Args[I]);
    }
  }

  /// make_unique<T>(…), make_shared<T>(…): constructs a T.
  void handleMaker(const Expr *Site, const FunctionDecl *F, llvm::ArrayRef<const Expr *> Args) {
    if (F->getTemplateSpecializationKind() == TSK_Undeclared || !F->getTemplateSpecializationArgs() ||
        F->getTemplateSpecializationArgs()->size() == 0)
      return;
    const TemplateArgument &TA = F->getTemplateSpecializationArgs()->get(0);
    if (TA.getKind() != TemplateArgument::Type)
      return;
    const TypeModel *RT = U.type(F->getReturnType());
    if (!RT || RT->Plays != Role::SmartPointer ||
        U.Ctx.getCanonicalType(U.pointee(F->getReturnType())).getUnqualifiedType() !=
            U.Ctx.getCanonicalType(TA.getAsType()).getUnqualifiedType())
      return;
    constructed(Site, TA.getAsType(), C.destination(Site), Args);
  }

  void constructed(const Expr *Site, QualType T, std::optional<Place> Where, llvm::ArrayRef<const Expr *> Args) {
    const TypeModel *TM = U.type(T);
    if (!TM)
      return;
    for (const FunctionModel &Ctor : TM->Constructors) {
      if ((Ctor.MinArgs >= 0 && static_cast<int>(Args.size()) < Ctor.MinArgs) ||
          (Ctor.MaxArgs >= 0 && static_cast<int>(Args.size()) > Ctor.MaxArgs))
        continue;
      for (const Action &A : Ctor.Actions) {
        Event &E = add(A.Operation, Site);
        E.Object = Where ? *Where : Place();
        E.Model = &A;
        E.ObjectRole = TM->Plays;
        E.TasksRun = A.When;
        if (A.Operation == Op::Spawn)
          addTasks(E, &A, Args);
      }
    }
  }

  /// v.emplace_back(f): the element is constructed from the arguments; v.push_back(x): it takes x over.
  void handleInsertion(const Expr *Site, const Expr *Container, llvm::ArrayRef<const Expr *> Args) {
    QualType Elem = U.element(Container->getType());
    if (Elem.isNull() || Args.empty() || !isFollowed(U.role(Elem)))
      return;
    std::optional<Place> Where = C.place(Container);
    if (Where)
      Where->Element = true;
    bool TakesOver = false;
    for (const Expr *A : Args)
      TakesOver |= U.role(A->getType()) == U.role(Elem);
    if (!TakesOver)
      constructed(Site, Elem, Where, Args);
  }

  /// Is this statement reached whenever the body is left normally? Asks what stands around it and for returns before
  /// it.
  static bool onEveryPath(const Code &Of, const Stmt *Site) {
    for (const Stmt *S = Site; S; S = Of.parent(S))
      if (isa<IfStmt, SwitchStmt, ForStmt, WhileStmt, CXXForRangeStmt, ConditionalOperator, CXXTryStmt, CXXCatchStmt>(
              S) ||
          (isa<BinaryOperator>(S) && cast<BinaryOperator>(S)->isLogicalOp()))
        return false;
    return !returnsBefore(Of.Fn->getBody(), Site->getBeginLoc(), Of.U.Ctx.getSourceManager());
  }
  static bool returnsBefore(const Stmt *S, SourceLocation Loc, const SourceManager &SM) {
    if (!S || isa<LambdaExpr>(S))
      return false;
    if (isa<ReturnStmt, GotoStmt>(S) && SM.isBeforeInTranslationUnit(S->getEndLoc(), Loc))
      return true;
    return llvm::any_of(S->children(), [&](const Stmt *X) { return returnsBefore(X, Loc, SM); });
  }

  /// Is it a lambda that calls this parameter of the function around it: `[&, i] { work(i); }`?
  bool calls(const CallableRef &T, const ParmVarDecl *P) const {
    const Code *Inner = T.Lambda && T.Body && T.Body != C.Fn ? U.code(T.Body) : nullptr;
    return Inner && llvm::any_of(Inner->Events, [&](const Event &E) { return Code::callOf(E, P); });
  }

  /// An argument of a function whose body can be seen: what becomes of a callable tells its body.
  void handToCallee(const Expr *Site, const FunctionDecl *Def, unsigned I, const Expr *Arg) {
    llvm::SmallVector<CallableRef, 1> Found = C.callables(Arg);
    if (Found.empty())
      return;
    Code *Callee = Def == C.Fn ? nullptr : U.code(Def);
    const ParmVarDecl *P = Def->getParamDecl(I);
    std::optional<Op> Becomes;
    bool Surely = false;
    if (Callee) {
      for (const Event &E : Callee->Events) {
        for (const CallableRef &T : E.Tasks) {
          const auto *DR = T.Site ? dyn_cast<DeclRefExpr>(strip(T.Site)) : nullptr;
          if ((DR && DR->getDecl() == P) || calls(T, P)) {
            Becomes = E.Kind;
            Surely |= E.Surely && onEveryPath(*Callee, E.Site);
          }
        }
        if (E.Kind == Op::Call && E.Object.Root == P && E.Object.Path.empty()) {
          if (!Becomes)
            Becomes = Op::RunNow;
          Surely |= onEveryPath(*Callee, E.Site);
        }
      }
    }
    bool StoresCopies = !P->getType()->isReferenceType() || P->getType()->isRValueReferenceType();
    if (!Becomes && StoresCopies && U.role(P->getType()) == Role::Function)
      Becomes = Op::Defer; // kept somewhere: it runs when somebody calls it
    if (!Becomes)
      return;
    for (CallableRef &R : Found)
      if (R.Lambda)
        KnownLambdas.insert(R.Lambda);
    Event &E = add(*Becomes, Site);
    E.Tasks = std::move(Found);
    E.Surely = Surely;
    E.Callee = Def;
    E.TasksRun = *Becomes == Op::Spawn ? Runs::Concurrently : *Becomes == Op::RunNow ? Runs::Now : Runs::Later;
    consume(Arg);
  }

  void handToUnknown(const Expr *Site, QualType Param, const Expr *Arg) {
    llvm::SmallVector<CallableRef, 1> Found = C.callables(Arg);
    bool ByValue = !Param.isNull() && (!Param->isReferenceType() || Param->isRValueReferenceType());
    bool Registers = false;
    for (const CallableRef &R : Found)
      Registers |= R.Body && ByValue && !Param.isNull() && U.role(Param) == Role::Function;
    if (Registers) {
      // A function without a body that takes a std::function by value keeps it for later; two callables given to one
      // call are alternatives (on success, on error), so they share one event.
      Event *Same = nullptr;
      for (Event &E : C.Events)
        if (E.Kind == Op::Defer && E.Site == Site)
          Same = &E;
      Event &E = Same ? *Same : add(Op::Defer, Site);
      E.TasksRun = Runs::Later;
      for (CallableRef &R : Found) {
        if (R.Lambda)
          KnownLambdas.insert(R.Lambda);
        E.Tasks.push_back(std::move(R));
      }
      consume(Arg);
      return;
    }
    auto Pl = C.place(Arg);
    if (!Pl || Consumed.contains(Arg))
      return; // named by nothing, or by an event that stands around this call (a bound argument of a task)
    consume(Arg);
    if (isMove(Arg->IgnoreParenImpCasts()))
      return; // noteMove speaks for it
    bool Const = !Param.isNull() && Param->isReferenceType() && Param->getPointeeType().isConstQualified() &&
                 !Param->getPointeeType()->isPointerType() &&
                 (!U.type(Param) || U.type(Param)->Plays != Role::SmartPointer);
    if (!Param.isNull() && Param->isPointerType() && Param->getPointeeType().isConstQualified())
      Const = true;
    bool CopiesValue = !Param.isNull() && !Param->isReferenceType() && !Param->isPointerType() &&
                       (!U.type(Param) || U.type(Param)->Plays != Role::SmartPointer);
    if (Const || CopiesValue)
      return;
    Event &E = add(Op::Escape, Site);
    E.Object = *Pl;
    E.ObjectRole = U.role(Arg->getType());
  }

  /// f(): a callable variable, parameter or member is called.
  void handleInvocation(const Expr *Site, const Expr *Fn, llvm::ArrayRef<const Expr *> Args) {
    llvm::SmallVector<CallableRef, 1> Found = C.callables(Fn);
    const FunctionDecl *Body = Found.size() == 1 ? Found.front().Body : nullptr;
    Event &E = add(Op::Call, Site);
    E.Callee = Body ? U.visible(Body) : nullptr;
    E.ObjectRole = Role::Function;
    if (auto Pl = C.place(Fn))
      E.Object = *Pl;
    consume(Fn);
    for (const Expr *A : Args)
      if (!Body)
        handToUnknown(Site, {}, A);
      else if (C.place(A))
        consume(A);
  }

  void handleAssignment(const Expr *Site, const Expr *L, const Expr *R) {
    if (!isFollowed(U.role(L->getType())))
      return;
    auto Pl = C.place(L);
    consume(L);
    if (!Pl)
      return;
    // `t = std::thread(f)`: the right side's own event speaks of t.
    for (const Event &E : C.Events)
      if (E.Object == *Pl && E.Site && E.Site != Site && within(C, E.Site, Site))
        return;
    bool Takes = C.place(R).has_value();
    // The right side is visited after this; what it spawns or makes becomes this place.
    if (const auto *CE = dyn_cast<CXXConstructExpr>(strip(R)))
      Takes = CE->getConstructor()->isCopyOrMoveConstructor() && C.place(R).has_value();
    const TypeModel *TM = U.type(U.pointee(L->getType()));
    if (TM && (TM->Plays == Role::Thread || TM->Plays == Role::JoiningThread || TM->Plays == Role::Future)) {
      if (startsTask(R))
        return;      // its own event says so
      Takes = false; // whatever it is, it replaces what was there
    }
    Event &E = add(Takes ? Op::Escape : Op::Reset, Site);
    E.Object = *Pl;
  }

  /// Is this a task that is started on the spot: `std::thread(f)`, `std::async(f)`?
  bool startsTask(const Expr *R) {
    R = strip(R);
    if (const auto *CE = dyn_cast_or_null<CXXConstructExpr>(R); CE && CE->getConstructor()->isCopyOrMoveConstructor())
      R = strip(CE->getArg(0));
    const FunctionDecl *F = nullptr;
    const CXXRecordDecl *Static = nullptr;
    unsigned N = 0;
    if (const auto *CE = dyn_cast_or_null<CXXConstructExpr>(R)) {
      F = CE->getConstructor();
      Static = CE->getType()->getAsCXXRecordDecl();
      N = writtenArgs(CE);
    } else if (const auto *Call = dyn_cast_or_null<CallExpr>(R)) {
      F = Call->getDirectCallee();
      N = Call->getNumArgs();
      if (const auto *M = dyn_cast<CXXMemberCallExpr>(Call))
        Static = U.record(M->getImplicitObjectArgument());
      // make_unique<std::thread>(f)
      const TypeModel *T = U.type(Call->getType());
      if (F && N > 0 && T && T->Plays == Role::SmartPointer &&
          U.Ctx.getSourceManager().isInSystemHeader(F->getLocation()))
        return true;
    }
    return F && llvm::any_of(U.actions(F, Static, N), [](const Action &A) { return A.Operation == Op::Spawn; });
  }

  /// A struct with such an object among its fields: what is moved with it.
  bool holdsFollowed(QualType T, unsigned Depth = 0) {
    const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
    if (!RD || !RD->hasDefinition() || Depth > 2 || U.Ctx.getSourceManager().isInSystemHeader(RD->getLocation()))
      return false;
    return llvm::any_of(RD->fields(), [&](const FieldDecl *F) {
      QualType FT = F->getType();
      return !FT->isReferenceType() && !FT->isPointerType() && (isFollowed(U.role(FT)) || holdsFollowed(FT, Depth + 1));
    });
  }
  void noteMove(const Expr *Site, const Expr *Arg) {
    auto Pl = C.place(Arg);
    if (!Pl || !(isFollowed(U.role(Arg->getType())) || holdsFollowed(U.pointee(Arg->getType()))))
      return;
    Consumed.insert(strip(Arg));
    // Moved into a call whose event or summary speaks for it? Then that event comes as well; the move ends it here.
    const Expr *E = Site;
    const Stmt *P = C.user(E);
    if (const auto *Call = dyn_cast_or_null<CallExpr>(P))
      if (const FunctionDecl *F = Call->getDirectCallee(); F && !passesThrough(F) && U.visible(F))
        return;
    // std::move(group).wait(): the call's own event tells what becomes of the object.
    if (const auto *M = dyn_cast_or_null<MemberExpr>(P))
      if (const auto *Method = dyn_cast<CXXMethodDecl>(M->getMemberDecl()))
        if (!U.actions(Method, Arg->getType()->getAsCXXRecordDecl(), Method->getNumParams()).empty())
          return;
    if (isGuard(U.role(Arg->getType())))
      if (const GuardInfo *G = Pl->Root ? C.guard(Pl->Root) : nullptr) {
        for (const Place &L : G->Locks) {
          Event &M = add(Op::Move, Site);
          M.Object = L;
          M.Guard = dyn_cast<VarDecl>(Pl->Root);
        }
        return;
      }
    // `std::move(f).get()`: the member's own event tells what becomes of it.
    if (const auto *M = dyn_cast_or_null<MemberExpr>(P))
      if (const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(C.Parents.lookup(M)))
        for (const Event &Of : C.Events)
          if (Of.Site == Call && Of.Object == *Pl)
            return;
    Event &M = add(Op::Move, Site);
    M.Object = *Pl;
    M.ObjectRole = U.role(Arg->getType());
  }

  void handleLambda(const LambdaExpr *L) {
    if (KnownLambdas.contains(L))
      return;
    // Initialises a local that is only called or handed over: its uses speak for it.
    const Expr *E = L;
    if (const VarDecl *V = C.destinationVar(E); V && !C.isModified(V))
      return;
    // Called on the spot.
    for (const LambdaCapture &Cap : L->captures()) {
      Place Pl;
      if (Cap.capturesThis())
        Pl.This = true;
      else if (Cap.capturesVariable()) {
        if (!isFollowed(U.role(Cap.getCapturedVar()->getType())))
          continue;
        Pl.Root = Cap.getCapturedVar();
      } else
        continue;
      Event &Ev = add(Op::Escape, L);
      Ev.Object = Pl;
    }
  }

  /// A name that no event spoke for: does the object get out of sight?
  void handleUse(const Expr *E) {
    if (Consumed.contains(E))
      return;
    // Only the whole name counts: the base of a longer one is part of it.
    const Expr *Top = E;
    const Stmt *P = C.user(Top);
    if (isa_and_nonnull<MemberExpr>(P) && Consumed.contains(cast<Expr>(P)))
      return;
    Role R = U.role(E->getType());
    QualType Elem = U.element(E->getType());
    if (!isFollowed(R) && !(R == Role::Container && !Elem.isNull() && isFollowed(U.role(Elem))))
      return;
    if (const auto *M = dyn_cast_or_null<MemberExpr>(P); M && !isa<FieldDecl>(M->getMemberDecl()))
      return; // the object of a member call without effect on it
    auto Pl = C.place(E);
    if (!Pl)
      return;
    // Without a parent it is what initialises a member: a reference or pointer that keeps it.
    if (isa_and_nonnull<CompoundStmt, IfStmt, WhileStmt, DoStmt, ForStmt, CXXForRangeStmt>(P))
      return; // mentioned, not used
    if (const auto *O = dyn_cast_or_null<UnaryOperator>(P); O && (O->getOpcode() == UO_LNot))
      return;
    // `auto *p = &x`, `auto r = std::ref(x)`: what stands around it is what names the object.
    for (const auto *X = dyn_cast_or_null<Expr>(P); X; X = dyn_cast_or_null<Expr>(P)) {
      const auto *O = dyn_cast<UnaryOperator>(X);
      const auto *Call = dyn_cast<CallExpr>(X);
      bool Passes = Call && Call->getDirectCallee() && passesThrough(Call->getDirectCallee());
      if (!(O && O->getOpcode() == UO_AddrOf) && !Passes)
        break;
      Top = X;
      P = C.user(Top);
    }
    if (const auto *B = dyn_cast_or_null<BinaryOperator>(P); B && !B->isAssignmentOp())
      return;
    if (const auto *DS = dyn_cast_or_null<DeclStmt>(P)) {
      if (DS->isSingleDecl())
        if (const auto *V = dyn_cast<VarDecl>(DS->getSingleDecl()))
          // Also the hidden iterator of a loop over an array, though it moves on.
          if (V->getType()->isReferenceType() || V->isCXXForRangeDecl() || V->isImplicit() || !C.isModified(V))
            return; // an alias that place() follows
    }
    if (const auto *CE = dyn_cast_or_null<CXXConstructExpr>(P)) { // a copy of a smart pointer into a local alias
      const Expr *X = CE;
      if (const VarDecl *V = C.destinationVar(X); V && !C.isModified(V))
        return;
    }
    Event &Ev = add(Op::Escape, E);
    Ev.Object = *Pl;
    Ev.ObjectRole = R;
  }
};

Code::Code(Unit &U, const FunctionDecl *Fn) : U(U), Fn(Fn) { Extractor(*this).run(); }

llvm::ArrayRef<unsigned> Code::at(const Stmt *S) const {
  auto It = BySite.find(S);
  return It == BySite.end() ? llvm::ArrayRef<unsigned>() : llvm::ArrayRef<unsigned>(It->second);
}

const CFG *Code::graph() {
  if (!GraphTried) {
    GraphTried = true;
    CFG::BuildOptions BO;
    BO.setAllAlwaysAdd();
    BO.AddInitializers = true;
    BO.AddImplicitDtors = true;
    BO.AddLifetime = true;
    BO.AddTemporaryDtors = true;
    BO.AddEHEdges = true;
    BO.AddCXXDefaultInitExprInCtors = true;
    BO.AddStaticInitBranches = true;
    BO.PruneTriviallyFalseEdges = true;
    Graph = CFG::buildCFG(Fn, Fn->getBody(), &U.Ctx, BO);
  }
  return Graph.get();
}

bool Code::callOf(const Event &E, const ParmVarDecl *P) {
  if (E.Kind != Op::Call || E.Object.This || !E.Object.Path.empty())
    return false;
  const auto *V = dyn_cast_or_null<VarDecl>(E.Object.Root);
  if (V && V->isInitCapture() && V->getInit()) { // `[work = std::move(work)]`
    const Expr *From = uncopied(V->getInit());
    const auto *Call = dyn_cast<CallExpr>(From);
    if (Call && Call->getDirectCallee() && passesThrough(Call->getDirectCallee()))
      From = strip(Call->getArg(0));
    const auto *DR = dyn_cast<DeclRefExpr>(From);
    return DR && DR->getDecl() == P;
  }
  return V == P;
}

const GuardInfo *Code::guard(const ValueDecl *V) const {
  auto It = Guards.find(V);
  return It == Guards.end() ? nullptr : &It->second;
}

const CXXTryStmt *Code::enclosingTry(const Stmt *S) const {
  const Stmt *Child = S;
  for (const Stmt *P = Parents.lookup(S); P; Child = P, P = Parents.lookup(P))
    if (const auto *T = dyn_cast<CXXTryStmt>(P); T && T->getTryBlock() == Child)
      return T;
  return nullptr;
}

namespace {

/// The variable that this statement declares with \p E as its initialiser.
const VarDecl *initialises(const Stmt *P, const Expr *E) {
  const auto *DS = dyn_cast_or_null<DeclStmt>(P);
  if (!DS)
    return nullptr;
  for (const Decl *D : DS->decls())
    if (const auto *V = dyn_cast<VarDecl>(D))
      if (V->getInit() && V->getInit()->IgnoreParenImpCasts() == E->IgnoreParenImpCasts())
        return V;
  // Wrappers between the declaration and the expression differ from case to case.
  return DS->isSingleDecl() ? dyn_cast<VarDecl>(DS->getSingleDecl()) : nullptr;
}

} // namespace

const Stmt *Code::user(const Expr *&E) const {
  const Stmt *P = Parents.lookup(E);
  while (P) {
    const auto *PE = dyn_cast<Expr>(P);
    if (!PE ||
        !isa<CastExpr, ParenExpr, ExprWithCleanups, MaterializeTemporaryExpr, CXXBindTemporaryExpr, ConstantExpr>(PE))
      return P;
    E = PE;
    P = Parents.lookup(PE);
  }
  return P;
}

const VarDecl *Code::destinationVar(const Expr *E) const {
  const Stmt *P = user(E);
  return initialises(P, E);
}

std::optional<Place> Code::destination(const Expr *E) const {
  for (unsigned Depth = 0; Depth != 8; ++Depth) {
    const Stmt *P = user(E);
    if (!P) {
      if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(Fn))
        for (const CXXCtorInitializer *I : Ctor->inits())
          if (I->getInit() == E && I->getAnyMember()) {
            Place Pl;
            Pl.This = true;
            Pl.Path.push_back(I->getAnyMember());
            return Pl;
          }
      return std::nullopt;
    }
    if (const VarDecl *V = initialises(P, E)) {
      Place Pl;
      Pl.Root = V;
      return Pl;
    }
    if (isa<CXXConstructExpr, InitListExpr, CXXNewExpr>(P)) { // a copy, a move, or a smart pointer taking over
      E = cast<Expr>(P);
      continue;
    }
    if (const auto *B = dyn_cast<BinaryOperator>(P); B && B->getOpcode() == BO_Assign)
      return place(B->getLHS());
    if (const auto *O = dyn_cast<CXXOperatorCallExpr>(P); O && O->getOperator() == OO_Equal)
      return place(O->getArg(0));
    if (const auto *Call = dyn_cast<CallExpr>(P)) {
      const FunctionDecl *F = Call->getDirectCallee();
      if (F && passesThrough(F)) {
        E = Call;
        continue;
      }
      if (const auto *M = dyn_cast<CXXMemberCallExpr>(P)) {
        const Expr *Obj = M->getImplicitObjectArgument();
        if (Obj && U.role(Obj->getType()) == Role::Container)
          if (auto Pl = place(Obj)) {
            Pl->Element = true;
            return Pl;
          }
        // `p.reset(new T)`
        if (Obj && F && F->getIdentifier() && F->getName() == "reset" && U.type(Obj->getType()) &&
            U.type(Obj->getType())->Plays == Role::SmartPointer)
          return place(Obj);
      }
    }
    return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Place> Code::elementOf(const ValueDecl *D) const {
  const auto *V = dyn_cast_or_null<VarDecl>(D);
  if (!V || isa<ParmVarDecl>(V) || !V->getInit())
    return std::nullopt;
  const Expr *Init = strip(V->getInit());
  if (V->isCXXForRangeDecl()) {
    // `*__begin`, where `__begin` is `__range.begin()`, `begin(__range)` or the array `__range`.
    const Expr *Iter = nullptr;
    if (const auto *O = dyn_cast<UnaryOperator>(Init); O && O->getOpcode() == UO_Deref)
      Iter = O->getSubExpr();
    else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(Init); O && O->getOperator() == OO_Star && O->getNumArgs())
      Iter = O->getArg(0);
    else if (const auto *CE = dyn_cast<CXXConstructExpr>(Init); CE && CE->getNumArgs()) {
      const Expr *From = strip(CE->getArg(0));
      if (const auto *O = dyn_cast<CXXOperatorCallExpr>(From); O && O->getOperator() == OO_Star && O->getNumArgs())
        Iter = O->getArg(0);
      else if (const auto *O = dyn_cast<UnaryOperator>(From); O && O->getOpcode() == UO_Deref)
        Iter = O->getSubExpr();
    }
    const auto *DR = dyn_cast_or_null<DeclRefExpr>(Iter ? strip(Iter) : nullptr);
    const auto *Begin = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
    if (!Begin || !Begin->getInit())
      return std::nullopt;
    Init = uncopied(Begin->getInit());
  }
  const Expr *Range = nullptr;
  if (const auto *M = dyn_cast<CXXMemberCallExpr>(Init)) {
    Range = M->getImplicitObjectArgument();
    // `auto it = v.begin()`: only an iterator or a pointer leads into its container.
    if (!V->isCXXForRangeDecl() && (!U.type(Range->getType()) || U.type(Range->getType())->Plays != Role::Container ||
                                    U.role(V->getType()) != Role::None))
      return std::nullopt;
  } else if (V->isCXXForRangeDecl()) {
    if (const auto *Call = dyn_cast<CallExpr>(Init); Call && Call->getNumArgs() == 1)
      Range = Call->getArg(0);
    else
      Range = Init;
  }
  auto P = Range ? place(Range) : std::nullopt;
  if (P)
    P->Element = true;
  return P;
}

Place Code::whole(Place P) const {
  if (P.Root && P.Path.empty() && !P.Element)
    if (auto In = elementOf(P.Root))
      P = *In;
  P.Element = false;
  return P;
}

std::optional<Place> Code::place(const Expr *E) const {
  E = strip(E);
  if (!E || Nesting > MaxNesting)
    return std::nullopt;
  // `T &x = x;` is nonsense, but it parses.
  Nest Inner(Nesting);
  auto Inside = [&](const Expr *Base) -> std::optional<Place> {
    auto P = place(Base);
    if (P)
      P->Element = true;
    return P;
  };

  if (isa<CXXThisExpr>(E)) {
    Place P;
    P.This = true;
    return P;
  }
  if (const auto *DR = dyn_cast<DeclRefExpr>(E)) {
    Place P;
    P.Root = DR->getDecl();
    if (const auto *V = dyn_cast<VarDecl>(DR->getDecl())) {
      P.Root = V->getCanonicalDecl();
      if (isa<ParmVarDecl>(V)) {
        P.Root = V;
        return P;
      }
      const Expr *Init = V->getInit();
      if (!Init || V->hasGlobalStorage())
        return P;
      QualType T = V->getType();
      bool Pointer = U.leads(T);
      if (V->isCXXForRangeDecl() && elementOf(V))
        return P; // one element, the same for the whole turn of the loop: an object of its own
      if (T->isReferenceType() || Pointer) {
        const Code *Home = this;
        if (const auto *Owner = dyn_cast_or_null<FunctionDecl>(V->getParentFunctionOrMethod()); Owner && Owner != Fn)
          if (const Code *Other = U.code(Owner))
            Home = Other;
        // What is moved out of a container is an object of its own from then on.
        if (T->isReferenceType() || V->isInitCapture() || !Home->isModified(V))
          if (auto Behind = Home->place(Init);
              Behind && !(Behind->Element && !T->isReferenceType() && isMove(uncopied(Init))))
            return Behind;
      }
      return P;
    }
    if (const auto *B = dyn_cast<BindingDecl>(DR->getDecl())) {
      // `auto &[a, b] = pair`: a is pair.a; of a copy, each name is an object of its own.
      if (const ValueDecl *Whole = B->getDecomposedDecl();
          Whole && Whole->getType()->isReferenceType() && B->getBinding())
        if (isa<MemberExpr>(B->getBinding()->IgnoreParenImpCasts()))
          if (auto Part = place(B->getBinding()))
            return Part;
      P.Root = B;
      return P;
    }
    return std::nullopt;
  }
  if (const auto *M = dyn_cast<MemberExpr>(E)) {
    if (const auto *F = dyn_cast<FieldDecl>(M->getMemberDecl())) {
      auto P = place(M->getBase());
      if (P)
        P->Path.push_back(F->getCanonicalDecl());
      return P;
    }
    if (const auto *V = dyn_cast<VarDecl>(M->getMemberDecl())) {
      Place P;
      P.Root = V->getCanonicalDecl();
      return P;
    }
    return std::nullopt;
  }
  if (const auto *O = dyn_cast<UnaryOperator>(E)) {
    if (O->getOpcode() == UO_AddrOf)
      return place(O->getSubExpr());
    if (O->getOpcode() == UO_Deref) {
      // The hidden iterator of a range-for: an element of the range.
      if (const auto *DR = dyn_cast<DeclRefExpr>(strip(O->getSubExpr())))
        if (const auto *V = dyn_cast<VarDecl>(DR->getDecl()); V && V->isImplicit() && V->getInit())
          return Inside(V->getInit());
      return place(O->getSubExpr());
    }
    return std::nullopt;
  }
  if (const auto *A = dyn_cast<ArraySubscriptExpr>(E))
    return Inside(A->getBase());
  if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E)) {
    if (O->getNumArgs() == 0)
      return std::nullopt;
    if (O->getOperator() == OO_Subscript)
      return Inside(O->getArg(0));
    if (O->getOperator() == OO_Star || O->getOperator() == OO_Arrow) {
      const Expr *A = strip(O->getArg(0));
      if (const auto *DR = dyn_cast<DeclRefExpr>(A))
        if (const auto *V = dyn_cast<VarDecl>(DR->getDecl()); V && V->isImplicit() && V->getInit()) {
          const Expr *Init = uncopied(V->getInit());
          if (const auto *MC = dyn_cast<CXXMemberCallExpr>(Init))
            return Inside(MC->getImplicitObjectArgument());
          if (const auto *Call = dyn_cast<CallExpr>(Init); Call && Call->getNumArgs() == 1)
            return Inside(Call->getArg(0));
          return std::nullopt;
        }
      return place(A);
    }
    return std::nullopt;
  }
  if (const auto *M = dyn_cast<CXXMemberCallExpr>(E)) {
    const CXXMethodDecl *D = M->getMethodDecl();
    const Expr *Obj = M->getImplicitObjectArgument();
    if (!D || !Obj)
      return std::nullopt;
    if (isa<CXXConversionDecl>(D))
      return std::nullopt;
    for (const Action &A : U.actions(D, recordBehind(Obj->IgnoreParenImpCasts()->getType()), M->getNumArgs()))
      if (A.Operation == Op::Self)
        return place(Obj);
    if (const TypeModel *T = U.type(Obj->getType()); T && T->Plays == Role::Container) {
      QualType R = D->getReturnType();
      if (R->isReferenceType() || R->isPointerType())
        return Inside(Obj);
      return std::nullopt;
    }
    // An accessor: `T &m() { return m_; }`.
    if (const FunctionDecl *Def = U.visible(D))
      if (const auto *Body = dyn_cast<CompoundStmt>(Def->getBody()); Body && Body->size() == 1)
        if (const auto *R = dyn_cast<ReturnStmt>(Body->body_front()); R && R->getRetValue() && Def != Fn) {
          const Expr *RV = strip(R->getRetValue());
          if (const auto *AO = dyn_cast<UnaryOperator>(RV); AO && AO->getOpcode() == UO_AddrOf)
            RV = strip(AO->getSubExpr());
          if (isa<MemberExpr>(RV) || (isa<UnaryOperator>(RV) && cast<UnaryOperator>(RV)->getOpcode() == UO_Deref)) {
            QualType RT = D->getReturnType();
            bool Names = RT->isReferenceType() || U.leads(RT);
            const auto *ME = dyn_cast<MemberExpr>(RV);
            if (Names && ME && isa<FieldDecl>(ME->getMemberDecl()) && isa<CXXThisExpr>(strip(ME->getBase())))
              if (auto P = place(Obj)) {
                P->Path.push_back(cast<FieldDecl>(ME->getMemberDecl())->getCanonicalDecl());
                return P;
              }
          }
        }
    return std::nullopt;
  }
  if (const auto *CE = dyn_cast<CXXConstructExpr>(E)) {
    if (CE->getNumArgs() < 1)
      return std::nullopt;
    const TypeModel *T = U.type(CE->getType());
    bool Copies = CE->getConstructor()->isCopyOrMoveConstructor();
    if (T && T->Plays == Role::SmartPointer) {
      // Taking over a pointer that already leads somewhere; a new object has no name yet.
      if (auto P = place(CE->getArg(0)))
        return P;
    }
    if (Copies)
      return place(CE->getArg(0));
    return std::nullopt;
  }
  if (const auto *Call = dyn_cast<CallExpr>(E)) {
    const FunctionDecl *F = Call->getDirectCallee();
    if (!F)
      return std::nullopt;
    if (passesThrough(F) && Call->getNumArgs() == 1)
      return place(Call->getArg(0));
    for (const Action &A : U.actions(F, nullptr, Call->getNumArgs()))
      if (A.Operation == Op::Self && A.On.K == Operand::Param && A.On.Index < Call->getNumArgs())
        return place(Call->getArg(A.On.Index));
    // `Pool &pool() { static Pool p; return p; }`
    if (F->getReturnType()->isReferenceType() || F->getReturnType()->isPointerType())
      if (const FunctionDecl *Def = U.visible(F); Def && Def != Fn)
        if (const auto *Body = dyn_cast<CompoundStmt>(Def->getBody()))
          if (const auto *R = Body->size() <= 2 ? dyn_cast_or_null<ReturnStmt>(Body->body_back()) : nullptr;
              R && R->getRetValue())
            if (const auto *DR = dyn_cast<DeclRefExpr>(strip(R->getRetValue())))
              if (const auto *V = dyn_cast<VarDecl>(DR->getDecl()); V && V->hasGlobalStorage()) {
                Place P;
                P.Root = V->getCanonicalDecl();
                return P;
              }
  }
  return std::nullopt;
}

void Code::takeReceiver(CallableRef &R) const {
  const auto *M = dyn_cast_or_null<CXXMethodDecl>(R.Body);
  if (!M || M->isStatic() || R.Receiver || R.Lambda || M->getOverloadedOperator() == OO_Call || R.Args.empty())
    return;
  const Expr *Object = R.Args.front();
  R.Args.erase(R.Args.begin());
  if (U.leads(strip(Object)->getType())) // of an object given by value the task has its own
    R.Receiver = place(Object);
}

llvm::SmallVector<CallableRef::Member, 2> Code::members(const Expr *Made) {
  llvm::SmallVector<CallableRef::Member, 2> Out;
  const Expr *E = uncopied(Made);
  if (const auto *List = dyn_cast_or_null<InitListExpr>(E)) {
    if (!List->isSemanticForm())
      List = List->getSemanticForm();
    const CXXRecordDecl *RD = List ? List->getType()->getAsCXXRecordDecl() : nullptr;
    if (!RD || RD->isUnion() || RD->getNumBases())
      return Out;
    unsigned I = 0;
    for (const FieldDecl *F : RD->fields()) {
      if (F->isUnnamedBitField())
        continue;
      if (I == List->getNumInits())
        break;
      Out.push_back({F->getCanonicalDecl(), List->getInit(I++)});
    }
    return Out;
  }
  const auto *CE = dyn_cast_or_null<CXXConstructExpr>(E);
  const FunctionDecl *Def = nullptr;
  if (!CE || !CE->getConstructor()->hasBody(Def))
    return Out;
  for (const CXXCtorInitializer *Init : cast<CXXConstructorDecl>(Def)->inits()) {
    const Expr *From = Init->isMemberInitializer() ? uncopied(Init->getInit()) : nullptr;
    if (const auto *Call = dyn_cast_or_null<CallExpr>(From);
        Call && Call->getDirectCallee() && passesThrough(Call->getDirectCallee()))
      From = strip(Call->getArg(0));
    if (const auto *O = dyn_cast_or_null<UnaryOperator>(From);
        O && (O->getOpcode() == UO_AddrOf || O->getOpcode() == UO_Deref))
      From = strip(O->getSubExpr());
    const auto *DR = dyn_cast_or_null<DeclRefExpr>(From);
    const auto *P = DR ? dyn_cast<ParmVarDecl>(DR->getDecl()) : nullptr;
    if (!P || P->getDeclContext() != static_cast<const DeclContext *>(Def) ||
        P->getFunctionScopeIndex() >= CE->getNumArgs())
      continue;
    // What refers to the parameter itself refers to nothing once the object is made.
    QualType T = Init->getMember()->getType();
    if (T->isReferenceType() && !P->getType()->isReferenceType() && !P->getType()->isPointerType())
      continue;
    Out.push_back({Init->getMember()->getCanonicalDecl(), CE->getArg(P->getFunctionScopeIndex())});
  }
  return Out;
}

llvm::SmallVector<CallableRef, 1> Code::callables(const Expr *E) const {
  llvm::SmallVector<CallableRef, 1> Out;
  E = strip(E);
  if (!E || Nesting > MaxNesting)
    return Out;
  Nest Inner(Nesting);
  if (const auto *L = dyn_cast<LambdaExpr>(E)) {
    CallableRef R;
    R.Lambda = L;
    R.Site = L;
    R.Body = callOperator(L->getLambdaClass());
    Out.push_back(std::move(R));
    return Out;
  }
  if (const auto *O = dyn_cast<UnaryOperator>(E); O && O->getOpcode() == UO_AddrOf)
    return callables(O->getSubExpr());
  if (const auto *DR = dyn_cast<DeclRefExpr>(E)) {
    if (const auto *F = dyn_cast<FunctionDecl>(DR->getDecl())) {
      CallableRef R;
      const FunctionDecl *Def = nullptr;
      R.Body = F->hasBody(Def) ? Def : F;
      R.Site = E;
      Out.push_back(std::move(R));
    } else if (const auto *V = dyn_cast<VarDecl>(DR->getDecl())) {
      QualType T = V->getType().getNonReferenceType();
      bool Callable = holdsCallable(T->getAsCXXRecordDecl()) || T->isFunctionPointerType();
      // A template parameter or function object parameter: known to be a callable, not which.
      if (isa<ParmVarDecl>(V)) {
        if (Callable) {
          CallableRef R;
          R.Site = E;
          if (const CXXRecordDecl *RD = T->getAsCXXRecordDecl(); RD && RD->isLambda())
            R.Body = callOperator(RD);
          Out.push_back(std::move(R));
        }
        return Out;
      }
      // `auto f = std::bind(…)`: its call operator is a template
      const CXXRecordDecl *Made = T->getAsCXXRecordDecl();
      bool MayBind = Made && V->getInit() && isa<CallExpr>(strip(V->getInit())) &&
                     U.Ctx.getSourceManager().isInSystemHeader(Made->getLocation());
      // A lambda stays what it is, whatever is done to the variable: no other can be assigned to it.
      bool Stays = (Made && Made->isLambda()) || !isModified(V);
      if ((Callable || MayBind) && V->getInit() && Stays)
        return callables(V->getInit());
      if (Callable) {
        CallableRef R;
        R.Site = E;
        Out.push_back(std::move(R));
      }
    }
    return Out;
  }
  if (const auto *IL = dyn_cast<InitListExpr>(E)) { // an aggregate with a call operator
    if (const CXXRecordDecl *RD = IL->getType()->getAsCXXRecordDecl(); holdsCallable(RD)) {
      CallableRef R;
      R.Site = E;
      R.Body = callOperator(RD);
      R.Fields = members(E);
      Out.push_back(std::move(R));
    }
    return Out;
  }
  if (const auto *CE = dyn_cast<CXXConstructExpr>(E)) {
    // std::function from a callable, a copy of one, or a functor made on the spot.
    const CXXRecordDecl *RD = CE->getType()->getAsCXXRecordDecl();
    if (!holdsCallable(RD))
      return Out;
    if (CE->getNumArgs() >= 1)
      Out = callables(CE->getArg(0));
    if (Out.empty() && U.role(CE->getType()) != Role::Function && !RD->isLambda()) {
      CallableRef R;
      R.Site = E;
      R.Body = callOperator(RD);
      R.Fields = members(E);
      Out.push_back(std::move(R));
    }
    return Out;
  }
  if (const auto *Call = dyn_cast<CallExpr>(E)) {
    const FunctionDecl *F = Call->getDirectCallee();
    if (F && passesThrough(F) && Call->getNumArgs() == 1)
      return callables(Call->getArg(0));
    if (const auto *M = dyn_cast<CXXMemberCallExpr>(Call); M && isa_and_nonnull<CXXConversionDecl>(F))
      if (const Expr *Obj = M->getImplicitObjectArgument(); cast<CXXMethodDecl>(F)->getParent()->isLambda())
        return callables(Obj); // a lambda without captures becomes a function pointer
    if (const FunctionDecl *By = F ? U.visible(F) : nullptr; By && holdsCallable(Call->getType()->getAsCXXRecordDecl()))
      Out = made(Call, By);
    if (!Out.empty() || isa<CXXMemberCallExpr>(Call) || isa<CXXOperatorCallExpr>(Call))
      return Out;
    // bind, bind_front, bind_executor, boost::bind …: a call that makes a callable out of the callables it is given.
    QualType T = Call->getType();
    const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
    if (!RD || (F && U.visible(F)) || !U.Ctx.getSourceManager().isInSystemHeader(RD->getLocation()))
      return Out;
    for (unsigned I = 0; I != Call->getNumArgs(); ++I) {
      llvm::SmallVector<CallableRef, 1> Inner = callables(Call->getArg(I));
      if (Inner.empty())
        continue;
      for (CallableRef &R : Inner) {
        for (unsigned J = I + 1; !R.Lambda && J != Call->getNumArgs(); ++J)
          R.Args.push_back(Call->getArg(J));
        takeReceiver(R);
        Out.push_back(std::move(R));
      }
      return Out;
    }
  }
  return Out;
}

llvm::SmallVector<CallableRef, 1> Code::made(const CallExpr *Call, const FunctionDecl *By) const {
  llvm::SmallVector<CallableRef, 1> Out;
  const auto *M = dyn_cast<CXXMethodDecl>(By);
  const Code *Inner = By == Fn || (M && M->isVirtual()) ? nullptr : U.code(By);
  for (const ReturnStmt *R : Inner ? returnsIn(By->getBody()) : llvm::SmallVector<const ReturnStmt *, 4>()) {
    llvm::SmallVector<CallableRef, 1> Found = Inner->callables(R->getRetValue());
    if (Found.size() != 1 || !Found.front().Lambda)
      return {};
    CallableRef &New = Out.emplace_back();
    New.Made = Found.front().Lambda;
    New.MadeBy = Call;
    New.Body = Found.front().Body;
    New.Site = Call;
  }
  return Out;
}

const FunctionDecl *forwardsTo(const CallableRef &Task) {
  const auto *Body = Task.Lambda ? dyn_cast<CompoundStmt>(Task.Lambda->getBody()) : nullptr;
  const auto *Only = Body && Body->size() == 1 ? dyn_cast<Expr>(Body->body_front()) : nullptr;
  const auto *Call = Only ? dyn_cast<CallExpr>(Only->IgnoreUnlessSpelledInSource()) : nullptr;
  return Call && !isa<CXXOperatorCallExpr>(Call) ? Call->getDirectCallee() : nullptr;
}

} // namespace heddle

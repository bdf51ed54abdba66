#include "Captures.h"
#include "MakeFacts.h"
#include "Mentions.h"
#include "Unwrap.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {

/// What a copy is made from.
static const Expr *uncopied(const Expr *E) {
  E = unwrap(E);
  const auto *CE = dyn_cast_or_null<CXXConstructExpr>(E);
  return CE && CE->getNumArgs() == 1 && CE->getConstructor()->isCopyOrMoveConstructor() ? unwrap(CE->getArg(0)) : E;
}

bool Held::isFromThis() const {
  const auto *V = dyn_cast_or_null<VarDecl>(Variable);
  return V && anyOf<CXXMemberCallExpr>(V->getInit(), Walk::WithImplicit, [](const CXXMemberCallExpr *Call) {
           const CXXMethodDecl *M = Call->getMethodDecl();
           return M && M->getIdentifier() &&
                  (M->getName() == "shared_from_this" || M->getName() == "weak_from_this");
         });
}

/// Collects in the names of one body.
struct Captures::Collector {
  Unit &U;
  const Code &C;
  std::vector<Held> &Out;
  unsigned Depth = 0;
  static constexpr unsigned MaxDepth = 4;

  void add(Held H) {
    bool Known = llvm::any_of(Out, [&](const Held &X) { return H.In && X.In.Of == H.In.Of && X.By == H.By; });
    if (!Known)
      Out.push_back(std::move(H));
  }

  void task(const CallableRef &T) {
    if (Depth > MaxDepth)
      return;
    for (const Expr *A : T.Args)
      argument(A);
    receiver(T);
    for (const CallableRef::Member &M : T.Fields)
      if (M.Field->getType()->isReferenceType() && !M.Value->getType()->isPointerType())
        named(M.Value, M.Value->getExprLoc());
      else
        add(value(M.Value, M.Value->getExprLoc()));
    if (T.Made)
      for (Held &H : across({&C, T.MadeBy, T.MadeBy->getDirectCallee()}, T.Made))
        add(std::move(H));
    if (T.Lambda)
      captures(T.Lambda);
  }

  void argument(const Expr *A) {
    Held H = value(A, A->getExprLoc());
    if (H.In && U.role(H.In.Of->getType()) == Role::Executor && A->getType()->isRecordType())
      return; // options, `{.on = &pool}`: where the task runs, not what it uses
    add(std::move(H));
    if (A->getType()->isRecordType())
      callables(A, nullptr);
  }
  /// What callables in a value hold, in turn.
  void callables(const Expr *E, const LambdaExpr *But) {
    for (const CallableRef &Inner : C.callables(E))
      if (!But || Inner.Lambda != But)
        Collector{U, C, Out, Depth + 1}.task(Inner);
  }

  /// The object of a member function stands behind it: `std::thread(&X::run, &x)`.
  void receiver(const CallableRef &T) {
    if (!T.Receiver || !T.Site)
      return;
    const Expr *Member = T.Site;
    const Stmt *Site = C.user(Member);
    if (const auto *O = dyn_cast_or_null<UnaryOperator>(Site)) {
      Member = O;
      Site = C.user(Member);
    }
    llvm::ArrayRef<const Expr *> Args;
    if (const auto *Call = dyn_cast_or_null<CallExpr>(Site))
      Args = llvm::ArrayRef<const Expr *>(Call->getArgs(), Call->getNumArgs());
    else if (const auto *CE = dyn_cast_or_null<CXXConstructExpr>(Site))
      Args = llvm::ArrayRef<const Expr *>(CE->getArgs(), CE->getNumArgs());
    for (unsigned I = 0; I + 1 < Args.size(); ++I)
      if (unwrap(Args[I]) == unwrap(Member)) {
        Held H = value(Args[I + 1], T.Site->getExprLoc());
        return add(std::move(H));
      }
    Held H{.By = Held::Reference, .Object = T.Receiver, .Name = T.Receiver->name(), .Loc = T.Site->getExprLoc()};
    if (T.Receiver->This && T.Receiver->Path.empty())
      H.By = Held::This;
    const auto *V = dyn_cast_or_null<VarDecl>(T.Receiver->Root);
    if (V && !U.leads(V->getType()) && V->hasLocalStorage())
      H.In = {V};
    add(std::move(H));
  }

  /// The object that the expression names, by reference.
  void named(const Expr *E, SourceLocation Loc) {
    Held H = describe(E, Loc);
    H.By = Held::Reference;
    H.In = storage(C, E);
    add(std::move(H));
  }

  Held describe(const Expr *E, SourceLocation Loc) const {
    Held H{.Value = E, .Object = C.place(E), .Name = {}, .Loc = Loc};
    H.Name = H.Object ? H.Object->name() : "it";
    return H;
  }
  /// A value that the task has of its own.
  Held value(const Expr *E, SourceLocation Loc) const {
    const Expr *X = uncopied(E);
    Held H = describe(E, Loc);
    H.By = kind(X, E->getType().getNonReferenceType());
    if (H.borrows() || H.By == Held::Copy)
      H.In = loan(C, E);
    if (H.By == Held::Copy && H.In)
      H.By = Held::View;
    if (H.By == Held::Owner)
      H.Object = owned(E);
    return H;
  }
  Held::Kind kind(const Expr *X, QualType T) const {
    const TypeModel *M = U.type(T);
    Role R = M ? M->Plays : Role::None;
    const auto *O = dyn_cast<UnaryOperator>(X);
    if (isa<CXXThisExpr>(X))
      return Held::This;
    if (isReferenceWrapper(T) || (O && O->getOpcode() == UO_AddrOf && T->isPointerType()))
      return Held::Reference;
    if (isView(U, T))
      return Held::View;
    if (R == Role::SmartPointer || R == Role::WeakPointer)
      return R == Role::WeakPointer ? Held::WeakOwner : Held::Owner;
    if (R == Role::StopToken || R == Role::Context)
      return Held::Token;
    if (!T->isPointerType() || T->isFunctionPointerType())
      return Held::Copy;
    const auto *DR = dyn_cast<DeclRefExpr>(X);
    const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
    const Expr *Init = V && V->getInit() ? unwrap(V->getInit()) : X;
    return isa<CXXNewExpr>(Init) ? Held::Owner : Held::Pointer;
  }
  /// What an owner owns: `self = shared_from_this()`, `weak_from_this().lock()`, a copy of one of them.
  std::optional<Place> owned(const Expr *E) const {
    std::optional<Place> First;
    for (unsigned Steps = 0; E && Steps != 6; ++Steps) {
      E = unwrap(E);
      auto P = C.place(E);
      if (P && P->This && P->Path.empty())
        return P;
      if (!First)
        First = P;
      if (const auto *CE = dyn_cast<CXXConstructExpr>(E); CE && CE->getNumArgs())
        E = CE->getArg(0);
      else if (const auto *DR = dyn_cast<DeclRefExpr>(E)) {
        const auto *From = dyn_cast<VarDecl>(DR->getDecl());
        E = From ? From->getInit() : nullptr;
      } else if (const auto *M = dyn_cast<CXXMemberCallExpr>(E))
        E = M->getImplicitObjectArgument();
      else
        break;
    }
    return First;
  }

  /// Returns true if the lambda names what it captures: without, it does nothing with what that leads to.
  static bool uses(const LambdaExpr *L, const LambdaCapture &Cap) {
    if (!Cap.isExplicit() || L->isGenericLambda())
      return true; // what depends on a parameter may be a member, too
    return Cap.capturesThis() ? mentions(L->getBody(), [](const Stmt *S) { return isa<CXXThisExpr>(S); })
                              : mentions(L->getBody(), Cap.getCapturedVar());
  }

  void captures(const LambdaExpr *L) {
    for (unsigned I = 0; I != L->capture_size(); ++I) {
      const LambdaCapture &Cap = *(L->capture_begin() + I);
      SourceLocation Loc = Cap.isExplicit() ? Cap.getLocation() : L->getBeginLoc();
      if (Cap.capturesThis()) {
        Place Self;
        Self.This = true;
        bool Whole = Cap.getCaptureKind() == LCK_StarThis;
        if (!Whole && !uses(L, Cap))
          continue;
        add({.By = Whole ? Held::StarThis : Held::This,
             .Object = Self,
             .Name = "this",
             .Loc = Loc,
             .Lambda = L,
             .Capture = &Cap});
        continue;
      }
      const ValueDecl *D = Cap.capturesVariable() ? Cap.getCapturedVar() : nullptr; // or a structured binding
      const auto *V = dyn_cast_or_null<VarDecl>(D);
      const Expr *Init = V && V->isInitCapture() ? V->getInit() : *(L->capture_init_begin() + I);
      if (!D || (V && V->hasGlobalStorage()) || !Init)
        continue;
      variable(L, Cap, D, Init, Loc);
    }
  }
  void variable(const LambdaExpr *L, const LambdaCapture &Cap, const ValueDecl *D, const Expr *Init,
                SourceLocation Loc) {
    const auto *V = dyn_cast<VarDecl>(D);
    bool InitCapture = V && V->isInitCapture();
    bool ByReference = InitCapture ? V->getType()->isReferenceType() : Cap.getCaptureKind() == LCK_ByRef;
    Held H = ByReference ? describe(Init, Loc) : value(Init, Loc);
    if (ByReference) {
      H.By = Held::Reference;
      H.In = storage(C, Init);
    }
    if (H.borrows() && !uses(L, Cap))
      return;
    H.Name = D->getNameAsString();
    H.Variable = D;
    H.Lambda = L;
    H.Capture = &Cap;
    add(std::move(H));
    if (!ByReference && D->getType()->isRecordType())
      callables(InitCapture || !V || !V->getInit() ? Init : V->getInit(), L);
  }

  /// What a lambda of the callee's holds, in the names of this body.
  std::vector<Held> across(const CallEdge &Call, const LambdaExpr *L) const {
    CallableRef Task;
    Task.Lambda = L;
    return Captures(U).of(Call, Task);
  }
};

std::vector<Held> Captures::of(const Code &C, const CallableRef &Task) {
  std::vector<Held> Out;
  Collector{U, C, Out}.task(Task);
  return Out;
}

std::vector<Held> Captures::of(const CallEdge &Call, const CallableRef &Task) {
  std::vector<Held> Out;
  const Code *Inner = U.code(Call.Callee);
  if (!Inner)
    return Out;
  const Code &C = *Call.In;
  Collector Names{U, C, Out};
  for (const Held &There : of(*Inner, Task)) {
    if (There.By == Held::This) {
      // The object that the callee's member is called on.
      if (const Expr *Object = objectOf(Call.Site)) {
        Held H = Names.describe(Object, Call.Site->getExprLoc());
        H.By = isa<CXXThisExpr>(unwrap(Object)) ? Held::This : Held::Reference;
        H.In = Object->getType()->isPointerType() ? loan(C, Object) : storage(C, Object);
        Names.add(std::move(H));
      }
    } else if (There.borrows() && There.In.callers()) {
      const auto *P = dyn_cast<ParmVarDecl>(There.In.Of);
      if (const Expr *A = P ? Call.argument(P) : nullptr) {
        Held H = Names.describe(A, A->getExprLoc());
        H.By = There.By;
        H.In = toCaller(Call, There.In);
        Names.add(std::move(H));
      }
    }
  }
  return Out;
}

Captures::Captures(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<Captures>(Unit &);

} // namespace heddle

// A task holds a reference to a local variable of the code that started it, and may still run when that variable is
// gone or, as the variable of a loop, has moved on.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Classes.h"
#include "flow/Concurrency.h"
#include "flow/Loops.h"
#include "flow/Mentions.h"
#include "flow/Throws.h"
#include "flow/Unwrap.h"
#include "support/AstVisitor.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"

using namespace clang;

namespace heddle {
namespace {

/// A local of the starter that the task reaches by reference.
struct Held {
  const VarDecl *V;
  SourceLocation Loc;                     ///< where the task gets hold of it
  const LambdaCapture *Capture = nullptr; ///< set when a lambda captures it directly
  const LambdaExpr *Lambda = nullptr;
};

/// The lambdas of a statement, not those inside of them.
struct Lambdas : AstVisitor {
  std::vector<const LambdaExpr *> All;
  bool TraverseLambdaExpr(const LambdaExpr *L) override {
    All.push_back(L);
    return true;
  }
};

class Finder {
public:
  Finder(Code &C, Reporter &R) : C(C), R(R), Order(C.U.concurrency()), SM(C.U.Ctx.getSourceManager()) {}

  void run() {
    if (isa<CoroutineBodyStmt>(C.Fn->getBody()))
      return; // its locals live in the frame, which the graph does not end where they die
    for (const TaskStart &T : Order.tasks(C)) {
      std::vector<Held> All;
      collect(*T.What, All);
      judge(T, All);
    }
    for (const TaskStart &T : Order.tasksOfHelpers(C))
      if (T.Inside->Kind == Op::Spawn) { // when a handler runs nobody knows here
        std::vector<Held> All;
        collectCalled(T, All);
        judge(T, All);
      }
    keptCallables();
    parametersForMembers();
  }

private:
  Code &C;
  Reporter &R;
  Concurrency &Order;
  const SourceManager &SM;

  void judge(const TaskStart &T, llvm::ArrayRef<Held> All) {
    if (T.AtOnce)
      return;
    for (const Held &H : All) {
      // The owner of the handle waits for it; a pointer to the owner does not.
      if (!C.U.leads(H.V->getType()) && llvm::any_of(T.Handles, [&](const Place &P) { return P.Root == H.V; }))
        continue;
      if (loopVariable(T, H))
        break;
      if (Order.outlives(C, T, H.V)) {
        dies(T, H);
        break; // one report for a task: the others are mended alike
      }
      if (const Expr *By = Order.unwindsPast(C, T, H.V)) {
        dies(T, H, By);
        break;
      }
    }
  }

  /// The local variable of this body that the place belongs to.
  const VarDecl *local(const std::optional<Place> &P) const {
    const auto *V = P ? dyn_cast_or_null<VarDecl>(P->Root) : nullptr;
    if (!V || !V->hasLocalStorage() || V->getType()->isReferenceType() ||
        V->getParentFunctionOrMethod() != static_cast<const DeclContext *>(C.Fn))
      return nullptr;
    if (C.U.leads(V->getType()) || llvm::any_of(P->Path, [&](const FieldDecl *F) { return C.U.leads(F->getType()); }))
      return nullptr; // what a pointer leads to is not the local's
    return V;
  }
  /// The local whose address an expression carries: `&x`, `std::ref(x)`, an array, a pointer that was set to one of
  /// them.
  const VarDecl *addressed(const Expr *E, unsigned Depth = 0) const {
    E = unwrap(E);
    if (!E || Depth > 4)
      return nullptr;
    if (const auto *X = dyn_cast<ExplicitCastExpr>(E))
      return addressed(X->getSubExpr(), Depth + 1);
    if (const auto *O = dyn_cast<UnaryOperator>(E); O && O->getOpcode() == UO_AddrOf)
      return owner(O->getSubExpr());
    if (const auto *CE = dyn_cast<CXXConstructExpr>(E); CE && CE->getNumArgs() == 1)
      return addressed(CE->getArg(0), Depth + 1);
    if (const auto *Call = dyn_cast<CallExpr>(E); Call && Call->getNumArgs() == 1 && !isa<CXXMemberCallExpr>(Call)) {
      // What other functions make of their argument is not known.
      return takesAddress(*Call) ? owner(Call->getArg(0)) : nullptr;
    }
    if (const auto *DR = dyn_cast<DeclRefExpr>(E)) {
      const auto *V = dyn_cast<VarDecl>(DR->getDecl());
      if (!V || isa<ParmVarDecl>(V) || !V->hasLocalStorage())
        return nullptr;
      if (V->getType()->isArrayType())
        return local(C.place(E));
      if (V->getType()->isPointerType() && V->getInit() && !C.isModified(V))
        return addressed(V->getInit(), Depth + 1);
    }
    return nullptr;
  }
  /// The local of which the expression names (a part of) the object itself.
  const VarDecl *owner(const Expr *E) const {
    const Expr *X = unwrap(E);
    for (;;) {
      if (const auto *M = dyn_cast<MemberExpr>(X); M && !M->isArrow())
        X = unwrap(M->getBase());
      else if (const auto *A = dyn_cast<ArraySubscriptExpr>(X);
               A && A->getBase()->IgnoreParenImpCasts()->getType()->isArrayType())
        X = unwrap(A->getBase());
      else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(X);
               O && O->getOperator() == OO_Subscript && C.U.role(O->getArg(0)->getType()) == Role::Container)
        X = unwrap(O->getArg(0));
      else if (const Expr *Box = insideOf(X))
        X = unwrap(Box);
      else
        break;
    }
    const auto *DR = dyn_cast<DeclRefExpr>(X);
    const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
    if (!V)
      return nullptr;
    if (V->getType()->isReferenceType())
      return V->getInit() && !isa<ParmVarDecl>(V) && !V->isCXXForRangeDecl() ? owner(V->getInit()) : nullptr;
    return V->hasLocalStorage() && V->getParentFunctionOrMethod() == static_cast<const DeclContext *>(C.Fn) ? V
                                                                                                            : nullptr;
  }

  /// The `std::optional` whose value the expression names, which lives inside of it; else null.
  static const Expr *insideOf(const Expr *E) {
    const Expr *Box = nullptr;
    if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E); O && O->getOperator() == OO_Star && O->getNumArgs() == 1)
      Box = O->getArg(0);
    else if (const auto *M = dyn_cast<CXXMemberCallExpr>(E); M && M->getNumArgs() == 0)
      Box = M->getImplicitObjectArgument();
    const CXXRecordDecl *RD = Box && E->isLValue() ? Box->getType()->getAsCXXRecordDecl() : nullptr;
    return RD && RD->isInStdNamespace() && RD->getIdentifier() && RD->getName() == "optional" ? Box : nullptr;
  }

  void collect(const CallableRef &T, std::vector<Held> &Out, unsigned Depth = 0) const {
    auto Add = [&](const VarDecl *V, SourceLocation Loc, const LambdaCapture *Cap = nullptr) {
      if (V && llvm::none_of(Out, [&](const Held &H) { return H.V == V; }))
        Out.push_back({V, Loc, Cap, Cap ? T.Lambda : nullptr});
    };
    for (const Expr *A : T.Args)
      Add(addressed(A), A->getExprLoc());
    if (T.Receiver && T.Site)
      Add(local(T.Receiver), T.Site->getExprLoc());
    for (const CallableRef::Member &M : T.Fields)
      if (M.Field->getType()->isReferenceType() || M.Field->getType()->isPointerType())
        Add(M.Value->getType()->isPointerType() ? addressed(M.Value) : owner(M.Value), M.Value->getExprLoc());
      else if (C.U.leads(M.Field->getType()) || isReferenceWrapper(M.Field->getType()))
        Add(addressed(M.Value), M.Value->getExprLoc());
    if (T.Made)
      Lender{*this, T.MadeBy, Out}.captured(T.Made);
    if (!T.Lambda || Depth > 3)
      return;
    for (unsigned I = 0; I != T.Lambda->capture_size(); ++I) {
      const LambdaCapture &Cap = *(T.Lambda->capture_begin() + I);
      const auto *V = Cap.capturesVariable() ? dyn_cast<VarDecl>(Cap.getCapturedVar()) : nullptr;
      if (!V)
        continue;
      const Expr *Init = *(T.Lambda->capture_init_begin() + I);
      SourceLocation Loc = Cap.isExplicit() ? Cap.getLocation() : T.Lambda->getBeginLoc();
      if (V->isInitCapture()) {
        if (V->getInit())
          Add(V->getType()->isReferenceType() ? owner(V->getInit()) : addressed(V->getInit()), Loc);
      } else if (Cap.getCaptureKind() == LCK_ByRef) {
        Add(Init ? owner(Init) : nullptr, Loc, &Cap);
      } else {
        if (Init)
          Add(addressed(Init), Loc);
        // A lambda inside the lambda holds what it captured itself.
        if (V->getInit() && V->getType()->getAsCXXRecordDecl() && V->getType()->getAsCXXRecordDecl()->isLambda())
          for (const CallableRef &Inner : C.callables(V->getInit()))
            if (Inner.Lambda != T.Lambda)
              collect(Inner, Out, Depth + 1);
      }
    }
  }

  /// The locals that a function which is called here gets hold of.
  struct Lender {
    const Finder &F;
    const CallExpr *Call;
    std::vector<Held> &Out;

    void add(const VarDecl *V, SourceLocation Loc) {
      if (V && llvm::none_of(Out, [&](const Held &H) { return H.V == V; }))
        Out.push_back({V, Loc});
    }
    /// Its object.
    void self() {
      if (const auto *M = dyn_cast<CXXMemberCallExpr>(Call))
        add(F.local(F.C.place(M->getImplicitObjectArgument())), M->getExprLoc());
    }
    /// What its parameter refers or points to.
    void given(const ValueDecl *D) {
      const auto *P = dyn_cast_or_null<ParmVarDecl>(D);
      unsigned I = P ? P->getFunctionScopeIndex() + firstArgument(*Call) : 0;
      if (!P || I >= Call->getNumArgs())
        return;
      const Expr *A = Call->getArg(I);
      if (P->getType()->isReferenceType())
        add(F.owner(A), A->getExprLoc());
      else if (P->getType()->isPointerType())
        add(F.addressed(A), A->getExprLoc());
    }
    void captured(const LambdaExpr *L) {
      for (const LambdaCapture &Cap : L->captures()) {
        if (Cap.capturesThis() && Cap.getCaptureKind() != LCK_StarThis)
          self();
        else if (Cap.capturesVariable() &&
                 (Cap.getCaptureKind() == LCK_ByRef || Cap.getCapturedVar()->getType()->isPointerType()))
          given(dyn_cast<ValueDecl>(Cap.getCapturedVar()));
      }
    }
  };

  /// The locals that a task gets hold of whose starter is called here: the object of the member, what a reference
  /// names.
  void collectCalled(const TaskStart &T, std::vector<Held> &Out) const {
    Lender Gets{*this, cast<CallExpr>(T.Start->Site), Out};
    auto Takes = [&](const Expr *E) { // `this`, `&x`, `std::ref(x)` in the helper
      auto P = C.U.leads(unwrap(E)->getType()) || isReferenceWrapper(E->getType()) ? T.Helper->place(E) : std::nullopt;
      if (P && P->This && P->Path.empty())
        Gets.self();
      else if (P && P->Path.empty() && !P->Element)
        Gets.given(P->Root);
    };
    if (T.What->Receiver && T.What->Receiver->This && T.What->Receiver->Path.empty())
      Gets.self();
    for (const Expr *A : T.What->Args)
      Takes(A);
    if (T.What->Lambda)
      Gets.captured(T.What->Lambda);
  }

  bool loopVariable(const TaskStart &T, const Held &H) {
    for (const Stmt *S = C.parent(T.Start->Site); S; S = C.parent(S)) {
      const auto *F = dyn_cast<ForStmt>(S);
      const auto *DS = F ? dyn_cast_or_null<DeclStmt>(F->getInit()) : nullptr;
      if (!DS || !F->getInc() || !llvm::is_contained(DS->decls(), H.V))
        continue;
      for (const Access &A : Order.accesses(C))
        if (A.Does == Access::Write && A.Object.Root == H.V && A.Object.Path.empty() &&
            within(C, A.Entry, F->getInc()) && Order.runsAt(C, T, A.Entry)) {
          R.report(
              H.Loc,
              "loop variable '" + H.V->getName().str() +
                  "' is given by reference to a task that may still run when the loop changes it; the task sees the "
                  "value of another turn, or of none (a data race); give it a copy",
              {{(T.Inside ? T.Inside : T.Start)->loc(), "the task is started here"},
               {F->getInc()->getBeginLoc(), "the loop changes it here"}},
              byValue(H));
          return true;
        }
    }
    return false;
  }

  /// \p By: what throws, where that is how the scope is left.
  void dies(const TaskStart &T, const Held &H, const Expr *By = nullptr) {
    std::vector<StoryLine> Story{{H.V->getLocation(), "'" + H.V->getName().str() + "' lives until its scope ends"}};
    Story.push_back(
        {(T.Inside ? T.Inside : T.Start)->loc(),
         T.Detached ? "the task is started here, and nobody can wait for it"
         : By ? "the task is started here, and what waits for it is not reached when this scope is left by an exception"
              : "the task is started here, and nothing waits for it in this scope"});
    if (By)
      if (auto Thrown = C.U.throws().by(C, By))
        llvm::append_range(Story, Thrown->Way);
    R.report(H.Loc,
             "local '" + H.V->getName().str() +
                 "' is given by reference to a task that may still run when its scope ends; the task then uses a dead "
                 "object; give it a copy or shared ownership, or wait for the task in this scope",
             Story, byValue(H));
  }

  // ---- callables that are kept for later ----

  /// A callable that is returned, or left in a member or with the caller, is called when the locals are gone.
  void keptCallables() {
    Lambdas In;
    if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(C.Fn))
      for (const CXXCtorInitializer *I : Ctor->inits())
        In.TraverseStmt(I->getInit());
    In.TraverseStmt(C.Fn->getBody());
    for (const LambdaExpr *L : In.All) {
      std::string Where = keptWhere(L, In.All);
      if (Where.empty())
        continue;
      CallableRef Self;
      Self.Lambda = L;
      Self.Body = L->getCallOperator();
      std::vector<Held> All;
      collect(Self, All);
      if (All.empty())
        continue;
      const Held &H = All.front();
      R.report(H.Loc,
               "local '" + H.V->getName().str() + "' is given by reference to a callable that " + Where +
                   "; when it is called, the local is gone; give it a copy or shared ownership",
               {{H.V->getLocation(), "'" + H.V->getName().str() + "' lives until its scope ends"}}, byValue(H));
    }
  }

  /// Does the construction take the callable by value, or as what may be moved from?
  static bool takesOver(const CXXConstructExpr *By, const Expr *Callable) {
    if (!By)
      return false;
    const CXXConstructorDecl *D = By->getConstructor();
    for (unsigned I = 0; I != By->getNumArgs() && I < D->getNumParams(); ++I)
      if (unwrap(By->getArg(I)) == unwrap(Callable))
        return !D->getParamDecl(I)->getType()->isLValueReferenceType();
    return false;
  }

  /// `Self(const Config &config) : config(config), filter(filters, [&](Event e) { ask(config); })`: in an initialiser
  /// the name means the parameter, whatever the caller gave, and not the member that was made from it.
  void parametersForMembers() {
    const auto *Ctor = dyn_cast<CXXConstructorDecl>(C.Fn);
    if (!Ctor)
      return;
    for (const CXXCtorInitializer *I : Ctor->inits()) {
      if (!I->isMemberInitializer() || !I->isWritten())
        continue;
      Lambdas In;
      In.TraverseStmt(I->getInit());
      for (const LambdaExpr *L : In.All) {
        // A std::function that the member, or what it is made of, takes over; an algorithm calls its callable at once.
        const Expr *Value = L;
        const Stmt *User = C.user(Value);
        while (isa_and_nonnull<CXXConstructExpr>(User) && C.U.role(Value->getType()) != Role::Function) {
          Value = cast<Expr>(User);
          User = C.user(Value);
        }
        if (C.U.role(Value->getType()) != Role::Function ||
            (User && !takesOver(dyn_cast<CXXConstructExpr>(User), Value)))
          continue;
        for (const LambdaCapture &Cap : L->captures()) {
          const auto *P = Cap.capturesVariable() && Cap.getCaptureKind() == LCK_ByRef
                              ? dyn_cast<ParmVarDecl>(Cap.getCapturedVar())
                              : nullptr;
          if (!P || P->getDeclContext() != static_cast<const DeclContext *>(C.Fn))
            continue;
          for (const CXXCtorInitializer *Other : Ctor->inits()) {
            const FieldDecl *F = Other->isMemberInitializer() ? Other->getMember() : nullptr;
            if (!F || F->getDeclName() != P->getDeclName() || F->getType()->isReferenceType() ||
                !C.U.Ctx.hasSameUnqualifiedType(F->getType(), P->getType().getNonReferenceType()) ||
                !mentions(Other->getInit(), P))
              continue;
            R.report(
                Cap.isExplicit() ? Cap.getLocation() : L->getBeginLoc(),
                "in this initialiser '" + P->getNameAsString() +
                    "' is the constructor's parameter, not the member of that name; the callable is kept by '" +
                    I->getMember()->getNameAsString() +
                    "' and may use the caller's object when it is gone; capture 'this', and name the member 'this->" +
                    P->getNameAsString() + "'",
                {{P->getLocation(), "the parameter is declared here"},
                 {F->getLocation(), "the member that is made from it is declared here"}});
          }
        }
      }
    }
  }

  /// Where the callable stays when the function has returned; empty where that is not certain.
  std::string keptWhere(const LambdaExpr *L, const std::vector<const LambdaExpr *> &All) const {
    const Expr *Value = L;
    const Stmt *User = C.user(Value);
    while (isa_and_nonnull<CXXConstructExpr>(User)) {
      Value = cast<Expr>(User);
      User = C.user(Value);
    }
    if (isa_and_nonnull<ReturnStmt>(User))
      return C.U.role(Value->getType()) == Role::Function || isLambda(Value->getType()) ? "is returned" : "";
    auto To = C.destination(L);
    const ValueDecl *Last = To ? To->last() : nullptr;
    if (!Last)
      return {};
    if (const auto *Local = dyn_cast<VarDecl>(Last); Local && Local->isLocalVarDecl() && isReturned(Local))
      return "is returned";
    QualType Elem = C.U.element(Last->getType());
    if (C.U.role(Elem.isNull() ? Last->getType() : Elem) != Role::Function)
      return {};
    const auto *V = dyn_cast_or_null<VarDecl>(To->Root);
    bool Stays = To->This || (V && (V->hasGlobalStorage() || (isa<ParmVarDecl>(V) && V->getType()->isReferenceType())));
    if (!Stays || isTouchedAfter(L, *To, All))
      return {};
    return "stays in '" + To->name() + "'";
  }
  bool isReturned(const VarDecl *V) const {
    return llvm::any_of(returnsIn(C.Fn->getBody()), [&](const ReturnStmt *R) {
      const Expr *E = R->getRetValue() ? R->getRetValue()->IgnoreUnlessSpelledInSource() : nullptr;
      const auto *DR = dyn_cast_or_null<DeclRefExpr>(E);
      return DR && DR->getDecl() == V;
    });
  }
  static bool isLambda(QualType T) {
    const auto *RD = T->getAsCXXRecordDecl();
    return RD && RD->isLambda();
  }

  /// May the callable be called or taken back before the function ends? Any code of the user's own that runs after it
  /// was stored may do so.
  bool isTouchedAfter(const LambdaExpr *L, const Place &Where, const std::vector<const LambdaExpr *> &All) const {
    // Another callable that names the place may be a guard that takes it back.
    if (enclosingLoop(C, L) ||
        llvm::any_of(All, [&](const LambdaExpr *X) { return X != L && mentions(X->getBody(), Where.last()); }))
      return true;
    for (const Event &E : C.Events) {
      if (!E.Site || !SM.isBeforeInTranslationUnit(L->getEndLoc(), E.Site->getBeginLoc()))
        continue;
      Place O = E.Object;
      O.Element = false;
      Place Kept = Where;
      Kept.Element = false;
      if (E.Kind == Op::Call || E.Kind == Op::RunNow || has(E.Kind, OpTraits::Blocks) || O.contains(Kept))
        return true;
    }
    struct Calls : AstVisitor {
      const Finder &F;
      SourceLocation After;
      bool Found = false;
      Calls(const Finder &F, SourceLocation After) : F(F), After(After) {}
      bool TraverseLambdaExpr(const LambdaExpr *) override { return true; }
      bool VisitCallExpr(const CallExpr *E) override {
        const FunctionDecl *D = E->getDirectCallee();
        Found |= F.SM.isBeforeInTranslationUnit(After, E->getBeginLoc()) &&
                 (!D || !F.SM.isInSystemHeader(F.SM.getExpansionLoc(D->getLocation())));
        return !Found;
      }
    } Later(*this, L->getEndLoc());
    Later.TraverseStmt(C.Fn->getBody());
    return Later.Found;
  }

  /// Captures the one variable by value, where the task only reads it and copying is possible.
  std::vector<FixItHint> byValue(const Held &H) {
    if (!H.Capture || !H.Lambda || H.V->getType()->isArrayType() || H.Lambda->getBeginLoc().isMacroID())
      return {};
    QualType T = H.V->getType();
    if (const auto *RD = T->getAsCXXRecordDecl();
        RD && !RD->hasSimpleCopyConstructor() && !RD->hasUserDeclaredCopyConstructor())
      return {};
    if (!T.isTriviallyCopyableType(C.U.Ctx) && C.U.role(T) != Role::None)
      return {}; // a copy of a lock or a handle is another object
    struct Uses {
      const VarDecl *V;
      bool Changed = false;
      void in(const Stmt *S) {
        if (!S)
          return;
        if (const auto *DR = dyn_cast<DeclRefExpr>(S); DR && DR->getDecl() == V)
          Changed = true; // not below a cast to a value
        if (const auto *Cast = dyn_cast<ImplicitCastExpr>(S))
          if (Cast->getCastKind() == CK_LValueToRValue ||
              (Cast->getCastKind() == CK_NoOp && Cast->getType().isConstQualified()))
            if (isa<DeclRefExpr>(Cast->getSubExpr()->IgnoreParens()))
              return;
        for (const Stmt *Child : S->children())
          in(Child);
      }
    } Use{H.V};
    Use.in(H.Lambda->getBody());
    if (Use.Changed)
      return {};
    std::string Name = H.V->getName().str();
    if (H.Capture->isExplicit()) {
      // `[&x]`: the location is that of the name.
      SourceLocation Amp = H.Capture->getLocation();
      bool Invalid = false;
      const char *Text = SM.getCharacterData(Amp, &Invalid);
      if (Invalid)
        return {};
      if (*Text == '&')
        return {FixItHint::CreateRemoval(SourceRange(Amp, Amp))};
      if (SM.getFileOffset(Amp) > 0 && Text[-1] == '&')
        return {FixItHint::CreateRemoval(CharSourceRange::getCharRange(Amp.getLocWithOffset(-1), Amp))};
      return {};
    }
    if (H.Lambda->getCaptureDefault() != LCD_ByRef)
      return {};
    return {FixItHint::CreateInsertion(H.Lambda->getCaptureDefaultLoc().getLocWithOffset(1), ", " + Name)};
  }
};

// ---- objects that hand over callables with their 'this' -------------------------------------------------------------

/// A callable that is queued at somebody who outlives the object, and reaches it by nothing but 'this'.
struct Posted {
  const LambdaExpr *Lambda;
  const CXXRecordDecl *Class;
  SourceLocation Loc; ///< of the hand-over
  std::string At;     ///< the queue
};

/// Owners that let go of such an object while the callable may still be queued.
class Outlived {
public:
  Outlived(Unit &U, Reporter &R) : U(U), R(R) {}

  void run() {
    std::vector<Posted> All;
    for (const FunctionDecl *Fn : U.Functions)
      if (const Code *C = U.code(Fn))
        collect(*C, All);
    llvm::SmallPtrSet<const CXXRecordDecl *, 4> Judged; // one report for a class: the others are mended alike
    for (const Posted &X : All)
      if (const Event *Drop = Judged.insert(X.Class).second && !waits(X.Class) ? drop(X.Class) : nullptr)
        R.report(X.Lambda->getBeginLoc(),
                 "this task holds 'this' alone, and the object's owner may let go of it while the task still waits "
                 "in '" +
                     X.At +
                     "'; the task then uses a dead object; give it shared ownership, or a weak pointer that it asks "
                     "first",
                 {{X.Loc, "the task is handed over here, to what outlives the object"},
                  {Drop->loc(), "the owner lets go of the object here, and nobody has waited for its tasks"}});
  }

private:
  Unit &U;
  Reporter &R;

  void collect(const Code &C, std::vector<Posted> &All) const {
    const auto *M = dyn_cast<CXXMethodDecl>(C.Fn);
    if (!M || M->getParent()->isLambda() || M->isStatic())
      return;
    for (const Event &E : C.Events) {
      if ((E.Kind != Op::Defer && E.Kind != Op::Spawn) || E.may(Fact::Tied))
        continue;
      const FieldDecl *Queue = queue(C, E);
      if (!Queue)
        continue;
      for (const CallableRef &T : E.Tasks)
        if (T.Lambda && holdsThisAlone(T.Lambda))
          All.push_back({T.Lambda, M->getParent()->getCanonicalDecl(), E.loc(), Queue->getNameAsString()});
    }
  }

  /// The member that leads to where the callable is queued; null if the object may own that.
  const FieldDecl *queue(const Code &C, const Event &E) const {
    auto At = E.Object.valid() ? std::optional(E.Object) : std::nullopt;
    if (const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(E.Site); Call && !At)
      At = C.place(Call->getImplicitObjectArgument());
    if (!At || !At->This || At->Path.size() != 1 || At->Element)
      return nullptr;
    const FieldDecl *F = At->Path.front();
    return F->getType()->isReferenceType() || F->getType()->isPointerType() ? F : nullptr;
  }

  /// Does the callable reach the object by 'this', and by nothing that keeps it alive or tells whether it is?
  bool holdsThisAlone(const LambdaExpr *L) const {
    bool This = false;
    for (const LambdaCapture &Cap : L->captures()) {
      This |= Cap.capturesThis() && Cap.getCaptureKind() != LCK_StarThis;
      const ValueDecl *V = Cap.capturesVariable() ? Cap.getCapturedVar() : nullptr;
      const CXXRecordDecl *RD = V ? V->getType().getNonReferenceType()->getAsCXXRecordDecl() : nullptr;
      if (RD && (U.leads(V->getType()) || U.role(V->getType()) == Role::WeakPointer || asks(L, V)))
        return false;
    }
    return This;
  }
  /// `if (token.cancelled()) return;`
  static bool asks(const LambdaExpr *L, const ValueDecl *V) {
    return mentions(L->getBody(), [&](const Stmt *S) {
      const auto *If = dyn_cast<IfStmt>(S);
      return If && mentions(If->getCond(), V);
    });
  }

  /// May the class, or what it is made of, wait for its tasks or call them off when it ends, or in another of its
  /// members?
  bool waits(const CXXRecordDecl *RD, unsigned Depth = 0) {
    RD = RD->getDefinition();
    if (!RD || RD->isDependentType() || Depth > 3)
      return true;
    if (const CXXDestructorDecl *D = RD->getDestructor(); D && D->isUserProvided()) {
      const FunctionDecl *Def = U.visible(D);
      const auto *Body = Def ? dyn_cast_or_null<CompoundStmt>(Def->getBody()) : nullptr;
      if (!Body || !Body->body_empty())
        return true;
    }
    for (const CXXMethodDecl *M : allMembers(RD))
      if (!M->isImplicit() && (!U.visible(M) ? M->isVirtual() && !M->isPureVirtual() : reachesWait(U, M)))
        return true;
    for (const FieldDecl *F : RD->fields())
      if (Role Is = F->getType()->isReferenceType() || U.leads(F->getType()) ? Role::None : U.role(F->getType());
          Is == Role::Group || Is == Role::Latch || isTaskHandle(Is) || Is == Role::Timer)
        return true;
    return llvm::any_of(RD->bases(), [&](const CXXBaseSpecifier &B) {
      const CXXRecordDecl *Base = B.getType()->getAsCXXRecordDecl();
      return !Base || waits(Base, Depth + 1);
    });
  }

  /// The class of the objects that a member owns: `std::unique_ptr<K>`, `std::map<int, std::shared_ptr<K>>`.
  const CXXRecordDecl *owned(QualType T) const {
    if (QualType Elem = U.element(T); !Elem.isNull())
      T = Elem;
    T = heldBy(T);
    if (T->isPointerType())
      return nullptr;
    const CXXRecordDecl *RD = U.smartPointee(T);
    return RD ? RD->getCanonicalDecl() : nullptr;
  }

  /// Where an owner lets go of an object of the class in the midst of its own life; null if that is not certain.
  const Event *drop(const CXXRecordDecl *Class) {
    const Event *Found = nullptr;
    const FieldDecl *Holder = nullptr;
    for (const FunctionDecl *Fn : U.Functions) {
      const Code *C = U.code(Fn);
      if (!C)
        continue;
      // Somebody else may hold it as well.
      if (mentions(C->Fn->getBody(), [&](const Stmt *S) { return shares(S, Class); }))
        return nullptr;
      const auto *M = dyn_cast<CXXMethodDecl>(Fn);
      for (const Event &E : C->Events) {
        const FieldDecl *F = E.Object.This && !E.Object.Path.empty() ? E.Object.Path.front() : nullptr;
        if (!F || E.Object.Path.size() != 1 || owned(F->getType()) != Class)
          continue;
        if (Holder && Holder != F)
          return nullptr;
        Holder = F;
        if (!Found && M && !M->getParent()->isLambda() && !isa<CXXDestructorDecl, CXXConstructorDecl>(M) &&
            empties(E) && !waits(M->getParent()) && !asksTheObject(*C, Class) && !calledByOthers(M, Class))
          Found = &E;
      }
    }
    return Found;
  }
  /// `owners_.erase(id)`, `.clear()`, `.reset()`, `= nullptr`
  static bool empties(const Event &E) {
    if (const auto *O = dyn_cast_or_null<CXXOperatorCallExpr>(E.Site))
      return O->getOperator() == OO_Equal && O->getNumArgs() == 2 &&
             isa<CXXNullPtrLiteralExpr>(O->getArg(1)->IgnoreParenImpCasts());
    const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(E.Site);
    return Call && (E.Kind == Op::Clear || E.Kind == Op::Extract ||
                    (E.Kind == Op::Reset && (!Call->getNumArgs() || isa<CXXDefaultArgExpr>(Call->getArg(0)))));
  }
  /// A copy of the owning pointer, or of an element that holds one.
  bool shares(const Stmt *S, const CXXRecordDecl *Class) const {
    const auto *CE = dyn_cast<CXXConstructExpr>(S);
    return CE && CE->getConstructor()->isCopyConstructor() && owned(CE->getType()) == Class;
  }
  /// Does the body ask such an object for anything, or tell it something, before it lets go of it?
  bool asksTheObject(const Code &C, const CXXRecordDecl *Class) const {
    return mentions(C.Fn->getBody(), [&](const Stmt *S) {
      const auto *M = dyn_cast<MemberExpr>(S);
      const auto *RD = M ? dyn_cast<CXXRecordDecl>(M->getMemberDecl()->getDeclContext()) : nullptr;
      const CXXRecordDecl *Base = M ? U.pointee(M->getBase()->getType())->getAsCXXRecordDecl() : nullptr;
      return RD && Base && Base->getCanonicalDecl() == Class &&
             (RD->getCanonicalDecl() == Class || Class->isDerivedFrom(RD));
    });
  }
  /// Does the object itself, or a callable, call the member? Then it may be told when it is done.
  bool calledByOthers(const CXXMethodDecl *M, const CXXRecordDecl *Class) {
    return llvm::any_of(U.Functions, [&](const FunctionDecl *Fn) {
      const auto *By = dyn_cast<CXXMethodDecl>(Fn);
      bool Other = By && (By->getParent()->isLambda() || By->getParent()->getCanonicalDecl() == Class);
      const Code *C = Other ? U.code(Fn) : nullptr;
      return C && mentions(C->Fn->getBody(), M);
    });
  }
};

const MatchCheck Check(
    {.Name = "task-captures-reference",
     .Family = "tasks",
     .Level = Tier::Bug,
     .Summary = "Finds tasks that hold a reference to a local variable that they may outlive.",
     .Rows = "F4 S6 P1 P8",
     .Preview = true},
    [](Code &C, Reporter &R) { Finder(C, R).run(); }, [](Unit &U, Reporter &R) { Outlived(U, R).run(); });

} // namespace
} // namespace heddle

// A handle that ends a derived context, and that nobody ever uses: the context never ends, and what waits for its end
// - tasks, timers, registrations - stays. As in Go's `lostcancel`, any mention of the handle silences: it may be used.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Classes.h"
#include "flow/Mentions.h"
#include "support/AstVisitor.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/MapVector.h"

using namespace clang;

namespace heddle {
namespace {

constexpr llvm::StringLiteral Never = "; nobody can request the stop, so what observes it runs until it ends by itself";

bool endsAContext(Role R) { return R == Role::StopSource || R == Role::CancelHandle; }

/// How often a declaration is named, and how often only to hand out its token.
struct Uses {
  unsigned All = 0, Tokens = 0;
  SourceLocation Token;
  /// Of a variable with parts: how often it is named to reach another part than the handle.
  llvm::DenseMap<const ValueDecl *, unsigned> Parts;
};

class MentionCounter : public AstVisitor {
public:
  MentionCounter(llvm::DenseMap<const ValueDecl *, Uses> &M) : Of(M) {}

  void count(Code &C) {
    this->C = &C;
    for (const Event &E : C.Events)
      if (E.Kind == Op::GetToken)
        if (const auto *Call = dyn_cast<CXXMemberCallExpr>(E.Site))
          if (const Expr *Obj = Call->getImplicitObjectArgument())
            TokenObjects.insert(Obj->IgnoreParenImpCasts());
    if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(C.Fn))
      for (const CXXCtorInitializer *I : Ctor->inits())
        if (I->isWritten())
          TraverseStmt(I->getInit());
    TraverseStmt(C.Fn->getBody());
  }
  bool TraverseLambdaExpr(const LambdaExpr *L) override {
    for (const LambdaCapture &Cap : L->captures())
      if (Cap.capturesVariable() && Cap.isExplicit() && Cap.getCaptureKind() != LCK_ByRef)
        ++Of[Cap.getCapturedVar()].All; // the task owns a copy: it may end the context itself
    for (unsigned I = 0; I != L->capture_size(); ++I)
      if (Expr *Init = *(L->capture_init_begin() + I))
        if (L->isInitCapture(L->capture_begin() + I))
          TraverseStmt(Init);
    return true; // the body is counted as a function of its own
  }
  bool VisitDeclRefExpr(const DeclRefExpr *E) override {
    note(E, E->getDecl());
    return true;
  }
  bool VisitMemberExpr(const MemberExpr *E) override {
    if (const auto *DR = dyn_cast<DeclRefExpr>(E->getBase()->IgnoreParenImpCasts()))
      ++Of[DR->getDecl()].Parts[cast<ValueDecl>(E->getMemberDecl())];
    return true;
  }

private:
  llvm::DenseMap<const ValueDecl *, Uses> &Of;
  llvm::DenseSet<const Expr *> TokenObjects;
  Code *C = nullptr;

  void note(const Expr *E, const ValueDecl *D) {
    Uses &M = Of[D];
    ++M.All;
    if (TokenObjects.contains(E)) {
      ++M.Tokens;
      if (M.Token.isInvalid())
        M.Token = E->getExprLoc();
    }
  }
};

/// Does this body end a context: request a stop, or raise a flag, itself or in what it calls?
bool endsSomething(Unit &U, const FunctionDecl *F, unsigned Depth = 0) {
  const Code *C = Depth < 3 ? U.code(F) : nullptr;
  if (!C)
    return false;
  for (const Event &E : C->Events)
    if (E.Kind == Op::Cancel || E.Kind == Op::Close ||
        (E.Kind == Op::Call && E.Callee && endsSomething(U, E.Callee, Depth + 1)))
      return true;
  struct Raises : AstVisitor {
    bool Found = false;
    bool isTrue(const Expr *E) {
      const auto *B = dyn_cast<CXXBoolLiteralExpr>(E->IgnoreParenImpCasts());
      return B && B->getValue();
    }
    bool VisitBinaryOperator(const BinaryOperator *B) override {
      Found |= B->getOpcode() == BO_Assign && isTrue(B->getRHS());
      return !Found;
    }
    bool VisitCallExpr(const CallExpr *Call) override {
      for (const Expr *A : Call->arguments())
        Found |= isTrue(A); // flag.store(true), flag = true, flag.exchange(true)
      return !Found;
    }
  } R;
  R.TraverseStmt(C->Fn->getBody());
  return R.Found;
}

/// Does calling this lambda end a context?
bool cancels(Unit &U, const Expr *E) {
  const LambdaExpr *L = nullptr;
  struct Find : AstVisitor {
    const LambdaExpr *&L;
    explicit Find(const LambdaExpr *&L) : L(L) {}
    bool TraverseLambdaExpr(const LambdaExpr *X) override {
      L = X;
      return false;
    }
  };
  Find(L).TraverseStmt(E);
  return L && endsSomething(U, L->getCallOperator());
}

bool isNullaryCallable(Unit &U, QualType T) {
  if (U.role(T) != Role::Function)
    return false;
  const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(U.pointee(T)->getAsCXXRecordDecl());
  if (!Spec || Spec->getTemplateArgs().size() == 0 || Spec->getTemplateArgs()[0].getKind() != TemplateArgument::Type)
    return false;
  const auto *F = Spec->getTemplateArgs()[0].getAsType()->getAs<FunctionProtoType>();
  return F && F->getNumParams() == 0 && F->getReturnType()->isVoidType();
}

/// Can somebody ask an object of this type whether it is over? Text, numbers and containers can not be ended.
bool canEnd(Unit &U, QualType T) {
  Role R = U.role(T);
  if (R == Role::Context || R == Role::StopToken)
    return true;
  const CXXRecordDecl *RD = U.pointee(T)->getAsCXXRecordDecl();
  if (!RD || !RD->hasDefinition() || U.Ctx.getSourceManager().isInSystemHeader(RD->getLocation()))
    return false;
  return llvm::any_of(RD->methods(), [&](const CXXMethodDecl *M) {
    return M->getNumParams() == 0 && M->getAccess() == AS_public &&
           (M->getReturnType()->isBooleanType() ? M->isConst() : U.role(M->getReturnType()) == Role::StopToken);
  });
}

const CallExpr *initialCall(const Expr *Init) {
  if (!Init)
    return nullptr;
  Init = Init->IgnoreUnlessSpelledInSource();
  if (const auto *C = dyn_cast<CXXConstructExpr>(Init); C && C->getNumArgs() == 1)
    Init = C->getArg(0)->IgnoreUnlessSpelledInSource();
  return dyn_cast<CallExpr>(Init);
}

/// Which part of what a call returns is the handle: by its role, by what the body puts there, or - of a function whose
/// body can not be seen - because it makes from a T another T and a `void()` beside it.
bool isHandle(Unit &U, const CallExpr *Call, const ValueDecl *Part, QualType T, unsigned Depth = 0) {
  if (endsAContext(U.role(T)))
    return true;
  if (!isNullaryCallable(U, T))
    return false;
  const FunctionDecl *F = Call->getDirectCallee();
  if (!F)
    return false;
  if (const FunctionDecl *Def = U.visible(F)) {
    // It makes the handle itself, or hands on the result of what does.
    return mentions(Def->getBody(), [&](const Stmt *S) {
      if (isa<LambdaExpr>(S))
        return cancels(U, cast<LambdaExpr>(S));
      const auto *R = dyn_cast<ReturnStmt>(S);
      const CallExpr *From = R && Depth < 3 ? initialCall(R->getRetValue()) : nullptr;
      return From && U.Ctx.hasSameUnqualifiedType(From->getType(), Call->getType()) &&
             isHandle(U, From, Part, T, Depth + 1);
    });
  }
  const CXXRecordDecl *RD = F->getReturnType()->getAsCXXRecordDecl();
  if (!RD || !RD->hasDefinition())
    return false;
  for (const ParmVarDecl *P : F->parameters()) {
    QualType PT = P->getType().getNonReferenceType().getUnqualifiedType();
    if (PT->isScalarType() || !canEnd(U, PT))
      continue;
    for (const FieldDecl *Fd : RD->fields())
      if (Fd != Part && U.Ctx.hasSameUnqualifiedType(Fd->getType(), PT))
        return true;
    if (const auto *Spec = dyn_cast<ClassTemplateSpecializationDecl>(RD))
      for (const TemplateArgument &A : Spec->getTemplateArgs().asArray())
        if (A.getKind() == TemplateArgument::Type && U.Ctx.hasSameUnqualifiedType(A.getAsType(), PT))
          return true;
  }
  return false;
}

/// Everything that declares a handle in one function.
class DeclarationFinder : public AstVisitor {
public:
  DeclarationFinder(Code &C, Reporter &R, llvm::DenseMap<const ValueDecl *, Uses> &M) : C(C), U(C.U), R(R), Of(M) {}
  bool TraverseLambdaExpr(const LambdaExpr *) override { return true; }

  bool VisitVarDecl(const VarDecl *V) override {
    if (isa<ParmVarDecl>(V) || V->getType()->isReferenceType() || !V->hasLocalStorage())
      return true;
    if (const auto *D = dyn_cast<DecompositionDecl>(V)) {
      decomposition(D);
      return true;
    }
    const Uses &M = Of[V];
    if (U.role(V->getType()) == Role::StopCallback && !V->getType()->isPointerType() && M.All == 0 && endsItsBlock(V)) {
      R.report(V->getLocation(), ("the stop callback '" + V->getName() +
                                  "' is unregistered at the end of this block, which comes at once: the stop is never "
                                  "noticed; declare it where it lives as long as it is needed")
                                     .str());
      return true;
    }
    if (endsAContext(U.role(V->getType())) && !V->getType()->isPointerType()) {
      const CallExpr *From = initialCall(V->getInit());
      bool Own = !From && !(V->getInit() && C.place(V->getInit()));
      if ((Own || From) && M.Tokens > 0 && M.All == M.Tokens)
        R.report(V->getLocation(),
                 ("'" + V->getName() + "' gives its token away and is never used to request the stop" + Never).str(),
                 {{M.Token, "the token is handed out here"}});
      return true;
    }
    // `auto derived = with_cancel(parent); use(derived.context);`
    const CallExpr *Call = initialCall(V->getInit());
    const CXXRecordDecl *RD = Call ? V->getType()->getAsCXXRecordDecl() : nullptr;
    if (!RD || !RD->hasDefinition() || M.All == 0)
      return true;
    for (const FieldDecl *F : RD->fields()) {
      if (!isHandle(U, Call, F, F->getType()))
        continue;
      unsigned Parts = 0, Handle = 0;
      for (auto &[Part, N] : M.Parts) {
        Parts += N;
        if (Part == F)
          Handle += N;
      }
      if (Handle == 0 && Parts == M.All)
        R.report(V->getLocation(),
                 ("the cancel handle '" + F->getName() + "' in '" + V->getName() + "' is never used" + Never).str());
    }
    return true;
  }

  bool VisitMemberExpr(const MemberExpr *E) override {
    // `auto ctx = with_timeout(parent, 5s).first;`
    const Expr *Base = E->getBase()->IgnoreUnlessSpelledInSource();
    const auto *Call = dyn_cast<CallExpr>(Base);
    const auto *F = dyn_cast<FieldDecl>(E->getMemberDecl());
    if (!Call || !F || Call->getType()->isReferenceType() || Call->getType()->isPointerType())
      return true;
    const CXXRecordDecl *RD = Call->getType()->getAsCXXRecordDecl();
    if (!RD || !RD->hasDefinition())
      return true;
    for (const FieldDecl *Other : RD->fields())
      if (Other != F && isHandle(U, Call, Other, Other->getType()))
        R.report(Call->getBeginLoc(), ("only '" + F->getName() + "' of the result is kept, and the cancel handle '" +
                                       Other->getName() + "' is thrown away" + Never)
                                          .str());
    return true;
  }

  bool VisitCXXOperatorCallExpr(const CXXOperatorCallExpr *E) override {
    // `std::tie(ctx, std::ignore) = with_timeout(parent, 5s);`
    if (E->getOperator() != OO_Equal || E->getNumArgs() != 2)
      return true;
    const auto *Tie = dyn_cast<CallExpr>(E->getArg(0)->IgnoreUnlessSpelledInSource());
    const auto *Call = dyn_cast<CallExpr>(E->getArg(1)->IgnoreUnlessSpelledInSource());
    const FunctionDecl *F = Tie ? Tie->getDirectCallee() : nullptr;
    if (!F || !Call || !F->isInStdNamespace() || !F->getIdentifier() || F->getName() != "tie")
      return true;
    const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(Call->getType()->getAsCXXRecordDecl());
    if (!Spec)
      return true;
    llvm::SmallVector<QualType, 3> Parts;
    for (const TemplateArgument &A : Spec->getTemplateArgs().asArray()) {
      if (A.getKind() == TemplateArgument::Type)
        Parts.push_back(A.getAsType());
      else if (A.getKind() == TemplateArgument::Pack)
        for (const TemplateArgument &P : A.pack_elements())
          if (P.getKind() == TemplateArgument::Type)
            Parts.push_back(P.getAsType());
    }
    for (unsigned I = 0; I != Tie->getNumArgs() && I < Parts.size(); ++I)
      if (const auto *DR = dyn_cast<DeclRefExpr>(Tie->getArg(I)->IgnoreParenImpCasts()))
        if (DR->getDecl()->isInStdNamespace() && DR->getDecl()->getName() == "ignore" &&
            isHandle(U, Call, nullptr, Parts[I]))
          R.report(DR->getBeginLoc(), ("the cancel handle is thrown away" + Never).str());
    return true;
  }

private:
  Code &C;
  Unit &U;
  Reporter &R;
  llvm::DenseMap<const ValueDecl *, Uses> &Of;

  /// Is it the last thing in a block of its own, not of the function?
  bool endsItsBlock(const VarDecl *V) {
    struct Blocks : AstVisitor {
      const VarDecl *V;
      const Stmt *Outermost;
      bool Last = false;
      bool VisitCompoundStmt(const CompoundStmt *S) override {
        const auto *DS = S == Outermost || S->body_empty() ? nullptr : dyn_cast<DeclStmt>(S->body_back());
        Last |= DS && DS->isSingleDecl() && DS->getSingleDecl() == V;
        return !Last;
      }
    } B;
    B.V = V;
    B.Outermost = C.Fn->getBody();
    B.TraverseStmt(C.Fn->getBody());
    return B.Last;
  }

  void decomposition(const DecompositionDecl *D) {
    const CallExpr *Call = initialCall(D->getInit());
    if (!Call)
      return;
    for (const BindingDecl *B : D->bindings())
      if (Of[B].All == 0 && isHandle(U, Call, nullptr, B->getType()))
        R.report(B->getLocation(), ("the cancel handle '" + B->getName() + "' is never used" + Never).str());
  }
};

/// The stop sources that classes keep, by value or in an optional or a smart pointer of their own, and what all bodies
/// of this unit do with them.
class MemberSources {
public:
  MemberSources(Unit &U, Reporter &R) : U(U), R(R) {}

  void run() {
    for (const FunctionDecl *F : U.Functions)
      if (Code *C = U.code(F))
        read(*C);
    for (auto &[F, X] : All) {
      if (X.Used || X.Token.isInvalid() || !U.seesAllUses(F))
        continue;
      const auto *RD = cast<CXXRecordDecl>(F->getDeclContext());
      std::string Name = "'" + F->getNameAsString() + "'";
      if (X.Cancelled == When::Never && X.Dropped.isValid())
        R.report(
            X.Dropped,
            (Name + " is thrown away here, and no member of '" + RD->getName() + "' ever requests the stop" + Never)
                .str(),
            {{X.Token, "the token is handed out here"}});
      else if (X.Cancelled == When::Never)
        R.report(
            F->getLocation(),
            (Name + " gives its token away, and no member of '" + RD->getName() + "' ever requests the stop" + Never)
                .str(),
            {{X.Token, "the token is handed out here"}});
      // Only the end of the whole object requests it, so nobody has when a new one takes the place of the old.
      else if (X.Cancelled == When::AtEnd && X.Replaced.isValid())
        R.report(X.Replaced,
                 Name +
                     " is replaced by a new source before its stop was requested: what observes the old one runs until "
                     "it ends by itself; request the stop first",
                 {{X.Token, "the token is handed out here"}});
    }
  }

private:
  /// When the members of the class request the stop.
  enum class When { Never, AtEnd, Anywhere };
  struct Source {
    SourceLocation Token, Replaced, Dropped;
    When Cancelled = When::Never;
    bool Used = false; ///< in a way that may end it or hand it on
  };
  Unit &U;
  Reporter &R;
  llvm::MapVector<const FieldDecl *, Source> All;

  bool isKept(const FieldDecl *F) const {
    QualType T = F->getType();
    const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
    if (!RD || !endsAContext(U.role(T)))
      return false;
    if (!U.leads(T))
      return true;
    return isMoveOnly(RD) || (RD->isInStdNamespace() && RD->getName() == "optional");
  }

  void read(Code &C) {
    struct Finder : AstVisitor {
      MemberSources &S;
      Code &C;
      Finder(MemberSources &S, Code &C) : S(S), C(C) {}
      bool TraverseLambdaExpr(const LambdaExpr *L) override {
        for (unsigned I = 0; I != L->capture_size(); ++I)
          if (L->isInitCapture(L->capture_begin() + I))
            TraverseStmt(*(L->capture_init_begin() + I));
        return true; // the body is read as a function of its own
      }
      bool VisitMemberExpr(const MemberExpr *M) override {
        if (const auto *F = dyn_cast<FieldDecl>(M->getMemberDecl()); F && S.isKept(F))
          S.mentioned(C, M, S.All[F->getCanonicalDecl()]);
        return true;
      }
    } Find(*this, C);
    if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(C.Fn))
      for (const CXXCtorInitializer *I : Ctor->inits())
        if (I->isWritten())
          Find.TraverseStmt(I->getInit());
    Find.TraverseStmt(C.Fn->getBody());
  }

  void mentioned(Code &C, const MemberExpr *M, Source &X) {
    // `field.f()`, `field->f()`, `(*field).f()`: the call that this mention is the object of.
    const Stmt *Child = M;
    for (const Stmt *P = C.parent(M); P; Child = P, P = C.parent(P)) {
      if (isa<ImplicitCastExpr, ParenExpr, MemberExpr, UnaryOperator>(P))
        continue;
      if (const auto *O = dyn_cast<CXXOperatorCallExpr>(P);
          O && (O->getOperator() == OO_Arrow || O->getOperator() == OO_Star || O->getOperator() == OO_Exclaim))
        continue;
      if (isa<IfStmt, WhileStmt>(P) || isa<BinaryOperator>(P))
        return; // it is asked whether it is there
      const auto *Call = dyn_cast<CallExpr>(P);
      bool Told = false;
      for (unsigned I : Call ? C.at(Call) : llvm::ArrayRef<unsigned>()) {
        const Event &E = C.Events[I];
        if (E.Kind == Op::GetToken) {
          if (X.Token.isInvalid())
            X.Token = E.loc();
          Told = true;
        } else if (E.Kind == Op::Cancel) {
          X.Cancelled = std::max(X.Cancelled, isa<CXXDestructorDecl>(C.Fn) ? When::AtEnd : When::Anywhere);
          Told = true;
        } else if (E.Kind == Op::Test)
          Told = true;
        else if (E.Kind == Op::Reset) {
          if (isa<CXXMemberCallExpr>(Call) && Call->getNumArgs() == 0)
            X.Dropped = E.loc();
          replaced(C, Call, X);
          Told = true;
        }
      }
      if (const auto *O = dyn_cast_or_null<CXXOperatorCallExpr>(Call); O && !Told && O->getOperator() == OO_Equal &&
                                                                       O->getNumArgs() == 2 &&
                                                                       O->getArg(0)->IgnoreParenImpCasts() == M) {
        replaced(C, Call, X);
        Told = true;
      }
      if (const auto *MC = dyn_cast_or_null<CXXMemberCallExpr>(Call); MC && !Told) {
        // Of an optional: emplace() and has_value() hand nothing on.
        const CXXMethodDecl *D = MC->getMethodDecl();
        Told = D && MC->getImplicitObjectArgument()->IgnoreParenImpCasts() == M &&
               (isa<CXXConversionDecl>(D) || D->getReturnType()->isBooleanType() || isa<CompoundStmt>(C.parent(MC)));
      }
      X.Used |= !Told;
      return;
    }
    X.Used |= !isa<CompoundStmt>(Child);
  }

  void replaced(Code &C, const CallExpr *By, Source &X) {
    const auto *O = dyn_cast<CXXOperatorCallExpr>(By);
    // A new one, not one that somebody gave; and whenever the member is called, not on some condition.
    if (!O || isa<CXXConstructorDecl>(C.Fn) || isa<CXXDestructorDecl>(C.Fn) || C.place(O->getArg(1)))
      return;
    const auto *Body = dyn_cast<CompoundStmt>(C.Fn->getBody());
    const Stmt *At = By;
    while (At && C.parent(At) != Body) {
      At = C.parent(At);
      if (isa_and_nonnull<IfStmt, SwitchStmt, CXXCatchStmt, ConditionalOperator>(At))
        return;
    }
    for (const Stmt *Before : Body->body()) {
      if (Before == At)
        break;
      if (isa<IfStmt, SwitchStmt, CXXTryStmt>(Before))
        return; // perhaps it asks whether this is the first time
    }
    if (X.Replaced.isInvalid())
      X.Replaced = By->getExprLoc();
  }
};

/// A scope or a registration that is a temporary: over before the next statement.
void temporaries(Code &C, Reporter &R) {
  struct Finder : AstVisitor {
    Code &C;
    Unit &U;
    Reporter &R;
    Finder(Code &C, Reporter &R) : C(C), U(C.U), R(R) {}
    bool TraverseLambdaExpr(const LambdaExpr *) override { return true; }
    bool VisitCompoundStmt(const CompoundStmt *S) override {
      for (Stmt *Child : S->body())
        if (auto *E = dyn_cast<Expr>(Child))
          dropped(E);
      return true;
    }
    void dropped(Expr *E) {
      Expr *Full = E;
      while (true) {
        if (auto *X = dyn_cast<ExprWithCleanups>(E))
          E = X->getSubExpr();
        else if (auto *X = dyn_cast<CXXBindTemporaryExpr>(E))
          E = X->getSubExpr();
        else if (auto *X = dyn_cast<MaterializeTemporaryExpr>(E))
          E = X->getSubExpr();
        else if (auto *X = dyn_cast<ParenExpr>(E))
          E = X->getSubExpr();
        else
          break;
      }
      if (E->getType()->isVoidType() || E->getType()->isReferenceType() || E->isGLValue())
        return;
      Role Rl = U.type(E->getType()) ? U.type(E->getType())->Plays : Role::None;
      if (Rl == Role::StopCallback) {
        SourceLocation Paren;
        if (const auto *X = dyn_cast<CXXFunctionalCastExpr>(E))
          Paren = X->getLParenLoc();
        else if (const auto *X = dyn_cast<CXXTemporaryObjectExpr>(E))
          Paren = X->getParenOrBraceRange().getBegin();
        llvm::SmallVector<FixItHint, 1> Fix;
        if (Paren.isValid() && Paren.isFileID())
          Fix.push_back(FixItHint::CreateInsertion(Paren, " onStop"));
        R.report(Full->getBeginLoc(),
                 "the stop callback is a temporary: it is unregistered again at the end of this statement, and the "
                 "stop is never noticed; give it a name that lives as long as it is needed",
                 {}, Fix);
        return;
      }
      bool Derives = false;
      if (const auto *Call = dyn_cast<CallExpr>(E->IgnoreParenImpCasts()))
        for (unsigned I : C.at(Call))
          Derives |= C.Events[I].Kind == Op::Derive;
      if (Derives || Rl == Role::CancelScope || Rl == Role::CancelHandle)
        R.report(Full->getBeginLoc(),
                 "the result that ends the derived context is discarded: the context ends with this statement or "
                 "never; keep it in a variable",
                 {}, {FixItHint::CreateInsertion(Full->getBeginLoc(), "auto scope = ")});
    }
  };
  Finder(C, R).TraverseStmt(C.Fn->getBody());
}

void run(Unit &U, Reporter &R) {
  llvm::DenseMap<const ValueDecl *, Uses> Of;
  for (const FunctionDecl *F : U.Functions)
    if (Code *C = U.code(F))
      MentionCounter(Of).count(*C);
  for (const FunctionDecl *F : U.Functions)
    if (Code *C = U.code(F)) {
      DeclarationFinder(*C, R, Of).TraverseStmt(F->getBody());
      temporaries(*C, R);
    }
  MemberSources(U, R).run();
}

const UnitCheck Check({.Name = "discarded-cancel",
                       .Family = "cancellation",
                       .Level = Tier::Bug,
                       .Summary = "Finds handles that end a derived context or request a stop, and that nobody uses.",
                       .Rows = "F5 P10 L2 L23"},
                      run);

} // namespace
} // namespace heddle

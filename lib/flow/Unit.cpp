#include "Unit.h"
#include "Classes.h"
#include "Inference.h"
#include "LibraryCode.h"
#include "support/AstVisitor.h"

#include "clang/AST/DeclFriend.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/SourceManager.h"

#include <map>

using namespace clang;

namespace heddle {

struct Unit::Impl : Inference::Reader {
  explicit Impl(Unit &Outer) : Outer(Outer) {}

  Unit &Outer;
  llvm::DenseMap<const FunctionDecl *, std::unique_ptr<Code>> Codes;
  llvm::SmallVector<const FunctionDecl *, 8> Building; ///< outermost first
  llvm::DenseMap<const FunctionDecl *, unsigned> Guessed, Rounds;
  std::vector<std::unique_ptr<Code>> Forgotten;
  static constexpr unsigned MaxRounds = 3;

  bool readsMemberOf(const CXXRecordDecl *RD) const override {
    for (const DeclContext *DC = Building.empty() ? nullptr : Building.back(); DC; DC = DC->getParent())
      if (const auto *X = dyn_cast<CXXRecordDecl>(DC); X && X->getCanonicalDecl() == RD->getCanonicalDecl())
        return true;
    return false;
  }
  void forgetGuesses() override {
    for (const auto &[F, On] : Guessed) {
      Forgotten.push_back(std::move(Codes[F]));
      Codes.erase(F);
    }
    Guessed.clear();
  }

  std::unique_ptr<Inference> Inferred;
  std::map<std::tuple<const FunctionDecl *, Op, bool>, bool> Reaches;
  llvm::DenseMap<const void *, Role> Roles;
  llvm::DenseMap<const FunctionDecl *, bool> MayThrow, Broken;
  llvm::DenseSet<const FieldDecl *> Written;
  bool WrittenKnown = false;
  llvm::DenseSet<const ValueDecl *> Limited;
  llvm::DenseSet<const CXXRecordDecl *> LimitedBehind; ///< classes of objects that are limited behind a pointer
  bool LimitsKnown = false;
  std::map<const void *, std::shared_ptr<void>> Facts;
};

Unit::Unit(ASTContext &Ctx, std::shared_ptr<const ModelSet> All)
    : Ctx(Ctx), Models(All), Set(std::move(All)), I(std::make_unique<Impl>(*this)) {
  I->Inferred = std::make_unique<Inference>(*this, *I);
}
Unit::~Unit() = default;

std::shared_ptr<void> &Unit::facts(const void *Kind) { return I->Facts[Kind]; }

/// Returns true if the body holds something that could not be compiled, bodies of lambdas aside.
static bool hasErrors(const Stmt *S) {
  if (!S)
    return false;
  if (const auto *E = dyn_cast<Expr>(S))
    return E->containsErrors();
  if (const auto *DS = dyn_cast<DeclStmt>(S))
    if (llvm::any_of(DS->decls(), [](const Decl *D) { return D->isInvalidDecl(); }))
      return true;
  return llvm::any_of(S->children(), hasErrors);
}
/// Statements that use a member of unknown type leave no trace in the body.
static bool hasBrokenMembers(const DeclContext *DC) {
  for (; DC; DC = DC->getParent())
    if (const auto *RD = dyn_cast<CXXRecordDecl>(DC))
      if (llvm::any_of(RD->fields(), [](const FieldDecl *F) { return F->isInvalidDecl(); }))
        return true;
  return false;
}

/// Returns true for a constructor that the compiler makes, but which runs what the class says its members start with.
static bool runsInitialisers(const FunctionDecl &F) {
  const auto *Ctor = dyn_cast<CXXConstructorDecl>(&F);
  return Ctor && !Ctor->isCopyOrMoveConstructor() && llvm::any_of(Ctor->inits(), [&](const CXXCtorInitializer *I) {
           const auto *Default = dyn_cast_or_null<CXXDefaultInitExpr>(I->getInit());
           return Default && Default->getExpr()->HasSideEffects(F.getASTContext());
         });
}

const FunctionDecl *Unit::visible(const FunctionDecl *F) const {
  const FunctionDecl *Def = nullptr;
  if (!F || !F->hasBody(Def) || !Def->getBody() || Def->isDependentContext() || Def->isInvalidDecl() ||
      (Def->isDefaulted() && !runsInitialisers(*Def)))
    return nullptr;
  if (inLibrary(I->Outer, Def->getLocation()))
    return nullptr;
  if (Ctx.getDiagnostics().hasErrorOccurred()) {
    auto [It, New] = I->Broken.try_emplace(Def, false);
    if (New)
      It->second = hasErrors(Def->getBody()) || hasBrokenMembers(Def);
    if (It->second)
      return nullptr; // half a body proves nothing
  }
  return Def;
}

Code *Unit::code(const FunctionDecl *F) {
  const FunctionDecl *Def = visible(F);
  if (!Def || llvm::is_contained(I->Building, Def))
    return nullptr;
  auto Known = [&]() -> Code * {
    auto It = I->Codes.find(Def);
    if (It == I->Codes.end())
      return nullptr;
    if (auto G = I->Guessed.find(Def); G != I->Guessed.end())
      Inference::Watch(*I->Inferred).lean(G->second);
    return It->second.get();
  };
  if (Code *C = Known())
    return C;
  // What a class is in itself is asked before its members are read, so that it does not depend on which is read first.
  for (const DeclContext *DC = Def; DC; DC = DC->getParent())
    if (const auto *RD = dyn_cast<CXXRecordDecl>(DC); RD && !RD->isLambda())
      (void)I->Inferred->type(RD);
  if (Code *C = Known())
    return C;
  Inference::Watch Answers(*I->Inferred);
  I->Building.push_back(Def);
  auto Made = std::make_unique<Code>(*this, Def);
  I->Building.pop_back();
  if (!Answers.sure() && ++I->Rounds[Def] < Impl::MaxRounds)
    I->Guessed[Def] = Answers.rests();
  return (I->Codes[Def] = std::move(Made)).get();
}

const TypeModel *Unit::type(QualType T) {
  if (T.isNull())
    return nullptr;
  if (const TypeModel *M = Models.type(T))
    return M;
  if (const CXXRecordDecl *RD = T.getNonReferenceType()->getAsCXXRecordDecl())
    return I->Inferred->type(RD);
  return nullptr;
}

const TypeModel *Unit::type(const Place &P) {
  const ValueDecl *D = P.last();
  return D ? type(pointee(D->getType())) : nullptr;
}

const TypeModel *Unit::inferred(const CXXRecordDecl *RD) { return Models.type(RD) ? nullptr : I->Inferred->type(RD); }

llvm::ArrayRef<Action> Unit::actions(const FunctionDecl *F, const CXXRecordDecl *StaticType, unsigned NumArgs) {
  if (Models.isModelled(F, StaticType))
    return Models.actions(F, StaticType, NumArgs);
  if (const auto *M = dyn_cast<CXXMethodDecl>(F))
    return I->Inferred->actions(M);
  return {};
}

bool Unit::leads(QualType T) {
  T = T.getNonReferenceType();
  const TypeModel *M = type(T);
  return T->isPointerType() || (M && M->Plays == Role::SmartPointer);
}

const CXXRecordDecl *Unit::smartPointee(QualType T) {
  const TypeModel *M = Models.type(T);
  return M && M->Plays == Role::SmartPointer ? pointee(T)->getAsCXXRecordDecl() : nullptr;
}

QualType Unit::pointee(QualType T) {
  for (unsigned Depth = 0; Depth != 4 && !T.isNull(); ++Depth) {
    T = T.getNonReferenceType();
    if (const auto *P = T->getAs<PointerType>()) {
      // A typedef of a pointer may itself be modelled (pthread_t on other systems).
      T = P->getPointeeType();
      continue;
    }
    const TypeModel *M = Models.type(T);
    if (!M || M->Plays != Role::SmartPointer)
      return T;
    const auto *RD = T->getAsCXXRecordDecl();
    const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(RD);
    if (!Spec || Spec->getTemplateArgs().size() == 0 || Spec->getTemplateArgs()[0].getKind() != TemplateArgument::Type)
      return T;
    T = Spec->getTemplateArgs()[0].getAsType();
  }
  return T;
}

QualType Unit::element(QualType T) {
  T = pointee(T);
  if (T.isNull())
    return {};
  if (const ArrayType *A = Ctx.getAsArrayType(T))
    return A->getElementType();
  const TypeModel *M = Models.type(T);
  if (!M || M->Plays != Role::Container)
    return {};
  const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(T->getAsCXXRecordDecl());
  if (!Spec)
    return {};
  const TemplateArgumentList &Args = Spec->getTemplateArgs();
  bool Maps = hasMember(Spec, DeclarationName(&Ctx.Idents.get("mapped_type")));
  unsigned Index = Maps ? 1 : 0;
  if (Args.size() <= Index || Args[Index].getKind() != TemplateArgument::Type)
    return {};
  return Args[Index].getAsType();
}

Role Unit::role(QualType T) {
  if (T.isNull() || T->isDependentType())
    return Role::None;
  // The typedef name itself may be what is modelled, so sugar is part of the key.
  if (auto It = I->Roles.find(T.getAsOpaquePtr()); It != I->Roles.end())
    return It->second;
  Inference::Watch Answers(*I->Inferred);
  QualType P = pointee(T);
  if (const ArrayType *A = P.isNull() ? nullptr : Ctx.getAsArrayType(P))
    P = A->getElementType();
  const TypeModel *M = type(P);
  Role R = M ? M->Plays : Role::None;
  if (Answers.sure() && !Answers.unanswered())
    I->Roles[T.getAsOpaquePtr()] = R;
  return R;
}

bool Unit::reaches(const FunctionDecl *F, Op O, bool OnlyBlocking) {
  auto Key = std::make_tuple(F, O, OnlyBlocking);
  auto [It, New] = I->Reaches.try_emplace(Key, false);
  if (!New)
    return It->second;
  Code *C = code(F);
  if (!C)
    return false;
  bool Found = false;
  for (const Event &E : C->Events) {
    if (E.Kind == O && (!OnlyBlocking || blocks(E)))
      Found = true;
    else if (E.Kind == Op::Call && E.Callee && reaches(E.Callee, O, OnlyBlocking))
      Found = true;
    else if (E.Kind == Op::RunNow)
      for (const CallableRef &T : E.Tasks)
        Found |= T.Body && reaches(T.Body, O, OnlyBlocking);
    if (Found)
      break;
  }
  return I->Reaches[Key] = Found;
}

namespace {
/// Finds what may leave a body as an exception: throws and calls outside of try blocks with a catch-all.
struct ThrowFinder : AstVisitor {
  Unit &U;
  bool Found = false;
  explicit ThrowFinder(Unit &U) : U(U) {}
  bool TraverseLambdaExpr(const LambdaExpr *) override { return true; }
  bool enters(const Stmt *S) override {
    const auto *T = dyn_cast<CXXTryStmt>(S);
    for (unsigned I = 0; T && I != T->getNumHandlers(); ++I)
      TraverseStmt(T->getHandler(I));
    return !T; // what the block throws is caught: by which handler is not asked
  }
  bool VisitCXXThrowExpr(const CXXThrowExpr *) override {
    Found = true;
    return false;
  }
  bool VisitCallExpr(const CallExpr *E) override {
    Found |= U.mayThrow(E);
    return !Found;
  }
};
} // namespace

bool Unit::mayThrow(const Expr *Call) {
  const auto *E = dyn_cast<CallExpr>(Call);
  const FunctionDecl *F = nullptr;
  const Expr *Obj = nullptr;
  unsigned NumArgs = 0;
  if (const auto *CE = dyn_cast<CXXConstructExpr>(Call)) {
    F = CE->getConstructor();
    NumArgs = CE->getNumArgs();
  } else if (E) {
    F = E->getDirectCallee();
    NumArgs = E->getNumArgs();
    if (const auto *M = dyn_cast<CXXMemberCallExpr>(E))
      Obj = M->getImplicitObjectArgument();
    if (!F)
      return !Obj && E->getCallee() && !E->getCallee()->getType()->isDependentType();
  }
  if (!F)
    return false;
  if (const auto *FPT = F->getType()->getAs<FunctionProtoType>();
      FPT && !isUnresolvedExceptionSpec(FPT->getExceptionSpecType()) && FPT->isNothrow())
    return false;
  if (F->isNoReturn())
    return false;
  const CXXRecordDecl *Static = nullptr;
  if (Obj) {
    QualType T = Obj->IgnoreParenImpCasts()->getType();
    Static = T->isPointerType() ? T->getPointeeType()->getAsCXXRecordDecl() : T->getAsCXXRecordDecl();
  }
  if (E && isa<CXXOperatorCallExpr>(E) && cast<CXXOperatorCallExpr>(E)->getOperator() == OO_Call)
    if (role(E->getArg(0)->getType()) == Role::Function)
      return true;
  if (Models.isModelled(F, Static))
    return !Models.actions(F, Static, NumArgs).empty() && !documentedThrows(F, Static, NumArgs).empty();
  if (const FunctionDecl *Def = visible(F)) {
    auto [It, New] = I->MayThrow.try_emplace(Def, false);
    if (!New)
      return It->second;
    ThrowFinder Finder(*this);
    Finder.TraverseStmt(Def->getBody());
    return I->MayThrow[Def] = Finder.Found;
  }
  return !inLibrary(*this, F->getLocation()) && !F->isImplicit() && !F->isDefaulted() && !F->isExternC();
}

std::vector<llvm::StringRef> Unit::documentedThrows(const FunctionDecl *F, const CXXRecordDecl *StaticType,
                                                    unsigned NumArgs) {
  if (!Models.isModelled(F, StaticType) || !Models.facts(F, StaticType, NumArgs).has(Fact::Throws))
    return {};
  // An error_code parameter (of std or Boost, whatever it is called) takes what would be thrown.
  for (const ParmVarDecl *P : F->parameters()) {
    const CXXRecordDecl *RD =
        P->getType()->isLValueReferenceType() ? P->getType()->getPointeeType()->getAsCXXRecordDecl() : nullptr;
    if (RD && RD->getIdentifier() && RD->getName() == "error_code")
      return {};
  }
  llvm::ArrayRef<std::string> Names = Models.throws(F, StaticType, NumArgs);
  if (Names.empty())
    return {""};
  return {Names.begin(), Names.end()};
}

namespace {
struct WriteFinder : AstVisitor {
  llvm::DenseSet<const FieldDecl *> &Written;
  explicit WriteFinder(llvm::DenseSet<const FieldDecl *> &W) : Written(W) {}
  bool shouldVisitImplicitCode() const override { return true; }
  void note(const Expr *E) {
    if (const auto *M = dyn_cast<MemberExpr>(E->IgnoreParenImpCasts()))
      if (const auto *F = dyn_cast<FieldDecl>(M->getMemberDecl()))
        Written.insert(F->getCanonicalDecl());
  }
  bool VisitBinaryOperator(const BinaryOperator *B) override {
    if (B->isAssignmentOp())
      note(B->getLHS());
    return true;
  }
  bool VisitUnaryOperator(const UnaryOperator *O) override {
    if (O->isIncrementDecrementOp() || O->getOpcode() == UO_AddrOf)
      note(O->getSubExpr());
    return true;
  }
  bool VisitCXXOperatorCallExpr(const CXXOperatorCallExpr *O) override {
    if (O->getNumArgs() &&
        (O->isAssignmentOp() || O->getOperator() == OO_PlusPlus || O->getOperator() == OO_MinusMinus))
      note(O->getArg(0));
    return true;
  }
  bool VisitCXXMemberCallExpr(const CXXMemberCallExpr *M) override {
    if (M->getMethodDecl() && !M->getMethodDecl()->isConst() && M->getImplicitObjectArgument())
      note(M->getImplicitObjectArgument());
    return true;
  }
  bool VisitCallExpr(const CallExpr *Call) override {
    const FunctionDecl *F = Call->getDirectCallee();
    for (unsigned I = 0; F && I < F->getNumParams() && I < Call->getNumArgs(); ++I) {
      QualType P = F->getParamDecl(I)->getType();
      if (P->isReferenceType() && !P->getPointeeType().isConstQualified())
        note(Call->getArg(I));
    }
    return true;
  }
};
} // namespace

bool Unit::writtenAfterConstruction(const FieldDecl *F) {
  if (!I->WrittenKnown) {
    I->WrittenKnown = true;
    WriteFinder W(I->Written);
    for (const FunctionDecl *Fn : Functions)
      if (!isa<CXXConstructorDecl>(Fn) && Fn->getBody())
        W.TraverseStmt(Fn->getBody());
  }
  return I->Written.contains(F->getCanonicalDecl());
}

/// The class of what a pointer, or a container of pointers, leads to.
static const CXXRecordDecl *behindPointer(Unit &U, const ValueDecl *D) {
  QualType T = D->getType().getNonReferenceType();
  if (QualType Element = U.element(T); !Element.isNull())
    T = Element;
  const CXXRecordDecl *RD = U.leads(T) ? U.pointee(T)->getAsCXXRecordDecl() : nullptr;
  return RD ? RD->getCanonicalDecl() : nullptr;
}

bool Unit::blocks(const Event &E) {
  if (!E.may(Fact::Blocking) || !E.may(Fact::Unbounded))
    return E.may(Fact::Blocking);
  const ValueDecl *Channel = E.Object.last();
  if (!I->LimitsKnown) {
    I->LimitsKnown = true;
    for (const FunctionDecl *F : Functions)
      if (Code *C = code(F))
        for (const Event &X : C->Events)
          if (X.Kind == Op::Limit && X.Object.valid()) {
            I->Limited.insert(X.Object.last());
            if (const CXXRecordDecl *RD = behindPointer(*this, X.Object.last()))
              I->LimitedBehind.insert(RD);
            // A hand-written channel that keeps its items in one.
            if (const auto *Part = dyn_cast<FieldDecl>(X.Object.last()))
              I->LimitedBehind.insert(cast<CXXRecordDecl>(Part->getParent())->getCanonicalDecl());
          }
  }
  if (!Channel || I->Limited.contains(Channel))
    return Channel != nullptr;
  // What is made and limited by one name is used by another: an element of a list, a parameter.
  const CXXRecordDecl *RD = behindPointer(*this, Channel);
  const CXXRecordDecl *Whole = RD ? nullptr : Channel->getType().getNonReferenceType()->getAsCXXRecordDecl();
  if (Whole && inferred(Whole))
    RD = Whole->getCanonicalDecl();
  return RD && I->LimitedBehind.contains(RD);
}

Code *Unit::codeWith(const Stmt *Site) {
  for (const FunctionDecl *F : Functions)
    if (Code *C = Site ? code(F) : nullptr; C && !C->at(Site).empty())
      return C;
  return nullptr;
}

bool Unit::seesAllUses(const FieldDecl *F) const {
  const auto *RD = dyn_cast<CXXRecordDecl>(F->getParent());
  if (!RD)
    return false;
  const SourceManager &SM = Ctx.getSourceManager();
  bool MainFile = SM.isInMainFile(SM.getExpansionLoc(RD->getLocation()));
  if (F->getAccess() != AS_private && !MainFile)
    return false;
  for (const Decl *D : RD->decls())
    if (isa<FriendDecl>(D) && !MainFile)
      return false;
  for (const CXXMethodDecl *M : RD->methods())
    if (!M->isImplicit() && !M->isDefaulted() && !M->isDeleted() && !M->isPureVirtual() && !visible(M))
      return false;
  for (const Decl *D : RD->decls())
    if (const auto *T = dyn_cast<FunctionTemplateDecl>(D)) {
      bool Instantiated = false;
      for (const FunctionDecl *S : T->specializations())
        Instantiated |= visible(S) != nullptr;
      if (!Instantiated)
        return false;
    }
  return true;
}

const CXXRecordDecl *Unit::record(const Expr *Obj) {
  return Obj ? pointee(Obj->IgnoreParenImpCasts()->getType())->getAsCXXRecordDecl() : nullptr;
}

} // namespace heddle

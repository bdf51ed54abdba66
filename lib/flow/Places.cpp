// Which object an expression names, and which one its value becomes.
#include "Code.h"
#include "Expressions.h"
#include "Mentions.h"
#include "Unit.h"

#include "clang/AST/ASTContext.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace clang;

namespace heddle {

/// The variable that this statement declares with \p E as its initialiser.
static const VarDecl *initialises(const Stmt *P, const Expr *E) {
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

const Stmt *Code::user(const Expr *&E) const {
  const Stmt *P = Parents.lookup(E);
  while (P) {
    const auto *PE = dyn_cast<Expr>(P);
    if (!PE || !isa<CastExpr, ParenExpr, ExprWithCleanups, MaterializeTemporaryExpr, CXXBindTemporaryExpr, ConstantExpr,
                    CXXDefaultInitExpr>(PE))
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

/// Some element of the container that \p Base names.
static std::optional<Place> elementIn(const Code &C, const Expr *Base) {
  auto P = C.place(Base);
  if (P)
    P->Element = true;
  return P;
}

static Place rootedAt(const ValueDecl *Root) {
  Place P;
  P.Root = Root;
  return P;
}

static std::optional<Place> placeOfVariable(const Code &C, const VarDecl *V) {
  if (isa<ParmVarDecl>(V))
    return rootedAt(V);
  Place P = rootedAt(V->getCanonicalDecl());
  const Expr *Init = V->getInit();
  if (!Init || V->hasGlobalStorage())
    return P;
  QualType T = V->getType();
  bool Pointer = C.U.leads(T);
  if (V->isCXXForRangeDecl() && C.elementOf(V))
    return P; // one element, the same for the whole iteration of the loop: an object of its own
  if (!T->isReferenceType() && !Pointer)
    return P;
  const Code *Home = &C;
  if (const auto *Owner = dyn_cast_or_null<FunctionDecl>(V->getParentFunctionOrMethod()); Owner && Owner != C.Fn)
    if (const Code *Other = C.U.code(Owner))
      Home = Other;
  // What is moved out of a container is an object of its own from then on.
  if (T->isReferenceType() || V->isInitCapture() || !Home->isModified(V))
    if (auto Behind = Home->place(Init);
        Behind && !(Behind->Element && !T->isReferenceType() && isMove(uncopied(Init))))
      return Behind;
  return P;
}

static std::optional<Place> placeOfBinding(const Code &C, const BindingDecl *B) {
  // `auto &[a, b] = pair`: a is pair.a; of a copy, each name is an object of its own.
  if (const ValueDecl *Whole = B->getDecomposedDecl(); Whole && Whole->getType()->isReferenceType() && B->getBinding())
    if (isa<MemberExpr>(B->getBinding()->IgnoreParenImpCasts()))
      if (auto Part = C.place(B->getBinding()))
        return Part;
  return rootedAt(B);
}

static std::optional<Place> placeOfMember(const Code &C, const MemberExpr *M) {
  if (const auto *F = dyn_cast<FieldDecl>(M->getMemberDecl())) {
    auto P = C.place(M->getBase());
    // `auto &worker = *workers[i]; worker.mutex.lock();`: the lock of one element, not of any other.
    const auto *Name = P && P->Element && isLock(C.U.role(F->getType()))
                           ? dyn_cast<DeclRefExpr>(M->getBase()->IgnoreParenImpCasts())
                           : nullptr;
    if (const auto *V = Name ? dyn_cast<VarDecl>(Name->getDecl()) : nullptr)
      P = rootedAt(V->getCanonicalDecl());
    if (P)
      P->Path.push_back(F->getCanonicalDecl());
    return P;
  }
  if (const auto *V = dyn_cast<VarDecl>(M->getMemberDecl()))
    return rootedAt(V->getCanonicalDecl());
  return std::nullopt;
}

static std::optional<Place> placeOfUnary(const Code &C, const UnaryOperator *O) {
  if (O->getOpcode() == UO_AddrOf)
    return C.place(O->getSubExpr());
  if (O->getOpcode() != UO_Deref)
    return std::nullopt;
  // The hidden iterator of a range-for: an element of the range.
  if (const auto *DR = dyn_cast<DeclRefExpr>(strip(O->getSubExpr())))
    if (const auto *V = dyn_cast<VarDecl>(DR->getDecl()); V && V->isImplicit() && V->getInit())
      return elementIn(C, V->getInit());
  return C.place(O->getSubExpr());
}

static std::optional<Place> placeOfOperator(const Code &C, const CXXOperatorCallExpr *O) {
  if (O->getNumArgs() == 0)
    return std::nullopt;
  if (O->getOperator() == OO_Subscript)
    return elementIn(C, O->getArg(0));
  if (O->getOperator() != OO_Star && O->getOperator() != OO_Arrow)
    return std::nullopt;
  const Expr *A = strip(O->getArg(0));
  if (const auto *DR = dyn_cast<DeclRefExpr>(A))
    if (const auto *V = dyn_cast<VarDecl>(DR->getDecl()); V && V->isImplicit() && V->getInit()) {
      const Expr *Init = uncopied(V->getInit());
      if (const auto *MC = dyn_cast<CXXMemberCallExpr>(Init))
        return elementIn(C, MC->getImplicitObjectArgument());
      if (const auto *Call = dyn_cast<CallExpr>(Init); Call && Call->getNumArgs() == 1)
        return elementIn(C, Call->getArg(0));
      return std::nullopt;
    }
  return C.place(A);
}

/// The member of its object that an accessor names, `T &m() { return m_; }`, or null.
static const FieldDecl *accessed(const Code &C, const CXXMethodDecl *D) {
  const FunctionDecl *Def = C.U.visible(D);
  const Expr *Value = Def && Def != C.Fn ? strip(onlyReturned(Def)) : nullptr;
  if (!Value)
    return nullptr;
  if (const auto *O = dyn_cast<UnaryOperator>(Value); O && O->getOpcode() == UO_AddrOf)
    Value = strip(O->getSubExpr());
  const auto *ME = dyn_cast<MemberExpr>(Value);
  bool Names = D->getReturnType()->isReferenceType() || C.U.leads(D->getReturnType());
  return Names && ME && isa<CXXThisExpr>(strip(ME->getBase())) ? dyn_cast<FieldDecl>(ME->getMemberDecl()) : nullptr;
}

static std::optional<Place> placeOfMemberCall(const Code &C, const CXXMemberCallExpr *M) {
  const CXXMethodDecl *D = M->getMethodDecl();
  const Expr *Obj = M->getImplicitObjectArgument();
  if (!D || !Obj || isa<CXXConversionDecl>(D))
    return std::nullopt;
  for (const Action &A : C.U.actions(D, recordBehind(Obj->IgnoreParenImpCasts()->getType()), M->getNumArgs()))
    if (A.Operation == Op::Self)
      return C.place(Obj);
  if (const TypeModel *T = C.U.type(Obj->getType()); T && T->Plays == Role::Container) {
    QualType R = D->getReturnType();
    return R->isReferenceType() || R->isPointerType() ? elementIn(C, Obj) : std::nullopt;
  }
  const FieldDecl *Field = accessed(C, D);
  auto P = Field ? C.place(Obj) : std::nullopt;
  if (P)
    P->Path.push_back(Field->getCanonicalDecl());
  return P;
}

static std::optional<Place> placeOfConstruction(const Code &C, const CXXConstructExpr *CE) {
  if (CE->getNumArgs() < 1)
    return std::nullopt;
  // A smart pointer that takes over a pointer which already leads somewhere; a new object has no name yet.
  if (const TypeModel *T = C.U.type(CE->getType()); T && T->Plays == Role::SmartPointer)
    if (auto P = C.place(CE->getArg(0)))
      return P;
  return CE->getConstructor()->isCopyOrMoveConstructor() ? C.place(CE->getArg(0)) : std::nullopt;
}

static std::optional<Place> placeOfCall(const Code &C, const CallExpr *Call) {
  const FunctionDecl *F = Call->getDirectCallee();
  if (!F)
    return std::nullopt;
  if (passesThrough(F) && Call->getNumArgs() == 1)
    return C.place(Call->getArg(0));
  for (const Action &A : C.U.actions(F, nullptr, Call->getNumArgs()))
    if (A.Operation == Op::Self && A.On.K == Operand::Param && A.On.Index < Call->getNumArgs())
      return C.place(Call->getArg(A.On.Index));
  if (!F->getReturnType()->isReferenceType() && !F->getReturnType()->isPointerType())
    return std::nullopt;
  // `Pool &pool() { static Pool p; return p; }`
  const FunctionDecl *Def = C.U.visible(F);
  const auto *DR = Def && Def != C.Fn ? dyn_cast_or_null<DeclRefExpr>(strip(onlyReturned(Def, 2))) : nullptr;
  const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
  return V && V->hasGlobalStorage() ? std::optional(rootedAt(V->getCanonicalDecl())) : std::nullopt;
}

std::optional<Place> Code::place(const Expr *E) const {
  E = strip(E);
  if (!E || Nesting > MaxNesting)
    return std::nullopt;
  // `T &x = x;` is nonsense, but it parses.
  llvm::SaveAndRestore<unsigned> Deeper(Nesting, Nesting + 1);
  if (isa<CXXThisExpr>(E)) {
    Place P;
    P.This = true;
    return P;
  }
  if (const auto *DR = dyn_cast<DeclRefExpr>(E)) {
    if (const auto *V = dyn_cast<VarDecl>(DR->getDecl()))
      return placeOfVariable(*this, V);
    const auto *B = dyn_cast<BindingDecl>(DR->getDecl());
    return B ? placeOfBinding(*this, B) : std::nullopt;
  }
  if (const auto *M = dyn_cast<MemberExpr>(E))
    return placeOfMember(*this, M);
  if (const auto *O = dyn_cast<UnaryOperator>(E))
    return placeOfUnary(*this, O);
  if (const auto *A = dyn_cast<ArraySubscriptExpr>(E))
    return elementIn(*this, A->getBase());
  if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E))
    return placeOfOperator(*this, O);
  if (const auto *M = dyn_cast<CXXMemberCallExpr>(E))
    return placeOfMemberCall(*this, M);
  if (const auto *CE = dyn_cast<CXXConstructExpr>(E))
    return placeOfConstruction(*this, CE);
  const auto *Call = dyn_cast<CallExpr>(E);
  return Call ? placeOfCall(*this, Call) : std::nullopt;
}

} // namespace heddle

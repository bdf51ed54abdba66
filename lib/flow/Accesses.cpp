#include "Accesses.h"
#include "BranchFacts.h"
#include "Lent.h"
#include "Loops.h"
#include "Unevaluated.h"
#include "Unwrap.h"
#include "support/AstVisitor.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {

/// A body on the way from the one who asked to an access, and how its names translate.
struct AccessFrame {
  struct Argument {
    Place Object; ///< in the names of the one who asked
    bool OwnElement = false;
  };
  Code *C = nullptr;
  const AccessFrame *Caller = nullptr; ///< null: the body or the task that was asked about
  const AccessFrame *Around = nullptr; ///< of a lambda: the body in which it is written
  const LambdaExpr *Lambda = nullptr;
  const Stmt *CallSite = nullptr; ///< in Caller
  bool Asker = false;             ///< its names are those of the one who asked
  std::optional<Place> This;      ///< in the names of the one who asked
  bool ThisOwnElement = false;    ///< and an element that differs from task to task
  std::optional<Place> Lock;      ///< held by the caller for as long as the callable runs, in the same names
  llvm::DenseMap<const ValueDecl *, Argument> Arguments;
  llvm::DenseMap<const FieldDecl *, Argument> Fields; ///< of a function object: what its members lead to
  llvm::DenseMap<const ValueDecl *, Place> Views; ///< what the views among the arguments lead into, in the same names
  std::unique_ptr<FactKeys> Keys;
  FactSet Known; ///< of parameters that are given a constant here
  unsigned Depth = 0;

  /// The body was called with this argument.
  void given(const ParmVarDecl *P, const Expr *Argument) {
    if (C->isModified(P) || C->isExposed(P))
      return;
    if (!Keys)
      Keys = std::make_unique<FactKeys>(*C);
    if (auto F = Keys->given(P, unwrap(Argument)))
      Known.add(*F);
  }
  /// The value that a condition then has whenever it is asked.
  std::optional<bool> decided(const Expr *Condition) const {
    for (bool Truth : {true, false})
      if (auto F = Keys && Condition ? Keys->fact(Condition, Truth) : std::nullopt; F && !FactSet(Known).add(*F))
        return !Truth;
    return std::nullopt;
  }
};

namespace {

constexpr unsigned MaxDepth = 4;
constexpr unsigned MaxAccesses = 2000;

/// May it be std::cout or one of its kind, which any thread may use? Streams over files and strings have classes of
/// their own.
bool mayBeStandardStream(QualType T) {
  const auto *RD = T->getAsCXXRecordDecl();
  return RD && RD->isInStdNamespace() && RD->getIdentifier() &&
         (RD->getName() == "basic_ostream" || RD->getName() == "basic_istream" || RD->getName() == "basic_ios");
}

/// Is an object of this kind meant to be used by several threads at once?
bool isSynchronised(Unit &U, QualType T) {
  if (T.isNull())
    return true;
  T = T.getNonReferenceType();
  if (mayBeStandardStream(T))
    return true;
  const TypeModel *M = U.type(T);
  if (!M)
    return T->isFunctionType() || T->isAtomicType();
  if (M->With.has(Fact::ThreadSafe))
    return true;
  switch (M->Plays) {
  case Role::None:
  case Role::SmartPointer:
  case Role::WeakPointer:
  case Role::Container:
  case Role::Function:
    return false;
  default:
    return true;
  }
}

/// Does the class offer the same member for const objects? Then calling it only hands out access.
bool hasConstOverload(const CXXMethodDecl *M) {
  const CXXRecordDecl *RD = M->getParent();
  for (const NamedDecl *D : RD->lookup(M->getDeclName()))
    if (const auto *Other = dyn_cast<CXXMethodDecl>(D->getUnderlyingDecl()))
      if (Other->isConst())
        return true;
  return false;
}

/// Is the object reached through a dereference of the variable or member that the expression starts from?
bool dereferences(const Expr *E) {
  while (E) {
    E = unwrap(E);
    if (const auto *M = dyn_cast_or_null<MemberExpr>(E)) {
      if (M->isArrow() && !isa<CXXThisExpr>(unwrap(M->getBase())))
        return true;
      E = M->getBase();
    } else if (const auto *O = dyn_cast_or_null<UnaryOperator>(E)) {
      if (O->getOpcode() == UO_Deref)
        return true;
      E = O->getSubExpr();
    } else if (const auto *A = dyn_cast_or_null<ArraySubscriptExpr>(E)) {
      if (A->getBase()->IgnoreParenImpCasts()->getType()->isPointerType())
        return true;
      E = A->getBase();
    } else if (const auto *O = dyn_cast_or_null<CXXOperatorCallExpr>(E)) {
      if (O->getOperator() == OO_Star || O->getOperator() == OO_Arrow)
        return true;
      E = O->getNumArgs() ? O->getArg(0) : nullptr;
    } else if (const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(E))
      E = Call->getImplicitObjectArgument();
    else if (const auto *Call = dyn_cast_or_null<CallExpr>(E))
      E = Call->getNumArgs() ? Call->getArg(0) : nullptr;
    else if (const auto *X = dyn_cast_or_null<ExplicitCastExpr>(E))
      E = X->getSubExpr();
    else if (const auto *DR = dyn_cast_or_null<DeclRefExpr>(E)) {
      // A local reference stands for what it was bound to.
      const auto *V = dyn_cast<VarDecl>(DR->getDecl());
      E = V && V->isLocalVarDecl() && V->getType()->isReferenceType() ? V->getInit() : nullptr;
    } else
      return false;
  }
  return false;
}

class Walker {
public:
  Walker(Unit &U, std::deque<AccessFrame> &Frames, std::vector<Access> &Out) : U(U), Frames(Frames), Out(Out) {}

  void body(const AccessFrame &In) {
    if (In.Depth > MaxDepth || llvm::is_contained(Active, In.C->Fn))
      return;
    Active.push_back(In.C->Fn);
    const AccessFrame *Was = F;
    F = &In;
    if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(In.C->Fn); Ctor && !In.Asker)
      ; // an object under construction is nobody else's
    else
      stmt(In.C->Fn->getBody());
    F = Was;
    Active.pop_back();
  }

  /// The place as the one who asked names it; none for what is the body's own.
  static std::optional<Place> translate(const AccessFrame &F, const Place &P, bool Through,
                                        bool *OwnElement = nullptr) {
    Place From;
    if (P.This) {
      From.This = true;
      if (F.This) {
        if (OwnElement)
          *OwnElement |= F.ThisOwnElement;
        return From.rebase(P, *F.This);
      }
      auto It = P.Path.empty() ? F.Fields.end() : F.Fields.find(P.Path.front());
      if (It != F.Fields.end()) {
        if (!Through && !P.Path.front()->getType()->isReferenceType())
          return std::nullopt; // its own copy
        From.Path.push_back(P.Path.front());
        if (OwnElement)
          *OwnElement |= It->second.OwnElement;
        return From.rebase(P, It->second.Object);
      }
      if (F.Lambda && F.Around) {
        for (const LambdaCapture &Cap : F.Lambda->captures())
          if (Cap.capturesThis() && Cap.getCaptureKind() == LCK_StarThis)
            return std::nullopt;
        return translate(*F.Around, P, Through, OwnElement);
      }
      return F.Asker ? std::optional(P) : std::nullopt;
    }
    const auto *V = dyn_cast_or_null<VarDecl>(P.Root);
    if (V && V->hasGlobalStorage())
      return V->getTLSKind() == VarDecl::TLS_None ? std::optional(P) : std::nullopt;
    const DeclContext *Home = P.Root->getDeclContext();
    if (const auto *B = dyn_cast<BindingDecl>(P.Root))
      Home = B->getDecomposedDecl() ? B->getDecomposedDecl()->getDeclContext() : Home;
    if (Home == static_cast<const DeclContext *>(F.C->Fn)) {
      if (F.Asker)
        return P;
      auto It = F.Arguments.find(P.Root);
      if (It == F.Arguments.end() || !(Through || P.Root->getType()->isReferenceType()))
        return std::nullopt;
      From.Root = P.Root;
      if (OwnElement)
        *OwnElement |= It->second.OwnElement;
      return From.rebase(P, It->second.Object);
    }
    if (!F.Lambda || !F.Around)
      return std::nullopt;
    for (const LambdaCapture &Cap : F.Lambda->captures())
      if (Cap.capturesVariable() && Cap.getCapturedVar() == P.Root)
        return Cap.getCaptureKind() == LCK_ByRef || Through ? translate(*F.Around, P, Through, OwnElement)
                                                            : std::nullopt;
    // What place() followed through the initialiser of a capture or of an alias outside.
    return Through || !P.Root->getType()->isReferenceType() ? translate(*F.Around, P, Through, OwnElement)
                                                            : std::nullopt;
  }

  /// The object that a member of a local leads to for as long as it lives: two objects may have been given the same
  /// one.
  static Place known(Unit &U, Place P) {
    for (unsigned Depth = 0; Depth != 4 && !P.Path.empty(); ++Depth) {
      const auto *V = dyn_cast_or_null<VarDecl>(P.Root);
      const FieldDecl *First = P.Path.front();
      bool Fixed =
          First->getType()->isReferenceType() || (U.leads(First->getType()) && !U.writtenAfterConstruction(First));
      if (!V || !Fixed || isa<ParmVarDecl>(V) || !V->hasLocalStorage() || !V->getInit() || U.leads(V->getType()) ||
          V->getType()->isReferenceType())
        return P;
      const auto *Home = dyn_cast_or_null<FunctionDecl>(V->getParentFunctionOrMethod());
      const Code *C = Home ? U.code(Home) : nullptr;
      std::optional<Place> To;
      for (const CallableRef::Member &M : C ? Code::members(V->getInit()) : llvm::SmallVector<CallableRef::Member, 2>())
        if (M.Field == First)
          To = C->place(M.Value);
      if (!To)
        return P;
      Place From;
      From.Root = V;
      From.Path.push_back(First);
      P = From.rebase(P, *To);
    }
    return P;
  }

private:
  Unit &U;
  std::deque<AccessFrame> &Frames;
  std::vector<Access> &Out;
  const AccessFrame *F = nullptr;
  llvm::SmallVector<const FunctionDecl *, 6> Active;

  enum Mode { Name, Look, Value, Written };

  bool isSystem(SourceLocation L) const { return U.Ctx.getSourceManager().isInSystemHeader(L); }

  void stmt(const Stmt *S) {
    if (!S)
      return;
    if (const auto *E = dyn_cast<Expr>(S)) {
      expr(E, Name);
      return;
    }
    if (const auto *DS = dyn_cast<DeclStmt>(S)) {
      for (const Decl *D : DS->decls())
        if (const auto *V = dyn_cast<VarDecl>(D); V && V->getInit())
          expr(V->getInit(), V->getType()->isReferenceType() ? Name : Value);
      return;
    }
    if (const auto *R = dyn_cast<ReturnStmt>(S)) {
      expr(R->getRetValue(), F->C->Fn->getReturnType()->isReferenceType() ? Name : Value);
      return;
    }
    if (const auto *R = dyn_cast<CXXForRangeStmt>(S)) {
      if (R->getRangeInit())
        expr(R->getRangeInit(), Value);
      stmt(R->getInit());
      stmt(R->getBody());
      return;
    }
    const auto *If = dyn_cast<IfStmt>(S);
    const Stmt *Never = If ? untaken(If) : nullptr;
    for (const Stmt *Child : S->children()) {
      if (!Child || Child == Never)
        continue;
      stmt(Child);
      if (isa<CompoundStmt>(S) && surelyReturns(Child))
        break;
    }
  }
  /// The branch that is never taken with the arguments that the body is given, or null.
  const Stmt *untaken(const IfStmt *If) const {
    auto Truth = F->decided(If->getCond());
    return !Truth ? nullptr : *Truth ? If->getElse() : If->getThen();
  }
  /// Is it a condition that is known to hold, with a `return` below it?
  bool surelyReturns(const Stmt *S) const {
    const auto *If = dyn_cast<IfStmt>(S);
    auto Truth = If ? F->decided(If->getCond()) : std::nullopt;
    const Stmt *Last = !Truth ? nullptr : *Truth ? If->getThen() : If->getElse();
    if (const auto *Block = dyn_cast_or_null<CompoundStmt>(Last))
      Last = Block->body_empty() ? nullptr : Block->body_back();
    return isa_and_nonnull<ReturnStmt>(Last);
  }

  /// How an element is chosen.
  struct Choice {
    bool Explicit = false; ///< by an index, or as the first or last one
    bool Own = false;      ///< by something that the body has for itself
  };
  /// Does an index on the way to the element mention something that the body has for itself?
  bool ownIndex(const Expr *E) const {
    Choice By = choice(E);
    return By.Own || !By.Explicit;
  }
  /// What a local name stands for that the body itself gave to a part: `auto &o = parts[i]`,
  /// `for (auto &x : parts[i])`; or null.
  const Expr *behindName(const Expr *E) const {
    const auto *DR = dyn_cast<DeclRefExpr>(E);
    const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
    if (!V || isa<ParmVarDecl>(V) || !V->getInit() ||
        V->getParentFunctionOrMethod() != static_cast<const DeclContext *>(F->C->Fn))
      return nullptr;
    bool Alias = V->getType()->isReferenceType() || V->isImplicit() || (U.leads(V->getType()) && !F->C->isModified(V));
    return Alias ? V->getInit() : nullptr;
  }
  Choice choice(const Expr *E) const {
    Choice By;
    bool Named = false; // what stands behind a name says whose part it is, not which element of it is meant
    auto Chosen = [&](bool Own) {
      By.Explicit |= !Named;
      By.Own |= Own;
    };
    while (E) {
      E = unwrap(E);
      const Expr *Index = nullptr;
      if (const auto *M = dyn_cast_or_null<MemberExpr>(E))
        E = M->getBase();
      else if (const auto *A = dyn_cast_or_null<ArraySubscriptExpr>(E)) {
        Index = A->getIdx();
        E = A->getBase();
      } else if (const auto *O = dyn_cast_or_null<CXXOperatorCallExpr>(E)) {
        if (O->getOperator() == OO_Subscript && O->getNumArgs() == 2)
          Index = O->getArg(1);
        E = O->getNumArgs() ? O->getArg(0) : nullptr;
      } else if (const auto *O = dyn_cast_or_null<UnaryOperator>(E))
        E = O->getSubExpr();
      else if (const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(E)) {
        if (Call->getNumArgs())
          Index = Call->getArg(0);
        else
          Chosen(false); // front(), back(): the same one for everybody
        E = Call->getImplicitObjectArgument();
      } else if (const Expr *Behind = E ? behindName(E) : nullptr) {
        Named = true;
        E = Behind;
      } else
        break;
      if (Index)
        Chosen(mentionsOwn(Index));
    }
    return By;
  }
  /// Is it a bit of a vector<bool>? Several of them share a byte.
  bool isPacked(const Expr *E) const {
    const auto *Call = dyn_cast<CallExpr>(unwrap(E));
    const Expr *Box = nullptr;
    if (const auto *O = dyn_cast_or_null<CXXOperatorCallExpr>(Call); O && O->getOperator() == OO_Subscript)
      Box = O->getArg(0);
    else if (const auto *M = dyn_cast_or_null<CXXMemberCallExpr>(Call))
      Box = M->getImplicitObjectArgument();
    QualType Elem = Box ? U.element(Box->getType()) : QualType();
    return !Elem.isNull() && Elem->isBooleanType() && !Call->isGLValue();
  }
  bool mentionsOwn(const Stmt *S) const {
    if (!S)
      return false;
    if (const auto *DR = dyn_cast<DeclRefExpr>(S))
      if (const auto *V = dyn_cast<ValueDecl>(DR->getDecl()); V && isa<VarDecl, BindingDecl>(V)) {
        Place P;
        P.Root = V;
        if (!translate(*F, P, false) || F->Asker)
          return true;
      }
    if (isa<CallExpr>(S) && !isa<CXXOperatorCallExpr>(S) && !cast<Expr>(S)->isValueDependent())
      return true; // a call may answer each task differently (thread ids, fetch_add)
    return llvm::any_of(S->children(), [&](const Stmt *X) { return mentionsOwn(X); });
  }

  void record(const Expr *E, const Place &Named, Mode M) {
    if (M == Name || Out.size() >= MaxAccesses)
      return;
    Place P = Named;
    bool Through = dereferences(E);
    bool Own = P.Element && ownIndex(E) && !isPacked(E);
    // The variable of a loop over a container stands for all of its elements.
    if (P.Root && P.Path.empty())
      if (auto In = F->C->elementOf(P.Root); In && (Through || cast<VarDecl>(P.Root)->isCXXForRangeDecl())) {
        // Seen from a task that a turn of the loop has started, it is that turn's own; so is what a task finds in its
        // part.
        const auto *Turn = cast<VarDecl>(P.Root);
        Own = F->Asker || Turn->getParentFunctionOrMethod() != static_cast<const DeclContext *>(F->C->Fn) ||
              choice(Turn->getInit()).Own;
        P = *In;
      }
    auto There = translate(*F, P, Through, &Own);
    if (!There)
      return;
    *There = known(U, *There);
    const ValueDecl *Object = There->last();
    if (!Object)
      return; // the object of the member function as a whole
    QualType OT = Object->getType().getNonReferenceType();
    bool IsPointer = U.leads(OT);
    if (isSynchronised(U, E->getType()) ||
        (!There->Element && isSynchronised(U, IsPointer && Through ? U.pointee(OT) : OT)))
      return;
    if (const auto *V = dyn_cast_or_null<VarDecl>(There->Root);
        V && V->hasGlobalStorage() && isSystem(V->getLocation()))
      return;
    Access A;
    A.Object = *There;
    A.Does = M == Written ? Access::Write : M == Look ? Access::Look : Access::Read;
    A.Pointer = IsPointer && !Through;
    A.OwnElement = Own;
    A.Site = E;
    A.In = F;
    A.Entry = E;
    A.Named = E;
    A.Part = A.Object;
    const AccessFrame *Owner = F;
    while (Owner->Caller && Owner->This && !Owner->This->Path.empty() && Owner->This->contains(A.Object) &&
           isa<Expr>(Owner->CallSite)) {
      A.Named = cast<Expr>(Owner->CallSite);
      A.Part = *Owner->This;
      Owner = Owner->Caller;
    }
    bool Inside = Owner != F;
    for (const AccessFrame *X = F; X->Caller; X = X->Caller) {
      A.Entry = X->CallSite;
      Inside &= X != Owner;
      if (const auto *Call = dyn_cast<CallExpr>(X->CallSite); Call && !Inside)
        A.Calls.push_back({Call->getExprLoc(), "in the call of '" + X->C->Fn->getNameAsString() + "' here"});
    }
    std::reverse(A.Calls.begin(), A.Calls.end());
    Out.push_back(std::move(A));
  }

  /// The parts of a name that are read whatever happens to the named object: indices, and the pointers on the way.
  void onTheWay(const Expr *E, Mode Use = Written) {
    E = unwrap(E);
    if (const auto *M = dyn_cast<MemberExpr>(E)) {
      expr(M->getBase(), M->isArrow() ? Value : Name);
    } else if (const auto *A = dyn_cast<ArraySubscriptExpr>(E)) {
      expr(A->getIdx(), Value);
      expr(A->getBase(), A->getBase()->IgnoreParenImpCasts()->getType()->isPointerType() ? Value : Name);
    } else if (const auto *O = dyn_cast<UnaryOperator>(E)) {
      expr(O->getSubExpr(), O->getOpcode() == UO_Deref ? Value : Name);
    } else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E)) {
      for (unsigned I = 1; I < O->getNumArgs(); ++I)
        expr(O->getArg(I), Value);
      if (O->getNumArgs())
        expr(O->getArg(0), O->getOperator() == OO_Star || O->getOperator() == OO_Arrow ? Value
                           : Use != Written && isTable(O->getArg(0))                   ? Look
                                                                                       : structure(O));
    } else if (const auto *Call = dyn_cast<CXXMemberCallExpr>(E)) {
      for (const Expr *A : Call->arguments())
        expr(A, Value);
      expr(Call->getImplicitObjectArgument(), Look);
    }
  }
  /// A global container that was filled where it is defined: `names[level]` finds what is there.
  bool isTable(const Expr *E) const {
    auto P = F->C->place(E);
    const auto *V = P ? dyn_cast_or_null<VarDecl>(P->Root) : nullptr;
    return V && V->hasGlobalStorage() && !V->isLocalVarDecl();
  }
  /// What choosing an element does to its container: an operator that const objects lack may insert (map[key]).
  Mode structure(const CXXOperatorCallExpr *O) const {
    const auto *M = dyn_cast_or_null<CXXMethodDecl>(O->getDirectCallee());
    return M && !M->isConst() && isSystem(M->getLocation()) && !hasConstOverload(M) ? Written : Look;
  }

  void expr(const Expr *E, Mode M) {
    if (!E)
      return;
    E = E->IgnoreParens();
    if (isa<UnaryExprOrTypeTraitExpr, CXXNoexceptExpr, CXXTypeidExpr, CXXThisExpr, CXXDefaultArgExpr>(E))
      return;
    if (const auto *X = dyn_cast<FullExpr>(E))
      return expr(X->getSubExpr(), M);
    if (const auto *X = dyn_cast<MaterializeTemporaryExpr>(E))
      return expr(X->getSubExpr(), M);
    if (const auto *X = dyn_cast<CXXBindTemporaryExpr>(E))
      return expr(X->getSubExpr(), M);
    if (const auto *X = dyn_cast<CastExpr>(E)) {
      if (X->getCastKind() == CK_ToVoid)
        return expr(X->getSubExpr(), Name);
      return expr(X->getSubExpr(), X->getCastKind() == CK_LValueToRValue ? Value : M);
    }
    if (auto Dead = neverEvaluated(E, U.Ctx); !Dead.empty()) {
      for (const Stmt *Child : E->children())
        if (const auto *X = dyn_cast_or_null<Expr>(Child); X && !llvm::is_contained(Dead, X))
          expr(X, Name);
      return;
    }
    if (const auto *L = dyn_cast<LambdaExpr>(E)) {
      for (unsigned I = 0; I != L->capture_size(); ++I) {
        const LambdaCapture &Cap = *(L->capture_begin() + I);
        if (!Cap.capturesVariable())
          continue;
        if (const Expr *Init = *(L->capture_init_begin() + I); Init && Cap.getCaptureKind() != LCK_ByRef)
          expr(Init, Value);
      }
      return;
    }
    if (const auto *B = dyn_cast<BinaryOperator>(E)) {
      if (B->isAssignmentOp()) {
        expr(B->getRHS(), Value);
        expr(B->getLHS(), Written);
      } else {
        expr(B->getLHS(), B->getOpcode() == BO_Comma ? Name : Value);
        expr(B->getRHS(), B->getOpcode() == BO_Comma ? M : Value);
      }
      return;
    }
    if (const auto *C = dyn_cast<AbstractConditionalOperator>(E)) {
      expr(C->getCond(), Value);
      expr(C->getTrueExpr(), M);
      expr(C->getFalseExpr(), M);
      return;
    }
    if (const auto *O = dyn_cast<UnaryOperator>(E)) {
      if (O->isIncrementDecrementOp())
        return expr(O->getSubExpr(), Written);
      if (O->getOpcode() == UO_AddrOf)
        return expr(O->getSubExpr(), Name);
      if (O->getOpcode() != UO_Deref)
        return expr(O->getSubExpr(), Value);
    }
    if (isa<InitListExpr>(E) && E->getType()->isRecordType()) { // a member that is a reference reads nothing
      auto Members = Code::members(E);
      for (const CallableRef::Member &X : Members)
        expr(X.Value, X.Field->getType()->isReferenceType() ? Name : Value);
      if (!Members.empty())
        return;
    }
    if (const auto *CE = dyn_cast<CXXConstructExpr>(E)) {
      if (CE->getConstructor()->isCopyOrMoveConstructor() && CE->getNumArgs() >= 1)
        return expr(CE->getArg(0), moves(CE->getArg(0)) ? Written : Value);
      arguments(CE, CE->getConstructor(), {CE->getArgs(), CE->getNumArgs()});
      return;
    }
    if (const auto *Call = dyn_cast<CallExpr>(E))
      return call(Call, M);
    if (isa<DeclRefExpr, MemberExpr, ArraySubscriptExpr, UnaryOperator>(E)) {
      if (auto P = F->C->place(E))
        record(E, *P, M);
      onTheWay(E);
      return;
    }
    for (const Stmt *Child : E->children())
      if (const auto *X = dyn_cast_or_null<Expr>(Child))
        expr(X, Value);
      else
        stmt(Child);
  }

  static bool moves(const Expr *E) {
    const auto *Call = dyn_cast<CallExpr>(unwrap(E));
    const FunctionDecl *Fn = Call ? Call->getDirectCallee() : nullptr;
    return Fn && Fn->getBuiltinID() == Builtin::BImove;
  }

  void arguments(const Expr *Site, const FunctionDecl *Fn, llvm::ArrayRef<const Expr *> Args) {
    bool System = Fn && isSystem(Fn->getLocation());
    for (unsigned I = 0; I != Args.size(); ++I) {
      QualType T = Fn && I < Fn->getNumParams() ? Fn->getParamDecl(I)->getType() : QualType();
      Mode M = Value;
      if (T.isNull())
        M = Name;
      else if (T->isRValueReferenceType())
        M = moves(Args[I]) && System ? Written : Name;
      else if (T->isReferenceType())
        // A library function that takes a reference and hands none back changes what it leads to, or it would take it
        // const (swap, getline).
        M = T->getPointeeType().isConstQualified() ? (U.visible(Fn) ? Name : Value)
            : System && !forwards(Fn, I) && (Fn->getReturnType()->isVoidType() || isStream(Fn)) ? Written
                                                                                                : Name;
      else if (const Expr *Buffer = System ? filled(T, Args[I]) : nullptr) {
        expr(Buffer, Written);
        continue;
      }
      expr(Args[I], M);
    }
  }
  /// The buffer that a library function is given to write into: `in.read(block.data(), n)`, `recv(fd, chars, n, 0)`.
  const Expr *filled(QualType Param, const Expr *Arg) const {
    if (!Param->isPointerType() || Param->getPointeeType().isConstQualified() || Param->isVoidPointerType())
      return nullptr;
    const Expr *E = unwrap(Arg);
    if (E->getType()->isArrayType())
      return E;
    const auto *M = dyn_cast<CXXMemberCallExpr>(E);
    const CXXMethodDecl *D = M ? M->getMethodDecl() : nullptr;
    bool Hands =
        D && !D->isConst() && M->getNumArgs() == 0 && isSystem(D->getLocation()) && M->getType()->isPointerType();
    return Hands && U.role(M->getImplicitObjectArgument()->getType()) == Role::Container
               ? M->getImplicitObjectArgument()
               : nullptr;
  }
  /// Is the parameter of the template a forwarding reference (`std::invoke(f, args...)`)? It takes whatever it is
  /// given.
  static bool forwards(const FunctionDecl *Fn, unsigned I) {
    const FunctionTemplateDecl *T = Fn->getPrimaryTemplate();
    const FunctionDecl *Pattern = T ? T->getTemplatedDecl() : nullptr;
    if (!Pattern)
      return false;
    return I >= Pattern->getNumParams() || Pattern->getParamDecl(I)->isParameterPack() ||
           Pattern->getParamDecl(I)->getType()->isRValueReferenceType();
  }
  /// operator<<, getline: the result is the first argument.
  bool isStream(const FunctionDecl *Fn) const {
    return Fn->getNumParams() && Fn->getReturnType()->isReferenceType() &&
           U.Ctx.hasSameType(Fn->getReturnType(), Fn->getParamDecl(0)->getType());
  }

  void call(const CallExpr *Call, Mode M) {
    const FunctionDecl *Fn = Call->getDirectCallee();
    llvm::SmallVector<const Expr *, 6> Args(Call->arg_begin(), Call->arg_end());
    const Expr *Obj = nullptr;
    const auto *Method = dyn_cast_or_null<CXXMethodDecl>(Fn);
    if (const auto *MC = dyn_cast<CXXMemberCallExpr>(Call))
      Obj = MC->getImplicitObjectArgument();
    else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(Call); O && Method && !Method->isStatic() && !Args.empty()) {
      Obj = Args.front();
      Args.erase(Args.begin());
    }
    // Callables that run before the call returns.
    const Event *Locks = nullptr; // `guarded.with(f)` holds its lock meanwhile
    for (unsigned I : F->C->at(Call)) {
      const Event &E = F->C->Events[I];
      if (E.Kind == Op::Acquire || E.Kind == Op::AcquireShared)
        Locks = &E;
      if (E.Kind == Op::RunNow && !E.may(Fact::Parallel))
        for (const CallableRef &T : E.Tasks)
          if (T.Lambda && T.Body)
            enter(T.Body, Call, T.Lambda, nullptr, {}, Locks);
    }
    if (!Fn) {
      for (const Expr *A : Args)
        expr(A, Name);
      return;
    }
    if (const auto *O = dyn_cast<CXXOperatorCallExpr>(Call)) {
      OverloadedOperatorKind K = O->getOperator();
      bool Synchronised = Obj && isSynchronised(U, meant(Obj));
      if (K == OO_Subscript || K == OO_Star || K == OO_Arrow) {
        if (auto P = F->C->place(Call))
          record(Call, *P, K == OO_Arrow && M == Value ? Name : M);
        onTheWay(Call, M);
        return;
      }
      if (Obj && (O->isAssignmentOp() || K == OO_PlusPlus || K == OO_MinusMinus)) {
        expr(Obj, Synchronised ? Name : Written);
        arguments(Call, Fn, Args);
        return;
      }
      if (!Obj && !Args.empty() && (K == OO_PlusPlus || K == OO_MinusMinus))
        return expr(Args[0], Written);
    }
    if (Obj && !isSynchronised(U, meant(Obj))) {
      auto P = F->C->place(Call);
      if (P && U.visible(Fn)) // an accessor
        record(Call, *P, M);
      else if (P && P->Element && !leadsToAll(Method, Args.size()) &&
               (Method->isConst() || hasConstOverload(Method) || !isSystem(Method->getLocation()))) { // front(), at(i)
        record(Call, *P, M);
        onTheWay(Call);
        return;
      } else if (U.visible(Fn))
        expr(Obj, Name);
      else if (Method->isConst() || hasConstOverload(Method)) {
        bool OnlySize = Args.empty() && Fn->getReturnType()->isIntegralOrEnumerationType();
        expr(Obj, OnlySize ? Look : hands(Method) ? Name : Value);
      } else
        expr(Obj, isSystem(Method->getLocation()) ? Written : Name);
    } else if (Obj)
      expr(Obj, Name);
    arguments(Call, Fn, Args);
    // What a modelled function does to its object is its own business.
    bool Modelled = U.Models.isModelled(Fn, Obj ? U.record(Obj) : nullptr);
    if (const FunctionDecl *Def = Modelled ? nullptr : U.visible(Fn); Def && !F->C->place(Call)) {
      const LambdaExpr *L = nullptr;
      if (Method && Method->getParent()->isLambda() && Obj)
        for (const CallableRef &R : F->C->callables(Obj))
          L = R.Lambda;
      enter(Def, Call, L, L ? nullptr : Obj, Args);
    }
  }
  /// Does it yield a pointer from which every element is reached: begin() of an array? (With data() mostly one is.)
  static bool leadsToAll(const CXXMethodDecl *M, std::size_t Args) {
    return Args == 0 && M->getReturnType()->isPointerType() && M->getIdentifier() && M->getName() != "data";
  }
  /// The type of the object that a member is called on.
  static QualType meant(const Expr *Obj) {
    QualType T = Obj->IgnoreParenImpCasts()->getType();
    return T->isPointerType() ? T->getPointeeType() : T;
  }
  /// begin(), data(), get(): the result leads into the object and may be used for anything.
  static bool hands(const CXXMethodDecl *M) { return !M->isConst(); }

  void enter(const FunctionDecl *Def, const Stmt *Site, const LambdaExpr *L, const Expr *Obj,
             llvm::ArrayRef<const Expr *> Args, const Event *Locks = nullptr) {
    Code *C = U.code(Def);
    if (!C || F->Depth >= MaxDepth)
      return;
    AccessFrame &New = Frames.emplace_back();
    New.C = C;
    New.Caller = F;
    New.CallSite = Site;
    New.Depth = F->Depth + 1;
    New.Lambda = L;
    New.Around = L ? F : nullptr;
    if (Locks && Locks->Object.valid())
      New.Lock = translate(*F, Locks->Object, true);
    if (Obj)
      if (auto P = F->C->place(Obj)) {
        New.ThisOwnElement = P->Element && ownIndex(Obj);
        New.This = translate(*F, *P, true, &New.ThisOwnElement);
        if (P->This && P->Path.empty() && !F->This)
          New.Fields = F->Fields; // a member of the same function object
      }
    for (unsigned I = 0; I != Args.size() && I < Def->getNumParams(); ++I) {
      const ParmVarDecl *Param = Def->getParamDecl(I);
      New.given(Param, Args[I]);
      auto P = F->C->place(Args[I]);
      if (!P)
        continue;
      AccessFrame::Argument A;
      A.OwnElement = P->Element && ownIndex(Args[I]);
      if (auto There =
              translate(*F, *P, !Param->getType()->isReferenceType() || dereferences(Args[I]), &A.OwnElement)) {
        A.Object = *There;
        New.Arguments[Param] = A;
      }
    }
    body(New);
  }
};

} // namespace

bool waitsForOthers(const Event &E) {
  switch (E.Kind) {
  case Op::Join:
  case Op::Wait:
  case Op::Await:
  case Op::Consume:
  case Op::Receive:
  case Op::WaitCondition:
    return true;
  case Op::Acquire:
    return E.ObjectRole == Role::Semaphore;
  default:
    return false;
  }
}

/// Does a call of \p F come to a permit being taken from a semaphore?
static bool takesPermit(Unit &U, const FunctionDecl *F, unsigned Depth = 0) {
  const Code *C = F && Depth < MaxDepth && U.reaches(F, Op::Acquire, false) ? U.code(F) : nullptr;
  return C && llvm::any_of(C->Events, [&](const Event &E) {
           return E.Kind == Op::Call ? takesPermit(U, E.Callee, Depth + 1) : E.Kind == Op::Acquire && waitsForOthers(E);
         });
}

bool reachesWait(Unit &U, const FunctionDecl *F) {
  if (takesPermit(U, F))
    return true;
  for (Op O : {Op::Join, Op::Wait, Op::Await, Op::Consume, Op::Receive, Op::WaitCondition})
    if (U.reaches(F, O, false))
      return true;
  return false;
}

bool Accesses::conflict(const Access &A, const Access &B) {
  if (A.Does != Access::Write && B.Does != Access::Write)
    return false;
  bool Apart = A.Object.Element && B.Object.Element && (A.OwnElement || B.OwnElement);
  if (A.Pointer || B.Pointer)
    return A.Pointer && B.Pointer && A.Object == B.Object && !Apart;
  if (A.Object.Element && B.Object.Element)
    return A.Object == B.Object && !Apart;
  if (A.Object.Element || B.Object.Element) {
    // An element, and its container as a whole: size() does not mind.
    const Access &Part = A.Object.Element ? A : B, &Whole = A.Object.Element ? B : A;
    Place Container = Part.Object;
    Container.Element = false;
    return holds(Whole.Object, Container) && Whole.Does != Access::Look;
  }
  return holds(A.Object, B.Object) || holds(B.Object, A.Object);
}

bool Accesses::holds(const Place &Whole, const Place &Part) {
  return Whole.contains(Part) &&
         llvm::none_of(llvm::ArrayRef(Part.Path).drop_front(Whole.Path.size()),
                       [&](const FieldDecl *F) { return F->getType()->isReferenceType() || U.leads(F->getType()); });
}

Accesses::Accesses(Unit &U, HeldLocks &Locks) : U(U), Held(Locks) {}
Accesses::~Accesses() = default;

const std::vector<Access> &Accesses::of(Code &C) {
  auto [It, New] = Bodies.try_emplace(&C);
  if (New) {
    AccessFrame &F = Frames.emplace_back();
    F.C = &C;
    F.Asker = true;
    Walker(U, Frames, It->second).body(F);
  }
  return It->second;
}

std::vector<Access> Accesses::of(Code &Starter, const CallableRef &Task) {
  AccessFrame &Asker = Frames.emplace_back();
  Asker.C = &Starter;
  Asker.Asker = true;
  return of(Asker, Task);
}

std::vector<Access> Accesses::of(Code &Caller, const Event &Call, Code &Starter, const CallableRef &Task) {
  AccessFrame &Asker = Frames.emplace_back();
  Asker.C = &Caller;
  Asker.Asker = true;
  AccessFrame &In = Frames.emplace_back();
  In.C = &Starter;
  In.Depth = 1;
  const auto *E = dyn_cast_or_null<CallExpr>(Call.Site);
  if (!E)
    return {};
  if (const auto *M = dyn_cast<CXXMemberCallExpr>(E))
    In.This = Caller.place(M->getImplicitObjectArgument());
  const unsigned Skip = firstArgument(*E);
  for (unsigned I = 0; I + Skip < E->getNumArgs() && I < Starter.Fn->getNumParams(); ++I) {
    const ParmVarDecl *Param = Starter.Fn->getParamDecl(I);
    const Expr *Given = E->getArg(I + Skip);
    // What is given by value is the callee's own, but for what a pointer or a view leads to.
    if (isView(U, Param->getType())) {
      if (const VarDecl *V = lent(Caller, Given))
        In.Views[Param].Root = V;
    } else if (Param->getType()->isReferenceType() || U.leads(Param->getType()))
      if (auto P = Caller.place(Given))
        In.Arguments[Param] = {*P, P->Element};
  }
  return of(In, Task);
}

std::vector<Access> Accesses::of(const AccessFrame &Starter, const CallableRef &Task) {
  std::vector<Access> Out;
  Code *C = Task.Body ? U.code(Task.Body) : nullptr;
  if (!C)
    return Out;
  AccessFrame &F = Frames.emplace_back();
  F.C = C;
  F.Lambda = Task.Lambda;
  F.Around = Task.Lambda ? &Starter : nullptr;
  if (Task.Receiver) {
    F.This = Walker::translate(Starter, *Task.Receiver, true);
    F.ThisOwnElement = Task.Receiver->Element;
  }
  for (unsigned I = 0; I != Task.Args.size() && I < Task.Body->getNumParams(); ++I) {
    // A task gets copies of its arguments: only pointers and reference wrappers lead back.
    const Expr *A = Task.Args[I];
    F.given(Task.Body->getParamDecl(I), A);
    auto P = U.leads(unwrap(A)->getType()) ? Starter.C->place(A) : std::nullopt;
    if (auto There = P ? Walker::translate(Starter, *P, true) : std::nullopt)
      F.Arguments[Task.Body->getParamDecl(I)] = {*There, There->Element};
  }
  for (const CallableRef::Member &M : Task.Fields)
    if (auto P = Starter.C->place(M.Value))
      if (auto There = Walker::translate(Starter, *P, true))
        F.Fields[M.Field] = {*There, There->Element};
  Walker(U, Frames, Out).body(F);
  if (Task.Lambda)
    for (const LambdaCapture &Cap : Task.Lambda->captures())
      if (Cap.capturesVariable() && isView(U, Cap.getCapturedVar()->getType()))
        throughView(Starter, F, cast<VarDecl>(Cap.getCapturedVar()), Out);
  return Out;
}

/// A task that has a view of its own looks at what it leads into.
void Accesses::throughView(const AccessFrame &Starter, const AccessFrame &Task, const VarDecl *View,
                           std::vector<Access> &Out) {
  Access A;
  if (auto It = Starter.Views.find(View); It != Starter.Views.end())
    A.Object = It->second;
  else if (const Expr *Init = Starter.Asker && !isa<ParmVarDecl>(View) ? View->getInit() : nullptr)
    A.Object.Root = lent(*Starter.C, Init);
  struct Finder : AstVisitor {
    const VarDecl *V;
    const DeclRefExpr *Found = nullptr;
    explicit Finder(const VarDecl *V) : V(V) {}
    bool VisitDeclRefExpr(const DeclRefExpr *E) override {
      if (E->getDecl() == V)
        Found = E;
      return !Found;
    }
  } Use(View);
  Use.TraverseStmt(Task.C->Fn->getBody());
  if (!A.Object.Root || !Use.Found)
    return;
  A.Site = A.Named = Use.Found;
  A.Entry = Use.Found;
  A.Part = A.Object;
  A.In = &Task;
  Out.push_back(std::move(A));
}

llvm::SmallVector<Place, 2> Accesses::locks(const Access &A) {
  llvm::SmallVector<Place, 2> Out;
  const Stmt *Site = A.Site;
  for (const AccessFrame *F = A.In; F; Site = F->CallSite, F = F->Caller) {
    for (const Place &L : Held.at(*F->C, Site))
      if (auto There = Walker::translate(*F, L, true))
        Out.push_back(Walker::known(U, *There));
    if (F->Lock)
      Out.push_back(Walker::known(U, *F->Lock));
  }
  return Out;
}

/// Is the lock one that others may know by a name that is not seen here: behind a reference or a pointer, or a part of
/// an object that the one who asked can not name?
static bool isAlias(Unit &U, const AccessFrame &F, const Place &Lock) {
  auto There = Walker::translate(F, Lock, true);
  const ValueDecl *Object = There ? There->last() : Lock.last();
  if (!Object)
    return true;
  const auto *Local = dyn_cast<VarDecl>(Object);
  bool Leads = Object->getType()->isReferenceType() || U.leads(Object->getType());
  return There ? Leads && !Local : Leads || !Local;
}

/// Is the object that an event hands to code out of sight one that can hide a lock, and that others know as well?
static bool mayHideLock(Unit &U, const AccessFrame &F, const Event &E) {
  if (E.Kind != Op::Escape || !E.Object.valid() || !isa_and_nonnull<CallExpr, CXXConstructExpr>(E.Site))
    return false;
  const ValueDecl *D = E.Object.last();
  const auto *Call = dyn_cast<CallExpr>(E.Site);
  const FunctionDecl *Fn = Call ? Call->getDirectCallee() : nullptr;
  bool Knows = !D || U.pointee(D->getType())->isRecordType();
  bool Library = Call && (!Fn || Fn->getBuiltinID() || Fn->isInStdNamespace());
  return Knows && !Library && Walker::translate(F, E.Object, true);
}

/// Does the access stand between two calls of different functions out of sight which are given the same object:
/// `enter(&pool->gate); ...; leave(&pool->gate);`? Or in the scope of a local of such a class? That may well be a lock.
static bool betweenUnseen(Unit &U, const AccessFrame &F, const Stmt *Site) {
  const SourceManager &SM = U.Ctx.getSourceManager();
  Code &C = *F.C;
  for (const Event &E : C.Events) {
    if (!E.Site || !SM.isBeforeInTranslationUnit(E.Site->getBeginLoc(), Site->getBeginLoc()) ||
        within(C, Site, E.Site) || !mayHideLock(U, F, E))
      continue;
    if (const auto *Made = dyn_cast<CXXConstructExpr>(E.Site)) {
      const VarDecl *V = C.destinationVar(Made);
      if (V && V->hasLocalStorage() && V->needsDestruction(U.Ctx) && inScopeOf(C, Made, Site))
        return true;
      continue;
    }
    for (const Event &X : C.Events)
      if (X.Site && isa<CallExpr>(X.Site) && SM.isBeforeInTranslationUnit(Site->getEndLoc(), X.Site->getBeginLoc()) &&
          X.Object == E.Object && mayHideLock(U, F, X) &&
          cast<CallExpr>(X.Site)->getDirectCallee() != cast<CallExpr>(E.Site)->getDirectCallee())
        return true;
  }
  return false;
}

bool Accesses::ordered(const Access &A) {
  const SourceManager &SM = U.Ctx.getSourceManager();
  const Stmt *Site = A.Site;
  for (const AccessFrame *F = A.In; F; Site = F->CallSite, F = F->Caller) {
    Code &C = *F->C;
    if (F->Asker)
      return false; // what orders the starter's own accesses is told by who asked
    if (Held.demanded(C))
      return true;
    if (llvm::any_of(Held.at(C, Site), [&](const Place &L) { return isAlias(U, *F, L); }))
      return true;
    if (Held.byHand(C, Site) || betweenUnseen(U, *F, Site))
      return true;
    // A loop makes "after" mean "before" as well.
    const Stmt *Loop = nullptr;
    for (const Stmt *S = Site; S; S = C.parent(S))
      if (isLoop(S))
        Loop = S;
    SourceLocation Until = Loop ? Loop->getEndLoc() : Site->getBeginLoc();
    for (const Event &E : C.Events) {
      if (!E.Site || !SM.isBeforeInTranslationUnit(E.Site->getBeginLoc(), Until))
        continue;
      if (waitsForOthers(E) || E.Kind == Op::Claim || E.Kind == Op::TryAcquire)
        return true;
      if (E.Kind == Op::Call && E.Callee && E.Site != Site && reachesWait(U, E.Callee))
        return true;
    }
    // Below a condition that changes shared state atomically, one task is chosen; a loop that only looks waits.
    for (const Stmt *S = C.parent(Site), *Child = Site; S; Child = S, S = C.parent(S)) {
      const Expr *Cond = nullptr;
      if (const auto *I = dyn_cast<IfStmt>(S); I && I->getCond() != Child)
        Cond = I->getCond();
      else if (const auto *W = dyn_cast<WhileStmt>(S); W && W->getCond() != Child)
        Cond = W->getCond();
      struct Finder {
        Unit &U;
        bool in(const Stmt *X) {
          if (!X)
            return false;
          if (const auto *M = dyn_cast<CXXMemberCallExpr>(X); M && M->getMethodDecl() && M->getImplicitObjectArgument())
            if (!M->getMethodDecl()->isConst() &&
                U.role(M->getImplicitObjectArgument()->IgnoreParenImpCasts()->getType()) == Role::Atomic)
              return true;
          if (const auto *O = dyn_cast<CXXOperatorCallExpr>(X); O && O->getNumArgs())
            if (U.role(O->getArg(0)->IgnoreParenImpCasts()->getType()) == Role::Atomic)
              return true;
          return llvm::any_of(X->children(), [&](const Stmt *Y) { return in(Y); });
        }
      };
      if (Cond && Finder{U}.in(Cond))
        return true;
    }
    if (!F->Caller)
      break;
  }
  return false;
}

} // namespace heddle

#include "Inference.h"
#include "Classes.h"
#include "Mentions.h"
#include "Unit.h"
#include "Waits.h"
#include "support/AstVisitor.h"

#include "clang/Basic/Builtins.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringSwitch.h"

#include <map>

using namespace clang;

namespace heddle {

namespace {

/// What one member function does to the fields of its object, told without paths. Members that it calls on the same
/// object count as part of it.
struct MemberFacts {
  const CXXMethodDecl *M = nullptr;
  llvm::DenseSet<const FieldDecl *> WaitsOn;  ///< conditions that it waits on
  llvm::DenseSet<const FieldDecl *> Notifies; ///< conditions or atomics that it wakes
  llvm::DenseSet<const FieldDecl *> Inserts, Extracts;
  llvm::DenseMap<const FieldDecl *, const Expr *> SetsTrue; ///< flags set to a constant that is not zero
  llvm::DenseSet<const FieldDecl *> SetsFalse;
  llvm::DenseSet<const FieldDecl *> Raises, Lowers;  ///< counters
  llvm::DenseSet<const FieldDecl *> StoresParameter; ///< takes over (part of) an argument
  llvm::DenseSet<const FieldDecl *> Tests;           ///< read in a condition
  llvm::DenseSet<const FieldDecl *> Refuses;   ///< read in a condition of which one side throws or ends the program
  llvm::DenseSet<const FieldDecl *> WaitTests; ///< read in the condition of a wait: its predicate or loop
  bool Timed = false, Claims = false;
  bool TakesPermit = false, GivesPermit = false;         ///< of a semaphore, without giving up after a time
  llvm::DenseSet<const FieldDecl *> Joins;               ///< containers of handles: it waits for all tasks in there
  llvm::DenseMap<const FieldDecl *, unsigned> Shifts;    ///< counters that it changes by the value of this parameter
  bool StartsGiven = false;                              ///< starts a task that runs a callable which it is given
  bool Spawns = false;                                   ///< starts a task of any kind
  bool Rethrows = false;                                 ///< throws an exception that was kept
  llvm::DenseSet<const FieldDecl *> Reads;               ///< containers and arrays of which it reads an element
  llvm::DenseSet<const FieldDecl *> Empties;             ///< optionals and pointers that it resets
  llvm::DenseSet<const FieldDecl *> Completes;           ///< set whenever it is called
  llvm::DenseSet<const FieldDecl *> MovesOut, Exchanges; ///< moved elsewhere; taken in exchange for another value
  llvm::DenseSet<const FieldDecl *> Locks;
  llvm::DenseSet<const FieldDecl *> Mentions; ///< callables that it uses in some way
  bool RunsCallables = false;                 ///< calls something that is not a function known by name
  /// Operations on fields that play roles, with the field: itself, or the container of which an element is meant.
  std::vector<std::pair<const Event *, const FieldDecl *>> FieldEvents;
};

const Expr *bare(const Expr *E) { return E ? E->IgnoreParenImpCasts() : nullptr; }

/// A field of the object itself, or of the state behind a smart pointer that it holds.
const FieldDecl *ownField(Unit &U, const Place &P) {
  if (!P.This || P.Path.empty() || P.Path.size() > 2)
    return nullptr;
  bool Behind = P.Path.size() == 2;
  return Behind && !U.smartPointee(P.Path.front()->getType()) ? nullptr : P.Path.back();
}
const FieldDecl *ownField(const Code &C, const Expr *E) {
  auto P = C.place(E);
  return P ? ownField(C.U, *P) : nullptr;
}

bool isTrueConstant(const Expr *E, const ASTContext &Ctx, bool &Value) {
  E = bare(E);
  if (!E || E->isValueDependent())
    return false;
  if (E->getType()->isIntegralOrEnumerationType()) {
    Expr::EvalResult R;
    if (E->EvaluateAsInt(R, Ctx)) {
      Value = R.Val.getInt().getBoolValue();
      return true;
    }
  }
  return false;
}

/// Reads the fields that a condition mentions, and those that the members it calls mention.
void fieldsIn(const Code &C, const Stmt *S, llvm::DenseSet<const FieldDecl *> &Out, unsigned Depth = 0) {
  if (!S || Depth > 3)
    return;
  if (const auto *L = dyn_cast<LambdaExpr>(S)) {
    if (const CXXMethodDecl *Op = L->getCallOperator())
      if (const Code *Inner = C.U.code(Op))
        fieldsIn(*Inner, Op->getBody(), Out, Depth + 1);
    return;
  }
  if (const auto *M = dyn_cast<MemberExpr>(S))
    if (const FieldDecl *F = ownField(C, M))
      Out.insert(F);
  if (const auto *Call = dyn_cast<CXXMemberCallExpr>(S))
    if (Call->getImplicitObjectArgument() && isa<CXXThisExpr>(bare(Call->getImplicitObjectArgument())))
      if (const FunctionDecl *Def = C.U.visible(Call->getMethodDecl()); Def && Def != C.Fn)
        if (const Code *Inner = C.U.code(Def))
          fieldsIn(*Inner, Def->getBody(), Out, Depth + 1);
  for (const Stmt *Child : S->children())
    fieldsIn(C, Child, Out, Depth);
}

/// Is it a std::function or the like, or a container of them?
bool holdsFunctions(Unit &U, QualType T) {
  QualType E = U.element(T);
  return U.role(E.isNull() ? T : E) == Role::Function;
}

/// The fields that decide a predicate: a lambda, a member function whose address is given, a flag.
void predicateFields(const Code &C, const Stmt *S, llvm::DenseSet<const FieldDecl *> &Out) {
  if (!S)
    return;
  if (const auto *E = dyn_cast<Expr>(S))
    for (const CallableRef &P : C.callables(E))
      if (const Code *Inner = P.Body ? C.U.code(P.Body) : nullptr)
        fieldsIn(*Inner, P.Body->getBody(), Out);
  if (const auto *DR = dyn_cast<DeclRefExpr>(S))
    if (const auto *M = dyn_cast<CXXMethodDecl>(DR->getDecl()); M && !M->isStatic())
      if (const Code *Inner = C.U.code(M))
        fieldsIn(*Inner, Inner->Fn->getBody(), Out);
  if (const auto *M = dyn_cast<MemberExpr>(S); M && M->getType()->isBooleanType())
    if (const FieldDecl *F = ownField(C, M))
      Out.insert(F);
  if (!isa<LambdaExpr>(S))
    for (const Stmt *Child : S->children())
      predicateFields(C, Child, Out);
}

bool mentionsParameter(const Stmt *S) {
  return mentions(S, [](const Stmt *X) {
    const auto *DR = dyn_cast<DeclRefExpr>(X);
    return DR && isa<ParmVarDecl>(DR->getDecl());
  });
}

struct MemberReader : AstVisitor {
  const Code &C;
  MemberFacts &F;
  explicit MemberReader(const Code &C, MemberFacts &F) : C(C), F(F) {}

  bool shouldVisitImplicitCode() const override { return true; }
  bool TraverseLambdaExpr(const LambdaExpr *) override { return true; } // predicates are read where they are waited for

  void assigned(const Expr *L, const Expr *R) {
    const FieldDecl *Fd = ownField(C, L);
    if (!Fd)
      return;
    if (C.place(L)->Element) { // a ring buffer's slot
      F.Inserts.insert(Fd);
      return;
    }
    if (const TypeModel *T = C.U.type(L->getType()); T && T->Plays == Role::SmartPointer) {
      QualType RT = R->IgnoreParenImpCasts()->getType();
      const CXXRecordDecl *RD = RT->getAsCXXRecordDecl();
      if (isa<CXXNullPtrLiteralExpr>(bare(R)) || (RD && RD->getIdentifier() && RD->getName() == "nullopt_t")) {
        F.Empties.insert(Fd);
        return;
      }
    }
    bool Value = false;
    if (isTrueConstant(R, C.U.Ctx, Value)) {
      if (!Value) {
        F.SetsFalse.insert(Fd);
        return;
      }
      F.SetsTrue.try_emplace(Fd, L);
    } else if (mentionsParameter(R))
      F.StoresParameter.insert(Fd);
    else
      return;
    if (always(L, Fd))
      F.Completes.insert(Fd);
  }
  /// Is the statement, which sets this field, reached whenever the body runs to its end? A return before it is a test
  /// of its own, and so is the question whether the field has been set: `if (!done_) { …; done_ = true; }`.
  bool always(const Stmt *S, const FieldDecl *Set) const {
    const Stmt *Child = S;
    for (S = C.parent(S); S; Child = S, S = C.parent(S)) {
      if (const auto *If = dyn_cast<IfStmt>(S); If && Child == If->getThen() && asksNot(If->getCond(), Set))
        continue;
      if (isa<IfStmt, SwitchStmt, ConditionalOperator, CXXCatchStmt, WhileStmt, ForStmt, DoStmt, CXXForRangeStmt>(S))
        return false;
    }
    return true;
  }
  /// `!done_`, `!done_.load()`, `!value_.has_value()`
  bool asksNot(const Expr *Cond, const FieldDecl *Fd) const {
    const auto *Not = dyn_cast_or_null<UnaryOperator>(bare(Cond));
    const Expr *E = Not && Not->getOpcode() == UO_LNot ? bare(Not->getSubExpr()) : nullptr;
    if (const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(E); Call && Call->getMethodDecl()->isConst())
      E = Call->getImplicitObjectArgument();
    return E && ownField(C, E) == Fd;
  }
  bool VisitBinaryOperator(const BinaryOperator *B) override {
    if (B->getOpcode() == BO_Assign)
      assigned(B->getLHS(), B->getRHS());
    else if (B->getOpcode() == BO_AddAssign || B->getOpcode() == BO_SubAssign)
      changed(B->getLHS(), B->getRHS(), B->getOpcode() == BO_AddAssign);
    return true;
  }
  /// A counter goes up or down: by one, by a constant of either sign, or by what the caller says.
  void changed(const Expr *Counter, const Expr *By, bool Up) {
    const FieldDecl *Fd = ownField(C, Counter);
    if (!Fd)
      return;
    Expr::EvalResult R;
    const auto *DR = By ? dyn_cast<DeclRefExpr>(bare(By)) : nullptr;
    if (const auto *P = DR ? dyn_cast<ParmVarDecl>(DR->getDecl()) : nullptr; P && Up && !C.isModified(P))
      F.Shifts[Fd] = P->getFunctionScopeIndex();
    else if (By && !By->isValueDependent() && By->getType()->isIntegralOrEnumerationType() &&
             By->EvaluateAsInt(R, C.U.Ctx))
      Up ^= R.Val.getInt().isSigned() && R.Val.getInt().isNegative();
    (Up ? F.Raises : F.Lowers).insert(Fd);
  }
  bool VisitUnaryOperator(const UnaryOperator *O) override {
    if (O->isIncrementDecrementOp())
      if (const FieldDecl *Fd = ownField(C, O->getSubExpr()))
        (O->isIncrementOp() ? F.Raises : F.Lowers).insert(Fd);
    return true;
  }
  bool VisitCXXOperatorCallExpr(const CXXOperatorCallExpr *O) override {
    if (O->getOperator() == OO_Equal && O->getNumArgs() == 2) {
      assigned(O->getArg(0), O->getArg(1));
      element(O->getArg(1)); // `item = std::move(slots_[first_])`
    } else if (O->getOperator() == OO_PlusPlus || O->getOperator() == OO_MinusMinus)
      changed(O->getArg(0), nullptr, O->getOperator() == OO_PlusPlus);
    else if ((O->getOperator() == OO_PlusEqual || O->getOperator() == OO_MinusEqual) && O->getNumArgs() == 2)
      changed(O->getArg(0), O->getArg(1), O->getOperator() == OO_PlusEqual);
    return true;
  }
  bool VisitCallExpr(const CallExpr *Call) override {
    const FunctionDecl *Fn = Call->getDirectCallee();
    if (Fn && Fn->getBuiltinID() == Builtin::BImove && Call->getNumArgs() == 1)
      if (const FieldDecl *Fd = ownField(C, Call->getArg(0)))
        F.MovesOut.insert(Fd);
    F.Rethrows |= Fn && Fn->isNoReturn() && llvm::any_of(Call->arguments(), [](const Expr *A) {
                    const CXXRecordDecl *RD = A->getType()->getAsCXXRecordDecl();
                    // In libstdc++ it belongs to a namespace inside of std.
                    return RD && RD->getIdentifier() && RD->getName() == "exception_ptr";
                  });
    return true;
  }
  bool VisitCXXMemberCallExpr(const CXXMemberCallExpr *M) override {
    const CXXMethodDecl *D = M->getMethodDecl();
    const Expr *Obj = M->getImplicitObjectArgument();
    if (!D || !Obj || !D->getIdentifier())
      return true;
    const FieldDecl *Fd = ownField(C, Obj);
    if (!Fd)
      return true;
    // Atomics store and count by members; an optional is set by emplace.
    const TypeModel *T = C.U.type(Obj->IgnoreParenImpCasts()->getType()); // atomic<int> counts in a base class
    if (T && T->Plays == Role::Atomic) {
      if (D->getName() == "store" && M->getNumArgs() >= 1)
        assigned(Obj, M->getArg(0));
      else if ((D->getName() == "fetch_add" || D->getName() == "fetch_sub") && M->getNumArgs())
        changed(Obj, M->getArg(0), D->getName() == "fetch_add");
    } else if (T && T->Plays == Role::SmartPointer && !D->isConst() && D->getReturnType()->isVoidType() &&
               llvm::all_of(M->arguments(),
                            [](const Expr *A) { return isa<CXXDefaultArgExpr>(A); })) // unique_ptr::reset()
      F.Empties.insert(Fd);
    else if (T && T->Plays == Role::SmartPointer && !D->isConst() && M->getNumArgs())
      if (llvm::any_of(M->arguments(), [&](const Expr *A) { return mentionsParameter(A); })) {
        F.StoresParameter.insert(Fd);
        if (always(M, Fd))
          F.Completes.insert(Fd);
      }
    return true;
  }
  bool VisitImplicitCastExpr(const ImplicitCastExpr *E) override {
    if (E->getCastKind() == CK_LValueToRValue)
      element(E->getSubExpr());
    return true;
  }
  bool VisitCXXConstructExpr(const CXXConstructExpr *E) override {
    if (E->getConstructor()->isCopyOrMoveConstructor() && E->getNumArgs())
      element(E->getArg(0));
    return true;
  }
  void element(const Expr *E) {
    if (auto P = C.place(E); P && P->Element)
      if (const FieldDecl *Fd = ownField(C.U, *P))
        F.Reads.insert(Fd);
  }
  bool VisitMemberExpr(const MemberExpr *M) override {
    if (const auto *Fd = dyn_cast<FieldDecl>(M->getMemberDecl());
        Fd && holdsFunctions(C.U, Fd->getType()) && ownField(C, M))
      F.Mentions.insert(Fd);
    return true;
  }
  bool VisitIfStmt(const IfStmt *S) override {
    fieldsIn(C, S->getCond(), F.Tests);
    if (refuses(S->getThen()) || refuses(S->getElse()))
      fieldsIn(C, S->getCond(), F.Refuses);
    return true;
  }
  static bool refuses(const Stmt *S) {
    if (const auto *Block = dyn_cast_or_null<CompoundStmt>(S))
      S = Block->body_empty() ? nullptr : Block->body_back();
    const auto *E = dyn_cast_or_null<Expr>(S);
    E = E ? E->IgnoreUnlessSpelledInSource() : nullptr;
    const auto *Call = dyn_cast_or_null<CallExpr>(E);
    return isa_and_nonnull<CXXThrowExpr>(E) ||
           (Call && Call->getDirectCallee() && Call->getDirectCallee()->isNoReturn());
  }
  bool VisitWhileStmt(const WhileStmt *S) override {
    llvm::DenseSet<const FieldDecl *> Mentioned;
    fieldsIn(C, S->getCond(), Mentioned);
    F.Tests.insert(Mentioned.begin(), Mentioned.end());
    if (waitsIn(S->getBody()))
      F.WaitTests.insert(Mentioned.begin(), Mentioned.end());
    return true;
  }
  bool waitsIn(const Stmt *S) const {
    if (!S)
      return false;
    for (unsigned I : C.at(S))
      if (C.Events[I].Kind == Op::WaitCondition)
        return true;
    return llvm::any_of(S->children(), [&](const Stmt *X) { return waitsIn(X); });
  }
};

} // namespace

/// Reads a member of a class template that nothing instantiated: by the names of what it calls on which field. The
/// fields are those of the instantiation \p RD.
struct PatternReader : AstVisitor {
  Unit &U;
  const CXXRecordDecl *RD;
  MemberFacts &F;
  PatternReader(Unit &U, const CXXRecordDecl *RD, MemberFacts &F) : U(U), RD(RD), F(F) {}

  const FieldDecl *field(const Expr *E) const {
    E = bare(E);
    if (const auto *S = dyn_cast_or_null<ArraySubscriptExpr>(E))
      E = bare(S->getBase());
    const auto *M = dyn_cast_or_null<MemberExpr>(E);
    if (!M || !isa<CXXThisExpr>(bare(M->getBase())))
      return nullptr;
    for (const FieldDecl *Fd : RD->fields())
      if (Fd->getDeclName() == M->getMemberDecl()->getDeclName())
        return Fd->getCanonicalDecl();
    return nullptr;
  }
  void mentioned(const Stmt *S, llvm::DenseSet<const FieldDecl *> &Out) const {
    if (!S)
      return;
    if (const auto *E = dyn_cast<Expr>(S))
      if (const FieldDecl *Fd = field(E))
        Out.insert(Fd);
    if (const auto *L = dyn_cast<LambdaExpr>(S))
      mentioned(L->getBody(), Out);
    for (const Stmt *Child : S->children())
      mentioned(Child, Out);
  }
  bool VisitCallExpr(const CallExpr *Call) override {
    const Expr *Callee = bare(Call->getCallee());
    const Expr *Base = nullptr;
    DeclarationName Name;
    if (const auto *M = dyn_cast<UnresolvedMemberExpr>(Callee)) {
      Base = M->isImplicitAccess() ? nullptr : M->getBase();
      Name = M->getMemberName();
    } else if (const auto *M = dyn_cast<CXXDependentScopeMemberExpr>(Callee)) {
      Base = M->isImplicitAccess() ? nullptr : M->getBase();
      Name = M->getMember();
    } else if (const auto *M = dyn_cast<MemberExpr>(Callee)) {
      Base = M->getBase();
      Name = M->getMemberDecl()->getDeclName();
    }
    const FieldDecl *Fd = Base ? field(Base) : nullptr;
    const TypeModel *T = Fd && Name.isIdentifier() ? U.Models.type(Fd->getType()) : nullptr;
    if (T)
      for (const Action &A : U.Models.memberActions(*T, Name.getAsIdentifierInfo()->getName(), Call->getNumArgs()))
        does(A, Fd, Call);
    // `pthread_cond_wait(&filled_, &mutex_)` depends on no parameter.
    const FunctionDecl *Fn = Base ? nullptr : Call->getDirectCallee();
    for (const Action &A : Fn ? U.actions(Fn, nullptr, Call->getNumArgs()) : llvm::ArrayRef<Action>())
      if (A.On.K == Operand::Param && A.On.Index < Call->getNumArgs())
        if (const auto *Of = dyn_cast<UnaryOperator>(bare(Call->getArg(A.On.Index))); Of && Of->getOpcode() == UO_AddrOf)
          if (const FieldDecl *Own = field(Of->getSubExpr()))
            does(A, Own, Call);
    return true;
  }
  /// The call does this to a field of the object.
  void does(const Action &A, const FieldDecl *Fd, const CallExpr *Call) {
    switch (A.Operation) {
    case Op::WaitCondition:
      F.WaitsOn.insert(Fd);
      F.Timed |= A.With.has(Fact::Timed);
      for (const Expr *Arg : Call->arguments())
        if (isa<LambdaExpr>(bare(Arg)))
          mentioned(Arg, F.WaitTests);
      break;
    case Op::Notify:
      F.Notifies.insert(Fd);
      break;
    case Op::Insert:
      F.Inserts.insert(Fd);
      break;
    case Op::Extract:
      F.Extracts.insert(Fd);
      break;
    default:
      break;
    }
  }
  bool VisitMemberExpr(const MemberExpr *M) override {
    if (const FieldDecl *Fd = field(M); Fd && holdsFunctions(U, Fd->getType()))
      F.Mentions.insert(Fd);
    return true;
  }
  bool VisitWhileStmt(const WhileStmt *S) override {
    mentioned(S->getCond(), F.Tests);
    mentioned(S->getCond(), F.WaitTests);
    return true;
  }
  bool VisitIfStmt(const IfStmt *S) override {
    mentioned(S->getCond(), F.Tests);
    return true;
  }
  bool VisitBinaryOperator(const BinaryOperator *B) override {
    const FieldDecl *Fd = B->isAssignmentOp() ? field(B->getLHS()) : nullptr;
    const auto *Bool = dyn_cast<CXXBoolLiteralExpr>(bare(B->getRHS()));
    if (Fd && Bool && Bool->getValue()) {
      F.SetsTrue.try_emplace(Fd, B->getLHS());
      F.Completes.insert(Fd);
    } else if (Fd && Bool)
      F.SetsFalse.insert(Fd);
    else if (Fd && mentionsParameter(B->getRHS()))
      F.StoresParameter.insert(Fd);
    return true;
  }
  bool VisitUnaryOperator(const UnaryOperator *O) override {
    if (const FieldDecl *Fd = O->isIncrementDecrementOp() ? field(O->getSubExpr()) : nullptr)
      (O->isIncrementOp() ? F.Raises : F.Lowers).insert(Fd);
    return true;
  }
};

struct Inference::Impl {
  Impl(Unit &U, Reader &R) : U(U), R(R) {}
  Unit &U;
  Reader &R;
  llvm::DenseMap<const CXXRecordDecl *, std::unique_ptr<TypeModel>> Types;
  llvm::DenseMap<const CXXMethodDecl *, std::vector<Action>> Actions;
  llvm::SmallVector<const CXXRecordDecl *, 8> Looking; ///< outermost first
  unsigned Unanswered = 0;                             ///< how often one of them was asked for
  unsigned Low = Sure;                                 ///< the outermost of them that an answer rests on
  llvm::DenseMap<const CXXRecordDecl *, unsigned> Guessed, Rounds;
  /// Bodies may still point into what was forgotten.
  std::vector<std::unique_ptr<TypeModel>> OldTypes;
  std::vector<std::vector<Action>> OldActions;
  static constexpr unsigned MaxRounds = 3;

  MemberFacts read(const CXXMethodDecl *M, unsigned Depth = 0) {
    MemberFacts F;
    F.M = M;
    Code *C = U.code(M);
    if (!C)
      return F;
    MemberReader(*C, F).TraverseStmt(C->Fn->getBody());
    handles(*C, M, F);
    for (const Event &E : C->Events) {
      Place Whole = E.Object;
      if (Whole.Root && (Whole.Path.empty() || isTaskHandle(E.ObjectRole)))
        if (auto In = C->elementOf(Whole.Root))
          Whole = *In;
      const FieldDecl *Fd = ownField(U, Whole);
      if (Fd && Whole.Path.size() == 1)
        F.FieldEvents.emplace_back(&E, Fd);
      F.RunsCallables |= E.Kind == Op::Call && !E.Callee;
      if (E.ObjectRole == Role::Semaphore && !E.may(Fact::Timed)) {
        F.TakesPermit |= E.Kind == Op::Acquire;
        F.GivesPermit |= E.Kind == Op::Release;
      }
      switch (E.Kind) {
      case Op::WaitCondition:
        if (Fd) {
          F.WaitsOn.insert(Fd);
          F.Timed |= E.may(Fact::Timed);
          for (const Stmt *A : E.Site->children())
            predicateFields(*C, A, F.WaitTests);
        }
        break;
      case Op::Acquire:
      case Op::AcquireShared:
        if (Fd)
          F.Locks.insert(Fd);
        break;
      case Op::Notify:
        if (Fd)
          F.Notifies.insert(Fd);
        break;
      case Op::Insert:
        if (Fd)
          F.Inserts.insert(Fd);
        break;
      case Op::Extract:
        if (Fd)
          F.Extracts.insert(Fd);
        break;
      case Op::Claim:
        F.Claims = true;
        if (Fd)
          F.Exchanges.insert(Fd);
        break;
      case Op::Call:
        if (E.Callee)
          throughParameters(*C, E, F);
        if (E.Callee && Depth < 2 && E.Object.This && E.Object.Path.empty())
          if (const auto *Sub = dyn_cast<CXXMethodDecl>(E.Callee);
              Sub && Sub->getParent()->getCanonicalDecl() == M->getParent()->getCanonicalDecl() && Sub != M) {
            MemberFacts Inner = read(Sub, Depth + 1);
            auto Take = [](auto &To, const auto &From) { To.insert(From.begin(), From.end()); };
            Take(F.WaitsOn, Inner.WaitsOn);
            Take(F.Notifies, Inner.Notifies);
            Take(F.Inserts, Inner.Inserts);
            Take(F.Extracts, Inner.Extracts);
            Take(F.SetsFalse, Inner.SetsFalse);
            for (const auto &[N, Param] : Inner.Shifts) { // `void done() { add(-1); }`
              const auto *Call = dyn_cast<CallExpr>(E.Site);
              Expr::EvalResult R;
              if (Call && Param < Call->getNumArgs() && Call->getArg(Param)->EvaluateAsInt(R, U.Ctx)) {
                Inner.Raises.erase(N);
                (R.Val.getInt().isSigned() && R.Val.getInt().isNegative() ? F.Lowers : F.Raises).insert(N);
              }
            }
            Take(F.Raises, Inner.Raises);
            Take(F.Lowers, Inner.Lowers);
            Take(F.Joins, Inner.Joins);
            F.StartsGiven |= Inner.StartsGiven && takesCallable(M);
            F.Spawns |= Inner.Spawns;
            F.Rethrows |= Inner.Rethrows;
            Take(F.StoresParameter, Inner.StoresParameter);
            Take(F.Tests, Inner.Tests);
            Take(F.Refuses, Inner.Refuses);
            Take(F.WaitTests, Inner.WaitTests);
            Take(F.Reads, Inner.Reads);
            Take(F.Empties, Inner.Empties);
            Take(F.Locks, Inner.Locks);
            Take(F.Mentions, Inner.Mentions);
            F.RunsCallables |= Inner.RunsCallables;
            Take(F.MovesOut, Inner.MovesOut);
            if (unconditional(E, M))
              Take(F.Completes, Inner.Completes);
            F.TakesPermit |= Inner.TakesPermit;
            F.GivesPermit |= Inner.GivesPermit;
            for (auto &[K, V] : Inner.SetsTrue)
              F.SetsTrue.try_emplace(K, V);
            F.Timed |= Inner.Timed;
            F.Claims |= Inner.Claims;
          }
        break;
      default:
        break;
      }
    }
    return F;
  }

  /// What a helper does to a field that it is given by reference (`static void down(sem_t &s)`).
  void throughParameters(const Code &C, const Event &E, MemberFacts &F) {
    const auto *Call = dyn_cast<CallExpr>(E.Site);
    if (!Call || isa<CXXOperatorCallExpr>(Call))
      return;
    for (unsigned I = 0; I != Call->getNumArgs() && I < E.Callee->getNumParams(); ++I) {
      const FieldDecl *Fd = ownField(C, Call->getArg(I));
      Role R = Fd ? fieldRole(Fd) : Role::None;
      Code *Helper = R == Role::Semaphore || R == Role::Condition ? U.code(E.Callee) : nullptr;
      if (!Helper)
        continue;
      for (const Event &X : Helper->Events) {
        if (X.Object.Root != Helper->Fn->getParamDecl(I) || !X.Object.Path.empty() || X.may(Fact::Timed))
          continue;
        F.TakesPermit |= X.Kind == Op::Acquire;
        F.GivesPermit |= X.Kind == Op::Release;
        if (X.Kind == Op::WaitCondition)
          F.WaitsOn.insert(Fd);
        if (X.Kind == Op::Notify)
          F.Notifies.insert(Fd);
      }
    }
  }

  bool isCallable(QualType T) {
    T = T.getNonReferenceType();
    const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
    return U.role(T) == Role::Function || T->isFunctionPointerType() ||
           (RD && RD->hasDefinition() &&
            llvm::any_of(RD->methods(), [](const CXXMethodDecl *X) { return X->getOverloadedOperator() == OO_Call; }));
  }
  bool takesCallable(const CXXMethodDecl *M) {
    return llvm::any_of(M->parameters(), [&](const ParmVarDecl *P) { return isCallable(P->getType()); });
  }

  /// The handle behind the elements of a container: they are such handles, or classes around one.
  Role handleIn(QualType Elem) {
    if (Elem.isNull())
      return Role::None;
    Role R = U.role(Elem);
    const CXXRecordDecl *RD = R == Role::None ? U.pointee(Elem)->getAsCXXRecordDecl() : nullptr;
    if (RD && RD->hasDefinition() && !U.Ctx.getSourceManager().isInSystemHeader(RD->getLocation()))
      for (const FieldDecl *F : RD->fields())
        if (isTaskHandle(U.role(F->getType())))
          return U.role(F->getType());
    return isTaskHandle(R) ? R : Role::None;
  }

  /// What the member does to containers of handles: starts tasks, and waits for all that are in there.
  void handles(const Code &C, const CXXMethodDecl *M, MemberFacts &F) {
    auto Handles = [&](const FieldDecl *Fd) { return handleIn(U.element(Fd->getType())); };
    // `all.swap(threads_)`, `auto all = std::exchange(threads_, {})`: the tasks go on under a local name.
    llvm::DenseMap<const ValueDecl *, const FieldDecl *> Local;
    struct Exchanges : AstVisitor {
      const Code &C;
      llvm::function_ref<void(const VarDecl *, const FieldDecl *)> Found;
      Exchanges(const Code &C, llvm::function_ref<void(const VarDecl *, const FieldDecl *)> F) : C(C), Found(F) {}
      bool TraverseLambdaExpr(const LambdaExpr *) override { return true; }
      static const VarDecl *local(const Code &C, const Expr *E) {
        auto P = C.place(E);
        const auto *V = P && P->Path.empty() && !P->Element ? dyn_cast_or_null<VarDecl>(P->Root) : nullptr;
        return V && V->isLocalVarDecl() && !V->getType()->isReferenceType() ? V : nullptr;
      }
      /// \p E is the field, or a call that is given it and yields what it held.
      void pair(const VarDecl *V, const Expr *E) {
        if (!V || !E)
          return;
        const FieldDecl *Fd = ownField(C, E);
        if (Fd && !C.place(E)->Element && C.U.Ctx.hasSameUnqualifiedType(V->getType(), Fd->getType()))
          Found(V, Fd);
        E = E->IgnoreUnlessSpelledInSource();
        if (const auto *CE = dyn_cast<CXXConstructExpr>(E); CE && CE->getNumArgs() == 1)
          E = CE->getArg(0)->IgnoreUnlessSpelledInSource();
        if (const auto *Call = dyn_cast<CallExpr>(E); Call && !Fd)
          for (const Expr *A : Call->arguments())
            if (const FieldDecl *Of = ownField(C, A); Of && C.U.Ctx.hasSameUnqualifiedType(V->getType(), Of->getType()))
              Found(V, Of);
      }
      bool VisitCallExpr(const CallExpr *Call) override {
        llvm::SmallVector<const Expr *, 4> Operands(Call->arg_begin(), Call->arg_end());
        if (const auto *M = dyn_cast<CXXMemberCallExpr>(Call); M && M->getImplicitObjectArgument())
          Operands.push_back(M->getImplicitObjectArgument());
        for (const Expr *X : Operands)
          for (const Expr *Y : Operands)
            if (X != Y)
              pair(local(C, X), Y);
        return true;
      }
      bool VisitVarDecl(const VarDecl *V) override {
        if (V->isLocalVarDecl() && V->getInit() && !V->getType()->isReferenceType())
          pair(V, V->getInit());
        return true;
      }
    };
    auto Exchanged = [&](const VarDecl *V, const FieldDecl *Fd) {
      if (Handles(Fd) == Role::None)
        return;
      Local[V] = Fd;
      if (Handles(Fd) == Role::JoiningThread)
        F.Joins.insert(Fd); // at the end of its scope
    };
    Exchanges X(C, Exchanged);
    X.TraverseStmt(C.Fn->getBody());
    for (const Event &E : C.Events) {
      if (E.Kind == Op::Spawn) {
        F.Spawns = true;
        for (const ParmVarDecl *P : cast<FunctionDecl>(C.Fn)->parameters())
          F.StartsGiven |= isCallable(P->getType()) && mentions(E.Site, P);
      }
      if (!E.Object.valid())
        continue;
      Place Whole = E.Object;
      if (Whole.Root)
        if (auto In = C.elementOf(Whole.Root))
          Whole = *In;
      const FieldDecl *Fd = Whole.This && !Whole.Path.empty() ? Whole.Path.front() : Local.lookup(Whole.Root);
      if (!Fd || Handles(Fd) == Role::None)
        continue;
      bool Waits = E.Kind == Op::Join || E.Kind == Op::Wait || E.Kind == Op::Await || E.Kind == Op::Consume;
      bool Ends = Handles(Fd) == Role::JoiningThread && (E.Kind == Op::Clear || E.Kind == Op::Reset) && !Whole.Element;
      if (((Waits && Whole.Element) || Ends) && !E.may(Fact::Timed) && unconditional(E, M))
        F.Joins.insert(Fd);
    }
  }

  void act(const CXXMethodDecl *M, Op O, std::initializer_list<Fact> With = {}) {
    Action A{O, {Operand::This, 0}, {}, -1, Runs::Later, false};
    if (O == Op::Spawn)
      A.When = Runs::Concurrently;
    for (Fact F : With)
      A.With.add(F);
    Actions[M->getCanonicalDecl()].push_back(A);
  }

  const TypeModel *type(const CXXRecordDecl *RD) {
    RD = RD->getDefinition();
    if (!RD || RD->isDependentContext() || RD->isLambda() || RD->isUnion())
      return nullptr;
    RD = RD->getCanonicalDecl();
    if (auto It = Types.find(RD); It != Types.end()) {
      if (auto G = Guessed.find(RD); G != Guessed.end())
        Low = std::min(Low, G->second);
      return It->second.get();
    }
    const SourceManager &SM = U.Ctx.getSourceManager();
    const CXXRecordDecl *Def = RD->getDefinition();
    if (SM.isInSystemHeader(SM.getExpansionLoc(Def->getLocation())))
      return nullptr;
    if (const auto *At = llvm::find(Looking, RD); At != Looking.end()) {
      ++Unanswered;
      if (!R.readsMemberOf(RD))
        Low = std::min<unsigned>(Low, At - Looking.begin());
      return nullptr;
    }
    unsigned At = Looking.size(), Outer = std::exchange(Low, Sure);
    Looking.push_back(RD);
    std::unique_ptr<TypeModel> T;
    if (const CXXRecordDecl *Core = coreOf(Def))
      T = lookAtHandle(Def, Core);
    if (!T)
      T = look(Def);
    Looking.pop_back();
    if (Low < At && ++Rounds[RD] < MaxRounds)
      Guessed[RD] = Low;
    else
      Low = Sure;
    Low = std::min(Outer, Low);
    const TypeModel *Made = (Types[RD] = std::move(T)).get();
    if (Looking.empty()) {
      forgetGuesses();
      Low = Sure;
    }
    return Made;
  }

  void forgetGuesses() {
    // The handles of one state are told together.
    llvm::SmallVector<const CXXRecordDecl *, 8> All;
    for (const auto &[RD, On] : Guessed) {
      All.push_back(RD);
      if (const CXXRecordDecl *Core = coreOf(RD)) {
        for (const CXXRecordDecl *H : HandlesOf[Core])
          All.push_back(H->getCanonicalDecl());
        Cores.erase(Core);
      }
    }
    Guessed.clear();
    for (const CXXRecordDecl *RD : All) {
      if (auto It = Types.find(RD); It != Types.end()) {
        OldTypes.push_back(std::move(It->second));
        Types.erase(It);
      }
      llvm::SmallVector<const CXXMethodDecl *, 8> Members;
      for (const auto &[M, Acts] : Actions)
        if (M->getParent()->getCanonicalDecl() == RD)
          Members.push_back(M);
      for (const CXXMethodDecl *M : Members) {
        OldActions.push_back(std::move(Actions[M]));
        Actions.erase(M);
      }
    }
    R.forgetGuesses();
  }

  Role fieldRole(const FieldDecl *F) { return U.role(F->getType()); }

  std::unique_ptr<TypeModel> make(Role R) {
    auto T = std::make_unique<TypeModel>();
    T->Plays = R;
    return T;
  }

  std::unique_ptr<TypeModel> look(const CXXRecordDecl *RD) {
    bool Interesting = false;
    for (const FieldDecl *F : RD->fields()) {
      Role R = fieldRole(F);
      Interesting |= R != Role::None && R != Role::Container && R != Role::SmartPointer && R != Role::Function;
      Interesting |= handleIn(U.element(F->getType())) != Role::None;
    }
    if (auto T = stopSource(RD))
      return T;
    if (!Interesting) // a lock may hide all that it is made of; the third name tells it from a door
      return llvm::any_of(RD->methods(), isTryLock) ? lockable(RD) : nullptr;

    if (auto T = guard(RD))
      return T;
    if (auto T = lockWrapper(RD))
      return T;
    if (auto T = lockable(RD))
      return T;

    std::vector<MemberFacts> Members;
    readMembers(RD, Members);
    if (auto T = primitive({RD->field_begin(), RD->field_end()}, Members))
      return T;
    return withGroupFacts(wrapper(RD, Members), Members);
  }

  void readMembers(const CXXRecordDecl *RD, std::vector<MemberFacts> &Members) {
    for (const CXXMethodDecl *M : allMembers(RD)) {
      if (M->isStatic() || isa<CXXConstructorDecl>(M) || isa<CXXDestructorDecl>(M))
        continue;
      const FunctionDecl *Pattern = M->getPrimaryTemplate() ? nullptr : M->getTemplateInstantiationPattern();
      if (U.visible(M))
        Members.push_back(read(M));
      else if (Pattern && Pattern->getBody()) {
        MemberFacts F;
        F.M = M;
        PatternReader(U, RD, F).TraverseStmt(Pattern->getBody());
        Members.push_back(std::move(F));
      }
    }
  }

  /// What the members do to these fields, taken together.
  std::unique_ptr<TypeModel> primitive(const std::vector<const FieldDecl *> &Fields,
                                       std::vector<MemberFacts> &Members) {
    bool Mutex = false, Condition = false, Semaphore = false;
    for (const FieldDecl *F : Fields) {
      Role R = fieldRole(F);
      Mutex |= isLock(R);
      Condition |= R == Role::Condition;
      Semaphore |= R == Role::Semaphore;
      // Who waits for a condition on the lock itself is woken by everybody who gives that lock back.
      if (isLock(R) && llvm::any_of(Members, [&](const MemberFacts &M) { return M.WaitsOn.contains(F); })) {
        Condition = true;
        for (MemberFacts &M : Members)
          if (M.Locks.contains(F))
            M.Notifies.insert(F);
      }
    }
    if (Mutex && Condition)
      if (auto T = pool(Fields, Members))
        return withGroupFacts(std::move(T), Members);
    if (auto T = crew(Members))
      return withGroupFacts(std::move(T), Members);
    if (!Mutex)
      return nullptr;
    if (Condition || Semaphore)
      if (auto T = channel(Fields, Members))
        return T;
    if (Condition) {
      if (auto T = slot(Fields, Members))
        return T;
      if (auto T = counter(Members))
        return T;
      if (auto T = promise(Members))
        return T;
      if (auto T = event(Fields, Members))
        return T;
    }
    if (auto T = callbackPromise(Fields, Members))
      return T;
    return meeting(Fields, Members);
  }

  // ---- handles that share their state ----

  llvm::DenseMap<const CXXRecordDecl *, llvm::SetVector<const CXXRecordDecl *>> HandlesOf; ///< by the shared state
  bool HandlesKnown = false;

  /// The plain state with a lock of its own behind a smart pointer that objects of this class hold, or null.
  const CXXRecordDecl *coreOf(const CXXRecordDecl *RD, unsigned Depth = 0) {
    if (!RD || !(RD = RD->getDefinition()) || RD->isDependentContext() || Depth > 3)
      return nullptr;
    const SourceManager &SM = U.Ctx.getSourceManager();
    if (SM.isInSystemHeader(SM.getExpansionLoc(RD->getLocation())))
      return nullptr;
    for (const FieldDecl *F : RD->fields()) {
      const CXXRecordDecl *Core = U.smartPointee(F->getType());
      Core = Core ? Core->getDefinition() : nullptr;
      if (!Core || Core == RD || U.Models.type(Core) || SM.isInSystemHeader(SM.getExpansionLoc(Core->getLocation())))
        continue;
      if (llvm::any_of(Core->fields(), [&](const FieldDecl *X) {
            const TypeModel *T = U.Models.type(X->getType());
            return T && isLock(T->Plays) && X->getAccess() == AS_public;
          }))
        return Core;
    }
    for (const CXXBaseSpecifier &B : RD->bases())
      if (const CXXRecordDecl *Core = coreOf(B.getType()->getAsCXXRecordDecl(), Depth + 1))
        return Core;
    return nullptr;
  }

  /// A promise and its future, the two ends of a channel: what one is, the members of all tell.
  std::unique_ptr<TypeModel> lookAtHandle(const CXXRecordDecl *RD, const CXXRecordDecl *Core) {
    if (!std::exchange(HandlesKnown, true))
      for (const FunctionDecl *F : U.Functions)
        if (const auto *M = dyn_cast<CXXMethodDecl>(F); M && !M->getParent()->isLambda())
          if (const CXXRecordDecl *Of = coreOf(M->getParent()))
            HandlesOf[Of].insert(M->getParent()->getDefinition());
    HandlesOf[Core].insert(RD);
    // Reading the members asks for other classes, and may come back here: nothing of the maps is held meanwhile.
    const auto Handles = HandlesOf[Core];
    if (Cores.try_emplace(Core).second) {
      std::vector<MemberFacts> Members;
      for (const CXXRecordDecl *H : Handles)
        readMembers(H, Members);
      if (auto T = primitive({Core->field_begin(), Core->field_end()}, Members))
        Cores[Core] = T->Plays;
    }
    // The roles differ from handle to handle: one end of a promise only waits.
    Role Whole = Cores[Core];
    bool Any = false, Fulfils = false;
    for (const CXXRecordDecl *H : Handles)
      if (H == RD || RD->isDerivedFrom(H))
        for (const CXXMethodDecl *M : H->methods())
          if (auto Acts = Actions.find(M->getCanonicalDecl()); Acts != Actions.end())
            for (const Action &A : Acts->second) {
              Any = true;
              Fulfils |= A.Operation == Op::Fulfil || A.Operation == Op::TryFulfil;
            }
    if (!Any || Whole == Role::None)
      return nullptr;
    auto T = make(Whole == Role::Promise && !Fulfils ? Role::SharedFuture : Whole);
    T->With.add(Fact::Borrows);
    if (T->Plays == Role::SharedFuture)
      T->With.add(Fact::ReadMany);
    return T;
  }
  llvm::DenseMap<const CXXRecordDecl *, Role> Cores;

  /// Of a group: which member sets the limit that its spawn heeds, and whether a wait closes it for good.
  std::unique_ptr<TypeModel> withGroupFacts(std::unique_ptr<TypeModel> T, llvm::ArrayRef<MemberFacts> Members) {
    if (!T || T->Plays != Role::Group)
      return T;
    auto Does = [&](const MemberFacts &F, Op O) {
      auto It = Actions.find(F.M->getCanonicalDecl());
      return It != Actions.end() && llvm::any_of(It->second, [&](const Action &A) { return A.Operation == O; });
    };
    for (const MemberFacts &Spawn : Members) {
      if (!Does(Spawn, Op::Spawn))
        continue;
      for (const MemberFacts &F : Members) {
        if (Does(F, Op::Spawn))
          continue;
        for (const FieldDecl *N : F.StoresParameter)
          if (!Does(F, Op::Limit) && N->getType()->isIntegerType() && !N->getType()->isBooleanType() &&
              (Spawn.WaitTests.contains(N) || Spawn.Tests.contains(N)))
            act(F.M, Op::Limit);
        if (!Does(F, Op::Wait))
          continue;
        if (F.Rethrows) {
          T->With.add(Fact::CarriesExceptions);
          for (Action &A : Actions[Spawn.M->getCanonicalDecl()])
            if (A.Operation == Op::Spawn)
              A.With.add(Fact::CarriesExceptions);
        }
        for (const auto &[Flag, Value] : F.SetsTrue)
          if (Spawn.Tests.contains(Flag) &&
              llvm::none_of(Members, [&](const MemberFacts &X) { return X.SetsFalse.contains(Flag); }))
            T->With.add(Fact::SingleUse);
        for (const auto &[E, Fd] : F.FieldEvents)
          if (E->Kind == Op::Cancel || E->Kind == Op::Close)
            T->With.add(Fact::SingleUse);
      }
    }
    return T;
  }

  /// The field through which a member raises a flag of its own object or of state that it shares, or null.
  const FieldDecl *raisesFlag(const CXXMethodDecl *M, bool To = true) {
    Code *C = U.code(M);
    if (!C)
      return nullptr;
    struct Reader : AstVisitor {
      const Code &C;
      bool To;
      const FieldDecl *Through = nullptr;
      Reader(const Code &C, bool To) : C(C), To(To) {}
      bool TraverseLambdaExpr(const LambdaExpr *) override { return true; }
      void raised(const Expr *L, const Expr *Value) {
        const auto *B = dyn_cast<CXXBoolLiteralExpr>(bare(Value));
        if (!B || B->getValue() != To)
          return;
        auto P = C.place(L);
        if (P && P->This && !P->Element && !P->Path.empty() && P->Path.size() <= 2)
          Through = P->Path.front();
      }
      bool VisitBinaryOperator(const BinaryOperator *B) override {
        if (B->getOpcode() == BO_Assign)
          raised(B->getLHS(), B->getRHS());
        return true;
      }
      bool VisitCXXOperatorCallExpr(const CXXOperatorCallExpr *O) override {
        if (O->getOperator() == OO_Equal && O->getNumArgs() == 2)
          raised(O->getArg(0), O->getArg(1));
        return true;
      }
      bool VisitCXXMemberCallExpr(const CXXMemberCallExpr *Call) override {
        const Expr *Obj = Call->getImplicitObjectArgument();
        if (Obj && Call->getNumArgs() >= 1 && C.U.role(Obj->getType()) == Role::Atomic)
          raised(Obj, Call->getArg(0));
        return true;
      }
    } R(*C, To);
    R.TraverseStmt(C->Fn->getBody());
    return R.Through;
  }

  /// One member raises a flag for good, another hands out an object of another class that sees it.
  std::unique_ptr<TypeModel> stopSource(const CXXRecordDecl *RD) {
    llvm::SmallVector<const CXXMethodDecl *, 2> Cancels, Tokens;
    const FieldDecl *Flag = nullptr;
    for (const CXXMethodDecl *M : RD->methods()) {
      if (M->isStatic() || M->getNumParams() || isa<CXXConstructorDecl>(M) || isa<CXXDestructorDecl>(M) ||
          M->isOverloadedOperator() || isa<CXXConversionDecl>(M))
        continue;
      QualType R = M->getReturnType();
      if (R->isVoidType() || R->isBooleanType()) {
        if (const FieldDecl *F = M->isConst() && R->isBooleanType() ? nullptr : raisesFlag(M)) {
          Flag = F;
          Cancels.push_back(M);
        }
      } else if (const CXXRecordDecl *T = R->getAsCXXRecordDecl();
                 T && T->hasDefinition() && T != RD && !R->isReferenceType() && U.Models.type(T) == nullptr) {
        if (llvm::any_of(T->methods(), [](const CXXMethodDecl *X) {
              return X->getReturnType()->isBooleanType() && X->getNumParams() == 0 && X->isConst();
            }))
          Tokens.push_back(M);
      }
    }
    if (Cancels.empty() || Tokens.empty())
      return nullptr;
    for (const CXXMethodDecl *M : RD->methods())
      if (raisesFlag(M, /*To=*/false))
        return nullptr; // it can be taken back: a state, not a stop
    // The token must share the flag: it is made from the field through which the flag is raised, or from the object.
    llvm::erase_if(Tokens, [&](const CXXMethodDecl *M) {
      Code *C = U.code(M);
      if (!C)
        return true;
      struct Shares : AstVisitor {
        const FieldDecl *Flag;
        bool Found = false;
        explicit Shares(const FieldDecl *F) : Flag(F) {}
        bool VisitMemberExpr(const MemberExpr *E) override {
          Found |= E->getMemberDecl()->getCanonicalDecl() == Flag->getCanonicalDecl();
          return true;
        }
      } S(Flag);
      S.TraverseStmt(C->Fn->getBody());
      return !S.Found;
    });
    if (Tokens.empty())
      return nullptr;
    for (const CXXMethodDecl *M : Cancels)
      act(M, Op::Cancel);
    for (const CXXMethodDecl *M : Tokens)
      act(M, Op::GetToken);
    const CXXDestructorDecl *D = RD->getDestructor();
    bool EndsIt = false;
    if (Code *C = D ? U.code(D) : nullptr) {
      EndsIt = raisesFlag(D) != nullptr;
      for (const Event &E : C->Events)
        EndsIt |= E.Kind == Op::Call && llvm::is_contained(Cancels, dyn_cast_or_null<CXXMethodDecl>(E.Callee));
    } else if (D && D->isUserProvided())
      EndsIt = true; // it can not be seen
    return make(EndsIt ? Role::CancelScope : Role::StopSource);
  }

  /// A class whose constructor takes a lock that its destructor gives back.
  std::unique_ptr<TypeModel> guard(const CXXRecordDecl *RD) {
    const CXXDestructorDecl *D = RD->getDestructor();
    Code *DC = D ? U.code(D) : nullptr;
    if (!DC)
      return nullptr;
    const FieldDecl *Lock = nullptr;
    for (const Event &E : DC->Events)
      if (E.Kind == Op::Release && E.Object.This && E.Object.Path.size() == 1)
        Lock = E.Object.Path.front();
    if (!Lock || !(Lock->getType()->isReferenceType() || Lock->getType()->isPointerType()))
      return nullptr;
    auto T = make(Role::Guard);
    bool Any = false;
    for (const CXXConstructorDecl *Ctor : RD->ctors()) {
      Code *C = Ctor->isCopyOrMoveConstructor() ? nullptr : U.code(Ctor);
      if (!C)
        continue;
      int Param = -1;
      const auto *CD = cast<CXXConstructorDecl>(C->Fn);
      for (const CXXCtorInitializer *I : CD->inits())
        if (I->getAnyMember() == Lock && I->getInit())
          if (auto P = C->place(I->getInit()); P && P->Root)
            if (const auto *PV = dyn_cast<ParmVarDecl>(P->Root); PV && P->Path.empty())
              Param = static_cast<int>(PV->getFunctionScopeIndex());
      for (const Event &E : C->Events) {
        bool Takes = E.Kind == Op::Acquire || E.Kind == Op::AcquireShared;
        bool OnField = E.Object.This && E.Object.Path.size() == 1 && E.Object.Path.front() == Lock;
        bool OnParam = Param >= 0 && E.Object.Root == CD->getParamDecl(Param) && E.Object.Path.empty();
        if (Takes && (OnField || OnParam) && Param >= 0) {
          Action A{E.Kind, {Operand::Param, static_cast<unsigned>(Param)}, {}, -1, Runs::Later, false};
          Actions[Ctor->getCanonicalDecl()].push_back(A);
          Any = true;
        }
      }
    }
    if (!Any)
      return nullptr;
    // unlock() and lock() of the guard itself.
    for (const CXXMethodDecl *M : RD->methods()) {
      if (isa<CXXConstructorDecl>(M) || isa<CXXDestructorDecl>(M))
        continue;
      if (Code *C = U.code(M))
        for (const Event &E : C->Events)
          if (E.Object.This && E.Object.Path.size() == 1 && E.Object.Path.front() == Lock &&
              (E.Kind == Op::Acquire || E.Kind == Op::Release))
            act(M, E.Kind);
    }
    return T;
  }

  /// A class that hands its lock operations on to one inside (a wrapper around pthread_mutex_t, std::mutex).
  std::unique_ptr<TypeModel> lockWrapper(const CXXRecordDecl *RD) {
    const CXXMethodDecl *Takes = nullptr, *Gives = nullptr;
    std::vector<std::pair<const CXXMethodDecl *, Op>> Ops;
    Role Inner = Role::Mutex;
    for (const CXXMethodDecl *M : RD->methods()) {
      if (isa<CXXConstructorDecl>(M) || isa<CXXDestructorDecl>(M) || M->isStatic())
        continue;
      Code *C = U.code(M);
      if (!C)
        continue;
      const Event *Only = nullptr;
      unsigned Count = 0;
      bool Guards = false;
      for (const Event &E : C->Events)
        if ((E.Kind == Op::Acquire || E.Kind == Op::AcquireShared || E.Kind == Op::Release ||
             E.Kind == Op::TryAcquire) &&
            E.Object.This && E.Object.Path.size() == 1) {
          Guards |= E.Guard != nullptr;
          Only = &E;
          ++Count;
        }
      // A class that also works under its lock is not a lock: its members say what they do to the field.
      if (Guards || Count > 1)
        return nullptr;
      if (Count == 0)
        continue;
      Ops.emplace_back(M, Only->Kind);
      Inner = fieldRole(Only->Object.Path.front());
      if (Only->Kind == Op::Acquire)
        Takes = M;
      if (Only->Kind == Op::Release)
        Gives = M;
    }
    if (!Takes || !Gives)
      return nullptr;
    for (auto &[M, O] : Ops)
      act(M, O);
    return make(Inner == Role::None ? Role::Mutex : Inner);
  }

  /// The name of a member, whatever its spelling: `TryLock` and `try_lock` are one.
  static std::string plainName(const CXXMethodDecl *M) {
    std::string Name = M->getIdentifier() ? M->getName().lower() : "";
    llvm::erase(Name, '_');
    return Name;
  }
  static bool isTryLock(const CXXMethodDecl *M) { return M->param_empty() && plainName(M) == "trylock"; }

  /// What the standard calls BasicLockable is a lock, however it is made (of atomics, of a system call), and so is one
  /// that spells these names in its own way and whose bodies stand elsewhere.
  std::unique_ptr<TypeModel> lockable(const CXXRecordDecl *RD) {
    std::vector<std::pair<const CXXMethodDecl *, Op>> Ops;
    bool Hidden = false;
    for (const CXXMethodDecl *M : RD->methods()) {
      if (!M->getIdentifier() || M->isStatic() || M->getNumParams() != 0 || M->getAccess() != AS_public)
        continue;
      bool Standard = M->getName().lower() == M->getName();
      Op O = llvm::StringSwitch<Op>(plainName(M))
                 .Case("lock", Op::Acquire)
                 .Case("writelock", Op::Acquire)
                 .Case("lockshared", Op::AcquireShared)
                 .Case("readlock", Op::AcquireShared)
                 .Case("unlock", Op::Release)
                 .Case("unlockshared", Op::Release)
                 .Case("readunlock", Op::Release)
                 .Case("writeunlock", Op::Release)
                 .Case("trylock", Op::TryAcquire)
                 .Default(Op::Test);
      bool Seen = U.visible(M), Says = !Seen && M->getReturnType()->isIntegerType(); // an error code
      if (O == Op::Test || (Seen && !Standard) ||
          !(O == Op::TryAcquire ? M->getReturnType()->isBooleanType() : M->getReturnType()->isVoidType() || Says))
        continue;
      Hidden |= !Seen;
      Ops.emplace_back(M, O);
    }
    auto Has = [&](Op O) { return llvm::any_of(Ops, [&](const auto &X) { return X.second == O; }); };
    // With a lock inside, or leading to one, it is something else: its members say what they do to that lock.
    bool Around = llvm::any_of(RD->fields(), [&](const FieldDecl *F) {
      QualType To = F->getType()->getPointeeType();
      bool Opaque = Hidden && !To.isNull() && To->isIncompleteType(); // what the hidden bodies work with
      return (isLock(fieldRole(F)) && !Hidden) || (!To.isNull() && !Opaque);
    });
    if (!(Has(Op::Acquire) || Has(Op::AcquireShared)) || !Has(Op::Release) || Around)
      return nullptr;
    for (const auto &[M, O] : Ops)
      act(M, O);
    return make(Role::Mutex);
  }

  static bool waits(const MemberFacts &F) { return !F.WaitsOn.empty() || F.TakesPermit; }
  static bool wakes(const MemberFacts &F) { return !F.Notifies.empty() || F.GivesPermit; }
  static bool takesFrom(const MemberFacts &F, const FieldDecl *Q) {
    // A ring buffer is read by index, and a position or a count moves on.
    return F.Extracts.contains(Q) ||
           (F.Reads.contains(Q) && !F.Inserts.contains(Q) && wakes(F) && (!F.Lowers.empty() || !F.Raises.empty()));
  }

  /// A container between members: the one that waits and takes out receives, the one that puts in and wakes sends. A
  /// send that waits - for room, or until the item is taken - is one that blocks.
  std::unique_ptr<TypeModel> channel(llvm::ArrayRef<const FieldDecl *> Fields, std::vector<MemberFacts> &Members) {
    for (const FieldDecl *Q : Fields) {
      if (fieldRole(Q) != Role::Container && !Q->getType()->isArrayType())
        continue;
      bool Receives = false, Sends = false;
      for (const MemberFacts &F : Members) {
        Receives |= waits(F) && takesFrom(F, Q);
        Sends |= F.Inserts.contains(Q) && wakes(F);
      }
      if (!Receives || !Sends)
        continue;
      for (const MemberFacts &F : Members) {
        if (F.Inserts.contains(Q) && wakes(F))
          sends(F);
        else if (waits(F) && takesFrom(F, Q))
          act(F.M, Op::Receive, {F.Timed ? Fact::Timed : Fact::Blocking});
        else if (takesFrom(F, Q))
          act(F.M, Op::TryReceive);
        else if (!F.SetsTrue.empty() && !F.Notifies.empty())
          act(F.M, Op::Close);
      }
      return make(Role::Channel);
    }
    return nullptr;
  }
  void sends(const MemberFacts &F) {
    if (waits(F) && !F.Timed)
      act(F.M, Op::Send, {Fact::Blocking});
    else if (waits(F))
      act(F.M, Op::TrySend);
    else
      act(F.M, F.M->getReturnType()->isBooleanType() ? Op::TrySend : Op::Send);
  }

  /// The same with one place for the item: filled when it is empty, emptied when it is full.
  std::unique_ptr<TypeModel> slot(llvm::ArrayRef<const FieldDecl *> Fields, std::vector<MemberFacts> &Members) {
    for (const FieldDecl *S : Fields) {
      const MemberFacts *Puts = nullptr, *Takes = nullptr;
      for (const MemberFacts &F : Members) {
        if (!waits(F) || !wakes(F) || !F.WaitTests.contains(S))
          continue;
        if (F.StoresParameter.contains(S) || (F.SetsTrue.count(S) && !F.StoresParameter.empty()))
          Puts = &F;
        else if (F.Empties.contains(S) || F.SetsFalse.contains(S))
          Takes = &F;
      }
      if (!Puts || !Takes)
        continue;
      sends(*Puts);
      act(Takes->M, Op::Receive, {Takes->Timed ? Fact::Timed : Fact::Blocking});
      return make(Role::Channel);
    }
    return nullptr;
  }

  /// A class that keeps callables in a container, runs them on threads of its own, and can wait until all are done.
  std::unique_ptr<TypeModel> pool(llvm::ArrayRef<const FieldDecl *> Fields, std::vector<MemberFacts> &Members) {
    const FieldDecl *Threads = nullptr;
    const FieldDecl *Queue = nullptr;
    for (const FieldDecl *F : Fields) {
      QualType E = U.element(F->getType());
      Role R = E.isNull() ? fieldRole(F) : U.role(E);
      if (R == Role::Thread || R == Role::JoiningThread)
        Threads = F;
      if (!E.isNull() && holdsCallables(E))
        Queue = F;
    }
    if (!Threads || !Queue)
      return nullptr;
    const FieldDecl *Pending = nullptr;
    for (const MemberFacts &F : Members)
      if (F.Inserts.contains(Queue))
        for (const FieldDecl *C : F.Raises)
          Pending = C;
    bool Any = false, Ends = false;
    for (const MemberFacts &F : Members) {
      if (F.Inserts.contains(Queue)) {
        // One that waits before it returns shares its work out.
        const Code *C = U.code(F.M);
        if (C && llvm::any_of(C->Events, waitsForOthers))
          act(F.M, Op::RunNow, {Fact::Parallel});
        else
          act(F.M, Op::Spawn);
        Any = true;
      } else if (F.Joins.contains(Threads) && !F.Spawns) { // the queue is worked off, and its workers are gone
        act(F.M, Op::Wait);
        Ends = true;
      } else if (!F.WaitsOn.empty() && !F.Extracts.contains(Queue) && (!Pending || F.WaitTests.contains(Pending)) &&
                 (Pending || F.WaitTests.contains(Queue)))
        act(F.M, Op::Wait);
    }
    if (!Any)
      return nullptr;
    auto T = make(Role::Group);
    if (Ends && llvm::none_of(Members, [](const MemberFacts &F) { return F.Spawns; }))
      T->With.add(Fact::SingleUse); // only the constructor makes workers
    return T;
  }

  /// A class that starts a task for each callable that it is given, and waits for all of them: by their handles, or by
  /// a count of those that run.
  std::unique_ptr<TypeModel> crew(std::vector<MemberFacts> &Members) {
    llvm::DenseSet<const FieldDecl *> Running;
    bool Starts = false, Waits = false;
    for (const MemberFacts &F : Members)
      if (F.StartsGiven) {
        Starts = true;
        Running.insert(F.Raises.begin(), F.Raises.end());
      }
    auto IsWait = [&](const MemberFacts &F) {
      return !F.StartsGiven &&
             (!F.Joins.empty() || (!F.WaitsOn.empty() && llvm::any_of(F.WaitTests, [&](const FieldDecl *N) {
               return Running.contains(N) && !F.Raises.contains(N) && !F.Lowers.contains(N);
             })));
    };
    for (const MemberFacts &F : Members)
      Waits |= IsWait(F);
    if (!Starts || !Waits)
      return nullptr;
    for (const MemberFacts &F : Members)
      if (F.StartsGiven)
        act(F.M, Op::Spawn);
      else if (IsWait(F) && F.Timed && F.Joins.empty())
        act(F.M, Op::Wait, {Fact::Timed});
      else if (IsWait(F))
        act(F.M, Op::Wait);
    return make(Role::Group);
  }
  bool holdsCallables(QualType T) {
    T = U.pointee(T);
    if (U.role(T) == Role::Function || T->isFunctionPointerType())
      return true;
    const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
    if (!RD || !RD->hasDefinition())
      return false;
    if (U.Models.type(T) && U.Models.type(T)->Plays == Role::Promise)
      return true; // a queue of packaged tasks
    return llvm::any_of(RD->fields(), [&](const FieldDecl *F) { return U.role(F->getType()) == Role::Function; });
  }

  /// A count that one member raises, another lowers and notifies, and a third waits for.
  std::unique_ptr<TypeModel> counter(std::vector<MemberFacts> &Members) {
    for (const MemberFacts &W : Members) {
      if (W.WaitsOn.empty() || W.Timed)
        continue;
      for (const FieldDecl *N : W.WaitTests) {
        if (!N->getType()->isIntegralOrEnumerationType() && U.role(N->getType()) != Role::Atomic)
          continue;
        if (W.Lowers.contains(N) || W.Raises.contains(N))
          continue; // a semaphore: it takes what it waited for
        const MemberFacts *Down = nullptr;
        for (const MemberFacts &F : Members)
          if (F.Lowers.contains(N) && !F.Notifies.empty() && F.WaitsOn.empty())
            Down = &F;
        if (!Down)
          continue;
        for (const MemberFacts &F : Members) {
          if (F.M == W.M)
            act(F.M, Op::Wait);
          else if (F.M == Down->M)
            act(F.M, Op::Leave);
          else if (F.Raises.contains(N) && F.WaitsOn.empty())
            act(F.M, Op::Enter);
        }
        return make(Role::Latch);
      }
    }
    return nullptr;
  }

  /// A flag that goes up once and wakes those who wait for it, and nothing else: a count of one.
  std::unique_ptr<TypeModel> event(const std::vector<const FieldDecl *> &Fields, std::vector<MemberFacts> &Members) {
    for (const FieldDecl *F : Fields)
      if (Role R = fieldRole(F);
          !isLock(R) && R != Role::Condition && R != Role::Atomic && !F->getType()->isIntegralOrEnumerationType())
        return nullptr;
    for (const MemberFacts &W : Members) {
      llvm::SmallVector<const FieldDecl *, 2> Asked; // but for the pointer to the state
      llvm::copy_if(W.WaitTests, std::back_inserter(Asked),
                    [&](const FieldDecl *F) { return llvm::is_contained(Fields, F); });
      if (W.WaitsOn.empty() || W.Timed || Asked.size() != 1)
        continue;
      const FieldDecl *Flag = Asked.front();
      auto Raises = [&](const MemberFacts &F) { return completes(F, Flag) && F.StoresParameter.empty(); };
      bool Undone = llvm::any_of(Members, [&](const MemberFacts &F) {
        return F.SetsFalse.contains(Flag) || F.Raises.contains(Flag) || F.Lowers.contains(Flag);
      });
      if (Undone || !Flag->getType()->isBooleanType() || llvm::none_of(Members, Raises))
        continue;
      for (const MemberFacts &F : Members)
        if (Raises(F))
          act(F.M, Op::Leave);
        else if (F.M == W.M)
          act(F.M, Op::Wait);
      return make(Role::Latch);
    }
    return nullptr;
  }

  /// A flag that members set and notify, with a value beside it that somebody waits for.
  std::unique_ptr<TypeModel> promise(std::vector<MemberFacts> &Members) {
    for (const MemberFacts &W : Members) {
      if (W.WaitsOn.empty())
        continue;
      for (const FieldDecl *Flag : W.WaitTests) {
        bool Stores = false, Undone = false, Waits = false;
        unsigned Completers = 0;
        for (const MemberFacts &F : Members) {
          Undone |= F.SetsFalse.contains(Flag) || F.Empties.contains(Flag);
          Waits |= F.WaitTests.contains(Flag);
          if (completes(F, Flag)) {
            ++Completers;
            Stores |= llvm::any_of(F.StoresParameter, [](const FieldDecl *) { return true; });
          }
        }
        // Without a value it is an event, which may be set again; a flag that goes back is a state.
        if (!Completers || !Stores || Undone || !Waits)
          continue;
        const FieldDecl *Callback = callback(Members, Flag);
        for (const MemberFacts &F : Members)
          if (completes(F, Flag))
            fulfils(F, Flag, Callback);
          else if (F.WaitTests.contains(Flag))
            act(F.M, takesOut(F, Flag, Members) ? Op::Consume : Op::Await, {F.Timed ? Fact::Timed : Fact::Blocking});
          else if (Callback && registers(F, Callback))
            act(F.M, Op::Defer, {Fact::InlineContinuations});
        return make(Role::Promise);
      }
    }
    return nullptr;
  }
  void fulfils(const MemberFacts &F, const FieldDecl *Flag, const FieldDecl *Callback) {
    bool Strict = F.Refuses.contains(Flag) && !F.Claims;
    Op How = !Strict && (F.Tests.contains(Flag) || F.Claims) ? Op::TryFulfil : Op::Fulfil;
    act(F.M, How);
    auto &With = Actions[F.M->getCanonicalDecl()].back().With;
    if (Strict)
      With.add(Fact::Refuses);
    if (Callback && F.RunsCallables && F.Mentions.contains(Callback))
      With.add(Fact::InlineContinuations);
  }
  static bool registers(const MemberFacts &F, const FieldDecl *Callback) {
    return F.StoresParameter.contains(Callback) || F.Inserts.contains(Callback);
  }
  /// Where members leave callables that are to run once the flag is up: they ask for the flag first.
  static const FieldDecl *callback(const std::vector<MemberFacts> &Members, const FieldDecl *Flag) {
    for (const MemberFacts &F : Members)
      if (F.Tests.contains(Flag))
        for (const FieldDecl *K : F.Mentions)
          if (K != Flag && registers(F, K))
            return K;
    return nullptr;
  }

  /// A promise that nobody waits for: the callables that were left with it run when its value comes.
  std::unique_ptr<TypeModel> callbackPromise(llvm::ArrayRef<const FieldDecl *> Fields,
                                             std::vector<MemberFacts> &Members) {
    for (const FieldDecl *Flag : Fields) {
      const FieldDecl *Callback = callback(Members, Flag);
      auto Settles = [&](const MemberFacts &F) {
        return F.Completes.contains(Flag) && F.RunsCallables && F.Mentions.contains(Callback) &&
               !F.StoresParameter.empty();
      };
      auto Undoes = [&](const MemberFacts &F) { return F.SetsFalse.contains(Flag) || F.Empties.contains(Flag); };
      if (!Callback || llvm::none_of(Members, Settles) || llvm::any_of(Members, Undoes))
        continue;
      for (const MemberFacts &F : Members)
        if (Settles(F))
          fulfils(F, Flag, Callback);
        else if (registers(F, Callback))
          act(F.M, Op::Defer, {Fact::InlineContinuations});
      return make(Role::Promise);
    }
    return nullptr;
  }

  /// The same without a flag: the value and the callable meet. Whoever brings one asks for the other, leaves what it
  /// brought if that is not there yet, and else takes the callable out and runs it. Filled again it may be a slot that
  /// hands over one value after the other, so that a second value is no mistake of its own.
  std::unique_ptr<TypeModel> meeting(llvm::ArrayRef<const FieldDecl *> Fields, std::vector<MemberFacts> &Members) {
    for (const FieldDecl *Value : Fields) {
      const FieldDecl *Callback = fieldRole(Value) == Role::Function ? nullptr : callback(Members, Value);
      auto Meets = [&](const MemberFacts &F) {
        return F.StoresParameter.contains(Value) && F.Tests.contains(Callback) && F.RunsCallables &&
               (F.Exchanges.contains(Callback) || F.MovesOut.contains(Callback));
      };
      if (!Callback || llvm::none_of(Members, Meets))
        continue;
      for (const MemberFacts &F : Members)
        if (Meets(F))
          act(F.M, Op::TryFulfil, {Fact::InlineContinuations});
        else if (registers(F, Callback))
          act(F.M, Op::Defer, {Fact::InlineContinuations});
      return make(Role::Promise);
    }
    return nullptr;
  }

  /// Does who waits take the value away, so that whoever comes next finds none?
  static bool takesOut(const MemberFacts &Waits, const FieldDecl *Flag, llvm::ArrayRef<MemberFacts> Members) {
    if (Waits.M->isConst())
      return false;
    return llvm::any_of(Members, [&](const MemberFacts &F) {
      return completes(F, Flag) && llvm::any_of(F.StoresParameter, [&](const FieldDecl *Value) {
               const CXXRecordDecl *RD = Value->getType()->getAsCXXRecordDecl();
               bool Moves =
                   RD && RD->hasDefinition() && !RD->hasTrivialMoveConstructor() && Waits.MovesOut.contains(Value);
               return Moves || Waits.Exchanges.contains(Value) || Waits.Empties.contains(Value);
             });
    });
  }
  static bool completes(const MemberFacts &F, const FieldDecl *Flag) {
    return !F.Notifies.empty() && F.WaitsOn.empty() && F.Completes.contains(Flag) && F.Inserts.empty();
  }

  /// A class whose members each pass one operation on to the same field: what happens to the field happens to it.
  std::unique_ptr<TypeModel> wrapper(const CXXRecordDecl *RD, std::vector<MemberFacts> &Members) {
    Role Found = Role::None;
    const FieldDecl *Inner = nullptr;
    bool Threads = false;
    for (const MemberFacts &F : Members)
      for (const auto &[E, Fd] : F.FieldEvents) {
        QualType Elem = U.element(Fd->getType());
        Role R = Elem.isNull() ? fieldRole(Fd) : U.role(Elem);
        if (R == Role::None)
          R = handleIn(Elem);
        Threads |= R == Role::Thread;
        bool Owner =
            R == Role::Group || R == Role::Channel || (!Elem.isNull() && (R == Role::Thread || R == Role::Future));
        if (!Owner || (Fd->getType()->isPointerType() || Fd->getType()->isReferenceType()))
          continue;
        if (Inner && Inner != Fd)
          return nullptr; // two of a kind: the object is neither
        Inner = Fd;
        Found = R == Role::Channel ? Role::Channel : Role::Group;
      }
    if (!Inner)
      return nullptr;
    bool Spawns = false, Waits = false;
    for (const MemberFacts &F : Members) {
      llvm::DenseSet<int> Done;
      for (const auto &[E, Fd] : F.FieldEvents) {
        if (Fd != Inner)
          continue;
        Op O = E->Kind;
        if (Found == Role::Group && (O == Op::Join || O == Op::Await || O == Op::Consume))
          O = Op::Wait;
        bool Carries = O == Op::Spawn || O == Op::Wait || O == Op::Send || O == Op::TrySend || O == Op::Receive ||
                       O == Op::TryReceive || O == Op::Close || O == Op::Limit;
        if (!Carries || !Done.insert(static_cast<int>(O)).second)
          continue;
        if (!unconditional(*E, F.M))
          continue;
        if (E->may(Fact::Blocking))
          act(F.M, O, {Fact::Blocking});
        else if (O == Op::Spawn && Threads)
          act(F.M, O, {Fact::OwnThread});
        else
          act(F.M, O);
        Spawns |= O == Op::Spawn;
        Waits |= O == Op::Wait;
      }
    }
    if (Found == Role::Group && !(Spawns && Waits)) {
      for (const MemberFacts &F : Members)
        Actions.erase(F.M->getCanonicalDecl());
      return nullptr;
    }
    return make(Found);
  }
  /// Does the member do this whenever it is called? (Loops over the handles count: they wait for all there are.)
  bool unconditional(const Event &E, const CXXMethodDecl *M) {
    Code *C = U.code(M);
    for (const Stmt *S = E.Site; S && C; S = C->parent(S))
      if (isa<IfStmt, SwitchStmt, ConditionalOperator, CXXCatchStmt>(S)) {
        // `if (t.joinable()) t.join();` asks about the handle alone.
        if (isa<IfStmt>(S) && (E.Object.Element || (E.Object.Root && C->elementOf(E.Object.Root))))
          continue;
        return false;
      }
    return true;
  }
};

Inference::Inference(Unit &U, Reader &R) : I(std::make_unique<Impl>(U, R)) {}
Inference::~Inference() = default;

Inference::Watch::Watch(Inference &I) : I(I), Outer(std::exchange(I.I->Low, Sure)), Unanswered(I.I->Unanswered) {}
bool Inference::Watch::unanswered() const { return I.I->Unanswered != Unanswered; }
Inference::Watch::~Watch() { I.I->Low = std::min(Outer, I.I->Low); }
unsigned Inference::Watch::rests() const { return I.I->Low; }
void Inference::Watch::lean(unsigned On) { I.I->Low = std::min(I.I->Low, On); }

const TypeModel *Inference::type(const CXXRecordDecl *RD) { return I->type(RD); }

llvm::ArrayRef<Action> Inference::actions(const CXXMethodDecl *M) {
  const CXXRecordDecl *RD = M->getParent();
  if (!RD || !RD->hasDefinition())
    return {};
  (void)I->type(RD);
  auto It = I->Actions.find(M->getCanonicalDecl());
  return It == I->Actions.end() ? llvm::ArrayRef<Action>() : llvm::ArrayRef<Action>(It->second);
}

} // namespace heddle

#include "StopFacts.h"
#include "Classes.h"
#include "Guards.h"
#include "MakeFacts.h"
#include "Mentions.h"
#include "Unwrap.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;

namespace heddle {

/// Functions that return what other functions answer are followed this deep.
static constexpr unsigned MaxDepth = 4;

static StopQuestion asks(StopKind Kind, const ValueDecl *Object) {
  StopQuestion Q;
  Q.Asked.push_back({Kind, Object});
  Q.WhenTrue = Q.WhenFalse = true;
  return Q;
}

static StopQuestion constant(bool Value) {
  StopQuestion Q;
  Q.WhenTrue = !Value;
  Q.WhenFalse = Value;
  return Q;
}

static StopQuestion negated(StopQuestion Q) {
  std::swap(Q.WhenTrue, Q.WhenFalse);
  return Q;
}

static StopQuestion joined(StopQuestion L, const StopQuestion &R, bool And) {
  L.Asked.append(R.Asked.begin(), R.Asked.end());
  L.WhenTrue = And ? L.WhenTrue || R.WhenTrue : L.WhenTrue && R.WhenTrue;
  L.WhenFalse = And ? L.WhenFalse && R.WhenFalse : L.WhenFalse || R.WhenFalse;
  return L;
}

bool StopFacts::isFlag(QualType T) const {
  T = T.getNonReferenceType();
  if (T->isBooleanType())
    return true;
  const TypeModel *M = U.type(T);
  if (!M || M->Plays != Role::Atomic)
    return false;
  const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(T->getAsCXXRecordDecl());
  if (!Spec || Spec->getTemplateArgs().size() == 0)
    return true; // atomic_flag, QAtomicInt
  const TemplateArgument &Value = Spec->getTemplateArgs()[0];
  return Value.getKind() == TemplateArgument::Type && Value.getAsType()->isBooleanType();
}

/// Returns true if the body is that of a lambda which has captured a copy of the variable.
static bool hasCopy(const Code &C, const VarDecl *V) {
  const auto *M = dyn_cast<CXXMethodDecl>(C.Fn);
  return M && M->getParent()->isLambda() && llvm::any_of(M->getParent()->captures(), [&](const LambdaCapture &Cap) {
           return Cap.capturesVariable() && Cap.getCapturedVar() == V && Cap.getCaptureKind() == LCK_ByCopy;
         });
}

/// The place that the expression names if it is no local of the body: code outside can write it.
static std::optional<Place> shared(const Code &C, const Expr *E) {
  auto P = C.place(E);
  const auto *V = P ? dyn_cast_or_null<VarDecl>(P->Root) : nullptr;
  if (V && !V->isInitCapture() && !V->getType()->isReferenceType() && !C.U.leads(V->getType()) && hasCopy(C, V))
    return std::nullopt;
  if (!V || !V->hasLocalStorage() || V->isInitCapture() ||
      V->getDeclContext() != static_cast<const DeclContext *>(C.Fn))
    return P;
  bool Borrowed = V->getType()->isReferenceType() || (C.U.leads(V->getType()) && !C.isModified(V));
  return Borrowed ? P : std::nullopt;
}

StopQuestion StopFacts::ofFlag(const Code &C, const Expr *E, unsigned Depth) {
  const auto *DR = dyn_cast<DeclRefExpr>(E);
  // `bool stop = token.stop_requested();`, `while (bool more = …)`
  if (const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
      V && V->isLocalVarDecl() && V->getType()->isBooleanType() && V->getInit() && !C.isModified(V) &&
      V->getDeclContext() == static_cast<const DeclContext *>(C.Fn))
    return of(C, V->getInit(), Depth);
  auto P = isFlag(E->getType()) ? shared(C, E) : std::nullopt;
  if (!P)
    return {};
  return asks(U.role(E->getType()) == Role::Atomic ? StopKind::Atomic : StopKind::Flag, P->last());
}

/// `over == true`, `state_ != State::running`: a flag in all but its type.
StopQuestion StopFacts::ofComparison(const Code &C, const Expr *L, const Expr *R, bool Equal, unsigned Depth) {
  Expr::EvalResult Value;
  if (R->isValueDependent() || !R->EvaluateAsInt(Value, U.Ctx))
    return {};
  const Expr *E = unwrap(L);
  if (E->getType()->isBooleanType()) {
    StopQuestion Q = of(C, E, Depth);
    return Equal == Value.Val.getInt().getBoolValue() ? Q : negated(Q);
  }
  const auto *State = dyn_cast<DeclRefExpr>(unwrap(R));
  if (!State || !isa<EnumConstantDecl>(State->getDecl()))
    return {};
  if (const auto *Load = dyn_cast<CXXMemberCallExpr>(E); Load && Load->getImplicitObjectArgument())
    E = Load->getImplicitObjectArgument();
  bool Atomic = U.role(E->getType()) == Role::Atomic;
  auto P = Atomic || E->getType()->isEnumeralType() ? shared(C, E) : std::nullopt;
  return P ? asks(Atomic ? StopKind::Atomic : StopKind::Flag, P->last()) : StopQuestion();
}

/// Returns true for pointers and optionals: a value that may be missing.
static bool mayBeMissing(Unit &U, QualType T) {
  T = T.getNonReferenceType();
  const TypeModel *M = U.type(T);
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  return T->isPointerType() || (M && M->Plays == Role::SmartPointer) ||
         (RD && RD->getIdentifier() && RD->getName() == "optional");
}

/// Whether a returned value is there: `nullptr`, `std::nullopt` and `{}` are not, what is made of something is.
static std::optional<bool> isThere(Unit &U, const Expr *E) {
  bool Value = false;
  const Expr *X = unwrap(E);
  if (X->isValueDependent())
    return std::nullopt;
  if (X->getType()->isScalarType() && X->EvaluateAsBooleanCondition(Value, U.Ctx))
    return Value;
  if (isa<CXXNullPtrLiteralExpr, GNUNullExpr>(X))
    return false;
  if (const auto *List = dyn_cast<InitListExpr>(X))
    return List->getNumInits() ? std::nullopt : std::optional(false);
  const CXXRecordDecl *RD = X->getType()->getAsCXXRecordDecl();
  if (RD && RD->getIdentifier() && RD->getName() == "nullopt_t")
    return false;
  const auto *Call = dyn_cast<CallExpr>(X); // make_unique<T>(…), make_optional(…)
  if (const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr; F && F->getIdentifier())
    return F->isInStdNamespace() && F->getName().starts_with("make_") ? std::optional(true) : std::nullopt;
  const auto *Made = dyn_cast<CXXConstructExpr>(X);
  if (!Made)
    return std::nullopt;
  if (Made->getNumArgs() == 0)
    return false;
  // Of another type the value is made; of its own it is whatever that was.
  auto From = isThere(U, Made->getArg(0));
  bool Same = U.Ctx.hasSameUnqualifiedType(Made->getArg(0)->getType().getNonReferenceType(), Made->getType());
  return From || Same ? From : std::optional(true);
}

/// A return of a constant, or of a value that is there or missing, where a token was asked before: it says what the
/// token did. `if (!wake.wait(lock, stop, filled)) return false;`
StopQuestion StopFacts::ofReturn(const Code &C, const ReturnStmt *R, unsigned Depth) {
  const Expr *Value = R->getRetValue();
  if (!Value)
    return {};
  bool IsBool = C.Fn->getReturnType()->isBooleanType();
  auto There = IsBool ? std::nullopt : isThere(U, Value);
  StopQuestion Q = IsBool ? of(C, Value, Depth) : There ? constant(*There) : StopQuestion();
  if (!Q.Asked.empty() || Q.WhenTrue == Q.WhenFalse)
    return Q;
  for (const Guard &G : guards(C, R)) {
    StopQuestion Before = G.Cases.empty() ? of(C, G.Condition, Depth) : StopQuestion();
    bool Token =
        !Before.Asked.empty() && llvm::all_of(Before.Asked, [](const StopAsk &A) { return A.Kind == StopKind::Token; });
    if (Token && Before.when(G.Value)) {
      Before.WhenTrue = Before.WhenFalse = true;
      return Before;
    }
  }
  return Q;
}

/// The answer of a visible function: each of its returns has to ask.
StopQuestion StopFacts::ofFunction(const FunctionDecl *F, unsigned Depth) {
  QualType Result = F->getReturnType();
  Code *C = Depth < MaxDepth && (Result->isBooleanType() || mayBeMissing(U, Result)) ? U.code(F) : nullptr;
  if (!C)
    return {};
  auto [It, New] = Functions.try_emplace(F); // in recursion it asks nothing
  if (!New)
    return It->second;
  StopQuestion All;
  bool First = true;
  for (const ReturnStmt *R : returnsIn(C->Fn->getBody())) {
    StopQuestion Q = ofReturn(*C, R, Depth + 1);
    All.Asked.append(Q.Asked.begin(), Q.Asked.end());
    All.WhenTrue = Q.WhenTrue && (First || All.WhenTrue);
    All.WhenFalse = Q.WhenFalse && (First || All.WhenFalse);
    First = false;
  }
  return Functions[F] = All;
}

StopQuestion StopFacts::ofCall(const Code &C, const CallExpr *Call, unsigned Depth) {
  const auto *Member = dyn_cast<CXXMemberCallExpr>(Call);
  const Expr *Obj = Member ? Member->getImplicitObjectArgument() : nullptr;
  for (unsigned I : C.at(Call)) {
    const Event &E = C.Events[I];
    if (E.Kind == Op::ObserveStop)
      return asks(StopKind::Token, E.Object.last());
    // An event that happens once: `done.HasBeenNotified()`.
    if (E.Kind == Op::Test && E.ObjectRole == Role::Promise && Call->getType()->isBooleanType() && Obj)
      if (auto P = shared(C, Obj))
        return asks(StopKind::Atomic, P->last());
    if (E.Kind == Op::Await && E.may(Fact::Timed) && Call->getType()->isBooleanType())
      return asks(StopKind::Signal, E.Object.last());
    // `cv.wait(lock, token, filled)` yields false when the token, and nothing else, has ended it.
    if (E.Kind == Op::WaitCondition && E.may(Fact::TakesToken) && !E.may(Fact::Timed) &&
        Call->getType()->isBooleanType())
      for (const Expr *A : Call->arguments())
        if (auto P = observes(A->getType()) ? C.place(A) : std::nullopt; P && P->last()) {
          StopQuestion Q;
          Q.Asked.push_back({StopKind::Token, P->last()});
          Q.WhenFalse = true;
          return Q;
        }
    // `cv.wait_for(lock, period, [this] { return over_; })` yields what the predicate does.
    if (E.Kind == Op::WaitCondition && Call->getType()->isBooleanType() && Call->getNumArgs()) {
      StopQuestion Q;
      for (const CallableRef &R : C.callables(Call->getArg(Call->getNumArgs() - 1)))
        if (R.Body)
          Q = ofFunction(R.Body, Depth);
      for (StopAsk &A : Q.Asked)
        A.Kind = StopKind::Signal;
      return Q;
    }
  }
  for (unsigned I : C.at(Call)) {
    const Event &E = C.Events[I];
    // Of a queue that was recognised, what its token has ended; that it is closed or empty is no question for a stop.
    bool Known = E.Kind == Op::Receive || E.Kind == Op::TryReceive || E.Kind == Op::Send || E.Kind == Op::TrySend;
    if ((E.Kind != Op::Call && !Known) || !E.Callee)
      continue;
    StopQuestion Q = ofFunction(E.Callee, Depth);
    if (Known && (Q.Asked.empty() || Q.Asked.front().Kind != StopKind::Token))
      continue;
    if (Q.Asked.empty())
      return Q.when(true) == Q.when(false) ? StopQuestion() : Q;
    // In the names of this body, too. What an object of its own answers nobody else has set.
    StopKind Kind = Q.Asked.front().Kind;
    if (Obj && (Kind == StopKind::Flag || Kind == StopKind::Atomic) && !shared(C, Obj))
      return {};
    if (E.Object.valid() && E.Object.last())
      Q.Asked.push_back({Kind, E.Object.last()});
    for (const Expr *A : Call->arguments())
      if (auto P = C.place(A); P && P->last())
        Q.Asked.push_back({Kind, P->last()});
    return Q;
  }
  // `running.load()`, `stop.test()`, the conversion of an atomic
  if (Obj && isFlag(Obj->getType()->isPointerType() ? Obj->getType()->getPointeeType() : Obj->getType()))
    if (auto P = shared(C, Obj))
      return asks(StopKind::Atomic, P->last());
  return {};
}

/// The call whose result a local pointer or optional is, where the expression asks whether that is there:
/// `while (auto job = next(stop))`, `item.has_value()`. Null for anything else.
const CallExpr *StopFacts::givenBy(const Code &C, const Expr *E) const {
  if (const auto *Asks = dyn_cast<CXXMemberCallExpr>(E)) {
    const CXXMethodDecl *M = Asks->getMethodDecl();
    bool There = M && Asks->getType()->isBooleanType() && M->getNumParams() == 0 && M->isConst() &&
                 mayBeMissing(U, Asks->getImplicitObjectArgument()->getType());
    E = There ? unwrap(Asks->getImplicitObjectArgument()) : nullptr;
  }
  const auto *DR = dyn_cast_or_null<DeclRefExpr>(E);
  const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
  if (!V || !V->isLocalVarDecl() || !V->getInit() || !mayBeMissing(U, V->getType()) || C.isModified(V) ||
      V->getDeclContext() != static_cast<const DeclContext *>(C.Fn))
    return nullptr;
  const auto *Call = dyn_cast_or_null<CallExpr>(unwrap(V->getInit()));
  return Call && U.visible(Call->getDirectCallee()) ? Call : nullptr;
}

StopQuestion StopFacts::of(const Code &C, const Expr *E, unsigned Depth) {
  E = unwrap(E);
  if (!E || E->isValueDependent() || Depth > MaxDepth)
    return {};
  bool Value = false;
  if (E->EvaluateAsBooleanCondition(Value, U.Ctx))
    return constant(Value);
  if (const auto *Not = dyn_cast<UnaryOperator>(E); Not && Not->getOpcode() == UO_LNot)
    return negated(of(C, Not->getSubExpr(), Depth));
  if (const auto *B = dyn_cast<BinaryOperator>(E)) {
    if (B->isLogicalOp())
      return joined(of(C, B->getLHS(), Depth), of(C, B->getRHS(), Depth), B->getOpcode() == BO_LAnd);
    if (!B->isEqualityOp())
      return {};
    bool Equal = B->getOpcode() == BO_EQ;
    StopQuestion Q = ofComparison(C, B->getLHS(), B->getRHS(), Equal, Depth);
    return Q.Asked.empty() ? ofComparison(C, B->getRHS(), B->getLHS(), Equal, Depth) : Q;
  }
  if (isa<CXXOperatorCallExpr>(E) && C.at(E).empty())
    return {};
  if (const CallExpr *Made = givenBy(C, E))
    return ofCall(C, Made, Depth);
  if (const auto *Call = dyn_cast<CallExpr>(E))
    return ofCall(C, Call, Depth);
  const auto *Deref = dyn_cast<UnaryOperator>(E);
  if (isa<DeclRefExpr, MemberExpr>(E) || (Deref && Deref->getOpcode() == UO_Deref))
    return ofFlag(C, E, Depth);
  return {};
}

bool StopFacts::observes(QualType T) const {
  Role R = U.role(T);
  return R == Role::StopToken || R == Role::Context;
}

llvm::SmallVector<StopSight, 4> StopFacts::inScope(const Code &C) const {
  llvm::SmallVector<StopSight, 4> Out;
  auto Accessors = [&](const CXXRecordDecl *RD) {
    for (const CXXMethodDecl *M :
         RD && RD->hasDefinition() ? allMembers(RD) : llvm::SmallVector<const CXXMethodDecl *, 16>())
      if (!M->isStatic() && M->param_empty() && !isa<CXXConstructorDecl, CXXDestructorDecl>(M) &&
          observes(M->getReturnType()))
        Out.push_back({StopSight::Accessor, M});
  };
  for (const ParmVarDecl *P : C.Fn->parameters()) {
    if (observes(P->getType()))
      Out.push_back({StopSight::Parameter, P});
    else
      Accessors(U.pointee(P->getType())->getAsCXXRecordDecl());
  }
  const auto *M = dyn_cast<CXXMethodDecl>(C.Fn);
  if (!M)
    return Out;
  const CXXRecordDecl *Class = M->getParent();
  if (Class->isLambda()) {
    const CXXRecordDecl *This = nullptr;
    for (const LambdaCapture &Cap : Class->captures())
      if (Cap.capturesVariable() && observes(Cap.getCapturedVar()->getType()))
        Out.push_back({StopSight::Capture, Cap.getCapturedVar()});
      else if (Cap.capturesThis())
        for (const DeclContext *In = Class->getDeclContext(); In && !This; In = In->getParent())
          if (const auto *Outer = dyn_cast<CXXMethodDecl>(In); Outer && !Outer->getParent()->isLambda())
            This = Outer->getParent();
    if (!This)
      return Out;
    Class = This;
  }
  if (M->isStatic())
    return Out;
  for (const FieldDecl *F : Class->fields())
    if (observes(F->getType()))
      Out.push_back({StopSight::Member, F});
  Accessors(Class);
  return Out;
}

StopFacts::StopFacts(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<StopFacts>(Unit &);

} // namespace heddle

#include "LeftBehind.h"
#include "Calls.h"
#include "Classes.h"
#include "ConstantDuration.h"
#include "Storage.h"
#include "Unwrap.h"
#include "Uses.h"
#include "ValueFlow.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {

namespace {

/// The call that takes the mention as its object or an argument, or null.
const CallExpr *callWith(const Code &C, const Expr *Mention) {
  for (const Stmt *S = Mention; S; S = C.parent(S)) {
    const auto *Call = dyn_cast<CallExpr>(S);
    if (Call && !isa<CXXOperatorCallExpr>(Call))
      return Call;
    if (isa<LambdaExpr, CXXConstructExpr, CompoundStmt, ReturnStmt, DeclStmt>(S))
      return nullptr;
  }
  return nullptr;
}

bool registers(const Code &C, const Stmt *Call) {
  return llvm::any_of(C.at(Call), [&](unsigned I) { return C.Events[I].Kind == Op::Defer; });
}

/// Returns true if the call makes, sets, arms or asks a timer, or registers a handler of it.
bool onlyTends(const Code &C, const CallExpr *Call) {
  const FunctionDecl *F = Call->getDirectCallee();
  const auto *M = dyn_cast_or_null<CXXMethodDecl>(F);
  bool Known = false;
  for (unsigned I : C.at(Call)) {
    Op K = C.Events[I].Kind;
    Known |= K == Op::Defer || K == Op::Arm || K == Op::CreateTimer || K == Op::Test;
    if (K == Op::Disarm || K == Op::Close)
      return false;
  }
  if (Known || (M && M->isConst()))
    return true;
  llvm::StringRef Name = F && F->getIdentifier() ? F->getName() : "";
  return Name == "read" || (M && Name.starts_with("set") && Name != "setParent");
}

/// `new QTimer`, `new QTimer(nullptr)`, `event_new(…)`, a constant; not what the object itself is the parent of.
bool makesAlone(Unit &U, const Code &C, const Expr *Value) {
  Value = unwrap(Value);
  if (const auto *New = dyn_cast_or_null<CXXNewExpr>(Value)) {
    return !anyOf<CXXThisExpr>(New, Walk::NoLambdas, [](const CXXThisExpr *) { return true; });
  }
  if (!Value || (!Value->isValueDependent() && Value->isEvaluatable(U.Ctx)) || isa<CXXNullPtrLiteralExpr>(Value))
    return true;
  return isa<CallExpr>(Value) &&
         llvm::any_of(C.at(Value), [&](unsigned I) { return C.Events[I].Kind == Op::CreateTimer; });
}

bool harmless(Unit &U, const Use &X) {
  Code *C = bodyOf(U, X);
  if (!C)
    return false;
  if (X.is(Use::Assign) && X.Of == Use::Itself)
    return X.Value && makesAlone(U, *C, X.Value);
  if (!X.Mention || X.is(Use::Move))
    return false;
  if (const CallExpr *Call = callWith(*C, X.Mention))
    return onlyTends(*C, Call);
  const Expr *Value = X.Mention;
  return X.is(Use::Read) && isa_and_nonnull<BinaryOperator, UnaryOperator, IfStmt, WhileStmt>(C->user(Value));
}

} // namespace

bool runsOn(Unit &U, const FieldDecl *Timer) {
  if (!U.seesAllUses(Timer) || !(Timer->getType()->isPointerType() || Timer->getType()->isIntegerType()))
    return false;
  if (const Expr *Init = Timer->getInClassInitializer())
    if (const auto *New = dyn_cast_or_null<CXXNewExpr>(unwrap(Init));
        New && anyOf<CXXThisExpr>(New, Walk::NoLambdas, [](const CXXThisExpr *) { return true; }))
      return false;
  return llvm::all_of(U.get<Uses>().everywhere(Timer), [&](const Use &X) { return harmless(U, X); });
}

// ---- functions with a context ---------------------------------------------------------------------------------------

/// `&Beat::tick`, `onTick`: a visible function that a pointer to its object can be given.
static const FunctionDecl *contextFunction(Unit &U, const Expr *A) {
  A = unwrap(A);
  if (const auto *Of = dyn_cast_or_null<UnaryOperator>(A); Of && Of->getOpcode() == UO_AddrOf)
    A = unwrap(Of->getSubExpr());
  const auto *DR = dyn_cast_or_null<DeclRefExpr>(A);
  const auto *F = DR ? dyn_cast<FunctionDecl>(DR->getDecl()) : nullptr;
  const auto *M = dyn_cast_or_null<CXXMethodDecl>(F);
  bool Takes = F && (!M || M->isStatic()) &&
               llvm::any_of(F->parameters(), [](const ParmVarDecl *P) { return P->getType()->isPointerType(); });
  return Takes ? U.visible(F) : nullptr;
}

static bool isThisPointer(const Expr *A) {
  while (const auto *Cast = dyn_cast_or_null<ExplicitCastExpr>(unwrap(A)))
    A = Cast->getSubExpr();
  return isa_and_nonnull<CXXThisExpr>(unwrap(A));
}

/// Returns true if the callee calls the function that it is given before it returns: a visitor.
static bool callsAtOnce(Unit &U, const CallExpr *Call, const Expr *Argument) {
  const FunctionDecl *Def = U.visible(Call->getDirectCallee());
  const ParmVarDecl *P = Def ? parameter(Call, Def, Argument) : nullptr;
  Code *Callee = P ? U.code(Def) : nullptr;
  return Callee && llvm::any_of(Callee->Events, [&](const Event &E) { return Code::callOf(E, P); });
}

std::vector<ContextHandler> contextHandlers(const Code &C) {
  std::vector<ContextHandler> Out;
  if (!objectClass(C.Fn))
    return Out;
  forEach<CallExpr>(C.Fn->getBody(), Walk::NoLambdas, [&](const CallExpr *Call) {
    if (!llvm::any_of(Call->arguments(), isThisPointer))
      return;
    for (const Expr *A : Call->arguments())
      if (const FunctionDecl *F = contextFunction(C.U, A))
        if (!callsAtOnce(C.U, Call, A))
          Out.push_back({Call, F});
  });
  return Out;
}

// ---- handlers that others have --------------------------------------------------------------------------------------

namespace {

/// A member that was made a timer: a descriptor or handle.
bool isTimer(Unit &U, const FieldDecl *X) {
  for (Code *C : bodies(U))
    if (objectClass(C->Fn) == X->getParent())
      for (const Event &E : C->Events)
        if (E.Kind == Op::CreateTimer && E.Object.This && E.Object.Path.size() == 1 && E.Object.Path.front() == X)
          return true;
  return false;
}

/// Returns true if the call is one of the keeper's members that may change it, or of a free function that is given it.
bool isOfKeeper(Unit &U, const CallExpr *Call, const CXXRecordDecl *Keeper) {
  const FunctionDecl *F = Call->getDirectCallee();
  if (const auto *M = dyn_cast_or_null<CXXMethodDecl>(F); M && !isa<CXXConstructorDecl>(M))
    return isSame(M->getParent(), Keeper) && !M->isConst();
  return F && llvm::any_of(F->parameters(), [&](const ParmVarDecl *P) {
           QualType T = U.pointee(P->getType());
           return isSame(T->getAsCXXRecordDecl(), Keeper) && !T.isConstQualified();
         });
}

/// Returns true if a call of the unit, in another class, could take the handler back: it is the keeper's, and is given
/// something of the object.
bool takenBackElsewhere(Unit &U, const CXXRecordDecl *Keeper, const CXXRecordDecl *Own) {
  for (Code *C : bodies(U)) {
    const CXXRecordDecl *In = objectClass(C->Fn);
    if (In == Own || isSame(In, Keeper))
      continue;
    if (anyOf<CallExpr>(C->Fn->getBody(), Walk::NoLambdas, [&](const CallExpr *Call) {
          return isOfKeeper(U, Call, Keeper) && llvm::any_of(Call->arguments(), [&](const Expr *A) {
                   return anyOf<MemberExpr>(A, Walk::NoLambdas, [&](const MemberExpr *X) {
                     const auto *Of = dyn_cast<CXXRecordDecl>(X->getMemberDecl()->getDeclContext());
                     return isSame(Of, Own);
                   });
                 });
        }))
      return true;
  }
  return false;
}

/// `add(unsigned delayMs, …)`: of a number only its name says that it is a time.
bool saysTime(const ParmVarDecl *P) {
  if (!P || !P->getType()->isArithmeticType() || !P->getIdentifier())
    return false;
  llvm::StringRef Name = P->getName();
  Name.consume_back("_");
  return llvm::any_of(std::initializer_list<llvm::StringRef>{"delay", "interval", "timeout", "period", "seconds",
                                                             "millis", "deadline", "msec", "usec"},
                      [&](llvm::StringRef Word) { return Name.contains_insensitive(Word); }) ||
         Name == "ms" || Name == "sec" || Name == "when" || Name.ends_with("_ms") || Name.ends_with("Ms") ||
         Name.ends_with("_sec");
}

bool isTimed(Unit &U, const CallExpr *Call) {
  const FunctionDecl *F = Call->getDirectCallee();
  return llvm::any_of(Call->arguments(), [&](const Expr *A) {
    const FieldDecl *X = thisField(A);
    return isTime(A->getType()) || (F && saysTime(parameter(Call, F, A))) || (X && isTimer(U, X));
  });
}

bool handsOver(const Code &C, const CallExpr *Call) {
  const auto *M = dyn_cast_or_null<CXXMethodDecl>(Call->getDirectCallee());
  bool Own = M && C.U.inferred(M->getParent()); // an executor or timer that the project wrote
  bool Runs = llvm::any_of(C.at(Call), [&](unsigned I) {
    const Event &E = C.Events[I];
    return (!E.Model || Own) && (E.Kind == Op::Defer || (E.Kind == Op::Spawn && isTimed(C.U, Call)));
  });
  return Runs || llvm::any_of(contextHandlers(C), [&](const ContextHandler &H) { return H.Call == Call; });
}

/// Returns true if the call yields an object, which may take the handler back when it ends, or a handle that is given
/// to anything.
bool yieldsHandle(Unit &U, const Code &C, const CallExpr *Call) {
  QualType T = Call->getType();
  if (T->isVoidType())
    return false;
  if (!T->isScalarType())
    return true;
  Flow F = U.get<ValueFlow>().next(C, Call);
  if (F.Goes == Flow::Dropped || F.Goes == Flow::Ignored)
    return false;
  const FieldDecl *Kept = F.Goes == Flow::Member ? F.Field : nullptr;
  if (F.To && F.To->This && F.To->Path.size() == 1 && !F.To->Element)
    Kept = F.To->Path.front();
  return !Kept || !U.seesAllUses(Kept) || llvm::any_of(U.get<Uses>().everywhere(Kept), [&](const Use &X) {
    Code *In = bodyOf(U, X);
    const Expr *Value = X.Mention;
    return !In || (Value && (callWith(*In, X.Mention) || isa_and_nonnull<ReturnStmt>(In->user(Value))));
  });
}

/// Who gets the handler.
struct Keeper {
  const CXXRecordDecl *Class = nullptr;
  const FieldDecl *Member = nullptr; ///< of the object; null for the only object of its class
};

Keeper keeperOf(Unit &U, const Code &C, const CallExpr *Call) {
  auto Lent = [&](const Expr *A) -> Keeper {
    auto P = A ? C.place(A) : std::nullopt;
    if (!P || !P->This || P->Path.size() != 1 || P->Element)
      return {};
    QualType T = P->Path.front()->getType();
    return T->isReferenceType() || T->isPointerType() ? Keeper{U.pointee(T)->getAsCXXRecordDecl(), P->Path.front()}
                                                      : Keeper{};
  };
  const auto *M = dyn_cast_or_null<CXXMethodDecl>(Call->getDirectCallee());
  if (const auto *OnObject = dyn_cast<CXXMemberCallExpr>(Call)) {
    const Expr *Object = OnObject->getImplicitObjectArgument();
    const auto *Getter = dyn_cast_or_null<CallExpr>(unwrap(Object));
    const auto *Instance = Getter ? dyn_cast_or_null<CXXMethodDecl>(Getter->getDirectCallee()) : nullptr;
    if (M && Instance && Instance->isStatic() && isSame(Instance->getParent(), M->getParent()))
      return {M->getParent(), nullptr};
    return Lent(Object);
  }
  if (M)
    return M->isStatic() ? Keeper{M->getParent(), nullptr} : Keeper{};
  for (const Expr *A : Call->arguments())
    if (Keeper K = Lent(A); K.Class)
      return K;
  return {};
}

/// Returns true if the body does nothing with the keeper but to register and to ask.
bool onlyRegisters(Unit &U, const Code &C, const CallExpr *Call) {
  const auto *M = dyn_cast_or_null<CXXMethodDecl>(Call->getDirectCallee());
  return (M && M->isConst()) || registers(C, Call) || handsOver(C, Call);
}

bool takesBack(Unit &U, const Keeper &K, const CXXRecordDecl *Own) {
  if (K.Member)
    return !U.seesAllUses(K.Member) || llvm::any_of(U.get<Uses>().everywhere(K.Member), [&](const Use &X) {
      if (X.is(Use::Assign))
        return false;
      Code *In = bodyOf(U, X);
      const CallExpr *Other = In && X.Mention ? callWith(*In, X.Mention) : nullptr;
      return !Other || !Other->getDirectCallee() || !onlyRegisters(U, *In, Other);
    });
  if (llvm::any_of(Own->methods(), [&](const CXXMethodDecl *M) {
        return !M->isImplicit() && !M->isDefaulted() && !M->isDeleted() && !M->isPureVirtual() && !U.visible(M);
      }))
    return true;
  for (Code *C : bodies(U))
    if (isSame(objectClass(C->Fn), Own))
      if (anyOf<CallExpr>(C->Fn->getBody(), Walk::NoLambdas, [&](const CallExpr *Call) {
            bool Getter = isSame(U.pointee(Call->getType())->getAsCXXRecordDecl(), K.Class);
            return isOfKeeper(U, Call, K.Class) && !Getter && !onlyRegisters(U, *C, Call);
          }))
        return true;
  return false;
}

} // namespace

std::optional<LeftHandler> leftBehind(Code &C, const CallExpr *Call) {
  Unit &U = C.U;
  const CXXRecordDecl *Own = objectClass(C.Fn);
  if (!Own || !handsOver(C, Call) || isa<ReturnStmt>(C.parent(Call)) || yieldsHandle(U, C, Call))
    return std::nullopt;
  Keeper With = keeperOf(U, C, Call);
  const CXXDestructorDecl *D = Own->getDestructor();
  if (!With.Class || isSame(With.Class, Own) || (D && D->isUserProvided() && !U.visible(D)) ||
      takesBack(U, With, Own) || takenBackElsewhere(U, With.Class, Own))
    return std::nullopt;
  return LeftHandler{With.Member ? With.Member->getNameAsString() : With.Class->getNameAsString(), isTimed(U, Call)};
}

// ---- objects that others have ---------------------------------------------------------------------------------------

/// A call of a member of the class, in a body of the keeper, on an object to which a pointer leads.
static const CXXMemberCallExpr *laterCall(Unit &U, const CXXRecordDecl *Keeper, const CXXRecordDecl *Own) {
  for (Code *C : bodies(U)) {
    if (!isSame(objectClass(C->Fn), Keeper))
      continue;
    if (const auto *Found =
            findFirst<CXXMemberCallExpr>(C->Fn->getBody(), Walk::Whole, [&](const CXXMemberCallExpr *Call) {
              const CXXMethodDecl *M = Call->getMethodDecl();
              return M && !M->isConst() && isSame(M->getParent(), Own);
            }))
      return Found;
  }
  return nullptr;
}

/// Returns true if a member that changes the keeper, beside those that register, is run by the destructor or called by
/// other classes.
static bool isTakenBack(Unit &U, const FieldDecl *Keeper, const CXXRecordDecl *Own, const CallExpr *Registers) {
  const CXXDestructorDecl *D = Own->getDestructor();
  std::vector<const Code *> AtEnd =
      D && U.visible(D) ? U.get<Calls>().behind(U.visible(D)) : std::vector<const Code *>();
  return llvm::any_of(U.get<Uses>().everywhere(Keeper), [&](const Use &X) {
    if (X.is(Use::Assign))
      return false;
    Code *In = bodyOf(U, X);
    const CallExpr *Call = In && X.Mention ? callWith(*In, X.Mention) : nullptr;
    const auto *M = Call ? dyn_cast_or_null<CXXMethodDecl>(Call->getDirectCallee()) : nullptr;
    if (!M)
      return true;
    if (M->isConst() || M->getCanonicalDecl() == Registers->getDirectCallee()->getCanonicalDecl())
      return false;
    return llvm::is_contained(AtEnd, In) || llvm::any_of(U.get<Calls>().callers(In->Fn), [&](const CallEdge &E) {
             const CXXRecordDecl *By = E.In ? objectClass(E.In->Fn) : nullptr;
             return !isSame(By, Own);
           });
  });
}

std::vector<LeftItself> leftItself(Code &C) {
  Unit &U = C.U;
  std::vector<LeftItself> Out;
  const CXXRecordDecl *Own = objectClass(C.Fn);
  const CXXDestructorDecl *D = Own ? Own->getDestructor() : nullptr;
  if (!Own || isa<CXXDestructorDecl>(C.Fn) || (D && D->isUserProvided() && !U.visible(D)))
    return Out;
  forEach<CXXMemberCallExpr>(C.Fn->getBody(), Walk::NoLambdas, [&](const CXXMemberCallExpr *Call) {
    auto Itself = llvm::find_if(Call->arguments(), [](const Expr *A) { return isa<CXXThisExpr>(unwrap(A)); });
    if (Itself == Call->arg_end() || !U.visible(Call->getMethodDecl()) || !isTimed(U, Call))
      return;
    Keeper K = keeperOf(U, C, Call);
    if (!K.Member || !K.Class || !U.seesAllUses(K.Member) || yieldsHandle(U, C, Call))
      return;
    bool Keeps = llvm::any_of(U.get<Storage>().of(C, *Itself), [&](const Stored &S) {
      return S.At.This && S.At.Path.size() > 1 && S.At.Path.front() == K.Member;
    });
    const CXXMemberCallExpr *Later = Keeps ? laterCall(U, K.Class, Own) : nullptr;
    if (Later && !isTakenBack(U, K.Member, Own, Call) && !takenBackElsewhere(U, K.Class, Own))
      Out.push_back({Call, K.Member, Later});
  });
  return Out;
}

} // namespace heddle

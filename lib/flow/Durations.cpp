#include "Durations.h"
#include "Calls.h"
#include "ConstantDuration.h"
#include "MakeFacts.h"
#include "Unwrap.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"
#include "llvm/ADT/APFloat.h"

#include <cmath>

using namespace clang;

namespace heddle {

static constexpr unsigned MaxDepth = 3;

std::string Duration::text() const {
  double Seconds = std::chrono::duration<double>(Time).count();
  auto Number = [](double N) {
    std::string S = std::to_string(N);
    S.erase(S.find_last_not_of('0') + 1);
    return S.back() == '.' ? S.substr(0, S.size() - 1) : S;
  };
  if (Seconds >= 3600 && std::fmod(Seconds, 3600) == 0)
    return Number(Seconds / 3600) + " h";
  if (Seconds >= 120 && std::fmod(Seconds, 60) == 0)
    return Number(Seconds / 60) + " min";
  if (Seconds >= 1)
    return Number(Seconds) + " s";
  return Seconds >= 1e-3 ? Number(Seconds * 1e3) + " ms" : Number(Seconds * 1e6) + " us";
}

/// The seconds of one, as the parameter or else the function says: `useconds`, `msecs`, `usleep`; 0 if neither does.
static double unit(const ParmVarDecl *P, const FunctionDecl *F, llvm::StringRef Member = {}) {
  auto Of = [](llvm::StringRef Name) -> double {
    std::string S = Name.lower();
    llvm::StringRef N = S;
    if (N.contains("nsec") || N.contains("nano"))
      return 1e-9;
    if (N.contains("usec") || N.contains("micro") || N.contains("usleep"))
      return 1e-6;
    if (N.contains("msec") || N.contains("milli") || N.contains("msleep") || N.trim("_") == "ms" || N.ends_with("_ms"))
      return 1e-3;
    if (N == "minutes" || N == "hours")
      return N == "hours" ? 3600 : 60;
    return N.contains("sec") ? 1 : 0;
  };
  double ByParameter = Of(P ? P->getName() : Member);
  if (ByParameter > 0 || !F || !F->getIdentifier())
    return ByParameter;
  double ByFunction = Of(F->getName());
  return ByFunction > 0 ? ByFunction : F->getName() == "sleep" ? 1 : F->getName().ends_with("_sleep") ? 1e-3 : 0;
}

static std::optional<double> number(const APValue &V) {
  if (V.isInt())
    return V.getInt().roundToDouble();
  if (V.isFloat())
    return V.getFloat().convertToDouble();
  if (V.isStruct() && V.getStructNumFields() == 1 && V.getStructNumBases() == 0)
    return number(V.getStructField(0));
  return std::nullopt;
}

static std::optional<Duration> lasting(double Seconds) {
  if (!(Seconds >= 0) || Seconds > 3e8) // ten years: no time that anybody waits
    return std::nullopt;
  return Duration{std::chrono::nanoseconds(static_cast<std::int64_t>(Seconds * 1e9)), true};
}

std::optional<Duration> Durations::constant(const Expr *E, double Unit) {
  Expr::EvalResult Value;
  if (E->isValueDependent() || !E->EvaluateAsRValue(Value, U.Ctx))
    return std::nullopt;
  auto N = number(Value.Val);
  return N ? lasting(*N * Unit) : std::nullopt;
}

std::optional<Duration> Durations::given(const ParmVarDecl *P, double Unit, unsigned Depth) {
  const auto *F = dyn_cast<FunctionDecl>(P->getDeclContext());
  std::optional<Duration> Longest;
  for (const CallEdge &Call : F &&Depth < MaxDepth ? U.get<Calls>().callers(F) : llvm::ArrayRef<CallEdge>()) {
    const Expr *A = Call.argument(P);
    auto D = A ? value(*Call.In, A, Unit, Depth + 1) : std::nullopt;
    if (!D)
      return std::nullopt;
    if (!Longest || Longest->Time < D->Time)
      Longest = D;
  }
  return Longest;
}

std::optional<Duration> Durations::value(const Code &C, const Expr *E, double Unit, unsigned Depth) {
  E = unwrap(E);
  if (auto Own = E ? durationUnit(E->getType()) : std::nullopt)
    Unit = *Own;
  if (!E)
    return std::nullopt;
  if (auto Known = Unit > 0 ? constant(E, Unit) : std::nullopt)
    return Known;
  // `absl::Minutes(10)`: a duration of a library's own.
  if (const auto *Call = dyn_cast<CallExpr>(E); Call && Call->getNumArgs() == 1 && isDuration(E->getType()))
    if (double Own = unit(nullptr, Call->getDirectCallee()); Own > 0)
      return value(C, Call->getArg(0), Own, Depth);
  // A copy on paper, or one number that is made a duration.
  if (const auto *CE = dyn_cast<CXXConstructExpr>(E); CE && CE->getNumArgs() >= 1)
    return value(C, CE->getArg(0), Unit, Depth);
  if (const auto *X = dyn_cast<ExplicitCastExpr>(E))
    return value(C, X->getSubExpr(), Unit, Depth);
  if (const auto *L = dyn_cast<InitListExpr>(E); L && L->getNumInits() == 1)
    return value(C, L->getInit(0), Unit, Depth);
  // What is left of a period, `50ms - spent`, is at most the whole.
  const auto *Rest = dyn_cast<BinaryOperator>(E);
  const auto *RestOf = dyn_cast<CXXOperatorCallExpr>(E);
  if ((Rest && Rest->getOpcode() == BO_Sub) ||
      (RestOf && RestOf->getOperator() == OO_Minus && RestOf->getNumArgs() == 2)) {
    auto Whole = value(C, Rest ? Rest->getLHS() : RestOf->getArg(0), Unit, Depth);
    if (Whole)
      Whole->Exact = false;
    return Whole;
  }
  // A part of a constant, `1000 / rate`, is at most that.
  if (Rest && Rest->getOpcode() == BO_Div && Rest->getType()->isIntegerType() && Unit > 0) {
    auto Whole = constant(Rest->getLHS(), Unit);
    if (Whole)
      Whole->Exact = false, Whole->Part = true;
    return Whole;
  }
  const ValueDecl *D = nullptr;
  if (const auto *DR = dyn_cast<DeclRefExpr>(E))
    D = DR->getDecl();
  else if (const auto *M = dyn_cast<MemberExpr>(E))
    D = M->getMemberDecl();
  if (const auto *P = dyn_cast_or_null<ParmVarDecl>(D))
    return C.isModified(P) ? std::nullopt : given(P, Unit, Depth);
  const Expr *Init = nullptr;
  if (const auto *F = dyn_cast_or_null<FieldDecl>(D))
    Init = F->getInClassInitializer();
  else if (const auto *V = dyn_cast_or_null<VarDecl>(D); V && !(V->hasLocalStorage() && C.isModified(V)))
    Init = V->getAnyInitializer();
  auto Known = Init ? value(C, Init, Unit, MaxDepth) : std::nullopt;
  // Zero stands for "not set yet".
  if (!Known || Known->Time.count() == 0)
    return std::nullopt;
  const auto *V = dyn_cast<VarDecl>(D);
  Known->Exact &= D->getType().isConstQualified() || (V && V->hasLocalStorage());
  return Known;
}

/// `timespec pause{1, 0}`, also member by member: what a local record of seconds and a part of a second is set to.
std::optional<Duration> Durations::record(const Code &C, const Expr *E) {
  const auto *Address = dyn_cast<UnaryOperator>(unwrap(E));
  const auto *DR = dyn_cast<DeclRefExpr>(Address ? unwrap(Address->getSubExpr()) : unwrap(E));
  const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
  const auto *RD = V ? V->getType()->getAsRecordDecl() : nullptr;
  if (!RD || !V->hasLocalStorage() || !RD->getIdentifier() || !RD->getName().starts_with("time"))
    return std::nullopt;
  double Seconds = 0;
  llvm::SmallVector<const FieldDecl *, 2> Parts(RD->field_begin(), RD->field_end());
  auto Set = [&](const FieldDecl *F, const Expr *Value) {
    auto D = constant(Value, unit(nullptr, nullptr, F->getName()));
    Seconds = D ? Seconds + std::chrono::duration<double>(D->Time).count() : -1e9;
  };
  if (const auto *L = dyn_cast_or_null<InitListExpr>(V->getInit()))
    for (unsigned I = 0; I != L->getNumInits() && I != Parts.size(); ++I)
      Set(Parts[I], L->getInit(I));
  forEach<BinaryOperator>(C.Fn->getBody(), Walk::NoLambdas, [&](const BinaryOperator *B) {
    const auto *M = B->isAssignmentOp() ? dyn_cast<MemberExpr>(unwrap(B->getLHS())) : nullptr;
    const auto *Of = M ? dyn_cast<DeclRefExpr>(unwrap(M->getBase())) : nullptr;
    if (Of && Of->getDecl() == V)
      Set(cast<FieldDecl>(M->getMemberDecl()), B->getRHS());
  });
  return Seconds > 0 ? lasting(Seconds) : std::nullopt;
}

/// The step by which a local time point that is slept to goes on: `next += period; sleep_until(next);`
static const Expr *stepOf(const Code &C, const CallExpr *Until) {
  const Expr *Step = nullptr;
  for (const Expr *A : Until->arguments()) {
    const auto *DR = dyn_cast_or_null<DeclRefExpr>(unwrap(A));
    const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
    if (!V || !V->isLocalVarDecl() || !V->getType()->isRecordType())
      continue;
    forEach<CXXOperatorCallExpr>(C.Fn->getBody(), Walk::NoLambdas, [&](const CXXOperatorCallExpr *O) {
      const auto *To = O->getNumArgs() == 2 ? dyn_cast_or_null<DeclRefExpr>(unwrap(O->getArg(0))) : nullptr;
      if (To && To->getDecl() == V && O->getOperator() == OO_PlusEqual && durationUnit(O->getArg(1)->getType()))
        Step = O->getArg(1);
    });
  }
  return Step;
}

/// The argument that is the bound, and the parameter that takes it.
const Expr *Durations::bound(const Event &E, const ParmVarDecl *&Takes) {
  const auto *Call = dyn_cast_or_null<CallExpr>(E.Site);
  const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
  const Expr *Found = nullptr;
  for (const ParmVarDecl *P : F ? F->parameters() : llvm::ArrayRef<ParmVarDecl *>()) {
    const Expr *A = argument(Call, P);
    QualType T = P->getType().getNonReferenceType();
    if (!A || !(T->isIntegerType() || T->isRecordType()) || T->isBooleanType() || T->isEnumeralType())
      continue;
    if (T->isRecordType() && !durationUnit(T) && !isDuration(T)) {
      // A time point: what is added to it.
      const Expr *Added =
          findFirst<Expr>(A, Walk::NoLambdas, [](const Expr *X) { return durationUnit(X->getType()).has_value(); });
      if (!Added || !isa<CXXOperatorCallExpr>(unwrap(A)))
        continue;
      A = Added;
    }
    Found = A;
    Takes = P;
  }
  return Found;
}

std::optional<Duration> Durations::of(const Code &C, const Event &E, unsigned Depth) {
  const ParmVarDecl *Takes = nullptr;
  const Expr *A = bound(E, Takes);
  const auto *Call = dyn_cast_or_null<CallExpr>(E.Site);
  if (!A)
    for (const Expr *X : Call ? Call->arguments() : CallExpr::const_arg_range({}, {}))
      if (auto D = record(C, X))
        return D;
  if (const Expr *Step = A || !Call ? nullptr : stepOf(C, Call)) {
    auto D = value(C, Step, 0, Depth);
    if (D)
      D->Exact = false;
    return D;
  }
  return A ? value(C, A, unit(Takes, Call->getDirectCallee()), Depth) : std::nullopt;
}

const ParmVarDecl *Durations::parameter(const Code &C, const Event &E) {
  const ParmVarDecl *Takes = nullptr;
  const Expr *A = bound(E, Takes);
  const auto *DR =
      A ? findFirst<DeclRefExpr>(A, Walk::NoLambdas,
                                 [&](const DeclRefExpr *X) {
                                   const auto *P = dyn_cast<ParmVarDecl>(X->getDecl());
                                   return P && P->getDeclContext() == static_cast<const DeclContext *>(C.Fn);
                                 })
        : nullptr;
  return DR ? cast<ParmVarDecl>(DR->getDecl()) : nullptr;
}

Durations::Durations(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<Durations>(Unit &);

} // namespace heddle

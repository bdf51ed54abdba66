// A loop of one thread asks a variable that another thread sets, with nothing that orders the two.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/Expressions.h"
#include "flow/GuardHabits.h"
#include "flow/Unwrap.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {
namespace {

/// A plain or volatile value of a machine word or less. What a signal handler may write is left alone.
bool isPlainFlag(Unit &U, const ValueDecl *D) {
  QualType T = D->getType().getNonReferenceType();
  const auto *Named = T->getAs<TypedefType>();
  bool ForSignals = T.isVolatileQualified() && Named && Named->getDecl()->getName() == "sig_atomic_t";
  return !ForSignals && !T.isConstQualified() && T->isIntegralOrEnumerationType() && U.role(T) == Role::None;
}

/// `static void onSignal(int) { quit = true; }`, which only its address leads to.
bool isSignalHandler(Unit &U, const FunctionDecl *F) {
  return !isa<CXXMethodDecl>(F) && F->getNumParams() == 1 && F->getReturnType()->isVoidType() &&
         F->getParamDecl(0)->getType()->isIntegerType() &&
         llvm::none_of(U.get<Calls>().callers(F), [](const CallEdge &X) { return !X.Task; });
}

std::optional<Place> placeOf(const SharedAccess &X) {
  return X.As->Mention ? X.In->place(X.As->Mention) : std::nullopt;
}

std::optional<std::int64_t> stored(Unit &U, const Use &X) {
  return X.Does == Use::Assign ? constantInteger(X.Value, U.Ctx) : std::nullopt;
}

/// A request stores a constant, or a truth value or enumerator as its caller says: `void setRunning(bool on) { running
/// = on; }` ends `while (running)`. Numbers are settings, and so is one condition of several that the caller gives, or
/// that is stored together with other values of the caller's.
bool isRequest(Unit &U, const AskedFlag &A, const SharedAccess &X) {
  const auto *DR = dyn_cast_or_null<DeclRefExpr>(X.As->Value ? unwrap(X.As->Value) : nullptr);
  bool Given = X.As->Does == Use::Assign && DR && isa<ParmVarDecl>(DR->getDecl()) &&
               (DR->getType()->isBooleanType() || DR->getType()->isEnumeralType());
  const auto *F = dyn_cast<FieldDecl>(A.Flag);
  if (A.Sole)
    return stored(U, *X.As) || Given;
  return stored(U, *X.As) && !(F && U.get<GuardHabits>().setsUp(X.function(), F));
}

std::string nameOf(const FunctionDecl *F) {
  const auto *M = dyn_cast<CXXMethodDecl>(F);
  return M && M->getParent()->isLambda() ? "a lambda" : "'" + F->getNameAsString() + "'";
}

struct Found {
  const SharedAccess *Store;
  Meeting At;
};

std::optional<Found> writer(Unit &U, Code &C, const Loop &L, const AskedFlag &A, const ValueDecl *Flag) {
  if (!A.Compared)
    return std::nullopt; // a search, a count
  auto &State = U.get<SharedState>();
  auto Held = State.locks(*A.In, A.Mention);
  llvm::append_range(Held, State.locks(C, A.Condition));
  if (State.ordered(*A.In, A.Mention) || State.ordered(C, A.Condition))
    return std::nullopt;
  for (const SharedAccess &X : State.of(Flag)) {
    auto P = placeOf(X);
    bool Volatile = Flag->getType().isVolatileQualified();
    if (X.In == &C || !isRequest(U, A, X) || X.As->Of != Use::Itself || X.Construction || X.Ordered || !P ||
        !A.endsAt(stored(U, *X.As)) || SharedState::commonLock(Held, X.Locks) ||
        (Volatile && isSignalHandler(U, X.In->Fn)) || State.signals(X, C, L))
      continue;
    auto Meets = U.get<Threads>().meeting({&C, A.Condition, A.Named}, {X.In, X.Site, *P});
    // A loop of the starter that only sleeps is sleep-as-synchronization.
    if (Meets && (Meets->First || !State.onlySleeps(C, L)))
      return Found{&X, *Meets};
  }
  return std::nullopt;
}

void report(const Code &C, const AskedFlag &A, const Found &F, Reporter &R) {
  const ThreadBody *Thread = F.At.First ? F.At.First : F.At.Second;
  Story S;
  S.then(A.Flag->getLocation(), "declared here, not atomic");
  S.then(Thread->Of->Loc, "this thread is started here");
  S.then(Thread->calls());
  if (A.In != &C)
    S.then(A.Condition->getExprLoc(), "the loop asks here");
  S.then(F.Store->As->Site->getBeginLoc(), "written here in " + nameOf(F.Store->In->Fn));
  // The race is on the read of the flag, also where a getter does it for the loop.
  R.report(A.In == &C ? A.Condition->getExprLoc() : A.Mention->getExprLoc(),
           "'" + A.Flag->getNameAsString() + "' ends this loop and is written by " +
               (F.At.First ? "another" : "the started") +
               " thread without a common lock; the write may never be seen, so that the loop runs on (a data race); "
               "make it a std::atomic",
           S);
}

/// The variable that the loop names, and what a reference is bound to by the body that starts the thread.
llvm::SmallVector<const ValueDecl *, 2> flags(Unit &U, const Code &C, const AskedFlag &A) {
  llvm::SmallVector<const ValueDecl *, 2> Out{A.Flag};
  for (const ThreadBody *X : U.get<Threads>().on(C.Fn))
    if (auto P = X->shared(A.Named); P && P->last() && !llvm::is_contained(Out, P->last()))
      Out.push_back(P->last());
  return Out;
}

void plainFlags(Unit &U, Reporter &R) {
  if (U.get<Threads>().entries().empty())
    return;
  llvm::SmallPtrSet<const ValueDecl *, 8> Told; // one report for each flag
  for (Code *C : bodies(U))
    for (const Loop *L : U.get<LoopFacts>().in(*C))
      for (const AskedFlag &A : U.get<SharedState>().asked(*C, *L))
        for (const ValueDecl *Flag : flags(U, *C, A))
          if (isPlainFlag(U, Flag) && !Told.contains(Flag))
            if (auto F = writer(U, *C, *L, A, Flag)) {
              Told.insert(Flag);
              report(*C, A, *F, R);
            }
}

const UnitCheck Check({.Name = "plain-stop-flag",
                       .Family = "cancellation",
                       .Level = Tier::Risk,
                       .Summary = "Finds loops of one thread that a plain or volatile variable ends which another "
                                  "thread writes.",
                       .Rows = "-"},
                      plainFlags);

} // namespace
} // namespace heddle

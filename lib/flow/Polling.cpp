#include "Polling.h"
#include "Calls.h"
#include "Classes.h"
#include "MakeFacts.h"
#include "Mentions.h"
#include "Unwrap.h"
#include "Uses.h"

using namespace clang;

namespace heddle {

/// Returns true if it is this enumerator of a future's status. A launch policy has a `deferred`, too.
static bool isStatus(const Expr *E, llvm::StringRef Name) {
  const auto *DR = dyn_cast_or_null<DeclRefExpr>(unwrap(E));
  const auto *Constant = DR ? dyn_cast<EnumConstantDecl>(DR->getDecl()) : nullptr;
  return Constant && Constant->getName() == Name &&
         llvm::any_of(cast<EnumDecl>(Constant->getDeclContext())->enumerators(),
                      [](const EnumConstantDecl *X) { return X->getName() == "timeout"; });
}

static bool knowsDeferred(const Code &C) {
  return anyOf<DeclRefExpr>(C.Fn->getBody(), [](const DeclRefExpr *E) { return isStatus(E, "deferred"); });
}

bool Polling::names(const Code &C, const Place &P, const Place &Future) {
  if (!P.valid() || P == Future)
    return P.valid();
  auto In = P.Root && !P.Element ? C.elementOf(P.Root) : std::nullopt;
  if (!In)
    return false;
  llvm::ArrayRef<const FieldDecl *> Rest = P.Path;
  if (!Rest.empty() && isPair(Rest.front()->getParent()))
    Rest = Rest.drop_front(); // of a map, what the key leads to
  In->Path.append(Rest.begin(), Rest.end());
  return *In == Future;
}

/// What the callee calls the future, an element as such or the whole container.
static std::optional<Place> toCallee(const CallEdge &Call, const Place &Future) {
  for (const ParmVarDecl *Param : Call.Callee->parameters()) {
    const Expr *Given = Call.argument(Param);
    if (auto P = Given ? Call.In->place(Given) : std::nullopt; P && Polling::names(*Call.In, *P, Future)) {
      Place There;
      There.Root = Param;
      return There;
    }
  }
  return Call.toCallee(Future);
}

/// The timed wait for the future whose outcome the expression is, at once or through a variable.
const Event *Polling::poll(const Code &C, const Expr *Status, const Place &Future) {
  const Expr *E = unwrap(Status);
  for (unsigned I : E ? C.at(E) : llvm::ArrayRef<unsigned>())
    if (const Event &X = C.Events[I]; X.Kind == Op::Await && X.may(Fact::Timed) && names(C, X.Object, Future))
      return &X;
  const auto *DR = dyn_cast_or_null<DeclRefExpr>(E);
  const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
  if (!V || !V->hasLocalStorage() || isa<CallExpr>(E))
    return nullptr;
  auto Called = [&](const Expr *Value) {
    return isa_and_nonnull<CallExpr>(unwrap(Value)) ? poll(C, Value, Future) : nullptr;
  };
  if (const Event *Found = V->getInit() ? Called(V->getInit()) : nullptr)
    return Found;
  for (const Use &X : U.get<Uses>().in(C, V))
    if (const Event *Found = X.is(Use::Assign) && X.Value ? Called(X.Value) : nullptr)
      return Found;
  return nullptr;
}

bool Polling::ready(const Code &C, const Expr *E, bool Value, const Place &Future, const Event *&Poll, unsigned Depth) {
  if (const auto *B = dyn_cast<BinaryOperator>(E); B && B->isEqualityOp() && (B->getOpcode() == BO_EQ) == Value) {
    const Expr *Status = isStatus(B->getRHS(), "ready")   ? B->getLHS()
                         : isStatus(B->getLHS(), "ready") ? B->getRHS()
                                                          : nullptr;
    const Event *Found = Status ? poll(C, Status, Future) : nullptr;
    Poll = Found ? Found : Poll;
    return Found;
  }
  // `done(f)`, where done() returns the answer.
  for (unsigned I : Depth < 3 ? C.at(E) : llvm::ArrayRef<unsigned>()) {
    const FunctionDecl *Def = C.Events[I].Kind == Op::Call ? U.visible(C.Events[I].Callee) : nullptr;
    const Code *Inner = Def && Def->getReturnType()->isBooleanType() ? U.code(Def) : nullptr;
    auto There = Inner ? toCallee({&C, E, Def}, Future) : std::nullopt;
    if (!There || knowsDeferred(*Inner))
      continue;
    const Event *Asked = nullptr;
    auto Returns = returnsIn(Def->getBody());
    if (!Returns.empty() && llvm::all_of(Returns, [&](const ReturnStmt *R) {
          return readyAt(*Inner, R, Value, *There, Asked, Depth + 1);
        }) &&
        Asked) {
      Poll = Asked;
      return true;
    }
  }
  return false;
}

/// Returns true if the statement returns the value only when the future is ready, or when there is none:
/// `if (!f.valid()) return true; if (f.wait_for(0s) != ready) return false; …; return true;`.
bool Polling::readyAt(const Code &C, const ReturnStmt *R, bool Value, const Place &Future, const Event *&Poll,
                      unsigned Depth) {
  const Expr *Result = R->getRetValue();
  bool Constant = false;
  if (Result && !Result->isValueDependent() && Result->EvaluateAsBooleanCondition(Constant, U.Ctx) && Constant != Value)
    return true;
  if (implies(Result, Value, [&](const Expr *E, bool V) { return ready(C, E, V, Future, Poll, Depth); }))
    return true;
  return llvm::any_of(guards(C, R), [&](const Guard &G) {
    bool Absent = G.Cases.empty() && implies(G.Condition, G.Value, [&](const Expr *E, bool V) {
                    return !V && llvm::any_of(C.at(E), [&](unsigned I) {
                      return C.Events[I].Kind == Op::Test && names(C, C.Events[I].Object, Future);
                    });
                  });
    return Absent || ready(C, G, Future, Poll, Depth);
  });
}

bool Polling::ready(const Code &C, const Guard &G, const Place &Future, const Event *&Poll, unsigned Depth) {
  if (G.Cases.empty())
    return implies(G.Condition, G.Value, [&](const Expr *E, bool V) { return ready(C, E, V, Future, Poll, Depth); });
  const Event *Found = poll(C, G.Condition, Future);
  if (!Found || llvm::any_of(G.Cases, [](const Expr *Label) { return !Label || !isStatus(Label, "ready"); }))
    return false;
  Poll = Found;
  return true;
}

/// Returns true if the event takes tasks out of the container, or waits for one of them.
static bool takes(const Code &C, const Event &E, const Place &Tasks) {
  return E.Object.valid() && C.whole(E.Object) == Tasks &&
         (E.Kind == Op::Extract || E.Kind == Op::Clear || E.Kind == Op::Reset || E.Kind == Op::Move ||
          E.Kind == Op::Consume || (E.Kind == Op::Await && !E.may(Fact::Timed)));
}

/// The loop around a statement that only the number of tasks left ends.
const Stmt *Polling::untilEmpty(const Code &C, const Stmt *Inside, const Place &Tasks) {
  auto Asks = [&](const Guard &G) {
    return anyOf<CXXMemberCallExpr>(G.Condition, Walk::NoLambdas, [&](const CXXMemberCallExpr *M) {
      const CXXMethodDecl *D = M->getMethodDecl();
      auto P = D && D->isConst() && M->getNumArgs() == 0 ? C.place(M->getImplicitObjectArgument()) : std::nullopt;
      return P && *P == Tasks;
    });
  };
  for (const Stmt *S = Inside; S; S = enclosingLoop(C, S))
    if (isa<WhileStmt, DoStmt>(S) && LoopFacts::leftOnly(Loops.of(C, S), Asks))
      return S;
  return nullptr;
}

/// `while (!tasks.empty())`, where tasks are taken out only when they are ready: one that never is stays.
std::optional<PollingLoop> Polling::draining(const Code &C, const Place &Future, const Event &Poll) {
  Place Tasks = Future;
  Tasks.Element = false;
  while (!Tasks.Path.empty() && U.element(Tasks.last()->getType()).isNull())
    Tasks.Path.pop_back(); // a member of the elements
  bool Removes = false;
  for (const Event &E : C.Events) {
    if (!E.Site || !(takes(C, E, Tasks) || (E.Kind == Op::Consume && names(C, E.Object, Future))))
      continue;
    const Event *Asked = nullptr;
    if (llvm::none_of(guards(C, E.Site), [&](const Guard &G) { return ready(C, G, Future, Asked); }))
      return std::nullopt;
    Removes |= E.Kind == Op::Extract;
  }
  if (!Removes)
    return std::nullopt;
  if (const Stmt *Loop = untilEmpty(C, Poll.Site, Tasks))
    return PollingLoop{&Poll, Loop};
  // Or one in a member that calls this one.
  for (const CallEdge &Call : Future.This ? U.get<Calls>().callers(C.Fn) : llvm::ArrayRef<CallEdge>()) {
    const Stmt *Loop = Call.Task || knowsDeferred(*Call.In) ? nullptr : untilEmpty(*Call.In, Call.Site, Tasks);
    if (Loop && llvm::none_of(Call.In->Events, [&](const Event &X) {
          return X.Site && within(*Call.In, X.Site, Loop) && takes(*Call.In, X, Tasks);
        }))
      return PollingLoop{&Poll, Loop};
  }
  return std::nullopt;
}

std::optional<PollingLoop> Polling::in(const Code &C, const Place &Future, unsigned Depth) {
  if (Depth > 3 || knowsDeferred(C))
    return std::nullopt;
  StopFacts &Stops = U.get<StopFacts>();
  for (const Event &E : C.Events) // a wait without a limit runs a deferred task
    if (E.Kind == Op::Await && !E.may(Fact::Timed) && names(C, E.Object, Future))
      return std::nullopt;
  for (const Loop *L : Loops.in(C)) {
    const Event *Poll = nullptr;
    // A stop is no bound.
    if (LoopFacts::leftOnly(*L,
                            [&](const Guard &G) {
                              return ready(C, G, Future, Poll) ||
                                     (G.Cases.empty() && implies(G.Condition, G.Value, [&](const Expr *E, bool V) {
                                        StopQuestion Q = Stops.of(C, E);
                                        return (!Q.Asked.empty() && Q.when(V)) || ready(C, E, V, Future, Poll);
                                      }));
                            }) &&
        Poll)
      return PollingLoop{Poll, L->Statement};
  }
  for (const Event &E : C.Events)
    if (Future.Element && E.Kind == Op::Await && E.may(Fact::Timed) && names(C, E.Object, Future))
      if (auto Found = draining(C, Future, E))
        return Found;
  for (const CallEdge &Call : U.get<Calls>().from(C)) {
    const Code *Inner = Call.Callee != C.Fn ? U.code(Call.Callee) : nullptr;
    auto There = Inner ? toCallee(Call, Future) : std::nullopt;
    if (auto Found = There ? in(*Inner, *There, Depth + 1) : std::nullopt)
      return Found;
  }
  return std::nullopt;
}

std::optional<PollingLoop> Polling::loop(Code &C, const Place &Future) {
  auto Found = in(C, Future, 0);
  const auto *M = dyn_cast<CXXMethodDecl>(C.Fn);
  if (Found || !M || !Future.This)
    return Found;
  for (const CXXMethodDecl *Other : allMembers(M->getParent()))
    if (const Code *Body = Other != M ? U.code(Other) : nullptr)
      if (auto There = in(*Body, Future, 0))
        return There;
  // `while (!job.done())` in code that has the object.
  for (const CXXMethodDecl *Asked : allMembers(M->getParent()))
    for (const CallEdge &Call : U.visible(Asked) ? U.get<Calls>().callers(Asked) : llvm::ArrayRef<CallEdge>())
      if (auto Here = Call.Task ? std::nullopt : Call.toCaller(Future))
        if (auto There = in(*Call.In, *Here, 3))
          return There;
  return std::nullopt;
}

Polling::Polling(Unit &U) : U(U), Loops(U.get<LoopFacts>()) {}

template std::shared_ptr<void> makeFacts<Polling>(Unit &);

} // namespace heddle

#include "TimerUse.h"
#include "MakeFacts.h"
#include "Mentions.h"
#include "Order.h"

using namespace clang;

namespace heddle {

static bool armsTimer(const Event &E) {
  return E.ObjectRole == Role::Timer && E.Object.valid() && E.Object.last() &&
         (E.Kind == Op::Arm || (E.Kind == Op::Defer && E.may(Fact::OneShot)));
}

/// The entry of the timer at this place, made if it is new; null for anything else.
MemberTimer *TimerUse::timer(const std::optional<Place> &P) {
  const auto *F = P ? dyn_cast_or_null<FieldDecl>(P->last()) : nullptr;
  if (!F || P->Element || U.role(F->getType()) != Role::Timer)
    return nullptr;
  auto It = llvm::find_if(Members, [&](const MemberTimer &T) { return T.Timer == F; });
  return It == Members.end() ? &Members.emplace_back(MemberTimer{F, {}, {}}) : &*It;
}

void TimerUse::addMember(Code &C, const Event &E) {
  if (E.Kind != Op::Arm && E.Kind != Op::Defer)
    return;
  MemberTimer *T = E.Object.valid() ? timer(E.Object) : nullptr;
  // `connect(&timer, &Timer::timeout, this, f)`, `connect(&socket, &Socket::readyRead, &timer, g)`
  if (const auto *Call = dyn_cast_or_null<CallExpr>(E.Site); Call && E.Kind == Op::Defer)
    for (unsigned I = 0; I < Call->getNumArgs(); ++I)
      if (MemberTimer *Named = timer(C.place(Call->getArg(I)))) {
        Named->PassedOn |= I > 0;
        T = I ? T : Named;
      }
  if (!T)
    return;
  if (armsTimer(E))
    T->Armed.push_back({&C, &E});
  if (E.Kind == Op::Defer)
    for (const CallableRef &R : E.Tasks)
      if (const FunctionDecl *Body = U.visible(R.Body))
        T->Handlers.push_back(Body);
}

const std::vector<MemberTimer> &TimerUse::members() {
  if (!std::exchange(MembersKnown, true))
    for (Code *C : bodies(U))
      for (const Event &E : C->Events)
        addMember(*C, E);
  return Members;
}

/// `connect(timer, &Timer::timeout, …)`: what runs then is no message.
static bool isAboutTimer(Unit &U, const Event &E) {
  const auto *Call = dyn_cast_or_null<CallExpr>(E.Site);
  return E.ObjectRole == Role::Timer ||
         (Call && Call->getNumArgs() && U.role(Call->getArg(0)->getType()) == Role::Timer);
}

const std::vector<Activity> &TimerUse::activities() {
  if (std::exchange(ActivitiesKnown, true))
    return Activities;
  for (Code *C : bodies(U))
    for (const Event &E : C->Events) {
      bool Runs = E.Kind == Op::Defer && E.Model && E.ObjectRole != Role::Executor && E.ObjectRole != Role::EventLoop &&
                  E.ObjectRole != Role::Strand;
      if (!Runs || isAboutTimer(U, E))
        continue;
      for (const CallableRef &T : E.Tasks) {
        const FunctionDecl *Inner = forwardsTo(T);
        Code *Body = U.code(Inner ? Inner : T.Body);
        bool Known = llvm::any_of(Activities, [&](const Activity &A) { return A.Body == Body; });
        if (!Body || Known)
          continue;
        auto Again = U.get<LoopFacts>().chain(*Body);
        if (E.Model->Many || Again)
          Activities.push_back({Body, Again ? Again->Entry->Site : nullptr});
      }
    }
  return Activities;
}

/// Returns true if no condition or loop of the body stands around the statement.
static bool isTopLevel(const Code &C, const Stmt *S) {
  while (S && !isa<CompoundStmt>(S)) {
    if (isa<IfStmt, SwitchStmt, ForStmt, WhileStmt, CXXForRangeStmt, CXXTryStmt, LambdaExpr>(S))
      return false;
    S = C.parent(S);
  }
  return S && S == C.Fn->getBody();
}

static bool registers(const Event &E, const Activity &A) {
  return E.Kind == Op::Defer && llvm::any_of(E.Tasks, [&](const CallableRef &T) {
           return T.Body == A.Body->Fn || forwardsTo(T) == A.Body->Fn;
         });
}

const Stmt *TimerUse::waitsAgain(const Activity &A) {
  const auto *Call = dyn_cast_or_null<CallExpr>(A.Again);
  if (!A.Again || !isTopLevel(*A.Body, A.Again))
    return nullptr;
  const FunctionDecl *Def = Call ? U.visible(Call->getDirectCallee()) : nullptr;
  Code *In = Def ? U.code(Def) : A.Body; // which registers the body
  if (!In || llvm::any_of(In->Events, [&](const Event &E) { return registers(E, A); }))
    return In ? A.Again : nullptr;
  // A member handles the message: it waits for the next one itself, or has another handler do it.
  const Stmt *Found = nullptr;
  for (const Event &E : In->Events) {
    Code *Next = E.Kind == Op::Call && E.Callee && E.Site ? U.code(E.Callee) : nullptr;
    bool Again = Next && llvm::any_of(Next->Events, [&](const Event &X) { return registers(X, A); });
    bool Later =
        E.Kind == Op::Defer && E.Site && llvm::any_of(E.Tasks, [&](const CallableRef &T) {
          const Code *Body = T.Body ? U.code(T.Body) : nullptr;
          return Body && U.get<Calls>().find(T.Body, [&](const Code &, const Event &X) { return registers(X, A); });
        });
    if (!Again && !Later)
      continue;
    if (Found || !isTopLevel(*In, E.Site))
      return nullptr;
    Found = Again ? E.Site : A.Again;
  }
  return Found;
}

bool TimerUse::touches(const Activity &A, const MemberTimer &T) {
  for (const Code *C : U.get<Calls>().behind(A.Body->Fn)) {
    auto About = [&](const Event &E) { return E.Object.valid() && E.Object.last() == T.Timer; };
    for (const Event &E : C->Events) {
      if (!About(E) || E.Kind == Op::Test)
        continue;
      bool Ends =
          E.Kind == Op::Disarm && (C != A.Body || (A.Again && !U.get<Order>().reaches(*A.Body, E.Site, A.Again)));
      if (!Ends)
        return true;
    }
  }
  return false;
}

bool TimerUse::tellsBy(const FunctionDecl *Writer, const FunctionDecl *Reader, const FieldDecl *Timer) {
  auto ByReader = U.get<Calls>().behind(Reader);
  auto Reads = [&](const FieldDecl *D) {
    return llvm::any_of(ByReader, [&](const Code *C) {
      return llvm::any_of(U.get<Uses>().in(*C, D),
                          [](const Use &X) { return X.is(Use::Read | Use::Ask | Use::Update); });
    });
  };
  return llvm::any_of(U.get<Calls>().behind(Writer), [&](const Code *C) {
    return !llvm::is_contained(ByReader, C) && anyOf<MemberExpr>(C->Fn->getBody(), [&](const MemberExpr *M) {
      const auto *D = dyn_cast<FieldDecl>(M->getMemberDecl());
      return D && D != Timer && Reads(D) &&
             llvm::any_of(U.get<Uses>().in(*C, D), [](const Use &X) { return X.is(Use::Stores | Use::Mutate); });
    });
  });
}

std::vector<const Code *> TimerUse::entries(const MemberTimer &T) {
  std::vector<const Code *> Out;
  auto OfHandler = [&](const Code *C) {
    return llvm::any_of(T.Handlers, [&](const FunctionDecl *H) {
      return llvm::any_of(U.get<Calls>().behind(H), [&](const Code *X) { return X == C; });
    });
  };
  for (Code *C : bodies(U)) {
    bool Arms = llvm::any_of(U.get<Calls>().behind(C->Fn), [&](const Code *X) {
      return llvm::any_of(T.Armed, [&](const auto &A) { return A.first == X; });
    });
    if (Arms && !OfHandler(C) && U.get<Calls>().callers(C->Fn).empty())
      Out.push_back(C);
  }
  return Out;
}

/// The variable of a type like std::chrono::time_point that the call is given, or null.
static const VarDecl *deadlineOf(const Event &E) {
  const auto *Call = dyn_cast_or_null<CallExpr>(E.Site);
  const VarDecl *Found = nullptr;
  for (const Expr *A : Call ? Call->arguments() : CallExpr::const_arg_range(nullptr, nullptr))
    forEach<DeclRefExpr>(A, Walk::WithImplicit, [&](const DeclRefExpr *DR) {
      const auto *V = dyn_cast<VarDecl>(DR->getDecl());
      const CXXRecordDecl *RD = V ? V->getType().getNonReferenceType()->getAsCXXRecordDecl() : nullptr;
      if (RD && RD->getIdentifier() && RD->getName() == "time_point")
        Found = V;
    });
  return Found;
}

std::vector<DeadlineLoop> TimerUse::loops(Code &C) {
  std::vector<DeadlineLoop> Out;
  for (const Event &E : C.Events) {
    const VarDecl *V = E.Site ? deadlineOf(E) : nullptr;
    const Loop *L = V ? U.get<LoopFacts>().repeating(C, E.Site) : nullptr;
    if (!L || declaredIn(L->Statement, V))
      continue;
    DeadlineLoop D{&C, L, &E, V, {}};
    for (const Use &X : U.get<Uses>().in(C, V))
      if (X.is(Use::Writes) && X.Site && within(C, X.Site, L->Statement))
        D.Moved.push_back(X.Site);
    Out.push_back(std::move(D));
  }
  return Out;
}

TimerUse::TimerUse(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<TimerUse>(Unit &);

} // namespace heddle

// A thread for each element of what may be any number: each takes a stack and a slot in the scheduler, and the system
// has so many and no more.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Calls.h"
#include "flow/Mentions.h"
#include "flow/Overriders.h"
#include "flow/TaskFacts.h"
#include "flow/Unwrap.h"

using namespace clang;

namespace heddle {
namespace {

/// What each iteration of a loop stands for.
enum class Many { No, Elements, Arrivals };

bool makesThread(const Code &C, const Event &E) {
  return E.Site && C.U.get<TaskFacts>().launch(C, E) == Launch::Thread;
}

/// Returns true if it is a thread's handle or an event loop, or an object that has one: slots that were made for
/// threads.
bool holdsThread(Unit &U, QualType T) {
  auto Is = [&](QualType X) {
    Role R = U.role(X);
    return R == Role::Thread || R == Role::JoiningThread || R == Role::Future || R == Role::EventLoop;
  };
  if (T.isNull())
    return false;
  const CXXRecordDecl *RD = U.pointee(T)->getAsCXXRecordDecl();
  return Is(T) || (RD && RD->hasDefinition() &&
                   llvm::any_of(RD->fields(), [&](const FieldDecl *F) { return Is(F->getType()); }));
}

/// What each iteration stands for, if there may be any number of it.
Many turns(const Code &C, const Loop &L, const Stmt *Site, const Event &Start) {
  if (L.Turns == Trips::Elements) {
    const auto *R = dyn_cast<CXXForRangeStmt>(L.Statement);
    bool Itself = R && R->getLoopVariable() && Start.Object.Root == R->getLoopVariable();
    // A thread that runs until a stop is requested serves one source or device, and there are so many of these.
    bool Serves =
        llvm::any_of(Start.Tasks, [&](const CallableRef &T) { return C.U.get<TaskFacts>().end(T) == TaskEnd::OnStop; });
    return Itself || Serves || holdsThread(C.U, C.U.element(L.Over->getType())) ? Many::No : Many::Elements;
  }
  bool HandsOver = llvm::any_of(L.Took, [&](const VarDecl *V) { return mentions(Site, V); });
  return L.Turns == Trips::Open && (L.Arrives || HandsOver) ? Many::Arrivals : Many::No;
}

/// Returns true if the tasks of one iteration have ended before the next begins: their handles, locals of the
/// iteration, join.
bool endsWithTurn(Code &C, const Event &Start, const Loop &L) {
  const auto *V = Start.Object.Path.empty() ? dyn_cast_or_null<VarDecl>(Start.Object.Root) : nullptr;
  QualType Elem = V ? C.U.element(V->getType()) : QualType();
  if (!Elem.isNull() && declaredIn(L.Statement, V) &&
      (C.U.role(Elem) == Role::JoiningThread || (C.U.role(Elem) == Role::Future && Start.may(Fact::Joins))))
    return true;
  Concurrency &Order = C.U.concurrency();
  bool Known = false;
  for (const TaskStart &T : Order.tasks(C))
    if (T.Start == &Start) {
      bool LetGo = T.Detached || llvm::any_of(C.Events, [&](const Event &E) {
                     return E.Kind == Op::Detach && E.Object == Start.Object;
                   });
      if (LetGo || Order.besideItself(C, T))
        return false;
      Known = true;
    }
  return Known;
}

/// The innermost loop around the statement that starts any number, if nothing keeps the number down.
const Loop *unlimited(Code &C, const Stmt *Site, const Event &Start, Many &Kind) {
  LoopFacts &Loops = C.U.get<LoopFacts>();
  for (const Stmt *S = enclosingLoop(C, Site); S; S = enclosingLoop(C, S)) {
    const Loop &L = Loops.of(C, S);
    Kind = turns(C, L, Site, Start);
    if (Kind != Many::No)
      return Loops.limit(C, L) || Loops.once(C, Site, S) || endsWithTurn(C, Start, L) ? nullptr : &L;
  }
  return nullptr;
}

void report(Reporter &R, Many Kind, const Stmt *Loop, SourceLocation At, std::vector<StoryLine> Story) {
  Story.insert(Story.begin(), {Loop->getBeginLoc(), Kind == Many::Elements
                                                        ? "this loop runs once for each element of an unbounded input"
                                                        : "this loop runs once for each arrival"});
  R.report(At,
           std::string("a thread is started for each ") +
               (Kind == Many::Elements ? "element" : "connection or message") +
               ", without a limit; a burst exhausts memory or threads; use a pool, or acquire a semaphore before "
               "each start",
           Story);
}

/// Returns true if the function starts itself: recursive-spawn says whether it is bounded.
bool startsItself(const Code &C, const Event &Start) {
  return llvm::any_of(Start.Tasks, [&](const CallableRef &T) {
    const Code *Task = T.Body ? C.U.code(T.Body) : nullptr;
    return T.Body == C.Fn ||
           (Task && llvm::any_of(Task->Events, [&](const Event &E) { return E.Kind == Op::Call && E.Callee == C.Fn; }));
  });
}

/// Returns true if the starter does a share of the same work itself: the work was divided among threads before, and
/// their number with it.
bool takesAShare(const Code &C, const Event &Start) {
  return llvm::any_of(Start.Tasks, [&](const CallableRef &T) {
    return T.Body && llvm::any_of(C.Events, [&](const Event &E) {
             return E.Kind == Op::Call && E.Callee && E.Callee->getCanonicalDecl() == T.Body->getCanonicalDecl();
           });
  });
}

/// Where a thread is detached.
SourceLocation where(const Code &C, const Event &Start) {
  for (const Event &E : C.Events)
    if (E.Kind == Op::Detach && E.Site && within(C, Start.Site, E.Site))
      return E.loc();
  return Start.loc();
}

/// A call in a loop of a function that starts a thread and lets it go.
void inCallee(Code &C, Reporter &R, const Event &Call, const FunctionDecl *Callee) {
  Code *Inner = C.U.code(Callee);
  if (!Inner || Inner == &C || isa<CXXConstructorDecl>(Callee))
    return;
  LoopFacts &Loops = C.U.get<LoopFacts>();
  for (const Event &X : Inner->Events) {
    if (!makesThread(*Inner, X) || enclosingLoop(*Inner, X.Site))
      continue;
    // In a member it belongs to its object, of which somebody has made so many.
    bool LetGo = X.may(Fact::OwnThread) || !X.Object.valid() || X.Object.Element ||
                 (!X.Object.This && llvm::any_of(Inner->Events, [&](const Event &D) {
                   return D.Kind == Op::Detach && D.Object == X.Object;
                 }));
    if (!LetGo || Loops.limit(*Inner) || Loops.once(*Inner, X.Site) || startsItself(C, X))
      continue;
    Many Kind = Many::No;
    if (const Loop *L = unlimited(C, Call.Site, Call, Kind))
      report(R, Kind, L->Statement, where(*Inner, X),
             {{Call.loc(), "'" + Callee->getNameAsString() + "', which starts it, is called here"}});
  }
}

/// An algorithm that calls for each element what starts a thread.
void inAlgorithm(Code &C, Reporter &R, const Event &E) {
  const auto *Call = dyn_cast_or_null<CallExpr>(E.Site);
  const auto *Begin = Call && Call->getNumArgs() > 1 ? dyn_cast<CXXMemberCallExpr>(unwrap(Call->getArg(0))) : nullptr;
  const Expr *Over = Begin ? Begin->getImplicitObjectArgument() : nullptr;
  QualType Elem = Over ? C.U.element(Over->getType()) : QualType();
  if (Elem.isNull() || LoopFacts::isConstant(C, Over) || holdsThread(C.U, Elem))
    return;
  for (const CallableRef &T : E.Tasks)
    if (const Code *Each = T.Body ? C.U.code(T.Body) : nullptr; Each && !C.U.get<LoopFacts>().limit(*Each))
      for (const Event &X : Each->Events)
        if (makesThread(*Each, X) && !startsItself(C, X) && !enclosingLoop(*Each, X.Site))
          report(R, Many::Elements, Call, where(*Each, X), {});
}

/// Calls in loops of a virtual member that one class in this unit implements.
void inOverrider(Code &C, Reporter &R) {
  forEach<CXXMemberCallExpr>(C.Fn->getBody(), Walk::NoLambdas, [&](const CXXMemberCallExpr *Call) {
    const CXXMethodDecl *M = Call->getMethodDecl();
    const auto *Named = dyn_cast<MemberExpr>(Call->getCallee()->IgnoreParenImpCasts());
    bool Dispatched = M && M->isVirtual() && Named && !Named->hasQualifier() && !C.U.visible(M);
    auto Bodies =
        Dispatched && enclosingLoop(C, Call) ? C.U.get<Calls>().overriders(M) : llvm::ArrayRef<const CXXMethodDecl *>();
    const Code *Inner = Bodies.size() == 1 ? C.U.code(Bodies.front()) : nullptr;
    if (!Inner || llvm::none_of(Inner->Events, [&](const Event &E) { return makesThread(*Inner, E); }) ||
        !C.U.get<Overriders>().isOnly(Bodies.front(), M))
      return;
    Event E{};
    E.Kind = Op::Call;
    E.Site = Call;
    E.Callee = Bodies.front();
    if (auto P = C.place(Call->getImplicitObjectArgument()))
      E.Object = *P;
    inCallee(C, R, E, E.Callee);
  });
}

void inBody(Code &C, Reporter &R) {
  for (const Event &E : C.Events) {
    Many Kind = Many::No;
    if (makesThread(C, E)) {
      const Loop *L = startsItself(C, E) || takesAShare(C, E) ? nullptr : unlimited(C, E.Site, E, Kind);
      if (L)
        report(R, Kind, L->Statement, where(C, E), {});
    } else if (E.Kind == Op::RunNow && E.Model && E.Model->Many && !E.may(Fact::Parallel)) {
      inAlgorithm(C, R, E);
    } else if (E.Kind == Op::Call && E.Callee && E.Site && enclosingLoop(C, E.Site)) {
      inCallee(C, R, E, E.Callee);
    }
  }
  inOverrider(C, R);
}

const MatchCheck Check({.Name = "unbounded-spawn",
                        .Family = "tasks",
                        .Level = Tier::Risk,
                        .Summary = "Finds loops that start a thread for each element or arrival, without a limit.",
                        .Rows = "P29 R7"},
                       inBody);

} // namespace
} // namespace heddle

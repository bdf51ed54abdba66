// The states of the handles of tasks, and what their end does.
#include "ConcurrencyImpl.h"
#include "LibraryCode.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {

namespace {

/// The states of a handle, seen from one task: its own start makes it busy, and so does every other task of a group.
std::vector<Transition> handleRows(std::string_view AfterEnd, std::string_view AfterEscape) {
  std::vector<Transition> Rows = {
      {"*", Op::Spawn, "busy"},          {"*", Op::Defer, "busy"},          {"*", Op::Insert, "busy"},
      {"busy", Op::Detach, "detached"},  {"busy", Op::Escape, AfterEscape}, {"busy", Op::Extract, "gone"},
      {"busy", Op::Reset, AfterEnd},     {"busy", Op::Clear, AfterEnd},     {"busy", Op::End, AfterEnd},
      {"detached", Op::End, "detached"}, {"lost", Op::End, "lost"},
  };
  for (Op Waits : {Op::Join, Op::Wait, Op::Await, Op::Consume}) {
    Rows.push_back({"busy", Waits, "idle"});
    Rows.back().Unless = Fact::Timed; // one that gives up proves nothing
  }
  return Rows;
}

Automaton handleAutomaton(std::string_view AfterEnd, std::string_view Comes = "idle",
                          std::string_view AfterEscape = "gone") {
  return {.Tracks = {Role::Thread, Role::JoiningThread, Role::Future, Role::SharedFuture, Role::Group, Role::Executor,
                     Role::Container, Role::Promise, Role::Latch},
          .Start = "idle",
          .AtEntry = Comes,
          .Rows = handleRows(AfterEnd, AfterEscape),
          .Escape = OnEscape::Keep, // a row says what it means; what the task itself does to its owner does not count
          .LoopsRun = true};
}

/// Handles whose destructor waits (or terminates the process), and those that just abandon their task.
const Automaton Waiting = handleAutomaton("idle");
const Automaton LettingGo = handleAutomaton("lost");
/// The same for a handle that a function hands out with its task running.
const Automaton ComesWaiting = handleAutomaton("idle", "busy");
const Automaton ComesLettingGo = handleAutomaton("lost", "busy");
/// For one that is kept outside of the body, where its task is meant to run on: code that is not visible leaves it so.
const Automaton KeptOutside = handleAutomaton("lost", "idle", "busy");

} // namespace

Concurrency::Impl::Impl(Concurrency &Outer, Unit &U)
    : Outer(Outer), U(U), Locks(U.get<HeldLocks>()), Touches(U, Locks), Wait(U, Waiting), LetGo(U, LettingGo),
      ComesWait(U, ComesWaiting), ComesLetGo(U, ComesLettingGo), Outside(U, KeptOutside) {}

bool Concurrency::Impl::waitsAtEnd(const TaskStart &T, const Place &Handle) {
  const ValueDecl *V = Handle.last();
  if (!V)
    return false;
  QualType Elem = U.element(V->getType());
  QualType Type = Elem.isNull() ? U.pointee(V->getType()) : U.pointee(Elem);
  const TypeModel *M = U.type(Type);
  if (!M)
    return true; // not known: silence
  if (M->Plays == Role::StopCallback)
    return true;
  if (M->With.has(Fact::Joins) || M->Plays == Role::Thread || M->Plays == Role::JoiningThread)
    return Type->isRecordType(); // of a pthread_t nobody cares
  if (M->Plays == Role::Future || M->Plays == Role::SharedFuture)
    return (T.Inside ? T.Inside : T.Start)->may(Fact::Joins);
  return joinsInDestructor(Type);
}

bool Concurrency::Impl::joinsInDestructor(QualType T, unsigned Depth) {
  const TypeModel *M = U.type(T);
  if (M && (M->With.has(Fact::Joins) || llvm::any_of(M->Destructor, [](const Action &A) {
              return A.Operation == Op::Wait || A.Operation == Op::Join;
            })))
    return true;
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  if (!RD || !RD->hasDefinition() || Depth > 2 || inLibrary(U, RD->getLocation()))
    return false;
  if (const CXXDestructorDecl *D = RD->getDestructor(); D && !D->isDefaulted() && (!U.visible(D) || reachesWait(U, D)))
    return true; // code that is not visible may wait
  return llvm::any_of(RD->fields(), [&](const FieldDecl *F) {
    QualType E = U.element(F->getType());
    return joinsInDestructor(E.isNull() ? F->getType() : E, Depth + 1);
  });
}

const StateMap &Concurrency::Impl::handle(Code &C, const TaskStart &T, const Place &Handle, bool Kept) {
  Body &B = body(C);
  bool Waits = waitsAtEnd(T, Handle), Comes = T.HandedOut && *T.HandedOut == Handle;
  for (const Body::Handle &H : B.Handles)
    if (H.Object == Handle && H.Waits == Waits && H.Comes == Comes && H.Kept == Kept)
      return H.States;
  Simulation &S = Kept ? Outside : Comes ? (Waits ? ComesWait : ComesLetGo) : (Waits ? Wait : LetGo);
  return B.Handles.emplace_back(Handle, Waits, Comes, Kept, S.states(C.Fn, Handle)).States;
}

bool Concurrency::Impl::isKept(const Place &Handle) {
  const auto *P = dyn_cast_or_null<ParmVarDecl>(Handle.Root);
  const ValueDecl *Last = Handle.last();
  bool Thread = Last && (U.role(Last->getType()) == Role::Thread || U.role(Last->getType()) == Role::JoiningThread);
  return Thread && !Handle.Path.empty() &&
         (Handle.This || (P && (P->getType()->isReferenceType() || P->getType()->isPointerType())));
}

const VarDecl *Concurrency::Impl::waitingOwner(const Place &Handle) {
  const auto *Owner = Handle.Path.empty() ? nullptr : dyn_cast_or_null<VarDecl>(Handle.Root);
  bool Local = Owner && Owner->hasLocalStorage() && !isa<ParmVarDecl>(Owner) && !Owner->getType()->isReferenceType();
  return Local && joinsInDestructor(U.pointee(Owner->getType())) ? Owner : nullptr;
}

bool Concurrency::Impl::endedWithOwner(Code &C, const Place &Handle, SourceLocation At) {
  const VarDecl *Owner = waitingOwner(Handle);
  if (!Owner)
    return false;
  const SourceManager &SM = U.Ctx.getSourceManager();
  for (const Event &E : C.Events)
    if (E.Object.Root == Owner)
      for (const Stmt *S = E.Site; S; S = C.parent(S))
        if (isa<CompoundStmt>(S) && SM.isBeforeInTranslationUnit(S->getBeginLoc(), Owner->getLocation())) {
          // The innermost block around a use that begins before the declaration is the one that it lives in.
          return SM.isBeforeInTranslationUnit(S->getEndLoc(), At);
        }
  return false;
}

bool Concurrency::Impl::running(const StateMap &M, unsigned Bits) {
  return M.Complete && (Bits & (M.bit("busy") | M.bit("detached") | M.bit("lost")));
}

} // namespace heddle

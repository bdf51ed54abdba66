// A task that takes items from a queue of its object ends on a stop, whatever is left in there.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/Calls.h"
#include "flow/ClassFacts.h"
#include "flow/Creation.h"
#include "flow/LibraryCode.h"
#include "flow/TakingLoop.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {
namespace {

bool does(const MemberAccess &A, std::initializer_list<Op> Ops) {
  return A.Does == MemberAccess::Operate && llvm::is_contained(Ops, A.Operation->Kind);
}

bool fills(const MemberAccess &A) { return does(A, {Op::Insert, Op::Send, Op::TrySend}); }

/// Takes all items at once: `batch.swap(queue_)`, `auto batch = std::exchange(queue_, {})`.
bool takesAll(Unit &U, const MemberAccess &A) {
  const auto *Call = A.Does == MemberAccess::Write && A.As && A.As->Of == Use::Itself
                         ? dyn_cast_or_null<CallExpr>(A.As->Site)
                         : nullptr;
  const FunctionDecl *F = Call ? calleeOf(Call) : nullptr;
  return F && inLibrary(U, F->getLocation()) && A.As->is(Use::Mutate | Use::Address | Use::Move) &&
         Call->getNumArgs() && F->getIdentifier() && llvm::is_contained({"swap", "exchange", "move"}, F->getName());
}

/// The member that puts items in; null if there is none.
const MemberAccess *producer(const llvm::SmallVectorImpl<const MemberAccess *> &All) {
  const auto *It = llvm::find_if(All, [](const MemberAccess *A) {
    return fills(*A) && A->By && !isa<CXXConstructorDecl, CXXDestructorDecl>(A->By);
  });
  return It == All.end() ? nullptr : *It;
}

/// Returns true if anything else than the loop looks at the items or takes them: what is left is somebody's business.
bool takenElsewhere(const llvm::SmallVectorImpl<const MemberAccess *> &All, const TakingLoop &L) {
  return llvm::any_of(All, [&](const MemberAccess *A) {
    if (A->Does == MemberAccess::Look || fills(*A) || does(*A, {Op::Test}) || A->When == Phase::Construction)
      return false;
    const Stmt *By = A->As ? A->As->Site : A->Site;
    bool AlsoFills = llvm::any_of(All, [&](const MemberAccess *B) { return fills(*B) && B->Site == By; });
    return !AlsoFills && !L.covers(A->In, A->Site);
  });
}

/// Returns true if the items may be lost anyway: the producer leaves out those for which there is no room, and does not
/// say so, as in `if (items_.size() >= Most) return;`.
bool isLossy(const MemberAccess &In, const FieldDecl *Queue) {
  if (!In.In || !In.In->Fn->getReturnType()->isVoidType())
    return false;
  return llvm::any_of(guards(*In.In, In.Site), [&](const Guard &G) {
    const auto *If = dyn_cast_or_null<IfStmt>(G.By);
    const Stmt *Else = If ? (G.Value ? If->getElse() : If->getThen()) : nullptr;
    bool Compares = If && anyOf<BinaryOperator>(If->getCond(), Walk::NoLambdas, [&](const BinaryOperator *B) {
                      MethodFacts::Fields Asked;
                      fieldsIn(*In.In, B, Asked);
                      return B->isComparisonOp() && Asked.contains(Queue);
                    });
    // One who throws tells the caller; one who names the item has another way for it.
    return Compares && (!Else || (leaves(Else) && !anyOf<Expr>(Else, [](const Expr *E) {
                                    const auto *DR = dyn_cast<DeclRefExpr>(E);
                                    return isa<CXXThrowExpr>(E) || (DR && isa<ParmVarDecl>(DR->getDecl()));
                                  })));
  });
}

/// The exit of the loop on a stop, without a test of the queue; null if there is none.
const LoopExit *dropping(const TakingLoop &L, const FieldDecl *Queue) {
  const Code &In = L.exitsIn();
  for (const LoopExit &X : L.Exits) {
    bool OnStop = false, Looks = false;
    for (const Guard &G : X.When) {
      MethodFacts::Fields Asked;
      fieldsIn(In, G.Condition, Asked);
      Looks |= Asked.contains(Queue);
      OnStop |= G.Cases.empty() && In.U.get<StopFacts>().of(In, G.Condition).when(G.Value);
    }
    if (OnStop && !Looks)
      return &X;
  }
  return nullptr;
}

/// Who sets what the task asks; null where it asks a token.
const MemberAccess *stopper(ClassFacts &Class, const ClassTask &T) {
  for (const FieldDecl *Flag : T.Flags)
    for (const MemberAccess *A : Class.of(Flag))
      if (A->Does == MemberAccess::Write && A->By && !isa<CXXConstructorDecl>(A->By))
        return A;
  return nullptr;
}

/// Returns true if the task itself sets what it asks, as on a broken connection: then nobody wants the items.
bool givesUp(ClassFacts &Class, const ClassTask &T) {
  return llvm::any_of(T.Flags, [&](const FieldDecl *Flag) {
    return llvm::any_of(Class.of(Flag),
                        [&](const MemberAccess *A) { return A->Does == MemberAccess::Write && A->Task; });
  });
}

/// Returns true if the object waits for the task, so that its end could have waited for the items, too.
bool isJoined(ClassFacts &Class, const ClassTask &T) {
  const FieldFacts *Handle = T.Handle ? Class.field(T.Handle) : nullptr;
  return !T.Handle || (Handle && Handle->AtEnd.has(Endings::Joins)) ||
         !Class.operations(T.Handle, {Op::Join, Op::Wait}).empty();
}

/// Returns true if nobody expects the items to be handled: jobs that a pool has not begun when it is destroyed, unless
/// a function leaves its own pool to the destructor and takes no results.
bool areJobs(Unit &U, const FieldDecl *Queue, const MemberAccess *Stop, const CXXMethodDecl *Feeds) {
  bool Expected =
      Feeds && Feeds->getReturnType()->isVoidType() && U.get<Creation>().isFedAndLeft(Feeds->getParent(), Feeds);
  return !Expected && (!Stop || isa<CXXDestructorDecl>(Stop->By)) &&
         holds(U, U.element(Queue->getType()), [](Role R) { return R == Role::Function; });
}

void look(Unit &U, ClassFacts &Class, const FieldFacts &F, Reporter &R) {
  auto All = Class.of(F.Field);
  // A task that puts items back always has some left: recurring work ends with the stop.
  if (llvm::any_of(All, [](const MemberAccess *A) { return fills(*A) && A->Task; }))
    return;
  const MemberAccess *In = producer(All);
  for (const MemberAccess *Out : All) {
    if (!In || isLossy(*In, F.Field) || !Out->Task || !Out->In || Out->Task->Detached ||
        !(does(*Out, {Op::Extract, Op::Receive, Op::TryReceive}) || takesAll(U, *Out)))
      continue;
    auto L = takingLoop(*Out->In, Out->Site);
    const LoopExit *Exit = L && !takenElsewhere(All, *L) ? dropping(*L, F.Field) : nullptr;
    const MemberAccess *Stop = stopper(Class, *Out->Task);
    if (!Exit || (!Stop && !Out->Task->ObservesStop) || givesUp(Class, *Out->Task) || !isJoined(Class, *Out->Task) ||
        areJobs(U, F.Field, Stop, In->By))
      continue;
    std::string Name = "'" + F.Field->getNameAsString() + "'";
    Story Path(In->Site->getBeginLoc(), "'" + In->By->getNameAsString() + "' puts items into " + Name + " here");
    if (Stop)
      Path.then(Stop->Site->getBeginLoc(), "the stop is requested here");
    R.report(Exit->Site->getBeginLoc(),
             "the task ends here on a stop, although items may be left in " + Name +
                 "; they are dropped; drain it before the task ends, or clear it explicitly",
             Path);
    return;
  }
}

const UnitCheck Check({.Name = "cancel-without-drain",
                       .Family = "channels",
                       .Level = Tier::Risk,
                       .Summary = "Finds tasks that end on a stop and drop what is still in their queue.",
                       .Rows = "L18",
                       .Preview = true},
                      [](Unit &U, Reporter &R) {
                        for (ClassFacts *Class : U.get<ClassTable>().all())
                          for (const FieldFacts &F : Class->Fields)
                            if (F.Many || F.Plays == Role::Channel)
                              look(U, *Class, F, R);
                      });

} // namespace
} // namespace heddle

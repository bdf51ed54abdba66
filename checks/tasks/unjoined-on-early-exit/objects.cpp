#include "detectors.h"
#include "flow/Classes.h"
#include "flow/Guards.h"
#include "flow/Order.h"
#include "flow/Simulation.h"
#include "flow/Unwrap.h"
#include "flow/Uses.h"

using namespace clang;

namespace heddle::unjoined {

namespace {

// The states of a handle in a member of a local object, whose class does not join in its destructor. What waits for it
// on one path is assumed to do so on all.
Automaton inMembers(std::string_view Start) {
  return {
      .Tracks = {Role::Thread, Role::Container},
      .Start = Start,
      .AtEntry = "idle",
      .Rows =
          {
              {"idle", Op::Spawn, "running", {}, "'%0' is started here"},
              {"*", Op::Join, "gone"},
              {"*", Op::Wait, "gone"},
              {"*", Op::Detach, "gone"},
              {"*", Op::Test, "gone"},
              {"*", Op::Extract, "gone"},
              {"*", Op::Move, "gone"},
              {"*", Op::Clear, "gone"},
              {"*", Op::Reset, "gone"},
              {"running", Op::End, "error", Lost},
          },
      .LoopsRun = true,
      .Unwinds = true,
  };
}
const Automaton StartedLater = inMembers("idle"), StartedByConstructor = inMembers("running");

bool hasOwnDestructor(const CXXRecordDecl *RD) {
  return !RD || !RD->hasDefinition() || (RD->getDestructor() && RD->getDestructor()->isUserProvided());
}

/// The local object of which the place is a part, if that part is a thread, or threads, that end the program with it.
const VarDecl *endsWithThreads(Unit &U, const Place &P) {
  const auto *V = dyn_cast_or_null<VarDecl>(P.Root);
  if (!V || P.Path.empty() || P.Element || !V->isLocalVarDecl() || !V->hasLocalStorage() || U.type(V->getType()))
    return nullptr;
  const FieldDecl *F = P.Path.back();
  QualType E = U.element(F->getType());
  QualType Handle = E.isNull() ? F->getType() : E;
  bool Shared = U.leads(Handle) && !isMoveOnly(Handle->getAsCXXRecordDecl());
  if (Shared || !isThreadField(U, F) || mayBeJoinedByMember(U, F) ||
      hasOwnDestructor(V->getType()->getAsCXXRecordDecl()))
    return nullptr;
  bool Ends = llvm::none_of(
      P.Path, [](const FieldDecl *On) { return hasOwnDestructor(dyn_cast<CXXRecordDecl>(On->getParent())); });
  return Ends ? V : nullptr;
}

/// The calls of members of a local object that wait for a thread, ask it or let it go; none if the function does
/// anything else with the object than to call visible members.
llvm::SmallVector<const CXXMemberCallExpr *, 4> joiningCalls(const Code &C, const VarDecl *V) {
  llvm::SmallVector<const CXXMemberCallExpr *, 4> Joining;
  for (const Use &X : C.U.get<Uses>().in(C, V)) {
    const auto *M = X.Of == Use::Itself && X.is(Use::Ask | Use::Mutate) ? dyn_cast<CXXMemberCallExpr>(X.Site) : nullptr;
    if (!M || !C.U.visible(M->getMethodDecl()))
      return {};
    if (llvm::any_of(std::initializer_list<Op>{Op::Join, Op::Wait, Op::Detach, Op::Test, Op::Extract, Op::Move},
                     [&](Op O) { return C.U.reaches(M->getMethodDecl(), O, false); }))
      Joining.push_back(M);
  }
  return Joining;
}

/// Where the constructor that makes the variable starts the thread in its member, on every path; empty if it does not.
std::vector<StoryLine> startedByConstructor(Unit &U, Simulation &FromIdle, const VarDecl *V, const Place &Part) {
  const auto *CE = dyn_cast_or_null<CXXConstructExpr>(unwrap(V->getInit()));
  if (!CE || CE->getConstructor()->isCopyOrMoveConstructor() || Part.Path.size() != 1)
    return {};
  const FieldDecl *F = Part.Path.front();
  const FunctionDecl *Body = U.visible(CE->getConstructor());
  if (startsByDefault(F)) {
    const auto *Ctor = dyn_cast_or_null<CXXConstructorDecl>(Body);
    bool Default = !Ctor || llvm::none_of(Ctor->inits(), [&](const CXXCtorInitializer *I) {
      return I->getMember() == F && !isa<CXXDefaultInitExpr>(I->getInit());
    });
    return Default ? std::vector<StoryLine>{{F->getLocation(), "it is started here, with the object"}}
                   : std::vector<StoryLine>();
  }
  Place Own;
  Own.This = true;
  Own.Path = Part.Path;
  std::vector<StoryLine> Story;
  for (const Exit &X : Body ? FromIdle.exits(Body, Own) : std::vector<Exit>()) {
    if (X.State != "running" && !X.Throws)
      return {};
    if (!X.Throws && Story.empty())
      Story = X.Story;
  }
  return Story;
}

/// Returns true if a path leads from one statement to the other, within the life of the variable. Jumps are not in the
/// graph: what decides on them stands for them.
bool leadsTo(Code &C, const Stmt *From, const Stmt *To, const VarDecl *V) {
  if (isa<BreakStmt, ContinueStmt, GotoStmt>(To)) {
    auto When = guards(C, To);
    if (When.empty())
      return true;
    To = When.front().Condition;
  }
  return From == To || C.U.get<Order>().reaches(C, From, To, [&](const Stmt *S) {
    const auto *D = dyn_cast<DeclStmt>(S);
    return D && llvm::is_contained(D->decls(), V);
  });
}

/// `Runner runner(n); if (!open()) return 1; runner.join();`: the class joins only on request, and this path makes none
/// to on this path.
void report(Code &C, Reporter &R, Finding X, const std::vector<StoryLine> &Start) {
  const VarDecl *V = endsWithThreads(C.U, X.Object);
  bool Throws = isa_and_nonnull<CallExpr, CXXConstructExpr, CXXThrowExpr>(X.Site);
  if (!V || !X.Site || (!Throws && !isa<ReturnStmt, BreakStmt, ContinueStmt, GotoStmt>(X.Site)) ||
      (Throws && C.Fn->isMain()))
    return;
  auto Joining = joiningCalls(C, V);
  if (Joining.empty() || llvm::any_of(Joining, [&](const CXXMemberCallExpr *M) { return leadsTo(C, M, X.Site, V); }))
    return;
  X.Story.insert(X.Story.begin(), Start.begin(), Start.end());
  const CXXMemberCallExpr *Joins = Joining.front();
  std::string Member = "'" + Joins->getMethodDecl()->getNameAsString() + "'";
  X.Story.push_back({Joins->getExprLoc(), Member + " joins it here, which this path does not reach"});
  std::string When = Throws ? "when this throws" : "here";
  R.report(X.Loc,
           "'" + V->getNameAsString() + "' may have running threads " + When + ", and " + Member +
               " is not called on this path; '" + X.Object.Path.back()->getNameAsString() +
               "' is destroyed while joinable, which terminates the program; join it in the destructor of '" +
               V->getType()->getAsCXXRecordDecl()->getNameAsString() + "'",
           X.Story);
}

} // namespace

void reportObjects(Unit &U, Reporter &R) {
  Simulation Later(U, StartedLater), Started(U, StartedByConstructor);
  for (const FunctionDecl *F : U.Functions) {
    Code *C = U.code(F);
    if (!C || llvm::none_of(C->Events, [](const Event &E) { return E.Kind == Op::Spawn || E.Kind == Op::Call; }))
      continue;
    llvm::DenseSet<std::pair<const ValueDecl *, const Stmt *>> Said; // an object may have several threads
    bool Any = false, Constructed = false;
    for (const Place &P : Later.reached(F))
      if (const VarDecl *V = endsWithThreads(U, P)) {
        Any = true;
        Constructed |= !startedByConstructor(U, Later, V, P).empty();
      }
    if (Constructed)
      for (const Finding &X : Started.run(F))
        if (const VarDecl *V = endsWithThreads(U, X.Object))
          if (auto Start = startedByConstructor(U, Later, V, X.Object);
              !Start.empty() && Said.insert({V, X.Site}).second)
            report(*C, R, X, Start);
    if (Any)
      for (const Finding &X : Later.run(F))
        if (endsWithThreads(U, X.Object) && Said.insert({X.Object.Root, X.Site}).second)
          report(*C, R, X, {});
  }
}

} // namespace heddle::unjoined

// A thread that is still joinable when its handle is destroyed or overwritten ends the program; one whose handle is a
// number (pthread_t) runs on with nobody to wait for it. The path that forgets the join is seldom the straight one.
#include "check/Register.h"
#include "flow/Destruction.h"
#include "flow/Mentions.h"
#include "flow/Simulation.h"
#include "flow/Uses.h"
#include "flow/ValueFlow.h"
#include "unjoined-on-early-exit/detectors.h"

#include "clang/AST/ASTContext.h"
#include "clang/Lex/Lexer.h"

using namespace clang;

namespace heddle {

namespace unjoined {

namespace {

// The states of a handle:
//   idle      it has no task
//   running   its task was started, and nobody has waited for it
Automaton handle(std::string_view Start, std::string_view AtEntry) {
  return {
      .Tracks = {Role::Thread},
      .Start = Start,
      .AtEntry = AtEntry,
      .Rows =
          {
              {"idle", Op::Spawn, "running", {}, "'%0' is started here"},
              {"running", Op::Spawn, "error", Replaced},
              {.From = "running", .On = Op::Join, .To = "idle", .Unless = Fact::Timed},
              {"running", Op::Join, "gone"},
              {"running", Op::Detach, "idle"},
              {"*", Op::Test, "gone"},
              {"*", Op::Extract, "gone"},
              {"*", Op::Move, "idle"},
              {"running", Op::Reset, "error", Replaced},
              {"*", Op::Reset, "gone"},
              {"running", Op::End, "error", Lost},
          },
      .Unwinds = true,
  };
}
const Automaton Handle = handle("idle", {});
/// A handle that a function returns with its task running.
const Automaton Returned = handle("running", "running");

// The same of many at once: a container of handles, or a group that does not wait in its destructor.
const Automaton Handles = {
    .Tracks = {Role::Container, Role::Group},
    .Start = "idle",
    .AtEntry = {},
    .Rows =
        {
            {"idle", Op::Spawn, "running", {}, "the first task of '%0' is started here"},
            {"idle", Op::Join, "gone"}, // waited for before it has tasks: another check's business
            {"idle", Op::Wait, "gone"},
            {"running", Op::Join, "idle"},
            {"running", Op::Wait, "idle"},
            {"running", Op::Detach, "gone"},
            {"*", Op::Test, "gone"},
            {"*", Op::Extract, "gone"},
            {"*", Op::Move, "gone"},
            {"running", Op::Clear, "error", Lost},
            {"*", Op::Reset, "gone"},
            {"running", Op::End, "error", Lost},
        },
    .LoopsRun = true,
    .Unwinds = true,
};

const VarDecl *variable(const Place &P) { return P.Path.empty() ? dyn_cast_or_null<VarDecl>(P.Root) : nullptr; }

/// Returns true if the body joins or detaches the object somewhere. Where it never does, a number is lost on purpose.
bool isWaitedFor(const Code &C, const Place &P) {
  return llvm::any_of(C.Events, [&](const Event &E) {
    return (E.Kind == Op::Join || E.Kind == Op::Detach || E.Kind == Op::Wait) && E.Object.valid() &&
           C.whole(E.Object) == P;
  });
}

/// `std::thread` → `std::jthread`, where the handle is only started and joined.
llvm::SmallVector<FixItHint, 1> fix(const Code &C, const VarDecl *V) {
  const ASTContext &Ctx = C.U.Ctx;
  const CXXRecordDecl *RD = V->getType()->getAsCXXRecordDecl();
  if (!Ctx.getLangOpts().CPlusPlus20 || !RD || !RD->isInStdNamespace() || !RD->getIdentifier() ||
      RD->getName() != "thread" || !V->getTypeSourceInfo())
    return {};
  // Not every library has it in <thread>.
  if (RD->getDeclContext()->getRedeclContext()->lookup(DeclarationName(&Ctx.Idents.get("jthread"))).empty())
    return {};
  bool OnlyJoined = llvm::all_of(C.U.get<Uses>().in(C, V), [](const Use &X) {
    const auto *M = X.Of == Use::Itself && !X.Lambda ? dyn_cast<CXXMemberCallExpr>(X.Site) : nullptr;
    const CXXMethodDecl *D = M ? M->getMethodDecl() : nullptr;
    return D && D->getIdentifier() && (D->getName() == "join" || D->getName() == "joinable");
  });
  SourceRange Type = V->getTypeSourceInfo()->getTypeLoc().getUnqualifiedLoc().getSourceRange();
  if (!OnlyJoined || Type.isInvalid() || Type.getBegin().isMacroID())
    return {};
  // Only the name itself, as `std::thread` or `thread` stands there; not `auto`, not a typedef.
  CharSourceRange Name = CharSourceRange::getTokenRange(Type.getEnd(), Type.getEnd());
  if (Lexer::getSourceText(Name, Ctx.getSourceManager(), Ctx.getLangOpts()) != "thread")
    return {};
  return {FixItHint::CreateReplacement(Name, "jthread")};
}

bool unwinds(const Finding &X) {
  return isa_and_nonnull<CallExpr, CXXConstructExpr, CXXThrowExpr>(X.Site) && X.Row->On == Op::End;
}

/// One handle that is lost is one defect, on however many paths: a return shows it best.
std::vector<Finding> oneEach(std::vector<Finding> All) {
  std::vector<Finding> Kept;
  for (Finding &X : All) {
    auto Known = llvm::find_if(Kept, [&](const Finding &Y) { return Y.Object == X.Object && Y.Message == X.Message; });
    if (Known == Kept.end() || X.Message == Replaced)
      Kept.push_back(std::move(X));
    else if (unwinds(*Known) && !unwinds(X))
      *Known = std::move(X);
  }
  return Kept;
}

void report(Code &C, Reporter &R, Finding X, bool Many) {
  const VarDecl *V = variable(X.Object);
  if (!V)
    return;
  QualType T = V->getType();
  QualType Elem = Many ? C.U.element(T) : QualType();
  bool Group = Many && Elem.isNull();
  Endings Ends = C.U.get<Destruction>().of(Elem.isNull() ? T : Elem);
  bool Terminates = Ends.has(Endings::Terminates), Leaks = !Terminates && Ends.has(Endings::Leaks);
  if ((!Terminates && !Leaks) || (Leaks && (!isWaitedFor(C, X.Object) || C.Fn->isMain())))
    return; // when main() returns, all threads end
  std::string Name = "'" + X.Object.name() + "'";
  bool IsReplaced = X.Message == Replaced;
  if (IsReplaced) {
    // swap() replaces nothing.
    const auto *Op = dyn_cast_or_null<CXXOperatorCallExpr>(X.Site);
    if (Terminates && dyn_cast_or_null<CallExpr>(X.Site) && !Op)
      return;
    R.report(X.Loc,
             Terminates
                 ? Name +
                       " is assigned a new thread while its old one may still run; this terminates the program; join "
                       "it first"
                 : Name + " is overwritten while its thread may still run; the thread can no longer be joined, and its "
                          "resources leak; join it first",
             X.Story);
    return;
  }
  // Left at the end of the scope, with no join before: what is wrong stands at the start.
  bool Straight = (!X.Site || isa<CompoundStmt>(X.Site)) && !X.Story.empty();
  if (Straight && (Leaks || !isa_and_nonnull<Stmt>(X.Site)) && !isWaitedFor(C, X.Object))
    return;
  if (Straight)
    X.reportFirstStep();
  bool Throws = unwinds(X);
  if (Throws && C.Fn->isMain() && !C.enclosingTry(X.Site))
    return; // which ends the program anyhow
  std::string Where = Straight ? "is not joined on a path out of its scope"
                      : Throws ? "may still run when this throws, and is not joined on that path"
                               : "may still run here, and is not joined on this path";
  if (Group)
    Where = Straight ? "is not waited for on a path out of its scope"
            : Throws ? "may have running tasks when this throws, and is not waited for on that path"
                     : "may have running tasks here, and is not waited for on this path";
  std::string What =
      Leaks   ? "; the thread runs on and may use objects of this scope; join it on every path"
      : Group ? "; its destructor terminates the program; wait on every path, exceptions included"
              : "; its destructor terminates the program; join it on every path, exceptions included, or use a "
                "joining handle";
  R.report(X.Loc, Name + " " + Where + What, X.Story, Many ? llvm::SmallVector<FixItHint, 1>() : fix(C, V));
}

} // namespace

/// The steps by which a variable comes to have a running task: the function that makes its handle, and the call of it.
/// None where that function has another return, which may yield a handle without a task.
std::vector<StoryLine> startedInCallee(Unit &U, const VarDecl *V) {
  const auto *Call = V && V->getInit() ? dyn_cast_or_null<CallExpr>(ValueFlow::behindCopies(V->getInit())) : nullptr;
  const FunctionDecl *F = Call ? U.visible(Call->getDirectCallee()) : nullptr;
  const Code *Callee = F && returnsIn(F->getBody()).size() == 1 ? U.code(F) : nullptr;
  for (const Event &E : Callee ? llvm::ArrayRef<Event>(Callee->Events) : llvm::ArrayRef<Event>()) {
    const auto *Site = E.Kind == Op::Spawn ? dyn_cast_or_null<Expr>(E.Site) : nullptr;
    if (Site && llvm::any_of(U.get<ValueFlow>().ends(*Callee, Site),
                             [](const Flow &X) { return X.Goes == Flow::Returned; }))
      return {{E.loc(), "its thread is started here, in '" + F->getNameAsString() + "'"},
              {Call->getExprLoc(), "'" + V->getNameAsString() + "' is its handle from here on"}};
  }
  return {};
}

void reportVariables(Unit &U, Reporter &R) {
  Simulation One(U, Handle), FromCallee(U, Returned), Many(U, Handles);
  for (const FunctionDecl *F : U.Functions) {
    Code *C = U.code(F);
    if (!C || llvm::none_of(C->Events, [](const Event &E) { return E.Kind == Op::Spawn || E.Kind == Op::Call; }))
      continue;
    for (const Finding &X : oneEach(One.run(F)))
      report(*C, R, X, false);
    for (Finding &X : oneEach(FromCallee.run(F)))
      if (std::vector<StoryLine> Steps = startedInCallee(U, variable(X.Object)); !Steps.empty()) {
        X.Story.insert(X.Story.begin(), Steps.begin(), Steps.end());
        report(*C, R, X, false);
      }
    for (const Finding &X : oneEach(Many.run(F)))
      report(*C, R, X, true);
  }
}

} // namespace unjoined

namespace {

const UnitCheck Check({.Name = "unjoined-on-early-exit",
                       .Family = "tasks",
                       .Level = Tier::Risk,
                       .Summary = "Finds threads that are destroyed, overwritten or lost before they are joined.",
                       .Rows = "S10"},
                      [](Unit &U, Reporter &R) {
                        unjoined::reportVariables(U, R);
                        unjoined::reportObjects(U, R);
                        unjoined::reportMembers(U, R);
                        unjoined::reportDeleted(U, R);
                      });

} // namespace
} // namespace heddle

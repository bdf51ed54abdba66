// Hidden checks with which Heddle's own tests question the vocabulary and the engine. Shown with HEDDLE_DEV=1.
#include "Register.h"
#include "Reporter.h"
#include "flow/Concurrency.h"
#include "models/Resolve.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {
namespace {

std::string describe(const Event &E) {
  std::string S(spelling(E.Kind));
  if (E.Object.valid())
    S += " " + E.Object.name() + (E.Object.Element ? "[]" : "");
  if (E.may(Fact::Blocking))
    S += " blocking";
  if (E.OutcomeTells)
    S += " if it succeeds";
  for (const CallableRef &T : E.Tasks) {
    S += T.Lambda ? " {lambda}" : T.Body ? " {" + T.Body->getNameAsString() + "}" : " {?}";
    if (T.Receiver)
      S += " on " + T.Receiver->name();
  }
  if (E.Kind == Op::Call)
    S = E.Callee ? "call of " + E.Callee->getNameAsString() : "call of an unknown callable";
  return S;
}

/// What happens: every event as a warning.
const UnitCheck Ops(
    {.Name = "dev-ops", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      for (const FunctionDecl *F : U.Functions)
        if (Code *C = U.code(F)) {
          // One warning per place: everything that happens there is listed together.
          std::vector<std::pair<SourceLocation, std::string>> Lines;
          for (const Event &E : C->Events) {
            auto It = llvm::find_if(Lines, [&](auto &L) { return L.first == E.loc(); });
            if (It == Lines.end())
              Lines.emplace_back(E.loc(), "op: " + describe(E));
            else
              It->second += "; " + describe(E);
          }
          for (auto &[Loc, Text] : Lines)
            R.report(Loc, Text);
        }
    },
    /*Dev=*/true);

/// A typestate of promises and locks together: `heddle_state(x)` is answered with the states x may be in.
const Automaton Probe = {
    .Tracks = {Role::Promise, Role::Mutex, Role::SharedMutex, Role::RecursiveMutex},
    .Start = "fresh",
    .AtEntry = "entry",
    .Rows =
        {
            {"*", Op::Fulfil, "fulfilled"},
            {"*", Op::Acquire, "held"},
            {"*", Op::AcquireShared, "shared"},
            {"*", Op::TryAcquire, "held"},
            {"*", Op::Release, "free"},
            {"*", Op::Reset, "fresh"},
            {"*", Op::Move, "moved"},
            {"*", Op::Escape, "escaped"},
            {"*", Op::Fulfil, "promised", {}, {}, Via::Later},
        },
    .Escape = OnEscape::Keep,
};

const MatchCheck States(
    {.Name = "dev-states", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      struct Finder {
        Code &C;
        Reporter &R;
        Simulation &S;
        void in(const Stmt *St) {
          if (!St || isa<LambdaExpr>(St))
            return;
          if (const auto *Call = dyn_cast<CallExpr>(St))
            if (const FunctionDecl *F = Call->getDirectCallee();
                F && F->getIdentifier() && F->getName() == "heddle_state" && Call->getNumArgs() == 1)
              if (auto P = C.place(Call->getArg(0))) {
                std::string Text = "state:";
                for (const std::string &N : S.statesAt(C.Fn, *P, Call))
                  Text += " " + N;
                R.report(Call->getBeginLoc(), Text);
              }
          for (const Stmt *Child : St->children())
            in(Child);
        }
      };
      Simulation S(C.U, Probe);
      Finder{C, R, S}.in(C.Fn->getBody());
    },
    nullptr, /*Dev=*/true);

/// The tasks of a body: by what they can be waited for, which of the locals they may outlive, what they touch.
const MatchCheck Tasks(
    {.Name = "dev-tasks", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Code &C, Reporter &R) {
      Concurrency &Order = C.U.concurrency();
      std::vector<const VarDecl *> Locals;
      for (const Decl *D : C.Fn->decls())
        if (const auto *V = dyn_cast<VarDecl>(D); V && V->hasLocalStorage())
          Locals.push_back(V);
      for (const TaskStart &T : Order.tasks(C)) {
        std::string Text = "task:";
        for (const Place &H : T.Handles)
          Text += " on " + H.name();
        Text += T.Detached ? " detached" : T.AtOnce ? " over at once" : "";
        Text += T.Concurrent ? "" : " later";
        Text += Order.besideItself(C, T) ? " beside itself" : "";
        for (const VarDecl *V : Locals)
          if (Order.outlives(C, T, V))
            Text += "; outlives " + V->getName().str();
        for (const Access &A : Order.touched(C, T))
          Text += std::string("; ") +
                  (A.Does == Access::Write  ? "writes "
                   : A.Does == Access::Read ? "reads "
                                            : "looks at ") +
                  A.Object.name() + (A.Object.Element ? A.OwnElement ? "[own]" : "[]" : "");
        R.report(T.Start->loc(), Text);
      }
    },
    nullptr, /*Dev=*/true);

/// The names of a model that the library's headers do not have; option Library says which.
const UnitCheck Names(
    {.Name = "dev-models",
     .Family = "dev",
     .Level = Tier::Risk,
     .Summary = "",
     .Rows = "",
     .Options = {{"Library", "", "the model to resolve"}}},
    [](Unit &U, Reporter &R) {
      const SourceManager &SM = U.Ctx.getSourceManager();
      std::string All;
      for (const std::string &Line : unresolved(U.set(), R.option("Library"), U.Ctx))
        All += (All.empty() ? "" : "; ") + Line;
      if (!All.empty())
        R.report(SM.getLocForStartOfFile(SM.getMainFileID()), All);
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle
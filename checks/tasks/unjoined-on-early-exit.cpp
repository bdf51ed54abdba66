// A thread that is still joinable when its handle is destroyed or overwritten ends the program; one whose handle is a
// number (pthread_t) runs on with nobody to wait for it. The way out that forgets the join is seldom the straight one.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Mentions.h"
#include "flow/Throws.h"
#include "flow/Unwrap.h"
#include "support/AstVisitor.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"

using namespace clang;

namespace heddle {
namespace {

constexpr std::string_view Lost = "lost", Replaced = "replaced";

// The states of a handle:
//   idle      it has no task
//   running   its task was started, and nobody has waited for it
const Automaton Handle = {
    .Tracks = {Role::Thread},
    .Start = "idle",
    .AtEntry = {},
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

// The same of the handles in the members of a local object, whose class does not join in its destructor. What waits for
// them on one way is taken to do so on all: the class knows why.
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

/// What happens to a joinable handle that is destroyed.
enum class Fate {
  Harmless,   ///< it joins or lets go, or we do not know
  Terminates, ///< std::thread: std::terminate()
  Leaks       ///< pthread_t: nothing, and nobody can wait for it any more
};

Fate fate(Unit &U, QualType T) {
  if (T->isPointerType() || T->isReferenceType())
    return Fate::Harmless;
  const TypeModel *M = U.type(T);
  if (M && M->Plays == Role::SmartPointer)
    return fate(U, U.pointee(T));
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  if (!M && RD && RD->hasDefinition() && !U.Ctx.getSourceManager().isInSystemHeader(RD->getLocation()) &&
      !(RD->getDestructor() && RD->getDestructor()->isUserProvided()))
    for (const FieldDecl *F : RD->fields()) // `struct Helper { std::string name; std::thread thread; };`
      if (U.role(F->getType()) == Role::Thread && fate(U, F->getType()) == Fate::Terminates)
        return Fate::Terminates;
  if (!M || M->With.has(Fact::Joins) || M->With.has(Fact::FireAndForget))
    return Fate::Harmless;
  if (M->Plays == Role::Thread)
    return RD ? Fate::Terminates : Fate::Leaks;
  if (M->Plays != Role::Group || !RD)
    return Fate::Harmless;
  if (!U.inferred(RD)) {
    bool Ends =
        llvm::any_of(M->Destructor, [](const Action &A) { return A.Operation == Op::Wait || A.Operation == Op::Join; });
    return Ends || M->With.has(Fact::OwnsThreads) ? Fate::Harmless : Fate::Terminates;
  }
  // Written by hand: it has threads as members, and nothing in its destructor.
  if (const CXXDestructorDecl *D = RD->getDestructor(); D && D->isUserProvided())
    return Fate::Harmless;
  for (const FieldDecl *F : RD->fields()) {
    QualType E = U.element(F->getType());
    if (fate(U, E.isNull() ? F->getType() : E) == Fate::Terminates)
      return Fate::Terminates;
  }
  return Fate::Harmless;
}

const VarDecl *variable(const Place &P) { return P.Path.empty() ? dyn_cast_or_null<VarDecl>(P.Root) : nullptr; }

/// Does the body join or detach the object at some place? Where it never does, a number is lost on purpose.
bool isWaitedFor(const Code &C, const Place &P) {
  auto Is = [&](Place X) {
    if (X.Root && X.Path.empty() && !X.Element)
      if (auto In = C.elementOf(X.Root))
        X = *In;
    X.Element = false;
    return X == P;
  };
  return llvm::any_of(C.Events, [&](const Event &E) {
    return (E.Kind == Op::Join || E.Kind == Op::Detach || E.Kind == Op::Wait) && E.Object.valid() && Is(E.Object);
  });
}

/// `std::thread` → `std::jthread`, where the handle is only started and joined.
llvm::SmallVector<FixItHint, 1> fix(const Code &C, const VarDecl *V) {
  const ASTContext &Ctx = C.U.Ctx;
  const CXXRecordDecl *RD = V->getType()->getAsCXXRecordDecl();
  if (!Ctx.getLangOpts().CPlusPlus20 || !RD || !RD->isInStdNamespace() || !RD->getIdentifier() ||
      RD->getName() != "thread")
    return {};
  // Does <thread> of this library have it?
  if (RD->getDeclContext()->getRedeclContext()->lookup(DeclarationName(&Ctx.Idents.get("jthread"))).empty())
    return {};
  struct Uses : AstVisitor {
    const VarDecl *V;
    unsigned All = 0, Known = 0;
    explicit Uses(const VarDecl *V) : V(V) {}
    bool VisitDeclRefExpr(const DeclRefExpr *E) override {
      All += E->getDecl() == V;
      return true;
    }
    bool VisitCXXMemberCallExpr(const CXXMemberCallExpr *M) override {
      const auto *DR = dyn_cast<DeclRefExpr>(M->getImplicitObjectArgument()->IgnoreParenImpCasts());
      const CXXMethodDecl *D = M->getMethodDecl();
      Known +=
          DR && DR->getDecl() == V && D && D->getIdentifier() && (D->getName() == "join" || D->getName() == "joinable");
      return true;
    }
  } Of(V);
  Of.TraverseStmt(C.Fn->getBody());
  if (Of.All != Of.Known || !V->getTypeSourceInfo())
    return {};
  SourceRange Type = V->getTypeSourceInfo()->getTypeLoc().getUnqualifiedLoc().getSourceRange();
  const SourceManager &SM = Ctx.getSourceManager();
  if (Type.isInvalid() || Type.getBegin().isMacroID())
    return {};
  // Only the name itself, as `std::thread` or `thread` stands there; not `auto`, not a typedef.
  SourceLocation Name = Type.getEnd();
  bool Invalid = false;
  StringRef Text = Lexer::getSourceText(CharSourceRange::getTokenRange(Name, Name), SM, Ctx.getLangOpts(), &Invalid);
  if (Invalid || Text != "thread")
    return {};
  return {FixItHint::CreateReplacement(CharSourceRange::getTokenRange(Name, Name), "jthread")};
}

void say(Code &C, Reporter &R, Finding X, bool Many) {
  const VarDecl *V = variable(X.Object);
  if (!V)
    return;
  QualType T = V->getType();
  QualType Elem = Many ? C.U.element(T) : QualType();
  bool Group = Many && Elem.isNull();
  Fate F = fate(C.U, Elem.isNull() ? T : Elem);
  if (F == Fate::Harmless || (F == Fate::Leaks && (!isWaitedFor(C, X.Object) || C.Fn->isMain())))
    return; // when main() returns, all threads end
  std::string Name = "'" + X.Object.name() + "'";
  bool IsReplaced = X.Message == Replaced;
  if (IsReplaced) {
    // swap() replaces nothing.
    const auto *Op = dyn_cast_or_null<CXXOperatorCallExpr>(X.Site);
    if (F == Fate::Terminates && dyn_cast_or_null<CallExpr>(X.Site) && !Op)
      return;
    R.report(
        X.Loc,
        F == Fate::Terminates
            ? Name + " is given a new task while its first may still run; the program is terminated here; join it first"
            : Name +
                  " is overwritten while its thread may still run; nobody can wait for that thread any more, and its "
                  "memory is never given back; join it first",
        X.Story);
    return;
  }
  // Left at the end of the scope, with no join before: what is wrong stands at the start.
  bool Straight = (!X.Site || isa<CompoundStmt>(X.Site)) && !X.Story.empty();
  if (Straight && (F == Fate::Leaks || !isa_and_nonnull<Stmt>(X.Site)) && !isWaitedFor(C, X.Object))
    return;
  if (Straight)
    X.reportFirstStep();
  bool Throws = isa_and_nonnull<CallExpr, CXXConstructExpr, CXXThrowExpr>(X.Site) && X.Row->On == Op::End;
  std::string Where = Straight ? "is never joined on a way out of its scope"
                      : Throws ? "may still run when this throws, and is not joined on that way"
                               : "may still run here, and is not joined on this way";
  if (Group)
    Where = Straight ? "is never waited for on a way out of its scope"
            : Throws ? "may have running tasks when this throws, and is not waited for on that way"
                     : "may have running tasks here, and is not waited for on this way";
  std::string What =
      F == Fate::Leaks
          ? "; the thread goes on with nobody to wait for it, and may use what this function leaves behind; "
            "join it on every way"
      : Group ? "; it is destroyed with tasks that nobody waits for, which ends the program; wait on every way, "
                "exceptions included"
              : "; its destructor terminates the program; join it on every way, exceptions included, or use a handle "
                "that joins "
                "by itself";
  R.report(X.Loc, Name + " " + Where + What, X.Story, Many ? llvm::SmallVector<FixItHint, 1>() : fix(C, V));
}

// ---- members --------------------------------------------------------------------------------------------------------

/// What the members of a class do with one of its handles.
struct Handled {
  SourceLocation Start; ///< of its task
  const Event *Joins = nullptr;
  const CXXMethodDecl *JoinsIn = nullptr;
  unsigned Ends = 0;      ///< at how many places somebody joins, detaches, moves or hands it on
  bool Elsewhere = false; ///< the same, but for a join outside of the destructor
};

/// Is something of the object asked or changed before this statement that could tell that its task is over: its handle,
/// a condition on a member, a call of another member?
bool asksBefore(Code &C, const Event &Start) {
  const SourceManager &SM = C.U.Ctx.getSourceManager();
  auto Before = [&](const Stmt *S) {
    return SM.isBeforeInTranslationUnit(S->getBeginLoc(), Start.Site->getBeginLoc());
  };
  for (const Event &E : C.Events)
    if (E.Site && Before(E.Site) && E.Object.This && E.Object.Path.size() <= 1 &&
        (E.Object.Path.empty() || E.Object.Path == Start.Object.Path || E.Kind == Op::Claim))
      return true;
  struct Asks : AstVisitor {
    llvm::function_ref<bool(const Stmt *)> Before;
    bool Found = false;
    explicit Asks(llvm::function_ref<bool(const Stmt *)> B) : Before(B) {}
    bool VisitIfStmt(const IfStmt *If) override {
      struct Own : AstVisitor {
        bool Found = false;
        bool VisitMemberExpr(const MemberExpr *M) override {
          // `if (!device_.open(name))` asks somebody else; `if (running_)` asks about the object itself.
          const auto *F = dyn_cast<FieldDecl>(M->getMemberDecl());
          Found |= F && isa<CXXThisExpr>(M->getBase()->IgnoreParenImpCasts()) && !F->getType()->isReferenceType() &&
                   !F->getType()->isPointerType();
          return !Found;
        }
      } Of;
      if (Before(If) && If->getCond()) {
        Of.TraverseStmt(If->getCond());
        Found |= Of.Found;
      }
      return !Found;
    }
  } A(Before);
  A.TraverseStmt(C.Fn->getBody());
  return A.Found;
}

/// `player.play(a); player.play(b);`: a public member that starts what it is given, and can be ended and started anew,
/// but does not end what it started last time. A plain `start()` is called once.
void restarts(Unit &U, Reporter &R, const FieldDecl *F, const Event *Ends) {
  for (const FunctionDecl *Fn : U.Functions) {
    const auto *M = dyn_cast<CXXMethodDecl>(Fn);
    if (!M || M->getParent() != F->getParent() || isa<CXXConstructorDecl, CXXDestructorDecl>(M) || M->isVirtual() ||
        M->getAccess() != AS_public || M->param_empty())
      continue;
    Code *C = U.code(M);
    for (const Event &E : C ? llvm::ArrayRef<Event>(C->Events) : llvm::ArrayRef<Event>()) {
      if (E.Kind != Op::Spawn || !E.Object.This || E.Object.Path.size() != 1 || E.Object.Path.front() != F)
        continue;
      struct Given : AstVisitor {
        const FunctionDecl *Fn;
        bool Found = false;
        explicit Given(const FunctionDecl *Fn) : Fn(Fn) {}
        bool VisitDeclRefExpr(const DeclRefExpr *D) override {
          const auto *P = dyn_cast<ParmVarDecl>(D->getDecl());
          Found |= P && P->getDeclContext() == static_cast<const DeclContext *>(Fn);
          return !Found;
        }
      } G(M);
      G.TraverseStmt(E.Site);
      if (!G.Found || asksBefore(*C, E))
        continue;
      R.report(
          E.loc(),
          "'" + F->getNameAsString() + "' is given a new task whenever '" + M->getNameAsString() +
              "' is called, though its last one may still run; a second call terminates the program here; end and join "
              "the last task first",
          {{Ends->loc(), "it is joined here, but not before it is started anew"}});
    }
  }
}

/// A member function that starts the thread and joins it again leaves nothing behind.
bool startsAndJoinsInOne(Unit &U, const FieldDecl *F) {
  for (const FunctionDecl *Fn : U.Functions) {
    Code *C = isa<CXXMethodDecl>(Fn) && cast<CXXMethodDecl>(Fn)->getParent() == F->getParent() ? U.code(Fn) : nullptr;
    bool Starts = false, Joins = false;
    for (const Event &E : C ? llvm::ArrayRef<Event>(C->Events) : llvm::ArrayRef<Event>()) {
      Place P = E.Object;
      if (P.Root && P.Path.empty())
        if (auto In = C->elementOf(P.Root))
          P = *In;
      if (P.Path.empty() || P.Path.back() != F)
        continue;
      Starts |= E.Kind == Op::Spawn;
      Joins |= E.Kind == Op::Join && Starts;
    }
    if (Joins)
      return true;
  }
  return false;
}

/// Does an owner of such an object, or a class that derives from it, call this member? Then that is the contract, and
/// its paths are looked at one by one.
bool isCalledByOwner(Unit &U, const CXXMethodDecl *M) {
  for (const FunctionDecl *Fn : U.Functions)
    if (const Code *C = U.code(Fn))
      for (const Event &E : C->Events)
        if (const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(E.Site);
            Call && Call->getMethodDecl() && Call->getMethodDecl()->getCanonicalDecl() == M->getCanonicalDecl()) {
          const auto *By = dyn_cast<CXXMethodDecl>(Fn);
          if (!isa<CXXThisExpr>(Call->getImplicitObjectArgument()->IgnoreParenImpCasts()) ||
              (By && By->getParent() != M->getParent()))
            return true;
        }
  return false;
}

/// Does the body run the function, itself or in what it calls?
bool runs(Unit &U, const FunctionDecl *F, const FunctionDecl *What, unsigned Depth = 0) {
  if (F->getCanonicalDecl() == What->getCanonicalDecl())
    return true;
  const Code *C = Depth < 4 ? U.code(F) : nullptr;
  return C && llvm::any_of(C->Events, [&](const Event &E) {
           return (E.Callee && E.Kind == Op::Call && runs(U, E.Callee, What, Depth + 1)) ||
                  (E.Kind == Op::RunNow && llvm::any_of(E.Tasks, [&](const CallableRef &T) {
                     return T.Body && runs(U, T.Body, What, Depth + 1);
                   }));
         });
}

/// `~Mount() { try { stop(); } catch (...) {} }` and `void stop() { server_.stop(); thread_.join(); }`: when the first
/// call throws, nobody joins, and the object is destroyed all the same.
void joinsBehindThrow(Unit &U, Throws &Thrown, Reporter &R, const FieldDecl *F, const Handled &H,
                      const CXXDestructorDecl *D) {
  Code *C = U.code(H.JoinsIn);
  if (!C || !runs(U, D, H.JoinsIn))
    return;
  const SourceManager &SM = U.Ctx.getSourceManager();
  for (const Event &E : C->Events) {
    const auto *Call = E.Kind == Op::Call ? dyn_cast_or_null<Expr>(E.Site) : nullptr;
    if (!Call || !SM.isBeforeInTranslationUnit(Call->getBeginLoc(), H.Joins->Site->getBeginLoc()))
      continue;
    // A handler between the two lets the join happen.
    const CXXTryStmt *Try = C->enclosingTry(Call);
    if (Try && !mentions(Try->getTryBlock(), [&](const Stmt *S) { return S == H.Joins->Site; }))
      continue;
    auto What = Thrown.by(*C, Call);
    if (!What)
      continue;
    std::vector<StoryLine> Story{{H.Start, "it is started here"}};
    llvm::append_range(Story, What->Way);
    Story.push_back({What->Origin, What->What + " is thrown here"});
    Story.push_back({H.Joins->loc(), "then it is not joined here, and nowhere else"});
    R.report(E.loc(),
             "'" + F->getNameAsString() + "' is not joined when this throws, and the destructor of '" +
                 D->getParent()->getNameAsString() +
                 "' relies on it; an object that is destroyed while its thread is joinable terminates the program; "
                 "join it on every way, "
                 "exceptions included",
             Story);
    return;
  }
}

/// `std::thread worker_{[this] { run(); }};`
bool startsByItself(const FieldDecl *F) {
  const Expr *Init = F->hasInClassInitializer() ? unwrap(F->getInClassInitializer()) : nullptr;
  const auto *CE = dyn_cast_or_null<CXXConstructExpr>(Init);
  return CE && CE->getNumArgs() > 0 && !CE->getConstructor()->isCopyOrMoveConstructor();
}

/// Does another member that was made from it, `joiner(threads)`, wait for it when it dies?
bool joinedByMember(Unit &U, const FieldDecl *F) {
  const auto *Class = cast<CXXRecordDecl>(F->getParent());
  for (const CXXConstructorDecl *Ctor : Class->ctors())
    if (const auto *Def = dyn_cast_or_null<CXXConstructorDecl>(U.visible(Ctor)))
      for (const CXXCtorInitializer *I : Def->inits()) {
        const CXXRecordDecl *RD = I->isMemberInitializer() && I->getMember() != F && mentions(I->getInit(), F)
                                      ? I->getMember()->getType()->getAsCXXRecordDecl()
                                      : nullptr;
        if (RD && RD->hasDefinition() && RD->getDestructor() && U.reaches(RD->getDestructor(), Op::Join, false))
          return true;
      }
  return false;
}

void members(Unit &U, Reporter &R) {
  Throws Thrown(U);
  llvm::MapVector<const FieldDecl *, Handled> Of;
  auto FieldOf = [](const Event &E) {
    return E.Object.valid() && !E.Object.Path.empty() ? E.Object.Path.back() : nullptr;
  };
  for (const FunctionDecl *Fn : U.Functions)
    if (Code *C = U.code(Fn))
      for (const Event &E : C->Events) {
        const FieldDecl *F = FieldOf(E);
        if (!F && E.Object.Root)
          if (auto In = C->elementOf(E.Object.Root); In && !In->Path.empty())
            F = In->Path.back();
        if (!F)
          continue;
        Handled &H = Of[F];
        if (E.Kind == Op::Spawn && H.Start.isInvalid())
          H.Start = E.loc();
        else if (E.Kind == Op::Join || E.Kind == Op::Detach || E.Kind == Op::Move || E.Kind == Op::Escape ||
                 E.Kind == Op::Wait || E.Kind == Op::Extract)
          ++H.Ends;
        if (E.Kind == Op::Join && !isa<CXXDestructorDecl>(Fn)) {
          H.Joins = &E;
          H.JoinsIn = dyn_cast<CXXMethodDecl>(Fn);
        }
        H.Elsewhere |= E.Kind == Op::Detach || E.Kind == Op::Move || E.Kind == Op::Escape || E.Kind == Op::Extract ||
                       (E.Kind == Op::Join && isa<CXXDestructorDecl>(Fn));
      }
  for (auto &[F, H] : Of) {
    QualType E = U.element(F->getType());
    if (H.Start.isInvalid() && startsByItself(F))
      H.Start = F->getLocation();
    QualType Handle = E.isNull() ? F->getType() : E;
    const auto *Class = dyn_cast<CXXRecordDecl>(F->getParent());
    if (H.Start.isInvalid() || !Class || U.role(Handle) != Role::Thread || fate(U, Handle) != Fate::Terminates ||
        !U.seesAllUses(F))
      continue;
    if (H.Joins && H.JoinsIn) {
      const CXXDestructorDecl *D = Class->getDestructor();
      bool Own = H.JoinsIn->getParent() == Class, Destroys = D && D->isUserProvided();
      if (H.JoinsIn->getAccess() == AS_public && E.isNull())
        restarts(U, R, F, H.Joins);
      if (Own && Destroys && H.Ends == 1 && E.isNull())
        joinsBehindThrow(U, Thrown, R, F, H, D);
      if (Own && !Destroys && !H.Elsewhere && !startsAndJoinsInOne(U, F) && !isCalledByOwner(U, H.JoinsIn))
        R.report(F->getLocation(),
                 "'" + F->getNameAsString() + "' is joined in '" + H.JoinsIn->getNameAsString() + "' alone, and '" +
                     Class->getNameAsString() +
                     "' has no destructor that does; an object that is destroyed while its thread is joinable "
                     "terminates the program; "
                     "join it in the destructor",
                 {{H.Start, "it is started here"}, {H.Joins->loc(), "it is joined here, if somebody calls this"}});
    }
    if (H.Ends > 0 || joinedByMember(U, F))
      continue;
    R.report(
        F->getLocation(),
        "'" + F->getNameAsString() + "' is started, and no member of '" + Class->getNameAsString() +
            "' joins it; its destructor terminates the program while the thread is joinable; join it in the destructor",
        {{H.Start, "it is started here"}});
  }
}

// ---- local objects whose members are threads ------------------------------------------------------------------------

bool hasOwnDestructor(const CXXRecordDecl *RD) {
  return !RD || !RD->hasDefinition() || (RD->getDestructor() && RD->getDestructor()->isUserProvided());
}

/// Is the object itself handed over: a lambda that holds `this`, `*this`, a plain `this`?
bool handsThis(const Stmt *S, bool InMember = false) {
  if (!S)
    return false;
  if (isa<CXXThisExpr>(S))
    return !InMember;
  return llvm::any_of(S->children(), [&](const Stmt *X) { return handsThis(X, isa<MemberExpr>(S)); });
}

/// May another member wait for the threads when it dies: a guard that was made from them, or from the object?
bool mayBeJoinedByMember(Unit &U, const FieldDecl *F) {
  auto From = [&](const FieldDecl *Other, const Expr *Init) {
    if (const auto *Default = dyn_cast_or_null<CXXDefaultInitExpr>(Init))
      Init = Default->getExpr();
    return Init && Other != F && U.role(Other->getType()) != Role::Thread &&
           (mentions(Init, F) || handsThis(Init)) && Other->getType().isDestructedType() != QualType::DK_none;
  };
  const auto *Class = cast<CXXRecordDecl>(F->getParent());
  for (const FieldDecl *Other : Class->fields())
    if (Other->hasInClassInitializer() && From(Other, Other->getInClassInitializer()))
      return true;
  for (const CXXConstructorDecl *Ctor : Class->ctors())
    if (const auto *Def = dyn_cast_or_null<CXXConstructorDecl>(U.visible(Ctor)))
      for (const CXXCtorInitializer *I : Def->inits())
        if (I->isMemberInitializer() && From(I->getMember(), I->getInit()))
          return true;
  return false;
}

/// Is the part of a local object a thread, or threads, that end the program with the object?
const VarDecl *endsWithThreads(Unit &U, const Place &P) {
  const auto *V = dyn_cast_or_null<VarDecl>(P.Root);
  if (!V || P.Path.empty() || P.Element || !V->isLocalVarDecl() || !V->hasLocalStorage() || U.type(V->getType()))
    return nullptr;
  const FieldDecl *F = P.Path.back();
  QualType E = U.element(F->getType());
  QualType Handle = E.isNull() ? F->getType() : E;
  bool Shared = U.leads(Handle) && !isMoveOnly(Handle->getAsCXXRecordDecl());
  if (U.role(Handle) != Role::Thread || Shared || fate(U, Handle) != Fate::Terminates || mayBeJoinedByMember(U, F) ||
      hasOwnDestructor(V->getType()->getAsCXXRecordDecl()))
    return nullptr;
  for (const FieldDecl *On : P.Path)
    if (hasOwnDestructor(dyn_cast<CXXRecordDecl>(On->getParent())))
      return nullptr;
  return V;
}

/// What a function does with a local object: nothing but calls of members that can be seen?
struct Calls : AstVisitor {
  Unit &U;
  const VarDecl *V;
  llvm::SmallVector<const CXXMemberCallExpr *, 4> Joining; ///< of members that wait for a thread, ask it, or let it go
  unsigned Mentions = 0, Understood = 0;
  Calls(Unit &U, const VarDecl *V) : U(U), V(V) {}

  bool is(const Expr *E) const {
    const auto *DR = E ? dyn_cast<DeclRefExpr>(E->IgnoreParenImpCasts()) : nullptr;
    return DR && DR->getDecl() == V;
  }
  bool shouldVisitImplicitCode() const override { return true; } // captures
  bool VisitDeclRefExpr(const DeclRefExpr *E) override {
    Mentions += E->getDecl() == V;
    return true;
  }
  bool VisitCXXMemberCallExpr(const CXXMemberCallExpr *M) override {
    if (!is(M->getImplicitObjectArgument()) || !U.visible(M->getMethodDecl()))
      return true;
    ++Understood;
    if (llvm::any_of(std::initializer_list<Op>{Op::Join, Op::Wait, Op::Detach, Op::Test, Op::Extract, Op::Move},
                     [&](Op O) { return U.reaches(M->getMethodDecl(), O, false); }))
      Joining.push_back(M);
    return true;
  }
};

/// Where the constructor that makes the variable starts the thread in its member, on every way; empty if it does not.
std::vector<StoryLine> startedByConstructor(Unit &U, Simulation &FromIdle, const VarDecl *V, const Place &Part) {
  const auto *CE = dyn_cast_or_null<CXXConstructExpr>(unwrap(V->getInit()));
  if (!CE || CE->getConstructor()->isCopyOrMoveConstructor() || Part.Path.size() != 1)
    return {};
  const FieldDecl *F = Part.Path.front();
  const FunctionDecl *Body = U.visible(CE->getConstructor());
  if (startsByItself(F)) {
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

/// The block of the graph in which a statement is evaluated, or which it ends.
const CFGBlock *blockOf(const CFG &G, const Stmt *S) {
  for (const CFGBlock *B : G) {
    if (B->getTerminatorStmt() == S)
      return B;
    for (const CFGElement &E : *B)
      if (auto CS = E.getAs<CFGStmt>(); CS && CS->getStmt() == S)
        return B;
  }
  return nullptr;
}

/// Is there a way from one statement to the other, within the life of the variable?
bool leadsTo(Code &C, const Stmt *From, const Stmt *To, const VarDecl *V) {
  const CFG *G = C.graph();
  const CFGBlock *Start = G ? blockOf(*G, From) : nullptr, *Aim = G ? blockOf(*G, To) : nullptr;
  if (!Start || !Aim)
    return true;
  if (Start == Aim && !C.U.Ctx.getSourceManager().isBeforeInTranslationUnit(To->getBeginLoc(), From->getBeginLoc()))
    return true;
  auto Declares = [&](const CFGBlock *B) {
    return llvm::any_of(*B, [&](const CFGElement &E) {
      auto CS = E.getAs<CFGStmt>();
      const auto *D = CS ? dyn_cast<DeclStmt>(CS->getStmt()) : nullptr;
      return D && llvm::is_contained(D->decls(), V);
    });
  };
  llvm::SmallPtrSet<const CFGBlock *, 32> Seen;
  llvm::SmallVector<const CFGBlock *, 16> Work{Start};
  while (!Work.empty())
    for (const CFGBlock *Next : Work.pop_back_val()->succs()) {
      if (!Next || Declares(Next) || !Seen.insert(Next).second)
        continue;
      if (Next == Aim)
        return true;
      Work.push_back(Next);
    }
  return false;
}

/// `Runner runner(n); if (!open()) return 1; runner.join();`: the class joins when it is told to, and nobody tells it
/// to on this way out.
void sayOfMember(Code &C, Reporter &R, Finding X, const std::vector<StoryLine> &Start) {
  Unit &U = C.U;
  const VarDecl *V = endsWithThreads(U, X.Object);
  bool Throws = isa_and_nonnull<CallExpr, CXXConstructExpr, CXXThrowExpr>(X.Site);
  if (!V || !X.Site || (!Throws && !isa<ReturnStmt, BreakStmt, ContinueStmt, GotoStmt>(X.Site)) ||
      (Throws && C.Fn->isMain()))
    return;
  Calls Of(U, V);
  Of.TraverseStmt(C.Fn->getBody());
  if (Of.Mentions != Of.Understood || Of.Joining.empty() ||
      llvm::any_of(Of.Joining, [&](const CXXMemberCallExpr *M) { return leadsTo(C, M, X.Site, V); }))
    return;
  X.Story.insert(X.Story.begin(), Start.begin(), Start.end());
  const CXXMemberCallExpr *Joins = Of.Joining.front();
  std::string Member = "'" + Joins->getMethodDecl()->getNameAsString() + "'";
  X.Story.push_back({Joins->getExprLoc(), Member + " would wait for it here, where this way does not come"});
  std::string When = Throws ? "when this throws" : "here";
  R.report(X.Loc,
           "'" + V->getNameAsString() + "' may have running threads " + When + ", and " + Member +
               " is not called on this way; '" + X.Object.Path.back()->getNameAsString() +
               "' is destroyed with it while joinable, which terminates the program; join in the destructor of '" +
               V->getType()->getAsCXXRecordDecl()->getNameAsString() + "'",
           X.Story);
}

/// The ways out of a body on which local objects are destroyed with threads in their members.
struct InMembers {
  Unit &U;
  Reporter &R;
  Simulation Later, Started;
  InMembers(Unit &U, Reporter &R) : U(U), R(R), Later(U, StartedLater), Started(U, StartedByConstructor) {}

  void in(Code &C) {
    llvm::DenseSet<std::pair<const ValueDecl *, const Stmt *>> Said; // an object may have several threads
    bool Any = false, Constructed = false;
    for (const Place &P : Later.reached(C.Fn))
      if (const VarDecl *V = endsWithThreads(U, P)) {
        Any = true;
        Constructed |= !startedByConstructor(U, Later, V, P).empty();
      }
    if (Constructed)
      for (const Finding &X : Started.run(C.Fn))
        if (const VarDecl *V = endsWithThreads(U, X.Object))
          if (auto Start = startedByConstructor(U, Later, V, X.Object);
              !Start.empty() && Said.insert({V, X.Site}).second)
            sayOfMember(C, R, X, Start);
    if (Any)
      for (const Finding &X : Later.run(C.Fn))
        if (endsWithThreads(U, X.Object) && Said.insert({X.Object.Root, X.Site}).second)
          sayOfMember(C, R, X, {});
  }
};

void run(Unit &U, Reporter &R) {
  Simulation One(U, Handle), Many(U, Handles);
  InMembers Parts(U, R);
  for (const FunctionDecl *F : U.Functions) {
    Code *C = U.code(F);
    if (!C || llvm::none_of(C->Events, [](const Event &E) { return E.Kind == Op::Spawn || E.Kind == Op::Call; }))
      continue;
    for (const Finding &X : One.run(F))
      say(*C, R, X, false);
    for (const Finding &X : Many.run(F))
      say(*C, R, X, true);
    Parts.in(*C);
  }
  members(U, R);
}

const UnitCheck
    Check({.Name = "unjoined-on-early-exit",
           .Family = "tasks",
           .Level = Tier::Bug,
           .Summary = "Finds threads that are destroyed, overwritten or lost before anybody has waited for them.",
           .Rows = "S10",
           .Preview = true},
          run);

} // namespace
} // namespace heddle

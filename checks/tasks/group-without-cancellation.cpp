// Several tasks that can fail, and a stop token that all of them heed - but nobody who stops them: the first failure
// leaves the others at work whose result nobody wants any more.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Classes.h"
#include "flow/Loops.h"
#include "flow/Mentions.h"
#include "support/AstVisitor.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {
namespace {

bool tellsOfStops(Unit &U, QualType T) {
  Role R = U.role(T);
  return R == Role::StopToken || R == Role::Context;
}

/// Does something here end tasks: a stop request, or a source, scope or derived context of its own?
bool canCancel(Code &C) {
  Unit &U = C.U;
  for (const Event &E : C.Events) {
    if (E.Kind == Op::Cancel || E.Kind == Op::Derive || E.Kind == Op::GetToken || E.Kind == Op::Close)
      return true;
    switch (E.Object.valid() && E.Object.Root && E.Object.Path.empty() ? U.role(E.Object.Root->getType())
                                                                       : Role::None) {
    case Role::StopSource:
    case Role::CancelScope:
    case Role::CancelHandle:
      return true;
    default:
      break;
    }
    for (const CallableRef &T : E.Tasks)
      if (Code *Body = T.Body ? U.code(T.Body) : nullptr; Body && Body != &C)
        if (llvm::any_of(Body->Events, [](const Event &X) { return X.Kind == Op::Cancel; }))
          return true;
  }
  return false;
}

/// How a group can end its tasks by itself.
enum class Ends {
  Not,
  ByToken, ///< it has a source of its own, and heeds it who has asked the group for the token
  Itself
};
Ends endsTasks(Unit &U, const CXXRecordDecl *Group) {
  Ends Found = Ends::Not;
  for (const CXXMethodDecl *M : Group ? allMembers(Group) : llvm::SmallVector<const CXXMethodDecl *, 16>()) {
    Code *Member = U.code(M);
    if (!Member || !canCancel(*Member))
      continue;
    Found = Ends::ByToken;
    // What else than a source does it end: a queue, threads?
    auto Others = [&](const Code &C) {
      return llvm::any_of(C.Events, [&](const Event &E) {
        const ValueDecl *D = E.Object.last();
        return (E.Kind == Op::Cancel || E.Kind == Op::Close) && !(D && U.role(D->getType()) == Role::StopSource);
      });
    };
    if (Others(*Member))
      return Ends::Itself;
    for (const Event &E : Member->Events)
      for (const CallableRef &T : E.Tasks)
        if (Code *Body = T.Body ? U.code(T.Body) : nullptr; Body && Others(*Body))
          return Ends::Itself;
  }
  return Found;
}

/// Is the group made of nothing, so that it can not be tied to a token or a source of others?
bool madeOfNothing(const VarDecl *Group) {
  const Expr *Init = Group->getInit();
  const auto *Made = dyn_cast_or_null<CXXConstructExpr>(Init ? Init->IgnoreImplicit() : nullptr);
  return Made && llvm::all_of(Made->arguments(), [](const Expr *A) { return A->isDefaultArgument(); });
}

/// The stop token or context of this function's caller that the statement hands on, or null.
const ParmVarDecl *tokenGiven(Code &C, const Stmt *S) {
  struct Finder : AstVisitor {
    Code &C;
    const ParmVarDecl *Found = nullptr;
    explicit Finder(Code &C) : C(C) {}
    bool note(const ValueDecl *D) {
      const auto *P = dyn_cast<ParmVarDecl>(D);
      if (P && P->getDeclContext() == static_cast<const DeclContext *>(C.Fn) && tellsOfStops(C.U, P->getType()))
        Found = P;
      return !Found;
    }
    bool VisitDeclRefExpr(const DeclRefExpr *D) override { return note(D->getDecl()); }
    bool VisitLambdaExpr(const LambdaExpr *L) override {
      for (const LambdaCapture &Cap : L->captures())
        if (Cap.capturesVariable() && !note(Cap.getCapturedVar()))
          return false;
      return true;
    }
  } F(C);
  F.TraverseStmt(S);
  return F.Found;
}

/// Can the task fail in a way that reaches the waiter?
bool isFallible(Unit &U, const FunctionDecl *Task, bool ByException) {
  QualType T = Task->getReturnType();
  if (const CXXRecordDecl *RD = T.getNonReferenceType()->getAsCXXRecordDecl(); RD && RD->hasDefinition()) {
    bool Tests = false, Says = false;
    for (const CXXMethodDecl *M : allMembers(RD)) {
      Tests |= M->getReturnType()->isBooleanType() && M->param_empty();
      Says |= M->getIdentifier() && (M->getName() == "message" || M->getName() == "error" || M->getName() == "what");
    }
    if (Tests && Says)
      return true;
  }
  if (!ByException)
    return !T->isVoidType(); // what a group is given back it takes for the outcome
  if (const auto *FPT = Task->getType()->getAs<FunctionProtoType>();
      FPT && !isUnresolvedExceptionSpec(FPT->getExceptionSpecType()) && FPT->isNothrow())
    return false;
  Code *C = U.code(Task);
  if (!C)
    return true;
  struct Throwers : AstVisitor {
    Unit &U;
    bool Found = false;
    explicit Throwers(Unit &U) : U(U) {}
    bool TraverseLambdaExpr(const LambdaExpr *) override { return true; }
    bool enters(const Stmt *S) override { return !isa<CXXTryStmt>(S); }
    bool VisitCXXThrowExpr(const CXXThrowExpr *) override { return !(Found = true); }
    bool VisitCallExpr(const CallExpr *E) override { return !(Found |= U.mayThrow(E)); }
  } V(U);
  V.TraverseStmt(Task->getBody());
  return V.Found;
}

/// The flag that an expression names: a truth value, or an atomic one.
const ValueDecl *flagIn(const Stmt *S) {
  const auto *E = dyn_cast<Expr>(S);
  const auto *M = dyn_cast_or_null<MemberExpr>(E);
  const auto *DR = dyn_cast_or_null<DeclRefExpr>(E);
  const ValueDecl *D = M ? M->getMemberDecl() : DR ? DR->getDecl() : nullptr;
  QualType T = D ? D->getType().getNonReferenceType() : QualType();
  const auto *Spec = D ? dyn_cast_or_null<ClassTemplateSpecializationDecl>(T->getAsCXXRecordDecl()) : nullptr;
  bool Atomic = Spec && Spec->isInStdNamespace() && Spec->getName() == "atomic" &&
                Spec->getTemplateArgs()[0].getAsType()->isBooleanType();
  return Atomic || (D && T->isBooleanType()) ? D : nullptr;
}
/// The flag that the statement sets to a constant, or null.
const ValueDecl *flagSetBy(const Stmt *S) {
  auto Constant = [](const Expr *E) { return isa<CXXBoolLiteralExpr>(E->IgnoreParenImpCasts()); };
  if (const auto *B = dyn_cast<BinaryOperator>(S))
    return B->getOpcode() == BO_Assign && Constant(B->getRHS()) ? flagIn(B->getLHS()->IgnoreParenImpCasts()) : nullptr;
  if (const auto *O = dyn_cast<CXXOperatorCallExpr>(S))
    return O->getOperator() == OO_Equal && O->getNumArgs() == 2 && Constant(O->getArg(1))
               ? flagIn(O->getArg(0)->IgnoreParenImpCasts())
               : nullptr;
  const auto *M = dyn_cast<CXXMemberCallExpr>(S);
  return M && M->getNumArgs() && Constant(M->getArg(0))
             ? flagIn(M->getImplicitObjectArgument()->IgnoreParenImpCasts())
             : nullptr;
}
/// The flags that a task raises on some way.
void raisedBy(Unit &U, const Code &Task, llvm::SmallPtrSetImpl<const ValueDecl *> &Out, unsigned Depth = 0) {
  (void)mentions(Task.Fn->getBody(), [&](const Stmt *S) {
    if (const ValueDecl *Flag = flagSetBy(S))
      for (const Stmt *P = Task.parent(S); P; P = Task.parent(P))
        if (isa<IfStmt, SwitchStmt, ConditionalOperator>(P))
          Out.insert(Flag);
    return false;
  });
  for (const Event &E : Task.Events)
    if (const Code *Inner = E.Kind == Op::Call && E.Callee && Depth < 3 ? U.code(E.Callee) : nullptr)
      raisedBy(U, *Inner, Out, Depth + 1);
}
/// Does the body look, behind the wait, at a flag that the task raises when it fails?
bool tellsByFlag(Code &C, const CallableRef &Task, const Event &Wait) {
  const Code *Body = Task.Body ? C.U.code(Task.Body) : nullptr;
  llvm::SmallPtrSet<const ValueDecl *, 4> Raised;
  if (Body)
    raisedBy(C.U, *Body, Raised);
  const SourceManager &SM = C.U.Ctx.getSourceManager();
  return !Raised.empty() && mentions(C.Fn->getBody(), [&](const Stmt *S) {
    const ValueDecl *Flag = flagIn(S);
    return Flag && Raised.contains(Flag) && SM.isBeforeInTranslationUnit(Wait.Site->getEndLoc(), S->getBeginLoc());
  });
}

/// A task that heeds the token of the caller.
struct Heeding {
  const ParmVarDecl *Token = nullptr; ///< null: no such task
  bool Fallible = false;              ///< it fails by an exception or by its result
};

/// \p TakesToken: may what the task is called with be a token of the group's own?
Heeding startedWith(Code &C, const Event &Spawn, bool TakesToken) {
  for (const CallableRef &T : Spawn.Tasks)
    if (const ParmVarDecl *Token = T.Body ? tokenGiven(C, Spawn.Site) : nullptr)
      if (!TakesToken || T.Body->param_empty())
        return {Token, isFallible(C.U, T.Body, Spawn.may(Fact::CarriesExceptions))};
  return {};
}
/// `futures.push_back(launch(part, stop));`: a helper starts it, with the token that it is given.
Heeding startedByHelper(Code &C, const Event &Insert) {
  const auto *Site = dyn_cast_or_null<CallExpr>(Insert.Site);
  if (!Site)
    return {};
  for (const Expr *A : Site->arguments()) {
    const auto *Call = dyn_cast<CallExpr>(A->IgnoreUnlessSpelledInSource());
    Code *Helper = Call && !isa<CXXOperatorCallExpr>(Call) ? C.U.code(Call->getDirectCallee()) : nullptr;
    if (!Helper)
      continue;
    for (const Event &E : Helper->Events)
      if (Heeding H = E.Kind == Op::Spawn ? startedWith(*Helper, E, false) : Heeding(); H.Token && H.Fallible)
        if (unsigned I = H.Token->getFunctionScopeIndex(); I < Call->getNumArgs())
          return {tokenGiven(C, Call->getArg(I)), true};
  }
  return {};
}

/// The tasks that a body adds to one group.
struct Group {
  Place Object;       ///< invalid: futures with names of their own
  bool Tokens = false; ///< it has tokens of its own to give
  const Event *First = nullptr;
  const ParmVarDecl *Token = nullptr;
  unsigned Tasks = 0;
  llvm::SmallVector<const CallableRef *, 4> Silent; ///< tasks that fail neither by an exception nor by their result
  const Event *Wait = nullptr;
};

class Groups {
public:
  explicit Groups(Code &C) : C(C), U(C.U) {
    for (const Event &E : C.Events)
      read(E);
    for (Group &G : All)
      for (const CallableRef *T : G.Silent)
        if (G.Wait && tellsByFlag(C, *T, *G.Wait))
          ++G.Tasks;
  }
  llvm::SmallVector<Group, 2> All;

private:
  Code &C;
  Unit &U;

  /// The group that the event is about, a new one where it is the first: a local of this body, that nobody else ends.
  Group *of(const Event &E, bool Starts) {
    if (!E.Object.valid())
      return nullptr;
    Group New;
    New.Object = C.whole(E.Object);
    const auto *V = New.Object.Path.empty() ? dyn_cast_or_null<VarDecl>(New.Object.Root) : nullptr;
    if (!V || !V->isLocalVarDecl() || V->isStaticLocal())
      return nullptr; // of somebody else, who may end it
    QualType Elem = U.element(V->getType());
    if (U.role(Elem.isNull() ? V->getType() : Elem) == Role::Future) {
      if (Elem.isNull())
        New.Object = Place();
    } else {
      const TypeModel *M = U.type(V->getType());
      if (!M || M->Plays != Role::Group || M->With.has(Fact::OwnsThreads))
        return nullptr;
      Ends How = endsTasks(U, V->getType()->getAsCXXRecordDecl());
      New.Tokens = How == Ends::ByToken;
      if (How == Ends::Itself || (New.Tokens && !madeOfNothing(V)))
        return nullptr;
    }
    auto It = llvm::find_if(All, [&](const Group &G) { return G.Object == New.Object; });
    if (It != All.end())
      return &*It;
    return Starts ? &All.emplace_back(std::move(New)) : nullptr;
  }

  void read(const Event &E) {
    if (E.Kind == Op::Call)
      return addedByHelper(E);
    bool Starts = E.Kind == Op::Spawn || E.Kind == Op::Insert;
    Group *G = of(E, Starts);
    if (!G)
      return;
    if (Starts)
      add(*G, E, E.Kind == Op::Spawn ? startedWith(C, E, G->Tokens) : startedByHelper(C, E), E, C);
    else if (E.Kind == Op::Wait || E.Kind == Op::Join || E.Kind == Op::Await || E.Kind == Op::Consume)
      G->Wait = &E;
  }

  /// \p Spawn happens in \p In, to which the event \p E of this body leads.
  void add(Group &G, const Event &E, Heeding H, const Event &Spawn, const Code &In) {
    // One that throws ends its siblings there; what it tells by value does not.
    const TypeModel *M = G.Object.valid() ? U.type(cast<VarDecl>(G.Object.Root)->getType()) : nullptr;
    if (!H.Token)
      return;
    if (!G.First) {
      G.First = &E;
      G.Token = H.Token;
    }
    unsigned Times = (inLoop(C, E.Site) && G.Object.valid()) || inLoop(In, Spawn.Site) ? 2 : 1;
    if (H.Fallible && !(M && M->With.has(Fact::CancelsSiblings)))
      G.Tasks += Times;
    else
      for (const CallableRef &T : Spawn.Tasks)
        G.Silent.append(Times, &T);
  }

  /// `start(group, stop)`: a helper adds the tasks.
  void addedByHelper(const Event &E) {
    const auto *Call = dyn_cast<CallExpr>(E.Site);
    Code *Helper = Call && !isa<CXXOperatorCallExpr>(Call) ? U.code(E.Callee) : nullptr;
    if (!Helper || Helper == &C)
      return;
    auto Given = [&](const ValueDecl *D) -> const Expr * {
      const auto *P = dyn_cast_or_null<ParmVarDecl>(D);
      return P && P->getDeclContext() == static_cast<const DeclContext *>(Helper->Fn) &&
                     P->getFunctionScopeIndex() < Call->getNumArgs()
                 ? Call->getArg(P->getFunctionScopeIndex())
                 : nullptr;
    };
    for (const Event &Spawn : Helper->Events) {
      const Expr *Lent = Spawn.Kind == Op::Spawn && Spawn.Object.Path.empty() && !Spawn.Object.Element
                             ? Given(dyn_cast_or_null<ValueDecl>(Spawn.Object.Root))
                             : nullptr;
      auto P = Lent ? C.place(Lent) : std::nullopt;
      Event Here = E;
      if (P)
        Here.Object = *P;
      Group *G = P ? of(Here, true) : nullptr;
      if (!G)
        continue;
      Heeding H = startedWith(*Helper, Spawn, G->Tokens);
      const Expr *Token = H.Token ? Given(H.Token) : nullptr;
      add(*G, E, {Token ? tokenGiven(C, Token) : nullptr, H.Fallible}, Spawn, *Helper);
    }
  }
};

void look(Code &C, Reporter &R) {
  Unit &U = C.U;
  for (const Group &G : Groups(C).All) {
    if (!G.First || G.Tasks < 2 || !G.Wait || canCancel(C))
      continue;
    SourceLocation Loc = G.First->loc();
    const auto *V = G.Object.valid() ? cast<VarDecl>(G.Object.Root) : nullptr;
    bool Bare = V && U.role(V->getType()) == Role::Group;
    if (Bare)
      Loc = V->getLocation();
    std::vector<StoryLine> Story{{G.Token->getLocation(), "the tasks heed '" + G.Token->getNameAsString() +
                                                              "', which only the caller can stop"}};
    if (Bare)
      Story.push_back({G.First->loc(), "the first task that can fail is started here"});
    R.report(Loc,
             "when one of these tasks fails, the others go on with work whose result nobody wants, and the wait lasts "
             "as long as the slowest; give them the token of a source that the first failure stops",
             Story);
  }
}

const MatchCheck
    Check({.Name = "group-without-cancellation",
           .Family = "tasks",
           .Level = Tier::Risk,
           .Summary = "Finds groups of tasks that can fail, where the first failure stops none of the others.",
           .Rows = "S2 L17",
           .Preview = true},
          look);

} // namespace
} // namespace heddle

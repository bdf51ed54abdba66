// A thread for each element of what may be any number: each takes a stack and a slot in the scheduler, and the system
// has so many and no more.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Classes.h"
#include "flow/Loops.h"
#include "flow/Mentions.h"
#include "flow/Unwrap.h"
#include "support/AstVisitor.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle {
namespace {

/// Is a launch policy given, and is it nothing but "a thread of its own"?
bool runsAtOnce(const Code &C, const Event &E) {
  const auto *Call = dyn_cast_or_null<CallExpr>(E.Site);
  const Expr *Policy = Call && Call->getNumArgs() ? Call->getArg(0)->IgnoreParenImpCasts() : nullptr;
  const auto *Enum = Policy ? Policy->getType()->getAs<EnumType>() : nullptr;
  Expr::EvalResult Value;
  if (!Enum || Policy->isValueDependent() || !Policy->EvaluateAsInt(Value, C.U.Ctx))
    return false;
  for (const EnumConstantDecl *X : Enum->getDecl()->enumerators())
    if (X->getName() == "deferred")
      return (Value.Val.getInt().getZExtValue() & X->getInitVal().getZExtValue()) == 0;
  return false;
}

/// Does this event make a thread?
bool makesThread(const Code &C, const Event &E) {
  if (E.Kind != Op::Spawn || E.may(Fact::CheapTask) || E.may(Fact::Parallel) || !E.Site)
    return false;
  if (E.may(Fact::OwnThread))
    return true;
  if (const TypeModel *T = E.Object.valid() && E.Object.Root ? C.U.type(E.Object.Root->getType()) : nullptr;
      T && T->With.has(Fact::CheapTask))
    return false;
  switch (E.ObjectRole) {
  case Role::Thread:
  case Role::JoiningThread:
    return true;
  case Role::Future:
    return E.may(Fact::Joins) && (!E.may(Fact::MayDefer) || runsAtOnce(C, E));
  default:
    return false;
  }
}

/// The number of elements that a container is made with: `std::vector<Slot> slots(n)`; or null.
const Expr *countOf(const Expr *Made) {
  const auto *CE = dyn_cast_or_null<CXXConstructExpr>(unwrap(Made));
  const Expr *First = CE && CE->getNumArgs() && !CE->isListInitialization() ? unwrap(CE->getArg(0)) : nullptr;
  return First && First->getType()->isIntegerType() ? First : nullptr;
}

/// Are there as many as the source says, whatever the input?
bool isOfFixedSize(const Code &C, const Expr *Range) {
  const Expr *E = unwrap(Range);
  if (!E || E->getType().getNonReferenceType()->isArrayType() || isa<CXXStdInitializerListExpr, InitListExpr>(E))
    return true;
  QualType T = E->getType().getNonReferenceType();
  if (const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(T->getAsCXXRecordDecl())) {
    // array<T, N>, span<T, N>, initializer_list<T>
    for (const TemplateArgument &A : Spec->getTemplateArgs().asArray())
      if (A.getKind() == TemplateArgument::Integral && !A.getAsIntegral().isAllOnes())
        return true;
    if (Spec->isInStdNamespace() && Spec->getName() == "initializer_list")
      return true;
  }
  // A container that was written down here, or made with so many elements, and to which nothing is added.
  const auto *DR = dyn_cast<DeclRefExpr>(E);
  const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
  if (!V || isa<ParmVarDecl>(V) || !V->getInit())
    return false;
  bool Listed = mentions(V->getInit(), [](const Stmt *S) { return isa<InitListExpr, CXXStdInitializerListExpr>(S); });
  if (const Expr *Count = countOf(V->getInit()); Count && !Count->isValueDependent())
    Listed |= Count->isEvaluatable(C.U.Ctx);
  bool Grows = llvm::any_of(C.Events, [&](const Event &X) { return X.Kind == Op::Insert && X.Object.Root == V; });
  return Listed && (V->getType().isConstQualified() || !Grows);
}

/// The container of which a member with this name is called somewhere in the expression.
const Expr *asked(Unit &U, const Stmt *S, llvm::StringRef Member) {
  const Expr *Found = nullptr;
  mentions(S, [&](const Stmt *X) {
    const auto *M = dyn_cast<CXXMemberCallExpr>(X);
    const CXXMethodDecl *D = M ? M->getMethodDecl() : nullptr;
    if (D && D->getIdentifier() && D->getName() == Member && M->getImplicitObjectArgument() &&
        U.role(M->getImplicitObjectArgument()->getType()) == Role::Container)
      Found = M->getImplicitObjectArgument();
    return Found != nullptr;
  });
  return Found;
}

/// The container whose elements the loop runs over: by index (`i < xs.size()`), by iterator, or until it is empty.
const Expr *sizedBy(const Code &C, const Stmt *Loop) {
  Unit &U = C.U;
  if (const Expr *Over = asked(U, loopCondition(Loop), "end"))
    return Over;
  if (const Expr *Over = isa<WhileStmt>(Loop) ? asked(U, loopCondition(Loop), "empty") : nullptr)
    if (auto P = C.place(Over))
      for (const Event &E : C.Events)
        if (E.Kind == Op::Extract && E.Object == *P && within(C, E.Site, Loop))
          return Over;
  const auto *F = dyn_cast<ForStmt>(Loop);
  const auto *B = F && F->getCond() ? dyn_cast<BinaryOperator>(F->getCond()->IgnoreParenImpCasts()) : nullptr;
  if (!B || !B->isComparisonOp())
    return nullptr;
  for (const Expr *Side : {B->getRHS(), B->getLHS()}) {
    const Expr *X = unwrap(Side);
    // `const auto n = xs.size();`
    if (const auto *DR = dyn_cast<DeclRefExpr>(X))
      if (const auto *V = dyn_cast<VarDecl>(DR->getDecl());
          V && V->getInit() && V->hasLocalStorage() && !isa<ParmVarDecl>(V))
        X = unwrap(V->getInit());
    if (const auto *M = dyn_cast<CXXMemberCallExpr>(X); M && M->getImplicitObjectArgument() && M->getNumArgs() == 0) {
      const Expr *Obj = M->getImplicitObjectArgument();
      if (!U.element(Obj->getType()).isNull() && X->getType()->isIntegerType())
        return Obj;
    }
  }
  return nullptr;
}

/// Is it a thread's handle, or an object that has one?
bool holdsThread(Unit &U, QualType T) {
  Role R = U.role(T);
  if (R == Role::Thread || R == Role::JoiningThread || R == Role::Future)
    return true;
  const CXXRecordDecl *RD = U.pointee(T)->getAsCXXRecordDecl();
  return RD && RD->hasDefinition() && llvm::any_of(RD->fields(), [&](const FieldDecl *F) {
           Role X = U.role(F->getType());
           return X == Role::Thread || X == Role::JoiningThread || X == Role::Future;
         });
}

/// Does a callee wait for something to come in?
bool receives(Unit &U, const FunctionDecl *F, unsigned Depth = 0) {
  const Code *C = Depth < 3 ? U.code(F) : nullptr;
  return C && llvm::any_of(C->Events, [&](const Event &E) {
           return E.Kind == Op::Receive || E.Kind == Op::Block ||
                  (E.Kind == Op::Call && E.Callee && receives(U, E.Callee, Depth + 1));
         });
}

/// Has a turn of the loop taken something from code that can not be seen, which it hands to what it starts:
/// `while (auto caller = line.next())`, or a local that is set at the beginning of the turn?
bool handsOver(const Code &C, const Stmt *Loop, const Stmt *Site) {
  auto Arrives = [&](const VarDecl *V) {
    const Expr *From = V && V->getInit() ? unwrap(V->getInit()) : nullptr;
    if (const auto *CE = dyn_cast_or_null<CXXConstructExpr>(From); CE && CE->getNumArgs() == 1)
      From = unwrap(CE->getArg(0));
    const auto *Call = dyn_cast_or_null<CallExpr>(From);
    const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
    return F && !F->hasBody() && !C.U.Ctx.getSourceManager().isInSystemHeader(F->getLocation()) && mentions(Site, V);
  };
  if (const auto *W = dyn_cast<WhileStmt>(Loop); W && W->getConditionVariable())
    return Arrives(W->getConditionVariable());
  if (isa<ForStmt>(Loop) && cast<ForStmt>(Loop)->getInc())
    return false;
  const auto *Body = dyn_cast_or_null<CompoundStmt>(loopBody(Loop));
  if (!Body)
    return false;
  for (const Stmt *S : Body->body())
    if (const auto *DS = dyn_cast<DeclStmt>(S);
        DS && DS->isSingleDecl() && Arrives(dyn_cast<VarDecl>(DS->getSingleDecl())))
      return true;
  return false;
}

enum class Many { No, Elements, Arrivals };
Many elements(const Code &C, const Expr *Range);

/// Does each turn of the loop stand for one thing of which there may be any number?
Many turns(const Code &C, const Stmt *Loop, const Stmt *Site, const Event &Start) {
  Unit &U = C.U;
  if (const auto *R = dyn_cast<CXXForRangeStmt>(Loop)) {
    if (!R->getRangeInit() || isOfFixedSize(C, R->getRangeInit()))
      return Many::No;
    QualType Elem = U.element(R->getRangeInit()->getType());
    // Slots that were made for threads: somebody has decided how many.
    if (!Elem.isNull() && holdsThread(U, Elem))
      return Many::No;
    bool Itself = R->getLoopVariable() && Start.Object.Root == R->getLoopVariable();
    return Itself ? Many::No : elements(C, R->getRangeInit());
  }
  if (const Expr *Over = sizedBy(C, Loop)) {
    QualType Elem = U.element(Over->getType());
    if (isOfFixedSize(C, Over) || (!Elem.isNull() && holdsThread(U, Elem)))
      return Many::No;
    return elements(C, Over);
  }
  const Expr *Cond = loopCondition(Loop);
  if (isa<ForStmt>(Loop) && Cond && mentions(Cond, [](const Stmt *S) {
        const auto *B = dyn_cast<BinaryOperator>(S);
        return B && B->isRelationalOp();
      }))
    return Many::No; // a number that somebody gave
  // Whatever comes in: a connection, a message, a line.
  for (const Event &E : C.Events)
    if (E.Site && within(C, E.Site, Loop) &&
        (E.Kind == Op::Receive || E.Kind == Op::Block || (E.Kind == Op::Call && E.Callee && receives(U, E.Callee))))
      return Many::Arrivals;
  return handsOver(C, Loop, Site) ? Many::Arrivals : Many::No;
}

/// Is it a member that the constructor fills up to a number - somebody has decided how many - and that never grows?
bool isOwnSlots(const Code &C, const Expr *Range) {
  Unit &U = C.U;
  auto P = C.place(Range);
  if (!P || !P->This || P->Element || P->Path.size() != 1)
    return false;
  const FieldDecl *Slots = P->Path.front();
  if (!U.seesAllUses(Slots) || U.writtenAfterConstruction(Slots))
    return false;
  bool Counted = false;
  for (const CXXMethodDecl *M : allMembers(cast<CXXRecordDecl>(Slots->getParent()))) {
    const Code *In = U.code(M);
    const auto *Ctor = In ? dyn_cast<CXXConstructorDecl>(In->Fn) : nullptr;
    if (Ctor && !Ctor->isCopyOrMoveConstructor())
      for (const CXXCtorInitializer *Init : Ctor->inits()) {
        const Expr *From = Init->getMember() == Slots ? unwrap(Init->getInit()) : nullptr;
        const auto *Made = dyn_cast_or_null<CXXConstructExpr>(From);
        if (!Made || !Made->getNumArgs())
          continue;
        if (!countOf(Made))
          return false;
        Counted = true;
      }
    for (const Event &E : In ? llvm::ArrayRef<Event>(In->Events) : llvm::ArrayRef<Event>()) {
      if (E.Kind != Op::Insert || !(E.Object == *P))
        continue;
      for (const Stmt *Loop = enclosingLoop(*In, E.Site); Loop; Loop = enclosingLoop(*In, Loop))
        if (turns(*In, Loop, E.Site, E) != Many::No)
          return false;
      if (!Ctor)
        return false;
      Counted = true;
    }
  }
  return Counted;
}

/// Is it a member whose size a function of its class compares with a bound: `if (peers_.size() > most) …`?
bool isTrimmed(const Code &C, const Expr *Range) {
  Unit &U = C.U;
  auto P = C.place(Range);
  if (!P || !P->This || P->Element || P->Path.size() != 1)
    return false;
  const FieldDecl *Field = P->Path.front();
  return llvm::any_of(allMembers(cast<CXXRecordDecl>(Field->getParent())), [&](const CXXMethodDecl *M) {
    const Code *In = U.code(M);
    return In && mentions(In->Fn->getBody(), [&](const Stmt *S) {
             const auto *If = dyn_cast<IfStmt>(S);
             const auto *B = If ? dyn_cast<BinaryOperator>(If->getCond()->IgnoreParenImpCasts()) : nullptr;
             const Expr *Counted = B && B->isRelationalOp() ? asked(U, B, "size") : nullptr;
             return Counted && mentions(Counted, Field);
           });
  });
}

/// What a loop over this container comes to: there may be any number of elements, unless somebody has decided how many.
Many elements(const Code &C, const Expr *Range) {
  return isOwnSlots(C, Range) || isTrimmed(C, Range) ? Many::No : Many::Elements;
}

/// Does it hold its caller back: a permit, a wait until there are fewer, a join?
bool holdsBack(Unit &U, const Event &E, unsigned Depth = 0) {
  switch (E.Kind) {
  case Op::Acquire:
  case Op::TryAcquire:
    return E.ObjectRole == Role::Semaphore;
  case Op::Join:
  case Op::Wait:
  case Op::Consume:
  case Op::Await:
  case Op::WaitCondition:
    return true;
  case Op::Call: {
    const Code *Inner = E.Callee && Depth < 2 ? U.code(E.Callee) : nullptr;
    return Inner && llvm::any_of(Inner->Events, [&](const Event &X) { return holdsBack(U, X, Depth + 1); });
  }
  default:
    return false;
  }
}

/// Is something compared with a bound before it goes on: `if (running >= most) continue;`, `if (full()) return;`?
bool asksBound(Unit &U, const Stmt *S) {
  struct Asks : AstVisitor {
    Unit &U;
    bool Found = false;
    explicit Asks(Unit &U) : U(U) {}
    bool TraverseLambdaExpr(const LambdaExpr *) override { return true; }
    bool compares(const Stmt *S, unsigned Depth = 0) const {
      return mentions(S, [&](const Stmt *X) {
        if (const auto *Call = dyn_cast<CallExpr>(X); Call && Depth < 2 && Call->getType()->isBooleanType())
          if (const FunctionDecl *Def = U.visible(Call->getDirectCallee()); Def && compares(Def->getBody(), Depth + 1))
            return true;
        const auto *B = dyn_cast<BinaryOperator>(X);
        return B && B->isRelationalOp() &&
               ((!isConstantZero(B->getRHS()) && !isConstantZero(B->getLHS())) || counts(B->getLHS()) ||
                counts(B->getRHS()));
      });
    }
    bool VisitIfStmt(const IfStmt *S) override {
      Found |= compares(S->getCond());
      return !Found;
    }
    /// `if (lanes.fetch_sub(1) <= 0)`, `if (--left < 0)`: permits that are counted down.
    bool counts(const Expr *E) const {
      return mentions(E, [&](const Stmt *X) {
        const auto *O = dyn_cast<UnaryOperator>(X);
        const auto *D = dyn_cast<Expr>(X);
        return (O && O->isDecrementOp()) || (D && U.role(D->getType()) == Role::Atomic);
      });
    }
    /// `if (fd < 0)` asks for an error.
    static bool isConstantZero(const Expr *E) {
      const auto *L = dyn_cast<IntegerLiteral>(E->IgnoreParenImpCasts());
      return L && L->getValue() == 0;
    }
  } A(U);
  A.TraverseStmt(S);
  return A.Found;
}

/// Does the loop hold itself back: a permit, a wait until there are fewer, a join on the way, a bound that it asks?
bool isLimited(const Code &C, const Stmt *Loop) {
  for (const Event &E : C.Events)
    if (E.Site && within(C, E.Site, Loop) && holdsBack(C.U, E))
      return true;
  return asksBound(C.U, loopBody(Loop));
}

void tell(Reporter &R, Many Kind, const Stmt *Loop, SourceLocation At, std::vector<StoryLine> Story) {
  Story.insert(Story.begin(), {Loop->getBeginLoc(), Kind == Many::Elements
                                                        ? "this loop runs once for each element, however many there are"
                                                        : "this loop runs once for each that comes in"});
  R.report(At,
           std::string("a thread is started for each ") +
               (Kind == Many::Elements ? "element" : "connection or message") +
               ", and nothing limits how many run at once: with enough of them memory is short, or no thread can be "
               "made; use a pool, or take a permit before each start",
           Story);
}

/// A function that starts itself: recursive-spawn tells whether it is bounded.
bool startsItself(const Code &C, const Event &Start) {
  for (const CallableRef &T : Start.Tasks) {
    if (T.Body == C.Fn)
      return true;
    const Code *Task = T.Body ? C.U.code(T.Body) : nullptr;
    if (Task && llvm::any_of(Task->Events, [&](const Event &E) { return E.Kind == Op::Call && E.Callee == C.Fn; }))
      return true;
  }
  return false;
}

/// Does the starter do a share of the same work itself? Then the work was divided among threads before, and their
/// number with it.
bool takesAShare(const Code &C, const Event &Start) {
  return llvm::any_of(Start.Tasks, [&](const CallableRef &T) {
    return T.Body && llvm::any_of(C.Events, [&](const Event &E) {
             return E.Kind == Op::Call && E.Callee && E.Callee->getCanonicalDecl() == T.Body->getCanonicalDecl();
           });
  });
}

/// Where a detached thread is let go: there it is out of hand.
SourceLocation where(const Code &C, const Event &Start) {
  for (const Event &E : C.Events)
    if (E.Kind == Op::Detach && E.Site && within(C, Start.Site, E.Site))
      return E.loc();
  return Start.loc();
}

/// The outer loop that makes the turns, if any of those around the statement does.
const Stmt *manyTurns(const Code &C, const Stmt *Site, const Event &Start, Many &Kind) {
  for (const Stmt *Loop = enclosingLoop(C, Site); Loop; Loop = enclosingLoop(C, Loop)) {
    Kind = turns(C, Loop, Site, Start);
    if (Kind != Many::No)
      return isLimited(C, Loop) ? nullptr : Loop;
  }
  return nullptr;
}

/// A call in a loop of a function that starts a thread and lets it go.
void inCallee(Code &C, Reporter &R, const Event &Call, const FunctionDecl *Callee) {
  const Code *Inner = C.U.code(Callee);
  if (!Inner || Inner == &C || isa<CXXConstructorDecl>(Callee))
    return;
  for (const Event &X : Inner->Events) {
    if (!makesThread(*Inner, X) || enclosingLoop(*Inner, X.Site))
      continue;
    // In a member it belongs to its object, of which somebody has made so many.
    bool LetGo = X.may(Fact::OwnThread) || !X.Object.valid() || X.Object.Element ||
                 (!X.Object.This && llvm::any_of(Inner->Events, [&](const Event &D) {
                   return D.Kind == Op::Detach && D.Object == X.Object;
                 }));
    bool Held = llvm::any_of(Inner->Events, [&](const Event &D) { return holdsBack(C.U, D); }) ||
                asksBound(C.U, Inner->Fn->getBody());
    if (!LetGo || Held || startsItself(C, X))
      continue;
    Many Kind = Many::No;
    if (const Stmt *Loop = manyTurns(C, Call.Site, Call, Kind))
      tell(R, Kind, Loop, where(*Inner, X),
           {{Call.loc(), "'" + Callee->getNameAsString() + "', which starts it, is called here"}});
  }
}

bool overrides(const CXXMethodDecl *M, const CXXMethodDecl *Base) {
  return llvm::any_of(M->overridden_methods(), [&](const CXXMethodDecl *O) {
    return O->getCanonicalDecl() == Base->getCanonicalDecl() || overrides(O, Base);
  });
}

/// The one body in this unit that a call of this virtual member can run: it has none itself, and nothing else that is
/// declared here overrides it.
const CXXMethodDecl *onlyOverrider(Unit &U, const CXXMethodDecl *Base) {
  const CXXMethodDecl *Only = nullptr;
  for (const FunctionDecl *F : U.Functions)
    if (const auto *M = dyn_cast<CXXMethodDecl>(F); M && U.visible(M) && overrides(M, Base)) {
      if (Only && Only->getCanonicalDecl() != M->getCanonicalDecl())
        return nullptr;
      Only = M;
    }
  if (!Only || llvm::none_of(U.code(Only)->Events, [&](const Event &E) { return makesThread(*U.code(Only), E); }))
    return nullptr; // most calls are spared the search
  struct Others : AstVisitor {
    const CXXMethodDecl *Base, *Only;
    bool Found = false;
    Others(const CXXMethodDecl *B, const CXXMethodDecl *O) : Base(B), Only(O) {}
    bool shouldVisitTemplateInstantiations() const override { return true; }
    bool VisitCXXMethodDecl(const CXXMethodDecl *M) override {
      Found = M->getCanonicalDecl() != Only->getCanonicalDecl() && !M->isPureVirtual() && overrides(M, Base);
      return !Found;
    }
  } Any(Base, Only);
  Any.TraverseDecl(U.Ctx.getTranslationUnitDecl());
  return Any.Found ? nullptr : Only;
}

/// The calls in loops of virtual members that have no body here, through a pointer or a reference.
struct VirtualCalls : AstVisitor {
  const Code &C;
  llvm::SmallVector<const CXXMemberCallExpr *, 4> InLoops;
  explicit VirtualCalls(const Code &C) : C(C) {}
  bool TraverseLambdaExpr(const LambdaExpr *) override { return true; } // a body of its own
  bool VisitCXXMemberCallExpr(const CXXMemberCallExpr *Call) override {
    const CXXMethodDecl *M = Call->getMethodDecl();
    const auto *Named = dyn_cast<MemberExpr>(Call->getCallee()->IgnoreParenImpCasts());
    if (M && M->isVirtual() && Named && !Named->hasQualifier() && !C.U.visible(M) && enclosingLoop(C, Call) &&
        !C.U.Ctx.getSourceManager().isInSystemHeader(M->getLocation()))
      InLoops.push_back(Call);
    return true;
  }
};

void inBody(Code &C, Reporter &R) {
  for (const Event &E : C.Events) {
    Many Kind = Many::No;
    if (makesThread(C, E)) {
      if (startsItself(C, E) || takesAShare(C, E))
        continue;
      if (const Stmt *Loop = manyTurns(C, E.Site, E, Kind))
        tell(R, Kind, Loop, where(C, E), {});
      continue;
    }
    // An algorithm that calls for each element what starts one.
    if (E.Kind == Op::RunNow && E.Model && E.Model->Many && !E.may(Fact::Parallel)) {
      const auto *Call = dyn_cast_or_null<CallExpr>(E.Site);
      const Expr *Over = Call && Call->getNumArgs() > 1 ? asked(C.U, Call->getArg(0), "begin") : nullptr;
      QualType Elem = Over ? C.U.element(Over->getType()) : QualType();
      if (Elem.isNull() || isOfFixedSize(C, Over) || holdsThread(C.U, Elem))
        continue;
      for (const CallableRef &T : E.Tasks)
        if (const Code *Each = T.Body ? C.U.code(T.Body) : nullptr)
          for (const Event &X : Each->Events)
            if (makesThread(*Each, X) && !startsItself(C, X) && !enclosingLoop(*Each, X.Site) &&
                llvm::none_of(Each->Events, [](const Event &L) {
                  return has(L.Kind, OpTraits::Blocks) || L.ObjectRole == Role::Semaphore;
                }))
              tell(R, Many::Elements, Call, where(*Each, X), {});
      continue;
    }
    // A function that starts one and lets it go, called for each.
    if (E.Kind == Op::Call && E.Callee && E.Site && enclosingLoop(C, E.Site))
      inCallee(C, R, E, E.Callee);
  }
  VirtualCalls Virtual(C);
  Virtual.TraverseStmt(C.Fn->getBody());
  for (const CXXMemberCallExpr *Call : Virtual.InLoops)
    if (const CXXMethodDecl *Only = onlyOverrider(C.U, Call->getMethodDecl())) {
      Event E{};
      E.Kind = Op::Call;
      E.Site = Call;
      E.Callee = Only;
      if (auto P = C.place(Call->getImplicitObjectArgument()))
        E.Object = *P;
      inCallee(C, R, E, Only);
    }
}

const MatchCheck Check({.Name = "unbounded-spawn",
                        .Family = "tasks",
                        .Level = Tier::Risk,
                        .Summary = "Finds loops that start a thread for each element or arrival, without a limit.",
                        .Rows = "P29 R7",
                        .Preview = true},
                       inBody);

} // namespace
} // namespace heddle

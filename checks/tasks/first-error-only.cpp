// Results that are collected by a loop of get(): the first one that throws leaves the loop. The errors of the others
// are never seen, and those of std::async are waited for in the unwinding, one by one.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Classes.h"
#include "flow/Loops.h"
#include "flow/Mentions.h"
#include "support/AstVisitor.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;

namespace heddle {
namespace {

constexpr llvm::StringRef Message =
    "the first task whose error is thrown here ends this loop: the errors of the others are never seen, and the "
    "futures that are "
    "left wait in their destructors or abandon their tasks; catch around each, and decide when all are in";

const Stmt *loopOf(const Code &C, const Stmt *S) {
  for (S = C.parent(S); S; S = C.parent(S)) {
    if (isLoop(S))
      return S;
    if (const auto *Try = dyn_cast_or_null<CXXTryStmt>(C.parent(S)); Try && Try->getTryBlock() == S)
      return nullptr; // caught in every turn
  }
  return nullptr;
}

/// Does the value tell of the error itself, so that nothing has to be thrown (`expected`, an error code)?
bool carriesError(Unit &U, QualType Future) {
  const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(U.pointee(Future)->getAsCXXRecordDecl());
  if (!Spec || Spec->getTemplateArgs().size() == 0 || Spec->getTemplateArgs()[0].getKind() != TemplateArgument::Type)
    return false;
  const CXXRecordDecl *RD = Spec->getTemplateArgs()[0].getAsType().getNonReferenceType()->getAsCXXRecordDecl();
  if (!RD || !RD->hasDefinition())
    return false;
  if (RD->getIdentifier() && RD->getName() == "exception_ptr")
    return true;
  bool Asks = false, Tells = false;
  for (const CXXMethodDecl *M : allMembers(RD)) {
    Asks |= M->getReturnType()->isBooleanType() && M->param_empty() && M->isConst();
    Tells |= M->getIdentifier() && (M->getName() == "error" || M->getName() == "message");
  }
  return Asks && Tells;
}

bool throwsError(const Event &E) {
  return (E.Kind == Op::Consume || E.Kind == Op::Await) && E.may(Fact::Throws) && !E.may(Fact::NonBlocking);
}

/// The container of which this event's object is an element, or a part of one.
std::optional<Place> containerOf(const Code &C, const Event &E) {
  if (!E.Object.valid())
    return std::nullopt;
  Place P = E.Object;
  if (P.Root && !P.Element)
    if (const auto *B = dyn_cast<BindingDecl>(P.Root); auto In = C.elementOf(B ? B->getDecomposedDecl() : P.Root))
      P = *In;
  if (!P.Element)
    return std::nullopt;
  P.Element = false;
  return P;
}

/// The member of an element that is the future, where the element is not one itself.
const ValueDecl *partOf(const Place &Read) { return Read.Path.empty() ? nullptr : Read.Path.back(); }

/// Can nothing be thrown in a task that can be seen? Unknown functions may throw.
bool neverThrows(Unit &U, const FunctionDecl *F) {
  if (const auto *FPT = F->getType()->getAs<FunctionProtoType>();
      FPT && !isUnresolvedExceptionSpec(FPT->getExceptionSpecType()) && FPT->isNothrow())
    return true;
  Code *C = U.code(F);
  if (!C)
    return false;
  struct Throwers : AstVisitor {
    Unit &U;
    const Code &C;
    bool Found = false;
    Throwers(Unit &U, const Code &C) : U(U), C(C) {}
    bool TraverseLambdaExpr(const LambdaExpr *) override { return true; }
    bool enters(const Stmt *S) override {
      const auto *T = dyn_cast<CXXTryStmt>(S);
      for (unsigned I = 0; T && I != T->getNumHandlers(); ++I)
        if (!T->getHandler(I)->getExceptionDecl())
          return false; // everything is caught
      return true;
    }
    bool VisitCXXThrowExpr(const CXXThrowExpr *) override { return !(Found = true); }
    bool VisitCallExpr(const CallExpr *E) override { return !(Found |= U.mayThrow(E)); }
    bool VisitCXXConstructExpr(const CXXConstructExpr *E) override { return !(Found |= U.mayThrow(E)); }
  } T(U, *C);
  T.TraverseStmt(F->getBody());
  return !T.Found;
}

enum class Filled { Unseen, Safely, Throwing };

/// What is seen of the tasks whose futures this body puts into the container: do all of them never throw?
Filled filledBy(Code &C, const Place &Container) {
  Filled Is = Filled::Unseen;
  auto Task = [&](const FunctionDecl *F) {
    if (!F && Container.This)
      return;
    bool Safe = F && neverThrows(C.U, F);
    Is = !Safe || Is == Filled::Throwing ? Filled::Throwing : Filled::Safely;
  };
  for (const Event &E : C.Events) {
    if (E.Kind != Op::Spawn)
      continue;
    if (auto In = containerOf(C, E); In && *In == Container)
      for (const CallableRef &T : E.Tasks)
        Task(T.Body);
  }
  // `all[i] = start(pool, f)`: a maker of futures that no model knows.
  for (const Event &Fill : C.Events) {
    if (Fill.Kind != Op::Reset && Fill.Kind != Op::Insert)
      continue;
    Place P = Fill.Object;
    P.Element = false;
    if (!(P == Container))
      continue;
    struct Lambdas : AstVisitor {
      llvm::SmallVector<const LambdaExpr *, 2> All;
      bool TraverseLambdaExpr(const LambdaExpr *L) override {
        All.push_back(L);
        return true;
      }
    } Given;
    Given.TraverseStmt(Fill.Site);
    // One that had a name first: `auto next = start(f); all.push_back(std::move(next));`
    (void)mentions(Fill.Site, [&](const Stmt *X) {
      const auto *DR = dyn_cast<DeclRefExpr>(X);
      const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
      if (V && V->isLocalVarDecl() && V->getInit())
        Given.TraverseStmt(V->getInit());
      return false;
    });
    for (const LambdaExpr *L : Given.All)
      Task(L->getCallOperator());
  }
  return Is;
}

/// What a promise or future is made for, or its class where it is made for one thing.
const void *valueOf(Unit &U, QualType T) {
  const CXXRecordDecl *RD = U.pointee(T)->getAsCXXRecordDecl();
  const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(RD);
  bool Typed = Spec && Spec->getTemplateArgs().size() && Spec->getTemplateArgs()[0].getKind() == TemplateArgument::Type;
  return Typed ? Spec->getTemplateArgs()[0].getAsType().getCanonicalType().getAsOpaquePtr()
         : RD  ? RD->getCanonicalDecl()
               : nullptr;
}

/// Is a promise of this kind seen to be given what was caught: `p.set_exception(std::current_exception())`?
bool handsErrorsOn(Unit &U, QualType Future) {
  const void *Value = valueOf(U, Future);
  auto Hands = [&](const Stmt *S) {
    const auto *Call = dyn_cast<CXXMemberCallExpr>(S);
    const Expr *Object =
        Call && Call->getNumArgs() == 1 ? Call->getImplicitObjectArgument()->IgnoreParenImpCasts() : nullptr;
    if (!Object || valueOf(U, Object->getType()) != Value)
      return false;
    return mentions(Call->getArg(0), [](const Stmt *X) {
      const auto *Caught = dyn_cast<CallExpr>(X);
      const FunctionDecl *F = Caught ? Caught->getDirectCallee() : nullptr;
      return F && F->getIdentifier() && F->getName() == "current_exception";
    });
  };
  return Value && llvm::any_of(U.Functions, [&](const FunctionDecl *F) {
           const Code *C = U.code(F);
           return C && mentions(C->Fn->getBody(), Hands);
         });
}

/// May an error be lost? A local container is this body's own, and unknown tasks may throw; one that is a member, or
/// whose elements are more than futures, is filled elsewhere, where a task has to be seen that throws.
bool mayHoldErrors(Code &C, const Place &Container, const ValueDecl *Part, QualType Future) {
  if (Container.Root && Container.Root->isImplicit())
    return false; // a temporary that came from elsewhere
  Filled Here = filledBy(C, Container);
  if ((!Container.This && !Part) || Here == Filled::Throwing)
    return Here != Filled::Safely;
  return handsErrorsOn(C.U, Future) || llvm::any_of(C.U.Functions, [&](const FunctionDecl *F) {
           Code *Other = isa<CXXMethodDecl>(F) ? C.U.code(F) : nullptr;
           return Other && filledBy(*Other, Container) == Filled::Throwing;
         });
}

/// The read of its parameter by which a helper lets the error of a future out.
const Event *readsParameter(Unit &U, const FunctionDecl *F, unsigned Param) {
  Code *C = F ? U.code(F) : nullptr;
  if (!C || Param >= F->getNumParams())
    return nullptr;
  const auto *Def = C->Fn;
  for (const Event &E : C->Events)
    if (throwsError(E) && E.Object.Root == Def->getParamDecl(Param) && !E.Object.Element && !C->enclosingTry(E.Site))
      return &E;
  return nullptr;
}

void look(Code &C, Reporter &R) {
  Unit &U = C.U;
  auto Judge = [&](const Event &E, const Place &Container, const ValueDecl *Part, SourceLocation Loc,
                   std::vector<StoryLine> Story) {
    const ValueDecl *D = Container.last();
    QualType Elem = D ? U.element(D->getType()) : QualType();
    if (Elem.isNull())
      return;
    QualType Future = Part ? Part->getType() : Elem;
    if (carriesError(U, Future) || !mayHoldErrors(C, Container, Part, Future))
      return;
    // All were waited for before: nothing is left at work, and one error is as good as all.
    if (llvm::any_of(C.Events, [&](const Event &X) {
          return X.Kind == Op::Await && !X.may(Fact::Timed) && X.Site && loopOf(C, X.Site) &&
                 U.Ctx.getSourceManager().isBeforeInTranslationUnit(X.Site->getBeginLoc(), E.Site->getBeginLoc()) &&
                 containerOf(C, X) == Container;
        }))
      return;
    // Taken out of a member one by one: those that are left stay there, for the next call.
    const Stmt *Loop = Container.This ? loopOf(C, E.Site) : nullptr;
    if (Loop && llvm::any_of(C.Events, [&](const Event &X) {
          return X.Kind == Op::Extract && X.Site && within(C, X.Site, Loop) && X.Object.valid() &&
                 C.whole(X.Object) == Container;
        }))
      return;
    R.report(Loc, Message, Story);
  };
  for (const Event &E : C.Events) {
    if (throwsError(E)) {
      if (auto In = containerOf(C, E); In && loopOf(C, E.Site))
        Judge(E, *In, partOf(E.Object), E.loc(), {});
      continue;
    }
    // A helper that reads one future, called for each.
    if (E.Kind == Op::Call && E.Callee && loopOf(C, E.Site)) {
      const auto *Call = dyn_cast<CallExpr>(E.Site);
      for (unsigned I = 0; Call && I != Call->getNumArgs(); ++I) {
        auto P = C.place(Call->getArg(I));
        Event Arg;
        if (P)
          Arg.Object = *P;
        if (auto In = P ? containerOf(C, Arg) : std::nullopt)
          if (const Event *Read = readsParameter(U, E.Callee, I))
            Judge(E, *In, partOf(Read->Object), E.loc(),
                  {{Read->loc(), "'" + E.Callee->getNameAsString() + "' lets the error out here"}});
      }
    }
    // std::transform(futures.begin(), futures.end(), …, [](auto &f) { return f.get(); }), std::accumulate(…)
    if (E.Kind == Op::RunNow)
      for (const CallableRef &T : E.Tasks)
        for (unsigned I = 0; T.Lambda && T.Body && I != T.Body->getNumParams(); ++I)
          if (const Event *Read = readsParameter(U, T.Body, I))
            for (const Event &Range : C.Events)
              if (Range.Site == E.Site && Range.Kind == Op::Escape && Range.ObjectRole == Role::Container)
                Judge(E, Range.Object, partOf(Read->Object), Read->loc(),
                      {{E.loc(), "it is called for each future here"}});
  }
}

const MatchCheck Check({.Name = "first-error-only",
                        .Family = "tasks",
                        .Level = Tier::Risk,
                        .Summary = "Finds loops that collect results and are left with the first error.",
                        .Rows = "S11"},
                       look);

} // namespace
} // namespace heddle

// A task that nobody can wait for. At shutdown it is cut off in the middle of its work, or uses what is gone already.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/Classes.h"
#include "flow/LoopFacts.h"
#include "flow/Loops.h"
#include "flow/TaskFacts.h"
#include "flow/UnownedTasks.h"
#include "flow/Unwrap.h"
#include "flow/Uses.h"
#include "support/Walk.h"
#include "unowned-task/behaviour.h"
#include "unowned-task/pools.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {
namespace {

/// Returns true if a model or an annotation says that tasks started here, or this very task, need no owner.
bool isMeant(Unit &U, const FunctionDecl *F) {
  const auto *M = dyn_cast<CXXMethodDecl>(F);
  return U.Models.facts(F, M ? M->getParent() : nullptr, F->getNumParams()).has(Fact::FireAndForget);
}

// ---- handles that are given up --------------------------------------------------------------------------------------

/// Returns true if the destructor of the handle abandons its task.
bool letsGo(Unit &U, QualType T) {
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  const CXXDestructorDecl *D = RD && RD->hasDefinition() ? RD->getDestructor() : nullptr;
  const FunctionDecl *Def = nullptr;
  return D && D->hasBody(Def) && anyOf<CXXMemberCallExpr>(Def->getBody(), [&](const CXXMemberCallExpr *M) {
           const CXXMethodDecl *Member = M->getMethodDecl();
           return Member && isa<CXXThisExpr>(unwrap(M->getImplicitObjectArgument())) &&
                  llvm::any_of(U.actions(Member, Member->getParent(), M->getNumArgs()),
                               [](const Action &A) { return A.Operation == Op::Detach; });
         });
}

bool isSameThread(const Code &C, const Place &A, const Place &B) {
  auto In = A.Root && A.Path.empty() ? C.elementOf(A.Root) : std::nullopt;
  return A == B || (In && *In == B);
}

/// A handle of a C library, given to the call that starts the task and never looked at again.
bool isForgotten(const Code &C, const Event &E) {
  const auto *V = dyn_cast_or_null<VarDecl>(E.Object.Root);
  return V && isa<CallExpr>(E.Site) && E.Object.Path.empty() && !E.Object.Element && V->isLocalVarDecl() &&
         V->hasLocalStorage() && V->getType()->isScalarType() && !V->getType()->isPointerType() &&
         V->getParentFunctionOrMethod() == static_cast<const DeclContext *>(C.Fn) &&
         C.U.get<Uses>().in(C, V).size() == 1;
}

/// Where the handle of the task is given up; invalid when somebody has it.
SourceLocation letGo(const Code &C, const Event &E, const Expr *Site) {
  if (!E.Model) { // a helper whose body starts it
    const Code *Helper = E.Callee ? C.U.code(E.Callee) : nullptr;
    bool Detaches = Helper && llvm::any_of(Helper->Events, [](const Event &D) { return D.Kind == Op::Detach; });
    return Detaches ? E.loc() : SourceLocation();
  }
  if (E.ObjectRole != Role::Thread && E.ObjectRole != Role::JoiningThread)
    return {};
  for (const Event &D : C.Events)
    if (D.Kind == Op::Detach && D.Site &&
        (within(C, E.Site, D.Site) || (E.Object.valid() && isSameThread(C, D.Object, E.Object))))
      return D.loc();
  if (E.ObjectRole != Role::Thread)
    return {};
  if (!E.Object.valid()) {
    // `boost::thread(f);`: its destructor lets it go. `new std::thread(f);`: nobody has it.
    const Expr *Value = Site;
    const auto *New = dyn_cast_or_null<CXXNewExpr>(C.user(Value));
    bool Dies = isa<CXXConstructExpr>(Site) && isDropped(C, Site) && letsGo(C.U, Site->getType());
    return Dies || (New && isDropped(C, New)) ? E.loc() : SourceLocation();
  }
  return isForgotten(C, E) ? E.loc() : SourceLocation();
}

// ---- what the task uses ---------------------------------------------------------------------------------------------

/// What of the caller's the task uses without owning it. With an owner of the object beside it, `this` is no loan.
const Held *borrowed(llvm::ArrayRef<Held> All) {
  bool OwnsThis = llvm::any_of(All, [](const Held &H) {
    return (H.By == Held::Owner || H.By == Held::WeakOwner) && H.Object && H.Object->This && H.Object->Path.empty();
  });
  for (const Held &H : All) {
    QualType T = H.Value ? H.Value->getType() : QualType();
    bool Text = !T.isNull() && T->isPointerType() && T->getPointeeType()->isCharType();
    // What a pointer that is given as an argument leads to may have been made for the task.
    bool Known = H.By == Held::Reference || (H.By == Held::Pointer && H.Variable) || H.In;
    if (H.By == Held::This ? !OwnsThis : H.borrows() && Known && !Text)
      return &H;
  }
  return nullptr;
}

class Finder {
public:
  Finder(Unit &U, Reporter &R) : U(U), R(R), Reads(U) {}

  void in(Code &C) {
    if (C.Fn->isMain() || isMeant(U, C.Fn))
      return; // what main() detaches lives as long as the process, on purpose
    // So does what is started before a loop that never ends.
    const Loop *Rest = U.get<LoopFacts>().forever(C);
    bool Stays = Rest && Rest->Ends == LoopEnd::Never;
    for (const Event &E : C.Events) {
      const auto *Site = E.Kind == Op::Spawn ? dyn_cast_or_null<Expr>(E.Site) : nullptr;
      if (!Site || (Stays && !within(C, E.Site, Rest->Statement)))
        continue;
      SourceLocation Gone = letGo(C, E, Site);
      bool Pooled = Gone.isInvalid() && isOnForeignPool(C, E, Site);
      for (const CallableRef &T : E.Tasks)
        if (Gone.isValid() || Pooled)
          judge(C, E, T, Pooled ? E.loc() : Gone, Pooled);
    }
  }

private:
  Unit &U;
  Reporter &R;
  Behaviours Reads;

  /// A helper is given the callable, itself or to be called by a lambda: the report is for its callers.
  bool isGiven(const Code &C, const CallableRef &T, llvm::ArrayRef<Held> Holds) {
    auto NamesParameter = [&](const Expr *Value) {
      return anyOf<DeclRefExpr>(Value, Walk::NoLambdas, [&](const DeclRefExpr *DR) {
        const auto *P = dyn_cast<ParmVarDecl>(DR->getDecl());
        return P && P->getDeclContext() == static_cast<const DeclContext *>(C.Fn);
      });
    };
    bool Wraps = T.Lambda && llvm::any_of(Holds, [&](const Held &H) {
                   return H.Value && NamesParameter(H.Value) && !C.callables(H.Value).empty();
                 });
    return (Wraps || (T.Site && !T.Lambda && NamesParameter(T.Site))) && !U.get<Calls>().callers(C.Fn).empty();
  }
  /// What a helper starts runs the callable and then says that it is over: `then(f)` fulfils a promise of its own.
  bool helperSignals(const Event &E) {
    Code *Helper = E.Callee ? U.code(U.visible(E.Callee)) : nullptr;
    return Helper && llvm::any_of(Helper->Events, [&](const Event &X) {
             return X.Kind == Op::Spawn && llvm::any_of(X.Tasks, [&](const CallableRef &T) {
                      return Reads.of(T, U.get<Captures>().of(*Helper, T)).Signals;
                    });
           });
  }
  /// Where the class tells more: constructor-spawns-unowned and stop-without-join speak.
  bool isKnownOtherwise(const Code &C, const CallableRef &T) {
    ClassFacts *F = U.get<ClassTable>().of(objectClass(C.Fn));
    for (const ClassTask &X : F ? F->Tasks : std::deque<ClassTask>())
      if (X.Start && X.Start->What == &T && (isLeftByConstructor(U, *F, X) || unjoinedStop(U, *F, X)))
        return true;
    return false;
  }
  void judge(const Code &C, const Event &E, const CallableRef &T, SourceLocation At, bool OnlyBorrowed) {
    if ((T.Body && isMeant(U, T.Body)) || TaskFacts::isPackaged(U, E))
      return;
    std::vector<Held> Holds = U.get<Captures>().of(C, T);
    const Held *X = borrowed(Holds);
    if (OnlyBorrowed && (!X || X->By != Held::This))
      return;
    if (isGiven(C, T, Holds) || isKnownOtherwise(C, T))
      return;
    Behaviour B = Reads.of(T, Holds);
    if (!B.Visible || B.Signals || (!X && B.Stops) || helperSignals(E))
      return;
    Story Notes;
    if (At != E.loc())
      Notes.then(E.loc(), "the task is started here");
    std::string Uses;
    if (X && X->By == Held::This) {
      Uses = ", and uses this object, which may be dead by then";
      Notes.then(X->Loc, "it holds 'this'");
    } else if (X) {
      Uses = ", and uses '" + X->Name + "', which may be dead by then";
      Notes.then(X->Loc, "it holds '" + X->Name + "' without owning it");
    }
    R.report(At,
             "this task cannot be waited for; it is killed at shutdown in the middle of its work" + Uses +
                 "; keep its handle and join it, or run it on a pool that is joined",
             Notes);
  }
};

const UnitCheck Check({.Name = "unowned-task",
                       .Family = "tasks",
                       .Level = Tier::Risk,
                       .Summary = "Finds tasks that cannot be waited for.",
                       .Rows = "S1 P16 L11"},
                      [](Unit &U, Reporter &R) {
                        Finder F(U, R);
                        for (Code *C : bodies(U))
                          F.in(*C);
                      });

} // namespace
} // namespace heddle

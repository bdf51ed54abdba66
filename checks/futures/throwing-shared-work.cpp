// Work that is done once for many callers, and throws: one failure reaches all of them, or is tried again by each.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Throws.h"
#include "flow/ValueFlow.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {
namespace {

bool isResult(Role R) {
  return R == Role::Future || R == Role::SharedFuture || R == Role::Promise || R == Role::Condition ||
         R == Role::Latch || R == Role::Once;
}

/// Returns true for an entry that several callers wait for: a future, or an object with one, or with a condition.
bool isShared(Unit &U, QualType T) {
  if (T.isNull())
    return false;
  if (isResult(U.role(T)))
    return true;
  const CXXRecordDecl *RD = U.pointee(T)->getAsCXXRecordDecl();
  return RD && RD->hasDefinition() && llvm::any_of(RD->getDefinition()->fields(), [&](const FieldDecl *F) {
           return isResult(U.role(F->getType()));
         });
}

/// Returns true for call_once and its like: what is claimed at the same place is a once flag.
bool electsOne(const Code &C, const Event &E) {
  return llvm::any_of(C.at(E.Site), [&](unsigned I) {
    const Event &X = C.Events[I];
    return X.Kind == Op::Claim && (X.ObjectRole == Role::Once || !X.Object.valid());
  });
}

/// Returns true if the body looks whether the container has an element: `find(key)`, `if (!map[key])`.
bool looksUp(const Code &C, const FieldDecl *Map) {
  if (llvm::any_of(C.Events, [&](const Event &E) {
        return E.Kind == Op::Test && E.Object.valid() && E.Object.Element && E.Object.last() == Map;
      }))
    return true;
  return anyOf<CXXMemberCallExpr>(C.Fn->getBody(), [&](const CXXMemberCallExpr *M) {
    const CXXMethodDecl *D = M->getMethodDecl();
    static constexpr llvm::StringLiteral Names[] = {"find", "contains", "count", "try_emplace", "emplace", "insert"};
    if (!D || !D->getIdentifier() || !llvm::is_contained(Names, D->getName()))
      return false;
    auto P = C.place(M->getImplicitObjectArgument());
    return P && !P->Path.empty() && P->Path.back() == Map;
  });
}

/// Returns true if the work is given to a member that looks up by a key who else is at it.
bool sharesByKey(Unit &U, const Event &E) {
  const auto *Call = dyn_cast<CXXMemberCallExpr>(E.Site);
  const auto *M = Call ? dyn_cast_or_null<CXXMethodDecl>(U.visible(Call->getMethodDecl())) : nullptr;
  const Code *Inner = M && M->getNumParams() > 1 ? U.code(M) : nullptr;
  if (!Inner || !(E.Kind == Op::RunNow || E.Kind == Op::Spawn || E.Kind == Op::Call || E.Kind == Op::Defer))
    return false;
  for (const Event &X : Inner->Events)
    if (X.Kind == Op::Insert && X.Object.This && !X.Object.Path.empty()) {
      const FieldDecl *Map = X.Object.Path.back();
      if (isShared(U, U.element(Map->getType())) && looksUp(*Inner, Map))
        return true;
    }
  return false;
}

/// Returns true if something is ever taken out of the container: then a failure need not stay.
bool evicts(Unit &U, const ValueDecl *Container) {
  for (const FunctionDecl *F : U.Functions)
    if (const Code *C = U.code(F))
      for (const Event &E : C->Events) {
        if (!E.Object.valid() || E.Object.Element || E.Object.last() != Container)
          continue;
        if (E.Kind == Op::Extract || E.Kind == Op::Clear || E.Kind == Op::Reset)
          return true;
        const auto *Named = E.Kind == Op::Escape ? dyn_cast_or_null<Expr>(E.Site) : nullptr;
        Flow Goes = Named ? U.get<ValueFlow>().next(*C, Named) : Flow();
        const auto *Element = dyn_cast_or_null<CXXOperatorCallExpr>(Goes.By); // `return map_[key];`
        if (E.Kind == Op::Escape && !(Element && Element->getOperator() == OO_Subscript))
          return true;
      }
  return false;
}

/// Returns true for `futures_[key] = std::async(…).share();`, where nothing that failed is taken out again.
bool isKeptForMany(const Code &C, const Event &E) {
  Unit &U = C.U;
  return llvm::any_of(U.get<ValueFlow>().ends(C, cast<Expr>(E.Site)), [&](const Flow &F) {
    const ValueDecl *Into = F.To ? F.To->last() : nullptr;
    const auto *Var = dyn_cast_or_null<VarDecl>(Into);
    return Into && F.To->Element && U.role(F.Value->getType()) == Role::SharedFuture &&
           (isa<FieldDecl>(Into) || (Var && Var->hasGlobalStorage())) && isShared(U, U.element(Into->getType())) &&
           !evicts(U, Into);
  });
}

void report(const Code &C, const Event &E, Reporter &R, const char *How, const char *Then) {
  for (const CallableRef &Task : E.Tasks)
    for (const Thrown &X : C.U.throws().leaving(C, Task)) {
      if (!X.From)
        continue;
      std::vector<StoryLine> Story{{E.loc(), How}};
      llvm::append_range(Story, X.Way);
      R.report(X.From->getBeginLoc(),
               X.What + " may escape this work, which is done once for many callers" + Then +
                   "; return the failure as a value",
               Story);
    }
}

void look(Code &C, Reporter &R) {
  constexpr const char *Shared = "; every caller gets the same exception";
  for (const Event &E : C.Events) {
    if (E.Tasks.empty() || !E.Site || E.may(Fact::SharesException))
      continue;
    if (E.Kind == Op::RunNow && electsOne(C, E))
      report(C, E, R, "the initialiser is handed over here",
             "; it does not count as run, and every caller runs it again");
    else if (sharesByKey(C.U, E))
      report(C, E, R, "all callers of one key share this work", Shared);
    else if (E.Kind == Op::Spawn && E.may(Fact::CarriesExceptions) && isKeptForMany(C, E))
      report(C, E, R, "the result is kept for many callers here", Shared);
  }
}

const MatchCheck Check({.Name = "throwing-shared-work",
                       .Family = "futures",
                       .Level = Tier::Risk,
                       .Summary = "Finds work that many callers share and that throws.",
                       .Rows = "F10",
                       .Preview = true},
                       [](Code &C, Reporter &R) {
                         if (C.U.Ctx.getLangOpts().CXXExceptions)
                           look(C, R);
                       });

} // namespace
} // namespace heddle

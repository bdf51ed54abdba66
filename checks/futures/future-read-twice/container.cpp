// Containers of which every future is read, and then every future again.
#include "check/Reporter.h"
#include "detectors.h"
#include "flow/Calls.h"
#include "flow/Loops.h"
#include "flow/Order.h"
#include "flow/Unwrap.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {
namespace {

/// A statement that reads the futures in all elements of a container.
struct Drain {
  const Stmt *At;                                 ///< in the body that was asked: the loop, or the call that does it
  Place Of;                                       ///< the container
  llvm::SmallVector<const FieldDecl *, 2> Member; ///< of the elements, where they are no futures themselves
  SourceLocation Read;
};

/// Returns true if the event takes the value of a future away, and names that future by a variable.
bool takesAway(Unit &U, const Event &E) {
  const TypeModel *M = E.Object.valid() && E.Object.last() ? U.type(E.Object.last()->getType()) : nullptr;
  return E.Kind == Op::Consume && !E.may(Fact::Timed) && M && M->Plays == Role::Future &&
         !M->With.has(Fact::ReadMany) && E.Object.Root && !E.Object.Element;
}

bool alwaysRuns(Code &C, const Stmt *S) { return C.U.get<Order>().onEveryPath(C, S); }

/// The range-for in every iteration of which the event reads a part of its element.
std::optional<Drain> byLoop(Code &C, const Event &E) {
  if (!takesAway(C.U, E))
    return std::nullopt;
  for (const Stmt *Loop = enclosingLoop(C, E.Site); Loop; Loop = enclosingLoop(C, Loop)) {
    const auto *Range = dyn_cast<CXXForRangeStmt>(Loop);
    if (!Range || Range->getLoopVariable() != E.Object.Root)
      continue;
    auto Of = C.elementOf(E.Object.Root);
    if (!Of || !C.U.get<Order>().inEveryTurn(C, Loop, E.Site))
      return std::nullopt;
    Of->Element = false;
    return Drain{Loop, *Of, {E.Object.Path.begin(), E.Object.Path.end()}, E.loc()};
  }
  return std::nullopt;
}

/// The container that an algorithm is given from its beginning to its end.
std::optional<Place> rangeOf(const Code &C, const CallExpr *Call) {
  auto End = [&](unsigned I, llvm::StringRef Name) -> std::optional<Place> {
    const auto *M = I < Call->getNumArgs() ? dyn_cast_or_null<CXXMemberCallExpr>(unwrap(Call->getArg(I))) : nullptr;
    const CXXMethodDecl *D = M && !M->getNumArgs() ? M->getMethodDecl() : nullptr;
    return D && D->getIdentifier() && D->getName() == Name ? C.place(M->getImplicitObjectArgument()) : std::nullopt;
  };
  auto First = End(0, "begin");
  return First && First == End(1, "end") ? First : std::nullopt;
}

/// An algorithm that calls a lambda for each element, which reads it.
std::optional<Drain> byAlgorithm(Code &C, const Event &E) {
  const auto *Call = dyn_cast_or_null<CallExpr>(E.Site);
  bool Standard = Call && E.Kind == Op::RunNow && E.Callee && E.Callee->isInStdNamespace();
  auto Range = Standard ? rangeOf(C, Call) : std::nullopt;
  QualType Elem = Range && Range->last() ? C.U.element(Range->last()->getType().getNonReferenceType()) : QualType();
  for (const CallableRef &T : E.Tasks) {
    Code *Body = !Elem.isNull() && T.Lambda && T.Body ? C.U.code(T.Body) : nullptr;
    for (const Event &X : Body ? llvm::ArrayRef<Event>(Body->Events) : llvm::ArrayRef<Event>())
      if (takesAway(C.U, X) && isa<ParmVarDecl>(X.Object.Root) &&
          X.Object.Root->getDeclContext() == static_cast<const DeclContext *>(Body->Fn) &&
          C.U.Ctx.hasSameUnqualifiedType(X.Object.Root->getType().getNonReferenceType(), Elem) &&
          alwaysRuns(*Body, X.Site))
        return Drain{Call, *Range, {X.Object.Path.begin(), X.Object.Path.end()}, X.loc()};
  }
  return std::nullopt;
}

std::optional<Drain> byItself(Code &C, const Event &E) {
  auto D = byLoop(C, E);
  return D ? D : byAlgorithm(C, E);
}

/// Returns true if something behind the first, and before the second if there is one, may empty or fill the container.
bool refilled(Code &C, const Drain &A, const Stmt *Until = nullptr) {
  auto Touches = [&](const Event &E) {
    if (const auto *Call = E.Kind == Op::Call ? dyn_cast<CallExpr>(E.Site) : nullptr)
      for (const Expr *X : Call->arguments())
        if (auto P = C.place(X); P && P->contains(A.Of))
          return true;
    if (!E.Object.valid())
      return false;
    auto In = C.elementOf(E.Object.Root);
    Place Whole = In ? *In : E.Object;
    Whole.Element = false;
    return Whole.contains(A.Of) || A.Of.contains(Whole);
  };
  auto &Of = C.U.get<Order>();
  return llvm::any_of(C.Events, [&](const Event &E) {
    return E.Site && E.Kind != Op::Test && E.Kind != Op::Consume && E.Kind != Op::Await && !within(C, E.Site, A.At) &&
           !(Until && within(C, E.Site, Until)) && Touches(E) && Of.reaches(C, A.At, E.Site) &&
           (!Until || Of.reaches(C, E.Site, Until));
  });
}

/// A visible function that reads all of what it is given.
std::optional<Drain> byCall(const CallEdge &Call) {
  Unit &U = Call.In->U;
  std::optional<Drain> Inner;
  auto Fits = [&](const Code &In, const Event &E) {
    Code &Callee = *U.code(In.Fn);
    auto D = byItself(Callee, E);
    if (D && alwaysRuns(Callee, D->At) && !refilled(Callee, *D))
      Inner = std::move(D);
    return Inner.has_value();
  };
  auto W = U.get<Calls>().find(Call.Callee, Fits);
  if (!W || !Inner ||
      llvm::any_of(W->Through, [&](const CallEdge &S) { return !alwaysRuns(*U.code(S.In->Fn), S.Site); }))
    return std::nullopt;
  std::optional<Place> Of = Inner->Of;
  for (const CallEdge &S : llvm::reverse(W->Through))
    Of = Of ? S.toCaller(*Of) : std::nullopt;
  Of = Of ? Call.toCaller(*Of) : std::nullopt;
  if (!Of || Of->Element)
    return std::nullopt;
  return Drain{Call.Site, *Of, Inner->Member, Inner->Read};
}

llvm::SmallVector<Drain, 4> drains(Code &C) {
  llvm::SmallVector<Drain, 4> Found;
  for (const Event &E : C.Events)
    if (auto D = byItself(C, E))
      Found.push_back(std::move(*D));
  for (const CallEdge &S : C.U.get<Calls>().from(C))
    if (!S.Task)
      if (auto D = byCall(S))
        Found.push_back(std::move(*D));
  return Found;
}

} // namespace

void future_read_twice::containers(Code &C, Reporter &R) {
  auto All = drains(C);
  auto Follows = [&](const Drain &A, const Drain &B) {
    return A.At != B.At && A.Of == B.Of && A.Member == B.Member && enclosingLoop(C, A.At) == enclosingLoop(C, B.At) &&
           C.U.get<Order>().surelyFollows(C, A.At, B.At) && !refilled(C, A, B.At);
  };
  for (const Drain &A : All)
    for (const Drain &B : All)
      if (Follows(A, B))
        return R.report(B.Read,
                        "the futures in '" + A.Of.name() +
                            "' are read a second time here; the first reads took the values, and these throw "
                            "'no_state' or are undefined; keep the values",
                        {{A.Read, "they are read here first"}});
}

} // namespace heddle

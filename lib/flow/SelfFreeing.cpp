#include "SelfFreeing.h"
#include "Calls.h"
#include "Classes.h"
#include "Guards.h"
#include "Order.h"
#include "Unwrap.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {

namespace {

constexpr unsigned MaxDepth = 3;

/// `this` in a member, or what a variable was made from it or from the only pointer that a thread function is given.
bool isOwn(const Code &C, const Expr *E) {
  E = E ? unwrap(E) : nullptr;
  while (const auto *X = dyn_cast_or_null<ExplicitCastExpr>(E))
    E = unwrap(X->getSubExpr());
  if (isa_and_nonnull<CXXThisExpr>(E))
    return true;
  const auto *DR = dyn_cast_or_null<DeclRefExpr>(E);
  const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
  if (const auto *P = dyn_cast_or_null<ParmVarDecl>(V))
    return !objectClass(C.Fn) && C.Fn->getNumParams() == 1 && C.Fn->getParamDecl(0) == P;
  return V && V->isLocalVarDecl() && V->getType()->isPointerType() && V->getInit() && isOwn(C, V->getInit());
}

/// Where the body surely frees its own object.
SourceLocation freedIn(Code &C, unsigned Depth) {
  const auto *Frees = findFirst<Expr>(C.Fn->getBody(), Walk::NoLambdas, [&](const Expr *E) {
    const auto *D = dyn_cast<CXXDeleteExpr>(E);
    const auto *Made = dyn_cast<CXXConstructExpr>(E); // std::unique_ptr<Job> self(this)
    bool Owns = Made && Made->getNumArgs() && C.U.smartPointee(Made->getType()) &&
                Made->getArg(0)->getType()->isPointerType() && isOwn(C, Made->getArg(0));
    return ((D && isOwn(C, D->getArgument())) || Owns) && guards(C, E).empty();
  });
  if (Frees)
    return Frees->getBeginLoc();
  for (const Event &E : Depth ? llvm::ArrayRef<Event>(C.Events) : llvm::ArrayRef<Event>()) {
    const auto *M = E.Kind == Op::Call ? dyn_cast_or_null<CXXMethodDecl>(E.Callee) : nullptr;
    const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(E.Site);
    Code *Inner =
        M && Call && isOwn(C, Call->getImplicitObjectArgument()) && guards(C, Call).empty() ? C.U.code(M) : nullptr;
    if (Inner && Inner != &C)
      if (SourceLocation Found = freedIn(*Inner, Depth - 1); Found.isValid())
        return Found;
  }
  return {};
}

std::optional<SelfFree> freesItself(Code &C, unsigned Depth) {
  if (!objectClass(C.Fn))
    return std::nullopt;
  for (const Event &E : C.Events) {
    if (!E.Site)
      continue;
    if (E.Kind == Op::Spawn)
      for (const CallableRef &T : E.Tasks) {
        bool Given = T.Args.size() == 1 && isa<CXXThisExpr>(unwrap(T.Args.front()));
        Code *Body = T.Body && (runsOnThis(T) || Given) ? C.U.code(T.Body) : nullptr;
        if (SourceLocation Freed = Body ? freedIn(*Body, MaxDepth) : SourceLocation(); Freed.isValid())
          return SelfFree{E.Site, E.loc(), Freed};
      }
    Code *Inner = E.Kind == Op::Call && E.Callee && E.Object.isThis() && Depth ? C.U.code(E.Callee) : nullptr;
    if (Inner && Inner != &C)
      if (auto Found = freesItself(*Inner, Depth - 1))
        return SelfFree{E.Site, Found->StartedAt, Found->Freed};
  }
  return std::nullopt;
}

} // namespace

std::optional<SelfFree> freesItself(Code &C) { return freesItself(C, MaxDepth); }

const Expr *ownUseBehind(Code &C, const Stmt *From) {
  auto &O = C.U.get<Order>();
  return findFirst<MemberExpr>(C.Fn->getBody(), Walk::NoLambdas, [&](const MemberExpr *M) {
    const auto *Called = dyn_cast<CXXMethodDecl>(M->getMemberDecl());
    return isa<CXXThisExpr>(unwrap(M->getBase())) &&
           (isa<FieldDecl>(M->getMemberDecl()) || (Called && !Called->isStatic())) && O.reaches(C, From, M);
  });
}

} // namespace heddle

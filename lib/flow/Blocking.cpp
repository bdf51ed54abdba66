#include "Blocking.h"
#include "Expressions.h"
#include "MakeFacts.h"
#include "Order.h"
#include "Unwrap.h"
#include "Uses.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"
#include "clang/Lex/Lexer.h"
#include "llvm/ADT/StringExtras.h"

#include <limits>

using namespace clang;

namespace heddle {

static WaitFor kindOf(const Event &E) {
  switch (E.Kind) {
  case Op::Sleep:
    return WaitFor::Time;
  case Op::Join:
    return WaitFor::Task;
  case Op::Wait:
    return WaitFor::Tasks;
  case Op::Await:
  case Op::Consume:
    return WaitFor::Result;
  case Op::Receive:
    return WaitFor::Item;
  case Op::WaitCondition:
    return WaitFor::Notification;
  case Op::Acquire:
    return E.ObjectRole == Role::Semaphore ? WaitFor::Permit : WaitFor::Nothing;
  case Op::Block:
    return E.may(Fact::CoversIo) ? WaitFor::File : WaitFor::Outside;
  default:
    return WaitFor::Nothing;
  }
}

static StringRef textOf(const Expr *E, const ASTContext &Ctx) {
  const SourceManager &SM = Ctx.getSourceManager();
  // What a macro names is meant, not what it stands for.
  CharSourceRange R = SM.getExpansionRange(E->getSourceRange());
  return R.isValid() ? Lexer::getSourceText(R, SM, Ctx.getLangOpts()) : StringRef();
}

/// Returns true if the expression, or the local variable that it names, is written with a flag that asks not to wait,
/// or not to ask anybody.
static bool saysNoWait(Code &C, const Expr *E, unsigned Depth = 0) {
  StringRef Text = textOf(E, C.U.Ctx);
  for (StringRef Word : {"DONTWAIT", "NONBLOCK", "NOWAIT", "NOHANG", "NUMERICHOST"})
    if (Text.contains(Word))
      return true;
  const auto *DR = dyn_cast_or_null<DeclRefExpr>(unwrap(E));
  const auto *V = DR && Depth < 2 ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
  return V && ((V->getInit() && saysNoWait(C, V->getInit(), Depth + 1)) ||
               llvm::any_of(C.U.get<Uses>().in(C, V), [&](const Use &X) {
                 return X.is(Use::Stores) && X.Value && saysNoWait(C, X.Value, Depth + 1);
               }));
}

/// Returns true if all that the expression is made of is zero: `0`, `0ms`, `seconds(0)`, `seconds::zero()`, `{}`, and
/// the address of a variable that was initialised so.
static bool isZero(const Expr *E, const ASTContext &Ctx, unsigned Depth = 0) {
  bool Zero = false, Other = false;
  walk(E, Walk::Whole, [&](const Stmt *S) {
    if (const auto *L = dyn_cast<IntegerLiteral>(S))
      (L->getValue() == 0 ? Zero : Other) = true;
    else if (const auto *Written = dyn_cast<UserDefinedLiteral>(S)) {
      StringRef Digits = textOf(Written, Ctx).take_while([](char C) { return llvm::isDigit(C); });
      (!Digits.empty() && Digits.count('0') == Digits.size() ? Zero : Other) = true;
      return Step::Over;
    } else if (const auto *Call = dyn_cast<CallExpr>(S)) {
      const FunctionDecl *F = Call->getDirectCallee();
      bool IsZero = F && F->getIdentifier() && F->getName() == "zero" && Call->getNumArgs() == 0;
      (IsZero ? Zero : Other) = true;
      return IsZero ? Step::Over : Step::In;
    } else if (const auto *DR = dyn_cast<DeclRefExpr>(S)) {
      const auto *V = dyn_cast<VarDecl>(DR->getDecl());
      if (V && V->getInit() && !isa<ParmVarDecl>(V) && Depth < 2 && isZero(V->getInit(), Ctx, Depth + 1))
        Zero = true;
      else if (V || isa<FieldDecl>(DR->getDecl()))
        Other = true;
    } else if (const auto *List = dyn_cast<InitListExpr>(S); List && List->getNumInits() == 0)
      Zero = true;
    else if (const auto *M = dyn_cast<MemberExpr>(S);
             isa<FloatingLiteral>(S) || (M && isa<FieldDecl>(M->getMemberDecl())))
      Other = true;
    return Step::In;
  });
  return Zero && !Other;
}

bool Blocking::toldNotToWait(Code &C, const Event &E) {
  const auto *Call = dyn_cast_or_null<CallExpr>(E.Site);
  if (!Call)
    return false;
  const FunctionDecl *F = Call->getDirectCallee();
  for (const Expr *A : Call->arguments()) {
    if (saysNoWait(C, A))
      return true;
    const ParmVarDecl *P = nullptr;
    for (const ParmVarDecl *X : F ? F->parameters() : llvm::ArrayRef<ParmVarDecl *>())
      if (X->getFunctionScopeIndex() + firstArgument(*Call) < Call->getNumArgs() &&
          Call->getArg(X->getFunctionScopeIndex() + firstArgument(*Call)) == A)
        P = X;
    if (E.may(Fact::Timed) && !isGuard(U.role(A->getType())) && !isLock(U.role(A->getType())) && isZero(A, U.Ctx))
      return true;
    // Of a bound that is computed it is not known whether it is zero.
    bool Bound = P && !E.may(Fact::Timed) && P->getName().contains_insensitive("timeout");
    bool Forever =
        Bound && A->isNullPointerConstant(U.Ctx, Expr::NPC_ValueDependentIsNotNull) && P->getType()->isPointerType();
    Expr::EvalResult R;
    if (Bound && !Forever && (!A->getType()->isIntegerType() || !A->EvaluateAsInt(R, U.Ctx) || R.Val.getInt().isZero()))
      return true;
  }
  return false;
}

bool Blocking::seenReady(Code &C, const Event &E) {
  return llvm::any_of(C.Events, [&](const Event &X) {
    if (&X == &E || !(X.Object == E.Object) || !E.Object.valid() || !isa_and_nonnull<CallExpr>(X.Site))
      return false;
    const FunctionDecl *F = cast<CallExpr>(X.Site)->getDirectCallee();
    StringRef Name = F && F->getIdentifier() ? F->getName() : "";
    bool Asks = (X.Kind == Op::Await && X.may(Fact::Timed)) ||
                (X.Kind == Op::Test && (Name.contains_insensitive("ready") || Name.contains_insensitive("finished")));
    return Asks && U.get<Order>().dominates(C, X.Site, E.Site);
  });
}

bool Blocking::makesNonBlocking() {
  if (!NonBlocking) {
    NonBlocking = false;
    for (const FunctionDecl *F : U.Functions)
      if (!*NonBlocking && F->getBody())
        NonBlocking = anyOf<CallExpr>(F->getBody(), [&](const CallExpr *Call) {
          const FunctionDecl *To = Call->getDirectCallee();
          StringRef Name = To && To->getIdentifier() ? To->getName() : "";
          bool Sets = Name.contains_insensitive("nonblock") || Name.contains_insensitive("non_block");
          return Sets || (To && To->isExternC() && llvm::any_of(Call->arguments(), [&](const Expr *A) {
                            StringRef Text = A->getType()->isIntegerType() ? textOf(A, U.Ctx) : StringRef();
                            return Text.contains("NONBLOCK") || Text.contains("FIONBIO");
                          }));
        });
  }
  return *NonBlocking;
}

WaitFor Blocking::waits(Code &C, const Event &E) {
  WaitFor What = kindOf(E);
  if (What == WaitFor::Nothing || E.may(Fact::NonBlocking) || toldNotToWait(C, E))
    return WaitFor::Nothing;
  if (What == WaitFor::Result && !E.may(Fact::Timed) && seenReady(C, E))
    return WaitFor::Nothing;
  // The descriptors of a unit that makes one non-blocking are assumed to be all of that kind.
  const auto *Call = dyn_cast_or_null<CallExpr>(E.Site);
  bool Descriptor = What == WaitFor::Outside && Call && Call->getNumArgs() && !isa<CXXMemberCallExpr>(Call) &&
                    E.Model && E.Model->On.K == Operand::Param;
  return Descriptor && makesNonBlocking() ? WaitFor::Nothing : What;
}

std::uint64_t Blocking::bound(const Event &E) const {
  std::uint64_t Longest = 0;
  if (const auto *Call = dyn_cast_or_null<CallExpr>(E.Site); Call && E.may(Fact::Timed))
    for (const Expr *A : Call->arguments()) {
      const auto *Default = dyn_cast<CXXDefaultArgExpr>(A);
      Expr::EvalResult R;
      const Expr *Value = Default ? Default->getExpr() : A;
      if (Value->getType()->isIntegerType() && !Value->isValueDependent() && Value->EvaluateAsInt(R, U.Ctx) &&
          R.Val.getInt().isNonNegative())
        Longest = std::max(Longest, R.Val.getInt().getZExtValue());
    }
  return Longest ? Longest : std::numeric_limits<std::uint64_t>::max();
}

std::optional<llvm::SmallVector<Place, 1>> Blocking::givesBack(const Code &C, const Event &E) const {
  llvm::SmallVector<Place, 1> Locks;
  if (isLock(E.ObjectRole))
    Locks.push_back(E.Object);
  if (E.ObjectRole != Role::Condition) // an atomic
    return Locks;
  auto Given = [&](const Expr *A) {
    Role R = U.role(A->getType());
    auto P = isLock(R) || isGuard(R) ? C.place(A) : std::nullopt;
    if (!P)
      return;
    Locks.push_back(*P);
    if (const GuardInfo *G = P->Root && P->Path.empty() ? C.guard(P->Root) : nullptr)
      Locks.append(G->Locks.begin(), G->Locks.end());
  };
  if (const auto *Call = dyn_cast_or_null<CallExpr>(E.Site))
    llvm::for_each(Call->arguments(), Given);
  else if (const auto *Made = dyn_cast_or_null<CXXConstructExpr>(E.Site))
    llvm::for_each(Made->arguments(), Given);
  return Locks.empty() ? std::nullopt : std::optional(Locks);
}

Blocking::Blocking(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<Blocking>(Unit &);

} // namespace heddle

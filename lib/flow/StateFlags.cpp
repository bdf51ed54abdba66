#include "StateFlags.h"
#include "Classes.h"
#include "Guards.h"
#include "MakeFacts.h"
#include "Mentions.h"
#include "Unwrap.h"
#include "support/Walk.h"

#include "llvm/ADT/SetVector.h"

using namespace clang;

namespace heddle {

/// The truth value that an expression is written as: `true`, `{false}`, `std::atomic<bool>(false)`, `{}`.
static std::optional<bool> written(const Expr *E) {
  if (!E)
    return std::nullopt;
  if (const auto *Literal = findFirst<CXXBoolLiteralExpr>(E, Walk::NoLambdas, [](const auto *) { return true; }))
    return Literal->getValue();
  const auto *List = dyn_cast<InitListExpr>(E->IgnoreImplicit());
  return (List && List->getNumInits() == 0) || isa<ImplicitValueInitExpr, CXXScalarValueInitExpr>(E->IgnoreImplicit())
             ? std::optional(false)
             : std::nullopt;
}

/// The flag by which alone a function returns this truth value, which it writes out: `if (closed_) return false;`.
StateFlag StateFlags::decides(const Code &C, bool Result, unsigned Depth) {
  StateFlag Found;
  for (const ReturnStmt *R : returnsIn(C.Fn->getBody())) {
    std::optional<bool> Returned = written(R->getRetValue());
    if (!Returned)
      return {};
    if (*Returned != Result)
      continue;
    auto Around = guards(C, R);
    if (Around.empty())
      return {};
    StateFlag F = asked(C, Around.front().Condition, Depth + 1);
    F.Value = F.Value == Around.front().Value;
    if (!F.Flag || (Found.Flag && (Found.Flag != F.Flag || Found.Value != F.Value)))
      return {};
    Found = F;
  }
  return Found;
}

StateFlag StateFlags::asked(const Code &C, const Expr *Condition, unsigned Depth) {
  bool Value = true;
  const Expr *E = unwrap(Condition);
  for (unsigned Steps = 0; E && Steps < 6; ++Steps, E = unwrap(E)) {
    if (const auto *Not = dyn_cast<UnaryOperator>(E); Not && Not->getOpcode() == UO_LNot) {
      Value = !Value;
      E = Not->getSubExpr();
      continue;
    }
    if (const auto *Call = dyn_cast<CXXMemberCallExpr>(E)) {
      const CXXMethodDecl *M = Call->getMethodDecl();
      const Expr *Object = Call->getImplicitObjectArgument();
      const Code *Body = M ? U.code(U.visible(M)) : nullptr;
      if (Object && U.role(Object->getType()) == Role::Atomic)
        E = Object; // load(), or the conversion
      else if (const Expr *Returned = Body ? onlyReturned(Body->Fn) : nullptr)
        E = Returned;
      else
        return Body && M->getReturnType()->isBooleanType() && Depth < 2 ? decides(*Body, Value, Depth) : StateFlag();
      continue;
    }
    const auto *Member = dyn_cast<MemberExpr>(E);
    const auto *F = Member ? dyn_cast<FieldDecl>(Member->getMemberDecl()) : nullptr;
    bool Flag = F && (F->getType()->isBooleanType() || U.role(F->getType()) == Role::Atomic);
    return Flag ? StateFlag{F, Value} : StateFlag();
  }
  return {};
}

/// The value that objects of the class are made with; none if it is not one for all of them.
static std::optional<bool> initial(const FieldDecl *F) {
  std::optional<bool> Value = written(F->getInClassInitializer());
  for (const CXXConstructorDecl *Ctor : cast<CXXRecordDecl>(F->getParent())->ctors())
    for (const CXXCtorInitializer *I : Ctor->inits())
      if (I->getMember() == F && I->isWritten()) {
        std::optional<bool> Given = written(I->getInit());
        if (!Given || (Value && Value != Given))
          return std::nullopt;
        Value = Given;
      }
  return Value;
}

/// By canonical declaration: the functions whose bodies call it or hand it over.
const llvm::DenseMap<const FunctionDecl *, std::vector<const FunctionDecl *>> &StateFlags::naming() {
  if (!std::exchange(NamingKnown, true))
    for (const FunctionDecl *By : U.Functions)
      if (const Code *C = U.code(By))
        forEach<Expr>(C->Fn->getBody(), Walk::NoLambdas, [&](const Expr *E) {
          const auto *Member = dyn_cast<MemberExpr>(E);
          const auto *Ref = dyn_cast<DeclRefExpr>(E);
          const Decl *D = Member ? static_cast<const Decl *>(Member->getMemberDecl()) : Ref ? Ref->getDecl() : nullptr;
          if (const auto *Named = dyn_cast_or_null<FunctionDecl>(D))
            Naming[Named->getCanonicalDecl()].push_back(By);
        });
  return Naming;
}

bool StateFlags::isNever(const StateFlag &F) {
  auto [It, New] = Never.try_emplace({F.Flag, F.Value}, false);
  if (New)
    It->second = F.Flag && isa<CXXRecordDecl>(F.Flag->getParent()) && computeNever(F);
  return It->second;
}

bool StateFlags::computeNever(const StateFlag &F) {
  const auto *Class = cast<CXXRecordDecl>(F.Flag->getParent());
  // A member of a template that nothing here calls has no body yet.
  bool AllSeen = F.Flag->getAccess() == AS_private && llvm::all_of(Class->methods(), [&](const CXXMethodDecl *M) {
                   const FunctionDecl *Pattern = M->getTemplateInstantiationPattern();
                   return M->isImplicit() || M->isDefaulted() || M->isDeleted() || M->isPureVirtual() ||
                          (Pattern ? Pattern->hasBody() : U.visible(M) != nullptr);
                 });
  if (!AllSeen || initial(F.Flag) != !F.Value)
    return false;
  auto IsMember = [&](const FunctionDecl *Fn) {
    const auto *M = dyn_cast<CXXMethodDecl>(Fn);
    return M && isSame(M->getParent(), Class);
  };
  auto Sets = [&](const Code &C, const Use &X) {
    if (!X.is(Use::Writes))
      return false;
    const CallExpr *Call = callOn(C, X);
    const Expr *Given = X.Value ? X.Value : Call && Call->getNumArgs() ? Call->getArg(Call->getNumArgs() - 1) : nullptr;
    return written(Given) != !F.Value;
  };
  // Members that set it, and members that call these.
  llvm::SetVector<const FunctionDecl *> Setters;
  for (const FunctionDecl *Fn : U.Functions) {
    const Code *C = U.code(Fn);
    if (!C || isa<CXXConstructorDecl, CXXDestructorDecl>(Fn) ||
        llvm::none_of(U.get<Uses>().in(*C, F.Flag), [&](const Use &X) { return Sets(*C, X); }))
      continue;
    if (!IsMember(Fn))
      return false;
    Setters.insert(Fn->getCanonicalDecl());
  }
  for (unsigned I = 0; I != Setters.size(); ++I)
    for (const FunctionDecl *By : naming().lookup(Setters[I])) {
      if (isa<CXXDestructorDecl>(By) && IsMember(By))
        continue;
      if (!IsMember(By))
        return false;
      Setters.insert(By->getCanonicalDecl());
    }
  // Others may call a setter where this unit does not show how objects of the class are used.
  bool Open = llvm::any_of(Setters, [](const FunctionDecl *Fn) { return Fn->getAccess() == AS_public; });
  return !Open || llvm::any_of(naming(), [&](const auto &X) {
    return IsMember(X.first) && llvm::any_of(X.second, [&](const FunctionDecl *By) { return !IsMember(By); });
  });
}

StateFlags::StateFlags(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<StateFlags>(Unit &);

} // namespace heddle

#include "ThreadState.h"
#include "MakeFacts.h"
#include "Order.h"

using namespace clang;

namespace heddle {

/// Returns true if the call sets state of its own thread: not if it names another one, `pthread_setname_np(thread, …)`.
bool ThreadState::isState(const CallExpr *Call) {
  const FunctionDecl *F = Call->getDirectCallee();
  if (!F || isa<CXXMethodDecl>(F) || !U.Models.isModelled(F, nullptr) ||
      !U.Models.facts(F, nullptr, Call->getNumArgs()).has(Fact::OwnThread))
    return false;
  const Expr *First = Call->getNumArgs() ? Call->getArg(0)->IgnoreParenImpCasts() : nullptr;
  QualType T = F->getNumParams() ? F->getParamDecl(0)->getType() : QualType();
  const auto *Name = T.isNull() ? nullptr : T->getAs<TypedefType>();
  StringRef Of = Name ? Name->getDecl()->getName() : "";
  if (!Of.contains("pthread_t") && !Of.contains("pid_t"))
    return true;
  const auto *Self = dyn_cast_or_null<CallExpr>(First);
  const auto *Zero = dyn_cast_or_null<IntegerLiteral>(First);
  return (Self && Self->getNumArgs() == 0) || (Zero && Zero->getValue() == 0);
}

std::vector<StateSet> ThreadState::in(Code &C) {
  std::vector<StateSet> Out;
  forEach<CallExpr>(C.Fn, Walk::NoLambdas, [&](const CallExpr *Call) {
    if (isState(Call))
      Out.push_back({&C, Call, Call->getDirectCallee()});
  });
  return Out;
}

/// The variables of thread storage that the body names.
static llvm::SmallVector<const VarDecl *, 4> threadVariables(const Code &C) {
  llvm::SmallVector<const VarDecl *, 4> Out;
  forEach<DeclRefExpr>(C.Fn, Walk::NoLambdas, [&](const DeclRefExpr *DR) {
    const auto *V = dyn_cast<VarDecl>(DR->getDecl());
    if (V && V->getTLSKind() != VarDecl::TLS_None && !llvm::is_contained(Out, V))
      Out.push_back(V);
  });
  return Out;
}

void ThreadState::variables(Code &C, std::vector<StateSet> &Own, std::vector<StateSet> &All) {
  auto IsGiven = [](const DeclRefExpr *DR) {
    const auto *V = dyn_cast<VarDecl>(DR->getDecl());
    return V && (isa<ParmVarDecl>(V) || V->isInitCapture() || DR->refersToEnclosingVariableOrCapture());
  };
  for (const VarDecl *V : threadVariables(C))
    for (const Use &X : U.get<Uses>().in(C, V)) {
      if (!X.is(Use::Writes) || X.Lambda)
        continue;
      All.push_back({&C, X.Site, V});
      if (!V->isStaticLocal() && X.is(Use::Assign) && X.Of == Use::Itself && X.Value &&
          anyOf<DeclRefExpr>(X.Value, Walk::NoLambdas, IsGiven))
        Own.push_back(All.back());
    }
}

/// The destructors of the objects that the body makes.
static llvm::SmallVector<const CXXDestructorDecl *, 4> ends(const Code &C) {
  llvm::SmallVector<const CXXDestructorDecl *, 4> Out;
  forEach<CXXConstructExpr>(C.Fn->getBody(), Walk::WithImplicit, [&](const CXXConstructExpr *CE) {
    if (const CXXDestructorDecl *D = CE->getConstructor()->getParent()->getDestructor(); D && D->isUserProvided())
      Out.push_back(D);
  });
  return Out;
}

std::optional<StateSet> ThreadState::left(const FunctionDecl *Entry) {
  std::vector<StateSet> Set, All;
  auto Take = [&](Code &C) {
    std::vector<StateSet> Calls = in(C);
    llvm::append_range(Set, Calls);
    llvm::append_range(All, Calls);
    variables(C, Set, All);
  };
  for (const Code *C : U.get<Calls>().behind(Entry)) {
    Take(*U.code(C->Fn));
    for (const CXXDestructorDecl *D : ends(*C))
      if (Code *End = U.visible(D) ? U.code(U.visible(D)) : nullptr)
        Take(*End);
  }
  for (const StateSet &S : Set) {
    auto Same = [&](const StateSet &X) { return X.By == S.By; };
    // What a class sets in its constructor it sets back in a destructor that may stand elsewhere.
    const auto *Ctor = dyn_cast<CXXConstructorDecl>(S.In->Fn);
    const CXXDestructorDecl *D = Ctor ? Ctor->getParent()->getDestructor() : nullptr;
    bool Unseen = D && D->isUserProvided() && !U.visible(D);
    if (llvm::count_if(All, Same) == 1 && !Unseen && !isa<CXXDestructorDecl>(S.In->Fn))
      return S;
  }
  return std::nullopt;
}

const Expr *ThreadState::suspendedWith(const StateSet &S) {
  for (const StateSet &X : in(*S.In))
    if (X.By == S.By && X.Site != S.Site && U.get<Order>().reaches(*S.In, X.Site, S.Site))
      return nullptr; // sets back what the other has set
  for (const Expr *At : U.get<Coroutines>().suspensions(*S.In)) {
    bool Reached = U.get<Order>().reaches(*S.In, S.Site, At, [&](const Stmt *X) {
      const auto *Call = dyn_cast<CallExpr>(X);
      return Call && Call != S.Site && isState(Call) && Call->getDirectCallee() == S.By;
    });
    if (Reached)
      return At;
  }
  return nullptr;
}

std::vector<StaleRead> ThreadState::staleReads(Code &C) {
  std::vector<StaleRead> Out;
  auto Suspensions = U.get<Coroutines>().suspensions(C);
  if (Suspensions.empty())
    return Out;
  Order &Paths = U.get<Order>();
  for (const VarDecl *V : threadVariables(C)) {
    auto All = U.get<Uses>().in(C, V);
    auto Sets = [&](const Stmt *S) {
      return llvm::any_of(All, [&](const Use &X) { return X.is(Use::Stores) && X.Site == S; });
    };
    auto Find = [&](const Use &Set) -> std::optional<StaleRead> {
      for (const Expr *At : Suspensions)
        for (const Use &X : All)
          if (!X.is(Use::Stores) && X.Mention && !X.Lambda && Set.Mention && Paths.reaches(C, Set.Site, At, Sets) &&
              Paths.reaches(C, At, X.Mention, Sets))
            return StaleRead{V, Set.Mention, At, X.Mention};
      return std::nullopt;
    };
    for (const Use &Set : All)
      if (auto Found = Set.is(Use::Assign) && Set.Of == Use::Itself ? Find(Set) : std::nullopt) {
        Out.push_back(*Found);
        break;
      }
  }
  return Out;
}

bool ThreadState::onSharedThread(const Code &C, const Event &E) {
  if ((E.Kind != Op::Spawn && E.Kind != Op::Defer) || E.may(Fact::OwnThread) || E.may(Fact::Tied))
    return false;
  bool Shared = E.ObjectRole == Role::Group || E.ObjectRole == Role::Executor || E.ObjectRole == Role::EventLoop ||
                E.ObjectRole == Role::Strand;
  return Shared && (E.Kind == Op::Defer || C.U.get<TaskFacts>().launch(C, E) == Launch::Pool);
}

ThreadState::ThreadState(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<ThreadState>(Unit &);

} // namespace heddle

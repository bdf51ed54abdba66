#include "Calls.h"
#include "Classes.h"
#include "MakeFacts.h"
#include "Throws.h"
#include "Unwrap.h"
#include "Waits.h"

#include "clang/AST/ASTContext.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace clang;

namespace heddle {

// ---- arguments and parameters ---------------------------------------------------------------------------------------

const FunctionDecl *calleeOf(const Expr *Call) {
  if (const auto *CE = dyn_cast_or_null<CXXConstructExpr>(Call))
    return CE->getConstructor();
  const auto *E = dyn_cast_or_null<CallExpr>(Call);
  return E ? E->getDirectCallee() : nullptr;
}

/// How many of the written arguments stand before those of the parameters: the object of a member operator, whatever
/// the operator of an object leads to (`job(x)` of a std::function enters the body of its callable).
static unsigned skipped(const CallExpr &Call) {
  const auto *O = dyn_cast<CXXOperatorCallExpr>(&Call);
  const auto *M = O ? dyn_cast_or_null<CXXMethodDecl>(O->getDirectCallee()) : nullptr;
  return O && (O->getOperator() == OO_Call || (M && !M->isExplicitObjectMemberFunction()));
}

const Expr *argument(const Expr *Call, const ParmVarDecl *P) {
  const unsigned I = P->getFunctionScopeIndex();
  const Expr *Given = nullptr;
  if (const auto *CE = dyn_cast_or_null<CXXConstructExpr>(Call))
    Given = I < CE->getNumArgs() ? CE->getArg(I) : nullptr;
  else if (const auto *E = dyn_cast_or_null<CallExpr>(Call))
    if (const unsigned At = I + skipped(*E); At < E->getNumArgs())
      Given = E->getArg(At);
  const auto *Default = dyn_cast_or_null<CXXDefaultArgExpr>(Given);
  return Default ? Default->getExpr() : Given;
}

const ParmVarDecl *parameter(const Expr *Call, const FunctionDecl *Callee, const Expr *Argument) {
  for (const ParmVarDecl *P : Callee->parameters())
    if (const Expr *Given = argument(Call, P); Given && unwrap(Given) == unwrap(Argument))
      return P;
  return nullptr;
}

const Expr *objectOf(const Expr *Call) {
  if (const auto *M = dyn_cast_or_null<CXXMemberCallExpr>(Call))
    return M->getImplicitObjectArgument();
  const auto *O = dyn_cast_or_null<CXXOperatorCallExpr>(Call);
  return O && skipped(*O) ? O->getArg(0) : nullptr;
}

// ---- names across a call --------------------------------------------------------------------------------------------

/// Returns true if a parameter of this type refers to the caller's object.
static bool passesOn(Unit &U, QualType T) { return T->isReferenceType() || U.leads(T); }

const Expr *CallEdge::argument(const ParmVarDecl *P) const {
  if (!Task)
    return heddle::argument(Site, P);
  const unsigned I = P->getFunctionScopeIndex();
  return I < Task->Args.size() ? Task->Args[I] : nullptr;
}

/// What a lambda calls \p P, seen from the body that makes it; none for its own copies.
static std::optional<Place> captured(const CallEdge &S, const CXXRecordDecl *Lambda, const Place &P) {
  for (const LambdaCapture &Cap : Lambda->captures()) {
    if (P.This ? !Cap.capturesThis() : !Cap.capturesVariable() || Cap.getCapturedVar() != P.Root)
      continue;
    if (P.This)
      return Cap.getCaptureKind() == LCK_StarThis ? std::nullopt : std::optional(P);
    const auto *V = dyn_cast<VarDecl>(P.Root);
    if (Cap.getCaptureKind() != LCK_ByRef && !passesOn(S.In->U, V->getType()))
      return std::nullopt;
    if (!V->isInitCapture())
      return P;
    Place Root;
    Root.Root = V;
    auto From = V->getInit() ? S.In->place(V->getInit()) : std::nullopt;
    return From ? std::optional(Root.rebase(P, *From)) : std::nullopt;
  }
  // Without `this` in the lambda, a name that begins there is what an init-capture stands for outside.
  const auto *Around = dyn_cast<CXXMethodDecl>(S.In->Fn);
  return P.This && Around && !Around->isStatic() ? std::optional(P) : std::nullopt;
}

/// What the member function that is entered calls `this`.
static std::optional<Place> receiver(const CallEdge &S) {
  if (S.Task)
    return S.Task->Receiver;
  if (isa_and_nonnull<CXXConstructExpr>(S.Site))
    return S.In->destination(S.Site);
  const Expr *Object = objectOf(S.Site);
  return Object ? S.In->place(Object) : std::nullopt;
}

std::optional<Place> CallEdge::toCaller(const Place &P) const {
  if (!P.valid())
    return std::nullopt;
  const auto *V = dyn_cast_or_null<VarDecl>(P.Root);
  if (V && V->hasGlobalStorage())
    return P;
  Place Root;
  if (const auto *Param = dyn_cast_or_null<ParmVarDecl>(V);
      Param && Param->getDeclContext() == static_cast<const DeclContext *>(Callee)) {
    const Expr *Given = passesOn(In->U, Param->getType()) ? argument(Param) : nullptr;
    auto Base = Given ? In->place(Given) : std::nullopt;
    Root.Root = Param;
    return Base ? std::optional(Root.rebase(P, *Base)) : std::nullopt;
  }
  if (const CXXRecordDecl *Lambda = lambdaOf(Callee))
    return captured(*this, Lambda, P);
  Root.This = true;
  auto Base = P.This ? receiver(*this) : std::nullopt;
  return Base ? std::optional(Root.rebase(P, *Base)) : std::nullopt;
}

std::optional<Place> CallEdge::toCallee(const Place &P) const {
  if (!P.valid())
    return std::nullopt;
  if (const auto *V = dyn_cast_or_null<VarDecl>(P.Root); V && V->hasGlobalStorage())
    return P;
  auto Seen = [&](const std::optional<Place> &As, const Place &There) {
    return As && As->contains(P) ? std::optional(As->rebase(P, There)) : std::nullopt;
  };
  for (const ParmVarDecl *Param : Callee->parameters()) {
    const Expr *Given = passesOn(In->U, Param->getType()) ? argument(Param) : nullptr;
    Place There;
    There.Root = Param;
    if (auto Name = Seen(Given ? In->place(Given) : std::nullopt, There))
      return Name;
  }
  if (const CXXRecordDecl *Lambda = lambdaOf(Callee))
    return captured(*this, Lambda, P);
  Place There;
  There.This = true;
  return isa<CXXMethodDecl>(Callee) ? Seen(receiver(*this), There) : std::nullopt;
}

StoryLine CallEdge::line() const {
  return {Site->getExprLoc(),
          (lambdaOf(Callee) ? "the lambda" : "'" + Callee->getNameAsString() + "'") + " is called here"};
}

// ---- who calls whom -------------------------------------------------------------------------------------------------

llvm::SmallVector<CallEdge, 1> Calls::from(const Code &C, const Event &E) {
  llvm::SmallVector<CallEdge, 1> Out;
  const auto *Site = dyn_cast_or_null<Expr>(E.Site);
  if (E.Kind == Op::Call && Site) {
    if (const FunctionDecl *Def = U.visible(E.Callee))
      Out.push_back({&C, Site, Def});
  } else if (E.Kind == Op::RunNow && Site)
    for (const CallableRef &T : E.Tasks)
      if (const FunctionDecl *Def = U.visible(T.Body))
        Out.push_back({&C, Site, Def, &T});
  return Out;
}

llvm::SmallVector<CallEdge, 8> Calls::from(const Code &C) {
  llvm::SmallVector<CallEdge, 8> Out;
  for (const Event &E : C.Events)
    llvm::append_range(Out, from(C, E));
  return Out;
}

std::vector<const Code *> Calls::behind(const FunctionDecl *F) {
  std::vector<const Code *> All;
  llvm::SmallPtrSet<const FunctionDecl *, 16> Seen;
  auto Add = [&](const FunctionDecl *Def) {
    if (const Code *C = Def && Seen.insert(Def).second ? U.code(Def) : nullptr)
      All.push_back(C);
  };
  Add(U.visible(F));
  for (unsigned I = 0; I != All.size(); ++I)
    for (const CallEdge &S : from(*All[I]))
      Add(S.Callee);
  return All;
}

llvm::ArrayRef<CallEdge> Calls::callers(const FunctionDecl *F) {
  if (!std::exchange(CallersKnown, true))
    for (Code *C : bodies(U))
      for (const Event &E : C->Events) {
        const auto *Site = dyn_cast_or_null<Expr>(E.Site);
        auto Add = [&](const FunctionDecl *To, const CallableRef *Task) {
          std::vector<CallEdge> &All = Callers[To->getCanonicalDecl()];
          // Several events may belong to one call.
          if (All.empty() || All.back().Site != Site || All.back().Task != Task)
            All.push_back({C, Site, To, Task});
        };
        const FunctionDecl *Def = Site ? U.visible(E.Callee) : nullptr;
        if (Def && (E.Kind == Op::Call || calleeOf(Site) == E.Callee))
          Add(Def, nullptr);
        for (const CallableRef &T : E.Tasks)
          if (const FunctionDecl *Body = U.visible(T.Body); Body && Site)
            Add(Body, &T);
      }
  auto It = F ? Callers.find(F->getCanonicalDecl()) : Callers.end();
  return It == Callers.end() ? llvm::ArrayRef<CallEdge>() : llvm::ArrayRef(It->second);
}

llvm::ArrayRef<const CXXMethodDecl *> Calls::overriders(const CXXMethodDecl *M) {
  if (!std::exchange(OverridersKnown, true))
    for (const FunctionDecl *F : U.Functions)
      if (const auto *By = dyn_cast<CXXMethodDecl>(F)) {
        llvm::SmallVector<const CXXMethodDecl *, 4> Above(By->begin_overridden_methods(), By->end_overridden_methods());
        for (unsigned I = 0; I != Above.size(); ++I) {
          auto &All = Overriders[Above[I]->getCanonicalDecl()];
          if (!llvm::is_contained(All, By))
            All.push_back(By);
          Above.append(Above[I]->begin_overridden_methods(), Above[I]->end_overridden_methods());
        }
      }
  auto It = M ? Overriders.find(M->getCanonicalDecl()) : Overriders.end();
  return It == Overriders.end() ? llvm::ArrayRef<const CXXMethodDecl *>() : llvm::ArrayRef(It->second);
}

// ---- effects --------------------------------------------------------------------------------------------------------

bool does(Unit &U, const Event &E, Effect What) {
  switch (What) {
  case Effect::Waits:
    return waitsForOthers(E);
  case Effect::Blocks:
    return (has(E.Kind, OpTraits::Blocks) && !E.may(Fact::NonBlocking)) || waitsForOthers(E) ||
           (E.Kind == Op::Send && U.blocks(E));
  case Effect::Sleeps:
    return E.Kind == Op::Sleep;
  case Effect::Joins:
    return E.Kind == Op::Join || (E.Kind == Op::Wait && E.ObjectRole != Role::Latch);
  case Effect::Cancels:
    return E.Kind == Op::Cancel;
  case Effect::Closes:
    return E.Kind == Op::Close;
  case Effect::Spawns:
    return E.Kind == Op::Spawn;
  case Effect::Locks:
    return E.ObjectRole != Role::Semaphore &&
           (E.Kind == Op::Acquire || E.Kind == Op::AcquireShared || E.Kind == Op::TryAcquire);
  case Effect::ObservesStop:
    return E.Kind == Op::ObserveStop;
  case Effect::Fulfils:
    return E.Kind == Op::Fulfil || E.Kind == Op::TryFulfil;
  case Effect::Throws:
    return false;
  }
  return false;
}

std::optional<Place> Witness::object() const {
  std::optional<Place> P = Does ? std::optional(Does->Object) : std::nullopt;
  const Code *Here = In;
  for (const CallEdge &S : llvm::reverse(Through)) {
    if (!P)
      break;
    auto Element = Here && P->Root ? Here->elementOf(P->Root) : std::nullopt;
    P = S.toCaller(Element ? *Element : *P);
    Here = S.In;
  }
  return P && P->valid() ? P : std::nullopt;
}

std::optional<Witness> Calls::search(const FunctionDecl *F, Fits Wanted, Question What) {
  // Breadth first, so that the chain of calls is the shortest.
  struct Node {
    const FunctionDecl *Def;
    CallEdge Step;
    unsigned By;
  };
  std::vector<Node> Nodes{{F, {}, 0}};
  llvm::SmallPtrSet<const FunctionDecl *, 16> Seen{F};
  for (unsigned I = 0; I != Nodes.size(); ++I) {
    const Code *C = U.code(Nodes[I].Def);
    if (!C)
      continue;
    for (const Event &E : C->Events)
      if (Wanted(*C, E)) {
        Witness W{C, &E, E.loc(), {}, {}};
        for (unsigned N = I; N; N = Nodes[N].By)
          W.Through.insert(W.Through.begin(), Nodes[N].Step);
        for (const CallEdge &S : W.Through)
          W.Calls.push_back(S.line());
        return W;
      }
    for (const CallEdge &S : from(*C)) {
      auto No = What ? Known.find({S.Callee, *What}) : Known.end();
      if ((No == Known.end() || No->second) && Seen.insert(S.Callee).second)
        Nodes.push_back({S.Callee, S, I});
    }
  }
  if (What) // nothing that was looked at leads to one
    for (const Node &N : Nodes)
      Known.try_emplace({N.Def, *What});
  return std::nullopt;
}

const Witness *Calls::known(const FunctionDecl *F, unsigned What, Fits Wanted) {
  const FunctionDecl *Def = U.visible(F);
  if (!Def)
    return nullptr;
  if (auto It = Known.find({Def, What}); It != Known.end())
    return It->second.get();
  auto Found = search(Def, Wanted, What);
  auto &Kept = Known[{Def, What}];
  if (Found)
    Kept = std::make_unique<Witness>(std::move(*Found));
  return Kept.get();
}

const Witness *Calls::witness(const FunctionDecl *F, Effect What) {
  if (What != Effect::Throws)
    return known(F, static_cast<unsigned>(What), [&](const Code &, const Event &E) { return does(U, E, What); });
  const FunctionDecl *Def = U.visible(F);
  if (!Def)
    return nullptr;
  auto [It, New] = Known.try_emplace({Def, static_cast<unsigned>(What)});
  if (New)
    if (std::vector<Thrown> All = U.throws().leaving(Def); !All.empty())
      It->second = std::make_unique<Witness>(Witness{nullptr, nullptr, All.front().Origin, {}, All.front().Way});
  return It->second.get();
}

const Witness *Calls::witness(const FunctionDecl *F, Op What) {
  return known(F, static_cast<unsigned>(Effect::Throws) + 1 + static_cast<unsigned>(What),
               [&](const Code &, const Event &E) { return E.Kind == What; });
}

std::optional<Witness> Calls::witness(const Code &C, const Event &E, Effect What) {
  if (does(U, E, What))
    return Witness{&C, &E, E.loc(), {}, {}};
  for (const CallEdge &S : from(C, E))
    if (const Witness *Inner = witness(S.Callee, What)) {
      Witness W = *Inner;
      W.Through.insert(W.Through.begin(), S);
      W.Calls.insert(W.Calls.begin(), S.line());
      return W;
    }
  return std::nullopt;
}

std::optional<Witness> Calls::find(const FunctionDecl *F, Fits Wanted) {
  const FunctionDecl *Def = U.visible(F);
  return Def ? search(Def, Wanted, std::nullopt) : std::nullopt;
}

Calls::Calls(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<Calls>(Unit &);

} // namespace heddle

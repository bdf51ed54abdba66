#include "StoredCallables.h"
#include "Classes.h"
#include "Expressions.h"
#include "MakeFacts.h"
#include "Unwrap.h"
#include "Uses.h"
#include "support/Walk.h"

#include "clang/AST/StmtCXX.h"

using namespace clang;

namespace heddle {

static constexpr unsigned MaxDepth = 3;

const StoredCallables::Answer *StoredCallables::calledBy(const Code &C, const Event &E) {
  if (E.Kind != Op::Call || E.Callee || E.ObjectRole != Role::Function || !E.Object.valid())
    return nullptr;
  Place P = C.whole(E.Object);
  const auto *Local = P.Path.empty() ? dyn_cast_or_null<VarDecl>(P.Root) : nullptr;
  if (Local && !isa<ParmVarDecl>(Local) && Local->getInit())
    if (auto From = C.place(uncopied(Local->getInit()))) // taken out of a queue
      P = *From;
  const auto *F = P.Path.empty() ? nullptr : P.Path.back();
  return F ? &in(F) : nullptr;
}

llvm::SmallVector<const CallableRef *, 2> StoredCallables::ownCalledBy(const Code &C, const Event &E) {
  llvm::SmallVector<const CallableRef *, 2> Own;
  const Answer *All = E.Object.This ? calledBy(C, E) : nullptr;
  for (const Stored &X : All ? llvm::ArrayRef(All->All) : llvm::ArrayRef<Stored>()) {
    const CXXRecordDecl *Of = objectClass(X.In->Fn);
    bool Holds = X.What.Lambda && X.What.Lambda->capture_size() == 1 &&
                 X.What.Lambda->capture_begin()->getCaptureKind() == LCK_This;
    if (Holds && X.What.Body && Of && Of == objectClass(C.Fn))
      Own.push_back(&X.What);
  }
  return Own;
}

/// Returns true for the range of a `for`: its turns call the elements.
static bool isRange(const Code &C, const Stmt *Mention) {
  while (isa_and_nonnull<Expr, DeclStmt>(Mention))
    Mention = C.parent(Mention);
  return isa_and_nonnull<CXXForRangeStmt>(Mention);
}

const StoredCallables::Answer &StoredCallables::in(const FieldDecl *F) {
  auto [It, New] = Known.try_emplace(F);
  Answer &All = It->second;
  if (!New)
    return All;
  for (const Use &X : U.get<Uses>().everywhere(F)) {
    Code *In = U.code(X.Body);
    if (!In)
      continue;
    if (X.Value)
      store(X.Value, *In, All);
    else if (const auto *Call = X.is(Use::Mutate) ? dyn_cast_or_null<CallExpr>(X.Site) : nullptr) {
      for (const Expr *Arg : llvm::drop_begin(Call->arguments(), firstArgument(*Call)))
        if (!In->callables(Arg).empty())
          store(Arg, *In, All);
    } else if (X.is(Use::Address) && !isRange(*In, X.Mention))
      All.Complete = false;
  }
  for (const auto &[Value, In] : listed(F))
    store(Value, *In, All);
  return All;
}

/// What aggregates of the unit give to the member.
const std::vector<std::pair<const Expr *, Code *>> &StoredCallables::listed(const FieldDecl *F) {
  if (!std::exchange(ListedKnown, true))
    for (Code *C : bodies(U))
      forEach<InitListExpr>(C->Fn->getBody(), Walk::NoLambdas, [&](const InitListExpr *List) {
        if (List->getType()->isRecordType())
          for (const CallableRef::Member &M : Code::members(List))
            if (U.role(M.Field->getType()) == Role::Function)
              Listed[M.Field].push_back({M.Value, C});
      });
  return Listed[F];
}

/// The class of which a library function makes an object of its arguments: `make_unique<T>(…)`, `all.emplace_back(…)`.
static const CXXRecordDecl *madeOf(Unit &U, const CallExpr *Call) {
  const FunctionDecl *F = Call->getDirectCallee();
  if (!F || !F->getIdentifier())
    return nullptr;
  if (F->isInStdNamespace() && F->getName().starts_with("make_"))
    return U.smartPointee(Call->getType());
  const auto *M = dyn_cast<CXXMemberCallExpr>(Call);
  bool Back = M && (F->getName() == "emplace_back" || F->getName() == "emplace_front");
  QualType Element = Back ? U.element(M->getImplicitObjectArgument()->getType()) : QualType();
  return Element.isNull() ? nullptr : Element->getAsCXXRecordDecl();
}

/// The calls of the unit that make an object by this constructor, as far as the number of arguments tells.
const std::vector<std::pair<const CallExpr *, Code *>> &StoredCallables::makers(const CXXConstructorDecl *Ctor) {
  if (!std::exchange(MakersKnown, true))
    for (Code *C : bodies(U))
      forEach<CallExpr>(C->Fn, Walk::NoLambdas, [&](const CallExpr *Call) {
        const CXXRecordDecl *Of = madeOf(U, Call);
        const CXXConstructorDecl *By = nullptr;
        unsigned Several = 0;
        for (const CXXConstructorDecl *X : Of && Of->hasDefinition() ? Of->ctors() : CXXRecordDecl::ctor_range({}, {}))
          if (!X->isCopyOrMoveConstructor() && Call->getNumArgs() >= X->getMinRequiredArguments() &&
              Call->getNumArgs() <= X->getNumParams()) {
            By = X;
            ++Several;
          }
        if (Several == 1)
          Makers[By->getCanonicalDecl()].push_back({Call, C});
      });
  return Makers[Ctor->getCanonicalDecl()];
}

void StoredCallables::store(const Expr *Value, Code &In, Answer &Into, unsigned Depth) {
  auto Found = In.callables(Value);
  const Expr *Bare = uncopied(Value);
  bool Nothing = isa_and_nonnull<CXXNullPtrLiteralExpr>(Bare) ||
                 (isa_and_nonnull<CXXConstructExpr>(Bare) && cast<CXXConstructExpr>(Bare)->getNumArgs() == 0);
  if (Found.empty() && !Nothing)
    Into.Complete = false;
  for (CallableRef &R : Found) {
    const auto *DR = R.Lambda ? nullptr : dyn_cast_or_null<DeclRefExpr>(unwrap(R.Site));
    const auto *P = DR ? dyn_cast<ParmVarDecl>(DR->getDecl()) : nullptr;
    bool Given = false;
    if (P && P->getDeclContext() == static_cast<const DeclContext *>(In.Fn) && Depth < MaxDepth)
      for (const CallEdge &Step : U.get<Calls>().callers(In.Fn))
        if (Code *From = U.code(Step.In->Fn))
          if (const Expr *Argument = Step.argument(P)) {
            Given = true;
            store(Argument, *From, Into, Depth + 1);
          }
    const auto *Ctor = P ? dyn_cast<CXXConstructorDecl>(P->getDeclContext()) : nullptr;
    if (Ctor && Ctor == In.Fn && Depth < MaxDepth)
      for (auto [Call, From] : makers(Ctor))
        if (P->getFunctionScopeIndex() < Call->getNumArgs()) {
          Given = true;
          store(Call->getArg(P->getFunctionScopeIndex()), *From, Into, Depth + 1);
        }
    bool Twice = llvm::any_of(Into.All, [&](const Stored &X) { return X.In == &In && X.What.Site == R.Site; });
    if (!Given && R.Body && !Twice)
      Into.All.push_back({std::move(R), &In});
    else if (!Given && !R.Body)
      Into.Complete = false;
  }
}

StoredCallables::StoredCallables(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<StoredCallables>(Unit &);

} // namespace heddle

#include "StopRequests.h"
#include "Classes.h"
#include "Destruction.h"
#include "Expressions.h"
#include "Loops.h"
#include "MakeFacts.h"
#include "Order.h"
#include "Uses.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {

static constexpr unsigned MaxDepth = 3;

static std::string nameOf(const FunctionDecl *F) {
  const auto *M = dyn_cast<CXXMethodDecl>(F);
  return M && M->getParent()->isLambda() ? "the lambda" : "'" + F->getNameAsString() + "()'";
}

// ---- requests -------------------------------------------------------------------------------------------------------

void StopRequests::names(const ValueDecl *D, unsigned Depth, llvm::SmallVectorImpl<const ValueDecl *> &Out) {
  if (!D || llvm::is_contained(Out, D))
    return;
  Out.push_back(D);
  const auto *P = dyn_cast<ParmVarDecl>(D);
  const auto *F = P && Depth < MaxDepth ? dyn_cast<FunctionDecl>(P->getDeclContext()) : nullptr;
  for (const CallEdge &Call : F ? U.get<Calls>().callers(F) : llvm::ArrayRef<CallEdge>())
    if (const Expr *A = Call.argument(P))
      if (auto Place = Call.In->place(A))
        names(Place->last(), Depth + 1, Out);
}

llvm::SmallVector<const ValueDecl *, 4> StopRequests::names(const ValueDecl *D) {
  llvm::SmallVector<const ValueDecl *, 4> Out;
  names(D, 0, Out);
  return Out;
}

/// What the use gives the flag: `over = true`, `over.store(true)`, `over.exchange(true)`; of a comparison and exchange,
/// which takes what it expects by reference, the second argument.
static const Expr *given(const Use &X) {
  const auto *Call = dyn_cast_or_null<CallExpr>(X.Site);
  if (X.Value || !Call)
    return X.Value;
  const FunctionDecl *F = Call->getDirectCallee();
  bool Compares = F && F->getNumParams() > 1 && F->getParamDecl(0)->getType()->isLValueReferenceType() &&
                  !F->getParamDecl(0)->getType()->getPointeeType().isConstQualified();
  unsigned Which = isa<CXXOperatorCallExpr>(Call) || Compares ? 1 : 0;
  return Call->getNumArgs() > Which ? Call->getArg(Which) : nullptr;
}

static std::optional<std::int64_t> valueOf(const Unit &U, const Expr *V) {
  // A default argument is the memory order.
  return V && isa<CXXDefaultArgExpr>(V) ? std::nullopt : constantInteger(V, U.Ctx);
}

/// `mode_ = settings.mode`: set up with what somebody else has put together.
static bool isSetting(const Code &C, const Expr *V) {
  auto P = V ? C.place(V) : std::nullopt;
  const auto *Given = P && !P->Path.empty() ? dyn_cast_or_null<ParmVarDecl>(P->Root) : nullptr;
  return Given && Given->getDeclContext() == static_cast<const DeclContext *>(C.Fn);
}

std::vector<StopRequest> StopRequests::of(const ValueDecl *Flag) {
  std::vector<StopRequest> Out;
  for (const ValueDecl *D : names(Flag))
    for (const Use &X : U.get<Uses>().everywhere(cast<ValueDecl>(D->getCanonicalDecl()))) {
      bool Sets = X.is(Use::Stores | Use::Mutate) && X.Mention;
      if (Code *C = Sets ? bodyOf(U, X) : nullptr; C && !isa<CXXConstructorDecl>(C->Fn) && !isSetting(*C, given(X)))
        Out.push_back({C, X.Site, valueOf(U, given(X))});
    }
  return Out;
}

// ---- who waits ------------------------------------------------------------------------------------------------------

bool StopRequests::waits(const Code &C, const Event &E, const FunctionDecl *Task) {
  return E.Site && (joinsTask(U, E) || U.get<Calls>().witness(C, E, Effect::Joins)) &&
         (!Task || U.get<JoinedTasks>().mayAwait(C, E, Task));
}

bool StopRequests::waitsAtEnd(const ValueDecl *V, const FunctionDecl *Task) {
  return U.get<Destruction>().of(V->getType()).has(Endings::Joins) &&
         (!Task || U.get<JoinedTasks>().mayAwaitAtEnd(V, Task));
}

/// The end of a local of the body, or of a member of the object that its destructor ends.
std::optional<StopJoin> StopRequests::joinAtEnd(Code &C, const FunctionDecl *Task) {
  std::optional<StopJoin> Found;
  forEach<DeclStmt>(C.Fn->getBody(), Walk::NoLambdas, [&](const DeclStmt *DS) {
    for (const Decl *D : DS->decls())
      if (const auto *V = dyn_cast<VarDecl>(D); V && V->hasLocalStorage() && !Found && waitsAtEnd(V, Task))
        Found = StopJoin{&C, nullptr, V->getLocation(), "the end of '" + V->getNameAsString() + "'"};
  });
  const auto *D = dyn_cast<CXXDestructorDecl>(C.Fn);
  for (const FieldDecl *F : !Found && D ? D->getParent()->fields() : RecordDecl::field_range({}, {}))
    if (waitsAtEnd(F, Task))
      return StopJoin{&C, nullptr, F->getLocation(), nameOf(C.Fn)};
  return Found;
}

std::optional<StopJoin> StopRequests::joinAfter(Code &C, const Stmt *From, const FunctionDecl *Task, unsigned Depth) {
  for (const Event &E : C.Events)
    if (E.Site != From && waits(C, E, Task) && U.get<Order>().reaches(C, From, E.Site))
      return StopJoin{&C, E.Site, E.loc(), nameOf(C.Fn)};
  if (auto End = joinAtEnd(C, Task))
    return End;
  for (const CallEdge &Call : Depth < MaxDepth ? U.get<Calls>().callers(C.Fn) : llvm::ArrayRef<CallEdge>())
    if (Code *In = Call.Task ? nullptr : U.code(Call.In->Fn))
      if (auto Found = joinAfter(*In, Call.Site, Task, Depth + 1))
        return Found;
  return std::nullopt;
}

std::optional<StopJoin> StopRequests::joined(const StopRequest &R, const FunctionDecl *Task) {
  if (Task && U.get<JoinedTasks>().isLetGo(Task))
    return std::nullopt;
  if (R.Site)
    if (auto Found = joinAfter(*R.In, R.Site, Task, 0))
      return Found;
  // The one who asks for the stop leaves the waiting to the end of the object.
  const CXXRecordDecl *RD = objectClass(R.In->Fn);
  const CXXDestructorDecl *D = RD && RD->hasDefinition() ? RD->getDestructor() : nullptr;
  Code *C = D && U.visible(D) ? U.code(D) : nullptr;
  for (const Event &E : C ? llvm::ArrayRef<Event>(C->Events) : llvm::ArrayRef<Event>())
    if (waits(*C, E, Task))
      return StopJoin{C, E.Site, E.loc(), nameOf(C->Fn)};
  if (C)
    return joinAtEnd(*C, Task);
  for (const FieldDecl *F : RD && RD->hasDefinition() ? RD->fields() : RecordDecl::field_range({}, {}))
    if (waitsAtEnd(F, Task))
      return StopJoin{nullptr, nullptr, F->getLocation(), "the destructor of '" + RD->getNameAsString() + "'"};
  return std::nullopt;
}

// ---- what else happens then -----------------------------------------------------------------------------------------

std::vector<const Code *> StopRequests::behindEnd(const CXXRecordDecl *RD) {
  const CXXDestructorDecl *D = RD && RD->hasDefinition() ? RD->getDestructor() : nullptr;
  return D ? U.get<Calls>().behind(D) : std::vector<const Code *>();
}

std::vector<const Code *> StopRequests::around(const StopRequest &R) {
  std::vector<const Code *> All;
  auto Add = [&](const std::vector<const Code *> &More) {
    for (const Code *C : More)
      if (!llvm::is_contained(All, C))
        All.push_back(C);
  };
  Calls &Who = U.get<Calls>();
  Add(Who.behind(R.In->Fn));
  llvm::SmallVector<const FunctionDecl *, 8> Callers{R.In->Fn};
  for (unsigned I = 0; I != Callers.size() && I < 16; ++I)
    for (const CallEdge &Call : Who.callers(Callers[I]))
      if (!llvm::is_contained(Callers, Call.In->Fn)) {
        Callers.push_back(Call.In->Fn);
        Add(Who.behind(Call.In->Fn));
      }
  Add(behindEnd(objectClass(R.In->Fn)));
  return All;
}

StopRequests::StopRequests(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<StopRequests>(Unit &);

} // namespace heddle

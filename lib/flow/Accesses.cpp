#include "Accesses.h"
#include "AccessWalk.h"
#include "Lent.h"
#include "Unwrap.h"
#include "support/AstVisitor.h"

#include "clang/AST/StmtCXX.h"

using namespace clang;

namespace heddle {

bool Accesses::conflict(const Access &A, const Access &B) {
  if (A.Does != Access::Write && B.Does != Access::Write)
    return false;
  bool Apart = A.Object.Element && B.Object.Element &&
               (A.OwnElement || B.OwnElement || (A.Index && B.Index && *A.Index != *B.Index));
  if (A.Pointer || B.Pointer)
    return A.Pointer && B.Pointer && A.Object == B.Object && !Apart;
  if (A.Object.Element && B.Object.Element)
    return A.Object == B.Object && !Apart;
  if (A.Object.Element || B.Object.Element) {
    // An element, and its container as a whole: size() does not mind.
    const Access &Part = A.Object.Element ? A : B, &Whole = A.Object.Element ? B : A;
    Place Container = Part.Object;
    Container.Element = false;
    return holds(Whole.Object, Container) && Whole.Does != Access::Look;
  }
  return holds(A.Object, B.Object) || holds(B.Object, A.Object);
}

bool Accesses::holds(const Place &Whole, const Place &Part) {
  return Whole.contains(Part) &&
         llvm::none_of(llvm::ArrayRef(Part.Path).drop_front(Whole.Path.size()),
                       [&](const FieldDecl *F) { return F->getType()->isReferenceType() || U.leads(F->getType()); });
}

Accesses::Accesses(Unit &U, HeldLocks &Locks) : U(U), Held(Locks) {}

Accesses::~Accesses() = default;

const std::vector<Access> &Accesses::of(Code &C) {
  auto [It, New] = Bodies.try_emplace(&C);
  if (New) {
    AccessFrame &F = Frames.emplace_back();
    F.C = &C;
    F.Asker = true;
    AccessWalk(U, Frames, It->second).body(F);
  }
  return It->second;
}

std::vector<Access> Accesses::of(Code &Starter, const CallableRef &Task) {
  AccessFrame &Asker = Frames.emplace_back();
  Asker.C = &Starter;
  Asker.Asker = true;
  return of(Asker, Task);
}

std::vector<Access> Accesses::of(Code &Caller, const Event &Call, Code &Starter, const CallableRef &Task) {
  AccessFrame &Asker = Frames.emplace_back();
  Asker.C = &Caller;
  Asker.Asker = true;
  AccessFrame &In = Frames.emplace_back();
  In.C = &Starter;
  In.Depth = 1;
  const auto *E = dyn_cast_or_null<CallExpr>(Call.Site);
  if (!E)
    return {};
  if (const auto *M = dyn_cast<CXXMemberCallExpr>(E))
    In.This = Caller.place(M->getImplicitObjectArgument());
  const unsigned Skip = firstArgument(*E);
  for (unsigned I = 0; I + Skip < E->getNumArgs() && I < Starter.Fn->getNumParams(); ++I) {
    const ParmVarDecl *Param = Starter.Fn->getParamDecl(I);
    const Expr *Given = E->getArg(I + Skip);
    // What is given by value is the callee's own, but for what a pointer or a view leads to.
    if (isView(U, Param->getType())) {
      if (const VarDecl *V = lent(Caller, Given))
        In.Views[Param].Root = V;
    } else if (Param->getType()->isReferenceType() || U.leads(Param->getType()))
      if (auto P = Caller.place(Given))
        In.Arguments[Param] = {*P, P->Element};
  }
  return of(In, Task);
}

std::vector<Access> Accesses::of(const AccessFrame &Starter, const CallableRef &Task) {
  std::vector<Access> Out;
  Code *C = Task.Body ? U.code(Task.Body) : nullptr;
  if (!C)
    return Out;
  AccessFrame &F = Frames.emplace_back();
  F.C = C;
  F.Lambda = Task.Lambda;
  F.Around = Task.Lambda ? &Starter : nullptr;
  if (Task.Receiver) {
    F.This = AccessWalk::translate(Starter, *Task.Receiver, true);
    F.ThisOwnElement = Task.Receiver->Element;
  }
  for (unsigned I = 0; I != Task.Args.size() && I < Task.Body->getNumParams(); ++I) {
    // A task gets copies of its arguments: only pointers and reference wrappers lead back.
    const Expr *A = Task.Args[I];
    F.given(Task.Body->getParamDecl(I), A);
    auto P = U.leads(unwrap(A)->getType()) ? Starter.C->place(A) : std::nullopt;
    if (auto There = P ? AccessWalk::translate(Starter, *P, true) : std::nullopt)
      F.Arguments[Task.Body->getParamDecl(I)] = {*There, There->Element};
  }
  for (const CallableRef::Member &M : Task.Fields)
    if (auto P = Starter.C->place(M.Value))
      if (auto There = AccessWalk::translate(Starter, *P, true))
        F.Fields[M.Field] = {*There, There->Element};
  AccessWalk(U, Frames, Out).body(F);
  if (Task.Lambda)
    for (const LambdaCapture &Cap : Task.Lambda->captures())
      if (Cap.capturesVariable() && isView(U, Cap.getCapturedVar()->getType()))
        throughView(Starter, F, cast<VarDecl>(Cap.getCapturedVar()), Out);
  return Out;
}

/// A task that has a view of its own looks at what it leads into.
void Accesses::throughView(const AccessFrame &Starter, const AccessFrame &Task, const VarDecl *View,
                           std::vector<Access> &Out) {
  Access A;
  if (auto It = Starter.Views.find(View); It != Starter.Views.end())
    A.Object = It->second;
  else if (const Expr *Init = Starter.Asker && !isa<ParmVarDecl>(View) ? View->getInit() : nullptr)
    A.Object.Root = lent(*Starter.C, Init);
  struct Finder : AstVisitor {
    const VarDecl *V;
    const DeclRefExpr *Found = nullptr;
    explicit Finder(const VarDecl *V) : V(V) {}
    bool VisitDeclRefExpr(const DeclRefExpr *E) override {
      if (E->getDecl() == V)
        Found = E;
      return !Found;
    }
  } Use(View);
  Use.TraverseStmt(Task.C->Fn->getBody());
  if (!A.Object.Root || !Use.Found)
    return;
  A.Site = A.Named = Use.Found;
  A.Entry = Use.Found;
  A.Part = A.Object;
  A.In = &Task;
  Out.push_back(std::move(A));
}

llvm::SmallVector<Place, 2> Accesses::locks(const Access &A) {
  llvm::SmallVector<Place, 2> Out;
  auto Add = [&](Place L) {
    if (!llvm::is_contained(Out, L))
      Out.push_back(std::move(L));
  };
  const Stmt *Site = A.Site;
  for (const AccessFrame *F = A.In; F; Site = F->CallSite, F = F->Caller) {
    for (const Place &L : Held.at(*F->C, Site))
      if (auto There = AccessWalk::translate(*F, L, true))
        Add(AccessWalk::known(U, *There));
    if (F->Lock)
      Add(AccessWalk::known(U, *F->Lock));
  }
  return Out;
}

bool Accesses::demandsLock(const Access &A) {
  for (const AccessFrame *F = A.In; F; F = F->Caller)
    if (Held.demanded(*F->C))
      return true;
  return false;
}

} // namespace heddle

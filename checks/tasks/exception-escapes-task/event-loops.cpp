// The event loops that are run in a thread's own code, or in what it calls.
#include "detectors.h"
#include "flow/Callers.h"
#include "flow/Calls.h"
#include "flow/Mentions.h"
#include "flow/Uses.h"

using namespace clang;

namespace heddle::exception_escapes_task {

void EventLoops::look() {
  auto RunsLoop = [](const Code &C, const Event &E) {
    return E.Kind == Op::Block && E.ObjectRole == Role::EventLoop && E.Object.last() && !C.enclosingTry(E.Site);
  };
  auto Within = [&](const FunctionDecl *Entry) {
    auto W = U.get<Calls>().find(Entry, RunsLoop);
    bool Caught = W && llvm::any_of(W->Through, [](const CallEdge &S) { return S.In->enclosingTry(S.Site); });
    auto P = W && !Caught ? W->object() : std::nullopt;
    if (P && P->last())
      Loops.insert(P->last());
  };
  for (Code *C : bodies(U))
    for (const Event &E : C->Events)
      if (E.Kind == Op::Spawn && !carries(U, E))
        for (const CallableRef &Task : E.Tasks)
          if (Task.Body)
            Within(Task.Body);
}

/// Returns true if this is such a loop, or a parameter in which all callers that are seen give one.
bool EventLoops::isLoop(const ValueDecl *D) const {
  const auto *P = dyn_cast<ParmVarDecl>(D);
  const auto *F = P ? dyn_cast_or_null<FunctionDecl>(P->getDeclContext()) : nullptr;
  auto Given = F ? U.get<Callers>().given(F, P) : llvm::SmallVector<const Expr *, 4>();
  return Loops.contains(D) || (!Given.empty() && llvm::all_of(Given, [&](const Expr *A) {
           return llvm::any_of(Loops, [&](const ValueDecl *L) { return mentions(A, L); });
         }));
}

bool EventLoops::names(const Stmt *S) const {
  return mentions(S, [&](const Stmt *X) {
    const auto *M = dyn_cast<MemberExpr>(X);
    const auto *DR = dyn_cast<DeclRefExpr>(X);
    return (M && Loops.contains(M->getMemberDecl())) || (DR && isLoop(DR->getDecl()));
  });
}

bool EventLoops::runHandlersOf(const ValueDecl *D) {
  if (!std::exchange(Looked, true))
    look();
  if (!D || Loops.empty())
    return false;
  if (Loops.contains(D))
    return true;
  if (const auto *V = dyn_cast<VarDecl>(D))
    return names(V->getInit());
  const auto *F = dyn_cast<FieldDecl>(D);
  bool Made = F && names(F->getInClassInitializer());
  for (const Use &X : F ? llvm::ArrayRef<Use>(U.get<Uses>().everywhere(F)) : llvm::ArrayRef<Use>())
    if (X.is(Use::Assign) && !X.Mention) { // in a constructor's list
      if (!names(X.Value))
        return false; // another constructor makes it otherwise
      Made = true;
    }
  return Made;
}

} // namespace heddle::exception_escapes_task

// Objects that are made when they are first asked for and are never destroyed: their thread runs until the process
// ends, in the middle of whatever it does, unless a member can stop it.
#include "check/Story.h"
#include "detectors.h"
#include "flow/Calls.h"
#include "flow/ClassFacts.h"
#include "flow/Globals.h"
#include "flow/LoopFacts.h"

using namespace clang;

namespace heddle {

/// Returns true if what the members do is all visible.
static bool isWhole(Unit &U, const CXXRecordDecl *RD) {
  return llvm::all_of(RD->methods(), [&](const CXXMethodDecl *M) {
    return M->isImplicit() || M->isDeleted() || M->isDefaulted() || M->isPureVirtual() || U.visible(M);
  });
}

/// Returns true if a body other than those that make and destroy the object does something to end a task.
static bool canStop(Unit &U, const ClassFacts &F, const ClassTask &T) {
  for (Code *C : bodies(U)) {
    if (isa<CXXConstructorDecl, CXXDestructorDecl>(C->Fn))
      continue;
    for (const Event &E : C->Events) {
      const auto *Field = E.Object.valid() ? dyn_cast_or_null<FieldDecl>(E.Object.last()) : nullptr;
      bool Ends = E.Kind == Op::Cancel || E.Kind == Op::Join || E.Kind == Op::Close || E.Kind == Op::Detach ||
                  E.Kind == Op::Wait || E.Kind == Op::Reset;
      if (Field && Ends && Field->getParent() == F.Class)
        return true;
    }
    for (const FieldDecl *Flag : T.Flags)
      if (U.get<Uses>().any(*C, Flag, Use::Stores | Use::Mutate))
        return true;
  }
  return false;
}

void lazyThreads(Unit &U, Reporter &R) {
  for (const LazySingleton &S : lazySingletons(U)) {
    ClassFacts *F = U.get<ClassTable>().of(S.Class);
    bool Pool = llvm::any_of(S.Class->fields(), [&](const FieldDecl *X) { return holdsFunctions(U, X->getType()); });
    if (!F || Pool || !isWhole(U, S.Class))
      continue;
    for (const ClassTask &T : F->Tasks) {
      const Code *Body = T.Body ? U.code(T.Body) : nullptr;
      const Loop *L = Body && T.Handle && !T.Detached ? U.get<LoopFacts>().forever(*Body) : nullptr;
      if (!L || canStop(U, *F, T))
        continue;
      R.report(
          S.Made->getBeginLoc(),
          "nothing can stop the thread of '" + S.Variable->getNameAsString() +
              "', which is never destroyed; the end of the process interrupts it in the middle of its work; make "
              "the object in main, or give it a member that stops and joins the thread",
          Story(T.Loc, "the thread is started here").then(L->Statement->getBeginLoc(), "it runs until it is stopped"));
      break;
    }
  }
}

} // namespace heddle

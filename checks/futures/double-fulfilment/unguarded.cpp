#include "detectors.h"
#include "flow/Calls.h"
#include "flow/Classes.h"
#include "flow/Loops.h"
#include "flow/Order.h"
#include "flow/Uses.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle::double_fulfilment {

/// Where a body sets the last flag of its object before it notifies; the notification itself if it sets none.
static SourceLocation settles(Code &C, const CXXRecordDecl *RD, const Event &Wakes) {
  Order &O = C.U.get<Order>();
  const Stmt *Last = nullptr;
  for (const FieldDecl *F : RD->fields())
    for (const Use &X : C.U.get<Uses>().in(C, F)) {
      bool Sets = X.is(Use::Assign) && X.Value && F->getType()->isIntegralOrEnumerationType() &&
                  !X.Value->isValueDependent() && X.Value->isEvaluatable(C.U.Ctx);
      if (Sets && O.reaches(C, X.Site, Wakes.Site) && (!Last || O.reaches(C, Last, X.Site)))
        Last = X.Site;
    }
  return Last ? Last->getBeginLoc() : Wakes.loc();
}

std::vector<Completion> unguarded(Unit &U, const CXXRecordDecl *RD) {
  std::vector<Completion> Found;
  const TypeModel *T = RD && !RD->isLambda() ? U.inferred(RD) : nullptr;
  if (!T || T->Plays != Role::Promise)
    return Found;
  for (const CXXMethodDecl *M : allMembers(RD)) {
    bool Fulfils = llvm::any_of(U.actions(M, RD, M->getNumParams()), [](const Action &A) {
      return A.Operation == Op::Fulfil && !A.With.has(Fact::Refuses);
    });
    Code *C = Fulfils ? U.code(M) : nullptr;
    const Event *Wakes = nullptr; // itself, or the member that it calls for it
    if (C)
      for (const Event &E : C->Events)
        if (E.Kind == Op::Notify ||
            (E.Kind == Op::Call && E.Callee && E.Object.isThis() && U.get<Calls>().witness(E.Callee, Op::Notify)))
          Wakes = &E;
    if (Wakes)
      Found.push_back({M, settles(*C, RD, *Wakes)});
  }
  if (Found.size() < 2)
    Found.clear();
  return Found;
}

/// Returns true if all who complete such promises stand in one function, outside of loops. Then its own order chooses,
/// as where what is caught completes the promise instead; the paths of that function are followed anyway.
static bool oneFunctionChooses(Unit &U, const CXXRecordDecl *RD) {
  const Code *Chooses = nullptr;
  for (const Code *C : bodies(U)) {
    const auto *M = dyn_cast<CXXMethodDecl>(C->Fn);
    if (M && M->getParent()->getCanonicalDecl() == RD->getCanonicalDecl())
      continue;
    for (const Event &E : C->Events) {
      const ValueDecl *Of = E.Kind == Op::Fulfil && E.Object.valid() ? E.Object.last() : nullptr;
      const CXXRecordDecl *Class = Of ? U.pointee(Of->getType())->getAsCXXRecordDecl() : nullptr;
      if (!Class || Class->getCanonicalDecl() != RD->getCanonicalDecl())
        continue;
      if ((Chooses && Chooses != C) || enclosingLoop(*C, E.Site))
        return false;
      Chooses = C;
    }
  }
  return Chooses;
}

void reportUnguarded(Unit &U, Reporter &R) {
  llvm::DenseSet<const CXXRecordDecl *> Seen;
  for (const FunctionDecl *F : U.Functions) {
    const auto *Method = dyn_cast<CXXMethodDecl>(F);
    const CXXRecordDecl *RD = Method ? Method->getParent() : nullptr;
    if (!RD || !Seen.insert(RD).second)
      continue;
    std::vector<Completion> All = unguarded(U, RD);
    if (All.empty() || oneFunctionChooses(U, RD))
      continue;
    for (const Completion &X : llvm::drop_begin(All))
      R.report(X.Loc,
               ("'" + All.front().By->getName() + "' and '" + X.By->getName() + "' of '" + RD->getName() +
                "' each complete it unconditionally; a second call overwrites a result that is being read; test the "
                "flag under the lock first")
                   .str(),
               {{All.front().Loc, "'" + All.front().By->getNameAsString() + "' completes it here"}});
  }
}

} // namespace heddle::double_fulfilment

// Conditions that choose one winner among several callers.
#include "LibraryCode.h"
#include "SimulationBody.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle::sim {

namespace {

/// Returns true if the outcome of a condition chooses one of several callers: it reads or changes state that other
/// callers see as well: an exchange, a member that is written while the object lives, a call on a shared object. The
/// callable's own parameters, and whether a weak owner still lives, choose nobody.
struct ClaimFinder {
  const Code &C;
  unsigned Depth = 0;

  bool shared(const Expr *E) const {
    auto P = C.place(E);
    if (!P)
      return false;
    if (P->This)
      return true;
    const auto *V = dyn_cast<VarDecl>(P->Root);
    return V && !isa<ParmVarDecl>(V) && V->getParentFunctionOrMethod() != static_cast<const DeclContext *>(C.Fn);
  }
  bool in(const Stmt *S) {
    if (!S || Depth > 6)
      return false;
    if (isa<LambdaExpr>(S))
      return false;
    if (const auto *Call = dyn_cast<CallExpr>(S)) {
      for (unsigned I : C.at(Call))
        if (Op K = C.Events[I].Kind; K == Op::Claim || K == Op::TryFulfil || K == Op::Extract || K == Op::TryAcquire)
          return true;
      if (const auto *M = dyn_cast<CXXMemberCallExpr>(Call)) {
        const Expr *Obj = M->getImplicitObjectArgument();
        const CXXMethodDecl *D = M->getMethodDecl();
        const TypeModel *Model = Obj ? C.U.type(Obj->IgnoreParenImpCasts()->getType()) : nullptr;
        Role R = Model ? Model->Plays : Role::None;
        if (Obj && D && R != Role::WeakPointer && shared(Obj)) {
          if (!D->isConst())
            return true;
          if (R == Role::Container || R == Role::SmartPointer || R == Role::Atomic)
            return writtenState(Obj);
          if (const FunctionDecl *Def = C.U.visible(D); Def && Depth < 3) {
            if (const Code *Inner = C.U.code(Def)) {
              ClaimFinder Sub{*Inner, Depth + 1};
              if (Sub.in(Def->getBody()))
                return true;
            }
          } else if (!inLibrary(C.U, D->getLocation()))
            return true; // tests something that is not visible
        }
      } else {
        if (!isa<CXXOperatorCallExpr>(Call))
          for (const Expr *A : Call->arguments())
            if (shared(A) && !A->getType().isConstQualified() && writtenState(A))
              return true;
        // A local lambda or a free helper that claims (`if (claim())`).
        if (const FunctionDecl *F = Call->getDirectCallee(); F && Depth < 3)
          if (const Code *Inner = C.U.code(F))
            for (const Event &E : Inner->Events)
              if (E.Kind == Op::Claim || E.Kind == Op::TryFulfil)
                return true;
      }
    }
    if (const auto *M = dyn_cast<MemberExpr>(S))
      if (isa<FieldDecl>(M->getMemberDecl()) && shared(M) && writtenState(M))
        return true;
    if (const auto *DR = dyn_cast<DeclRefExpr>(S))
      if (const auto *V = dyn_cast<VarDecl>(DR->getDecl())) {
        bool Local = V->getParentFunctionOrMethod() == static_cast<const DeclContext *>(C.Fn);
        if (Local && V->isLocalVarDecl() && V->getInit() && !C.isModified(V) && !V->getType()->isReferenceType()) {
          ++Depth;
          bool Found = in(V->getInit());
          --Depth;
          return Found;
        }
        if (!Local && !V->getType().isConstQualified() && writtenState(DR))
          return true;
      }
    for (const Stmt *Child : S->children())
      if (in(Child))
        return true;
    return false;
  }
  bool writtenState(const Expr *E) const {
    auto P = C.place(E);
    if (!P)
      return false;
    if (!P->Path.empty())
      return C.U.writtenAfterConstruction(P->Path.back());
    if (const auto *V = dyn_cast_or_null<VarDecl>(P->Root)) {
      if (V->hasGlobalStorage())
        return !V->getType().isConstQualified();
      if (const auto *Owner = dyn_cast_or_null<FunctionDecl>(V->getParentFunctionOrMethod()))
        if (const Code *Home = C.U.code(Owner))
          return Home->isModified(V) || C.isModified(V) || Home->isWrittenThrough(V) || C.isWrittenThrough(V);
    }
    return false;
  }
};

} // namespace

bool choosesWinner(const Code &C, const Expr *Condition) {
  ClaimFinder F{C};
  return F.in(Condition);
}

bool Body::isBound(const CFGBlock *From, const CFGBlock *To) const {
  auto [It, New] = Bound.try_emplace({From, To}, false);
  return New ? It->second = findBound(From, To) : It->second;
}

bool Body::findBound(const CFGBlock *From, const CFGBlock *To) const {
  bool Again = false;
  auto Avoids = [&](const CFGBlock *Start, const CFGBlock *Aim, const CFGBlock *Without) {
    llvm::SmallPtrSet<const CFGBlock *, 32> Seen;
    llvm::SmallVector<const CFGBlock *, 16> Work{Start};
    while (!Work.empty()) {
      const CFGBlock *B = Work.pop_back_val();
      if (Aim == &G->getExit() && isa_and_nonnull<CXXThrowExpr>(lastStatement(B)))
        return true;
      if (B->hasNoReturnElement())
        continue;
      // The second exit of a call is that of its exception.
      bool Call = !B->getTerminatorStmt() && B->succ_size() == 2 && B->size();
      for (const CFGBlock *Next : B->succs()) {
        if (Next && Next != Without) {
          if (Next == Aim)
            return true;
          Again |= Next == Start;
          if (Seen.insert(Next).second)
            Work.push_back(Next);
        }
        if (Call)
          break;
      }
    }
    return false;
  };
  if (From == To || Avoids(From, &G->getExit(), To))
    return false;
  // An iteration of a loop that leaves it out: then the next iteration decides anew, unless it stands behind the loop.
  return !Again || !Avoids(To, From, nullptr);
}

} // namespace heddle::sim

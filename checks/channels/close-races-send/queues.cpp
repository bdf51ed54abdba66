#include "check/Story.h"
#include "detectors.h"
#include "flow/Guards.h"
#include "flow/LoopFacts.h"
#include "flow/Mentions.h"
#include "flow/Uses.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle::close_races_send {

namespace {

using Accesses = llvm::SmallVector<const MemberAccess *, 8>;

bool under(const MemberAccess &A, const Place &Lock) { return llvm::is_contained(A.Locks, Lock); }

/// The task that takes items out of the container and ends when somebody sets the flag; null if there is none.
const ClassTask *consumer(ClassFacts &Class, const FieldDecl *Queue, const FieldDecl *Flag) {
  for (const MemberAccess *A : Class.operations(Queue, {Op::Extract}))
    if (A->Task && A->Task->Flags.contains(Flag))
      return A->Task;
  return nullptr;
}

/// Returns true if bits of it are set one by one, or it is counted: a mask of levels, not a flag.
bool isMask(const Accesses &OfFlag) {
  return llvm::any_of(OfFlag, [](const MemberAccess *A) {
    return A->As && A->As->is(Use::Update) && !A->Field->getType()->isBooleanType();
  });
}

/// The member that says that no more is wanted: it sets the flag to a constant.
const MemberAccess *closer(const Accesses &OfFlag, const MemberAccess &Insert) {
  if (isMask(OfFlag))
    return nullptr;
  for (const MemberAccess *A : OfFlag)
    if (A->Does == MemberAccess::Write && A->By && A->By != Insert.By &&
        !isa<CXXConstructorDecl, CXXDestructorDecl>(A->By))
      return A;
  return nullptr;
}

/// Where the body goes over the elements once more, as a stop does with each of them; null if it does not.
const Stmt *sweep(Unit &U, const Code &C, const FieldDecl *Container) {
  const Stmt *Found = nullptr;
  forEach<Stmt>(C.Fn->getBody(), Walk::NoLambdas, [&](const Stmt *S) {
    if (Found || !isLoop(S))
      return;
    const Expr *Over = U.get<LoopFacts>().of(C, S).Over;
    const Stmt *Body = loopBody(S);
    if (Over && Body && mentions(Over, Container) &&
        anyOf<CXXMemberCallExpr>(Body, Walk::NoLambdas, [](const auto *) { return true; }))
      Found = S;
  });
  return Found;
}

/// The question before the lock that decides whether the insertion is reached; null if it is repeated under the lock.
const MemberAccess *askedBefore(const Accesses &OfFlag, const MemberAccess &Insert, const Place &Lock,
                                const FieldDecl *Flag) {
  const MemberAccess *Asked = nullptr;
  for (const MemberAccess *A : OfFlag) {
    if (A->By != Insert.By || A->Does == MemberAccess::Write)
      continue;
    if (under(*A, Lock))
      return nullptr;
    if (A->In == Insert.In && llvm::any_of(guards(*Insert.In, Insert.Site),
                                           [&](const Guard &G) { return G.Condition && mentions(G.Condition, Flag); }))
      Asked = A;
  }
  return Asked;
}

} // namespace

void reportQueues(Unit &U, ClassFacts &Class, Reporter &R) {
  for (const FieldFacts &F : Class.Fields) {
    if (!F.Many)
      continue;
    for (const MemberAccess *Insert : Class.operations(F.Field, {Op::Insert})) {
      if (!Insert->By || !Insert->In || Insert->Locks.empty() || isa<CXXConstructorDecl, CXXDestructorDecl>(Insert->By))
        continue;
      for (const FieldFacts &G : Class.Fields) {
        Accesses OfFlag = Class.of(G.Field);
        const MemberAccess *Close = closer(OfFlag, *Insert);
        const MemberAccess *Asked = Close ? askedBefore(OfFlag, *Insert, Insert->Locks.front(), G.Field) : nullptr;
        if (!Asked)
          continue;
        bool Taken = consumer(Class, F.Field, G.Field);
        const Stmt *Sweep = Close->In && !Taken ? sweep(U, *Close->In, F.Field) : nullptr;
        if (!Taken && !Sweep)
          continue;
        std::string Flag = "'" + G.Field->getNameAsString() + "'", Lock = "'" + Insert->Locks.front().name() + "'";
        Story Notes(Close->Site->getBeginLoc(), Flag + " is set here");
        if (Sweep)
          Notes.then(Sweep->getBeginLoc(), "the elements are stopped here");
        R.report(Asked->Site->getBeginLoc(),
                 Flag + " is tested before " + Lock + " is locked, and '" + Close->By->getNameAsString() +
                     "' may set it in between; the item is then put into '" + F.Field->getNameAsString() + "' " +
                     (Sweep ? "after those in it were stopped" : "after its receiver may have ended") +
                     "; test it under the lock",
                 Notes.then(Insert->Site->getBeginLoc(), "the item is put in here"));
      }
    }
  }
}

} // namespace heddle::close_races_send

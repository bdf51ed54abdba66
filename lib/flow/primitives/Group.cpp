#include "Primitives.h"
#include "flow/Accesses.h"

using namespace clang;

namespace heddle::primitives {

namespace {

bool holdsCallables(Unit &U, QualType T) {
  T = U.pointee(T);
  if (U.role(T) == Role::Function || T->isFunctionPointerType())
    return true;
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  if (!RD || !RD->hasDefinition())
    return false;
  if (U.Models.type(T) && U.Models.type(T)->Plays == Role::Promise)
    return true; // a queue of packaged tasks
  return llvm::any_of(RD->fields(), [&](const FieldDecl *F) { return U.role(F->getType()) == Role::Function; });
}

} // namespace

/// A class that keeps callables in a container and runs them on threads of its own, which it has in a member or starts
/// when it is given one.
ModelPtr pool(ModelDraft &Draft) {
  const FieldDecl *Threads = nullptr;
  const FieldDecl *Queue = nullptr;
  for (const FieldDecl *F : Draft.Fields) {
    QualType E = Draft.U.element(F->getType());
    Role R = E.isNull() ? Draft.role(F) : Draft.U.role(E);
    if (R == Role::Thread || R == Role::JoiningThread)
      Threads = F;
    if (!E.isNull() && holdsCallables(Draft.U, E))
      Queue = F;
  }
  auto StartsWorker = [&](const MethodFacts &F) { return F.Inserts.contains(Queue) && F.Spawns; };
  auto Works = [&](const MethodFacts &F) { return F.Extracts.contains(Queue) && F.RunsCallables; };
  if (!Queue || (!Threads && (llvm::none_of(Draft.Methods, StartsWorker) || llvm::none_of(Draft.Methods, Works))))
    return nullptr;
  MethodFacts::Fields Pending;
  for (const MethodFacts &F : Draft.Methods)
    if (F.Inserts.contains(Queue))
      Pending.insert(F.Raises.begin(), F.Raises.end());
  auto TestsPending = [&](const MethodFacts &F) {
    return llvm::any_of(Pending, [&](const FieldDecl *N) { return F.WaitTests.contains(N); });
  };
  bool Any = false, Ends = false;
  for (const MethodFacts &F : Draft.Methods) {
    if (F.Inserts.contains(Queue)) {
      // One that waits before it returns shares its work out.
      const Code *C = Draft.U.code(F.M);
      if (C && llvm::any_of(C->Events, waitsForOthers))
        Draft.act(F.M, Op::RunNow, {Fact::Parallel});
      else
        Draft.act(F.M, Op::Spawn);
      Any = true;
    } else if (F.Joins.contains(Threads) && !F.Spawns) { // the queue is worked off, and its workers are gone
      Draft.act(F.M, Op::Wait);
      Ends = true;
    } else if (!F.WaitsOn.empty() && !F.Extracts.contains(Queue) &&
               (Pending.empty() ? F.WaitTests.contains(Queue) : TestsPending(F)))
      Draft.act(F.M, Op::Wait);
  }
  if (!Any)
    return nullptr;
  auto T = makeModel(Role::Group);
  if (Ends && llvm::none_of(Draft.Methods, [](const MethodFacts &F) { return F.Spawns; }))
    T->With.add(Fact::SingleUse); // only the constructor makes workers
  return T;
}

/// A class that starts a task for each callable that it is given, and waits for all of them: by their handles, or by
/// a count of those that run.
ModelPtr crew(ModelDraft &Draft) {
  llvm::DenseSet<const FieldDecl *> Running;
  bool Starts = false, Waits = false;
  for (const MethodFacts &F : Draft.Methods)
    if (F.StartsGiven) {
      Starts = true;
      Running.insert(F.Raises.begin(), F.Raises.end());
    }
  auto IsWait = [&](const MethodFacts &F) {
    return !F.StartsGiven &&
           (!F.Joins.empty() || (!F.WaitsOn.empty() && llvm::any_of(F.WaitTests, [&](const FieldDecl *N) {
             return Running.contains(N) && !F.Raises.contains(N) && !F.Lowers.contains(N);
           })));
  };
  for (const MethodFacts &F : Draft.Methods)
    Waits |= IsWait(F);
  if (!Starts || !Waits)
    return nullptr;
  for (const MethodFacts &F : Draft.Methods)
    if (F.StartsGiven)
      Draft.act(F.M, Op::Spawn);
    else if (IsWait(F) && F.Timed && F.Joins.empty())
      Draft.act(F.M, Op::Wait, {Fact::Timed});
    else if (IsWait(F))
      Draft.act(F.M, Op::Wait);
  return makeModel(Role::Group);
}

/// Of a group: which member sets the limit that its spawn heeds, and whether a wait closes it permanently.
ModelPtr withGroupFacts(ModelPtr T, ModelDraft &Draft) {
  if (!T || T->Plays != Role::Group)
    return T;
  for (const MethodFacts &Spawn : Draft.Methods) {
    if (!Draft.does(Spawn.M, Op::Spawn))
      continue;
    for (const MethodFacts &F : Draft.Methods) {
      if (Draft.does(F.M, Op::Spawn))
        continue;
      for (const FieldDecl *N : F.StoresParameter)
        if (!Draft.does(F.M, Op::Limit) && N->getType()->isIntegerType() && !N->getType()->isBooleanType() &&
            (Spawn.WaitTests.contains(N) || Spawn.Tests.contains(N)))
          Draft.act(F.M, Op::Limit);
      if (!Draft.does(F.M, Op::Wait))
        continue;
      if (F.Rethrows) {
        T->With.add(Fact::CarriesExceptions);
        for (Action &A : Draft.Actions[Spawn.M->getCanonicalDecl()])
          if (A.Operation == Op::Spawn)
            A.With.add(Fact::CarriesExceptions);
      }
      for (const auto &[Flag, Value] : F.SetsTrue)
        if (Spawn.Tests.contains(Flag) &&
            llvm::none_of(Draft.Methods, [&](const MethodFacts &X) { return X.SetsFalse.contains(Flag); }))
          T->With.add(Fact::SingleUse);
      for (const auto &[E, Fd] : F.FieldEvents)
        if (E->Kind == Op::Cancel || E->Kind == Op::Close)
          T->With.add(Fact::SingleUse);
    }
  }
  return T;
}

} // namespace heddle::primitives

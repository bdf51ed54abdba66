#include "Primitives.h"

using namespace clang;

namespace heddle::primitives {

namespace {

bool waits(const MethodFacts &F) { return !F.WaitsOn.empty() || F.TakesPermit; }
bool wakes(const MethodFacts &F) { return !F.Notifies.empty() || F.GivesPermit; }
bool takesFrom(const MethodFacts &F, const FieldDecl *Q) {
  // A ring buffer is read by index, and a position or a count moves on. Who puts in without waiting needs no wake.
  return F.Extracts.contains(Q) || (F.Reads.contains(Q) && !F.Inserts.contains(Q) && (wakes(F) || waits(F)) &&
                                    (!F.Lowers.empty() || !F.Raises.empty()));
}

/// A member that wakes the waiters of a flag which it sets: `closed_ = true` or, where they wait for it, `open_ =
/// false`.
bool closes(const ModelDraft &Draft, const MethodFacts &F) {
  return !F.Notifies.empty() && (!F.SetsTrue.empty() || llvm::any_of(F.SetsFalse, [&](const FieldDecl *Flag) {
    return llvm::any_of(Draft.Methods, [&](const MethodFacts &M) { return M.WaitTests.contains(Flag); });
  }));
}

void sends(ModelDraft &Draft, const MethodFacts &F) {
  if (waits(F) && !F.Timed)
    Draft.act(F.M, Op::Send, {Fact::Blocking});
  else if (waits(F))
    Draft.act(F.M, Op::TrySend);
  else
    Draft.act(F.M, F.M->getReturnType()->isBooleanType() ? Op::TrySend : Op::Send);
}

} // namespace

/// A container between members: the one that waits and takes out receives, the one that puts in and wakes sends. A
/// send that waits - for room, or until the item is taken - is one that blocks.
ModelPtr channel(ModelDraft &Draft) {
  for (const FieldDecl *Q : Draft.Fields) {
    if (Draft.role(Q) != Role::Container && !Q->getType()->isArrayType())
      continue;
    bool Receives = false, Sends = false;
    for (const MethodFacts &F : Draft.Methods) {
      Receives |= waits(F) && takesFrom(F, Q);
      Sends |= F.Inserts.contains(Q) && wakes(F);
    }
    if (!Receives || !Sends)
      continue;
    for (const MethodFacts &F : Draft.Methods) {
      if (F.Inserts.contains(Q) && wakes(F))
        sends(Draft, F);
      else if (waits(F) && takesFrom(F, Q))
        Draft.act(F.M, Op::Receive, {F.Timed ? Fact::Timed : Fact::Blocking});
      else if (takesFrom(F, Q))
        Draft.act(F.M, Op::TryReceive);
      else if (closes(Draft, F))
        Draft.act(F.M, Op::Close);
    }
    return makeModel(Role::Channel);
  }
  return nullptr;
}

/// The same with one place for the item: filled when it is empty, emptied when it is full.
ModelPtr slot(ModelDraft &Draft) {
  for (const FieldDecl *S : Draft.Fields) {
    auto Waits = [&](const MethodFacts &F) { return waits(F) && wakes(F) && F.WaitTests.contains(S); };
    auto Puts = [&](const MethodFacts &F) {
      return Waits(F) && (F.StoresParameter.contains(S) || (F.SetsTrue.count(S) && !F.StoresParameter.empty()));
    };
    auto Takes = [&](const MethodFacts &F) {
      return Waits(F) && !Puts(F) && (F.Empties.contains(S) || F.SetsFalse.contains(S));
    };
    if (llvm::none_of(Draft.Methods, Puts) || llvm::none_of(Draft.Methods, Takes))
      continue;
    for (const MethodFacts &F : Draft.Methods)
      if (Puts(F))
        sends(Draft, F);
      else if (Takes(F))
        Draft.act(F.M, Op::Receive, {F.Timed ? Fact::Timed : Fact::Blocking});
      else if (!waits(F) && F.StoresParameter.empty() && closes(Draft, F))
        Draft.act(F.M, Op::Close);
    return makeModel(Role::Channel);
  }
  return nullptr;
}

} // namespace heddle::primitives

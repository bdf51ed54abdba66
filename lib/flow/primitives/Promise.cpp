#include "Primitives.h"

using namespace clang;

namespace heddle::primitives {

namespace {

/// Returns true if the member sets the flag on every path and wakes those who wait for it.
bool completes(const MethodFacts &F, const FieldDecl *Flag) {
  return !F.Notifies.empty() && F.WaitsOn.empty() && F.Completes.contains(Flag) && F.Inserts.empty();
}

/// Returns true if the member is given the number that the flag becomes: a phase or a count, which goes on. A pointer
/// or an object that is given is the value itself.
bool givesNumber(ModelDraft &Draft, const MethodFacts &F, const FieldDecl *Flag) {
  return F.StoresParameter.contains(Flag) &&
         (Draft.role(Flag) == Role::Atomic || Flag->getType()->isIntegralOrEnumerationType());
}

/// Returns true if the member that waits takes the value away, so that the next one finds none.
bool takesOut(const MethodFacts &Waits, const FieldDecl *Flag, llvm::ArrayRef<MethodFacts> Methods) {
  if (Waits.M->isConst())
    return false;
  return llvm::any_of(Methods, [&](const MethodFacts &F) {
    return completes(F, Flag) && llvm::any_of(F.StoresParameter, [&](const FieldDecl *Value) {
             const CXXRecordDecl *RD = Value->getType()->getAsCXXRecordDecl();
             bool Moves =
                 RD && RD->hasDefinition() && !RD->hasTrivialMoveConstructor() && Waits.MovesOut.contains(Value);
             return Moves || Waits.Exchanges.contains(Value) || Waits.Empties.contains(Value);
           });
  });
}

bool registers(const MethodFacts &F, const FieldDecl *Callback) {
  return F.StoresParameter.contains(Callback) || F.Inserts.contains(Callback);
}

/// The field in which members leave callables that run once the flag is up, or null: those members test the flag first.
const FieldDecl *callback(const std::vector<MethodFacts> &Methods, const FieldDecl *Flag) {
  for (const MethodFacts &F : Methods)
    if (F.Tests.contains(Flag))
      for (const FieldDecl *K : F.Mentions)
        if (K != Flag && registers(F, K))
          return K;
  return nullptr;
}

void fulfils(ModelDraft &Draft, const MethodFacts &F, const FieldDecl *Flag, const FieldDecl *Callback) {
  bool Strict = F.Refuses.contains(Flag) && !F.Claims;
  Op How = !Strict && (F.Tests.contains(Flag) || F.Claims) ? Op::TryFulfil : Op::Fulfil;
  Draft.act(F.M, How);
  auto &With = Draft.Actions[F.M->getCanonicalDecl()].back().With;
  if (Strict)
    With.add(Fact::Refuses);
  if (Callback && F.RunsCallables && F.Mentions.contains(Callback))
    With.add(Fact::InlineContinuations);
}

} // namespace

/// A flag that goes up once and wakes those who wait for it, and nothing else: a count of one.
ModelPtr event(ModelDraft &Draft) {
  for (const FieldDecl *F : Draft.Fields)
    if (Role R = Draft.role(F);
        !isLock(R) && R != Role::Condition && R != Role::Atomic && !F->getType()->isIntegralOrEnumerationType())
      return nullptr;
  for (const MethodFacts &W : Draft.Methods) {
    llvm::SmallVector<const FieldDecl *, 2> Asked; // but for the pointer to the state
    llvm::copy_if(W.WaitTests, std::back_inserter(Asked),
                  [&](const FieldDecl *F) { return llvm::is_contained(Draft.Fields, F); });
    if (W.WaitsOn.empty() || W.Timed || Asked.size() != 1)
      continue;
    const FieldDecl *Flag = Asked.front();
    auto Raises = [&](const MethodFacts &F) { return completes(F, Flag) && F.StoresParameter.empty(); };
    bool Undone = llvm::any_of(Draft.Methods, [&](const MethodFacts &F) {
      return F.SetsFalse.contains(Flag) || F.Raises.contains(Flag) || F.Lowers.contains(Flag);
    });
    if (Undone || !Flag->getType()->isBooleanType() || llvm::none_of(Draft.Methods, Raises))
      continue;
    for (const MethodFacts &F : Draft.Methods)
      if (Raises(F))
        Draft.act(F.M, Op::Leave);
      else if (F.M == W.M)
        Draft.act(F.M, Op::Wait);
    return makeModel(Role::Latch);
  }
  return nullptr;
}

/// A flag that members set and notify, with a value beside it that somebody waits for.
ModelPtr promise(ModelDraft &Draft) {
  for (const MethodFacts &W : Draft.Methods) {
    if (W.WaitsOn.empty())
      continue;
    for (const FieldDecl *Flag : W.WaitTests) {
      bool Stores = false, Undone = false, Waits = false;
      unsigned Completers = 0;
      for (const MethodFacts &F : Draft.Methods) {
        Undone |= F.SetsFalse.contains(Flag) || F.Empties.contains(Flag) ||
                  (F.WaitTests.contains(Flag) && F.Exchanges.contains(Flag)) || givesNumber(Draft, F, Flag);
        Waits |= F.WaitTests.contains(Flag);
        if (completes(F, Flag)) {
          ++Completers;
          Stores |= llvm::any_of(F.StoresParameter, [](const FieldDecl *) { return true; });
        }
      }
      // Without a value it is an event, which may be set again; a flag that goes back is a state.
      if (!Completers || !Stores || Undone || !Waits)
        continue;
      const FieldDecl *Callback = callback(Draft.Methods, Flag);
      for (const MethodFacts &F : Draft.Methods)
        if (completes(F, Flag))
          fulfils(Draft, F, Flag, Callback);
        else if (F.WaitTests.contains(Flag))
          Draft.act(F.M, takesOut(F, Flag, Draft.Methods) ? Op::Consume : Op::Await,
                    {F.Timed ? Fact::Timed : Fact::Blocking});
        else if (Callback && registers(F, Callback))
          Draft.act(F.M, Op::Defer, {Fact::InlineContinuations});
      return makeModel(Role::Promise);
    }
  }
  return nullptr;
}
/// A promise that nobody waits for: the callables that were left with it run when its value comes.
ModelPtr callbackPromise(ModelDraft &Draft) {
  for (const FieldDecl *Flag : Draft.Fields) {
    const FieldDecl *Callback = callback(Draft.Methods, Flag);
    auto Settles = [&](const MethodFacts &F) {
      return F.Completes.contains(Flag) && F.RunsCallables && F.Mentions.contains(Callback) &&
             !F.StoresParameter.empty();
    };
    auto Undoes = [&](const MethodFacts &F) { return F.SetsFalse.contains(Flag) || F.Empties.contains(Flag); };
    if (!Callback || llvm::none_of(Draft.Methods, Settles) || llvm::any_of(Draft.Methods, Undoes))
      continue;
    for (const MethodFacts &F : Draft.Methods)
      if (Settles(F))
        fulfils(Draft, F, Flag, Callback);
      else if (registers(F, Callback))
        Draft.act(F.M, Op::Defer, {Fact::InlineContinuations});
    return makeModel(Role::Promise);
  }
  return nullptr;
}

/// The same without a flag: the value and the callable meet. Each side looks for the other, leaves what it
/// brought if that is not there yet, and else takes the callable out and runs it. Filled again it may be a slot that
/// hands over one value after the other, so that a second value is no mistake of its own.
ModelPtr meeting(ModelDraft &Draft) {
  for (const FieldDecl *Value : Draft.Fields) {
    const FieldDecl *Callback = Draft.role(Value) == Role::Function ? nullptr : callback(Draft.Methods, Value);
    auto Meets = [&](const MethodFacts &F) {
      return F.StoresParameter.contains(Value) && F.Tests.contains(Callback) && F.RunsCallables &&
             (F.Exchanges.contains(Callback) || F.MovesOut.contains(Callback));
    };
    if (!Callback || llvm::none_of(Draft.Methods, Meets))
      continue;
    for (const MethodFacts &F : Draft.Methods)
      if (Meets(F))
        Draft.act(F.M, Op::TryFulfil, {Fact::InlineContinuations});
      else if (registers(F, Callback))
        Draft.act(F.M, Op::Defer, {Fact::InlineContinuations});
    return makeModel(Role::Promise);
  }
  return nullptr;
}

} // namespace heddle::primitives

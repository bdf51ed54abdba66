#include "Inference.h"
#include "Classes.h"
#include "LibraryCode.h"
#include "primitives/Primitives.h"

#include "llvm/ADT/SetVector.h"

#include <map>

using namespace clang;

namespace heddle {

using namespace primitives;

struct Inference::Impl {
  Impl(Unit &U, Reader &R) : U(U), R(R) {}
  Unit &U;
  Reader &R;
  llvm::DenseMap<const CXXRecordDecl *, ModelPtr> Types;
  ActionMap Actions;
  llvm::SmallVector<const CXXRecordDecl *, 8> Looking; ///< outermost first
  unsigned Unanswered = 0;                             ///< how often one of them was asked for
  unsigned Low = Sure;                                 ///< the outermost of them that an answer rests on
  llvm::DenseMap<const CXXRecordDecl *, unsigned> Guessed, Rounds;
  /// Bodies may still point into what was forgotten.
  std::vector<ModelPtr> OldTypes;
  std::vector<std::vector<Action>> OldActions;
  static constexpr unsigned MaxRounds = 3;

  const TypeModel *type(const CXXRecordDecl *RD) {
    RD = RD->getDefinition();
    if (!RD || RD->isDependentContext() || RD->isLambda() || RD->isUnion())
      return nullptr;
    RD = RD->getCanonicalDecl();
    if (auto It = Types.find(RD); It != Types.end()) {
      if (auto G = Guessed.find(RD); G != Guessed.end())
        Low = std::min(Low, G->second);
      return It->second.get();
    }
    const CXXRecordDecl *Def = RD->getDefinition();
    if (inLibrary(U, Def->getLocation()))
      return nullptr;
    if (const auto *At = llvm::find(Looking, RD); At != Looking.end()) {
      ++Unanswered;
      if (!R.readsMemberOf(RD))
        Low = std::min<unsigned>(Low, At - Looking.begin());
      return nullptr;
    }
    unsigned At = Looking.size(), Outer = std::exchange(Low, Sure);
    Looking.push_back(RD);
    ModelPtr T;
    if (const CXXRecordDecl *Core = coreOf(Def))
      T = lookAtHandle(Def, Core);
    if (!T)
      T = look(Def);
    if (!T) {
      ModelDraft Draft{U, Actions, {}, {}};
      T = opaqueExecutor(Draft, Def);
    }
    Looking.pop_back();
    if (Low < At && ++Rounds[RD] < MaxRounds)
      Guessed[RD] = Low;
    else
      Low = Sure;
    Low = std::min(Outer, Low);
    const TypeModel *Made = (Types[RD] = std::move(T)).get();
    if (Looking.empty()) {
      forgetGuesses();
      Low = Sure;
    }
    return Made;
  }

  void forgetGuesses() {
    // The handles of one state are recognised together.
    llvm::SmallVector<const CXXRecordDecl *, 8> All;
    for (const auto &[RD, On] : Guessed) {
      All.push_back(RD);
      if (const CXXRecordDecl *Core = coreOf(RD)) {
        for (const CXXRecordDecl *H : HandlesOf[Core])
          All.push_back(H->getCanonicalDecl());
        Cores.erase(Core);
      }
    }
    Guessed.clear();
    for (const CXXRecordDecl *RD : All) {
      if (auto It = Types.find(RD); It != Types.end()) {
        OldTypes.push_back(std::move(It->second));
        Types.erase(It);
      }
      llvm::SmallVector<const CXXMethodDecl *, 8> Methods;
      for (const auto &[M, Acts] : Actions)
        if (M->getParent()->getCanonicalDecl() == RD)
          Methods.push_back(M);
      for (const CXXMethodDecl *M : Methods) {
        OldActions.push_back(std::move(Actions[M]));
        Actions.erase(M);
      }
    }
    R.forgetGuesses();
  }

  ModelPtr look(const CXXRecordDecl *RD) {
    ModelDraft Draft{U, Actions, {RD->field_begin(), RD->field_end()}, {}};
    bool Interesting = llvm::any_of(Draft.Fields, [&](const FieldDecl *F) {
      Role R = Draft.role(F);
      return (R != Role::None && R != Role::Container && R != Role::SmartPointer && R != Role::Function) ||
             taskHandleIn(U, U.element(F->getType())) != Role::None;
    });
    if (auto T = stopSource(Draft, RD))
      return T;
    if (!Interesting && mayGuard(RD))
      if (auto T = guard(Draft, RD))
        return T;
    if (!Interesting) // a lock may hide all its parts; the third name distinguishes it from a door
      return llvm::any_of(RD->methods(), isTryLock) ? lockable(Draft, RD) : nullptr;

    if (auto T = guard(Draft, RD))
      return T;
    if (auto T = lockWrapper(Draft, RD))
      return T;
    if (auto T = lockable(Draft, RD))
      return T;
    if (auto T = opaqueThread(Draft, RD))
      return T;

    readMethods(RD, Draft.Methods);
    if (auto T = joiningThread(Draft, RD))
      return T;
    if (auto T = primitive(Draft))
      return T;
    return withGroupFacts(wrapper(Draft), Draft);
  }

  void readMethods(const CXXRecordDecl *RD, std::vector<MethodFacts> &Methods) {
    for (const CXXMethodDecl *M : allMembers(RD)) {
      if (M->isStatic() || isa<CXXConstructorDecl>(M) || isa<CXXDestructorDecl>(M))
        continue;
      const FunctionDecl *Pattern = M->getPrimaryTemplate() ? nullptr : M->getTemplateInstantiationPattern();
      if (U.visible(M))
        Methods.push_back(readMethod(U, M));
      else if (Pattern && Pattern->getBody())
        Methods.push_back(readPattern(U, M, Pattern));
    }
  }

  /// What the members do to the fields, taken together.
  ModelPtr primitive(ModelDraft &Draft) {
    bool Mutex = false, Condition = false, Semaphore = false;
    for (const FieldDecl *F : Draft.Fields) {
      Role R = Draft.role(F);
      Mutex |= isLock(R);
      Condition |= R == Role::Condition;
      Semaphore |= R == Role::Semaphore;
      // Who waits for a condition on the lock itself is woken by everybody who gives that lock back.
      if (isLock(R) && llvm::any_of(Draft.Methods, [&](const MethodFacts &M) { return M.WaitsOn.contains(F); })) {
        Condition = true;
        for (MethodFacts &M : Draft.Methods)
          if (M.Locks.contains(F))
            M.Notifies.insert(F);
      }
    }
    if (Mutex)
      if (auto T = pool(Draft))
        return withGroupFacts(std::move(T), Draft);
    if (auto T = crew(Draft))
      return withGroupFacts(std::move(T), Draft);
    if (!Mutex)
      return nullptr;
    if (Condition || Semaphore)
      if (auto T = channel(Draft))
        return T;
    if (Condition)
      for (auto *Recognise : {slot, counter, promise, event})
        if (auto T = Recognise(Draft))
          return T;
    if (auto T = callbackPromise(Draft))
      return T;
    return meeting(Draft);
  }

  // ---- handles that share their state ----

  llvm::DenseMap<const CXXRecordDecl *, llvm::SetVector<const CXXRecordDecl *>> HandlesOf; ///< by the shared state
  bool HandlesKnown = false;

  /// The plain state with a lock of its own behind a smart pointer that objects of this class hold, or null.
  const CXXRecordDecl *coreOf(const CXXRecordDecl *RD, unsigned Depth = 0) {
    if (!RD || !(RD = RD->getDefinition()) || RD->isDependentContext() || Depth > 3)
      return nullptr;
    if (inLibrary(U, RD->getLocation()))
      return nullptr;
    for (const FieldDecl *F : RD->fields()) {
      const CXXRecordDecl *Core = U.smartPointee(F->getType());
      Core = Core ? Core->getDefinition() : nullptr;
      if (!Core || Core == RD || U.Models.type(Core) || inLibrary(U, Core->getLocation()))
        continue;
      if (llvm::any_of(Core->fields(), [&](const FieldDecl *X) {
            const TypeModel *T = U.Models.type(X->getType());
            return T && isLock(T->Plays) && X->getAccess() == AS_public;
          }))
        return Core;
    }
    for (const CXXBaseSpecifier &B : RD->bases())
      if (const CXXRecordDecl *Core = coreOf(B.getType()->getAsCXXRecordDecl(), Depth + 1))
        return Core;
    return nullptr;
  }

  /// A promise and its future, the two ends of a channel: the members of all say what one is.
  ModelPtr lookAtHandle(const CXXRecordDecl *RD, const CXXRecordDecl *Core) {
    if (!std::exchange(HandlesKnown, true))
      for (const FunctionDecl *F : U.Functions)
        if (const auto *M = dyn_cast<CXXMethodDecl>(F); M && !M->getParent()->isLambda())
          if (const CXXRecordDecl *Of = coreOf(M->getParent()))
            HandlesOf[Of].insert(M->getParent()->getDefinition());
    HandlesOf[Core].insert(RD);
    // Reading the members asks for other classes, and may come back here: nothing of the maps is held meanwhile.
    const auto Handles = HandlesOf[Core];
    if (Cores.try_emplace(Core).second) {
      ModelDraft Draft{U, Actions, {Core->field_begin(), Core->field_end()}, {}};
      for (const CXXRecordDecl *H : Handles)
        readMethods(H, Draft.Methods);
      if (auto T = primitive(Draft))
        Cores[Core] = T->Plays;
    }
    // The roles differ from handle to handle: one end of a promise only waits.
    Role Whole = Cores[Core];
    bool Any = false, Fulfils = false;
    for (const CXXRecordDecl *H : Handles)
      if (H == RD || RD->isDerivedFrom(H))
        for (const CXXMethodDecl *M : H->methods())
          if (auto Acts = Actions.find(M->getCanonicalDecl()); Acts != Actions.end())
            for (const Action &A : Acts->second) {
              Any = true;
              Fulfils |= A.Operation == Op::Fulfil || A.Operation == Op::TryFulfil;
            }
    if (!Any || Whole == Role::None)
      return nullptr;
    auto T = makeModel(Whole == Role::Promise && !Fulfils ? Role::SharedFuture : Whole);
    T->With.add(Fact::Borrows);
    if (T->Plays == Role::SharedFuture)
      T->With.add(Fact::ReadMany);
    return T;
  }
  llvm::DenseMap<const CXXRecordDecl *, Role> Cores;
};

Inference::Inference(Unit &U, Reader &R) : I(std::make_unique<Impl>(U, R)) {}
Inference::~Inference() = default;

Inference::Watch::Watch(Inference &I) : I(I), Outer(std::exchange(I.I->Low, Sure)), Unanswered(I.I->Unanswered) {}
bool Inference::Watch::unanswered() const { return I.I->Unanswered != Unanswered; }
Inference::Watch::~Watch() { I.I->Low = std::min(Outer, I.I->Low); }
unsigned Inference::Watch::rests() const { return I.I->Low; }
void Inference::Watch::lean(unsigned On) { I.I->Low = std::min(I.I->Low, On); }

const TypeModel *Inference::type(const CXXRecordDecl *RD) { return I->type(RD); }

llvm::ArrayRef<Action> Inference::actions(const CXXMethodDecl *M) {
  const CXXRecordDecl *RD = M->getParent();
  if (!RD || !RD->hasDefinition())
    return {};
  (void)I->type(RD);
  auto It = I->Actions.find(M->getCanonicalDecl());
  return It == I->Actions.end() ? llvm::ArrayRef<Action>() : llvm::ArrayRef<Action>(It->second);
}

} // namespace heddle

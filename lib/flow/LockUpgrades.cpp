#include "LockUpgrades.h"
#include "Guards.h"
#include "MakeFacts.h"
#include "Mentions.h"
#include "Order.h"
#include "Unwrap.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"
#include "llvm/ADT/SetVector.h"

using namespace clang;

namespace heddle {

/// Bodies with more sections than this are not looked at: nobody wrote them by hand.
static constexpr unsigned MaxSections = 50;

/// Returns true if the change may be about what the call was asked about: it names one of its arguments, or there are
/// none.
static bool sameElement(const CallExpr &Asks, const Stmt *Change) {
  return Asks.getNumArgs() == 0 || llvm::any_of(Asks.arguments(), [&](const Expr *A) {
           const auto *DR = dyn_cast_or_null<DeclRefExpr>(unwrap(A));
           return DR && mentions(Change, DR->getDecl());
         });
}

struct LockUpgrades::Body {
  Body(Unit &U, Code &C, const Place &Lock, const Event *First, const Event *Again)
      : U(U), C(C), Lock(Lock), First(First), Again(Again) {}

  Unit &U;
  Code &C;
  const Place &Lock;
  const Event *First, *Again;

  bool under(const Stmt *S, const Event *Taken) {
    return llvm::any_of(U.get<CriticalSections>().held(C, S),
                        [&](const HeldLock &H) { return H.Lock == Lock && H.Taken == Taken; });
  }
  bool does(const Stmt *Site, std::initializer_list<Op> Ops) const {
    return llvm::any_of(C.at(Site), [&](unsigned I) { return llvm::is_contained(Ops, C.Events[I].Kind); });
  }

  static bool overwrites(const Use &X) {
    const auto *Call = dyn_cast<CXXMemberCallExpr>(X.Site);
    const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
    return F && F->getIdentifier() && F->getName() == "insert_or_assign";
  }
  bool isConstant(const Expr *E) const {
    E = E ? unwrap(E) : nullptr;
    if (!E || E->isValueDependent())
      return false;
    if (isa<CXXNullPtrLiteralExpr, GNUNullExpr>(E) || E->isEvaluatable(U.Ctx))
      return true;
    const auto *Made = dyn_cast<CXXConstructExpr>(E);
    const auto *List = dyn_cast<InitListExpr>(E);
    return (Made && Made->getNumArgs() == 0) || (List && List->getNumInits() == 0);
  }
  /// Returns true if the use gives the state a value that another thread's change would be lost to.
  bool changes(const Use &X) const {
    if (X.Lambda || !X.Mention || X.Of == Use::Behind)
      return false;
    if (X.is(Use::Assign))
      return !isConstant(X.Value);
    if (X.is(Use::Update))
      return true;
    const auto *Call = dyn_cast<CXXMemberCallExpr>(X.Site);
    return X.is(Use::Mutate) && (overwrites(X) || (X.Of == Use::Itself && Call && Call->getNumArgs() &&
                                                   !isConstant(Call->getArg(0)) && does(X.Site, {Op::Reset})));
  }
  /// Returns true if the use stores something, whatever.
  bool stores(const Use &X) const {
    return !X.Lambda && X.Mention && X.Of != Use::Behind &&
           (X.is(Use::Assign) || (X.is(Use::Mutate) && does(X.Site, {Op::Insert, Op::Extract, Op::Clear, Op::Reset})));
  }
  bool looks(const Use &X) const {
    return X.Mention && !X.is(Use::Assign | Use::Update) &&
           !(X.is(Use::Mutate) && does(X.Site, {Op::Insert, Op::Extract, Op::Clear, Op::Reset}));
  }
  bool reaches(const Stmt *From, const Stmt *To) { return U.get<Order>().reaches(C, From, To); }

  /// Returns true if the member, called on this object, looks at the state and changes nothing of it.
  bool onlyLooks(const CXXMemberCallExpr &Call, const FunctionDecl *Callee, const ValueDecl *State) const {
    const Code *Inner = isa<CXXThisExpr>(unwrap(Call.getImplicitObjectArgument())) ? U.code(Callee) : nullptr;
    auto Uses = Inner ? U.get<heddle::Uses>().in(*Inner, State) : llvm::ArrayRef<Use>();
    return !Uses.empty() &&
           llvm::none_of(Uses, [](const Use &X) { return X.is(Use::Stores | Use::Mutate | Use::Move); });
  }

  /// The reference to the state, or to a part or element of it, that the use makes: `auto &entry = entries_[key];`.
  const VarDecl *reference(const Use &X) const {
    const auto *DS = X.is(Use::Address) ? dyn_cast_or_null<DeclStmt>(X.Site) : nullptr;
    const auto *V = DS && DS->isSingleDecl() ? dyn_cast<VarDecl>(DS->getSingleDecl()) : nullptr;
    return V && V->getType()->isReferenceType() ? V : nullptr;
  }
  /// The uses of the state, those through such a reference behind the one that makes it.
  std::vector<Use> uses(const ValueDecl *State) {
    std::vector<Use> All;
    for (const Use &X : U.get<heddle::Uses>().in(C, State)) {
      All.push_back(X);
      if (const VarDecl *V = reference(X))
        llvm::append_range(All, U.get<heddle::Uses>().in(C, V));
    }
    return All;
  }

  const Expr *deciding(const ValueDecl *State, const Stmt *Change);
  /// Returns true if the mention is in the condition of a branch that the change does not depend on.
  bool asksElse(const Expr *Mention, const Stmt *Change) const {
    const Stmt *In = Mention;
    for (const Stmt *Up = C.parent(Mention); Up; In = Up, Up = C.parent(Up))
      if (const auto *If = dyn_cast<IfStmt>(Up))
        return If->getCond() == In && llvm::none_of(guards(C, Change), [&](const Guard &G) { return G.By == If; });
    return false;
  }
  /// Returns true if a condition under the second lock, on which the change depends, asks another member that was read
  /// under the first: a version, a generation.
  bool versionChecked(const Stmt *Change);
  bool lookedAtAgain(const ValueDecl *State, const Use &Change);
};

/// The condition, on what was seen of the state under the first lock, that decides whether the change is reached.
const Expr *LockUpgrades::Body::deciding(const ValueDecl *State, const Stmt *Change) {
  llvm::SmallPtrSet<const Expr *, 8> Seen;
  if (First->Kind == Op::Call) {
    for (const Code *Inner : U.get<Calls>().behind(First->Callee))
      if (!U.get<Uses>().in(*Inner, State).empty())
        Seen.insert(cast<Expr>(First->Site));
  } else {
    for (const Use &X : U.get<Uses>().in(C, State))
      if (X.Mention && !X.Lambda && looks(X) && under(X.Mention, First))
        Seen.insert(X.Mention);
    // `if (!covers(key)) return;`: a member looks, under the lock of its caller.
    for (const CallEdge &S : U.get<Calls>().from(C))
      if (const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(S.Site);
          Call && !S.Task && under(Call, First) && sameElement(*Call, Change) && onlyLooks(*Call, S.Callee, State))
        Seen.insert(Call);
  }
  if (Seen.empty())
    return nullptr;
  llvm::SmallPtrSet<const ValueDecl *, 4> Derived; // locals that were made of it
  auto Tells = [&](const Stmt *S) {
    return S && anyOf<Expr>(S, heddle::Walk::NoLambdas, [&](const Expr *E) {
             const auto *DR = dyn_cast<DeclRefExpr>(E);
             return Seen.contains(E) || (DR && Derived.contains(DR->getDecl()));
           });
  };
  for (bool More = true; More;) {
    More = false;
    walk(C.Fn->getBody(), heddle::Walk::NoLambdas, [&](const Stmt *S) {
      if (const auto *DS = dyn_cast<DeclStmt>(S)) {
        for (const Decl *D : DS->decls())
          if (const auto *V = dyn_cast<VarDecl>(D); V && V->getInit() && Tells(V->getInit()))
            More |= Derived.insert(V).second;
      } else if (const auto *B = dyn_cast<BinaryOperator>(S); B && B->isAssignmentOp() && Tells(B->getRHS())) {
        if (const auto *DR = dyn_cast<DeclRefExpr>(B->getLHS()->IgnoreParenImpCasts()))
          More |= Derived.insert(DR->getDecl()).second;
      } else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(S);
                 O && O->getOperator() == OO_Equal && O->getNumArgs() == 2 && Tells(O->getArg(1)))
        if (const auto *DR = dyn_cast<DeclRefExpr>(O->getArg(0)->IgnoreParenImpCasts()))
          More |= Derived.insert(DR->getDecl()).second;
      return Step::In;
    });
  }
  const Expr *Found = nullptr;
  llvm::SmallVector<Guard, 4> Around = guards(C, Change);
  forEach<IfStmt>(C.Fn->getBody(), heddle::Walk::NoLambdas, [&](const IfStmt *If) {
    const Expr *Cond = If->getCond();
    if (Found || !Cond || !(Tells(Cond) || Tells(If->getInit())))
      return;
    bool Decides = llvm::any_of(Around, [&](const Guard &G) { return G.Condition == Cond; }) || leaves(If->getThen()) ||
                   (If->getElse() && leaves(If->getElse()));
    if (Decides && !under(Cond, Again) && U.get<Order>().dominates(C, Cond, Change) && reaches(Cond, Again->Site))
      Found = Cond;
  });
  return Found;
}

bool LockUpgrades::Body::versionChecked(const Stmt *Change) {
  return llvm::any_of(guards(C, Change), [&](const Guard &G) {
    return under(G.Condition, Again) &&
           anyOf<MemberExpr>(G.Condition, heddle::Walk::NoLambdas, [&](const MemberExpr *M) {
             return llvm::any_of(U.get<heddle::Uses>().in(C, M->getMemberDecl()),
                                 [&](const Use &X) { return X.Mention && X.Mention != M && under(X.Mention, First); });
           });
  });
}

/// Returns true if the state is looked at between the second lock and the change, here or in a member that is called.
bool LockUpgrades::Body::lookedAtAgain(const ValueDecl *State, const Use &Change) {
  for (const Use &X : uses(State))
    if (X.Mention && X.Site != Change.Site && !reference(X) && looks(X) && under(X.Mention, Again) &&
        reaches(X.Mention, Change.Site) && !asksElse(X.Mention, Change.Site))
      return true;
  if (versionChecked(Change.Site))
    return true;
  for (const CallEdge &S : U.get<Calls>().from(C))
    if (under(S.Site, Again) && reaches(S.Site, Change.Site))
      for (const Code *Inner : U.get<Calls>().behind(S.Callee))
        if (!U.get<Uses>().in(*Inner, State).empty())
          return true;
  return false;
}

/// The lock of the object that a member which is called on it acquires itself; null if it acquires none, or several.
static const Event *locksItself(Unit &U, const Event &Call) {
  Code *Inner = Call.Kind == Op::Call && isa_and_nonnull<CXXMemberCallExpr>(Call.Site) && Call.Callee &&
                        Call.Object.This && Call.Object.Path.empty()
                    ? U.code(Call.Callee)
                    : nullptr;
  const Event *Only = nullptr;
  for (const Event &E : Inner ? llvm::ArrayRef(Inner->Events) : llvm::ArrayRef<Event>())
    if (E.Kind == Op::Acquire || E.Kind == Op::AcquireShared) {
      if (Only || !E.Object.This || E.Object.Element)
        return nullptr;
      Only = &E;
    }
  return Only;
}

/// `if (auto known = find(key)) return known; return add(key, make());`
void LockUpgrades::throughMembers(Code &C, std::vector<LockUpgrade> &Found) {
  for (const Event &A : C.Events) {
    const Event *First = locksItself(U, A);
    const auto *Asks = First ? cast<CallExpr>(A.Site) : nullptr;
    if (!First || Asks->getNumArgs() == 0 || Asks->getType()->isVoidType())
      continue;
    Code &Asked = *U.code(A.Callee);
    if (llvm::any_of(Asked.Events, [](const Event &E) {
          return E.Kind == Op::Insert || E.Kind == Op::Extract || E.Kind == Op::Clear;
        }))
      continue;
    for (const Event &B : C.Events) {
      const Event *Again = &A == &B || A.Callee == B.Callee ? nullptr : locksItself(U, B);
      if (!Again || Again->Kind != Op::Acquire || !(Again->Object == First->Object) || !sameElement(*Asks, B.Site) ||
          !U.get<Order>().reaches(C, A.Site, B.Site))
        continue;
      Body Outer(U, C, Again->Object, &A, &B);
      Code &Changes = *U.code(B.Callee);
      Body Inner(U, Changes, Again->Object, First, Again);
      llvm::SmallSetVector<const ValueDecl *, 8> States;
      forEach<MemberExpr>(Changes.Fn->getBody(), heddle::Walk::NoLambdas, [&](const MemberExpr *M) {
        if (isa<FieldDecl>(M->getMemberDecl()) && isa<CXXThisExpr>(unwrap(M->getBase())))
          States.insert(M->getMemberDecl());
      });
      for (const ValueDecl *D : States) {
        const Use *Named = nullptr; // by its own name, not by that of a reference
        auto All = Inner.uses(D);
        for (const Use &X : All) {
          const auto *DR = dyn_cast_or_null<DeclRefExpr>(X.Mention);
          Named = DR && DR->getDecl()->getType()->isReferenceType() ? Named : &X;
          if (!Named || !Named->Mention || !Inner.changes(X) || !Inner.under(X.Mention, Again) ||
              Inner.lookedAtAgain(D, X) ||
              llvm::any_of(Found, [&](const LockUpgrade &L) { return L.Change == X.Site; }))
            continue;
          if (const Expr *Test = Outer.deciding(D, B.Site))
            Found.push_back(
                {Again->Object, *Changes.place(Named->Mention), &A, Test, Again, X.Site, cast<Expr>(B.Site)});
        }
      }
    }
  }
}

std::vector<LockUpgrade> LockUpgrades::in(Code &C) {
  std::vector<LockUpgrade> Found;
  auto Takes = [](const Event &E) {
    return E.Object.valid() && !E.Object.Element && E.ObjectRole != Role::Semaphore &&
           (E.Kind == Op::Acquire || E.Kind == Op::AcquireShared);
  };
  llvm::SmallSetVector<const ValueDecl *, 16> States;
  walk(C.Fn->getBody(), heddle::Walk::NoLambdas, [&](const Stmt *S) {
    const ValueDecl *D = nullptr;
    if (const auto *M = dyn_cast<MemberExpr>(S))
      D = dyn_cast<FieldDecl>(M->getMemberDecl());
    else if (const auto *R = dyn_cast<DeclRefExpr>(S))
      if (const auto *V = dyn_cast<VarDecl>(R->getDecl()); V && V->hasGlobalStorage())
        D = V;
    Role Plays = D ? U.role(D->getType()) : Role::None;
    if (D && (Plays == Role::None || Plays == Role::Container || Plays == Role::SmartPointer))
      States.insert(D);
    return Step::In;
  });
  throughMembers(C, Found);
  // Each pair of sections costs walks over the graph.
  if (States.empty() || !C.graph() || llvm::count_if(C.Events, Takes) > MaxSections)
    return Found;
  std::vector<std::pair<const Event *, const Event *>> Pairs;
  for (const Event &A : C.Events)
    for (const Event &B : C.Events)
      if (&A != &B && Takes(A) && Takes(B) && A.Object == B.Object && B.Kind == Op::Acquire && A.Site != B.Site)
        Pairs.emplace_back(&A, &B);
  // `if (has(key)) return;`, where the member takes the lock for itself.
  for (const Event &A : C.Events)
    if (A.Kind == Op::Call && isa_and_nonnull<CXXMemberCallExpr>(A.Site) && A.Callee && A.Object.This &&
        A.Object.Path.empty() && !A.Callee->getReturnType()->isVoidType())
      for (const Event &B : C.Events)
        if (Takes(B) && B.Kind == Op::Acquire && B.Object.This &&
            llvm::any_of(U.get<CriticalSections>().deeds(A.Callee, Deed::Locks),
                         [&](const Witness &W) { return W.Through.empty() && W.Does->Object == B.Object; }))
          Pairs.emplace_back(&A, &B);
  for (auto [First, Again] : Pairs) {
    Body B(U, C, Again->Object, First, Again);
    if (!B.reaches(First->Site, Again->Site))
      continue;
    auto Ours = [&](const Use &X) {
      auto P = X.Mention ? C.place(X.Mention) : std::nullopt;
      return P && P->This == B.Lock.This && (P->This || B.Lock.Path.empty() || P->Root == B.Lock.Root);
    };
    // What the first section stores tells others what is about to happen.
    auto Stores = [&, First = First, Again = Again](const Code &In, const ValueDecl *D) {
      return llvm::any_of(U.get<Uses>().in(In, D), [&](const Use &X) {
        return First->Kind == Op::Call ? X.is(Use::Writes) && X.Of != Use::Behind && !X.is(Use::Mutate)
                                       : B.stores(X) && B.under(X.Mention, First) && B.reaches(X.Site, Again->Site);
      });
    };
    const Code *Where = First->Kind == Op::Call ? U.code(First->Callee) : &C;
    bool Marks = !Where || llvm::any_of(States, [&](const ValueDecl *D) { return Stores(*Where, D); });
    if (First->Kind == Op::Call && Where)
      Marks |= llvm::any_of(Where->Events, [](const Event &E) {
        return E.Kind == Op::Insert || E.Kind == Op::Extract || E.Kind == Op::Clear;
      });
    if (Marks)
      continue;
    for (const ValueDecl *D : States) {
      const Use *Named = nullptr; // by its own name, not by that of a reference
      auto All = B.uses(D);
      for (const Use &X : All) {
        const auto *DR = dyn_cast_or_null<DeclRefExpr>(X.Mention);
        Named = DR && DR->getDecl()->getType()->isReferenceType() ? Named : &X;
        if (!B.changes(X) || !Named || !Ours(*Named) || !B.under(X.Mention, Again))
          continue;
        if (First->Kind == Op::Call && !sameElement(*cast<CallExpr>(First->Site), X.Site))
          continue;
        const Expr *Test = B.deciding(D, X.Site);
        bool Known = llvm::any_of(Found, [&](const LockUpgrade &L) { return L.Change == X.Site; });
        if (Test && !Known && !B.lookedAtAgain(D, X))
          Found.push_back({Again->Object, *C.place(Named->Mention), First, Test, Again, X.Site});
      }
    }
  }
  return Found;
}

LockUpgrades::LockUpgrades(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<LockUpgrades>(Unit &);

} // namespace heddle

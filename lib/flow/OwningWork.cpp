#include "OwningWork.h"
#include "Calls.h"
#include "Captures.h"
#include "Classes.h"
#include "ValueFlow.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {

namespace {

/// The class of a part that is a value, or behind a pointer that nobody can copy; null for any other member.
const CXXRecordDecl *soleOwnedClass(Unit &U, const FieldDecl *X) {
  QualType T = X->getType();
  if (T->isPointerType() || T->isReferenceType())
    return nullptr;
  return !U.leads(T) || isMoveOnly(T->getAsCXXRecordDecl()) ? U.pointee(T)->getAsCXXRecordDecl() : nullptr;
}

/// Where a task calls a callable that it was given.
SourceLocation runsGiven(Unit &U, const ClassTask &T) {
  for (const Code *C : U.get<Calls>().behind(T.Body))
    for (const Event &E : C->Events)
      if (E.Kind == Op::Call && !E.Callee && E.Site)
        return E.loc();
  return {};
}

/// A share of an object: what takes it, and where.
struct Share {
  SourceLocation Loc;
  std::string Name;
  bool Weak = false;
};

/// What the callable holds that keeps an object of the class alive, or may for a time; none if it holds nothing of the
/// kind.
std::optional<Share> shareIn(Unit &U, const Code &C, const CallableRef &T, const CXXRecordDecl *RD) {
  for (const Held &X : U.get<Captures>().of(C, T)) {
    bool Mine = X.Variable && ((X.Object && X.Object->isThis()) || X.isFromThis());
    if (Mine && X.By == Held::Owner && isSame(U.pointee(X.Variable->getType())->getAsCXXRecordDecl(), RD))
      return Share{X.Loc, X.Name};
    if (Mine && X.By == Held::WeakOwner && T.Body)
      if (const Event *Lock = locksWeak(U, T.Body, RD))
        return Share{Lock->Site->getBeginLoc(), X.Name, true};
  }
  return std::nullopt;
}

/// Returns true if the part, or what it refers to, has the callee among its members, and its thread calls callables in
/// a member of that class.
bool takesWork(Unit &U, const Place &On, const FieldDecl *Part, const CXXRecordDecl *Callee, const ClassTask &T,
               ClassFacts &Of) {
  if (!On.This || On.Path.empty() || On.Path.front() != Part || On.Path.size() > 2)
    return false;
  if (On.Path.size() == 1)
    return isSame(Callee, Of.Class);
  return llvm::any_of(U.get<Calls>().behind(T.Body), [&](const Code *C) {
    const auto *M = dyn_cast<CXXMethodDecl>(C->Fn);
    return M && isSame(M->getParent(), Callee) &&
           llvm::any_of(C->Events, [](const Event &E) { return E.Kind == Op::Call && !E.Callee; });
  });
}

} // namespace

/// Returns true if the event makes a local owner of an object of the class from a weak pointer.
static bool isLock(const Code &C, const Event &E, const CXXRecordDecl *RD) {
  Unit &U = C.U;
  const auto *Call =
      E.Kind == Op::Self && E.ObjectRole == Role::WeakPointer ? dyn_cast_or_null<CallExpr>(E.Site) : nullptr;
  if (!Call || !E.Object.last() || !isSame(U.smartPointee(Call->getType().getNonReferenceType()), RD))
    return false;
  Flow::Kind Goes = U.get<ValueFlow>().next(C, Call).Goes; // in a temporary it is asked for, and no more
  return Goes == Flow::Declared || Goes == Flow::Assigned;
}

const Event *locksWeak(Unit &U, const FunctionDecl *Body, const CXXRecordDecl *RD) {
  for (const Code *C : U.get<Calls>().behind(Body))
    for (const Event &E : C->Events)
      if (isLock(*C, E, RD))
        return &E;
  return nullptr;
}

/// Where a task locks a weak pointer to an object of the class that its own object keeps.
static const Event *locksMember(Unit &U, ClassFacts &Of, const ClassTask &T, const CXXRecordDecl *RD) {
  for (const FieldFacts &F : Of.Fields)
    if (F.Plays == Role::WeakPointer)
      for (const MemberAccess *X : Of.operations(F.Field, {Op::Self}))
        if (X->Task == &T && X->In && isLock(*X->In, *X->Operation, RD))
          return X->Operation;
  return nullptr;
}

namespace {

/// The callables with a share in their object that its members give to its parts.
class Gifts {
public:
  Gifts(Unit &U, ClassFacts &F) : U(U), F(F) {}

  std::vector<OwningWork> run() {
    for (const FieldFacts &X : F.Fields) {
      const CXXRecordDecl *RD = X.Many ? nullptr : soleOwnedClass(U, X.Field);
      ClassFacts *Of = RD && !isSame(RD, F.Class) ? U.get<ClassTable>().of(RD) : nullptr;
      if (Of)
        ofPart(X.Field, *Of);
    }
    for (const ClassTask &T : F.Tasks)
      if (T.Body && T.Handle)
        ofOwnThread(T);
    return std::move(Out);
  }

private:
  Unit &U;
  ClassFacts &F;
  std::vector<OwningWork> Out;

  void ofPart(const FieldDecl *Part, ClassFacts &Of) {
    for (const ClassTask &T : Of.Tasks)
      if (const Event *Lock = locksMember(U, Of, T, F.Class))
        Out.push_back({Part, &Of, &T, Lock->Site->getBeginLoc(), Lock->Object.name(), {}, true});
      else if (SourceLocation Runs = T.Body ? runsGiven(U, T) : SourceLocation(); Runs.isValid())
        given(T, Of, Runs, [&](const Place &On, const CXXMethodDecl *M) {
          return takesWork(U, On, Part, M->getParent(), T, Of) ? Part : nullptr;
        });
  }

  /// The bodies that the task runs, those of members included of which only what they do together is known: the loop of
  /// a queue of callables counts as a receive.
  std::vector<const Code *> ran(const ClassTask &T) {
    std::vector<const Code *> All = U.get<Calls>().behind(T.Body);
    for (unsigned I = 0; I != All.size() && I < 100; ++I)
      for (const Event &E : All[I]->Events) {
        const auto *Call = E.Model ? dyn_cast_or_null<CXXMemberCallExpr>(E.Site) : nullptr;
        const FunctionDecl *M = Call && Call->getMethodDecl() ? U.visible(Call->getMethodDecl()) : nullptr;
        if (const Code *C = M ? U.code(M) : nullptr; C && !llvm::is_contained(All, C))
          All.push_back(C);
      }
    return All;
  }

  /// What the object's own thread runs: callables in a member of a part, of its own, or of an event loop.
  void ofOwnThread(const ClassTask &T) {
    llvm::SmallPtrSet<const FieldDecl *, 2> Taken; ///< containers out of which the thread takes something
    std::vector<const Code *> Ran = ran(T);
    for (const Code *C : Ran)
      for (const Event &E : C->Events) {
        const FieldDecl *On = E.Object.This && E.Object.Path.size() == 1 ? E.Object.Path.front() : nullptr;
        if (On && E.Kind == Op::Extract)
          Taken.insert(On);
        else if (On && E.Kind == Op::Block && E.ObjectRole == Role::EventLoop && soleOwnedClass(U, On))
          ofLoop(T, On, E.loc());
      }
    for (const Code *C : Ran) {
      const auto *M = dyn_cast<CXXMethodDecl>(C->Fn);
      auto Call = llvm::find_if(C->Events, [](const Event &E) { return E.Kind == Op::Call && !E.Callee; });
      if (!M || M->getParent()->isLambda() || Call == C->Events.end())
        continue;
      const CXXRecordDecl *Runs = M->getParent();
      given(T, F, Call->loc(), [&](const Place &On, const CXXMethodDecl *To) -> const FieldDecl * {
        if (!isSame(To->getParent(), Runs))
          return nullptr;
        if (On.isThis() && isSame(Runs, F.Class))
          return queueOf(To, Taken);
        bool Part = On.This && On.Path.size() == 1 && isSame(soleOwnedClass(U, On.Path.front()), Runs);
        return Part ? On.Path.front() : nullptr;
      });
    }
  }
  /// The container of the object into which the member puts what it is given, if the thread takes things out of it.
  const FieldDecl *queueOf(const CXXMethodDecl *M, const llvm::SmallPtrSetImpl<const FieldDecl *> &Taken) {
    const Code *C = U.visible(M) ? U.code(U.visible(M)) : nullptr;
    for (const Event &E : C ? llvm::ArrayRef<Event>(C->Events) : llvm::ArrayRef<Event>())
      if (E.Kind == Op::Insert && E.Object.This && E.Object.Path.size() == 1 && Taken.contains(E.Object.Path.front()))
        return E.Object.Path.front();
    return nullptr;
  }

  /// `asio::post(io_, [self = shared_from_this()] { … })`
  void ofLoop(const ClassTask &T, const FieldDecl *Loop, SourceLocation Runs) {
    for (const CXXMethodDecl *M : allMembers(F.Class)) {
      const Code *C = U.visible(M) ? U.code(M) : nullptr;
      for (const Event &E : C ? llvm::ArrayRef<Event>(C->Events) : llvm::ArrayRef<Event>())
        if (E.Kind == Op::Defer && E.Object.This && E.Object.Path.size() == 1 && E.Object.Path.front() == Loop)
          for (const CallableRef &What : E.Tasks)
            if (auto Share = shareIn(U, *C, What, F.Class))
              Out.push_back({Loop, &F, &T, Share->Loc, Share->Name, Runs, Share->Weak});
    }
  }

  /// Looks at the calls of visible members that \p PartOf says are given work for a part.
  void given(const ClassTask &T, ClassFacts &Of, SourceLocation Runs,
             llvm::function_ref<const FieldDecl *(const Place &, const CXXMethodDecl *)> PartOf) {
    for (const CXXMethodDecl *By : allMembers(F.Class)) {
      Code *C = U.visible(By) ? U.code(By) : nullptr;
      if (!C)
        continue;
      forEach<CXXMemberCallExpr>(C->Fn->getBody(), Walk::NoLambdas, [&](const CXXMemberCallExpr *Call) {
        const FunctionDecl *M = U.visible(Call->getMethodDecl());
        const Code *Inner = M ? U.code(M) : nullptr;
        auto On = Inner ? C->place(Call->getImplicitObjectArgument()) : std::nullopt;
        const FieldDecl *Part = On ? PartOf(*On, Call->getMethodDecl()) : nullptr;
        if (!Part)
          return;
        for (const ParmVarDecl *P : M->parameters()) {
          const Expr *A = argument(Call, P);
          if (!A || llvm::any_of(Inner->Events, [&](const Event &E) { return Code::callOf(E, P); }))
            continue;
          for (const CallableRef &What : C->callables(A))
            if (auto Share = shareIn(U, *C, What, F.Class))
              Out.push_back({Part, &Of, &T, Share->Loc, Share->Name, Runs, Share->Weak});
        }
      });
    }
  }
};

} // namespace

std::vector<OwningWork> owningWork(Unit &U, ClassFacts &F) { return Gifts(U, F).run(); }

} // namespace heddle

#include "UnownedTasks.h"
#include "Calls.h"
#include "CurrentThread.h"
#include "Loops.h"
#include "StopRequests.h"

using namespace clang;

namespace heddle {

namespace {

class Judge {
public:
  Judge(Unit &U) : U(U) {}

  bool leftByConstructor(ClassFacts &F, const ClassTask &T) {
    return !isNeverDestroyed(U, F.Class) && T.OnObject && !isHandler(T) && byConstructor(T) && !isWaitedFor(F, T) &&
           !ownsItsObject(U, F, T) && !isToldToStop(F, T) && !touchedBy(U, T.Body).empty();
  }
  std::optional<UnjoinedStop> stop(ClassFacts &F, const ClassTask &T) {
    const CXXDestructorDecl *D = F.Class->getDestructor();
    if ((D && D->isUserProvided() && !U.visible(D)) || !T.OnObject || isHandler(T) || !isLeft(F, T) ||
        ownsItsObject(U, F, T) || touchedBy(U, T.Body).empty())
      return std::nullopt;
    return request(F, T);
  }

  SourceLocation detached(ClassFacts &F, const ClassTask &T) {
    if (!T.Handle || !T.OnObject || isHandler(T) || ownsItsObject(U, F, T) || isNeverDestroyed(U, F.Class) ||
        touchedBy(U, T.Body).empty() || !goesOnUsing(F, T))
      return {};
    SourceLocation Found;
    for (const LifeStep &S : F.destruction()) {
      if (S.Does != LifeStep::Do || !S.What || !S.What->Site)
        continue;
      bool Mine = S.What->Object.valid() && S.In->whole(S.What->Object).last() == T.Handle;
      if (Mine && S.What->Kind == Op::Detach && !isThreadAsked(*S.In, S.What->Site))
        Found = S.What->loc();
      auto Waits = Mine ? std::nullopt : U.get<Calls>().witness(*S.In, *S.What, Effect::Waits);
      if (Waits && Waits->Does && !Waits->Does->may(Fact::Timed))
        return {};
    }
    return Found;
  }

private:
  /// Returns true if the task uses the object for as long as it runs: in a loop, or where it blocks. What it does first
  /// may be over when it is known to run.
  bool goesOnUsing(ClassFacts &F, const ClassTask &T) {
    return llvm::any_of(F.accesses(), [&](const MemberAccess &X) {
      if (X.Task != &T || !X.In || !X.Site || X.Field == T.Handle)
        return false;
      Code *Body = U.code(T.Body);
      bool Loops = inLoop(*X.In, X.Site) || (Body && X.Entry && inLoop(*Body, X.Entry));
      return Loops || (X.Operation && (does(U, *X.Operation, Effect::Blocks) || does(U, *X.Operation, Effect::Waits)));
    });
  }
  /// A handler runs on the thread of its loop, which may be the one that destroys the object (unstopped-timer).
  static bool isHandler(const ClassTask &T) { return T.Start && T.Start->Start->Kind == Op::Defer; }
  /// Returns true if no member and no end waits for the task. (The end of a std::thread that nobody joins ends the
  /// program: another check's business.)
  bool isLeft(ClassFacts &F, const ClassTask &T) {
    if (T.Handle && !isLetGo(T)) {
      const FieldFacts *H = F.field(T.Handle);
      if (!H || H->AtEnd.has(Endings::Joins) || H->AtEnd.has(Endings::Terminates) || H->AtEnd.has(Endings::Unknown))
        return false;
      if (!F.operations(T.Handle, {Op::Join, Op::Wait, Op::Await, Op::Consume, Op::Move, Op::Escape}).empty())
        return false;
    } else if (T.Start && !isLetGo(T) && !T.Start->Handles.empty())
      return false; // whoever has it may wait
    return !waitsInDestruction(U, F);
  }

  static bool byConstructor(const ClassTask &T) {
    return T.StartedBy.empty() ||
           llvm::any_of(T.StartedBy, [](const CXXMethodDecl *M) { return isa<CXXConstructorDecl>(M); });
  }

  /// Returns true if a member or an end waits for the task, or may: what becomes of its handle is not known.
  bool isWaitedFor(ClassFacts &F, const ClassTask &T) {
    const CXXDestructorDecl *D = F.Class->getDestructor();
    if (D && D->isUserProvided() && !U.visible(D))
      return true;
    if (T.Handle && !isLetGo(T)) {
      const FieldFacts *H = F.field(T.Handle);
      if (!H || !(H->AtEnd.has(Endings::Leaks) || H->AtEnd.has(Endings::Detaches)))
        return true;
      if (!F.operations(T.Handle, {Op::Join, Op::Wait, Op::Await, Op::Consume, Op::Move, Op::Escape}).empty())
        return true;
    } else if (T.Start && !isLetGo(T) && !T.Start->Handles.empty()) {
      return !isDropped(T);
    }
    return waitsInDestruction(U, F);
  }
  /// Returns true if the handle is a local of the constructor that nobody waits for.
  bool isDropped(const ClassTask &T) {
    return llvm::all_of(T.Start->Handles, [&](const Place &P) {
      const auto *V = dyn_cast_or_null<VarDecl>(P.Root);
      if (!V || !V->hasLocalStorage() || !P.Path.empty() || !(V->getType()->isPointerType() || leaks(V)))
        return false;
      return llvm::none_of(T.StartedIn->Events, [&](const Event &E) {
        if (!E.Object.valid() || E.Object.Root != V)
          return false;
        // `connect(thread, &QThread::finished, thread, &QObject::deleteLater)` waits for nothing.
        bool Connected = llvm::any_of(T.StartedIn->Events, [&](const Event &X) {
          return X.Kind == Op::Defer && X.Site && E.Site && within(*T.StartedIn, E.Site, X.Site);
        });
        return joinsTask(U, E) || (E.Kind == Op::Escape && !Connected) || E.Kind == Op::Move || E.Kind == Op::Insert;
      });
    });
  }
  bool leaks(const VarDecl *V) { return U.get<Destruction>().of(V->getType()).has(Endings::Leaks); }

  /// Returns true if the destructor asks the task to stop: stop-without-join speaks.
  static bool isToldToStop(ClassFacts &F, const ClassTask &T) {
    return llvm::any_of(F.accesses(), [&](const MemberAccess &X) {
      return X.By && isa<CXXDestructorDecl>(X.By) && X.Does == MemberAccess::Write && T.Flags.contains(X.Field);
    });
  }

  std::optional<UnjoinedStop> request(ClassFacts &F, const ClassTask &T) {
    std::optional<UnjoinedStop> Found;
    auto Take = [&](const CXXMethodDecl *By, const Stmt *Site, const FieldDecl *What) {
      if (!Found || isa<CXXDestructorDecl>(By))
        Found = UnjoinedStop{By, Site, What->getNameAsString()};
    };
    for (const MemberAccess &X : F.accesses()) {
      if (!X.By || isa<CXXConstructorDecl>(X.By) || !X.Site)
        continue;
      bool Sets = T.Flags.contains(X.Field) && X.Does == MemberAccess::Write && setsConstant(F, X);
      bool Cancels = X.Operation && X.Operation->Kind == Op::Cancel && T.ObservesStop;
      if ((Sets || Cancels) && stops(F, X.By))
        Take(X.By, X.Site, X.Field);
    }
    return Found;
  }
  bool setsConstant(ClassFacts &F, const MemberAccess &X) {
    return llvm::any_of(F.Members, [&](const ClassMember &M) {
      return M.M == X.By && (F.does(M).SetsTrue.contains(X.Field) || F.does(M).SetsFalse.contains(X.Field));
    });
  }
  /// Returns true if the object ends with the member: the destructor, or what it calls.
  bool stops(ClassFacts &F, const CXXMethodDecl *By) {
    if (isa<CXXDestructorDecl>(By))
      return true;
    const CXXDestructorDecl *D = F.Class->getDestructor();
    return D && U.visible(D) && llvm::any_of(U.get<Calls>().behind(D), [&](const Code *C) {
             return C->Fn->getCanonicalDecl() == By->getCanonicalDecl();
           });
  }

  Unit &U;
};

} // namespace

bool isLeftByConstructor(Unit &U, ClassFacts &F, const ClassTask &T) { return Judge(U).leftByConstructor(F, T); }

SourceLocation detachedAtEnd(Unit &U, ClassFacts &F, const ClassTask &T) { return Judge(U).detached(F, T); }

std::optional<UnjoinedStop> unjoinedStop(Unit &U, ClassFacts &F, const ClassTask &T) { return Judge(U).stop(F, T); }

} // namespace heddle

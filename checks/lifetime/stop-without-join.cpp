// A stop that is requested and not waited for: the members that the task uses are released while it still runs.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/OwnTasks.h"
#include "flow/Releases.h"
#include "flow/StopRequests.h"

using namespace clang;

namespace heddle {
namespace {

/// One place in a member at which the stop of the task is requested.
struct Request {
  const CXXMethodDecl *By = nullptr;
  const Stmt *Site = nullptr;
  std::string What;
};

class Stops {
public:
  Stops(Unit &U, Reporter &R) : U(U), R(R) {}

  void look(ClassFacts &F) {
    const CXXDestructorDecl *D = F.Class->getDestructor();
    if (D && D->isUserProvided() && !U.visible(D))
      return;
    for (const ClassTask &T : F.Tasks)
      if (T.OnObject && !isHandler(T) && isLeft(F, T) && !ownsItsObject(U, F, T))
        if (auto Q = request(F, T))
          report(F, T, *Q);
  }

private:
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

  std::optional<Request> request(ClassFacts &F, const ClassTask &T) {
    std::optional<Request> Found;
    auto Take = [&](const CXXMethodDecl *By, const Stmt *Site, const FieldDecl *What) {
      if (!Found || isa<CXXDestructorDecl>(By))
        Found = Request{By, Site, What->getNameAsString()};
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

  void report(ClassFacts &F, const ClassTask &T, const Request &Q) {
    std::vector<TouchedField> Touches = touchedBy(U, T.Body);
    if (Touches.empty())
      return;
    auto Used = llvm::find_if(Touches, [&](const TouchedField &X) { return X.Field->getNameAsString() != Q.What; });
    const TouchedField &First = Used == Touches.end() ? Touches.front() : *Used;
    R.report(Q.Site->getBeginLoc(),
             "the task is asked to stop by '" + Q.What + "', but is not waited for; it uses '" +
                 First.Field->getNameAsString() + "' while the object is destroyed; join it before the members end",
             Story(T.Loc, "the task is started here")
                 .then(First.Loc, "it uses '" + First.Field->getNameAsString() + "' here"));
  }

  Unit &U;
  Reporter &R;
};

/// `worker_.request_stop(); store_.reset();`
void releases(ClassFacts &F, Unit &U, Reporter &R) {
  for (const EarlyRelease &X : earlyReleases(U, F)) {
    if (X.Joined.isValid())
      continue;
    std::string Name = X.Released->getNameAsString();
    R.report(X.Loc,
             "the task of '" + X.User->getNameAsString() + "' is asked to stop, but is not waited for before '" + Name +
                 "' is released here; it uses a destroyed object; join it first",
             Story(X.Started, "the task is started here")
                 .then(X.Used, "it uses '" + Name + "' here")
                 .then(X.Requested, "the stop is requested here"));
  }
}

const UnitCheck Check({.Name = "stop-without-join",
                       .Family = "lifetime",
                       .Level = Tier::Bug,
                       .Summary = "Finds tasks that are asked to stop when their object ends, and not waited for.",
                       .Rows = "L24",
                       .Preview = true},
                      [](Unit &U, Reporter &R) {
                        Stops S(U, R);
                        for (ClassFacts *F : U.get<ClassTable>().all()) {
                          S.look(*F);
                          releases(*F, U, R);
                        }
                      });

} // namespace
} // namespace heddle

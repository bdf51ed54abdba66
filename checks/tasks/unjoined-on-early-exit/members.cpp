#include "detectors.h"
#include "flow/Calls.h"
#include "flow/ClassFacts.h"
#include "flow/Creation.h"
#include "flow/EventIndex.h"
#include "flow/Guards.h"
#include "flow/Mentions.h"
#include "flow/Order.h"
#include "flow/OwnTasks.h"
#include "flow/TaskFacts.h"
#include "flow/Throws.h"
#include "flow/Unwrap.h"

#include "llvm/ADT/SetVector.h"

using namespace clang;

namespace heddle::unjoined {

bool isThreadField(Unit &U, const FieldDecl *F) {
  QualType E = U.element(F->getType());
  QualType Handle = E.isNull() ? F->getType() : E;
  return U.role(Handle) == Role::Thread && U.get<Destruction>().of(Handle).has(Endings::Terminates);
}

bool startsByDefault(const FieldDecl *F) {
  const auto *CE = dyn_cast_or_null<CXXConstructExpr>(unwrap(F->getInClassInitializer()));
  return CE && CE->getNumArgs() > 0 && !CE->getConstructor()->isCopyOrMoveConstructor();
}

/// Returns true if the object itself is handed over: `this`, a lambda that holds it; not by a member of it alone.
static bool handsOverThis(const Stmt *S, bool InMember = false) {
  if (!S)
    return false;
  if (isa<CXXThisExpr>(S))
    return !InMember;
  return llvm::any_of(S->children(), [&](const Stmt *X) { return handsOverThis(X, isa<MemberExpr>(S)); });
}

bool mayBeJoinedByMember(Unit &U, const FieldDecl *F) {
  ClassFacts *Class = U.get<ClassTable>().of(cast<CXXRecordDecl>(F->getParent()));
  auto Joins = [&](const LifeStep &S) {
    return S.Does == LifeStep::Initialise && S.Init && S.Field != F && U.role(S.Field->getType()) != Role::Thread &&
           (mentions(S.Init, F) || handsOverThis(S.Init)) && S.Field->getType().isDestructedType() != QualType::DK_none;
  };
  return Class && (llvm::any_of(Class->construction(nullptr), Joins) ||
                   llvm::any_of(Class->Class->ctors(), [&](const CXXConstructorDecl *Ctor) {
                     return U.visible(Ctor) && llvm::any_of(Class->construction(Ctor), Joins);
                   }));
}

namespace {

/// What this unit does with one handle that is a member.
struct Handled {
  const FieldDecl *Field = nullptr;
  const CXXRecordDecl *Class = nullptr;
  SourceLocation Start;                ///< of its task
  const IndexedEvent *Joins = nullptr; ///< the last join outside of a destructor
  const CXXMethodDecl *JoinsIn = nullptr;
  unsigned Ends = 0;      ///< at how many places somebody joins, detaches, moves or hands it on
  bool Elsewhere = false; ///< the same, but for a join outside of the destructor
  bool InOne = false;     ///< one member starts and joins it
  llvm::SmallVector<const IndexedEvent *, 2> Starts;

  std::string name() const { return "'" + Field->getNameAsString() + "'"; }
};

Handled read(Unit &U, const FieldDecl *F) {
  Handled H;
  H.Field = F;
  H.Class = cast<CXXRecordDecl>(F->getParent());
  llvm::DenseSet<const Code *> StartedIn;
  for (const IndexedEvent &E : U.get<EventIndex>().about(F)) {
    bool Destroys = isa<CXXDestructorDecl>(E.In->Fn);
    switch (E.What->Kind) {
    case Op::Spawn:
      if (H.Starts.empty())
        H.Start = E.What->loc();
      H.Starts.push_back(&E);
      StartedIn.insert(E.In);
      break;
    case Op::Join:
      ++H.Ends;
      H.Elsewhere |= Destroys;
      if (!Destroys) {
        H.Joins = &E;
        H.JoinsIn = dyn_cast<CXXMethodDecl>(E.In->Fn);
        H.InOne |= StartedIn.contains(E.In) && H.JoinsIn && H.JoinsIn->getParent() == H.Class;
      }
      break;
    case Op::Detach:
    case Op::Move:
    case Op::Escape:
    case Op::Extract:
      H.Elsewhere = true;
      [[fallthrough]];
    case Op::Wait:
      ++H.Ends;
      break;
    default:
      break;
    }
  }
  if (H.Start.isInvalid() && startsByDefault(F))
    H.Start = F->getLocation();
  return H;
}

bool isCallOf(const Event &E, const FunctionDecl *F) {
  return E.Kind == Op::Call && E.Callee && E.Callee->getCanonicalDecl() == F->getCanonicalDecl();
}

/// `~Mount() { try { stop(); } catch (...) {} }` and `void stop() { server_.stop(); thread_.join(); }`: when the first
/// call throws, nobody joins, and the object is destroyed all the same.
void reportJoinBehindThrow(Unit &U, const Handled &H, Reporter &R) {
  Code &C = *H.Joins->In;
  const CXXDestructorDecl *D = H.Class->getDestructor();
  if (!U.get<Calls>().find(D, [&](const Code &, const Event &E) { return isCallOf(E, H.JoinsIn); }))
    return;
  const Stmt *Join = H.Joins->What->Site;
  for (const Event &E : C.Events) {
    const auto *Call = E.Kind == Op::Call ? dyn_cast_or_null<Expr>(E.Site) : nullptr;
    if (!Call || !U.get<Order>().reaches(C, Call, Join))
      continue;
    // A handler between the two lets the join happen.
    const CXXTryStmt *Try = C.enclosingTry(Call);
    if (Try && C.enclosingTry(Join) != Try)
      continue;
    auto What = U.throws().by(C, Call);
    if (!What)
      continue;
    std::vector<StoryLine> Story{{H.Start, "it is started here"}};
    llvm::append_range(Story, What->Way);
    Story.push_back({What->Origin, What->What + " is thrown here"});
    Story.push_back({H.Joins->What->loc(), "this join is skipped, and there is no other"});
    R.report(E.loc(),
             H.name() + " is not joined when this throws, and the destructor of '" + H.Class->getNameAsString() +
                 "' relies on it; destroying a joinable thread terminates the program; join it on every path, "
                 "exceptions included",
             Story);
    return;
  }
}

/// Returns true if an owner of such objects, or a class that derives from theirs, calls the member. Then that is the
/// contract, and the owner's paths are looked at one by one. An owner that is not seen may do so, too: nobody here
/// makes such an object, or the member is called through a base.
bool mayBeCalledByOwner(Unit &U, const CXXMethodDecl *M) {
  if (M->isVirtual() || U.get<Creation>().of(M->getParent()).empty())
    return true;
  return llvm::any_of(U.get<Calls>().callers(M), [&](const CallEdge &X) {
    const auto *By = dyn_cast<CXXMethodDecl>(X.In->Fn);
    const Expr *Object = objectOf(X.Site);
    bool Own = !Object || isa<CXXThisExpr>(unwrap(Object));
    return !X.Task && (!Own || (By && By->getParent() != M->getParent()));
  });
}

/// \p Told: the members that join what no destructor does. All threads of one of them are one defect.
void report(Unit &U, const Handled &H, llvm::SmallPtrSetImpl<const CXXMethodDecl *> &Told, Reporter &R) {
  if (H.Start.isInvalid() || !U.seesAllUses(H.Field))
    return;
  bool One = U.element(H.Field->getType()).isNull();
  if (H.JoinsIn) {
    const CXXDestructorDecl *D = H.Class->getDestructor();
    bool Own = H.JoinsIn->getParent() == H.Class, Destroys = D && D->isUserProvided();
    if (H.JoinsIn->getAccess() == AS_public && One)
      reportRestarts({H.Field, H.Class, H.Joins, H.Starts}, R);
    if (Own && Destroys && H.Ends == 1 && One)
      reportJoinBehindThrow(U, H, R);
    if (Own && !Destroys && !H.Elsewhere && !H.InOne && !mayBeCalledByOwner(U, H.JoinsIn) &&
        Told.insert(H.JoinsIn).second)
      R.report(H.Field->getLocation(),
               H.name() + " is joined only in '" + H.JoinsIn->getNameAsString() + "', and '" +
                   H.Class->getNameAsString() +
                   "' has no destructor that joins it; destroying a joinable thread terminates the program; join it "
                   "in the destructor",
               {{H.Start, "it is started here"}, {H.Joins->What->loc(), "it is joined only if this is called"}});
  }
  if (H.Ends == 0 && !mayBeJoinedByMember(U, H.Field) && !isNeverDestroyed(U, H.Class))
    R.report(H.Field->getLocation(),
             H.name() + " is started, and no member of '" + H.Class->getNameAsString() +
                 "' joins it; destroying a joinable thread terminates the program; join it in the destructor",
             {{H.Start, "it is started here"}});
}

} // namespace

void reportMembers(Unit &U, Reporter &R) {
  llvm::SetVector<const FieldDecl *> Fields;
  for (const ValueDecl *D : U.get<EventIndex>().objects())
    if (const auto *F = dyn_cast<FieldDecl>(D); F && isa<CXXRecordDecl>(F->getParent()))
      Fields.insert(F);
  for (ClassFacts *C : U.get<ClassTable>().all())
    for (const FieldFacts &F : C->Fields)
      if (startsByDefault(F.Field))
        Fields.insert(F.Field);
  llvm::SmallPtrSet<const CXXMethodDecl *, 4> Told;
  for (const FieldDecl *F : Fields)
    if (isThreadField(U, F)) {
      report(U, read(U, F), Told, R);
      if (U.seesAllUses(F))
        reportSkippedJoin(U, F, U.get<EventIndex>().about(F), R);
    }
}

} // namespace heddle::unjoined

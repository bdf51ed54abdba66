#include "Destruction.h"
#include "LibraryCode.h"
#include "MakeFacts.h"
#include "support/Walk.h"

#include "clang/AST/DeclCXX.h"

using namespace clang;

namespace heddle {

std::string Endings::describe() const {
  static constexpr const char *Words[] = {"joins",  "detaches", "terminates", "leaks",  "cancels",
                                          "closes", "unlocks",  "breaks",     "unknown"};
  std::string Text;
  for (unsigned I = 0; I != std::size(Words); ++I)
    if (Bits & (1u << I))
      Text += (Text.empty() ? "" : " ") + std::string(Words[I]);
  return Text.empty() ? "nothing" : Text;
}

/// What an operation means when a destructor does it; nothing for others.
static Endings ending(Op O) {
  switch (O) {
  case Op::Join:
  case Op::Wait:
    return Endings::Joins;
  case Op::Detach:
    return Endings::Detaches;
  case Op::Cancel:
    return Endings::Cancels;
  case Op::Close:
    return Endings::Closes;
  case Op::Release:
    return Endings::Unlocks;
  default:
    return {};
  }
}

Endings Destruction::of(QualType T, unsigned Depth) {
  if (T.isNull() || T->isPointerType() || T->isReferenceType() || Depth > MaxDepth)
    return {};
  T = U.Ctx.getBaseElementType(T);
  const TypeModel *M = U.type(T);
  if (QualType Element = U.element(T); !Element.isNull())
    return of(Element, Depth + 1);
  if (M && M->Plays == Role::SmartPointer)
    return of(U.pointee(T), Depth + 1);
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  if (M && !(RD && U.inferred(RD)))
    return behindOwn(RD, modelled(*M, T)); // the class may derive from the one that is modelled
  return RD ? of(RD, Depth) : Endings();
}

Endings Destruction::behindOwn(const CXXRecordDecl *RD, Endings Parts) {
  const CXXDestructorDecl *D = RD && RD->hasDefinition() ? RD->getDestructor() : nullptr;
  if (!D || !D->isUserProvided() || inLibrary(U, D->getLocation()))
    return Parts;
  Endings Own = written(D);
  // The destructor has seen to the handles before they die.
  if (Own.has(Endings::Joins) || Own.has(Endings::Detaches) || Own.has(Endings::Unknown))
    Parts = Parts.without(Endings::Terminates).without(Endings::Leaks);
  return Parts |= Own;
}

/// Returns true if the header shows that the destructor detaches: boost::thread, unless a macro asks for another.
static bool detachesItself(Unit &U, const CXXRecordDecl *RD) {
  const CXXDestructorDecl *D = RD && RD->hasDefinition() ? RD->getDestructor() : nullptr;
  const FunctionDecl *Def = nullptr;
  return D && D->hasBody(Def) && anyOf<CXXMemberCallExpr>(Def->getBody(), Walk::NoLambdas, [&](const auto *Call) {
           const CXXMethodDecl *M = Call->getMethodDecl();
           return M && llvm::any_of(U.actions(M, RD, Call->getNumArgs()),
                                    [](const Action &A) { return A.Operation == Op::Detach; });
         });
}

Endings Destruction::modelled(const TypeModel &M, QualType T) {
  Endings All;
  for (const Action &A : M.Destructor)
    All |= ending(A.Operation);
  if (M.With.has(Fact::Joins) || M.Plays == Role::JoiningThread)
    All |= Endings::Joins;
  if (M.With.has(Fact::FireAndForget))
    All |= Endings::Detaches;
  switch (M.Plays) {
  case Role::Thread:
    if (All.none() && detachesItself(U, T->getAsCXXRecordDecl()))
      All |= Endings::Detaches;
    else if (All.none())
      All |= T->isRecordType() ? Endings::Terminates : Endings::Leaks;
    break;
  case Role::Group: // a group that owns its threads lets them end by themselves
    if (All.none() && T->isRecordType() && !M.With.has(Fact::OwnsThreads))
      All |= Endings::Terminates;
    break;
  case Role::Guard:
  case Role::SharedGuard:
    All |= Endings::Unlocks;
    break;
  case Role::CancelScope:
    All |= Endings::Cancels;
    break;
  case Role::Promise:
    All |= Endings::Breaks;
    break;
  default:
    break;
  }
  return All;
}

Endings Destruction::of(const CXXRecordDecl *RD, unsigned Depth) {
  RD = RD ? RD->getDefinition() : nullptr;
  if (!RD || RD->isDependentContext() || Depth > MaxDepth || inLibrary(U, RD->getLocation()))
    return {};
  if (auto It = Known.find(RD); It != Known.end())
    return It->second;
  Known[RD] = {}; // for classes that contain each other by smart pointers
  Endings Parts;
  for (const FieldDecl *F : RD->fields())
    Parts |= of(F->getType(), Depth + 1);
  for (const CXXBaseSpecifier &B : RD->bases())
    Parts |= of(B.getType(), Depth + 1);
  Parts = behindOwn(RD, Parts);
  if (const TypeModel *M = U.inferred(RD); M && (M->Plays == Role::Guard || M->Plays == Role::CancelScope))
    Parts |= M->Plays == Role::Guard ? Endings::Unlocks : Endings::Cancels;
  return Known[RD] = Parts;
}

Endings Destruction::written(const CXXDestructorDecl *D) {
  if (!U.visible(D))
    return Endings::Unknown;
  Endings All;
  for (Op O : {Op::Join, Op::Wait, Op::Detach, Op::Cancel, Op::Close})
    if (U.reaches(D, O, /*OnlyBlocking=*/false))
      All |= ending(O);
  return All;
}

bool holds(Unit &U, QualType T, llvm::function_ref<bool(Role)> Fits, unsigned Depth) {
  if (T.isNull())
    return false;
  if (Fits(U.role(T)))
    return true;
  if (QualType Element = U.element(T); !Element.isNull())
    return holds(U, Element, Fits, Depth);
  const CXXRecordDecl *RD = U.pointee(T)->getAsCXXRecordDecl();
  return Depth && RD && RD->hasDefinition() && !RD->isDependentContext() && !inLibrary(U, RD->getLocation()) &&
         llvm::any_of(RD->getDefinition()->fields(),
                      [&](const FieldDecl *F) { return holds(U, F->getType(), Fits, Depth - 1); });
}

bool isGuardAlone(Unit &U, QualType T, unsigned Depth) {
  if (T.isNull() || T->isReferenceType() || T->isPointerType())
    return false;
  if (const TypeModel *M = U.type(T))
    return isGuard(M->Plays);
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  RD = RD && !RD->isLambda() ? RD->getDefinition() : nullptr;
  if (!RD || !Depth)
    return false;
  bool Any = false;
  for (const FieldDecl *F : RD->fields()) {
    if (isGuardAlone(U, F->getType(), Depth - 1))
      Any = true;
    else if (!isLock(U.role(F->getType())))
      return false;
  }
  return Any;
}

Destruction::Destruction(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<Destruction>(Unit &);

} // namespace heddle

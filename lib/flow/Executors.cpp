#include "Executors.h"
#include "Calls.h"
#include "ClassFacts.h"
#include "Classes.h"
#include "LibraryCode.h"
#include "MakeFacts.h"

using namespace clang;

namespace heddle {

/// Returns true if a constructor of the class starts tasks whose handles a container of the object holds.
/// Returns true if the task runs an event loop that is a part of its object.
static bool runsOwnLoop(Unit &U, const ClassTask &T) {
  return T.Body && llvm::any_of(U.get<Calls>().behind(T.Body), [](const Code *C) {
           return llvm::any_of(C->Events, [](const Event &E) {
             const FieldDecl *Loop = E.Object.This && E.Object.Path.size() == 1 ? E.Object.Path.front() : nullptr;
             return E.Kind == Op::Block && E.ObjectRole == Role::EventLoop && Loop &&
                    !Loop->getType()->isReferenceType() && !Loop->getType()->isPointerType();
           });
         });
}

/// Returns true if the constructor starts threads that the object has: several, or one that runs the object's event
/// loop.
bool Executors::startsThreads(const CXXRecordDecl *RD) {
  ClassFacts *Facts = U.get<ClassTable>().of(RD);
  if (!Facts)
    return false;
  return llvm::any_of(Facts->Tasks, [&](const ClassTask &T) {
    const FieldFacts *Handle = T.Handle ? Facts->field(T.Handle) : nullptr;
    bool Thread = Handle && (Handle->Plays == Role::Thread || Handle->Plays == Role::JoiningThread);
    bool AtOnce = T.StartedBy.empty() ||
                  llvm::any_of(T.StartedBy, [](const CXXMethodDecl *M) { return isa<CXXConstructorDecl>(M); });
    return Thread && AtOnce && (Handle->Many || runsOwnLoop(U, T));
  });
}

Owns Executors::owns(const CXXRecordDecl *RD, unsigned Depth) {
  RD = RD ? RD->getCanonicalDecl() : nullptr;
  if (!RD || Depth > 2)
    return Owns::Nothing;
  auto [It, New] = Known.try_emplace(RD, Owns::Nothing);
  if (!New)
    return It->second;
  const TypeModel *T = U.Models.type(RD);
  if (T && T->With.has(Fact::OwnsThreads))
    return Known[RD] = Owns::Threads;
  if (!RD->hasDefinition() || inLibrary(U, RD->getLocation()))
    return Owns::Nothing;
  if (startsThreads(RD->getDefinition()))
    return Known[RD] = Owns::Threads;
  // An object that is a part, or that this one alone owns; what is shared may be others', too.
  for (const FieldDecl *F : RD->getDefinition()->fields()) {
    QualType Type = F->getType();
    const CXXRecordDecl *Part = Type->getAsCXXRecordDecl();
    if (const CXXRecordDecl *Owned = U.smartPointee(Type))
      Part = isMoveOnly(Part) ? Owned : nullptr;
    if (Owns O = owns(Part, Depth + 1); O != Owns::Nothing)
      return Known[RD] = O;
  }
  return Owns::Nothing;
}

Owns Executors::owns(const CallExpr *Call) {
  const FunctionDecl *F = Call->getDirectCallee();
  bool Modelled = F && !isa<CXXMethodDecl>(F) && U.Models.isModelled(F, nullptr) &&
                  U.Models.facts(F, nullptr, Call->getNumArgs()).has(Fact::OwnsThreads);
  return Modelled ? Owns::Connections : Owns::Nothing;
}

/// Returns true for a member that does something for its caller: public, with parameters, of an object that is not made
/// for one call.
static bool servesCallers(Unit &U, const FunctionDecl *F) {
  const auto *M = dyn_cast<CXXMethodDecl>(F);
  return M && !M->isStatic() && !isa<CXXConstructorDecl, CXXDestructorDecl>(M) && M->getAccess() == AS_public &&
         M->getNumParams() > 0 && !M->getParent()->isLambda() && !U.get<Creation>().isOfOneCall(M->getParent());
}

Repetition Executors::repetition(Code &C, const Stmt *S, unsigned Depth) {
  LoopFacts &Loops = U.get<LoopFacts>();
  if (const Loop *L = Loops.repeating(C, S)) {
    bool Counted = L->Turns == Trips::Constant || L->Turns == Trips::Number;
    if (!Counted && !Loops.once(C, S, L->Statement))
      return {Repetition::Turns, L->Statement->getBeginLoc()};
  }
  for (const Activity &A : U.get<TimerUse>().activities())
    if (A.Body == &C && !Loops.once(C, S))
      return {Repetition::Messages, C.Fn->getLocation()};
  auto Callers = U.get<Calls>().callers(C.Fn);
  for (const CallEdge &E : Callers)
    if (Code *In = E.In && E.Site && Depth < 2 ? U.code(E.In->Fn) : nullptr)
      if (Repetition R = repetition(*In, E.Site, Depth + 1); R.Is != Repetition::No)
        return R;
  if (Callers.empty() && servesCallers(U, C.Fn) && !Loops.once(C, S))
    return {Repetition::Calls, C.Fn->getLocation()};
  return {};
}

Executors::Executors(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<Executors>(Unit &);

} // namespace heddle

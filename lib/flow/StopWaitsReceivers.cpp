// Who makes room in a full channel, and whether he still does when a stop was requested.
#include "ClassFacts.h"
#include "Classes.h"
#include "Mentions.h"
#include "Order.h"
#include "StopWaits.h"

using namespace clang;

namespace heddle {

namespace {

/// The one task of the class that comes to the body; null if there is none, or more than one.
const ClassTask *taskOf(Unit &U, const ClassFacts &F, const Code &C) {
  const ClassTask *Found = nullptr;
  for (const ClassTask &T : F.Tasks)
    if (T.Handle && !T.Detached && llvm::is_contained(U.get<Calls>().behind(T.Body), &C)) {
      if (Found)
        return nullptr;
      Found = &T;
    }
  return Found;
}

/// The statements of a member that wait for the task, its helpers included.
llvm::SmallVector<const Stmt *, 2> waitsFor(Unit &U, Code &C, const FieldDecl *Handle) {
  llvm::SmallVector<const Stmt *, 2> Out;
  for (const Event &E : C.Events)
    if (E.Site && mentions(E.Site, Handle) && U.get<Calls>().witness(C, E, Effect::Joins))
      Out.push_back(E.Site);
  return Out;
}

/// Returns true if some member waits for the first task and then for the second one, and none does it the other way
/// round; where no member waits for either, if the members that wait at their ends are destroyed in this order.
bool isJoinedFirst(Unit &U, const ClassFacts &F, const FieldDecl *First, const FieldDecl *Second) {
  Order &O = U.get<Order>();
  bool Found = false, Any = false;
  for (const ClassMember &M : F.Members) {
    auto A = waitsFor(U, *M.Body, First), B = waitsFor(U, *M.Body, Second);
    Any |= !A.empty() || !B.empty();
    for (const Stmt *X : A)
      for (const Stmt *Y : B) {
        if (O.reaches(*M.Body, Y, X))
          return false;
        Found |= O.reaches(*M.Body, X, Y);
      }
  }
  const FieldFacts *A = F.field(First), *B = F.field(Second);
  return Found || (!Any && A && B && A->AtEnd.has(Endings::Joins) && B->AtEnd.has(Endings::Joins) &&
                   First->getFieldIndex() > Second->getFieldIndex());
}

} // namespace

/// Returns true if the receiver makes no more room when the one who sends is waited for: its loop ends by the same
/// flag, or its task is waited for before.
bool StopWaits::endsToo(const StopWait &W, const Code &C, const Event &Receives) {
  if (W.What->Kind != Op::Send || !W.Around || !W.AsksIn)
    return false;
  bool SameFlag = W.Asked.Kind != StopKind::Token && llvm::any_of(around(C, Receives.Site), [&](const Question &Q) {
                    return Q.Asked.Object && Q.Asked.Object == W.Asked.Object;
                  });
  const CXXRecordDecl *RD = objectClass(W.AsksIn->Fn);
  const ClassFacts *F = RD ? U.get<ClassTable>().of(RD) : nullptr;
  const ClassTask *Sender = F ? taskOf(U, *F, *W.AsksIn) : nullptr;
  const ClassTask *Receiver = F ? taskOf(U, *F, C) : nullptr;
  if (!Sender || !Receiver || Sender == Receiver || Sender->Handle == Receiver->Handle)
    return false;
  // A loop behind the one that asks for the stop may empty the channel.
  unsigned Receivers = llvm::count_if(C.Events, [&](const Event &E) {
    return (E.Kind == Op::Receive || E.Kind == Op::TryReceive) && E.Object == Receives.Object;
  });
  return Receivers == 1 && (SameFlag || isJoinedFirst(U, *F, Receiver->Handle, Sender->Handle));
}

} // namespace heddle

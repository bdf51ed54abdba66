#include "EntryOrder.h"
#include "Callers.h"
#include "MakeFacts.h"

using namespace clang;

namespace heddle {

bool EntryOrder::beforeEntry(Code &In, const Stmt *First, Code &Body) {
  std::set<const Code *> Path;
  return beforeEntry(In, First, Body, Path);
}

bool EntryOrder::beforeEntry(Code &In, const Stmt *First, Code &Body, std::set<const Code *> &Path) {
  if (&In == &Body || !U.get<Callers>().areKnown(Body) || !Path.insert(&Body).second)
    return false;
  bool Any = false;
  for (const CallEdge &Step : U.get<Calls>().callers(Body.Fn)) {
    Code *From = Path.count(Step.In) || Callers::throughParameter(Step) ? nullptr : U.code(Step.In->Fn);
    if (!From)
      continue; // a recursion has come here by one of the others
    Any = From == &In ? U.get<Order>().dominates(In, First, Step.Site) : beforeEntry(In, First, *From, Path);
    if (!Any)
      break;
  }
  Path.erase(&Body);
  return Any;
}

bool EntryOrder::dominates(Code &In, const Stmt *First, Code &There, const Stmt *Then) {
  return &In == &There ? U.get<Order>().dominates(In, First, Then) : beforeEntry(In, First, There);
}

EntryOrder::EntryOrder(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<EntryOrder>(Unit &);

} // namespace heddle

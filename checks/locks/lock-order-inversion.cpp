// Two locks are taken in both orders.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/LockOrder.h"

using namespace clang;

namespace heddle {
namespace {

/// The lock's name; with its class, where both have the same.
std::string quoted(const ValueDecl *Lock, const ValueDecl *Other) {
  const auto *Field = dyn_cast<FieldDecl>(Lock);
  bool Same = Lock->getDeclName() == Other->getDeclName();
  return "'" + (Same && Field ? Field->getParent()->getNameAsString() + "::" : "") + Lock->getNameAsString() + "'";
}

void chain(Story &Notes, const OrderedLocks &X, const char *First) {
  std::string Held = quoted(X.Held, X.Taken), Taken = quoted(X.Taken, X.Held);
  if (X.Second.Lock.Taken)
    Notes.then(X.Second.Lock.Taken->loc(), First + Held + " is locked here");
  Notes.then(X.Second.What.Calls).then(X.Second.What.Loc, Taken + " is locked here, with " + Held + " held");
}

const UnitCheck Check({.Name = "lock-order-inversion",
                       .Family = "locks",
                       .Level = Tier::Bug,
                       .Summary = "Finds two locks that are acquired in both orders.",
                       .Rows = "-",
                       .Preview = true},
                      [](Unit &U, Reporter &R) {
                        for (auto [A, B] : U.get<LockOrder>().inversions()) {
                          std::string Held = quoted(A->Held, A->Taken), Taken = quoted(A->Taken, A->Held);
                          Story Notes;
                          chain(Notes, *A, "");
                          chain(Notes, *B, "in the other order: ");
                          R.report(cast<Expr>(A->Second.Entry)->getExprLoc(),
                                   Taken + " is locked while " + Held + " is held, and elsewhere " + Held + " while " +
                                       Taken +
                                       " is; two threads that do both wait for each other forever (deadlock); lock "
                                       "them in one order, or both at once",
                                   Notes);
                        }
                        for (const CrossedLocks &X : U.get<LockOrder>().crossed()) {
                          std::string Held = "'" + X.Second.Lock.Lock.name() + "'",
                                      Taken = "'" + X.Second.What.object()->name() + "'";
                          Story Notes(X.One.Site->getExprLoc(), "called here with two objects");
                          Notes.then(X.Other.Site->getExprLoc(), "called here, on another thread, with the same two "
                                                                 "the other way round");
                          R.report(cast<Expr>(X.Second.Entry)->getExprLoc(),
                                   Taken + " is locked while " + Held +
                                       " is held, and two threads do that with the objects exchanged; they wait for "
                                       "each other forever (deadlock); lock both at once, or in the order of their "
                                       "addresses",
                                   Notes);
                        }
                      });

} // namespace
} // namespace heddle

// Two locks are taken in both orders.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/LockOrder.h"

using namespace clang;

namespace heddle {
namespace {

std::string quoted(const Place &P) { return "'" + P.name() + "'"; }

void chain(Story &Notes, const OrderedLocks &X, const char *First) {
  std::string Held = quoted(X.Second.Lock.Lock);
  if (X.Second.Lock.Taken)
    Notes.then(X.Second.Lock.Taken->loc(), First + Held + " is locked here");
  if (!X.Second.What.Calls.empty())
    Notes.then(X.Second.What.Calls);
  Notes.then(X.Second.What.Loc, quoted(X.Second.What.Does->Object) + " is locked here, with " + Held + " held");
}

const UnitCheck Check({.Name = "lock-order-inversion",
                       .Family = "locks",
                       .Level = Tier::Bug,
                       .Summary = "Finds two locks that are taken in both orders.",
                       .Rows = "-",
                       .Preview = true},
                      [](Unit &U, Reporter &R) {
                        for (auto [A, B] : U.get<LockOrder>().inversions()) {
                          std::string Held = quoted(A->Second.Lock.Lock), Taken = quoted(A->Second.What.Does->Object);
                          Story Notes;
                          chain(Notes, *A, "");
                          chain(Notes, *B, "in the other order: ");
                          R.report(cast<Expr>(A->Second.Entry)->getExprLoc(),
                                   Taken + " is locked while " + Held + " is held, and elsewhere " + Held + " while " +
                                       Taken +
                                       " is; two threads that do both wait for each other forever (a "
                                       "deadlock); lock them in one order, or both at once",
                                   Notes);
                        }
                      });

} // namespace
} // namespace heddle

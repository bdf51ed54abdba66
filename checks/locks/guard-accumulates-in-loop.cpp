// Each iteration acquires a lock, a file or another handle, and the end of the function releases them all.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/Accumulation.h"

using namespace clang;

namespace heddle {
namespace {

const MatchCheck
    Check({.Name = "guard-accumulates-in-loop",
           .Family = "locks",
           .Level = Tier::Risk,
           .Summary = "Finds loops that acquire a lock or a handle in each iteration and keep all of them until the "
                      "function ends.",
           .Rows = "P12",
           .Preview = true},
          [](Code &C, Reporter &R) {
            for (const Accumulation &A : C.U.get<Accumulations>().in(C)) {
              std::string Holder = "'" + A.Holder->getNameAsString() + "'";
              R.report(A.Insert->loc(),
                       Holder +
                           (A.Locks ? " keeps the lock of every iteration until its scope ends; other threads wait "
                                      "for the whole loop, and a lock order arises"
                                    : " keeps the handle of every iteration until its scope ends; a long loop runs "
                                      "out of them") +
                           "; make it a local of the loop's body",
                       Story(A.Holder->getLocation(), Holder + " is declared here, outside of the loop"));
            }
          });

} // namespace
} // namespace heddle

// `heddle-dev-object-bodies`: which bodies the members of a class with tasks run, and on which part of the object.
#include "flow/ObjectBodies.h"
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/ClassFacts.h"

using namespace clang;

namespace heddle {
namespace {

const UnitCheck Check(
    {.Name = "dev-object-bodies", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      for (ClassFacts *F : U.get<ClassTable>().all())
        for (const ClassMember &M : F->Members) {
          ObjectBodies Bodies(U, F->Class, *M.Body);
          for (const ObjectBody &B : Bodies.all()) {
            if (!B.Caller)
              continue;
            auto Self = B.self();
            R.report(B.Step.Site->getExprLoc(), "body: " + F->Class->getNameAsString() + " runs " +
                                                    B.C->Fn->getNameAsString() +
                                                    (Self ? " on " + Self->name() : ", given a part"));
          }
          for (const CallExpr *Call : Bodies.unseen(Bodies.all().front()))
            R.report(Call->getExprLoc(), "body: " + F->Class->getNameAsString() + " calls what is not seen");
        }
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle

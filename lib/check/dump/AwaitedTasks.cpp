// `heddle-dev-awaited`: which tasks each wait is for, which bodies it may be called from, and which tasks are let go.
#include "flow/AwaitedTasks.h"
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/JoinedTasks.h"

using namespace clang;

namespace heddle {
namespace {

const UnitCheck Check(
    {.Name = "dev-awaited", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      JoinedTasks &Joined = U.get<JoinedTasks>();
      std::vector<const FunctionDecl *> Threaded;
      for (const FunctionDecl *F : U.Functions)
        if (!U.get<Threads>().on(F).empty() && !U.get<Threads>().elsewhere(F))
          Threaded.push_back(F);
      auto ForOf = [&](llvm::function_ref<bool(const FunctionDecl *)> May) {
        std::string Text;
        for (const FunctionDecl *F : Threaded)
          if (May(F))
            Text += " " + F->getNameAsString();
        return Text.empty() ? "" : "; may be for" + Text;
      };
      for (const FunctionDecl *F : U.Functions)
        if (Code *C = U.code(F)) {
          if (Joined.isLetGo(F))
            R.report(F->getLocation(), "awaited: let go");
          for (const Event &E : C->Events)
            if (E.Site && joinsTask(U, E)) {
              Awaited Tasks = U.get<AwaitedTasks>().of(*C, E);
              std::string Text = "awaited:";
              for (const FunctionDecl *Body : Tasks.Bodies)
                Text += " " + Body->getNameAsString();
              Text += Tasks.All ? "" : Tasks.Bodies.empty() ? " not known" : " and others";
              R.report(E.loc(), Text + ForOf([&](const FunctionDecl *B) { return Joined.mayAwait(*C, E, B); }));
            }
        }
      for (ClassFacts *Class : U.get<ClassTable>().all())
        for (const FieldDecl *D : Class->Class->fields())
          if (U.get<Destruction>().of(D->getType()).has(Endings::Joins))
            R.report(D->getLocation(),
                     "awaited: at the end" + ForOf([&](const FunctionDecl *B) { return Joined.mayAwaitAtEnd(D, B); }));
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle

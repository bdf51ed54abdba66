// `heddle-dev-class`: the fields, tasks and conditions of classes, and what members do to fields in which phase.
// `heddle-dev-class-life`: the scripts of their construction and destruction, at the class and its constructors.
#include "flow/ClassFacts.h"
#include "check/Register.h"
#include "check/Reporter.h"

#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/StringExtras.h"

using namespace clang;

namespace heddle {
namespace {

std::string names(const MethodFacts::Fields &Fields) {
  std::vector<std::string> Sorted;
  for (const FieldDecl *F : Fields)
    Sorted.push_back(F->getNameAsString());
  llvm::sort(Sorted);
  return llvm::join(Sorted, " ");
}

std::string describe(const FieldFacts &F) {
  std::string Text = F.Plays == Role::None ? "plain" : std::string(spelling(F.Plays));
  return Text + (F.Many ? " many" : "") + (F.AtEnd.none() ? "" : "; ends: " + F.AtEnd.describe());
}

std::string describe(const ClassTask &T) {
  std::string Text = T.Handle ? "on " + T.Handle->getNameAsString() : "on nothing";
  Text += T.Detached ? " detached" : "";
  Text += T.Flags.empty() ? "" : "; flags: " + names(T.Flags);
  return Text + (T.ObservesStop ? "; observes stop" : "");
}

std::string describe(const ConditionFacts &C) {
  return "under " + names(C.Mutexes) + (C.Predicates.empty() ? "" : " until " + names(C.Predicates));
}

std::string describe(const MemberAccess &X) {
  std::string Text;
  switch (X.Does) {
  case MemberAccess::Look:
    Text = "look";
    break;
  case MemberAccess::Read:
    Text = "read";
    break;
  case MemberAccess::Write:
    Text = "write";
    break;
  case MemberAccess::Operate:
    Text = spelling(X.Operation->Kind);
    break;
  }
  Text += " " + X.Field->getNameAsString() + " in " + (X.Task ? std::string("task") : X.By->getNameAsString());
  if (!X.Task)
    Text += ", " + spelling(X.When).str();
  for (const Place &L : X.Locks)
    Text += " holding " + L.name();
  return Text;
}

/// One report a line: what is known there, together.
class Lines {
public:
  Lines(Unit &U, std::string Word) : SM(U.Ctx.getSourceManager()), Word(std::move(Word)) {}
  void add(SourceLocation At, const std::string &Text) {
    At = SM.getSpellingLoc(At);
    auto &[Loc, All] = Found[SM.getSpellingLineNumber(At)];
    Loc = Loc.isValid() ? Loc : At;
    All += (All.empty() ? "" : "; ") + Text;
  }
  void show(Reporter &R) {
    for (auto &[Line, X] : Found)
      R.report(X.first, Word + ": " + X.second);
  }

private:
  const SourceManager &SM;
  std::string Word;
  std::map<unsigned, std::pair<SourceLocation, std::string>> Found;
};

const UnitCheck Facts(
    {.Name = "dev-class", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      Lines Out(U, "class");
      for (ClassFacts *C : U.get<ClassTable>().all()) {
        for (const FieldFacts &F : C->Fields)
          Out.add(F.Field->getLocation(), "field " + describe(F));
        for (const ConditionFacts &X : C->conditions())
          Out.add(X.Condition->getLocation(), "waited for " + describe(X));
        for (const ClassTask &T : C->Tasks)
          Out.add(T.Loc, "task " + describe(T));
        for (const MemberAccess &X : C->accesses())
          Out.add(X.Site->getBeginLoc(), describe(X));
      }
      Out.show(R);
    },
    /*Dev=*/true);

std::string describe(const LifeStep &S) {
  std::string Text;
  switch (S.Does) {
  case LifeStep::Base:
    Text = "base " + S.Of->getNameAsString();
    break;
  case LifeStep::Initialise:
    Text = (S.Init ? "init " : "leave ") + S.Field->getNameAsString();
    break;
  case LifeStep::Do:
    Text = S.What->Kind == Op::Call ? S.What->Callee ? "call " + S.What->Callee->getNameAsString() : "call"
                                    : std::string(spelling(S.What->Kind)) +
                                          (S.What->Object.valid() ? " " + S.In->whole(S.What->Object).name() : "");
    break;
  case LifeStep::Destroy:
    Text = "end " + S.Field->getNameAsString();
    break;
  }
  return Text + (S.Starts ? " (task)" : "");
}

std::string describe(const std::vector<LifeStep> &Steps) {
  std::string Text;
  for (const LifeStep &S : Steps)
    Text += (Text.empty() ? "" : ", ") + describe(S);
  return Text;
}

const UnitCheck Life(
    {.Name = "dev-class-life", .Family = "dev", .Level = Tier::Risk, .Summary = "", .Rows = ""},
    [](Unit &U, Reporter &R) {
      Lines Out(U, "life");
      for (ClassFacts *C : U.get<ClassTable>().all()) {
        bool Made = false;
        for (const CXXConstructorDecl *Ctor : C->Class->ctors())
          if (!Ctor->isImplicit() && !Ctor->isDeleted()) {
            Made = true;
            Out.add(Ctor->getLocation(), "made by " + describe(C->construction(Ctor)));
          }
        if (!Made)
          Out.add(C->Class->getLocation(), "made by " + describe(C->construction(nullptr)));
        Out.add(C->Class->getLocation(), "ends by " + describe(C->destruction()));
      }
      Out.show(R);
    },
    /*Dev=*/true);

} // namespace
} // namespace heddle

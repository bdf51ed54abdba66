#include "AnswerFlags.h"
#include "Calls.h"
#include "ClassFacts.h"
#include "Classes.h"
#include "EventIndex.h"
#include "Guards.h"
#include "HeldLocks.h"
#include "LibraryCode.h"
#include "Loops.h"
#include "Unwrap.h"
#include "Uses.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {

namespace {

/// A fulfilment behind a test of a flag.
struct Answer {
  Code *In;              ///< with the test
  const Stmt *Site;      ///< there: the fulfilment, or the call of the member that does it
  Code *By;              ///< with the fulfilment
  const Event *Fulfils;  ///< there
  const FieldDecl *Flag; ///< of this object
  bool While;            ///< the value with which it is fulfilled
  bool Sets = false;     ///< and the flag is set, by this body or what it calls
};

/// The flag of this object that a condition reads, by itself or with others.
const FieldDecl *flagIn(Unit &U, const Guard &G, bool &Value) {
  const FieldDecl *Flag = nullptr;
  if (!G.Cases.empty() || !G.Condition)
    return nullptr;
  (void)implies(G.Condition, G.Value, [&](const Expr *E, bool V) {
    E = unwrap(E);
    if (const auto *Load = dyn_cast_or_null<CXXMemberCallExpr>(E))
      E = Load->getMethodDecl() && Load->getMethodDecl()->isConst() ? unwrap(Load->getImplicitObjectArgument()) : E;
    const FieldDecl *F = E ? thisField(E) : nullptr;
    if (F && (F->getType()->isBooleanType() || U.role(F->getType()) == Role::Atomic)) {
      Flag = F;
      Value = V;
    }
    return false;
  });
  return Flag;
}

class Flags {
public:
  Flags(Unit &U, const FieldDecl *Promise) : U(U), Promise(Promise) {}

  std::optional<AnswerFlag> fault() {
    if (!collect() || All.size() < 2 || isArmedAgain())
      return std::nullopt;
    auto Forgets = llvm::find_if(All, [&](const Answer &A) { return !A.Sets; });
    return Forgets != All.end() ? forgets(*Forgets) : races();
  }

private:
  Unit &U;
  const FieldDecl *Promise;
  std::vector<Answer> All;

  bool add(Code &In, const Stmt *Site, Code &By, const Event &Fulfils) {
    for (const Guard &G : guards(In, Site)) {
      bool Value = true;
      const FieldDecl *Flag = flagIn(U, G, Value);
      if (!Flag || (!All.empty() && (All.front().Flag != Flag || All.front().While != Value)))
        continue;
      Answer A{&In, Site, &By, &Fulfils, Flag, Value};
      for (const Code *C : U.get<Calls>().behind(In.Fn))
        for (const Use &X : U.get<Uses>().in(*C, Flag))
          A.Sets |= X.is(Use::Writes);
      All.push_back(A);
      return true;
    }
    return false;
  }

  /// All fulfilments, each behind a test of one flag, in handlers. False: one is not.
  bool collect() {
    for (const IndexedEvent &X : U.get<EventIndex>().about(Promise)) {
      Code &C = *X.In;
      const Event &E = *X.What;
      if (E.Kind != Op::Fulfil && E.Kind != Op::TryFulfil)
        continue;
      if (E.Kind == Op::TryFulfil || !E.Object.This || E.Object.Path.size() != 1 || C.enclosingTry(E.Site))
        return false;
      if (add(C, E.Site, C, E))
        continue;
      auto Callers = U.get<Calls>().callers(C.Fn);
      if (Callers.empty() || isa<CXXDestructorDecl>(C.Fn))
        return false;
      for (const CallEdge &Call : Callers) {
        Code *In = Call.Task ? nullptr : U.code(Call.In->Fn);
        if (!In || In->enclosingTry(Call.Site) || !add(*In, Call.Site, C, E))
          return false;
      }
    }
    return llvm::all_of(All, [&](const Answer &A) { return isHandler(*A.In); });
  }

  /// Returns true if no function that may choose between handlers calls it.
  bool isHandler(const Code &C) {
    return !isa<CXXConstructorDecl, CXXDestructorDecl>(C.Fn) &&
           llvm::all_of(U.get<Calls>().callers(C.Fn), [](const CallEdge &X) { return X.Task || lambdaOf(X.In->Fn); });
  }

  /// Returns true if the flag goes back, elects one by an exchange, or is changed in a way that is not seen.
  bool isArmedAgain() {
    const FieldDecl *Flag = All.front().Flag;
    for (const IndexedEvent &X : U.get<EventIndex>().about(Flag))
      if (X.What->Kind == Op::Claim)
        return true;
    for (const Use &X : U.get<Uses>().everywhere(Flag)) {
      if (!X.Mention || !X.is(Use::Writes))
        continue;
      const auto *Call = dyn_cast<CXXMemberCallExpr>(X.Site);
      const Expr *To = X.Value ? X.Value : Call && Call->getNumArgs() ? Call->getArg(0) : nullptr;
      bool Value = false;
      if (X.is(Use::Address | Use::Move) || !To || To->isValueDependent() ||
          !To->EvaluateAsBooleanCondition(Value, U.Ctx) || Value == All.front().While)
        return true;
    }
    return false;
  }

  /// Returns true if the body does nothing that may keep another handler from coming: it calls nothing of the project's
  /// but this.
  bool doesNothingElse(Code &C, const Stmt *Site) {
    auto Asked = guards(C, Site);
    return !anyOf<CallExpr>(C.Fn->getBody(), Walk::NoLambdas, [&](const CallExpr *Call) {
      const FunctionDecl *F = Call->getDirectCallee();
      bool Known = Call == Site || within(C, Call, Site) || (F && F->isInStdNamespace()) ||
                   llvm::any_of(Asked, [&](const Guard &G) { return within(C, Call, G.Condition); });
      return !Known && !(F && inLibrary(U, F->getLocation()) && !isa<CXXMethodDecl>(F));
    }) && llvm::none_of(C.Events, [](const Event &E) {
      return E.Kind == Op::Cancel || E.Kind == Op::Close || E.Kind == Op::Clear || E.Kind == Op::Reset;
    });
  }

  std::optional<AnswerFlag> forgets(const Answer &A) {
    auto Other = llvm::find_if(All, [&](const Answer &B) { return B.In != A.In; });
    bool Meant = llvm::any_of(All, [](const Answer &B) { return B.Sets; });
    if (!Meant || Other == All.end() || !doesNothingElse(*A.In, A.Site) ||
        (A.By != A.In && !doesNothingElse(*A.By, A.Fulfils->Site)))
      return std::nullopt;
    return AnswerFlag{AnswerFlag::NotSet, Promise, A.Flag, A.Site, Other->Site, Other->In->Fn};
  }

  /// The functions, none of a library, to which a callable that calls the body is given.
  llvm::SmallPtrSet<const FunctionDecl *, 2> givenTo(const Code &C) {
    llvm::SmallPtrSet<const FunctionDecl *, 2> To;
    auto Add = [&](const CallEdge &X) {
      const auto *Call = dyn_cast<CallExpr>(X.Site);
      const FunctionDecl *F = Call ? Call->getDirectCallee() : nullptr;
      if (X.Task && F && !inLibrary(U, F->getLocation()))
        To.insert(F->getCanonicalDecl());
    };
    for (const CallEdge &X : U.get<Calls>().callers(C.Fn)) {
      Add(X);
      for (const CallEdge &Y : U.get<Calls>().callers(X.In->Fn))
        Add(Y);
    }
    return To;
  }

  /// An atomic flag that only the handlers use says that they run on different threads.
  std::optional<AnswerFlag> races() {
    const FieldDecl *Flag = All.front().Flag;
    const Answer &First = All.front();
    auto Other = llvm::find_if(All, [&](const Answer &B) { return B.In != First.In; });
    if (Other == All.end() || U.role(Flag->getType()) != Role::Atomic)
      return std::nullopt;
    for (const Use &X : U.get<Uses>().everywhere(Flag))
      if (X.Mention && llvm::none_of(All, [&](const Answer &A) { return A.In->Fn == X.Body || A.By->Fn == X.Body; }))
        return std::nullopt;
    for (const Answer &A : All)
      if (!U.get<HeldLocks>().at(*A.In, A.Site).empty() || U.get<HeldLocks>().demanded(*A.In))
        return std::nullopt;
    auto One = givenTo(*First.In), Two = givenTo(*Other->In);
    if (One.empty() || Two.empty() || llvm::any_of(One, [&](const FunctionDecl *F) { return Two.contains(F); }))
      return std::nullopt;
    return AnswerFlag{AnswerFlag::Races, Promise, Flag, First.Site, Other->Site, Other->In->Fn};
  }
};

} // namespace

std::vector<AnswerFlag> answerFlags(Unit &U) {
  std::vector<AnswerFlag> Out;
  for (ClassFacts *Class : U.get<ClassTable>().all())
    for (const FieldFacts &F : Class->Fields)
      if (F.Plays == Role::Promise && U.seesAllUses(F.Field))
        if (auto X = Flags(U, F.Field).fault())
          Out.push_back(*X);
  return Out;
}

} // namespace heddle

// A token or context that an object keeps from its construction and gives to work that it does for callers: the stop of
// a caller does not reach the work, and that of the constructor's caller ends all of it.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/Calls.h"
#include "flow/ClassFacts.h"
#include "flow/Classes.h"
#include "flow/Contexts.h"
#include "flow/Creation.h"
#include "flow/Threads.h"

using namespace clang;

namespace heddle {
namespace {

class Stored {
public:
  Stored(Unit &U, Reporter &R) : U(U), R(R), Stops(U.get<StopFacts>()) {}

  void look(const CXXConstructorDecl *Ctor) {
    for (const CXXCtorInitializer *I : Ctor->inits()) {
      const FieldDecl *F = I->isMemberInitializer() ? I->getMember() : nullptr;
      // What is borrowed belongs to an operation that outlives the object.
      bool Borrowed = F && (F->getType()->isReferenceType() || F->getType()->isPointerType());
      if (F && !Borrowed && Stops.observes(F->getType()) && isGiven(I->getInit()) && isOfCalls(Ctor->getParent()) &&
          !isReplaced(F))
        inMembers(Ctor->getParent(), F);
    }
  }

private:
  bool isGiven(const Expr *Init) {
    return anyOf<DeclRefExpr>(Init, Walk::WithImplicit, [&](const DeclRefExpr *DR) {
      return isa<ParmVarDecl>(DR->getDecl()) && Stops.observes(DR->getType());
    });
  }

  bool isReplaced(const FieldDecl *F) {
    return llvm::any_of(U.get<Uses>().everywhere(F),
                        [&](const Use &X) { return X.is(Use::Stores) && !isa<CXXConstructorDecl>(X.Body); });
  }

  /// Returns true if objects of the class work for callers: they start nothing, nothing calls them back, and they live
  /// longer than a call that has the token.
  bool isOfCalls(const CXXRecordDecl *RD) {
    auto Active = [&](QualType T) {
      return holds(U, T, [](Role X) {
        return isTaskHandle(X) || X == Role::StopSource || X == Role::CancelHandle || X == Role::CancelScope ||
               X == Role::StopCallback || X == Role::Executor || X == Role::EventLoop || X == Role::Strand ||
               X == Role::Timer;
      });
    };
    if (llvm::any_of(RD->fields(), [&](const FieldDecl *F) { return Active(F->getType()); }))
      return false;
    ClassFacts *Facts = U.get<ClassTable>().of(RD);
    if (Facts && !Facts->Tasks.empty())
      return false;
    if (llvm::any_of(RD->methods(), [](const CXXMethodDecl *M) { return M->getOverloadedOperator() == OO_Call; }))
      return false;
    for (Code *C : bodies(U))
      if (objectClass(C->Fn) == RD && llvm::any_of(C->Events, [](const Event &E) {
            return (E.Kind == Op::Defer || E.Kind == Op::Spawn) && !E.Tasks.empty();
          }))
        return false;
    return !U.get<Creation>().isOfOneCall(RD);
  }

  void inMembers(const CXXRecordDecl *RD, const FieldDecl *F) {
    for (const CXXMethodDecl *M : RD->methods()) {
      const FunctionDecl *Def = U.visible(M);
      Code *C = Def && isForCallers(M) ? U.code(Def) : nullptr;
      const Expr *Used = C ? passedOn(*C, F) : nullptr;
      if (!Used)
        continue;
      R.report(Used->getExprLoc(),
               "'" + F->getNameAsString() + "' is the " +
                   (U.role(F->getType()) == Role::StopToken ? "token" : "context") + " that '" + RD->getNameAsString() +
                   "' was constructed with, not one of the caller of '" + M->getNameAsString() +
                   "'; its stop ends the calls of all, and no caller can stop its own; take it as a parameter",
               Story(F->getLocation(), "it is kept here"));
      return;
    }
  }

  /// Returns true for members that are called with something to do, and without a token.
  bool isForCallers(const CXXMethodDecl *M) {
    return M->getAccess() == AS_public && !M->isStatic() && !isa<CXXConstructorDecl, CXXDestructorDecl>(M) &&
           M->getNumParams() > 0 && U.get<Threads>().on(M).empty() &&
           llvm::none_of(M->parameters(), [&](const ParmVarDecl *P) { return Stops.observes(P->getType()); });
  }

  /// Where the member, or one that it calls on the object, gives the field to a call.
  const Expr *passedOn(Code &C, const FieldDecl *F) {
    for (const Code *In : U.get<Calls>().behind(C.Fn)) {
      if (objectClass(In->Fn) != objectClass(C.Fn))
        continue;
      for (const Use &X : U.get<Uses>().in(*In, F))
        if (X.Mention && isArgument(*In, X.Mention))
          return X.Mention;
    }
    return nullptr;
  }
  static bool isArgument(const Code &C, const Expr *Mention) {
    return anyOf<CallExpr>(C.Fn->getBody(), Walk::NoLambdas, [&](const CallExpr *Call) {
      return llvm::any_of(Call->arguments(), [&](const Expr *A) { return within(C, Mention, A); });
    });
  }

  Unit &U;
  Reporter &R;
  StopFacts &Stops;
};

const UnitCheck Check({.Name = "stored-context",
                       .Family = "cancellation",
                       .Level = Tier::Risk,
                       .Summary = "Finds stored tokens and contexts that are used in place of the caller's.",
                       .Rows = "L4",
                       .Preview = true},
                      [](Unit &U, Reporter &R) {
                        Stored S(U, R);
                        for (Code *C : bodies(U))
                          if (const auto *Ctor = dyn_cast<CXXConstructorDecl>(C->Fn))
                            S.look(Ctor);
                      });

} // namespace
} // namespace heddle

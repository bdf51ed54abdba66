#include "MovedObjects.h"
#include "Classes.h"
#include "Confinement.h"
#include "LibraryCode.h"
#include "Order.h"
#include "Unwrap.h"
#include "Uses.h"
#include "support/Walk.h"

using namespace clang;

namespace heddle {

namespace {

bool movesToThread(const CXXMethodDecl *M) {
  return M && M->getIdentifier() && M->getName().contains_insensitive("tothread");
}

bool isAffine(const CXXRecordDecl *RD) {
  RD = RD ? RD->getDefinition() : nullptr;
  return RD && (llvm::any_of(RD->methods(), movesToThread) || llvm::any_of(RD->bases(), [](const CXXBaseSpecifier &B) {
                  return isAffine(B.getType()->getAsCXXRecordDecl());
                }));
}

/// `thread_`, `&thread_`: a member of the object.
const FieldDecl *memberIn(const Expr *E) {
  E = unwrap(E);
  if (const auto *Of = dyn_cast_or_null<UnaryOperator>(E); Of && Of->getOpcode() == UO_AddrOf)
    E = Of->getSubExpr();
  if (const auto *Arrow = dyn_cast_or_null<CXXOperatorCallExpr>(unwrap(E)); Arrow && Arrow->getOperator() == OO_Arrow)
    E = Arrow->getArg(0);
  if (const auto *Get = dyn_cast_or_null<CXXMemberCallExpr>(unwrap(E)); Get && Get->getNumArgs() == 0)
    E = Get->getImplicitObjectArgument(); // `thread_.get()`
  return thisField(E);
}

struct Moved {
  const FieldDecl *Object, *Thread;
  const CXXMemberCallExpr *By;
};

class Search {
public:
  explicit Search(Unit &U) : U(U), T(U.get<Threads>()) {}

  std::vector<AffineUse> all() {
    for (Code *C : bodies(U))
      forEach<CXXMemberCallExpr>(C->Fn->getBody(), Walk::NoLambdas, [&](const CXXMemberCallExpr *Call) {
        if (const FieldDecl *F = movesToThread(Call->getMethodDecl()) && Call->getNumArgs()
                                     ? memberIn(Call->getImplicitObjectArgument())
                                     : nullptr)
          All.push_back({F, memberIn(Call->getArg(0)), Call});
      });
    for (Code *C : bodies(U)) {
      const auto *M = dyn_cast<CXXMethodDecl>(C->Fn);
      if (!M || isa<CXXConstructorDecl>(M) || lambdaOf(M) || !T.elsewhere(M))
        continue;
      for (const Moved &X : All)
        if (!isa<CXXDestructorDecl>(M))
          calls(*C, X);
      deletes(*C);
    }
    return std::move(Out);
  }

private:
  /// Returns true if the event arms or stops a timer that is a part of the object on which its body runs.
  bool setsOwnTimer(const Event &E, const CXXRecordDecl *Of) {
    const FieldDecl *F = E.Object.This && E.Object.Path.size() == 1 ? E.Object.Path.front() : nullptr;
    return F && (E.Kind == Op::Arm || E.Kind == Op::Disarm) && E.ObjectRole == Role::Timer &&
           !E.may(Fact::ThreadSafe) && isAffine(U.pointee(F->getType())->getAsCXXRecordDecl()) &&
           cast<CXXRecordDecl>(F->getParent())->getCanonicalDecl() == Of->getCanonicalDecl();
  }
  void calls(Code &C, const Moved &X) {
    const CXXRecordDecl *Of = U.pointee(X.Object->getType())->getAsCXXRecordDecl();
    forEach<CXXMemberCallExpr>(Of ? C.Fn->getBody() : nullptr, Walk::NoLambdas, [&](const CXXMemberCallExpr *Call) {
      const CXXMethodDecl *M = Call->getMethodDecl();
      const FunctionDecl *Def = M ? U.visible(M) : nullptr;
      if (!Def || memberIn(Call->getImplicitObjectArgument()) != X.Object || isKnown(X.Object) ||
          U.get<Confinement>().isConfined(C, Call))
        return;
      auto Set = U.get<Calls>().find(Def, [&](const Code &In, const Event &E) {
        return setsOwnTimer(E, Of) && !U.get<Confinement>().isConfined(*U.code(In.Fn), E.Site);
      });
      if (Set)
        Out.push_back({AffineUse::Sets, Call, X.Object, X.By, M});
    });
  }

  /// Returns true if the thread may have been joined wherever the statement is reached: also by a helper, or by one
  /// that is not visible.
  bool isOver(Code &C, const FieldDecl *Thread, const Stmt *S) {
    Order &O = U.get<Order>();
    bool Joined = llvm::any_of(C.Events, [&](const Event &E) {
      bool Own = (E.Kind == Op::Join || E.Kind == Op::Wait) && E.Object.valid() && E.Object.last() == Thread;
      return E.Site && (Own || (E.Kind == Op::Call && U.get<Calls>().witness(C, E, Effect::Joins))) &&
             O.dominates(C, E.Site, S);
    });
    return Joined || anyOf<CallExpr>(C.Fn->getBody(), Walk::NoLambdas, [&](const CallExpr *Call) {
             const FunctionDecl *F = Call->getDirectCallee();
             return F && !U.visible(F) && !inLibrary(U, F->getLocation()) && O.dominates(C, Call, S);
           });
  }
  void deletes(Code &C) {
    forEach<CXXDeleteExpr>(C.Fn->getBody(), Walk::NoLambdas, [&](const CXXDeleteExpr *D) {
      const FieldDecl *F = thisField(D->getArgument());
      if (!F || !isAffine(F->getType()->getPointeeCXXRecordDecl()) || isKnown(F))
        return;
      for (const Moved &X : All)
        if (X.Object == F) {
          if (X.Thread && !isOver(C, X.Thread, D))
            Out.push_back({AffineUse::Deletes, D, F, X.By, nullptr});
          return;
        }
      if (const Expr *Made = madeOnThread(F); Made && U.role(F->getType()) == Role::Timer)
        Out.push_back({AffineUse::Foreign, D, F, Made, nullptr});
    });
  }
  /// Where the thread of a member makes what the member leads to, if nobody else gives it another value; else null.
  const Expr *madeOnThread(const FieldDecl *F) {
    const Expr *Made = nullptr;
    for (const Use &X : U.get<Uses>().everywhere(F)) {
      if (!X.is(Use::Assign) || !X.Value || (U.seesAllUses(F) && isa<CXXNullPtrLiteralExpr>(unwrap(X.Value))))
        continue;
      Code *In = bodyOf(U, X);
      if (!In || T.on(In->Fn).empty() || T.elsewhere(In->Fn) || !isa<CXXNewExpr>(unwrap(X.Value)))
        return nullptr;
      Made = X.Value;
    }
    return Made;
  }
  bool isKnown(const FieldDecl *F) const {
    return llvm::any_of(Out, [&](const AffineUse &X) { return X.Object == F; });
  }

  Unit &U;
  Threads &T;
  std::vector<Moved> All;
  std::vector<AffineUse> Out;
};

} // namespace

std::vector<AffineUse> affineUses(Unit &U) { return Search(U).all(); }

} // namespace heddle

#include "detectors.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/Captures.h"
#include "flow/Classes.h"
#include "flow/Mentions.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace clang;

namespace heddle {
namespace {

/// A callable that is queued at somebody who outlives the object, and reaches it by nothing but 'this'.
struct Posted {
  const LambdaExpr *Lambda;
  const CXXRecordDecl *Class;
  SourceLocation Loc; ///< of the hand-over
  std::string At;     ///< the queue
};

/// The member that leads to where the callable is queued; null if the object may own that.
const FieldDecl *queue(const Code &C, const Event &E) {
  auto At = E.Object.valid() ? std::optional(E.Object) : std::nullopt;
  if (const Expr *Object = At ? nullptr : objectOf(dyn_cast_or_null<Expr>(E.Site)))
    At = C.place(Object);
  if (!At || !At->This || At->Path.size() != 1 || At->Element)
    return nullptr;
  const FieldDecl *F = At->Path.front();
  return F->getType()->isReferenceType() || F->getType()->isPointerType() ? F : nullptr;
}

/// Returns true if the callable reaches the object by 'this', and holds nothing that keeps it alive or says whether it
/// is.
bool holdsThisAlone(const Code &C, const CallableRef &Task) {
  bool This = false;
  for (const Held &H : C.U.get<Captures>().of(C, Task)) {
    This |= H.By == Held::This;
    const CXXRecordDecl *RD = H.Variable ? H.Variable->getType().getNonReferenceType()->getAsCXXRecordDecl() : nullptr;
    // `if (token.cancelled()) return;`
    bool Asked = RD && anyOf<IfStmt>(Task.Lambda->getBody(),
                                     [&](const IfStmt *If) { return mentions(If->getCond(), H.Variable); });
    if (RD && (C.U.leads(H.Variable->getType()) || H.By == Held::WeakOwner || Asked))
      return false;
  }
  return This;
}

/// Owners that destroy such an object while the callable may still be queued.
class Outlived {
public:
  Outlived(Unit &U) : U(U) {}

  std::vector<Posted> posted() const {
    std::vector<Posted> All;
    for (const Code *C : bodies(U)) {
      const auto *M = dyn_cast<CXXMethodDecl>(C->Fn);
      if (!M || M->getParent()->isLambda() || M->isStatic())
        continue;
      for (const Event &E : C->Events) {
        bool HandsOver = (E.Kind == Op::Defer || E.Kind == Op::Spawn) && !E.may(Fact::Tied);
        const FieldDecl *Queue = HandsOver ? queue(*C, E) : nullptr;
        for (const CallableRef &T : E.Tasks)
          if (Queue && T.Lambda && holdsThisAlone(*C, T))
            All.push_back({T.Lambda, M->getParent()->getCanonicalDecl(), E.loc(), Queue->getNameAsString()});
      }
    }
    return All;
  }

  /// Returns true if the class may wait for its tasks or call them off, when it ends or in another of its members.
  bool waits(const CXXRecordDecl *RD) {
    RD = RD->getDefinition();
    return !RD || waitsItself(RD) || !RD->forallBases([&](const CXXRecordDecl *Base) { return !waitsItself(Base); });
  }

  /// Where an owner destroys an object of the class during its own lifetime; null if that is not certain.
  const Event *drop(const CXXRecordDecl *Class) {
    const Event *Found = nullptr;
    const FieldDecl *Holder = nullptr;
    for (const Code *C : bodies(U)) {
      // Somebody else may hold it as well.
      if (anyOf<CXXConstructExpr>(C->Fn->getBody(), [&](const CXXConstructExpr *CE) {
            return CE->getConstructor()->isCopyConstructor() && owned(CE->getType()) == Class;
          }))
        return nullptr;
      const auto *M = dyn_cast<CXXMethodDecl>(C->Fn);
      for (const Event &E : C->Events) {
        const FieldDecl *F = E.Object.This && E.Object.Path.size() == 1 ? E.Object.Path.front() : nullptr;
        if (!F || owned(F->getType()) != Class)
          continue;
        if (Holder && Holder != F)
          return nullptr;
        Holder = F;
        if (!Found && M && !M->getParent()->isLambda() && !isa<CXXDestructorDecl, CXXConstructorDecl>(M) &&
            empties(E) && !waits(M->getParent()) && !asksTheObject(*C, Class) && !calledByOthers(M, Class))
          Found = &E;
      }
    }
    return Found;
  }

private:
  Unit &U;

  bool waitsItself(const CXXRecordDecl *RD) {
    if (RD->isDependentType())
      return true;
    if (const CXXDestructorDecl *D = RD->getDestructor(); D && D->isUserProvided()) {
      const FunctionDecl *Def = U.visible(D);
      const auto *Body = Def ? dyn_cast_or_null<CompoundStmt>(Def->getBody()) : nullptr;
      if (!Body || !Body->body_empty())
        return true;
    }
    for (const CXXMethodDecl *M : allMembers(RD))
      if (!M->isImplicit() &&
          (!U.visible(M) ? M->isVirtual() && !M->isPureVirtual() : U.get<Calls>().witness(M, Effect::Waits) != nullptr))
        return true;
    return llvm::any_of(RD->fields(), [&](const FieldDecl *F) {
      Role Is = F->getType()->isReferenceType() || U.leads(F->getType()) ? Role::None : U.role(F->getType());
      return Is == Role::Group || Is == Role::Latch || isTaskHandle(Is) || Is == Role::Timer;
    });
  }
  /// The class of the objects that a member owns: `std::unique_ptr<K>`, `std::map<int, std::shared_ptr<K>>`.
  const CXXRecordDecl *owned(QualType T) const {
    if (QualType Elem = U.element(T); !Elem.isNull())
      T = Elem;
    T = heldBy(T);
    const CXXRecordDecl *RD = T->isPointerType() ? nullptr : U.smartPointee(T);
    return RD ? RD->getCanonicalDecl() : nullptr;
  }
  /// `owners_.erase(id)`, `.clear()`, `.reset()`, `= nullptr`
  static bool empties(const Event &E) {
    if (const auto *O = dyn_cast_or_null<CXXOperatorCallExpr>(E.Site))
      return O->getOperator() == OO_Equal && O->getNumArgs() == 2 &&
             isa<CXXNullPtrLiteralExpr>(O->getArg(1)->IgnoreParenImpCasts());
    const auto *Call = dyn_cast_or_null<CXXMemberCallExpr>(E.Site);
    return Call && (E.Kind == Op::Clear || E.Kind == Op::Extract ||
                    (E.Kind == Op::Reset && (!Call->getNumArgs() || isa<CXXDefaultArgExpr>(Call->getArg(0)))));
  }
  /// Returns true if the body uses a member of such an object: it may be asked whether it is done.
  bool asksTheObject(const Code &C, const CXXRecordDecl *Class) const {
    return anyOf<MemberExpr>(C.Fn->getBody(), [&](const MemberExpr *M) {
      const auto *RD = dyn_cast<CXXRecordDecl>(M->getMemberDecl()->getDeclContext());
      const CXXRecordDecl *Base = U.pointee(M->getBase()->getType())->getAsCXXRecordDecl();
      return RD && Base && Base->getCanonicalDecl() == Class &&
             (RD->getCanonicalDecl() == Class || Class->isDerivedFrom(RD));
    });
  }
  /// Returns true if the object itself, or a callable, calls the member: it may say when it is done.
  bool calledByOthers(const CXXMethodDecl *M, const CXXRecordDecl *Class) {
    return llvm::any_of(bodies(U), [&](const Code *C) {
      const auto *By = dyn_cast<CXXMethodDecl>(C->Fn);
      bool Other = By && (By->getParent()->isLambda() || By->getParent()->getCanonicalDecl() == Class);
      return Other && mentions(C->Fn->getBody(), M);
    });
  }
};

} // namespace

void postedWithThis(Unit &U, Reporter &R) {
  Outlived Owners(U);
  llvm::SmallPtrSet<const CXXRecordDecl *, 4> Judged; // one report for a class: the others are mended alike
  for (const Posted &X : Owners.posted())
    if (const Event *Drop = Judged.insert(X.Class).second && !Owners.waits(X.Class) ? Owners.drop(X.Class) : nullptr)
      R.report(X.Lambda->getBeginLoc(),
               "this task holds only 'this', and the owner may destroy the object while the task is queued in '" +
                   X.At + "'; the task then accesses a dead object (use after free); capture a shared or weak pointer",
               Story(X.Loc, "the task is queued here, with what outlives the object")
                   .then(Drop->loc(), "the owner destroys the object here without waiting for its tasks"));
}

} // namespace heddle

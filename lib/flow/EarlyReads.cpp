#include "EarlyReads.h"
#include "Calls.h"
#include "JoinedTasks.h"
#include "Order.h"

#include "llvm/ADT/SmallSet.h"

using namespace clang;

namespace heddle {

namespace {

class Finder {
public:
  Finder(Unit &U, ClassFacts &F) : U(U), F(F) {}

  void of(const ClassTask &T, std::vector<EarlyRead> &Out) {
    if (!T.Handle || T.Detached || !T.OnObject || !T.Body || T.StartedBy.empty() || communicates(T.Body))
      return;
    llvm::SmallVector<const MemberAccess *, 4> Waits;
    for (const MemberAccess *X : F.operations(T.Handle, {Op::Join, Op::Wait, Op::Await, Op::Consume}))
      if (X->By && X->Entry && joinsTask(U, *X->Operation))
        Waits.push_back(X);
    llvm::SmallSet<std::pair<const CXXMethodDecl *, const FieldDecl *>, 4> Told;
    for (const MemberAccess &X : F.accesses()) {
      bool Reads = X.Does == MemberAccess::Read || X.Does == MemberAccess::Look;
      if (!Reads || !X.By || !X.Entry || X.When != Phase::Concurrent || !X.Locks.empty() || !isResult(X.Field) ||
          isa<CXXConstructorDecl, CXXDestructorDecl>(X.By) || llvm::is_contained(T.StartedBy, X.By))
        continue;
      const MemberAccess *Written = writer(T, X.Field), *Wait = Written ? waitAfter(X, T, Waits) : nullptr;
      if (Wait && Told.insert({X.By, X.Field}).second)
        Out.push_back({&T, Written, &X, Wait});
    }
  }

private:
  /// Returns true if threads may tell each other something by this.
  static bool tells(const Event &E) {
    switch (E.Kind) {
    case Op::Call:
      return !E.Callee; // a callback
    case Op::ObserveStop:
    case Op::Test:
    case Op::Insert:
    case Op::Extract:
    case Op::Clear:
    case Op::Reset:
    case Op::Move:
    case Op::Escape:
    case Op::Block: // on a file or socket
    case Op::Sleep:
    case Op::RunNow:
      return false;
    default:
      return true;
    }
  }
  /// Returns true if the code signals, locks or calls back: others may learn from it how far it is.
  bool communicates(const FunctionDecl *Body) {
    return llvm::any_of(U.get<Calls>().behind(Body), [&](const Code *C) {
      return llvm::any_of(C->Events, tells) || anyOf<Expr>(C->Fn->getBody(), [&](const Expr *E) {
               return isa<MemberExpr, DeclRefExpr>(E) && isFlag(E->getType());
             });
    });
  }
  bool isFlag(QualType T) { return U.role(T) == Role::Atomic || T.isVolatileQualified(); }

  /// A value that is computed. Flags, states and pointers are asked to learn whether there is one.
  bool isResult(const FieldDecl *Field) {
    QualType T = Field->getType();
    Role R = U.role(T);
    return (R == Role::None || R == Role::Container) && !T->isBooleanType() && !T->isEnumeralType() &&
           !T->isPointerType() && !T->isReferenceType() && !T.isVolatileQualified() && !U.leads(T);
  }
  const MemberAccess *writer(const ClassTask &T, const FieldDecl *Field) {
    for (const MemberAccess *X : F.of(Field))
      if (X->Task == &T && X->Does == MemberAccess::Write && X->Locks.empty())
        return X;
    return nullptr;
  }
  /// Where the member that reads surely waits afterwards. Null if another member may have waited before it was called.
  const MemberAccess *waitAfter(const MemberAccess &X, const ClassTask &T, llvm::ArrayRef<const MemberAccess *> Waits) {
    Code *C = U.code(X.By);
    Order &O = U.get<Order>();
    const MemberAccess *After = nullptr;
    for (const MemberAccess *W : Waits)
      if (W->By == X.By) {
        if (!After && O.surelyFollows(*C, X.Entry, W->Entry))
          After = W;
      } else if (!isa<CXXDestructorDecl>(W->By) && !llvm::is_contained(T.StartedBy, W->By)) {
        return nullptr;
      }
    return After && !learns(*C, X, T) ? After : nullptr;
  }
  /// Returns true if the member hears from another thread before it reads, or asks for the handle what to do.
  bool learns(Code &C, const MemberAccess &X, const ClassTask &T) {
    Order &O = U.get<Order>();
    auto Before = [&](const Stmt *S) { return S && S != X.Entry && O.reaches(C, S, X.Entry); };
    return llvm::any_of(C.Events,
                        [&](const Event &E) {
                          bool Tells = E.Kind == Op::Call && E.Callee ? communicates(E.Callee)
                                       : E.Kind == Op::Test           ? E.Object.last() == T.Handle
                                                                      : tells(E);
                          return Tells && Before(E.Site);
                        }) ||
           anyOf<Expr>(C.Fn->getBody(),
                       [&](const Expr *E) { return isa<MemberExpr, DeclRefExpr>(E) && isFlag(E->getType()); });
  }

  Unit &U;
  ClassFacts &F;
};

} // namespace

std::vector<EarlyRead> earlyReads(Unit &U, ClassFacts &F) {
  std::vector<EarlyRead> Out;
  Finder Find(U, F);
  for (const ClassTask &T : F.Tasks)
    Find.of(T, Out);
  return Out;
}

} // namespace heddle

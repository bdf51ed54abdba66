// An object that owns threads or connections, made for one item or call: starting and ending it takes longer than the
// work, and what it keeps for later, it keeps for nobody.
#include "check/Register.h"
#include "check/Reporter.h"
#include "check/Story.h"
#include "flow/Executors.h"
#include "flow/Mentions.h"
#include "flow/Unwrap.h"
#include "flow/Uses.h"

using namespace clang;

namespace heddle {
namespace {

class Transient {
public:
  Transient(Unit &U, Reporter &R) : U(U), R(R), Facts(U.get<Executors>()) {}

  void look(Code &C) {
    forEach<DeclStmt>(C.Fn->getBody(), Walk::NoLambdas, [&](const DeclStmt *DS) {
      for (const Decl *D : DS->decls())
        if (const auto *V = dyn_cast<VarDecl>(D); V && V->hasLocalStorage() && !V->getType()->isReferenceType())
          variable(C, *V, DS);
    });
    forEach<CXXConstructExpr>(C.Fn->getBody(), Walk::NoLambdas, [&](const CXXConstructExpr *CE) {
      if (Facts.owns(CE->getConstructor()->getParent()) == Owns::Nothing ||
          CE->getConstructor()->isCopyOrMoveConstructor())
        return;
      for (const Made &M : U.get<Creation>().of(CE->getConstructor()->getParent()))
        if (M.Site == CE && M.Temporary)
          judge(C, CE, CE->getExprLoc(), Owns::Threads, CE->getConstructor()->getParent()->getNameAsString());
    });
  }

private:
  void variable(Code &C, const VarDecl &V, const DeclStmt *DS) {
    const Expr *Init = V.getInit() ? unwrap(V.getInit()) : nullptr;
    if (const auto *CE = dyn_cast_or_null<CXXConstructExpr>(Init);
        CE && CE->getNumArgs() == 1 && CE->getConstructor()->isCopyOrMoveConstructor())
      Init = unwrap(CE->getArg(0));
    const CXXRecordDecl *Class = V.getType()->getAsCXXRecordDecl();
    const CXXRecordDecl *Pointee = U.smartPointee(V.getType());
    bool MadeHere = isa_and_nonnull<CXXConstructExpr, CXXNewExpr, InitListExpr>(Init);
    Owns What = Owns::Nothing;
    if (const auto *Call = dyn_cast_or_null<CallExpr>(Init))
      What = Facts.owns(Call);
    if (What == Owns::Nothing && Pointee && makes(V, Pointee))
      What = Facts.owns(Pointee);
    else if (What == Owns::Nothing && Class && MadeHere)
      What = Facts.owns(Class);
    bool Handle = V.getType()->isPointerType();
    if (Handle && (!isUsedUp(C, V) || Facts.repetition(C, DS).Is == Repetition::Calls))
      return; // the price of a simple interface
    if (What != Owns::Nothing && staysHere(C, V))
      judge(C, DS, V.getLocation(), What, V.getNameAsString());
  }

  /// Returns true if the initialiser of a smart pointer makes its object.
  bool makes(const VarDecl &V, const CXXRecordDecl *Pointee) {
    return llvm::any_of(U.get<Creation>().of(Pointee), [&](const Made &M) { return M.Local == &V; });
  }

  /// Returns true if the object ends with the variable: it is not moved, returned or given to an owner that goes on.
  bool staysHere(Code &C, const VarDecl &V) {
    bool Leads = U.leads(V.getType()) && !V.getType()->isPointerType();
    return llvm::none_of(U.get<Uses>().in(C, &V), [&](const Use &X) {
      const Expr *Value = X.Mention;
      const Stmt *User = Value ? C.user(Value) : nullptr;
      return X.is(Use::Move) || isa_and_nonnull<ReturnStmt>(User) || (Leads && (X.Lambda || keeps(C, User)));
    });
  }

  /// Returns true if what uses a pointer may keep it: not if it makes a temporary, or another local that stays.
  bool keeps(Code &C, const Stmt *User) {
    if (isa_and_nonnull<BinaryOperator, InitListExpr, CXXMemberCallExpr>(User))
      return true;
    const auto *Makes = dyn_cast_or_null<Expr>(User);
    if (!isa_and_nonnull<CXXConstructExpr, CallExpr>(Makes) || isa<CXXOperatorCallExpr>(Makes))
      return false;
    const Expr *Outer = Makes;
    while (const auto *Next = dyn_cast_or_null<CXXConstructExpr>(C.user(Outer)))
      Outer = Makes = Next;
    if (const VarDecl *To = C.destinationVar(Makes))
      return !To->hasLocalStorage() || !staysHere(C, *To);
    Outer = Makes;
    return !isa_and_nonnull<MemberExpr>(C.user(Outer));
  }

  /// Returns true for a handle of a C library with which this body waits for the result.
  bool isUsedUp(const Code &C, const VarDecl &V) {
    return llvm::any_of(C.Events,
                        [&](const Event &E) { return E.Kind == Op::Block && E.Object.valid() && E.Object.Root == &V; });
  }

  void judge(Code &C, const Stmt *S, SourceLocation Loc, Owns What, const std::string &Name) {
    Repetition How = Facts.repetition(C, S);
    if (How.Is == Repetition::No || C.Fn->isMain())
      return;
    const char *When = How.Is == Repetition::Turns      ? "in each iteration"
                       : How.Is == Repetition::Messages ? "for each message"
                                                        : "in each call";
    const char *Note = How.Is == Repetition::Turns      ? "this loop repeats it"
                       : How.Is == Repetition::Messages ? "this runs for each message"
                                                        : "this is called for each piece of work";
    R.report(Loc,
             "'" + Name + "' is made " + When +
                 (What == Owns::Threads ? "; its threads are started and waited for each time"
                                        : "; it connects each time, and keeps connections that nobody uses again") +
                 "; make it once and share it",
             Story(How.Loc, Note));
  }

  Unit &U;
  Reporter &R;
  Executors &Facts;
};

const UnitCheck Check({.Name = "transient-executor",
                       .Family = "lifetime",
                       .Level = Tier::Risk,
                       .Summary = "Finds owners of threads or connections that are made for each call or item.",
                       .Rows = "L20",
                       .Preview = true},
                      [](Unit &U, Reporter &R) {
                        Transient T(U, R);
                        for (Code *C : bodies(U))
                          T.look(*C);
                      });

} // namespace
} // namespace heddle

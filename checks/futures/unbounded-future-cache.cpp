// A map of futures that only grows: every key that was ever asked for keeps its result, or its error, forever.
#include "check/Register.h"
#include "check/Reporter.h"
#include "flow/Calls.h"
#include "flow/Classes.h"
#include "flow/Destruction.h"
#include "flow/EventIndex.h"
#include "flow/MethodFacts.h"
#include "flow/Uses.h"
#include "flow/ValueFlow.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"

using namespace clang;

namespace heddle {
namespace {

bool isResult(Role R) { return R == Role::Future || R == Role::SharedFuture || R == Role::Promise || R == Role::Once; }

/// The type of the keys of a map, or null.
QualType keyType(Unit &U, QualType T) {
  const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(U.pointee(T)->getAsCXXRecordDecl());
  if (!Spec || U.role(T) != Role::Container || Spec->getTemplateArgs().size() < 2 ||
      Spec->getTemplateArgs()[0].getKind() != TemplateArgument::Type ||
      Spec->getTemplateArgs()[1].getKind() != TemplateArgument::Type ||
      !hasMember(Spec, DeclarationName(&U.Ctx.Idents.get("mapped_type"))))
    return {};
  return Spec->getTemplateArgs()[0].getAsType();
}

/// Returns true if it is a map of results whose uses are all in this unit, and whose keys have no end.
bool isCache(Unit &U, const ValueDecl *D) {
  const auto *V = dyn_cast<VarDecl>(D);
  const auto *F = dyn_cast<FieldDecl>(D);
  if (V && (!V->hasGlobalStorage() || (V->isExternallyVisible() && !V->isStaticLocal()) ||
            V->getTLSKind() != VarDecl::TLS_None))
    return false;
  if ((!V && !F) || (F && (F->getType()->isReferenceType() || F->getType()->isPointerType())))
    return false;
  QualType Key = keyType(U, D->getType());
  return !Key.isNull() && !Key->isEnumeralType() && !Key->isBooleanType() &&
         holds(U, U.element(D->getType()), isResult) && (!F || U.seesAllUses(F));
}

/// Returns true if the caller says what the key is.
bool keyIsGiven(Unit &U, const IndexedEvent &Insert) {
  auto Given = [&](const Expr *E) {
    E = U.get<ValueFlow>().source(*Insert.In, E);
    return E && mentionsParameter(E);
  };
  // insert({k, v}), emplace_hint(it, k, v): any argument may hold it
  if (const auto *M = dyn_cast<CXXMemberCallExpr>(Insert.What->Site))
    return llvm::any_of(M->arguments(), Given);
  const auto *O = dyn_cast<CXXOperatorCallExpr>(Insert.What->Site);
  return O && O->getNumArgs() == 2 && Given(O->getArg(1));
}

/// Returns true if entries may be taken out, or their number limited, where the map is named.
bool mayLimit(Unit &U, const Use &X) {
  const Code *C = U.code(X.Body);
  if (!C || X.Of == Use::Behind)
    return false;
  if (const auto *DS = dyn_cast<DeclStmt>(X.Site); DS && X.is(Use::Address)) { // another name for it, or for an element
    const auto *V = DS->isSingleDecl() ? dyn_cast<VarDecl>(DS->getSingleDecl()) : nullptr;
    return X.Of == Use::Itself &&
           (!V || llvm::any_of(U.get<Uses>().in(*C, V), [&](const Use &Y) { return mayLimit(U, Y); }));
  }
  const Expr *Value = X.Mention;
  const Stmt *User = Value ? C->user(Value) : nullptr;
  if (X.Of == Use::Itself && isa_and_nonnull<ReturnStmt>(User) && C->Fn->getReturnType()->isReferenceType())
    return true;
  const auto *Call = dyn_cast<CXXMemberCallExpr>(X.Site);
  const CXXMethodDecl *Asks = Call && X.is(Use::Ask) ? Call->getMethodDecl() : nullptr;
  if (!Asks || !Asks->getIdentifier() || Asks->getName() != "size")
    return X.Of == Use::Itself && X.is(Use::Address);
  // A member that only returns the size limits nothing unless somebody calls it.
  Value = Call;
  bool Tells =
      !X.Lambda && isa<CXXMethodDecl>(C->Fn) && C->Fn->param_empty() && isa_and_nonnull<ReturnStmt>(C->user(Value));
  return !Tells || !U.get<Calls>().callers(C->Fn).empty();
}

/// The insertion by which the map grows for every requested key; null if something may take entries out.
const Event *growth(Unit &U, const ValueDecl *Map) {
  const Event *Grows = nullptr;
  for (const IndexedEvent &E : U.get<EventIndex>().about(Map))
    switch (E.Element ? Op::Begin : E.What->Kind) {
    case Op::Insert:
      if (!Grows && keyIsGiven(U, E))
        Grows = E.What;
      break;
    case Op::Extract:
    case Op::Clear:
    case Op::Reset:
    case Op::Move:
    case Op::Escape:
    case Op::Limit:
      // Made or filled anew while it is constructed it is as empty as before.
      if (!isa<CXXConstructorDecl>(E.In->Fn))
        return nullptr;
      break;
    default:
      break;
    }
  bool Limited = Grows && llvm::any_of(U.get<Uses>().everywhere(Map), [&](const Use &X) { return mayLimit(U, X); });
  return Limited ? nullptr : Grows;
}

void run(Unit &U, Reporter &R) {
  for (const ValueDecl *Map : U.get<EventIndex>().objects()) {
    const Event *Grows = isCache(U, Map) ? growth(U, Map) : nullptr;
    if (!Grows)
      continue;
    std::string Name = "'" + Map->getNameAsString() + "'";
    R.report(Grows->loc(),
             Name + " gets an entry for every new key, and none is ever erased; results and failures pile up; erase "
                    "entries that are done, or bound the map",
             {{Map->getLocation(), Name + " is declared here"}});
  }
}

const UnitCheck Check({.Name = "unbounded-future-cache",
                       .Family = "futures",
                       .Level = Tier::Risk,
                       .Summary = "Finds maps of futures that are filled for every key and never emptied.",
                       .Rows = "F11",
                       .Preview = true},
                      run);

} // namespace
} // namespace heddle

#include "GuardedReferences.h"
#include "EventIndex.h"
#include "LibraryCode.h"
#include "MakeFacts.h"
#include "Mentions.h"
#include "Order.h"
#include "Unwrap.h"
#include "Uses.h"
#include "support/Walk.h"

#include "clang/AST/ASTContext.h"

using namespace clang;

namespace heddle {

static constexpr unsigned MaxDepth = 3;

/// Returns true if the type has a lock or an atomic in it: it guards itself.
static bool guardsItself(Unit &U, QualType T) {
  const auto *RD = T->getBaseElementTypeUnsafe()->getAsCXXRecordDecl();
  if (isLock(U.role(T)) || U.role(T) == Role::Atomic)
    return true;
  return RD && RD->hasDefinition() && llvm::any_of(RD->fields(), [&](const FieldDecl *F) {
           return isLock(U.role(F->getType())) || U.role(F->getType()) == Role::Atomic;
         });
}

static bool isNode(QualType T) { // whose elements stay where they are when others come and go
  const auto *RD = T.getNonReferenceType()->getAsCXXRecordDecl();
  StringRef Name = RD && RD->getIdentifier() ? RD->getName() : "";
  return Name.contains("map") || Name.contains("set") || Name == "list" || Name == "forward_list";
}

/// A variable that is there for the whole run, itself.
static bool isStatic(const Place &P) {
  const auto *V = dyn_cast_or_null<VarDecl>(P.Root);
  return V && V->hasGlobalStorage() && V->getTLSKind() == VarDecl::TLS_None && P.Path.empty();
}

/// Returns true if a function changes the member or variable, or what is in it, after construction.
bool GuardedReferences::changes(const ValueDecl *D) {
  auto [It, New] = Changes.try_emplace(D, false);
  if (!New)
    return It->second;
  bool Node = isNode(D->getType());
  auto Outside = [&](const FunctionDecl *Fn) { return !isa<CXXConstructorDecl, CXXDestructorDecl>(Fn); };
  bool Is = llvm::any_of(U.get<Uses>().everywhere(D), [&](const Use &X) {
    if (!Outside(X.Body) || X.Of == Use::Behind)
      return false;
    return X.is(Use::Stores | Use::Move) || libraryGiven(U, X);
  });
  Is |= llvm::any_of(U.get<EventIndex>().about(D), [&](const IndexedEvent &X) {
    Op Kind = X.What->Kind;
    bool Gone = Kind == Op::Extract || Kind == Op::Clear || Kind == Op::Reset;
    return Outside(X.In->Fn) && (Gone || (Kind == Op::Insert && (!Node || X.What->Object.Element)));
  });
  return Changes[D] = Is;
}

/// The local pointer, iterator or view that the expression names, which keeps what it was initialised with; or null.
static const VarDecl *kept(const Code &C, const Expr *E) {
  const auto *DR = dyn_cast_or_null<DeclRefExpr>(unwrap(E));
  const auto *V = DR ? dyn_cast<VarDecl>(DR->getDecl()) : nullptr;
  bool Keeps = V && V->isLocalVarDecl() && V->hasLocalStorage() && V->getInit() && !V->getType()->isReferenceType();
  return Keeps && !C.isModified(V) ? V : nullptr;
}

/// The member of `this`, or the variable with static storage, in which the object lies that the expression names, by
/// value: the member itself, an element of it, or a part of either. Null for what it only points to, and for what
/// guards itself.
const ValueDecl *GuardedReferences::holder(Code &C, const Expr *E, unsigned Depth) {
  auto ByValue = [&](QualType T) {
    return !T.isNull() && !T->isReferenceType() && !T->isPointerType() && !U.leads(T) && !guardsItself(U, T);
  };
  const Expr *X = unwrap(E);
  QualType Is = X->getType().getNonReferenceType();
  bool Part = false;
  for (const auto *M = dyn_cast<MemberExpr>(X);
       M && isa<FieldDecl>(M->getMemberDecl()) && !isa<CXXThisExpr>(unwrap(M->getBase()));
       M = dyn_cast<MemberExpr>(X)) {
    if (!ByValue(M->getMemberDecl()->getType()))
      return nullptr;
    Part = true;
    X = unwrap(M->getBase());
    if (!M->isArrow())
      continue;
    if (const ValueDecl *Of = nullptr;
        const VarDecl *V = ByValue(X->getType()->getPointeeType()) ? kept(C, X) : nullptr)
      return leadsInto(C, V->getInit(), V->getType(), Of, Depth + 1) ? Of : nullptr;
    // `it->second`: of an iterator, not of a pointer.
    const auto *Arrow = dyn_cast<CXXOperatorCallExpr>(X);
    if (!Arrow || Arrow->getOperator() != OO_Arrow || U.leads(Arrow->getArg(0)->getType()))
      return nullptr;
    X = unwrap(Arrow->getArg(0));
  }
  auto P = C.place(X);
  auto In = P && P->Root && P->Path.empty() && !P->Element ? C.elementOf(P->Root) : std::nullopt;
  if (In)
    P = In;
  const ValueDecl *D = P && P->This && P->Path.size() == 1 ? P->Path.front() : P && isStatic(*P) ? P->Root : nullptr;
  if (!D || D->getType().isConstQualified() || !ByValue(D->getType()))
    return nullptr;
  QualType Whole = D->getType(), Held = P->Element ? U.element(Whole) : Whole;
  if (const ArrayType *A = P->Element ? U.Ctx.getAsArrayType(Whole) : nullptr)
    Held = A->getElementType();
  if (!Held.isNull() && P->Element)
    Held = heldBy(Held);
  if (Held.isNull() || !ByValue(Held))
    return nullptr;
  return (Part || U.Ctx.hasSameUnqualifiedType(Is, Held)) && ByValue(Is) ? D : nullptr;
}

/// Returns true for `optional<Iterator>`, `pair<Iterator, bool>`: a value that carries what it was made of.
static bool carries(const CXXConstructExpr *Made) {
  const CXXRecordDecl *RD = Made->getConstructor()->getParent();
  StringRef Name = RD->getIdentifier() ? RD->getName() : "";
  return RD->isInStdNamespace() && !Made->getConstructor()->isCopyOrMoveConstructor() &&
         (Name == "optional" || Name == "pair" || Name == "tuple");
}

/// What kind of thing of type \p To leads into a member of `this`, or into a variable, where \p E yields it.
std::optional<GuardedReference::Kind> GuardedReferences::leadsInto(Code &C, const Expr *E, QualType To,
                                                                   const ValueDecl *&Of, unsigned Depth) {
  const Expr *X = unwrap(E);
  if (!X)
    return std::nullopt;
  if (const auto *Choice = dyn_cast<ConditionalOperator>(X)) {
    auto Kind = leadsInto(C, Choice->getTrueExpr(), To, Of, Depth);
    return Kind ? Kind : leadsInto(C, Choice->getFalseExpr(), To, Of, Depth);
  }
  auto IsView = [&](QualType T) {
    const TypeModel *M = U.type(T);
    return M && M->With.has(Fact::Borrows);
  };
  const auto *Made = dyn_cast<CXXConstructExpr>(X);
  // A view of an owner, by conversion.
  if (Made && Made->getNumArgs() && IsView(To) && !IsView(Made->getArg(0)->getType()) && !Made->getArg(0)->isPRValue())
    return asView(C, Made->getArg(0), Of, Depth);
  // A copy of a view is a view of the same.
  if (Made && Made->getNumArgs() == 1 && !To->isReferenceType() && Made->getConstructor()->isCopyOrMoveConstructor())
    X = unwrap(Made->getArg(0));
  if (Made && carries(Made)) {
    for (const Expr *A : Made->arguments())
      if (auto Kind = leadsInto(C, A, A->getType().getNonReferenceType(), Of, Depth))
        return Kind;
    return std::nullopt;
  }
  const VarDecl *Local = To->isReferenceType() || Depth >= MaxDepth ? nullptr : kept(C, X);
  if (Local && (To->isPointerType() || !Local->getType()->isPointerType()))
    return leadsInto(C, Local->getInit(), Local->getType(), Of, Depth + 1);
  const auto *Call = dyn_cast<CXXMemberCallExpr>(X);
  const Expr *Object = Call ? Call->getImplicitObjectArgument() : nullptr;
  // A member of the object that returns it.
  if (Object && isa<CXXThisExpr>(unwrap(Object)) && Depth < MaxDepth) {
    const FunctionDecl *F = U.visible(Call->getDirectCallee());
    Code *Inner = F && F != C.Fn && U.Ctx.hasCvrSimilarType(F->getReturnType(), To) ? U.code(F) : nullptr;
    for (const ReturnStmt *R : Inner ? returnsIn(F->getBody()) : llvm::SmallVector<const ReturnStmt *, 4>())
      if (auto Kind = R->getRetValue() ? leadsInto(*Inner, R->getRetValue(), To, Of, Depth + 1) : std::nullopt)
        return Kind;
    return std::nullopt;
  }
  if (To->isReferenceType())
    return (Of = holder(C, X, Depth)) ? std::optional(GuardedReference::Reference) : std::nullopt;
  if (const auto *A = dyn_cast<UnaryOperator>(X); A && A->getOpcode() == UO_AddrOf)
    return (Of = holder(C, A->getSubExpr(), Depth)) ? std::optional(GuardedReference::Pointer) : std::nullopt;
  if (!Object || !Call->isPRValue())
    return std::nullopt;
  bool System = inLibrary(U, Call->getMethodDecl()->getLocation());
  if (System && IsView(Call->getType()) && !IsView(Object->getType()))
    return asView(C, Object, Of, Depth);
  // An element that is a pointer or a view itself, as front() yields it, is copied.
  if (!(Of = holder(C, Object, Depth)))
    return std::nullopt;
  const auto *RD = Call->getType()->getAsCXXRecordDecl();
  StringRef Name = RD && RD->getIdentifier() ? RD->getName() : "";
  if (System && Call->getType()->isPointerType())
    return GuardedReference::Pointer; // data(), c_str()
  if (System && Name.contains_insensitive("iterator"))
    return GuardedReference::Iterator;
  return std::nullopt;
}

/// A view of what the expression names, where that lies in a member or variable.
std::optional<GuardedReference::Kind> GuardedReferences::asView(Code &C, const Expr *Owner, const ValueDecl *&Of,
                                                                unsigned Depth) {
  bool Into = isa<CallExpr>(unwrap(Owner)) && !isa<CXXOperatorCallExpr>(unwrap(Owner))
                  ? leadsInto(C, Owner, U.Ctx.getLValueReferenceType(Owner->getType()), Of, Depth).has_value()
                  : (Of = holder(C, Owner, Depth)) != nullptr;
  return Into ? std::optional(GuardedReference::View) : std::nullopt;
}

std::vector<GuardedReference> GuardedReferences::in(Code &C) {
  std::vector<GuardedReference> Found;
  if (isa<CXXConstructorDecl, CXXDestructorDecl>(C.Fn) ||
      llvm::none_of(C.Events, [](const Event &E) { return E.Kind == Op::Acquire || E.Kind == Op::AcquireShared; }))
    return Found;
  auto &Sections = U.get<CriticalSections>();
  auto Guarding = [&](const ValueDecl *Of, const Stmt *At) -> std::optional<HeldLock> {
    for (HeldLock &H : Sections.held(C, At))
      if (H.Taken && (isa<FieldDecl>(Of) ? H.Lock.This : isStatic(H.Lock)))
        return H;
    return std::nullopt;
  };
  forEach<ReturnStmt>(C.Fn->getBody(), heddle::Walk::NoLambdas, [&](const ReturnStmt *R) {
    const ValueDecl *Of = nullptr;
    auto Kind = R->getRetValue() ? leadsInto(C, R->getRetValue(), C.Fn->getReturnType(), Of) : std::nullopt;
    auto H = Kind && changes(Of) ? Guarding(Of, R) : std::nullopt;
    // A lock that is kept for the caller, or a guard that goes out with it, is no matter of this body.
    if (H && H->Taken->Guard)
      Found.push_back({*Kind, H->Lock, H->Taken, Of, R, nullptr});
  });
  forEach<DeclStmt>(C.Fn->getBody(), heddle::Walk::NoLambdas, [&](const DeclStmt *DS) {
    for (const Decl *D : DS->decls()) {
      const auto *V = dyn_cast<VarDecl>(D);
      const ValueDecl *Of = nullptr;
      auto Kind = V && V->getInit() && !C.isModified(V) ? leadsInto(C, V->getInit(), V->getType(), Of) : std::nullopt;
      auto H = Kind && changes(Of) ? Guarding(Of, DS) : std::nullopt;
      if (!H)
        continue;
      const Stmt *Used = nullptr;
      for (const Use &X : U.get<Uses>().in(C, V)) {
        bool Held = X.Mention &&
                    llvm::any_of(Sections.held(C, X.Mention), [&](const HeldLock &Now) { return Now.Lock == H->Lock; });
        if (!Used && X.Mention && !X.Lambda && !Held && U.get<Order>().reaches(C, DS, X.Mention) &&
            llvm::any_of(C.Events, [&](const Event &E) { // surely released in between
              return E.Kind == Op::Release && E.Object == H->Lock && U.get<Order>().dominates(C, E.Site, X.Mention) &&
                     U.get<Order>().reaches(C, DS, E.Site);
            }))
          Used = X.Mention;
      }
      if (Used)
        Found.push_back({*Kind, H->Lock, H->Taken, Of, DS, Used});
    }
  });
  return Found;
}

GuardedReferences::GuardedReferences(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<GuardedReferences>(Unit &);

} // namespace heddle

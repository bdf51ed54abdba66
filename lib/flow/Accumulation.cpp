#include "Accumulation.h"
#include "Classes.h"
#include "MakeFacts.h"
#include "Mentions.h"
#include "Order.h"
#include "Uses.h"

#include "clang/AST/DeclTemplate.h"

using namespace clang;

namespace heddle {

/// What the destruction of one element releases.
Accumulations::Gives Accumulations::atEnd(QualType T) {
  if (isGuard(U.role(T)))
    return Gives::Lock;
  const auto *RD = T->getAsCXXRecordDecl();
  if (!RD || !RD->hasDefinition())
    return Gives::Nothing;
  if (const TypeModel *M = U.type(T); M && M->Plays == Role::SmartPointer) {
    const auto *Spec = dyn_cast<ClassTemplateSpecializationDecl>(RD);
    if (!Spec || !RD->isInStdNamespace() || Spec->getTemplateArgs().size() < 2)
      return U.leads(T) && !T->isPointerType() ? atEnd(U.pointee(T)) : Gives::Nothing;
    const TemplateArgument &By = Spec->getTemplateArgs()[1]; // unique_ptr<FILE, closer>
    const auto *Deleter = By.getKind() == TemplateArgument::Type ? By.getAsType()->getAsCXXRecordDecl() : nullptr;
    bool Plain = Deleter && Deleter->getIdentifier() && Deleter->getName() == "default_delete";
    return Plain ? atEnd(U.pointee(T)) : Gives::Handle;
  }
  if (U.role(T) != Role::None)
    return Gives::Nothing; // tasks, channels and others have checks of their own
  StringRef Name = RD->getIdentifier() ? RD->getName() : "";
  if (RD->isInStdNamespace())
    return Name.ends_with("fstream") ? Gives::Handle : Gives::Nothing;
  // A class that cannot be copied and does something at its end, with a descriptor, a pointer or a callable in it.
  const CXXDestructorDecl *D = RD->getDestructor();
  bool Own = D && D->isUserProvided() && isMoveOnly(RD) && !RD->isPolymorphic();
  return Own && llvm::any_of(RD->fields(),
                             [&](const FieldDecl *F) {
                               QualType Is = F->getType();
                               return Is->isIntegerType() || U.role(Is) == Role::Function ||
                                      (Is->isPointerType() && Is->getPointeeType()->isIncompleteType());
                             })
             ? Gives::Handle
             : Gives::Nothing;
}

std::vector<Accumulation> Accumulations::in(Code &C) {
  std::vector<Accumulation> Found;
  for (const Event &E : C.Events) {
    if (E.Kind != Op::Insert || !E.Object.valid() || E.Object.This || !E.Object.Path.empty())
      continue;
    const auto *V = dyn_cast<VarDecl>(E.Object.Root);
    QualType Element = V && V->hasLocalStorage() && !isa<ParmVarDecl>(V) ? U.element(V->getType()) : QualType();
    Gives What = Element.isNull() || !V->getType()->isRecordType() ? Gives::Nothing : atEnd(heldBy(Element));
    const Loop *L = What == Gives::Nothing ? nullptr : U.get<LoopFacts>().repeating(C, E.Site);
    if (!L || (L->Turns == Trips::Constant && What != Gives::Lock) || declaredIn(L->Statement, V))
      continue;
    // Nothing else is done with it but to look at the last.
    const Stmt *Body = loopBody(L->Statement);
    auto &Ordered = U.get<Order>();
    bool Asked = C.isExposed(V) || llvm::any_of(U.get<Uses>().in(C, V), [&](const Use &X) {
                   return X.Lambda || !X.Mention || !within(C, X.Mention, Body);
                 });
    Asked |= llvm::any_of(C.Events, [&](const Event &X) {
      return X.Object == E.Object && (X.Kind == Op::Clear || X.Kind == Op::Extract || X.Kind == Op::Reset);
    });
    // The loop works with what it has taken.
    const auto *Block = dyn_cast_or_null<CompoundStmt>(Body);
    bool Works = Block && llvm::any_of(Block->body(), [&](const Stmt *S) {
                   return !within(C, E.Site, S) && Ordered.reaches(C, E.Site, S) &&
                          anyOf<CallExpr>(S, [](const CallExpr *) { return true; });
                 });
    // What it went over is not used behind it.
    const auto *Over = L->Over ? dyn_cast<DeclRefExpr>(L->Over->IgnoreParenImpCasts()) : nullptr;
    const auto *Member = L->Over ? dyn_cast<MemberExpr>(L->Over->IgnoreParenImpCasts()) : nullptr;
    const ValueDecl *Range = Over ? Over->getDecl() : Member ? Member->getMemberDecl() : nullptr;
    bool Later = Range && llvm::any_of(U.get<Uses>().in(C, Range), [&](const Use &X) {
                   return X.Mention && !within(C, X.Mention, L->Statement) && Ordered.reaches(C, E.Site, X.Mention);
                 });
    bool Told = llvm::any_of(Found, [&](const Accumulation &A) { return A.Holder == V; });
    if (!Asked && Works && !Later && !Told)
      Found.push_back({V, L->Statement, &E, What == Gives::Lock});
  }
  return Found;
}

Accumulations::Accumulations(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<Accumulations>(Unit &);

} // namespace heddle

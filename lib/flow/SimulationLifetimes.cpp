// Where the object begins and ends, also where an exception leaves its scope.
#include "Classes.h"
#include "LibraryCode.h"
#include "Loops.h"
#include "SimulationBody.h"
#include "Unwrap.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"

using namespace clang;

namespace heddle::sim {

bool Body::makesObject(const FunctionDecl *F) const {
  const TemplateArgumentList *Args = F->getTemplateSpecializationArgs();
  return leads(F->getReturnType()) && Args && inLibrary(U(), F->getLocation()) && F->isTemplateInstantiation() &&
         Args->size() > 0 && Args->get(0).getKind() == TemplateArgument::Type &&
         U().Ctx.hasSameUnqualifiedType(Args->get(0).getAsType(), U().pointee(F->getReturnType()));
}

void Body::begin(const VarDecl *V, PathState &P) {
  const Expr *Init = V->getInit();
  bool Fresh = true;
  P.Trace = -1;
  if (Init) {
    Init = unwrap(Init);
    if (const auto *CE = dyn_cast<CXXConstructExpr>(Init); CE && CE->getNumArgs() == 1)
      if (const Expr *From = unwrap(CE->getArg(0)); isEmptyHandle(From) && leads(V->getType()))
        Init = From;
    if (S.A.Unwinds && leads(V->getType()) && isEmptyHandle(Init)) {
      P.State = Gone; // there is nothing in it that could end
      return;
    }
    if (const auto *CE = dyn_cast<CXXConstructExpr>(Init)) {
      Fresh = !CE->getConstructor()->isCopyOrMoveConstructor();
      if (Fresh && Container)
        for (const Expr *A : CE->arguments())
          Fresh &= isa<CXXDefaultArgExpr>(A) || A->getType()->isIntegralOrEnumerationType();
      if (leads(V->getType()))
        Fresh = CE->getNumArgs() == 1 && isa<CXXNewExpr>(CE->getArg(0)->IgnoreParenImpCasts());
    } else if (const auto *Call = dyn_cast<CallExpr>(Init)) {
      // make_shared<T>() makes a fresh one; other calls hand out one that somebody else knows.
      Fresh = Call->getDirectCallee() && makesObject(Call->getDirectCallee());
    } else if (isa<CXXNewExpr>(Init))
      Fresh = true;
    else if (!isa<InitListExpr, ImplicitValueInitExpr>(Init))
      Fresh = !leads(V->getType()) && !V->getType()->isRecordType();
  } else if (leads(V->getType()))
    Fresh = false;
  P.State = Fresh ? S.Auto.Start : S.Auto.AtEntry;
  if (P.State != Gone) {
    Event E{};
    E.Kind = Op::Begin;
    if (const CompiledRow *R = row(P.State, Via::Here, E))
      take(P, *R, nullptr, V->getLocation());
  }
}

bool Body::isMadeHere(const VarDecl *V) {
  const Expr *Init = unwrap(V->getInit());
  const auto *CE = dyn_cast_or_null<CXXConstructExpr>(Init);
  return !Init || isa<InitListExpr>(Init) || (CE && !CE->getConstructor()->isCopyOrMoveConstructor());
}

const VarDecl *Body::holder() const {
  if (BornHere) // what a reference leads to lives on
    return BornHere->getType()->isReferenceType() ? nullptr : BornHere;
  auto Owns = [&](QualType T) { return !T->isReferenceType() && (!leads(T) || ownsAlone(T)); };
  bool Part = S.A.Unwinds && PartOf && !O.Path.empty() && !PartOf->isInitCapture() && Owns(PartOf->getType()) &&
              Owns(O.Root->getType()) && !O.Element && // a name of a structured binding may lead elsewhere
              llvm::none_of(O.Path, [&](const FieldDecl *F) {
                return F->getType()->isReferenceType() || leads(F->getType()) || endsByItself(F->getParent());
              });
  return Part ? PartOf : nullptr;
}

bool Body::endsByItself(const RecordDecl *Class) {
  const auto *RD = dyn_cast<CXXRecordDecl>(Class);
  const CXXDestructorDecl *D = RD && RD->hasDefinition() ? RD->getDestructor() : nullptr;
  return D && D->isUserProvided();
}

bool Body::isNull(const PathState &P) {
  const auto *V = dyn_cast_or_null<VarDecl>(O.Root);
  if (!V || !leads(V->getType()))
    return false;
  auto Leads = Keys.variable(V, true);
  FactSet Known = P.Facts;
  return Leads && !Known.add(*Leads);
}

void Body::thrownOut(const Expr *E, const States &Now) {
  if (llvm::all_of(Now, [](const PathState &P) { return P.State == Gone; }))
    return;
  // The value of a future is up to the thread that sets it: here, often this thread.
  if (llvm::any_of(C.at(E),
                   [&](unsigned I) { return C.Events[I].Kind == Op::Consume || C.Events[I].Kind == Op::Await; }))
    return;
  auto X = U().throws().leavingBy(C, E);
  if (!X)
    return;
  for (PathState P : Now)
    if (holder())
      end(P, E, &*X);
    else if (P.State != Gone) {
      P.Trace = append(P.Trace, X->Way);
      P.LeftBy = E;
      ThrownOut.push_back(std::move(P));
    }
}

void Body::end(PathState &P, const Stmt *By, const Thrown *X) {
  Event E{};
  E.Kind = Op::End;
  E.Site = By;
  if (X)
    P.Trace = append(P.Trace, X->Way);
  SourceLocation Loc = holder()->getLocation();
  if (const auto *Block = dyn_cast_or_null<CompoundStmt>(By))
    Loc = Block->getRBracLoc();
  else if (const auto *Ex = dyn_cast_or_null<Expr>(By))
    Loc = Ex->getExprLoc();
  else if (By)
    Loc = By->getBeginLoc();
  if (const CompiledRow *R = row(P.State, Via::Here, E))
    take(P, *R, By, Loc);
  else
    P.State = Gone;
}

bool Body::leadsElsewhere(const Stmt *St) const {
  if (!O.valid() || !O.Root)
    return false;
  // A pointer to a lock is only a name of it; other pointers may own what they lead to.
  QualType T = O.Root->getType();
  if (O.Path.empty() && !(T->isPointerType() && isLock(S.U.role(T->getPointeeType()))))
    return false;
  const Expr *L = nullptr;
  if (const auto *B = dyn_cast<BinaryOperator>(St); B && B->isAssignmentOp())
    L = B->getLHS();
  else if (const auto *X = dyn_cast<UnaryOperator>(St); X && X->isIncrementDecrementOp())
    L = X->getSubExpr();
  else if (const auto *X = dyn_cast<CXXOperatorCallExpr>(St);
           X && X->getNumArgs() &&
           (X->isAssignmentOp() || X->getOperator() == OO_PlusPlus || X->getOperator() == OO_MinusMinus))
    L = X->getArg(0);
  const auto *DR = L ? dyn_cast<DeclRefExpr>(L->IgnoreParenImpCasts()) : nullptr;
  return DR && DR->getDecl() == O.Root;
}

bool Body::assignsNew(const Stmt *St) const {
  const auto *X = dyn_cast<CXXOperatorCallExpr>(St);
  const Expr *From = X && X->getNumArgs() == 2 ? unwrap(X->getArg(1)) : nullptr;
  const auto *CE = dyn_cast_or_null<CXXConstructExpr>(From);
  return isa_and_nonnull<InitListExpr>(From) || (CE && !CE->getConstructor()->isCopyOrMoveConstructor());
}

bool Body::bornInInit() const {
  return llvm::any_of(C.Events, [&](const Event &E) { return isAbout(E) && E.Site && insideInit(E.Site, BornHere); });
}

bool Body::insideInit(const Stmt *Site, const VarDecl *V) const {
  if (!V->getInit())
    return false;
  for (const Stmt *X = Site; X; X = C.parent(X))
    if (X == V->getInit() || X == V->getInit()->IgnoreParenImpCasts())
      return true;
  return false;
}

void Body::destroy(const VarDecl *V, PathState &P, const Stmt *By) {
  bool Owns = true;
  if (const GuardInfo *GI = C.guard(V); GI && llvm::is_contained(GI->Locks, O)) {
    Owns = mayOwn(P, V);
  }
  killMentions(P, V);
  if (const GuardInfo *GI = C.guard(V)) {
    if (!Owns) // it released its lock, dissociated it, or never had it
      return;
    for (const Place &L : GI->Locks)
      if (L == O) {
        Event E{};
        E.Kind = Op::Release;
        E.Object = O;
        if (const CompiledRow *R = row(P.State, Via::Here, E))
          take(P, *R, nullptr, V->getLocation());
      }
    return;
  }
  // The variable of a loop is a name that an element has for one iteration: the element lives on.
  if (V->getType()->isReferenceType() && C.elementOf(V))
    return;
  if (V == holder() && (!leads(V->getType()) || ownsAlone(V->getType()) || S.A.SharedEnds))
    end(P, By);
}

bool Body::ownsAlone(QualType T) const { return isMoveOnly(T->getAsCXXRecordDecl()); }

std::optional<Place> Body::intoDestructor(const VarDecl *V) const {
  const CXXRecordDecl *RD = O.valid() && V->getInit() ? V->getType()->getAsCXXRecordDecl() : nullptr;
  const CXXDestructorDecl *D = RD && RD->hasDefinition() ? RD->getDestructor() : nullptr;
  if (!D || !S.U.visible(D) || S.U.type(V->getType()))
    return std::nullopt;
  for (const CallableRef::Member &M : Code::members(V->getInit())) {
    auto P = M.Field->getType()->isReferenceType() || leads(M.Field->getType()) ? C.place(M.Value) : std::nullopt;
    if (!P || !P->contains(O))
      continue;
    Place Base;
    Base.This = true;
    Base.Path.push_back(M.Field);
    return P->rebase(O, Base);
  }
  return std::nullopt;
}

States Body::destroyed(const VarDecl *V, States In, const Stmt *By) {
  for (PathState &P : In)
    destroy(V, P, By);
  auto There = intoDestructor(V);
  if (!There || Depth >= MaxDepth)
    return In;
  States Now;
  for (PathState &P : In) {
    const Outcome *Sum =
        S.summary(V->getType()->getAsCXXRecordDecl()->getDestructor(), *There, P.State, claimed(P), Depth + 1);
    if (!Sum || !Sum->Complete || Sum->Exits.empty()) {
      add(Now, std::move(P));
      continue;
    }
    Out.Touched |= Sum->Touched;
    for (const ExitState &X : Sum->Exits) {
      PathState N = P;
      N.State = X.State;
      if (X.State != P.State)
        N.Trace = append(N.Trace, X.Story);
      add(Now, std::move(N));
    }
  }
  return Now;
}

const std::vector<const VarDecl *> &Body::leadingLocals() {
  if (LeadingLocals)
    return *LeadingLocals;
  LeadingLocals.emplace();
  for (const CFGBlock *B : *G)
    for (const CFGElement &El : *B)
      if (auto D = El.getAs<CFGAutomaticObjDtor>(); D && intoDestructor(D->getVarDecl()))
        if (!llvm::is_contained(*LeadingLocals, D->getVarDecl()))
          LeadingLocals->push_back(D->getVarDecl());
  return *LeadingLocals;
}

bool Body::comesLater(const VarDecl *Guard, const GuardInfo &GI) const {
  return GI.Starts != GuardInfo::Unknown && llvm::is_contained(GI.Locks, O) &&
         llvm::none_of(C.Events, [&](const Event &E) {
           return E.Guard == Guard && E.Object == O && E.Kind != Op::Release && insideInit(E.Site, Guard);
         });
}

void Body::unwind(const CXXTryStmt *Try, States &Out, const Stmt *From) {
  if (!O.valid())
    return;
  const SourceManager &SM = U().Ctx.getSourceManager();
  // What is declared behind the throwing call does not exist yet.
  auto Lives = [&](const ValueDecl *V) {
    return !From || SM.isBeforeInTranslationUnit(V->getLocation(), From->getBeginLoc());
  };
  auto Inside = [&](const ValueDecl *V) {
    return !Try || (SM.isBeforeInTranslationUnit(Try->getTryBlock()->getBeginLoc(), V->getLocation()) &&
                    SM.isBeforeInTranslationUnit(V->getLocation(), Try->getTryBlock()->getEndLoc()));
  };
  for (const VarDecl *V : leadingLocals())
    if (Inside(V) && Lives(V) && (!From || inScopeOf(C, V->getInit(), From)))
      Out = destroyed(V, std::move(Out));
  for (const auto &[V, GI] : C.guards()) {
    if (!Inside(V) || !Lives(V))
      continue;
    for (const Place &L : GI.Locks)
      if (L == O)
        for (PathState &P : Out)
          destroy(cast<VarDecl>(V), P);
  }
  if (BornHere && BornHere == holder() && Try && (!leads(BornHere->getType()) || ownsAlone(BornHere->getType())) &&
      SM.isBeforeInTranslationUnit(Try->getTryBlock()->getBeginLoc(), BornHere->getLocation()) &&
      SM.isBeforeInTranslationUnit(BornHere->getLocation(), Try->getTryBlock()->getEndLoc())) {
    const auto *E = S.A.Unwinds ? dyn_cast_or_null<Expr>(From) : nullptr;
    auto X = E ? U().throws().by(C, E) : std::nullopt;
    for (PathState &P : Out) {
      if (X)
        end(P, E, &*X);
      P.State = Gone;
    }
  }
}

bool Body::declaredIn(const Stmt *Loop) const {
  const SourceManager &SM = U().Ctx.getSourceManager();
  return SM.isBeforeInTranslationUnit(Loop->getBeginLoc(), BornHere->getLocation()) &&
         SM.isBeforeInTranslationUnit(BornHere->getLocation(), Loop->getEndLoc());
}

} // namespace heddle::sim

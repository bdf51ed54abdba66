// Calls into other bodies: what the object is called there, and callables under a parameter's name.
#include "Loops.h"
#include "SimulationBody.h"
#include "Unwrap.h"

using namespace clang;

namespace heddle::sim {

/// Returns true if the body uses the result of this call.
static bool isAsked(const Code &C, const Stmt *Call) {
  const auto *E = dyn_cast<Expr>(Call);
  if (!E || E->getType()->isVoidType())
    return false;
  const Stmt *Use = C.user(E);
  if (E->getType()->isVoidType()) // cast away
    return false;
  if (const auto *If = dyn_cast_or_null<IfStmt>(Use))
    return If->getCond() == E;
  return isa_and_nonnull<Expr, DeclStmt, ReturnStmt, SwitchStmt>(Use) || (isLoop(Use) && loopCondition(Use) == E);
}

/// Returns true if the call has more than one result.
static bool answersDiffer(const Expr *Call, FactKeys &Keys, const States &After) {
  unsigned Key = Keys.result(Call, true).Key;
  return !After.empty() &&
         llvm::any_of(After, [&](const PathState &X) { return X.Facts.about(Key) != After.front().Facts.about(Key); });
}

CallSite::CallSite(const Code &C, const Event &E) {
  if (const auto *M = dyn_cast<CXXMemberCallExpr>(E.Site)) {
    Receiver = M->getImplicitObjectArgument();
    Args.append(M->arg_begin(), M->arg_end());
  } else if (const auto *X = dyn_cast<CXXOperatorCallExpr>(E.Site)) {
    Args.append(X->arg_begin(), X->arg_end());
    if (!Args.empty() && (isa<CXXMethodDecl>(E.Callee) || X->getOperator() == OO_Call)) {
      Receiver = Args.front();
      Args.erase(Args.begin());
    }
  } else if (const auto *X = dyn_cast<CallExpr>(E.Site))
    Args.append(X->arg_begin(), X->arg_end());
  else if (const auto *X = dyn_cast<CXXConstructExpr>(E.Site))
    for (const Expr *A : X->arguments())
      Args.push_back(A);
  // A local lambda called by its name.
  if (Receiver || isa<CallExpr>(E.Site)) {
    const Expr *Fn = Receiver ? Receiver : cast<CallExpr>(E.Site)->getCallee();
    auto Found = C.callables(Fn);
    if (Found.size() == 1 && Found.front().Lambda) {
      Lambda = Found.front().Lambda;
      Receiver = nullptr;
    }
  }
}

std::optional<Place> Body::intoLambda(const LambdaExpr *L) const {
  for (const LambdaCapture &Cap : L->captures()) {
    if (Cap.capturesThis() && O.This)
      return O;
    if (Cap.capturesVariable() && Cap.getCapturedVar() == O.Root) {
      bool Same = Cap.getCaptureKind() == LCK_ByRef || leads(Cap.getCapturedVar()->getType());
      if (Same)
        return O;
    }
    if (Cap.capturesVariable())
      if (const GuardInfo *GI = C.guard(Cap.getCapturedVar()); GI && llvm::is_contained(GI->Locks, O)) {
        Place P; // the lock is known by its guard in there
        P.Root = Cap.getCapturedVar();
        return P;
      }
    // A lambda that holds another one reaches what that one holds.
    if (Cap.capturesVariable())
      if (const auto *V = dyn_cast<VarDecl>(Cap.getCapturedVar()); V && V->getInit() && Depth < MaxDepth)
        for (const CallableRef &Held : C.callables(V->getInit()))
          if (Held.Lambda && Held.Lambda != L && Held.Body)
            if (auto P = into(Held.Body, nullptr, {}, Held.Lambda, std::nullopt); P && *P == O)
              return O;
    // `[p = ptr]`, `[self = shared_from_this()]`, `[&p = promise]`: place() follows the new name back.
    if (Cap.capturesVariable())
      if (const auto *V = dyn_cast<VarDecl>(Cap.getCapturedVar());
          V && V->isInitCapture() && V->getInit() && (V->getType()->isReferenceType() || leads(V->getType())))
        if (auto P = C.place(V->getInit()); P && P->contains(O))
          return O;
  }
  // A variable of reference or pointer type stands for what it leads to.
  for (const LambdaCapture &Cap : L->captures())
    if (Cap.capturesVariable())
      if (const auto *V = dyn_cast<VarDecl>(Cap.getCapturedVar());
          V && V->getInit() && !V->isInitCapture() &&
          (V->getType()->isReferenceType() || (leads(V->getType()) && !C.isModified(V))))
        if (auto P = C.place(V->getInit()); P && P->contains(O))
          return O;
  return std::nullopt;
}

std::optional<Place> Body::into(const FunctionDecl *Callee, const Expr *Receiver, llvm::ArrayRef<const Expr *> Args,
                                const LambdaExpr *L, std::optional<Place> ReceiverPlace) const {
  if (!O.valid())
    return std::nullopt;
  if (const auto *V = dyn_cast_or_null<VarDecl>(O.Root); V && V->hasGlobalStorage())
    return O;
  if (L)
    if (auto P = intoLambda(L))
      return P;
  // A guard parameter is known by itself in the callee: the caller's lock is the one behind the argument.
  for (unsigned I = 0; I != Args.size() && I < Callee->getNumParams(); ++I)
    if (auto A = C.place(Args[I]); A && A->Root && A->Path.empty())
      if (const GuardInfo *GI = C.guard(A->Root); GI && llvm::is_contained(GI->Locks, O)) {
        Place P;
        P.Root = Callee->getParamDecl(I);
        return P;
      }
  auto Receives = [&](const Place &R) -> std::optional<Place> {
    if (!R.contains(O))
      return std::nullopt;
    Place Base;
    Base.This = true;
    return R.rebase(O, Base);
  };
  if (ReceiverPlace)
    if (auto P = Receives(*ReceiverPlace))
      return P;
  if (Receiver)
    if (auto R = C.place(Receiver))
      if (auto P = Receives(*R))
        return P;
  for (unsigned I = 0; I != Args.size() && I < Callee->getNumParams(); ++I) {
    const ParmVarDecl *Param = Callee->getParamDecl(I);
    QualType T = Param->getType();
    auto A = C.place(Args[I]);
    if (!A)
      continue;
    if (Container && A->Root && A->Path.empty())
      if (auto In = C.elementOf(A->Root); In && T->isReferenceType()) {
        In->Element = false;
        if (*In == O) { // one element of the container for all of them
          Place P;
          P.Root = Param;
          return P;
        }
      }
    if (!A->contains(O))
      continue;
    bool Same = T->isReferenceType() || leads(T) || movedIn(Args[I]);
    if (!Same)
      continue;
    Place Base;
    Base.Root = Param;
    return A->rebase(O, Base);
  }
  return std::nullopt;
}

bool Body::movedIn(const Expr *E) {
  E = E->IgnoreParenImpCasts();
  if (const auto *CE = dyn_cast<CXXConstructExpr>(E))
    return CE->getConstructor()->isMoveConstructor();
  return false;
}

const Binding *Body::bound(const ValueDecl *D) const {
  for (const Binding &B : Env)
    if (B.Param == D)
      return &B;
  return nullptr;
}

void Body::resolve(CallableRef &T) const {
  const auto *DR = T.Site && !T.Lambda ? dyn_cast<DeclRefExpr>(T.Site) : nullptr;
  if (const Binding *B = DR ? bound(DR->getDecl()) : nullptr) {
    T.Lambda = B->Lambda;
    T.Body = B->Body;
  }
}

bool Body::capturesBound(const LambdaExpr *L) const {
  return llvm::any_of(L->captures(), [&](const LambdaCapture &Cap) {
    if (!Cap.capturesVariable())
      return false;
    if (bound(Cap.getCapturedVar()))
      return true;
    // `[cb = std::move(done)]`
    const auto *V = dyn_cast<VarDecl>(Cap.getCapturedVar());
    return V && V->isInitCapture() && V->getInit() && boundBehind(V->getInit());
  });
}

const Binding *Body::boundBehind(const Expr *E) const {
  for (const CallableRef &R : C.callables(E))
    if (const auto *DR = dyn_cast_or_null<DeclRefExpr>(R.Site))
      if (const Binding *B = bound(DR->getDecl()))
        return B;
  return nullptr;
}

const Binding *Body::behindName(const ValueDecl *D) const {
  if (const Binding *B = bound(D))
    return B;
  const auto *V = dyn_cast_or_null<VarDecl>(D);
  return V && !isa<ParmVarDecl>(V) && V->getInit() ? boundBehind(V->getInit()) : nullptr;
}

Bindings Body::bind(const FunctionDecl *Callee, llvm::ArrayRef<const Expr *> Args, const LambdaExpr *Called) const {
  Bindings Out;
  if (Called)
    Out = Env; // a lambda of this body sees its parameters
  if (!O.valid() || O.This)
    return Out;
  for (unsigned I = 0; I != Args.size() && I < Callee->getNumParams(); ++I)
    for (CallableRef R : C.callables(Args[I])) {
      resolve(R);
      if (!R.Lambda || !R.Body)
        continue;
      if (into(R.Body, nullptr, R.Args, R.Lambda, R.Receiver) == O || capturesBound(R.Lambda) || bound(Site(R)))
        Out.push_back({Callee->getParamDecl(I), R.Lambda, R.Body});
    }
  llvm::sort(Out);
  return Out;
}

const ValueDecl *Body::Site(const CallableRef &R) {
  const auto *DR = dyn_cast_or_null<DeclRefExpr>(R.Site);
  return DR ? DR->getDecl() : nullptr;
}

bool Body::boundElsewhere(const Event &E, const PathState &P) {
  if (E.Model || !E.Callee || !O.valid() || O.This)
    return false;
  bool Bound = llvm::any_of(E.Tasks, [&](CallableRef T) {
    resolve(T);
    return T.Lambda && T.Body && S.U.visible(E.Callee) && into(T.Body, nullptr, T.Args, T.Lambda, T.Receiver) == O;
  });
  if (!Bound || E.Kind != Op::Defer || P.State == Gone)
    return Bound;
  // A callee that only stores it says nothing: only the guess that it runs later remains.
  CallSite Site(C, E);
  auto Mapped = into(E.Callee, Site.Receiver, Site.Args, Site.Lambda, std::nullopt);
  const Outcome *Sum =
      S.summary(E.Callee, Mapped ? *Mapped : O, P.State, P.Claimed, Depth + 1, bind(E.Callee, Site.Args, Site.Lambda));
  return !Sum || !Sum->Complete || Sum->Touched;
}

void Body::callEvent(const Event &E, PathState P, States &To) {
  killVolatile(P);
  // A parameter of a template has the lambda's own type, so its body is known, but not what it captures.
  const auto *Op = dyn_cast_or_null<CXXMethodDecl>(E.Callee);
  bool Callable = !E.Callee || (Op && Op->getParent()->isLambda());
  if (const Binding *B = Callable && E.Object.valid() && E.Object.Path.empty() ? behindName(E.Object.Root) : nullptr) {
    Out.Touched = true;
    States After;
    callBody(E, B->Body, nullptr, {}, B->Lambda, std::nullopt, P, After);
    // What it answers goes with what it is given, of which nothing is known here: one that has several answers, and is
    // asked, may do its work and say "go on" only where nothing follows.
    bool Asked = S.Auto.HasLater && isAsked(C, E.Site) && answersDiffer(cast<Expr>(E.Site), Keys, After);
    for (PathState &X : After) {
      if (Asked && X.State != P.State)
        X.State = Gone;
      To.push_back(std::move(X));
    }
    return;
  }
  if (!E.Callee) {
    // An unknown callable runs: a member or parameter of function type.
    if (S.Auto.HasElsewhere && P.State != Gone)
      if (const CompiledRow *R = row(P.State, Via::Elsewhere, E))
        take(P, *R, E.Site, E.loc());
    To.push_back(std::move(P));
    return;
  }
  CallSite Site(C, E);
  States After;
  callBody(E, E.Callee, Site.Receiver, Site.Args, Site.Lambda, std::nullopt, P, After);
  for (PathState &X : After)
    To.push_back(std::move(X));
}

/// The notes of a callee's finding, after the call that is reported instead: what leads to its place, that place,
/// and what follows there.
static std::vector<StoryLine> inCallee(const Finding &F, const std::string &Name) {
  auto Follows = llvm::find_if(F.Story, [](const StoryLine &L) { return L.After; });
  std::vector<StoryLine> Lines(F.Story.begin(), Follows);
  Lines.push_back({F.Loc, (F.Operation == F.Loc ? "it happens here, in " : "this call reaches it, in ") + Name});
  Lines.insert(Lines.end(), Follows, F.Story.end());
  for (StoryLine &L : Lines)
    L.After = true;
  return Lines;
}

void Body::takeFindings(const Event &E, const PathState &P, const Outcome &Sum, const FunctionDecl *Callee,
                        const Place &In, const Bindings &Inner, const std::string &Name) {
  for (const Finding &F : Sum.Findings) {
    // What goes wrong in the callee whatever the caller did is the callee's own report.
    if (Inner.empty() && S.reportsByItself(Callee, In, F))
      continue;
    std::vector<StoryLine> More = inCallee(F, Name);
    auto R = llvm::find_if(S.Auto.Rows, [&](const CompiledRow &X) { return X.Row == F.Row; });
    if (R != S.Auto.Rows.end()) {
      // Where the callee runs what this body gave it, the callee is where it goes wrong; where it hands over too late
      // or too often, this call is. Where this body does nothing but call, or the object is a member that both see, the
      // callee says more.
      bool There = (F.Row->How == Via::Later && F.Row->Where != ReportAt::HandOver) || !Inner.empty();
      bool Member = O.This && In.This;
      bool Step = F.Row->How == Via::Here || (Member && F.Row->Where == ReportAt::HandOver);
      if (!There && Step && (InCallees || Member) && S.calledOnce(Callee)) {
        More = {{E.loc(), "in the call of " + Name + " here"}};
        More.insert(More.end(), F.Story.begin(), F.Story.end());
        report(P, *R, F.Site, F.Loc, More);
        continue;
      }
      std::size_t Known = Out.Findings.size();
      report(P, *R, There ? F.Site : E.Site, There ? F.Loc : E.loc(), There ? F.Story : More);
      if (Out.Findings.size() > Known)
        Out.Findings.back().Operation = F.Operation;
    }
  }
}

void Body::callBody(const Event &E, const FunctionDecl *Callee, const Expr *Receiver, llvm::ArrayRef<const Expr *> Args,
                    const LambdaExpr *L, std::optional<Place> RecvPlace, PathState P, States &To) {
  if (P.State == Gone || Depth >= MaxDepth) {
    To.push_back(std::move(P));
    return;
  }
  auto Mapped = into(Callee, Receiver, Args, L, RecvPlace);
  bool Elsewhere = S.Auto.HasElsewhere && elsewhereReachable(Callee);
  Bindings Inner = bind(Callee, Args, L);
  if (!Mapped && !Inner.empty())
    Mapped = O; // only through what is bound
  if (L && !Mapped && llvm::any_of(Env, [&](const Binding &B) { return B.Lambda == L; }))
    Mapped = O;
  if (!Mapped && !Elsewhere) {
    To.push_back(std::move(P));
    return;
  }
  Place In = Mapped ? *Mapped : Place();
  const Outcome *Sum = S.summary(Callee, In, P.State, claimed(P), Depth + 1, Inner);
  if (!Sum || !Sum->Complete) {
    if (S.A.Escape == OnEscape::Forget && Mapped)
      P.State = Gone;
    To.push_back(std::move(P));
    return;
  }
  Out.Touched |= Sum->Touched;
  std::string Name = Callee->getNameAsString();
  if (const auto *M = dyn_cast<CXXMethodDecl>(Callee); M && M->getParent()->isLambda())
    Name = "the lambda";
  else
    Name = "'" + Name + "'";
  std::vector<StoryLine> Enter{{E.loc(), "in the call of " + Name + " here"}};
  for (const Deed &D : Sum->Deeds) {
    std::vector<StoryLine> More = Enter;
    More.insert(More.end(), D.Story.begin(), D.Story.end());
    if (!llvm::any_of(Out.Deeds, [&](const Deed &X) { return X.What == D.What; }) && !claimed(P))
      Out.Deeds.push_back({D.What, D.Site, D.Loc, std::move(More)});
  }
  if (!OnceOnly) // else call_once: a second call runs nothing
    takeFindings(E, P, *Sum, Callee, In, Inner, Name);
  // What was given away, and ends there on some ways only, is judged there.
  const auto *Given = S.A.OwnsParameters ? dyn_cast_or_null<ParmVarDecl>(In.Root) : nullptr;
  bool GaveAway = Given && Given->getDeclContext() == static_cast<const DeclContext *>(Callee) &&
                  !Given->getType()->isReferenceType() && (!leads(Given->getType()) || ownsAlone(Given->getType())) &&
                  llvm::any_of(Sum->Exits, [&](const ExitState &X) { return X.State != P.State; });
  std::optional<CallSite> Site; // of interest where the exits differ
  if (isa<Expr>(E.Site) && E.Callee == Callee &&
      llvm::any_of(Sum->Exits, [&](const ExitState &X) { return !X.Throws && X.State != Sum->Exits.front().State; }))
    Site.emplace(C, E);
  for (const ExitState &X : Sum->Exits) {
    if (X.Throws)
      continue;
    PathState N = P;
    N.State = GaveAway ? Gone : X.State;
    if (Site && !Site->Lambda && !listen(N, X.Told, *Site))
      continue;
    if (X.State != P.State && !X.Story.empty()) {
      N.Trace = append(N.Trace, Enter);
      N.Trace = append(N.Trace, X.Story);
    }
    if (X.Returned && isa<Expr>(E.Site))
      learn(N, Keys.resultEquals(cast<Expr>(E.Site), *X.Returned));
    else if (isa<Expr>(E.Site))
      N.Facts.removeIf([K = Keys.result(cast<Expr>(E.Site), true).Key](unsigned X) { return X == K; });
    add(To, std::move(N));
  }
}

bool Body::elsewhereReachable(const FunctionDecl *Callee) const {
  for (const CompiledRow &R : S.Auto.Rows)
    if (R.Row->How == Via::Elsewhere && S.U.reaches(Callee, R.Row->On, R.Row->OnlyIfBlocking))
      return true;
  return false;
}

} // namespace heddle::sim

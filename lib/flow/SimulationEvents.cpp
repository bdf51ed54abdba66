// What an event does to the object: the automaton's rows, and callables that run now or later.
#include "Loops.h"
#include "SimulationBody.h"

using namespace clang;

namespace heddle::sim {

static std::string fill(std::string_view Text, const Place &O) {
  std::string S(Text);
  for (std::size_t P; (P = S.find("%0")) != std::string::npos;)
    S.replace(P, 2, O.name());
  return S;
}

Body::Body(Engine &S, Code &C, Place O, unsigned Depth, Bindings Env)
    : S(S), C(C), O(std::move(O)), Depth(Depth), Env(std::move(Env)), Keys(C), G(C.graph()) {
  if (this->O.valid() && this->O.Path.empty() && this->O.Root)
    if (const auto *V = dyn_cast<VarDecl>(this->O.Root);
        V && V->isLocalVarDecl() && V->hasLocalStorage() && !V->isInitCapture() &&
        V->getParentFunctionOrMethod() == static_cast<const DeclContext *>(C.Fn))
      BornHere = V;
  if (this->O.valid() && this->O.Root && !BornHere) {
    const ValueDecl *Root = this->O.Root;
    if (const auto *B = dyn_cast<BindingDecl>(Root))
      Root = dyn_cast_or_null<VarDecl>(B->getDecomposedDecl());
    if (const auto *V = dyn_cast_or_null<VarDecl>(Root);
        V && V->isLocalVarDecl() && V->getParentFunctionOrMethod() == static_cast<const DeclContext *>(C.Fn))
      PartOf = V;
  }
  if (this->O.valid()) {
    const ValueDecl *Last = this->O.last();
    if (Last && !S.U.element(Last->getType()).isNull())
      Container = true;
  }
}

int Body::note(int Before, SourceLocation Loc, std::string Text) {
  Trace.push_back({Before, Loc, std::move(Text)});
  return static_cast<int>(Trace.size() - 1);
}

int Body::append(int Before, const std::vector<StoryLine> &Lines) {
  for (const StoryLine &L : Lines)
    Before = note(Before, L.Loc, L.Text);
  return Before;
}

std::vector<StoryLine> Body::story(int T) const {
  std::vector<StoryLine> Lines;
  for (; T >= 0; T = Trace[T].Before)
    Lines.push_back({Trace[T].Loc, Trace[T].Text});
  std::reverse(Lines.begin(), Lines.end());
  return Lines;
}

bool Body::isAbout(const Event &E) const {
  if (!O.valid() || !E.Object.valid())
    return false;
  if (E.Object == O)
    return true;
  if (Container && !O.Element) {
    Place Whole = E.Object;
    // The handle in an element stands for the element: `for (Helper &h : helpers) h.thread.join();`
    if (Whole.Root && !Whole.Element && (Whole.Path.empty() || isTaskHandle(E.ObjectRole)))
      if (auto In = C.elementOf(Whole.Root))
        Whole = *In;
    if (Whole.Element) {
      Whole.Element = false;
      return Whole == O;
    }
  }
  return false;
}

const CompiledRow *Body::row(int From, Via How, const Event &E) const {
  for (const CompiledRow &R : S.Auto.Rows) {
    if (R.Row->How != How || (R.From != From && R.From != Any) || From == Gone)
      continue;
    if (R.Row->On != E.Kind)
      continue;
    if (R.Row->OnlyIfBlocking && !S.U.blocks(E))
      continue;
    if (R.Row->OnlyIfInline && !E.may(Fact::InlineContinuations))
      continue;
    if (R.Row->Unless && E.may(*R.Row->Unless))
      continue;
    return &R;
  }
  return nullptr;
}

bool Body::hasRow(int From, Via How, Op On) const {
  return llvm::any_of(S.Auto.Rows, [&](const CompiledRow &R) {
    return R.Row->How == How && R.Row->On == On && (R.From == From || R.From == Any);
  });
}

void Body::take(PathState &P, const CompiledRow &R, const Stmt *Site, SourceLocation Loc) {
  if (R.To == Error) {
    report(P, R, Site, Loc, {});
    P.State = Gone;
    return;
  }
  if (!R.Row->Note.empty())
    P.Trace = note(P.Trace, Loc, fill(R.Row->Note, named()));
  P.State = R.To;
}

void Body::report(const PathState &P, const CompiledRow &R, const Stmt *Site, SourceLocation Loc,
                  const std::vector<StoryLine> &More) {
  // A helper that asks by itself who was first may be called again (`if (done_.exchange(true)) return;`).
  // With a callable of the caller's bound to a parameter both steps were seen on this very path.
  if (Depth > 0 && P.Asked && claimed(P) && S.Auto.HasLater && Env.empty())
    return;
  auto [It, New] = Reported.try_emplace({Site, static_cast<int>(&R - S.Auto.Rows.data())}, true);
  if (!New)
    return;
  Finding F;
  F.Row = R.Row;
  F.Object = O;
  F.Site = Site;
  F.Loc = F.Operation = Loc;
  F.Message = fill(R.Row->Message, named());
  F.Story = story(P.Trace);
  F.Story.insert(F.Story.end(), More.begin(), More.end());
  if (R.Row->Where == ReportAt::Cause && !F.Story.empty())
    F.reportFirstStep();
  Out.Findings.push_back(std::move(F));
}

bool Body::claimed(const PathState &P) const {
  return P.Claimed && !(P.ClaimedAt && Here && isBound(P.ClaimedAt, Here));
}

void Body::deed(const PathState &P, Op What, const Stmt *Site, SourceLocation Loc, const std::vector<StoryLine> &More) {
  if (llvm::any_of(Out.Deeds, [&](const Deed &D) { return D.What == What; }) || claimed(P))
    return;
  Deed D{What, Site, Loc, {}};
  D.Story = More;
  Out.Deeds.push_back(std::move(D));
}

void Body::runNow(const Event &E, PathState P, States &To) {
  if (boundElsewhere(E, P)) {
    To.push_back(std::move(P));
    return;
  }
  bool Claims = llvm::any_of(C.at(E.Site), [&](unsigned I) { return C.Events[I].Kind == Op::Claim; });
  if (const Code *Runner = !E.Model && E.Callee ? S.U.code(E.Callee) : nullptr) // a helper around call_once
    Claims |= llvm::any_of(Runner->Events, [](const Event &X) { return X.Kind == Op::Claim; });
  bool Ran = false;
  for (const CallableRef &T : E.Tasks) {
    if (!T.Body)
      continue;
    Ran = true;
    PathState In = P;
    In.Claimed |= Claims;
    if (Claims)
      In.ClaimedAt = nullptr;
    States After;
    OnceOnly = Claims;
    callBody(E, T.Body, nullptr, T.Args, T.Lambda, T.Receiver, In, After);
    OnceOnly = false;
    for (PathState &X : After) {
      X.Claimed = P.Claimed;
      X.ClaimedAt = P.ClaimedAt;
      To.push_back(std::move(X));
    }
  }
  if (!Ran || !(Claims || E.Surely))
    To.push_back(std::move(P)); // the range may be empty
}

/// Whether the guard has the object as its lock after the event.
void Body::learnOwner(const Event &E, PathState &P) {
  if (!E.Guard || !isAbout(E))
    return;
  switch (E.Kind) {
  case Op::Acquire:
  case Op::AcquireShared:
    if (!E.OutcomeTells)
      learn(P, Keys.holds(E.Guard, true));
    break;
  case Op::Release:
  case Op::Dissociate:
    learn(P, Keys.holds(E.Guard, false));
    break;
  case Op::Move: // whoever has the lock now, the guard may be given another
    P.Facts.removeIf([K = Keys.holds(E.Guard, true).Key](unsigned X) { return X == K; });
    break;
  default:
    break;
  }
}

void Body::step(const Event &E, PathState P, States &To) {
  ++S.Work;
  switch (E.Kind) {
  case Op::Call:
    callEvent(E, std::move(P), To);
    return;
  case Op::RunNow:
    runNow(E, std::move(P), To);
    return;
  case Op::Move:
    if (E.To && isAbout(E)) {
      Out.Touched = true;
      handOn(E, P);
      To.push_back(std::move(P));
      return;
    }
    [[fallthrough]];
  case Op::Escape:
    learnOwner(E, P);
    if (O.valid() && E.Object.valid() && E.Object.contains(O)) {
      Out.Touched = true;
      if (const CompiledRow *R = row(P.State, Via::Here, E))
        take(P, *R, E.Site, E.loc());
      else if (E.Kind == Op::Move || S.A.Escape == OnEscape::Forget)
        P.State = Gone;
    }
    To.push_back(std::move(P));
    return;
  default:
    break;
  }

  // A guard that is assigned releases what it holds.
  if (E.Guard && !E.Model && E.Kind == Op::Release && isAbout(E) && !mayOwn(P, E.Guard)) {
    To.push_back(std::move(P));
    return;
  }
  learnOwner(E, P);
  if (isAbout(E)) {
    Out.Touched = true;
    deed(P, E.Kind, E.Site, E.loc(), {});
    if (const CompiledRow *R = row(P.State, Via::Here, E)) {
      if (E.OutcomeTells) {
        PathState No = P;
        const auto *Call = cast<Expr>(E.Site);
        bool SuccessIsZero = Call->getType()->isIntegerType() && !Call->getType()->isBooleanType();
        take(P, *R, E.Site, E.loc());
        learn(P, tells(E, !SuccessIsZero));
        learn(No, tells(E, SuccessIsZero));
        if (E.Guard) {
          learn(P, Keys.holds(E.Guard, true));
          learn(No, Keys.holds(E.Guard, false));
        }
        To.push_back(std::move(No));
      } else
        take(P, *R, E.Site, E.loc());
    }
  } else if (O.valid() && E.Object.valid() && E.Object.contains(O) && (E.Kind == Op::Reset || E.Kind == Op::Extract)) {
    P.State = Gone; // the whole of which it is a part is replaced, or released
  } else if (S.Auto.HasElsewhere && P.State != Gone)
    if (const CompiledRow *R = row(P.State, Via::Elsewhere, E))
      take(P, *R, E.Site, E.loc());

  if ((E.Kind == Op::Defer || E.Kind == Op::Spawn) && !E.Tasks.empty() && O.valid())
    later(E, P);
  To.push_back(std::move(P));
}

bool Body::mayOwn(const PathState &P, const VarDecl *Guard) {
  FactSet Known = P.Facts;
  return Known.add(Keys.holds(Guard, true));
}

void Body::handOn(const Event &E, PathState &P) {
  auto Held = told(P, Keys.holds(E.Guard, true), Keys.holds(E.Guard, false));
  P.Facts.removeIf([K = Keys.holds(E.To, true).Key](unsigned X) { return X == K; });
  if (Held)
    learn(P, Keys.holds(E.To, *Held));
  learn(P, Keys.holds(E.Guard, false));
}

BranchFact Body::tells(const Event &E, bool Truth) {
  if (E.Guard && isa<CXXConstructExpr>(E.Site))
    return Keys.holds(E.Guard, Truth);
  return Keys.result(cast<Expr>(E.Site), Truth);
}

void Body::learn(PathState &P, BranchFact F) {
  P.Facts.removeIf([&](unsigned K) { return K == F.Key; });
  (void)P.Facts.add(F);
}

void Body::later(const Event &E, PathState &P) {
  bool Touched = false;
  const CompiledRow *Taken = nullptr;
  Deed Done{};
  if (boundElsewhere(E, P))
    return;
  for (CallableRef T : E.Tasks) {
    resolve(T);
    if (!T.Body)
      continue;
    auto Mapped = into(T.Body, nullptr, T.Args, T.Lambda, T.Receiver);
    if (!Mapped && T.Lambda && capturesBound(T.Lambda))
      Mapped = O;
    if (!Mapped)
      continue;
    int From = S.Auto.AtEntry != Gone ? S.Auto.AtEntry : S.Auto.Start;
    const Outcome *Sum = S.summary(T.Body, *Mapped, From, false, Depth + 1, Env);
    if (!Sum)
      continue;
    Touched |= Sum->Touched;
    for (const Deed &D : Sum->Deeds) {
      Deed Copy = D;
      Event As = E;
      As.Kind = D.What;
      if (const CompiledRow *R = row(P.State, Via::Later, As); R && !Taken) {
        Taken = R;
        Done = std::move(Copy);
      }
      // For the caller of this body, what its callables do happens later as well.
      if (!llvm::any_of(Out.Deeds, [&](const Deed &X) { return X.What == D.What; }) && !claimed(P))
        Out.Deeds.push_back(D);
    }
  }
  if (Touched)
    Out.Touched = true;
  if (Taken) {
    if (Taken->To == Error && P.HandedBy && alternatives(*P.HandedBy, E))
      return;
    P.HandedBy = &E;
    if (Taken->To == Error) {
      std::vector<StoryLine> More{{E.loc(), "a second callable is handed over here; both may run"}};
      More.insert(More.end(), Done.Story.begin(), Done.Story.end());
      if (Taken->Row->Where == ReportAt::HandOver)
        report(P, *Taken, E.Site, E.loc(), More);
      else
        report(P, *Taken, Done.Site, Done.Loc, More);
      P.State = Gone;
      return;
    }
    if (!Taken->Row->Note.empty()) {
      P.Trace = note(P.Trace, E.loc(), fill(Taken->Row->Note, named()));
      P.Trace = append(P.Trace, Done.Story);
      if (Done.Loc.isValid())
        P.Trace = note(P.Trace, Done.Loc, "it does this when it runs");
    }
    P.State = Taken->To;
  } else if (Touched && S.A.Escape == OnEscape::Forget && !S.Auto.HasLater)
    P.State = Gone;
}

bool Body::alternatives(const Event &A, const Event &B) const {
  auto Receiver = [&](const Event &E) -> std::optional<Place> {
    if (const auto *M = dyn_cast<CXXMemberCallExpr>(E.Site))
      return M->getImplicitObjectArgument() ? C.place(M->getImplicitObjectArgument()) : std::nullopt;
    const auto *Call = dyn_cast<CallExpr>(E.Site);
    return Call && Call->getNumArgs() ? C.place(Call->getArg(0)) : std::nullopt;
  };
  if (&A == &B || A.Site == B.Site || hasTimeLimit(A) || hasTimeLimit(B))
    return false;
  auto X = Receiver(A), Y = Receiver(B);
  return X && Y && *X == *Y && !(X->This && X->Path.empty());
}

bool Body::hasTimeLimit(const Event &E) {
  const auto *Call = dyn_cast<CallExpr>(E.Site);
  return Call && llvm::any_of(Call->arguments(), [](const Expr *A) {
           const CXXRecordDecl *RD = A->getType().getNonReferenceType()->getAsCXXRecordDecl();
           return RD && RD->getIdentifier() && RD->getName() == "duration" && modelName(RD) == "std::chrono::duration";
         });
}

void Body::add(States &To, PathState P) {
  for (PathState &X : To)
    if (X.sameKey(P)) {
      // The results of a call are distinguished by their facts until the path forks on them.
      if (X.Facts == P.Facts)
        return;
    }
  To.push_back(std::move(P));
}

} // namespace heddle::sim

#include "Simulation.h"
#include "BranchFacts.h"
#include "Loops.h"
#include "Throws.h"
#include "Unwrap.h"

#include "clang/AST/ASTContext.h"
#include "clang/Analysis/Analyses/PostOrderCFGView.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/StringExtras.h"

#include <map>
#include <set>

using namespace clang;

namespace heddle {

namespace {

constexpr int Gone = -1;
constexpr int Error = -2;
constexpr int Any = -3;

/// Work that one function may cost, in handled elements; beyond it the function is given up in silence.
constexpr unsigned Budget = 60000;
constexpr unsigned MaxDepth = 8;

struct CompiledRow {
  int From, To;
  const Transition *Row;
};

/// The automaton with its state names as numbers.
struct Compiled {
  std::vector<std::string> Names;
  std::vector<CompiledRow> Rows;
  int Start = Gone, AtEntry = Gone;
  bool HasElsewhere = false, HasLater = false;

  explicit Compiled(const Automaton &A) {
    Start = id(A.Start);
    if (!A.AtEntry.empty())
      AtEntry = id(A.AtEntry);
    for (const Transition &T : A.Rows) {
      Rows.push_back({id(T.From), id(T.To), &T});
      HasElsewhere |= T.How == Via::Elsewhere;
      HasLater |= T.How == Via::Later;
    }
  }
  int id(std::string_view N) {
    if (N == "gone" || N.empty())
      return Gone;
    if (N == "error")
      return Error;
    if (N == "*")
      return Any;
    for (unsigned I = 0; I != Names.size(); ++I)
      if (Names[I] == N)
        return static_cast<int>(I);
    Names.emplace_back(N);
    return static_cast<int>(Names.size() - 1);
  }
};

/// What is told of a step on the way.
struct TraceNode {
  int Before;
  SourceLocation Loc;
  std::string Text;
};

struct PathState {
  int State = Gone;
  bool Claimed = false; ///< a condition on the way chose one winner among several callers
  bool Asked = false;   ///< the same, and the condition stands in this very body
  std::optional<BranchFact> Returned; ///< of what is returned: Value and Equal; Key has no meaning
  FactSet Facts;
  int Trace = -1;
  const Stmt *LeftBy = nullptr; ///< the return, or what throws
  const Event *HandedBy = nullptr; ///< where this body handed over the callable that a Via::Later row was taken for

  bool sameKey(const PathState &O) const {
    return State == O.State && Claimed == O.Claimed && Asked == O.Asked && Returned.has_value() == O.Returned.has_value() &&
           (!Returned || (Returned->Value == O.Returned->Value && Returned->Equal == O.Returned->Equal));
  }
};

using States = llvm::SmallVector<PathState, 4>;

/// Which lambdas of the callers a parameter stands for: what `done(result)` runs when `done` is a parameter. The lambda's
/// captures keep their names, so the tracked object keeps its own in there.
struct Binding {
  const ValueDecl *Param;
  const LambdaExpr *Lambda;
  const FunctionDecl *Body;
  auto operator<=>(const Binding &) const = default;
};
using Bindings = std::vector<Binding>;

/// An operation on the object that a body does on some path, with nobody chosen as the winner before it.
struct Deed {
  Op What;
  const Stmt *Site;
  SourceLocation Loc;
  std::vector<StoryLine> Story;
};

struct ExitState {
  int State;
  bool Claimed;
  std::optional<BranchFact> Returned;
  std::vector<StoryLine> Story;
  bool Throws = false;
  const Stmt *By = nullptr;
};

struct Outcome {
  std::vector<ExitState> Exits;
  std::vector<Finding> Findings;
  std::vector<Deed> Deeds;
  bool Touched = false; ///< an event of the body is about the object
  bool Complete = true;
};

std::string fill(std::string_view Text, const Place &O) {
  std::string S(Text);
  for (std::size_t P; (P = S.find("%0")) != std::string::npos;)
    S.replace(P, 2, O.name());
  return S;
}

/// Does this condition, by being decided, choose one of several callers? It asks or changes state that other callers
/// see as well: an exchange, a member that is written while the object lives, a call on a shared object. The
/// callable's own parameters, and whether a weak owner still lives, choose nobody.
struct ClaimFinder {
  const Code &C;
  unsigned Depth = 0;

  bool shared(const Expr *E) const {
    auto P = C.place(E);
    if (!P)
      return false;
    if (P->This)
      return true;
    const auto *V = dyn_cast<VarDecl>(P->Root);
    return V && !isa<ParmVarDecl>(V) && V->getParentFunctionOrMethod() != static_cast<const DeclContext *>(C.Fn);
  }
  bool in(const Stmt *S) {
    if (!S || Depth > 6)
      return false;
    if (isa<LambdaExpr>(S))
      return false;
    if (const auto *Call = dyn_cast<CallExpr>(S)) {
      for (unsigned I : C.at(Call))
        if (Op K = C.Events[I].Kind; K == Op::Claim || K == Op::TryFulfil || K == Op::Extract || K == Op::TryAcquire)
          return true;
      if (const auto *M = dyn_cast<CXXMemberCallExpr>(Call)) {
        const Expr *Obj = M->getImplicitObjectArgument();
        const CXXMethodDecl *D = M->getMethodDecl();
        const TypeModel *Model = Obj ? C.U.type(Obj->IgnoreParenImpCasts()->getType()) : nullptr;
        Role R = Model ? Model->Plays : Role::None;
        if (Obj && D && R != Role::WeakPointer && shared(Obj)) {
          if (!D->isConst())
            return true;
          if (R == Role::Container || R == Role::SmartPointer || R == Role::Atomic)
            return writtenState(Obj);
          if (const FunctionDecl *Def = C.U.visible(D); Def && Depth < 3) {
            if (const Code *Inner = C.U.code(Def)) {
              ClaimFinder Sub{*Inner, Depth + 1};
              if (Sub.in(Def->getBody()))
                return true;
            }
          } else if (!C.U.Ctx.getSourceManager().isInSystemHeader(D->getLocation()))
            return true; // asks something that can not be seen
        }
      } else {
        if (!isa<CXXOperatorCallExpr>(Call))
          for (const Expr *A : Call->arguments())
            if (shared(A) && !A->getType().isConstQualified() && writtenState(A))
              return true;
        // A local lambda or a free helper that claims (`if (claim())`).
        if (const FunctionDecl *F = Call->getDirectCallee(); F && Depth < 3)
          if (const Code *Inner = C.U.code(F))
            for (const Event &E : Inner->Events)
              if (E.Kind == Op::Claim || E.Kind == Op::TryFulfil)
                return true;
      }
    }
    if (const auto *M = dyn_cast<MemberExpr>(S))
      if (isa<FieldDecl>(M->getMemberDecl()) && shared(M) && writtenState(M))
        return true;
    if (const auto *DR = dyn_cast<DeclRefExpr>(S))
      if (const auto *V = dyn_cast<VarDecl>(DR->getDecl())) {
        bool Local = V->getParentFunctionOrMethod() == static_cast<const DeclContext *>(C.Fn);
        if (Local && V->isLocalVarDecl() && V->getInit() && !C.isModified(V) && !V->getType()->isReferenceType()) {
          ++Depth;
          bool Found = in(V->getInit());
          --Depth;
          return Found;
        }
        if (!Local && !V->getType().isConstQualified() && writtenState(DR))
          return true;
      }
    for (const Stmt *Child : S->children())
      if (in(Child))
        return true;
    return false;
  }
  bool writtenState(const Expr *E) const {
    auto P = C.place(E);
    if (!P)
      return false;
    if (!P->Path.empty())
      return C.U.writtenAfterConstruction(P->Path.back());
    if (const auto *V = dyn_cast_or_null<VarDecl>(P->Root)) {
      if (V->hasGlobalStorage())
        return !V->getType().isConstQualified();
      if (const auto *Owner = dyn_cast_or_null<FunctionDecl>(V->getParentFunctionOrMethod()))
        if (const Code *Home = C.U.code(Owner))
          return Home->isModified(V) || C.isModified(V) || Home->isWrittenThrough(V) || C.isWrittenThrough(V);
    }
    return false;
  }
};

} // namespace

struct Simulation::Impl {
  Unit &U;
  const Automaton &A;
  Compiled Auto;
  unsigned GivenUp = 0;
  unsigned Work = 0;

  struct SummaryKey {
    const FunctionDecl *F;
    const ValueDecl *Root;
    bool This;
    std::vector<const FieldDecl *> Path;
    int State;
    bool Claimed;
    Bindings Env;
    auto operator<=>(const SummaryKey &) const = default;
  };
  std::map<SummaryKey, Outcome> Summaries;
  std::set<SummaryKey> Running;

  Impl(Unit &U, const Automaton &A) : U(U), A(A), Auto(A) {}

  bool tracks(Role R) const { return llvm::is_contained(A.Tracks, R); }

  // ---- one body, one object ---------------------------------------------------------------------------------------

  struct Body {
    Impl &S;
    Code &C;
    Place O; ///< invalid: only what happens Elsewhere counts
    unsigned Depth;
    Bindings Env;
    FactKeys Keys;
    std::vector<TraceNode> Trace;
    Outcome Out;
    const CFG *G;
    std::map<std::pair<const Stmt *, int>, bool> Reported;
    bool Container = false; ///< the object holds many; what happens to an element happens to it
    const VarDecl *BornHere = nullptr;
    bool OnceOnly = false; ///< the callable that is being run is the winner of a claim
    const VarDecl *PartOf = nullptr; ///< the object is a part of what this variable holds, anew wherever it is declared
    StateMap *Map = nullptr; ///< where the states at every point are noted, if anybody asked

    Body(Impl &S, Code &C, Place O, unsigned Depth, Bindings Env = {})
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

    int note(int Before, SourceLocation Loc, std::string Text) {
      Trace.push_back({Before, Loc, std::move(Text)});
      return static_cast<int>(Trace.size() - 1);
    }
    int append(int Before, const std::vector<StoryLine> &Lines) {
      for (const StoryLine &L : Lines)
        Before = note(Before, L.Loc, L.Text);
      return Before;
    }
    std::vector<StoryLine> story(int T) const {
      std::vector<StoryLine> Lines;
      for (; T >= 0; T = Trace[T].Before)
        Lines.push_back({Trace[T].Loc, Trace[T].Text});
      std::reverse(Lines.begin(), Lines.end());
      return Lines;
    }

    // ---- places across calls ----

    /// The tracked object as the callee names it, for a call in this body.
    std::optional<Place> into(const FunctionDecl *Callee, const Expr *Receiver, llvm::ArrayRef<const Expr *> Args,
                              const LambdaExpr *L, std::optional<Place> ReceiverPlace) const {
      if (!O.valid())
        return std::nullopt;
      if (const auto *V = dyn_cast_or_null<VarDecl>(O.Root); V && V->hasGlobalStorage())
        return O;
      if (L) {
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
                V && V->getInit() && !V->isInitCapture() && (V->getType()->isReferenceType() || (leads(V->getType()) && !C.isModified(V))))
              if (auto P = C.place(V->getInit()); P && P->contains(O))
                return O;
      }
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
    bool leads(QualType T) const { return S.U.leads(T); }
    static bool movedIn(const Expr *E) {
      E = E->IgnoreParenImpCasts();
      if (const auto *CE = dyn_cast<CXXConstructExpr>(E))
        return CE->getConstructor()->isMoveConstructor();
      return false;
    }

    // ---- events ----

    bool isAbout(const Event &E) const {
      if (!O.valid() || !E.Object.valid())
        return false;
      if (E.Object == O)
        return true;
      if (Container && !O.Element) {
        Place Whole = E.Object;
        if (Whole.Root && Whole.Path.empty() && !Whole.Element)
          if (auto In = C.elementOf(Whole.Root))
            Whole = *In;
        if (Whole.Element) {
          Whole.Element = false;
          return Whole == O;
        }
      }
      return false;
    }

    const CompiledRow *row(int From, Via How, const Event &E) const {
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
    bool hasRow(int From, Via How, Op On) const {
      return llvm::any_of(S.Auto.Rows, [&](const CompiledRow &R) {
        return R.Row->How == How && R.Row->On == On && (R.From == From || R.From == Any);
      });
    }

    void take(PathState &P, const CompiledRow &R, const Stmt *Site, SourceLocation Loc) {
      if (R.To == Error) {
        report(P, R, Site, Loc, {});
        P.State = Gone;
        return;
      }
      if (!R.Row->Note.empty())
        P.Trace = note(P.Trace, Loc, fill(R.Row->Note, named()));
      P.State = R.To;
    }
    Place named() const { return O; }

    void report(const PathState &P, const CompiledRow &R, const Stmt *Site, SourceLocation Loc,
                const std::vector<StoryLine> &More) {
      // A helper that asks by itself who was first may be called again (`if (done_.exchange(true)) return;`).
      // With a callable of the caller's bound to a parameter both steps were seen on this very path.
      if (Depth > 0 && P.Asked && S.Auto.HasLater && Env.empty())
        return;
      auto [It, New] = Reported.try_emplace({Site, static_cast<int>(&R - S.Auto.Rows.data())}, true);
      if (!New)
        return;
      Finding F;
      F.Row = R.Row;
      F.Object = O;
      F.Site = Site;
      F.Loc = Loc;
      F.Message = fill(R.Row->Message, named());
      F.Story = story(P.Trace);
      F.Story.insert(F.Story.end(), More.begin(), More.end());
      if (R.Row->Where == ReportAt::Cause && !F.Story.empty()) {
        F.Loc = F.Story.front().Loc;
        F.Story.erase(F.Story.begin());
      }
      Out.Findings.push_back(std::move(F));
    }

    void deed(const PathState &P, Op What, const Stmt *Site, SourceLocation Loc, const std::vector<StoryLine> &More) {
      if (P.Claimed || llvm::any_of(Out.Deeds, [&](const Deed &D) { return D.What == What; }))
        return;
      Deed D{What, Site, Loc, {}};
      D.Story = More;
      Out.Deeds.push_back(std::move(D));
    }

    /// The successors of one path state over one event.
    void step(const Event &E, PathState P, States &To) {
      ++S.Work;
      switch (E.Kind) {
      case Op::Call:
        callEvent(E, std::move(P), To);
        return;
      case Op::RunNow: {
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
          States After;
          OnceOnly = Claims;
          callBody(E, T.Body, nullptr, T.Args, T.Lambda, T.Receiver, In, After);
          OnceOnly = false;
          for (PathState &X : After) {
            X.Claimed = P.Claimed;
            To.push_back(std::move(X));
          }
        }
        if (!Ran || !(Claims || E.Surely))
          To.push_back(std::move(P)); // the range may be empty
        return;
      }
      case Op::Escape:
      case Op::Move:
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

      if (E.Guard && isAbout(E))
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
        default:
          break;
        }
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
      } else if (O.valid() && E.Object.valid() && E.Object.contains(O) && E.Kind == Op::Reset) {
        P.State = Gone; // the whole of which it is a part is replaced
      } else if (S.Auto.HasElsewhere && P.State != Gone)
        if (const CompiledRow *R = row(P.State, Via::Elsewhere, E))
          take(P, *R, E.Site, E.loc());

      if ((E.Kind == Op::Defer || E.Kind == Op::Spawn) && !E.Tasks.empty() && O.valid())
        later(E, P);
      To.push_back(std::move(P));
    }

    /// The fact that tells whether a conditional operation happened. Of a guard it is the guard's own state.
    BranchFact tells(const Event &E, bool Truth) {
      if (E.Guard && isa<CXXConstructExpr>(E.Site))
        return Keys.holds(E.Guard, Truth);
      return Keys.result(cast<Expr>(E.Site), Truth);
    }
    /// A new result of an expression that may have been evaluated before, in an earlier turn of a loop.
    static void learn(PathState &P, BranchFact F) {
      P.Facts.removeIf([&](unsigned K) { return K == F.Key; });
      (void)P.Facts.add(F);
    }

    /// Callables that are handed over: what they do to the object when they run.
    void later(const Event &E, PathState &P) {
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
          // Seen from whoever runs this body, what its callables do is done later as well.
          if (!P.Claimed && !llvm::any_of(Out.Deeds, [&](const Deed &X) { return X.What == D.What; }))
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
            P.Trace = note(P.Trace, Done.Loc, "when it runs, this is done");
        }
        P.State = Taken->To;
      } else if (Touched && S.A.Escape == OnEscape::Forget && !S.Auto.HasLater)
        P.State = Gone;
    }

    /// `request.on_done(f); request.on_error(g);`: what two calls give to one object are its alternatives. A loop that
    /// hands over at one place is no such pair.
    bool alternatives(const Event &A, const Event &B) const {
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

    /// A call that is given a duration runs its callable when time is over, whatever else happens.
    static bool hasTimeLimit(const Event &E) {
      const auto *Call = dyn_cast<CallExpr>(E.Site);
      return Call && llvm::any_of(Call->arguments(), [](const Expr *A) {
               const CXXRecordDecl *RD = A->getType().getNonReferenceType()->getAsCXXRecordDecl();
               return RD && RD->getIdentifier() && RD->getName() == "duration" && modelName(RD) == "std::chrono::duration";
             });
    }

    // ---- callables bound to parameters ----

    const Binding *bound(const ValueDecl *D) const {
      for (const Binding &B : Env)
        if (B.Param == D)
          return &B;
      return nullptr;
    }
    /// A task that is a parameter: the lambda that a caller bound to it.
    void resolve(CallableRef &T) const {
      const auto *DR = T.Site && !T.Lambda ? dyn_cast<DeclRefExpr>(T.Site) : nullptr;
      if (const Binding *B = DR ? bound(DR->getDecl()) : nullptr) {
        T.Lambda = B->Lambda;
        T.Body = B->Body;
      }
    }
    bool capturesBound(const LambdaExpr *L) const {
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
    const Binding *boundBehind(const Expr *E) const {
      for (const CallableRef &R : C.callables(E))
        if (const auto *DR = dyn_cast_or_null<DeclRefExpr>(R.Site))
          if (const Binding *B = bound(DR->getDecl()))
            return B;
      return nullptr;
    }
    /// The callables among the arguments of a call that touch the tracked object, for the callee's parameters. Only
    /// objects with a name of their own keep their meaning in there; `this` is another one.
    const Binding *behindName(const ValueDecl *D) const {
      if (const Binding *B = bound(D))
        return B;
      const auto *V = dyn_cast_or_null<VarDecl>(D);
      return V && !isa<ParmVarDecl>(V) && V->getInit() ? boundBehind(V->getInit()) : nullptr;
    }
    Bindings bind(const FunctionDecl *Callee, llvm::ArrayRef<const Expr *> Args, const LambdaExpr *Called) const {
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
    static const ValueDecl *Site(const CallableRef &R) {
      const auto *DR = dyn_cast_or_null<DeclRefExpr>(R.Site);
      return DR ? DR->getDecl() : nullptr;
    }
    /// Is this the extractor's guess at what a visible callee does with a callable, which the callee's own simulation
    /// with the callable bound tells exactly?
    bool boundElsewhere(const Event &E, const PathState &P) {
      if (E.Model || !E.Callee || !O.valid() || O.This)
        return false;
      bool Bound = llvm::any_of(E.Tasks, [&](CallableRef T) {
        resolve(T);
        return T.Lambda && T.Body && S.U.visible(E.Callee) && into(T.Body, nullptr, T.Args, T.Lambda, T.Receiver) == O;
      });
      if (!Bound || E.Kind != Op::Defer || P.State == Gone)
        return Bound;
      // A callee that only keeps it has nothing to tell: then the guess that it runs later is all there is.
      CallSite Site(*this, E);
      auto Mapped = into(E.Callee, Site.Receiver, Site.Args, Site.Lambda, std::nullopt);
      const Outcome *Sum = S.summary(E.Callee, Mapped ? *Mapped : O, P.State, P.Claimed, Depth + 1,
                                     bind(E.Callee, Site.Args, Site.Lambda));
      return !Sum || !Sum->Complete || Sum->Touched;
    }

    /// The operands of the call behind an event.
    struct CallSite {
      const Expr *Receiver = nullptr;
      llvm::SmallVector<const Expr *, 6> Args;
      const LambdaExpr *Lambda = nullptr;
      CallSite(const Body &B, const Event &E) {
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
          auto Found = B.C.callables(Fn);
          if (Found.size() == 1 && Found.front().Lambda) {
            Lambda = Found.front().Lambda;
            Receiver = nullptr;
          }
        }
      }
    };

    void callEvent(const Event &E, PathState P, States &To) {
      killVolatile(P);
      // A parameter of a template has the lambda's own type, so its body is known, but not what it captures.
      const auto *Op = dyn_cast_or_null<CXXMethodDecl>(E.Callee);
      bool Callable = !E.Callee || (Op && Op->getParent()->isLambda());
      if (const Binding *B = Callable && E.Object.valid() && E.Object.Path.empty() ? behindName(E.Object.Root) : nullptr) {
        Out.Touched = true;
        callBody(E, B->Body, nullptr, {}, B->Lambda, std::nullopt, P, To);
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
      CallSite Site(*this, E);
      States After;
      callBody(E, E.Callee, Site.Receiver, Site.Args, Site.Lambda, std::nullopt, P, After);
      for (PathState &X : After)
        To.push_back(std::move(X));
    }

    void callBody(const Event &E, const FunctionDecl *Callee, const Expr *Receiver, llvm::ArrayRef<const Expr *> Args,
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
      const Outcome *Sum = S.summary(Callee, In, P.State, P.Claimed, Depth + 1, Inner);
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
        if (!P.Claimed && !llvm::any_of(Out.Deeds, [&](const Deed &X) { return X.What == D.What; }))
          Out.Deeds.push_back({D.What, D.Site, D.Loc, std::move(More)});
      }
      for (const Finding &F : Sum->Findings) {
        if (OnceOnly)
          break; // call_once: a second call runs nothing
        // What goes wrong in the callee whatever the caller did is the callee's own report.
        if (Inner.empty() && S.reportsByItself(Callee, In, F))
          continue;
        std::vector<StoryLine> More = F.Story;
        More.push_back({F.Loc, "it happens here, in " + Name});
        auto R = llvm::find_if(S.Auto.Rows, [&](const CompiledRow &X) { return X.Row == F.Row; });
        if (R != S.Auto.Rows.end())
        {
          // Where the callee runs what this body gave it, the callee is where it goes wrong.
          bool There = F.Row->How == Via::Later || !Inner.empty();
          report(P, *R, There ? F.Site : E.Site, There ? F.Loc : E.loc(), There ? F.Story : More);
        }
      }
      for (const ExitState &X : Sum->Exits) {
        if (X.Throws)
          continue;
        PathState N = P;
        N.State = X.State;
        N.Claimed = P.Claimed;
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

    bool elsewhereReachable(const FunctionDecl *Callee) const {
      for (const CompiledRow &R : S.Auto.Rows)
        if (R.Row->How == Via::Elsewhere && S.U.reaches(Callee, R.Row->On, R.Row->OnlyIfBlocking))
          return true;
      return false;
    }

    static void add(States &To, PathState P) {
      for (PathState &X : To)
        if (X.sameKey(P)) {
          // The results of a call are told apart by their facts until the path forks on them.
          if (X.Facts == P.Facts)
            return;
        }
      To.push_back(std::move(P));
    }

    // ---- facts ----

    void killVolatile(PathState &P) {
      P.Facts.removeIf([&](unsigned K) { return Keys.volatileToCalls(K); });
    }
    void killMentions(PathState &P, const ValueDecl *V) {
      P.Facts.removeIf([&](unsigned K) { return Keys.mentions(K, V); });
    }
    static const ValueDecl *written(const Expr *L) {
      L = L->IgnoreParenImpCasts();
      if (const auto *DR = dyn_cast<DeclRefExpr>(L))
        return DR->getDecl();
      if (const auto *M = dyn_cast<MemberExpr>(L))
        return M->getMemberDecl();
      return nullptr;
    }
    void factsOf(const Stmt *St, PathState &P) {
      if (const auto *DS = dyn_cast<DeclStmt>(St)) {
        for (const Decl *D : DS->decls())
          if (const auto *V = dyn_cast<VarDecl>(D)) {
            if (const GuardInfo *GI = C.guard(V); !GI) // a guard's state was learned when it was constructed, just before
              killMentions(P, V);
            else if (GI->Starts == GuardInfo::Deferred)
              learn(P, Keys.holds(V, false));
            if (auto F = V->hasLocalStorage() ? Keys.initialised(V) : std::nullopt)
              (void)P.Facts.add(*F);
            else if (V->hasLocalStorage() && V->getInit() && V->getType()->isBooleanType())
              if (auto Known = value(P, V->getInit()))
                if (auto F = Keys.variable(V, *Known))
                  (void)P.Facts.add(*F);
          }
        return;
      }
      const Expr *L = nullptr, *R = nullptr;
      if (const auto *B = dyn_cast<BinaryOperator>(St); B && B->isAssignmentOp()) {
        L = B->getLHS();
        R = B->getOpcode() == BO_Assign ? B->getRHS() : nullptr;
      } else if (const auto *X = dyn_cast<UnaryOperator>(St); X && X->isIncrementDecrementOp())
        L = X->getSubExpr();
      else if (const auto *X = dyn_cast<CXXOperatorCallExpr>(St);
               X && X->getNumArgs() && (X->isAssignmentOp() || X->getOperator() == OO_PlusPlus || X->getOperator() == OO_MinusMinus)) {
        L = X->getArg(0);
        R = X->getOperator() == OO_Equal ? X->getArg(1) : nullptr;
      }
      if (L) {
        std::optional<BranchFact> Stepped;
        if (const auto *X = dyn_cast<UnaryOperator>(St))
          if (auto K = Keys.key(L))
            if (auto Was = P.Facts.about(*K); Was && Was->Equal)
              Stepped = BranchFact{*K, Was->Value + (X->isIncrementOp() ? 1 : -1), true};
        // `ok = ok && g()` tells of the old value, so it is looked at first.
        std::optional<bool> Known;
        if (R && L->getType()->isBooleanType())
          Known = value(P, R);
        if (const ValueDecl *V = written(L))
          killMentions(P, V);
        if (Stepped)
          (void)P.Facts.add(*Stepped);
        if (R) {
          if (auto F = Keys.assigned(L, R))
            (void)P.Facts.add(*F);
          else if (auto K = Known ? Keys.key(L) : std::nullopt)
            (void)P.Facts.add({*K, 0, !*Known});
        }
        return;
      }
      if (isa<CoawaitExpr, CoyieldExpr>(St)) {
        killVolatile(P);
        return;
      }
      const FunctionDecl *F = nullptr;
      llvm::SmallVector<const Expr *, 6> Store;
      if (const auto *Call = dyn_cast<CallExpr>(St)) {
        F = Call->getDirectCallee();
        Store.append(Call->arg_begin(), Call->arg_end());
        if (const auto *M = dyn_cast<CXXMemberCallExpr>(Call); M && M->getImplicitObjectArgument()) {
          const CXXMethodDecl *D = M->getMethodDecl();
          if (D && !D->isConst() && !isa<CXXConversionDecl>(D) && !M->getImplicitObjectArgument()->getType()->isPointerType())
            if (const ValueDecl *V = written(M->getImplicitObjectArgument()))
              killMentions(P, V);
        }
        bool System = F && U().Ctx.getSourceManager().isInSystemHeader(F->getLocation());
        if (!System || !C.at(St).empty())
          killVolatile(P);
      } else if (const auto *CE = dyn_cast<CXXConstructExpr>(St)) {
        F = CE->getConstructor();
        for (const Expr *A : CE->arguments())
          Store.push_back(A);
      }
      unsigned Skip = isa<CXXOperatorCallExpr>(St) && F && isa<CXXMethodDecl>(F) ? 1 : 0;
      for (unsigned I = 0; F && I < F->getNumParams() && I + Skip < Store.size(); ++I) {
        QualType T = F->getParamDecl(I)->getType();
        if (T->isReferenceType() && !T->getPointeeType().isConstQualified())
          if (const ValueDecl *V = written(Store[I + Skip]))
            killMentions(P, V);
        if (T->isPointerType() && !T->getPointeeType().isConstQualified())
          if (const auto *AO = dyn_cast<UnaryOperator>(Store[I + Skip]->IgnoreParenImpCasts()); AO && AO->getOpcode() == UO_AddrOf)
            if (const ValueDecl *V = written(AO->getSubExpr()))
              killMentions(P, V);
      }
    }
    Unit &U() const { return S.U; }

    // ---- elements and edges ----

    /// make_shared<T>() and its kin.
    bool makesObject(const FunctionDecl *F) const {
      const TemplateArgumentList *Args = F->getTemplateSpecializationArgs();
      return leads(F->getReturnType()) && Args && U().Ctx.getSourceManager().isInSystemHeader(F->getLocation()) &&
             F->isTemplateInstantiation() && Args->size() > 0 && Args->get(0).getKind() == TemplateArgument::Type &&
             U().Ctx.hasSameUnqualifiedType(Args->get(0).getAsType(), U().pointee(F->getReturnType()));
    }
    void begin(const VarDecl *V, PathState &P) {
      const Expr *Init = V->getInit();
      bool Fresh = true;
      if (Init) {
        Init = unwrap(Init);
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
      P.Trace = -1;
      if (P.State != Gone) {
        Event E{};
        E.Kind = Op::Begin;
        if (const CompiledRow *R = row(P.State, Via::Here, E))
          take(P, *R, nullptr, V->getLocation());
      }
    }

    States element(const CFGElement &El, States In) {
      States Now = std::move(In);
      if (auto CS = El.getAs<CFGStmt>()) {
        const Stmt *St = CS->getStmt();
        if (Map)
          for (const PathState &P : Now)
            Map->Before[St] |= bit(P);
        llvm::ArrayRef<unsigned> Events = C.at(St);
        for (PathState &P : Now)
          factsOf(St, P);
        if (const auto *E = S.A.Unwinds && O.valid() ? dyn_cast<Expr>(St) : nullptr)
          thrownOut(E, Now);
        if (leadsElsewhere(St))
          for (PathState &P : Now) {
            P.State = S.Auto.AtEntry;
            P.Trace = -1;
          }
        if (BornHere && llvm::any_of(Events, [&](unsigned I) { return isAbout(C.Events[I]) && insideInit(St, BornHere); }))
          for (PathState &P : Now) {
            P.State = S.Auto.Start;
            P.Trace = -1;
          }
        for (unsigned I : Events) {
          States Next;
          for (PathState &P : Now)
            step(C.Events[I], std::move(P), Next);
          Now = std::move(Next);
        }
        if (const auto *DS = dyn_cast<DeclStmt>(St); DS && BornHere && llvm::is_contained(DS->decls(), BornHere) && !bornInInit())
          for (PathState &P : Now)
            begin(BornHere, P);
        if (const auto *DS = dyn_cast<DeclStmt>(St); DS && PartOf && llvm::is_contained(DS->decls(), PartOf))
          for (PathState &P : Now) {
            P.State = S.A.Unwinds && isMadeHere(PartOf) ? S.Auto.Start : S.Auto.AtEntry;
            P.Trace = -1;
          }
        rightOperand(St, Now);
        if (const auto *R = dyn_cast<ReturnStmt>(St))
          for (PathState &P : Now)
            P.Returned = returned(R, P);
      } else if (auto D = El.getAs<CFGAutomaticObjDtor>()) {
        const VarDecl *V = D->getVarDecl();
        for (PathState &P : Now)
          destroy(V, P, D->getTriggerStmt());
      } else if (auto L = El.getAs<CFGLifetimeEnds>(); L && Map)
        for (const PathState &P : Now)
          Map->AtEnd[L->getVarDecl()] |= bit(P);
      return Now;
    }
    static unsigned bit(const PathState &P) { return P.State == Gone ? StateMap::Untracked : 1u << P.State; }

    /// A new object, not one that is taken over from elsewhere.
    static bool isMadeHere(const VarDecl *V) {
      const Expr *Init = unwrap(V->getInit());
      const auto *CE = dyn_cast_or_null<CXXConstructExpr>(Init);
      return !Init || isa<InitListExpr>(Init) || (CE && !CE->getConstructor()->isCopyOrMoveConstructor());
    }
    /// The local variable with which the object ends: itself, or one of which it is a part.
    const VarDecl *holder() const {
      if (BornHere)
        return BornHere;
      bool Part = S.A.Unwinds && PartOf && !O.Path.empty() && !PartOf->isInitCapture() && !PartOf->getType()->isReferenceType() && !leads(PartOf->getType()) && !O.Element &&
                  llvm::none_of(O.Path, [&](const FieldDecl *F) { return F->getType()->isReferenceType() || leads(F->getType()); });
      return Part ? PartOf : nullptr;
    }
    /// What this expression throws leaves the body, and the object ends on the way.
    void thrownOut(const Expr *E, const States &Now) {
      if (llvm::all_of(Now, [](const PathState &P) { return P.State == Gone; }))
        return;
      // What a future holds is the business of whoever fills it: here, often the very thread.
      if (llvm::any_of(C.at(E), [&](unsigned I) { return C.Events[I].Kind == Op::Consume || C.Events[I].Kind == Op::Await; }))
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
          Thrown.push_back(std::move(P));
        }
    }
    /// The scope of the object is left by this statement.
    void end(PathState &P, const Stmt *By, const Thrown *X = nullptr) {
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

    /// Does this statement make the pointer or iterator on the way to the object lead to another one (`++it`)?
    bool leadsElsewhere(const Stmt *St) const {
      if (!O.valid() || !O.Root || O.Path.empty())
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

    /// Does the initialiser itself do something to the object (a constructor that spawns)? Then it began there.
    bool bornInInit() const {
      return llvm::any_of(C.Events, [&](const Event &E) { return isAbout(E) && E.Site && insideInit(E.Site, BornHere); });
    }
    bool insideInit(const Stmt *Site, const VarDecl *V) const {
      if (!V->getInit())
        return false;
      for (const Stmt *X = Site; X; X = C.parent(X))
        if (X == V->getInit() || X == V->getInit()->IgnoreParenImpCasts())
          return true;
      return false;
    }

    void destroy(const VarDecl *V, PathState &P, const Stmt *By = nullptr) {
      bool Owns = true;
      if (const GuardInfo *GI = C.guard(V); GI && llvm::is_contained(GI->Locks, O)) {
        FactSet Copy = P.Facts;
        Owns = Copy.add(Keys.holds(V, true));
      }
      killMentions(P, V);
      if (const GuardInfo *GI = C.guard(V)) {
        if (!Owns) // it gave its lock back, let go of it, or never had it
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
      if (V == holder() && (!leads(V->getType()) || ownsAlone(V->getType())))
        end(P, By);
    }
    /// A smart pointer that can not be copied: the object ends with it.
    bool ownsAlone(QualType T) const {
      const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
      return RD && RD->hasDefinition() && llvm::any_of(RD->ctors(), [](const CXXConstructorDecl *D) {
               return D->isCopyConstructor() && D->isDeleted();
             });
    }

    std::optional<BranchFact> returned(const ReturnStmt *R, const PathState &P) {
      const Expr *V = R->getRetValue();
      if (!V)
        return std::nullopt;
      const Expr *E = unwrap(V);
      while (const auto *X = dyn_cast<CXXConstructExpr>(E)) {
        if (X->getNumArgs() != 1)
          break;
        E = unwrap(X->getArg(0));
      }
      if (isa<CXXNullPtrLiteralExpr, GNUNullExpr>(E))
        return BranchFact{0, 0, true};
      QualType T = V->getType();
      if (!E->isValueDependent() && E->getType()->isIntegralOrEnumerationType()) {
        Expr::EvalResult Res;
        if (E->EvaluateAsInt(Res, U().Ctx) && Res.Val.getInt().getSignificantBits() <= 64) {
          if (T->isRecordType()) // optional<bool>{false} is an engaged optional
            return leads(T) ? std::optional(BranchFact{0, 0, false}) : std::nullopt;
          return BranchFact{0, Res.Val.getInt().getExtValue(), true};
        }
      }
      if (leads(T)) { // optional, smart and raw pointers
        QualType ET = E->getType();
        if (const auto *CE = dyn_cast<CXXConstructExpr>(E); CE && CE->getNumArgs() == 0)
          return BranchFact{0, 0, true};
        if (const auto *RD = ET->getAsCXXRecordDecl(); RD && RD->isInStdNamespace() && RD->getIdentifier() && RD->getName() == "nullopt_t")
          return BranchFact{0, 0, true};
        if (isa<InitListExpr>(E) && cast<InitListExpr>(E)->getNumInits() == 0)
          return BranchFact{0, 0, true};
        if (isa<CXXNewExpr, CXXThisExpr>(E))
          return BranchFact{0, 0, false};
        if (const auto *AO = dyn_cast<UnaryOperator>(E); AO && AO->getOpcode() == UO_AddrOf)
          return BranchFact{0, 0, false};
        if (T->isRecordType() && !ET->isPointerType() && !leads(ET))
          return BranchFact{0, 0, false}; // a value: the optional is engaged
        if (const auto *Call = dyn_cast<CallExpr>(E); Call && Call->getDirectCallee() && makesObject(Call->getDirectCallee()))
          return BranchFact{0, 0, false};
      }
      if (T->isScalarType())
        if (auto F = Keys.fact(E, true))
          if (auto Known = P.Facts.about(F->Key)) {
            bool Flip = F->Equal && F->Value == 0; // `return !x`
            if (Flip && Known->Value == 0)
              return BranchFact{0, 0, !Known->Equal};
            if (!Flip)
              return *Known;
          }
      return std::nullopt;
    }

    // ---- the graph ----

    struct BlockStates {
      States In;
      bool Queued = false;
    };

    void merge(const CFGBlock *To, const States &From, std::vector<BlockStates> &All, std::set<std::pair<unsigned, unsigned>> &Queue,
               const std::vector<unsigned> &Order) {
      if (!To)
        return;
      BlockStates &B = All[To->getBlockID()];
      bool Changed = false;
      for (const PathState &P : From) {
        auto It = llvm::find_if(B.In, [&](const PathState &X) { return X.sameKey(P); });
        if (It == B.In.end()) {
          B.In.push_back(P);
          Changed = true;
        } else {
          FactSet Both = It->Facts;
          Both.intersect(P.Facts);
          if (!(Both == It->Facts)) {
            It->Facts = std::move(Both);
            Changed = true;
          }
        }
      }
      if (Changed)
        Queue.insert({Order[To->getBlockID()], To->getBlockID()});
    }

    /// Guards declared inside a try block are destroyed when an exception leaves it.
    void unwind(const CXXTryStmt *Try, States &Out, const Stmt *From) {
      if (!O.valid())
        return;
      const SourceManager &SM = U().Ctx.getSourceManager();
      // What is declared behind the throwing call does not exist yet.
      auto Lives = [&](const ValueDecl *V) {
        return !From || SM.isBeforeInTranslationUnit(V->getLocation(), From->getBeginLoc());
      };
      for (const auto &[V, GI] : C.guards()) {
        bool Inside = !Try || (SM.isBeforeInTranslationUnit(Try->getTryBlock()->getBeginLoc(), V->getLocation()) &&
                               SM.isBeforeInTranslationUnit(V->getLocation(), Try->getTryBlock()->getEndLoc()));
        if (!Inside || !Lives(V))
          continue;
        for (const Place &L : GI.Locks)
          if (L == O)
            for (PathState &P : Out)
              destroy(cast<VarDecl>(V), P);
      }
      if (BornHere && Try && (!leads(BornHere->getType()) || ownsAlone(BornHere->getType())) &&
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

    void simulate(PathState Start) {
      if (!G) {
        Out.Complete = false;
        return;
      }
      unsigned N = G->getNumBlockIDs();
      std::vector<BlockStates> All(N);
      std::vector<unsigned> Order(N, 0);
      unsigned I = 0;
      for (const CFGBlock *B : PostOrderCFGView(G))
        Order[B->getBlockID()] = I++;
      std::vector<const CFGBlock *> ById(N);
      for (const CFGBlock *B : *G)
        ById[B->getBlockID()] = B;
      std::set<std::pair<unsigned, unsigned>> Queue;
      merge(&G->getEntry(), States{Start}, All, Queue, Order);
      std::vector<unsigned> Visits(N, 0);

      while (!Queue.empty()) {
        unsigned Id = Queue.begin()->second;
        Queue.erase(Queue.begin());
        const CFGBlock *B = ById[Id];
        if (B == &G->getExit())
          continue;
        if (++Visits[Id] > 200 || S.Work > Budget) {
          Out.Complete = false;
          return;
        }
        States Now = All[Id].In;
        if (const auto *Handler = S.A.Unwinds ? dyn_cast_or_null<CXXCatchStmt>(B->getLabel()) : nullptr)
          for (PathState &P : Now)
            if (P.Trace >= 0)
              P.Trace = note(P.Trace, Handler->getCatchLoc(), CaughtNote);
        States BeforeLast;
        unsigned Count = B->size(), At = 0;
        for (const CFGElement &El : *B) {
          if (++At == Count)
            BeforeLast = Now;
          ++S.Work;
          Now = element(El, std::move(Now));
          if (Now.empty())
            break;
        }
        if (Now.empty() && BeforeLast.empty())
          continue;
        if (Count == 0)
          BeforeLast = Now;
        edges(B, Now, BeforeLast, All, Queue, Order);
      }

      for (const PathState &P : Exits) {
        addExit(P, false);
        if (Map)
          Map->AtExit |= bit(P);
      }
      for (const PathState &P : Thrown)
        addExit(P, true);
    }

    void addExit(const PathState &P, bool Throws) {
      for (const ExitState &X : Out.Exits)
        if (X.State == P.State && X.Claimed == P.Claimed && X.Throws == Throws && (Depth > 0 || X.By == P.LeftBy) &&
            X.Returned.has_value() == P.Returned.has_value() &&
            (!P.Returned || (X.Returned->Value == P.Returned->Value && X.Returned->Equal == P.Returned->Equal)))
          return;
      Out.Exits.push_back({P.State, P.Claimed, P.Returned, story(P.Trace), Throws, P.LeftBy});
    }
    States Exits, Thrown;

    /// The states in which a call that throws leaves: those in which a visible callee throws by itself, else those before
    /// the call.
    States thrown(const Expr *Call, const States &Before) {
      States Out;
      for (const PathState &P : Before) {
        bool Known = false;
        for (unsigned I : C.at(Call)) {
          const Event &E = C.Events[I];
          if (E.Kind != Op::Call || !E.Callee || P.State == Gone)
            continue;
          CallSite Site(*this, E);
          auto Mapped = into(E.Callee, Site.Receiver, Site.Args, Site.Lambda, std::nullopt);
          const Outcome *Sum = Mapped ? S.summary(E.Callee, *Mapped, P.State, P.Claimed, Depth + 1) : nullptr;
          if (!Sum || !Sum->Complete)
            continue;
          for (const ExitState &X : Sum->Exits)
            if (X.Throws) {
              PathState N = P;
              N.State = X.State;
              if (X.State != P.State && !X.Story.empty())
                N.Trace = append(N.Trace, X.Story);
              add(Out, std::move(N));
              Known = true;
            }
        }
        if (!Known)
          Out.push_back(P);
      }
      return Out;
    }

    static const Stmt *lastStatement(const CFGBlock *B) {
      for (auto It = B->rbegin(); It != B->rend(); ++It)
        if (auto CS = It->getAs<CFGStmt>())
          return CS->getStmt();
      return nullptr;
    }
    /// The try statement whose handlers this dispatch block chooses from.
    static const CXXTryStmt *dispatches(const CFGBlock *B) {
      return B ? dyn_cast_or_null<CXXTryStmt>(B->getTerminatorStmt()) : nullptr;
    }

    void edges(const CFGBlock *B, States &Now, States &BeforeLast, std::vector<BlockStates> &All,
               std::set<std::pair<unsigned, unsigned>> &Queue, const std::vector<unsigned> &Order) {
      auto Send = [&](const CFGBlock *To, States Out) {
        if (!To || Out.empty())
          return;
        if (To == &G->getExit()) {
          // Where its destructor does nothing the graph does not show the end of the object.
          if (BornHere && BornHere->getType().isDestructedType() == QualType::DK_none)
            for (PathState &P : Out)
              destroy(BornHere, P, dyn_cast_or_null<ReturnStmt>(lastStatement(B)));
          if (const auto *By = dyn_cast_or_null<ReturnStmt>(lastStatement(B)))
            for (PathState &P : Out)
              P.LeftBy = By;
          Exits.append(Out.begin(), Out.end());
          return;
        }
        merge(To, Out, All, Queue, Order);
      };
      auto Raise = [&](const CFGBlock *To, States Out, const Stmt *From = nullptr) {
        if (!To)
          return;
        const CXXTryStmt *Try = dispatches(To);
        unwind(Try, Out, From);
        if (To == &G->getExit()) {
          for (const PathState &P : Out)
            Thrown.push_back(P);
          return;
        }
        merge(To, Out, All, Queue, Order);
      };

      if (const auto *Throw = dyn_cast_or_null<CXXThrowExpr>(lastStatement(B))) {
        for (const CFGBlock *To : B->succs())
          Raise(To, Now, Throw);
        return;
      }
      if (dispatches(B)) { // which handler is taken is not known: each may be; none may be
        for (const CFGBlock *To : B->succs())
          if (To == &G->getExit() || dispatches(To))
            Raise(To, Now);
          else
            Send(To, Now);
        return;
      }
      const Stmt *Term = B->getTerminatorStmt();
      if (!Term && B->succ_size() == 2 && B->size()) {
        // A call that may throw: normal edge first, then the exceptional one.
        const CFGBlock *Normal = *B->succ_begin();
        const CFGBlock *Eh = *(B->succ_begin() + 1);
        Send(Normal, Now);
        const Stmt *Last = nullptr;
        if (auto CS = B->back().getAs<CFGStmt>())
          Last = CS->getStmt();
        bool InTry = Eh && dispatches(Eh);
        if (Last && isa<Expr>(Last) && InTry && U().mayThrow(cast<Expr>(Last))) {
          States Raised = thrown(cast<Expr>(Last), BeforeLast);
          for (PathState &P : Raised)
            if (P.State != Gone)
              P.Trace = note(P.Trace, cast<Expr>(Last)->getExprLoc(), ThrowNote);
          Raise(Eh, std::move(Raised), Last);
        }
        return;
      }
      if (const auto *SW = dyn_cast_or_null<SwitchStmt>(Term)) {
        auto Key = Keys.key(SW->getCond());
        for (const CFGBlock *To : B->succs()) {
          if (!To)
            continue;
          States Next = Now;
          if (Key) {
            if (const auto *CaseS = dyn_cast_or_null<CaseStmt>(To->getLabel()); CaseS && !CaseS->getRHS()) {
              Expr::EvalResult R;
              if (!CaseS->getLHS()->isValueDependent() && CaseS->getLHS()->EvaluateAsInt(R, U().Ctx))
                llvm::erase_if(Next, [&](PathState &P) {
                  return !P.Facts.add({*Key, R.Val.getInt().getExtValue(), true});
                });
            } else if (isa_and_nonnull<DefaultStmt>(To->getLabel()) || To->getLabel() == nullptr) {
              for (const SwitchCase *SC = SW->getSwitchCaseList(); SC; SC = SC->getNextSwitchCase())
                if (const auto *CaseX = dyn_cast<CaseStmt>(SC); CaseX && !CaseX->getRHS() && !fallsInto(CaseX, To)) {
                  Expr::EvalResult R;
                  if (!CaseX->getLHS()->isValueDependent() && CaseX->getLHS()->EvaluateAsInt(R, U().Ctx))
                    llvm::erase_if(Next, [&](PathState &P) {
                      return !P.Facts.add({*Key, R.Val.getInt().getExtValue(), false});
                    });
                }
            }
          }
          Send(To, std::move(Next));
        }
        return;
      }
      if (S.A.LoopsRun && Term && !(BornHere && declaredIn(Term)) && B->succ_size() == 2 && isa<ForStmt, WhileStmt, CXXForRangeStmt>(Term) && *(B->succ_begin() + 1)) {
        const CFGBlock *Leave = *(B->succ_begin() + 1);
        Send(*B->succ_begin(), Now);
        States Left = std::move(Now);
        for (const Event &E : C.Events) {
          if (!E.Site || !(isAbout(E) || E.Kind == Op::Call) || !within(C, E.Site, Term))
            continue;
          States Next;
          for (PathState &P : Left)
            step(E, std::move(P), Next);
          Left = std::move(Next);
        }
        Send(Leave, std::move(Left));
        return;
      }
      const auto *Cond = dyn_cast_or_null<Expr>(B->getTerminatorCondition());
      if (Term && Cond && B->succ_size() == 2 && !isa<CXXForRangeStmt>(Term) && !isa<CXXTryStmt>(Term) &&
          !isa<GCCAsmStmt>(Term)) {
        const Expr *Decides = Cond;
        bool Claims = false;
        if (O.valid() && (S.Auto.HasLater || S.A.Unwinds)) {
          ClaimFinder F{C};
          Claims = F.in(Decides);
        }
        unsigned I = 0;
        for (const CFGBlock *To : B->succs()) {
          bool Truth = I++ == 0;
          if (!To)
            continue;
          States Next = Now;
          const Expr *Asked = rightmost(Decides, Term);
          llvm::erase_if(Next, [&](PathState &P) { return !assume(P, Asked, Term, Truth); });
          lastTurn(Term, lastOperand(Asked), Truth, Next);
          if (Claims)
            for (PathState &P : Next)
              P.Claimed = P.Asked = true;
          Send(To, std::move(Next));
        }
        return;
      }
      for (const CFGBlock *To : B->succs())
        Send(To, Now);
    }
    /// `if (attempt == limit) …` inside `for (…; attempt < limit; …)`: on its true branch the turn is the last one, also
    /// where the limit is not a constant. The fact is kept under the key of the loop's own condition.
    void lastTurn(const Stmt *Term, const Expr *Asked, bool Truth, States &Next) {
      if (isa<ForStmt, WhileStmt, DoStmt>(Term)) {
        // At the loop's header: a last turn does not go round again.
        BranchFact Ends = Keys.result(Asked, false);
        if (Truth)
          llvm::erase_if(Next, [&](PathState &P) { return P.Facts.about(Ends.Key).has_value(); });
        else
          for (PathState &P : Next)
            P.Facts.removeIf([&](unsigned K) { return K == Ends.Key; });
        return;
      }
      const auto *Cmp = dyn_cast<BinaryOperator>(Asked->IgnoreParenImpCasts());
      if (!Cmp || !Cmp->isComparisonOp())
        return;
      bool Reached = Cmp->getOpcode() == BO_EQ || Cmp->getOpcode() == BO_GE || Cmp->getOpcode() == BO_GT;
      bool NotYet = Cmp->getOpcode() == BO_NE || Cmp->getOpcode() == BO_LT || Cmp->getOpcode() == BO_LE;
      if (!(Reached && Truth) && !(NotYet && !Truth))
        return;
      for (const Stmt *Lp = C.parent(Term); Lp; Lp = C.parent(Lp)) {
        const Expr *Cond = nullptr;
        if (const auto *F = dyn_cast<ForStmt>(Lp))
          Cond = F->getCond();
        else if (const auto *W = dyn_cast<WhileStmt>(Lp))
          Cond = W->getCond();
        else if (const auto *D = dyn_cast<DoStmt>(Lp))
          Cond = D->getCond();
        const auto *Bound = Cond ? dyn_cast<BinaryOperator>(Cond->IgnoreParenImpCasts()) : nullptr;
        if (!Bound || !Bound->isComparisonOp())
          continue;
        llvm::SmallVector<const ValueDecl *, 4> Named, Asks;
        namesIn(Bound, Named);
        namesIn(Cmp, Asks);
        if (Named.empty() || !llvm::all_of(Named, [&](const ValueDecl *V) { return llvm::is_contained(Asks, V); }))
          continue;
        BranchFact Ends = Keys.result(Cond, false);
        for (PathState &P : Next)
          learn(P, Ends);
        return;
      }
    }
    static void namesIn(const Stmt *X, llvm::SmallVectorImpl<const ValueDecl *> &Out) {
      if (!X)
        return;
      if (const auto *DR = dyn_cast<DeclRefExpr>(X))
        Out.push_back(DR->getDecl());
      else if (const auto *M = dyn_cast<MemberExpr>(X))
        Out.push_back(M->getMemberDecl());
      for (const Stmt *Child : X->children())
        namesIn(Child, Out);
    }

    /// Does the object live in one turn of the loop?
    bool declaredIn(const Stmt *Loop) const {
      const SourceManager &SM = U().Ctx.getSourceManager();
      return SM.isBeforeInTranslationUnit(Loop->getBeginLoc(), BornHere->getLocation()) &&
             SM.isBeforeInTranslationUnit(BornHere->getLocation(), Loop->getEndLoc());
    }
    static bool fallsInto(const SwitchCase *SC, const CFGBlock *To) { return To->getLabel() == SC; }
    static constexpr const char *CaughtNote = "it is caught here";
    static constexpr const char *ThrowNote = "if this throws, control goes to the handler";

    /// The operand that this block decides: in `a && b` the left one stands in a block of its own.
    static const Expr *rightmost(const Expr *E, const Stmt *Term) {
      if (const auto *B = dyn_cast<BinaryOperator>(Term); B && B->isLogicalOp())
        return B->getLHS();
      return E;
    }
    /// Adds what the truth of a condition tells. False: this path can not be.
    bool assume(PathState &P, const Expr *E, const Stmt *Term, bool Truth) {
      if (!assume(P, E, Truth))
        return false;
      // The left operand decides the whole: `a && b` is false when a is.
      if (const auto *B = dyn_cast<BinaryOperator>(Term); B && B->isLogicalOp() && Truth == (B->getOpcode() == BO_LOr))
        return remember(P, B, Truth);
      return true;
    }
    bool assume(PathState &P, const Expr *E, bool Truth) {
      E = E->IgnoreParenImpCasts();
      if (const auto *X = dyn_cast<ExprWithCleanups>(E))
        return assume(P, X->getSubExpr(), Truth);
      if (const auto *O = dyn_cast<UnaryOperator>(E); O && O->getOpcode() == UO_LNot)
        return assume(P, O->getSubExpr(), !Truth);
      if (const auto *B = dyn_cast<BinaryOperator>(E); B && B->isLogicalOp()) {
        if (auto Known = value(P, B))
          return *Known == Truth && remember(P, B, Truth);
        bool Both = (B->getOpcode() == BO_LAnd) == Truth;
        if (Both)
          return assume(P, B->getLHS(), Truth) && assume(P, B->getRHS(), Truth) && remember(P, B, Truth);
        // One of them decided it; if it was not the one, it was the other.
        if (auto Left = value(P, B->getLHS()); Left && *Left != Truth)
          return assume(P, B->getRHS(), Truth) && remember(P, B, Truth);
        if (auto Right = value(P, B->getRHS()); Right && *Right != Truth)
          return assume(P, B->getLHS(), Truth) && remember(P, B, Truth);
        return remember(P, B, Truth);
      }
      if (auto Known = Keys.decided(E, P.Facts))
        return *Known == Truth;
      auto F = Keys.fact(E, Truth);
      return !F || P.Facts.add(*F);
    }
    static const Expr *lastOperand(const Expr *E) {
      E = E->IgnoreParens();
      while (const auto *B = dyn_cast<BinaryOperator>(E)) {
        if (!B->isLogicalOp())
          break;
        E = B->getRHS()->IgnoreParens();
      }
      return E;
    }
    /// Keeps the value of `a && b` as a whole: where its paths merge, nothing is left of the operands.
    bool remember(PathState &P, const BinaryOperator *B, bool Truth) {
      learn(P, Keys.result(B, Truth)); // of this evaluation
      if (B->HasSideEffects(U().Ctx))
        return true;
      auto K = Keys.key(B); // and of every other that reads the same
      return !K || P.Facts.add({*K, 0, !Truth});
    }
    /// The right operand of `a && b` was evaluated, so it is the value of the whole.
    void rightOperand(const Stmt *St, States &Now) {
      const Stmt *Parent = C.parent(St);
      while (isa_and_nonnull<ParenExpr, ImplicitCastExpr, ExprWithCleanups>(Parent))
        Parent = C.parent(Parent);
      const auto *B = dyn_cast_or_null<BinaryOperator>(Parent);
      if (!B || !B->isLogicalOp() || B->getRHS()->IgnoreParenImpCasts() != St)
        return;
      for (PathState &P : Now) {
        P.Facts.removeIf([K = Keys.result(B, true).Key](unsigned X) { return X == K; });
        if (auto V = value(P, B->getRHS()))
          learn(P, Keys.result(B, *V));
      }
    }
    /// The value that a condition has on this path, where it is known.
    std::optional<bool> value(const PathState &P, const Expr *E) {
      E = E->IgnoreParenImpCasts();
      if (const auto *X = dyn_cast<ExprWithCleanups>(E))
        return value(P, X->getSubExpr());
      if (const auto *O = dyn_cast<UnaryOperator>(E); O && O->getOpcode() == UO_LNot) {
        auto V = value(P, O->getSubExpr());
        return V ? std::optional(!*V) : V;
      }
      if (const auto *B = dyn_cast<BinaryOperator>(E); B && B->isLogicalOp()) {
        bool And = B->getOpcode() == BO_LAnd;
        auto L = value(P, B->getLHS()), R = value(P, B->getRHS());
        if ((L && *L != And) || (R && *R != And))
          return !And;
        if (L && R)
          return And;
        if (auto V = told(P, Keys.result(B, true), Keys.result(B, false)))
          return V;
        if (B->HasSideEffects(U().Ctx))
          return std::nullopt;
        auto K = Keys.key(B);
        return K ? told(P, {*K, 0, false}, {*K, 0, true}) : std::nullopt;
      }
      if (auto Known = Keys.decided(E, P.Facts))
        return Known;
      auto T = Keys.fact(E, true), F = Keys.fact(E, false);
      return T && F ? told(P, *T, *F) : std::nullopt;
    }
    /// Which of two opposite facts is known.
    static std::optional<bool> told(const PathState &P, const BranchFact &True, const BranchFact &False) {
      FactSet Yes = P.Facts, No = P.Facts;
      bool MayBeTrue = Yes.add(True), MayBeFalse = No.add(False);
      return MayBeTrue == MayBeFalse ? std::nullopt : std::optional(MayBeTrue);
    }
  };

  // ---- summaries ----

  const Outcome *summary(const FunctionDecl *F, const Place &O, int State, bool Claimed, unsigned Depth,
                         const Bindings &Env = {}) {
    if (Depth > MaxDepth || State == Gone)
      return nullptr;
    Code *C = U.code(F);
    if (!C)
      return nullptr;
    SummaryKey Key{C->Fn, O.Root, O.This, {O.Path.begin(), O.Path.end()}, State, Claimed, Env};
    auto It = Summaries.find(Key);
    if (It != Summaries.end())
      return &It->second;
    if (!Running.insert(Key).second)
      return nullptr; // recursion: the call in progress is taken to change nothing that is not seen on other paths
    Outcome Out;
    if (!O.valid() || !Env.empty() || mayTouch(*C, O) || (Auto.HasElsewhere && elsewhere(*C))) {
      Body B(*this, *C, O, Depth, Env);
      PathState P;
      P.State = State;
      P.Claimed = Claimed;
      B.simulate(P);
      Out = std::move(B.Out);
    } else {
      Out.Exits.push_back({State, Claimed, std::nullopt, {}, false, nullptr});
    }
    Running.erase(Key);
    return &(Summaries[Key] = std::move(Out));
  }
  bool elsewhere(const Code &C) {
    for (const CompiledRow &R : Auto.Rows)
      if (R.Row->How == Via::Elsewhere && U.reaches(C.Fn, R.Row->On, R.Row->OnlyIfBlocking))
        return true;
    return false;
  }
  /// Can the body be about this object at all? Spares the graph of most callees.
  bool mayTouch(const Code &C, const Place &O) {
    for (const Event &E : C.Events) {
      if (E.Object.valid() && E.Object.Root == O.Root && E.Object.This == O.This)
        return true;
      if (E.Kind == Op::Call || !E.Tasks.empty())
        return true;
      if (E.Object.Root && C.elementOf(E.Object.Root))
        return true;
    }
    return false;
  }

  bool reportsByItself(const FunctionDecl *Callee, const Place &O, const Finding &F) {
    int Own = Auto.AtEntry;
    if (Own == Gone || !O.valid())
      return false;
    const Outcome *Sum = summary(Callee, O, Own, false, 1);
    return Sum && llvm::any_of(Sum->Findings, [&](const Finding &X) { return X.Loc == F.Loc && X.Row == F.Row; });
  }

  // ---- entry points ----

  Role trackedRole(const Place &P) {
    const ValueDecl *Last = P.last();
    return Last ? U.role(Last->getType()) : Role::None;
  }

  /// The objects that a body handles, itself or through the callables and callees that it hands them to.
  std::vector<Place> objects(Code &C, unsigned Depth = 0) {
    std::vector<Place> Found;
    auto Add = [&](const Place &P) {
      if (P.valid() && !llvm::is_contained(Found, P))
        Found.push_back(P);
    };
    for (const Event &E : C.Events) {
      Place P = E.Object;
      if (P.valid() && P.Root && P.Path.empty() && tracks(Role::Container))
        if (auto In = C.elementOf(P.Root))
          P = *In;
      if (P.valid() && P.Element) {
        // The container as a whole, where an element of it was meant and nothing follows it.
        const ValueDecl *Last = P.last();
        if (Last && !U.element(Last->getType()).isNull() && tracks(Role::Container)) {
          P.Element = false;
          Add(P);
        }
      } else if (P.valid() && E.Kind != Op::Call) {
        bool Locks = E.Guard && (E.Kind == Op::Acquire || E.Kind == Op::AcquireShared || E.Kind == Op::TryAcquire);
        if (tracks(trackedRole(P)) || (Locks && tracks(Role::Mutex)))
          Add(P);
      }
      if (Depth >= 4)
        continue;
      for (const CallableRef &T : E.Tasks) {
        if (!T.Lambda || !T.Body)
          continue;
        if (Code *Inner = U.code(T.Body))
          for (const Place &X : objects(*Inner, Depth + 1))
            if (X.This || (X.Root && X.Root->getDeclContext() != static_cast<const DeclContext *>(Inner->Fn)))
              Add(X);
      }
      if (E.Kind != Op::Call || !E.Callee)
        continue;
      // A local lambda that is called by its name.
      if (const auto *M = dyn_cast<CXXMethodDecl>(E.Callee); M && M->getParent()->isLambda())
        if (Code *Inner = U.code(M))
          for (const Place &X : objects(*Inner, Depth + 1))
            if (X.This || (X.Root && X.Root->getDeclContext() != static_cast<const DeclContext *>(Inner->Fn)))
              Add(X);
      if (P.This && P.Path.empty() && (Auto.HasLater || Auto.HasElsewhere))
        if (Code *Inner = U.code(E.Callee); Inner && Inner != &C)
          for (const Place &X : objects(*Inner, Depth + 1))
            if (X.This)
              Add(X);
      if (const auto *Call = dyn_cast<CallExpr>(E.Site))
        for (const Expr *A : Call->arguments())
          if (auto AP = C.place(A); AP && !AP->Element && tracks(trackedRole(*AP)))
            Add(*AP);
    }
    return Found;
  }

  PathState startOf(const Body &B) {
    PathState P;
    P.State = B.BornHere ? Gone : Auto.AtEntry;
    return P;
  }
};

Simulation::Simulation(Unit &U, const Automaton &A) : I(std::make_unique<Impl>(U, A)) {}
Simulation::~Simulation() = default;
unsigned Simulation::givenUp() const { return I->GivenUp; }

std::vector<Finding> Simulation::run(const FunctionDecl *F) {
  std::vector<Finding> Found;
  Code *C = I->U.code(F);
  if (!C)
    return Found;
  // A property about what happens elsewhere meanwhile needs something that happens: most bodies are spared their graph.
  if (I->Auto.HasElsewhere && !I->elsewhere(*C))
    return Found;
  for (const Place &O : I->objects(*C)) {
    I->Work = 0;
    Impl::Body B(*I, *C, O, 0);
    if (!B.BornHere && I->Auto.AtEntry == Gone)
      continue;
    B.simulate(I->startOf(B));
    if (!B.Out.Complete) {
      ++I->GivenUp;
      continue;
    }
    for (Finding &X : B.Out.Findings)
      Found.push_back(std::move(X));
  }
  return Found;
}

unsigned StateMap::bit(std::string_view State) const {
  for (unsigned I = 0; I != Names.size(); ++I)
    if (Names[I] == State)
      return 1u << I;
  return 0;
}

StateMap Simulation::states(const FunctionDecl *F, const Place &Object) {
  StateMap Map;
  Map.Names = I->Auto.Names;
  if (Code *C = I->U.code(F)) {
    I->Work = 0;
    Impl::Body B(*I, *C, Object, 0);
    B.Map = &Map;
    B.simulate(I->startOf(B));
    Map.Complete = B.Out.Complete;
  }
  return Map;
}

std::vector<Exit> Simulation::exits(const FunctionDecl *F, const Place &Object) {
  std::vector<Exit> Found;
  Code *C = I->U.code(F);
  if (!C || I->Auto.AtEntry == Gone)
    return Found;
  I->Work = 0;
  Impl::Body B(*I, *C, Object, 0);
  PathState Start;
  Start.State = I->Auto.AtEntry;
  B.simulate(Start);
  if (B.Out.Complete)
    for (ExitState &X : B.Out.Exits)
      Found.push_back({X.State == Gone ? "" : I->Auto.Names[X.State], X.Throws, X.Claimed, X.By, std::move(X.Story)});
  return Found;
}

std::vector<std::string> Simulation::statesAt(const FunctionDecl *F, const Place &Object, const Stmt *Mention) {
  StateMap Map = states(F, Object);
  std::vector<std::string> Seen;
  unsigned Bits = Map.Before.lookup(Mention);
  for (unsigned N = 0; N != Map.Names.size(); ++N)
    if (Bits & (1u << N))
      Seen.push_back(Map.Names[N]);
  llvm::sort(Seen);
  return Seen;
}

std::vector<Place> Simulation::objects(const FunctionDecl *F) {
  Code *C = I->U.code(F);
  return C ? I->objects(*C) : std::vector<Place>();
}

} // namespace heddle

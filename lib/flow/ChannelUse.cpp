#include "ChannelUse.h"
#include "Concurrency.h"
#include "Destruction.h"
#include "Guards.h"
#include "LibraryCode.h"
#include "Loops.h"
#include "MakeFacts.h"
#include "Mentions.h"
#include "MethodFacts.h"
#include "Order.h"
#include "StopFacts.h"
#include "Unwrap.h"
#include "ValueFlow.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace clang;

namespace heddle {

// ---- who does what --------------------------------------------------------------------------------------------------

bool ChannelAct::waits() const {
  if (!In->U.blocks(*What) && !(What->Kind == Op::Receive && !What->may(Fact::NonBlocking)))
    return false;
  if (What->may(Fact::Timed) || What->may(Fact::NonBlocking) || What->may(Fact::TakesToken))
    return false;
  const auto *Call = dyn_cast_or_null<CallExpr>(What->Site);
  return !Call ||
         llvm::none_of(Call->arguments(), [&](const Expr *A) { return In->U.get<StopFacts>().observes(A->getType()); });
}

/// Collects what is done to one object, from a body into its callees and tasks.
struct ChannelUse::Walker {
  Unit &U;
  LocalChannel &Channel;
  llvm::DenseSet<const FunctionDecl *> Active = {};
  llvm::SmallPtrSet<const LambdaExpr *, 4> Followed = {}, Captured = {};
  static constexpr unsigned MaxDepth = 5;

  static bool isAct(Op O) {
    return O == Op::Send || O == Op::TrySend || O == Op::Receive || O == Op::TryReceive || O == Op::Close;
  }

  /// A turn of a loop that makes the channel anew has it for itself.
  bool repeats(Code &C, const Stmt *S) {
    const Loop *L = S ? U.get<LoopFacts>().repeating(C, S) : nullptr;
    return L && !(Channel.Var && declaredIn(L->Statement, Channel.Var));
  }

  std::optional<Place> into(const CallEdge &Edge, const Place &Here) {
    if (auto P = Edge.toCallee(Here))
      return P;
    // The body of a lambda knows a captured pointer by what it was made from.
    const auto *M = dyn_cast<CXXMethodDecl>(Edge.Callee);
    if (!M || !M->getParent()->isLambda())
      return std::nullopt;
    for (const LambdaCapture &Cap : M->getParent()->captures())
      if (const auto *V = Cap.capturesVariable() ? dyn_cast<VarDecl>(Cap.getCapturedVar()) : nullptr;
          V && V->isInitCapture() && V->getInit())
        if (auto P = Edge.In->place(V->getInit()); P && P->contains(Here))
          return Here;
    return std::nullopt;
  }

  /// The lambda of which the statement is a part of an initialised capture, or null.
  static const LambdaExpr *capturing(const Code &C, const Stmt *S) {
    for (; S; S = C.parent(S))
      if (const auto *L = dyn_cast<LambdaExpr>(S))
        return L;
    return nullptr;
  }

  void look(Code &C, const Place &Here, ChannelAct So, unsigned Depth) {
    if (Depth > MaxDepth || !Active.insert(C.Fn).second)
      return;
    for (const Event &E : C.Events) {
      ChannelAct A = So;
      A.Entry = So.Entry ? So.Entry : &E;
      bool Again = repeats(C, E.Site);
      if (E.Object == Here && isAct(E.Kind)) {
        A.Does = E.Kind;
        A.In = &C;
        A.What = &E;
        A.Repeats |= Again;
        Channel.Acts.push_back(std::move(A));
        continue;
      }
      if ((E.Kind == Op::Escape || E.Kind == Op::Move) && E.Object == Here) {
        if (const LambdaExpr *By = capturing(C, E.Site))
          Captured.insert(By);
        else
          Channel.Whole = false;
      }
      follow(C, E, Here, A, Again, Depth);
    }
    forEach<DeclStmt>(C.Fn->getBody(), Walk::NoLambdas, [&](const DeclStmt *D) {
      for (const Decl *X : D->decls())
        if (const auto *V = dyn_cast<VarDecl>(X))
          atEndOf(C, V, Here, So, repeats(C, D), Depth);
    });
    Active.erase(C.Fn);
  }

  /// What the destructor of a local does that holds a reference or pointer to the channel.
  void atEndOf(Code &C, const VarDecl *V, const Place &Here, ChannelAct So, bool Again, unsigned Depth) {
    const CXXRecordDecl *RD = V->getInit() ? V->getType()->getAsCXXRecordDecl() : nullptr;
    const CXXDestructorDecl *D = RD && RD->hasDefinition() ? RD->getDestructor() : nullptr;
    Code *Inner = D && U.visible(D) && !U.type(V->getType()) ? U.code(U.visible(D)) : nullptr;
    for (const CallableRef::Member &M :
         Inner ? Code::members(V->getInit()) : llvm::SmallVector<CallableRef::Member, 2>()) {
      auto P = C.place(M.Value);
      if (!P || *P != Here)
        continue;
      Place There;
      There.This = true;
      There.Path.push_back(M.Field);
      So.Repeats |= Again;
      look(*Inner, There, So, Depth + 1);
    }
  }

  void follow(Code &C, const Event &E, const Place &Here, const ChannelAct &So, bool Again, unsigned Depth) {
    const auto *Site = dyn_cast_or_null<Expr>(E.Site);
    auto Enter = [&](const FunctionDecl *Body, const CallableRef *Task, bool Starts) {
      const FunctionDecl *Def = U.visible(Body);
      Code *Inner = Def ? U.code(Def) : nullptr;
      if (!Inner || !Site)
        return;
      CallEdge Edge{&C, Site, Def, Task};
      auto P = into(Edge, Here);
      if (!P)
        return;
      if (Task && Task->Lambda)
        Followed.insert(Task->Lambda);
      ChannelAct A = So;
      if (Starts) {
        A.Task = Task;
        A.Start = &E;
        A.StartedIn = &C;
        A.Many |= Again || A.Repeats || (E.Model && E.Model->Many);
        A.Repeats = false;
        A.Through.clear();
      } else {
        A.Repeats |= Again;
        A.Through.push_back(Edge);
      }
      look(*Inner, *P, A, Depth + 1);
    };
    if (E.Kind == Op::Call)
      Enter(E.Callee, nullptr, false);
    for (const CallableRef &T : E.Tasks)
      Enter(T.Body, &T, E.Kind == Op::Spawn || E.Kind == Op::Defer);
  }
};

const std::deque<LocalChannel> &ChannelUse::in(Code &C) {
  auto [It, New] = Known.try_emplace(&C);
  if (!New)
    return It->second;
  std::vector<LocalChannel> Found;
  forEach<DeclStmt>(C.Fn->getBody(), Walk::NoLambdas, [&](const DeclStmt *D) {
    for (const Decl *X : D->decls()) {
      const auto *V = dyn_cast<VarDecl>(X);
      if (!V || !V->hasLocalStorage() || V->getType()->isReferenceType() || U.role(V->getType()) != Role::Channel)
        continue;
      LocalChannel L;
      L.Var = V;
      L.Object.Root = V;
      Walker W{U, L};
      W.look(C, L.Object, {}, 0);
      L.Whole &= llvm::all_of(W.Captured, [&](const LambdaExpr *By) { return W.Followed.contains(By); });
      // A function that makes the channel, starts its tasks and returns it.
      const auto *Call = dyn_cast_or_null<CallExpr>(unwrap(V->getInit()));
      const FunctionDecl *Maker = Call ? U.visible(Call->getDirectCallee()) : nullptr;
      for (const Origin &O :
           Maker &&Maker != C.Fn ? U.get<ValueFlow>().returned(Maker) : llvm::SmallVector<Origin, 1>()) {
        Code *Inner = U.code(Maker);
        if (!Inner || O.In != Inner)
          continue;
        for (const LocalChannel &There : in(*Inner))
          if (There.Var->getInit() && unwrap(There.Var->getInit()) == unwrap(O.Made)) {
            L.MadeBy = Call;
            L.Acts.insert(L.Acts.begin(), There.Acts.begin(), There.Acts.end());
          }
      }
      Found.push_back(std::move(L));
    }
  });
  auto &Kept = Known[&C];
  for (LocalChannel &L : Found)
    Kept.push_back(std::move(L));
  return Kept;
}

// ---- room -----------------------------------------------------------------------------------------------------------

/// Returns true if the member waits after it has put its item in: until that is taken.
bool ChannelUse::handsOver(const CXXMethodDecl *Send) {
  const FunctionDecl *Def = Send ? U.visible(Send) : nullptr;
  Code *C = Def ? U.code(Def) : nullptr;
  if (!C)
    return false;
  llvm::SmallVector<const Stmt *, 4> Stores;
  for (const Event &E : C->Events)
    if ((E.Kind == Op::Insert || E.Kind == Op::Reset) && E.Object.This && E.Site)
      Stores.push_back(E.Site);
  auto Item = [&](const Expr *To, const Expr *What) {
    auto P = C->place(To);
    return P && P->This && !P->Path.empty() && mentionsParameter(What);
  };
  forEach<BinaryOperator>(Def->getBody(), Walk::NoLambdas, [&](const BinaryOperator *B) {
    if (B->getOpcode() == BO_Assign && Item(B->getLHS(), B->getRHS()))
      Stores.push_back(B);
  });
  forEach<CXXOperatorCallExpr>(Def->getBody(), Walk::NoLambdas, [&](const CXXOperatorCallExpr *O) {
    if (O->getOperator() == OO_Equal && O->getNumArgs() == 2 && Item(O->getArg(0), O->getArg(1)))
      Stores.push_back(O);
  });
  return llvm::any_of(Stores, [&](const Stmt *S) {
    return llvm::any_of(C->Events, [&](const Event &W) {
      return W.Kind == Op::WaitCondition && W.Site && U.get<Order>().reaches(*C, S, W.Site);
    });
  });
}

ChannelRoom ChannelUse::room(Code &C, const LocalChannel &Of) {
  ChannelRoom Room;
  const VarDecl *V = Of.Var;
  for (const LocalChannel *Made = &Of; Made->MadeBy;) { // what the function that made it says
    Code *Inner = U.code(U.visible(Made->MadeBy->getDirectCallee()));
    const LocalChannel *There = nullptr;
    for (const LocalChannel &L : Inner ? in(*Inner) : in(C))
      if (Inner && llvm::any_of(Made->Acts, [&](const ChannelAct &A) {
            return llvm::any_of(L.Acts, [&](const ChannelAct &B) { return A.What == B.What; });
          }))
        There = &L;
    return There ? room(*Inner, *There) : Room;
  }
  auto Take = [&](const Expr *E) {
    if (const auto *D = dyn_cast<CXXDefaultArgExpr>(E))
      E = D->getExpr();
    if (!E->getType()->isIntegralOrEnumerationType() || E->getType()->isBooleanType() || E->isValueDependent())
      return false;
    const Expr *Value = U.get<ValueFlow>().source(C, E);
    Expr::EvalResult R;
    if ((Value && Value->EvaluateAsInt(R, U.Ctx)) || E->EvaluateAsInt(R, U.Ctx))
      Room.Constant = R.Val.getInt().getLimitedValue();
    else
      Room.Number = E;
    return true;
  };
  bool Any = false;
  for (const Event &E : C.Events) // set_capacity(n)
    if (E.Kind == Op::Limit && E.Object == Of.Object)
      if (const auto *Call = dyn_cast<CallExpr>(E.Site); Call && Call->getNumArgs())
        Any |= Take(Call->getArg(0));
  const Expr *Init = unwrap(V->getInit());
  if (const auto *New = dyn_cast_or_null<CXXNewExpr>(Init))
    Init = New->getConstructExpr();
  llvm::SmallVector<const Expr *, 4> Args;
  if (const auto *CE = dyn_cast_or_null<CXXConstructExpr>(Init)) {
    Args.append(CE->arg_begin(), CE->arg_end());
    if (CE->getNumArgs() == 1) // shared_ptr<Channel>(new Channel(1))
      if (const auto *New = dyn_cast<CXXNewExpr>(unwrap(CE->getArg(0))); New && New->getConstructExpr())
        Args.assign(New->getConstructExpr()->arg_begin(), New->getConstructExpr()->arg_end());
  } else if (const auto *Call = dyn_cast_or_null<CallExpr>(Init))
    Args.append(Call->arg_begin(), Call->arg_end());
  unsigned Numbers = 0;
  for (const Expr *A : Args)
    Numbers += !Any && Take(A);
  if (Numbers > 1)
    return {};
  if (Any || Numbers)
    return Room;
  const CXXRecordDecl *RD = U.pointee(V->getType())->getAsCXXRecordDecl();
  if (const auto *S = dyn_cast_or_null<ClassTemplateSpecializationDecl>(RD)) // Channel<int, 4>
    for (const TemplateArgument &A : S->getTemplateArgs().asArray())
      if (A.getKind() == TemplateArgument::Integral)
        return {A.getAsIntegral().getLimitedValue(), nullptr};
  if (!RD || !U.inferred(RD)) { // of a library: one without a number has no room
    Room.Constant = 0;
    return Room;
  }
  for (const ChannelAct &A : Of.Acts)
    if (A.Does == Op::Send && handsOver(dyn_cast_or_null<CXXMethodDecl>(A.What->Callee)))
      Room.Constant = 0;
  if (!Room.Constant) // one place for the item
    if (llvm::none_of(RD->fields(), [&](const FieldDecl *F) {
          return U.role(F->getType()) == Role::Container || F->getType()->isArrayType() || U.leads(F->getType());
        }))
      Room.Constant = 1;
  return Room;
}

// ---- left behind ----------------------------------------------------------------------------------------------------

const VarDecl *ChannelUse::waitedFor(Code &C, const LocalChannel &Of, const ChannelAct &Act) {
  if (Act.StartedIn != &C)
    return nullptr;
  // Locals end in the reverse of this order.
  llvm::SmallVector<const VarDecl *, 8> Order;
  forEach<DeclStmt>(C.Fn->getBody(), Walk::NoLambdas, [&](const DeclStmt *D) {
    for (const Decl *X : D->decls())
      if (const auto *V = dyn_cast<VarDecl>(X))
        Order.push_back(V);
  });
  bool Leads = U.leads(Of.Var->getType());
  for (const TaskStart &T : U.concurrency().tasks(C))
    if (T.Start == Act.Start)
      for (const Place &H : T.Handles) {
        const auto *V = H.Path.empty() ? dyn_cast_or_null<VarDecl>(H.Root) : nullptr;
        bool Ends = V && (U.get<Destruction>().of(V->getType()).has(Endings::Joins) ||
                          (U.role(V->getType()) == Role::Future && Act.Start->may(Fact::Joins)));
        if (!Ends || !V->hasLocalStorage() || isa<ParmVarDecl>(V) || V->getType()->isReferenceType())
          continue;
        if (Leads || llvm::find(Order, V) > llvm::find(Order, Of.Var))
          return V;
      }
  return nullptr;
}

/// Returns true if the body that started the task surely waits for it, by its handle.
static bool isJoinedHere(Code &C, const ChannelAct &Act) {
  return Act.StartedIn == &C && Act.Start && Act.Start->Object.valid() && llvm::any_of(C.Events, [&](const Event &E) {
           return (E.Kind == Op::Join || E.Kind == Op::Wait || E.Kind == Op::Consume) && E.Site &&
                  E.Object == Act.Start->Object && C.U.get<Order>().surelyFollows(C, Act.Start->Site, E.Site);
         });
}

bool ChannelUse::freed(Code &C, const LocalChannel &Of, const ChannelAct &Act) {
  return !U.leads(Of.Var->getType()) && U.get<Destruction>().of(Of.Var->getType()).has(Endings::Closes) &&
         !waitedFor(C, Of, Act) && !isJoinedHere(C, Act);
}

bool ChannelUse::received(Code &C, const LocalChannel &Of, const Stmt *Exit) {
  if (const auto *Block = dyn_cast_or_null<CompoundStmt>(Exit))
    Exit = Block->body_empty() ? nullptr : Block->body_back();
  if (!Exit)
    return false;
  auto All = guards(C, Exit);
  return llvm::any_of(Of.Acts, [&](const ChannelAct &A) {
    return A.Does == Op::Receive && A.In == &C &&
           llvm::any_of(All, [&](const Guard &G) { return tells(C, *A.What, G, true); });
  });
}

const Stmt *ChannelUse::leftEarly(Code &C, const LocalChannel &Of) {
  const Stmt *Early = nullptr;
  for (const ChannelAct &A : Of.Acts) {
    if (A.Does != Op::Receive && A.Does != Op::TryReceive)
      continue;
    if (A.Task || A.In != &C)
      return nullptr; // others receive, too
    const Loop *L = U.get<LoopFacts>().repeating(C, A.What->Site);
    if (!L || declaredIn(L->Statement, Of.Var))
      continue;
    bool Later = llvm::any_of(Of.Acts, [&](const ChannelAct &B) {
      return (B.Does == Op::Receive || B.Does == Op::TryReceive || B.Does == Op::Close) &&
             !(B.In == &C && within(C, B.What->Site, L->Statement)) && !(B.Task && B.Does == Op::Close);
    });
    if (Later)
      return nullptr;
    auto Closed = [&](const Stmt *Exit) {
      return llvm::any_of(Of.Acts, [&](const ChannelAct &B) {
        return B.Does == Op::Close && B.In == &C && isa_and_nonnull<CompoundStmt>(C.parent(Exit)) &&
               within(C, B.What->Site, C.parent(Exit));
      });
    };
    for (const LoopExit &X : L->Exits)
      if (!Early && !Closed(X.Site) && X.Site != L->Statement && isa<ReturnStmt, BreakStmt, CXXThrowExpr>(X.Site) &&
          llvm::none_of(X.When, [&](const Guard &G) { return tells(C, *A.What, G, false); }))
        Early = X.Site;
  }
  return Early ? Early : receivedLess(C, Of);
}

std::optional<std::uint64_t> ChannelUse::times(const ChannelAct &Send) {
  const Loop *L = Send.Task && Send.Many && !Send.Repeats && Send.StartedIn && unconditional(Send)
                      ? U.get<LoopFacts>().repeating(*Send.StartedIn, Send.Start->Site)
                      : nullptr;
  if (!L || !L->Over || L->Exits.size() != 1 || !guards(*Send.StartedIn, Send.Start->Site, L->Statement).empty() ||
      U.get<LoopFacts>().repeating(*Send.StartedIn, L->Statement))
    return std::nullopt;
  QualType T = L->Over->getType().getNonReferenceType();
  if (const auto *A = U.Ctx.getAsConstantArrayType(T))
    return A->getZExtSize();
  const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(T->getAsCXXRecordDecl());
  if (Spec && Spec->isInStdNamespace() && Spec->getName() == "array" && Spec->getTemplateArgs().size() == 2)
    return Spec->getTemplateArgs()[1].getAsIntegral().getLimitedValue();
  return std::nullopt;
}

const Stmt *ChannelUse::receivedLess(Code &C, const LocalChannel &Of) {
  const Stmt *Last = nullptr;
  std::uint64_t Receives = 0, Sends = 0;
  bool Several = false;
  for (const ChannelAct &A : Of.Acts) {
    if (A.Does == Op::Close || A.Does == Op::TryReceive || (A.Does == Op::Receive && (A.Repeats || A.Task)))
      return nullptr;
    if (A.Does == Op::Receive) {
      Last = A.Through.empty() ? A.What->Site : A.Through.front().Site;
      ++Receives;
    }
    if (A.Does != Op::Send)
      continue;
    const Loop *Starts =
        A.Task && A.Many && A.StartedIn ? U.get<LoopFacts>().repeating(*A.StartedIn, A.Start->Site) : nullptr;
    Several |= Starts && Starts->Turns != Trips::Constant && Receives < 2;
    if (auto N = A.StartedIn == &C ? times(A) : std::nullopt)
      Sends += *N;
    // Of alternatives one alone is started.
    if (!A.Many && !A.Repeats && A.Task && unconditional(A) && A.StartedIn == &C && guards(C, A.Start->Site).empty())
      ++Sends;
  }
  std::uint64_t Room = room(C, Of).Constant.value_or(~0ull);
  return Several || (Room < Sends && Receives < Sends - Room) ? Last : nullptr;
}

// ---- closed ---------------------------------------------------------------------------------------------------------

llvm::DenseSet<const FieldDecl *> ChannelUse::closedFlags(const CXXRecordDecl *RD) {
  llvm::DenseSet<const FieldDecl *> Flags;
  for (const CXXMethodDecl *M : RD->methods())
    if (llvm::any_of(U.actions(M, RD, M->getNumParams()), [](const Action &A) { return A.Operation == Op::Close; })) {
      MethodFacts F = readMethod(U, M);
      if (const FunctionDecl *Pattern = M->getTemplateInstantiationPattern(); !U.visible(M) && Pattern)
        F = readPattern(U, M, Pattern);
      for (const auto &[Flag, Set] : F.SetsTrue)
        Flags.insert(Flag);
      for (const FieldDecl *Flag : F.SetsFalse)
        Flags.insert(Flag);
    }
  return Flags;
}

static bool anyIn(const MethodFacts::Fields &Of, const llvm::DenseSet<const FieldDecl *> &Flags) {
  return llvm::any_of(Of, [&](const FieldDecl *F) { return Flags.contains(F); });
}

LateSend ChannelUse::late(const Event &Send) {
  const auto *M = dyn_cast_or_null<CXXMethodDecl>(Send.Callee);
  const CXXRecordDecl *RD = M ? M->getParent() : nullptr;
  if (!RD)
    return LateSend::Unknown;
  if (!U.inferred(RD)) {
    if (Send.may(Fact::ReportsClosed))
      return LateSend::Reports;
    return Send.may(Fact::Refuses) ? LateSend::Refuses : LateSend::Unknown;
  }
  auto Flags = closedFlags(RD);
  if (Flags.empty() || !U.visible(M))
    return LateSend::Unknown;
  MethodFacts F = readMethod(U, M);
  if (anyIn(F.Refuses, Flags))
    return LateSend::Refuses;
  if (!anyIn(F.Tests, Flags) && !anyIn(F.WaitTests, Flags))
    return LateSend::Keeps;
  return M->getReturnType()->isVoidType() ? LateSend::Drops : LateSend::Reports;
}

bool ChannelUse::asked(const Code &In, const Event &What) {
  const auto *E = dyn_cast_or_null<Expr>(What.Site);
  if (!E || E->getType()->isVoidType())
    return false;
  bool Dropped = false;
  ValueFlow::dropped(In, [&](const Expr *X) { Dropped |= unwrap(X) == unwrap(E); });
  return !Dropped;
}

bool ChannelUse::gated(ClassFacts &Class, const MemberAccess &Send, const MemberAccess &Close) {
  auto Shut = [&](const FieldDecl *F) {
    return llvm::any_of(Class.of(F), [&](const MemberAccess *A) {
      return A->Does == MemberAccess::Write && A->In == Close.In &&
             llvm::any_of(A->Locks, [&](const Place &L) { return llvm::is_contained(Send.Locks, L); }) &&
             U.get<Order>().reaches(*Close.In, A->Site, Close.Site);
    });
  };
  return llvm::any_of(guards(*Send.In, Send.Site), [&](const Guard &G) {
    return anyOf<MemberExpr>(G.Condition, Walk::NoLambdas, [&](const MemberExpr *M) {
      const auto *F = dyn_cast<FieldDecl>(M->getMemberDecl());
      return F && Shut(F);
    });
  });
}

bool ChannelUse::closesOnce(const Event &Close) {
  const auto *M = dyn_cast_or_null<CXXMethodDecl>(Close.Callee);
  const CXXRecordDecl *RD = M ? M->getParent() : nullptr;
  if (!RD)
    return false;
  if (!U.inferred(RD))
    return Close.may(Fact::Refuses);
  return U.visible(M) && anyIn(readMethod(U, M).Refuses, closedFlags(RD));
}

bool ChannelUse::unconditional(const Code &C, const Stmt *S) {
  return llvm::all_of(guards(C, S), [&](const Guard &G) {
    return isLoop(G.By) || (G.Cases.empty() && !U.get<StopFacts>().of(C, G.Condition).Asked.empty());
  });
}

/// Waits for other tasks, or elects one of them.
static bool orders(const Code &, const Event &E) {
  return E.Kind == Op::Join || E.Kind == Op::Wait || E.Kind == Op::Await || E.Kind == Op::Consume ||
         E.Kind == Op::Claim;
}

bool ChannelUse::unconditional(const ChannelAct &A) {
  bool Reached = unconditional(*A.In, A.What->Site) &&
                 llvm::all_of(A.Through, [&](const CallEdge &X) { return !X.Task && unconditional(*X.In, X.Site); });
  return Reached && !(A.Task && U.get<Calls>().find(A.Task->Body, orders));
}

bool ChannelUse::unconditional(ClassFacts &, const MemberAccess &A) {
  const auto *M = A.In && A.Task ? dyn_cast<CXXMethodDecl>(A.In->Fn) : nullptr;
  if (!M || (M->getParent()->isLambda() && M != A.Task->Body)) // run by somebody else: std::call_once
    return false;
  const FunctionDecl *Def = U.visible(A.Task->Body);
  Code *Body = Def ? U.code(Def) : nullptr;
  return Body && unconditional(*A.In, A.Site) && unconditional(*Body, A.Entry) && !U.get<Calls>().find(Def, orders);
}

/// `v`, `v.has_value()`, `*v`-free tests of what a receive yielded; \p Open: the value that says that it brought an
/// item.
static bool isResult(const Code &C, const Event &Receive, const Expr *E) {
  E = unwrap(E);
  if (const auto *M = dyn_cast_or_null<CXXMemberCallExpr>(E); M && M != Receive.Site && M->getMethodDecl() &&
                                                              M->getNumArgs() == 0 && M->getMethodDecl()->isConst() &&
                                                              M->getType()->isBooleanType())
    E = unwrap(M->getImplicitObjectArgument());
  if (!E)
    return false;
  if (E == Receive.Site)
    return true;
  const auto *DR = dyn_cast<DeclRefExpr>(E);
  const auto *Made = dyn_cast<Expr>(Receive.Site);
  if (!DR || !Made)
    return false;
  if (const VarDecl *V = C.destinationVar(Made))
    return V == DR->getDecl();
  auto To = C.destination(Made);
  return To && To->Path.empty() && To->Root == DR->getDecl();
}

bool ChannelUse::tells(const Code &C, const Event &Receive, const Guard &G, bool Open) {
  if (!G.Condition || !G.Cases.empty() || isa_and_nonnull<SwitchStmt>(G.By))
    return false;
  return implies(G.Condition, G.Value, [&](const Expr *E, bool Value) {
    E = unwrap(E);
    const Expr *L = nullptr, *R = nullptr;
    bool Equal = true;
    if (const auto *B = dyn_cast<BinaryOperator>(E); B && B->isEqualityOp()) {
      L = B->getLHS(), R = B->getRHS(), Equal = B->getOpcode() == BO_EQ;
    } else if (const auto *O = dyn_cast<CXXOperatorCallExpr>(E);
               O && O->getNumArgs() == 2 &&
               (O->getOperator() == OO_EqualEqual || O->getOperator() == OO_ExclaimEqual)) {
      L = O->getArg(0), R = O->getArg(1), Equal = O->getOperator() == OO_EqualEqual;
    }
    if (!L)
      return isResult(C, Receive, E) && Value == Open;
    if (!isResult(C, Receive, L))
      std::swap(L, R);
    if (!isResult(C, Receive, L))
      return false;
    // An enumerator that says success, or whatever says that there is nothing. A number is a part of an item.
    R = unwrap(R);
    const auto *DR = dyn_cast<DeclRefExpr>(R);
    const auto *Case = DR ? dyn_cast<EnumConstantDecl>(DR->getDecl()) : nullptr;
    if (Case && !inLibrary(U, Case->getLocation()))
      return false; // one of the program's own may be an item that says that it is the last
    const auto *Truth = dyn_cast<CXXBoolLiteralExpr>(R);
    const CXXRecordDecl *RD = R->getType()->getAsCXXRecordDecl();
    bool Empty = isa<CXXNullPtrLiteralExpr>(R) || (RD && RD->getIdentifier() && RD->getName() == "nullopt_t");
    if (!Case && !Truth && !Empty)
      return false;
    bool Nothing = Case ? Case->getInitVal() != 0 : !Truth || !Truth->getValue();
    return ((Equal == Value) != Nothing) == Open;
  });
}

const Loop *ChannelUse::untilClosed(Code &C, const Event &Receive) {
  // `while (channel.take(stop, item))` ends with the stop, too.
  const auto *By = dyn_cast_or_null<CallExpr>(Receive.Site);
  if (By && llvm::any_of(By->arguments(), [&](const Expr *A) { return U.get<StopFacts>().observes(A->getType()); }))
    return nullptr;
  // `for (auto &item : channel)`: the range itself ends when the channel is closed.
  for (const Stmt *S = Receive.Site; S; S = C.parent(S))
    if (const auto *R = dyn_cast<CXXForRangeStmt>(S); R && !within(C, Receive.Site, R->getBody())) {
      const Loop &L = U.get<LoopFacts>().of(C, R);
      return llvm::all_of(L.Exits, [&](const LoopExit &X) { return X.Site == R; }) ? &L : nullptr;
    }
  const Loop *L = Receive.Site ? U.get<LoopFacts>().repeating(C, Receive.Site) : nullptr;
  if (!L || L->Turns != Trips::Open || L->Exits.empty())
    return nullptr;
  bool Only = LoopFacts::leftOnly(*L, [&](const Guard &G) { return tells(C, Receive, G, false); });
  return Only ? L : nullptr;
}

ChannelUse::ChannelUse(Unit &U) : U(U) {}

template std::shared_ptr<void> makeFacts<ChannelUse>(Unit &);

} // namespace heddle

#include "Blocking.h"
#include "ConstantDuration.h"
#include "EventIndex.h"
#include "Mentions.h"
#include "Order.h"
#include "StopWaits.h"
#include "Uses.h"

#include "clang/AST/ASTContext.h"
#include "clang/Lex/Lexer.h"

using namespace clang;

namespace heddle {

/// `std::getline(std::cin, line)`
static bool readsStandardInput(const CallExpr *Call) {
  const FunctionDecl *F = Call->getDirectCallee();
  const auto *DR = F && Call->getNumArgs() ? dyn_cast<DeclRefExpr>(Call->getArg(0)->IgnoreParenImpCasts()) : nullptr;
  return DR && F->isInStdNamespace() && F->getIdentifier() && F->getName() == "getline" &&
         DR->getDecl()->isInStdNamespace() && DR->getDecl()->getName() == "cin";
}

/// Returns true for functions of the system that fill what a parameter points to: `read`, `recv`, `accept`, but not
/// `write`, `send`, nor `pread`, which reads from a place of a file.
static bool fills(const FunctionDecl *F, bool File) {
  if (!F || !F->isExternC() || (File && F->getNumParams() > 3) || F->getNumParams() < 2 ||
      !F->getParamDecl(0)->getType()->isIntegerType())
    return false;
  for (const ParmVarDecl *P : F->parameters())
    if (P->getType()->isPointerType())
      return !P->getType()->getPointeeType().isConstQualified();
    else if (const auto *Any = P->getType()->getAsUnionType(); Any && P->getFunctionScopeIndex() == 1)
      return true; // glibc's transparent union of socket addresses
  return false;
}

/// The event of a call that waits for input without a bound; null for any other.
const Event *StopWaits::inputOf(Code &C, const CallExpr *Call) {
  if (readsStandardInput(Call)) {
    Made.emplace_back();
    Made.back().Kind = Op::Block;
    Made.back().Site = Call;
    Made.back().Callee = Call->getDirectCallee();
    return &Made.back();
  }
  for (unsigned I : C.at(Call)) {
    const Event &E = C.Events[I];
    if (E.Kind != Op::Block || E.may(Fact::Timed) || !E.Object.valid())
      continue;
    WaitFor For = U.get<Blocking>().waits(C, E);
    bool File = For == WaitFor::File;
    if ((File || For == WaitFor::Outside) && fills(Call->getDirectCallee(), File))
      return &E;
  }
  return nullptr;
}

/// Returns true if the descriptor is that of a timer: reads from it end by themselves.
bool StopWaits::isTimer(const Place &Descriptor) {
  const ValueDecl *D = Descriptor.valid() ? Descriptor.last() : nullptr;
  return D && llvm::any_of(U.get<EventIndex>().about(D), [](const IndexedEvent &X) { return X.What->Kind == Op::Arm; });
}

/// Returns true if the call takes a timeout, by the name or type of a parameter.
static bool takesTimeout(const CallExpr *Call) {
  const FunctionDecl *F = Call->getDirectCallee();
  return F && llvm::any_of(F->parameters(), [](const ParmVarDecl *P) {
           return P->getName().contains_insensitive("timeout") || isTime(P->getType());
         });
}

/// Returns true if the loop, or what stands between it and the call, waits for input with a timeout.
bool StopWaits::timesOut(const StopWait &W) {
  auto TimesOut = [&](const Stmt *S) {
    return anyOf<CallExpr>(S, Walk::NoLambdas, [&](const CallExpr *Call) {
      const FunctionDecl *F = U.visible(Call->getDirectCallee());
      return Call != W.What->Site &&
             (takesTimeout(Call) || (F && anyOf<CallExpr>(F->getBody(), Walk::NoLambdas, takesTimeout)));
    });
  };
  return TimesOut(W.Around->Statement) || llvm::any_of(W.Through, [&](const CallEdge &X) {
           return X.Callee && X.Callee->getBody() && TimesOut(X.Callee->getBody());
         });
}

/// Where the unit sets timeouts: on which variable or member, null where that is not known.
const std::vector<const ValueDecl *> &StopWaits::timeouts() {
  if (Timeouts)
    return *Timeouts;
  Timeouts.emplace();
  for (const FunctionDecl *F : U.Functions) {
    Code *C = U.code(F);
    if (!C)
      continue;
    forEach<Expr>(C->Fn->getBody(), Walk::NoLambdas, [&](const Expr *E) {
      if (!isa<IntegerLiteral, DeclRefExpr>(E) || !E->getBeginLoc().isMacroID())
        return;
      StringRef Name = Lexer::getImmediateMacroName(E->getBeginLoc(), U.Ctx.getSourceManager(), U.Ctx.getLangOpts());
      if (!Name.contains("RCVTIMEO") && Name != "VTIME" && Name != "VMIN")
        return;
      const auto *Call = dyn_cast_or_null<CallExpr>(C->user(E)); // `setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, …)`
      auto P = Call && Call->getNumArgs() ? C->place(Call->getArg(0)) : std::nullopt;
      Timeouts->push_back(P && !P->Element ? P->last() : nullptr);
    });
  }
  return *Timeouts;
}

/// Returns true if the descriptor may have been given a timeout.
bool StopWaits::hasTimeout(const ValueDecl *Descriptor) {
  auto Names = [&](const ValueDecl *D) { return U.get<StopRequests>().names(D); };
  return llvm::any_of(timeouts(), [&](const ValueDecl *D) {
    if (!D || !Descriptor)
      return true;
    auto Mine = Names(Descriptor);
    auto Other = Names(D);
    return llvm::any_of(Other, [&](const ValueDecl *X) { return llvm::is_contained(Mine, X); }) ||
           (isa<ParmVarDecl>(D) && Other.size() < 2); // whatever callers give
  });
}

std::vector<StopWait> StopWaits::input(Code &C) {
  std::vector<StopWait> Out;
  forEach<CallExpr>(C.Fn->getBody(), Walk::NoLambdas, [&](const CallExpr *Call) {
    const Event *E = inputOf(C, Call);
    if (!E || isTimer(E->Object) || afterStop(C, Call))
      return;
    StopWait W;
    W.In = &C;
    W.What = E;
    W.Object = E->Object;
    if (find(W, C, Call, 0) && W.Around && !timesOut(W) && !hasTimeout(W.Object.valid() ? W.Object.last() : nullptr))
      Out.push_back(std::move(W));
  });
  return Out;
}

/// Returns true if the body, or each that calls it, waits for tasks before the statement.
static bool afterJoin(Unit &U, Code &C, const Stmt *S, unsigned Depth = 0) {
  for (const Event &E : C.Events)
    if (E.Site && E.Site != S && U.get<Calls>().witness(C, E, Effect::Joins) && U.get<Order>().reaches(C, E.Site, S) &&
        !U.get<Order>().reaches(C, S, E.Site))
      return true;
  auto Callers = U.get<Calls>().callers(C.Fn);
  return Depth < 2 && !Callers.empty() &&
         llvm::all_of(
             Callers,
             [&](const CallEdge &X) {
               Code *In = X.In && !X.Task ? U.code(X.In->Fn) : nullptr;
               return In && afterJoin(U, *In, X.Site, Depth + 1);
             });
}

/// Returns true if the event gives a descriptor back to the system: on Linux a call that waits for it goes on waiting.
static bool onlyCloses(const IndexedEvent &X) {
  return X.What->Kind == Op::Close && llvm::any_of(X.In->at(X.What->Site), [&](unsigned I) {
           const Event &E = X.In->Events[I];
           return E.Kind == Op::Reset && E.Model && E.Object == X.What->Object;
         });
}

/// Returns true if the side that requests the stop may end the call by a signal to the thread, or by a connection of
/// its own.
bool StopWaits::mayInterrupt(const StopWait &W, llvm::ArrayRef<const Code *> Own) {
  auto Interrupts = [&](const Code &C, const CallExpr *Call) {
    const FunctionDecl *F = Call->getDirectCallee();
    if (!F || !F->isExternC() || U.visible(F))
      return false;
    auto Does = [&](Op O) { return llvm::any_of(C.at(Call), [&](unsigned I) { return C.Events[I].Kind == O; }); };
    bool OfThread = F->getNumParams() && U.role(F->getParamDecl(0)->getType()) == Role::Thread;
    return OfThread ? !Does(Op::Join) && !Does(Op::Spawn) : Does(Op::Block);
  };
  return llvm::any_of(requests(W), [&](const StopRequest &R) {
    return llvm::any_of(U.get<StopRequests>().around(R), [&](const Code *C) {
      return !llvm::is_contained(Own, C) &&
             anyOf<CallExpr>(C->Fn->getBody(), Walk::NoLambdas, [&](const CallExpr *X) { return Interrupts(*C, X); });
    });
  });
}

bool StopWaits::isEndedFromOutside(const StopWait &W) {
  const ValueDecl *D = W.Object.valid() ? W.Object.last() : nullptr;
  if (!D)
    return W.Object.valid();
  auto Names = U.get<StopRequests>().names(D);
  const auto *P = dyn_cast<ParmVarDecl>(D);
  if (P && Names.size() < 2)
    return true; // the caller's
  std::vector<const Code *> Own = U.get<Calls>().behind(W.AsksIn->Fn);
  bool Closed = false;
  for (const ValueDecl *N : Names) {
    const auto *F = dyn_cast<FieldDecl>(N);
    if (F && !U.seesAllUses(F) && F->getAccess() != AS_private && F->getAccess() != AS_none)
      return true;
    for (const IndexedEvent &X : U.get<EventIndex>().about(N)) {
      bool Ends = X.What->Kind == Op::Close || X.What->Kind == Op::Cancel || X.What->Kind == Op::Move ||
                  (X.What->Kind == Op::Block && X.What->Site != W.What->Site);
      if (Ends && !llvm::is_contained(Own, X.In) && !afterJoin(U, *X.In, X.What->Site)) {
        if (!onlyCloses(X))
          return true;
        Closed = true;
      }
    }
  }
  return Closed && mayInterrupt(W, Own);
}

} // namespace heddle

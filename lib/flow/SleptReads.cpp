#include "SleptReads.h"
#include "AtomicUse.h"
#include "Durations.h"
#include "Mentions.h"
#include "Order.h"

#include "clang/AST/DeclCXX.h"

using namespace clang;

namespace heddle {

namespace {

class Finder {
public:
  Finder(Unit &U, Code &C) : U(U), C(C), O(U.get<Order>()) {}

  std::optional<SleptRead> behind(const Event &Sleep) {
    bool Started = llvm::any_of(C.Events, [&](const Event &E) {
      return E.Site && E.Site != Sleep.Site && O.reaches(C, E.Site, Sleep.Site) &&
             U.get<Calls>().witness(C, E, Effect::Spawns);
    });
    std::optional<SleptRead> First;
    for (const ValueDecl *D : U.get<SharedState>().named()) {
      const auto &All = U.get<SharedState>().of(D);
      llvm::SmallVector<std::pair<const SharedAccess *, const Expr *>, 4> Reads;
      for (const SharedAccess &X : All)
        for (const Expr *Read : readsHere(X))
          Reads.push_back({&X, Read});
      // Asked again and again, it is waited for.
      if (llvm::any_of(Reads, [&](const auto &X) {
            return O.reaches(C, Sleep.Site, X.second) && O.reaches(C, X.second, X.second);
          }))
        continue;
      for (auto [X, Read] : Reads) {
        if (!putOff(Sleep.Site, Read) || (First && !O.reaches(C, Read, First->Read)))
          continue;
        if (auto Found = stored(D, All, *X, Read, Started, isLong(Sleep))) {
          Found->Sleep = cast<Expr>(Sleep.Site);
          Found->Inner = ofOwnHelper(Sleep);
          Found->Read = Read;
          First = Found;
        }
      }
    }
    return First;
  }

  /// Returns true if the event does nothing but sleep, for a time that is known, and only once.
  bool sleeps(const Event &E) {
    if (!isa_and_nonnull<Expr>(E.Site) || O.reaches(C, E.Site, E.Site))
      return false;
    if (E.Kind == Op::Sleep)
      return U.get<Durations>().of(C, E).has_value();
    const FunctionDecl *F = E.Kind == Op::Call ? U.visible(E.Callee) : nullptr;
    const Code *Helper = F && F != C.Fn ? U.code(F) : nullptr;
    return Helper && Helper->Events.size() == 1 && Helper->Events.front().Kind == Op::Sleep &&
           U.get<Durations>().of(*Helper, Helper->Events.front());
  }

private:
  /// Where the body itself reads it: the access, or calls of a function that returns it.
  llvm::SmallVector<const Expr *, 2> readsHere(const SharedAccess &X) {
    llvm::SmallVector<const Expr *, 2> Here;
    if (!X.As->is(Use::Read | Use::Ask) || X.As->is(Use::Stores) || !X.As->Mention)
      return Here;
    if (X.In == &C)
      Here.push_back(X.As->Mention);
    else if (onlyReturned(X.In->Fn, X.Locks.empty() ? 1 : 2)) // `std::lock_guard lock(mutex_); return socket_;`
      for (const CallEdge &Call : U.get<Calls>().callers(X.In->Fn))
        if (Call.In == &C && !Call.Task)
          Here.push_back(Call.Site);
    return Here;
  }

  const Expr *ofOwnHelper(const Event &Sleep) {
    const FunctionDecl *F = Sleep.Kind == Op::Call ? U.visible(Sleep.Callee) : nullptr;
    const Code *Helper = F ? U.code(F) : nullptr;
    const auto *M = dyn_cast_or_null<CXXMethodDecl>(F);
    bool Own = F && (M ? M->getAccess() == AS_private : F->getFormalLinkage() == Linkage::Internal);
    bool Once = Own && U.get<Calls>().callers(F).size() == 1;
    return Once && Helper ? dyn_cast_or_null<Expr>(Helper->Events.front().Site) : nullptr;
  }

  /// Returns true if the sleep is longer than one that only lets others run.
  bool isLong(const Event &Sleep) {
    const FunctionDecl *F = Sleep.Kind == Op::Call ? U.visible(Sleep.Callee) : nullptr;
    const Code *In = F ? U.code(F) : &C;
    auto Lasts = In ? U.get<Durations>().of(*In, F ? In->Events.front() : Sleep) : std::nullopt;
    return Lasts && Lasts->Exact && Lasts->Time >= std::chrono::seconds(1);
  }

  bool putOff(const Stmt *Sleep, const Expr *Read) {
    if (!O.reaches(C, Sleep, Read) || O.reaches(C, Read, Sleep))
      return false;
    return llvm::none_of(C.Events, [&](const Event &E) {
      return E.Site && E.Site != Sleep && E.Site != Read && O.reaches(C, Sleep, E.Site) && O.reaches(C, E.Site, Read) &&
             U.get<Calls>().witness(C, E, Effect::Waits);
    });
  }

  /// Returns true if it may get another value here: by a store of an atomic, too.
  bool stores(const SharedAccess &X) {
    return X.As->is(Use::Stores | Use::Address) ||
           (X.As->is(Use::Mutate) && (U.role(X.As->Mention->getType()) != Role::Atomic || storedWhole(X)));
  }
  static bool inMacro(const Expr *E) { return E->getExprLoc().isMacroID(); }
  bool storedWhole(const SharedAccess &X) { return U.get<AtomicUse>().stored(X) != nullptr; }

  /// The thread that runs the access once.
  const ThreadBody *onceBy(const SharedAccess &X) {
    if (O.reaches(*X.In, X.Site, X.Site))
      return nullptr;
    for (const ThreadBody *T : U.get<Threads>().on(X.In->Fn)) {
      bool Once = !T->Of->AtOnce && T->Of->Start.In;
      for (const ThreadBody *B = T; B->Caller; B = B->Caller)
        Once &= !O.reaches(*B->Caller->C, B->Step.Site, B->Step.Site);
      if (Once)
        return T;
    }
    return nullptr;
  }

  /// Where one thread alone stores what \p Read reads, while it may be running.
  std::optional<SleptRead> stored(const ValueDecl *D, const std::vector<SharedAccess> &All, const SharedAccess &Read,
                                  const Expr *ReadHere, bool Started, bool Long) {
    bool Atomic = U.role(D->getType()) == Role::Atomic;
    auto P = Read.In->place(Read.As->Mention);
    if (!P)
      return std::nullopt;
    SleptRead Found;
    Found.Of = D;
    for (const SharedAccess &X : All) {
      bool Reset = X.Construction || U.get<Threads>().beforeStart(*X.In, X.Site);
      if (!stores(X) || Reset)
        continue;
      const ThreadBody *By = X.As->Mention ? onceBy(X) : nullptr;
      auto At = By ? X.In->place(X.As->Mention) : std::nullopt;
      auto Meets = At ? U.get<Threads>().meeting({Read.In, Read.Site, *P}, {X.In, X.Site, *At}) : std::nullopt;
      if (!Meets || Meets->First)
        return std::nullopt;
      // A count of several threads is no result; nor is one what an assertion may expect not to be there yet.
      if ((Found.Thread && Found.Thread->Of != By->Of) || (Atomic && (!storedWhole(X) || inMacro(ReadHere))))
        return std::nullopt;
      // Under a lock, a state may be asked for that need not have come.
      bool Locked = !Atomic && (!X.Locks.empty() || !Read.Locks.empty());
      if ((Locked && !Long) || (!Started && (Atomic || !isa<CXXConstructorDecl>(By->Of->Start.In->Fn))))
        return std::nullopt;
      Found.Store = &X;
      Found.Thread = By;
    }
    return Found.Store ? std::optional(Found) : std::nullopt;
  }

  Unit &U;
  Code &C;
  Order &O;
};

} // namespace

std::vector<SleptRead> sleptReads(Unit &U, Code &C) {
  std::vector<SleptRead> Found;
  if (U.get<Threads>().entries().empty() || !U.get<Threads>().on(C.Fn).empty())
    return Found;
  Finder Find(U, C);
  for (const Event &E : C.Events)
    if (Find.sleeps(E))
      if (auto X = Find.behind(E))
        Found.push_back(*X);
  return Found;
}

} // namespace heddle

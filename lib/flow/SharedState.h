// Where the code of a unit touches a variable or member, under which locks, and what its loops ask of one.
#pragma once

#include "HeldLocks.h"
#include "LoopFacts.h"
#include "Threads.h"
#include "Uses.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SetVector.h"

namespace heddle {

/// One use of a variable, or of a member of any object.
struct SharedAccess {
  const Use *As = nullptr;
  Code *In = nullptr;
  const clang::Stmt *Site = nullptr; ///< in In
  /// The variables and members that are the locks which are surely held, by this body or by all its callers that are
  /// seen. Objects are not told apart; of callers, a mutex that is their own local is none.
  llvm::SmallVector<const clang::ValueDecl *, 2> Locks;
  bool Ordered = false; ///< a lock that has no name here may be held, too
  /// Of the object that is being constructed, or that the body has made and given to nobody yet.
  bool Construction = false;

  /// The function in which it stands; for one in a lambda, that around the lambda.
  const clang::FunctionDecl *function() const { return As->Body ? As->Body : In->Fn; }
};

/// A part of a loop's condition, or of that of one of its exits, that asks a variable or member for its value.
struct AskedFlag {
  const clang::ValueDecl *Flag = nullptr;
  Place Named;                            ///< as the body of the loop names it
  const clang::Expr *Condition = nullptr; ///< in the body of the loop
  const clang::Expr *Mention = nullptr;   ///< in In
  Code *In = nullptr;                     ///< the body of the loop, or the function that returns the value
  std::optional<std::int64_t> Compared;   ///< the constant that it is compared with; zero for a truth value
  bool Sole = false;                      ///< it is the whole condition of the loop, but for a `!`
  bool Equality = false;                  ///< it is compared with Compared, for being the same or not
  bool EndsWhenEqual = false;             ///< and leaves the loop when it is (when it is not)

  /// Returns true if the loop is left, as far as this part is concerned, once the flag has that value; with no value:
  /// if it may be.
  bool endsAt(std::optional<std::int64_t> Value) const {
    return !Equality || !Value || (*Value == *Compared) == EndsWhenEqual;
  }
};

/// Answers for one unit, kept. Not thread-safe (`U.get<SharedState>()`).
class SharedState {
public:
  explicit SharedState(Unit &U);

  /// The members and the variables with static storage that the bodies of the unit name, and the locals that lambdas in
  /// them refer to; in the order of their first mention.
  llvm::ArrayRef<const clang::ValueDecl *> named();
  /// What all bodies of the unit do with it, in their order; captures by lambdas are not among it.
  const std::vector<SharedAccess> &of(const clang::ValueDecl *D);
  /// The locks of SharedAccess at a statement of a body.
  llvm::SmallVector<const clang::ValueDecl *, 2> locks(Code &C, const clang::Stmt *S);
  /// Returns true if the body is entered with a lock that its callers hold and that has no name here.
  bool ordered(Code &C, const clang::Stmt *S);
  static bool commonLock(llvm::ArrayRef<const clang::ValueDecl *> A, llvm::ArrayRef<const clang::ValueDecl *> B) {
    return llvm::any_of(A, [&](const clang::ValueDecl *X) { return llvm::is_contained(B, X); });
  }
  /// What decides over the end of a loop, behind functions that only return the value, too.
  llvm::SmallVector<AskedFlag, 2> asked(Code &C, const Loop &L);

  /// Returns true if something that wakes a waiter follows the access, and every iteration of the loop may wait for
  /// that: a permit, an item, a notification.
  bool signals(const SharedAccess &X, const Code &C, const Loop &L);
  /// Returns true if an iteration of the loop does nothing but sleep or yield.
  bool onlySleeps(const Code &C, const Loop &L);

  /// Returns true if a turn of the loop does nothing at all, or only calls functions that take and yield nothing and do
  /// no operation: yield, pause.
  bool idle(const Code &C, const Loop &L);
  /// Returns true if the loop's condition changes something: a claim, an increment.
  bool changed(const Code &C, const Loop &L);

private:
  llvm::SmallVector<const clang::ValueDecl *, 2> atEntry(Code &C, unsigned Depth);
  void ask(Code &C, const clang::Expr *E, bool Ends, llvm::SmallVectorImpl<AskedFlag> &Out);
  std::optional<AskedFlag> flag(Code &C, const clang::Expr *E);
  std::optional<AskedFlag> behindGetter(Code &C, const clang::Expr *E,
                                        llvm::function_ref<std::optional<AskedFlag>(Code &, const clang::Expr *)> Ask);

  static constexpr unsigned MaxGetters = 4; ///< that call one another

  Unit &U;
  unsigned Getters = 0;
  llvm::SetVector<const clang::ValueDecl *> Named;
  bool NamedKnown = false;
  llvm::DenseMap<const clang::ValueDecl *, std::vector<SharedAccess>> Known;
  llvm::DenseMap<const clang::FunctionDecl *, llvm::SmallVector<const clang::ValueDecl *, 2>> Entry;
};

} // namespace heddle

// What is known of conditions on a path.
#pragma once

#include "Code.h"

#include "llvm/ADT/FoldingSet.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Allocator.h"

#include <map>

namespace heddle {

/// "The value with this key equals (or does not equal) this constant."
struct BranchFact {
  unsigned Key;
  std::int64_t Value;
  bool Equal;
  bool operator==(const BranchFact &O) const { return Key == O.Key && Value == O.Value && Equal == O.Equal; }
  bool operator<(const BranchFact &O) const { return std::tie(Key, Value, Equal) < std::tie(O.Key, O.Value, O.Equal); }
};

/// The facts of one path: a sorted vector. Copying is cheap for the handful that a function has.
class FactSet {
public:
  /// Adds a fact. False: it contradicts what is known: the path is infeasible.
  bool add(BranchFact F);
  /// The constants with which a body compares the value of a key.
  using Constants = llvm::function_ref<llvm::ArrayRef<std::int64_t>(unsigned Key)>;
  /// Keeps what both know. Where they know two different constants it is neither of the others.
  void intersect(const FactSet &O, Constants Compared);
  void removeIf(llvm::function_ref<bool(unsigned Key)> Dead);
  /// The constant that the key is known to equal, or (second) known to differ from zero.
  std::optional<BranchFact> about(unsigned Key) const;
  llvm::ArrayRef<BranchFact> all() const { return Facts; }
  bool operator==(const FactSet &O) const { return Facts == O.Facts; }

private:
  llvm::SmallVector<BranchFact, 4> Facts;
};

/// Gives keys to the conditions of one body: the same condition has the same key, whether it stands in an `if`, was
/// kept in a variable first, or is negated.
class FactKeys {
public:
  explicit FactKeys(const Code &C) : C(C) {}

  /// The fact that holds when \p Condition is \p Truth; none when nothing can be remembered of it.
  std::optional<BranchFact> fact(const clang::Expr *Condition, bool Truth);
  /// The fact that the result of this very call has the value: what forked when the call was made.
  BranchFact result(const clang::Expr *Call, bool Truth);
  BranchFact resultEquals(const clang::Expr *Call, BranchFact Like);
  /// The key of `switch (E)`; none when E may change by itself.
  std::optional<unsigned> key(const clang::Expr *E);
  /// Adds what an assignment or initialisation with a constant implies.
  std::optional<BranchFact> assigned(const clang::Expr *Left, const clang::Expr *Value);
  std::optional<BranchFact> initialised(const clang::VarDecl *V);
  /// What is known of a parameter that is given this argument.
  std::optional<BranchFact> given(const clang::ParmVarDecl *P, const clang::Expr *Argument) {
    return assigned(mention(P), Argument);
  }
  /// The fact that a boolean variable has this value.
  std::optional<BranchFact> variable(const clang::VarDecl *V, bool Value);

  /// What `x < 3` and its like come to when the facts know x; none when they do not.
  std::optional<bool> decided(const clang::Expr *Condition, const FactSet &Known);
  /// The fact that a guard holds its lock: what owns_lock() or `if (guard)` ask.
  BranchFact holds(const clang::VarDecl *Guard, bool Truth);

  /// The constants with which conditions of the body compare the value; none where there are fewer than three.
  llvm::ArrayRef<std::int64_t> constants(unsigned Key);

  /// Which facts die when this declaration is written.
  bool mentions(unsigned Key, const clang::ValueDecl *V) const;
  /// Which facts die when code runs that is not visible: of members, globals, exposed locals.
  bool volatileToCalls(unsigned Key) const { return Info[Key].Volatile; }

  /// The value that the key stands for; null where it stands for a result, or for the state of an object.
  const clang::Expr *value(unsigned Key) const { return Info[Key].Value; }

private:
  struct KeyInfo {
    const clang::Expr *Value = nullptr;
    llvm::SmallVector<const clang::ValueDecl *, 2> Mentions;
    bool Volatile = false;
  };
  unsigned keyFor(const llvm::FoldingSetNodeID &ID, const clang::Expr *E);
  void collect(const clang::Stmt *S, KeyInfo &K) const;
  const clang::Expr *mention(const clang::VarDecl *V);

  const Code &C;
  std::map<std::vector<unsigned>, unsigned> Keys;
  llvm::DenseMap<const clang::Expr *, unsigned> CallKeys;
  llvm::DenseMap<const clang::VarDecl *, const clang::Expr *> Mentions;
  llvm::BumpPtrAllocator Words;
  std::vector<KeyInfo> Info;
  std::map<unsigned, std::vector<std::int64_t>> Compared; ///< by key
  bool ComparedKnown = false;
};

} // namespace heddle

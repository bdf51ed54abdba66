// The inside of Accesses, for Access*.cpp alone: walks bodies and what they call, and translates names.
//   AccessWalk.cpp    statements, expressions and calls
//   AccessPlaces.cpp  what a place is called by the one who asked, and which element it is
//   AccessOrder.cpp   what may order an access among others
#pragma once

#include "Accesses.h"
#include "BranchFacts.h"
#include "LibraryCode.h"
#include "Unwrap.h"

namespace heddle {

using namespace clang;

/// A body on the way from the one who asked to an access, and how its names translate.
struct AccessFrame {
  struct Argument {
    Place Object; ///< in the names of the one who asked
    bool OwnElement = false;
  };
  Code *C = nullptr;
  const AccessFrame *Caller = nullptr; ///< null: the body or the task that was asked about
  const AccessFrame *Around = nullptr; ///< of a lambda: the body in which it is written
  const LambdaExpr *Lambda = nullptr;
  const Stmt *CallSite = nullptr; ///< in Caller
  bool Asker = false;             ///< its names are those of the one who asked
  std::optional<Place> This;      ///< in the names of the one who asked
  bool ThisOwnElement = false;    ///< and an element that differs from task to task
  std::optional<Place> Lock;      ///< held by the caller for as long as the callable runs, in the same names
  llvm::DenseMap<const ValueDecl *, Argument> Arguments;
  llvm::DenseMap<const FieldDecl *, Argument> Fields; ///< of a function object: what its members lead to
  llvm::DenseMap<const ValueDecl *, Place> Views; ///< what the views among the arguments lead into, in the same names
  std::unique_ptr<FactKeys> Keys;
  FactSet Known; ///< of parameters that are given a constant here
  unsigned Depth = 0;

  /// The body was called with this argument.
  void given(const ParmVarDecl *P, const Expr *Argument) {
    if (C->isModified(P) || C->isExposed(P))
      return;
    if (!Keys)
      Keys = std::make_unique<FactKeys>(*C);
    if (auto F = Keys->given(P, unwrap(Argument)))
      Known.add(*F);
  }
  /// The value that a condition then has whenever it is asked.
  std::optional<bool> decided(const Expr *Condition) const {
    for (bool Truth : {true, false})
      if (auto F = Keys && Condition ? Keys->fact(Condition, Truth) : std::nullopt; F && !FactSet(Known).add(*F))
        return !Truth;
    return std::nullopt;
  }
};

/// Returns true if several threads may use an object of this type at once.
bool isSynchronised(Unit &U, QualType T);
/// Returns true if the class offers the same member for const objects: calling it only hands out access.
bool hasConstOverload(const CXXMethodDecl *M);
/// Returns true if the expression dereferences the variable or member that it starts from.
bool dereferences(const Expr *E);

class AccessWalk {
public:
  AccessWalk(Unit &U, std::deque<AccessFrame> &Frames, std::vector<Access> &Out) : U(U), Frames(Frames), Out(Out) {}

  void body(const AccessFrame &In);

  /// The place as the one who asked names it; none for what is the body's own.
  static std::optional<Place> translate(const AccessFrame &F, const Place &P, bool Through, bool *OwnElement = nullptr);

  /// The object that a member of a local leads to for as long as it lives: two objects may have been given the same
  /// one.
  static Place known(Unit &U, Place P);

private:
  Unit &U;
  std::deque<AccessFrame> &Frames;
  std::vector<Access> &Out;
  const AccessFrame *F = nullptr;
  llvm::SmallVector<const FunctionDecl *, 6> Active;

  enum Mode { Name, Look, Value, Written };

  bool isSystem(SourceLocation L) const { return inLibrary(U, L); }

  void stmt(const Stmt *S);
  /// The branch that is never taken with the arguments that the body is given, or null.
  const Stmt *untaken(const IfStmt *If) const;
  /// Returns true if it is an `if` whose condition is known and whose taken branch ends with `return`.
  bool surelyReturns(const Stmt *S) const;

  /// How an element is chosen.
  struct Choice {
    bool Explicit = false; ///< by an index, or as the first or last one
    bool Own = false;      ///< by something that the body has for itself
  };
  /// Returns true if an index on the path to the element mentions something that the body has for itself.
  bool ownIndex(const Expr *E) const {
    Choice By = choice(E);
    return By.Own || !By.Explicit;
  }
  /// What a local name stands for that the body itself gave to a part: `auto &o = parts[i]`,
  /// `for (auto &x : parts[i])`; or null.
  const Expr *behindName(const Expr *E) const;
  Choice choice(const Expr *E) const;
  /// Returns true if it is a bit of a vector<bool>: several of them share a byte.
  bool isPacked(const Expr *E) const;
  bool mentionsOwn(const Stmt *S) const;

  void record(const Expr *E, const Place &Named, Mode M);

  /// The parts of a name that are read whatever happens to the named object: indices, and the pointers on the way.
  void onTheWay(const Expr *E, Mode Use = Written);
  /// A global container that was filled where it is defined: `names[level]` finds what is there.
  bool isTable(const Expr *E) const;
  /// What choosing an element does to its container: an operator that const objects lack may insert (map[key]).
  Mode structure(const CXXOperatorCallExpr *O) const;

  void captured(const LambdaExpr *L);
  void expr(const Expr *E, Mode M);

  static bool moves(const Expr *E);

  void arguments(const Expr *Site, const FunctionDecl *Fn, llvm::ArrayRef<const Expr *> Args);
  /// The buffer that a library function is given to write into: `in.read(block.data(), n)`, `recv(fd, chars, n, 0)`.
  const Expr *filled(QualType Param, const Expr *Arg) const;
  /// Returns true if the parameter of the template is a forwarding reference (`std::invoke(f, args...)`): it takes
  /// whatever it is given.
  static bool forwards(const FunctionDecl *Fn, unsigned I);
  /// operator<<, getline: the result is the first argument.
  bool isStream(const FunctionDecl *Fn) const;

  void call(const CallExpr *Call, Mode M);
  /// Returns true if the result is a pointer from which every element is reached: begin() of an array. (Through data(),
  /// usually one is.)
  static bool leadsToAll(const CXXMethodDecl *M, std::size_t Args) {
    return Args == 0 && M->getReturnType()->isPointerType() && M->getIdentifier() && M->getName() != "data";
  }
  /// The type of the object that a member is called on.
  static QualType meant(const Expr *Obj) {
    QualType T = Obj->IgnoreParenImpCasts()->getType();
    return T->isPointerType() ? T->getPointeeType() : T;
  }
  /// begin(), data(), get(): the result leads into the object and may be used for anything.
  static bool hands(const CXXMethodDecl *M) { return !M->isConst(); }

  void enter(const FunctionDecl *Def, const Stmt *Site, const LambdaExpr *L, const Expr *Obj,
             llvm::ArrayRef<const Expr *> Args, const Event *Locks = nullptr);
};

} // namespace heddle

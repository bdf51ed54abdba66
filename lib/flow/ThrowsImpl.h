// The inside of Throws, for Throws*.cpp alone.
//   Throws.cpp           answers, kept for each body
//   ThrowsWalk.cpp       one body: what is thrown, called and caught in it
//   ThrowsInput.cpp      whether a documented failure depends on what comes from outside
//   ThrowsCallables.cpp  what a call of a virtual function or of a function object may run
#pragma once

#include "Throws.h"

#include <map>

namespace heddle {

using namespace clang;

bool isNothrow(const FunctionDecl *F);

struct Throws::Impl {
  Unit &U;
  bool UnknownCalleesThrow;
  llvm::DenseMap<const FunctionDecl *, std::vector<Thrown>> Known;
  /// Answers that are not kept, and the length of the way that they looked at, until the first question is answered:
  /// bodies that call each other would else be walked once for each way between them.
  llvm::DenseMap<const FunctionDecl *, std::pair<unsigned, std::vector<Thrown>>> Partial;
  llvm::DenseSet<const FunctionDecl *> Asking;
  unsigned Depth = 0;
  bool Cut = false; ///< an answer on the way was incomplete: it is not kept

  /// What a parameter or member that holds a callable may run: what callers in this unit give it.
  llvm::DenseMap<const ValueDecl *, std::vector<const FunctionDecl *>> Runs;
  llvm::DenseMap<const FunctionDecl *, std::vector<const FunctionDecl *>> Overrides;
  bool Gathered = false;

  Impl(Unit &U, bool Unknown) : U(U), UnknownCalleesThrow(Unknown) {}

  // ---- who runs what ------------------------------------------------------------------------------------------------

  struct Gatherer;
  void gather();

  bool holdsFunction(QualType T);

  /// Where a local function object has been taken from: a container, a member, another local.
  const ValueDecl *keeper(const Code &C, const ValueDecl *D, unsigned Depth = 0);
  const ValueDecl *takenFrom(const Code &C, const Expr *E, unsigned Depth);

  /// The bodies that a call of this member runs: one, or every override that the object may have.
  llvm::SmallVector<const FunctionDecl *, 2> bodies(const FunctionDecl *Callee, bool Exact);

  // ---- one body -----------------------------------------------------------------------------------------------------

  /// Walks a body, in the order of the source, with the handlers that stand around each place.
  class Walk {
  public:
    Walk(Impl &I, const Code &C) : I(I), U(I.U), C(C) {}
    std::vector<Thrown> Out;
    std::vector<Thrown> Raised; ///< the same before any handler of this body has taken its share

    void body();

  private:
    Impl &I;
    Unit &U;
    const Code &C;
    std::vector<Thrown> *Caught = nullptr; ///< of the handler that is walked

    void add(Thrown T);
    void raise(Thrown T);

    void statement(const Stmt *S);

    void tried(const CXXTryStmt *T);

    void rethrown(const Stmt *At);

    void thrown(const CXXThrowExpr *E);

    /// `ASSERT(x)`, where the macro writes both the condition and the throw: a mistake of the programmer, not an error.
    bool isAssertion(const CXXThrowExpr *E) const;

    /// What the parameters of this body have to be, true or false, where the statement is reached.
    void addOnly(Thrown &T, const Stmt *At) const;
    /// Returns true if the call gives such a parameter a constant that is not so.
    bool isRuledOut(const Thrown &T, const Expr *Site) const;
    /// Returns true if the call gives all that decides, and constants that have it thrown.
    bool isSettled(const Thrown &T, const Expr *Site) const;

    /// `switch (mode) { case A: return …; case B: return …; } throw …`: all values of the enumeration have left.
    bool isBehindAllValues(const Stmt *S) const;

    /// `if (pthread_mutex_lock(&m) != 0) throw …`: locks that cannot be acquired and threads that cannot be created do
    /// not count. Neither do assertions, whose macro holds both the test and the throw.
    bool saysThatAPrimitiveFailed(const CXXThrowExpr *E) const;
    bool comesFromPrimitive(const Stmt *S, unsigned Depth = 0) const;

    std::string name(QualType T) const;

    void documented(const Expr *Call, const FunctionDecl *F, llvm::ArrayRef<llvm::StringRef> Names);

    static std::string calleeName(const FunctionDecl *F);

    void follow(const Expr *Site, const FunctionDecl *Callee, bool Exact, bool Kept = false);

    void called(const Expr *E);

    /// Tells in the names of this body what decides whether a callee throws. False: only constants, which the author
    /// knows to be right.
    bool decidedHere(Thrown &X, const Expr *Site) const;

    /// The argument that a call gives for a parameter of its callee.
    static const Expr *argument(const Expr *Site, const ParmVarDecl *P);

    void functionObject(const Expr *E, const Event &Ev);

  public:
    static const Expr *behindMove(const Expr *E);

  private:
    // ---- is it certain to be right? ----

    /// Returns true if the documented failure depends on something that this code has not made or tested itself.
    bool isOutsideInput(const Expr *E, const FunctionDecl *F, const Expr *Obj);

    bool constructedFromOutside(const CXXConstructExpr *E);

    static bool isSum(QualType T);

    bool isConstant(const Expr *E) const;

    /// An index or key that was neither counted up to a bound nor is a constant.
    bool unchecked(const Expr *Index) const;
    bool unchecked(const Code &In, const Expr *Index, unsigned Depth) const;
    /// Returns true if all callers that are seen give a parameter a constant, or what they have compared.
    bool checkedByCallers(const Code &In, const ValueDecl *D, unsigned Depth) const;

    static bool comparedOrCounted(const Code &In, const ValueDecl *D);

    /// Returns true if this body tests or fills the object other than by the call that throws.
    bool looksInto(const Expr *Obj) const;

    /// A future throws what its task threw: one that is visible has to throw, and of an unknown one only a value is
    /// treated as work of others that may fail - a future<void> is mostly a signal.
    bool futureFails(const Expr *Future);
  };

  /// The type of what a future or a promise carries.
  static QualType valueOf(QualType T);

  /// Returns true if this unit makes its futures of such a value by promises to which it never gives anything but
  /// values.
  bool holdsOnlyValues(QualType Value);
  llvm::DenseMap<const void *, bool> OnlyValues;

  /// What is thrown in the end, where it is what a parameter of \p F throws: \p Arg, written in \p C, decides.
  std::vector<Thrown> given(const Thrown &T, const FunctionDecl *F, const Code &C, const Expr *Arg);
  void append(std::vector<Thrown> &Out, const Thrown &T, const FunctionDecl *Body);
  /// Replaces what a parameter throws by what the callers in this unit give it.
  void resolve(std::vector<Thrown> &All);

  llvm::ArrayRef<Thrown> ask(const FunctionDecl *F);
  std::map<const FunctionDecl *, std::vector<Thrown>> Raised;
};

} // namespace heddle

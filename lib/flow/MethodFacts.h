// What a member function does to the fields of its object, without paths.
#pragma once

#include "Code.h"

namespace heddle {

/// What one member function does to the fields of its object, on some path. Members that it calls on the same object
/// count as part of it, to a depth of two; the bodies of lambdas do not, but for the predicates of waits. A field
/// behind a smart pointer that the object holds counts as its own.
struct MethodFacts {
  using Fields = llvm::DenseSet<const clang::FieldDecl *>;

  const clang::CXXMethodDecl *M = nullptr;
  Fields WaitsOn;  ///< conditions that it waits on
  Fields Notifies; ///< conditions or atomics that it wakes
  Fields Inserts, Extracts;
  llvm::DenseMap<const clang::FieldDecl *, const clang::Expr *> SetsTrue; ///< set to a constant that is not zero
  Fields SetsFalse;
  Fields Raises, Lowers;  ///< counters
  Fields StoresParameter; ///< takes over (part of) an argument
  Fields Tests;           ///< read in a condition
  Fields Refuses;         ///< read in a condition of which one side throws or ends the program
  Fields WaitTests;       ///< read in the condition of a wait: its predicate or loop
  bool Timed = false;     ///< a wait of it gives up after a time
  bool Claims = false;
  bool TakesPermit = false, GivesPermit = false; ///< of a semaphore, without giving up after a time
  Fields Joins;                                  ///< containers of handles: it waits for all tasks in there
  /// Counters that it changes by the value of the parameter with this index.
  llvm::DenseMap<const clang::FieldDecl *, unsigned> Shifts;
  bool StartsGiven = false;   ///< starts a task that runs a callable which it is given
  bool Spawns = false;        ///< starts a task of any kind
  bool Rethrows = false;      ///< throws an exception that was kept
  Fields Reads;               ///< containers and arrays of which it reads an element
  Fields Empties;             ///< optionals and pointers that it resets
  Fields Completes;           ///< set whenever it is called
  Fields MovesOut, Exchanges; ///< moved elsewhere; taken in exchange for another value
  Fields Locks;
  Fields Mentions;            ///< callables that it uses in some way
  bool RunsCallables = false; ///< calls something that is not a function known by name
  /// Operations on fields that play roles, with the field: itself, or the container of which an element is meant.
  std::vector<std::pair<const Event *, const clang::FieldDecl *>> FieldEvents;
};

/// Reads the body of \p M; nothing is known of one that is not visible. Not cached: while classes are being inferred
/// (see Inference) an answer may rest on guesses.
MethodFacts readMethod(Unit &U, const clang::CXXMethodDecl *M);

/// Reads a member of a class template that nothing instantiated: by the names of what its \p Pattern calls on which
/// field. \p M is the declaration in the instantiated class, whose fields are meant.
MethodFacts readPattern(Unit &U, const clang::CXXMethodDecl *M, const clang::FunctionDecl *Pattern);

/// Adds the fields that a condition mentions, and those that the members which it calls mention.
void fieldsIn(const Code &C, const clang::Stmt *S, MethodFacts::Fields &Out, unsigned Depth = 0);

/// Adds the fields that decide a predicate: a lambda, a member function whose address is given, a flag.
void predicateFields(const Code &C, const clang::Stmt *S, MethodFacts::Fields &Out);

/// The role of the task handle behind the elements of a container, which are such handles or classes around one; None
/// for other elements, and for no type.
Role taskHandleIn(Unit &U, clang::QualType Element);

/// Returns true if values of this type are std::function or the like, or containers of them.
bool holdsFunctions(Unit &U, clang::QualType T);

/// Returns true if a part of \p S names a parameter of any function.
bool mentionsParameter(const clang::Stmt *S);

/// Returns true if \p M does this whenever it is called. A loop over handles counts as such: it waits for all there
/// are.
bool isUnconditional(Unit &U, const Event &E, const clang::CXXMethodDecl *M);

} // namespace heddle

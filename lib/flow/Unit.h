// One translation unit: the caches that all checks share.
#pragma once

#include "Code.h"
#include "models/ModelSet.h"

#include "clang/AST/ASTContext.h"

namespace heddle {

class Concurrency;
class Throws;
class Unit;

/// Makes the facts of one kind. Instantiated in the file of the kind (MakeFacts.h): whoever asks for them need not
/// compile how they are made.
template <class Facts> std::shared_ptr<void> makeFacts(Unit &U);

/// Facts about one translation unit, computed on demand. Not thread-safe; belongs to the run over one AST.
class Unit {
public:
  Unit(clang::ASTContext &Ctx, std::shared_ptr<const ModelSet> Models);
  ~Unit();

  clang::ASTContext &Ctx;
  ModelCache Models;

  /// The facts of one kind, made when they are first asked for: `U.get<Uses>()`. \p Facts is made from a Unit.
  template <class Facts> Facts &get() {
    static const char Key = 0;
    std::shared_ptr<void> &Known = facts(&Key);
    if (!Known)
      Known = makeFacts<Facts>(*this);
    return *static_cast<Facts *>(Known.get());
  }

  /// All models of the run.
  const std::shared_ptr<const ModelSet> &set() const { return Set; }

  /// The functions that the user wrote and the run visits, each once, in source order.
  std::vector<const clang::FunctionDecl *> Functions;

  /// Its body, or null when there is none to see, or only the pattern of a template.
  Code *code(const clang::FunctionDecl *F);
  /// The definition of \p F if its body is visible and is user code; a template pattern has none, nor
  /// has a body that the compiler did not understand.
  const clang::FunctionDecl *visible(const clang::FunctionDecl *F) const;

  /// The model of a type: annotated, modelled, or inferred from its members' bodies; null for an ordinary type.
  const TypeModel *type(clang::QualType T);
  /// The model of the object that a place names, pointers looked through; null for an ordinary one.
  const TypeModel *type(const Place &P);
  /// The model of a class as inferred from its members' bodies; null: none, or modelled otherwise.
  const TypeModel *inferred(const clang::CXXRecordDecl *RD);
  /// What a call does, by the same sources.
  llvm::ArrayRef<Action> actions(const clang::FunctionDecl *F, const clang::CXXRecordDecl *StaticType,
                                 unsigned NumArgs);
  /// The role of the object that a value of this type leads to: pointers, references and smart pointers looked through.
  Role role(clang::QualType T);
  /// Returns true if a value of this type leads to another object: a pointer or a smart pointer.
  bool leads(clang::QualType T);
  /// The class that a smart pointer of this type leads to, or null.
  const clang::CXXRecordDecl *smartPointee(clang::QualType T);
  /// The type behind pointers, references and smart pointers.
  clang::QualType pointee(clang::QualType T);
  /// The element type of a container, or null.
  clang::QualType element(clang::QualType T);

  /// Returns true if a call of \p F, following visible callees, may perform the operation. Answers from the event lists
  /// alone, without paths. Recursion counts as no.
  bool reaches(const clang::FunctionDecl *F, Op O, bool OnlyBlocking);

  /// Returns true if this event may make its thread wait for another. A send does if its channel is bounded; one that
  /// is unbounded unless a limit is set blocks only if this unit sets one.
  bool blocks(const Event &E);
  /// Returns true if this call or construction may end with an exception that an author must expect: a visible throw, a
  /// documented one, or unknown user code; not bad_alloc, not the standard library's other failures.
  bool mayThrow(const clang::Expr *Call);
  /// The classes of the exceptions that a call of a modelled function is documented to throw on outside input; an empty
  /// string for "any class". Empty when it throws none, or is given an error code to report in.
  std::vector<llvm::StringRef> documentedThrows(const clang::FunctionDecl *F, const clang::CXXRecordDecl *StaticType,
                                                unsigned NumArgs);
  /// Only visible throws, with their paths.
  Throws &throws();
  /// Returns true if the field is assigned anywhere in this unit outside of constructors.
  bool writtenAfterConstruction(const clang::FieldDecl *F);
  /// The order of bodies and the tasks that they start.
  Concurrency &concurrency();
  /// The body of this run in which something happens at the statement, or null.
  Code *codeWith(const clang::Stmt *Site);
  /// Returns true if everything that can name this field is in this unit: a private member, whose class has all its
  /// bodies here.
  bool seesAllUses(const clang::FieldDecl *F) const;
  /// The class of the object that this expression leads to, or null.
  const clang::CXXRecordDecl *record(const clang::Expr *Obj);

private:
  std::shared_ptr<void> &facts(const void *Kind);

  std::shared_ptr<const ModelSet> Set;
  struct Impl;
  std::unique_ptr<Impl> I;
};

} // namespace heddle

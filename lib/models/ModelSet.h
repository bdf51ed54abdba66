// All models of a run, and the question "what does this declaration do?".
#pragma once

#include "Model.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <memory>

namespace clang {
class CXXRecordDecl;
class Decl;
class FunctionDecl;
class NamedDecl;
class QualType;
} // namespace clang

namespace heddle {

/// Parses one YAML model. The error names file, line, the offending word and the known ones.
llvm::Expected<LibraryModel> parseModel(llvm::StringRef Text, llvm::StringRef FileName);

/// The name under which models know a declaration: fully qualified, without inline namespaces and template
/// arguments ("std::promise", "boost::asio::basic_waitable_timer").
std::string modelName(const clang::NamedDecl *D);

/// A set of models. Built once per process for the embedded files; a run with user models makes its own that holds
/// both. Look-ups are cached per canonical declaration in ModelCache, which belongs to one translation unit.
/// Immutable after construction and safe to share between threads.
class ModelSet {
public:
  /// The embedded models alone.
  static std::shared_ptr<const ModelSet> builtin();
  /// The embedded models and those in \p Files (a user's models come first: they win). An unreadable or bad file is
  /// an error that names the place; the other files are still used.
  static std::shared_ptr<const ModelSet> withUserModels(llvm::ArrayRef<std::string> Files,
                                                        llvm::SmallVectorImpl<std::string> &Errors);

  explicit ModelSet(std::vector<LibraryModel> Libraries);

  llvm::ArrayRef<LibraryModel> libraries() const { return Libraries; }

  /// The name under which the models know what the code calls \p Name: "tbb::detail::d1::task_group" is
  /// "tbb::task_group" (see LibraryModel::SameNamespaces).
  std::string publicName(std::string Name) const;

  /// The model of a type by its public name, or null. A name is taken before a pattern.
  const TypeModel *type(llvm::StringRef PublicName) const;
  /// The models of a free or static member function by its public name: those of the first library that has the name;
  /// patterns only where no name fits.
  llvm::SmallVector<const FunctionModel *, 2> functions(llvm::StringRef PublicName) const;
  /// The models of a member of \p T by its unqualified name; patterns only where no name fits.
  static llvm::SmallVector<const FunctionModel *, 2> members(const TypeModel &T, llvm::StringRef Name);
  /// Returns true if a model may describe a function or type with this last name component (a cheap probe).
  bool mayMention(llvm::StringRef LastComponent) const;

private:
  struct Functions {
    const LibraryModel *Library = nullptr;
    llvm::SmallVector<const FunctionModel *, 2> Models;
  };

  std::vector<LibraryModel> Libraries;
  llvm::StringMap<const TypeModel *> TypesByName;
  llvm::StringMap<Functions> FunctionsByName;
  std::vector<std::pair<std::string, const TypeModel *>> TypePatterns;
  std::vector<std::pair<std::string, const FunctionModel *>> FunctionPatterns;
  llvm::StringMap<char> LastComponents;
  std::vector<std::string> LastPatterns;
};

/// Look-ups in a ModelSet for the declarations of one translation unit. Not thread-safe; one per AST.
///
/// What a declaration does is taken from the first of these that knows it: heddle's annotations
/// ([[clang::annotate("heddle::send")]]), the models, Clang's thread-safety attributes. An override without an
/// annotation does what the overridden member does. A derived class has the model of its nearest modelled base.
class ModelCache {
public:
  explicit ModelCache(std::shared_ptr<const ModelSet> Models);
  ~ModelCache();

  const std::shared_ptr<const ModelSet> &models() const;

  /// The model of the class itself, of the template it comes from, or of its nearest modelled public base; null if
  /// none.
  const TypeModel *type(const clang::CXXRecordDecl *D);
  /// The same for a type: sugar, references, cv and typedefs removed; typedef names that are modelled themselves
  /// (pthread_mutex_t) are found before they are removed. Pointers are not looked through.
  const TypeModel *type(clang::QualType T);
  /// What a call of \p Callee with \p NumArgs written arguments does (the object of an operator call is none of
  /// them). For members, \p StaticType is the class of the receiver expression as written (std::future::wait lives in
  /// a base class in libstdc++); null for free functions. Copy and move constructors do nothing.
  llvm::ArrayRef<Action> actions(const clang::FunctionDecl *Callee, const clang::CXXRecordDecl *StaticType,
                                 unsigned NumArgs);
  /// What a call of the member \p Name does on an object of the modelled type \p T, where the callee is not known: in
  /// a template that is not instantiated.
  llvm::ArrayRef<Action> memberActions(const TypeModel &T, llvm::StringRef Name, unsigned NumArgs);
  /// What destroying an object of this type does.
  llvm::ArrayRef<Action> destructor(const clang::CXXRecordDecl *D);
  /// Returns true if a model or an annotation describes \p Callee; its body is then not analysed.
  bool isModelled(const clang::FunctionDecl *Callee, const clang::CXXRecordDecl *StaticType);
  /// The role of the object that the call returns, where the model says it because the type does not; else None.
  Role resultRole(const clang::FunctionDecl *Callee, const clang::CXXRecordDecl *StaticType, unsigned NumArgs);
  /// The index of the argument that the result of the call is, or wraps (bind_executor); -1 if none.
  int wraps(const clang::FunctionDecl *Callee, const clang::CXXRecordDecl *StaticType, unsigned NumArgs);

  /// The names of the classes that it throws on outside input; none where nothing is said of them. See Fact::Throws.
  llvm::ArrayRef<std::string> throws(const clang::FunctionDecl *Callee, const clang::CXXRecordDecl *StaticType,
                                     unsigned NumArgs);
  /// The facts about the function itself, or about any of its operations.
  Facts facts(const clang::FunctionDecl *Callee, const clang::CXXRecordDecl *StaticType, unsigned NumArgs);

  /// Annotations that could not be understood, met so far.
  llvm::ArrayRef<std::pair<const clang::Decl *, std::string>> annotationErrors() const;

private:
  struct Impl;
  std::unique_ptr<Impl> I;
};

} // namespace heddle

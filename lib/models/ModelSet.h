// All models of a run, and the question "what does this declaration do?".
#pragma once

#include "Model.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <memory>

namespace clang {
class CXXRecordDecl;
class FunctionDecl;
class IdentifierInfo;
class NamedDecl;
class QualType;
class Type;
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

  /// The model of a type by its modelName, or null.
  const TypeModel *type(llvm::StringRef QualifiedName) const;
  /// The models of a free or static member function by its modelName.
  llvm::SmallVector<const FunctionModel *, 2> functions(llvm::StringRef QualifiedName) const;
  /// May any model speak of a function or type whose last name component is this? (A cheap probe.)
  bool mayMention(llvm::StringRef LastComponent) const;

private:
  std::vector<LibraryModel> Libraries;
  llvm::StringMap<const TypeModel *> TypesByName;
  llvm::StringMap<llvm::SmallVector<const FunctionModel *, 2>> FunctionsByName;
  std::vector<std::pair<std::string, const TypeModel *>> TypePatterns;
  std::vector<std::pair<std::string, const FunctionModel *>> FunctionPatterns;
  llvm::StringMap<char> LastComponents;
  bool AnyWildcardLast = false;
};

/// Look-ups in a ModelSet for the declarations of one translation unit. Not thread-safe; one per AST.
/// Annotations on a declaration ([[clang::annotate("heddle::send")]], thread-safety attributes) are read first,
/// then the models; a derived class has the model of its nearest modelled base.
class ModelCache {
public:
  explicit ModelCache(std::shared_ptr<const ModelSet> Models);
  ~ModelCache();

  /// The model of the class itself, of the template it comes from, or of its nearest modelled base; null if none.
  const TypeModel *type(const clang::CXXRecordDecl *D);
  /// The same for a type: sugar, references, cv and typedefs removed; typedef names that are modelled themselves
  /// (pthread_mutex_t) are found before they are removed. Pointers are not looked through.
  const TypeModel *type(clang::QualType T);
  /// What a call of \p Callee with \p NumArgs written arguments does. For members, \p StaticType is the class of the
  /// receiver expression as written (std::mutex::lock lives in a base class in libstdc++); null for free functions.
  llvm::ArrayRef<Action> actions(const clang::FunctionDecl *Callee, const clang::CXXRecordDecl *StaticType,
                                 unsigned NumArgs);
  /// What destroying an object of this type does.
  llvm::ArrayRef<Action> destructor(const clang::CXXRecordDecl *D);
  /// Is \p Callee spoken of by a model or an annotation at all? Then its body is not looked into.
  bool isModelled(const clang::FunctionDecl *Callee, const clang::CXXRecordDecl *StaticType);

private:
  struct Impl;
  std::unique_ptr<Impl> I;
};

} // namespace heddle

#include "models/ModelSet.h"
#include "models/Embedded.h"
#include "models/Words.h"

#include "clang/AST/Decl.h"
#include "clang/AST/DeclCXX.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/MemoryBuffer.h"

namespace heddle {

std::string modelName(const clang::NamedDecl *D) {
  auto NameOf = [](const clang::NamedDecl *N) -> std::string {
    if (const auto *Tag = llvm::dyn_cast<clang::TagDecl>(N); Tag && !Tag->getIdentifier())
      if (const clang::TypedefNameDecl *Typedef = Tag->getTypedefNameForAnonDecl())
        return Typedef->getNameAsString();
    std::string Name = N->getNameAsString();
    return Name.empty() ? "(anonymous)" : Name;
  };
  std::string Name = NameOf(D);
  if (const auto *F = llvm::dyn_cast<clang::FunctionDecl>(D); F && F->isExternC())
    return Name;
  for (const clang::DeclContext *C = D->getDeclContext(); C && !C->isTranslationUnit(); C = C->getParent()) {
    if (const auto *N = llvm::dyn_cast<clang::NamespaceDecl>(C); N && N->isInline())
      continue;
    if (llvm::isa<clang::NamespaceDecl, clang::TagDecl, clang::FunctionDecl>(C))
      Name = NameOf(llvm::cast<clang::NamedDecl>(C)) + "::" + Name;
  }
  return Name;
}

static std::vector<LibraryModel> embeddedLibraries() {
  std::vector<LibraryModel> All;
  for (std::size_t I = 0; I != EmbeddedModelCount; ++I) {
    const EmbeddedFile &File = EmbeddedModels[I];
    llvm::Expected<LibraryModel> Model = parseModel({File.Text, File.Size}, File.Name);
    if (!Model)
      llvm::report_fatal_error(Model.takeError(), /*gen_crash_diag=*/false);
    All.push_back(std::move(*Model));
  }
  return All;
}

std::shared_ptr<const ModelSet> ModelSet::builtin() {
  static const auto Set = std::make_shared<const ModelSet>(embeddedLibraries());
  return Set;
}

std::shared_ptr<const ModelSet> ModelSet::withUserModels(llvm::ArrayRef<std::string> Files,
                                                         llvm::SmallVectorImpl<std::string> &Errors) {
  if (Files.empty())
    return builtin();
  std::vector<LibraryModel> All;
  for (const std::string &File : Files) {
    auto Buffer = llvm::MemoryBuffer::getFile(File, /*IsText=*/true);
    if (!Buffer) {
      Errors.push_back(File + ": " + Buffer.getError().message());
      continue;
    }
    llvm::Expected<LibraryModel> Model = parseModel((*Buffer)->getBuffer(), File);
    if (Model)
      All.push_back(std::move(*Model));
    else
      Errors.push_back(llvm::toString(Model.takeError()));
  }
  llvm::append_range(All, builtin()->libraries());
  return std::make_shared<const ModelSet>(std::move(All));
}

ModelSet::ModelSet(std::vector<LibraryModel> Given) : Libraries(std::move(Given)) {
  auto Mention = [this](std::string_view Name) {
    std::string_view Last = lastComponent(Name);
    if (isPattern(Last))
      LastPatterns.emplace_back(Last);
    else
      LastComponents.try_emplace(Last);
  };
  for (const LibraryModel &Library : Libraries) {
    for (const TypeModel &Type : Library.Types) {
      for (const std::string &Name : Type.Names) {
        Mention(Name);
        if (isPattern(Name))
          TypePatterns.emplace_back(Name, &Type);
        else
          TypesByName.try_emplace(Name, &Type);
      }
      for (const FunctionModel &Member : Type.Members)
        llvm::for_each(Member.Names, Mention);
    }
    for (const FunctionModel &Function : Library.Functions)
      for (const std::string &Name : Function.Names) {
        Mention(Name);
        if (isPattern(Name)) {
          FunctionPatterns.emplace_back(Name, &Function);
          continue;
        }
        Functions &Known = FunctionsByName[Name];
        if (!Known.Library)
          Known.Library = &Library;
        if (Known.Library == &Library)
          Known.Models.push_back(&Function);
      }
  }
  llvm::sort(LastPatterns);
  LastPatterns.erase(llvm::unique(LastPatterns), LastPatterns.end());
}

std::string ModelSet::publicName(std::string Name) const {
  const std::pair<std::string, std::string> *Best = nullptr;
  for (const LibraryModel &Library : Libraries)
    for (const auto &Same : Library.SameNamespaces)
      if (llvm::StringRef Rest = Name;
          Rest.consume_front(Same.first) && Rest.starts_with("::") && (!Best || Best->first.size() < Same.first.size()))
        Best = &Same;
  return Best ? Best->second + Name.substr(Best->first.size()) : Name;
}

const TypeModel *ModelSet::type(llvm::StringRef PublicName) const {
  if (const TypeModel *T = TypesByName.lookup(PublicName))
    return T;
  for (const auto &[Pattern, Type] : TypePatterns)
    if (matchesPattern(Pattern, PublicName))
      return Type;
  return nullptr;
}

llvm::SmallVector<const FunctionModel *, 2> ModelSet::functions(llvm::StringRef PublicName) const {
  if (auto Found = FunctionsByName.find(PublicName); Found != FunctionsByName.end())
    return Found->second.Models;
  llvm::SmallVector<const FunctionModel *, 2> All;
  for (const auto &[Pattern, Function] : FunctionPatterns)
    if (matchesPattern(Pattern, PublicName))
      All.push_back(Function);
  return All;
}

llvm::SmallVector<const FunctionModel *, 2> ModelSet::members(const TypeModel &T, llvm::StringRef Name) {
  llvm::SmallVector<const FunctionModel *, 2> Exact, ByPattern;
  for (const FunctionModel &F : T.Members)
    for (const std::string &N : F.Names)
      if (isPattern(N) ? matchesPattern(N, Name) : N == Name) {
        (isPattern(N) ? ByPattern : Exact).push_back(&F);
        break;
      }
  return Exact.empty() ? ByPattern : Exact;
}

bool ModelSet::mayMention(llvm::StringRef LastComponent) const {
  return LastComponents.contains(LastComponent) ||
         llvm::any_of(LastPatterns, [&](const std::string &P) { return P == "*" || matchesPattern(P, LastComponent); });
}

} // namespace heddle

#include "LibraryCode.h"
#include "MakeFacts.h"
#include "Unit.h"

#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/StringMap.h"

using namespace clang;

namespace heddle {

/// The folders by which the headers of the embedded models are included, and whose model that is. User models speak of
/// the project's own classes.
struct LibraryCode::Folders {
  llvm::StringMap<llvm::SmallVector<llvm::StringRef, 1>> LibrariesOf;

  Folders() {
    for (const LibraryModel &Library : ModelSet::builtin()->libraries()) {
      auto Add = [&](llvm::StringRef Name) {
        if (auto &All = LibrariesOf[Name]; !llvm::is_contained(All, Library.Library))
          All.push_back(Library.Library);
      };
      for (llvm::StringRef Header : Library.Headers)
        if (Header.contains('/'))
          Add(Header.split('/').first);
      for (const auto &[Known, As] : Library.SameNamespaces)
        for (llvm::StringRef Namespace : {llvm::StringRef(Known), llvm::StringRef(As)})
          Add(Namespace.split("::").first);
    }
  }
};

LibraryCode::LibraryCode(Unit &U) : U(U) {}
LibraryCode::~LibraryCode() = default;

bool LibraryCode::has(SourceLocation L) {
  const SourceManager &SM = U.Ctx.getSourceManager();
  if (L.isInvalid())
    return false;
  if (SM.isInSystemHeader(L))
    return true;
  const FileID File = SM.getFileID(SM.getExpansionLoc(L));
  if (File == SM.getMainFileID())
    return false;
  auto It = Known.find(File);
  return It != Known.end() ? It->second : Known[File] = belongs(File);
}

bool LibraryCode::belongs(FileID File) {
  const auto Entry = U.Ctx.getSourceManager().getFileEntryRefForID(File);
  if (!Entry)
    return false;
  const llvm::StringRef Path = Entry->getName();
  return Path.starts_with("/usr/include/") || Path.starts_with("/usr/local/include/") ||
         llvm::any_of(roots(), [&](const std::string &Root) { return Path.starts_with(Root); });
}

/// The part of a path that ends in a folder of this name, or an empty string.
std::string LibraryCode::rootOf(llvm::StringRef Path, llvm::StringRef Folder) const {
  const std::string Component = "/" + Folder.str() + "/";
  const std::size_t At = Path.rfind(Component);
  return At == llvm::StringRef::npos ? "" : Path.take_front(At + Component.size()).str();
}

const std::vector<std::string> &LibraryCode::roots() {
  if (std::exchange(RootsKnown, true))
    return Roots;
  const SourceManager &SM = U.Ctx.getSourceManager();
  Names = std::make_unique<Folders>();
  // By file: the folders that it may make known.
  llvm::DenseMap<FileID, llvm::SmallVector<std::pair<std::string, llvm::StringRef>, 1>> Candidates;
  auto CandidatesIn = [&](SourceLocation L) -> auto & {
    const FileID File = SM.getFileID(SM.getExpansionLoc(L));
    auto [It, New] = Candidates.try_emplace(File);
    if (New && File != SM.getMainFileID() && !SM.isInSystemHeader(L))
      if (const auto Entry = SM.getFileEntryRefForID(File))
        for (const auto &Folder : Names->LibrariesOf)
          if (std::string Root = rootOf(Entry->getName(), Folder.getKey()); !Root.empty())
            It->second.push_back({Root, Folder.getKey()});
    return It->second;
  };
  auto Speaks = [&](llvm::StringRef Folder, const NamedDecl &D) {
    const std::string Name = U.set()->publicName(modelName(&D));
    const TypeModel *Type = isa<CXXRecordDecl>(D) ? U.set()->type(Name) : nullptr;
    auto Functions = isa<FunctionDecl>(D) ? U.set()->functions(Name) : llvm::SmallVector<const FunctionModel *, 2>();
    return llvm::any_of(U.set()->libraries(), [&](const LibraryModel &Library) {
      auto Holds = [](const auto &All, const auto *X) {
        return X && !All.empty() && X >= &All.front() && X <= &All.back();
      };
      return llvm::is_contained(Names->LibrariesOf[Folder], Library.Library) &&
             (Holds(Library.Types, Type) ||
              llvm::any_of(Functions, [&](const FunctionModel *F) { return Holds(Library.Functions, F); }));
    });
  };
  auto Look = [&](const NamedDecl &D) {
    if (!D.getIdentifier() || !U.set()->mayMention(D.getName()))
      return;
    if (const auto *F = dyn_cast<FunctionDecl>(&D); F && F->isExternC())
      return;
    if (const auto *RD = dyn_cast<CXXRecordDecl>(&D); RD && !RD->isThisDeclarationADefinition())
      return; // anybody may announce a class
    for (const auto &[Root, Folder] : CandidatesIn(D.getLocation()))
      if (!llvm::is_contained(Roots, Root) && Speaks(Folder, D))
        Roots.push_back(Root);
  };
  auto In = [&](auto &&In, const DeclContext *DC) -> void {
    for (const Decl *D : DC->decls()) {
      if (const auto *T = dyn_cast<TemplateDecl>(D); T && T->getTemplatedDecl())
        D = T->getTemplatedDecl();
      if (isa<NamespaceDecl, LinkageSpecDecl>(D))
        In(In, cast<DeclContext>(D));
      else if (isa<CXXRecordDecl, FunctionDecl>(D))
        Look(cast<NamedDecl>(*D));
    }
  };
  In(In, U.Ctx.getTranslationUnitDecl());
  return Roots;
}

bool inLibrary(Unit &U, SourceLocation L) { return U.get<LibraryCode>().has(L); }

template std::shared_ptr<void> makeFacts<LibraryCode>(Unit &);

} // namespace heddle

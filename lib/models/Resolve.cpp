#include "models/Resolve.h"
#include "models/Words.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/DeclFriend.h"
#include "clang/AST/DeclTemplate.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/StringSet.h"

namespace heddle {

using namespace clang;
using llvm::dyn_cast;
using llvm::isa;

namespace {

class Resolver {
public:
  Resolver(std::shared_ptr<const ModelSet> Set, ASTContext &Context)
      : Models(std::move(Set)), Cache(Models), Context(Context) {}

  std::vector<std::string> Missing;

  void check(const LibraryModel &Library) {
    for (const TypeModel &T : Library.Types)
      if (!T.Optional)
        for (const std::string &Name : T.Names)
          checkType(T, Name, Library);
    for (const FunctionModel &F : Library.Functions)
      if (!F.Optional)
        for (const std::string &Name : F.Names)
          checkFunction(Name, Library);
  }

private:
  std::shared_ptr<const ModelSet> Models;
  ModelCache Cache;
  ASTContext &Context;

  void report(const llvm::Twine &Text) { Missing.push_back(Text.str()); }

  // ---- names to declarations --------------------------------------------------------------------------------------

  /// The declarations behind using-declarations and templates.
  static const NamedDecl *strip(const NamedDecl *D) {
    D = D->getUnderlyingDecl();
    if (const auto *T = dyn_cast<TemplateDecl>(D); T && T->getTemplatedDecl() && !isa<TypeAliasTemplateDecl>(T))
      return T->getTemplatedDecl();
    return D;
  }

  static const CXXRecordDecl *recordOf(QualType T) {
    if (T.isNull())
      return nullptr;
    if (const CXXRecordDecl *D = T->getAsCXXRecordDecl())
      return D;
    if (const auto *TST = T->getAs<TemplateSpecializationType>())
      if (const TemplateDecl *TD = TST->getTemplateName().getAsTemplateDecl())
        return llvm::dyn_cast_or_null<CXXRecordDecl>(TD->getTemplatedDecl());
    return nullptr;
  }

  /// What can be looked into behind a name: a namespace, or the class that a class name or typedef stands for.
  static const DeclContext *scopeOf(const NamedDecl *D) {
    D = strip(D);
    if (const auto *A = dyn_cast<NamespaceAliasDecl>(D))
      return A->getNamespace();
    if (const auto *N = dyn_cast<NamespaceDecl>(D))
      return N;
    if (const auto *R = dyn_cast<CXXRecordDecl>(D))
      return R->getDefinition();
    if (const auto *T = dyn_cast<TypedefNameDecl>(D))
      if (const CXXRecordDecl *R = recordOf(T->getUnderlyingType()))
        return R->getDefinition();
    return nullptr;
  }

  /// All names that stand in a scope, with bases for a class.
  void collect(const DeclContext *Scope, llvm::StringMap<std::vector<const NamedDecl *>> &Names) {
    auto Add = [&](const Decl *D) {
      if (const auto *U = dyn_cast<UsingDecl>(D)) {
        // In a template the target may depend: then there is only the name.
        Names[U->getNameAsString()].push_back(U);
        for (const auto *S : U->shadows())
          Names[S->getNameAsString()].push_back(S);
      } else if (const auto *N = dyn_cast<NamedDecl>(D)) {
        Names[N->getNameAsString()].push_back(N);
      }
    };
    llvm::SmallVector<const DeclContext *, 8> Todo = {Scope};
    llvm::SmallPtrSet<const DeclContext *, 8> Seen;
    while (!Todo.empty()) {
      const DeclContext *C = Todo.pop_back_val();
      if (!Seen.insert(C).second)
        continue;
      llvm::SmallVector<DeclContext *, 4> Parts;
      const_cast<DeclContext *>(C->getPrimaryContext())->collectAllContexts(Parts);
      for (const DeclContext *Part : Parts)
        for (const Decl *D : Part->decls()) {
          if (const auto *Friend = dyn_cast<FriendDecl>(D)) {
            if (Friend->getFriendDecl())
              Add(Friend->getFriendDecl());
            continue;
          }
          Add(D);
          const auto *Inner = dyn_cast<NamespaceDecl>(D);
          if (isa<LinkageSpecDecl>(D) || (Inner && Inner->isInline()))
            Todo.push_back(cast<DeclContext>(D));
        }
      const auto *R = dyn_cast<CXXRecordDecl>(C);
      if (!R)
        continue;
      // The members may stand in specializations only.
      if (const ClassTemplateDecl *Template = R->getDescribedClassTemplate()) {
        llvm::SmallVector<ClassTemplatePartialSpecializationDecl *, 4> Partial;
        const_cast<ClassTemplateDecl *>(Template)->getPartialSpecializations(Partial);
        for (const CXXRecordDecl *P : Partial)
          Todo.push_back(P->hasDefinition() ? P->getDefinition() : P);
      }
      if (R->hasDefinition())
        for (const CXXBaseSpecifier &B : R->getDefinition()->bases())
          if (const CXXRecordDecl *Base = recordOf(B.getType()))
            Todo.push_back(Base->hasDefinition() ? Base->getDefinition() : Base);
    }
  }

  llvm::DenseMap<const DeclContext *, std::unique_ptr<llvm::StringMap<std::vector<const NamedDecl *>>>> Scopes;
  const llvm::StringMap<std::vector<const NamedDecl *>> &names(const DeclContext *Scope) {
    auto &Names = Scopes[Scope];
    if (!Names) {
      auto Fresh = std::make_unique<llvm::StringMap<std::vector<const NamedDecl *>>>();
      collect(Scope, *Fresh);
      Scopes[Scope] = std::move(Fresh);
      return *Scopes[Scope];
    }
    return *Names;
  }

  /// The declarations that a qualified name or pattern means.
  std::vector<const NamedDecl *> find(llvm::StringRef Name) {
    std::vector<const NamedDecl *> Found;
    std::vector<const DeclContext *> Scopes = {Context.getTranslationUnitDecl()};
    while (true) {
      auto [First, Rest] = Name.split("::");
      const bool Last = Rest.empty();
      std::vector<const DeclContext *> Next;
      for (const DeclContext *Scope : Scopes)
        for (const auto &Entry : names(Scope)) {
          if (isPattern(First.str()) ? !matchesPattern(First.str(), Entry.first()) : Entry.first() != First)
            continue;
          for (const NamedDecl *D : Entry.second)
            if (Last)
              Found.push_back(D);
            else if (const DeclContext *Inner = scopeOf(D); Inner && !llvm::is_contained(Next, Inner))
              Next.push_back(Inner);
        }
      if (Last)
        return Found;
      Name = Rest;
      Scopes = std::move(Next);
    }
  }

  /// The name as the code may spell it: as the model gives it, or in one of the namespaces that stand for it.
  std::vector<const NamedDecl *> findAnywhere(llvm::StringRef Name, const LibraryModel &Library) {
    std::vector<const NamedDecl *> Found = find(Name);
    for (const auto &[Inner, Public] : Library.SameNamespaces)
      if (llvm::StringRef Rest = Name; Rest.consume_front(Public) && Rest.starts_with("::"))
        llvm::append_range(Found, find(Inner + Rest.str()));
    return Found;
  }

  // ---- what the look-ups say of them ------------------------------------------------------------------------------

  void checkType(const TypeModel &T, const std::string &Name, const LibraryModel &Library) {
    bool Exists = false, Known = false;
    std::string Otherwise;
    llvm::StringSet<> Members;
    for (const NamedDecl *D : findAnywhere(Name, Library)) {
      D = strip(D);
      const CXXRecordDecl *R = dyn_cast<CXXRecordDecl>(D);
      const TypeModel *Model = nullptr;
      if (R) {
        Model = Cache.type(R);
      } else if (const auto *TD = dyn_cast<TypedefNameDecl>(D)) {
        R = recordOf(TD->getUnderlyingType());
        // A C typedef of a scalar, or of a struct that no member belongs to, is found by its own name.
        if (T.Members.empty() && T.Constructors.empty())
          Model = Models->type(Models->publicName(modelName(TD)));
        else
          Model = R ? Cache.type(R) : nullptr;
      } else if (const auto *A = dyn_cast<TypeAliasTemplateDecl>(D)) {
        R = recordOf(A->getTemplatedDecl()->getUnderlyingType());
        Model = R ? Cache.type(R) : nullptr;
      } else {
        continue;
      }
      Exists = true;
      if (Model == &T)
        Known = true;
      else if (R)
        Otherwise = modelName(R);
      Members.insert("operator="); // implicit unless it is there
      if (R && R->getDefinition())
        for (const auto &Entry : names(R->getDefinition()))
          Members.insert(Entry.first());
    }
    if (!Exists)
      return report("no type '" + Name + "'");
    if (!Known)
      report("type '" + Name + "' is not known by that name" +
             (Otherwise.empty() ? "" : ": it is '" + Otherwise + "'"));
    for (const FunctionModel &F : T.Members)
      if (!F.Optional)
        for (const std::string &Member : F.Names)
          if (isPattern(Member)
                  ? llvm::none_of(Members.keys(), [&](llvm::StringRef M) { return matchesPattern(Member, M); })
                  : !Members.contains(Member))
            report("no member '" + Member + "' in '" + Name + "'");
  }

  void checkFunction(const std::string &Name, const LibraryModel &Library) {
    bool Exists = false, Known = false;
    std::string Otherwise;
    for (const NamedDecl *D : findAnywhere(Name, Library)) {
      const auto *F = dyn_cast<FunctionDecl>(strip(D));
      if (!F)
        continue;
      Exists = true;
      if (Cache.isModelled(F, nullptr))
        Known = true;
      else
        Otherwise = modelName(F);
    }
    if (!Exists)
      report("no function '" + Name + "'");
    else if (!Known)
      report("function '" + Name + "' is not known by that name" +
             (Otherwise.empty() ? "" : ": it is '" + Otherwise + "'"));
  }
};

} // namespace

std::vector<std::string> unresolved(const std::shared_ptr<const ModelSet> &Models, llvm::StringRef Library,
                                    ASTContext &Context) {
  Resolver R(Models, Context);
  bool Any = false;
  for (const LibraryModel &L : Models->libraries())
    if (L.Library == Library) {
      Any = true;
      R.check(L);
    }
  if (!Any)
    return {"no model of a library '" + Library.str() + "'"};
  return std::move(R.Missing);
}

} // namespace heddle

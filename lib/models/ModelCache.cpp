// ModelCache: from declarations to what the models say of them.
#include "models/Attributes.h"
#include "models/ModelSet.h"

#include "clang/AST/Attr.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/Type.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

namespace heddle {

using namespace clang;
using llvm::dyn_cast;
using llvm::dyn_cast_or_null;
using llvm::isa;

namespace {

/// The class of a type, or the pattern of the class template that a dependent type names.
const CXXRecordDecl *recordOf(QualType T) {
  if (const CXXRecordDecl *D = T->getAsCXXRecordDecl())
    return D;
  if (const auto *TST = T->getAs<TemplateSpecializationType>())
    if (const TemplateDecl *TD = TST->getTemplateName().getAsTemplateDecl())
      return dyn_cast_or_null<CXXRecordDecl>(TD->getTemplatedDecl());
  return nullptr;
}

bool hasBody(const FunctionDecl *F) {
  if (F->hasBody())
    return true;
  const FunctionDecl *Pattern = F->getTemplateInstantiationPattern();
  return Pattern && Pattern->hasBody();
}

struct RecordInfo {
  /// The class and its bases, nearest first.
  std::vector<const CXXRecordDecl *> Line;
  std::optional<TypeModel> Annotated;   ///< what the code says of the class
  const TypeModel *Modelled = nullptr;  ///< what the models say of the very class
  const TypeModel *Own = nullptr;       ///< the stronger of the two
  const TypeModel *Effective = nullptr; ///< its own or that of the nearest public base
  std::optional<std::vector<Action>> Destructor;

  bool derivesFrom(const CXXRecordDecl *Base) const { return llvm::is_contained(Line, Base); }
};

struct CalleeInfo {
  /// From the code; if there is one, the models are not asked.
  std::optional<FunctionModel> Annotated;
  llvm::SmallVector<const FunctionModel *, 2> Models;

  bool empty() const { return !Annotated && Models.empty(); }

  /// What a call with this many arguments does.
  struct Call {
    std::vector<Action> Actions;
    Role ResultRole = Role::None;
    int Wraps = -1;
    Facts With;
    std::vector<std::string> Throws;
  };
  llvm::SmallVector<std::pair<unsigned, std::unique_ptr<Call>>, 1> Calls;

  const Call &call(unsigned NumArgs) {
    for (auto &[N, C] : Calls)
      if (N == NumArgs)
        return *C;
    auto C = std::make_unique<Call>();
    auto Add = [&](const FunctionModel &F) {
      if ((F.MinArgs >= 0 && NumArgs < static_cast<unsigned>(F.MinArgs)) ||
          (F.MaxArgs >= 0 && NumArgs > static_cast<unsigned>(F.MaxArgs)))
        return;
      C->With.add(F.With);
      llvm::append_range(C->Throws, F.Throws);
      for (const Action &A : F.Actions)
        C->With.add(A.With);
      for (const Action &A : F.Actions)
        if (!llvm::is_contained(C->Actions, A))
          C->Actions.push_back(A);
      if (C->ResultRole == Role::None)
        C->ResultRole = F.ResultRole;
      if (C->Wraps < 0)
        C->Wraps = F.Wraps;
    };
    if (Annotated)
      Add(*Annotated);
    for (const FunctionModel *F : Models)
      Add(*F);
    Calls.emplace_back(NumArgs, std::move(C));
    return *Calls.back().second;
  }
};

} // namespace

struct ModelCache::Impl {
  explicit Impl(std::shared_ptr<const ModelSet> Models) : Models(std::move(Models)) {}

  std::shared_ptr<const ModelSet> Models;
  llvm::DenseMap<const IdentifierInfo *, bool> Probes;
  llvm::DenseMap<const CXXRecordDecl *, std::unique_ptr<RecordInfo>> Records;
  llvm::DenseMap<const NamedDecl *, const TypeModel *> Aliases; ///< typedefs and alias templates
  llvm::DenseMap<std::pair<const FunctionDecl *, const CXXRecordDecl *>, std::unique_ptr<CalleeInfo>> Callees;
  llvm::DenseMap<const TypeModel *, llvm::StringMap<std::unique_ptr<CalleeInfo>>> Unresolved;
  std::vector<std::pair<const Decl *, std::string>> Errors;

  bool mayMention(const IdentifierInfo *Name) {
    if (!Name)
      return false;
    auto [At, New] = Probes.try_emplace(Name, false);
    if (New)
      At->second = Models->mayMention(Name->getName());
    return At->second;
  }

  std::string publicName(const NamedDecl *D) const { return Models->publicName(modelName(D)); }

  // ---- types ------------------------------------------------------------------------------------------------------

  RecordInfo &record(const CXXRecordDecl *D) {
    D = D->getCanonicalDecl();
    if (auto Found = Records.find(D); Found != Records.end())
      return *Found->second;
    auto Fresh = std::make_unique<RecordInfo>();
    RecordInfo &Info = *Fresh;
    Records.try_emplace(D, std::move(Fresh));

    const CXXRecordDecl *Definition = D->getDefinition();
    const CXXRecordDecl *Attributed = Definition ? Definition : D;
    Info.Annotated = annotations(Attributed, [&](const std::string &E) { Errors.emplace_back(Attributed, E); });
    const IdentifierInfo *Name = D->getIdentifier();
    if (const TypedefNameDecl *Typedef = Name ? nullptr : D->getTypedefNameForAnonDecl())
      Name = Typedef->getIdentifier();
    if (mayMention(Name))
      Info.Modelled = Models->type(publicName(D));
    if (!Info.Annotated && !Info.Modelled)
      if (Role R = threadSafetyRole(Attributed); R != Role::None) {
        Info.Annotated.emplace();
        Info.Annotated->Names.push_back(modelName(D));
        Info.Annotated->Plays = R;
      }
    Info.Own = Info.Annotated ? &*Info.Annotated : Info.Modelled;

    // The bases in breadth: the nearest come first.
    Info.Line.push_back(D);
    llvm::SmallVector<bool, 4> Public = {true};
    for (std::size_t I = 0; I != Info.Line.size(); ++I) {
      const CXXRecordDecl *Class = Info.Line[I]->getDefinition();
      if (!Class)
        continue;
      for (const CXXBaseSpecifier &B : Class->bases())
        if (const CXXRecordDecl *Base = recordOf(B.getType()); Base && !Info.derivesFrom(Base->getCanonicalDecl())) {
          Info.Line.push_back(Base->getCanonicalDecl());
          Public.push_back(Public[I] && B.getAccessSpecifier() == AS_public);
        }
    }
    Info.Effective = Info.Own;
    for (std::size_t I = 1; I < Info.Line.size(); ++I) {
      if (Info.Effective && Info.Effective->Plays != Role::None)
        break;
      const TypeModel *Base = Public[I] ? record(Info.Line[I]).Own : nullptr;
      if (Base && (!Info.Effective || Base->Plays != Role::None))
        Info.Effective = Base;
    }
    return Info;
  }

  const TypeModel *alias(const NamedDecl *D) {
    if (!mayMention(D->getIdentifier()))
      return nullptr;
    auto [At, New] = Aliases.try_emplace(cast<NamedDecl>(D->getCanonicalDecl()), nullptr);
    if (New)
      At->second = Models->type(publicName(D));
    return At->second;
  }

  const TypeModel *type(QualType T) {
    if (T.isNull())
      return nullptr;
    T = T.getNonReferenceType();
    while (true) {
      const Type *Ty = T.getTypePtr();
      if (const auto *Typedef = dyn_cast<TypedefType>(Ty)) {
        if (const TypeModel *M = alias(Typedef->getDecl()))
          return M;
      } else if (const auto *TST = dyn_cast<TemplateSpecializationType>(Ty)) {
        const TemplateDecl *TD = TST->getTemplateName().getAsTemplateDecl();
        if (isa_and_nonnull<TypeAliasTemplateDecl>(TD))
          if (const TypeModel *M = alias(TD))
            return M;
      } else if (const auto *Deduced = dyn_cast<DeducedTemplateSpecializationType>(Ty)) {
        if (!Deduced->isDeduced()) {
          const TemplateDecl *TD = Deduced->getTemplateName().getAsTemplateDecl();
          const auto *Pattern = TD ? dyn_cast_or_null<CXXRecordDecl>(TD->getTemplatedDecl()) : nullptr;
          return Pattern ? record(Pattern).Effective : nullptr;
        }
      }
      QualType Next = Ty->getLocallyUnqualifiedSingleStepDesugaredType();
      if (Next.getTypePtr() == Ty)
        break;
      T = Next.getNonReferenceType();
    }
    const CXXRecordDecl *D = recordOf(T);
    return D ? record(D).Effective : nullptr;
  }

  // ---- functions --------------------------------------------------------------------------------------------------

  /// The annotations of a function, of the template that it comes from, or of what it overrides.
  std::optional<FunctionModel> annotated(const FunctionDecl *F) {
    auto Report = [&](const std::string &E) { Errors.emplace_back(F, E); };
    if (auto A = annotations(F, Report))
      return A;
    if (const FunctionDecl *C = F->getCanonicalDecl(); C != F)
      if (auto A = annotations(C, Report))
        return A;
    if (const FunctionDecl *Pattern = F->getTemplateInstantiationPattern(); Pattern && Pattern != F)
      if (auto A = annotations(Pattern, Report))
        return A;
    if (const auto *M = dyn_cast<CXXMethodDecl>(F))
      for (const CXXMethodDecl *O : M->overridden_methods())
        if (auto A = annotated(O))
          return A;
    return std::nullopt;
  }

  std::vector<Action> threadSafety(const FunctionDecl *F) {
    std::vector<Action> Actions = threadSafetyActions(F);
    if (const FunctionDecl *C = F->getCanonicalDecl(); Actions.empty() && C != F)
      Actions = threadSafetyActions(C);
    if (!Actions.empty())
      return Actions;
    if (const FunctionDecl *Pattern = F->getTemplateInstantiationPattern(); Pattern && Pattern != F)
      Actions = threadSafetyActions(Pattern);
    if (const auto *M = dyn_cast<CXXMethodDecl>(F); M && Actions.empty())
      for (const CXXMethodDecl *O : M->overridden_methods())
        if (Actions = threadSafety(O); !Actions.empty())
          break;
    return Actions;
  }

  /// Returns true if a call with this callee can be rejected by its name alone.
  bool isOrdinary(const FunctionDecl *F) {
    if (F->hasAttrs())
      return false;
    if (const IdentifierInfo *Name = F->getIdentifier()) {
      if (mayMention(Name))
        return false;
      const auto *M = dyn_cast<CXXMethodDecl>(F);
      if (!M)
        return F->isFirstDecl() || !F->getCanonicalDecl()->hasAttrs();
      return !M->isVirtual() && !M->getCanonicalDecl()->hasAttrs();
    }
    if (const auto *C = dyn_cast<CXXConstructorDecl>(F))
      return C->isImplicit() ? !C->isInheritingConstructor() : !mayMention(C->getParent()->getIdentifier());
    return false;
  }

  /// Null if nothing is known of the callee.
  CalleeInfo *callee(const FunctionDecl *F, const CXXRecordDecl *Static) {
    if (!F || isOrdinary(F))
      return nullptr;
    Static = Static ? Static->getCanonicalDecl() : nullptr;
    const std::pair Key(F->getCanonicalDecl(), Static);
    if (auto Found = Callees.find(Key); Found != Callees.end())
      return Found->second.get();
    auto Info = std::make_unique<CalleeInfo>();
    find(F, Static, *Info);
    if (Info->empty())
      Info.reset();
    return (Callees[Key] = std::move(Info)).get();
  }

  void find(const FunctionDecl *F, const CXXRecordDecl *Static, CalleeInfo &Info) {
    if (isa<CXXDestructorDecl>(F)) {
      const std::vector<Action> &Actions = destructor(cast<CXXMethodDecl>(F)->getParent());
      if (!Actions.empty())
        Info.Annotated.emplace().Actions = Actions;
      return;
    }
    if (const auto *C = dyn_cast<CXXConstructorDecl>(F)) {
      if (C->isCopyOrMoveConstructor())
        return;
      if (const CXXConstructorDecl *Inherited = C->getInheritedConstructor().getConstructor())
        C = Inherited;
      F = C;
    }
    Info.Annotated = annotated(F);
    if (Info.Annotated)
      return;
    if (const auto *C = dyn_cast<CXXConstructorDecl>(F)) {
      if (const TypeModel *M = record(C->getParent()).Modelled)
        for (const FunctionModel &Constructor : M->Constructors)
          Info.Models.push_back(&Constructor);
    } else {
      findModels(F, Static, Info);
    }
    if (Info.Models.empty())
      if (std::vector<Action> Actions = threadSafety(F); !Actions.empty())
        Info.Annotated.emplace().Actions = std::move(Actions);
  }

  void findModels(const FunctionDecl *F, const CXXRecordDecl *Static, CalleeInfo &Info) {
    const IdentifierInfo *Identifier = F->getIdentifier();
    const std::string Name = F->getNameAsString();
    if (Identifier ? !mayMention(Identifier) : !Models->mayMention(Name))
      return;
    if (const auto *M = dyn_cast<CXXMethodDecl>(F)) {
      const CXXRecordDecl *Parent = M->getParent()->getCanonicalDecl();
      if (!Static || !findMember(M, Parent, Static, Name, Info))
        findMember(M, Parent, Parent, Name, Info);
    }
    if (Info.Models.empty()) {
      Info.Models = Models->functions(publicName(F));
      if (!F->isExternC())
        llvm::erase_if(Info.Models, [](const FunctionModel *M) { return M->ExternC; });
    }
  }

  /// Looks for the member in the models of \p Class and its bases. True when the question is settled.
  bool findMember(const CXXMethodDecl *M, const CXXRecordDecl *Parent, const CXXRecordDecl *Class, llvm::StringRef Name,
                  CalleeInfo &Info) {
    for (const CXXRecordDecl *C : record(Class).Line) {
      const RecordInfo &Modelled = record(C);
      if (!Modelled.Modelled)
        continue;
      const bool Hides = C != Parent && record(Parent).derivesFrom(C);
      if (!Hides && C != Parent && !Modelled.derivesFrom(Parent))
        continue; // a member of another base
      auto Found = ModelSet::members(*Modelled.Modelled, Name);
      if (Found.empty())
        continue;
      // A derived class that has a member of its own under a modelled name: what the body says counts, if it is there.
      if (Hides && M->size_overridden_methods() == 0 && hasBody(M))
        return true;
      Info.Models = Found;
      return true;
    }
    return false;
  }

  const std::vector<Action> &destructor(const CXXRecordDecl *D) {
    RecordInfo &Info = record(D);
    if (Info.Destructor)
      return *Info.Destructor;
    std::vector<Action> Actions;
    const CXXRecordDecl *Definition = D->getDefinition();
    const CXXDestructorDecl *Own = Definition ? Definition->getDestructor() : nullptr;
    std::optional<FunctionModel> Annotated = Own ? annotated(Own) : std::nullopt;
    if (Annotated) {
      Actions = Annotated->Actions;
    } else if (Info.Modelled) {
      Actions = Info.Modelled->Destructor;
    } else if (Own && !(Actions = threadSafety(Own)).empty()) {
      // A guard that gives its lock back when it is made takes it again when it dies: no operation says so.
      if (Info.Own && llvm::any_of(Definition->ctors(),
                                   [](const CXXConstructorDecl *C) { return C->hasAttr<ReleaseCapabilityAttr>(); }))
        Actions.clear();
    } else {
      for (const CXXRecordDecl *Base : llvm::drop_begin(Info.Line))
        if (Actions = destructor(Base); !Actions.empty())
          break;
    }
    return Info.Destructor.emplace(std::move(Actions));
  }
};

ModelCache::ModelCache(std::shared_ptr<const ModelSet> Models) : I(std::make_unique<Impl>(std::move(Models))) {}
ModelCache::~ModelCache() = default;

const std::shared_ptr<const ModelSet> &ModelCache::models() const { return I->Models; }

const TypeModel *ModelCache::type(const CXXRecordDecl *D) { return D ? I->record(D).Effective : nullptr; }

const TypeModel *ModelCache::type(QualType T) { return I->type(T); }

llvm::ArrayRef<Action> ModelCache::actions(const FunctionDecl *Callee, const CXXRecordDecl *StaticType,
                                           unsigned NumArgs) {
  CalleeInfo *Info = I->callee(Callee, StaticType);
  return Info ? llvm::ArrayRef<Action>(Info->call(NumArgs).Actions) : llvm::ArrayRef<Action>();
}

llvm::ArrayRef<Action> ModelCache::memberActions(const TypeModel &T, llvm::StringRef Name, unsigned NumArgs) {
  std::unique_ptr<CalleeInfo> &Info = I->Unresolved[&T][Name];
  if (!Info) {
    Info = std::make_unique<CalleeInfo>();
    Info->Models = ModelSet::members(T, Name);
  }
  return Info->call(NumArgs).Actions;
}

llvm::ArrayRef<Action> ModelCache::destructor(const CXXRecordDecl *D) {
  return D ? llvm::ArrayRef<Action>(I->destructor(D)) : llvm::ArrayRef<Action>();
}

bool ModelCache::isModelled(const FunctionDecl *Callee, const CXXRecordDecl *StaticType) {
  return I->callee(Callee, StaticType) != nullptr;
}

Role ModelCache::resultRole(const FunctionDecl *Callee, const CXXRecordDecl *StaticType, unsigned NumArgs) {
  CalleeInfo *Info = I->callee(Callee, StaticType);
  return Info ? Info->call(NumArgs).ResultRole : Role::None;
}

int ModelCache::wraps(const FunctionDecl *Callee, const CXXRecordDecl *StaticType, unsigned NumArgs) {
  CalleeInfo *Info = I->callee(Callee, StaticType);
  return Info ? Info->call(NumArgs).Wraps : -1;
}

llvm::ArrayRef<std::string> ModelCache::throws(const FunctionDecl *Callee, const CXXRecordDecl *StaticType,
                                               unsigned NumArgs) {
  CalleeInfo *Info = I->callee(Callee, StaticType);
  return Info ? llvm::ArrayRef<std::string>(Info->call(NumArgs).Throws) : llvm::ArrayRef<std::string>();
}

Facts ModelCache::facts(const FunctionDecl *Callee, const CXXRecordDecl *StaticType, unsigned NumArgs) {
  CalleeInfo *Info = I->callee(Callee, StaticType);
  return Info ? Info->call(NumArgs).With : Facts();
}

llvm::ArrayRef<std::pair<const Decl *, std::string>> ModelCache::annotationErrors() const { return I->Errors; }

} // namespace heddle

#include "Primitives.h"

#include "llvm/ADT/StringExtras.h"

using namespace clang;

namespace heddle::primitives {

namespace {

/// The words of a name in lower case: `addJob`, `add_job` and `AddJob` are one.
std::vector<std::string> wordsOf(const NamedDecl *D) {
  std::vector<std::string> Words(1);
  std::string Name = D->getNameAsString();
  for (unsigned I = 0; I < Name.size(); ++I) {
    bool Upper = llvm::isUpper(Name[I]);
    bool Starts = Upper && I && (!llvm::isUpper(Name[I - 1]) || (I + 1 < Name.size() && llvm::isLower(Name[I + 1])));
    if ((Starts || !llvm::isAlpha(Name[I])) && !Words.back().empty())
      Words.emplace_back();
    if (llvm::isAlpha(Name[I]))
      Words.back() += llvm::toLower(Name[I]);
  }
  return Words;
}

bool isOneOf(llvm::StringRef Word, std::initializer_list<llvm::StringRef> Of) { return llvm::is_contained(Of, Word); }

/// Returns true if the parameter is a callable without parameters and result that the callee may keep.
bool isJob(Unit &U, const ParmVarDecl *P) {
  QualType T = P->getType();
  bool Kept = !T->isReferenceType() || T->isRValueReferenceType() || T.getNonReferenceType().isConstQualified();
  const auto *Spec = dyn_cast_or_null<ClassTemplateSpecializationDecl>(T.getNonReferenceType()->getAsCXXRecordDecl());
  if (!Kept || !Spec || U.role(T.getNonReferenceType()) != Role::Function || !Spec->getTemplateArgs().size() ||
      Spec->getTemplateArgs()[0].getKind() != TemplateArgument::Type)
    return false;
  const auto *Signature = Spec->getTemplateArgs()[0].getAsType()->getAs<FunctionProtoType>();
  return Signature && Signature->getNumParams() == 0 && Signature->getReturnType()->isVoidType();
}

/// Returns true for the names under which people hand a job to somebody who runs it later.
bool saysLater(const CXXMethodDecl *M) {
  std::vector<std::string> Words = wordsOf(M);
  bool Hands = isOneOf(Words[0], {"post", "submit", "enqueue", "execute", "spawn", "defer", "schedule"});
  bool Adds = isOneOf(Words[0], {"add", "push", "put", "queue", "run", "launch", "start", "async"});
  if (Words.size() == 1)
    return Hands;
  return (Hands || Adds) &&
         isOneOf(Words[1], {"task", "job", "work", "function", "closure", "async", "later", "detached"});
}

/// Returns true for names of the wait for all jobs.
bool saysWait(const CXXMethodDecl *M) {
  return isOneOf(wordsOf(M)[0],
                 {"wait", "join", "drain", "flush", "finish", "sync", "stop", "shutdown", "close", "quit"});
}

} // namespace

/// An interface, or a class whose bodies stand in another file, that takes jobs. Nothing is left of it here but names
/// and types, so both must say so: a class that is called a pool, with a member that is called submit.
ModelPtr opaqueExecutor(ModelDraft &Draft, const CXXRecordDecl *RD) {
  bool Pool = false, Executor = false;
  for (const std::string &Word : wordsOf(RD)) {
    Pool |= isOneOf(Word, {"pool", "threadpool", "workers"});
    Executor |= isOneOf(Word, {"executor", "scheduler", "queue", "loop", "strand", "worker", "dispatcher", "runner",
                               "reactor", "thread", "looper"});
  }
  if (!Pool && !Executor)
    return nullptr;
  auto IsSeen = [&](const CXXMethodDecl *M) {
    return Draft.U.visible(M) || llvm::any_of(Draft.U.Functions, [&](const FunctionDecl *F) {
             const auto *Other = dyn_cast<CXXMethodDecl>(F);
             return Other && llvm::any_of(Other->overridden_methods(), [&](const CXXMethodDecl *O) {
                      return O->getCanonicalDecl() == M->getCanonicalDecl();
                    });
           });
  };
  llvm::SmallVector<const CXXMethodDecl *, 4> Takes, Waits;
  for (const CXXMethodDecl *M : RD->methods()) {
    if (!M->getIdentifier() || M->getAccess() != AS_public || M->isOverloadedOperator())
      continue;
    unsigned Jobs = llvm::count_if(M->parameters(), [&](const ParmVarDecl *P) { return isJob(Draft.U, P); });
    if (Jobs == 1 && saysLater(M)) {
      if (IsSeen(M))
        return nullptr;
      Takes.push_back(M);
    } else if (!Jobs && saysWait(M) && !Draft.U.visible(M)) {
      Waits.push_back(M);
    }
  }
  if (Takes.empty())
    return nullptr;
  for (const CXXMethodDecl *M : Takes)
    Draft.act(M, Pool ? Op::Spawn : Op::Defer, {Fact::OneShot, Fact::CheapTask});
  for (const CXXMethodDecl *M : Waits)
    Draft.act(M, Op::Wait);
  return makeModel(Role::Executor);
}

} // namespace heddle::primitives

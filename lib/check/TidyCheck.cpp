#include "TidyCheck.h"

#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>

using namespace clang;

namespace heddle {

TidyCheck::TidyCheck(llvm::StringRef Name, tidy::ClangTidyContext *Context, const Registered &R)
    : ClangTidyCheck(Name, Context), R(R), Shared(Session::join(Context, *this)),
      ModelFiles(Options.getLocalOrGlobal("heddle.Models", "").str()) {
  for (const OptionInfo &O : R.Info.Options)
    Values.emplace_back(O.Name, Options.get(O.Name, llvm::StringRef(O.Default)).str());
  loadModels(Context->getCurrentFile());
}

TidyCheck::~TidyCheck() { Shared->leave(*this); }

/// The path of a model: a relative one leads from the nearest folder above \p File that has both a .clang-tidy and such
/// a file, or from the current folder if there is none.
static std::string modelPath(llvm::StringRef Name, llvm::StringRef File) {
  namespace path = llvm::sys::path;
  if (path::is_absolute(Name))
    return Name.str();
  llvm::SmallString<256> Absolute(File);
  llvm::sys::fs::make_absolute(Absolute);
  for (llvm::StringRef Dir = path::parent_path(Absolute); !Dir.empty(); Dir = path::parent_path(Dir)) {
    llvm::SmallString<256> Config(Dir), Model(Dir);
    path::append(Config, ".clang-tidy");
    path::append(Model, Name);
    if (llvm::sys::fs::exists(Config) && llvm::sys::fs::exists(Model))
      return Model.str().str();
  }
  return Name.str();
}

void TidyCheck::loadModels(llvm::StringRef File) {
  if (Shared->hasModels())
    return;
  if (ModelFiles.empty()) {
    Shared->setModels(ModelSet::builtin());
    return;
  }
  std::vector<std::string> Files;
  llvm::SmallVector<llvm::StringRef, 4> Parts;
  llvm::StringRef(ModelFiles).split(Parts, ';', -1, /*KeepEmpty=*/false);
  for (llvm::StringRef P : Parts)
    Files.push_back(modelPath(P.trim(), File));
  llvm::SmallVector<std::string, 2> Errors;
  Shared->setModels(ModelSet::withUserModels(Files, Errors));
  for (const std::string &E : Errors)
    configurationDiag("%0") << E;
}

void TidyCheck::registerMatchers(ast_matchers::MatchFinder *Finder) { Shared->registerMatchers(Finder); }

void TidyCheck::storeOptions(tidy::ClangTidyOptions::OptionMap &Opts) {
  for (const auto &[Name, Value] : Values)
    Options.store(Opts, Name, Value);
  // One option for all checks: it stands without a check's name.
  Opts["heddle.Models"] = tidy::ClangTidyOptions::ClangTidyValue(ModelFiles);
}

std::string TidyCheck::option(llvm::StringRef Name) const {
  for (const auto &[N, V] : Values)
    if (N == Name)
      return V;
  return {};
}

/// The function whose definition holds the place, innermost first come; null for none.
static const FunctionDecl *enclosing(const Unit &U, SourceLocation Loc) {
  const SourceManager &SM = U.Ctx.getSourceManager();
  const FunctionDecl *Found = nullptr;
  for (const FunctionDecl *F : U.Functions) {
    SourceRange R = SM.getExpansionRange(F->getSourceRange()).getAsRange();
    if (SM.isPointWithin(Loc, R.getBegin(), R.getEnd()) &&
        (!Found || SM.isBeforeInTranslationUnit(Found->getBeginLoc(), F->getBeginLoc())))
      Found = F;
  }
  return Found;
}

void TidyCheck::log(const Unit &U, SourceLocation Loc, llvm::StringRef Message,
                    llvm::ArrayRef<StoryLine> Story) const {
  // clang-tidy does not report what NOLINT suppresses; the command needs it to find NOLINTs that suppress nothing.
  static const char *Path = std::getenv("HEDDLE_REPORTS");
  if (!Path)
    return;
  std::error_code EC;
  llvm::raw_fd_ostream OS(Path, EC, llvm::sys::fs::OF_Append);
  if (EC)
    return;
  const SourceManager &SM = U.Ctx.getSourceManager();
  Loc = SM.getFileLoc(Loc);
  const FunctionDecl *F = enclosing(U, Loc);
  llvm::json::OStream J(OS);
  J.object([&] {
    J.attribute("check", "heddle-" + std::string(R.Info.Name));
    J.attribute("file", llvm::json::fixUTF8(SM.getFilename(Loc)));
    J.attribute("offset", int64_t(SM.getFileOffset(Loc)));
    J.attribute("function", F ? llvm::json::fixUTF8(F->getQualifiedNameAsString()) : "");
    J.attribute("message", llvm::json::fixUTF8(Message));
    // How many of the notes, the last ones, happen after what is reported.
    J.attribute("later", int64_t(llvm::count_if(Story, [](const StoryLine &L) { return L.After && L.Loc.isValid(); })));
  });
  OS << '\n';
}

void TidyCheck::report(SourceLocation Loc, llvm::StringRef Message, llvm::ArrayRef<StoryLine> Story,
                       llvm::ArrayRef<FixItHint> Fixes) {
  if (Loc.isInvalid() || !Said.insert(Loc).second)
    return;
  if (Analysed)
    log(*Analysed, Loc, Message, Story);
  {
    auto D = diag(Loc, "%0") << Message;
    for (const FixItHint &F : Fixes)
      D << F;
  }
  for (const StoryLine &L : Story)
    if (L.Loc.isValid())
      diag(L.Loc, "%0", DiagnosticIDs::Note) << L.Text;
}

void TidyCheck::analyse(Unit &U) {
  Analysed = &U;
  if (R.Paths) {
    Simulation S(U, *R.Paths);
    for (const FunctionDecl *F : U.Functions)
      for (Finding &X : S.run(F))
        if (!R.Accept || R.Accept(U, X))
          report(X.Loc, X.Message, X.Story, {});
  }
  if (R.EachFunction)
    for (const FunctionDecl *F : U.Functions)
      if (Code *C = U.code(F))
        R.EachFunction(*C, *this);
  if (R.WholeUnit)
    R.WholeUnit(U, *this);
  Said.clear();
  Analysed = nullptr;
}

} // namespace heddle

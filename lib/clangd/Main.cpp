// heddle-clangd: the distribution's clangd with the module linked in, and with Heddle's checks on.
//
// Its own headers are not packaged, so the few names of clangd's that are used here are declared here. They are reached
// by the linker's --wrap: clangd's calls come here first, and are forwarded to the original as __real_.
#include "check/Register.h"
#include "support/ClangVersion.h"

#include "clang-tidy/ClangTidyOptions.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace clang::clangd {
int clangdMain(int argc, char *argv[]);

using TidyProvider = heddle::TidyProvider<void(tidy::ClangTidyOptions &, llvm::StringRef)>;

struct PublishDiagnosticsParams;
class SymbolIndex;
namespace remote {
/// Clangd uses this with an index server; the libraries for that are not linked in.
std::unique_ptr<SymbolIndex> getClient(llvm::StringRef, llvm::StringRef) { return nullptr; }
} // namespace remote
} // namespace clang::clangd

using namespace clang;

// clangd::isFastTidyCheck and clangd::provideDefaultChecks
std::optional<bool> realIsFast(llvm::StringRef) asm("__real__ZN5clang6clangd15isFastTidyCheckEN4llvm9StringRefE");
std::optional<bool> isFast(llvm::StringRef) asm("__wrap__ZN5clang6clangd15isFastTidyCheckEN4llvm9StringRefE");
clangd::TidyProvider realDefaults() asm("__real__ZN5clang6clangd20provideDefaultChecksEv");
clangd::TidyProvider defaults() asm("__wrap__ZN5clang6clangd20provideDefaultChecksEv");
// clangd::toJSON(const PublishDiagnosticsParams &)
llvm::json::Value realPublished(const clangd::PublishDiagnosticsParams &) asm(
    "__real__ZN5clang6clangd6toJSONERKNS0_24PublishDiagnosticsParamsE");
llvm::json::Value published(const clangd::PublishDiagnosticsParams &) asm(
    "__wrap__ZN5clang6clangd6toJSONERKNS0_24PublishDiagnosticsParamsE");

/// Clangd drops the checks that it has not measured. Ours cost less than the parse.
std::optional<bool> isFast(llvm::StringRef Check) {
  return Check.starts_with("heddle-") ? true : realIsFast(Check);
}

/// The list of checks without the previews, but for those that it names in full.
static std::string withoutPreviews(llvm::StringRef Checks) {
  llvm::SmallVector<llvm::StringRef, 8> Names;
  llvm::SplitString(Checks, Names, ", \n");
  std::string Result = Checks.str();
  for (const heddle::Registered &R : heddle::registry()) {
    std::string Name = "heddle-" + std::string(R.Info.Name);
    if (R.Info.Preview && !llvm::is_contained(Names, Name))
      Result += ",-" + Name;
  }
  return Result;
}

/// Heddle's checks are on, unless the user's .clang-tidy or .clangd says a word of them.
clangd::TidyProvider defaults() {
  static const clangd::TidyProvider Real = realDefaults();
  static const auto Provider = [](tidy::ClangTidyOptions &Options, llvm::StringRef File) {
    bool Named = Options.Checks && llvm::StringRef(*Options.Checks).contains("heddle-");
    Real(Options, File);
    if (!Named)
      Options.Checks = Options.Checks.value_or("") + (Options.Checks ? "," : "") + "heddle-*";
    Options.Checks = withoutPreviews(*Options.Checks);
  };
  return Provider;
}

/// The address of a file, with everything escaped that is special in one.
static std::string fileURI(llvm::StringRef Path) {
  std::string Result = "file://";
  for (char C : Path)
    Result += llvm::isAlnum(C) || llvm::StringRef("/-._~").contains(C)
                  ? std::string(1, C)
                  : "%" + llvm::utohexstr((unsigned char)C, false, 2);
  return Result;
}

/// The address of the page of a check, by its name without heddle-: below HEDDLE_PAGES_URL, or of the file of the
/// package or of the sources.
static std::optional<std::string> page(llvm::StringRef Name) {
  static const std::string Binary = llvm::sys::fs::getMainExecutable("", reinterpret_cast<void *>(&page));
  for (const heddle::Registered &R : heddle::registry()) {
    if (Name != llvm::StringRef(R.Info.Name))
      continue;
    std::string File = std::string(R.Info.Family) + "/" + std::string(R.Info.Name) + ".md";
    if (const char *URL = std::getenv("HEDDLE_PAGES_URL"))
      return llvm::StringRef(URL).rtrim('/').str() + "/" + File;
    for (const char *Docs : {"../share/heddle/docs/checks", "../../docs/checks"}) {
      llvm::SmallString<256> Path = llvm::sys::path::parent_path(Binary);
      llvm::sys::path::append(Path, Docs, File);
      llvm::sys::path::remove_dots(Path, /*remove_dot_dot=*/true);
      if (llvm::sys::fs::exists(Path))
        return fileURI(Path);
    }
  }
  return std::nullopt;
}

/// Clangd takes every check for one of LLVM's, where there are no pages of ours.
llvm::json::Value published(const clangd::PublishDiagnosticsParams &Parameters) {
  llvm::json::Value Result = realPublished(Parameters);
  llvm::json::Object *Top = Result.getAsObject();
  llvm::json::Array *All = Top ? Top->getArray("diagnostics") : nullptr;
  if (!All)
    return Result;
  for (llvm::json::Value &Each : *All) {
    llvm::json::Object *Diagnostic = Each.getAsObject();
    llvm::StringRef Code = Diagnostic ? Diagnostic->getString("code").value_or("") : "";
    if (!Code.consume_front("heddle-"))
      continue;
    if (auto URI = page(Code))
      (*Diagnostic)["codeDescription"] = llvm::json::Object{{"href", *URI}};
    else
      Diagnostic->erase("codeDescription");
  }
  return Result;
}

int main(int argc, char *argv[]) {
  // Clang's own headers are looked for beside the binary, where those of this one are not.
  std::vector<std::string> Arguments(argv, argv + argc);
  bool Given = false;
  for (llvm::StringRef A : Arguments)
    Given |= A.ltrim('-').starts_with("resource-dir");
  if (!Given)
    Arguments.insert(Arguments.begin() + 1, "--resource-dir=" HEDDLE_RESOURCE_DIR);
  std::vector<char *> Pointers;
  for (std::string &A : Arguments)
    Pointers.push_back(A.data());
  Pointers.push_back(nullptr);
  return clangd::clangdMain(int(Arguments.size()), Pointers.data());
}

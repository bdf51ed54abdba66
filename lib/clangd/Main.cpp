// heddle-clangd: the distribution's clangd with the module linked in, and with Heddle's checks on.
//
// Its own headers are not packaged, so the few names of clangd's that are used here are declared here. They are reached
// by the linker's --wrap: what clangd asks of them comes here first, and goes on to the original as __real_.
#include "support/ClangVersion.h"

#include "clang-tidy/ClangTidyOptions.h"
#include "llvm/ADT/StringRef.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace clang::clangd {
int clangdMain(int argc, char *argv[]);

using TidyProvider = heddle::TidyProvider<void(tidy::ClangTidyOptions &, llvm::StringRef)>;

class SymbolIndex;
namespace remote {
/// Clangd asks for this when it is told of an index server; the libraries for that are not linked in.
std::unique_ptr<SymbolIndex> getClient(llvm::StringRef, llvm::StringRef) { return nullptr; }
} // namespace remote
} // namespace clang::clangd

using namespace clang;

// clangd::isFastTidyCheck and clangd::provideDefaultChecks
std::optional<bool> realIsFast(llvm::StringRef) asm("__real__ZN5clang6clangd15isFastTidyCheckEN4llvm9StringRefE");
std::optional<bool> isFast(llvm::StringRef) asm("__wrap__ZN5clang6clangd15isFastTidyCheckEN4llvm9StringRefE");
clangd::TidyProvider realDefaults() asm("__real__ZN5clang6clangd20provideDefaultChecksEv");
clangd::TidyProvider defaults() asm("__wrap__ZN5clang6clangd20provideDefaultChecksEv");

/// Clangd drops the checks that it has not measured. Ours cost less than the parse.
std::optional<bool> isFast(llvm::StringRef Check) {
  return Check.starts_with("heddle-") ? true : realIsFast(Check);
}

/// Heddle's checks are on, unless the user's .clang-tidy or .clangd says a word of them.
clangd::TidyProvider defaults() {
  static const clangd::TidyProvider Real = realDefaults();
  static const auto Provider = [](tidy::ClangTidyOptions &Options, llvm::StringRef File) {
    bool Named = Options.Checks && llvm::StringRef(*Options.Checks).contains("heddle-");
    Real(Options, File);
    if (!Named)
      Options.Checks = Options.Checks.value_or("") + (Options.Checks ? "," : "") + "heddle-*";
  };
  return Provider;
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

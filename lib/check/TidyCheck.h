// A registered check as clang-tidy sees it.
#pragma once

#include "Register.h"
#include "Reporter.h"
#include "Session.h"

#include "clang-tidy/ClangTidyCheck.h"

#include <set>

namespace heddle {

class TidyCheck : public clang::tidy::ClangTidyCheck, public Reporter {
public:
  TidyCheck(llvm::StringRef Name, clang::tidy::ClangTidyContext *Context, const Registered &R);
  ~TidyCheck() override;

  bool isLanguageVersionSupported(const clang::LangOptions &Lang) const override { return Lang.CPlusPlus; }
  void registerMatchers(clang::ast_matchers::MatchFinder *Finder) override;
  void storeOptions(clang::tidy::ClangTidyOptions::OptionMap &Opts) override;

  /// Runs the check over a unit and shows what it finds.
  void analyse(Unit &U);

  /// Reports a mistake in an annotation, which no NOLINT suppresses.
  void misconfigured(llvm::StringRef What) { configurationDiag("%0") << What; }

  void report(clang::SourceLocation Loc, llvm::StringRef Message, llvm::ArrayRef<StoryLine> Story,
              llvm::ArrayRef<clang::FixItHint> Fixes) override;
  std::string option(llvm::StringRef Name) const override;

private:
  /// \p File is the one to be analysed: models are named from the folder of its .clang-tidy.
  void loadModels(llvm::StringRef File);
  /// Appends the report to the file that HEDDLE_REPORTS names, before clang-tidy looks for a NOLINT.
  void log(const Unit &U, clang::SourceLocation Loc, llvm::StringRef Message, llvm::ArrayRef<StoryLine> Story) const;

  const Registered &R;
  std::shared_ptr<Session> Shared;
  std::string ModelFiles;
  std::vector<std::pair<std::string, std::string>> Values;
  std::set<clang::SourceLocation> Said;
  const Unit *Analysed = nullptr; ///< while analyse() runs
};

} // namespace heddle

// What clang-tidy finds when it loads the module.
#include "TidyCheck.h"

#include "support/ClangVersion.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Registry.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>

namespace heddle {
namespace {

/// For the meta tests and the command: what the checks say of themselves, as JSON.
void dumpChecks(const char *Path) {
  std::error_code EC;
  llvm::raw_fd_ostream OS(Path, EC);
  if (EC)
    return;
  llvm::json::OStream J(OS, 2);
  auto Text = [](std::string_view S) { return llvm::StringRef(S.data(), S.size()); };
  J.array([&] {
    for (const Registered &R : registry()) {
      if (R.Dev)
        continue;
      J.object([&] {
        J.attribute("name", Text(R.Info.Name));
        J.attribute("family", Text(R.Info.Family));
        J.attribute("tier", R.Info.Level == Tier::Bug ? "bug" : "risk");
        J.attribute("summary", Text(R.Info.Summary));
        J.attribute("rows", Text(R.Info.Rows));
        J.attribute("preview", R.Info.Preview);
        J.attributeArray("options", [&] {
          for (const OptionInfo &O : R.Info.Options)
            J.object([&] {
              J.attribute("name", Text(O.Name));
              J.attribute("default", Text(O.Default));
              J.attribute("meaning", Text(O.Meaning));
            });
        });
      });
    }
  });
}

class HeddleModule : public clang::tidy::ClangTidyModule {
public:
  void addCheckFactories(clang::tidy::ClangTidyCheckFactories &Factories) override {
    bool Dev = std::getenv("HEDDLE_DEV") != nullptr;
    for (const Registered &R : registry())
      if (!R.Dev || Dev)
        Factories.registerCheckFactory("heddle-" + std::string(R.Info.Name),
                                       [&R](llvm::StringRef Name, clang::tidy::ClangTidyContext *Context) {
                                         return std::make_unique<TidyCheck>(Name, Context, R);
                                       });
    if (const char *Path = std::getenv("HEDDLE_DUMP_CHECKS"))
      dumpChecks(Path);
  }
};

} // namespace
} // namespace heddle

namespace clang::tidy {
static ClangTidyModuleRegistry::Add<heddle::HeddleModule> AddHeddle("heddle-module", "Concurrency bugs in C++.");
} // namespace clang::tidy

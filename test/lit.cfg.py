# lit configuration of all tests. `tools/test` runs it once for each LLVM; by hand:
#
#   lit -Dllvm=22 -Dmodule=build/22/heddle.so test
import os
import shutil
import sys

import lit.formats

repository = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
llvm = lit_config.params.get("llvm", "22")
module = os.path.abspath(lit_config.params.get("module", os.path.join(repository, "build", llvm, "heddle.so")))
bin22 = "/usr/lib/llvm-22/bin"  # FileCheck, not and split-file are the same for every LLVM

config.name = f"heddle-{llvm}"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".cpp", ".c", ".m", ".test"]
config.excludes = ["Inputs", "lit.cfg.py", "lit.local.cfg", "corpus", "bench", "runtime"]
config.test_source_root = os.path.dirname(os.path.abspath(__file__))
config.test_exec_root = os.path.join(repository, "build", llvm, "test")
config.environment["PATH"] = os.pathsep.join([bin22, config.environment.get("PATH", "")])
config.environment["LC_ALL"] = "C.UTF-8"
config.environment["XDG_CACHE_HOME"] = os.path.join(config.test_exec_root, "cache")
for name in ("HOME", "HEDDLE_CORPUS"):
    if name in os.environ:
        config.environment[name] = os.environ[name]
config.available_features.add(f"llvm-{llvm}")
config.heddle_llvm = llvm
config.heddle_module = module
config.heddle_repository = repository

# What a test needs, found by its header. The value is the flags that compile against it.
libraries = {
    "boost": ("boost/thread.hpp", ""),
    "boost-fiber": ("boost/fiber/all.hpp", ""),
    "asio": ("boost/asio.hpp", ""),
    "tbb": ("tbb/task_group.h", ""),
    "absl": ("absl/synchronization/mutex.h", ""),
    "qt": ("x86_64-linux-gnu/qt6/QtCore/QObject",
           "-fPIC " + " ".join(f"-isystem /usr/include/x86_64-linux-gnu/qt6{sub}"
                               for sub in ("", "/QtCore", "/QtConcurrent", "/QtNetwork"))),
    "grpc": ("grpcpp/grpcpp.h", ""),
    "curl": ("x86_64-linux-gnu/curl/curl.h", ""),
    "event": ("event2/event.h", ""),
    "uv": ("uv.h", ""),
    "gtest": ("gtest/gtest.h", ""),
    "folly": ("folly/futures/Future.h", ""),
}
for feature, (header, flags) in libraries.items():
    if any(os.path.exists(os.path.join(root, header)) for root in ("/usr/include", "/usr/local/include")):
        config.available_features.add(feature)
    config.substitutions.append((f"%{feature.replace('-', '_')}_flags", flags))

verify = (f"{sys.executable} {config.test_source_root}/verify.py --tidy clang-tidy-{llvm} "
          f"--module {module}")
config.heddle_verify = verify
config.substitutions += [
    ("%verify_stock", f"{sys.executable} {config.test_source_root}/verify.py --tidy clang-tidy-{llvm}"),
    ("%verify", verify),
    ("%clang_tidy_stock", f"clang-tidy-{llvm}"),
    ("%clang_tidy", f"clang-tidy-{llvm} --load={module} --use-color=false"),
    ("%clangxx", "clang++-22"),
    ("%module", module),
    ("%build", os.path.dirname(module)),
    ("%cli", f"{sys.executable} {repository}/tools/cli"),
    ("%heddle", os.path.join(repository, "tools", "heddle")),
    ("%repository", repository),
    ("%python", sys.executable),
]

# Programs that single tests need; tools/test installs them where it can.
npm = os.path.join(repository, "build", "npm", "node_modules")
for feature, program in {"chromium": "chromium", "neovim": "nvim", "fish": "fish", "zsh": "zsh", "cpack": "cpack", "clang-tidy-19": "clang-tidy-19",
                         "sarif-multitool": os.path.join(npm, ".bin", "sarif-multitool")}.items():
    if shutil.which(program):
        config.available_features.add(feature)
clangd = os.path.join(os.path.dirname(module), "heddle-clangd")
if os.path.exists(clangd):
    config.available_features.add("heddle-clangd")
config.substitutions.insert(0, ("%heddle_clangd", clangd))
config.substitutions.append(("%sarif_multitool", os.path.join(npm, ".bin", "sarif-multitool")))

if os.path.exists(module):
    config.available_features.add("module")
if not shutil.which(f"clang-tidy-{llvm}"):
    lit_config.fatal(f"clang-tidy-{llvm} is not installed")

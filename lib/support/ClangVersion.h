// What differs between the supported versions of Clang. The only file that looks at the version.
#pragma once

#include "clang/Basic/Version.inc"

#include "clang-tidy/ClangTidyModule.h"
#if CLANG_VERSION_MAJOR < 22
#include "clang-tidy/ClangTidyModuleRegistry.h"
#endif

#include "llvm/ADT/FunctionExtras.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace heddle {

/// What clangd's providers of clang-tidy's options are (lib/clangd).
template <typename Signature> struct TidyProviderType;
template <typename... Arguments> struct TidyProviderType<void(Arguments...)> {
#if CLANG_VERSION_MAJOR < 22
  using Type = llvm::function_ref<void(Arguments...)>;
#else
  using Type = llvm::unique_function<void(Arguments...) const>;
#endif
};
template <typename Signature> using TidyProvider = typename TidyProviderType<Signature>::Type;

} // namespace heddle

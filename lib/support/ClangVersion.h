// What differs between the supported versions of Clang. The only file that looks at the version.
#pragma once

#include "clang/Basic/Version.inc"

#include "clang-tidy/ClangTidyModule.h"
#if CLANG_VERSION_MAJOR < 22
#include "clang-tidy/ClangTidyModuleRegistry.h"
#endif

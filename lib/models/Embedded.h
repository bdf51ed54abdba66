// The YAML models of lib/models, which the build puts into the module. Includes no Clang header.
#pragma once

#include <cstddef>

namespace heddle {

struct EmbeddedFile {
  const char *Name; ///< "std.yaml"
  const char *Text;
  std::size_t Size;
};

extern const EmbeddedFile EmbeddedModels[];
extern const std::size_t EmbeddedModelCount;

} // namespace heddle

// Keeps models honest: which names of a model does a translation unit that includes the library's headers not have?
#pragma once

#include "models/ModelSet.h"

#include <string>
#include <vector>

namespace clang {
class ASTContext;
} // namespace clang

namespace heddle {

/// The names in the model of \p Library that do not resolve in \p Context, each with what is wrong with it: no such
/// type, no such member (of the type or its bases), no such function, or a name that the look-ups would not find
/// because the declaration is known under another name. Patterns must match something. Entries that are marked
/// optional are left out. An unknown library is one such message.
std::vector<std::string> unresolved(const std::shared_ptr<const ModelSet> &Models, llvm::StringRef Library,
                                    clang::ASTContext &Context);

} // namespace heddle

// Tokens that a body can ask its parameters for.
#pragma once

#include "Contexts.h"

namespace heddle {

/// A token or context that is at hand in a body.
struct Offered {
  const clang::VarDecl *By = nullptr; ///< the variable that is one, or that has one
  std::string Name;                   ///< as the source would write it: `stop`, `request.disconnected()`
  clang::QualType Type;               ///< of the token
  std::size_t Mentions = 0;           ///< of the variable in the body, all of them about something else
};

/// The tokens of parameters that are objects: by a public const member without parameters, or by a public field. Only
/// of parameters that the body, with its lambdas, does not ask for it and hands on to nobody as a whole.
std::vector<Offered> offeredTokens(const Code &C);

} // namespace heddle

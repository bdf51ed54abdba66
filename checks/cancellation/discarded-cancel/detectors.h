// The detectors behind heddle-discarded-cancel.
#pragma once

#include "flow/Code.h"

namespace heddle {

class Reporter;

/// What it means that nobody uses the handle; ends each message.
inline constexpr llvm::StringLiteral Unstoppable =
    "; the work that observes it cannot be stopped; request the stop when the work is no longer needed";

inline bool endsAContext(Role R) { return R == Role::StopSource || R == Role::CancelHandle; }
/// The call whose result initialises a variable, or null.
const clang::CallExpr *initialCall(const clang::Expr *Init);
/// Returns true if this part of the call's result is the handle that ends a derived context: by its role, by what the
/// body stores there, or - for a function without a visible body - because the function makes from a T another T and a
/// `void()` beside it.
bool isHandle(Unit &U, const clang::CallExpr *Call, const clang::ValueDecl *Part, clang::QualType T);

/// Handles in the results of calls: of which another part alone is used, or kept.
void unusedParts(Code &C, Reporter &R);
/// Tokens that are kept longer than the temporary that would stop them.
void temporaryScopes(Code &C, Reporter &R);
/// Stop sources that classes keep, and that no member uses to request the stop.
void memberSources(Unit &U, Reporter &R);

} // namespace heddle

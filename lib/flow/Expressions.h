// What expressions name and make, with what does not matter for that looked through: casts, moves, copies on paper.
#pragma once

#include "models/Model.h"

#include "clang/AST/ExprCXX.h"

namespace heddle {

/// Strips everything that does not change which object is named.
const clang::Expr *strip(const clang::Expr *E);

/// What an initialiser is made from: before C++17 `auto x = f()` copies the result on paper.
const clang::Expr *uncopied(const clang::Expr *E);

/// Returns true for a forwarding reference. That of a library takes a variable as it is: `threads.emplace_back(work)`.
bool isForwarded(const clang::FunctionDecl *F, unsigned I);

/// std::move, std::forward, std::ref and their kin: the result names the argument.
bool passesThrough(const clang::FunctionDecl *F);

bool isMove(const clang::Expr *E);

/// The value of a constant of an integral or enumeration type; none for any other expression, and for what 64 bits with
/// a sign cannot hold. Null is no constant.
std::optional<std::int64_t> constantInteger(const clang::Expr *E, const clang::ASTContext &Ctx);

const clang::CXXRecordDecl *recordBehind(clang::QualType T);

/// Roles whose objects the engine follows from use to use.
bool isFollowed(Role R);

} // namespace heddle

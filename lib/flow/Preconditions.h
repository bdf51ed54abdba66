// Throws that signal a programming error, not bad input from outside.
#pragma once

#include "Code.h"

namespace heddle {

/// Returns true if the throw reports a use that the interface forbids: of an object that is empty or was moved from, of
/// one in the wrong state (a std::logic_error that asks for members alone, or a flag that nothing here sets), on the
/// wrong thread, of a container as large as can be. What is true of the object whenever it is used as it should be does
/// not belong to the errors that an author has to expect.
bool isPrecondition(const Code &C, const clang::CXXThrowExpr *Throw, const clang::CXXRecordDecl *Class);

/// The parameters of the body that alone decide whether \p At is reached; none where something else has a say as well
/// (a member, what a call reads from outside), or where nothing decides.
std::optional<llvm::SmallVector<const clang::ParmVarDecl *, 2>> decidedByParameters(const Code &C,
                                                                                    const clang::Stmt *At);

/// The parameters of the body that alone decide what the expression comes to; none where something else has a say.
std::optional<llvm::SmallVector<const clang::ParmVarDecl *, 2>> madeOfParameters(const Code &C, const clang::Expr *E);

/// Returns true if the value is written in the program: a literal, what is made of literals, a local that never has
/// another value.
bool isConstantData(const Code &C, const clang::Expr *E);

} // namespace heddle

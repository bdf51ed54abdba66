// What the code itself says: heddle's annotations and Clang's thread-safety attributes.
//
//   [[clang::annotate("heddle::<operation> [operand] [callable N] [now|later|concurrently] [many] [!fact ...]")]]
//   [[clang::annotate("heddle::wraps param N")]]    the result is that argument, or a wrapper of it
//   [[clang::annotate("heddle::returns ROLE")]]     the role of the object that is returned
//   [[clang::annotate("heddle::nothing")]]          the function does nothing that heddle should know of
//   [[clang::annotate("heddle::role ROLE [!fact ...]")]]  on a class
//
// An operand is this, result, param N, param NAME or all params. A function may carry several annotations.
#pragma once

#include "models/Model.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"

namespace clang {
class CXXRecordDecl;
class FunctionDecl;
} // namespace clang

namespace heddle {

using AnnotationError = llvm::function_ref<void(const std::string &)>;

/// What the annotations on this very declaration say; none if there are none.
std::optional<FunctionModel> annotations(const clang::FunctionDecl *F, AnnotationError Error);
/// The role annotation of a class; none if there is none.
std::optional<TypeModel> annotations(const clang::CXXRecordDecl *D, AnnotationError Error);

/// What the thread-safety attributes on this very declaration say of locks; empty if they say nothing that can be
/// expressed (they name a member or a global, or "!mutex").
std::vector<Action> threadSafetyActions(const clang::FunctionDecl *F);
/// The role that the thread-safety attributes give to a class: a mutex of some kind or a guard; None if they give none.
Role threadSafetyRole(const clang::CXXRecordDecl *D);

} // namespace heddle

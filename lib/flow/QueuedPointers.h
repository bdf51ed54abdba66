// Pointers that go through a container of an object to one of its threads.
#pragma once

#include "Threads.h"

#include <map>

namespace heddle {

/// A local variable of a body on a thread that takes a pointer out of the container.
struct QueueReader {
  Code *In = nullptr;
  const clang::VarDecl *Taken = nullptr;
};

/// Answers for one unit, by the members of the class that has the container. Lazy and cached
/// (`U.get<QueuedPointers>()`).
class QueuedPointers {
public:
  explicit QueuedPointers(Unit &U);

  /// The member into which the function puts the parameter as it is; null if it does not.
  const clang::FieldDecl *into(const clang::FunctionDecl *F, const clang::ParmVarDecl *P);
  /// Who takes pointers out of the member on a thread that the unit starts.
  const std::vector<QueueReader> &readers(const clang::FieldDecl *Container);

private:
  Unit &U;
  std::map<const clang::FieldDecl *, std::vector<QueueReader>> Readers;
};

} // namespace heddle

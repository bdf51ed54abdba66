// What has surely happened when a body is entered: before each call that leads to it, and before it is handed over.
#pragma once

#include "Calls.h"
#include "Order.h"

#include <set>

namespace heddle {

/// Extends Order over bodies. What happened before a callable is handed over, to run now, later or as a task, has
/// happened when it runs. Answers "no" unless all code that enters a body is visible (Callers). Not
/// thread-safe; belongs to one Unit.
class EntryOrder {
public:
  explicit EntryOrder(Unit &U);

  /// Returns true if \p First, in \p In, has been evaluated whenever \p Body is entered.
  bool beforeEntry(Code &In, const clang::Stmt *First, Code &Body);
  /// Returns true if \p First has been evaluated whenever \p Then is about to be: in one body as Order says, in another
  /// one where \p First was evaluated before that body was entered.
  bool dominates(Code &In, const clang::Stmt *First, Code &There, const clang::Stmt *Then);

private:
  bool beforeEntry(Code &In, const clang::Stmt *First, Code &Body, std::set<const Code *> &Path);

  Unit &U;
};

} // namespace heddle

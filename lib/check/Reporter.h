// How a check reports.
#pragma once

#include "flow/Simulation.h"

#include "clang/Basic/Diagnostic.h"

namespace heddle {

/// Shows the findings of one check over one unit: each place once, however many instantiations or paths lead to it.
class Reporter {
public:
  virtual ~Reporter() = default;

  /// \p Message starts lower case, has no full stop, says what happens at run time and what to do. The story's lines
  /// become notes, in order. A fix is offered only where one mechanical edit is safe.
  virtual void report(clang::SourceLocation Loc, llvm::StringRef Message, llvm::ArrayRef<StoryLine> Story = {},
                      llvm::ArrayRef<clang::FixItHint> Fixes = {}) = 0;

  /// The value of an option of this check.
  virtual std::string option(llvm::StringRef Name) const = 0;
};

} // namespace heddle

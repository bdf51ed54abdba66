// What a note of a report says.
#pragma once

#include "clang/Basic/SourceLocation.h"

#include <string>

namespace heddle {

/// One step of the path that a report describes; each becomes a note.
struct StoryLine {
  clang::SourceLocation Loc;
  std::string Text;
  bool After = false; ///< happens after what is reported; such lines are the last of a story
};

} // namespace heddle

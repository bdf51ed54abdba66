// What a note of a report says.
#pragma once

#include "clang/Basic/SourceLocation.h"

#include <string>

namespace heddle {

/// One line of the story that a report tells; each becomes a note.
struct StoryLine {
  clang::SourceLocation Loc;
  std::string Text;
  bool After = false; ///< happens after what is reported; such lines are the last of a story
};

} // namespace heddle

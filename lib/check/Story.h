// The notes of a report, in the order in which things happen at run time.
#pragma once

#include "flow/StoryLine.h"

#include "llvm/ADT/ArrayRef.h"

#include <vector>

namespace heddle {

/// Collects the notes of a report, one step after the other.
class Story {
public:
  Story() = default;
  Story(clang::SourceLocation Loc, std::string Text) { then(Loc, std::move(Text)); }

  Story &then(clang::SourceLocation Loc, std::string Text) {
    Lines.push_back({Loc, std::move(Text)});
    return *this;
  }
  /// The steps of a fact: the calls that lead somewhere, the path of an exception.
  Story &then(llvm::ArrayRef<StoryLine> Steps) {
    Lines.insert(Lines.end(), Steps.begin(), Steps.end());
    return *this;
  }
  operator llvm::ArrayRef<StoryLine>() const { return Lines; }

private:
  std::vector<StoryLine> Lines;
};

} // namespace heddle

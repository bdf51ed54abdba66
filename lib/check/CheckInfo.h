// What a check says about itself. One declaration; the profiles, `heddle list`, the pages and the meta tests read it.
// Includes no Clang header.
#pragma once

#include <string_view>
#include <vector>

namespace heddle {

/// How sure a report is. Bug: each report is an error (aim: 95 of 100 reports on real code are true).
/// Risk: a construct that experienced reviewers stop at (aim: 80 of 100).
enum class Tier { Bug, Risk };

/// An option of a check, as `CheckOptions` in .clang-tidy names it (after "heddle-<check>.").
struct OptionInfo {
  std::string_view Name;
  std::string_view Default;
  std::string_view Meaning;
};

struct CheckInfo {
  std::string_view Name;   ///< "double-fulfilment": the stem of its file; users write heddle-<Name>
  std::string_view Family; ///< the folder: "futures"
  Tier Level;
  std::string_view Summary; ///< one sentence, the first of its page
  std::string_view Rows;    ///< the catalogue rows it claims: "F2"
  bool Preview = false;     ///< until it was run over the corpus and its reports were read
  std::vector<OptionInfo> Options = {};
};

} // namespace heddle

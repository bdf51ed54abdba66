#include "models/Model.h"

namespace heddle {

std::string_view spelling(Fact F) {
  switch (F) {
#define FACT(Id, Spelling, Meaning)                                                                                    \
  case Fact::Id:                                                                                                       \
    return Spelling;
#include "models/Facts.def"
  }
  return "";
}

std::optional<Fact> factFromSpelling(std::string_view S) {
#define FACT(Id, Spelling, Meaning)                                                                                    \
  if (S == Spelling)                                                                                                   \
    return Fact::Id;
#include "models/Facts.def"
  return std::nullopt;
}

Runs naturalRuns(Op O) {
  if (has(O, OpTraits::StartsTask))
    return Runs::Concurrently;
  return O == Op::RunNow ? Runs::Now : Runs::Later;
}

} // namespace heddle

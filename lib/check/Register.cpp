#include "Register.h"

namespace heddle {

std::vector<Registered> &registry() {
  static std::vector<Registered> All;
  return All;
}

AutomatonCheck::AutomatonCheck(CheckInfo Info, const Automaton &A, std::function<bool(Unit &, Finding &)> Accept,
                               std::function<void(Unit &, Reporter &)> Also) {
  registry().push_back({std::move(Info), &A, std::move(Accept), nullptr, std::move(Also), false});
}

MatchCheck::MatchCheck(CheckInfo Info, std::function<void(Code &, Reporter &)> EachFunction,
                       std::function<void(Unit &, Reporter &)> Also, bool Dev) {
  registry().push_back({std::move(Info), nullptr, nullptr, std::move(EachFunction), std::move(Also), Dev});
}

UnitCheck::UnitCheck(CheckInfo Info, std::function<void(Unit &, Reporter &)> WholeUnit, bool Dev) {
  registry().push_back({std::move(Info), nullptr, nullptr, nullptr, std::move(WholeUnit), Dev});
}

} // namespace heddle

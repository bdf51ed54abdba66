#include "models/Words.h"

#include <algorithm>
#include <charconv>

namespace heddle {

std::vector<std::string_view> operationSpellings() {
  std::vector<std::string_view> All = {
#define OPERATION(Id, Spelling, Traits, Meaning) Spelling,
#include "vocabulary/Operations.def"
  };
  std::erase_if(All, [](std::string_view S) { return S.front() == '('; });
  return All;
}

std::vector<std::string_view> roleSpellings() {
  return {
#define ROLE(Id, Spelling, Noun, Meaning) Spelling,
#include "vocabulary/Roles.def"
  };
}

std::vector<std::string_view> factSpellings() {
  return {
#define FACT(Id, Spelling, Meaning) Spelling,
#include "models/Facts.def"
  };
}

/// Edits that turn one word into the other; two letters that changed places are one.
static std::size_t distance(std::string_view A, std::string_view B) {
  std::vector<std::vector<std::size_t>> D(A.size() + 1, std::vector<std::size_t>(B.size() + 1));
  for (std::size_t I = 0; I <= A.size(); ++I)
    for (std::size_t J = 0; J <= B.size(); ++J) {
      if (!I || !J) {
        D[I][J] = I + J;
        continue;
      }
      D[I][J] = std::min({D[I - 1][J] + 1, D[I][J - 1] + 1, D[I - 1][J - 1] + (A[I - 1] != B[J - 1])});
      if (I > 1 && J > 1 && A[I - 1] == B[J - 2] && A[I - 2] == B[J - 1])
        D[I][J] = std::min(D[I][J], D[I - 2][J - 2] + 1);
    }
  return D[A.size()][B.size()];
}

std::string unknownWord(std::string_view What, std::string_view Word, const std::vector<std::string_view> &Known) {
  std::string Text = "unknown " + std::string(What) + " '" + std::string(Word) + "'";
  std::string_view Best;
  std::size_t BestDistance = 3;
  for (std::string_view K : Known)
    if (std::size_t D = distance(Word, K); D < BestDistance && D < K.size()) {
      Best = K;
      BestDistance = D;
    }
  if (!Best.empty())
    Text += ", did you mean '" + std::string(Best) + "'?";
  Text += " (known: ";
  for (std::size_t I = 0; I != Known.size(); ++I)
    Text += (I ? ", " : "") + std::string(Known[I]);
  return Text + ")";
}

/// Takes the stars off both ends. The '*' of "operator*" is part of the name.
static std::string_view withoutStars(std::string_view S, bool &Front, bool &Back) {
  Front = S.starts_with('*');
  if (Front)
    S.remove_prefix(1);
  Back = S.ends_with('*') && !S.ends_with("operator*") && !S.ends_with("operator->*");
  if (Back)
    S.remove_suffix(1);
  return S;
}

bool isPattern(std::string_view Name) {
  bool Front, Back;
  withoutStars(Name, Front, Back);
  return Front || Back;
}

bool isUsableName(std::string_view Name) {
  bool Front, Back;
  Name = withoutStars(Name, Front, Back);
  return !Name.empty() && (Name.find('*') == Name.npos || Name.find("operator") != Name.npos);
}

bool matchesPattern(std::string_view Pattern, std::string_view Name) {
  bool Front, Back;
  Pattern = withoutStars(Pattern, Front, Back);
  if (Front && Back)
    return Name.find(Pattern) != Name.npos;
  if (Front)
    return Name.ends_with(Pattern);
  if (!Back)
    return Name == Pattern;
  // The rest of the last component, or anything behind "ns::".
  return Name.starts_with(Pattern) && (Pattern.ends_with("::") || Name.find("::", Pattern.size()) == Name.npos);
}

std::string_view lastComponent(std::string_view Name) {
  std::size_t At = Name.rfind("::");
  return At == Name.npos ? Name : Name.substr(At + 2);
}

std::optional<Operand> operandFromSpelling(std::string_view S) {
  if (S == "this")
    return Operand{Operand::This};
  if (S == "result")
    return Operand{Operand::Result};
  if (S == "all params")
    return Operand{Operand::AllParams};
  if (!S.starts_with("param "))
    return std::nullopt;
  S.remove_prefix(6);
  unsigned Index = 0;
  auto [End, Error] = std::from_chars(S.data(), S.data() + S.size(), Index);
  if (Error != std::errc() || End != S.data() + S.size())
    return std::nullopt;
  return Operand{Operand::Param, Index};
}

Operand naturalOperand(Op O, bool IsMember, bool IsConstructor) {
  if (IsConstructor)
    return {Operand::Result};
  if (!IsMember && (O == Op::Spawn || O == Op::CreateTimer || O == Op::Derive))
    return {Operand::Result};
  return {Operand::This};
}

} // namespace heddle

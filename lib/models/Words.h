// The words that models and annotations share: the spellings of the closed lists, operands, and what to say of a word
// that is in no list. Includes no Clang header.
#pragma once

#include "models/Model.h"

#include <string>
#include <string_view>
#include <vector>

namespace heddle {

std::vector<std::string_view> operationSpellings();
std::vector<std::string_view> roleSpellings();
std::vector<std::string_view> factSpellings();

/// "unknown operation 'sned', did you mean 'send'? (known: spawn, join, ...)"
std::string unknownWord(std::string_view What, std::string_view Word, const std::vector<std::string_view> &Known);

/// Returns true if a name of a model is a pattern ("operator*" is not).
bool isPattern(std::string_view Name);
/// Returns true for a name, and for a pattern with '*' at its ends only that does not match everything.
bool isUsableName(std::string_view Name);
/// A '*' matches any text; at the end of "ns::name*" it does not go beyond the component ("ns::*" does).
bool matchesPattern(std::string_view Pattern, std::string_view Name);
/// "std::mutex" -> "mutex".
std::string_view lastComponent(std::string_view Name);

/// Reads "this", "result", "param N" or "all params"; none when it is something else.
std::optional<Operand> operandFromSpelling(std::string_view S);

/// What an operation is about when nobody says so. \p IsMember: a non-static member; \p IsConstructor: a constructor.
Operand naturalOperand(Op O, bool IsMember, bool IsConstructor);

} // namespace heddle

#include "Operation.h"

namespace heddle {

OpTraits traits(Op O) {
  using enum OpTraits;
  switch (O) {
#define OPERATION(Id, Spelling, Traits, Meaning)                                                                       \
  case Op::Id:                                                                                                         \
    return Traits;
#include "Operations.def"
  }
  return None;
}

std::string_view spelling(Op O) {
  switch (O) {
#define OPERATION(Id, Spelling, Traits, Meaning)                                                                       \
  case Op::Id:                                                                                                         \
    return Spelling;
#include "Operations.def"
  }
  return "";
}

std::string_view spelling(Role R) {
  switch (R) {
  case Role::None:
    return "none";
#define ROLE(Id, Spelling, Noun, Meaning)                                                                              \
  case Role::Id:                                                                                                       \
    return Spelling;
#include "Roles.def"
  }
  return "";
}

std::string_view noun(Role R) {
  switch (R) {
  case Role::None:
    return "object";
#define ROLE(Id, Spelling, Noun, Meaning)                                                                              \
  case Role::Id:                                                                                                       \
    return Noun;
#include "Roles.def"
  }
  return "";
}

std::optional<Op> opFromSpelling(std::string_view S) {
#define OPERATION(Id, Spelling, Traits, Meaning)                                                                       \
  if (S == Spelling && S.front() != '(')                                                                               \
    return Op::Id;
#include "Operations.def"
  return std::nullopt;
}

std::optional<Role> roleFromSpelling(std::string_view S) {
#define ROLE(Id, Spelling, Noun, Meaning)                                                                              \
  if (S == Spelling)                                                                                                   \
    return Role::Id;
#include "Roles.def"
  return std::nullopt;
}

} // namespace heddle
